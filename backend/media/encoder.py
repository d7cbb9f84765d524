"""Uploaded pictures made into what the shop shows: WebP in several widths and a bitmap for messengers.

Whatever a camera or an editor wrote comes in, so every step expects the worst: what the file really is, its size
before it is unpacked, bands instead of a second whole copy while it shrinks, one picture at a time.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from anyio import CapacityLimiter, to_thread
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from shopkit.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 16_000
"""WebP goes no further than 16,383 pixels."""
WIDTHS = (400, 800, 1600)
MAIN_WIDTH = 800
PREVIEW = (1200, 630)
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ON_THEIR_SIDE = frozenset({5, 6, 7, 8})


@dataclass(frozen=True)
class Encoded:
    """A picture ready to be stored: WebP by width in pixels, ascending, and a JPEG for those who show no WebP."""

    widths: dict[int, bytes]
    preview: bytes

    @property
    def main(self) -> int:
        """The width that is shown where only one can be."""
        return max(width for width in self.widths if width <= MAIN_WIDTH)


class Encoder:
    """Encodes one picture at a time, beside the event loop: two at once would take twice the memory."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(1)

    async def encode(self, content: bytes) -> Encoded:
        """Return what is stored of an uploaded picture.

        Raises:
            Invalid: `picture_type`, it is no JPEG, PNG, WebP or AVIF, whatever it is called; `picture_too_large`, too
                many pixels; `picture_animated`; `picture_broken`, it cannot be read to its end.
        """
        return await to_thread.run_sync(encode, content, limiter=self._limiter)


def encode(content: bytes) -> Encoded:
    """Return what is stored of an uploaded picture; see `Encoder.encode`."""
    image = _opened(content)
    try:
        picture = _upright(image)
    except Exception as error:  # decoders trip over broken files in every way there is
        raise Invalid("The picture is damaged.", code="picture_broken") from error
    widths = sorted({min(width, picture.width) for width in WIDTHS})
    return Encoded({width: _webp(picture, width) for width in widths}, _preview(picture))


def _opened(content: bytes) -> Image.Image:
    """Return the picture, of which only the head was read."""
    too_large = Invalid(
        f"A picture has {MAX_PIXELS // 1_000_000} megapixels at most, and {MAX_SIDE} a side.", code="picture_too_large"
    )
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    except UnidentifiedImageError:
        raise Invalid("Only JPEG, PNG, WebP and AVIF pictures are taken.", code="picture_type") from None
    except Exception as error:  # as above
        raise Invalid("The picture is damaged.", code="picture_broken") from error
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise too_large
    # Phones put a second picture behind the first in a JPEG (MPO); the first is the picture.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise Invalid("Moving pictures are not taken.", code="picture_animated")
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture no wider than the widest we keep, in sRGB, turned as it was seen, without anything else."""
    turn = _orientation(image)
    on_its_side = turn in ON_THEIR_SIDE
    true_width = image.height if on_its_side else image.width
    scale = min(1.0, WIDTHS[-1] / true_width)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    profile = image.info.get("icc_profile")
    image.draft(image.mode, size)  # a JPEG can be unpacked smaller right away
    small = _reduced(image, max(1, min(image.width // size[0], image.height // size[1])))
    colours = _in_srgb(small.resize(size, Image.Resampling.LANCZOS), profile)
    turned = colours.transpose(TURNS[turn]) if turn in TURNS else colours
    turned.info = {}
    return turned


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1  # what cannot be read says nothing


def _reduced(image: Image.Image, by: int) -> Image.Image:
    """Return the picture `by` times smaller, band for band, so that no second copy of all of it is ever made."""
    image.load()
    if by == 1:
        return _plain(image)
    rows = by * 64
    small: Image.Image | None = None
    for top in range(0, image.height, rows):
        band = _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(by)
        if small is None:
            small = Image.new(band.mode, (band.width, -(-image.height // by)))
        small.paste(band, (0, top // by))
    assert small is not None  # a picture has a row
    return small


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be scaled: L, RGB, RGBA or CMYK."""
    if "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "RGBa", "La"}:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in {"L", "RGB", "CMYK"}:
        return image
    if image.mode.startswith("I"):  # 16 bits a pixel; converting would cut off what is above 255
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colours that every screen expects; RGBA only where something shows through."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    solid = image.convert("RGB") if alpha is not None else image
    if profile and solid.mode in {"RGB", "CMYK"}:
        try:
            source: Any = ImageCms.ImageCmsProfile(BytesIO(profile))
            target: Any = ImageCms.createProfile("sRGB")
            solid = ImageCms.profileToProfile(solid, source, target, outputMode="RGB") or solid
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that is broken, or of other colours: shown as if there were none
    solid = solid.convert("RGB")
    if alpha is not None and alpha.getextrema()[0] != 255:
        solid.putalpha(alpha)
    return solid


def _webp(picture: Image.Image, width: int) -> bytes:
    height = max(1, round(picture.height * width / picture.width))
    scaled = picture if width == picture.width else picture.resize((width, height), Image.Resampling.LANCZOS)
    out = BytesIO()
    scaled.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _preview(picture: Image.Image) -> bytes:
    """Return the middle of the picture in the shape of a link's card, on white."""
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    scale = min(1.0, picture.width / PREVIEW[0], picture.height / PREVIEW[1])
    card = ImageOps.fit(picture, (max(1, round(PREVIEW[0] * scale)), max(1, round(PREVIEW[1] * scale))))
    out = BytesIO()
    card.save(out, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return out.getvalue()
