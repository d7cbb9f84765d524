"""A service on ECS: how it is deployed, found by the others, and scaled."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.cluster import Cluster
from infra.context import Context, child
from infra.load_balancer import Targets
from infra.services import STOREFRONT, Service
from infra.settings import Deployment

SMOKE_STAGE = "POST_TEST_TRAFFIC_SHIFT"


@dataclass
class BlueGreen:
    """What a blue-green deployment needs beside the service."""

    load_balancer_role_arn: pulumi.Input[str]
    hook_arn: pulumi.Input[str]
    hook_role_arn: pulumi.Input[str]


@dataclass
class ShopServiceArgs:
    """One service."""

    service: Service
    cluster: Cluster
    task_definition_arn: pulumi.Input[str]
    targets: Targets
    subnet_ids: list[pulumi.Output[str]]
    security_group: pulumi.Input[str]
    log_group: pulumi.Input[str]
    tasks: int
    spot_share: float
    deployment: Deployment
    blue_green: BlueGreen | None
    alarm_names: Sequence[str]
    exec: bool
    after: Sequence[pulumi.Resource] = ()
    """What has to stand before: a component hands `depends_on` of its own to no child."""


class ShopService(pulumi.ComponentResource):
    """A service that keeps running, in as many tasks as it needs."""

    def __init__(
        self, name: str, context: Context, args: ShopServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:compute:ShopService", name, None, opts)
        self._context, self._args = context, args
        rolling = args.blue_green is None
        after = [*args.after, args.cluster.providers, args.targets.production_rule]
        if args.targets.test_rule:
            after.append(args.targets.test_rule)
        self.service = aws.ecs.Service(
            name,
            name=context.name(name),
            cluster=args.cluster.arn,
            task_definition=args.task_definition_arn,
            desired_count=args.tasks,
            capacity_provider_strategies=self._capacity(),
            deployment_controller=aws.ecs.ServiceDeploymentControllerArgs(type="ECS"),
            deployment_configuration=self._strategy(),
            # ECS refuses a circuit breaker beside blue-green, where alarms and the hook stand in its place.
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True)
            if rolling
            else None,
            alarms=aws.ecs.ServiceAlarmsArgs(
                alarm_names=list(args.alarm_names),
                enable=True,
                rollback=True,
            ),
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            health_check_grace_period_seconds=60,
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids, security_groups=[args.security_group], assign_public_ip=False
            ),
            load_balancers=[self._load_balancer()],
            service_connect_configuration=self._service_connect(),
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            enable_execute_command=args.exec,
            propagate_tags="SERVICE",
            wait_for_steady_state=True,
            force_new_deployment=True,
            tags=context.tags(name),
            # ECS moves the target groups as it deploys, and autoscaling the number of tasks.
            opts=child(
                self,
                ignore_changes=["desiredCount", *([] if rolling else ["loadBalancers"])],
                depends_on=after,
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m"),
            ),
        )
        self.register_outputs({"name": self.service.name})

    def _capacity(self) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs]:
        spot = 0 if self._args.service is STOREFRONT else round(self._args.spot_share * 100)
        weights = {"FARGATE": 100 - spot, "FARGATE_SPOT": spot}
        return [
            aws.ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=name, weight=weight)
            for name, weight in weights.items()
            if weight
        ]

    def _strategy(self) -> aws.ecs.ServiceDeploymentConfigurationArgs:
        blue_green, how = self._args.blue_green, self._args.deployment
        if blue_green is None:
            return aws.ecs.ServiceDeploymentConfigurationArgs(strategy="ROLLING")
        hook = aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgs(
            hook_target_arn=blue_green.hook_arn, role_arn=blue_green.hook_role_arn, lifecycle_stages=[SMOKE_STAGE]
        )
        bake = str(how.bake_minutes)
        if self._args.service is STOREFRONT:
            # A page whose bundle and backend are of two versions goes dead: all tabs move at once.
            return aws.ecs.ServiceDeploymentConfigurationArgs(
                strategy="BLUE_GREEN", bake_time_in_minutes=bake, lifecycle_hooks=[hook]
            )
        return aws.ecs.ServiceDeploymentConfigurationArgs(
            strategy="LINEAR",
            bake_time_in_minutes=bake,
            lifecycle_hooks=[hook],
            linear_configuration=aws.ecs.ServiceDeploymentConfigurationLinearConfigurationArgs(
                step_percent=how.step_percent, step_bake_time_in_minutes=str(how.step_minutes)
            ),
        )

    def _load_balancer(self) -> aws.ecs.ServiceLoadBalancerArgs:
        targets, blue_green = self._args.targets, self._args.blue_green
        advanced = None
        if blue_green and targets.green and targets.test_rule:
            advanced = aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
                alternate_target_group_arn=targets.green.arn,
                production_listener_rule=targets.production_rule.arn,
                test_listener_rule=targets.test_rule.arn,
                role_arn=blue_green.load_balancer_role_arn,
            )
        return aws.ecs.ServiceLoadBalancerArgs(
            container_name=self._args.service.slug,
            container_port=self._args.service.port,
            target_group_arn=targets.blue.arn,
            advanced_configuration=advanced,
        )

    def _service_connect(self) -> aws.ecs.ServiceServiceConnectConfigurationArgs:
        service = self._args.service
        return aws.ecs.ServiceServiceConnectConfigurationArgs(
            enabled=True,
            namespace=self._args.cluster.namespace.arn,
            services=[
                aws.ecs.ServiceServiceConnectConfigurationServiceArgs(
                    port_name=service.slug,
                    discovery_name=service.slug,
                    client_alias=[
                        aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(
                            dns_name=service.slug, port=service.port
                        )
                    ],
                    # Streams to staff's pages stay open; the default would cut them after 15 s.
                    timeout=aws.ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs(
                        per_request_timeout_seconds=0, idle_timeout_seconds=3_600
                    ),
                )
            ],
            log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
                log_driver="awslogs",
                options={
                    "awslogs-group": self._args.log_group,
                    "awslogs-region": self._context.region,
                    "awslogs-stream-prefix": "connect",
                },
            ),
        )
