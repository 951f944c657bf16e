"""Values that others published, beside which ours may stand: read as they are, never summed, filled in or rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.publish import wording
from lm_stats.publish.reading import CONFIDENTIAL, SUPPRESSED, area_name
from lm_stats.spec import Codelist, Concept, Country, Indicator

BOTH, MEN, WOMEN = "SEX_T", "SEX_M", "SEX_F"
TOTAL = "_T"
PERCENT = "PT"
DOLLARS = "USD"
# what is kept of a corridor in files beside its figure
CORRIDOR_COLUMNS = (
    "origin", "destination", "concept", "concept_label", "sex", "time_period", "publisher", "edition", "obs_value",
    "lower", "upper", "obs_status", "coverage", "statement", "source", "vintage", "data_class",
)  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """A value as published: a number, a range, one bound, or something that may not be shown.

    Attributes:
        value: The number, or None.
        lower: Lower bound, or None.
        upper: Upper bound, or None.
        hidden: Whether there is a number that is not shown.
        status: SDMX observation status.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    hidden: bool = False
    status: str = ""

    @property
    def shown(self) -> bool:
        """Whether there is anything to draw."""
        return any(number is not None for number in (self.value, self.lower, self.upper))

    @property
    def known(self) -> bool:
        """Whether there is anything to say."""
        return self.shown or self.hidden

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers that are given."""
        return tuple(number for number in (self.value, self.lower, self.upper) if number is not None)

    def in_units_of(self, divisor: float, decimals: int) -> Amount:
        """The same in larger units, rounded; as it is where the divisor is 1."""
        if divisor == 1:
            return self
        value, lower, upper = (
            None if number is None else round(number / divisor, decimals)
            for number in (self.value, self.lower, self.upper)
        )
        return Amount(value, lower, upper, self.hidden, self.status)

    @property
    def text(self) -> str:
        """The value in words."""
        return self.text_with("")

    def text_with(self, unit: str) -> str:
        """The value in words, each number followed by a unit."""
        value, lower, upper = (
            "" if number is None else f"{wording.number(number)}{unit}"
            for number in (self.value, self.lower, self.upper)
        )
        if self.hidden or value:
            return "hidden" if self.hidden else value
        if lower and upper:
            return f"{lower} to {upper}"
        return f"{lower} or more" if lower else f"up to {upper}" if upper else ""


NOTHING = Amount()


@dataclass(frozen=True)
class SourceRow:
    """What one edition of one publisher says of the people from one area in another.

    Attributes:
        concept: Code of what is counted.
        concept_label: The same in words.
        part: Whether that is only a part of the people in question, such as those who work.
        time_period: The latest period that it speaks of.
        publisher: The publisher; of an own count, the name of the agency.
        code: The publisher as the table has it.
        edition: Its edition.
        total: Both sexes.
        men: Men, as far as given.
        women: Women, as far as given.
        coverage: Whom the source covers.
        statement: Why it differs from others.
        own: Whether it was counted from unit records of an office, and not taken from a publication.
        synthetic: Whether it is no official statistic.
    """

    concept: str
    concept_label: str
    part: bool
    time_period: str
    publisher: str
    code: str
    edition: str
    total: Amount
    men: Amount
    women: Amount
    coverage: str
    statement: str
    own: bool
    synthetic: bool

    @property
    def source(self) -> str:
        """Publisher and edition."""
        return self.publisher + (f" ({self.edition})" if self.edition else "")

    @property
    def mark(self) -> str:
        """What must be said of a value that is no publication of others."""
        said = [text for text, holds in (("own count", self.own), ("synthetic", self.synthetic)) if holds]
        return ", ".join(said)

    @property
    def name(self) -> str:
        """Who says it, of whom and of when."""
        marked = f", {self.mark}" if self.mark else ""
        return f"{self.source}, {self.concept_label[:1].lower() + self.concept_label[1:]}, {self.when}{marked}"

    @property
    def when(self) -> str:
        """Its period in words."""
        return wording.period(self.time_period)

    @property
    def largest(self) -> float:
        """The largest number that it gives."""
        return max((n for amount in (self.total, self.men, self.women) for n in amount.numbers), default=0.0)


class Told:
    """A protected table of values that others published.

    Args:
        protected: The table.
        indicator: Its indicator.
        concepts: Concepts by id.
        codelists: Codelists by id.
        countries: Countries by code.

    Attributes:
        frame: The table.
    """

    def __init__(
        self,
        protected: Protected,
        indicator: Indicator,
        concepts: Mapping[str, Concept],
        codelists: Mapping[str, Codelist],
        countries: Mapping[str, Country],
    ) -> None:
        self.indicator, self.treatment, self.frame = indicator, protected.treatment, protected.frame
        self.dimensions = protected.dimensions
        self._concepts, self._codelists, self._countries = concepts, codelists, countries

    def area(self, code: str) -> str:
        """Name of an area."""
        if code not in self._countries and "counterparts" in self._codelists:
            return self._codelists["counterparts"].label(code)
        return area_name(code, self._countries, self._codelists)

    def label(self, dimension: str, code: str) -> str:
        """Label of a code; the code itself where no list holds it."""
        codelist = self._codelists.get(self._concepts[dimension].codelist)
        if codelist is not None and code in codelist:
            return codelist.label(code)
        if dimension == "concept" and "remittance_series" in self._codelists:
            return self._codelists["remittance_series"].label(code)
        return code

    def detail(self, code: str) -> str:
        """Label of a code of whichever classification a publisher breaks its values down by."""
        for name in ("published_classifications", *sorted(self._codelists)):
            codelist = self._codelists.get(name)
            if codelist is not None and code in codelist:
                return codelist.label(code)
        return code.replace("_", " ")

    def order(self, dimension: str) -> Mapping[str, int]:
        """Place of each code in its list."""
        codelist = self._codelists.get(self._concepts[dimension].codelist)
        return {entry.code: number for number, entry in enumerate(codelist)} if codelist else {}

    def agency(self, code: str) -> str:
        """Name of an agency that delivered unit records."""
        agencies = self._codelists.get("agencies")
        return agencies.label(code) if agencies is not None else code

    def is_part(self, concept: str) -> bool:
        """Whether a concept counts only a part of the people of a corridor."""
        codelist = self._codelists.get(self._concepts["concept"].codelist)
        entry = codelist.by_code.get(concept) if codelist else None
        return bool(entry and entry.attributes.get("part"))

    def between(self, origin: str, destination: str) -> pd.DataFrame:
        """The rows of one corridor in one direction; of each edition and concept, those of its latest period."""
        frame = self.frame
        rows = frame.loc[(frame["origin"] == origin) & (frame["destination"] == destination)]
        rows = rows.loc[known(rows)]
        latest = rows.groupby(["publisher", "edition", "concept"], sort=False)["time_period"].transform("max")
        return rows.loc[rows["time_period"] == latest] if len(rows) else rows

    def corridor(self, origin: str, destination: str, at_most: int = 0) -> tuple[SourceRow, ...]:
        """What each source says of a corridor: by concept in the order of the list, the newest first.

        Args:
            origin: Area that people come from.
            destination: Area where they are.
            at_most: Largest number of rows; the newest are kept. 0: all.
        """
        found = []
        keys = ["concept", "publisher", "edition", "time_period"]
        for key, part in self.between(origin, destination).groupby(keys, sort=True):
            concept, publisher, edition, period = map(str, key)
            by_sex = {str(row["sex"]): row for row in records_of(part)}
            amounts = {sex: amount(by_sex[sex]) if sex in by_sex else NOTHING for sex in (BOTH, MEN, WOMEN)}
            first = by_sex.get(BOTH, next(iter(by_sex.values())))
            own = is_own(first)
            found.append(
                SourceRow(
                    concept, self.label("concept", concept), self.is_part(concept), period,
                    self.agency(publisher) if own else publisher, publisher, edition, amounts[BOTH], amounts[MEN],
                    amounts[WOMEN], text_of(first, "coverage"), text_of(first, "statement"), own,
                    str(first["data_class"]) != "real",
                )
            )  # fmt: skip
        found.sort(key=lambda row: row.time_period, reverse=True)
        places = self.order("concept")
        kept = found[:at_most] if at_most else found
        return tuple(sorted(kept, key=lambda row: places.get(row.concept, len(places))))

    def sources(self, rows: pd.DataFrame | None = None) -> Mapping[str, tuple[str, ...]]:
        """Editions by publisher, of some rows or of all; own counts are no editions."""
        frame = self.frame if rows is None else rows
        found: dict[str, tuple[str, ...]] = {}
        if not {"publisher", "edition"} <= set(frame.columns):
            return found
        columns = ["publisher", "edition", "source"]
        for row in records_of(frame[columns].drop_duplicates().sort_values(columns)):
            if not is_own(row):
                publisher, edition = str(row["publisher"]), str(row["edition"])
                found[publisher] = tuple(dict.fromkeys((*found.get(publisher, ()), edition)))
        return found


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings by column."""
    records: list[dict[str, Any]] = frame.to_dict("records")  # type: ignore[assignment]
    return records


