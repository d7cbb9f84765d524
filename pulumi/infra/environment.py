"""One environment: everything that the shop needs, in the order in which it comes up."""

import pulumi

from infra.analytics import Analytics, AnalyticsArgs
from infra.backup import Backup, BackupArgs
from infra.bastion import Bastion, BastionArgs
from infra.buckets import BucketArgs, SafeBucket, tidy
from infra.cache import Cache, CacheArgs
from infra.cdn import Cdn, CdnArgs
from infra.certificates import CDN_REGION, Certificate, domain_of
from infra.cluster import Cluster
from infra.context import Context, child
from infra.database import Database, DatabaseArgs
from infra.firewall import GROUPS, Firewall, FirewallArgs
from infra.functions import Function, FunctionArgs, FunctionSchedule, ScheduleArgs
from infra.keys import Key
from infra.load_balancer import TEST_PORT, LoadBalancer, LoadBalancerArgs
from infra.mail import Mail
from infra.money import Money
from infra.names import Names, NamesArgs, Place
from infra.network import Network, NetworkArgs
from infra.services import APIS, SERVICES
from infra.settings import Settings
from infra.shop import Shop, ShopArgs
from infra.vault import Vault
from infra.waf import Waf
from infra.watching.alarms import Alarms
from infra.watching.service_alarms import TargetAlarms, TargetAlarmsArgs
from infra.watching.topics import Topics
from infra.watching.watching import Watching, WatchingArgs

LONGEST_RECOVERY_DAYS = 30


