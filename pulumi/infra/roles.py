"""A role with exactly one policy."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.policies import Statement, document, trust


class ServiceRole(pulumi.ComponentResource):
    """A role that an AWS service takes on. Named, so that policies and runbooks can name it too."""

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        service: str,
        statements: Sequence[Statement] = (),
        managed: Sequence[str] = (),
        bound_to_account: bool = True,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:iam:ServiceRole", name, None, opts)
        self.role = aws.iam.Role(
            name,
            name=context.name(name),
            assume_role_policy=trust(service, context.account if bound_to_account else None),
            opts=child(self),
        )
        self.policy = (
            aws.iam.RolePolicy(name, role=self.role.name, policy=document(statements), opts=child(self))
            if statements
            else None
        )
        for policy in managed:
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy.rpartition('/')[2]}", role=self.role.name, policy_arn=policy, opts=child(self)
            )
        self.arn = self.role.arn
        self.register_outputs({"arn": self.arn})
