"""What a dictionary or codebook says of a file of fixed width: items, the records that hold them, what values mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from lm_stats.compile.missing import NO_ANSWER
from lm_stats.spec import normalise_spelling

_NUMBER = re.compile(r"([+-]?) *(\d*)(?:([.,])(\d*))?")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Value:
    """A value or a range of values of an item, and what it means.

    Attributes:
        low: The value, or the first of the range, as the dictionary writes it.
        high: The last value of the range; empty for a value that stands alone.
        label: Its label, or empty.
        reason: Why a cell that holds it is empty; empty for a value that is an answer.
    """

    low: str
    high: str = ""
    label: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Item:
    """A column of a record.

    Attributes:
        name: Its name.
        title: Its title, or empty.
        start: Its first place in the line, from 0, in characters.
        width: How many characters it takes.
        is_text: Whether it holds texts, whose zeros count.
        decimals: How many of the last digits stand after a decimal mark that is not written.
        values: What values mean; of two that speak of one value the first holds.
    """

    name: str
    title: str
    start: int
    width: int
    is_text: bool = False
    decimals: int = 0
    values: tuple[Value, ...] = ()

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.start + self.width

    @cached_property
    def _alone(self) -> Mapping[str, Value]:
        """Values that stand alone, by their plain text; a range names its values together, which labels none."""
        found: dict[str, Value] = {}
        for value in self.values:
            if not value.high:
                found.setdefault(self._plain(value.low), value)
        return found

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        return {text: value.label for text, value in self._alone.items() if text and value.label not in ("", text)}

    @cached_property
    def _reasons(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for value in self.values:
            if value.reason and not value.high:
                found.setdefault(self._plain(value.low), value.reason)
        return {text: reason for text, reason in found.items() if text}

    @cached_property
    def _spans(self) -> Sequence[tuple[Decimal, Decimal, str]]:
        """Ranges of numbers that mean that a cell is empty, and why."""
        ranges = [(self._plain(v.low), self._plain(v.high), v.reason) for v in self.values if v.high and v.reason]
        numbers = [span for span in ranges if _PLAIN.fullmatch(span[0]) and _PLAIN.fullmatch(span[1])]
        return [(Decimal(low), Decimal(high), reason) for low, high, reason in numbers]

    @property
    def has_labels(self) -> bool:
        """Whether values have labels."""
        return bool(self._labels)

    @property
    def has_reasons(self) -> bool:
        """Whether values say why a cell is empty."""
        return bool(self._reasons or self._spans)

    def read(self, raw: str) -> str | None:
        """The text of a cell: a number without the zeros that fill it, a text without blanks around it.

        What is no number in an item of numbers stays as it is.

        Args:
            raw: All its characters.
        """
        return (raw.strip(" \x00\t") if self.is_text else plain_number(raw, self.decimals)) or None

    def label(self, text: str) -> str | None:
        """The label of a text, as `read` gives it."""
        return self._labels.get(text)

    def reason(self, text: str) -> str | None:
        """Why a text, as `read` gives it, means that the cell is empty."""
        if text in self._reasons:
            return self._reasons[text]
        if self._spans and _PLAIN.fullmatch(text):
            number = Decimal(text)
            return next((reason for low, high, reason in self._spans if low <= number <= high), None)
        return None

    def write(self, text: str, decimal: str) -> str:
        """A text, as `read` gives it, as it is staged: as the dictionary writes it, if it does.

        Args:
            text: The text.
            decimal: The decimal mark that numbers are written with.
        """
        written = self._alone[text].low.strip() if text in self._alone else text
        return written.replace(".", decimal) if not self.is_text and _PLAIN.fullmatch(written) else written

    def _plain(self, text: str) -> str:
        return text.strip() if self.is_text else plain_number(text)


@dataclass(frozen=True)
class RecordType:
    """A type of lines.

    Attributes:
        name: Its name, which is that of the table.
        mark: What its lines hold where the type stands; empty where a file has one type.
        items: Its columns, those that identify the questionnaire first.
        level: The level of the questionnaire that it is of, from 0.
        is_required: Whether each questionnaire has one.
        is_single: Whether a questionnaire has one at most.
    """

    name: str
    mark: str
    items: tuple[Item, ...]
    level: int = 0
    is_required: bool = False
    is_single: bool = False


@dataclass(frozen=True)
class Relation:
    """Items or records of a questionnaire whose occurrences belong together.

    Attributes:
        name: Its name.
        primary: Record or item on the one side.
        secondary: Record or item on the other.
        links: What both sides are joined by, an item each; empty where it is the number of the occurrence.
    """

    name: str
    primary: str
    secondary: str
    links: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Dictionary:
    """The description of a file of fixed width.

    Attributes:
        file: Name of the file that says so.
        form: What kind of file that is (see `find_format`).
        records: Its types of lines.
        mark_start: First place of the type of a line, from 0.
        mark_width: How many characters the type takes; 0 where there is one type only.
        keys: For each level of the questionnaire the items that identify it, those of higher levels included.
        is_ordered: Whether lines belong to the last line before them that is of the first type.
        relations: Relations; they are told of, and nothing is joined by them.
    """

    file: str
    form: str
    records: tuple[RecordType, ...]
    mark_start: int = 0
    mark_width: int = 0
    keys: tuple[tuple[Item, ...], ...] = ((),)
    is_ordered: bool = False
    relations: tuple[Relation, ...] = ()


def plain_number(text: str, decimals: int = 0) -> str:
    """A number without zeros that say nothing: `0012.50` is `12.5`, and with two decimals `0000125` is `1.25`.

    Args:
        text: Its characters, blanks around it allowed; a comma may be its decimal mark.
        decimals: How many digits stand after the mark where the text has none.

    Returns:
        The number; the text without blanks around it where it is none.
    """
    stripped = text.strip(" \x00\t")
    found = _NUMBER.fullmatch(stripped)
    if not found or not (found[2] or found[4]):
        return stripped
    sign, whole, mark, part = found[1], found[2], found[3], found[4] or ""
    if not mark and decimals:
        digits = whole.zfill(decimals + 1)
        whole, part = digits[:-decimals], digits[-decimals:]
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if sign == "-" and number != "0" else number


def reason_of(label: str, otherwise: str) -> str:
    """Why a cell is empty, by the label of its value where that is a usual word for it.

    Args:
        label: The label.
        otherwise: What is said where it is not.
    """
    return label if normalise_spelling(label) in NO_ANSWER else otherwise
