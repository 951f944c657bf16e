"""What a figure shows: its panels, series and words, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lm_stats.publish import wording
from lm_stats.publish.figures.forms import FORMS, Told
from lm_stats.publish.figures.messages import LONGEST, area_message, message
from lm_stats.publish.figures.parts import REST, TOTAL, Drawing, Panel, Series, label_of
from lm_stats.publish.reading import ABSENT, UNRELIABLE, Cell, Reading, statement
from lm_stats.spec import Boundaries, Figure, Grouping, Rate, RoundingRule

# a series whose value is not shown ranks below any that is
_RANK_OF_HIDDEN = 0.5
# bands that end before it are no part of a universe of working age
_WORKING_AGE = 15


def compose(
    figure: Figure,
    reading: Reading,
    grouping: Grouping | None,
    policy: RoundingRule,
    *,
    draft: bool,
    boundaries: Mapping[str, Boundaries] | None = None,
    beside: Reading | None = None,
) -> Drawing:
    """Decide what a figure shows and says.

    Args:
        figure: Its declaration.
        reading: The table of its indicator.
        grouping: Labels for readers, or None.
        policy: How the table was protected.
        draft: Whether to mark it as a draft.
        boundaries: Boundaries of districts by area.
        beside: The table of the indicator that the figure shows besides, or None.
    """
    if figure.form in FORMS:
        return _of_own_form(Told(figure, reading, grouping, policy, beside), draft=draft)
    panels: tuple[Panel, ...]
    form = figure.form
    if form == "pyramid":
        panels = tuple(_pyramid(figure, reading, grouping, area) for area in reading.areas)
    elif form == "map":
        known = boundaries or {}
        panels = tuple(_map(figure, reading, grouping, area, known.get(area)) for area in reading.areas)
    else:
        kept = _kept_codes(figure, reading)
        panels = tuple(_panel(figure, reading, grouping, area, kept) for area in reading.areas)
        form = "bars" if all(len(panel.periods) < 2 for panel in panels) else form
    if form in ("bars", "map"):
        panels = tuple(_ranked(panel) for panel in panels)
    slack = wording.slack(policy, reading)
    panels = tuple(replace(panel, message=area_message(figure, reading, panel, slack)) for panel in panels)
    counted = "" if reading.is_rate else wording.measure(reading)
    names = wording.listing([panel.name for panel in panels]) if len(panels) < 5 else f"{len(panels)} areas"
    subtitle = ", ".join(part for part in (figure.title["en"], counted, names, _when(figure, reading, panels)) if part)
    footer = (*_explained(figure, reading, policy), *_footer(reading, panels, policy))
    footer = (figure.note, *footer) if figure.note else footer
    synthetic = statement() if reading.synthetic else ""
    return Drawing(
        figure, form, message(figure, reading, panels, slack), subtitle, panels, footer, synthetic, draft
    )  # fmt: skip


def _of_own_form(told: Told, *, draft: bool) -> Drawing:
    """A figure whose form brings panels and words of its own."""
    figure, reading, form = told.figure, told.reading, FORMS[told.figure.form]
    slack = wording.slack(told.policy, reading)
    panels = tuple(form.panel(told, area) for area in reading.areas)
    panels = tuple(
        replace(panel, message=form.message(told, panel, slack) if panel.periods else "") for panel in panels
    )
    filled = [panel for panel in panels if panel.periods]
    if len(filled) == 1:
        said = filled[0].message
    else:
        said = "; ".join(f"{panel.name}: {panel.message[:1].lower()}{panel.message[1:]}" for panel in filled)
        if not filled or len(said) > LONGEST:
            said = f"{figure.title['en']}, in {len(filled)} areas" if filled else "No observations to show"
    names = wording.listing([panel.name for panel in panels]) if len(panels) < 5 else f"{len(panels)} areas"
    drawn = sorted({period for panel in panels for period in panel.periods})
    parts = (figure.title["en"], form.measure(told, panels), names, wording.span(drawn))
    footer = (*(form.notes(told, panels) if filled else ()), *_footer(reading, panels, told.policy))
    footer = (figure.note, *footer) if figure.note else footer
    synthetic = statement() if reading.synthetic else ""
    return Drawing(
        figure, figure.form, said, ", ".join(part for part in parts if part), panels, footer, synthetic, draft
    )  # fmt: skip


def _when(figure: Figure, reading: Reading, panels: Sequence[Panel]) -> str:
    """The periods that are drawn; from the first to the last where they follow each other."""
    drawn = sorted({period for panel in panels for period in panel.periods})
    if not reading.by_occasion and not (figure.back and figure.form == "bars"):
        return wording.span(drawn if figure.back else reading.periods())
    return wording.listing([wording.period(period) for period in drawn])


def _pyramid(figure: Figure, reading: Reading, grouping: Grouping | None, area: str) -> Panel:
    """The bands of the latest period from the youngest up, each with a series for either side."""
    dimension, across = figure.dimension, figure.across
    periods = reading.periods(area)[-1:]

    def cells(codes: Mapping[str, str]) -> tuple[Cell, ...]:
        return tuple(reading.cell(area, period, codes) for period in periods)

    def row(code: str) -> tuple[Series, ...]:
        label, kind = label_of(reading, grouping, dimension, code), reading.kind(dimension, code)
        # the table holds every code that occurs: one that does not has nobody in it
        found = {side: cells({dimension: code, across: side}) for side in figure.compare}
        counted = {side: tuple(Cell(0.0) if cell == ABSENT else cell for cell in of) for side, of in found.items()}
        return tuple(Series(code, label, kind, counted[side], {}, side=side) for side in figure.compare)

    rows = [row(code) for code in reading.leaves(dimension) if periods]
    filled = [i for i, one in enumerate(rows) if any(_rank(cell) for side in one for cell in side.cells)]
    bands = [i for i, one in enumerate(rows) if one[0].kind == ""]
    start = next(
        (i for i in bands if i in filled or _last_year(reading, dimension, rows[i][0].code) >= _WORKING_AGE), 0
    )
    # a band in between that has nobody is part of the shape
    shown = [one for i, one in enumerate(rows) if i in filled or (i in bands and i >= start)]
    sides = tuple(
        Series(side, reading.label(across, side), TOTAL, cells({across: side}), {}) for side in figure.compare
    )
    series = tuple(one for pair in shown for one in pair) if filled else ()
    return Panel(area, reading.area_name(area), periods, series, cells({}), "", sides)


def _last_year(reading: Reading, dimension: str, code: str) -> float:
    text = reading.attribute(dimension, code, "last")
    return float(text) if text else float("inf")


def _map(
    figure: Figure, reading: Reading, grouping: Grouping | None, area: str, boundaries: Boundaries | None
) -> Panel:
    """The districts of an area in the latest period; for a rate, that of the whole area besides."""
    dimension = figure.dimension
    periods = reading.periods(area)[-1:]
    occurring = reading.parts(dimension, area)

    def series(code: str, kind: str) -> Series:
        cells = tuple(reading.cell(area, period, {dimension: code}) for period in periods)
        return Series(code, label_of(reading, grouping, dimension, code), kind, cells, {})

    chosen = [series(code, "") for code in occurring if reading.kind(dimension, code) == ""]
    if boundaries is not None:
        empty = ABSENT if reading.is_rate else Cell(0.0)
        outlined = [code for code in boundaries.polygons if code not in occurring]
        chosen += [
            Series(code, label_of(reading, grouping, dimension, code), "", (empty,) * len(periods), {})
            for code in outlined
        ]
    unknown = [series(code, "missing") for code in occurring if reading.kind(dimension, code) == "missing"]
    chosen += [one for one in unknown if any(_rank(cell) for cell in one.cells)]
    totals = tuple(reading.cell(area, period) for period in periods)
    name = reading.area_name(area)
    if reading.is_rate:
        chosen.insert(0, Series(reading.total(dimension), f"{name}, total", TOTAL, totals, {}))
    return Panel(area, name, periods, tuple(chosen) if periods else (), totals, "", boundaries=boundaries)


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
    known = periods[-figure.back - 1 :] if figure.back else periods
    periods = (known[0], known[-1]) if figure.form == "bars" and len(known) > 2 else known

    def series(code: str, kind: str = "") -> Series:
        cells = tuple(reading.cell(area, period, {dimension: code}) for period in periods)
        return Series(code, label_of(reading, grouping, dimension, code), kind, cells, {})

    present = reading.parts(dimension, area)
    chosen = [_as_total(series(code, TOTAL)) for code in _sums_compared(figure, reading, area)]
    chosen += [series(code) for code in kept if code in present]
    # rates do not add up
    if not figure.shown and not reading.is_rate:
        merged = [series(c) for c in present if c not in kept and reading.kind(dimension, c) == ""]
        if any(cell.shown or cell.hidden for one in merged for cell in one.cells):
            rest = _sum_of_shown(merged, grouping.rest if grouping else "All others", len(periods))
            if any(_rank(cell) for cell in rest.cells):
                chosen.append(rest)
        unknown = [series(c, "missing") for c in present if reading.kind(dimension, c) == "missing"]
        chosen += [one for one in unknown if any(_rank(cell) for cell in one.cells)]
    totals = tuple(reading.cell(area, period) for period in periods)
    breaks = reading.breaks_within(area, known)
    broken = reading.broken(area, known)
    return Panel(area, reading.area_name(area), periods, tuple(chosen), totals, "", breaks=breaks, broken=broken)


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
    if any(panel.unnamed or any(one.hidden_at or one.left_out for one in panel.series) for panel in panels):
        what = wording.hiding(policy)
        if reading.sampled:
            what = f"estimates from fewer than {policy.sample_hide_below} records"
        elif reading.is_rate:
            rate = isinstance(reading.indicator.estimator, Rate)
            what = "rates with small counts in them" if rate else "values with few records behind them"
        treated.append(f"Hidden: {what}.")
    if isinstance(reading.indicator.estimator, Rate) and not reading.sampled:
        treated.append("The parts of a rate are rounded before they are divided.")
    elif not reading.is_rate and policy.base > 1 and not reading.sampled:
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
    cells = [cell for panel in panels for series in panel.series for cell in series.cells]
    if reading.sampled:
        lines.append(_sampled(reading, panels))
    if any(cell.shown and cell.status == UNRELIABLE for cell in cells):
        lines.append(
            f"{UNRELIABLE}: of low reliability (few records, or a wide interval); not compared."
        )
    for one in dict.fromkeys(one for panel in panels for one in panel.breaks):
        lines.append(wording.break_text(one))
    lines += dict.fromkeys(f"Boundaries: {p.boundaries.source}" for p in panels if p.boundaries and p.boundaries.source)
    return tuple(lines)


def _sampled(reading: Reading, panels: Sequence[Panel]) -> str:
    """That values are estimates, and whether their errors are known."""
    where = {panel.area: set(panel.periods) & set(reading.without_errors(panel.area)) for panel in panels}
    if not reading.errors or all(found for found in where.values()):
        return "Estimated from a sample; its errors are not known, so nothing is compared."
    unknown = [f"{reading.area_name(area)}, {wording.listing([wording.period(p) for p in sorted(found)])}"
               for area, found in where.items() if found]  # fmt: skip
    said = "Estimated from a sample"
    return f"{said}; without errors: {'; '.join(unknown)}." if unknown else f"{said}."
