"""CloudFront: the bundle and pictures near the people, all else passed through; and a page for when nothing answers."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.buckets import BucketArgs, SafeBucket
from infra.certificates import Domain
from infra.context import Context, child
from infra.policies import Statement

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
SHOP, MEDIA, PAGES = "shop", "media", "pages"
DOWN_PAGE = "/down/back-soon.html"
PAGE = Path(__file__).resolve().parent.parent / "pages" / "back-soon.html"
READING = ["GET", "HEAD"]
EVERYTHING = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]


@dataclass
class CdnArgs:
    """What stands behind the CDN, and what guards it."""

    domain: Domain
    certificate_arn: pulumi.Input[str]
    media: SafeBucket
    web_acl_arn: pulumi.Input[str] | None


class Cdn(pulumi.ComponentResource):
    """A distribution in front of the load balancer and the pictures' bucket."""

    def __init__(self, name: str, context: Context, args: CdnArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sweetdream:web:Cdn", name, None, opts)
        self._context = context
        pages = SafeBucket("pages", context, BucketArgs("pages"), opts=child(self))
        aws.s3.BucketObjectv2(
            "back-soon",
            bucket=pages.name,
            key=DOWN_PAGE.removeprefix("/"),
            source=pulumi.FileAsset(str(PAGE)),
            content_type="text/html; charset=utf-8",
            cache_control="no-store",
            opts=child(self),
        )
        access = aws.cloudfront.OriginAccessControl(
            "buckets",
            name=context.name("buckets"),
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=child(self),
        )
        self.distribution = aws.cloudfront.Distribution(
            name,
            comment=context.name(name),
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class="PriceClass_200",  # with Asia
            aliases=[args.domain.public],
            origins=[
                self._load_balancer(args.domain.origin),
                self._bucket(MEDIA, args.media, access.id),
                self._bucket(PAGES, pages, access.id),
            ],
            default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
                target_origin_id=SHOP,
                allowed_methods=EVERYTHING,
                cached_methods=READING,
                viewer_protocol_policy="redirect-to-https",
                cache_policy_id=CACHING_DISABLED,
                origin_request_policy_id=ALL_VIEWER,
                compress=False,  # the storefront does, as its answers want it
            ),
            ordered_cache_behaviors=[
                self._cached("/assets/*", SHOP, ALL_VIEWER),
                self._cached("/media/*", MEDIA, None),
                self._cached("/down/*", PAGES, None),
            ],
            custom_error_responses=[
                aws.cloudfront.DistributionCustomErrorResponseArgs(
                    error_code=code, response_code=code, response_page_path=DOWN_PAGE, error_caching_min_ttl=5
                )
                for code in (502, 503, 504)
            ],
            viewer_certificate=aws.cloudfront.DistributionViewerCertificateArgs(
                acm_certificate_arn=args.certificate_arn,
                ssl_support_method="sni-only",
                minimum_protocol_version="TLSv1.2_2021",
            ),
            restrictions=aws.cloudfront.DistributionRestrictionsArgs(
                geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
            ),
            web_acl_id=args.web_acl_arn,
            tags=context.tags(name),
            opts=child(self),
        )
        args.media.allow([self._may_read(args.media)])
        pages.allow([self._may_read(pages)])
        self.domain_name = self.distribution.domain_name
        self.zone_id = self.distribution.hosted_zone_id
        self.register_outputs({"domain_name": self.domain_name})

    def _may_read(self, bucket: SafeBucket) -> Statement:
        return Statement(
            ["s3:GetObject"],
            [bucket.arn.apply("{}/*".format)],
            {"StringEquals": {"aws:SourceArn": self.distribution.arn}},
            service="cloudfront.amazonaws.com",
        )

    def _load_balancer(self, name: str) -> aws.cloudfront.DistributionOriginArgs:
        return aws.cloudfront.DistributionOriginArgs(
            origin_id=SHOP,
            domain_name=name,
            custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
                http_port=80,
                https_port=443,
                origin_protocol_policy="https-only",
                origin_ssl_protocols=["TLSv1.2"],
                origin_read_timeout=60,
                origin_keepalive_timeout=60,
            ),
        )

    def _bucket(
        self, origin_id: str, bucket: SafeBucket, access: pulumi.Input[str]
    ) -> aws.cloudfront.DistributionOriginArgs:
        return aws.cloudfront.DistributionOriginArgs(
            origin_id=origin_id,
            domain_name=bucket.bucket.bucket_regional_domain_name,
            origin_access_control_id=access,
        )

    def _cached(
        self, pattern: str, origin: str, forward: str | None
    ) -> aws.cloudfront.DistributionOrderedCacheBehaviorArgs:
        return aws.cloudfront.DistributionOrderedCacheBehaviorArgs(
            path_pattern=pattern,
            target_origin_id=origin,
            allowed_methods=READING,
            cached_methods=READING,
            viewer_protocol_policy="redirect-to-https",
            cache_policy_id=CACHING_OPTIMIZED,
            origin_request_policy_id=forward,
            compress=True,
        )
