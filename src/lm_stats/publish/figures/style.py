"""How every figure looks: sizes in inches, type in points, colours ordered by lightness.

Colours differ in lightness by eight or more on the CIELAB scale, and every one stands out from
white by at least three to one, so that a figure copied in grey can still be read; marker, dash and
hatch say the same once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

INK: Final = "#1F1F1F"
QUIET: Final = "#555555"
GRID: Final = "#DEDEDE"
PAPER: Final = "#FFFFFF"
SOFT: Final = "#F1F1F1"

# darkest first
COLOURS: Final = ("#0B2751", "#731C35", "#0F5F57", "#A64F26", "#2F82BD", "#BE893F")
MARKERS: Final = ("o", "s", "^", "D", "v", "P")
DASHES: Final[tuple[Any, ...]] = ("-", (0, (6, 1.6)), "-", (0, (3, 1.4)), (0, (6, 1.4, 1.2, 1.4)), (0, (1.2, 1.2)))
# a sum beside its parts: thinner than any of them, with a mark of its own
TOTAL_COLOUR: Final = INK
TOTAL_MARKER: Final = "*"
TOTAL_WIDTH: Final = 0.9
LINE_WIDTH: Final = 1.9
REST_COLOUR: Final = "#767676"
REST_MARKER: Final = "p"
MISSING_MARKER: Final = "X"
REST_DASH: Final = (0, (1, 1.6))
# layers of a stack: fill, colour of the number on it, hatch, colour of the hatch
LAYERS: Final = (
    ("#0B2751", PAPER, "", INK),
    ("#8FBEDF", INK, "////", "#5C97C2"),
    ("#A64F26", PAPER, "", INK),
    ("#EBCF9B", INK, "....", "#A9803A"),
    ("#0F5F57", PAPER, "", INK),
    ("#DCDCDC", INK, "xxxx", "#9A9A9A"),
)
REST_LAYER: Final = ("#F4F4F4", INK, "\\\\\\\\", "#9A9A9A")
BAR: Final = "#1F4E79"
BAR_QUIET: Final = "#8C8C8C"
# the right side of a pyramid
BAR_OTHER: Final = "#A64F26"
# classes of a map, lightest first: dark type can be read on each
SHADES: Final = ("#F2F7FB", "#CEDFED", "#ABC7E0", "#89AFD2", "#6698C5")
HIDDEN_HATCH: Final = "////"
HIDDEN_HATCHED: Final = "#A0A0A0"

WIDTH: Final = 8.0
WIDE: Final = 11.5
MARGIN: Final = 0.22
DPI: Final = 200

BANNER: Final = 10.0
TITLE: Final = 13.5
SUBTITLE: Final = 9.5
PANEL_TITLE: Final = 10.5
LABEL: Final = 9.0
SMALL: Final = 8.0
FOOTER: Final = 7.5

RC: Final[dict[str, Any]] = {
    "font.family": ["DejaVu Sans"],
    "font.size": LABEL,
    "text.parse_math": False,
    "text.usetex": False,
    "text.hinting": "no_hinting",
    "text.color": INK,
    "axes.unicode_minus": False,
    "hatch.linewidth": 0.7,
    "svg.fonttype": "path",
    "svg.hashsalt": "lm-stats",
    "path.simplify": False,
    "figure.dpi": 100,
    "savefig.dpi": DPI,
}


@contextmanager
def applied() -> Iterator[None]:
    """Draw in this style, whatever the settings of whoever runs the program."""
    import matplotlib

    settings: dict[Any, Any] = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
    settings.update(RC)
    with matplotlib.rc_context(settings):
        yield


def series_style(position: int) -> tuple[str, str, Any]:
    """Colour, marker and dash of the series at `position`."""
    return (
        COLOURS[position % len(COLOURS)],
        MARKERS[(position + position // len(COLOURS)) % len(MARKERS)],
        DASHES[(position + position // len(COLOURS)) % len(DASHES)],
    )


def lightness(colour: str) -> float:
    """Lightness of a colour, 0 to 100 (CIELAB L*, which orders colours as a grey copy does)."""
    y = luminance(colour)
    return 116 * (y ** (1 / 3) if y > 0.008856 else 7.787 * y + 16 / 116) - 16


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
