"""A backup's file: whole, or refused before anything is done with it."""

import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launcher import archive
from launcher.errors import LauncherError

FACTS: dict[str, Any] = {
    "made_at": "2026-01-02T03:04:05+00:00",
    "postgres": 18,
    "migrations": {"backend": "0001"},
    "tables": {"backend.product": 2},
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    sources = {"database.dump": b"dump" * 5000, "media/products/cake.webp": b"picture", "media/bánh.webp": b""}
    made = {}
    for number, (name, content) in enumerate(sources.items()):
        made[name] = tmp_path / f"source-{number}"
        made[name].write_bytes(content)
    return made


@pytest.fixture
def made(tmp_path: Path, files: dict[str, Path]) -> Path:
    target = tmp_path / "shop.backup"
    archive.write(target, FACTS, files)
    return target


def refused(source: Path, why: str, tmp_path: Path) -> None:
    into = tmp_path / "into"
    with pytest.raises(LauncherError, match=why):
        archive.read(source)
    with pytest.raises(LauncherError, match=why):
        archive.read(source, into)
    assert not (tmp_path / "outside").exists()


def test_what_is_read_is_what_was_written(made: Path, files: dict[str, Path], tmp_path: Path) -> None:
    into = tmp_path / "into"
    manifest = archive.read(made, into)
    assert {str(p.relative_to(into)): p.read_bytes() for p in into.rglob("*") if p.is_file()} == {
        name: path.read_bytes() for name, path in files.items()
    }
    assert (manifest.tables, manifest.postgres) == ({"backend.product": 2}, 18)
    assert manifest.pictures == ["media/products/cake.webp", "media/bánh.webp"]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*"))


def test_a_backup_that_cannot_be_written_leaves_nothing(tmp_path: Path, files: dict[str, Path]) -> None:
    files["media/gone.webp"] = tmp_path / "gone"
    with pytest.raises(LauncherError, match="cannot be written"):
        archive.write(tmp_path / "shop.backup", FACTS, files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source-0", "source-1", "source-2"]


def test_any_byte_that_changed_is_noticed_or_means_nothing(made: Path, files: dict[str, Path], tmp_path: Path) -> None:
    """Dates and owners in the headers, and what fills up the last block of a file, mean nothing."""
    whole = made.read_bytes()
    damaged, into = tmp_path / "damaged", tmp_path / "into"
    noticed = 0
    for position in range(0, len(whole.rstrip(b"\0")), 97):
        changed = bytearray(whole)
        changed[position] ^= 1
        damaged.write_bytes(changed)
        try:
            archive.read(damaged, into)
        except LauncherError:
            noticed += 1
        else:
            assert {name: (into / name).read_bytes() for name in files} == {
                name: path.read_bytes() for name, path in files.items()
            }
    assert noticed > 200  # of the dump alone


@pytest.mark.parametrize("kept", [0, 1, 511, 1024, 4096, 20_000])
def test_a_part_of_a_backup_is_refused(made: Path, tmp_path: Path, kept: int) -> None:
    part = tmp_path / "part"
    part.write_bytes(made.read_bytes()[:kept])
    refused(part, "damaged|no backup", tmp_path)


def test_other_files_are_no_backups(tmp_path: Path) -> None:
    refused(tmp_path / "missing", "cannot be read", tmp_path)
    refused(tmp_path, "cannot be read", tmp_path)
    (tmp_path / "letter").write_text("Dear shop" * 1000)
    refused(tmp_path / "letter", "damaged|no backup", tmp_path)
    with tarfile.open(tmp_path / "photos.tar", "w") as tar:
        tar.add(tmp_path / "letter", "manifest.json")
    refused(tmp_path / "photos.tar", "no backup", tmp_path)


def rewritten(
    made: Path, change: Callable[[dict[str, Any]], None], extra: tuple[tarfile.TarInfo, bytes] | None
) -> Path:
    """Write a backup anew with another manifest, whose checksum is right, and another member."""
    forged = made.with_name("forged")
    with tarfile.open(made) as old, tarfile.open(forged, "w") as new:
        values = json.load(old.extractfile("manifest.json"))  # type: ignore[arg-type]
        change(values)
        text = json.dumps(values).encode()
        for name, content in (("manifest.json", text), ("manifest.sha256", hashlib.sha256(text).hexdigest().encode())):
            header = tarfile.TarInfo(name)
            header.size = len(content)
            new.addfile(header, io.BytesIO(content))
        for member in old.getmembers()[2:]:
            new.addfile(member, old.extractfile(member))
        if extra:
            new.addfile(extra[0], io.BytesIO(extra[1]))
    return forged


def described(name: str, content: bytes) -> Callable[[dict[str, Any]], None]:
    told = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return lambda values: values["members"].update({name: told})


@pytest.mark.parametrize("name", ["../outside", "media/../../outside", "/outside", "outside", "media", "media/"])
def test_nothing_climbs_out_of_the_folder(made: Path, tmp_path: Path, name: str) -> None:
    header = tarfile.TarInfo(name)
    header.size = 4
    refused(rewritten(made, described(name, b"evil"), (header, b"evil")), "damaged", tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_only_files_are_in_it(made: Path, tmp_path: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("media/link")
    header.type, header.linkname = kind, "/etc/passwd"
    refused(rewritten(made, described("media/link", b""), (header, b"")), "damaged", tmp_path)


def test_what_its_manifest_does_not_name_is_refused_and_so_is_what_comes_twice(made: Path, tmp_path: Path) -> None:
    for name in ("media/stray.webp", "database.dump"):
        header = tarfile.TarInfo(name)
        refused(rewritten(made, lambda _: None, (header, b"")), "not in its manifest", tmp_path)


def test_a_missing_picture_is_named(made: Path, tmp_path: Path) -> None:
    forged = rewritten(made, described("media/lost.webp", b"lost"), None)
    refused(forged, r"media/lost\.webp is missing", tmp_path)


def test_a_later_format_is_named_as_such(made: Path, tmp_path: Path) -> None:
    forged = rewritten(made, lambda values: values.update(version=archive.VERSION + 1), None)
    refused(forged, "later version", tmp_path)
