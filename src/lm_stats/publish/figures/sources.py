"""What each source says of one corridor: a row for each, values and ranges on one scale from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.parts import Drawing, Panel
from lm_stats.publish.figures.placing import break_lines, every_nth, height_of, ticks, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.others import CORRIDOR_COLUMNS, SourceRow, Told
from lm_stats.publish.reading import statement
from lm_stats.spec import Figure

_ROW = 0.25
_HEADING = 0.27
_KEY = 0.3
_BELOW = 0.3
_LABELS = 0.4
_OPEN = 0.42


def compose_sources(
    figure: Figure, told: Told, origin: str, destination: str, *, draft: bool
) -> tuple[Drawing, pd.DataFrame] | None:
    """Decide what the figure of one corridor shows and says.

    Args:
        figure: The declaration of the form; the figure's id is made from it and the two areas.
        told: The table of its indicator.
        origin: Area that people come from.
        destination: Area where they live.
        draft: Whether to mark it as a draft.

    Returns:
        The drawing, and the rows of the table that it shows; None where no source says anything.
    """
    rows = told.corridor(origin, destination, figure.at_most)
    if not rows:
        return None
    every = len(told.corridor(origin, destination))
    names = {"origin": told.area(origin), "destination": told.area(destination)}
    own = replace(
        figure, id=f"{figure.id}_{origin}_{destination}".lower(), title={"en": figure.title["en"].format(**names)}
    )
    said = corridor_message(rows, names["origin"], names["destination"])
    panel = Panel(origin, names["origin"], (), (), (), said, sources=rows)
    shown = _shown(told, origin, destination, rows)
    footer = [f"Source: {'; '.join(dict.fromkeys(row.source for row in rows))}."]
    if len(rows) < every:
        footer.append(f"The newest {len(rows)} of {every}; the others are in the table.")
    footer.append("Of each edition and concept the latest year. Sources count different people by different rules, so "
                  "none is the true number; figures published by others are shown as published.")  # fmt: skip
    if any(row.total.hidden for row in rows):
        footer.append("Hidden: counts of our own that are too small to show.")
    subtitle = f"{own.title['en']}: number of persons, latest year of each edition"
    synthetic = statement() if any(row.synthetic for row in rows) else ""
    return Drawing(own, "sources", said, subtitle, (panel,), tuple(footer), synthetic, draft), shown


def corridor_message(rows: Sequence[SourceRow], origin: str, destination: str) -> str:
    """How far apart the sources are, in numbers.

    Those that count only some of the people, such as those who work, are left out of the comparison, and so is
    what is synthetic where there is anything else.

    Args:
        rows: What each source says.
        origin: Name of the area that people come from.
        destination: Name of the area where they live.
    """
    people = f"people from {origin} in {destination}"
    whole = [row for row in rows if not row.part and row.total.shown] or [row for row in rows if row.total.shown]
    whole = [row for row in whole if not row.synthetic] or whole
    given = [row for row in whole if row.total.value is not None]
    values = sorted(row.total.value for row in given if row.total.value is not None)
    bounds = [row.total for row in whole if row.total.value is None]
    if not values:
        if not bounds:
            return f"What sources say of {people} is hidden"
        return f"{wording.begin(wording.listing([amount.text for amount in bounds]))}: what sources say of {people}"
    low, high = values[0], values[-1]
    count = len({row.publisher for row in given})
    sources = "one publisher says" if count == 1 else f"{count} publishers say"
    span = wording.number(low) if low == high else f"From {wording.number(low)} to {wording.number(high)}"
    said = f"{span}: what {sources} of {people}"
    beyond = [amount for amount in bounds if max(amount.numbers) > high or min(amount.numbers) < low]
    if beyond:
        texts = list(dict.fromkeys(amount.text for amount in beyond))
        said += f"; others give {wording.listing(texts)}"
    return said


def corridor_rows(told: Told, rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of a corridor's files, with what is counted in words, values in units."""
    frame = rows.assign(concept_label=[told.label("concept", str(code)) for code in rows["concept"]])
    scale = 10.0 ** frame["unit_mult"].astype("float64")
    for name in ("obs_value", "lower", "upper"):
        frame[name] = frame[name].astype("float64") * scale
    frame = frame.reindex(columns=list(CORRIDOR_COLUMNS))
    return frame.sort_values(["concept", "publisher", "edition", "sex"], kind="stable", ignore_index=True)


