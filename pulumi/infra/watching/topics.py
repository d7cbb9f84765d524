"""Where alarms go: two topics, and the people who read them."""

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.policies import Statement, document

SENDERS = (
    "cloudwatch.amazonaws.com",
    "events.amazonaws.com",
    "budgets.amazonaws.com",
    "costalerts.amazonaws.com",
)


class Topics(pulumi.ComponentResource):
    """A topic for what cannot wait, and one for what can. Each reader has to confirm a mail once."""

    def __init__(
        self,
        name: str,
        context: Context,
        key_arn: pulumi.Input[str],
        emails: list[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:watching:Topics", name, None, opts)
        self._context, self._key_arn, self._emails = context, key_arn, emails
        self.critical = self._topic("critical")
        self.warning = self._topic("warning")
        self.register_outputs({})

    def _topic(self, name: str) -> pulumi.Output[str]:
        topic = aws.sns.Topic(
            name,
            name=self._context.name(name),
            kms_master_key_id=self._key_arn,
            tags=self._context.tags(name),
            opts=child(self),
        )
        own = {"StringEquals": {"aws:SourceAccount": self._context.account}}
        policy = document([Statement(["sns:Publish"], [topic.arn], own, service=sender) for sender in SENDERS])
        aws.sns.TopicPolicy(name, arn=topic.arn, policy=policy, opts=child(self))
        for at, email in enumerate(self._emails):
            aws.sns.TopicSubscription(
                f"{name}-{at}", topic=topic.arn, protocol="email", endpoint=email, opts=child(self)
            )
        return topic.arn
