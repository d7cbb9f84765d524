"""Where the services' images are. The bootstrap project makes the repositories."""

from infra.context import PROJECT, Context
from infra.services import Service


def repository_arn(context: Context, part: str) -> str:
    """Return the ARN of a repository."""
    return f"arn:aws:ecr:{context.region}:{context.account}:repository/{PROJECT}/{part}"


def image(context: Context, service: Service | str, tag: str) -> str:
    """Return the name of an image."""
    part = service if isinstance(service, str) else service.slug
    return f"{context.account}.dkr.ecr.{context.region}.amazonaws.com/{PROJECT}/{part}:{tag}"
