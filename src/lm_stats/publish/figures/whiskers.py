"""Estimates of the latest round of a survey, each a dot with a line for its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lm_stats.publish import certainty, wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.messages import LONGEST, first_of
from lm_stats.publish.figures.parts import Panel, Series, label_of
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import UNRELIABLE, Cell, Reading
from lm_stats.spec import Figure, Gap, Grouping

_ROW = 0.27
_HEADING = 0.27
_ABOVE = 0.06
_BELOW = 0.3
# the least width of the plot itself; where words leave less, bounds stand under their values
_LEAST = 1.3
# an interval that reaches beyond so many times the largest reliable value would flatten all others
_BEYOND = 1.5


def panel(figure: Figure, reading: Reading, grouping: Grouping | None, area: str) -> Panel:
    """The latest round: for each code a row, or one for each group that is compared.

    The total is among the rows of rates, means and gaps; beside parts that add up to it, it would flatten them.
    What is hidden is named at the foot where rows are ranked, and keeps its row where the codes are declared.

    Args:
        figure: Its declaration.
        reading: The table of its indicator.
        grouping: Labels for readers, or None.
        area: Code of the area.
    """
    dimension, periods = figure.dimension, reading.periods(area)[-1:]
    if not periods:
        return Panel(area, reading.area_name(area), (), (), (), "")
    sides = figure.compare or ("",)
    if figure.shown:
        codes = tuple(code for code in figure.shown if code in reading.codes(dimension, area))
    else:
        whole = (reading.total(dimension),) if reading.is_rate else ()
        codes = (*whole, *(c for c in reading.parts(dimension, area) if reading.kind(dimension, c) == ""))
    rows: list[tuple[Series, ...]] = []
    hidden: list[str] = []
    for code in codes:
        pair = tuple(_series(figure, reading, grouping, area, periods[0], code, side) for side in sides)
        if any(one.cells[0].shown for one in pair) or (figure.shown and any(one.cells[0].hidden for one in pair)):
            rows.append(pair)
        elif any(one.cells[0].hidden for one in pair):
            hidden.append(pair[0].label)
    if not figure.shown:
        rows.sort(key=lambda pair: (pair[0].code != reading.total(dimension), -(pair[0].cells[0].value or 0.0)))
    rows = [pair for pair in rows if reading.is_rate or pair[0].cells[0].value][: figure.at_most]
    total = reading.cell(area, periods[0], {figure.across: sides[0]} if figure.across else {})
    remark = "Every number of this figure is hidden" if hidden and not rows else ""
    return Panel(area, reading.area_name(area), periods, tuple(one for pair in rows for one in pair), (total,), "",
                 remark=remark, unnamed=tuple(hidden))  # fmt: skip


def _series(
    figure: Figure, reading: Reading, grouping: Grouping | None, area: str, period: str, code: str, side: str
) -> Series:
    codes = {figure.dimension: code, **({figure.across: side} if side else {})}
    label = "All" if code == reading.total(figure.dimension) else label_of(reading, grouping, figure.dimension, code)
    cell = reading.cell(area, period, codes)
    notes = {0: "no interval can be computed"} if cell.shown and cell.lower is None else {}
    return Series(code, label, "", (cell,), notes, side=side)


def message(figure: Figure, reading: Reading, panel: Panel, beside: Reading | None) -> str:
    """What the estimates say as far as their errors allow: a gap, two groups beside each other, or the first place.

    Args:
        figure: Its declaration.
        reading: The table of its indicator.
        panel: What is shown.
        beside: The table of the gap between the two groups, which says whether they differ; or None.
    """
    subject, when = wording.subject(reading.indicator), wording.period(panel.periods[-1])
    group = f", {reading.label(figure.across, figure.compare[0]).lower()}" if len(figure.compare) == 1 else ""
    if not panel.series:
        return f"The numbers behind {subject}{group}, in {when} are too small to be shown"
    if isinstance(reading.indicator.estimator, Gap):
        found = certainty.gap(reading.cell(panel.area, panel.periods[-1]))
        return f"{wording.begin(subject)} in {when}: {wording.gap_text(found, reading.indicator)}"
    if beside is not None and len(figure.compare) > 1:
        return _compared(figure, reading, panel, beside)
    total = panel.totals[-1]
    if not total.shown or total.status == UNRELIABLE:
        return f"{wording.begin(subject)}{group}, in {when}: {wording.TOO_LITTLE} for a number of all"
    said = f"{wording.begin(subject)}{group}, in {when}: {wording.estimate(total)}"
    first = "" if reading.is_rate else first_of(panel.series)
    return f"{said}; {first}" if first and len(said) + len(first) < LONGEST else said


def _compared(figure: Figure, reading: Reading, panel: Panel, beside: Reading) -> str:
    """Both groups over all codes, and what the gap between them says."""
    subject, when = wording.subject(reading.indicator), wording.period(panel.periods[-1])
    levels = [
        f"{reading.label(figure.across, side).lower()} {wording.value_text(cell)}"
        for side in figure.compare
        if (cell := reading.cell(panel.area, panel.periods[-1], {figure.across: side})).shown
        and cell.status != UNRELIABLE
    ]
    said = f"{wording.begin(subject)} in {when}"
    found = certainty.gap(beside.cell(panel.area, panel.periods[-1]))
    verdict, group = wording.gap_text(found, beside.indicator), beside.groups[0].lower()
    if found is None:
        verdict = f"{wording.TOO_LITTLE} of {group} to say whether they differ"
    elif found.verdict != "unclear":
        verdict = f"that of {group} is {verdict}"
    return f"{said}: {wording.listing(levels)}; {verdict}" if levels else f"{said}: {verdict}"


def notes(figure: Figure, reading: Reading, panels: Sequence[Panel], beside: Reading | None) -> list[str]:
    """How to read dots and lines, the gap of each code, and what has no row."""
    cells = [cell for panel in panels for one in panel.series for cell in one.cells]
    said = ["Dot: estimate; line: 95% interval."] if any(cell.lower is not None for cell in cells) else []
    if any(cell.shown and cell.status == UNRELIABLE for cell in cells):
        said.append("Hollow: of low reliability.")
    if any(_cut(panel, cell) for panel in panels for one in panel.series for cell in one.cells):
        said.append("An arrow: the interval goes beyond the scale.")
    if isinstance(reading.indicator.estimator, Gap):
        one, other = reading.groups
        said.append(f"0: {one.lower()} and {other.lower()} the same; left of it {one.lower()} have less, right more.")
    lines = [" ".join(said)] if said else []
    for panel in panels:
        where = f" in {panel.name}" if len(panels) > 1 else ""
        if beside is not None and panel.periods:
            lines += _gaps(figure, panel, beside, where)
        if panel.unnamed:
            lines.append(f"Hidden{where}, since few records stand behind them: {wording.listing(panel.unnamed)}.")
    return lines


def _gaps(figure: Figure, panel: Panel, beside: Reading, where: str) -> list[str]:
    """The gap of each code that can be told, in one line."""
    found = {
        one.label: certainty.gap(beside.cell(panel.area, panel.periods[-1], {figure.dimension: one.code}))
        for one in panel.series
    }
    if all(gap is None for gap in found.values()):
        return []
    pair = " compared with ".join(name.lower() for name in beside.groups)
    told = "; ".join(f"{label}: {wording.gap_text(gap, beside.indicator)}" for label, gap in found.items())
    return [f"{wording.begin(pair)}{where}: {told}."]


def named(figure: Figure, reading: Reading, panel: Panel) -> Panel:
    """The panel with the labels of the groups that are compared beside each other."""
    if len(figure.compare) < 2:
        return panel
    series = tuple(replace(one, group=reading.label(figure.across, one.side)) for one in panel.series)
    return replace(panel, sides=tuple(series[: len(figure.compare)]), series=series)


def spoken(panel: Panel) -> list[str]:
    """Every row in words."""
    rows = []
    for one in panel.series:
        cell = one.cells[0]
        name = f"{one.label}, {one.group.lower()}" if panel.sides else one.label
        rows.append(f"{name}: {wording.estimate(cell)}")
    return [f"{'; '.join(rows)}."] if rows else []


def _limit(panel: Panel) -> float:
    """How far from 0 the scale goes: the furthest reliable bound, and what is unreliable as far as that lets it."""
    cells = [one.cells[0] for one in panel.series if one.cells[0].shown]
    sure = [cell for cell in cells if cell.status != UNRELIABLE]
    values = max((abs(cell.value or 0.0) for cell in cells), default=0.0)
    bounds = max((abs(bound) for cell in sure for bound in (cell.lower, cell.upper) if bound is not None), default=0.0)
    return max(bounds, _BEYOND * values)


def _cut(panel: Panel, cell: Cell) -> bool:
    return any(bound is not None and abs(bound) > _limit(panel) for bound in (cell.lower, cell.upper))


class WhiskerPlot:
    """The dots of one area beneath each other, with the value and the bounds of each at its right.

    Args:
        panel: What is shown.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: How far from 0 the scale goes.
    """

    def __init__(self, panel: Panel, width: float, *, single: bool) -> None:
        self.panel, self.width, self.single = panel, width, single
        self.size = style.LABEL if single else style.SMALL
        self.paired = bool(panel.sides)
        labels = [one.group if self.paired else one.label for one in panel.series]
        self.names = [break_lines(label, min(2.6, width * 0.38), self.size) for label in labels]
        self.left = max(width_of(line, self.size) for lines in self.names for line in lines) + 0.16
        cells = [one.cells[0] for one in panel.series]
        self.values = [wording.value_text(cell) if cell.shown else wording.cell_text(cell) for cell in cells]
        self.bounds = [_bounds(cell) for cell in cells]
        # the mark of what is unreliable stands after the values, which end in one line
        unsure = any(cell.shown and cell.status == UNRELIABLE for cell in cells)
        self.mark = width_of(f" {UNRELIABLE}", self.size, bold=True) if unsure else 0.0
        self.value_width = max(width_of(text, self.size, bold=True) for text in self.values) + self.mark
        bounds = max(width_of(text, style.SMALL) for text in self.bounds)
        beside = self.value_width + bounds + 0.1
        self.stacked = width - self.left - beside - 0.2 < _LEAST
        self.right = (max(self.value_width, bounds) if self.stacked else beside) + 0.2
        least = height_of(1, self.size) + height_of(1, style.SMALL) + 0.04 if self.stacked else _ROW
        self.rows = [max(least, height_of(len(lines), self.size) + 0.08) for lines in self.names]
        self.height = _ABOVE + sum(self.rows) + _HEADING * len(self._headed) + _BELOW
        self.largest = max(_limit(panel), 1e-9)
        self.negative = any((bound or 0.0) < 0 for cell in cells for bound in (cell.value, cell.lower))

    @property
    def _headed(self) -> list[int]:
        """Rows above which the label of their code stands."""
        series = self.panel.series
        return [i for i in range(len(series)) if self.paired and (i == 0 or series[i].code != series[i - 1].code)]

    def _scale(self, largest: float) -> list[float]:
        """Ticks from the lowest to the highest value; of gaps on both sides of 0 the same in all panels."""
        most = 5 if self.width > 5 else 3
        low = min((bound or 0.0 for one in self.panel.series for bound in (one.cells[0].value, one.cells[0].lower)),
                  default=0.0)  # fmt: skip
        high = max((bound or 0.0 for one in self.panel.series for bound in (one.cells[0].value, one.cells[0].upper)),
                   default=0.0)  # fmt: skip
        if not self.single:
            low, high = (-largest if self.negative else 0.0), largest
        low, high = min(max(low, -largest), 0.0), min(max(high, 0.0), largest)
        span = max(high - low, 1e-9)
        factor = 10.0 ** max(0, math.ceil(-math.log10(span)) + 1)
        step = ticks(span * factor, most)[1] / factor
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return [step * i for i in range(first, max(last, first + 1) + 1)]

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw with the upper left corner at `x`, `top`, scaled to `largest`."""
        scale, headed = self._scale(largest), set(self._headed)
        plot = sum(self.rows) + _HEADING * len(headed)
        top -= _ABOVE
        x0, inner = x + self.left, self.width - self.left - self.right
        axes = sheet.axes(x0, top - plot, inner, plot)
        axes.set_xlim(scale[0], scale[-1])
        axes.set_ylim(-plot, 0)
        unit = inner / (scale[-1] - scale[0])
        for value in scale:
            zero = value == 0
            axes.axvline(value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7, zorder=1,
                         clip_on=False)  # fmt: skip
        words = [f"{wording.number(round(value, 9))}" for value in scale]
        pitch = (scale[1] - scale[0]) * unit
        for i in every_nth(words, pitch, lambda text: width_of(text, style.SMALL), first=True):
            sheet.text(x0 + (scale[i] - scale[0]) * unit, top - plot - 0.14, words[i], style.SMALL, colour=style.QUIET,
                       align="center")  # fmt: skip
        down = 0.0
        for i, (one, lines, row) in enumerate(zip(self.panel.series, self.names, self.rows, strict=True)):
            if i in headed:
                sheet.text(x, top - down - _HEADING / 2 - 0.02, one.label, self.size, bold=True)
                down += _HEADING
            middle = down + row / 2
            self._mark(axes, one, -middle, scale)
            sheet.lines(x0 - 0.12, top - middle + height_of(len(lines), self.size) / 2, lines, self.size, align="right")
            self._say(sheet, i, x + self.width, top - middle)
            down += row

    def _say(self, sheet: Sheet, i: int, right: float, y: float) -> None:
        """The value and its bounds, beside each other or, where there is little room, one under the other."""
        cell, value, bounds = self.panel.series[i].cells[0], self.values[i], self.bounds[i]
        colour = style.INK if cell.shown else style.QUIET
        stacked = self.stacked and bool(bounds)
        shift = height_of(1, self.size) / 2 if stacked else 0.0
        end = right if self.stacked else right - self.right + 0.2 + self.value_width
        at = end - (self.mark if cell.shown else 0.0)
        sheet.text(at, y + shift, value, self.size, bold=cell.shown, colour=colour, align="right")
        if cell.shown and cell.status == UNRELIABLE:
            sheet.text(end, y + shift, UNRELIABLE, self.size, bold=True, align="right")
        if bounds:
            where = (right, "right") if stacked else (end + 0.1, "left")
            sheet.text(where[0], y - shift, bounds, style.SMALL, colour=style.QUIET, align=where[1])

    def _mark(self, axes: Any, one: Series, y: float, scale: Sequence[float]) -> None:
        """The dot and its line; hollow where unreliable, a square at 0 where hidden, an arrow where the scale ends."""
        cell = one.cells[0]
        place = next((i for i, side in enumerate(self.panel.sides) if side.side == one.side), 0)
        colour, marker = (style.BAR, "o") if place == 0 else (style.BAR_OTHER, "D")
        if cell.value is None:
            if cell.hidden:
                axes.plot([max(scale[0], 0.0)], [y], marker="s", markersize=4.5, markerfacecolor=style.PAPER,
                          markeredgecolor=style.QUIET, linestyle="none", clip_on=False, zorder=6)  # fmt: skip
            return
        unsure = cell.status == UNRELIABLE
        if cell.lower is not None and cell.upper is not None:
            low, high = max(cell.lower, scale[0]), min(cell.upper, scale[-1])
            axes.plot([low, high], [y, y], color=colour, linewidth=1.2 if unsure else 2.2, zorder=3, alpha=0.55,
                      linestyle=(0, (3, 2)) if unsure else "-", solid_capstyle="butt", clip_on=False)  # fmt: skip
            for bound, end, arrow in ((cell.lower, scale[0], "<"), (cell.upper, scale[-1], ">")):
                beyond = bound < end if arrow == "<" else bound > end
                if beyond:
                    axes.plot([end], [y], marker=arrow, markersize=4.5, color=colour, linestyle="none", clip_on=False,
                              zorder=5)  # fmt: skip
        axes.plot([cell.value], [y], marker=marker, markersize=6.2 if marker == "o" else 5.6,
                  markerfacecolor=style.PAPER if unsure else colour, markeredgecolor=colour, markeredgewidth=1.3,
                  linestyle="none", zorder=6, clip_on=False)  # fmt: skip


def _bounds(cell: Cell) -> str:
    if cell.value is None:
        return ""
    return f"({wording.within(cell)})" if cell.lower is not None else "(no interval)"
