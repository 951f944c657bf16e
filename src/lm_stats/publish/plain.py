"""Plain tables and chapters: what parts of the report are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

HIDDEN_SYMBOL = "[c]"
ABSENT_SYMBOL = "[x]"
# rows shown before the rest is folded, and rows that the page holds at all
UNFOLDED = 20
_DENSE = 10
_ROWS = 150


@dataclass(frozen=True)
class Column:
    """A column of a plain table: heading, what it means in full, whether it holds numbers, or sentences."""

    label: str
    means: str = ""
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True)
class PlainTable:
    """A table of the page; the first cell of a row is its heading.

    Attributes:
        id: Anchor.
        title: Title.
        columns: Columns.
        rows: Rows shown.
        folded: Rows that a reader may unfold.
        left: How many more rows stand in the files only.
        note: What must be known to read it.
        source: Who published it; empty where rows say so themselves.
        file: Name of the whole table's file, without its ending.
        fold: Whether the whole table is folded.
        number: Number in the report; 0 where it has none.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: tuple[tuple[str, ...], ...] = ()
    left: int = 0
    note: str = ""
    source: str = ""
    file: str = ""
    fold: bool = False
    number: int = 0

    @property
    def dense(self) -> bool:
        """Whether its columns are so many that they must stand close."""
        return len(self.columns) > _DENSE


@dataclass
class Chapter:
    """A chapter on what others published.

    Attributes:
        id: Anchor.
        title: Title.
        texts: Paragraphs under the title.
        tables: Its tables.
        figures: Ids of the declarations of its figures.
        closing: Paragraphs at its end.
    """

    id: str
    title: str
    texts: list[str] = field(default_factory=list)
    tables: list[PlainTable] = field(default_factory=list)
    figures: tuple[str, ...] = ()
    closing: list[str] = field(default_factory=list)


def columns(*labels: str, numeric: Iterable[str] = (), wide: Iterable[str] = ()) -> tuple[Column, ...]:
    """Columns by their headings; those that hold numbers, and those that hold sentences, are named again."""
    numbers, sentences = set(numeric), set(wide)
    return tuple(Column(label, numeric=label in numbers, wide=label in sentences) for label in labels)


def folding(rows: Sequence[tuple[str, ...]], unfolded: int = UNFOLDED, most: int = _ROWS) -> dict[str, Any]:
    """Rows shown, folded and left to the files."""
    # folding a handful hides more than it saves
    shown = len(rows) if len(rows) <= unfolded + 5 else unfolded
    kept, left = tuple(rows[:most]), max(len(rows) - most, 0)
    return {"rows": kept[:shown], "folded": kept[shown:], "left": left}
