"""The file of a backup: a tar of a manifest, the database's dump, and the pictures, each with its checksum."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import IO, Any

from launcher.errors import LauncherError

FORMAT = "sweetdream-backup"
VERSION = 1
MANIFEST = "manifest.json"
SUM = "manifest.sha256"
DUMP = "database.dump"
MEDIA = "media"
MANIFEST_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: `tables` are the rows of each table by its full name, `members` the files by theirs."""

    format: str
    version: int
    made_at: str
    postgres: int
    migrations: dict[str, str]
    tables: dict[str, int]
    members: dict[str, dict[str, Any]]

    @property
    def pictures(self) -> list[str]:
        """The names of the pictures' files."""
        return [name for name in self.members if name.startswith(f"{MEDIA}/")]


def write(target: Path, facts: Mapping[str, Any], files: Mapping[str, Path]) -> Manifest:
    """Write a backup of `files`, by the names they get in it. It appears at `target` whole or not at all.

    Raises:
        LauncherError: it cannot be written; nothing is left of it.
    """
    unfinished = target.with_name(f".{target.name}.part")
    try:
        members = {name: _summed(path) for name, path in files.items()}
        manifest = Manifest(format=FORMAT, version=VERSION, members=members, **facts)
        text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()
        with _private(unfinished) as raw:
            with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
                _add(tar, MANIFEST, text)
                _add(tar, SUM, hashlib.sha256(text).hexdigest().encode())
                for name, path in files.items():
                    header = tarfile.TarInfo(name)
                    header.size = members[name]["bytes"]
                    with path.open("rb") as content:
                        tar.addfile(header, content)
            raw.flush()
            os.fsync(raw.fileno())
        read(unfinished)  # what was written is what is read: a disk may lie
        unfinished.rename(target)
    except OSError as error:
        raise LauncherError(f"{target} cannot be written.", str(error)) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def read(source: Path, into: Path | None = None) -> Manifest:
    """Check every byte of a backup, and unpack it into the folder `into` if one is given.

    Raises:
        LauncherError: it is damaged, no backup of a shop, or one of a later version than is understood here.
    """
    try:
        with tarfile.open(source, "r:") as tar:
            manifest = _manifest(tar, source)
            found = set()
            while (header := tar.next()) is not None:
                wanted = manifest.members.get(header.name)
                content = tar.extractfile(header) if header.isfile() else None
                if wanted is None or content is None or header.name in found:
                    raise _damaged(source, f"it holds {header.name!r}, which is not in its manifest")
                place = None if into is None else into / header.name
                if _copied(content, place) != wanted:
                    raise _damaged(source, f"{header.name} is not as it was written")
                found.add(header.name)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(source, str(error)) from error
    except OSError as error:
        raise LauncherError(f"{source} cannot be read.", str(error)) from error
    if missing := manifest.members.keys() - found:
        raise _damaged(source, f"{min(missing)} is missing")
    return manifest


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    text, told = (_small(tar, name) for name in (MANIFEST, SUM))
    if text is None or told is None:
        raise LauncherError(f"{source} is no backup of a shop.", "./dev backup FILE makes one.")
    if hashlib.sha256(text).hexdigest().encode() != told:
        raise _damaged(source, "its manifest is not as it was written")
    values = json.loads(text)
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise LauncherError(f"{source} is no backup of a shop.", "./dev backup FILE makes one.")
    if values["version"] > VERSION:
        raise LauncherError(f"{source} was made by a later version of the shop.", "Restore it with that version.")
    manifest = Manifest(**{field.name: values[field.name] for field in fields(Manifest)})
    for name in manifest.members:
        path = PurePosixPath(name)
        if name != DUMP and (path.parts[0] != MEDIA or ".." in path.parts or len(path.parts) < 2):
            raise _damaged(source, f"{name!r} is no name of a picture")
    return manifest


def _small(tar: tarfile.TarFile, name: str) -> bytes | None:
    header = tar.next()
    if header is None or header.name != name or not header.isfile() or header.size > MANIFEST_BYTES:
        return None
    content = tar.extractfile(header)
    return None if content is None else content.read()


def _copied(content: IO[bytes], place: Path | None) -> dict[str, Any]:
    """Copy `content` to `place`, or nowhere; return its size and checksum."""
    total, size = hashlib.sha256(), 0
    with _private(place) if place else io.BytesIO() as target:
        while chunk := content.read(CHUNK_BYTES):
            total.update(chunk)
            size += len(chunk)
            if place:
                target.write(chunk)
    return {"bytes": size, "sha256": total.hexdigest()}


def _summed(path: Path) -> dict[str, Any]:
    with path.open("rb") as content:
        return _copied(content, None)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    header = tarfile.TarInfo(name)
    header.size = len(content)
    tar.addfile(header, io.BytesIO(content))


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that only its owner reads, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file


def _damaged(source: Path, why: str) -> LauncherError:
    return LauncherError(f"{source} is damaged: {why}.", "Nothing was changed. Use another backup.")


def free_for(folder: Path, size: int) -> None:
    """Raise LauncherError unless there is room for `size` bytes in `folder`."""
    if shutil.disk_usage(folder).free < size:
        raise LauncherError(f"There is not enough room in {folder}: {size / 1e6:,.0f} MB are needed.")
