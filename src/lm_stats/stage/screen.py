"""What may be kept of a delivered cell: codes, numbers, dates and tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.compile.coder import Coder
from lm_stats.compile.dates import DAY, FISCAL_YEAR, find_order, is_count, parse_counts, parse_dates, parse_numbers
from lm_stats.compile.missing import is_missing
from lm_stats.compile.tokens import BIRTH_COLUMNS, BIRTH_YEAR, NAME_COLUMNS, token_columns
from lm_stats.handover import CELL_ERROR, DIGITS_LOST, LABEL, MERGED_CELL, MISSING, WITHHELD
from lm_stats.spec import Concept, Record, Source, normalise_spelling
from lm_stats.stage.batches import NOTHING, Batch, Cells, encode, marked
from lm_stats.stage.date_forms import LENGTH, keep_dates, without_time
from lm_stats.stage.identity import PLAIN_NUMBER, Keyring, business_names, is_in_scientific_notation, map_unique
from lm_stats.stage.sheets import ERROR_TEXTS

# different texts of a column that are remembered from one batch to the next
REMEMBERED = 20_000
# purpose of the tokens of a document, where it is not named after its concept
_PURPOSES = {"previous_certificate": "certificate"}
# numbers that mean the same in every delivery; others do so within one period only
_LASTING = frozenset({"psu_number"})
_BIRTH_YEAR_TOKEN = BIRTH_COLUMNS[1]
_REASONS = frozenset(
    {"refused", "refusal", "refused to answer", "dont know", "do not know", "doesnt know", "dk", "not applicable",
     "inapplicable", "not stated", "not reported", "not specified", "no answer", "no response", "not asked", "skipped",
     "missing", "system missing", "not in universe", "niu", "unknown", "not known", "not available", "invalid"}
)  # fmt: skip
_REASON_LETTER = re.compile(r"\.[a-z]?")
_REASON_NUMBER = re.compile(r"-?\d{1,5}(?:\.0+)?")
_REASON_NUMBERED = re.compile(r"^-?\d{1,5}[ .:)=-]+")
_A = TypeVar("_A")
_B = TypeVar("_B")
_YEAR_NUMBER = re.compile(r"(19\d\d|20\d\d)(?:\.0+)?")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+")
# what a spreadsheet puts before a number that is to stay text; names begin with an apostrophe of their own
_TEXT_PREFIX = r"^\s*'(?=\s*[-+]?\d)"
# of codes that nobody knows, those that say nothing of a person are kept, so that they can be listed
_SHORT_CODE = r"\d{1,2}(?:\.0+)?"


@dataclass(frozen=True)
class _Outcome:
    """What becomes of some different texts of a concept.

    Attributes:
        columns: Kept texts or tokens by staged column, in the order of the texts.
        unusable: Texts that could not be used, and so are told of.
    """

    columns: Mapping[str, Sequence[str | None]]
    unusable: Sequence[bool]


class Screening:
    """Replaces identifiers by tokens, and keeps of all other cells what is declared vocabulary.

    A code is kept if its coder knows it (of one known only by its beginning, the beginning), a
    date if it has the form of one, a number if it lies within the bounds of its concept, and every
    text that means "missing". Anything else may be a name or number of a person in the wrong
    column; it becomes `withheld:` and a keyed token, so that equal cells stay equal. Labels and
    reasons of a file are kept if the coder knows them or if they are usual words for "missing".

    Every different text of a batch is looked at once, and the first ones of a column are remembered.

    Args:
        source: The source, as it stands for the rows.
        record: Their type.
        concepts: Concepts by id.
        coders: Coders by concept.
        keyring: The key of the root.
        period: Period of the delivery: numbers of households mean something within it only.
        last_year: Year of receipt; years of birth written with two digits lie before it.
    """

    def __init__(
        self,
        source: Source,
        record: Record,
        concepts: Mapping[str, Concept],
        coders: Mapping[str, Coder],
        keyring: Keyring,
        period: str,
        last_year: int,
    ) -> None:
        self._source = source
        self._record = record
        self._concepts = concepts
        self._coders = coders
        self._keyring = keyring
        self._period = period
        self._last_year = last_year
        self._known: dict[str, dict[str, tuple[tuple[str | None, ...], bool]]] = {}
        self.counts: Counter[tuple[str, str]] = Counter()

    def names(
        self, delivered: Collection[str], labelled: Collection[str] = (), reasoned: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Names of the staged columns, in order.

        Args:
            delivered: Concepts that the delivery holds.
            labelled: Those with labels.
            reasoned: Those with reasons for empty cells.
        """
        found: list[str] = []
        for name in self._record.concepts:
            if name not in delivered:
                continue
            found += self._columns_of(self._concepts[name])
            if not self._concepts[name].identifier:
                found += [name + LABEL] * (name in labelled) + [name + MISSING] * (name in reasoned)
        if BIRTH_YEAR in found:
            found = [name for name in found if name != BIRTH_YEAR] + [BIRTH_YEAR, _BIRTH_YEAR_TOKEN]
        return tuple(dict.fromkeys([*found, *self._defaulted()]))

    def columns(self, batch: Batch, files: Cells | None = None, sheets: Cells | None = None) -> dict[str, Cells]:
        """The staged columns of a batch by name.

        Args:
            batch: The rows.
            files: The file of each; without it all are of one.
            sheets: The sheet of each.
        """
        found: dict[str, Cells] = {}
        years: list[Cells] = []
        for name in self._record.concepts:
            cells = batch.cells.get(name)
            if cells is None:
                continue
            concept = self._concepts[name]
            if concept.identifier == "birth_date" and not (cells.labels or cells.reasons):
                cells = self._births_in_order(concept, cells, files, sheets)
            if concept.identifier in ("name", "business") and cells.labels:
                # the code of a person or an enterprise is nothing without its label
                cells = replace(cells, texts=[label or text for text, label in _pairs(cells.texts, cells.labels)])
            screened = self._screen(concept, cells, batch.shifted)
            if BIRTH_YEAR in screened:
                years.append(screened.pop(BIRTH_YEAR))
            found |= screened
            if not concept.identifier and cells.labels:
                found[name + LABEL] = self._explain(name, cells, cells.labels, kept_where_empty=False)
            if not concept.identifier and cells.reasons:
                found[name + MISSING] = self._explain(name, cells, cells.reasons, kept_where_empty=True)
        if years:
            frame = pd.concat([year.to_series() for year in years], axis=1)
            settled = _settle_birth_year(frame, self._keyring)
            found |= {name: Cells.of(settled[name]) for name in (BIRTH_YEAR, _BIRTH_YEAR_TOKEN)}
        self._fill(found, batch)
        return found

    def _births_in_order(self, concept: Concept, cells: Cells, files: Cells | None, sheets: Cells | None) -> Cells:
        """Births of sheets that do not write dates as declared, as ISO dates; of those that may be two days, the year.

        What a sheet shows is what is read of it together, which is all of it but for sheets of more than 250,000 rows.
        """
        declared = self._source.date_order
        texts = pd.Series(list(cells.texts), dtype="str")
        read = parse_dates(texts, declared, self._source.calendar)
        if not read["orders"].isin({"dmy", "mdy"} - {declared}).any():
            return cells
        places, more = cells.places.copy(), list[str]()
        addresses = [np.zeros(len(places), dtype=np.int32) if of is None else of.places for of in (files, sheets)]
        tables = np.unique(np.stack(addresses), axis=1, return_inverse=True)[1].ravel()
        for table in range(int(tables.max(initial=-1)) + 1):
            rows = (tables == table) & (cells.places != NOTHING)
            counts = np.bincount(cells.places[rows], minlength=len(texts))
            stands = counts > 0
            order = find_order(read[stands], pd.Series(counts)[stands], declared)
            if order == declared:
                continue
            found, known = (_read_births(texts, way, self._source, self._last_year) for way in (order, "dmy"))
            days = found["date"].where(found["orders"] != "").dt.strftime("%Y-%m-%d")
            years = known["date"].where(found["both_ways"] & found["date"].isna()).dt.strftime("%Y")
            places[rows] += len(texts) + len(more)
            more += days.fillna(years).fillna(texts).tolist()
            # what can be read in the declared order only is as declared
            other = days.notna() & (found["orders"] != declared)
            for said, where in (("another order", other), ("two days", years.notna())):
                if told := int(counts[where & stands].sum()):
                    self.counts[concept.id, said] += told
        # without those that stand nowhere any more
        return encode(places, [*cells.texts, *more]).rows(np.ones(len(places), dtype=bool))

    def _columns_of(self, concept: Concept) -> tuple[str, ...]:
        if not concept.identifier:
            return (concept.id,)
        return (*token_columns(concept), *([BIRTH_YEAR] if concept.identifier == "birth_date" else []))

    def _defaulted(self) -> list[str]:
        return [c for c in self._record.concepts if c in self._source.defaults and not self._concepts[c].identifier]

    def _fill(self, found: dict[str, Cells], batch: Batch) -> None:
        """Put the declared texts into empty cells of records; a cell that is empty for a reason stays so."""
        is_record = ~marked([reason != "" for reason in batch.excluded.texts], batch.excluded.places)
        for name in self._defaulted():
            cells = found.get(name, Cells(np.full(len(is_record), NOTHING, dtype=np.int32), []))
            empty = is_record & (cells.places == NOTHING)
            if name + MISSING in found:
                empty &= found[name + MISSING].places == NOTHING
            if empty.any():
                places = np.where(empty, len(cells.texts), cells.places).astype(np.int32)
                cells = encode(places, [*cells.texts, self._source.defaults[name]])
            found[name] = cells

    def _plain_serials(self, concept: Concept, cells: Cells) -> dict[str, Cells] | None:
        """Tokens of many numbers that are written plainly, or none where they are not."""
        if len(cells.texts) <= REMEMBERED or any(reason is not None for reason in cells.reasons):
            return None
        declared = self._declared_missing(concept)
        different = set(cells.texts)
        if len(different) < len(cells.texts) or not declared.isdisjoint(different):
            return None
        plain = pc.match_substring_regex(pa.array(cells.texts, pa.string()), f"^(?:{PLAIN_NUMBER})$")
        if not pc.all(plain).as_py():
            return None
        (name,) = self._columns_of(concept)
        return {name: Cells(cells.places, self._keyring.plain_serials(self._serial_purpose(concept), cells.texts))}

    def _screen(self, concept: Concept, cells: Cells, shifted: np.ndarray | None) -> dict[str, Cells]:
        plain = self._plain_serials(concept, cells) if concept.identifier == "serial" else None
        if plain is not None:
            return plain
        outcome = self._outcome(concept, cells.texts)
        places = cells.places
        reasons = cells.reasons or [None] * len(cells.texts)
        unusable = np.asarray(outcome.unusable, dtype=bool) & np.asarray(
            [reason is None for reason in reasons], dtype=bool
        )
        if unusable.any():
            said = "no date" if concept.identifier == "birth_date" else "lost digits"
            self.counts[concept.id, said] += int(marked(unusable.tolist(), places).sum())
        found = {}
        for column, kept in outcome.columns.items():
            values = [text if reason is None else None for text, reason in _pairs(kept, reasons)]
            if shifted is not None and not concept.identifier and shifted.any():
                # of cells that may stand in the wrong column nothing but tokens is kept
                hidden = withheld(self._keyring, pd.Series(list(cells.texts), dtype="str")).tolist()
                size = len(values)
                moved = np.where(shifted & (places != NOTHING), places + size, places).astype(np.int32)
                found[column] = encode(moved, [*values, *hidden])
            else:
                found[column] = encode(places, values)
        return found

    def _outcome(self, concept: Concept, texts: Sequence[str]) -> _Outcome:
        columns = self._columns_of(concept)
        known = self._known.setdefault(concept.id, {})
        fresh = [text for text in texts if text not in known]
        if len(fresh) > REMEMBERED:
            return self._look_at(concept, texts)
        if fresh:
            seen = self._look_at(concept, fresh)
            rows = zip(*(seen.columns[column] for column in columns), strict=True) if columns else ((),) * len(fresh)
            new = dict(zip(fresh, zip(rows, seen.unusable, strict=True), strict=True))
            if len(known) + len(new) > 2 * REMEMBERED:
                known.clear()
                return self._look_at(concept, texts)
            known.update(new)
        found = [known[text] for text in texts]
        by_column = {column: [values[place] for values, _ in found] for place, column in enumerate(columns)}
        return _Outcome(by_column, [unusable for _, unusable in found])

    def _look_at(self, concept: Concept, texts: Sequence[str]) -> _Outcome:
        """Screen different texts."""
        values = pd.Series(list(texts), dtype="str")
        names = self._columns_of(concept)
        usable = [False] * len(values)
        if not concept.identifier:
            kept = _admissible(values, concept, self._source, self._coders.get(concept.id))
            return _Outcome({names[0]: _plain(_withhold(values, kept, self._keyring))}, usable)
        if concept.identifier == "contact":
            return _Outcome({}, usable)
        broken, merged = values.str.strip().isin(ERROR_TEXTS), values == MERGED_CELL
        if concept.identifier == "birth_date":
            days = values.mask(merged | self._means_missing(values, concept)).str.replace(_TEXT_PREFIX, "", regex=True)
            born, unread = _birth(days, self._source, self._keyring, self._last_year)
            born[names[0]] = born[names[0]].mask(merged, MERGED_CELL)
            return _Outcome({name: _plain(born[name]) for name in names}, unread.tolist())
        values = values.mask(broken | merged | self._means_missing(values, concept))
        if concept.identifier == "name":
            tokens = self._keyring.name_tokens(values)
            found = {name: tokens[own] for name, own in _pairs(names, NAME_COLUMNS)}
        elif concept.identifier == "business":
            known = business_names(self._source.entries.get(concept.id, ()))
            found = {names[0]: self._keyring.business(values, known)}
        elif concept.identifier == "serial":
            found = {names[0]: self._keyring.serial(self._serial_purpose(concept), values)}
        else:
            purpose = _PURPOSES.get(concept.id, concept.id.removesuffix("_number"))
            found = {names[0]: self._keyring.document(purpose, values)}
        # an error is no empty cell
        whole = found[names[0]].mask(broken, CELL_ERROR).mask(merged, MERGED_CELL)
        if concept.identifier in ("document", "serial"):
            # what has a token kept its digits
            lost = values.where(found[names[0]].isna()).map(is_in_scientific_notation, na_action="ignore").eq(True)
            whole, usable = whole.mask(lost, DIGITS_LOST), lost.tolist()
        return _Outcome({name: _plain(column) for name, column in {**found, names[0]: whole}.items()}, usable)

    def _declared_missing(self, concept: Concept) -> set[str]:
        """Texts that the source declares to mean "missing", in the forms that a plain number can have."""
        declared = {normalise_spelling(text) for text in self._source.missing.get(concept.id, ())}
        return declared | {text.upper() for text in declared}

    def _serial_purpose(self, concept: Concept) -> str:
        stem = concept.id.removesuffix("_number")
        within = concept.id not in _LASTING
        return f"{stem} {self._source.path} {self._period}" if within else f"{stem} {self._source.path}"

    def _means_missing(self, values: pd.Series, concept: Concept) -> pd.Series:
        """Texts that mean "missing"."""
        declared = self._declared_missing(concept)
        # plain numbers mean what they say unless declared otherwise; looking at each takes longer than all else
        plain = values.str.fullmatch(PLAIN_NUMBER).fillna(False).astype(bool) & ~values.isin(declared)
        found = pd.Series(False, index=values.index)
        rest = values[~plain]
        if len(rest):
            found.loc[rest.index] = is_missing(rest, concept, self._source)
        return found

    def _explain(self, name: str, cells: Cells, texts: Sequence[str | None], *, kept_where_empty: bool) -> Cells:
        """Screened labels or reasons: the former of cells that are filled, the latter of those that are not."""
        reasons = cells.reasons or [None] * len(cells.texts)
        chosen = [text if (reason is not None) == kept_where_empty else None for text, reason in _pairs(texts, reasons)]
        values = pd.Series(chosen, dtype="str")
        concept, coder = self._concepts[name], self._coders.get(name)
        kept = map_unique(values, lambda text: text if _says_why_empty(text) else None)
        kept = kept.fillna(values.where(is_missing(values, concept, self._source) & values.notna()))
        if coder is not None:
            kept = kept.fillna(coder.vocabulary(values))
        return encode(cells.places, _plain(_withhold(values, kept, self._keyring)))


