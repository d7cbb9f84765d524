"""The firewall for requests, in front of the CDN."""

import pulumi
import pulumi_aws as aws

from infra.certificates import CDN_REGION
from infra.context import Context, child
from infra.settings import Web

MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
# Staff send pictures and long texts, which this rule of the common set would refuse from 8 KB on. The services
# have limits of their own.
COUNTED_ONLY = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",)}
WINDOW_S = 300


class Waf(pulumi.ComponentResource):
    """AWS's managed rules, and a limit of requests from one address."""

    def __init__(self, name: str, context: Context, web: Web, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sweetdream:web:Waf", name, None, opts)
        self._context = context
        limit = aws.wafv2.WebAclRuleArgs(
            name="rate-limit",
            priority=0,
            action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
            statement=aws.wafv2.WebAclRuleStatementArgs(
                rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                    aggregate_key_type="IP", limit=web.requests_per_address, evaluation_window_sec=WINDOW_S
                )
            ),
            visibility_config=self._seen("rate-limit"),
        )
        managed = [self._managed(rules, at) for at, rules in enumerate(MANAGED, start=1)]
        self.acl = aws.wafv2.WebAcl(
            name,
            name=context.name(name),
            scope="CLOUDFRONT",
            region=CDN_REGION,
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[limit, *managed],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=context.name(name), sampled_requests_enabled=True
            ),
            tags=context.tags(name),
            opts=child(self),
        )
        self.arn, self.name = self.acl.arn, context.name(name)
        self.register_outputs({"arn": self.arn})

    def _managed(self, rules: str, priority: int) -> aws.wafv2.WebAclRuleArgs:
        count = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
            count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
        )
        overrides = [
            aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(name=name, action_to_use=count)
            for name in COUNTED_ONLY.get(rules, ())
        ]
        return aws.wafv2.WebAclRuleArgs(
            name=rules,
            priority=priority,
            override_action=aws.wafv2.WebAclRuleOverrideActionArgs(
                none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()  # type: ignore[no-untyped-call]
            ),
            statement=aws.wafv2.WebAclRuleStatementArgs(
                managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                    vendor_name="AWS", name=rules, rule_action_overrides=overrides
                )
            ),
            visibility_config=self._seen(rules),
        )

    def _seen(self, name: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
        return aws.wafv2.WebAclRuleVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name=self._context.name(name), sampled_requests_enabled=True
        )
