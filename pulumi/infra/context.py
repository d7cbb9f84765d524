"""What every component is told: which environment it belongs to, and how things are named there."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

PROJECT = "sweetdream"


@dataclass(frozen=True)
class Context:
    """The environment a stack makes."""

    environment: str
    region: str
    account: str

    def name(self, part: str) -> str:
        """Return the name of a part in AWS: `sweetdream-prod-cluster`."""
        return f"{PROJECT}-{self.environment}-{part}"

    def bucket(self, part: str) -> str:
        """Return a bucket's name. These are shared by all the world, so the account is part of them."""
        return f"{PROJECT}-{self.environment}-{part}-{self.account}"

    def tags(self, part: str) -> dict[str, str]:
        """Return the tag that consoles show as a name. The others are the provider's default tags."""
        return {"Name": self.name(part)}

    def log_group(self, part: str) -> str:
        """Return the name of a log group."""
        return f"/{PROJECT}/{self.environment}/{part}"


def current() -> Context:
    """Return the context of the stack that is being run."""
    return Context(pulumi.get_stack(), pulumi.Config("aws").require("region"), aws.get_caller_identity().account_id)


def child(parent: pulumi.Resource, **options: object) -> pulumi.ResourceOptions:
    """Return the options of a resource inside a component."""
    return pulumi.ResourceOptions(parent=parent, **options)  # type: ignore[arg-type]
