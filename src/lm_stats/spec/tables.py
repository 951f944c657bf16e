"""Concepts in their roles: tables, row rules, kinds of delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SEVERITIES = ("quarantine", "warn")


@dataclass(frozen=True)
class Rule:
    """A rule that every row of a table must keep.

    Attributes:
        name: Short snake_case name; it stands in accounts, checks and send-backs.
        sql: A SQL condition over the row's columns. A row breaks the rule only where the
            condition is false: unknown is not wrong.
        why: Why the rule holds, in one sentence an office understands.
        severity: `quarantine` holds the row back; `warn` keeps and counts it.
        columns: Columns to look at when it is broken.
    """

    name: str
    sql: str
    why: str
    severity: str = "quarantine"
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"rule {self.name}: severity {self.severity!r} is none of {SEVERITIES}")
        if not self.why:
            raise ValueError(f"rule {self.name}: says no why")


@dataclass(frozen=True)
class SurveyDesign:
    """How the records of a sample were drawn, by columns of its table; each area and occasion is a sample of its own.

    Attributes:
        strata: Column of the stratum of the first stage.
        psu: Column of the primary sampling unit.
        single_psu: What to do where a stratum has one unit only: `fail` (no error is given), `certainty`, `average`
            or `adjust`.
        nest: Whether numbers of units begin anew in each stratum; None: as the data tell, and where they do not tell
            clearly, no error is given.
    """

    strata: str
    psu: str
    single_psu: str = "fail"
    nest: bool | None = None


@dataclass(frozen=True)
class Table:
    """Concepts in the roles of key, measure and attribute, with the rules of a row.

    Attributes:
        id: Name of the table.
        title: Title in English.
        unit_of_count: What one row is.
        key: Concept ids that identify a row; never empty.
        measures: Concept ids that are counted, summed or averaged.
        attributes: All other concept ids, in the order of the columns.
        required: Attributes and measures that are never empty (keys never are).
        rules: Row rules.
        description: What the table holds and what it does not.
        sums: Whether rows may carry the codes of totals and groups, as published figures do.
        made_from: Id of the table that it is made from, where no source fills it.
        also: What else a row is, with the SQL condition under which it is (`certificate`: `decision = 'granted'`).
        design: How its records were drawn, where they are a sample.
    """

    id: str
    title: str
    unit_of_count: str
    key: tuple[str, ...]
    measures: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    description: str = ""
    sums: bool = False
    made_from: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    design: SurveyDesign | None = None

    def __post_init__(self) -> None:
        columns = self.columns
        if len(set(columns)) != len(columns):
            raise ValueError(f"table {self.id}: a column stands in two roles")
        if unknown := [name for name in self.required if name not in columns]:
            raise ValueError(f"table {self.id}: required columns {unknown} are not in the table")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns: key, attributes, measures."""
        return self.key + self.attributes + self.measures

    @property
    def not_null(self) -> frozenset[str]:
        """Columns that are never empty."""
        return frozenset(self.key + self.required)


@dataclass(frozen=True)
class Agreement:
    """That tables of one delivery break the same whole down, so that their sums agree.

    Attributes:
        value: Concept of the number that is summed.
        tables: Concept whose codes tell the tables from one another.
        by: Concepts by which the sums must agree.
    """

    value: str
    tables: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One type of row that a delivery holds: all applications of a register, or the persons of a census.

    Attributes:
        id: Name of the type, part of the name of its staged file; empty where the kind has one type only.
        unit: What one delivered row is.
        table: Id of the observatory table it fills.
        concepts: Concept ids that a delivery may hold.
        required: Concept ids without which a delivery cannot be used.
        row_key: Concept ids of which at least one is filled on a row that is a record; rows with
            none are totals, notes and footers.
        defaults: Text by concept that an empty or undelivered cell stands for.
        undelivered: Concepts whose default stands for a column that is not delivered, never for an empty
            cell of one that is.
        first_of: For a column that is not delivered itself, the columns it is taken from: the first of
            them that is filled.
        joined: For a column that is not delivered itself, the columns whose texts, joined by hyphens, make
            it up; empty where one of them is.
        excludes: SQL condition over the coded row by reason why such a row is no record of the table.
        occasion: Concept that takes the period of the delivery: the year of a census, the round of a survey.
        optional: Whether a delivery may come without any row of this type.
        told: For a column that is empty or not delivered, the concept whose code tells it and the attribute of
            the codelist that says so (`concept`: (`dataflow`, `concept`)).
        derived: SQL expression over the coded row by column that is made from others, in this order.
        scaled: Numbers that are published in a power of ten of their unit, with the concept that says which
            (`obs_value`: `unit_mult_published`); they go on in units.
        sums: Whether rows may carry the codes of totals and groups, as published figures do.
        agreement: What the tables of one delivery must agree on, where each breaks the same whole down.
        dated_by: Date concepts, the surest first, that say which period a row belongs to where an office sends a
            part of a period again; empty where a delivery is always whole.
    """

    id: str
    unit: str
    table: str
    concepts: tuple[str, ...]
    required: tuple[str, ...]
    row_key: tuple[str, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    undelivered: tuple[str, ...] = ()
    first_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excludes: Mapping[str, str] = field(default_factory=dict)
    occasion: str = ""
    optional: bool = False
    told: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    scaled: Mapping[str, str] = field(default_factory=dict)
    sums: bool = False
    dated_by: tuple[str, ...] = ()
    agreement: Agreement | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of delivery: what an office can send, whatever its layout.

    Attributes:
        id: Name of the kind (`work_permits`).
        title: Title in English.
        records: The types of rows that a delivery holds.
        unit_records: Whether rows describe persons, so that real and synthetic never share a root.
        rectangular: Whether files are plain tables of records (a heading for each column, then one row
            a record and nothing else), as statistical offices store unit records; such files are read
            in batches, however large.
        published: Whether rows are values of published tables: each value is a row, labels are kept as they are,
            and nothing is hidden or rounded.
        keyed: Whether tables that are no unit records name employers or others all the same: names become tokens, so
            that the key of the root is needed, and of labels only those are kept that maps and codelists know.
        description: What the kind is and is not.
    """

    id: str
    title: str
    records: tuple[Record, ...]
    unit_records: bool = True
    rectangular: bool = False
    published: bool = False
    keyed: bool = False
    description: str = ""

    def __post_init__(self) -> None:
        names = [record.id for record in self.records]
        if not names or len(set(names)) != len(names) or (len(names) > 1 and "" in names):
            raise ValueError(f"kind {self.id}: each of several types of rows needs a name of its own")
        if self.published and (self.unit_records or len(names) > 1):
            raise ValueError(f"kind {self.id}: published tables hold values of one type, and no unit records")

        if self.keyed and not self.published:
            raise ValueError(f"kind {self.id}: only published tables are keyed; unit records always are")

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concept ids of all types of rows, each once."""
        return tuple(dict.fromkeys(name for record in self.records for name in record.concepts))

    @property
    def tables(self) -> tuple[str, ...]:
        """Ids of the observatory tables that it fills."""
        return tuple(record.table for record in self.records)

    @property
    def needs_key(self) -> bool:
        """Whether its files are read with the key of the root."""
        return self.unit_records or self.keyed

    @property
    def in_parts(self) -> bool:
        """Whether every row says by its dates which period it belongs to."""
        return all(record.dated_by for record in self.records)

    def record(self, name: str) -> Record:
        """The type of rows of that name.

        Raises:
            KeyError: If there is none.
        """
        return {record.id: record for record in self.records}[name]
