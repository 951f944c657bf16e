"""How a delivered file looks where it does not look as the pack says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# order of the bytes is named by the mark at the beginning, as spreadsheet programs write it
UTF16 = "utf-16-le"
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Appearance:
    """What is unusual about a file as a whole; by default nothing.

    Attributes:
        headings: How headings are written, by the lowest level of the heading as declared.
        renamed: Headings as they are written by heading as declared, both with all levels.
        order: Concepts in the order of the columns; empty: as declared.
        looks: Rows that are `hidden`, `struck` or `merged` with the row above, by place in the file (from 0).
        checked: Whether there is a last column that nobody declared.
        logo_rows: Rows above the titles, with a picture in the first of them.
        hidden_column: Concept of the column that is hidden; empty: none.
        years: Order of the sheets; empty: from the first year to the last.
        stacked: Two years on one sheet, each below a row that holds only the year; empty: none.
        named: Name of the sheet of a year.
        unmerged: Year on whose sheet the cells of upper headings are not merged; 0: none.
        beside: Year on whose sheet another table stands beside the records; 0: none.
        month_first: Year on whose sheet dates of one column are texts with the month first; 0: none.
        notes: Whether there is a hidden sheet of notes.
        summary: Whether there is a sheet of counts.
        encoding: Encoding of a text file; empty: that of the pack.
        delimiter: Delimiter of a text file; empty: that of the pack.
        line_end: What ends its lines.
        tells_delimiter: Whether its first line names the delimiter.
        blank_lines: Blank lines at its end.
        zero_in: Place of the row (from 0) whose remark ends in a zero character; -1: none.
        labels_swapped: Whether two codes of a column have each other's label, in a file with labels.
    """

    headings: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    looks: Mapping[int, str] = field(default_factory=dict)
    checked: bool = False
    logo_rows: int = 0
    hidden_column: str = ""
    years: tuple[int, ...] = ()
    stacked: tuple[int, ...] = ()
    named: Mapping[int, str] = field(default_factory=dict)
    unmerged: int = 0
    beside: int = 0
    month_first: int = 0
    notes: bool = False
    summary: bool = False
    encoding: str = ""
    delimiter: str = ""
    line_end: str = "\r\n"
    tells_delimiter: bool = False
    blank_lines: int = 0
    zero_in: int = -1
    labels_swapped: bool = False

    def heading(self, text: str) -> str:
        """A heading as it is written."""
        return self.headings.get(text, text)


PLAIN = Appearance()
