"""Bars to the left and to the right of a column of bands, the youngest at the bottom."""

from __future__ import annotations

from typing import Any

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import Panel, Series
from lm_stats.publish.figures.placing import every_nth, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet

_ROW = 0.235
_BAR = 0.19
_HEADING = 0.3
_APART = 0.1
_BELOW = 0.3


class PyramidPlot:
    """The pyramid of one area.

    Args:
        panel: What is shown: two series for each band, left and right, the youngest first.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The largest value.
    """

    def __init__(self, panel: Panel, width: float, *, single: bool) -> None:
        self.panel, self.width = panel, width
        self.size = style.LABEL if single else style.SMALL
        pairs = list(zip(panel.series[::2], panel.series[1::2], strict=True))
        self.bands = [pair for pair in pairs if pair[0].kind == ""]
        self.others = [pair for pair in pairs if pair[0].kind]
        cells = [one.cells[-1] for one in panel.series]
        self.largest = max(1.0, *(cell.value or 0.0 for cell in cells))
        self.middle = max(width_of(one.label, self.size) for one in panel.series) + 0.24
        self.beyond = max(width_of(wording.cell_text(cell), self.size, bold=True) for cell in cells) + 0.1
        self.plot = _ROW * len(self.bands) + (_ROW * len(self.others) + _APART if self.others else 0.0)
        self.height = _HEADING + self.plot + _BELOW

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the bars with the upper left corner at `x`, `top`, scaled to `largest`."""
        length = (self.width - self.middle) / 2 - self.beyond
        scale = [value for value in ticks(largest, 4) if value <= largest * 1.1]
        highest = max(largest, scale[-1])
        base = top - _HEADING - self.plot
        zeros = (x + self.beyond + length, x + self.beyond + length + self.middle)
        for side, zero, direction, colour in zip(
            self.panel.sides, zeros, (-1, 1), (style.BAR, style.BAR_OTHER), strict=True
        ):
            start = zero - length if direction < 0 else zero
            axes = sheet.axes(start, base, length, self.plot)
            axes.set_xlim((highest, 0) if direction < 0 else (0, highest))
            axes.set_ylim(0, self.plot)
            self._grid(sheet, axes, scale, highest, length, zero, direction, base)
            total = f"{side.label}: {wording.cell_text(side.cells[-1])}"
            sheet.text(zero, top - 0.12, total, self.size, bold=True, align="right" if direction < 0 else "left")
            for y, pair in self._rows():
                one = pair[0 if direction < 0 else 1]
                self._bar(axes, one, y, colour)
                cell = one.cells[-1]
                end = zero + direction * ((cell.value or 0.0) / highest * length + 0.06)
                sheet.text(end, base + y, wording.cell_text(cell), self.size, bold=cell.shown,
                           colour=style.INK if cell.shown else style.QUIET,
                           align="right" if direction < 0 else "left")  # fmt: skip
        for y, (one, _) in self._rows():
            sheet.text(sum(zeros) / 2, base + y, one.label, self.size, align="center")

    def _rows(self) -> list[tuple[float, tuple[Series, Series]]]:
        """Height above the base of the middle of every row; what is not stated lies apart below the bands."""
        under = _ROW * len(self.others) + _APART if self.others else 0.0
        rows = [(_ROW * (i + 0.5), pair) for i, pair in enumerate(self.others)]
        return rows + [(under + _ROW * (i + 0.5), pair) for i, pair in enumerate(self.bands)]

    def _grid(
        self, sheet: Sheet, axes: Any, scale: list[float], highest: float, length: float, zero: float,
        direction: int, base: float,
    ) -> None:  # fmt: skip
        for value in scale:
            first = value == 0
            axes.axvline(value, color=style.INK if first else style.GRID, linewidth=0.9 if first else 0.7,
                         zorder=5 if first else 1, clip_on=False)  # fmt: skip
        named = [wording.number(value) for value in scale]
        pitch = scale[1] / highest * length if len(scale) > 1 else length
        for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL), first=True):
            where = zero + direction * scale[i] / highest * length
            sheet.text(where, base - 0.14, named[i], style.SMALL, colour=style.QUIET, align="center")

    def _bar(self, axes: Any, one: Series, y: float, colour: str) -> None:
        value = one.cells[-1].value
        if value is None:
            return
        axes.barh(y, value, _BAR, zorder=3, linewidth=0.6, color=style.PAPER if one.kind else colour,
                  edgecolor=style.BAR_QUIET if one.kind else colour, hatch="////" if one.kind else None)  # fmt: skip
