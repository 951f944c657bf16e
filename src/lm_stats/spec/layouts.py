"""How tables that others publish are laid out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Layout:
    """One shape of the files that a publisher issues: what tells it from others, and where its values stand.

    Nothing in it counts rows: the header is the row that has the declared headings, wherever it stands. A
    value column is one whose heading is among `values` (long tables) or matches `across` (wide tables and
    matrices). Patterns are regular expressions without regard to case; they must match a whole heading,
    caption, sheet name or file name, and are searched for in titles and notes.

    Attributes:
        id: Name of the layout.
        labels: Headings of columns that hold labels or codes, by concept, any of them; compared without regard to
            case, accents and spacing. All concepts are needed, but those in `optional`.
        values: For long tables, the headings of value columns, each with the texts it means by concept.
        across: For wide tables, the concept that headings of value columns tell: a year, a quarter, an area.
        pattern: What a heading of `across` looks like; its first group is the text.
        captions: Texts by concept, by what a merged heading above the value columns looks like. Columns
            under another caption are not taken. There may be several rows of them (births over boys and girls).
        joined: Whether headings of `across` stand on several rows: `pattern` must then match their levels joined by
            ` / `, from the uppermost to the row with the headings of labels, without the marks of notes
            (`European Union / Of which: / EU14`).
        noted: Concept that takes the texts of the notes that such a heading bears, or empty.
        constants: Texts by concept that hold for the whole table.
        told: By concept, a pattern whose first group is the text, searched in titles and headings, the name of the
            sheet, and notes below the table, in this order.
        named: By concept, texts by what the name of the file looks like, the first that matches.
        title: What must be found in titles, headings or notes around the table, or in the name of its sheet.
        sheets: What the name of its sheet looks like; empty: any.
        optional: Concepts of `labels`, `told` and `named` that may be missing; a label may not where the table has a
            column that nobody declared, which may be it.
        blank: Texts of value cells that mean that there is no value; `0` where a publisher writes that for it.
        flags: By ending of a heading of `across` (`e`), the observation status of the values below.
        nested: For JSON files: keys of the list of names and of the values by period, then first area, then second
            area (`names`, `matrix`), with the concepts of the three levels.
        cells: Whether every filled cell of the sheet is kept as it stands, by its address: for tables whose headings
            nobody has declared yet. It comes last among the layouts of a source; nothing of it is counted.
        not_taken: Why such a table is known and not taken; empty where it is. It may be told by its labels, or by
            the name of its file or sheet or its title alone.
    """

    id: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    across: str = ""
    pattern: str = ""
    captions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    joined: bool = False
    noted: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    title: str = ""
    sheets: str = ""
    optional: tuple[str, ...] = ()
    blank: tuple[str, ...] = ("", "..", "...", "~", "-", "NA", "N/A", "n.a.")
    flags: Mapping[str, str] = field(default_factory=dict)
    nested: tuple[str, ...] = ()
    cells: bool = False
    not_taken: str = ""

    def __post_init__(self) -> None:
        shapes = [bool(self.values), bool(self.across), bool(self.nested), self.cells, bool(self.not_taken)]
        if sum(shapes) != 1:
            what = "a table is long, wide, nested, kept by its cells or not taken, and one of these only"
            raise ValueError(f"layout {self.id}: {what}")
        if self.across and not self.pattern:
            raise ValueError(f"layout {self.id}: says not what the headings of {self.across} look like")
        if self.joined and (self.captions or not self.across or not self.labels):
            raise ValueError(f"layout {self.id}: headings on several rows are those of `across`, and have no captions")
        if self.noted and not self.joined:
            raise ValueError(f"layout {self.id}: notes are those of headings on several rows")
        if self.nested and len(self.nested) != 5:
            raise ValueError(f"layout {self.id}: nested names two keys and three concepts")
        for pattern in (self.pattern, self.title, self.sheets, *self.captions, *self.told.values()):
            re.compile(pattern)
        for texts in self.named.values():
            for pattern in texts:
                re.compile(pattern)

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concept ids that it fills, besides the value."""
        texts = (*self.values.values(), *self.captions.values(), self.constants)
        named = [name for one in texts for name in one]
        found = (*self.labels, *((self.across,) if self.across else ()), *named, *self.told, *self.named)
        flagged = (*(("obs_status",) if self.flags else ()), *((self.noted,) if self.noted else ()))
        return tuple(dict.fromkeys((*found, *self.nested[2:], *flagged)))
