"""What a figure shows: its panels, series and words, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lm_stats.publish import wording
from lm_stats.publish.figures.messages import area_message, message
from lm_stats.publish.reading import ABSENT, Cell, Reading, statement
from lm_stats.spec import Figure, Grouping, RoundingRule

REST = "rest"
TOTAL = "total"
# a series whose value is not shown ranks below any that is
_RANK_OF_HIDDEN = 0.5


@dataclass(frozen=True)
class Series:
    """One line, bar or layer.

    Attributes:
        code: Its code; `rest` for the sum of codes that are not shown by themselves.
        label: Its label.
        kind: Empty, `missing` (not stated), `rest`, or `total` (a sum shown beside its parts).
        cells: Its cells, one for each period of the panel.
        notes: What a reader must know about a cell, by position.
        left_out: How many hidden categories a sum leaves out, by position; none where it leaves out none.
    """

    code: str
    label: str
    kind: str
    cells: tuple[Cell, ...]
    notes: Mapping[int, str]
    left_out: Mapping[int, int] = field(default_factory=dict)

    @property
    def hidden_at(self) -> tuple[int, ...]:
        """Positions of hidden cells."""
        return tuple(i for i, cell in enumerate(self.cells) if cell.hidden)

    @property
    def unsummed_at(self) -> tuple[int, ...]:
        """Positions of sums that are not made, since their parts are hidden."""
        return tuple(i for i, cell in enumerate(self.cells) if cell.unsummed)

    @property
    def gaps_at(self) -> tuple[int, ...]:
        """Positions where there is something that is not shown, for whichever reason."""
        return tuple(i for i, cell in enumerate(self.cells) if cell.gap)


@dataclass(frozen=True)
class Panel:
    """What one area contributes.

    Attributes:
        area: Code of the area.
        name: Its name.
        periods: Periods shown.
        series: Series, the first to be looked at first.
        totals: Cells of the sum of all, one for each period.
        message: The message for this area.
    """

    area: str
    name: str
    periods: tuple[str, ...]
    series: tuple[Series, ...]
    totals: tuple[Cell, ...]
    message: str

    @property
    def anything_shown(self) -> bool:
        """Whether there is a value to draw."""
        return any(cell.shown for series in self.series for cell in series.cells)


@dataclass(frozen=True)
class Drawing:
    """A figure ready to be drawn.

    Attributes:
        figure: Its declaration.
        form: `lines`, `bars` or `stack`; with one period every form becomes `bars`.
        message: Its one message, a sentence without a full stop.
        subtitle: Subject, unit of count, area and period.
        panels: One for each area.
        footer: Source, vintage and treatment, one paragraph each.
        statement: What synthetic data say of themselves, or empty.
        draft: Whether it is marked as a draft.
    """

    figure: Figure
    form: str
    message: str
    subtitle: str
    panels: tuple[Panel, ...]
    footer: tuple[str, ...]
    statement: str
    draft: bool

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all series of all panels, in order of first appearance."""
        return tuple(dict.fromkeys(series.code for panel in self.panels for series in panel.series))


def compose(
    figure: Figure, reading: Reading, grouping: Grouping | None, policy: RoundingRule, *, draft: bool
) -> Drawing:
    """Decide what a figure shows and says.

    Args:
        figure: Its declaration.
        reading: The table of its indicator.
        grouping: Labels for readers, or None.
        policy: How the table was protected.
        draft: Whether to mark it as a draft.
    """
    kept = _kept_codes(figure, reading)
    panels = tuple(_panel(figure, reading, grouping, area, kept) for area in reading.areas)
    form = "bars" if all(len(panel.periods) < 2 for panel in panels) else figure.form
    if form == "bars":
        panels = tuple(_ranked(panel) for panel in panels)
    slack = wording.slack(policy)
    panels = tuple(replace(panel, message=area_message(figure, reading, panel, slack)) for panel in panels)
    subject = figure.title["en"]
    periods = reading.periods()
    counted = f"number of {wording.plural(reading.unit_of_count)}"
    names = wording.listing([panel.name for panel in panels]) if len(panels) < 5 else f"{len(panels)} areas"
    subtitle = ", ".join(part for part in (subject, counted, names, wording.span(periods)) if part)
    return Drawing(
        figure,
        form,
        message(figure, reading, panels, slack),
        subtitle,
        panels,
        (*_explained(figure, reading, policy), *_footer(reading, panels, policy)),
        statement() if reading.synthetic else "",
        draft,
    )


def _kept_codes(figure: Figure, reading: Reading) -> tuple[str, ...]:
    """Codes that get a series of their own, best first: by size in the latest period over all areas."""
    dimension = figure.dimension
    if figure.shown:
        return tuple(code for code in figure.shown if code in reading.codes(dimension))
    candidates = [code for code in reading.parts(dimension) if reading.kind(dimension, code) == ""]

    def size(code: str) -> tuple[float, float]:
        histories = [
            [_rank(reading.cell(area, period, {dimension: code})) for period in reading.periods(area)]
            for area in reading.areas
        ]
        return sum(h[-1] for h in histories), sum(map(sum, histories))

    occurring = [code for code in candidates if size(code)[1] > 0]
    if figure.form != "stack":
        occurring.sort(key=size, reverse=True)
    # a rest of one would hide a name and save nothing
    return tuple(occurring if len(occurring) <= figure.at_most + 1 else occurring[: figure.at_most])


def _rank(cell: Cell) -> float:
    if cell.value is not None:
        return cell.value
    return _RANK_OF_HIDDEN if cell.gap else 0.0