def _says_why_empty(text: str) -> bool:
    """Whether a text is a usual word for an answer that is not there, a letter of Stata for it, or a number."""
    if _REASON_LETTER.fullmatch(text.strip()):
        return True
    if _REASON_NUMBER.fullmatch(text.strip()):
        return abs(float(text)) <= 99_999
    return _REASON_NUMBERED.sub("", normalise_spelling(text)).replace("'", "") in _REASONS


def _pairs(first: Sequence[_A], second: Sequence[_B]) -> Iterator[tuple[_A, _B]]:
    return zip(first, second, strict=True)


def _plain(values: pd.Series) -> list[str | None]:
    """Texts as objects, none where there is none."""
    objects = values.astype(object)
    return objects.where(values.notna(), None).tolist()


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
    written = text.dropna().unique()
    unique = pd.Series(written, dtype="str").str.replace(_TEXT_PREFIX, "", regex=True)
    plain = unique.str.strip()
    if concept.type == "date":
        kept = keep_dates(plain, source)
    elif concept.type in ("integer", "number"):
        numbers = parse_numbers(plain, source.decimal)
        if is_count(concept):
            counted = parse_counts(plain, source.decimal)
            spoken = numbers.isna() & counted.notna()
            unique = unique.mask(spoken, counted.map("{:.0f}".format))
            plain, numbers = plain.mask(spoken, unique), counted
        low = float("-inf") if concept.minimum is None else concept.minimum
        high = float("inf") if concept.maximum is None else concept.maximum
        # no number begins with zeros, but numbers of documents do
        short = plain.str.len().le(LENGTH) & ~plain.str.fullmatch(r"-?0\d\d.*", na=False)
        kept = unique.where(numbers.between(low, high) & short)
    elif coder is not None:
        known = coder.vocabulary(unique)
        # a whole number from a spreadsheet may have become 4.0
        whole = map_unique(plain, lambda value: found[1] if (found := _WHOLE_FLOAT.fullmatch(value)) else None)
        kept = known.fillna(coder.vocabulary(whole)) if whole.notna().any() else known
        kept = kept.fillna(unique.where(plain.str.fullmatch(_SHORT_CODE, na=False)))
    else:
        kept = pd.Series(None, index=unique.index, dtype="str")
    as_it_is = is_missing(unique, concept, source) | plain.isin((*ERROR_TEXTS, MERGED_CELL))
    kept = kept.fillna(unique.where(as_it_is))
    return text.map(dict(zip(written, kept, strict=True))).astype("str")


