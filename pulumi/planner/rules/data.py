"""What is kept is encrypted, backed up, private, and in production not to be deleted."""

from collections.abc import Iterator

from planner.resources import Plan, Resource, strings

SHORTEST_BACKUP_DAYS = 7
TOKENS = ("password", "authToken", "secretString", "privateKey")


def stores_are_encrypted(plan: Plan) -> Iterator[str]:
    """Encrypt what is at rest."""
    for one in plan.of_type("rds:Instance"):
        if not one.inputs.get("storageEncrypted") or not one.inputs.get("kmsKeyId"):
            yield f"{one.name} is not encrypted with our key"
    for one in plan.of_type("elasticache:ReplicationGroup"):
        if not one.inputs.get("atRestEncryptionEnabled") or not one.inputs.get("transitEncryptionEnabled"):
            yield f"{one.name} is not encrypted"
    for one in plan.of_type("secretsmanager:Secret"):
        if not one.inputs.get("kmsKeyId"):
            yield f"{one.name} is not encrypted with our key"
    for one in plan.of_type("sns:Topic"):
        if not one.inputs.get("kmsMasterKeyId"):
            yield f"{one.name} is not encrypted"
        elif "alias/aws/sns" in one.inputs["kmsMasterKeyId"]:
            yield f"{one.name}: with AWS's own key CloudWatch and budgets cannot write to it"


def buckets_are_safe(plan: Plan) -> Iterator[str]:
    """Give every bucket encryption, no public access and TLS."""
    for bucket in plan.of_type("s3:Bucket"):
        if not _of(plan, "s3:BucketServerSideEncryptionConfiguration", bucket):
            yield f"{bucket.name} is not encrypted"
        blocks = _of(plan, "s3:BucketPublicAccessBlock", bucket)
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        if not blocks or not all(blocks[0].inputs.get(flag) for flag in flags):
            yield f"{bucket.name} could be made public"
        policies = _of(plan, "s3:BucketPolicy", bucket)
        if not policies or "aws:SecureTransport" not in str(policies[0].inputs["policy"]):
            yield f"{bucket.name} may be reached without TLS"


def log_buckets_are_readable_by_their_writer(plan: Plan) -> Iterator[str]:
    """Use S3's own encryption for access logs: with KMS the load balancer cannot write them."""
    names = {
        one.inputs["accessLogs"]["bucket"] for one in plan.of_type("lb:LoadBalancer") if "accessLogs" in one.inputs
    }
    for one in plan.of_type("s3:BucketServerSideEncryptionConfiguration"):
        how = one.inputs["rules"][0]["applyServerSideEncryptionByDefault"]["sseAlgorithm"]
        if one.inputs["bucket"] in names and how != "AES256":
            yield f"{one.name}: the load balancer cannot write logs under KMS"


def the_database_is_kept(plan: Plan) -> Iterator[str]:
    """Keep backups of the database and keep it private, on TLS, and free of a password that we know."""
    for one in plan.of_type("rds:Instance"):
        if int(one.inputs.get("backupRetentionPeriod", 0)) < SHORTEST_BACKUP_DAYS:
            yield f"{one.name} keeps backups for less than {SHORTEST_BACKUP_DAYS} days"
        if one.inputs.get("publiclyAccessible", True):
            yield f"{one.name} is public"
        if not one.inputs.get("manageMasterUserPassword"):
            yield f"{one.name}: RDS does not look after the master's password"
        if one.inputs.get("blueGreenUpdate"):
            yield f"{one.name}: RDS has no blue-green update beside a managed password"
    for group in plan.of_type("rds:ParameterGroup"):
        values = {one["name"]: one["value"] for one in group.inputs["parameters"]}
        if values.get("rds.force_ssl") != "1":
            yield f"{group.name} does not ask for TLS"


def failover_has_somewhere_to_go(plan: Plan) -> Iterator[str]:
    """Ask for failover of a cache only where it has two nodes."""
    for one in plan.of_type("elasticache:ReplicationGroup"):
        if one.inputs.get("automaticFailoverEnabled") and int(one.inputs.get("numCacheClusters", 1)) < 2:
            yield f"{one.name} has one node and cannot fail over"


def no_secret_is_in_the_plan(plan: Plan) -> Iterator[str]:
    """Keep values of secrets out of the program: what it knows, its state holds."""
    for one in plan.resources:
        for key in TOKENS:
            if one.inputs.get(key):
                yield f"{one.name} has {key} in the state"
        if one.type.endswith(":SecretVersion"):
            yield f"{one.name} puts a secret's value into the state"
        if any("-----BEGIN" in text and "PRIVATE" in text for text in strings(one.inputs)):
            yield f"{one.name} holds a private key"


def what_holds_data_is_protected(plan: Plan) -> Iterator[str]:
    """Refuse to delete production's data."""
    if not is_protected(plan):
        return
    for one in plan.of_type("rds:Instance", "s3:Bucket", "kms:Key", "lb:LoadBalancer"):
        keeps = "access-logs" not in one.name and one.name not in ("pages", "athena-results", "logs")
        if keeps and not one.protect:
            yield f"{one.name} can be deleted by a deployment"
    for one in plan.of_type("rds:Instance"):
        if not one.inputs.get("deletionProtection") or one.inputs.get("skipFinalSnapshot"):
            yield f"{one.name} can be deleted without a trace"
        if not one.inputs.get("multiAz"):
            yield f"{one.name} has no standby"
    for one in plan.of_type("lb:LoadBalancer"):
        if not one.inputs.get("enableDeletionProtection"):
            yield f"{one.name} can be deleted"


def is_protected(plan: Plan) -> bool:
    """Tell whether a stack says that its data is kept, which is what is said when nothing is."""
    return '"protect": false' not in plan.config.get("sweetdream:data", "")


def _of(plan: Plan, kind: str, bucket: Resource) -> list[Resource]:
    return [one for one in plan.of_type(kind) if one.inputs["bucket"] in (bucket.id, bucket.physical_name)]


RULES = (
    stores_are_encrypted,
    buckets_are_safe,
    log_buckets_are_readable_by_their_writer,
    the_database_is_kept,
    failover_has_somewhere_to_go,
    no_secret_is_in_the_plan,
    what_holds_data_is_protected,
)
