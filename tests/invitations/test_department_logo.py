"""A logo is drawn anew from whatever is sent; what is no picture, or a trap, is refused by name."""

from __future__ import annotations

import contextlib
import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from invitations.department_logo import BOX, LARGEST_FILE, MOST_BYTES, Trouble, read
from invitations.errors import LogoRefused


def saved(picture: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    kept = BytesIO()
    picture.save(kept, kind, **how)
    return kept.getvalue()


def drawn(size: tuple[int, int] = (600, 200)) -> Image.Image:
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((10, 10, size[1] - 10, size[1] - 10), fill="#0b5c6b")
    return picture


def opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=["PNG"]) as picture:
        picture.load()
    return picture


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def why(content: bytes) -> Trouble:
    with pytest.raises(LogoRefused) as refused:
        read(content)
    return Trouble(refused.value.details["why"])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_logo_becomes_a_small_png_that_lets_the_page_through(kind: str) -> None:
    logo = read(saved(drawn(), kind))
    assert (logo.width, logo.height) == BOX
    assert len(logo.content) <= MOST_BYTES
    kept = opened(logo.content).convert("RGBA")
    assert kept.size == BOX
    assert kept.getpixel((235, 5))[3] == 0  # type: ignore[index]
    red, green, blue, through = kept.getpixel((40, 40))  # type: ignore[misc]
    assert through == 255
    assert (abs(red - 0x0B), abs(green - 0x5C), abs(blue - 0x6B)) < (8, 8, 8)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_photograph_of_a_logo_is_taken_whatever_its_colours(mode: str) -> None:
    picture = Image.new("RGB", (900, 450), "#0b5c6b")
    kept = opened(read(saved(picture.convert(mode), "JPEG")).content).convert("RGB")
    assert kept.size == (160, 80)
    wanted = picture.convert(mode).convert("RGB").getpixel((0, 0))
    assert all(abs(one - other) < 6 for one, other in zip(kept.getpixel((80, 40)), wanted, strict=True))  # type: ignore[arg-type]


def test_a_small_logo_is_not_blown_up() -> None:
    logo = read(saved(drawn((90, 30))))
    assert (logo.width, logo.height) == (90, 30)


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    logo = read(saved(Image.new("RGB", (80, 40), "#0b5c6b"), "JPEG", exif=exif))
    assert (logo.width, logo.height) == (40, 80)


def test_nothing_of_the_file_but_its_picture_is_kept() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    plain, dressed = saved(drawn()), saved(drawn(), pnginfo=words)
    assert b"<script>" in dressed
    for content in (dressed, plain + b"<html><script>alert(1)</script></html>", plain + b"PK\x03\x04 a zip as well"):
        assert read(content) == read(plain)
    assert b"script" not in read(dressed).content


def test_the_same_file_has_the_same_address_and_another_has_another() -> None:
    assert read(saved(drawn())).hash == read(saved(drawn())).hash
    assert read(saved(drawn())).hash != read(saved(drawn((500, 200)))).hash


def test_a_rich_picture_loses_colours_and_then_size_until_it_is_light() -> None:
    random.seed(4)
    noise = Image.frombytes("RGB", (300, 100), random.randbytes(90_000))
    logo = read(saved(noise))
    assert len(logo.content) <= MOST_BYTES
    assert logo.width < BOX[0]


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", Trouble.NO_FILE),
        (b"x" * (LARGEST_FILE + 1), Trouble.TOO_LARGE),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', Trouble.UNKNOWN_KIND),
        (b"<?xml version='1.0'?><!DOCTYPE svg SYSTEM 'file:///etc/passwd'><svg/>", Trouble.UNKNOWN_KIND),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", Trouble.UNKNOWN_KIND),
        (b"GIF89a", Trouble.UNKNOWN_KIND),
        (saved(drawn())[:-900], Trouble.UNREADABLE),
        (saved(drawn().convert("RGB"), "BMP"), Trouble.UNKNOWN_KIND),
        (saved(drawn(), "GIF", save_all=True, append_images=[drawn().rotate(90)]), Trouble.ANIMATED),
        (saved(drawn(), "PNG", save_all=True, append_images=[drawn().rotate(90)]), Trouble.ANIMATED),
        (saved(Image.new("RGB", (200, 100), "white")), Trouble.TOO_PALE),
        (saved(Image.new("RGBA", (200, 100), (0, 0, 0, 0))), Trouble.TOO_PALE),
        (saved(Image.new("RGB", (4000, 100), "black")), Trouble.TOO_SMALL),
        (saved(Image.new("RGB", (1, 1), "black")), Trouble.TOO_SMALL),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_can_not_become_a_logo_is_named(content: bytes, trouble: Trouble) -> None:
    assert why(content) is trouble


@pytest.mark.parametrize("side", [4000, 10_000, 60_000])
def test_a_bomb_is_refused_by_its_header_and_never_unpacked(side: int) -> None:
    """Were it unpacked, the nonsense that it holds would be `unreadable`."""
    assert why(png_of(side, side, zlib.compress(b"nonsense"))) is Trouble.TOO_MANY_PIXELS


def test_a_size_of_nothing_is_no_picture() -> None:
    assert why(png_of(0, 0, zlib.compress(b""))) in {Trouble.UNREADABLE, Trouble.UNKNOWN_KIND}


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG"])
def test_a_damaged_file_is_a_logo_or_a_refusal_and_nothing_else(kind: str) -> None:
    random.seed(7)
    whole = saved(drawn((120, 40)).convert("RGB"), kind)
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(random.randint(1, 12)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        with contextlib.suppress(LogoRefused):
            assert len(read(bytes(damaged)).content) <= MOST_BYTES
