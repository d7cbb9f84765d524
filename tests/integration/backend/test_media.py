"""Pictures: kept for ever by whoever asks, from a folder or S3, and nothing but pictures."""

import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from backend.media.storage import FolderStorage, MediaStorage, S3Storage, storage
from backend.settings import BackendSettings
from tests.support.apps import RunningShop, running_shop
from tests.support.calls import refused
from tests.support.cluster import Databases

pytestmark = pytest.mark.anyio

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>' * 9
KEY = "products/mango-1a2b3c4d.svg"
URL = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pictures, beside a secret."""
    root = tmp_path_factory.mktemp("data")
    (root / "secret.svg").write_text("secret")
    (root / "media").mkdir()
    return root / "media"


@pytest.fixture(scope="module")
async def running(databases: Databases, folder: Path) -> AsyncIterator[RunningShop]:
    settings = {"backend": {"media_folder": folder}}
    async with running_shop(databases, names=("user_service", "backend"), settings=settings) as services:
        kept = FolderStorage(folder)
        await kept.put(KEY, SVG, "image/svg+xml")
        await kept.put("products/photo.webp", b"RIFF", "image/webp")
        await kept.put("notes.txt", b"not a picture", "text/plain")
        yield services


async def test_a_picture_is_kept_for_ever(shop: RunningShop) -> None:
    answer = await shop.backend.get(f"/media/{KEY}", headers={"Accept-Encoding": "identity"})

    assert (answer.status_code, answer.content) == (200, SVG)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Accept-Encoding"
    again = await shop.backend.get(f"/media/{KEY}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])


async def test_a_drawing_is_sent_compressed_to_whoever_takes_it(shop: RunningShop) -> None:
    async with shop.backend.stream("GET", f"/media/{KEY}", headers={"Accept-Encoding": "br, gzip"}) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == SVG
    assert len(sent) < len(SVG) / 3


async def test_a_photo_is_sent_as_it_is(shop: RunningShop) -> None:
    answer = await shop.backend.get("/media/products/photo.webp")
    assert (answer.content, answer.headers["content-type"]) == (b"RIFF", "image/webp")
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "products/other.svg",
        "products",
        "products/",
        "",
        "notes.txt",
        "../secret.svg",
        "..%2fsecret.svg",
        "%2e%2e/secret.svg",
        "products/..%2f..%2fsecret.svg",
        "products/%2e%2e/%2e%2e/secret.svg",
        "....//secret.svg",
        "%2fetc/passwd",
        "/etc/passwd.svg",
        "products%5c..%5csecret.svg",
        "products/mango-1a2b3c4d.svg%00.png",
        "products/MANGO-1a2b3c4d.svg",
        ".mango.svg.part",
        "products/b%C3%A1nh.svg",
    ],
)
async def test_nothing_but_pictures_is_there(shop: RunningShop, path: str) -> None:
    answer = await shop.backend.get(f"/media/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"secret" not in answer.content


async def test_a_key_has_a_length(shop: RunningShop) -> None:
    await refused(shop.backend.get(f"/media/{'a' * 201}.svg"), 422, "validation_error")


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaStorage]:
    """Each storage, as the settings name it."""
    if request.param == "folder":
        yield storage(BackendSettings(database_url=URL, media_folder=tmp_path / "media"))
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="pictures")
        yield storage(
            BackendSettings(database_url=URL, media_storage="s3", media_bucket="pictures", media_prefix="shop/media/")
        )


async def test_a_storage_keeps_what_is_put(kept: MediaStorage) -> None:
    assert await kept.get(KEY) is None
    await kept.put(KEY, SVG, "image/svg+xml")
    await kept.put(KEY, SVG, "image/svg+xml")
    assert await kept.get(KEY) == SVG
    assert await kept.get("products/other.svg") is None


@pytest.mark.parametrize(
    "key", ["../a.svg", "/a.svg", "a/../b.svg", "a//b.svg", "A.svg", "a", "", "a.svg\n", "a\x00.svg"]
)
async def test_a_storage_refuses_what_is_no_key(kept: MediaStorage, key: str) -> None:
    with pytest.raises(ValueError, match="not a media key"):
        await kept.put(key, b"", "image/svg+xml")
    with pytest.raises(ValueError, match="not a media key"):
        await kept.get(key)


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-1"])
async def test_a_bucket_is_made_where_there_is_none(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, region)
    with mock_aws():
        fresh = S3Storage("pictures", "media/")
        await fresh.prepare()
        await fresh.put(KEY, SVG, "image/svg+xml")
        await fresh.prepare()  # and what is in it stays
        assert await fresh.get(KEY) == SVG


async def test_a_folder_shows_whole_pictures_or_none(tmp_path: Path) -> None:
    await FolderStorage(tmp_path).put(KEY, SVG, "image/svg+xml")
    assert [path.name for path in (tmp_path / "products").iterdir()] == ["mango-1a2b3c4d.svg"]


async def test_s3_keeps_keys_behind_the_prefix_with_their_type(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="pictures")
        await S3Storage("pictures", "media/", s3).put(KEY, SVG, "image/svg+xml")
        found = s3.get_object(Bucket="pictures", Key=f"media/{KEY}")
        assert (found["Body"].read(), found["ContentType"]) == (SVG, "image/svg+xml")


async def test_a_bucket_that_fails_is_no_missing_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        lost = S3Storage("no-such-bucket", "media/", boto3.client("s3"))
        with pytest.raises(Exception, match="NoSuchBucket"):
            await lost.get(KEY)
