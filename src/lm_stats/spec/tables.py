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
class Kind:
    """A kind of delivery: what an office can send, whatever its layout.

    Attributes:
        id: Name of the kind (`work_permits`).
        title: Title in English.
        unit: What one delivered row is.
        table: Id of the observatory table it fills.
        concepts: Concept ids that a delivery may hold.
        required: Concept ids without which a delivery cannot be used.
        row_key: Concept ids of which at least one is filled on a row that is a record; rows with
            none are totals, notes and footers.
        defaults: Text by concept that an empty or undelivered cell stands for.
        unit_records: Whether rows describe persons, so that real and synthetic never share a root.
        description: What the kind is and is not.
    """

    id: str
    title: str
    unit: str
    table: str
    concepts: tuple[str, ...]
    required: tuple[str, ...]
    row_key: tuple[str, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    unit_records: bool = True
    description: str = ""
