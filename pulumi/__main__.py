"""The shop on AWS: `pulumi up --stack dev` or `--stack prod`."""

from infra.program import build

build()
