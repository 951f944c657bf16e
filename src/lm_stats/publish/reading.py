"""A protected table as a reader meets it: cells with labels, shown, hidden or absent."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.spec import (
    SYNTHETIC_STATEMENT,
    Break,
    Codelist,
    Concept,
    Country,
    Gap,
    Indicator,
    Mean,
    Period,
    Population,
    Rate,
)
from lm_stats.units import check_units

NORMAL = "A"
SUPPRESSED = "Q"
CONFIDENTIAL = "C"
BROKEN = "B"
ESTIMATED = "E"
UNRELIABLE = "U"
UNKNOWN = "O"
# kinds of deliveries whose id is no word
_KINDS = {"lfs": "labour-force survey"}
ORIGIN_COLUMNS = ("source", "vintage", "data_class")


@dataclass(frozen=True)
class Cell:
    """One cell of a protected table.

    Attributes:
        value: The value in units of count; None where there is none to show.
        hidden: Whether the value exists and is not shown.
        status: SDMX observation status.
        unsummed: How many hidden parts stand in the way of a sum that is therefore not made; its
            value is not known to be small, so it is not `hidden`.
        decimals: Decimals to show: none for counts, those of the table for rates.
        lower: Lower bound of the interval of a value that has one.
        upper: Upper bound; None too where the interval is open.
        std_error: Standard error of an estimate from a sample; None where it is not known.
    """

    value: float | None = None
    hidden: bool = False
    status: str = ""
    unsummed: int = 0
    decimals: int = 0
    lower: float | None = None
    upper: float | None = None
    std_error: float | None = None

    @property
    def shown(self) -> bool:
        """Whether there is a value to show."""
        return self.value is not None

    @property
    def gap(self) -> bool:
        """Whether there is something here that is not shown."""
        return self.hidden or self.unsummed > 0

    @property
    def unknown(self) -> bool:
        """Whether there is something here of which the value cannot be told yet."""
        return self.value is None and not self.hidden and self.status == UNKNOWN


ABSENT = Cell()


@dataclass(frozen=True)
class Origin:
    """Where the values of one area come from.

    Attributes:
        area: Code of the area.
        source: Source as the table says it, with names for codes of agencies.
        vintage: Date of receipt of the latest delivery.
        synthetic: Whether the values are no official statistics.
    """

    area: str
    source: str
    vintage: str
    synthetic: bool


class Reading:
    """Access to the cells of one indicator's protected table by code, period and area.

    Args:
        protected: The table.
        indicator: Its indicator.
        concepts: Concepts by id.
        codelists: Codelists by id.
        countries: Countries by code.
        breaks: Declared breaks by area, as far as they touch a table the indicator is made from.
    """

    def __init__(
        self,
        protected: Protected,
        indicator: Indicator,
        concepts: Mapping[str, Concept],
        codelists: Mapping[str, Codelist],
        countries: Mapping[str, Country],
        breaks: Mapping[str, Sequence[Break]] | None = None,
    ) -> None:
        self.indicator = indicator
        self.is_rate = not indicator.is_published and not indicator.is_count
        # a register has dates; the year of a census is a number, the round of a survey a name
        self.by_occasion = concepts[indicator.time].type != "date"
        touching = _concepts_of(indicator, concepts)
        self._breaks = {
            area: tuple(one for one in declared if one.concept in touching) for area, declared in (breaks or {}).items()
        }
        self.treatment = protected.treatment
        self.dimensions = protected.dimensions
        self._codelists = codelists
        self._countries = countries
        self._lists = {d: codelists[concepts[d].codelist] for d in indicator.concepts}
        frame = protected.frame
        self.areas = tuple(sorted(set(frame["ref_area"])))
        estimated = frame["obs_status"].isin((ESTIMATED, UNRELIABLE)).any()
        self.sampled = concepts[indicator.time].type == "text" or bool(estimated)
        names = ["ref_area", "time_period", *self.dimensions]
        keys = zip(*(frame[name].tolist() for name in names), strict=True)
        measured = ("obs_value", "obs_status", "conf_status", "unit_mult", "lower", "upper", "std_error")
        values = zip(*(frame[name].tolist() for name in measured), strict=True)
        days = bool((frame["unit_measure"] == "DAYS").any())
        self.decimals = _decimals(indicator, frame["obs_value"], days=days) if self.is_rate else 0
        self._cells: dict[tuple[str, ...], Cell] = {
            key: _cell(*value, decimals=self.decimals) for key, value in zip(keys, values, strict=True)
        }
        # whether values have intervals, and whether errors of estimates from a sample are known
        self.bounded = any(cell.lower is not None for cell in self._cells.values())
        self.errors = self.sampled and any(cell.std_error is not None for cell in self._cells.values())
        self.unit_of_count = check_units(*frame["unit_of_count"].unique()) or indicator.estimator.unit
        origins = frame[["ref_area", *ORIGIN_COLUMNS]].drop_duplicates().sort_values(["ref_area", *ORIGIN_COLUMNS])
        self.origins = tuple(
            Origin(area, name_source(source, codelists), vintage, data_class != "real")
            for area, source, vintage, data_class in origins.itertuples(index=False)
        )

    def area_name(self, area: str) -> str:
        """Name of an area: that of its pack, else that of the list of areas."""
        return area_name(area, self._countries, self._codelists)

    def periods(self, area: str = "") -> tuple[str, ...]:
        """Periods of `area` (of all areas if none is named), in order.

        Of a register, every one from the first to the last observed; of a census or survey, those in
        which one was held: between two of them nothing is observed, and nothing is missing.
        """
        observed = {key[1] for key in self._cells if not area or key[0] == area}
        return tuple(sorted(observed)) if self.by_occasion else every_period(observed)

    def breaks_within(self, area: str, periods: Sequence[str]) -> tuple[Break, ...]:
        """Declared breaks of the area that part the periods, so that values on both sides are not comparable."""
        if not periods:
            return ()
        found = (one for one in self._breaks.get(area, ()) if periods[0] < one.since <= _end(periods[-1]))
        return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.since, one.concept)))

    def broken(self, area: str, periods: Sequence[str], codes: Iterable[str] = ()) -> bool:
        """Whether values of the first and the last of some periods are not comparable.

        Args:
            area: Code of the area.
            periods: Periods, in order.
            codes: Codes that are compared; none: any.
        """
        named = set(codes)
        if any(not (one.codes and named) or named & set(one.codes) for one in self.breaks_within(area, periods)):
            return True
        later = set(periods[1:])
        return any(
            cell.status == BROKEN and key[0] == area and key[1] in later and (not named or named & set(key[2:]))
            for key, cell in self._cells.items()
        )

    def cell(self, area: str, period: str, codes: Mapping[str, str] | None = None) -> Cell:
        """The cell at `codes` by dimension; a dimension that is not named is at its total."""
        named = codes or {}
        key = (area, period, *(named.get(d, self._lists[d].total) for d in self.dimensions))
        return self._cells.get(key, ABSENT)

    def cells(self, area: str) -> Iterable[Cell]:
        """Every cell of an area."""
        return (cell for key, cell in self._cells.items() if key[0] == area)

    def codes(self, dimension: str, area: str = "") -> tuple[str, ...]:
        """Codes that occur, totals and groups among them, in the order of the codelist."""
        position = 2 + self.dimensions.index(dimension)
        present = dict.fromkeys(key[position] for key in self._cells if not area or key[0] == area)
        order = {entry.code: number for number, entry in enumerate(self._lists[dimension])}
        return tuple(sorted(present, key=lambda code: (order.get(code, len(order)), code)))

    def kind(self, dimension: str, code: str) -> str:
        """Kind of a code: empty, `missing`, `group` or `total`."""
        entry = self._lists[dimension].by_code.get(code)
        return entry.kind if entry else ""

    def parts(self, dimension: str, area: str = "") -> tuple[str, ...]:
        """Codes that occur and are no sums of others."""
        return tuple(c for c in self.codes(dimension, area) if self.kind(dimension, c) in ("", "missing"))

    def leaves(self, dimension: str) -> tuple[str, ...]:
        """Codes of the codelist that are no sums of others, whether they occur or not."""
        return self._lists[dimension].leaves

    def total(self, dimension: str) -> str:
        """Code of the sum of all."""
        return self._lists[dimension].total

    def attribute(self, dimension: str, code: str, name: str) -> str:
        """A further column of the codelist for a code; empty where it has none."""
        entry = self._lists[dimension].by_code.get(code)
        return str(entry.attributes.get(name, "")) if entry else ""

    def children(self, dimension: str, code: str) -> tuple[str, ...]:
        """Codes that add up to `code`, whether they occur or not."""
        return tuple(entry.code for entry in self._lists[dimension] if entry.parent == code)

    def depth(self, dimension: str, code: str) -> int:
        """How many sums stand above a code."""
        return len(self._lists[dimension].ancestors_of(code))

    def label(self, dimension: str, code: str) -> str:
        """Label of a code."""
        return self._lists[dimension].label(code)

    def without_errors(self, area: str) -> tuple[str, ...]:
        """Rounds of a sample in which estimates are shown and none has an error, as where its design is not known.

        Args:
            area: Code of the area.
        """
        if not self.sampled:
            return ()
        estimates = [(key[1], cell) for key, cell in self._cells.items() if key[0] == area and cell.value]
        known = {period for period, cell in estimates if cell.std_error is not None}
        return tuple(sorted({period for period, _ in estimates} - known))

    @property
    def groups(self) -> tuple[str, str]:
        """Labels of the two groups that a gap lies between, the one that is compared first."""
        how = self.indicator.estimator
        if not isinstance(how, Gap):
            raise ValueError(f"{self.indicator.id}: is no gap between groups")
        one, other = how.between
        return self.label(how.over, one), self.label(how.over, other)

    @property
    def synthetic(self) -> bool:
        """Whether any value is no official statistic."""
        return any(origin.synthetic for origin in self.origins)


def _cell(
    value: float, status: str, confidentiality: str, unit_mult: int, lower: float, upper: float, std_error: float, *,
    decimals: int,
) -> Cell:  # fmt: skip
    hidden = status == SUPPRESSED or confidentiality == CONFIDENTIAL
    if hidden or pd.isna(value):
        return Cell(None, hidden, str(status))
    scale = 10.0 ** int(unit_mult)
    low, high, error = (None if pd.isna(one) else float(one) * scale for one in (lower, upper, std_error))
    return Cell(
        float(value) * scale, False, str(status), decimals=decimals, lower=low, upper=high, std_error=error
    )  # fmt: skip


def _decimals(indicator: Indicator, values: pd.Series, *, days: bool) -> int:
    """Decimals of values that are no counts: those they were rounded to; of rates that happen to be whole, one."""
    how = indicator.estimator
    if isinstance(how, Mean):
        return max(0, -math.floor(math.log10(how.step) + 1e-9))
    if isinstance(how, Gap):
        return 1
    shown = values.dropna()
    if days:
        return 0
    if not shown.equals(shown.round(2)):
        return 3
    return 2 if not shown.equals(shown.round(1)) and shown.equals(shown.round(2)) else 1


def _concepts_of(indicator: Indicator, concepts: Mapping[str, Concept]) -> frozenset[str]:
    """Concepts whose change touches an indicator: its dimensions, what these are made from, its universes."""
    estimator = indicator.estimator.of if isinstance(indicator.estimator, Gap) else indicator.estimator
    base: tuple[Population, ...] = estimator.base if isinstance(estimator, Rate) else ()
    made = [f"{concepts[d].bands} {concepts[d].sql}" for d in indicator.concepts]
    variable = estimator.variable if isinstance(estimator, Mean) else ""
    text = " ".join([indicator.universe, *(population.universe for population in base), variable, *made])
    return frozenset(indicator.concepts) | frozenset(re.findall(r"[a-z_][a-z0-9_]*", text))


def _end(period: str) -> str:
    """A text that sorts after every period within a period."""
    return period + "~"


def area_name(area: str, countries: Mapping[str, Country], codelists: Mapping[str, Codelist]) -> str:
    """Name of an area: that of its pack, else that of the list of areas."""
    if area in countries:
        return countries[area].names["en"]
    return codelists["areas"].label(area) if "areas" in codelists else area


def name_source(source: str, codelists: Mapping[str, Codelist]) -> str:
    """A source with the names of its agencies in place of their codes, and kinds of deliveries in words."""
    agencies = codelists.get("agencies")
    for kind, words in _KINDS.items():
        source = re.sub(rf"\b{kind}\b", words, source)
    if agencies is None:
        return source
    return re.sub(r"[A-Z][A-Z0-9_]+", lambda found: agencies.label(found[0]), source)


def kind_name(kind: str) -> str:
    """A kind of deliveries in words."""
    return _KINDS.get(kind, kind.replace("_", " "))


def every_period(observed: Collection[str]) -> tuple[str, ...]:
    """The periods observed and all between the first and the last of them, in order."""
    if len(observed) < 2:
        return tuple(observed)
    parsed = sorted(Period.parse(text) for text in observed)
    freq = parsed[0].freq
    if any(period.freq != freq for period in parsed):
        return tuple(period.text for period in parsed)
    return tuple(period.text for period in Period.parse(f"{parsed[0].text}_{parsed[-1].text}").each(freq))


def has_synthetic(tables: Collection[Protected]) -> bool:
    """Whether any table holds anything that was made from synthetic deliveries."""
    return any((table.frame["data_class"] != "real").any() for table in tables if "data_class" in table.frame)


def statement() -> str:
    """The statement that synthetic data carry, as a sentence begins."""
    return SYNTHETIC_STATEMENT[0].upper() + SYNTHETIC_STATEMENT[1:]


def sources_of(readings: Sequence[Reading]) -> tuple[Origin, ...]:
    """Every origin once, the latest vintage of each."""
    found: dict[tuple[str, str, bool], str] = {}
    for reading in readings:
        for origin in reading.origins:
            key = (origin.area, origin.source, origin.synthetic)
            found[key] = max(found.get(key, ""), origin.vintage)
    return tuple(Origin(area, source, vintage, mark) for (area, source, mark), vintage in found.items())
