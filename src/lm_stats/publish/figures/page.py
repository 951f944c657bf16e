"""A whole figure on one page: banner, message, panels, footer."""

from __future__ import annotations

from typing import Protocol

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.bars import BarPlot
from lm_stats.publish.figures.columns import ColumnPlot, line_styles
from lm_stats.publish.figures.forms import FORMS
from lm_stats.publish.figures.maps import MapPlot
from lm_stats.publish.figures.parts import Drawing, Panel
from lm_stats.publish.figures.placing import break_lines, height_of, width_of
from lm_stats.publish.figures.pyramid import PyramidPlot
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.figures.sources import SourcePlot

_BANNER = 0.34
_KEY = 0.26
_GUTTER = 0.35
_BLANK = 0.9
# above this ratio of their largest values, panels are drawn to scales of their own
_SAME_SCALE = 5.0


class Plot(Protocol):
    """What fills a panel: measured when made, painted when its place is known."""

    height: float
    largest: float

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw with the upper left corner at `x`, `top`, scaled to `largest`."""


class Remark:
    """A sentence in the place of a plot that would show nothing."""

    def __init__(self, text: str, width: float) -> None:
        self.text, self.width = text, width
        self.height, self.largest = _BLANK, 0.0

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Write the sentence on a plain ground."""
        sheet.say(x, top - self.height, self.width, self.height, self.text)


def draw(drawing: Drawing) -> Sheet:
    """Put a drawing on a page.

    Args:
        drawing: What the figure shows and says.

    Returns:
        The page. It must be made and saved under `style.RC`.
    """
    panels = drawing.panels
    across = 1 if len(panels) < 2 else 2 if len(panels) <= 4 else 3
    width = style.WIDE if across == 3 else style.WIDTH
    inner = width - 2 * style.MARGIN
    panel_width = (inner - _GUTTER * (across - 1)) / across
    plots = [_plot(drawing, panel, panel_width) for panel in panels]
    names = [_name(drawing, panel, panel_width) for panel in panels]
    name_height = max((height_of(len(lines), style.PANEL_TITLE) + 0.08 for lines in names if lines), default=0.0)
    rows = [range(i, min(i + across, len(plots))) for i in range(0, len(plots), across)]
    row_heights = [name_height + max(plots[i].height for i in row) for row in rows]
    scales = _scales(plots)
    own_scales = len({scale for scale in scales if scale}) > 1

    title = break_lines(drawing.message, inner, style.TITLE, bold=True)
    subtitle = break_lines(drawing.subtitle, inner, style.SUBTITLE)
    remarks = [*(["Each panel has a scale of its own."] if own_scales else []), *drawing.footer]
    footer = [line for text in remarks for line in break_lines(text, inner, style.FOOTER)]
    banner = _BANNER if drawing.statement or drawing.draft else 0.0
    key = _key(drawing)
    head = banner + 0.16 + height_of(len(title), style.TITLE) + 0.05 + height_of(len(subtitle), style.SUBTITLE)
    head += 0.14 + (_KEY if key else 0.0)
    body = sum(row_heights) + _GUTTER * (len(rows) - 1) if rows else _BLANK
    foot = 0.2 + height_of(len(footer), style.FOOTER) + 0.12
    sheet = Sheet(width, round(head + body + foot, 2))

    top = sheet.height
    if banner:
        _paint_banner(sheet, drawing, banner)
    top = sheet.lines(style.MARGIN, top - banner - 0.16, title, style.TITLE, bold=True)
    top = sheet.lines(style.MARGIN, top - 0.05, subtitle, style.SUBTITLE, colour=style.QUIET) - 0.14
    if key:
        _paint_key(sheet, key, top)
        top -= _KEY
    if not rows:
        sheet.say(style.MARGIN, top - _BLANK, inner, _BLANK, "No observations")
    for row, row_height in zip(rows, row_heights, strict=True):
        for column, i in enumerate(row):
            x = style.MARGIN + column * (panel_width + _GUTTER)
            sheet.lines(x, top, names[i], style.PANEL_TITLE, bold=True)
            plots[i].paint(sheet, x, top - name_height, scales[i])
        top -= row_height + _GUTTER
    sheet.lines(style.MARGIN, foot - 0.2, footer, style.FOOTER, colour=style.QUIET)
    return sheet


