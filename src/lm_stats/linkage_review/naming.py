"""Whether a reason that somebody wrote repeats who a record is about, however it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# letters or digits of a word, of a name and of a run within other letters or digits that may say who somebody is
_WORD, _NAME, _RUN = 4, 2, 5
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# between day, month and year of a date in words
_FILLING = {"st", "nd", "rd", "th", "of", "the"}

_Day = tuple[int, int, int]


class Named:
    """What the cells of a pair of records say of whom they are about.

    A text repeats it if it has a word of theirs (of four letters or digits; of a name, of two), five letters of a word
    or five characters of a number in a row, with whatever between them (`P 1234567` for `P 123-4567`), or a date of
    theirs in a usual form.
    """

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._runs: set[str] = set()
        self._days: set[_Day] = set()

    def add(self, cell: str, *, is_name: bool) -> None:
        """Take in a cell; `is_name` where it is the name of a person, of which short words count as well."""
        words = _words_of(cell)
        together = "".join(words)
        least = _NAME if is_name else _WORD
        self._words |= {word for word in (*words, together) if len(word) >= least}
        for word in (*words, together):
            if word.isalpha():
                self._runs |= {word} if len(word) >= _RUN else set()
            else:
                self._runs |= {word[at : at + _RUN] for at in range(len(word) - _RUN + 1)}
        digits = "".join(filter(str.isdigit, together))
        self._runs |= {digits[at : at + _RUN] for at in range(len(digits) - _RUN + 1)}
        self._days |= set(_days_of(cell))

    def stands_in(self, text: str) -> bool:
        """Whether a text repeats something of it."""
        words = _words_of(text)
        together = "".join(words)
        digits = "".join(filter(str.isdigit, together))
        return (
            bool(self._words & {*words, together})
            or any(run in together or run in digits for run in self._runs)
            or bool(self._days & set(_days_of(text)))
        )


def _words_of(text: str) -> list[str]:
    """Words of a text in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _days_of(text: str) -> Iterator[_Day]:
    """Days that a text may mean: year of the century, month, day, in every order in which they are written."""
    parts = [part for part in re.findall(r"\d+|[^\W\d_]+", text.casefold()) if part not in _FILLING]
    for part in parts:
        if part.isdigit() and len(part) in (6, 8):
            year = len(part) - 4
            yield from _dated(part[:year], part[year:-2], part[-2:])
            yield from _dated(part[4:], part[2:4], part[:2])
            yield from _dated(part[4:], part[:2], part[2:4])
    for one, two, three in zip(parts, parts[1:], parts[2:], strict=False):
        yield from _dated(one, two, three)
        yield from _dated(three, two, one)
        yield from _dated(three, one, two)


def _dated(year: str, month: str, day: str) -> Iterator[_Day]:
    number = _MONTHS.index(month[:3]) + 1 if month[:3] in _MONTHS else int(month) if month.isdigit() else 0
    if year.isdigit() and day.isdigit() and len(year) in (2, 4) and 1 <= number <= 12 and 1 <= int(day) <= 31:
        yield int(year) % 100, number, int(day)
