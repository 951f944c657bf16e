"""Mess in files of unit records: defects planted one a row, each with the outcome it must have.

Rows that a file holds beyond those of the world (repeated rows, members who are away) stand at its end, so
that the truth does not depend on the mess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.simulate.defects import DEFECT_COLUMNS
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.lettering import Lettering
from lm_stats.simulate.persons import Block, Vocabulary
from lm_stats.spec import Concept, Record, Source, Table

Deliver = Callable[[str], str]
Eligible = Callable[[pa.Array, Block], Array]
MOST_DEFECTS = 20_000  # in one delivery, so that the list of defects stays readable
TOO_OLD = "150"
AWAY_FROM = 91  # number in the household of the first member who is listed although away
_CODES = ("citizenship", "country_of_stay", "sex", "relationship")
# questions that need no answer, of which a file may say why there is none
_UNANSWERED = (
    "education", "year_of_arrival", "status_in_employment", "hours_worked", "monthly_earnings", "contract_type",
    "paid_leave", "social_security",
)  # fmt: skip
_NO_ANSWER = "9998"
_LETTERS = "cdefgz"  # further missing values of Stata besides those that every survey has here
_LATE = {"year_of_arrival": "arrived_by_the_census", "year_left": "left_by_the_census"}


@dataclass(frozen=True)
class Case:
    """One kind of defect.

    Attributes:
        name: Its name.
        expected: What must become of the row.
        concept: The column; empty for rows that are added.
        deliver: What is delivered, from the true text.
        eligible: Which rows may have it, from the true texts and the world; none: all.
    """

    name: str
    expected: str
    concept: str
    deliver: Deliver
    eligible: Eligible | None = None


def cases_of(
    source: Source,
    record: Record,
    table: Table,
    concepts: Mapping[str, Concept],
    letterings: Mapping[str, Lettering],
    vocabulary: Vocabulary,
    year: int,
    lacking: Sequence[str] = (),
) -> list[Case]:
    """Every kind of defect that a file of these rows allows.

    Args:
        source: The source, as it stands for these rows.
        record: The type of rows.
        table: The table that the rows end in: a rule is only broken where there is one.
        concepts: Concepts by id.
        letterings: How the source writes its codes.
        vocabulary: The codes.
        year: Year of the census or round.
        lacking: Concepts that the file does not hold.
    """
    rules = {rule.name: rule.severity for rule in (*table.rules, *source.rules)}
    held = [name for name in source.columns if name not in lacking]
    as_text = source.reader == "csv"
    found: list[tuple[str, str, str, Deliver, Eligible | None]] = []
    for name in _CODES:
        if name in held and letterings[name].strange:
            strange = _always(letterings[name].strange)
            found.append(("unknown_code", _policy(source, concepts[name]), name, strange, _told))
    for name in ("citizenship", "country_of_stay"):
        if name in held:
            found.append((f"{name}_blank", "warn", name, _always(""), _told))
    if "age" in held and (concepts["age"].maximum or np.inf) < float(TOO_OLD):
        found.append(("age_out_of_bounds", "quarantine", "age", _always(TOO_OLD), None))
    for name, rule in _LATE.items():
        if name in held:
            found.append((f"{name}_after_census", rules.get(rule, ""), name, _always(str(year + 2)), None))
    if "country_of_stay" in held:
        own = _text_of(letterings["country_of_stay"], vocabulary.at("country_of_stay", source.ref_area))
        found.append(("stays_in_the_country", rules.get("is_abroad", ""), "country_of_stay", _always(own), None))
    if "labour_force_status" in held:
        employed = _text_of(letterings["labour_force_status"], vocabulary.at("labour_force_status", "employed"))
        found.append(
            ("child_with_a_job", rules.get("child_with_a_job", ""), "labour_force_status", _always(employed), _is_child)
        )
    if "hours_worked" in held and "labour_force_status_icls13" in held:
        jobless = _Jobless(vocabulary.at("labour_force_status", "employed"))
        outcome = rules.get("job_of_the_employed", "")
        found.append(("hours_without_job", outcome, "hours_worked", _always("40"), jobless))
    if "weight" in held and "weight" not in record.defaults:
        found += [
            ("weight_missing", "quarantine" if "weight" in table.not_null else "accept", "weight", _always(""), None),
            ("weight_negative", rules.get("weight_not_negative", ""), "weight", _always("-1"), None),
            ("weight_zero", "accept", "weight", _always("0"), None),
        ]
    if as_text and "sex" in held:
        found.append(("code_with_blanks", "accept", "sex", " {} ".format, _told))
    if as_text and "district" in held:
        found.append(("code_with_leading_zero", "accept", "district", "0{}".format, _one_digit))
    unanswered = [name for name in _UNANSWERED if name in held and name not in table.not_null]
    if source.reader == "stata":
        for name, letter in zip(unanswered, _LETTERS, strict=False):
            found.append(("extended_missing", "accept", name, _always(letter), _told))
    for name, text in missing_codes(source, table, letterings, lacking).items():
        found.append(("user_missing", "accept", name, _always(text), _told))
    expected = {"not_stated": "warn", "fail": "refuse"}
    return [
        Case(name, expected.get(outcome, outcome), concept, deliver, eligible)
        for name, outcome, concept, deliver, eligible in found
        if outcome
    ]


def _policy(source: Source, concept: Concept) -> str:
    """What becomes of a row whose code of a concept is not known."""
    declared = source.on_unmapped
    is_said = not isinstance(declared, str) and concept.id in declared
    return source.on_unmapped_for(concept.id) if is_said or concept.holds_back else "not_stated"


def missing_codes(
    source: Source, table: Table, letterings: Mapping[str, Lettering], lacking: Sequence[str] = ()
) -> dict[str, str]:
    """Numbers that an SPSS file may declare to mean that there is no answer, by concept.

    Args:
        source: The source, as it stands for the rows.
        table: The table that the rows end in.
        letterings: How the source writes its codes.
        lacking: Concepts that the file does not hold.
    """
    if source.reader != "spss":
        return {}
    found = {}
    for name in _UNANSWERED:
        if name in source.columns and name not in lacking and name not in table.not_null:
            lettering = letterings.get(name)
            text = _NO_ANSWER if lettering is None else lettering.strange * lettering.is_numeric
            if text:
                found[name] = text
    return found


def _always(text: str) -> Callable[[str], str]:
    return lambda true: text


def _text_of(lettering: Lettering, position: int) -> str:
    return str(lettering.texts[int(lettering.first[position])])


def _told(texts: pa.Array, block: Block) -> Array:
    found: Array = pc.is_valid(texts).to_numpy(zero_copy_only=False)
    return found


def _one_digit(texts: pa.Array, block: Block) -> Array:
    found: Array = pc.equal(pc.utf8_length(texts), 1).fill_null(False).to_numpy(zero_copy_only=False)
    return found


def _is_child(texts: pa.Array, block: Block) -> Array:
    found: Array = block["age"] < 10
    return found


@dataclass(frozen=True)
class _Jobless:
    employed: int

    def __call__(self, texts: pa.Array, block: Block) -> Array:
        status = block["labour_force_status_icls13"]
        found: Array = (status >= 0) & (status != self.employed)
        return found


class Spoiler:
    """Plants the defects of one file, block after block.

    Args:
        cases: The cases.
        headings: Heading by concept.
        rows: Rows of the file before any is added.
        number: Defects to plant, about as many of each case.
        away: Columns that say that a member is away, with their texts; empty: none are listed.
        rng: Source of randomness.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        headings: Mapping[str, str],
        rows: int,
        number: int,
        away: Mapping[str, str],
        rng: np.random.Generator,
    ) -> None:
        added = [Case("duplicate_row", "exclude", "", str)]
        if away:
            added.append(Case("absent_member", "exclude", "", str))
        self._cases = [*added, *cases]
        self._headings, self._rows, self._away, self._rng = headings, max(rows, 1), away, rng
        quota = np.full(len(self._cases), number // len(self._cases))
        quota[rng.permutation(len(self._cases))[: number % len(self._cases)]] += 1
        self._quota, self._planted = quota, np.zeros(len(quota), dtype=np.int64)
        self._seen = 0
        self._found: list[pd.DataFrame] = []
        self._added: list[tuple[str, pa.Table]] = []

    def spoil(self, cells: dict[str, pa.Array], block: Block, first: int) -> dict[str, pa.Array]:
        """Plant the defects of some rows.

        Args:
            cells: Texts by heading.
            block: The rows of the world.
            first: Address of the first row.

        Returns:
            The cells with the defects; added rows are kept for `rest`.
        """
        number = len(block["person_number"])
        self._seen += number
        due = self._quota * self._seen // self._rows - self._planted
        if not due.any():
            return cells
        free = np.ones(number, dtype=bool)
        order = self._rng.permutation(number)
        spoilt = dict(cells)
        for at, case in enumerate(self._cases):
            if not due[at]:
                continue
            allowed = free.copy()
            heading = self._headings.get(case.concept, "")
            if case.eligible is not None:
                allowed &= case.eligible(cells[heading], block)
            chosen = np.sort(order[allowed[order]][: due[at]])
            self._planted[at] += len(chosen)
            free[chosen] = False
            if not case.concept:
                self._added.append((case.name, pa.table(cells).take(pa.array(chosen))))
                continue
            true = cells[heading].take(pa.array(chosen)).to_pylist()
            delivered = [case.deliver(text or "") for text in true]
            mask = np.zeros(number, dtype=bool)
            mask[chosen] = True
            texts = pa.array([text or None for text in delivered], pa.string())
            spoilt[heading] = pc.replace_with_mask(spoilt[heading], pa.array(mask), texts)
            self._note(case, heading, first + chosen, true, delivered)
        return spoilt

    def rest(self, first: int) -> dict[str, pa.Array]:
        """The added rows, in the order in which they are to be written at the end of the file.

        Args:
            first: Address of the first of them.
        """
        tables = []
        for case in self._cases:
            for name, rows in self._added:
                if name == case.name:
                    if name == "absent_member":
                        rows = self._as_away(rows)
                    tables.append(rows)
                    self._note(case, "", first + np.arange(rows.num_rows), [""] * rows.num_rows, [""] * rows.num_rows)
                    first += rows.num_rows
        if not tables:
            return {}
        together = pa.concat_tables(tables).combine_chunks()
        return {name: _whole(together.column(name)) for name in together.column_names}

    def _as_away(self, rows: pa.Table) -> pa.Table:
        for heading, text in self._away.items():
            place = rows.column_names.index(heading)
            rows = rows.set_column(place, heading, pa.array([text] * rows.num_rows, pa.string()))
        return rows

    def _note(
        self, case: Case, heading: str, rows: Array, true: Sequence[str | None], delivered: Sequence[str]
    ) -> None:
        self._found.append(
            pd.DataFrame(
                {
                    "sheet": "",
                    "row": rows,
                    "column": heading,
                    "case": case.name,
                    "true_value": [text or "" for text in true],
                    "delivered_value": list(delivered),
                    "expected": case.expected,
                }
            )
        )

    def defects(self, delivery: str, file: str) -> pd.DataFrame:
        """Everything planted, as rows of `DEFECT_COLUMNS`."""
        found = [one for one in self._found if len(one)]
        if not found:
            return pd.DataFrame({name: [] for name in DEFECT_COLUMNS})
        listed = pd.concat(found, ignore_index=True).assign(delivery_id=delivery, file=file)
        return listed[list(DEFECT_COLUMNS)]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined
