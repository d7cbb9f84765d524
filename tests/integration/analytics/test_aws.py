"""The export on AWS' doubles: CloudWatch Logs read page by page, S3 written on conditions, the Lambda's handler."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from analytics.export import Manifest, export
from analytics.lakes import Changed, FolderLake, S3Lake, lake_at
from analytics.query import opened
from analytics.reports import REPORTS
from analytics.sources import CloudWatchSource, FolderSource, Progress, source_at
from shopkit.clock import day_bounds, shop_day
from tests.unit.analytics.lake import contents, line_of, some_event, write_log

GROUP = "/ecs/backend"
REGION = "ap-southeast-1"
DAY = shop_day(datetime.now(UTC)) - timedelta(days=4)
"""Not long ago: CloudWatch takes no lines that are older than a fortnight."""
BEGIN, END = day_bounds(DAY)
AFTER = END + timedelta(minutes=10)


def partition(day: date) -> str:
    return f"year={day:%Y}/month={day:%m}/day={day:%d}"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        location: Any = {"LocationConstraint": REGION}
        boto3.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration=location)
        boto3.client("logs").create_log_group(logGroupName=GROUP)
        yield


def log(lines: list[tuple[datetime, bytes]], stream: str = "one", group: str = GROUP) -> None:
    """Write lines as a container's log driver does."""
    logs = boto3.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    entries = [{"timestamp": round(at.timestamp() * 1000), "message": text.decode()} for at, text in sorted(lines)]
    for place in range(0, len(entries), 500):
        batch: Any = entries[place : place + 500]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)


