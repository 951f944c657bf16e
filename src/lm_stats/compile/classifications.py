"""Finer classifications in which offices write codes, and what their codes belong to on a day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lm_stats.compile.coding_rules import DETAIL, LOST_ZERO, Found
from lm_stats.compile.declared_lines import holds
from lm_stats.spec import Codelist, normalise_spelling
from lm_stats.spec.places import AMBIGUOUS

_WHOLE = re.compile(r"(\d+)\.0+")
_DOTTED = re.compile(r"\d\d\.\d{1,2}")


@dataclass(frozen=True)
class Version:
    """A finer classification, as a column uses it.

    Attributes:
        codes: Code of the list by finer code; empty for one that belongs to several.
        valid_from: First day, or empty.
        valid_to: Last day, or empty.
        rule: What it is told as.
    """

    codes: Mapping[str, str]
    valid_from: str = ""
    valid_to: str = ""
    rule: str = DETAIL

    @classmethod
    def of(cls, detail: Codelist, valid_from: str = "", valid_to: str = "", rule: str = DETAIL) -> Version:
        """The version that a codelist with the attribute `rolls_to` stands for."""
        codes = {normalise_spelling(c.code): c.attributes["rolls_to"] for c in detail if "rolls_to" in c.attributes}
        return cls(codes, valid_from, valid_to, rule)

    @cached_property
    def _deepest(self) -> int:
        return max(map(len, self.codes), default=0)

    def part_of(self, digits: str, written: int = 0) -> str | None:
        """What the classification has of a code: the code, or the class that a finer one begins with.

        A number is not made a code by cutting it, because telephone numbers, years and pay begin like codes too. Only
        where codes are declared to have so many digits, more than the classification has are those of a finer one, and
        zeros after the first digit say that no more of the code is known (6000 is major group 6).

        Args:
            digits: The code as it is written.
            written: Digits that codes are declared to have, or 0.
        """
        if digits in self.codes:
            return digits
        # letters are titles, not codes
        if not digits.isdigit() or len(digits) != written or written < self._deepest:
            return None
        begins = (digits[: self._deepest], digits[0] if not digits[1:].strip("0") else "")
        return next((part for part in begins if part in self.codes), None)


class Classifications:
    """The finer classifications of a column, each in its time.

    Args:
        own: The one that the concept names, used whenever no other is.
        others: Those that are used in its place.
        digits: Digits that a code has as the office writes it; a shorter number has lost the zeros that it began
            with. 0 where codes of several lengths are meant as they stand.
    """

    def __init__(self, own: Version | None, others: Sequence[Version], digits: int) -> None:
        self._own, self._others, self._digits = own, tuple(others), digits
        self._every = (*self._others, *((own,) if own else ()))

    def find(self, text: str, day: str) -> Found | None:
        """What a code belongs to on a day.

        Without a day, all classifications must agree on it. A code that is split over several codes of the list, or
        that only another classification may know, is ambiguous.
        """
        digits = _plain(text)
        whole = self._filled_up(digits)
        if whole is None or not self._every:
            return None
        in_use = [one for one in self._others if holds(one.valid_from, one.valid_to, day)] if day else self._every
        parts = [(one, one.part_of(whole, self._digits)) for one in in_use or ((self._own,) if self._own else ())]
        codes = {one.codes[part] if part is not None else None for one, part in parts}
        if codes <= {None}:
            return None
        (code, *others) = codes
        if others or not code:
            return Found(None, AMBIGUOUS)
        return Found(code, LOST_ZERO if len(digits) < len(whole) else parts[0][0].rule)

    def vocabulary(self, text: str) -> str | None:
        """What may be kept of a code that any of them knows: of one known by its beginning, the beginning."""
        digits = _plain(text)
        whole = self._filled_up(digits)
        known = [part for one in self._every if whole and (part := one.part_of(whole, self._digits))]
        if not known:
            return None
        # all its digits, so that it is not taken for a shorter one that lost zeros
        return digits if self._digits and digits.isdigit() else max(known, key=len)

    def _filled_up(self, digits: str) -> str | None:
        """Digits with the zeros that they lost; none where there are too many."""
        if not self._digits or not digits.isdigit():
            return digits
        return digits.zfill(self._digits) if len(digits) <= self._digits else None


def _plain(text: str) -> str:
    # 1.0 is the number 1, as spreadsheets write it, and not the code 10
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    # 47.11 is class 4711, but 4.7 is a number
    return text.replace(".", "") if _DOTTED.fullmatch(text) or not any(map(str.isdigit, text)) else text
