"""A source's date order, calendar and decimal mark to readers of dates and numbers written as text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from lm_stats.spec import Calendar, Concept, normalise_spelling

DAY, MONTH, QUARTER, FISCAL_YEAR, YEAR = "day", "month", "quarter", "fiscal_year", "year"
# in place of an order: nobody knows it, so that only what can be read in one way is read
UNCLEAR = ""
EITHER = "both"
# so many different texts, and such a share of a column, show that it has another order than the declared one
_ENOUGH, _SHARE = 3, 0.05
_BETWEEN = r"\s*[-/. ]\s*"
_COUNTING = r"(?:st|nd|rd|th|er)?"
_OF = r"(?:(?:of|de)\s+)?"
_WORD = r"(?P<word>'?[a-z]+(?:'[a-z]+)*)\.?"
_YEAR = r"(?P<year>[0-9]{4})"
_FISCAL = r"(?:fy|f/y|f\.y|(?:fiscal|financial) year)"
_QUARTER = r"(?P<quarter>[1-4])"
# how a date may be written, after folding, and how exact it is then; the first form that fits is the one meant
_FORMS = tuple(
    (re.compile(form), precision)
    for form, precision in (
        (rf"{_YEAR}{_BETWEEN}(?P<month>[0-9]{{1,2}})\s*[-/. ,]\s*(?P<day>[0-9]{{1,2}})", DAY),
        (rf"(?P<one>[0-9]{{1,2}}){_BETWEEN}(?P<two>[0-9]{{1,2}})\s*[-/. ,]\s*(?P<year>[0-9]{{4}}|[0-9]{{2}})", DAY),
        (r"(?P<serial>[0-9]{5})(?:[.,][0-9]+)?", DAY),
        (r"(?P<year>(?:19|20)[0-9]{2})(?P<month>0[1-9]|1[0-2])(?P<day>[0-3][0-9])", DAY),
        (rf"q{_QUARTER}[\s/.,-]*(?:of\s+)?{_YEAR}", QUARTER),
        (rf"{_YEAR}[\s/.,-]*q{_QUARTER}", QUARTER),
        (rf"{_QUARTER}{_COUNTING}\s*(?:q|qtr|quarter)[\s/.,-]*(?:of\s+)?{_YEAR}", QUARTER),
        (rf"(?:qtr|quarter)\s*{_QUARTER}[\s/.,-]*(?:of\s+)?{_YEAR}", QUARTER),
        (rf"{_YEAR}\s*[-/]\s*(?P<pair>[0-9]{{2}})", MONTH),
        (rf"{_FISCAL}[\s:]*{_YEAR}(?:\s*[-/]\s*(?P<next>[0-9]{{4}}|[0-9]{{2}}))?", FISCAL_YEAR),
        (rf"{_YEAR}\s*[-/]\s*(?P<next>[0-9]{{4}})", FISCAL_YEAR),
        (rf"{_YEAR}(?:\.0+)?", YEAR),
        # words last: a quarter or fiscal year is no name of a month
        (rf"(?P<day>[0-9]{{1,2}}){_COUNTING}[\s./,-]*{_OF}{_WORD}[\s./,'-]*{_OF}(?P<year>[0-9]{{4}}|[0-9]{{2}})", DAY),
        (rf"{_WORD}[\s-]*(?P<day>[0-9]{{1,2}}){_COUNTING}(?:\s*,\s*|[\s-]+){_YEAR}", DAY),
        (rf"{_YEAR}[\s./-]*{_WORD}[\s./-]*(?P<day>[0-9]{{1,2}})", DAY),
        (rf"{_WORD},?[\s/'-]*{_OF}{_YEAR}", MONTH),
        # with a blank alone between them, the number might as well be the day
        (rf"{_WORD}\s*[-/'](?P<year>[0-9]{{2}})", MONTH),
        (rf"{_YEAR}[\s/-]*{_WORD}", MONTH),
        (rf"(?P<month>[0-9]{{1,2}})\s*[-/]\s*{_YEAR}", MONTH),
    )
)  # fmt: skip
_TIME_OF_DAY = re.compile(
    r"[ tT][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[apAP][mM])?(?:[zZ]|[+-][0-9]{2}:?[0-9]{2})?$"
)
# in front of a date, where it says nothing that the date does not
_WEEKDAY = re.compile(
    r"\s*(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?(?:\s*[.,]\s*|\s+)"
    r"(?=[^0-9]*[0-9]+[^0-9]+[0-9])",
    re.IGNORECASE,
)
# letters, accents, other dashes and blanks: what has any of them is folded first
_WORDED = re.compile(r"[^0-9\s./,:+-]")
_MONTHS_OF = {MONTH: 1, QUARTER: 3, FISCAL_YEAR: 12, YEAR: 12}
_COUNTED = re.compile(
    r"(?P<number>\d[\d .,]*)(?P<what>workers?|persons?|people|employees?|pax|trabalhador(?:es)?|pessoas?|basebetsi)?"
    r"\s*(?:\((?P<again>[^()]{1,60})\))?\s*(?:workers?|persons?|people|employees?)?\.?"
)
_UNITS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_UNITS, start=1)}
_WORDS |= {word: number * 10 for number, word in enumerate(_TENS, start=2)}
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def parse_dates(
    values: pd.Series, order: str, calendar: Calendar | None = None, pairs: str = "", declared: str = ""
) -> pd.DataFrame:
    """Read dates written as text, by an order and never by guess.

    A year of four digits in front is always read year, month, day. Five digits alone are a serial number of the 1900
    system of spreadsheets. A year of two digits is read as POSIX does (69 to 99: 1969 to 1999; 00 to 68: 2000 to 2068)
    and said to be so. A time of day and the English name of a weekday in front are passed over. What names no day is a
    longer time: a month (`May 2021`, `05/2021`, `2021-05`), a quarter (`Q3 2021`), a fiscal year (`2021/22`) or a year
    (`2021`).

    Args:
        values: Texts; missing ones stay missing.
        order: `dmy`, `mdy` or `ymd`: how dates in digits are written; with `ymd` none that has its year at the
            end is read. `UNCLEAR`: only those are read that can be nothing else.
        calendar: Names of months and the first month of the fiscal year; without one no name is known.
        pairs: Whether `2011/12` is a `month` or a `fiscal_year`; empty where nobody knows.
        declared: The order that the source declares, where `order` is another one. Where that is `ymd`, a year of
            two digits may stand in front as well, so that no day with one is read.

    Returns:
        A frame of the same index: `date` and `last`, the first and the last day that may be meant (datetime64[s];
        missing where the text is no date of the years 1900 to 2100 or may mean two); `precision` (`day`, `month`,
        `quarter`, `fiscal_year`, `year`, or empty); `two_digits` (whether the year was written so); `orders`
        (`dmy` or `mdy` if the text is a date in this order only, `both` if it is another one in the other, empty if
        the order makes no difference); `pairs` (`month`, `fiscal_year`, `both` or empty: the same for `2011/12`);
        `both_ways` (whether it may mean two dates, by itself).
    """
    places, unique = pd.factorize(values)
    calendar = calendar or Calendar()
    read = [*(_read(text, order, calendar, pairs) for text in unique), _Reading()]
    if "ymd" in (order, declared):
        read = [_nowhere(one) if one.two_digits and (one.orders or one.precision == DAY) else one for one in read]
    columns: dict[str, pd.Series] = {}
    for name, dtype in _COLUMNS.items():
        column = pd.Series([getattr(one, name) for one in read], dtype=dtype)
        columns[name] = column.take(places % len(read)).set_axis(values.index)
    return pd.DataFrame(columns)


class _Reading(NamedTuple):
    """What `parse_dates` returns of one text."""

    date: dt.date | None = None
    last: dt.date | None = None
    precision: str = ""
    two_digits: bool = False
    orders: str = ""
    pairs: str = ""
    both_ways: bool = False


_COLUMNS = {
    "date": "datetime64[s]", "last": "datetime64[s]", "precision": "str", "two_digits": "bool", "orders": "str",
    "pairs": "str", "both_ways": "bool",
}  # fmt: skip


def _read(text: str, order: str, calendar: Calendar, pairs: str) -> _Reading:
    plain = without_weekday(normalise_spelling(text)) if _WORDED.search(text) else text.strip()
    plain = _TIME_OF_DAY.sub("", plain)
    for form, precision in _FORMS:
        if found := form.fullmatch(plain):
            return _meaning(found.groupdict(), precision, order, calendar, pairs)
    return _Reading()


def without_weekday(text: str) -> str:
    """A date without the English name of a weekday in front."""
    return _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text


def _meaning(parts: Mapping[str, str | None], precision: str, order: str, calendar: Calendar, pairs: str) -> _Reading:
    """What the parts of a date mean."""
    if serial := parts.get("serial"):
        return _reading(_EXCEL_EPOCH + dt.timedelta(days=int(serial)), DAY, calendar)
    written = parts["year"] or ""
    two_digits = len(written) == 2
    year = int(written) + (1900 + 100 * (int(written) < 69) if two_digits else 0)
    if parts.get("one"):
        return _in_order(year, int(parts["one"] or 0), int(parts["two"] or 0), order, two_digits)
    month, day, both_ways, kinds = 1, int(parts.get("day") or 1), False, ""
    if parts.get("word"):
        month = calendar.months.get(parts["word"] or "", 0)
    elif parts.get("quarter"):
        month = int(parts["quarter"] or 0) * 3 - 2
    elif parts.get("month"):
        month = int(parts["month"] or 0)
    elif pair := parts.get("pair"):
        # 2011/12 may be December or the fiscal year that begins in 2011; 2021/22 can only be the latter
        may_be = [kind for kind, fits in ((MONTH, 1 <= int(pair) <= 12), (FISCAL_YEAR, _follows(pair, year))) if fits]
        kinds = EITHER if len(may_be) == 2 else "".join(may_be)
        both_ways = kinds == EITHER
        precision = pairs if both_ways else kinds
        month = int(pair) if precision == MONTH else calendar.fiscal_start
    elif precision == FISCAL_YEAR:
        # of "FY 2021" nobody knows whether it begins or ends in that year
        both_ways = parts["next"] is None
        month = calendar.fiscal_start
        precision = FISCAL_YEAR if _follows(parts["next"] or "", year) else ""
    read = _reading(_day(year, month, day) if precision else None, precision, calendar)
    return read._replace(two_digits=two_digits, pairs=kinds, both_ways=both_ways)


def _in_order(year: int, one: int, two: int, order: str, two_digits: bool) -> _Reading:
    """A date whose first numbers are the day and the month, in one order or the other."""
    days = {"dmy": _day(year, two, one), "mdy": _day(year, one, two)}
    found = {name: day for name, day in days.items() if day is not None}
    orders = "" if one == two else EITHER if len(found) == 2 else "".join(found)
    sure = len(found) > 0 and orders in (("", "dmy", "mdy") if order == UNCLEAR else ("",))
    day = next(iter(found.values())) if sure else days.get(order)
    return _Reading(day, day, DAY if day else "", two_digits, orders, "", orders == EITHER)


def _nowhere(read: _Reading) -> _Reading:
    """A date of which nobody knows whether its year is the first or the last number."""
    return _Reading(two_digits=True, both_ways=True)


def _follows(written: str, year: int) -> bool:
    return written in (f"{year + 1}", f"{(year + 1) % 100:02}")


def _day(year: int, month: int, day: int) -> dt.date | None:
    """A day of the years that dates are of; none if there is no such day."""
    try:
        return dt.date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None


def _reading(first: dt.date | None, precision: str, calendar: Calendar) -> _Reading:
    """A time that begins on a day."""
    if first is None or not _FIRST_YEAR <= first.year <= _LAST_YEAR:
        return _Reading()
    if precision == FISCAL_YEAR and calendar.fiscal_start == 1:
        # one that begins with the calendar year is not written with two
        return _Reading()
    if precision == DAY:
        return _Reading(first, first, DAY)
    months = first.month + _MONTHS_OF[precision]
    after = dt.date(first.year + (months - 1) // 12, (months - 1) % 12 + 1, 1)
    return _Reading(first, after - dt.timedelta(days=1), precision)


def last_days(first: pd.Series, precision: pd.Series) -> pd.Series:
    """The last day of the times that begin on some days.

    Args:
        first: First days (datetime64).
        precision: How long each time is: `day`, `month`, `quarter`, `fiscal_year` or `year`.

    Returns:
        Days (datetime64[s]) of the same index.
    """
    last = first
    for name, months in _MONTHS_OF.items():
        longer = precision == name
        if longer.any():
            last = last.mask(longer, first + pd.DateOffset(months=months) - pd.Timedelta(days=1))
    return last.astype("datetime64[s]")


def first_days(last: pd.Series, precision: pd.Series) -> pd.Series:
    """The first day of the times that end on some days: see `last_days`."""
    first = last
    for name, months in _MONTHS_OF.items():
        longer = precision == name
        if longer.any():
            first = first.mask(longer, last + pd.Timedelta(days=1) - pd.DateOffset(months=months))
    return first.astype("datetime64[s]")


def find_order(read: pd.DataFrame, counts: pd.Series, declared: str) -> str:
    """The order in which the dates of a column are written.

    The declared order stands where nothing contradicts it. Another one takes its place where everything that can be
    read in one order only is in that one, and there are at least three such texts in a twentieth of the column.

    Args:
        read: Its different texts as `parse_dates` reads them.
        counts: How often each stands there.
        declared: The order that the source declares.

    Returns:
        An order, or `UNCLEAR`.
    """
    orders = read["orders"]
    against = orders.isin({"dmy", "mdy"} - {declared})
    if not against.any():
        return declared
    said = set(orders) & {"dmy", "mdy"}
    enough = against.sum() >= _ENOUGH and counts[against].sum() >= _SHARE * counts.sum()
    return said.pop() if len(said) == 1 and enough else UNCLEAR


def find_pairs(read: pd.DataFrame) -> str:
    """Whether `2011/12` is a `month` or a `fiscal_year` in a column, by the texts that can be one of them only."""
    said = set(read["pairs"]) & {MONTH, FISCAL_YEAR}
    return said.pop() if len(said) == 1 else ""


def parse_numbers(values: pd.Series, decimal: str) -> pd.Series:
    """Read numbers written as text.

    Spaces between groups of three digits, and the mark that is not the decimal one, separate
    thousands; anything else that is not a digit makes the text no number.

    Args:
        values: Texts; missing ones stay missing.
        decimal: Decimal mark, `.` or `,`.

    Returns:
        Numbers (float64) of the same index; missing where the text is no number.
    """
    if values.isna().all():
        return pd.Series(float("nan"), index=values.index, dtype="float64")
    texts = pd.Series(values.dropna().unique(), dtype="str")
    plain = texts.str.strip().str.replace("[\u00a0\u2009\u202f]", " ", regex=True)
    mark, other = (",", r"\.") if decimal == "," else (r"\.", ",")
    shape = rf"-?(?:\d+|\d{{1,3}}(?:[ {other}]\d{{3}})+)(?:{mark}\d+)?"
    plain = plain.where(plain.str.fullmatch(shape))
    plain = plain.str.replace(rf"[ {other}]", "", regex=True).str.replace(",", ".", regex=False)
    read = pd.Series(pd.to_numeric(plain, errors="coerce").astype("float64").to_numpy(), index=texts)
    return values.map(read).astype("float64")


def is_count(concept: Concept) -> bool:
    """Whether the numbers of a concept count persons, so that an office may write `12 workers`."""
    return concept.type == "integer" and concept.unit == "persons"


def parse_counts(values: pd.Series, decimal: str) -> pd.Series:
    """Read numbers of persons: `12`, `12 workers`, `12 (twelve)`; a span such as `12-15` is no number.

    Args:
        values: Texts; missing ones stay missing.
        decimal: Decimal mark, `.` or `,`.

    Returns:
        Numbers (float64) of the same index; missing where the text is no number, or says two different ones.
    """
    read = parse_numbers(values, decimal)
    rest = values[read.isna() & values.notna()]
    if rest.empty:
        return read
    spoken = {text: _spoken(text, decimal) for text in rest.unique().tolist()}
    return read.fillna(rest.map(spoken).astype("float64"))


def _spoken(text: str, decimal: str) -> float | None:
    match = _COUNTED.fullmatch(" ".join(text.casefold().split()))
    if match is None:
        return None
    written = pd.Series([match["number"].strip(), match["again"]], dtype="str")
    number, again = parse_numbers(written, decimal)
    if match["again"] and pd.isna(again):
        again = _in_words(match["again"])
    agrees = match["again"] is None or again == number
    return float(number) if agrees and not pd.isna(number) else None


def _in_words(text: str) -> float | None:
    """A number below a million in English words; none for any other text."""
    total = part = 0
    words = [word for word in re.split(r"[\s-]+", text.strip()) if word != "and"]
    for word in words:
        if word in _WORDS:
            part += _WORDS[word]
        elif word == "hundred" and part:
            part *= 100
        elif word == "thousand" and part:
            total, part = total + part * 1000, 0
        else:
            return None
    return float(total + part) if words else None
