"""Texts that a spreadsheet would run: found, and made harmless, in one place for every file that leaves."""

from __future__ import annotations

import re

import pandas as pd

# what begins a formula, in the widths that spreadsheets accept
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# blanks, marks without width and double quotes, which a spreadsheet passes over before it looks for a sign
_BEFORE = '[\\s\u200b\ufeff"\u201c\u201d\uff02]*'
_BEGINS = re.compile(f"^(?:[\\t\\r\\n]|{_BEFORE}[{_SIGNS}])")
# where lists are separated by semicolons, a spreadsheet begins a new cell there, whatever the file says
_BEGINS_WITHIN = re.compile(f"([;\\t\\r\\n|]{_BEFORE})(?=[{_SIGNS}])")
_MARKED_WITHIN = re.compile(f"([;\\t\\r\\n|]{_BEFORE})'(?=[{_SIGNS}])")
_NOTHING = re.compile(f"^[{_SIGNS}]*$")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a text file may run a text as a formula, or part of it.

    Marks for "nothing", such as `-` or `--`, are none.

    Args:
        text: The content of a cell, before it is quoted.
    """
    return not _NOTHING.match(text) and bool(_BEGINS.match(text) or _BEGINS_WITHIN.search(text))


def neutralise(text: str) -> str:
    """A text that every spreadsheet shows as it is: with an apostrophe before what begins like a formula.

    For texts only: a negative number begins with a sign as well, and is written as it is. To do it again changes
    nothing. After OWASP, "CSV Injection": the signs `= + - @`, tab, carriage return and line feed, here also in full
    width, behind blanks and quotes, and behind a semicolon, tab, bar or line end inside of the text.

    Args:
        text: The content of a cell, before it is quoted.
    """
    if not is_formula(text):
        return text
    within = _BEGINS_WITHIN.sub(r"\1'", text)
    return f"'{within}" if _BEGINS.match(within) else within


def restore(text: str) -> str:
    """A text without what `neutralise` added to it; without every mark where it is not certain which were added.

    Args:
        text: A cell that it wrote.
    """
    plain = text.removeprefix("'")
    for candidate in (_MARKED_WITHIN.sub(r"\1", plain), _MARKED_WITHIN.sub(r"\1", text), plain):
        if candidate != text and neutralise(candidate) == text:
            return candidate
    return text


def neutralise_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose texts and names of columns a spreadsheet shows as they are; its numbers stay numbers.

    Args:
        frame: The frame; it is not changed.
    """
    texts = {str(n): frame[n].map(_harmless).astype(frame[n].dtype) for n in frame if not _is_number(frame[n])}
    return frame.assign(**texts).rename(columns=neutralise)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype)


def _harmless(value: object) -> object:
    return neutralise(value) if isinstance(value, str) else value
