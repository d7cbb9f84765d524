"""The load balancer: the one thing that people reach, and what it sends where."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.buckets import BucketArgs, SafeBucket, expire
from infra.context import Context, child
from infra.network import Network
from infra.policies import Statement
from infra.routing import NONE, read
from infra.services import SERVICES, STOREFRONT, Service
from infra.settings import Web

POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
TEST_PORT = 8443
GREEN_WEIGHT = 0
HTTP_ERRORS = {"content_type": "text/plain", "message_body": "Not found", "status_code": "404"}


@dataclass
class LoadBalancerArgs:
    """What the load balancer is made of. `test_listener` is what a blue-green deployment tries green on."""

    network: Network
    security_group: pulumi.Input[str]
    web: Web
    certificate_arn: pulumi.Input[str] | None
    test_listener: bool
    protect: bool
    log_days: int


@dataclass
class Targets:
    """Where a service's requests go: its groups, and the rules that choose among them."""

    blue: aws.lb.TargetGroup
    green: aws.lb.TargetGroup | None
    production_rule: aws.lb.ListenerRule
    test_rule: aws.lb.ListenerRule | None


class LoadBalancer(pulumi.ComponentResource):
    """An application load balancer with a rule for each service, in the order of the table of routes."""

    def __init__(
        self, name: str, context: Context, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:web:LoadBalancer", name, None, opts)
        self._context, self._args = context, args
        logs = SafeBucket(
            "access-logs",
            context,
            BucketArgs("access-logs", rules=[expire(args.log_days)]),
            opts=child(self),
        )
        policy = logs.allow(
            [
                Statement(
                    ["s3:PutObject"],
                    [logs.arn.apply(f"{{}}/alb/AWSLogs/{context.account}/*".format)],
                    {"StringEquals": {"aws:SourceAccount": context.account}},
                    service="logdelivery.elasticloadbalancing.amazonaws.com",
                )
            ]
        )
        self.balancer = aws.lb.LoadBalancer(
            "alb",
            name=f"{context.environment}-sweetdream-alb",
            load_balancer_type="application",
            internal=False,
            security_groups=[args.security_group],
            subnets=args.network.public_ids,
            idle_timeout=args.web.idle_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.protect,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.name, prefix="alb", enabled=True),
            tags=context.tags("alb"),
            opts=child(self, depends_on=[policy], protect=args.protect),
        )
        self.listener = self._listeners()
        self.test_listener = self._listener("test", TEST_PORT) if args.test_listener else None
        self.targets = self._rules()
        self.register_outputs({"dns_name": self.balancer.dns_name})

    def _listeners(self) -> aws.lb.Listener:
        """Return the listener of the shop. With a certificate, plain HTTP is only sent on to it."""
        if self._args.certificate_arn is None:
            return self._listener("http", 80)
        to_https = aws.lb.ListenerDefaultActionRedirectArgs(port="443", protocol="HTTPS", status_code="HTTP_301")
        aws.lb.Listener(
            "http",
            load_balancer_arn=self.balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="redirect", redirect=to_https)],
            tags=self._context.tags("http"),
            opts=child(self),
        )
        return self._listener("https", 443)

    def _listener(self, name: str, port: int) -> aws.lb.Listener:
        secure = self._args.certificate_arn is not None
        return aws.lb.Listener(
            name,
            load_balancer_arn=self.balancer.arn,
            port=port,
            protocol="HTTPS" if secure else "HTTP",
            certificate_arn=self._args.certificate_arn,
            ssl_policy=POLICY if secure else None,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(**HTTP_ERRORS),
                )
            ],
            tags=self._context.tags(name),
            opts=child(self),
        )

    def _rules(self) -> dict[str, Targets]:
        made: dict[str, Targets] = {}
        for at, route in enumerate(read(), start=1):
            conditions = [
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(regex_values=list(route.patterns))
                )
            ]
            if route.target == NONE:
                self._refuse(f"refuse-{at}", self.listener, at * 10, conditions)
                if self.test_listener:
                    self._refuse(f"refuse-{at}-test", self.test_listener, at * 10, conditions)
                continue
            service = next(one for one in SERVICES if one.name == route.target)
            blue = self._group(service, "blue")
            green = self._group(service, "green") if self.test_listener else None
            made[service.name] = Targets(
                blue,
                green,
                self._forward(service.slug, self.listener, at * 10, conditions, blue, green),
                self._forward(f"{service.slug}-test", self.test_listener, at * 10, conditions, blue, green)
                if self.test_listener
                else None,
            )
        return made

    def _group(self, service: Service, colour: str) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{service.slug}-{colour}",
            name=f"{self._context.environment}-{service.slug}-{colour}",
            vpc_id=self._args.network.vpc.id,
            target_type="ip",
            port=service.port,
            protocol="HTTP",
            # A tab's websocket and staff's streams hold a task that goes; browsers come back by themselves.
            deregistration_delay=60 if service is STOREFRONT else 30,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                path="/health",
                port="traffic-port",
                protocol="HTTP",
                matcher="200",
                interval=10,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            tags=self._context.tags(f"{service.slug}-{colour}"),
            opts=child(self),
        )

    def _forward(
        self,
        name: str,
        listener: aws.lb.Listener,
        priority: int,
        conditions: list[aws.lb.ListenerRuleConditionArgs],
        blue: aws.lb.TargetGroup,
        green: aws.lb.TargetGroup | None,
    ) -> aws.lb.ListenerRule:
        groups = [aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=blue.arn, weight=100)]
        if green:
            groups.append(aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=green.arn, weight=GREEN_WEIGHT))
        return aws.lb.ListenerRule(
            name,
            listener_arn=listener.arn,
            priority=priority,
            conditions=conditions,
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="forward", forward=aws.lb.ListenerRuleActionForwardArgs(target_groups=groups)
                )
            ],
            tags=self._context.tags(name),
            # ECS moves the weights when it deploys; what is here holds for the first time only.
            opts=child(self, ignore_changes=["actions"] if green else []),
        )

    def _refuse(
        self,
        name: str,
        listener: aws.lb.Listener,
        priority: int,
        conditions: list[aws.lb.ListenerRuleConditionArgs],
    ) -> None:
        aws.lb.ListenerRule(
            name,
            listener_arn=listener.arn,
            priority=priority,
            conditions=conditions,
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(**HTTP_ERRORS),
                )
            ],
            tags=self._context.tags(name),
            opts=child(self),
        )
