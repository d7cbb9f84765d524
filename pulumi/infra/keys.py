"""The key that everything at rest is encrypted with."""

import json

import pulumi
import pulumi_aws as aws

from infra.context import Context, child


class Key(pulumi.ComponentResource):
    """A key of our own, rotated every year. AWS's own keys cannot be shared with another region's copy."""

    def __init__(self, name: str, context: Context, protect: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sweetdream:security:Key", name, None, opts)
        account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{context.account}:root"}}
        services = {
            "Effect": "Allow",
            "Principal": {
                "Service": [
                    "cloudwatch.amazonaws.com",
                    "events.amazonaws.com",
                    "budgets.amazonaws.com",
                    "costalerts.amazonaws.com",
                    "ses.amazonaws.com",
                ]
            },
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": context.account}},
        }
        cloudfront = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": ["kms:Decrypt"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": context.account}},
        }
        own = {**account, "Action": "kms:*", "Resource": "*"}
        self.key = aws.kms.Key(
            name,
            description=f"What the {context.environment} shop keeps",
            enable_key_rotation=True,
            deletion_window_in_days=30 if protect else 7,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [own, services, cloudfront]}, sort_keys=True),
            tags=context.tags(name),
            opts=child(self, protect=protect, retain_on_delete=protect),
        )
        aws.kms.Alias(name, name=f"alias/{context.name(name)}", target_key_id=self.key.key_id, opts=child(self))
        self.arn = self.key.arn
        self.register_outputs({"arn": self.arn})
