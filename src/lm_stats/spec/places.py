"""Who sends what: countries, agencies, sources, maps, expected deliveries."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lm_stats.spec.layouts import Layout
from lm_stats.spec.spelling import normalise_spelling
from lm_stats.spec.tables import Record, Rule

READERS = ("workbook", "csv", "stata", "spss", "parquet", "cspro", "fixed", "rosters", "tables")
REPLACES = ("period", "all", "nothing")
ON_UNMAPPED = ("quarantine", "not_stated", "fail")
# rule of a line of a map, before the reason
EXCLUDE = "exclude:"
# rule of a line whose text may mean several codes, which stand in the line separated by spaces
AMBIGUOUS = "ambiguous"
# rule of a line with a name that is no longer in use
FORMER = "former"
# rule of a line that people decided on, in the coding memory
REVIEWED = "reviewed"
# where the words around a table stand
AROUND = ("sheet", "block")
DATE_ORDERS = ("dmy", "mdy", "ymd")
# named groups that say together which part of a cell is meant: a text, or a date
EXTRACTED = frozenset(
    map(frozenset, ({"text"}, {"year"}, {"year", "month"}, {"year", "month", "day"}, {"year", "day_of_year"}))
)


@dataclass(frozen=True)
class Expected:
    """When deliveries are expected.

    Attributes:
        freq: SDMX frequency: `A`, `Q` or `M`.
        days: Days after the end of the period until the delivery is due.
        since: First period expected, in the form of `freq`; empty: the first one delivered.
        what: What is expected, in plain words (for agencies that have no source yet).
    """

    freq: str
    days: int
    since: str = ""
    what: str = ""

    def __post_init__(self) -> None:
        if self.freq not in ("A", "Q", "M"):
            raise ValueError(f"expected delivery: frequency {self.freq!r} is none of A, Q, M")


@dataclass(frozen=True)
class Agency:
    """An office that delivers, or should.

    Attributes:
        code: Code of the agency.
        name: Its name.
        expects: Deliveries that it owes and for which there is no source yet.
    """

    code: str
    name: str
    expects: tuple[Expected, ...] = ()


@dataclass(frozen=True)
class Break:
    """A change after which values are not comparable with those before: of a classification, definition or border.

    Attributes:
        since: First period of the new state of things (`2019`).
        concept: Id of the concept that changed. It touches every indicator that has the concept among its
            dimensions or in its universe.
        why: What changed, in one sentence for readers.
        codes: Codes that changed, where not all did; sums that hold all parts of the change are not broken.
    """

    since: str
    concept: str
    why: str
    codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.why:
            raise ValueError(f"break of {self.concept} in {self.since}: says no why")


@dataclass(frozen=True)
class Country:
    """A member state (or a sender that is no state), the head of its pack.

    Attributes:
        code: ISO 3166-1 alpha-3, upper case; `XAA` to `XZZ` for fictional ones.
        names: Name by language (`en` at least).
        groups: Groups it belongs to, such as `SADC`.
        languages: Languages of its offices.
        districts: Path inside the pack of its districts, or empty: a codelist with the column
            `national_code`, or a map from spellings to codes.
        agencies: Its offices. An agency that only a source names needs no entry.
        boundaries: Path inside the pack of a GeoJSON file with a polygon for each district, whose `id` is
            the code of the district, or empty.
        breaks: Changes that touch every source of the country, such as those of its districts.
        corridors: Areas that the country's migrants mostly go to or come from; each has its own figure.
        fiscal_start: Month in which the fiscal year of the state begins (4: April to March).
    """

    code: str
    names: Mapping[str, str]
    groups: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    districts: str = ""
    agencies: tuple[Agency, ...] = ()
    boundaries: str = ""
    breaks: tuple[Break, ...] = ()
    corridors: tuple[str, ...] = ()
    fiscal_start: int = 4


@dataclass(frozen=True)
class MapEntry:
    """One line of a map from what an office writes to a code.

    Attributes:
        value: The value as written; compared after `normalise_spelling`.
        code: The code it stands for.
        valid_from: First day on which the line holds, or empty.
        valid_to: Last day on which it holds, or empty.
        rule: Empty or a name for the kind of correspondence; `prefix` makes `value` match every
            text that begins with it, the longest first; `exclude:<reason>` leaves out the rows with the value
            for that reason (`exclude:aggregate`: a sum of areas that no code stands for); `ambiguous` makes a value
            wait for a decision, `code` then holds the codes it may mean, separated by spaces; `former` is a name that
            is no longer in use, which is told of; `reviewed` is a decision of the coding memory.
    """

    value: str
    code: str
    valid_from: str = ""
    valid_to: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Detail:
    """A finer classification in which an office writes its codes, while it does.

    Attributes:
        codelist: Id of the classification; each code names in the attribute `rolls_to` the code it belongs to, or
            is empty there where it has been split over several.
        valid_from: First day on which the office uses it, or empty.
        valid_to: Last day, or empty.
    """

    codelist: str
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True)
class Calendar:
    """How a country's offices name months and count years.

    Attributes:
        months: Number of the month by its name or abbreviation, after `normalise_spelling`, in the languages of
            its offices.
        fiscal_start: Month in which the fiscal year begins.
    """

    months: Mapping[str, int] = field(default_factory=dict)
    fiscal_start: int = 4


@dataclass(frozen=True)
class Part:
    """What a source says of one type of rows, beyond what it says of all.

    Attributes:
        columns: Delivered headings by concept, as in `Source`.
        maps: Path of the map by concept, as in `Source`.
        defaults: Text by concept, as in `Source`.
        optional: Concepts whose column is left out at times.
        ignored: Delivered headings that are known and not taken.
        entries: Lines of its maps by concept, filled in when the catalogue is read.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    entries: Mapping[str, tuple[MapEntry, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One office's series of deliveries of one kind.

    In a pack only the declaration stands; `id`, `ref_area`, `entries` and `districts` are filled
    in when the catalogue is read: the file name, the country's code, the lines of the maps and of
    the district list.

    Attributes:
        kind: Id of the kind delivered.
        agency: Code of the agency that delivers.
        reader: One of `READERS`.
        columns: Delivered headings by concept, newest first. A heading over several header rows
            is written with its levels joined by ` / `; the lowest level alone also matches. Several
            columns that make up one number together are written joined by ` + ` (`EA + HHNO`).
        maps: Path of the map by concept, inside the pack.
        defaults: Text used where the delivery has no column or an empty cell, by concept.
        missing: Texts that mean "missing" in addition to the usual ones, by concept.
        date_order: Order in which day, month and year are written: one of `DATE_ORDERS`.
        decimal: Decimal mark of numbers written as text.
        code_digits: Digits of a code of the detailed classification (ISIC, ISCO) by concept, where the office
            always writes that many: numbers that became shorter on their way have lost zeros at the front.
        optional: Concepts whose column an office leaves out at times. Any other declared column that
            is missing makes the delivery fail.
        applies: SQL condition by concept under which the office's cell means what the concept
            says; elsewhere it is emptied (one date column for any decision is a date of issue
            only where `decision = 'granted'`).
        ignored: Delivered headings that are known and not taken, such as remarks; written as in
            `columns`.
        totals: First words of rows that are sums of others.
        replaces: What a delivery takes the place of: earlier versions of its `period`, `all`
            earlier deliveries, or `nothing`.
        expected: When deliveries are expected.
        on_unmapped: What happens to a row with an unknown code: one of `ON_UNMAPPED`, or one of
            these by concept (`*` for all others).
        precedence: When two sources of a country deliver the same record, the lower number wins.
        rules: Row rules of this office, beyond those of the table.
        title: Title in English.
        parts: What is particular to one type of rows, by `Record.id`, where the kind has several. What is
            said in the source itself holds for all of them.
        breaks: Changes in what the office asked or how it coded.
        layouts: How the files of a publisher are laid out (reader `tables`), the first that fits.
        coded_by: By concept, attributes of its codelist by which the publisher writes its codes (`alpha2`, `m49`),
            besides the codes themselves.
        details: By concept, the finer classifications in which the office writes codes, each with the days on which
            it does, where these differ from the one that the concept names (ISIC Rev. 3.1 until 2009).
        extracts: By concept, the regular expression that says which part of a cell is meant, where a column holds
            several things. Named groups `year`, `month`, `day` and `day_of_year` make up a date (a year of two
            digits is one of 1969 to 2068); a group `text` is the text. A cell of another form counts as empty, with a
            warning. One heading may then be declared for several concepts (the day of filing in the number of a case).
        unstated: Concepts of which an empty cell says nothing, although the type of rows has a default for it.
        whole_by: Concept of a number. Where several rows of a delivery have the number of one record and differ, the
            one with the largest number stands for the whole (of equal ones the first), and the others are its parts
            (excluded: `part_of_record`).
        told_by: By concept, where the words stand that give its value for a whole table: `sheet` (the name of the
            sheet) or `block` (a row that holds nothing but this text, above the rows it is for). They fill empty
            cells of the concept and a column that is not delivered, as far as they can be read as its value.
        fill_down: Concepts whose merged cells hold for all rows that they span. Merged cells of other concepts hold
            their text in the first row only.
        calendar: How its offices name months and count years; filled in when the catalogue is read.
        id: Name of the source: its file's name.
        ref_area: Code of its country.
        entries: Lines of its maps by concept.
        district_codes: District codes of the country (ISO 3166-2) with the code of the national
            office, which records may use in its place.
    """

    kind: str
    agency: str
    reader: str
    columns: Mapping[str, tuple[str, ...]]
    maps: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_order: str = "dmy"
    decimal: str = "."
    code_digits: Mapping[str, int] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    applies: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    totals: tuple[str, ...] = ("total", "sub-total", "subtotal", "grand total")
    replaces: str = "period"
    expected: Expected | None = None
    on_unmapped: str | Mapping[str, str] = "quarantine"
    precedence: int = 10
    rules: tuple[Rule, ...] = ()
    title: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    layouts: tuple[Layout, ...] = ()
    coded_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    details: Mapping[str, tuple[Detail, ...]] = field(default_factory=dict)
    extracts: Mapping[str, str] = field(default_factory=dict)
    unstated: tuple[str, ...] = ()
    whole_by: str = ""
    told_by: Mapping[str, str] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    calendar: Calendar = Calendar()
    id: str = ""
    ref_area: str = ""
    entries: Mapping[str, tuple[MapEntry, ...]] = field(default_factory=dict)
    district_codes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        allowed = (self.on_unmapped,) if isinstance(self.on_unmapped, str) else tuple(self.on_unmapped.values())
        for value, choices in (
            (self.reader, READERS),
            (self.replaces, REPLACES),
            (self.date_order, DATE_ORDERS),
            *((choice, ON_UNMAPPED) for choice in allowed),
            *((place, AROUND) for place in self.told_by.values()),
        ):
            if value not in choices:
                raise ValueError(f"source {self.agency}/{self.kind}: {value!r} is none of {choices}")
        if isinstance(self.ignored, str):
            raise ValueError(f"source {self.agency}/{self.kind}: ignored is a text; write a tuple, ({self.ignored!r},)")
        if bool(self.layouts) != (self.reader == "tables"):
            raise ValueError(f"source {self.agency}/{self.kind}: layouts and the reader 'tables' go together")
        every = (self.columns, *(part.columns for part in self.parts.values()))
        for concept, headings in (item for columns in every for item in columns.items()):
            if isinstance(headings, str):
                raise ValueError(
                    f"source {self.agency}/{self.kind}: headings of {concept} are a text; "
                    f"write a tuple, ({headings!r},)"
                )
        for concept, pattern in self.extracts.items():
            if not is_extract(pattern):
                groups = "text, or year with day_of_year, or year with month and day"
                raise ValueError(f"source {self.agency}/{self.kind}: extract of {concept} needs the groups {groups}")

    @property
    def path(self) -> str:
        """The source in paths and asset keys: `lso/work_permits_mole`."""
        return f"{self.ref_area.lower()}/{self.id}"

    def for_record(self, record: Record) -> Source:
        """The source as it stands for one type of rows: with what its part says, and its concepts only."""
        part = self.parts.get(record.id, Part())
        own = record.concepts
        columns = {**self.columns, **part.columns}
        return replace(
            self,
            columns={concept: headings for concept, headings in columns.items() if concept in own},
            maps={concept: path for concept, path in {**self.maps, **part.maps}.items() if concept in own},
            defaults={concept: text for concept, text in {**self.defaults, **part.defaults}.items() if concept in own},
            optional=(*self.optional, *part.optional),
            ignored=(*self.ignored, *part.ignored),
            entries={concept: lines for concept, lines in {**self.entries, **part.entries}.items() if concept in own},
            coded_by={concept: names for concept, names in self.coded_by.items() if concept in own},
            parts={},
        )

    def on_unmapped_for(self, concept: str) -> str:
        """What happens to a row whose `concept` holds an unknown code."""
        if isinstance(self.on_unmapped, str):
            return self.on_unmapped
        return self.on_unmapped.get(concept, self.on_unmapped.get("*", "quarantine"))


def is_extract(pattern: str) -> bool:
    """Whether a pattern says which part of a cell is meant.

    Raises:
        re.error: If it is no regular expression.
    """
    return frozenset(re.compile(pattern).groupindex) in EXTRACTED


def read_map(path: Path) -> tuple[MapEntry, ...]:
    """Read a map from a CSV file with the columns `value,code,valid_from,valid_to,rule`.

    Raises:
        ValueError: If a column is missing, a line is not complete, a date is none, or two lines give one
            value different codes at the same time.
    """
    own = ("value", "code", "valid_from", "valid_to", "rule")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        absent = [name for name in own if name not in (rows.fieldnames or ())]
        if absent:
            raise ValueError(f"{path.name}: columns {', '.join(absent)} are missing")
        entries = []
        for number, row in enumerate(rows, start=2):
            if None in row or None in row.values():
                raise ValueError(f"{path.name}: line {number} has not {len(rows.fieldnames or ())} cells")
            entries.append(MapEntry(*(row[name] for name in own)))
    known: dict[tuple[str, bool], list[tuple[int, MapEntry]]] = {}
    for number, entry in enumerate(entries, start=2):
        if not entry.value or not (entry.code or entry.rule.startswith((EXCLUDE, AMBIGUOUS))):
            raise ValueError(f"{path.name}: line {number} has no value or no code")
        for day in (entry.valid_from, entry.valid_to):
            if day and not _is_day(day):
                raise ValueError(f"{path.name}: line {number}: {day} is no date; write it as 2015-12-31")
        others = known.setdefault((normalise_spelling(entry.value), entry.rule == "prefix"), [])
        for before, other in others:
            if other.code != entry.code and _overlap(entry, other):
                raise ValueError(f"{path.name}: lines {before} and {number} give one value two codes at a time")
        others.append((number, entry))
    return tuple(entries)


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _overlap(one: MapEntry, other: MapEntry) -> bool:
    starts = max(one.valid_from, other.valid_from)
    ends = min(one.valid_to or "9999", other.valid_to or "9999")
    return starts <= ends
