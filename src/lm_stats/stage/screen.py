"""What may be kept of a delivered cell: codes, numbers, dates and tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.compile.dates import parse_dates, parse_numbers
from lm_stats.compile.missing import is_missing
from lm_stats.spec import Concept, Kind, Source
from lm_stats.stage.identity import Keyring, is_in_scientific_notation, map_unique
from lm_stats.stage.readers import ERROR_TEXTS

WITHHELD = "withheld:"
BIRTH_YEAR = "birth_year"
LENGTH = 20
# purpose and column of the tokens of a document; others are named after their concept
_DOCUMENTS = {
    "application_number": ("application", "application_token"),
    "certificate_number": ("certificate", "certificate_token"),
    "previous_certificate": ("certificate", "previous_certificate_token"),
    "passport_number": ("passport", "person_token_passport"),
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:1[89]|2[019])\d\d"
_DAY = r"[0-3]?\d"
# the form of a date, also of one that cannot be: which is for the office to see and correct
_DATE = re.compile(
    rf"{_YEAR}(?P<a>[-/.])[0-3]?\d(?P=a){_DAY}"
    rf"|{_DAY}(?P<b>[-/.])[0-3]?\d(?P=b)(?:{_YEAR}|\d\d)"
    rf"|{_DAY}[ ./-]?{_MONTH}[.,]?[ /-]?(?:{_YEAR}|\d\d)"
    rf"|{_MONTH}\.?[ -]{_DAY},? {_YEAR}"
    rf"|{_MONTH}[.,]?[ /'-]?(?:{_YEAR}|\d\d)"
    rf"|(?:0?[1-9]|1[0-2])[-/]{_YEAR}"
    rf"|{_YEAR}(?:[-/](?:0[1-9]|1[0-2])|/\d\d|-?Q[1-4])?|Q[1-4][ /-]?{_YEAR}"
    rf"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|[1-7]\d{4}",
    re.IGNORECASE,
)
# after a day; and the fraction of a day in the serial number of a spreadsheet
_TIME_OF_DAY = re.compile(
    r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?(?: ?[AP]M)?Z?$|(?<=^[1-7]\d{4})\.\d+$", re.IGNORECASE
)
_BARE_YEAR = re.compile(r"19\d\d|20\d\d")
_YEAR_NUMBER = re.compile(r"(19\d\d|20\d\d)(?:\.0+)?")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True)
class Screened:
    """Staged columns, and how many cells of a concept could not be used, by reason."""

    columns: pd.DataFrame
    counts: Mapping[tuple[str, str], int]


def screen(
    texts: pd.DataFrame,
    source: Source,
    kind: Kind,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    keyring: Keyring,
    last_year: int,
    shifted: pd.Series,
) -> Screened:
    """Replace identifiers by tokens, and keep of all other cells what is declared vocabulary.

    A code is kept if its coder knows it (of one known only by its beginning, the beginning), a
    date if it has the form of one, a number if it lies within the bounds of its concept, and every
    text that means "missing". Anything else may be a name or number of a person in the wrong
    column; it becomes `withheld:` and a keyed token, so that equal cells stay equal.

    Args:
        texts: Delivered texts by concept.
        source: The source.
        kind: Its kind.
        concepts: Concepts by id.
        coders: Coders by concept.
        keyring: The key of the root.
        last_year: Year of receipt; years of birth written with two digits lie before it.
        shifted: Rows whose cells may stand in the wrong columns: nothing but tokens is kept of them.

    Returns:
        A frame of the same index with the staged columns in the order of the kind.
    """
    parts: list[pd.DataFrame] = []
    counts: dict[tuple[str, str], int] = {}
    for name in kind.concepts:
        if name not in texts:
            continue
        concept, text = concepts[name], texts[name]
        if concept.identifier == "contact":
            continue
        if concept.identifier:
            # an error value of a spreadsheet identifies nobody
            empty = is_missing(text, concept, source) | text.str.strip().isin(ERROR_TEXTS)
            text = text.mask(empty)
        if concept.identifier == "name":
            found = keyring.name_tokens(text)
            parts.append(found.set_axis([c.replace("_name", f"_{name}", 1) for c in found.columns], axis=1))
        elif concept.identifier == "business":
            parts.append(keyring.business(text).to_frame(f"{name}_id"))
        elif concept.identifier == "document":
            stem = name.removesuffix("_number")
            purpose, column = _DOCUMENTS.get(name, (stem, f"{stem}_token"))
            parts.append(keyring.document(purpose, text).to_frame(column))
            counts[name, "lost digits"] = _count(text, is_in_scientific_notation)
        elif concept.identifier == "birth_date":
            born, unread = _birth(text, source, keyring, last_year)
            parts.append(born)
            counts[name, "no date"] = unread
        else:
            kept = _admissible(text, concept, source, coders.get(name))
            parts.append(_withhold(text, kept.mask(shifted), keyring).to_frame(name))
    columns = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=texts.index)
    return Screened(_settle_birth_year(columns, keyring), {key: count for key, count in counts.items() if count})


def withheld(keyring: Keyring, texts: pd.Series) -> pd.Series:
    """What stands in place of cells that must not be shown."""
    tokens = keyring.tokens("withheld", texts)
    return (WITHHELD + tokens).astype("str")


def _withhold(text: pd.Series, kept: pd.Series, keyring: Keyring) -> pd.Series:
    hide = text.notna() & kept.isna()
    if not hide.any():
        return kept
    return kept.mask(hide, withheld(keyring, text.where(hide)))


def _admissible(text: pd.Series, concept: Concept, source: Source, coder: Coder | None) -> pd.Series:
    """What may be kept of each text; missing where it is nothing."""
    unique = pd.Series(text.dropna().unique(), dtype="str")
    plain = unique.str.strip()
    if concept.type == "date":
        kept = _dates(plain, source)
    elif concept.type in ("integer", "number"):
        numbers = parse_numbers(plain, source.decimal)
        low = float("-inf") if concept.minimum is None else concept.minimum
        high = float("inf") if concept.maximum is None else concept.maximum
        # no number begins with zeros, but numbers of documents do
        written = plain.str.len().le(LENGTH) & ~plain.str.fullmatch(r"-?0\d\d.*", na=False)
        kept = unique.where(numbers.between(low, high) & written)
    elif coder is not None:
        known = coder.vocabulary(unique)
        # a whole number from a spreadsheet may have become 4.0
        whole = map_unique(plain, lambda value: found[1] if (found := _WHOLE_FLOAT.fullmatch(value)) else None)
        kept = known.fillna(coder.vocabulary(whole)) if whole.notna().any() else known
    else:
        kept = pd.Series(None, index=unique.index, dtype="str")
    as_it_is = is_missing(unique, concept, source) | plain.isin(ERROR_TEXTS)
    kept = kept.fillna(unique.where(as_it_is))
    return text.map(dict(zip(unique, kept, strict=True))).astype("str")


def _dates(plain: pd.Series, source: Source) -> pd.Series:
    """Dates without their time of day; missing where a text has not the form of one."""
    days = map_unique(plain, lambda text: _TIME_OF_DAY.sub("", text) if len(text) <= LENGTH + 10 else None)
    formed = map_unique(days, lambda text: text if len(text) <= LENGTH and _DATE.fullmatch(text) else None)
    # letters only as the name of a month: the reader of dates looks at the first three of a word
    digits = days.str.fullmatch(r"[^A-Za-z]{1,20}", na=False) & formed.isna()
    if not digits.any():
        return formed
    readable = parse_dates(days.where(digits), source.date_order)["date"].notna()
    return formed.fillna(days.where(readable))


def _birth(text: pd.Series, source: Source, keyring: Keyring, last_year: int) -> tuple[pd.DataFrame, int]:
    """Tokens of dates of birth, and the year in clear text; unreadable ones are withheld."""
    plain = map_unique(text, lambda value: _TIME_OF_DAY.sub("", value.strip()))
    read = parse_dates(plain, source.date_order)
    # years of two digits are read as years before the delivery
    late = read["two_digits"] & (read["date"].dt.year > last_year)
    dates = read["date"].mask(late, read["date"] - pd.DateOffset(years=100)).astype("datetime64[s]")
    tokens = keyring.birth_tokens(dates)
    years = dates.dt.strftime("%Y").astype("str")
    years = years.fillna(plain.where(plain.str.fullmatch(_BARE_YEAR.pattern, na=False)))
    tokens["person_token_birth_year"] = keyring.tokens("birth_year", years)
    unread = text.notna() & years.isna()
    tokens[BIRTH_YEAR] = years.mask(unread, withheld(keyring, text.where(unread)))
    return tokens, int(unread.sum())


def _settle_birth_year(columns: pd.DataFrame, keyring: Keyring) -> pd.DataFrame:
    """One year of birth: from the date, else as delivered; with its token."""
    if BIRTH_YEAR not in columns:
        return columns
    delivered = columns[[BIRTH_YEAR]]
    years = delivered.iloc[:, 0]
    for place in range(1, delivered.shape[1]):
        other = delivered.iloc[:, place]
        unsure = years.isna() | years.str.startswith(WITHHELD, na=False)
        years = years.mask(unsure & other.notna(), other)
    columns = columns.loc[:, columns.columns != BIRTH_YEAR].assign(**{BIRTH_YEAR: years})
    plain = map_unique(years, lambda text: found[1] if (found := _YEAR_NUMBER.fullmatch(text.strip())) else None)
    return columns.assign(person_token_birth_year=keyring.tokens("birth_year", plain))


def _count(values: pd.Series, test: Callable[[str], bool]) -> int:
    return int(map_unique(values, lambda text: "1" if test(text) else None).notna().sum())
