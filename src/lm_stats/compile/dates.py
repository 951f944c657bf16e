"""A source's date order and decimal mark to readers of dates and numbers written as text."""

from __future__ import annotations

import re

import pandas as pd

from lm_stats.spec import Concept

_SEPARATED = r"^(\d{1,4})\s*[-/. ]\s*(\d{1,2}|[A-Za-z]{3,9})\s*[-/. ,]\s*(\d{1,4})(?:[ T]00:00(?::00)?(?:\.0+)?)?$"
_MONTH_FIRST = r"^([A-Za-z]{3,9})\.?\s+(\d{1,2})\s*,?\s+(\d{4})$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
_EXCEL_EPOCH = pd.Timestamp("1899-12-30")


def parse_dates(values: pd.Series, order: str) -> pd.DataFrame:
    """Read dates written as text, by declared order and never by guess.

    A year of four digits in front is always read year, month, day. Month names are English. Five
    digits alone are a serial number of the 1900 system of spreadsheets. A year of two digits is
    read as POSIX does (69 to 99: 1969 to 1999; 00 to 68: 2000 to 2068) and said to be so.

    Args:
        values: Texts; missing ones stay missing.
        order: `dmy`, `mdy` or `ymd`: how the source writes dates in digits.

    Returns:
        A frame of the same index: `date` (datetime64[s]; missing where the text is no date of the
        years 1900 to 2100) and `two_digits` (whether the year was written with two digits).
    """
    if values.isna().all():
        nothing = pd.Series(pd.NaT, index=values.index, dtype="datetime64[s]")
        return pd.DataFrame({"date": nothing, "two_digits": pd.Series(False, index=values.index)})
    texts = pd.Series(values.dropna().unique(), dtype="str")
    plain = texts.str.strip()
    parts = plain.str.extract(_SEPARATED)
    month_first = plain.str.extract(_MONTH_FIRST)
    named = month_first[0].notna()
    parts.loc[named] = month_first.loc[named, [1, 0, 2]].to_numpy()
    year_first = parts[0].str.len() == 4
    by_name = parts[1].str.contains("[A-Za-z]", na=False)
    month_leads = (order == "mdy") & ~year_first & ~by_name
    day = parts[0].where(~year_first, parts[2]).where(~month_leads, parts[1])
    month = parts[1].where(~month_leads, parts[0])
    year = parts[2].where(~year_first, parts[0])
    if order == "ymd":
        # only a year in front can be meant; other orders are somebody else's dates
        day = day.where(year_first | by_name)
    numbers = {name: number for number, name in enumerate(_MONTHS, start=1)}
    from_name = month.str[:3].str.casefold().map(numbers).where(by_name)
    months = from_name.where(by_name, pd.to_numeric(month, errors="coerce"))
    years = pd.to_numeric(year, errors="coerce")
    two_digits = (year.str.len() == 2) & ~year_first
    years = years.where(~two_digits, years + 1900 + 100 * (years < 69))
    years = years.where(year.str.len().isin([2, 4]))
    fields = pd.DataFrame({"year": years, "month": months, "day": pd.to_numeric(day, errors="coerce")})
    dates = pd.to_datetime(fields, errors="coerce").astype("datetime64[s]")
    serial = plain.str.fullmatch(r"\d{5}(?:\.0+)?")
    counted = pd.to_numeric(plain.where(serial), errors="coerce")
    dates = dates.where(~serial, (_EXCEL_EPOCH + pd.to_timedelta(counted, unit="D")).astype("datetime64[s]"))
    dates = dates.where(dates.dt.year.between(1900, 2100))
    read = pd.DataFrame({"date": dates.to_numpy(), "two_digits": two_digits.to_numpy()}, index=texts)
    return pd.DataFrame(
        {
            "date": values.map(read["date"]).astype("datetime64[s]"),
            "two_digits": values.map(read["two_digits"]).fillna(False).astype(bool),
        },
        index=values.index,
    )


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