def _panel(figure: Figure, reading: Reading, grouping: Grouping | None, area: str, kept: tuple[str, ...]) -> Panel:
    dimension = figure.dimension
    periods = reading.periods(area)
    if figure.form == "bars" and len(periods) > 2:
        periods = (periods[0], periods[-1])

    def series(code: str, kind: str = "") -> Series:
        cells = tuple(reading.cell(area, period, {dimension: code}) for period in periods)
        return Series(code, label_of(reading, grouping, dimension, code), kind, cells, {})

    present = reading.parts(dimension, area)
    chosen = [_as_total(series(code, TOTAL)) for code in _sums_compared(figure, reading, area)]
    chosen += [series(code) for code in kept if code in present]
    if not figure.shown:
        merged = [series(c) for c in present if c not in kept and reading.kind(dimension, c) == ""]
        if any(cell.shown or cell.hidden for one in merged for cell in one.cells):
            rest = _sum_of_shown(merged, grouping.rest if grouping else "All others", len(periods))
            if any(_rank(cell) for cell in rest.cells):
                chosen.append(rest)
        unknown = [series(c, "missing") for c in present if reading.kind(dimension, c) == "missing"]
        chosen += [one for one in unknown if any(_rank(cell) for cell in one.cells)]
    totals = tuple(reading.cell(area, period) for period in periods)
    return Panel(area, reading.area_name(area), periods, tuple(chosen), totals, "")


def _sums_compared(figure: Figure, reading: Reading, area: str) -> tuple[str, ...]:
    """Sums that the message speaks of: they are drawn beside their parts, or nobody could find their numbers."""
    if figure.form == "stack":
        return ()
    dimension = figure.dimension
    occurring = reading.codes(dimension, area)
    return tuple(
        code
        for code in figure.compare
        if code in occurring and code not in figure.shown and reading.kind(dimension, code) == "group"
    )


def _as_total(one: Series) -> Series:
    return replace(one, label=f"{one.label}, total")


def label_of(reading: Reading, grouping: Grouping | None, dimension: str, code: str) -> str:
    """The reader's label of a code: the grouping's, else the codelist's."""
    if grouping is not None and code in grouping.labels:
        return grouping.labels[code]
    return reading.label(dimension, code)


def _sum_of_shown(merged: Sequence[Series], label: str, length: int) -> Series:
    """The sum of what may be shown; hidden cells are left out and counted, never inferred from a total."""
    cells: list[Cell] = []
    notes: dict[int, str] = {}
    left_out: dict[int, int] = {}
    for position in range(length):
        column = [one.cells[position] for one in merged]
        shown = [cell.value for cell in column if cell.value is not None]
        hidden = sum(cell.hidden for cell in column)
        statuses = {cell.status for cell in column if cell.shown}
        if hidden:
            left_out[position] = hidden
        if sum(shown) > 0 or (shown and not hidden):
            cells.append(Cell(float(sum(shown)), False, statuses.pop() if len(statuses) == 1 else ""))
            notes[position] = f"sum of {len(shown)} categories" + (f", without {hidden} hidden" if hidden else "")
        elif hidden:
            # several small counts may add up to a large one: no suppressed value, but no sum either
            cells.append(Cell(unsummed=hidden))
            notes[position] = f"not shown: no sum is made, since {hidden} of its {len(column)} categories are hidden"
        else:
            cells.append(ABSENT)
    return Series(REST, label, REST, tuple(cells), notes, left_out)


def _ranked(panel: Panel) -> Panel:
    """Largest first in the latest period; totals stay first, the rest and what is not stated last."""
    own = sorted(
        (one for one in panel.series if one.kind == ""),
        key=lambda one: (_rank(one.cells[-1]), sum(map(_rank, one.cells))),
        reverse=True,
    )
    totals = [one for one in panel.series if one.kind == TOTAL]
    return replace(panel, series=(*totals, *own, *(one for one in panel.series if one.kind not in ("", TOTAL))))


def _explained(figure: Figure, reading: Reading, policy: RoundingRule) -> tuple[str, ...]:
    """What the sums are that the message speaks of and the figure shows beside their parts."""
    dimension = figure.dimension
    said = [
        f"{reading.label(dimension, code)}: {wording.listing([reading.label(dimension, part) for part in parts])}."
        for code in figure.compare
        if (parts := reading.children(dimension, code))
    ]
    if said and policy.base > 1:
        said.append("A total is rounded by itself: its parts need not add up to it.")
    return (" ".join(said),) if said else ()


def _footer(reading: Reading, panels: Sequence[Panel], policy: RoundingRule) -> tuple[str, ...]:
    several = len({origin.source for origin in reading.origins}) > 1
    sources = [
        f"{reading.area_name(origin.area)}: {origin.source}" if several else origin.source for origin in reading.origins
    ]
    lines = []
    if reading.origins:
        vintage = max(origin.vintage for origin in reading.origins)
        lines.append(f"Source: {'; '.join(dict.fromkeys(sources))}. Latest delivery received {vintage}.")
    treated = []
    if any(series.hidden_at or series.left_out for panel in panels for series in panel.series):
        treated.append(f"Hidden: {wording.hiding(policy)}.")
    if policy.base > 1:
        treated.append(f"All other numbers are rounded to the nearest {policy.base}." if treated else
                       f"Numbers are rounded to the nearest {policy.base}.")  # fmt: skip
    if treated:
        lines.append(" ".join(treated))
    rests = [series for panel in panels for series in panel.series if series.kind == REST]
    if rests:
        said = f"{rests[0].label}: the sum of those of its parts that are shown"
        said += ", each rounded by itself" if policy.base > 1 else ""
        said += "; not shown where every part is hidden or 0" if any(one.unsummed_at for one in rests) else ""
        lines.append(f"{said}.")
    return tuple(lines)
