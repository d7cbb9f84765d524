"""Valkey, where the storefront's tasks keep open tabs' states."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.settings import Data


@dataclass
class CacheArgs:
    """Where the cache stands and how large it is."""

    subnet_ids: list[pulumi.Output[str]]
    security_group: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    data: Data


class Cache(pulumi.ComponentResource):
    """Valkey with TLS. The token is set by the preparing function, so that no state holds it."""

    def __init__(
        self, name: str, context: Context, args: CacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:data:Cache", name, None, opts)
        several = args.data.cache_nodes > 1
        subnets = aws.elasticache.SubnetGroup(
            name, name=context.name(name), subnet_ids=args.subnet_ids, tags=context.tags(name), opts=child(self)
        )
        self.group = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=context.name(name),
            description="Open tabs of the storefront",
            engine="valkey",
            engine_version="8.1",
            node_type=args.data.cache_class,
            num_cache_clusters=args.data.cache_nodes,
            automatic_failover_enabled=several,
            multi_az_enabled=several,
            subnet_group_name=subnets.name,
            security_group_ids=[args.security_group],
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auto_minor_version_upgrade=True,
            maintenance_window="mon:20:00-mon:21:00",
            snapshot_retention_limit=1,
            snapshot_window="17:00-18:00",
            tags=context.tags(name),
            opts=child(self, ignore_changes=["authToken", "authTokenUpdateStrategy"]),
        )
        self.id_of_group = self.group.replication_group_id
        self.address = self.group.primary_endpoint_address
        self.register_outputs({"address": self.address})
