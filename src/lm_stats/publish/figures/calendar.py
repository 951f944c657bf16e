"""The periods to come: a column for the total of each, and beneath it a tile for each code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import TOTAL, Panel, Series, label_of
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import Reading
from lm_stats.spec import Figure, Grouping

_TALL = 1.7
_TILE = 0.27
_BETWEEN = 0.42
_HEADING = 0.22
_COLUMN = 0.74
_WORST = 3
# a month alone is no wall
_WIDEST = 0.9


def panel(figure: Figure, reading: Reading, grouping: Grouping | None, area: str) -> Panel:
    """The total of each period and the codes with the largest numbers over all of them.

    Args:
        figure: Its declaration.
        reading: The table of its indicator.
        grouping: Labels for readers, or None.
        area: Code of the area.
    """
    dimension = figure.dimension
    periods = reading.periods(area)

    def series(code: str, kind: str = "") -> Series:
        cells = tuple(reading.cell(area, period, {dimension: code}) for period in periods)
        label = "All" if kind == TOTAL else label_of(reading, grouping, dimension, code)
        return Series(code, label, kind, cells, {})

    whole = series(reading.total(dimension), TOTAL)
    parts = [series(code) for code in reading.parts(dimension, area) if reading.kind(dimension, code) == ""]
    sizes = {one.code: sum(cell.value or 0.0 for cell in one.cells) for one in parts}
    # a row in which every number is hidden says nothing
    named = sorted((one for one in parts if sizes[one.code]), key=lambda one: -sizes[one.code])[: figure.at_most]
    breaks = reading.breaks_within(area, periods)
    return Panel(area, reading.area_name(area), periods, (whole, *named) if periods else (), whole.cells, "",
                 breaks=breaks)  # fmt: skip


def message(reading: Reading, panel: Panel, slack: float) -> str:
    """In which periods most of them are, as far as rounding tells."""
    subject = wording.subject(reading.indicator)
    values = [cell.value for cell in panel.totals if cell.value is not None]
    top = max(values, default=0.0)
    when = f"from {wording.span(panel.periods)}"
    if not top:
        hidden = any(cell.hidden for cell in panel.totals)
        return f"The numbers of {subject} are too small to be shown" if hidden else f"There are no {subject}"
    leading = [(period, cell.value) for period, cell in zip(panel.periods, panel.totals, strict=True)
               if cell.value is not None and wording.near(cell.value, top, slack)]  # fmt: skip
    if len(leading) > _WORST or len(leading) == len(values) > 1:
        # a hidden number is lower than any that is shown
        span = wording.number(top) if min(values) == top else f"{wording.number(min(values))} to {wording.number(top)}"
        span = f"at most {wording.number(top)}" if len(values) < len(panel.periods) else span
        return f"{wording.begin(subject)}: {span} in each month {when}"
    months = wording.listing([wording.period(period) for period, _ in leading])
    low = min(value for _, value in leading)
    numbers = wording.number(top) if low == top else f"{wording.number(low)} to {wording.number(top)}"
    each = " each" if len(leading) > 1 else ""
    return f"{wording.begin(subject)}: most in {months} ({numbers}{each})"


def notes(panels: Sequence[Panel]) -> list[str]:
    """How to read the tiles."""
    said = []
    if any(len(panel.series) > 1 for panel in panels):
        said.append("Tiles: the darker, the more.")
        if any(cell.hidden for panel in panels for one in panel.series for cell in one.cells):
            said.append("Hatched: hidden.")
        said.append("Categories in which every number is 0 or hidden, and the smallest, have no row.")
    return [" ".join(said)] if said else []


def spoken(panel: Panel) -> list[str]:
    """The total of each period, and what each row adds up to where nothing in it is hidden."""
    texts = [f"{wording.period(period)} {wording.cell_text(cell)}"
             for period, cell in zip(panel.periods, panel.totals, strict=True)]  # fmt: skip
    said = [f"{'; '.join(texts)}."]
    for one in panel.series[1:]:
        shown = [i for i, cell in enumerate(one.cells) if cell.value]
        hidden = sum(cell.hidden for cell in one.cells)
        best = max(shown, key=lambda i: one.cells[i].value or 0.0)
        text = f"{one.label}: most in {wording.period(panel.periods[best])} ({wording.cell_text(one.cells[best])})"
        said.append(f"{text}, {hidden} of {len(one.cells)} hidden." if hidden else f"{text}.")
    return said


class CalendarPlot:
    """The columns and tiles of one area.

    Args:
        panel: What is shown: the total first.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The largest total.
    """

    def __init__(self, panel: Panel, width: float, *, single: bool) -> None:
        self.panel, self.width = panel, width
        self.size = style.LABEL if single else style.SMALL
        self.rows = panel.series[1:]
        self.names = [break_lines(one.label, min(2.0, width * 0.32), self.size) for one in self.rows]
        self.heights = [max(_TILE, height_of(len(lines), self.size) + 0.06) for lines in self.names]
        written = [width_of(line, self.size) for lines in self.names for line in lines]
        self.largest = max(1.0, *(cell.value or 0.0 for cell in panel.totals))
        written += [width_of(wording.number(value), style.SMALL) for value in ticks(self.largest, 3)]
        self.left = max(written) + 0.14
        self.height = _HEADING + _TALL + _BETWEEN + sum(self.heights) + 0.06

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw with the upper left corner at `x`, `top`, the columns scaled to `largest`."""
        count = len(self.panel.periods)
        x0, inner = x + self.left, self.width - self.left
        pitch = min(inner / count, _WIDEST)
        inner = pitch * count
        base = top - _HEADING - _TALL
        axes = sheet.axes(x0, base, inner, _TALL)
        axes.set_xlim(0, count)
        axes.set_ylim(0, largest)
        for value in ticks(largest, 3):
            if value <= largest:
                zero = value == 0
                axes.axhline(value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7,
                             zorder=5 if zero else 1, clip_on=False)  # fmt: skip
                sheet.text(x0 - 0.08, base + _TALL * value / largest, wording.number(value), style.SMALL,
                           colour=style.QUIET, align="right")  # fmt: skip
        texts = [wording.cell_text(cell) for cell in self.panel.totals]
        labelled = set(every_nth(texts, pitch, lambda text: width_of(text, style.SMALL, bold=True), 0.03))
        for i, cell in enumerate(self.panel.totals):
            middle = x0 + (i + 0.5) * pitch
            if cell.value:
                axes.bar(i + 0.5, cell.value, _COLUMN, color=style.BAR, zorder=3)
            if i in labelled:
                at = base + _TALL * (cell.value or 0.0) / largest + 0.1
                colour = style.INK if cell.shown else style.QUIET
                sheet.text(middle, at, texts[i], style.SMALL, bold=cell.shown, colour=colour, align="center")
        self._months(sheet, x0, pitch, base)
        low = base - _BETWEEN
        peak = max((cell.value or 0.0 for one in self.rows for cell in one.cells), default=0.0)
        for one, lines, height in zip(self.rows, self.names, self.heights, strict=True):
            middle = low - height / 2
            sheet.lines(x0 - 0.1, middle + height_of(len(lines), self.size) / 2, lines, self.size, align="right")
            for i, cell in enumerate(one.cells):
                at = x0 + i * pitch + 0.02
                options: dict[str, Any] = {"facecolor": style.PAPER, "edgecolor": style.GRID, "linewidth": 0.6}
                if cell.hidden:
                    options |= {"hatch": style.HIDDEN_HATCH, "hatchcolor": style.HIDDEN_HATCHED}
                elif cell.value:
                    step = min(int(cell.value / peak * len(style.SHADES)), len(style.SHADES) - 1)
                    options["facecolor"] = style.SHADES[step]
                sheet.box(at, middle - height / 2 + 0.02, pitch - 0.04, height - 0.04, **options)
                text = "" if cell.value is None else wording.number(cell.value)
                if text and width_of(text, style.SMALL) < pitch - 0.06:
                    sheet.text(at + pitch / 2 - 0.02, middle, text, style.SMALL, align="center",
                               colour=style.INK if cell.value else style.QUIET)  # fmt: skip
            low -= height

    def _months(self, sheet: Sheet, x0: float, pitch: float, base: float) -> None:
        """The months, and the year beneath the first one of each."""
        periods = self.panel.periods
        named = [_short(period) for period in periods]
        for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL), 0.04, first=True):
            sheet.text(x0 + (i + 0.5) * pitch, base - 0.13, named[i], style.SMALL, align="center")
        for i, period in enumerate(periods):
            if i == 0 or period[:4] != periods[i - 1][:4]:
                wide = width_of(period[:4], style.SMALL)
                # the year of a lone last month would leave the page
                at = min(x0 + i * pitch + 0.03, x0 + pitch * len(periods) - wide)
                sheet.text(at, base - 0.29, period[:4], style.SMALL, colour=style.QUIET)


def _short(period: str) -> str:
    year, _, rest = period.partition("-")
    return wording.MONTHS[int(rest) - 1][:3] if rest.isdigit() else rest or year
