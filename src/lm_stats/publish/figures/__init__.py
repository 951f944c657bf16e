"""Figures: one message each, as SVG, PNG, CSV and text alternative.

`drawing` decides what is shown and `messages` what is said; `page` puts it on paper with
`columns`, `bars`, `pyramid`, `maps` and `sources`; `style` alone decides how it looks. What others
published is read by `sources` (a corridor) and `editions` (a series over time).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lm_stats.publish import wording
from lm_stats.publish.figures import editions, sources
from lm_stats.publish.figures.drawing import compose
from lm_stats.publish.figures.forms import FORMS
from lm_stats.publish.figures.parts import Drawing, Panel
from lm_stats.publish.reading import Reading
from lm_stats.publish.tables import csv_text
from lm_stats.spec import Boundaries, Figure, Grouping, RoundingRule

if TYPE_CHECKING:
    from lm_stats.publish.figures.sheet import Sheet

__all__ = [
    "Drawing",
    "compose",
    "numbers",
    "paint",
    "text_alternative",
    "to_png",
    "to_svg",
    "write_drawing",
    "write_figure",
]

_FORMS = {"lines": "Line chart", "bars": "Bar chart", "stack": "Stacked column chart"}
_FORMS |= {"pyramid": "Age pyramid, the youngest at the bottom", "map": "Map with ranked bars"}
_FORMS |= {"sources": "Values and ranges on one scale, one row for each source"}
_FORMS |= {name: form.name for name, form in FORMS.items()}
_SPOKEN = 8


def write_figure(
    figure: Figure,
    reading: Reading,
    grouping: Grouping | None,
    policy: RoundingRule,
    into: Path,
    *,
    draft: bool,
    boundaries: Mapping[str, Boundaries] | None = None,
    beside: Reading | None = None,
) -> tuple[Drawing, str]:
    """Write a figure as `<id>.svg`, `.png`, `.csv` and `.alt.txt`.

    Args:
        figure: Its declaration.
        reading: The protected table of its indicator.
        grouping: Labels for readers, or None.
        policy: How the table was protected.
        into: Folder of the figures.
        draft: Whether to mark it as a draft.
        boundaries: Boundaries of districts by area.
        beside: The protected table of the indicator that the figure shows besides, or None.

    Returns:
        What was drawn, and the SVG.
    """
    drawing = compose(figure, reading, grouping, policy, draft=draft, boundaries=boundaries, beside=beside)
    return drawing, write_drawing(drawing, numbers(drawing, reading), into)


def write_drawing(drawing: Drawing, table: pd.DataFrame, into: Path) -> str:
    """Write a drawing as `<id>.svg`, `.png`, `.csv` and `.alt.txt`.

    Args:
        drawing: What is drawn.
        table: The numbers drawn.
        into: Folder of the figures.

    Returns:
        The SVG.
    """
    name = drawing.figure.id
    svg, png = paint(drawing)
    (into / f"{name}.svg").write_text(svg, encoding="utf-8", newline="\n")
    (into / f"{name}.png").write_bytes(png)
    (into / f"{name}.csv").write_text(csv_text(table), encoding="utf-8", newline="\n")
    (into / f"{name}.alt.txt").write_text(text_alternative(drawing) + "\n", encoding="utf-8", newline="\n")
    return svg


def paint(drawing: Drawing) -> tuple[str, bytes]:
    """A drawing as SVG and as PNG; the same drawing gives the same bytes, in any process."""
    from lm_stats.publish.figures.page import draw
    from lm_stats.publish.figures.style import applied

    with applied():
        sheet = draw(drawing)
        return to_svg(sheet, drawing), to_png(sheet)


def to_png(sheet: Sheet) -> bytes:
    """A page as PNG without date or software."""
    from lm_stats.publish.figures.style import DPI

    stream = BytesIO()
    sheet.canvas.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def to_svg(sheet: Sheet, drawing: Drawing) -> str:
    """A page as SVG without date or software, with title and description for those who cannot see it."""
    stream = BytesIO()
    sheet.canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue().decode("utf-8").replace("\r\n", "\n")
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(?<= d=")[^"]*|(?<=transform="translate\()[^)]*', _shortened, text)
    name = drawing.figure.id
    spoken = f'<title id="{name}-title">{escape(drawing.message)}</title>\n <desc id="{name}-desc">'
    spoken += f"{escape(text_alternative(drawing))}</desc>\n"
    opening = re.search(r"<svg\b[^>]*>", text)
    if opening is None:
        raise ValueError(f"{name}: matplotlib wrote no SVG")
    head = opening[0][:-1] + f' role="img" aria-labelledby="{name}-title {name}-desc">'
    return f"{text[: opening.start()]}{head}\n {spoken}{text[opening.end() :].lstrip()}"


def _shortened(path: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point, which nobody can see, in half the room."""
    lines = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), path[0])
    return re.sub(r"\s*\n\s*", "\n", lines)


