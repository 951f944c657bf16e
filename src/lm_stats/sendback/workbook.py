"""The workbook that goes back to the office: its own sheets, with what is wrong marked in them."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from lm_stats.compile.coder import shared_lines
from lm_stats.compile.delivered import delivered
from lm_stats.handover import MARK_COLUMNS, RETURNED_SHEETS, RETURNED_WORDS, Original, RowAccount
from lm_stats.sendback.choices import MOST_WORDS, valid_words
from lm_stats.sendback.guide import LINKS, MOST_LISTED, Guide, Place, Said, write_guide
from lm_stats.sendback.sheets import (
    HELD,
    LEFT_OUT,
    MOST_CHARACTERS,
    TONES,
    Styles,
    Written,
    sheet_names,
    write_sheet,
)
from lm_stats.sendback.wording import Told, Wording
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Kind, MapEntry, Problem, Record, Source, Table

MOST_NOTES = 10_000
MOST_ROWS = 200_000

_EARLIEST = dt.datetime(1980, 1, 1)
_HEADER_LENGTH = 250
_NOTE_LINE, _NOTE_WIDTH, _NOTE_CHARACTERS = 16, 290, 44
_CUT_LISTED = 10
_ADDRESS = ("source_file", "source_sheet", "source_row")
# words for what a file may hold besides cells: of one, of several
_THINGS = {
    "formulas": ("formula (its value is here)", "formulas (their values are here)"),
    "macros": ("macro", "macros"),
    "pictures": ("picture", "pictures"),
}


@dataclass(frozen=True)
class SendbackSummary:
    """What stands in a workbook that goes back.

    Attributes:
        rows: Rows of the office written, headings and titles included.
        problem_cells: Cells marked red or yellow.
        sheets: Names of the office's sheets as they are in the workbook.
        partial: Whether it holds a part of the rows only, and so is for looking up.
        notes_dropped: Marked cells without a note, because there are too many.
    """

    rows: int
    problem_cells: int
    sheets: tuple[str, ...]
    partial: bool
    notes_dropped: int


def write_sendback(
    path: Path,
    delivery: Delivery,
    source: Source,
    kind: Kind,
    tables: Mapping[str, Table],
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    originals: Iterable[Original],
    marks: pd.DataFrame,
    notes: Sequence[Problem],
    accounts: Sequence[RowAccount],
    lost: Mapping[str, Mapping[str, int]] | None = None,
    *,
    statement: str = "",
    most_rows: int = MOST_ROWS,
    spellings: Mapping[str, Sequence[MapEntry]] | None = None,
) -> SendbackSummary:
    """Write the workbook for the staff of the office that delivered.

    It holds the sheets of the office in their order, with the same rows and columns at the same addresses, problem
    cells coloured and noted, drop-down lists of valid words, a first sheet that says what to do, and a last one with
    the lists. Memory does not grow with the rows; the same input gives the same bytes.

    Args:
        path: The file to write, `.xlsx`; one that is there is replaced.
        delivery: The delivery.
        source: Its source.
        kind: Its kind.
        tables: Tables by id, those that the kind fills among them.
        concepts: Concepts by id.
        codelists: Codelists by id.
        originals: The sheets of the office; each is read once, in order.
        marks: What is said of single rows, as `Harmonised.marks` has it.
        notes: What is to be known of the files.
        accounts: What became of the rows.
        lost: By file, what it holds besides cells, with numbers (`{"pictures": 2}`).
        statement: What stands over every sheet and in the properties of the document: that data are synthetic.
        spellings: Lines that all packs share, by codelist: what is chosen from a list is understood with them.
        most_rows: Rows of a delivery up to which all are written. Of a larger one, only those that are held back or
            to be looked at, with their row numbers.

    Raises:
        Fault: If the file cannot be written.
    """
    partial = sum(account.rows_in for account in accounts) > most_rows
    try:
        # what is gathered holds the cells of the office, and stays beside the workbook
        with tempfile.TemporaryDirectory(prefix=".sendback-", dir=path.parent, ignore_cleanup_errors=True) as work:
            draft = Path(work) / "draft.xlsx"
            options = {
                "constant_memory": True, "tmpdir": work, "strings_to_formulas": False, "strings_to_urls": False,
                "strings_to_numbers": False, "max_url_length": 2079,
            }  # fmt: skip
            with xlsxwriter.Workbook(str(draft), options) as book:
                book.set_properties(_properties(delivery, source, kind, statement))
                making = _Making(
                    book, delivery, source, kind, tables, concepts, codelists, marks, partial, most_rows, statement,
                    spellings or {},
                )  # fmt: skip
                summary = making.write(originals, notes, accounts, lost or {})
            draft.replace(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        what = f"the workbook cannot be written ({type(error).__name__})"
        do = "Close it where it is open, check that there is room and that you may write there, and try again."
        raise Fault(Problem(path.name, what, do)) from error
    return summary


def _properties(delivery: Delivery, source: Source, kind: Kind, statement: str) -> dict[str, object]:
    try:
        created = max(dt.datetime.fromisoformat(delivery.received_at).replace(tzinfo=None), _EARLIEST)
    except ValueError:
        created = _EARLIEST
    return {
        "title": f"{RETURNED_SHEETS[0]}: {source.title or kind.title}, {delivery.period}",
        "subject": statement,
        "comments": statement,
        "created": created,
    }


@dataclass
class _View:
    """How one type of rows is spoken of."""

    record: Record
    source: Source
    words: Mapping[str, Sequence[tuple[str, str]]]
    wording: Wording


@dataclass
class _Word:
    """One thing that marks say: the words, and how often."""

    record: str
    tone: int
    told: Told
    columns: tuple[str, ...]
    said: Said


@dataclass
class _Listed:
    """Cells of one tone, the first ones with what is said of them."""

    cells: list[tuple[Place, tuple[int, ...]]] = field(default_factory=list)
    count: int = 0
    noted: int = 0


@dataclass
class _List:
    """A list of valid words: its column in the last sheet, and the columns that it is for."""

    concept: Concept
    words: Sequence[tuple[str, str]]
    labels: Sequence[str]
    column: int
    headings: list[str] = field(default_factory=list)


class _Making:
    def __init__(
        self,
        book: Any,
        delivery: Delivery,
        source: Source,
        kind: Kind,
        tables: Mapping[str, Table],
        concepts: Mapping[str, Concept],
        codelists: Mapping[str, Codelist],
        marks: pd.DataFrame,
        partial: bool,
        most_rows: int,
        statement: str,
        spellings: Mapping[str, Sequence[MapEntry]],
    ) -> None:
        self._spellings = spellings
        self._book, self._delivery, self._source, self._kind = book, delivery, source, kind
        self._tables, self._concepts, self._codelists = tables, concepts, codelists
        self._partial, self._most_rows, self._statement = partial, most_rows, statement
        self._views: dict[str, _View] = {}
        self._lists: dict[tuple[str, tuple[tuple[str, str], ...]], _List] = {}
        self._words: list[_Word] = []
        self._by_place: dict[tuple[str, str], dict[int, list[int]]] = {}
        self._listed = {tone: _Listed() for tone in TONES.values()}
        self._remarks: list[str] = []
        self._cut: list[str] = []
        self._rows = 0
        self._names: list[str] = []
        self._sheets: list[Any] = []
        self._read_marks(marks)
        self._room = self._rooms()

    def write(
        self,
        originals: Iterable[Original],
        notes: Sequence[Problem],
        accounts: Sequence[RowAccount],
        lost: Mapping[str, Mapping[str, int]],
    ) -> SendbackSummary:
        guide_sheet = self._add(RETURNED_SHEETS[0])
        name_of, styles, beyond = sheet_names(), Styles(self._book, self._source.date_order), False
        for original in originals:
            if self._partial and original.record is None:
                continue
            name = name_of(original)
            sheet = self._add(name)
            self._names.append(name)
            self._sheets.append(sheet)
            written = self._write_original(len(self._sheets) - 1, styles, original)
            self._rows += written.rows
            self._cut += [f"{name} {cell}" for cell in written.cut]
            if written.beyond:
                beyond = True
                self._remarks.append(f'Sheet "{name}" is not whole here: it has more rows or columns than fit.')
        if self._lists:
            self._write_lists()
        if self._cut:
            self._remarks.append(
                f"{len(self._cut):,} cells have more than {MOST_CHARACTERS:,} characters and were cut, so they will be "
                f"taken for changed when this workbook comes back: {', '.join(self._cut[:_CUT_LISTED])}."
            )
        dropped = sum(one.count - one.noted for tone, one in self._listed.items() if tone > LEFT_OUT)
        listed = self._first_cells()
        wrong = sum(self._listed[tone].count for tone in TONES.values() if tone > LEFT_OUT)
        guide = Guide(
            self._delivery,
            self._source,
            self._kind,
            accounts,
            [word.said for word in self._words],
            listed,
            wrong - len(listed),
            [self._in_words(note) for note in notes],
            {file: in_words(things) for file, things in lost.items() if any(things.values())},
            self._remarks,
            self._partial,
            dropped,
            bool(self._lists),
            len(self._names) > 1,
            self._statement,
        )
        write_guide(guide_sheet, self._book, guide)
        guide_sheet.activate()
        return SendbackSummary(self._rows, wrong, tuple(self._names), self._partial or beyond, dropped)

    def _add(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        if self._statement:
            sheet.set_header("&C" + self._statement.replace("&", "&&")[:_HEADER_LENGTH])
        sheet.set_comments_author("")
        return sheet

    def _view(self, record: str) -> _View:
        """How rows of a type are spoken of; the first type, where the name is not known."""
        if record not in self._views:
            declared = next((one for one in self._kind.records if one.id == record), self._kind.records[0])
            source = self._source.for_record(declared)
            words: dict[str, Sequence[tuple[str, str]]] = {}
            for name in declared.concepts:
                concept = self._concepts[name]
                codelist = self._codelists.get(concept.codelist) if concept.type == "code" else None
                # what is for looking up only has no lists to choose from
                if codelist is not None and not self._partial:
                    shared = shared_lines(concept, codelist, {} if declared.sums else self._spellings)
                    found = valid_words(source, concept, codelist, source.entries.get(name, ()), shared)
                    if 0 < len(found) <= MOST_WORDS:
                        words[name] = found
            table = self._tables[declared.table]
            wording = Wording(source, declared, table, self._concepts, self._codelists, tuple(words))
            self._views[record] = _View(declared, source, words, wording)
        return self._views[record]

    def _read_marks(self, marks: pd.DataFrame) -> None:
        """Put the marks in order: what is said, and of which rows."""
        own = marks.loc[marks["delivery_id"] == self._delivery.id, list(MARK_COLUMNS)]
        if self._partial:
            own = own[own["outcome"] != "excluded"]
            if len(own.drop_duplicates(list(_ADDRESS))) > self._most_rows:
                own = own[own["outcome"] == "quarantined"]
                self._remarks.append("Rows to look at (yellow) are not here, because there are too many.")
        said = ["record", "outcome", "reason", "columns"]
        texts = [*said, "source_file", "source_sheet"]
        own = own.astype(dict.fromkeys(texts, "str")).fillna(dict.fromkeys(texts, ""))
        numbers = own.groupby(said, sort=False).ngroup().to_numpy()
        heads = own.drop_duplicates(said)
        for record, outcome, reason, columns in heads[said].itertuples(index=False, name=None):
            named = tuple(name.strip() for name in columns.split(",") if name.strip())
            told = self._view(record).wording.tell(reason, outcome, named)
            tone = TONES.get(outcome, TONES["warned"])
            self._words.append(_Word(record, tone, told, named, Said(tone, told)))
        for file, sheet, row, number in zip(
            own["source_file"], own["source_sheet"], own["source_row"].tolist(), numbers.tolist(), strict=True
        ):
            rows = self._by_place.setdefault((file, sheet), {})
            numbers_of_row = rows.setdefault(int(row), [])
            if number not in numbers_of_row:
                numbers_of_row.append(number)
                self._words[number].said.rows += 1

    def _write_original(self, index: int, styles: Styles, original: Original) -> Written:
        rows = self._rows_of(original)
        # by what is said, and by the table of the sheet that it is said of
        columns: dict[tuple[int, int], tuple[int, ...]] = {}
        tables = (original.columns, *(table.columns for table in original.others))
        name, shift = self._names[index], int(self._partial)

        def mark(number: int, place: int, cells: Sequence[object]) -> tuple[int, Mapping[int, int]] | None:
            said = rows.get(number)
            if said is None:
                return None
            tone, found = 0, dict[int, list[int]]()
            for one, table in said:
                word = self._words[one]
                if (one, table) not in columns:
                    columns[one, table] = self._columns(word, tables[table])
                if word.tone == LEFT_OUT:
                    tone = LEFT_OUT
                    at: tuple[int, ...] = (_first_filled(cells, 0),)
                else:
                    at = columns[one, table] or (_first_filled(cells, 0),)
                if len(word.said.places) < LINKS:
                    word.said.places.append(Place(name, place, at[0] + shift, number))
                for column in at:
                    found.setdefault(column, []).append(one)
            tones = {column: max(self._words[one].tone for one in ones) for column, ones in found.items()}
            for column in sorted(found):
                ones = sorted(found[column], key=lambda one: -self._words[one].tone)
                self._note(index, Place(name, place, column + shift, number), tones[column], ones)
            return tone, tones

        written = write_sheet(
            self._sheets[index], styles, original, mark, partial=self._partial, most_rows=self._most_rows
        )
        for (number, _), at in columns.items():
            said = self._words[number].said
            headings = [written.headings[column] for column in at if column in written.headings]
            said.headings = tuple(dict.fromkeys((*said.headings, *headings)))
        if original.record is not None and not self._partial:
            self._offer_lists(index, original, written)
        return written

    def _rows_of(self, original: Original) -> dict[int, list[tuple[int, int]]]:
        """What is said of each row of a sheet, with the number of the table there that it is said of (0: the first)."""
        own = self._by_place.get((original.file, original.sheet), {})
        if not own and not original.sheet:
            own = next((found for (file, _), found in self._by_place.items() if file == original.file), {})
        below = [(n, one) for n, one in enumerate(original.others, start=1) if one.name == original.sheet]
        found = {}
        for row, said in own.items():
            table = next((number for number, one in below if one.first <= row <= one.last), 0)
            found[row] = [(one, table) for one in said]
        for number, one in enumerate(original.others, start=1):
            beside = self._by_place.get((original.file, one.name), {}) if one.name != original.sheet else {}
            for row, said in beside.items():
                if one.first <= row <= one.last:
                    found.setdefault(row, []).extend((word, number) for word in said)
        return found

    def _columns(self, word: _Word, columns: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        """The columns of a table that something is said of."""
        record = self._view(word.record).record
        found: dict[int, None] = {}
        for name in (*word.told.concepts, *word.columns):
            for concept in delivered(name, record, columns, self._concepts):
                found |= dict.fromkeys(columns[concept])
        return tuple(sorted(found))

    def _offer_lists(self, index: int, original: Original, written: Written) -> None:
        """Give the coded columns of a sheet their drop-down lists."""
        if written.last < written.first or original.record is None:
            return
        view = self._view(original.record)
        for name, columns in original.columns.items():
            if name not in view.words or len(columns) != 1:
                continue
            words = tuple(view.words[name])
            offered = self._lists.get((name, words))
            if offered is None:
                concept = self._concepts[name]
                codelist = self._codelists[concept.codelist]
                labels = [codelist.label(code) for _, code in words]
                offered = _List(concept, words, labels, 4 * len(self._lists))
                self._lists[name, words] = offered
            heading = written.headings.get(columns[0], offered.concept.label)
            if heading not in offered.headings:
                offered.headings.append(heading)
            column = xlsxwriter.utility.xl_col_to_name(offered.column, True)
            first, last = _LISTS_FROM + 1, _LISTS_FROM + len(words)
            self._sheets[index].data_validation(
                written.first, columns[0], written.last, columns[0],
                {
                    "validate": "list",
                    "source": f"='{RETURNED_SHEETS[1]}'!{column}${first}:{column}${last}",
                    "error_type": "warning",
                    "error_title": "Not among the valid words",
                    "error_message": f'This is not one of the words on the sheet "{RETURNED_SHEETS[1]}". '
                    "You may keep it if you are sure that it is right.",
                },
            )  # fmt: skip

    def _write_lists(self) -> None:
        sheet, book = self._add(RETURNED_SHEETS[1]), self._book
        title = book.add_format({"bold": True, "font_size": 16})
        head = book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "text_wrap": True, "valign": "top", "border": 1,
             "border_color": "#A6A6A6"}
        )  # fmt: skip
        cell = book.add_format({"num_format": "@", "border": 1, "border_color": "#D9D9D9", "valign": "top"})
        lists = list(self._lists.values())
        sheet.write_string(0, 0, RETURNED_WORDS[1], title)
        sheet.set_row(1, 18)
        sheet.write_string(1, 0, "Write the word under your heading; what it means and our own code stand beside it.")
        sheet.set_row(2, 32)
        for one in lists:
            heading = " or ".join(one.headings[:3])
            for column, text in enumerate((heading, "Meaning", "Our code")):
                sheet.write_string(2, one.column + column, text, head)
            width = max(12, *(min(len(word), 40) + 2 for word, _ in one.words))
            sheet.set_column(one.column, one.column, width)
            sheet.set_column(one.column + 1, one.column + 1, max(12, *(min(len(text), 44) + 2 for text in one.labels)))
            sheet.set_column(one.column + 2, one.column + 2, 20)
            sheet.set_column(one.column + 3, one.column + 3, 3)
        for number in range(max(len(one.words) for one in lists)):
            for one in lists:
                if number < len(one.words):
                    word, code = one.words[number]
                    for column, text in enumerate((word, one.labels[number], code)):
                        sheet.write_string(_LISTS_FROM + number, one.column + column, text, cell)
        sheet.freeze_panes(_LISTS_FROM, 0)
        sheet.set_landscape()
        sheet.set_paper(9)

    def _rooms(self) -> dict[int, int]:
        """How many cells of each tone may have a note, so that there is room for all that are worse."""
        wanted = dict.fromkeys(self._listed, 0)
        for word in self._words:
            wanted[word.tone] += word.said.rows * max(len(word.told.concepts), 1)
        rooms, left = {}, MOST_NOTES
        for tone in sorted(wanted, reverse=True):
            rooms[tone] = left
            left = max(left - wanted[tone], 0)
        return rooms

    def _note(self, index: int, place: Place, tone: int, said: Sequence[int]) -> None:
        """List a cell and note it; the writer takes notes with the rows that they belong to only."""
        listed = self._listed[tone]
        listed.count += 1
        if listed.count <= MOST_LISTED:
            listed.cells.append((place, tuple(said)))
        if listed.noted < self._room[tone] and sum(one.noted for one in self._listed.values()) < MOST_NOTES:
            listed.noted += 1
            text = "\n\n".join(dict.fromkeys(self._words[one].told.note for one in said))
            options = {"width": _NOTE_WIDTH, "height": _note_height(text), "font_size": 9}
            self._sheets[index].write_comment(place.row, place.column, text, options)

    def _first_cells(self) -> list[tuple[Place, list[Said]]]:
        held, look = self._listed[HELD].cells, self._listed[TONES["warned"]].cells
        chosen = [*held, *look][:MOST_LISTED]
        return [(place, [self._words[one].said for one in said]) for place, said in chosen]

    def _in_words(self, note: Problem) -> Problem:
        """A note about files without names of our own."""
        known = {word: concept.label for word, concept in self._concepts.items() if "_" in word}

        def plain(text: str) -> str:
            return " ".join(known.get(word.strip(".,;:()"), word) for word in text.split())

        return Problem(note.where, plain(note.what), plain(note.do))


# row of the first word on the sheet of lists
_LISTS_FROM = 3


def _first_filled(cells: Sequence[object], otherwise: int) -> int:
    return next((column for column, value in enumerate(cells) if value not in ("", None)), otherwise)


def _note_height(text: str) -> int:
    lines = sum(max(1, -(-len(line) // _NOTE_CHARACTERS)) for line in text.splitlines())
    return min(20 + lines * _NOTE_LINE, 400)


def in_words(things: Mapping[str, int]) -> str:
    """What a file holds besides cells, in words: `2 pictures, 1 chart`."""
    found = []
    for name, count in things.items():
        if not count:
            continue
        words = name.replace("_", " ")
        one, several = _THINGS.get(name if name.endswith("s") else f"{name}s", (words.removesuffix("s"), ""))
        several = several or (words if words.endswith("s") else f"{words}s")
        found.append(f"{count:,} {one if count == 1 else several}")
    return ", ".join(found)
