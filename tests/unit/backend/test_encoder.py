"""Uploaded pictures: what comes out of everything that can come in."""

import asyncio
import random
import time
import zlib
from io import BytesIO
from struct import pack
from typing import Any

import pytest
from PIL import Image, ImageCms

from backend.media.encoder import MAX_PIXELS, ORIENTATION, Encoded, Encoder, encode
from shopkit.errors import Invalid

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture whose upper half is red and whose lower half is blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def widest(encoded: Encoded) -> Image.Image:
    return opened(encoded.widths[max(encoded.widths)])


def near(colour: Any, wanted: tuple[int, ...], by: int = 14) -> bool:
    return len(colour) == len(wanted) and all(abs(a - b) <= by for a, b in zip(colour, wanted, strict=True))


def code_of(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        encode(content)
    return refused.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_comes_out_in_three_widths_and_a_card(kind: str) -> None:
    encoded = encode(saved(picture(2000, 1500), kind))

    assert list(encoded.widths) == [400, 800, 1600]
    assert encoded.main == 800
    for width, content in encoded.widths.items():
        image = opened(content)
        assert (image.format, image.mode, image.size) == ("WEBP", "RGB", (width, width * 3 // 4))
        assert near(image.getpixel((width // 2, 20)), RED)
        assert near(image.getpixel((width // 2, image.height - 20)), BLUE)
    card = opened(encoded.preview)
    assert (card.format, card.mode, card.size) == ("JPEG", "RGB", (1200, 630))
    assert near(card.getpixel((600, 20)), RED)
    assert near(card.getpixel((600, 610)), BLUE)


@pytest.mark.parametrize(
    ("size", "widths", "main", "card"),
    [
        ((1600, 900), [400, 800, 1600], 800, (1200, 630)),
        ((1599, 900), [400, 800, 1599], 800, (1200, 630)),
        ((800, 800), [400, 800], 800, (800, 420)),
        ((500, 400), [400, 500], 500, (500, 262)),
        ((300, 3000), [300], 300, (300, 158)),
        ((1, 1), [1], 1, (1, 1)),
        ((16_000, 2), [400, 800, 1600], 800, (2, 1)),
        ((2, 16_000), [2], 2, (2, 1)),
    ],
)
def test_nothing_is_made_larger(size: tuple[int, int], widths: list[int], main: int, card: tuple[int, int]) -> None:
    encoded = encode(saved(picture(*size), "PNG"))
    assert (list(encoded.widths), encoded.main) == (widths, main)
    assert all(opened(content).width == width for width, content in encoded.widths.items())
    assert opened(encoded.preview).size == card


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_stands_as_the_camera_was_held(kind: str, orientation: int) -> None:
    seen = picture(1000, 600)
    seen.paste("lime", (0, 0, 100, 100))
    undo = {5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that a camera on its side would have stored
    stored = {
        1: seen,
        2: seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: seen.transpose(Image.Transpose.ROTATE_180),
        4: seen.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    }.get(orientation) or seen.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "Camera of Somebody"

    image = widest(encode(saved(stored, kind, exif=exif)))

    assert image.size == (1000, 600)
    assert near(image.getpixel((50, 50)), (0, 255, 0), by=30)
    assert near(image.getpixel((950, 50)), RED)
    assert near(image.getpixel((500, 570)), BLUE)


def test_nothing_else_is_left_in_it() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Somebody's camera"
    exif[0x8825] = {1: "N", 2: (10.0, 46.0, 37.0)}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"exif": exif, "icc_profile": profile, "comment": b"Somebody's secret", "xmp": b"<x>Somebody</x>"}

    encoded = encode(saved(picture(900, 700), "JPEG", **options))

    for content in (*encoded.widths.values(), encoded.preview):
        image = opened(content)
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & image.info.keys()
        assert b"Somebody" not in content


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "JPEG"), ("CMYK", "JPEG"), ("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG")],
)
@pytest.mark.parametrize("width", [640, 3600])
def test_every_kind_of_colour_is_understood(mode: str, kind: str, width: int) -> None:
    source = picture(width, width // 2, "1" if mode == "1" else mode)
    image = widest(encode(saved(source, kind)))
    assert image.mode == "RGB"
    if mode in {"CMYK", "P", "RGBA"}:
        assert near(image.getpixel((image.width // 2, 10)), RED, by=40)
        assert near(image.getpixel((image.width // 2, image.height - 10)), BLUE, by=40)


def test_sixteen_bits_a_pixel_keep_their_brightness() -> None:
    image = widest(encode(saved(Image.new("I;16", (500, 400), 128 * 256), "PNG")))
    assert near(image.getpixel((250, 200)), (128, 128, 128), by=3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("width", [500, 3600])
def test_what_shows_through_still_does_and_is_white_in_the_card(mode: str, width: int) -> None:
    if mode == "P":
        source = Image.new("P", (width, 400), 0)
        source.putpalette([10, 10, 10, 200, 30, 30])
        source.paste(1, (width // 2, 0, width, 400))
        content = saved(source, "PNG", transparency=0)
    else:
        source = Image.new("RGBA", (width, 400), (0, 0, 0, 0))
        source.paste((*RED, 255), (width // 2, 0, width, 400))
        content = saved(source.convert(mode), "PNG")

    encoded = encode(content)

    image = widest(encoded)
    assert image.mode == "RGBA"
    assert image.getpixel((20, 20))[3] == 0  # type: ignore[index]
    assert image.getpixel((image.width - 20, 20))[3] == 255  # type: ignore[index]
    card = opened(encoded.preview)
    assert near(card.getpixel((10, 10)), (255, 255, 255))


def test_colours_of_another_profile_are_brought_home() -> None:
    """In this profile red and blue are swapped: whoever shows the picture without it shows it wrong."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        image = widest(encode(saved(picture(600, 400), kind, icc_profile=swapped)))
        assert near(image.getpixel((300, 20)), BLUE, by=20), kind


LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


@pytest.mark.parametrize("profile", [b"nonsense" * 20, LAB], ids=["nonsense", "lab"])
def test_a_profile_that_does_not_fit_is_as_none(profile: bytes) -> None:
    image = widest(encode(saved(picture(600, 400), "JPEG", icc_profile=profile)))
    assert near(image.getpixel((300, 20)), RED)


def test_the_second_picture_that_phones_put_behind_is_left_out() -> None:
    content = saved(picture(900, 600), "MPO", save_all=True, append_images=[Image.new("RGB", (900, 600), "green")])
    image = widest(encode(content))
    assert near(image.getpixel((450, 20)), RED)


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_moving_pictures_are_refused(kind: str) -> None:
    assert code_of(moving(kind)) == "picture_animated"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"\xff\xd8\xff",
        saved(picture(50, 50), "GIF"),
        saved(picture(50, 50), "BMP"),
        saved(picture(50, 50), "TIFF"),
        saved(picture(50, 50), "ICO"),
    ],
    ids=["empty", "text", "svg", "pdf", "three bytes", "gif", "bmp", "tiff", "ico"],
)
def test_what_is_no_picture_of_ours_is_refused_whatever_it_is_called(content: bytes) -> None:
    assert code_of(content) == "picture_type"


def noise(kind: str) -> bytes:
    image = Image.effect_noise((300, 200), 90).convert("RGB")
    return saved(image, kind)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_cut_off_is_refused(kind: str) -> None:
    whole = noise(kind)
    for part in (0.3, 0.6, 0.95):
        assert code_of(whole[: int(len(whole) * part)]) in {"picture_broken", "picture_type"}, part


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_bits_that_fell_over_end_in_a_picture_or_a_refusal(kind: str) -> None:
    chance, whole = random.Random(7), noise(kind)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            encode(bytes(content))
        except Invalid as error:
            assert error.code.startswith("picture_")  # noqa: PT017 - either way will do


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """Return a PNG that says it is so large, whatever is in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "size", [(8000, 5001), (16_001, 10), (10, 16_001), (30_000, 30_000), (10_000, 10_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_picture_that_would_fill_the_memory_is_refused_unopened(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS or max(size) > 16_000
    began = time.perf_counter()
    assert code_of(png(*size)) == "picture_too_large"
    assert time.perf_counter() - began < 1


def test_text_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(b"a" * 100_000_000, 9)
    body = b"zTXt" + b"Comment\x00\x00" + bomb
    head, tail = png(10, 10, b"\x00" * 110).split(b"\x00\x00\x00\x0d", 1)[0], png(10, 10, b"\x00" * 110)[33:]
    chunk = pack(">I", len(body) - 4) + body + pack(">I", zlib.crc32(body))
    assert code_of(head + png(10, 10)[len(head) : 33] + chunk + tail) == "picture_broken"


async def test_pictures_are_encoded_one_at_a_time_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = 0, 0

    def slow(content: bytes) -> Encoded:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)
        at_once -= 1
        return Encoded({1: content}, b"")

    monkeypatch.setattr("backend.media.encoder.encode", slow)
    encoder, ticks = Encoder(), 0
    working = asyncio.gather(*(encoder.encode(bytes([n])) for n in range(4)))
    while not working.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert [encoded.widths[1] for encoded in await working] == [b"\x00", b"\x01", b"\x02", b"\x03"]
    assert most == 1
    assert ticks > 8
