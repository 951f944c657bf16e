"""The list of pairs as a file that a person fills in, and what was filled in.

Such a file shows names and numbers of persons. It is for the office's own staff, and to be deleted afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lm_stats.compile.filled_in import read_filled_in, write_filled_in
from lm_stats.linkage_review.decisions import DECISION_COLUMNS, LinkageDecision, as_text, decision_of, what_is_wrong
from lm_stats.linkage_review.guide import NOTICE, write_guide
from lm_stats.linkage_review.naming import Named
from lm_stats.linkage_review.records import SHOWN_CONCEPTS, PairRecord, agreeing, differing
from lm_stats.spec import Problem

PAIRS_SHEET = "pairs"
COMMAND = "linkage review"
_FIRST = ("pair", "record", "same", "why")
_LAST = (
    "decided_by", "decided_on", "stratum", "represents", "ref_area", "permit_id", "other_permit_id", "delivery",
    "file", "sheet", "row",
)  # fmt: skip
_FILLED_IN = ("same", "why", "decided_by", "decided_on")
_LINE = (
    "Two lines are a pair. Write yes or no into same on one of them, and say who decided; leave it empty where you "
    "cannot tell. Then: lm-stats linkage accept FILE."
)
_HEADER_ROW, _FIRST_ROW = 2, 3
_ANSWER = {
    "validate": "list", "source": ["yes", "no"], "error_title": "yes or no",
    "error_message": "Choose yes or no, or leave it empty if you cannot tell.",
    "input_title": "One person?", "input_message": "yes, no, or empty if you cannot tell",
}  # fmt: skip
_WIDTHS = {"same": 7, "why": 26, "decided_by": 16, "decided_on": 12}
_WIDEST = 44


@dataclass(frozen=True)
class ReviewPair:
    """Two records of which a person is asked whether they are of one person.

    Attributes:
        ref_area: The member state.
        one: The earlier record.
        other: The later one.
        stratum: How the pair came to be looked at (one of `STRATA`).
        represents: How many candidate pairs of the stratum it stands for.
    """

    ref_area: str
    one: PairRecord
    other: PairRecord
    stratum: str
    represents: float


def write_review(path: Path, pairs: Sequence[ReviewPair], labels: Mapping[str, str], *, statement: str = "") -> None:
    """Write pairs of records below each other, with empty columns for the decision.

    Args:
        path: The file to write, `.xlsx` (with a guide, colours, and yes or no to choose from) or `.csv`.
        pairs: What to list, in this order.
        labels: Titles of concepts.
        statement: What stands over it: that data are synthetic.

    Raises:
        Fault: If the file cannot be written.
    """
    notice = f"{statement[:1].upper()}{statement[1:]}. {NOTICE}" if statement else NOTICE
    filled = {name for pair in pairs for record in (pair.one, pair.other) for name in record.cells}
    concepts = [name for name in SHOWN_CONCEPTS if name in filled]
    columns = [*_FIRST, *(labels.get(name, name) for name in concepts), *_LAST]
    rows = [row for number, pair in enumerate(pairs, start=1) for row in _rows(number, pair, concepts)]
    ids = [place for place, name in enumerate(columns) if name in ("permit_id", "other_permit_id")]
    marked = [[as_text(str(cell)) if place in ids else cell for place, cell in enumerate(row)] for row in rows]
    fill = partial(
        _write_workbook, notice=notice, statement=statement, pairs=pairs, concepts=concepts, columns=columns, rows=rows
    )
    write_filled_in(path, (notice, _LINE), columns, marked, fill)


def read_review(
    path: Path, day: str, decided_by: str = "", identifying: Collection[str] = (), names: Collection[str] = ()
) -> tuple[list[LinkageDecision], list[Problem]]:
    """Read the pairs that a person decided about.

    Args:
        path: The file: a workbook of any kind, or CSV.
        day: The day on which they are accepted, ISO 8601: when it was decided, where a line does not say.
        decided_by: Who decided, where a line does not say.
        identifying: Titles of columns whose cells say who somebody is: decisions are kept, and may not repeat them.
        names: Those of them whose cells are names of persons, of which a word of two letters says who it is.

    Returns:
        Decisions, and what is wrong with lines that are none; no content of a cell.

    Raises:
        Fault: If it is no such file.
    """
    header, rows = read_filled_in(path, {"permit_id", "other_permit_id", "same"}, COMMAND)
    lines: list[tuple[int, dict[str, str]]] = []
    # what stands on the other line of a pair counts for it as well
    beside: dict[tuple[str, ...], dict[str, str]] = {}
    named: dict[tuple[str, ...], Named] = {}
    for number, cells in rows:
        texts = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        lines.append((number, {name: texts.get(name, "") for name in ("ref_area", *DECISION_COLUMNS)}))
        said = beside.setdefault(_pair(texts), {})
        said |= {name: said.get(name) or texts.get(name, "") for name in _FILLED_IN}
        for title in (*identifying, *names):
            named.setdefault(_pair(texts), Named()).add(texts.get(title, ""), is_name=title in names)
    found: dict[tuple[tuple[str, str, str], bool | None], LinkageDecision] = {}
    problems: list[Problem] = []
    for number, line in lines:
        if not line["same"]:
            continue
        own = beside[_pair(line)]
        line |= {name: line[name] or own[name] for name in _FILLED_IN}
        line |= {"decided_by": line["decided_by"] or decided_by, "decided_on": line["decided_on"] or day}
        one = decision_of(line, f"{path.name}, line {number}")
        wrong = what_is_wrong(one)
        if wrong and wrong[0].startswith("decided_by"):
            wrong = wrong[0], "Write who decided, or accept it with --by NAME."
        if wrong is None and one.why and _pair(line) in named and named[_pair(line)].stands_in(one.why):
            what = "why repeats a name or number of one of the two records, or a date of birth, so it does not count"
            wrong = what, "Decisions are kept: say it without names, numbers and dates of birth."
        if wrong:
            problems.append(Problem(one.where, *wrong))
        else:
            # the second line of a pair may say again what the first one says
            found.setdefault((one.pair, one.same), one)
    return list(found.values()), problems


def _pair(texts: Mapping[str, str]) -> tuple[str, ...]:
    ids = (texts.get("permit_id", ""), texts.get("other_permit_id", ""))
    return texts.get("ref_area", ""), *sorted(ids)


def _rows(number: int, pair: ReviewPair, concepts: Sequence[str]) -> list[list[str | int | float]]:
    found: list[list[str | int | float]] = []
    for letter, own, other in (("A", pair.one, pair.other), ("B", pair.other, pair.one)):
        found.append([
            number, letter, "", "", *(own.cells.get(name, "") for name in concepts), "", "", pair.stratum,
            round(pair.represents, 6), pair.ref_area, own.permit_id, other.permit_id, own.delivery, *own.address,
        ])  # fmt: skip
    return found


def _write_workbook(
    book: Any,
    *,
    notice: str,
    statement: str,
    pairs: Sequence[ReviewPair],
    concepts: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[str | int | float]],
) -> None:
    write_guide(book, statement, len(pairs))
    sheet = book.add_worksheet(PAIRS_SHEET)
    sheet.activate()
    sheet.write_string(0, 0, notice, book.add_format({"bold": True, "font_color": "#9C0006"}))
    sheet.write_string(1, 0, _LINE)
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "border_color": "#A6A6A6",
                            "text_wrap": True, "valign": "top"})  # fmt: skip
    own_names = [*_FIRST, *concepts, *_LAST]
    for place, (title, name) in enumerate(zip(columns, own_names, strict=True)):
        sheet.write_string(_HEADER_ROW, place, title, head)
        longest = max((len(str(row[place])) for row in rows), default=0)
        # a heading of two words may take two lines
        needed = max(longest, *map(len, title.split())) + 2
        sheet.set_column(place, place, _WIDTHS.get(name, min(needed, _WIDEST)))
    sheet.set_row(_HEADER_ROW, 30)
    styles = _Styles(book)
    for number, row in enumerate(rows):
        pair, is_second = pairs[number // 2], number % 2
        records = (pair.other, pair.one) if is_second else (pair.one, pair.other)
        apart, alike = differing(*records), agreeing(*records)
        at = _FIRST_ROW + number
        for place, (name, cell) in enumerate(zip(own_names, row, strict=True)):
            kind = "differs" if name in apart else "agrees" if name in alike else "plain"
            if name not in concepts:
                kind = "told" if name not in _FILLED_IN else "unused" if is_second else "fill"
            style = styles.of(kind, bool(is_second))
            if isinstance(cell, (int, float)):
                sheet.write_number(at, place, cell, styles.of("number", bool(is_second)))
            elif cell:
                # the writer takes a text between these marks for finished XML
                sheet.write_string(at, place, f"{cell} " if cell.endswith("</r>") else cell, style)
            else:
                sheet.write_blank(at, place, None, style)
    answer = own_names.index("same")
    sheet.data_validation(_FIRST_ROW, answer, _FIRST_ROW + max(len(rows), 1) - 1, answer, _ANSWER)
    # who, which of the two and the answer stay in sight; so do the headings
    sheet.freeze_panes(_FIRST_ROW, answer + 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.repeat_rows(_HEADER_ROW)
    sheet.set_footer("&L&8Names and numbers of persons: for the office's own staff. Delete after use.&R&8&P of &N")


class _Styles:
    """Formats of a workbook, each made once."""

    _OWN: Mapping[str, Mapping[str, object]] = {
        "plain": {},
        "differs": {"bg_color": "#F8CBAD"},
        "agrees": {"bg_color": "#C6E0B4"},
        "told": {"font_color": "#7F7F7F"},
        "number": {"font_color": "#7F7F7F", "num_format": "General"},
        "fill": {"bg_color": "#FFF9DB", "border": 1, "border_color": "#BFBFBF"},
        "unused": {"bg_color": "#F2F2F2"},
    }

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}

    def of(self, kind: str, is_second: bool) -> Any:
        """The format of a cell; a line below the second record separates the pairs."""
        if (kind, is_second) not in self._made:
            wanted: dict[str, object] = {"num_format": "@", **self._OWN[kind]}
            if is_second:
                wanted |= {"bottom": 2, "bottom_color": "#7F7F7F"}
            self._made[kind, is_second] = self._book.add_format(wanted)
        return self._made[kind, is_second]