def numbers(drawing: Drawing, reading: Reading) -> pd.DataFrame:
    """The numbers drawn, one row for each mark.

    Args:
        drawing: What is drawn.
        reading: The table it is drawn from.

    Returns:
        `figure, ref_area, area, time_period, <dimension>, label, obs_value, obs_status, conf_status,
        unit_of_count, note, source, vintage, data_class`; `obs_value` in units of count, empty where hidden.
        A sum that is not made has neither value nor statuses; its `note` says why. A pyramid has the code
        of the side after that of the band. Where values have bounds, `lower` and `upper` follow them.
    """
    dimension = drawing.figure.dimension
    form = FORMS.get(drawing.form)
    # the two sides of a ratio are in one value
    across = drawing.figure.across if form is None or form.sided else ""
    bounded = form is not None and form.bounded
    origins = {origin.area: origin for origin in reading.origins}
    rows = [
        (
            drawing.figure.id, panel.area, panel.name, period, one.code, *((one.side,) if across else ()),
            f"{one.label}, {reading.label(across, one.side).lower()}" if across else one.label, cell.value,
            *((cell.lower, cell.upper) if bounded else ()), cell.status,
            "C" if cell.hidden else "F" if cell.shown else "", one.unit or reading.unit_of_count, one.notes.get(i, ""),
            origins[panel.area].source, origins[panel.area].vintage,
            "synthetic" if origins[panel.area].synthetic else "real",
        )
        for panel in drawing.panels
        for one in panel.series
        for i, (period, cell) in enumerate(zip(panel.periods, one.cells, strict=True))
        if cell.shown or cell.gap or (bounded and cell.unknown)
    ]  # fmt: skip
    columns = [
        "figure", "ref_area", "area", "time_period", dimension, *((across,) if across else ()), "label", "obs_value",
        *(("lower", "upper") if bounded else ()), "obs_status", "conf_status", "unit_of_count", "note", "source",
        "vintage", "data_class",
    ]  # fmt: skip
    numbers = ("obs_value", "lower", "upper") if bounded else ("obs_value",)
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(numbers, "float64"))


def text_alternative(drawing: Drawing) -> str:
    """What the figure says to someone who cannot see it: message, structure and the main numbers."""
    parts = [f"{drawing.message}."]
    if drawing.statement:
        parts.append(f"{drawing.statement}.")
    if drawing.draft:
        parts.append("Draft.")
    parts.append(f"{_FORMS[drawing.form]}: {drawing.subtitle}.")
    if not drawing.panels:
        parts.append("There are no observations.")
    for panel in drawing.panels:
        parts += _panel_alternative(drawing, panel, named=len(drawing.panels) > 1)
    parts += drawing.footer
    return " ".join(parts)


def _panel_alternative(drawing: Drawing, panel: Panel, *, named: bool) -> list[str]:
    said = [f"{panel.name}: {panel.message}."] if named else []
    if drawing.figure.form in ("sources", "editions"):
        return [*said, *(sources if drawing.figure.form == "sources" else editions).spoken(panel)]
    if panel.remark:
        return [*said, f"{panel.remark}."]
    if not panel.series:
        return [*said, "Nothing but zeros to show."]
    if drawing.form in FORMS:
        return [*said, *FORMS[drawing.form].spoken(panel)]
    if panel.sides:
        return [*said, *_pyramid_alternative(panel)]
    for position in dict.fromkeys((len(panel.periods) - 1, 0)):
        # of a map every district is said: a reader who sees it can read them all
        most = len(panel.series) if drawing.form == "map" else _SPOKEN
        spoken = [f"{one.label} {wording.cell_text(one.cells[position])}" for one in panel.series[:most]]
        more = len(panel.series) - len(spoken)
        rest = f" and {more} more" if more > 0 else ""
        said.append(f"{wording.begin(wording.period(panel.periods[position]))}: {'; '.join(spoken)}{rest}.")
    gaps = {
        one.label: [wording.period(panel.periods[i]) for i in one.hidden_at] for one in panel.series if one.hidden_at
    }
    if gaps:
        listed = "; ".join(
            f"{label} throughout" if len(hidden) == len(panel.periods) else f"{label} in {wording.listing(hidden)}"
            for label, hidden in gaps.items()
        )
        said.append(f"Hidden: {listed}.")
    for one in panel.series:
        if one.unsummed_at:
            listed = wording.listing(
                [f"{wording.period(panel.periods[i])} ({one.left_out[i]} hidden)" for i in one.unsummed_at]
            )
            said.append(f"{one.label}, not shown: {listed}.")
    return said


def _pyramid_alternative(panel: Panel) -> list[str]:
    left, right = (side.label.lower() for side in panel.sides)
    pairs = zip(panel.series[::2], panel.series[1::2], strict=True)
    rows = [f"{a.label} {wording.cell_text(a.cells[-1])} and {wording.cell_text(b.cells[-1])}" for a, b in pairs]
    sums = " and ".join(f"{side.label.lower()} {wording.cell_text(side.cells[-1])}" for side in panel.sides)
    when = wording.begin(wording.period(panel.periods[-1]))
    return [f"{when}: {sums}. By age, {left} and {right}: {'; '.join(rows)}."]
