"""What a stack may say in `Pulumi.STACK.yaml`. Everything else is the same in all of them.

Each attribute of `Settings` is a configuration value of its own (`sweetdream:network`), so that a plan can be asked
what another value would make. Money in USD, times as their names say.
"""

from typing import Literal

import pulumi
from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of the settings; a name that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Network(Part):
    """Addresses and ways out."""

    cidr: str
    zones: int = Field(default=2, ge=2, le=3)
    nat_gateways: int = Field(default=1, ge=1, le=3, description="One serves all zones; one a zone outlives a zone.")
    flow_logs: bool = True


class Web(Part):
    """How people reach the shop."""

    domain: str = Field(default="", description="The shop's name; its zone is in Route 53. Without one: HTTP only.")
    zone: str = Field(default="", description="The hosted zone, when it is not the domain itself.")
    cdn: bool = Field(default=False, description="CloudFront in front of the load balancer; needs a domain.")
    waf: bool = Field(default=False, description="Managed rules and a rate limit; needs the CDN.")
    requests_per_address: int = Field(default=2_000, ge=10, description="In five minutes, from one address.")
    idle_seconds: int = Field(default=300, ge=60, le=4_000, description="A websocket pings more often than this.")


class Task(Part):
    """One task of a service."""

    cpu: int = 256
    memory: int = 512


class Shop(Part):
    """The four services."""

    environment: Literal["development", "production"] = "production"
    image_tag: str = "latest"
    public_url: str = Field(default="", description="Where there is no domain: the address people use.")
    api: Task = Task()
    storefront: Task = Task(cpu=512, memory=1024)
    min_tasks: int = Field(default=2, ge=1)
    max_tasks: int = Field(default=10, ge=1)
    pool_size: int = Field(default=2, ge=1, le=50, description="POOL_SIZE: connections of each of a task's two pools.")
    drain_seconds: int = Field(default=20, ge=0, le=60, description="DRAIN_S: serving goes on after SIGTERM.")
    spot_share: float = Field(default=0, ge=0, le=1, description="Of the APIs' tasks: cheap, and may end any time.")
    sessions_per_task: int = Field(default=800, ge=1, description="Open tabs at which a storefront task has enough.")
    predictive: Literal["off", "ForecastOnly", "ForecastAndScale"] = "off"
    off_hours: bool = Field(default=False, description="No tasks from 23:00 to 07:00 of the shop's clock.")
    busy_hours: bool = Field(default=False, description="Twice the least number of tasks from 10:00 to 20:00.")
    exec: bool = Field(default=False, description="ECS Exec into tasks, for looking for faults.")


class Deployment(Part):
    """How a new version comes."""

    strategy: Literal["rolling", "blue_green"] = "rolling"
    bake_minutes: int = Field(default=10, ge=0, le=1_440, description="Both versions stay so long after the switch.")
    step_percent: int = Field(default=50, ge=3, le=100, description="Of an API's traffic, in each step.")
    step_minutes: int = Field(default=6, ge=0, le=1_440)


class Data(Part):
    """What is kept."""

    database_class: str = "db.t4g.small"
    database_gb: int = Field(default=20, ge=20)
    database_max_gb: int = Field(default=100, ge=20)
    multi_az: bool = True
    backup_days: int = Field(default=30, ge=1, le=35)
    cache_class: str = "cache.t4g.micro"
    cache_nodes: int = Field(default=1, ge=1, le=3)
    protect: bool = Field(default=True, description="Nothing that holds data can be deleted by a deployment.")
    backup_region: str = Field(default="", description="Where AWS Backup keeps a second copy.")
    glacier_days: int = 90


class Watching(Part):
    """Logs, alarms, mail about them."""

    log_days: Literal[7, 30] = 30
    emails: list[str] = []
    synthetic_minutes: int = Field(default=5, ge=0, description="How often a journey of our own looks; 0 for never.")


class Money(Part):
    """What may be spent, a month."""

    budget: int = Field(ge=1)
    anomaly: int = Field(default=20, ge=1, description="A deviation from which somebody is told.")


class Mail(Part):
    """Sending mail as the shop's domain."""

    enabled: bool = False


class Bastion(Part):
    """A way to the database by Session Manager."""

    enabled: bool = False


class Settings(Part):
    """All that a stack says."""

    network: Network
    web: Web = Web()
    shop: Shop = Shop()
    deployment: Deployment = Deployment()
    data: Data = Data()
    watching: Watching = Watching()
    money: Money
    mail: Mail = Mail()
    bastion: Bastion = Bastion()


def load() -> Settings:
    """Read the settings of the stack that is being run.

    Raises:
        pydantic.ValidationError: a value is missing, unknown or out of bounds.
    """
    config = pulumi.Config()
    told = {name: config.get_object(name) for name in Settings.model_fields}
    return Settings.model_validate({name: value for name, value in told.items() if value is not None})
