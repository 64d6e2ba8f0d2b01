"""The brand's colour where it can be read: WCAG 2.2, contrast (minimum).

A colour is kept where it is a surface, under text in black or white, whichever is read better: one of the
two always has 4.5 : 1. Where the colour itself is text or a frame it is moved towards black or white as far
as needed.
"""

import re
from dataclasses import dataclass

DEFAULT_COLOR = "#3B3A8F"
DEFAULT_RADIUS = 8
RADIUS_MAX = 24
TEXT_CONTRAST_MIN = 4.5
LIGHT_PAGE = "#EEF0F8"
DARK_PAGE = "#20222B"
"""The surfaces of ``templates/pages/style.css`` on which text is hardest to read."""

_COLOR = re.compile(r"#[0-9A-F]{6}")
_STEPS = 50

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a page, light and dark."""

    surface: str
    on_surface: str
    text: str
    dark_text: str
    radius: int


def is_color(text: str) -> bool:
    return _COLOR.fullmatch(text) is not None


def make_theme(color: str, radius: int) -> Theme:
    """``color`` is ``#RRGGBB``."""
    return Theme(
        surface=color,
        on_surface=max(("#FFFFFF", "#000000"), key=lambda ink: contrast(ink, color)),
        text=read_on(color, LIGHT_PAGE),
        dark_text=read_on(color, DARK_PAGE),
        radius=radius,
    )


def read_on(color: str, page: str) -> str:
    """The colour nearest to ``color`` that can be read on ``page``."""
    ink = "#000000" if contrast("#000000", page) > contrast("#FFFFFF", page) else "#FFFFFF"
    for step in range(_STEPS + 1):
        mixed = _mix(color, ink, step / _STEPS)
        if contrast(mixed, page) >= TEXT_CONTRAST_MIN:
            return mixed
    return ink


def contrast(one: str, other: str) -> float:
    """From 1 to 21: WCAG's ratio of relative luminances."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _parts(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mix(color: str, ink: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_parts(color), _parts(ink), strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)
