"""What has to be there before the shop: where states are kept, the key to them, images, and the pipeline's way in."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import PROJECT, child
from infra.services import SERVICES

GITHUB = "token.actions.githubusercontent.com"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
IMAGES = (*(one.slug for one in SERVICES), "analytics")
KEPT_IMAGES = 10


@dataclass
class FoundationArgs:
    """One environment: where it is, and who may deploy it."""

    environment: str
    region: str
    account: str
    provider_arn: pulumi.Input[str]
    repository: str


class Foundation(pulumi.ComponentResource):
    """The state's bucket and key, the repositories of images, and the pipeline's role, of one environment."""

    def __init__(self, name: str, args: FoundationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sweetdream:index:Foundation", name, None, opts)
        self._args = args
        kept = child(self, protect=True, retain_on_delete=True)
        key = aws.kms.Key(
            f"{name}-state",
            description=f"States of the {args.environment} stack and the secrets in them",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            region=args.region,
            opts=kept,
        )
        aws.kms.Alias(
            f"{name}-state",
            name=f"alias/{PROJECT}-pulumi-{args.environment}",
            target_key_id=key.key_id,
            region=args.region,
            opts=child(self),
        )
        self._state(name, key, kept)
        for image in IMAGES:
            self._repository(f"{name}-{image}", image)
        self._role(name)
        self.register_outputs({})

    def _state(self, name: str, key: aws.kms.Key, kept: pulumi.ResourceOptions) -> None:
        args = self._args
        bucket = aws.s3.Bucket(
            f"{name}-state",
            bucket=f"{PROJECT}-pulumi-state-{args.environment}-{args.account}",
            region=args.region,
            opts=kept,
        )
        aws.s3.BucketVersioning(
            f"{name}-state",
            bucket=bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            region=args.region,
            opts=child(self),
        )
        how = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms", kms_master_key_id=key.arn
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-state",
            bucket=bucket.id,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=how, bucket_key_enabled=True
                )
            ],
            region=args.region,
            opts=child(self),
        )
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-state",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            region=args.region,
            opts=child(self),
        )
        refuse = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket.arn, bucket.arn.apply("{}/*".format)],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        aws.s3.BucketPolicy(
            f"{name}-state",
            bucket=bucket.id,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [refuse]}, sort_keys=True),
            region=args.region,
            opts=child(self, depends_on=[private]),
        )

    def _repository(self, name: str, image: str) -> None:
        repository = aws.ecr.Repository(
            name,
            name=f"{PROJECT}/{image}",
            image_tag_mutability="IMMUTABLE_WITH_EXCLUSION",
            image_tag_mutability_exclusion_filters=[
                aws.ecr.RepositoryImageTagMutabilityExclusionFilterArgs(filter="latest*", filter_type="WILDCARD")
            ],
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            region=self._args.region,
            opts=child(self),
        )
        keep = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES}
        aws.ecr.LifecyclePolicy(
            name,
            repository=repository.name,
            policy=json.dumps({"rules": [{"rulePriority": 1, "selection": keep, "action": {"type": "expire"}}]}),
            region=self._args.region,
            opts=child(self),
        )

    def _role(self, name: str) -> None:
        """Make the role that the pipeline takes on in a job of this environment, and in no other."""
        owner, _, repository = self._args.repository.partition("/")
        ends = f"environment:{self._args.environment}"
        # GitHub writes ids into the names of repositories that are new since July 2026.
        subjects = [f"repo:{owner}/{repository}:{ends}", f"repo:{owner}@*/{repository}@*:{ends}"]
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": self._args.provider_arn},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
                        "StringLike": {f"{GITHUB}:sub": subjects},
                    },
                }
            ],
        }
        role = aws.iam.Role(
            f"{name}-deploy",
            name=f"{PROJECT}-deploy-{self._args.environment}",
            assume_role_policy=pulumi.Output.json_dumps(trust, sort_keys=True),
            max_session_duration=7_200,
            opts=child(self),
        )
        # It makes roles and keys: whoever may do that may do everything, so the wall is who takes the role on.
        aws.iam.RolePolicyAttachment(f"{name}-deploy", role=role.name, policy_arn=ADMINISTRATOR, opts=child(self))


def build() -> None:
    """Make the foundations of all environments."""
    config = pulumi.Config()
    provider = aws.iam.OpenIdConnectProvider("github", url=f"https://{GITHUB}", client_id_lists=["sts.amazonaws.com"])
    account = aws.get_caller_identity().account_id
    environments: dict[str, str] = config.require_object("environments")
    for environment, region in environments.items():
        Foundation(
            environment,
            FoundationArgs(environment, region, account, provider.arn, config.require("repository")),
        )
