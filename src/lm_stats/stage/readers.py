"""Files of any layout to sheets of cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lm_stats.spec import Problem
from lm_stats.stage.content import find_format
from lm_stats.stage.sheets import Sheet
from lm_stats.stage.texts import read_text
from lm_stats.stage.web_page import read_web_page
from lm_stats.stage.workbooks import read_workbook

_NAMED = {
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsb", ".xls": "xls", ".ods": "ods", ".csv": "text", ".tsv": "text",
    ".txt": "text", ".htm": "html", ".html": "html",
}  # fmt: skip
_FORMATS = {
    "xlsx": "a workbook (xlsx)", "xlsb": "a binary workbook (xlsb)", "xls": "an old workbook (xls)",
    "ods": "an OpenDocument spreadsheet (ods)", "text": "delimited text (CSV)", "html": "a web page",
}  # fmt: skip


@dataclass
class Reading:
    """The sheets of one file, and what is to be said about it.

    Attributes:
        is_text: Whether the file is delimited text.
        sheets: Its sheets, read one after the other.
        warnings: What a person should know; complete when the sheets have been read.
    """

    is_text: bool
    sheets: Iterator[Sheet]
    warnings: list[Problem] = field(default_factory=list)


def read(path: Path, headings: Collection[str], kind: str = "") -> Reading:
    """Read a workbook, the tables of a web page or a CSV file by its content, whatever its name says.

    Args:
        path: The file.
        headings: Declared headings; the delimiter of a CSV file is the one that finds most of them.
        kind: Its format, where `find_format` has already said it.

    Raises:
        Fault: If the file is none of these, or is not complete (also while its sheets are read).
    """
    kind = kind or find_format(path)
    warnings: list[Problem] = []
    if _NAMED.get(path.suffix.casefold(), kind) != kind and kind in _FORMATS:
        what = f"the file is named {path.suffix.casefold()} and is {_FORMATS[kind]}; it was read as what it is"
        warnings.append(Problem(path.name, what, "Ask the office to save it in the format that its name says."))
    if kind == "text":
        sheets = read_text(path, headings, warnings)
    elif kind == "html":
        sheets = read_web_page(path, warnings)
    else:
        sheets = read_workbook(path, kind, warnings)
    return Reading(kind == "text", sheets, warnings)
