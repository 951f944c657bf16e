"""Tables of files that name their columns themselves: data files of statistical packages and of census software."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lm_stats.spec import Concept, Problem, Record, Source
from lm_stats.stage.batches import Batch, Cells, coalesce, constant
from lm_stats.stage.layout import Header
from lm_stats.stage.rows import join_columns


@dataclass(frozen=True)
class Slab:
    """Rows of a labelled table that are read together, at most `batches.ROWS` of them.

    Attributes:
        numbers: Row number in the file, from 1 (int32): the line of a text file, else the place of the record.
        cells: Cells by name of the column.
    """

    numbers: np.ndarray
    cells: Mapping[str, Cells]


@dataclass
class Labelled(ABC):
    """A table whose columns have names, perhaps titles, and perhaps labels for their values.

    Attributes:
        path: The file.
        form: What kind of file it is (see `find_format`).
        sheet: Name of the type of records in a file that holds several; empty for others.
        names: Names of its columns, which are their headings.
        titles: Titles of the columns, empty where there is none; a concept that no name gives is found by them.
        rows: Number of rows, or none where the file does not say.
        warnings: What a person should know; complete when the rows have been read.
        differing: Rows by concept in which several columns of the concept differ; complete likewise.
        above: Tables of which each row of this one carries a row, as a person does of its household; they come first.
        inherited: Names of the columns that come from there.
    """

    path: Path
    form: str
    sheet: str
    names: tuple[str, ...]
    titles: tuple[str, ...]
    rows: int | None
    warnings: list[Problem] = field(default_factory=list, kw_only=True)
    differing: dict[str, int] = field(default_factory=dict, kw_only=True)
    above: tuple[Labelled, ...] = field(default=(), kw_only=True)
    inherited: frozenset[str] = field(default=frozenset(), kw_only=True)

    @abstractmethod
    def slabs(self, names: Sequence[str], decimals: Mapping[str, str]) -> Iterator[Slab]:
        """Read some columns, in order of the rows; all rows are read, once.

        Cells are texts: whole numbers without decimals, dates ISO 8601, texts as they are without the blanks that
        fill a field. An empty cell has no text.

        Args:
            names: The columns.
            decimals: The decimal mark that numbers of a column are written with; a point where none is given.

        Raises:
            Fault: If the file is damaged.
        """

    @abstractmethod
    def has_labels(self, name: str) -> bool:
        """Whether values of a column have labels."""

    @abstractmethod
    def has_reasons(self, name: str) -> bool:
        """Whether a column may say why a cell is empty: user-missing values, special values, letters."""

    def labelled(self, header: Header) -> frozenset[str]:
        """Concepts that have labels in a column."""
        return frozenset(c for c, places in header.columns.items() if any(map(self.has_labels, self._alone(places))))

    def reasoned(self, header: Header) -> frozenset[str]:
        """Concepts of which a column may say why a cell is empty."""
        return frozenset(c for c, places in header.columns.items() if any(map(self.has_reasons, self._alone(places))))

    def _alone(self, places: Sequence[tuple[int, ...]]) -> list[str]:
        """Columns that make up a value alone."""
        return [self.names[place[0]] for place in places if len(place) == 1]

    def batches(
        self, header: Header, source: Source, record: Record, concepts: Mapping[str, Concept]
    ) -> Iterator[Batch]:
        """Read the rows by concept.

        Args:
            header: Which column holds which concept.
            source: The source.
            record: The type of rows.
            concepts: Concepts by id.

        Raises:
            Fault: If the file is damaged.
        """
        decimals: dict[str, str] = {}
        for concept, found in header.columns.items():
            if concepts[concept].type in ("integer", "number"):
                decimals |= {self.names[place]: source.decimal for places in found for place in places}
        wanted = {place for found in header.columns.values() for places in found for place in places}
        for slab in self.slabs([self.names[place] for place in sorted(wanted)], decimals):
            cells = {}
            for name in record.concepts:
                if name not in header.columns:
                    continue
                columns = [
                    join_columns([slab.cells[self.names[place]] for place in places], concepts[name], source)
                    for places in header.columns[name]
                ]
                cells[name], differing = coalesce(columns)
                if differing:
                    self.differing[name] = self.differing.get(name, 0) + differing
            yield Batch(self.sheet, slab.numbers, constant("", len(slab.numbers)), cells)
