"""What a page makes of the one colour that a département chose: plain arithmetic, no table.

Contrast is WCAG 2.2's ("contrast ratio", "relative luminance"). A colour is made darker or lighter in OKLCH (Ottosson
2020; CSS Color 4, section 9), which keeps its hue; what the screen can't show loses chroma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, hypot, sin

from invitations.errors import ColourRefused

WHITE = "#ffffff"
# What text stands on: paper, mist (style.css), in the light and in the dark scheme.
LIGHT, DARK = (WHITE, "#f4f6f9"), ("#12161f", "#1b212d")
BUTTON, TEXT = 4.5, 7.0  # WCAG 2.2, 1.4.3 and 1.4.6
# A colour moved by more than a third of the way from black to white is another colour.
FARTHEST = 0.35
STEP = 0.005
_WRITTEN = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """What pages use, as `#rrggbb`. `button` carries white, `text` stands on paper; the `dark_` ones are the dark scheme's."""

    button: str
    text: str
    pale: str
    dark: str
    dark_ink: str
    dark_pale: str


def read(written: str) -> str | None:
    """`#0b5c6b` from "0B5C6B" or "#0bc"; None for what is no colour."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    digits = found[1].lower()
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(2 * one for one in digits)


def check(colour: str) -> None:
    """Raises ColourRefused for a colour that, made dark enough for a button, would be another one."""
    if lightness(colour) - lightness(palette(colour).button) > FARTHEST:
        raise ColourRefused(ratio=contrast(colour, WHITE), least=BUTTON)


@lru_cache(maxsize=256)
def palette(colour: str) -> Palette:
    """What can be read, whatever was chosen: the colour itself where it does, else the nearest that does."""
    pale = shade(colour, 0.965, 0.018)
    dark_pale = shade(colour, 0.3, 0.04)
    dark = readable(colour, (*DARK, dark_pale), TEXT, since=max(lightness(colour), 0.78), darker=False)
    return Palette(
        button=readable(colour, [WHITE], BUTTON),
        text=readable(colour, (*LIGHT, pale), TEXT),
        pale=pale,
        dark=dark,
        dark_ink=readable(colour, [dark], TEXT, since=0.3),
        dark_pale=dark_pale,
    )


def readable(
    colour: str, against: Sequence[str], least: float, *, since: float | None = None, darker: bool = True
) -> str:
    """The colour, or the nearest darker (or lighter) one that has this contrast with each of the others."""
    for tried in shades(colour, since, darker=darker):
        if all(contrast(tried, other) >= least for other in against):
            return tried
    return "#000000" if darker else WHITE


def shades(colour: str, since: float | None, *, darker: bool) -> Iterator[str]:
    """The colour, then the same darker and darker, or lighter and lighter; from lightness `since` on when it is given."""
    if since is None:
        yield colour
    level = lightness(colour) if since is None else since
    while 0 < level < 1:
        yield shade(colour, level)
        level += -STEP if darker else STEP


def shade(colour: str, level: float, most: float = 1.0) -> str:
    """The hue at another lightness (0 to 1), with as much of its chroma, `most` at most, as a screen can show."""
    _, a, b = to_oklab(colour)
    chroma, hue = min(hypot(a, b), most), atan2(b, a)
    while chroma > 0.001:
        found = from_oklab((level, chroma * cos(hue), chroma * sin(hue)))
        if all(-0.001 <= one <= 1.001 for one in found):
            return written(found)
        chroma *= 0.97
    return written(from_oklab((level, 0, 0)))


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black and white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def lightness(colour: str) -> float:
    """OKLCH's L: 0 for black, 1 for white."""
    return to_oklab(colour)[0]


def linear(colour: str) -> Triple:
    """Red, green and blue as light, 0 to 1 (sRGB, IEC 61966-2-1)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (_light(red), _light(green), _light(blue))


def _light(one: float) -> float:
    return one / 12.92 if one <= 0.04045 else float(((one + 0.055) / 1.055) ** 2.4)


def written(light: Triple) -> str:
    """`#rrggbb` from red, green and blue as light; what is out of reach is brought to the edge."""
    signals = (one * 12.92 if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055 for one in light)
    return "#" + "".join(f"{round(min(max(one, 0), 1) * 255):02x}" for one in signals)


def to_oklab(colour: str) -> Triple:
    red, green, blue = linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(lab: Triple) -> Triple:
    level, a, b = lab
    long = (level + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (level - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (level - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
