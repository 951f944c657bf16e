"""From the stock at the end of one period to that of the next: what came and what went, as steps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import TOTAL, Panel, Series
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import ABSENT, Reading
from lm_stats.spec import Figure, RoundingRule

START, END = "stock_start", "stock_end"
IN, OUT = "in", "out"
_BAR = 0.24
_GAP = 0.13
_BELOW = 0.3
_MINUS = "\N{MINUS SIGN}"


def panel(figure: Figure, flows: Reading, stock: Reading | None, area: str) -> Panel:
    """The latest period of which the stock at either end is known, and its flows.

    Args:
        figure: Its declaration: codes of flows, and which of them leave.
        flows: The table of flows.
        stock: The table of stocks; its totals are shown.
        area: Code of the area.
    """
    name = flows.area_name(area)
    known = stock.periods(area) if stock is not None else ()
    pairs = [
        (before, at)
        for before, at in itertools.pairwise(known)
        if stock is not None and at in flows.periods(area) and ABSENT not in (
            stock.cell(area, before), stock.cell(area, at))
    ]  # fmt: skip
    if stock is None or not pairs:
        return Panel(area, name, known[-1:], (), (ABSENT,) * len(known[-1:]), "",
                     remark="Two years with a stock at their end are needed, and there are not two yet")  # fmt: skip
    before, at = pairs[-1]
    unit = stock.unit_of_count
    series = [Series(START, f"End of {wording.period(before)}", TOTAL, (stock.cell(area, before),), {}, unit=unit)]
    for code in figure.shown:
        cell = flows.cell(area, at, {figure.dimension: code})
        label, side = flows.label(figure.dimension, code), OUT if code in figure.leaving else IN
        series.append(Series(code, label, "", (cell,), {}, side=side, unit=flows.unit_of_count))
    series.append(Series(END, f"End of {wording.period(at)}", TOTAL, (stock.cell(area, at),), {}, unit=unit))
    ends = [one for one in series if one.kind == TOTAL]
    remark = "" if all(one.cells[0].shown for one in ends) else "A stock at one end of the year is hidden"
    breaks = flows.breaks_within(area, (before, at))
    return Panel(area, name, (at,), tuple(series), (series[-1].cells[0],), "", breaks=breaks, remark=remark)


def message(figure: Figure, panel: Panel, slack: float) -> str:
    """How the stock changed, and what came and went."""
    when = wording.period(panel.periods[-1]) if panel.periods else ""
    if not panel.series:
        return f"{figure.title['en']}: too few years are known"
    start, end = panel.series[0], panel.series[-1]
    held = _plain(figure.title["en"].split(":")[0])
    now, then = end.cells[0].value, start.cells[0].value
    moved = wording.listing([f"{_plain(one.label)} {wording.cell_text(one.cells[0])}" for one in _flows(panel)])
    if not any(one.cells[0].shown for one in panel.series):
        return f"The numbers of {held} in {when} are too small to be shown"
    if now is None or then is None:
        return f"{wording.begin(when)}: {moved}; the stock at either end is not shown"
    if abs(now - then) <= slack:
        change = "about as many as a year before" + (f" ({wording.number(then)})" if now != then else "")
    else:
        more = "more" if now > then else "fewer"
        change = f"{wording.number(abs(now - then))} {more} than a year before"
    return f"{wording.number(now)} {held} at the end of {when}, {change}: {moved}"


def _flows(panel: Panel) -> Sequence[Series]:
    return [one for one in panel.series if one.side]


def _plain(label: str) -> str:
    return label[:1].lower() + label[1:]


def notes(panels: Sequence[Panel], policy: RoundingRule) -> list[str]:
    """What a reader must know to add the steps up."""
    said = []
    if policy.base > 1:
        said.append("Every number is rounded by itself, so the steps need not add up exactly.")
    if any(one.cells[0].hidden for panel in panels for one in _flows(panel)):
        said.append("A flow that is hidden takes no step.")
    said.append("Who enters or leaves twice in a year is counted twice. Renewals and transfers go on without a break; "
                "they change no total and are not drawn.")  # fmt: skip
    return [" ".join(said)]


def measure(panels: Sequence[Panel]) -> str:
    """What the numbers are."""
    units = dict.fromkeys(one.unit for panel in panels for one in panel.series if one.kind == TOTAL)
    return f"number of {wording.plural(next(iter(units)))}" if units else ""


def spoken(panel: Panel) -> list[str]:
    """The account in words."""
    said = []
    for one in panel.series:
        word = {IN: "plus ", OUT: "less "}.get(one.side, "")
        said.append(f"{word}{one.label if not word else _plain(one.label)}: {wording.cell_text(one.cells[0])}")
    return [f"{'; '.join(said)}."] if said else []


class BridgePlot:
    """The steps of one area, from the top down.

    Args:
        panel: What is shown.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The largest level that a step reaches.
    """

    def __init__(self, panel: Panel, width: float, *, single: bool) -> None:
        self.panel, self.width = panel, width
        self.size = style.LABEL if single else style.SMALL
        self.names = [break_lines(one.label, min(2.2, width * 0.34), self.size) for one in panel.series]
        self.rows = [max(_BAR, height_of(len(lines), self.size)) + _GAP for lines in self.names]
        self.left = max(width_of(line, self.size) for lines in self.names for line in lines) + 0.12
        self.steps = self._steps()
        self.right = max(width_of(_signed(one), self.size, bold=True) for one in panel.series) + 0.14
        self.largest = max(1.0, *(max(step) for step in self.steps))
        self.height = sum(self.rows) + _BELOW

    def _steps(self) -> list[tuple[float, float]]:
        """From which level to which each row goes; a stock from zero."""
        level, steps = 0.0, []
        for one in self.panel.series:
            value = one.cells[0].value or 0.0
            if one.kind == TOTAL:
                steps.append((0.0, value))
                level = value
            else:
                after = level - value if one.side == OUT else level + value
                # rounded numbers may take more than there is
                steps.append((level, max(after, 0.0)))
                level = steps[-1][1]
        return steps

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the steps with the upper left corner at `x`, `top`, scaled to `largest`."""
        plot = sum(self.rows)
        x0, inner = x + self.left, self.width - self.left - self.right
        axes = sheet.axes(x0, top - plot, inner, plot)
        axes.set_xlim(0, largest)
        axes.set_ylim(-plot, 0)
        unit = inner / largest
        scale = [value for value in ticks(largest, 5) if value <= largest]
        for value in scale:
            zero = value == 0
            axes.axvline(value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7,
                         zorder=5 if zero else 1, clip_on=False)  # fmt: skip
        named = [wording.number(value) for value in scale]
        pitch = scale[1] * unit if len(scale) > 1 else inner
        for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL), first=True):
            where = x0 + scale[i] * unit
            sheet.text(where, top - plot - 0.14, named[i], style.SMALL, colour=style.QUIET, align="center")
        down = 0.0
        middles = []
        for one, lines, row, (begin, end) in zip(self.panel.series, self.names, self.rows, self.steps, strict=True):
            middle = down + row / 2
            middles.append(middle)
            low, high = min(begin, end), max(begin, end)
            colour = style.BAR if one.kind == TOTAL else style.BAR_OTHER if one.side == OUT else style.COLOURS[4]
            if high > low:
                axes.barh(-middle, high - low, _BAR, left=low, zorder=3, color=colour, linewidth=0.6, edgecolor=colour,
                          hatch="////" if one.side == OUT else None, hatchcolor=style.PAPER)  # fmt: skip
            sheet.lines(x0 - 0.1, top - middle + height_of(len(lines), self.size) / 2, lines, self.size, align="right")
            shown = one.cells[0].shown
            sheet.text(x0 + high * unit + 0.07, top - middle, _signed(one), self.size, bold=shown,
                       colour=style.INK if shown else style.QUIET, halo=style.PAPER)  # fmt: skip
            down += row
        # the level at which the next step begins; to the stock at the end it is not drawn, which stands by itself
        for i, (_, end) in enumerate(self.steps[:-2]):
            axes.plot([end, end], [-middles[i] - _BAR / 2, -middles[i + 1] + _BAR / 2], color=style.QUIET,
                      linewidth=0.8, linestyle=(0, (2, 1.5)), zorder=2)  # fmt: skip


def _signed(one: Series) -> str:
    cell = one.cells[0]
    sign = {IN: "+", OUT: _MINUS}.get(one.side, "") if cell.value else ""
    return f"{sign}{wording.cell_text(cell)}"
