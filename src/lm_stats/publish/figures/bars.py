"""Ranked bars of the latest period, each with a mark for the first one."""

from __future__ import annotations

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.drawing import Panel, Series
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet

_BAR = 0.19
_GAP = 0.09
_MARK = 0.09


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
        limit = min(2.4, width * 0.36)
        self.names = [break_lines(one.label, limit, self.size) for one in panel.series]
        self.rows = [max(_BAR, height_of(len(lines), self.size)) + _GAP for lines in self.names]
        self.left = max(width_of(line, self.size) for lines in self.names for line in lines) + 0.12
        self.notes = [_note(one) for one in panel.series]
        self.right = 0.2 + max(
            width_of(wording.cell_text(one.cells[-1]), self.size, bold=True)
            + (width_of(note, style.SMALL) + 0.08 if note else 0)
            for one, note in zip(panel.series, self.notes, strict=True)
        )
        values = [
            cell.value for one in panel.series for cell in (one.cells[0], one.cells[-1]) if cell.value is not None
        ]
        self.largest = max([*values, 1.0])
        self.height = sum(self.rows) + 0.3

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the bars with the upper left corner at `x`, `top`, scaled to `largest`."""
        panel, plot = self.panel, sum(self.rows)
        x0, inner = x + self.left, self.width - self.left - self.right
        scale = ticks(largest, 5)
        axes = sheet.axes(x0, top - plot, inner, plot)
        axes.set_xlim(0, max(scale[-1] if scale[-1] <= largest * 1.15 else largest, 1.0))
        axes.set_ylim(-plot, 0)
        unit = inner / float(axes.get_xlim()[1])
        scale = [value for value in scale if value * unit <= inner + 1e-9]
        for value in scale:
            axes.axvline(value, color=style.INK if value == 0 else style.GRID, linewidth=0.9 if value == 0 else 0.7,
                         zorder=5 if value == 0 else 1, clip_on=False)  # fmt: skip
        named = [wording.number(value) for value in scale]
        pitch = scale[1] * unit if len(scale) > 1 else inner
        for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL), first=True):
            sheet.text(
                x0 + scale[i] * unit, top - plot - 0.14, named[i], style.SMALL, colour=style.QUIET, align="center"
            )
        down = 0.0
        for one, lines, note, row in zip(panel.series, self.names, self.notes, self.rows, strict=True):
            middle = down + row / 2
            now, then = one.cells[-1], one.cells[0] if len(panel.periods) > 1 else None
            if now.value is not None:
                axes.barh(-middle, now.value, _BAR, zorder=3, linewidth=0.6,
                          color=style.PAPER if one.kind else style.BAR,
                          edgecolor=style.BAR_QUIET if one.kind else style.BAR,
                          hatch="////" if one.kind else None)  # fmt: skip
            end = (now.value or 0.0) * unit
            if then is not None and then.value is not None:
                axes.plot([then.value], [-middle], marker="D", markersize=5.5, markerfacecolor=style.PAPER,
                          markeredgecolor=style.INK, markeredgewidth=1.1, zorder=6, clip_on=False)  # fmt: skip
                if then.value * unit + _MARK > end:
                    end = then.value * unit + _MARK if abs(then.value * unit - end) < 0.9 else end
            sheet.lines(x0 - 0.1, top - middle + height_of(len(lines), self.size) / 2, lines, self.size, align="right")
            self._value(sheet, one, x0 + end + 0.07, top - middle, note)
            down += row

    def _value(self, sheet: Sheet, one: Series, x: float, y: float, note: str) -> None:
        text = wording.cell_text(one.cells[-1])
        shown = one.cells[-1].shown
        sheet.text(x, y, text, self.size, bold=shown, colour=style.INK if shown else style.QUIET)
        if note:
            sheet.text(x + width_of(text, self.size, bold=True) + 0.06, y, note, style.SMALL, colour=style.QUIET)


def _note(one: Series) -> str:
    note = one.notes.get(len(one.cells) - 1, "")
    return note.split(", ")[1] if ", " in note else ""
