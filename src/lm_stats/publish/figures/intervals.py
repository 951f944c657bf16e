"""Values over time with the bounds of their intervals, one strip for the total and one for each code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lm_stats.publish import certainty, wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import TOTAL, Panel, Series, label_of
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import Cell, Reading
from lm_stats.spec import Figure, Grouping

# periods that can be told apart on a page
_LATEST = 40
_STRIP = 1.05
_ROW = 0.19
_HEADING = 0.26
_BELOW = 0.32
# a bound beyond so many times the largest value would flatten all others
_BEYOND = 1.5
_YEAR_BACK = {"Q": 4, "0": 12, "1": 12}


def panel(figure: Figure, reading: Reading, grouping: Grouping | None, area: str) -> Panel:
    """The latest periods of the total and of each code that occurs.

    Args:
        figure: Its declaration.
        reading: The table of its indicator.
        grouping: Labels for readers, or None.
        area: Code of the area.
    """
    dimension = figure.dimension
    periods = reading.periods(area)[-_LATEST:]

    def series(code: str, kind: str = "") -> Series:
        cells = tuple(reading.cell(area, period, {dimension: code}) for period in periods)
        return Series(code, label_of(reading, grouping, dimension, code), kind, cells, {})

    whole = series(reading.total(dimension), TOTAL)
    parts = [series(code) for code in reading.parts(dimension, area) if reading.kind(dimension, code) == ""]
    parts = [one for one in parts if any(cell.shown or cell.gap or cell.unknown for cell in one.cells)]
    # one part alone is the total
    chosen = [whole, *(parts[: figure.at_most] if len(parts) > 1 else [])]
    breaks = reading.breaks_within(area, periods)
    return Panel(area, reading.area_name(area), periods, tuple(chosen) if periods else (), whole.cells, "",
                 breaks=breaks)  # fmt: skip


def message(reading: Reading, panel: Panel) -> str:
    """The latest value of the total with its interval, and whether it differs from that of a year before."""
    subject = wording.subject(reading.indicator)
    shown = [i for i, cell in enumerate(panel.totals) if cell.shown]
    if not shown:
        word = "too small to be shown" if any(cell.hidden for cell in panel.totals) else "not known yet"
        return f"The numbers behind {subject} are {word}"
    last = shown[-1]
    cell = panel.totals[last]
    said = f"{wording.begin(subject)}: {wording.value_text(cell)}{_bounds(cell)}"
    said += f" in {wording.period(panel.periods[last])}"
    back = last - _YEAR_BACK.get(panel.periods[last][5:6], 1)
    then = panel.totals[back] if back >= 0 else Cell()
    if then.value is not None and not panel.broken:
        clear = certainty.apart(cell, then)
        when, value = wording.period(panel.periods[back]), wording.value_text(then)
        way = "up" if (cell.value or 0.0) > then.value else "down"
        said += f", {way} from {value} in {when}" if clear else f", no clear difference from {when} ({value})"
    if last < len(panel.periods) - 1:
        said += f"; {_word(panel.totals[-1])} for {wording.period(panel.periods[-1])}"
    return said


def _bounds(cell: Cell) -> str:
    said = wording.interval(cell)
    return f" ({said})" if said else ""


def _word(cell: Cell) -> str:
    return "hidden" if cell.hidden else "not reached yet" if cell.unknown else "no observation"


def notes(reading: Reading, panels: Sequence[Panel]) -> list[str]:
    """How to read dots, lines and gaps."""
    outwards = " to whole days" if reading.decimals == 0 else ""
    said = [f"Dot: {reading.indicator.measured}; line: 95% interval, its bounds rounded outwards{outwards}."]
    cells = [cell for panel in panels for one in panel.series for cell in one.cells]
    said = said if any(cell.shown for cell in cells) else []
    if any(cell.shown and cell.lower is not None and cell.upper is None for cell in cells):
        said.append("An arrow: no upper bound yet, or one beyond the scale.")
    elif any(_cut(panel, cell) for panel in panels for one in panel.series for cell in one.cells):
        said.append("An arrow: the upper bound lies beyond the scale.")
    if any(cell.unknown for cell in cells):
        said.append("Not reached yet: fewer than half have ended, so nobody knows their median.")
    return [" ".join(said)] if said else []


def _cut(panel: Panel, cell: Cell) -> bool:
    return cell.upper is not None and cell.upper > _BEYOND * _highest(panel)


def _highest(panel: Panel) -> float:
    return max((cell.value or 0.0 for one in panel.series for cell in one.cells), default=0.0)


def spoken(panel: Panel) -> list[str]:
    """The latest value of each series, and what is missing."""
    said = []
    for one in panel.series:
        shown = [i for i, cell in enumerate(one.cells) if cell.shown]
        text = "no value shown"
        if shown:
            cell = one.cells[shown[-1]]
            values = [one.cells[i].value or 0.0 for i in shown]
            text = f"{wording.value_text(cell)}{_bounds(cell)} in {wording.period(panel.periods[shown[-1]])}"
            if len(shown) > 1:
                text += f"; {wording.number(min(values))} to {wording.number(max(values))} in all periods shown"
        for word in ("hidden", "not reached yet"):
            periods = [p for p, cell in zip(panel.periods, one.cells, strict=True)
                       if (cell.hidden or cell.unknown) and _word(cell) == word]  # fmt: skip
            if periods:
                listed = wording.listing([wording.period(p) for p in periods]) if len(periods) < 7 else (
                    f"{len(periods)} periods")  # fmt: skip
                text += f"; {word}: {listed}"
        said.append(f"{one.label}: {text}.")
    return said


class IntervalPlot:
    """The strips of one area, one above the other, on the same scale.

    Args:
        panel: What is shown.
        width: Width of the plot in inches, its labels included.

    Attributes:
        height: Height in inches.
        largest: The largest value or bound drawn.
    """

    def __init__(self, panel: Panel, width: float) -> None:
        self.panel, self.width = panel, width
        self.gaps = [_gaps(one) for one in panel.series]
        room = min(1.6, width * 0.3)
        self.names = [break_lines(one.label, room, style.LABEL, bold=True) for one in panel.series]
        self.lasts = [break_lines(_latest(one, panel), room, style.SMALL) for one in panel.series]
        said = [width_of(line, style.LABEL, bold=True) for lines in self.names for line in lines]
        said += [width_of(line, style.SMALL) for lines in self.lasts for line in lines]
        said += [width_of(word, style.SMALL) for gaps in self.gaps for word, _ in gaps]
        self.right = max(said) + 0.2
        ceiling = _BEYOND * _highest(panel)
        cells = [cell for one in panel.series for cell in one.cells if cell.shown]
        self.largest = max(1.0, *(min(cell.upper or cell.value or 0.0, ceiling) for cell in cells))
        words = [
            height_of(len(name), style.LABEL) + height_of(len(last), style.SMALL)
            for name, last in zip(self.names, self.lasts, strict=True)
        ]
        self.strips = [max(_STRIP, block + 0.1) for block in words]
        self.below = [_ROW * len(gaps) for gaps in self.gaps]
        self.height = sum(self.strips) + sum(self.below) + _HEADING * len(self.strips) + _BELOW

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the strips with the upper left corner at `x`, `top`, scaled to `largest`."""
        scale = ticks(largest, 4)
        left = max(width_of(wording.number(value), style.SMALL) for value in scale) + 0.12
        inner = self.width - left - self.right
        count = len(self.panel.periods)
        pitch = inner / count
        x0 = x + left
        for one, name, last, gaps, strip, below in zip(
            self.panel.series, self.names, self.lasts, self.gaps, self.strips, self.below, strict=True
        ):
            top -= _HEADING
            base = top - strip
            axes = sheet.axes(x0, base, inner, strip)
            axes.set_xlim(-0.5, count - 0.5)
            axes.set_ylim(0, scale[-1])
            for value in scale:
                zero = value == 0
                axes.axhline(value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7,
                             zorder=5 if zero else 1, clip_on=False)  # fmt: skip
                sheet.text(x0 - 0.08, base + strip * value / scale[-1], wording.number(value), style.SMALL,
                           colour=style.QUIET, align="right")  # fmt: skip
            self._marks(axes, one, scale[-1], pitch)
            at = x0 + inner + 0.12
            at_top = sheet.lines(at, top, name, style.LABEL, bold=True)
            sheet.lines(at, at_top, last, style.SMALL)
            low = base - 0.04
            for word, positions in gaps:
                middle = low - _ROW / 2
                xs = [x0 + (i + 0.5) * pitch for i in positions]
                marker = "s" if word == "hidden" else "x"
                sheet.line(xs, [middle] * len(xs), marker=marker, markersize=4.5, markerfacecolor=style.PAPER,
                           markeredgecolor=style.QUIET, linestyle="none")  # fmt: skip
                sheet.text(at, middle, word, style.SMALL, colour=style.QUIET)
                low -= _ROW
            top = base - below
        named = [wording.short_period(period) for period in self.panel.periods]
        years = [i for i, period in enumerate(self.panel.periods) if period[5:] in ("", "Q1", "01")]
        if len(years) > 2:
            starts = [self.panel.periods[i][:4] for i in years]
            apart = (years[1] - years[0]) * pitch
            for k in every_nth(starts, apart, lambda text: width_of(text, style.SMALL)):
                sheet.text(x0 + (years[k] + 0.5) * pitch, top - 0.17, starts[k], style.SMALL, align="center")
        else:
            for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL)):
                sheet.text(x0 + (i + 0.5) * pitch, top - 0.17, named[i], style.SMALL, align="center")

    def _marks(self, axes: Any, one: Series, highest: float, pitch: float) -> None:
        colour = style.INK if one.kind == TOTAL else style.BAR
        crowded = pitch < 0.12
        for i, cell in enumerate(one.cells):
            if cell.value is None:
                continue
            if cell.lower is not None:
                # in case of doubt a bound that is not there is one without end
                open_above = cell.upper is None or cell.upper > highest
                upper = highest if open_above else cell.upper
                axes.plot([i, i], [cell.lower, upper], color=colour, linewidth=1.1 if crowded else 1.8, alpha=0.45,
                          zorder=3, solid_capstyle="butt", clip_on=False)  # fmt: skip
                if open_above:
                    axes.plot([i], [highest], marker="^", markersize=4.5, color=colour, linestyle="none", clip_on=False,
                              zorder=6)  # fmt: skip
            axes.plot([i], [cell.value], marker="o", markersize=3.0 if crowded else 4.2, color=colour,
                      linestyle="none", zorder=7, clip_on=False)  # fmt: skip


def _gaps(one: Series) -> list[tuple[str, list[int]]]:
    found: dict[str, list[int]] = {}
    for i, cell in enumerate(one.cells):
        if cell.hidden or cell.unknown:
            found.setdefault(_word(cell), []).append(i)
    return sorted(found.items())


def _latest(one: Series, panel: Panel) -> str:
    shown = [i for i, cell in enumerate(one.cells) if cell.shown]
    if not shown:
        return "no value shown"
    cell, when = one.cells[shown[-1]], wording.short_period(panel.periods[shown[-1]])
    text = wording.value_text(cell)
    if cell.lower is not None:
        text += f" ({wording.number(cell.lower)} to {wording.number(cell.upper)})" if cell.upper is not None else (
            f" (from {wording.number(cell.lower)})")  # fmt: skip
    return f"{text} in {when}"
