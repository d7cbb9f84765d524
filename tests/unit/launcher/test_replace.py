"""Data replaced whole or not at all, wherever the work breaks off."""

from pathlib import Path

import pytest

from launcher import replace
from launcher.errors import LauncherError


class Killed(BaseException):
    """Stands for the end of the process at a step."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path, "old")
    return tmp_path


def fill(place: Path, what: str) -> None:
    for part in replace.PARTS:
        (place / part).mkdir()
        (place / part / "content").write_text(what)


def content(place: Path) -> list[str]:
    return [(place / part / "content").read_text() for part in replace.PARTS]


def replaced(folder: Path) -> list[str]:
    return content(folder / replace.REPLACED)


def test_new_data_takes_the_place_of_the_old_which_is_kept(folder: Path) -> None:
    with replace.incoming(folder) as place:
        fill(place, "new")
        assert content(folder) == ["old", "old"]
    assert (content(folder), replaced(folder)) == (["new", "new"], ["old", "old"])
    assert not (folder / replace.INCOMING).exists()


def test_a_part_that_is_not_replaced_stays(folder: Path) -> None:
    with replace.incoming(folder) as place:
        (place / "postgres").mkdir()
        (place / "postgres" / "content").write_text("new")
    assert content(folder) == ["new", "old"]


def test_what_fails_changes_nothing(folder: Path) -> None:
    def fails() -> None:
        with replace.incoming(folder) as place:
            fill(place, "new")
            raise LauncherError("no")

    with pytest.raises(LauncherError, match="no"):
        fails()
    assert content(folder) == ["old", "old"]
    assert sorted(path.name for path in folder.iterdir()) == ["media", "postgres"]


def test_a_work_that_was_killed_before_it_was_complete_leaves_the_old(folder: Path) -> None:
    place = folder / replace.INCOMING
    place.mkdir()
    fill(place, "half")
    assert replace.settle(folder) is False
    assert content(folder) == ["old", "old"]
    assert sorted(path.name for path in folder.iterdir()) == ["media", "postgres"]


STEPS = ("rename", "mkdir", "touch")


def break_off(patched: pytest.MonkeyPatch, step: int) -> list[int]:
    """Let the `step`-th change of the file system be the last; return the list that counts them."""
    done = [0]
    for name in STEPS:
        real = getattr(Path, name)

        def counted(self: Path, *arguments: object, real=real, **options: object) -> object:
            if done[0] == step:
                raise Killed
            done[0] += 1
            return real(self, *arguments, **options)

        patched.setattr(Path, name, counted)
    return done


@pytest.mark.parametrize("again", [False, True], ids=["first", "second replacement"])
@pytest.mark.parametrize("step", range(7))
def test_a_move_that_was_killed_at_any_step_is_finished_by_the_next(folder: Path, step: int, again: bool) -> None:
    if again:
        (folder / replace.REPLACED).mkdir()
        fill(folder / replace.REPLACED, "older")
    place = folder / replace.INCOMING
    place.mkdir()
    fill(place, "new")
    (place / replace.COMPLETE).touch()
    with pytest.MonkeyPatch.context() as patched:
        done = break_off(patched, step)
        if step < 6:
            with pytest.raises(Killed):
                replace.settle(folder)
        else:
            replace.settle(folder)
            assert done == [6]  # so that every step was one to be killed at

    replace.settle(folder)
    assert (content(folder), replaced(folder)) == (["new", "new"], ["old", "old"])
    assert not (folder / replace.INCOMING).exists()
    assert replace.settle(folder) is False


@pytest.mark.parametrize("step", range(9))
def test_an_undo_that_was_killed_at_any_step_loses_nothing(folder: Path, step: int) -> None:
    with replace.incoming(folder) as place:
        fill(place, "new")
    with pytest.MonkeyPatch.context() as patched:
        done = break_off(patched, step)
        if step < 8:
            with pytest.raises(Killed):
                replace.undo(folder)
        else:
            replace.undo(folder)
            assert done == [8]
    replace.settle(folder)
    here, aside = content(folder), replaced(folder)
    assert (here, aside) in [(["old", "old"], ["new", "new"]), (["new", "new"], ["old", "old"])]
    assert here == (["new", "new"] if step < 2 else ["old", "old"])


def test_there_may_be_nothing_to_put_back(folder: Path) -> None:
    with pytest.raises(LauncherError, match="nothing in"):
        replace.undo(folder)
    assert content(folder) == ["old", "old"]
