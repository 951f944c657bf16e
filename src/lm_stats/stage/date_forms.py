"""The forms that dates may have, so that nothing else in a column of dates is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from lm_stats.compile.dates import parse_dates, without_weekday
from lm_stats.spec import Source, normalise_spelling
from lm_stats.stage.identity import map_unique

LENGTH = 20
_YEAR = r"(?:1[89]|2[019])\d\d"
_DAY = r"[0-3]?\d"
# the form of a date, also of one that cannot be: which is for the office to see and correct
_DATE = re.compile(
    rf"{_YEAR}(?P<a>[-/.])[0-3]?\d(?P=a){_DAY}"
    rf"|{_DAY}(?P<b>[-/.])[0-3]?\d(?P=b)(?:{_YEAR}|\d\d)"
    rf"|(?:0?[1-9]|1[0-2])[-/]{_YEAR}"
    rf"|{_YEAR}(?:[-/](?:0[1-9]|1[0-2])|/\d\d|[ /-]?Q[1-4])?|Q[1-4][ /-]?{_YEAR}"
    rf"|(?:[1-4](?:st|nd|rd|th)? (?:qtr|quarter)|(?:qtr|quarter) [1-4]),?(?: of)? {_YEAR}"
    rf"|(?:fy|f/y|(?:fiscal|financial) year):? ?{_YEAR}(?:[-/](?:{_YEAR}|\d\d))?"
    rf"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|[1-7]\d{4}",
    re.IGNORECASE,
)
# a date with one word, which must be the name of a month; beside it little words that say nothing by themselves
_WORD = r"(['`\u00b4\u02bc\u2018\u2019]?[^\W\d_]{2,12}(?:['`\u00b4\u02bc\u2018\u2019][^\W\d_]{2,9})?)"
_ORDINAL, _OF = "(?:st|nd|rd|th|er)?", "(?:(?:of|de) )?"
_NAMED = re.compile(
    rf"{_DAY}{_ORDINAL}[ ./-]?{_OF}{_WORD}[.,]?[ /-]?{_OF}(?:{_YEAR}|\d\d)"
    rf"|{_WORD}\.?[ -]{_DAY}{_ORDINAL},? {_YEAR}"
    rf"|{_WORD}[.,]?[ /'-]?{_OF}(?:{_YEAR}|\d\d)"
    rf"|{_YEAR}[ /-]{_WORD}(?:[ /-]{_DAY})?",
    re.IGNORECASE,
)
# after a day; and the fraction of a day in the serial number of a spreadsheet
_TIME_OF_DAY = re.compile(
    r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?(?: ?[AP]M)?Z?$|(?<=^[1-7]\d{4})[.,]\d+$", re.IGNORECASE
)


def keep_dates(plain: pd.Series, source: Source) -> pd.Series:
    """Dates as they may be kept, without time of day and weekday; missing where a text has not the form of one.

    Args:
        plain: Texts.
        source: The source, with its order and the names of its months.
    """
    days = map_unique(plain, lambda text: without_time(without_weekday(text)) if len(text) <= LENGTH + 20 else None)
    formed = map_unique(days, lambda text: text if _has_form(text, source.calendar.months) else None)
    digits = days.str.fullmatch(r"[^A-Za-z]{1,20}", na=False) & formed.isna()
    if not digits.any():
        return formed
    read = parse_dates(days.where(digits), source.date_order, source.calendar)
    return formed.fillna(days.where(read["date"].notna() | read["both_ways"]))


def _has_form(text: str, months: Mapping[str, int]) -> bool:
    """Whether a text has the form of a date, with no word but those of quarters, fiscal years and months."""
    if _DATE.fullmatch(text):
        return True
    named = _NAMED.fullmatch(text)
    return named is not None and normalise_spelling(next(filter(None, named.groups()))) in months


def without_time(text: str) -> str:
    """A date without its time of day."""
    return _TIME_OF_DAY.sub("", text)
