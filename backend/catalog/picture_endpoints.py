"""HTTP of a product's picture, for staff."""

import hashlib
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from backend.catalog import repository, service
from backend.catalog.admin_endpoints import product_answer
from backend.http import RowId
from backend.media.encoder import MAX_BYTES, Encoded, Encoder
from backend.media.endpoints import Pictures
from backend.staff import Staff
from shopkit.auth import current_admin
from shopkit.contracts.catalog import Product
from shopkit.errors import Invalid, TooLarge

PATH = "/api/products/{id}/image"
UPLOAD_PATHS = r"/api/products/[0-9]+/image"
MAX_UPLOAD_BYTES = MAX_BYTES + 64 * 1024
"""A picture, and what a form puts around it."""

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "JPEG, PNG, WebP or AVIF; 10 MB and 40 megapixels at most.",
                        }
                    },
                }
            }
        },
    }
}

router = APIRouter(tags=["catalogue, staff"], dependencies=[Depends(current_admin)])


@router.post(PATH, responses={200: {"model": Product}}, summary="Give a product its picture", openapi_extra=FORM)
async def set_picture(request: Request, staff: Staff, product_id: RowId) -> Response:
    """Take a picture, strip it of everything but what one sees, and keep it in several widths.

    The body is not even read before the caller is known to be staff and the product to be there.
    """
    async with staff.work() as work:
        slug = (await repository.product(work.session, product_id)).slug
    content = await _uploaded(request)
    encoder: Encoder = request.app.state.encoder
    stored = await _store(request.app.state.pictures, slug, await encoder.encode(content))
    async with staff.work() as work:
        await service.set_picture(work, product_id, stored)
    return await product_answer(staff.database, product_id)


@router.delete(PATH, responses={200: {"model": Product}}, summary="Take a product's picture away")
async def remove_picture(staff: Staff, product_id: RowId) -> Response:
    """Show the product without a picture. The files stay: orders and caches still name them."""
    async with staff.work() as work:
        await service.set_picture(work, product_id, service.NO_PICTURE)
    return await product_answer(staff.database, product_id)


async def _uploaded(request: Request) -> bytes:
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid("file: send the picture as a form's field of this name", code="file_required")
            content = await file.read()
    except HTTPException as error:
        if error.status_code == 413:
            raise
        raise Invalid("The form cannot be read.", code="invalid_form") from None
    if len(content) > MAX_BYTES:
        raise TooLarge
    return content


async def _store(pictures: Pictures, slug: str, encoded: Encoded) -> service.Picture:
    async def put(content: bytes, name: str, media_type: str) -> str:
        digest = hashlib.blake2b(content, digest_size=8).hexdigest()
        key = f"products/{slug}-{digest}{name}"
        await pictures.put(key, content, media_type)
        return f"/media/{key}"

    widths = {width: await put(content, f"-{width}.webp", "image/webp") for width, content in encoded.widths.items()}
    return service.Picture(
        image=widths[encoded.main],
        image_set=", ".join(f"{path} {width}w" for width, path in widths.items()),
        preview=await put(encoded.preview, ".jpg", "image/jpeg"),
    )
