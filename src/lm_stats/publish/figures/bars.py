"""Ranked bars of the latest period, each with a mark for the first one, and both numbers beside them."""

from __future__ import annotations

from typing import Any

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import TOTAL, Panel, Series
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import Cell

_BAR = 0.19
_GAP = 0.09
_HEADING = 0.24
_BETWEEN = 0.18


class BarPlot:
    """The bars of one area.

    Args:
        panel: What is shown, in order from the top.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The largest value.
    """

    def __init__(self, panel: Panel, width: float, *, single: bool) -> None:
        self.panel, self.width = panel, width
        self.size = style.LABEL if single else style.SMALL
        # with a first period to compare with, numbers stand in columns, since a mark may lie beyond its bar
        self.paired = len(panel.periods) > 1
        limit = min(2.4, width * 0.36)
        self.names = [break_lines(_named(one, panel), limit, self.size) for one in panel.series]
        self.rows = [max(_BAR, height_of(len(lines), self.size)) + _GAP for lines in self.names]
        self.left = max(width_of(line, self.size) for lines in self.names for line in lines) + 0.12
        columns = [self._column(-1, bold=True), *([self._column(0, bold=False)] if self.paired else [])]
        self.columns = columns
        self.right = sum(columns) + _BETWEEN * len(columns) + 0.06
        self.top = _HEADING if self.paired else 0.0
        cells = [cell for one in panel.series for cell in (one.cells[0], one.cells[-1])]
        self.largest = max(1.0, *(cell.value or 0.0 for cell in cells))
        self.height = self.top + sum(self.rows) + 0.3

    def _column(self, position: int, *, bold: bool) -> float:
        """Width of a column of numbers with its heading."""
        texts = [wording.cell_text(one.cells[position]) for one in self.panel.series]
        heading = wording.period(self.panel.periods[position])
        widths = [width_of(text, self.size, bold=bold) for text in texts]
        return max(*widths, width_of(heading, style.SMALL) if self.paired else 0.0, 0.0)

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the bars with the upper left corner at `x`, `top`, scaled to `largest`."""
        panel, plot = self.panel, sum(self.rows)
        x0, inner = x + self.left, self.width - self.left - self.right
        top -= self.top
        scale = ticks(largest, 5)
        axes = sheet.axes(x0, top - plot, inner, plot)
        highest = max(scale[-1] if scale[-1] <= largest * 1.15 else largest, 1.0)
        axes.set_xlim(0, highest)
        axes.set_ylim(-plot, 0)
        unit = inner / highest
        scale = [value for value in scale if value <= highest]
        for value in scale:
            zero = value == 0
            axes.axvline(
                value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7,
                zorder=5 if zero else 1, clip_on=False,
            )  # fmt: skip
        named = [wording.number(value) for value in scale]
        pitch = scale[1] * unit if len(scale) > 1 else inner
        for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL), first=True):
            where = x0 + scale[i] * unit
            sheet.text(where, top - plot - 0.14, named[i], style.SMALL, colour=style.QUIET, align="center")
        if self.paired:
            for position, edge in zip((-1, 0), self._edges(x), strict=True):
                heading = wording.period(panel.periods[position])
                sheet.text(edge, top + 0.1, heading, style.SMALL, colour=style.QUIET, align="right")
        down = 0.0
        for one, lines, row in zip(panel.series, self.names, self.rows, strict=True):
            middle = down + row / 2
            self._bar(axes, one, middle)
            sheet.lines(x0 - 0.1, top - middle + height_of(len(lines), self.size) / 2, lines, self.size, align="right")
            if self.paired:
                for position, edge in zip((-1, 0), self._edges(x), strict=True):
                    self._number(sheet, one.cells[position], edge, top - middle, align="right", bold=position == -1)
            else:
                end = x0 + (one.cells[-1].value or 0.0) * unit + 0.07
                self._number(sheet, one.cells[-1], end, top - middle, align="left", bold=True)
            down += row

    def _edges(self, x: float) -> tuple[float, float]:
        """Right edges of the columns of numbers, the latest period's first."""
        last = x + self.width
        return last - self.columns[1] - _BETWEEN, last

    def _bar(self, axes: Any, one: Series, middle: float) -> None:
        now, then = one.cells[-1], one.cells[0]
        if now.value is not None:
            total, other = one.kind == TOTAL, one.kind not in ("", TOTAL)
            edge = style.INK if total else style.BAR_QUIET if other else style.BAR
            axes.barh(
                -middle, now.value, _BAR, zorder=3, linewidth=1.1 if total else 0.6,
                color=style.PAPER if one.kind else style.BAR, edgecolor=edge, hatch="////" if other else None,
            )  # fmt: skip
        if self.paired and then.value is not None:
            axes.plot(
                [then.value], [-middle], marker="D", markersize=5.5, markerfacecolor=style.PAPER,
                markeredgecolor=style.INK, markeredgewidth=1.1, zorder=6, clip_on=False,
            )  # fmt: skip

    def _number(self, sheet: Sheet, cell: Cell, x: float, y: float, *, align: str, bold: bool) -> None:
        colour = style.INK if cell.shown and bold else style.QUIET
        sheet.text(x, y, wording.cell_text(cell), self.size, bold=bold and cell.shown, colour=colour, align=align)


def _named(one: Series, panel: Panel) -> str:
    """The label, and how many hidden categories its sum leaves out."""
    places = dict.fromkeys((len(panel.periods) - 1, 0))
    left_out = [(count, wording.period(panel.periods[p])) for p in places if (count := one.left_out.get(p))]
    if not left_out:
        return one.label
    without = "" if any(one.cells[p].unsummed for p in places) else "without "
    if len(panel.periods) == 1:
        return f"{one.label} ({without}{left_out[0][0]} hidden)"
    (count, period), *others = left_out
    said = [f"{count} hidden in {period}", *(f"{other} in {when}" for other, when in others)]
    return f"{one.label} ({without}{' and '.join(said)})"
