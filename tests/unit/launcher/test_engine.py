"""Where Docker comes from for the tests of the images, and what happens where it does not."""

import subprocess
from pathlib import Path

import pytest

from launcher import engine, images
from launcher.engine import Engine
from launcher.errors import LauncherError


def answering(code: int, said: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess([], code, "", said)


def test_an_engine_that_runs_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "run", lambda *_, **__: answering(0))
    with engine.engine() as found:
        assert found == Engine()


def test_an_engine_that_cannot_build_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "run", lambda _, *words, **__: answering(int(words[0] == "buildx")))
    assert not engine.is_usable(Engine())


def test_who_cannot_have_a_private_one_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "run", lambda *_, **__: answering(1))
    monkeypatch.setattr(engine.os, "geteuid", lambda: 1000)
    with pytest.raises(LauncherError, match="none runs here") as caught, engine.engine():
        pass
    assert "Start Docker" in caught.value.hint


@pytest.mark.parametrize(
    "said", ["dial tcp: lookup registry on 10.0.2.3:53: no such host", "i/o timeout", "connection refused"]
)
def test_without_a_registry_there_are_stand_ins(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(Engine, "run", lambda *_, **__: answering(1, said))
    assert not images._registry_is_reached(Engine())


def test_a_digest_that_the_registry_does_not_know_fails_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "run", lambda *_, **__: answering(1, "manifest unknown"))
    with pytest.raises(LauncherError, match="There is no image python:"):
        images._registry_is_reached(Engine())


def test_there_is_a_stand_in_for_each_image_that_others_made() -> None:
    assert {folder.name for folder in images.STANDINS.iterdir()} == images.pins().keys()


def test_the_cache_is_the_user_s_and_not_a_checkout_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert engine.cache_folder() == tmp_path / "sweetdream" / "engine"
