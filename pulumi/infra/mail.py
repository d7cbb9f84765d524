"""Sending mail as the shop's domain, and hearing of addresses that refuse it."""

import pulumi
import pulumi_aws as aws

from infra.certificates import Domain
from infra.context import Context, child
from infra.policies import Statement, document

TOKENS = 3
"""DKIM records that SES asks for."""


class Mail(pulumi.ComponentResource):
    """An identity with DKIM, and a topic for bounces and complaints. SES itself suppresses such addresses."""

    def __init__(
        self,
        name: str,
        context: Context,
        domain: Domain,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:mail:Mail", name, None, opts)
        settings = aws.sesv2.ConfigurationSet(
            "mail",
            configuration_set_name=context.name("mail"),
            delivery_options=aws.sesv2.ConfigurationSetDeliveryOptionsArgs(tls_policy="REQUIRE"),
            reputation_options=aws.sesv2.ConfigurationSetReputationOptionsArgs(reputation_metrics_enabled=True),
            suppression_options=aws.sesv2.ConfigurationSetSuppressionOptionsArgs(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
            ),
            tags=context.tags("mail"),
            opts=child(self),
        )
        identity = aws.sesv2.EmailIdentity(
            "mail",
            email_identity=domain.public,
            configuration_set_name=settings.configuration_set_name,
            tags=context.tags("mail"),
            opts=child(self),
        )
        for at in range(TOKENS):
            token = identity.dkim_signing_attributes.apply(lambda found, at=at: (found.tokens or [])[at])  # type: ignore[misc]
            aws.route53.Record(
                f"dkim-{at}",
                zone_id=domain.zone_id,
                name=pulumi.Output.concat(token, "._domainkey.", domain.public),
                type="CNAME",
                ttl=600,
                records=[pulumi.Output.concat(token, ".dkim.amazonses.com")],
                opts=child(self),
            )
        topic = aws.sns.Topic(
            "mail-refused",
            name=context.name("mail-refused"),
            kms_master_key_id=key_arn,
            tags=context.tags("mail-refused"),
            opts=child(self),
        )
        own = {"StringEquals": {"aws:SourceAccount": context.account}}
        publish = Statement(["sns:Publish"], [topic.arn], own, service="ses.amazonaws.com")
        aws.sns.TopicPolicy("mail-refused", arn=topic.arn, policy=document([publish]), opts=child(self))
        kind = aws.sesv2.ConfigurationSetEventDestinationEventDestinationArgs
        aws.sesv2.ConfigurationSetEventDestination(
            "refused",
            configuration_set_name=settings.configuration_set_name,
            event_destination_name="refused",
            event_destination=kind(
                enabled=True,
                matching_event_types=["BOUNCE", "COMPLAINT", "REJECT"],
                sns_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationSnsDestinationArgs(
                    topic_arn=topic.arn
                ),
            ),
            opts=child(self),
        )
        self.register_outputs({})
