"""From texts to codes, each with the rule by which it was found, and what is to be told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.coder import Coder
from lm_stats.compile.coding_rules import DUAL, LOST_ZERO, Found, confidence_of, says_why_missing
from lm_stats.compile.missing import is_no_answer
from lm_stats.handover import CODING_COLUMNS, UNCODED, WITHHELD
from lm_stats.harmonise.empty_cells import empty_no_answers, why_empty
from lm_stats.harmonise.marks import Marks
from lm_stats.harmonise.texts import Flags, Places, Texts
from lm_stats.spec import Codelist, Concept, Problem, Record, Source, Table
from lm_stats.spec.places import AMBIGUOUS, EXCLUDE, FORMER

# rules of texts without a code, as they are counted
UNKNOWN, EMPTY = UNCODED
# lines of one of several lists of codes that an office has used for one column: `list:<name>`
_OF_LIST = "list:"
# what an empty cell may be proposed from, and what that is called
_PROPOSED = {"citizenship": ("passport_country", "passport")}
# what a spreadsheet shows where a formula has no value
_ERROR = r"#[A-Z][A-Z0-9/_ ]*[!?]?"
_TOLD = {FORMER: "former", DUAL: "two_named", LOST_ZERO: "lost_zero"}


@dataclass(frozen=True)
class Rules:
    """By what the rows of a batch were coded.

    Attributes:
        names: The rules.
        places: For each row the place of its rule among them.
    """

    names: Sequence[str]
    places: Places

    def count(self, rows: Flags) -> Counter[str]:
        """How many of some rows were coded by each rule."""
        counts = np.bincount(self.places[rows], minlength=len(self.names))
        return Counter({name: int(n) for name, n in zip(self.names, counts, strict=True) if n})

    def rows(self, name: str) -> Flags:
        """Rows of one rule."""
        marked: Flags = np.array([own == name for own in self.names], dtype=bool)[self.places]
        return marked


@dataclass(frozen=True)
class CodedColumn:
    """A coded column of a batch.

    Attributes:
        columns: The codes under the concept's id, and what the table says of them besides.
        rules: By what they were found.
        unknown: Rows whose text is not known, where the source refuses such.
    """

    columns: Mapping[str, pd.Series]
    rules: Rules
    unknown: Flags | None = None


class Codes:
    """Codes the columns of one type of rows.

    Args:
        source: The source, as it stands for these rows (`Source.for_record`).
        record: The type of rows.
        table: The table it fills.
        codelists: Codelists by id.
        coders: A coder for each concept of the record that is a code.
    """

    def __init__(
        self,
        source: Source,
        record: Record,
        table: Table,
        codelists: Mapping[str, Codelist],
        coders: Mapping[str, Coder],
    ) -> None:
        self._source, self._record, self._table = source, record, table
        self._codelists, self._coders = codelists, coders

    def read(
        self,
        concept: Concept,
        text: Texts,
        label: Texts | None,
        reasons: Texts | None,
        on: pd.Series | None,
        marks: Marks,
        default: str | None,
    ) -> CodedColumn:
        """Code a column by the text of its cells; where one is not known, by its label.

        Args:
            concept: The concept.
            text: The texts; cells that mean "missing" are empty.
            label: The labels that the file gives them, if any.
            reasons: Why the file calls cells missing, if it does.
            on: Date of each row, for dated lines.
            marks: What is said of the rows; added to.
            default: What stands for an empty cell, if anything.
        """
        name, coder = concept.id, self._coders[concept.id]
        found = _Outcomes.of(coder, text, on)
        if label is not None:
            marks.warn(_disagree(coder, found.codes, label), f"label_disagrees_{name}", name)
            by_label = text.filled & ~found.coded & label.filled
            if by_label.any():
                other = _Outcomes.of(coder, label.emptied(~by_label), on)
                marks.warn(other.coded, f"coded_by_label_{name}", name)
                found = found.replaced(other, other.coded)
                text, reasons = empty_no_answers(text, text.filled & ~found.coded, label, reasons)
                found = found.emptied(~text.filled & ~found.coded)
        if default is not None:
            same = _Outcomes.of(coder, Texts.constant(default, len(text.places)), on)
            found = found.replaced(same, ~text.filled)
            text = text.filled_with(default)
        elif reasons is not None:
            why_empty(name, reasons, text, marks)
        self._tell(concept, found, marks)
        unclear, left_out = found.rows(lambda one: one.rule == AMBIGUOUS), self._exclude(coder, found, marks)
        not_known = text.filled & ~found.coded & ~unclear & ~left_out
        policy = self._policy(concept)
        if policy == "not_stated":
            marks.warn(unclear, f"ambiguous_{name}", name)
        else:
            marks.quarantine(unclear, f"ambiguous_{name}", name)
        broken = not_known & text.rows(text.distinct.str.fullmatch(_ERROR))
        if broken.any() and (concept.holds_back or self._table.sums):
            # the error of a formula is no code that a map could come to know
            marks.quarantine(broken, f"unreadable_{name}", name)
            not_known &= ~broken
        if policy == "quarantine":
            marks.quarantine(not_known, f"unmapped_{name}", name)
        else:
            marks.warn(not_known, f"unmapped_{name}", name)
        columns = self._columns(name, found)
        never_empty = name in self._table.not_null and name not in self._record.derived
        missing = self._codelists[concept.codelist].missing if never_empty else ""
        if missing:
            marks.warn(~text.filled, f"not_stated_{name}", name)
            columns[name] = columns[name].fillna(missing)
        return CodedColumn(columns, found.rules(text.filled), not_known if policy == "fail" else None)

    def propose(self, coded: Mapping[str, CodedColumn], marks: Marks) -> None:
        """Say where another column proposes what an empty cell may have meant; nothing is filled in."""
        for name, (by, called) in _PROPOSED.items():
            if name not in coded or by not in coded:
                continue
            missing = self._coders[by].codelist.missing
            other = coded[by].columns[by]
            said = (other.notna() & (other != missing)).to_numpy(dtype=bool)
            marks.warn(coded[name].rules.rows(EMPTY) & said, f"proposed_{name}: {called}", name)

    def _policy(self, concept: Concept) -> str:
        """What happens to rows whose code of a concept is not known."""
        declared = self._source.on_unmapped
        if not isinstance(declared, str) and concept.id in declared:
            return declared[concept.id]
        if not concept.holds_back and not self._table.sums and self._codelists[concept.codelist].missing:
            return "not_stated"
        return self._source.on_unmapped_for(concept.id)

    def _columns(self, name: str, found: _Outcomes) -> dict[str, pd.Series]:
        """The codes, and their rule, confidence and second country where the table has columns for them."""
        columns = {name: found.codes}
        wanted = {
            f"{name}_rule": lambda one: one.rule if one.code else None,
            f"second_{name}": lambda one: one.second,
        }
        columns |= {column: found.texts(read) for column, read in wanted.items() if column in self._table.columns}
        if f"{name}_confidence" in self._table.columns:
            numbers = [confidence_of(one.rule) if one and one.code else None for one in found.found]
            column = np.array([np.nan if n is None else n for n in (*numbers, None)], dtype=np.float64)
            columns[f"{name}_confidence"] = pd.Series(column[found.places])
        return columns

    def _tell(self, concept: Concept, found: _Outcomes, marks: Marks) -> None:
        """Say what people should know of how rows were coded."""
        name, missing = concept.id, self._codelists[concept.codelist].missing

        def told(one: Found) -> str:
            if missing and one.code == missing:
                return f"not_stated_{name}: {one.rule}" if says_why_missing(one.rule) else ""
            return f"{_TOLD[one.rule]}_{name}" if one.code and one.rule in _TOLD else ""

        said = [told(one) if one else "" for one in found.found]
        different = [reason for reason in dict.fromkeys(said) if reason]
        if different:
            numbers = {reason: number for number, reason in enumerate(different, start=1)}
            places = np.array([*(numbers.get(reason, 0) for reason in said), 0], dtype=np.int64)
            marks.warn_each(different, places[found.places], name)

    def _exclude(self, coder: Coder, found: _Outcomes, marks: Marks) -> Flags:
        """Leave out the rows whose text the map leaves out, each for its reason."""
        if not coder.excludes:
            return np.zeros(len(found.places), dtype=bool)
        for rule in dict.fromkeys(one.rule for one in found.found if one and one.rule.startswith(EXCLUDE)):
            rows = found.rows(lambda one, rule=rule: one.rule == rule)  # type: ignore[misc]
            marks.exclude(rows, rule.removeprefix(EXCLUDE), coder.concept.id)
        return found.rows(lambda one: one.rule.startswith(EXCLUDE))


@dataclass(frozen=True)
class _Outcomes:
    """What the texts of a column mean: each outcome once, and its place for every row (-1: no text)."""

    found: list[Found | None]
    places: Places

    @classmethod
    def of(cls, coder: Coder, text: Texts, on: pd.Series | None) -> _Outcomes:
        found, places = coder.resolve(text.distinct.tolist(), text.places, on)
        return cls(found, places)

    @property
    def coded(self) -> Flags:
        return self.rows(lambda one: one.code is not None)

    @property
    def codes(self) -> pd.Series:
        return self.texts(lambda one: one.code)

    def rows(self, test: Callable[[Found], bool]) -> Flags:
        marked: Flags = np.array([*(one is not None and test(one) for one in self.found), False], dtype=bool)
        return marked[self.places]

    def texts(self, read: Callable[[Found], str | None]) -> pd.Series:
        values = pd.array([*(read(one) if one else None for one in self.found), None], dtype="str")
        return pd.Series(values.take(self.places))

    def replaced(self, other: _Outcomes, rows: Flags) -> _Outcomes:
        """The same with what another says of some rows."""
        theirs = np.where(other.places < 0, -1, other.places + len(self.found))
        return _Outcomes([*self.found, *other.found], np.where(rows, theirs, self.places))

    def emptied(self, rows: Flags) -> _Outcomes:
        return _Outcomes(self.found, np.where(rows, -1, self.places))

    def rules(self, filled: Flags) -> Rules:
        """By what rows were coded, those without a text and with an unknown one included."""
        names = dict.fromkeys([UNKNOWN, EMPTY, *(one.rule for one in self.found if one)])
        numbers = {name: number for number, name in enumerate(names)}
        own = np.array([*(numbers[one.rule] if one else 0 for one in self.found), 0], dtype=np.int64)
        return Rules(list(names), np.where(filled | (self.places >= 0), own[self.places], numbers[EMPTY]))


def _disagree(coder: Coder, codes: pd.Series, label: Texts) -> Flags:
    """Rows whose label means another code than their text does."""
    said = coder.code(label.distinct)["code"]
    unanswered = is_no_answer(label.distinct).to_numpy()
    missing = coder.codelist.missing
    # a label that means "no answer" says the code for it, where there is one
    said = said.mask(unanswered & said.isna().to_numpy(), missing or WITHHELD)
    numbers, known = pd.factorize(codes)
    places = {code: number for number, code in enumerate(known)}
    others = np.array([-1 if pd.isna(code) else places.get(code, -2) for code in said] + [-1], dtype=np.int64)
    own, other = numbers.astype(np.int64), others[label.places]
    differ: Flags = (own != -1) & (other != -1) & (own != other)
    return differ


Counted = Mapping[tuple[str, str], Mapping[str, Counter[str]]]


def write_coding(counted: Counted, path: Path) -> None:
    """Write how many rows were coded by which rule.

    Args:
        counted: By delivery and type of rows, the rows of each rule by concept.
        path: Parquet file of `CODING_COLUMNS`.
    """
    types = {"confidence": pa.float64(), "rows": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in CODING_COLUMNS])
    lines = [
        (delivery, record, concept, rule, None if rule in UNCODED else confidence_of(rule), rows)
        for (delivery, record), concepts in sorted(counted.items())
        for concept, rules in sorted(concepts.items())
        for rule, rows in sorted(rules.items())
    ]
    columns: list[Sequence[Any]] = list(zip(*lines, strict=True)) if lines else [()] * len(schema)
    arrays = [pa.array(column, own.type) for column, own in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def several_lists(where: str, concepts: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
    """Tell of columns in which codes of several lists of the office stand.

    Args:
        where: The rows.
        concepts: Rules by concept.
    """
    for concept, rules in concepts.items():
        lists = sorted(rule.removeprefix(_OF_LIST) for rule in rules if rule.startswith(_OF_LIST))
        if len(lists) > 1:
            what = f"{concept} holds codes of several lists of the office ({', '.join(lists)})"
            yield Problem(where, what, "Ask the office which list each of its files follows.")