def objects(bucket: str = "lake", prefix: str = "") -> dict[str, bytes]:
    """Return every object but the history of runs."""
    s3 = boto3.client("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    return {key: body for key, body in bodies.items() if "history/" not in key}


def run(source: Any, lake: Any) -> Manifest:
    return export(source, lake, DAY, now=lambda: AFTER, memory=20_000)


@pytest.mark.usefixtures("aws")
def test_logs_and_bucket_give_what_files_and_folder_give(tmp_path: Path) -> None:
    chance = random.Random(1)
    events = [some_event(chance, BEGIN) for _ in range(120)]
    other = [(BEGIN + timedelta(hours=1), b'{"event":"request"}'), (BEGIN + timedelta(hours=2), b"Traceback")]
    torn = (BEGIN + timedelta(hours=3), b'{"eventId":"torn')
    lines = [(each.occurred_at + timedelta(seconds=1), line_of(each)) for each in events]
    late = some_event(chance, BEGIN - timedelta(days=3), 60)  # three days behind, and logged today
    in_next_day = some_event(chance, END + timedelta(seconds=1), 60)
    at_five = (BEGIN + timedelta(hours=5), line_of(late))
    log([*lines, *other, torn, at_five, (in_next_day.occurred_at, line_of(in_next_day))])
    manifest = run(CloudWatchSource([GROUP]), S3Lake("lake", ""))
    assert manifest.lines["events"] == 121
    assert manifest.lines["rejected"] == 1
    assert sum(manifest.events.values()) == 120

    write_log(tmp_path / "logs", [line_of(each) for each in events] + [torn[1]])
    run(FolderSource(tmp_path / "logs"), FolderLake(tmp_path / "lake"))
    there = objects()
    of_the_day = {key: body for key, body in there.items() if partition(DAY) in key}
    assert of_the_day == contents(tmp_path / "lake")
    earlier = f"user-actions/{partition(DAY - timedelta(days=3))}/hour-00.json.gz"
    assert there.keys() - of_the_day.keys() == {earlier}
    run(CloudWatchSource([GROUP]), S3Lake("lake", ""))
    assert objects() == there


class Paged:
    """A client of CloudWatch that gives pages of a few lines, empty ones between them, and is throttled at times."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.lines = lines
        self.asked: list[dict[str, Any]] = []
        self.throttles = 0

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.throttles:
            self.throttles -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "FilterLogEvents")
        inside = [each for each in self.lines if asked["startTime"] <= each["timestamp"] <= asked["endTime"]]
        place = int(asked.get("nextToken", 0))
        if place % 2:
            return {"events": [], "nextToken": str(place + 1)}
        found = inside[place : place + 2]
        return {"events": found, **({"nextToken": str(place + 1)} if inside[place + 2 :] else {})}


def test_pages_are_read_to_the_end_and_throttling_is_waited_out() -> None:
    def at(moment: datetime, text: str) -> dict[str, Any]:
        return {"timestamp": round(moment.timestamp() * 1000), "message": text, "logStreamName": "s"}

    lines = [at(BEGIN, "first"), at(BEGIN + timedelta(minutes=59, seconds=59, milliseconds=999), "of the first hour")]
    lines += [at(BEGIN + timedelta(hours=1), f"{n}") for n in range(7)] + [at(END - timedelta(milliseconds=1), "last")]
    lines += [at(END, "too late")]
    client: Any = Paged(lines)
    slept: list[float] = []
    source = CloudWatchSource([GROUP], client, slept.append)
    progress = Progress()
    client.throttles = 3
    found = [line.text.decode() for line in source.lines(BEGIN, END, progress)]
    assert found == [each["message"] for each in lines[:-1]]
    assert len(slept) == 3
    assert slept == sorted(slept)
    assert progress.done == 1.0
    hours = {(asked["startTime"], asked["endTime"]) for asked in client.asked}
    assert len(hours) == 24
    assert all(until - start == 3_600_000 - 1 for start, until in hours)


def test_what_is_no_throttling_is_raised() -> None:
    class Denied:
        def filter_log_events(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "FilterLogEvents")

    client: Any = Denied()
    with pytest.raises(ClientError, match="AccessDenied"):
        list(CloudWatchSource([GROUP], client).lines(BEGIN, END, Progress()))


@pytest.mark.usefixtures("aws")
def test_two_exports_at_once_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(4)
    mine, theirs = ([some_event(chance, BEGIN, 3_600) for _ in range(30)] for _ in range(2))
    write_log(tmp_path / "mine", map(line_of, mine))
    write_log(tmp_path / "theirs", map(line_of, theirs))
    write_log(tmp_path / "both", map(line_of, [*mine, *theirs]))
    overtaken = []

    class Slow(S3Lake):
        """A writer that another one overtakes between its reading and its writing."""

        def put(self, key: str, file: Path, tag: str | None) -> None:
            if not overtaken and key.startswith("user-actions/"):
                overtaken.append(key)
                run(FolderSource(tmp_path / "theirs"), S3Lake("lake", "shop/"))
            super().put(key, file, tag)

    run(FolderSource(tmp_path / "mine"), Slow("lake", "shop/"))
    assert overtaken
    run(FolderSource(tmp_path / "both"), FolderLake(tmp_path / "wanted"))
    there = {key.removeprefix("shop/"): body for key, body in objects(prefix="shop/").items()}
    assert there == contents(tmp_path / "wanted")


@pytest.mark.usefixtures("aws")
def test_an_object_in_s3_is_only_replaced_as_its_writer_knew_it(tmp_path: Path) -> None:
    lake = lake_at("s3://lake/some/prefix")
    assert isinstance(lake, S3Lake)
    file, copy = tmp_path / "file", tmp_path / "copy"
    file.write_bytes(b"one")
    assert lake.get("a/b.json", copy) is None
    lake.put("a/b.json", file, None)
    with pytest.raises(Changed):
        lake.put("a/b.json", file, None)
    tag = lake.get("a/b.json", copy)
    assert copy.read_bytes() == b"one"
    file.write_bytes(b"two")
    lake.put("a/b.json", file, tag)
    with pytest.raises(Changed):
        lake.put("a/b.json", file, tag)
    with pytest.raises(Changed):
        lake.put("a/none.json", file, tag)
    assert list(lake.keys("a/")) == ["a/b.json"]
    assert list(objects()) == ["some/prefix/a/b.json"]
    lake.delete("a/b.json")
    assert lake.get("a/b.json", copy) is None


class Context:
    """What Lambda tells a function of its run."""

    function_name = "analytics-export"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:000000000000:function:analytics-export"
    aws_request_id = "00000000-0000-0000-0000-000000000001"


@pytest.mark.usefixtures("aws")
def test_the_lambda_exports_and_the_lake_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANALYTICS_SOURCE", f"logs://{GROUP}")
    monkeypatch.setenv("ANALYTICS_LAKE", "s3://lake/")
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "1")
    from analytics.handler import handler  # noqa: PLC0415 - it reads the environment

    chance = random.Random(9)
    events = [some_event(chance, BEGIN) for _ in range(40)]
    log([(each.occurred_at, line_of(each)) for each in events])
    context: Any = Context()
    told = handler({"day": DAY.isoformat()}, context)
    assert (told["day"], sum(told["events"].values())) == (DAY.isoformat(), 40)
    assert '"EventsInLake":[40.0]' in capsys.readouterr().out.replace(" ", "")
    for bad in ({"day": "tomorrow"}, {"day": "2999-01-01"}):
        with pytest.raises(ValueError, match="day"):
            handler(bad, context)
    monkeypatch.setenv("ANALYTICS_LAKE", "")
    with pytest.raises(ValueError, match="no lake"):
        handler({}, context)

    with opened(lake_at("s3://lake/")) as duck:
        rows = duck.execute(REPORTS["cart_additions"].sql(DAY, DAY)).fetchall()
        viewed = duck.execute("select count(*) from events where name = 'Product Viewed'").fetchone()
    assert sum(row[2] for row in rows) == sum(each.name == "Add to Cart" for each in events)
    assert viewed == (sum(each.name == "Product Viewed" for each in events),)
    assert json.loads(json.dumps(told)) == told
    assert isinstance(source_at(f"logs://{GROUP},/ecs/orders"), CloudWatchSource)
    assert datetime.fromisoformat(told["started_at"]).tzinfo == UTC
