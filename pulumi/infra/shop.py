"""The four services: what they are told, what they may do, how they come up."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.buckets import SafeBucket
from infra.cache import Cache
from infra.cluster import Cluster
from infra.containers import Container
from infra.context import Context, child
from infra.database import Database
from infra.functions import Function
from infra.images import image, repository_arn
from infra.load_balancer import LoadBalancer
from infra.policies import Statement
from infra.prepare import Prepare, PrepareArgs
from infra.roles import ServiceRole
from infra.scaling import Scaling, ScalingArgs, Sessions
from infra.service import BlueGreen, ShopService, ShopServiceArgs
from infra.services import APIS, BACKEND, SERVICES, STOREFRONT, Service
from infra.settings import Settings
from infra.tasks import Identity, IdentityArgs, TaskArgs, environment_of, task_definition
from infra.vault import Vault
from infra.watching.names import deployment_alarms

LB_POLICY = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
ECS = "ecs.amazonaws.com"
STOP_MARGIN_S = 10
"""An image serves 5 s longer than DRAIN_S after SIGTERM; then it still has to end."""


@dataclass
class ShopArgs:
    """What the services stand on."""

    settings: Settings
    cluster: Cluster
    web: LoadBalancer
    database: Database
    cache: Cache
    vault: Vault
    media: SafeBucket
    key_arn: pulumi.Input[str]
    subnet_ids: list[pulumi.Output[str]]
    security_groups: dict[str, pulumi.Output[str]]
    public_url: pulumi.Input[str]
    smoke: Function | None
    after: Sequence[pulumi.Resource] = ()


class Shop(pulumi.ComponentResource):
    """The services, and what has to happen before they change."""

    def __init__(self, name: str, context: Context, args: ShopArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sweetdream:compute:Shop", name, None, opts)
        self._context, self._args = context, args
        shop = args.settings.shop
        images: dict[str, pulumi.Input[str]] = {
            service.name: image(context, service, shop.image_tag) for service in SERVICES
        }
        self.identities = {service.name: self._identity(service) for service in SERVICES}
        environments = {service.name: self._environment(service) for service in SERVICES}
        prepare = Prepare(
            "prepare",
            context,
            PrepareArgs(
                args.cluster,
                args.database,
                args.cache,
                args.vault,
                args.key_arn,
                self.identities,
                images,
                environments,
                args.subnet_ids,
                args.security_groups["prepare"],
                args.settings.watching.log_days,
            ),
            opts=child(self),
        )
        self.prepare = prepare
        blue_green = self._blue_green()
        self.services: dict[str, ShopService] = {}
        for service in (*APIS, STOREFRONT):
            definition = self._definition(service, images[service.name], environments[service.name])
            # The storefront comes last: it calls the others from its first request on.
            others = [one.service for one in self.services.values()]
            after = [prepare.invocation, *args.after, *(others if service is STOREFRONT else [])]
            self.services[service.name] = self._service(service, definition, blue_green, after)
        self.register_outputs({})

    def _identity(self, service: Service) -> Identity:
        statements: list[Statement] = []
        if service is BACKEND:
            media = self._args.media.arn
            statements += [
                Statement(["s3:GetObject", "s3:PutObject"], [media.apply("{}/media/*".format)]),
                # Who may not list is answered 403 for a picture that is not there, as if the shop were broken.
                Statement(["s3:ListBucket"], [media]),
            ]
        return Identity(
            service.slug,
            self._context,
            IdentityArgs(
                service,
                self._args.vault.arns_for(service),
                self._args.key_arn,
                repository_arn(self._context, service.slug),
                self._args.settings.watching.log_days,
                statements,
                self._args.settings.shop.exec,
            ),
            opts=child(self),
        )

    def _environment(self, service: Service) -> dict[str, pulumi.Input[str]]:
        settings = self._args.settings
        told: dict[str, pulumi.Input[str]] = {
            "ENVIRONMENT": settings.shop.environment,
            "VERSION": settings.shop.image_tag,
            "PUBLIC_URL": self._args.public_url,
            # The load balancer appends the address it sees, and CloudFront before it.
            "TRUSTED_PROXY_HOPS": "2" if settings.web.cdn else "1",
        }
        if service.database:
            told |= {"POOL_SIZE": str(settings.shop.pool_size), "DRAIN_S": str(settings.shop.drain_seconds)}
        if service is BACKEND:
            told |= {"MEDIA_BUCKET": self._args.media.name}
        return environment_of(service, told)

    def _definition(
        self, service: Service, name: pulumi.Input[str], environment: dict[str, pulumi.Input[str]]
    ) -> aws.ecs.TaskDefinition:
        settings, identity = self._args.settings, self.identities[service.name]
        container = Container(
            service,
            service.slug,
            name,
            environment,
            self._args.vault.variables(service),
            identity.logs.name,
            self._context.region,
            stop_seconds=settings.shop.drain_seconds + STOP_MARGIN_S,
        )
        size = settings.shop.storefront if service is STOREFRONT else settings.shop.api
        return task_definition(self, service.slug, self._context, TaskArgs(container, identity, size))

    def _blue_green(self) -> BlueGreen | None:
        smoke = self._args.smoke
        if smoke is None:
            return None
        balancer = ServiceRole(
            "ecs-load-balancer", self._context, ECS, managed=[LB_POLICY], bound_to_account=False, opts=child(self)
        )
        hook = ServiceRole(
            "ecs-hook",
            self._context,
            ECS,
            [Statement(["lambda:InvokeFunction"], [smoke.arn])],
            bound_to_account=False,
            opts=child(self),
        )
        return BlueGreen(balancer.arn, smoke.arn, hook.arn)

    def _service(
        self,
        service: Service,
        definition: aws.ecs.TaskDefinition,
        blue_green: BlueGreen | None,
        after: list[pulumi.Resource],
    ) -> ShopService:
        args, settings = self._args, self._args.settings
        made = ShopService(
            service.slug,
            self._context,
            ShopServiceArgs(
                service=service,
                cluster=args.cluster,
                task_definition_arn=definition.arn,
                targets=args.web.targets[service.name],
                subnet_ids=args.subnet_ids,
                security_group=args.security_groups[service.slug],
                log_group=self.identities[service.name].logs.name,
                tasks=settings.shop.min_tasks,
                spot_share=settings.shop.spot_share,
                deployment=settings.deployment,
                blue_green=blue_green,
                alarm_names=deployment_alarms(self._context, service),
                exec=settings.shop.exec,
                after=after,
            ),
            opts=child(self),
        )
        Scaling(
            service.slug,
            self._context,
            ScalingArgs(made, args.cluster.name, settings.shop, self._sessions(service)),
            opts=child(self),
        )
        return made

    def _sessions(self, service: Service) -> Sessions | None:
        if service is not STOREFRONT:
            return None
        targets = self._args.web.targets[service.name]
        groups = [one.arn_suffix for one in (targets.blue, targets.green) if one is not None]
        return Sessions(self._args.web.balancer.arn_suffix, groups, self._args.settings.shop.sessions_per_task)
