"""The share of one group among two, by code, ranked beside that of all; made from the counts as they are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import TOTAL, Panel, Series, label_of
from lm_stats.publish.figures.placing import break_lines, height_of, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import ABSENT, Cell, Reading
from lm_stats.spec import Figure, Grouping, RoundingRule

_ROW = 0.27
_HEADING = 0.04
_BELOW = 0.3
_WHOLE = 100
_NAMED = 3


def panel(figure: Figure, reading: Reading, grouping: Grouping | None, area: str, policy: RoundingRule) -> Panel:
    """The share in the latest period by code, highest first, and its bounds by rounding.

    A code is left out, and named, where either of its two counts is hidden: a share would tell of it.

    Args:
        figure: Its declaration; the first code of `compare` is counted among both.
        reading: A table of counts.
        grouping: Labels for readers, or None.
        area: Code of the area.
        policy: How the table was protected.
    """
    dimension, periods = figure.dimension, reading.periods(area)[-1:]
    if not periods:
        return Panel(area, reading.area_name(area), (), (), (), "")
    one_side, other_side = figure.compare
    names = [reading.label(figure.across, code).lower() for code in figure.compare]
    unit = f"per cent {names[0]}"
    hidden: list[str] = []

    def series(code: str, label: str, kind: str = "") -> Series | None:
        pair = [reading.cell(area, periods[0], {dimension: code, figure.across: side})
                for side in (one_side, other_side)]  # fmt: skip
        if any(cell.hidden for cell in pair):
            hidden.extend([label] if not kind else [])
            return None
        share = _share(pair[0].value or 0.0, pair[1].value or 0.0, policy)
        said = " and ".join(f"{wording.number(cell.value or 0.0)} {name}" for cell, name in zip(
            pair, names, strict=True))  # fmt: skip
        return None if share is None else Series(code, label, kind, (share,), {0: f"from {said}"}, unit=unit)

    whole = series(reading.total(dimension), "All", TOTAL)
    parts = [
        series(code, label_of(reading, grouping, dimension, code))
        for code in reading.parts(dimension, area)
        if reading.kind(dimension, code) == ""
    ]
    ranked = sorted((one for one in parts if one is not None), key=lambda one: -(one.cells[0].value or 0.0))
    shown = ([whole] if whole is not None else []) + ranked[: figure.at_most]
    total = whole.cells[0] if whole is not None else ABSENT
    remark = "Every number of this figure is hidden" if hidden and not shown else ""
    return Panel(area, reading.area_name(area), periods, tuple(shown), (total,), "", remark=remark,
                 unnamed=tuple(dict.fromkeys(hidden)))  # fmt: skip


def _share(part: float, other: float, policy: RoundingRule) -> Cell | None:
    """The share of two rounded counts in per cent, and the lowest and highest that the exact ones may have."""
    if part + other <= 0:
        return None
    (low, high), (other_low, other_high) = _exact(part, policy), _exact(other, policy)
    value = round(100 * part / (part + other))
    # outwards to a tenth
    lower = math.floor(1000 * low / (low + other_high)) / 10
    upper = math.ceil(1000 * high / (high + other_low)) / 10
    return Cell(float(value), lower=lower, upper=upper)


def _exact(shown: float, policy: RoundingRule) -> tuple[float, float]:
    """The lowest and the highest count that is shown as this one."""
    if shown == 0 or policy.base <= 1:
        return shown, shown
    half = policy.base / 2
    return max(float(policy.hide_below), 1.0, math.ceil(shown - half)), math.ceil(shown + half) - 1.0


def message(figure: Figure, reading: Reading, panel: Panel) -> str:
    """The share over all, and where it is highest as far as rounding tells."""
    subject, when = wording.subject(reading.indicator), wording.period(panel.periods[-1])
    group = reading.label(figure.across, figure.compare[0]).lower()
    own = [one for one in panel.series if one.kind == ""]
    if not panel.series:
        return f"The numbers of {subject} in {when} are too small to be shown by sex" if panel.unnamed else (
            f"There were no {subject} in {when}")  # fmt: skip
    whole = panel.totals[0]
    said = f"{wording.begin(subject)}, {when}: {wording.number(whole.value)}% {group}" if whole.value is not None else (
        f"{wording.begin(subject)}, {when}: the share {group} is not shown over all")  # fmt: skip
    if len(own) < 2:
        return said
    best = own[0].cells[0]
    leading = [one for one in own if (one.cells[0].upper or 0.0) >= (best.lower or 0.0)]
    if len(leading) == len(own) or len(leading) > _NAMED:
        return f"{said}; rounding leaves open in which sector most"
    names = wording.listing([one.label for one in leading])
    values = [one.cells[0].value or 0.0 for one in leading]
    span = f"{wording.number(max(values))}%" if len(set(values)) == 1 else (
        f"{wording.number(min(values))} to {wording.number(max(values))}%")  # fmt: skip
    return f"{said}; highest in {names} ({span})"


def notes(reading: Reading, panels: Sequence[Panel], policy: RoundingRule) -> list[str]:
    """What stands behind the shares, and what has no row."""
    said = [f"Shares of those whose sex is stated, from counts as they are shown in table {reading.indicator.id}."]
    if policy.base > 1:
        said.append("Line: what the exact counts, before rounding, may have given; it is no sampling error.")
    lines = [" ".join(said)]
    for panel in panels:
        if panel.unnamed:
            where = f" in {panel.name}" if len(panels) > 1 else ""
            lines.append(f"Left out{where}, since one of two counts is hidden: {wording.listing(panel.unnamed)}.")
    return lines


def spoken(panel: Panel) -> list[str]:
    """Every row in words."""
    rows = [
        f"{one.label} {wording.number(one.cells[0].value or 0.0)}%"
        + ("" if one.cells[0].lower == one.cells[0].upper else f" ({_range(one.cells[0])})")
        for one in panel.series
    ]
    return [f"{'; '.join(rows)}."] if rows else []


def _range(cell: Cell) -> str:
    return f"{math.floor(cell.lower or 0.0)} to {math.ceil(cell.upper or 0.0)}"


class RatioPlot:
    """The dots of one area on a scale from 0 to 100 per cent.

    Args:
        panel: What is shown, the total first.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The end of the scale.
    """

    def __init__(self, panel: Panel, width: float, *, single: bool) -> None:
        self.panel, self.width, self.largest = panel, width, float(_WHOLE)
        self.size = style.LABEL if single else style.SMALL
        self.names = [break_lines(one.label, min(2.6, width * 0.38), self.size) for one in panel.series]
        self.rows = [max(_ROW, height_of(len(lines), self.size) + 0.08) for lines in self.names]
        self.left = max(width_of(line, self.size) for lines in self.names for line in lines) + 0.14
        self.right = max(width_of(_percent(one), self.size, bold=True) for one in panel.series) + 0.2
        self.height = _HEADING + sum(self.rows) + _BELOW

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw with the upper left corner at `x`, `top`; the scale is the same in every panel."""
        plot = sum(self.rows)
        top -= _HEADING
        x0, inner = x + self.left, self.width - self.left - self.right
        axes = sheet.axes(x0, top - plot, inner, plot)
        axes.set_xlim(0, largest)
        axes.set_ylim(-plot, 0)
        for value in range(0, _WHOLE + 1, 25):
            first = value == 0
            axes.axvline(value, color=style.INK if first else style.GRID, linewidth=0.9 if first else 0.7, zorder=1,
                         clip_on=False)  # fmt: skip
            sheet.text(x0 + value / largest * inner, top - plot - 0.14, f"{value}%" if value else "0", style.SMALL,
                       colour=style.QUIET, align="center")  # fmt: skip
        whole = self.panel.totals[0].value
        if whole is not None and len(self.panel.series) > 1:
            axes.axvline(whole, color=style.INK, linewidth=1.0, linestyle=(0, (3, 2)), zorder=2)
        down = 0.0
        for one, lines, row in zip(self.panel.series, self.names, self.rows, strict=True):
            middle = down + row / 2
            cell, total = one.cells[0], one.kind == TOTAL
            colour = style.INK if total else style.BAR
            axes.plot([cell.lower, cell.upper], [-middle, -middle], color=colour, linewidth=2.2, alpha=0.4, zorder=3,
                      solid_capstyle="butt", clip_on=False)  # fmt: skip
            axes.plot([cell.value], [-middle], marker="D" if total else "o", markersize=6.0, color=colour,
                      linestyle="none", zorder=6, clip_on=False)  # fmt: skip
            sheet.lines(x0 - 0.1, top - middle + height_of(len(lines), self.size) / 2, lines, self.size, align="right")
            sheet.text(x + self.width, top - middle, _percent(one), self.size, bold=True, align="right")
            down += row


def _percent(one: Series) -> str:
    return f"{wording.number(one.cells[0].value or 0.0)}%"
