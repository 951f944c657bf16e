"""The list of unknown spellings as a file that a person fills in, and what was filled in.

Such a file shows cells of deliveries, of columns that identify nobody. It is for whoever may see the register.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter

from lm_stats.coding.memory import ANY_SOURCE, MEMORY_COLUMNS, Choices, Decision, decision_of, what_is_wrong
from lm_stats.coding.suggesting import Proposal
from lm_stats.coding.unseen import HIDDEN, PROPOSED, Unseen
from lm_stats.compile.filled_in import read_filled_in, write_filled_in
from lm_stats.spec import Problem

MOST_PROPOSALS = 3
REVIEW_COLUMNS = (
    "source", "concept", "value", "rows", "listed_because", "delivery", "file", "sheet", "row",
    *(f"proposal_{number}" for number in range(1, MOST_PROPOSALS + 1)),
    "code", "valid_from", "valid_to", "decided_by", "why",
)  # fmt: skip
NOTICE = (
    "This file shows cells of the deliveries: keep it as safely as the deliveries, and delete it when it has been "
    "accepted."
)
_GUIDE = (
    "Fill in code (and decided_by) where you are certain; leave the others empty. Then: lm-stats coding accept FILE. "
    "A source may be replaced by country/* where the decision holds for all offices."
)
_FILLED_IN = ("code", "valid_from", "valid_to", "decided_by", "why")
_HEADER_ROW, _FIRST_ROW = 2, 3
_CODES = "Codes"
_WIDTHS = {"value": 36, "file": 24, "delivery": 34, "source": 26, "concept": 20, "listed_because": 22, "why": 30,
           "code": 30, "decided_by": 18}  # fmt: skip


@dataclass(frozen=True)
class Reviewed:
    """An unknown spelling with what it may mean."""

    unseen: Unseen
    proposals: tuple[Proposal, ...] = ()


def in_words(proposal: Proposal) -> str:
    """A proposal in one line."""
    return f"{proposal.code} {proposal.label} ({proposal.score}, {proposal.why}: {proposal.near})"


def shown_text(unseen: Unseen) -> str:
    """The spelling, or in brackets why none is shown."""
    return unseen.text or ("(empty)" if unseen.why == PROPOSED else f"({unseen.why})")


def write_review(
    path: Path,
    reviewed: Sequence[Reviewed],
    choices: Mapping[tuple[str, str], Mapping[str, str]],
    *,
    statement: str = "",
) -> None:
    """Write unknown spellings with proposals and empty columns for the decision.

    Args:
        path: The file to write, `.xlsx` (with lists of valid codes to choose from) or `.csv`.
        reviewed: What to list, in this order.
        choices: Codes and labels by path of the source and concept.
        statement: What stands over it: that data are synthetic.

    Raises:
        Fault: If the file cannot be written.
    """
    notice = f"{statement} {NOTICE}" if statement else NOTICE
    rows = [_row(one) for one in reviewed]
    fill = partial(_write_workbook, notice=notice, rows=rows, choices=choices)
    write_filled_in(path, (notice, _GUIDE), REVIEW_COLUMNS, rows, fill)


def read_review(
    path: Path, choices: Mapping[str, Choices], day: str, decided_by: str = ""
) -> tuple[dict[str, list[Decision]], list[Problem]]:
    """Read the lines that a person filled in.

    Args:
        path: The file, `.xlsx` or CSV.
        choices: Codes and labels by folder of the sender, id of the source, and concept.
        day: The day on which they are accepted, ISO 8601.
        decided_by: Who decided, where a line does not say.

    Returns:
        Decisions by folder of the sender, and what is wrong with lines that are none; no content of a cell.

    Raises:
        Fault: If it is no such file.
    """
    header, rows = read_filled_in(path, {"source", "concept", "value", "code"}, "coding review")
    found: dict[str, list[Decision]] = {}
    problems: list[Problem] = []
    for number, cells in rows:
        texts = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if not texts.get("code"):
            continue
        where = f"{path.name}, line {number}"
        sender, _, source = texts.get("source", "").partition("/")
        if sender not in choices or not source:
            do = "Leave it as the review wrote it: country/source, or country/* for all its sources."
            problems.append(Problem(where, "source names no declared source, so nothing was accepted", do))
            continue
        own = choices[sender]
        line = {
            **{name: texts.get(name, "") for name in MEMORY_COLUMNS},
            "source": source,
            "code": _code(texts["code"], own, source, texts.get("concept", "")),
            "decided_by": texts.get("decided_by") or decided_by,
            "decided_on": day,
        }
        one = decision_of(line, where)
        wrong = what_is_wrong(one, own)
        if wrong and wrong[0].startswith("decided_by"):
            wrong = wrong[0], "Write who decided, or accept it with --by NAME."
        if wrong is None and _is_bracketed(one.value):
            wrong = "the spelling is not shown here, so nothing can be decided about it", "Empty its code."
        if wrong:
            problems.append(Problem(where, *wrong))
        else:
            found.setdefault(sender, []).append(one)
    return found, problems


def _is_bracketed(value: str) -> bool:
    return value in {f"({why})" for why in (*HIDDEN, "empty")}


def _code(text: str, choices: Choices, source: str, concept: str) -> str:
    """The code that was written, or chosen together with its label."""
    first, _, label = text.partition(" ")
    sources = choices.values() if source == ANY_SOURCE else [choices.get(source, {})]
    known = any(concepts.get(concept, {}).get(first) == label.strip() for concepts in sources)
    return first if label and known else text


def _row(one: Reviewed) -> list[str | int]:
    unseen = one.unseen
    proposals = [in_words(proposal) for proposal in one.proposals[:MOST_PROPOSALS]]
    return [
        unseen.source, unseen.concept, shown_text(unseen), unseen.rows, unseen.why, unseen.delivery, unseen.file,
        unseen.sheet, unseen.row, *proposals, *[""] * (MOST_PROPOSALS - len(proposals)), *[""] * len(_FILLED_IN),
    ]  # fmt: skip


def _write_workbook(
    book: Any,
    *,
    notice: str,
    rows: Sequence[Sequence[str | int]],
    choices: Mapping[tuple[str, str], Mapping[str, str]],
) -> None:
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "border_color": "#A6A6A6"})
    text = book.add_format({"num_format": "@", "valign": "top"})
    fill = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FFF9DB", "border": 1,
                            "border_color": "#D9D9D9"})  # fmt: skip
    sheet = book.add_worksheet("Review")
    sheet.write_string(0, 0, notice, book.add_format({"bold": True, "font_color": "#9C0006"}))
    sheet.write_string(1, 0, _GUIDE)
    for column, name in enumerate(REVIEW_COLUMNS):
        sheet.write_string(_HEADER_ROW, column, name, head)
        sheet.set_column(column, column, 40 if name.startswith("proposal") else _WIDTHS.get(name, 10))
    lists = _write_codes(book, choices, head, text)
    place = REVIEW_COLUMNS.index("code")
    for number, row in enumerate(rows, start=_FIRST_ROW):
        for column, cell in enumerate(row):
            own = fill if REVIEW_COLUMNS[column] in _FILLED_IN else text
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell, own)
            else:
                sheet.write_blank(number, column, None, own)
        if formula := lists.get((str(row[0]), str(row[1]))):
            choice = {"validate": "list", "source": formula, "error_type": "warning",
                      "error_title": "Not a valid code",
                      "error_message": f"Choose one of the codes on the sheet {_CODES}."}  # fmt: skip
            sheet.data_validation(number, place, number, place, choice)
    sheet.freeze_panes(_FIRST_ROW, 3)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _write_codes(
    book: Any, choices: Mapping[tuple[str, str], Mapping[str, str]], head: Any, text: Any
) -> dict[tuple[str, str], str]:
    """Write the lists of codes, each once; returns where the list of a source and concept stands."""
    if not choices:
        return {}
    sheet = book.add_worksheet(_CODES)
    written: dict[tuple[tuple[str, str], ...], str] = {}
    found: dict[tuple[str, str], str] = {}
    for (source, concept), codes in choices.items():
        key = tuple(codes.items())
        if not key:
            continue
        if key not in written:
            column = len(written)
            sheet.write_string(0, column, concept, head)
            sheet.set_column(column, column, 40)
            for row, (code, label) in enumerate(key, start=1):
                sheet.write_string(row, column, f"{code} {label}", text)
            letters = xlsxwriter.utility.xl_col_to_name(column, True)
            written[key] = f"='{_CODES}'!{letters}$2:{letters}${len(key) + 1}"
        found[source, concept] = written[key]
    return found
