"""Puts the components together for the stack that is being run."""

import pulumi
import pulumi_aws as aws

from infra import context as contexts
from infra import settings as stack_settings
from infra.environment import Environment


def build() -> None:
    """Make the whole environment."""
    settings = stack_settings.load()
    zones = aws.get_availability_zones(state="available").names
    made = Environment("shop", contexts.current(), settings, list(zones))
    for name, value in made.exports.items():
        pulumi.export(name, value)