def _plot(drawing: Drawing, panel: Panel, width: float) -> Plot:
    if panel.remark:
        return Remark(panel.remark, width)
    if not panel.anything_shown:
        hidden = any(one.gaps_at for one in panel.series)
        unknown = any(cell.unknown for one in panel.series for cell in one.cells)
        said = "No value is known yet" if unknown else "Nothing but zeros to show"
        return Remark("Every number of this figure is hidden" if hidden else said, width)
    single = len(drawing.panels) == 1
    if drawing.form == "sources":
        return SourcePlot(panel, width)
    if drawing.form in FORMS:
        plot: Plot = FORMS[drawing.form].plot(panel, width, single)
        return plot
    if drawing.form == "pyramid":
        return PyramidPlot(panel, width, single=single)
    if drawing.form == "map":
        return MapPlot(panel, width, drawing.figure.at_most, single=single)
    if drawing.form == "bars" or len(panel.periods) < 2:
        return BarPlot(panel, width, single=single)
    return ColumnPlot(panel, line_styles(drawing), width, stack=drawing.form == "stack", single=single)


def _name(drawing: Drawing, panel: Panel, width: float) -> list[str]:
    if len(drawing.panels) < 2:
        return []
    differ = len({other.periods for other in drawing.panels}) > 1
    said = f"{panel.name}, {wording.span(panel.periods)}" if differ else panel.name
    return break_lines(said, width, style.PANEL_TITLE, bold=True)


def _scales(plots: list[Plot]) -> list[float]:
    """The largest value each panel is scaled to: the same for all unless some would become unreadable."""
    largest = [plot.largest for plot in plots]
    positive = [value for value in largest if value > 0]
    if positive and max(positive) <= _SAME_SCALE * min(positive):
        return [max(positive) if value > 0 else 0.0 for value in largest]
    return largest


def _paint_banner(sheet: Sheet, drawing: Drawing, height: float) -> None:
    """A line over the whole width that says what the figure is not."""
    loud = bool(drawing.statement)
    sheet.box(0, sheet.height - height, sheet.width, height, facecolor=style.INK if loud else style.SOFT)
    colour, middle = style.PAPER if loud else style.INK, sheet.height - height / 2
    if loud:
        sheet.text(style.MARGIN, middle, drawing.statement, style.BANNER, colour=colour, bold=True)
    if drawing.draft:
        x, align = (sheet.width - style.MARGIN, "right") if loud else (style.MARGIN, "left")
        sheet.text(x, middle, "DRAFT", style.BANNER, colour=colour, bold=True, align=align)


def _key(drawing: Drawing) -> tuple[str, str] | None:
    """What bar and mark stand for, where both are drawn."""
    spans = {(panel.periods[-1], panel.periods[0]) for panel in drawing.panels if len(panel.periods) > 1}
    if drawing.form != "bars" or not spans or not any(panel.anything_shown for panel in drawing.panels):
        return None
    if len({panel.periods for panel in drawing.panels}) > 1:
        return "latest period", "first period"
    ((latest, first),) = spans
    return wording.period(latest), wording.period(first)


def _paint_key(sheet: Sheet, key: tuple[str, str], top: float) -> None:
    y, x = top - 0.08, style.MARGIN
    sheet.box(x, y - 0.06, 0.24, 0.12, facecolor=style.BAR)
    sheet.text(x + 0.31, y, key[0], style.LABEL)
    x += 0.31 + width_of(key[0], style.LABEL) + 0.3
    sheet.line([x], [y], marker="D", markersize=5.5, markerfacecolor=style.PAPER, markeredgecolor=style.INK,
               markeredgewidth=1.1, linestyle="none")  # fmt: skip
    sheet.text(x + 0.12, y, key[1], style.LABEL)
