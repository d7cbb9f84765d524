"""A bucket as every one of ours is: private, encrypted, over TLS only."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.policies import Statement, document

Rule = aws.s3.BucketLifecycleConfigurationRuleArgs
ENABLED = "Enabled"


@dataclass
class BucketArgs:
    """What differs between buckets. `statements` are of its policy; their resources begin with the bucket's ARN."""

    part: str
    versioned: bool = False
    protect: bool = False
    kms_key_arn: pulumi.Input[str] | None = None
    rules: Sequence[Rule] = ()
    region: str | None = None


class SafeBucket(pulumi.ComponentResource):
    """A private bucket. Its policy is made by `allow`, because a bucket has one only."""

    def __init__(
        self, name: str, context: Context, args: BucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:storage:SafeBucket", name, None, opts)
        self._name_of_part, self._region = name, args.region
        options = child(self, protect=args.protect, retain_on_delete=args.protect)
        self.bucket = aws.s3.Bucket(
            name,
            bucket=context.bucket(args.part),
            force_destroy=not args.protect,
            region=args.region,
            tags=context.tags(args.part),
            opts=options,
        )
        self.name, self.arn = self.bucket.bucket, self.bucket.arn
        self.private = aws.s3.BucketPublicAccessBlock(
            name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            bucket=self.bucket.id,
            region=args.region,
            opts=child(self),
        )
        how = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if args.kms_key_arn else "AES256", kms_master_key_id=args.kms_key_arn
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=how, bucket_key_enabled=bool(args.kms_key_arn)
                )
            ],
            bucket=self.bucket.id,
            region=args.region,
            opts=child(self),
        )
        if args.versioned:
            aws.s3.BucketVersioning(
                name,
                versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status=ENABLED),
                bucket=self.bucket.id,
                region=args.region,
                opts=child(self),
            )
        if args.rules:
            aws.s3.BucketLifecycleConfiguration(
                name,
                rules=list(args.rules),
                bucket=self.bucket.id,
                region=args.region,
                opts=child(self),
            )

    def allow(self, statements: Sequence[Statement] = ()) -> aws.s3.BucketPolicy:
        """Refuse what does not come over TLS, allow `statements`, and finish the component."""
        tls_only = Statement(
            ["s3:*"],
            [self.arn, self.arn.apply("{}/*".format)],
            {"Bool": {"aws:SecureTransport": "false"}},
            effect="Deny",
            everybody=True,
        )
        policy = aws.s3.BucketPolicy(
            self._name_of_part,
            bucket=self.bucket.id,
            policy=document([tls_only, *statements]),
            region=self._region,
            opts=child(self, depends_on=[self.private]),
        )
        self.register_outputs({"name": self.name})
        return policy


def expire(days: int, name: str = "expire") -> Rule:
    """Delete objects after so many days."""
    return Rule(
        id=name,
        status=ENABLED,
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def archive(days: int) -> Rule:
    """Move objects to Glacier after so many days; earlier versions go after ninety."""
    return Rule(
        id="archive",
        status=ENABLED,
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=[aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(storage_class="GLACIER", days=days)],
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=90
        ),
    )


def tidy(days: int = 30) -> Rule:
    """Delete versions that were replaced, and uploads that were never finished."""
    return Rule(
        id="tidy",
        status=ENABLED,
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=days
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=7
        ),
    )