def _shown(told: Told, origin: str, destination: str, rows: Sequence[SourceRow]) -> pd.DataFrame:
    keys = {(row.concept, row.code, row.edition) for row in rows}
    table = told.between(origin, destination)
    drawn = [key in keys for key in table[["concept", "publisher", "edition"]].itertuples(index=False, name=None)]
    return corridor_rows(told, table.loc[drawn])


def spoken(panel: Panel) -> list[str]:
    """Every row of a corridor in words."""
    said = []
    for row in panel.sources:
        sexes = [f"{name} {amount.text}" for name, amount in (("men", row.men), ("women", row.women)) if amount.known]
        value = row.total.text or "no sum of both sexes"
        said.append(f"{wording.begin(row.name)}: {value}{' (' + ', '.join(sexes) + ')' if sexes else ''}.")
    return said


class SourcePlot:
    """The rows of one corridor.

    Args:
        panel: What is shown, in order from the top; rows of one concept follow each other.
        width: Width of the plot in inches, its labels included.

    Attributes:
        height: Height in inches.
        largest: The largest value.
    """

    def __init__(self, panel: Panel, width: float) -> None:
        self.rows, self.width = panel.sources, width
        limit = width * _LABELS
        named = [f"{row.source}, {row.when}{', ' + row.mark if row.mark else ''}" for row in self.rows]
        self.names = [break_lines(name, limit - 0.14, style.SMALL) for name in named]
        self.left = max(width_of(line, style.SMALL) for lines in self.names for line in lines) + 0.28
        self.values = [row.total.text or "not summed" for row in self.rows]
        self.right = max(width_of(text, style.SMALL, bold=True) for text in self.values) + 0.16
        self.heights = [max(_ROW, height_of(len(lines), style.SMALL) + 0.06) for lines in self.names]
        headed = {row.concept: row for row in reversed(self.rows)}.values()
        self.headings = {row.concept: break_lines(row.concept_label, width, style.SMALL, bold=True) for row in headed}
        self.key = [entry for entry, holds in (
            ("value", any(row.total.value is not None for row in self.rows)),
            ("own", any(row.own for row in self.rows)),
            ("men", any(row.men.value is not None for row in self.rows)),
            ("women", any(row.women.value is not None for row in self.rows)),
            ("range", any(row.total.lower is not None or row.total.upper is not None for row in self.rows)),
        ) if holds]  # fmt: skip
        self.largest = max(1.0, *(row.largest for row in self.rows))
        heads = sum(_heading_height(lines) for lines in self.headings.values())
        self.height = _KEY + heads + sum(self.heights) + _BELOW

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw the rows with the upper left corner at `x`, `top`, scaled to `largest`."""
        self._paint_key(sheet, x, top - 0.1)
        top -= _KEY
        plot = self.height - _KEY - _BELOW
        x0, inner = x + self.left, self.width - self.left - self.right
        scale = ticks(largest, 5)
        # an arrow needs room beyond its bound
        opened = max((row.total.lower or 0.0 for row in self.rows if _open_above(row)), default=0.0)
        unit = min((inner - 0.08) / max(scale[-1], largest), (inner - _OPEN) / opened if opened else float("inf"))
        axes = sheet.axes(x0, top - plot, inner, plot)
        axes.set_xlim(0, inner / unit)
        axes.set_ylim(-plot, 0)
        for value in scale:
            zero = value == 0
            axes.axvline(value, color=style.INK if zero else style.GRID, linewidth=0.9 if zero else 0.7,
                         zorder=1, clip_on=False)  # fmt: skip
        named = [wording.number(value) for value in scale]
        for i in every_nth(named, scale[1] * unit, lambda text: width_of(text, style.SMALL), first=True):
            sheet.text(x0 + scale[i] * unit, top - plot - 0.14, named[i], style.SMALL, colour=style.QUIET,
                       align="center")  # fmt: skip
        down, before = 0.0, ""
        for row, lines, said, height in zip(self.rows, self.names, self.values, self.heights, strict=True):
            if row.concept != before:
                heading = self.headings[row.concept]
                tall = _heading_height(heading)
                sheet.box(x, top - down - tall + 0.02, self.width, tall - 0.06, facecolor=style.SOFT, zorder=2)
                sheet.lines(x + 0.06, top - down - 0.05, heading, style.SMALL, bold=True)
                down, before = down + tall, row.concept
            middle = top - down - height / 2
            sheet.lines(x + 0.14, middle + height_of(len(lines), style.SMALL) / 2, lines, style.SMALL)
            self._marks(axes, row, -(down + height / 2), unit, inner)
            shown = row.total.shown
            sheet.text(x + self.width, middle, said, style.SMALL, bold=shown, align="right",
                       colour=style.INK if shown else style.QUIET)  # fmt: skip
            down += height

    def _marks(self, axes: Any, row: SourceRow, y: float, unit: float, inner: float) -> None:
        options = {"zorder": 6, "clip_on": False, "linestyle": "none"}
        total = row.total
        if total.lower is not None or total.upper is not None:
            low = total.lower if total.lower is not None else 0.0
            high = total.upper if total.upper is not None else min(inner, low * unit + _OPEN) / unit
            axes.plot([low, high], [y, y], color=style.BAR, linewidth=2.6, solid_capstyle="butt", zorder=4,
                      clip_on=False)  # fmt: skip
            for bound in (total.lower, total.upper):
                if bound is not None:
                    axes.plot([bound], [y], marker="|", markersize=9, markeredgewidth=2.0, color=style.BAR, **options)
            if _open_above(row):
                axes.plot([high], [y], marker=">", markersize=6.5, color=style.BAR, **options)
            elif total.lower is None and total.value is None:
                axes.plot([low], [y], marker="<", markersize=6.5, color=style.BAR, **options)
        # sexes lie under the sum, so that a dot is never covered
        for amount, (marker, colour, size) in ((row.men, _MEN), (row.women, _WOMEN)):
            if amount.value is not None:
                axes.plot([amount.value], [y], marker=marker, markersize=size, markerfacecolor=style.PAPER,
                          markeredgecolor=colour, markeredgewidth=1.1, **{**options, "zorder": 5})  # fmt: skip
        if total.value is not None:
            axes.plot([total.value], [y], marker="s" if row.own else "o", markersize=7.5, color=style.BAR,
                      markeredgecolor=style.PAPER, markeredgewidth=0.6, **options)  # fmt: skip

    def _paint_key(self, sheet: Sheet, x: float, y: float) -> None:
        texts = {"value": "both sexes", "own": "both sexes, our own count", "men": "men", "women": "women",
                 "range": "range or bound"}  # fmt: skip
        for entry in self.key:
            if entry == "range":
                sheet.line([x, x + 0.24], [y, y], color=style.BAR, linewidth=2.6)
                x += 0.16
            else:
                marker, colour, size = {"men": _MEN, "women": _WOMEN}.get(
                    entry, ("s" if entry == "own" else "o", style.BAR, 7.5)
                )
                face = style.PAPER if entry in ("men", "women") else colour
                sheet.line([x + 0.06], [y], marker=marker, markersize=size, markerfacecolor=face,
                           markeredgecolor=colour, markeredgewidth=1.1, linestyle="none")  # fmt: skip
            sheet.text(x + 0.16, y, texts[entry], style.SMALL)
            x += 0.16 + width_of(texts[entry], style.SMALL) + 0.26


_MEN = ("v", style.COLOURS[0], 4.6)
_WOMEN = ("D", style.COLOURS[3], 4.0)


def _heading_height(lines: Sequence[str]) -> float:
    return max(_HEADING, height_of(len(lines), style.SMALL) + 0.12)


def _open_above(row: SourceRow) -> bool:
    return row.total.lower is not None and row.total.upper is None and row.total.value is None
