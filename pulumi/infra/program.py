"""Puts the components together for the stack that is being run."""

import pulumi_aws as aws
from infra import context as contexts
from infra import settings as stack_settings
from infra.firewall import Firewall, FirewallArgs
from infra.network import Network, NetworkArgs

import pulumi


def build() -> None:
    """Make the whole environment."""
    settings = stack_settings.load()
    context = contexts.current()
    zones = aws.get_availability_zones(state="available").names
    network = Network("network", context, NetworkArgs(settings.network, settings.watching.log_days, zones))
    https = bool(settings.web.domain)
    Firewall(
        "firewall",
        context,
        FirewallArgs(
            vpc_id=network.vpc.id,
            web_ports=(80, 443) if https else (80,),
            from_cdn_only=settings.web.cdn,
            test_port=None,
            test_addresses=[one.public_ip for one in network.nat_addresses],
        ),
    )
    pulumi.export("vpc", network.vpc.id)
