"""Where the lake is: a folder, or S3. Objects are files that are replaced whole, and only as their writer knew them."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1024 * 1024


class Changed(Exception):
    """An object is not any more what its writer had read: somebody else has written it meanwhile."""


class Lake(Protocol):
    """Objects under keys such as `user-actions/year=2026/month=03/day=01/hour-00.json.gz`."""

    def get(self, key: str, to: Path) -> str | None:
        """Copy an object into a file; return its tag, or None when there is no such object."""
        ...

    def put(self, key: str, file: Path, tag: str | None) -> None:
        """Write an object whose tag is still `tag`, or that is still not there for None.

        Raises:
            Changed: it is another one by now.
        """
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with `prefix`, in order."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        ...


class FolderLake:
    """Objects as files of a folder. A reader sees a whole object or none, also after a crash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str, to: Path) -> str | None:
        """Copy an object into a file; return its tag."""
        try:
            shutil.copyfile(self.folder / key, to)
        except FileNotFoundError:
            return None
        return _tag(to)

    def put(self, key: str, file: Path, tag: str | None) -> None:
        """Write an object, if it is as `tag` says."""
        path = self.folder / key
        with self._locked():
            now = _tag(path) if path.exists() else None
            if now != tag:
                raise Changed(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")  # one writer at a time: whoever was killed left it
            shutil.copyfile(file, part)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with `prefix`, in order."""
        folder = self.folder / prefix.rpartition("/")[0]
        found = (path.relative_to(self.folder).as_posix() for path in folder.rglob("*") if path.is_file())
        yield from sorted(key for key in found if key.startswith(prefix) and not key.rpartition("/")[2].startswith("."))

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        with self._locked():
            (self.folder / key).unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class S3Lake:
    """Objects of an S3 bucket, written with If-Match and If-None-Match."""

    def __init__(self, bucket: str, prefix: str, client: "S3Client | None" = None) -> None:
        import boto3  # noqa: PLC0415 - takes its time, and a folder needs none
        from botocore.exceptions import ClientError  # noqa: PLC0415

        self._s3: S3Client = client or boto3.client("s3")
        self._error = ClientError
        self.bucket, self.prefix = bucket, prefix

    def get(self, key: str, to: Path) -> str | None:
        """Copy an object into a file; return its tag."""
        try:
            answer = self._s3.get_object(Bucket=self.bucket, Key=self.prefix + key)
        except self._error as error:
            if _code(error) in {"NoSuchKey", "404"}:
                return None
            raise
        with to.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(CHUNK):
                file.write(chunk)
        return answer["ETag"]

    def put(self, key: str, file: Path, tag: str | None) -> None:
        """Write an object, if it is as `tag` says."""
        with file.open("rb") as body:
            try:
                if tag is None:
                    self._s3.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=body, IfNoneMatch="*")
                else:
                    self._s3.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=body, IfMatch=tag)
            except self._error as error:
                # 409 is S3's word for two conditional writes that meet; 404 for If-Match on what was deleted.
                if _code(error) in {"PreconditionFailed", "ConditionalRequestConflict", "412", "409", "NoSuchKey"}:
                    raise Changed(key) from None
                raise

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with `prefix`, in order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        for page in pages:
            for found in page.get("Contents", []):
                yield found["Key"].removeprefix(self.prefix)

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        self._s3.delete_object(Bucket=self.bucket, Key=self.prefix + key)


def lake_at(url: str) -> Lake:
    """Return the lake at a URL: `s3://bucket/prefix`, `file:///folder`, or a folder's path.

    Raises:
        ValueError: it is none of these.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        prefix = parts.path.strip("/")
        return S3Lake(parts.netloc, f"{prefix}/" if prefix else "")
    if parts.scheme in {"", "file"} and parts.path and not parts.netloc:
        return FolderLake(Path(parts.path))
    raise ValueError(f"{url!r} is no lake: use s3://bucket/prefix, or a folder")


def _code(error: Exception) -> str:
    response: dict[str, dict[str, str]] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _tag(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
