"""Lines or layers over time, labelled directly at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import REST, TOTAL, Drawing, Panel, Series
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, spread, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet

_TALL = 3.3
_LOW = 2.1
_COLUMN = 0.72
_BAND_ROW = 0.2
_ABOVE = 0.16
_BELOW = 0.3
_SLOPE_EDGE = 0.15
# beyond this many periods markers would hide the lines
_CROWDED = 24

LineStyle = tuple[str, str, Any]


def line_styles(drawing: Drawing) -> Mapping[str, LineStyle]:
    """Colour, marker and dash by code: the same code looks the same in every panel."""
    kinds = {one.code: one.kind for panel in drawing.panels for one in panel.series}
    plain = [code for code in drawing.codes if kinds[code] == ""]
    marked = {code: style.series_style(position) for position, code in enumerate(plain)}
    other: dict[str, LineStyle] = {
        code: (style.REST_COLOUR, style.REST_MARKER if kind == REST else style.MISSING_MARKER, style.REST_DASH)
        for code, kind in kinds.items()
        if kind
    }
    totals = {code: (style.TOTAL_COLOUR, style.TOTAL_MARKER, "-") for code, kind in kinds.items() if kind == TOTAL}
    return {**marked, **other, **totals}


@dataclass(frozen=True)
class Label:
    """What stands at the end of a series; no number where its last value is not shown.

    Attributes:
        number: The value.
        name: Name of the series, with what must be said beside it.
        position: Position of the period the value is for.
    """

    number: str
    name: str
    position: int


@dataclass(frozen=True)
class Place:
    """Where a plot lies on the sheet and how its values become inches.

    Attributes:
        x: Left edge in inches.
        y: Height of the zero line in inches.
        width: Width in inches.
        height: Height in inches.
        pitch: Distance between two periods in inches.
        margin: Space before the first period, in pitches.
        top: Value at the upper edge.
    """

    x: float
    y: float
    width: float
    height: float
    pitch: float
    margin: float
    top: float

    def across(self, position: float) -> float:
        """Inches from the left of the sheet to a period."""
        return self.x + (position + self.margin) * self.pitch

    def up(self, value: float) -> float:
        """Inches from the bottom of the sheet to a value."""
        return self.y + self.height * value / self.top


class ColumnPlot:
    """The lines or layers of one area.

    Args:
        panel: What is shown.
        stack: Whether series are layers that add up.
        styles: Styles of lines by code.
        width: Width of the plot in inches, its labels included.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The largest value.
    """

    def __init__(
        self, panel: Panel, styles: Mapping[str, LineStyle], width: float, *, stack: bool, single: bool
    ) -> None:
        self.panel, self.styles, self.width, self.stack = panel, styles, width, stack
        self.slope = not stack and len(panel.periods) == 2
        self.size = style.LABEL if single else style.SMALL
        self.labels = [self._label(one) for one in panel.series]
        self.number_width = max(width_of(label.number, self.size, bold=True) for label in self.labels)
        room = max(min(2.1, width * 0.36) - self.number_width, 0.7)
        self.names = [break_lines(label.name, room, self.size) for label in self.labels]
        self.labelled = [i for i, label in enumerate(self.labels) if label.number]
        self.blocks = [height_of(len(self.names[i]), self.size) + 0.03 for i in self.labelled]
        self.band = [i for i, one in enumerate(panel.series) if one.gaps_at]
        self.band_names = [
            break_lines(_gap_label(panel.series[i]), room + self.number_width, self.size) for i in self.band
        ]
        self.band_rows = [max(_BAND_ROW, height_of(len(lines), self.size) + 0.03) for lines in self.band_names]
        self.band_height = sum(self.band_rows) + 0.12 if self.band else 0.0
        self.plot = max(_TALL if single else _LOW, sum(self.blocks) + 0.1)
        self.height = _ABOVE + self.plot + self.band_height + _BELOW
        self.largest = self._largest()

    def _largest(self) -> float:
        columns = zip(*(one.cells for one in self.panel.series), strict=True)
        if self.stack:
            return max(1.0, *(sum(cell.value or 0.0 for cell in column) for column in columns))
        return max(1.0, *(cell.value or 0.0 for column in columns for cell in column))

    def _label(self, one: Series) -> Label:
        last = len(one.cells) - 1
        shown = [i for i, cell in enumerate(one.cells) if cell.shown]
        if not shown or one.cells[last].gap or (self.stack and shown[-1] != last):
            return Label("", one.label, last)
        position = shown[-1]
        value, whole = one.cells[position].value or 0.0, self.panel.totals[position].value
        extras = [] if position == last else [wording.period(self.panel.periods[position])]
        if self.stack and whole is not None and whole >= wording.SHARE_FROM and value <= whole:
            extras.append(f"{wording.percent(value, whole):.0f}%")
        if one.left_out.get(position):
            extras.append(f"without {one.left_out[position]} hidden")
        return Label(wording.number(value), one.label + (f" ({', '.join(extras)})" if extras else ""), position)

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the plot with the upper left corner at `x`, `top`, scaled to `largest`."""
        scale = ticks(largest)
        # the numbers over a stack need room, which no further gridline fills
        highest = max(largest * 1.09, 1.0) if self.stack else scale[-1]
        scale = [value for value in scale if value <= highest]
        starts = [wording.cell_text(one.cells[0]) for one in self.panel.series if one.cells[0].shown]
        if self.slope:
            left = max([width_of(text, self.size) for text in starts], default=0.0) + 0.3
        else:
            left = max(width_of(wording.number(value), style.SMALL) for value in scale) + 0.12
        written = [
            self.number_width + 0.07 + width_of(line, self.size) for i in self.labelled for line in self.names[i]
        ] + [width_of(line, self.size) for lines in self.band_names for line in lines]
        right = max(written) + 0.3
        inner = self.width - left - right
        margin = 0.5 if self.stack else _SLOPE_EDGE / (inner - 2 * _SLOPE_EDGE) if self.slope else 0.3
        pitch = inner / (len(self.panel.periods) - 1 + 2 * margin)
        place = Place(x + left, top - _ABOVE - self.plot, inner, self.plot, pitch, margin, highest)
        axes = sheet.axes(place.x, place.y, inner, self.plot)
        axes.set_xlim(-margin, len(self.panel.periods) - 1 + margin)
        axes.set_ylim(0, highest)
        for value in scale:
            zero = value == 0
            axes.axhline(value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7,
                         zorder=5 if zero else 1, clip_on=False)  # fmt: skip
            if not self.slope:
                sheet.text(place.x - 0.08, place.up(value), wording.number(value), style.SMALL, colour=style.QUIET,
                           align="right")  # fmt: skip
        ends = self._layers(sheet, axes, place) if self.stack else self._lines(axes)
        if self.slope:
            self._label_starts(sheet, place)
        label_x = place.x + inner + 0.16
        self._label_ends(sheet, place, ends, label_x)
        self._hidden(sheet, place, label_x)
        named = [wording.short_period(period) for period in self.panel.periods]
        for i in every_nth(named, pitch, lambda text: width_of(text, style.SMALL)):
            low = place.y - self.band_height - 0.17
            sheet.text(place.across(i), low, named[i], style.SMALL, align="center")

    def _lines(self, axes: Any) -> list[float]:
        """Draw the lines, broken where nothing may be shown; give back the last value shown of each."""
        ends = []
        crowded = len(self.panel.periods) > _CROWDED
        for order, one in enumerate(self.panel.series):
            colour, marker, dash = self.styles[one.code]
            heights = [float("nan") if cell.value is None else cell.value for cell in one.cells]
            total = one.kind == TOTAL
            # a star of the same size looks smaller
            size = (2.5 if crowded else 5.5) * (1.6 if total else 1.0)
            axes.plot(range(len(heights)), heights, color=colour, linestyle=dash, marker=marker, markersize=size,
                      linewidth=style.TOTAL_WIDTH if total else style.LINE_WIDTH, zorder=40 - order,
                      markeredgecolor=style.PAPER, markeredgewidth=0.5 if total else 0.7, clip_on=False)  # fmt: skip
            ends.append(next((cell.value for cell in reversed(one.cells) if cell.value is not None), 0.0))
        return ends

    def _layers(self, sheet: Sheet, axes: Any, place: Place) -> list[float]:
        """Draw the layers, with numbers where there is room; give back the middle of each in the last period."""
        count = len(self.panel.periods)
        base = [0.0] * count
        ends = []
        for order, one in enumerate(self.panel.series):
            fill, ink, hatch, hatched = style.REST_LAYER if one.kind else style.LAYERS[order % len(style.LAYERS)]
            values = [cell.value or 0.0 for cell in one.cells]
            axes.bar(range(count), values, _COLUMN, bottom=base, color=fill, edgecolor=style.INK, linewidth=0.6,
                     hatch=hatch or None, hatchcolor=hatched, zorder=3)  # fmt: skip
            for i, value in enumerate(values[:-1]):
                text = wording.number(value)
                wide = width_of(text, style.SMALL) + 0.05
                if wide > _COLUMN * place.pitch or place.up(value) - place.y < 0.2:
                    continue
                x, y = place.across(i), place.up(base[i] + value / 2)
                if hatch:
                    sheet.box(x - wide / 2, y - 0.075, wide, 0.15, facecolor=fill, zorder=9)
                sheet.text(x, y, text, style.SMALL, colour=ink, align="center")
            ends.append(base[-1] + values[-1] / 2)
            base = [low + value for low, value in zip(base, values, strict=True)]
        totals = ["" if cell.value is None else wording.number(cell.value) for cell in self.panel.totals]
        for i in every_nth(totals, place.pitch, lambda text: width_of(text, style.SMALL, bold=True), 0.05):
            sheet.text(place.across(i), place.up(base[i]) + 0.11, totals[i], style.SMALL, bold=True, align="center")
        return ends

    def _label_starts(self, sheet: Sheet, place: Place) -> None:
        starting = [(one, one.cells[0].value) for one in self.panel.series if one.cells[0].value is not None]
        natural = [place.up(value or 0.0) for _, value in starting]
        step = height_of(1, self.size)
        placed = spread(natural, [step] * len(natural), place.y - 0.1, place.y + place.height + 0.1)
        for (one, value), y, wanted in zip(starting, placed, natural, strict=True):
            x = place.across(0)
            sheet.line([x - 0.2, x - 0.07], [y, wanted], color=self.styles[one.code][0], linewidth=0.6)
            sheet.text(x - 0.23, y, wording.number(value or 0.0), self.size, align="right")

    def _label_ends(self, sheet: Sheet, place: Place, ends: Sequence[float], x: float) -> None:
        """Numbers and names at the right, each joined to its end by a thin line."""
        natural = [place.up(ends[i]) for i in self.labelled]
        placed = spread(natural, self.blocks, place.y - 0.1, place.y + place.height + 0.1)
        step = height_of(1, self.size)
        for i, y, wanted in zip(self.labelled, placed, natural, strict=True):
            label, lines = self.labels[i], self.names[i]
            end = place.across(label.position + (_COLUMN / 2 if self.stack else 0)) + (0.02 if self.stack else 0.07)
            colour = style.INK if self.stack else self.styles[self.panel.series[i].code][0]
            top = y + step * len(lines) / 2
            sheet.line([end, x - 0.05], [wanted, top - step / 2], color=colour, linewidth=0.6)
            sheet.text(x + self.number_width, top - step / 2, label.number, self.size, bold=True, align="right")
            sheet.lines(x + self.number_width + 0.07, top, lines, self.size)

    def _hidden(self, sheet: Sheet, place: Place, x: float) -> None:
        """Under the zero line, one row of hollow marks for each series with values that are not shown."""
        low = place.y - 0.12
        step = height_of(1, self.size)
        for i, lines, row in zip(self.band, self.band_names, self.band_rows, strict=True):
            middle = low - row / 2
            colour, marker, _ = self.styles[self.panel.series[i].code]
            if self.stack:
                colour, marker = style.QUIET, "s"
            across = [place.across(position) for position in self.panel.series[i].gaps_at]
            sheet.line(across, [middle] * len(across), marker=marker, markersize=5.5, markerfacecolor=style.PAPER,
                       markeredgecolor=colour, linestyle="none")  # fmt: skip
            sheet.lines(x, middle + step * len(lines) / 2, lines, self.size, colour=style.QUIET)
            low -= row


def _gap_label(one: Series) -> str:
    """What stands beside the hollow marks of a series; a sum says how many hidden parts it would have."""
    if not one.unsummed_at:
        return f"{one.label}: hidden"
    counts = sorted({one.left_out[i] for i in one.unsummed_at})
    parts = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{one.label}: not shown ({parts} hidden)"