def _birth(text: pd.Series, source: Source, keyring: Keyring, last_year: int) -> tuple[pd.DataFrame, pd.Series]:
    """Tokens of dates of birth, and the year in clear text; unreadable ones are withheld."""
    read = _read_births(text, source.date_order, source, last_year)
    tokens = keyring.birth_tokens(read["date"].where(read["precision"] == DAY))
    # a fiscal year is no year of birth
    years = read["date"].where(read["precision"] != FISCAL_YEAR).dt.strftime("%Y").astype("str")
    tokens["person_token_birth_year"] = keyring.tokens("birth_year", years)
    unread = text.notna() & years.isna()
    tokens[BIRTH_YEAR] = years.mask(unread, withheld(keyring, text.where(unread)))
    return tokens, unread


def _read_births(text: pd.Series, order: str, source: Source, last_year: int) -> pd.DataFrame:
    """Dates of birth as `parse_dates` reads them; years of two digits are years before the delivery."""
    plain = map_unique(text, lambda value: without_time(value.strip()))
    read = parse_dates(plain, order, source.calendar, declared=source.date_order)
    late = read["two_digits"] & (read["date"].dt.year > last_year)
    earlier = (read["date"] - pd.DateOffset(years=100)).astype("datetime64[s]")
    return read.assign(date=read["date"].mask(late, earlier))


def _settle_birth_year(delivered: pd.DataFrame, keyring: Keyring) -> pd.DataFrame:
    """One year of birth: from the date, else as delivered; with its token."""
    years = delivered.iloc[:, 0]
    for place in range(1, delivered.shape[1]):
        other = delivered.iloc[:, place]
        unsure = years.isna() | years.str.startswith(WITHHELD, na=False)
        years = years.mask(unsure & other.notna(), other)
    plain = map_unique(years, lambda text: found[1] if (found := _YEAR_NUMBER.fullmatch(text.strip())) else None)
    return pd.DataFrame({BIRTH_YEAR: years, _BIRTH_YEAR_TOKEN: keyring.tokens("birth_year", plain)})
