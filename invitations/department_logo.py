"""A logo out of whatever file somebody sends: looked at by its content, drawn anew, small enough for a slow network.

What is kept is a PNG of our own making: nothing of the file itself (text, scripts, places where a photograph was
taken) gets through.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from invitations.errors import LogoRefused

KINDS = ("PNG", "JPEG", "WEBP", "GIF")
LARGEST_FILE = 2 * 1024 * 1024
# A phone's photograph; the memory it takes unpacked is four bytes a pixel.
MOST_PIXELS = 12_000_000
# Shown at half that size, sharp on a phone; and 8 kB of the 30 that a first page may weigh.
BOX = (240, 80)
MOST_BYTES = 8 * 1024
LEAST_HEIGHT = 16
COLOURS = (256, 128, 64, 32)
SCALES = (1, 0.85, 0.7)
# Paler than this everywhere, on white, is a logo made for dark grounds.
PALEST = 225


class Trouble(StrEnum):
    """Why a file can't become a logo."""

    NO_FILE = "no_file"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    UNREADABLE = "unreadable"
    TOO_SMALL = "too_small"
    TOO_PALE = "too_pale"
    TOO_DETAILED = "too_detailed"


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG of `BOX` and `MOST_BYTES` at most; `hash` names its content in its address."""

    content: bytes
    width: int
    height: int

    @property
    def hash(self) -> str:
        return sha256(self.content).hexdigest()[:16]


def read(content: bytes) -> Logo:
    """The logo in this file. Raises LogoRefused with `why`, a Trouble."""
    if not content:
        raise LogoRefused(why=Trouble.NO_FILE)
    if len(content) > LARGEST_FILE:
        raise LogoRefused(why=Trouble.TOO_LARGE)
    drawn = draw(content)
    if drawn.height < LEAST_HEIGHT:
        raise LogoRefused(why=Trouble.TOO_SMALL)
    if is_pale(drawn):
        raise LogoRefused(why=Trouble.TOO_PALE)
    return lightest(drawn)


def draw(content: bytes) -> Image.Image:
    """The picture as it will be shown: RGBA, upright, no wider and no higher than the box."""
    try:
        with Image.open(BytesIO(content), formats=KINDS) as opened:
            check(opened)
            opened.draft("RGB", (BOX[0] * 2, BOX[1] * 2))  # a large JPEG is unpacked at a fraction of its size
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except LogoRefused:
        raise
    except UnidentifiedImageError as error:
        raise LogoRefused(why=Trouble.UNKNOWN_KIND) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LogoRefused(why=Trouble.TOO_MANY_PIXELS) from error
    except Exception as error:  # a decoder fed with a broken file raises whatever it likes
        raise LogoRefused(why=Trouble.UNREADABLE) from error
    return fitted(upright, BOX)


def check(opened: Image.Image) -> None:
    """What the header says, before anything is unpacked. Raises LogoRefused."""
    if opened.width * opened.height > MOST_PIXELS:
        raise LogoRefused(why=Trouble.TOO_MANY_PIXELS)
    if getattr(opened, "is_animated", False):
        raise LogoRefused(why=Trouble.ANIMATED)


def fitted(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """No larger than the box, its proportions kept; a smaller picture stays as it is."""
    smaller = picture.copy()
    smaller.thumbnail(box, Image.Resampling.LANCZOS)
    return smaller


def is_pale(picture: Image.Image) -> bool:
    """True when nothing of it would be seen on white paper."""
    paper = Image.new("RGBA", picture.size, "white")
    darkest, _ = Image.alpha_composite(paper, picture).convert("L").getextrema()
    return float(darkest) >= PALEST  # type: ignore[arg-type]  # one band: two numbers


def lightest(picture: Image.Image) -> Logo:
    """As it is when it weighs little; else with fewer colours, then smaller. Raises LogoRefused."""
    for scale in SCALES:
        smaller = fitted(picture, (round(BOX[0] * scale), round(BOX[1] * scale)))
        for colours in (None, *COLOURS):
            content = packed(smaller, colours)
            if len(content) <= MOST_BYTES:
                return Logo(content, smaller.width, smaller.height)
    raise LogoRefused(why=Trouble.TOO_DETAILED)


def packed(picture: Image.Image, colours: int | None) -> bytes:
    """The PNG, with a palette of so many colours when a number is given."""
    if picture.getchannel("A").getextrema() == (255, 255):  # no pixel lets anything through: a band less
        picture = picture.convert("RGB")
    drawn = picture.quantize(colours, method=Image.Quantize.FASTOCTREE) if colours else picture
    kept = BytesIO()
    drawn.save(kept, "PNG", optimize=True)
    return kept.getvalue()
