"""A page measured in inches, on which text, lines, boxes and axes are put with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lm_stats.publish.figures import style
from lm_stats.publish.figures.placing import break_lines, height_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


class Sheet:
    """A page measured in inches from its lower left corner.

    Args:
        width: Width in inches.
        height: Height in inches.

    Attributes:
        canvas: The matplotlib figure.
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure as Canvas

        self.width, self.height = width, height
        self.canvas: Canvas = Canvas(figsize=(width, height), dpi=style.RC["figure.dpi"], facecolor=style.PAPER)

    def text(
        self, x: float, y: float, text: str, size: float, *, colour: str = style.INK, bold: bool = False,
        align: str = "left", halo: str = "",
    ) -> None:  # fmt: skip
        """Write one line of text whose middle is at the height `y`; a halo keeps lines and hatches off it."""
        from matplotlib.patheffects import withStroke

        self.canvas.text(
            x / self.width, y / self.height, text, fontsize=size, color=colour, ha=align, va="center_baseline",
            fontweight="bold" if bold else "normal", zorder=10,
            path_effects=[withStroke(linewidth=3.0, foreground=halo)] if halo else None,
        )  # fmt: skip

    def lines(
        self, x: float, top: float, lines: Sequence[str], size: float, *, colour: str = style.INK, bold: bool = False,
        align: str = "left",
    ) -> float:  # fmt: skip
        """Write lines of text downwards from `top`; give back where the next one would begin."""
        step = height_of(1, size)
        for i, line in enumerate(lines):
            self.text(x, top - step * (i + 0.5), line, size, colour=colour, bold=bold, align=align)
        return top - step * len(lines)

    def line(self, xs: Sequence[float], ys: Sequence[float], **kwargs: Any) -> None:
        """Draw a line, or markers."""
        from matplotlib.lines import Line2D

        inside = self.canvas.transFigure
        self.canvas.add_artist(
            Line2D([x / self.width for x in xs], [y / self.height for y in ys], transform=inside, **kwargs)
        )

    def box(self, x: float, y: float, width: float, height: float, **kwargs: Any) -> None:
        """Draw a rectangle without an edge, unless one is asked for."""
        from matplotlib.patches import Rectangle

        corner = (x / self.width, y / self.height)
        inside = self.canvas.transFigure
        options: dict[str, Any] = {"linewidth": 0, **kwargs}
        self.canvas.add_artist(Rectangle(corner, width / self.width, height / self.height, transform=inside, **options))

    def say(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """Put a text where a plot would be."""
        self.box(x, y, width, height, facecolor=style.SOFT)
        lines = break_lines(text, width - 0.4, style.LABEL)
        self.lines(x + 0.2, y + height / 2 + height_of(len(lines), style.LABEL) / 2, lines, style.LABEL)

    def axes(self, x: float, y: float, width: float, height: float) -> Any:
        """Empty axes without frame, ticks or background."""
        place = (x / self.width, y / self.height, width / self.width, height / self.height)
        axes = self.canvas.add_axes(place, facecolor="none")
        for side in axes.spines.values():
            side.set_visible(False)
        axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
        return axes
