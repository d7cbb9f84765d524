"""The data folder's mark: what is the shop's to use and to delete, and what is not."""

import json
import stat
from pathlib import Path

import pytest

from launcher import credentials, folder
from launcher.errors import LauncherError


def tree(place: Path) -> dict[str, str]:
    return {str(path.relative_to(place)): path.read_text() for path in place.rglob("*") if path.is_file()}


def test_a_new_folder_is_marked_and_closed(tmp_path: Path) -> None:
    place = tmp_path / "a" / "shop"
    folder.claim(place)
    assert folder.is_ours(place)
    assert stat.S_IMODE(place.stat().st_mode) & 0o066 == 0
    folder.claim(place)
    assert folder.contents(place) == []


@pytest.mark.parametrize("name", ["media", "logs", "postgres", "secrets.json", "incoming"])
def test_a_folder_with_somebody_elses_things_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / name
    if "." in name:
        theirs.write_text('{"mine": 1}')
    else:
        theirs.mkdir()
        (theirs / "holiday.jpg").write_text("sea")
    before = tree(tmp_path)
    mode = tmp_path.stat().st_mode
    with pytest.raises(LauncherError, match=f"is not this shop's: it holds {name}"):
        folder.claim(tmp_path)
    with pytest.raises(LauncherError, match="nothing in it is deleted"):
        folder.contents(tmp_path)
    assert (tree(tmp_path), tmp_path.stat().st_mode) == (before, mode)


@pytest.mark.parametrize("mode", [0o1777, 0o777, 0o775])
def test_a_folder_that_others_write_into_is_refused_and_left_as_it_is(tmp_path: Path, mode: int) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    (place / "somebody.sock").touch()
    place.chmod(mode)
    with pytest.raises(LauncherError, match="others may write into it, and it is not empty"):
        folder.claim(place)
    assert stat.S_IMODE(place.stat().st_mode) == mode
    assert [path.name for path in place.iterdir()] == ["somebody.sock"]


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_an_empty_folder_that_others_may_write_into_is_taken_and_closed(tmp_path: Path, mode: int) -> None:
    place = tmp_path / "shop"
    place.mkdir()
    place.chmod(mode)
    folder.claim(place)
    assert folder.is_ours(place)
    assert stat.S_IMODE(place.stat().st_mode) & 0o066 == 0


def test_the_mode_of_a_folder_that_has_the_right_one_is_not_set_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.claim(tmp_path)

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refused)
    folder.claim(tmp_path)
    monkeypatch.undo()
    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(LauncherError, match="cannot be written"):
        folder.claim(tmp_path)


def test_where_nothing_is_nothing_is_deleted(tmp_path: Path) -> None:
    assert folder.contents(tmp_path / "nowhere") == []


def test_what_dev_fetched_is_nothing_to_delete_and_no_reason_to_refuse(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)  # as `mkdir` makes it for many people
    (tmp_path / "uv").mkdir()
    assert folder.contents(tmp_path) == []
    folder.claim(tmp_path)
    folder.forget(tmp_path)
    assert folder.contents(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["uv"]


def test_other_things_beside_the_shops_are_nobodys_to_delete(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years")
    folder.claim(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "backend.log").write_text("line\n")
    (tmp_path / "uv").mkdir()
    entries = folder.contents(tmp_path)
    assert [(entry.path.name, entry.size) for entry in entries] == [("logs", 5)]
    for entry in entries:
        folder.delete(entry)
    folder.forget(tmp_path)
    assert tree(tmp_path) == {"thesis.txt": "ten years"}
    assert (tmp_path / "uv").is_dir()


def test_a_link_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "cake.webp").write_text("picture")
    place = tmp_path / "shop"
    folder.claim(place)
    (place / "media").symlink_to(elsewhere)
    [entry] = folder.contents(place)
    folder.delete(entry)
    folder.forget(place)
    assert not place.exists()
    assert tree(elsewhere) == {"cake.webp": "picture"}


def test_the_folder_of_an_older_version_is_known_by_its_secrets(tmp_path: Path) -> None:
    credentials.load(tmp_path)
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("18\n")
    assert {entry.path.name for entry in folder.contents(tmp_path)} == {"postgres", "secrets.json"}
    folder.claim(tmp_path)
    assert folder.is_ours(tmp_path)


def test_the_lock_of_a_start_that_was_refused_does_not_make_a_folder_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "up.lock").touch()
    folder.claim(tmp_path)
    assert folder.is_ours(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"service_secret": "x"}', "not json"])
def test_other_secrets_are_not_the_shops(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(LauncherError, match="nothing in it is deleted"):
        folder.contents(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"layout": "new"}', "\xff"])
def test_a_file_that_happens_to_have_the_name_is_no_mark(tmp_path: Path, content: str) -> None:
    (tmp_path / folder.MARK).write_text(content)
    (tmp_path / "media").mkdir()
    assert not folder.is_ours(tmp_path)
    with pytest.raises(LauncherError, match="nothing in it is deleted"):
        folder.contents(tmp_path)


def test_what_the_launcher_writes_is_listed_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder.claim(tmp_path)
    credentials.load(tmp_path)
    assert json.loads((tmp_path / folder.MARK).read_text()) == {"layout": folder.LAYOUT}
    with folder.alone(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} <= {folder.MARK, *folder.KEPT}
