"""The same series in each edition of each publisher, as lines over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lm_stats.publish import wording
from lm_stats.publish.figures.parts import Drawing, Panel, Series
from lm_stats.publish.others import DOLLARS, TOTAL, Told, corridors, known, number_of, states
from lm_stats.publish.reading import ABSENT, Cell, every_period
from lm_stats.publish.reading import statement as synthetic_statement
from lm_stats.spec import Country, Figure

_COLUMNS = (
    "figure", "from_area", "to_area", "time_period", "publisher", "edition", "obs_value", "obs_status", "unit_measure",
    "source", "vintage", "data_class",
)  # fmt: skip
# editions nearer than this share of the largest are told as agreeing
_AGREE = 0.005


@dataclass(frozen=True)
class Unit:
    """How values are shown: divided by `divisor`, with some decimals, in these words."""

    divisor: float
    decimals: int
    words: str


def unit_of(rows: pd.DataFrame, unit_of_count: str) -> Unit:
    """How the values of some rows are shown: amounts of money in millions, rates with two decimals."""
    if len(rows) and (rows["unit_measure"] == DOLLARS).all():
        return Unit(1e6, 1, "million US dollars")
    return Unit(1.0, 2, unit_of_count)


def compose_editions(
    figure: Figure, told: Told, countries: Mapping[str, Country], *, draft: bool
) -> tuple[Drawing, pd.DataFrame] | None:
    """Decide what a figure of editions shows and says: a panel for each direction of each state that is a pack.

    An amount of money that comes from one area is part of that from all, so only the latter is drawn; a price or a
    share has no parts, so those of the declared corridors are drawn besides.

    Args:
        figure: The declaration.
        told: The table of its indicator; it has `to_area` and may have `from_area`.
        countries: Countries by code.
        draft: Whether to mark it as a draft.

    Returns:
        The drawing, and the rows of the table that it shows; None where there is nothing to draw.
    """
    rows = told.frame.loc[known(told.frame)]
    unit = unit_of(rows, told.indicator.estimator.unit)
    panels, shown = [], []
    for origin, destination in directions(countries, money=unit.divisor > 1):
        part = rows.loc[rows["to_area"] == destination]
        part = part.loc[part["from_area"] == origin] if "from_area" in part else part
        if len(part):
            panels.append(_panel(told, part, origin, destination, unit))
            shown.append(part)
    if not panels:
        return None
    several = len({panel.area for panel in panels}) > 1
    said = _over_states(panels, unit) if several else panels[0].message
    every = pd.concat(shown)
    sources = [f"{publisher}, edition{'s' if len(editions) > 1 else ''} {wording.listing(list(editions))}"
               for publisher, editions in told.sources(every).items()]  # fmt: skip
    footer = [f"Source: {'; '.join(sources)}. Published by others and shown as published."]
    if told.indicator.note:
        footer.append(told.indicator.note)
    subtitle = f"{figure.title['en']}, {unit.words}"
    mark = synthetic_statement() if (every["data_class"] != "real").any() else ""
    form = "bars" if all(len(panel.periods) < 2 for panel in panels) else "lines"
    drawing = Drawing(figure, form, said, subtitle, tuple(panels), tuple(footer), mark, draft)
    frame = every.assign(figure=figure.id).reindex(columns=list(_COLUMNS))
    frame["obs_value"] = frame["obs_value"].astype("float64")
    order = ["to_area", "from_area", "publisher", "edition", "time_period"]
    return drawing, frame.sort_values(order, kind="stable", ignore_index=True)


def directions(countries: Mapping[str, Country], *, money: bool) -> list[tuple[str, str]]:
    """From where to where: to each state from all areas, and from the other ends of its corridors."""
    pairs = list(corridors(countries))
    found = []
    for state in states(countries):
        if not money:
            found += [(other, code) for code, other in pairs if code == state.code]
        found.append((TOTAL, state.code))
    return found


def _panel(told: Told, rows: pd.DataFrame, origin: str, destination: str, unit: Unit) -> Panel:
    periods = every_period(set(rows["time_period"].astype(str)))
    series = []
    for (publisher, edition), part in rows.groupby(["publisher", "edition"], sort=True):
        values = dict(zip(part["time_period"].astype(str), part["obs_value"], strict=True))
        statuses = dict(zip(part["time_period"].astype(str), part["obs_status"].astype(str), strict=True))
        cells = tuple(_cell(values.get(period), statuses.get(period, ""), unit) for period in periods)
        name = f"{publisher} ({edition})"
        series.append(Series(name, name, "", cells, {}))
    there, state = told.area(destination), "All countries" if origin == TOTAL else told.area(origin)
    # an amount that a state receives comes from all countries; of a price that must be said
    name = there if unit.divisor > 1 or "from_area" not in rows else f"{state} to {there}"
    panel = Panel(destination, name, periods, tuple(series), (ABSENT,) * len(periods), "")
    return replace(panel, message=f"{wording.begin(wording.subject(told.indicator))}, {name}: {_said(panel, unit)}")


def _cell(value: object, status: str, unit: Unit) -> Cell:
    number = number_of(value)
    return ABSENT if number is None else Cell(round(number / unit.divisor, unit.decimals), False, status)


def _said(panel: Panel, unit: Unit) -> str:
    """The latest value, and how far editions disagree for the same period."""
    by_period = [
        {one.code: one.cells[i].value for one in panel.series if one.cells[i].value is not None}
        for i in range(len(panel.periods))
    ]
    latest = max(i for i, found in enumerate(by_period) if found)
    said = f"{_span([v for v in by_period[latest].values() if v is not None])} {unit.words} in "
    said += wording.period(panel.periods[latest])
    apart = [i for i, found in enumerate(by_period) if _disagree([v for v in found.values() if v is not None])]
    common = [i for i, found in enumerate(by_period) if len(found) > 1]
    if latest in apart:
        return f"{said}, as editions differ"
    if apart:
        values = [v for v in by_period[apart[-1]].values() if v is not None]
        return f"{said}; for {wording.period(panel.periods[apart[-1]])} the editions say {_span(values)}"
    return f"{said}; the editions agree where they give the same year" if common else said


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return wording.number(low) if low == high else f"{wording.number(low)} to {wording.number(high)}"


def _disagree(values: Sequence[float]) -> bool:
    return len(values) > 1 and max(values) - min(values) > _AGREE * max(map(abs, values))


def latest_of(panel: Panel) -> tuple[str, str, str]:
    """The latest value of a panel, or how far editions differ in it; its period; and which editions say so."""
    ends = [(i, one.label, cell.value) for one in panel.series for i, cell in enumerate(one.cells) if cell.shown]
    last = max(i for i, _, _ in ends)
    now = [(label, value) for i, label, value in ends if i == last and value is not None]
    return _span([value for _, value in now]), wording.period(panel.periods[last]), "; ".join(label for label, _ in now)


def _over_states(panels: Sequence[Panel], unit: Unit) -> str:
    latest = [f"{panel.name} {latest_of(panel)[0]}" for panel in panels]
    return f"Latest values in {unit.words}: {wording.listing(latest)}"


def spoken(panel: Panel) -> list[str]:
    """Every edition in words: its first and its last value."""
    said = []
    for one in panel.series:
        filled = [i for i, cell in enumerate(one.cells) if cell.value is not None]
        texts = [
            f"{wording.number(one.cells[i].value or 0.0)} in {wording.period(panel.periods[i])}"
            for i in dict.fromkeys((filled[0], filled[-1]))
        ] if filled else ["no value"]  # fmt: skip
        said.append(f"{one.label}: {' to '.join(texts)}.")
    return said
