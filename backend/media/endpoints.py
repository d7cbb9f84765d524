"""HTTP of pictures."""

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from backend.media.storage import KEY, MediaStorage
from shopkit.errors import NotFound

TYPES = {"svg": "image/svg+xml", "webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}
CACHE_CONTROL = "public, max-age=31536000, immutable"
"""A key never gets other content, so nobody need ever ask again."""

SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself is a document; it may run nothing."""

MAX_CACHED = 256

router = APIRouter(tags=["media"])


@dataclass(frozen=True)
class Picture:
    """A picture ready to be sent; `zipped` where compressing is worth it."""

    content: bytes
    zipped: bytes | None
    media_type: str
    etag: str


class Pictures:
    """The storage, with the pictures asked for last kept in memory."""

    def __init__(self, storage: MediaStorage) -> None:
        self._storage = storage
        self._kept: OrderedDict[str, Picture] = OrderedDict()

    async def put(self, key: str, content: bytes, media_type: str) -> None:
        """Store a picture. The same content under the same key may come again."""
        await self._storage.put(key, content, media_type)

    async def get(self, key: str) -> Picture | None:
        """Return the picture stored under `key`, or None."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        suffix = key.rpartition(".")[2]
        if not KEY.fullmatch(key) or suffix not in TYPES:
            return None
        content = await self._storage.get(key)
        if content is None:
            return None
        zipped = gzip.compress(content, 9, mtime=0) if suffix == "svg" else None
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        picture = self._kept[key] = Picture(content, zipped, TYPES[suffix], etag)
        if len(self._kept) > MAX_CACHED:
            self._kept.popitem(last=False)
        return picture


@router.get(
    "/media/{key:path}",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The picture."}},
    summary="Read a picture",
)
async def read_picture(
    request: Request, key: Annotated[str, Path(max_length=200, description="As a product's `image` names it.")]
) -> Response:
    """Return a picture, to be kept for ever."""
    pictures: Pictures = request.app.state.pictures
    picture = await pictures.get(key)
    if picture is None:
        raise NotFound("There is no such picture.")
    headers = {"Cache-Control": CACHE_CONTROL, "ETag": picture.etag}
    if picture.zipped:
        headers["Vary"] = "Accept-Encoding"
        headers["Content-Security-Policy"] = SVG_POLICY
    if request.headers.get("if-none-match") == picture.etag:
        return Response(status_code=304, headers=headers)
    if picture.zipped and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(picture.zipped, media_type=picture.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(picture.content, media_type=picture.media_type, headers=headers)
