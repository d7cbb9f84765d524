"""Where pictures are kept: a folder on one machine, S3 in production. Keys look like `products/mousse-1a2b3c4d.svg`."""

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import boto3
from anyio import to_thread
from botocore.config import Config
from botocore.exceptions import ClientError

from backend.settings import BackendSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

KEY = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*\.[a-z0-9]{2,5}")
"""Nothing that could climb out of a folder is a key."""


class MediaStorage(Protocol):
    """Keeps bytes under keys. What is stored is never changed: other content gets another key."""

    async def prepare(self) -> None:
        """Make the place, where it is not there yet. Only for development: elsewhere it is made with all the rest."""
        ...

    async def put(self, key: str, content: bytes, media_type: str) -> None:
        """Store `content`."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Return what is stored under `key`, or None."""
        ...


class FolderStorage:
    """Pictures as files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def prepare(self) -> None:
        """Nothing: `put` makes folders."""

    async def put(self, key: str, content: bytes, media_type: str) -> None:
        """Store `content`; a reader sees the whole file or none."""
        path = self._path(key)

        def write() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.part")
            unfinished.write_bytes(content)
            unfinished.replace(path)

        await to_thread.run_sync(write)

    async def get(self, key: str) -> bytes | None:
        """Return what is stored under `key`, or None."""
        path = self._path(key)

        def read() -> bytes | None:
            return path.read_bytes() if path.is_file() else None

        return await to_thread.run_sync(read)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a media key: {key!r}")
        return self._folder / key


class S3Storage:
    """Pictures as objects of an S3 bucket."""

    def __init__(self, bucket: str, prefix: str, client: "S3Client | None" = None) -> None:
        self._bucket = bucket
        self._prefix = prefix
        # By path, as a double on a private network has no name for each bucket.
        self._s3 = client or boto3.client("s3", config=Config(s3={"addressing_style": "path"}))

    async def prepare(self) -> None:
        """Make the bucket, unless it is there."""
        region = self._s3.meta.region_name

        def make() -> None:
            with suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
                if region == "us-east-1":  # which S3 wants unsaid
                    self._s3.create_bucket(Bucket=self._bucket)
                else:
                    place: CreateBucketConfigurationTypeDef = {"LocationConstraint": region}  # type: ignore[typeddict-item]
                    self._s3.create_bucket(Bucket=self._bucket, CreateBucketConfiguration=place)

        await to_thread.run_sync(make)

    async def put(self, key: str, content: bytes, media_type: str) -> None:
        """Store `content`."""
        name = self._name(key)
        await to_thread.run_sync(
            lambda: self._s3.put_object(Bucket=self._bucket, Key=name, Body=content, ContentType=media_type)
        )

    async def get(self, key: str) -> bytes | None:
        """Return what is stored under `key`, or None."""
        name = self._name(key)

        def read() -> bytes | None:
            try:
                return self._s3.get_object(Bucket=self._bucket, Key=name)["Body"].read()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
                    return None
                raise

        return await to_thread.run_sync(read)

    def _name(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a media key: {key!r}")
        return self._prefix + key


def storage(settings: BackendSettings) -> MediaStorage:
    """Return the storage that the settings name."""
    if settings.media_storage == "s3":
        return S3Storage(settings.media_bucket, settings.media_prefix)
    return FolderStorage(settings.media_folder)
