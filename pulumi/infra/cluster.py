"""The ECS cluster, and the names by which its services call one another."""

import pulumi
import pulumi_aws as aws

from infra.context import Context, child


class Cluster(pulumi.ComponentResource):
    """A Fargate cluster with Service Connect."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sweetdream:compute:Cluster", name, None, opts)
        self.namespace = aws.servicediscovery.HttpNamespace(
            "namespace",
            name=context.name("shop"),
            description="How the services call one another",
            tags=context.tags("shop"),
            opts=child(self),
        )
        self.cluster = aws.ecs.Cluster(
            "cluster",
            name=context.name("cluster"),
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="disabled")],
            service_connect_defaults=aws.ecs.ClusterServiceConnectDefaultsArgs(namespace=self.namespace.arn),
            tags=context.tags("cluster"),
            opts=child(self),
        )
        self.providers = aws.ecs.ClusterCapacityProviders(
            "capacity",
            cluster_name=self.cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", weight=1
                )
            ],
            opts=child(self),
        )
        self.arn, self.name = self.cluster.arn, self.cluster.name
        self.register_outputs({"arn": self.arn})
