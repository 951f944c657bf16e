"""What a thing is: concepts and codelists."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

TYPES = ("text", "code", "date", "integer", "number", "token")
IDENTIFIERS = ("name", "document", "birth_date", "business", "contact", "serial")
CODE_KINDS = ("", "total", "group", "missing")


@dataclass(frozen=True)
class Concept:
    """One thing that is measured or described, declared once for every table.

    Attributes:
        id: Name of the column everywhere.
        label: Short title in English.
        definition: What it is, and what it is not.
        type: One of `TYPES`.
        codelist: Id of the codelist its codes come from (type `code` only).
        unit: Unit of measure of a number.
        minimum: Smallest admissible value of a number.
        maximum: Largest admissible value of a number.
        identifier: What kind of direct identifier a delivered cell holds (one of
            `IDENTIFIERS`), or empty. Such a cell becomes keyed tokens at staging. A `serial` is a number
            that means something within one operation only, such as that of a household in a census.
        sdmx: Id of the SDMX concept it corresponds to, upper case.
        detail: Id of a finer classification that deliveries may use in its place; each of its
            codes names in the attribute `rolls_to` the code of `codelist` it belongs to.
        bands: Id of the number concept whose values the codes are bands of; each code names its first
            and last whole number in the attributes `first` and `last` (empty: without end). Made from it
            where an indicator asks for it, and stored nowhere.
        sql: SQL expression over the columns of a table that gives the code, in the same way.
        holds_back: Whether a record waits in quarantine while its code is not known, where its source does not say
            otherwise. Where not, it goes on as not stated, and how often is told.
        ends: Of a date: whether it is the last day of something, so that of a month or year alone its last day is
            meant.
    """

    id: str
    label: str
    definition: str
    type: str = "text"
    codelist: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    identifier: str = ""
    sdmx: str = ""
    detail: str = ""
    bands: str = ""
    sql: str = ""
    holds_back: bool = True
    ends: bool = False

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"concept {self.id}: type {self.type!r} is none of {TYPES}")
        if self.identifier and self.identifier not in IDENTIFIERS:
            raise ValueError(f"concept {self.id}: identifier {self.identifier!r} is none of {IDENTIFIERS}")
        if (self.type == "code") != bool(self.codelist):
            raise ValueError(f"concept {self.id}: a code needs a codelist, and only a code has one")
        if (self.bands or self.sql) and (self.type != "code" or (self.bands and self.sql)):
            raise ValueError(f"concept {self.id}: only a code is made from others, by bands or by an expression")

    @property
    def is_made(self) -> bool:
        """Whether it is made from other columns where an indicator asks for it."""
        return bool(self.bands or self.sql)


@dataclass(frozen=True)
class Code:
    """One entry of a codelist.

    Attributes:
        code: The code as it stands in tables.
        label: Label in English.
        parent: The code that this one adds up to, or empty.
        kind: Empty for a code that unit records may carry, `missing` for the one that says
            "not stated", `group` for a sum of others, `total` for the sum of all.
        valid_from: First day (ISO 8601) on which the code holds, or empty.
        valid_to: Last day on which it holds, or empty.
        attributes: Further columns of the file, such as `m49`. Where there is a column `aliases`, earlier codes
            of the entry, separated by spaces, are known as well.
    """

    code: str
    label: str
    parent: str = ""
    kind: str = ""
    valid_from: str = ""
    valid_to: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Codelist:
    """A list of codes with its hierarchy.

    Attributes:
        id: Name of the list, as concepts refer to it.
        codes: Its entries, in the order of publication.
    """

    id: str
    codes: tuple[Code, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for entry in self.codes:
            if entry.code in seen:
                raise ValueError(f"codelist {self.id}: code {entry.code} stands twice")
            if entry.kind not in CODE_KINDS:
                raise ValueError(f"codelist {self.id}: {entry.code}: kind {entry.kind!r} is none of {CODE_KINDS}")
            seen.add(entry.code)
        for entry in self.codes:
            if entry.parent and entry.parent not in seen:
                raise ValueError(f"codelist {self.id}: {entry.code}: parent {entry.parent} is not in the list")
            if entry.code in self.ancestors_of(entry.code):
                raise ValueError(f"codelist {self.id}: {entry.code} is its own ancestor")

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    @cached_property
    def by_code(self) -> Mapping[str, Code]:
        """Entries by code."""
        return {entry.code: entry for entry in self.codes}

    @cached_property
    def total(self) -> str:
        """The code of the sum of all, or empty where the list has none."""
        return next((entry.code for entry in self.codes if entry.kind == "total"), "")

    @cached_property
    def missing(self) -> str:
        """The code that says "not stated", or empty where the list has none."""
        return next((entry.code for entry in self.codes if entry.kind == "missing"), "")

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """Codes that unit records may carry: all but sums of others."""
        return tuple(entry.code for entry in self.codes if entry.kind in ("", "missing"))

    def ancestors_of(self, code: str) -> tuple[str, ...]:
        """Codes that `code` adds up to, nearest first."""
        found: list[str] = []
        parent = self._parents.get(code, "")
        while parent and parent not in found:
            found.append(parent)
            parent = self._parents.get(parent, "")
        return tuple(found)

    @cached_property
    def _parents(self) -> Mapping[str, str]:
        return {entry.code: entry.parent for entry in self.codes}

    def label(self, code: str) -> str:
        """The label of `code`; the code itself where the list does not hold it."""
        entry = self.by_code.get(code)
        return entry.label if entry else code


def read_codelist(path: Path) -> Codelist:
    """Read a codelist from a CSV file named after it.

    Args:
        path: A file with the columns `code,label,parent,kind,valid_from,valid_to` and any
            further columns, which become attributes.

    Raises:
        ValueError: If a column is missing, a code stands twice or a parent is unknown.
    """
    own = ("code", "label", "parent", "kind", "valid_from", "valid_to")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        absent = [name for name in own if name not in (rows.fieldnames or ())]
        if absent:
            raise ValueError(f"{path.name}: columns {', '.join(absent)} are missing")
        codes = tuple(
            Code(**{name: row[name] for name in own}, attributes={k: v for k, v in row.items() if k not in own})
            for row in rows
        )
    return Codelist(path.stem, codes)
