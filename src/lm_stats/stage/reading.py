"""What is needed to read the files of a delivery, and what is said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lm_stats.compile.coder import Coder
from lm_stats.spec import Concept, MapEntry, Problem, Record, Source
from lm_stats.stage.confirmed import Confirmed
from lm_stats.stage.delimited import Irregular
from lm_stats.stage.layout import (
    describe_surprises,
)
from lm_stats.stage.layouts import Layouts, describe_match
from lm_stats.stage.matching import Match

if TYPE_CHECKING:
    from lm_stats.stage.companions import Tables

_READERS = {"text": "csv", "stata": "stata", "spss": "spss", "parquet": "parquet", "cspro": "cspro", "ddi": "fixed"}
_FORMATS = {
    "csv": "CSV",
    "workbook": "a workbook",
    "stata": "a Stata file",
    "spss": "an SPSS file",
    "parquet": "a Parquet file",
    "cspro": "a CSPro file with its dictionary",
    "fixed": "a fixed-width file with its codebook",
    "rosters": "an export of Survey Solutions",
}


@dataclass
class Reading:
    """What is needed to read the files of a delivery, and what is to be said about them.

    Attributes:
        views: The types of rows, each with the source as it stands for it.
        concepts: Concepts by id.
        coders: Coders by type of rows and concept.
        in_batches: Whether text files are plain tables that may be read in blocks of lines.
        irregular: Text files that cannot be, with the line and the reason.
        warnings: What a person should know.
        shared: Headings that offices anywhere use, with the concept of each.
        confirmed: Layouts that people confirmed.
    """

    views: Sequence[tuple[Record, Source]]
    concepts: Mapping[str, Concept]
    coders: Mapping[str, Mapping[str, Coder]]
    in_batches: bool
    irregular: Mapping[str, Irregular]
    warnings: list[Problem] = field(default_factory=list)
    shared: Sequence[MapEntry] = ()
    confirmed: Sequence[Confirmed] = ()

    @cached_property
    def layouts(self) -> Layouts:
        """What is found out about the columns of the files."""
        return Layouts(self.views, self.concepts, self.coders, self.shared, self.confirmed)

    def note_layout(self, file: str, sheet: str, where: str, found: Match) -> None:
        """Remember what the columns of a sheet were taken for, and say what was not declared."""
        self.layouts.note(file, sheet, found.view, found.header, found.how)
        self.warnings += describe_match(where, found)
        self.warnings += describe_surprises(where, found.header, found.view, found.record)

    @property
    def headings(self) -> list[str]:
        """All declared headings, those that people confirmed, and those that offices anywhere use."""
        views = [view for _, view in self.views]
        taken = [heading for view in views for names in view.columns.values() for heading in names]
        ignored = [heading for view in views for heading in view.ignored]
        confirmed = [heading for one in self.confirmed for heading, _ in one.history]
        return list(dict.fromkeys([*taken, *ignored, *confirmed, *(entry.value for entry in self.shared)]))

    def note_format(self, tables: Tables) -> None:
        """Say where a file is of another format than the source declares."""
        found, source = _READERS.get(tables.form, "workbook"), self.views[0][1]
        if tables.form == "rosters":
            found = "rosters"
        if found == source.reader:
            return
        what = f"the file is {_FORMATS[found]} although source {source.id} declares {_FORMATS[source.reader]}; "
        do = "Correct the declaration if the office goes on sending it."
        self.warnings.append(Problem(tables.path.name, f"{what}it was read as what it is", do))


class IrregularFile(Exception):
    """A text that is no plain table, which is only found out while it is read.

    Args:
        name: Name of the file.
        why: Where and why.
    """

    def __init__(self, name: str, why: Irregular) -> None:
        super().__init__(name)
        self.name = name
        self.why = why