class Environment(pulumi.ComponentResource):
    """The shop in one region."""

    def __init__(
        self,
        name: str,
        context: Context,
        settings: Settings,
        availability_zones: list[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:index:Environment", name, None, opts)
        self._context, self._settings = context, settings
        self._days = settings.watching.log_days
        self._blue_green = settings.deployment.strategy == "blue_green"
        self.domain = domain_of(settings.web)
        self.key = Key("key", context, settings.data.protect, opts=child(self))
        self.topics = Topics("topics", context, self.key.arn, settings.watching.emails, opts=child(self))
        self.alarms = Alarms(context, self.topics.critical, self.topics.warning)
        self.network = Network(
            "network", context, NetworkArgs(settings.network, self._days, availability_zones), opts=child(self)
        )
        self.firewall = self._firewall()
        self.web = self._load_balancer()
        self.media = self._media()
        self.waf = Waf("waf", context, settings.web, opts=child(self)) if settings.web.waf else None
        self.cdn = self._cdn()
        self.names = self._names()
        self.vault, self.database, self.cache = self._data()
        self.cluster = Cluster("cluster", context, opts=child(self))
        self.public_url = self._public_url()
        self.target_alarms = [
            alarm
            for service in SERVICES
            for alarm in TargetAlarms(
                service.slug,
                context,
                TargetAlarmsArgs(service, self.web.balancer.arn_suffix, self.web.targets[service.name], self.alarms),
                opts=child(self),
            ).all
        ]
        self.smoke = self._smoke() if self._blue_green else None
        self.shop = self._shop()
        self.analytics = self._analytics()
        self.smoke_clock = self._look_by_clock()
        self.watching = self._watch()
        self._options()
        self.exports: dict[str, pulumi.Input[str]] = {
            "url": self.public_url,
            "loadBalancer": self.web.balancer.dns_name,
            "cluster": self.cluster.name,
        }
        self.register_outputs(self.exports)

    def _firewall(self) -> Firewall:
        return Firewall(
            "firewall",
            self._context,
            FirewallArgs(
                vpc_id=self.network.vpc.id,
                web_ports=(80, 443) if self.domain else (80,),
                from_cdn_only=self._settings.web.cdn,
                test_port=TEST_PORT if self._blue_green else None,
                test_addresses=[one.public_ip for one in self.network.nat_addresses],
            ),
            opts=child(self),
        )

    def _load_balancer(self) -> LoadBalancer:
        certificate = None
        if self.domain:
            certificate = Certificate(
                "certificate",
                self._context,
                [self.domain.public, self.domain.origin],
                self.domain.zone_id,
                self._context.region,
                opts=child(self),
            ).arn
        return LoadBalancer(
            "load-balancer",
            self._context,
            LoadBalancerArgs(
                self.network,
                self.firewall.group_id("alb"),
                self._settings.web,
                certificate,
                self._blue_green,
                self._settings.data.protect,
                self._days,
            ),
            opts=child(self),
        )

    def _media(self) -> SafeBucket:
        return SafeBucket(
            "media",
            self._context,
            BucketArgs("media", versioned=True, protect=self._settings.data.protect, rules=[tidy()]),
            opts=child(self),
        )

    def _cdn(self) -> Cdn | None:
        if not self._settings.web.cdn or self.domain is None:
            self.media.allow()
            return None
        certificate = Certificate(
            "cdn-certificate",
            self._context,
            [self.domain.public],
            self.domain.zone_id,
            CDN_REGION,
            opts=child(self),
        )
        return Cdn(
            "cdn",
            self._context,
            CdnArgs(self.domain, certificate.arn, self.media, self.waf.arn if self.waf else None),
            opts=child(self),
        )

    def _names(self) -> Names | None:
        if self.domain is None:
            return None
        balancer = Place(self.web.balancer.dns_name, self.web.balancer.zone_id)
        front = Place(self.cdn.domain_name, self.cdn.zone_id) if self.cdn else balancer
        return Names("names", self._context, NamesArgs(self.domain, front, balancer), opts=child(self))

    def _data(self) -> tuple[Vault, Database, Cache]:
        data, subnets = self._settings.data, self.network.data_ids
        recovery = LONGEST_RECOVERY_DAYS if data.protect else 0
        vault = Vault("vault", self._context, self.key.arn, recovery, opts=child(self))
        database = Database(
            "database",
            self._context,
            DatabaseArgs(subnets, self.firewall.group_id("database"), self.key.arn, data, self._days),
            opts=child(self),
        )
        cache = Cache(
            "cache",
            self._context,
            CacheArgs(subnets, self.firewall.group_id("cache"), self.key.arn, data),
            opts=child(self),
        )
        return vault, database, cache

    def _public_url(self) -> pulumi.Input[str]:
        if self.domain:
            return f"https://{self.domain.public}"
        return self._settings.shop.public_url or self.web.balancer.dns_name.apply("http://{}".format)

    def _smoke(self) -> Function:
        host: pulumi.Input[str] = self.domain.origin if self.domain else self.web.balancer.dns_name
        scheme = "https" if self.domain else "http"
        return Function(
            "smoke",
            self._context,
            FunctionArgs(
                "smoke",
                self._days,
                environment={
                    "SHOP_URL": self.public_url,
                    "TEST_URL": pulumi.Output.concat(scheme, "://", host, f":{TEST_PORT}"),
                },
                timeout=120,
                # From the private subnets, so that it comes from the NAT gateway, which the test listener lets in.
                subnet_ids=self.network.private_ids,
                security_group=self.firewall.group_id("smoke"),
            ),
            opts=child(self),
        )

    def _shop(self) -> Shop:
        return Shop(
            "services",
            self._context,
            ShopArgs(
                self._settings,
                self.cluster,
                self.web,
                self.database,
                self.cache,
                self.vault,
                self.media,
                self.key.arn,
                self.network.private_ids,
                {part: self.firewall.group_id(part) for part in GROUPS},
                self.public_url,
                self.smoke,
                after=self.target_alarms,
            ),
            opts=child(self),
        )

    def _analytics(self) -> Analytics:
        # In these three stand the events; the storefront writes none.
        groups = {service.slug: self.shop.identities[service.name].logs.arn for service in APIS}
        data, shop = self._settings.data, self._settings.shop
        return Analytics(
            "analytics",
            self._context,
            AnalyticsArgs(groups, shop.image_tag, data.glacier_days, self._days, data.protect),
            opts=child(self),
        )

    def _look_by_clock(self) -> FunctionSchedule | None:
        minutes = self._settings.watching.synthetic_minutes
        if self.smoke is None or not minutes:
            return None
        return FunctionSchedule(
            "smoke",
            self._context,
            ScheduleArgs(self.smoke.function, f"rate({minutes} minutes)", "UTC", self.analytics.queue.arn),
            opts=child(self),
        )

    def _watch(self) -> Watching:
        return Watching(
            "watching",
            self._context,
            WatchingArgs(
                self._settings,
                self.alarms,
                self.topics,
                self.cluster,
                self.web,
                self.shop,
                self.database,
                self.network,
                self.analytics,
                self.media,
                self.smoke,
            ),
            opts=child(self),
        )

    def _options(self) -> None:
        context, settings = self._context, self._settings
        Money("money", context, settings.money, self.topics.warning, opts=child(self))
        if settings.data.backup_region:
            backup = BackupArgs(
                self.database.instance.arn, self.key.arn, settings.data.backup_days, settings.data.backup_region
            )
            Backup("backup", context, backup, opts=child(self))
        if settings.mail.enabled and self.domain:
            Mail("mail", context, self.domain, self.key.arn, opts=child(self))
        if settings.bastion.enabled:
            bastion = BastionArgs(
                self.network.vpc.id, self.network.private_ids[0], self.firewall.group_id("database"), self.key.arn
            )
            Bastion("bastion", context, bastion, opts=child(self))
