"""Puts together what is watched of an environment."""

from dataclasses import dataclass

import pulumi

from infra.analytics import Analytics
from infra.buckets import SafeBucket
from infra.cluster import Cluster
from infra.context import Context, child
from infra.database import Database, max_connections, memory_gb
from infra.functions import Function
from infra.load_balancer import LoadBalancer
from infra.network import Network
from infra.services import SERVICES, STOREFRONT
from infra.settings import Settings
from infra.shop import Shop
from infra.watching.alarm_list import AlarmList, AlarmListArgs
from infra.watching.alarms import Alarms
from infra.watching.dashboard import Dashboard, DashboardArgs
from infra.watching.signals import Signals
from infra.watching.topics import Topics


@dataclass
class WatchingArgs:
    """The parts that are looked at, and who is told."""

    settings: Settings
    alarms: Alarms
    topics: Topics
    cluster: Cluster
    web: LoadBalancer
    shop: Shop
    database: Database
    network: Network
    analytics: Analytics
    media: SafeBucket
    smoke: Function | None


class Watching(pulumi.ComponentResource):
    """Alarms, numbers out of logs, and the dashboard."""

    def __init__(
        self, name: str, context: Context, args: WatchingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:watching:Watching", name, None, opts)
        services = {service.slug: args.shop.services[service.name].service.name for service in SERVICES}
        logs = {service.slug: args.shop.identities[service.name].logs.name for service in SERVICES}
        groups = {
            name: [one.arn_suffix for one in (found.blue, found.green) if one is not None]
            for name, found in args.web.targets.items()
        }
        functions = {"prepare": args.shop.prepare.function.name}
        if args.smoke:
            functions["smoke"] = args.smoke.name
        data = args.settings.data
        AlarmList(
            "alarms",
            context,
            AlarmListArgs(
                alarms=args.alarms,
                cluster_name=args.cluster.name,
                service_names=services,
                balancer=args.web.balancer.arn_suffix,
                storefront_groups=groups[STOREFRONT.name],
                database=args.database.instance.identifier,
                database_gb=data.database_gb,
                database_memory_gb=memory_gb(data.database_class),
                database_connections=max_connections(data.database_class),
                functions=functions,
                failures_queue=args.analytics.queue.name,
                lake=args.analytics.lake.name,
                nat=args.network.nats[0].id,
                max_tasks=args.settings.shop.max_tasks,
                export_function=args.analytics.function.name,
            ),
            opts=child(self),
        )
        Signals("signals", context, logs, args.topics.critical, opts=child(self))
        Dashboard(
            "dashboard",
            context,
            DashboardArgs(
                cluster=args.cluster.name,
                services=services,
                balancer=args.web.balancer.arn_suffix,
                groups=groups,
                database=args.database.instance.identifier,
                functions=[*functions.values(), args.analytics.function.name],
                buckets=[args.media.name, args.analytics.lake.name],
                log_groups=list(logs.values()),
            ),
            opts=child(self),
        )
        self.register_outputs({})