def known(rows: pd.DataFrame) -> pd.Series:
    """Whether rows say anything: a value, a bound, or that there is one which is hidden."""
    given = rows[["obs_value", "lower", "upper"]].notna().any(axis=1)
    return given | (rows["obs_status"] == SUPPRESSED) | (rows["conf_status"] == CONFIDENTIAL)


def amount(row: Mapping[str, object]) -> Amount:
    """The value of a row, in units."""
    hidden = row["obs_status"] == SUPPRESSED or row["conf_status"] == CONFIDENTIAL
    value, lower, upper = (number_of(row[name], row["unit_mult"]) for name in ("obs_value", "lower", "upper"))
    if hidden:
        return Amount(hidden=True, status=str(row["obs_status"]))
    return Amount(value, lower, upper, status=str(row["obs_status"]))


def number_of(value: Any, unit_mult: object = 0) -> float | None:
    """A number in units; None where there is none."""
    number = float(str(value)) if value is not None and not pd.isna(value) else None
    return None if number is None else number * 10.0 ** int(str(unit_mult))


def text_of(row: Mapping[str, object], name: str) -> str:
    """A text of a row, empty where the table does not say it."""
    value = row.get(name)
    return "" if value is None or value is pd.NA or value != value else str(value)


def is_own(row: Mapping[str, object]) -> bool:
    """Whether a row was counted from unit records: its source is then a delivery, and not an edition."""
    return str(row["source"]) != f"{row['publisher']}, edition {row['edition']}"


def states(countries: Mapping[str, Country]) -> tuple[Country, ...]:
    """The packs that are states, in order of code; senders that are none have neither groups nor districts."""
    return tuple(country for _, country in sorted(countries.items()) if country.groups or country.districts)


def corridors(countries: Mapping[str, Country]) -> tuple[tuple[str, str], ...]:
    """Code of each state that declares corridors, with that of the area at the other end."""
    return tuple((country.code, other) for country in states(countries) for other in country.corridors)


def about(told: Told, codes: Sequence[str]) -> pd.DataFrame:
    """The rows that are about any of some areas: as the area that reports or as either end."""
    ends = [name for name in ("ref_area", "origin", "destination", "from_area", "to_area", "counterpart_area")
            if name in told.frame]  # fmt: skip
    return told.frame.loc[told.frame[ends].isin(list(codes)).any(axis=1)]
