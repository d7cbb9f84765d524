"""Deleting a person's events from the lake."""

import random
from pathlib import Path

from analytics.export import export
from analytics.forget import forget
from analytics.lakes import FolderLake
from analytics.sources import FolderSource
from tests.unit.analytics.lake import AFTER, DAY, contents, line_of, records, some_event, write_log


def test_a_persons_events_go_and_nobody_elses(tmp_path: Path) -> None:
    chance = random.Random(11)
    made = [some_event(chance) for _ in range(400)]
    write_log(tmp_path / "logs", map(line_of, made))
    lake = FolderLake(tmp_path / "lake")
    export(FolderSource(tmp_path / "logs"), lake, DAY, now=lambda: AFTER)
    theirs = sum(each.user_id == 7 for each in made)
    assert theirs > 0
    before = contents(tmp_path / "lake")
    assert forget(lake, 7) == theirs
    assert {each["eventId"] for each in records(tmp_path / "lake")} == {
        str(each.event_id) for each in made if each.user_id != 7
    }
    after = contents(tmp_path / "lake")
    assert after.keys() <= before.keys()
    assert forget(lake, 7) == 0
    assert contents(tmp_path / "lake") == after

    # What nobody asked to forget is whole: the export of the same logs brings back theirs alone.
    export(FolderSource(tmp_path / "logs"), lake, DAY, now=lambda: AFTER)
    assert contents(tmp_path / "lake") == before


def test_an_object_that_held_one_person_goes(tmp_path: Path) -> None:
    only = some_event(random.Random(1))
    write_log(tmp_path / "logs", [line_of(only)])
    lake = FolderLake(tmp_path / "lake")
    export(FolderSource(tmp_path / "logs"), lake, DAY, now=lambda: AFTER)
    assert only.user_id is not None
    assert forget(lake, only.user_id) == 1
    assert contents(tmp_path / "lake") == {}
