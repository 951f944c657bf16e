"""The first sheet of a workbook that goes back: what to do, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from lm_stats.handover import PARTIAL_HEADING, PARTIAL_WORDS, RETURNED_SHEETS, RETURNED_WORDS, RowAccount
from lm_stats.sendback.sheets import COLOURS, HELD, LEFT_OUT, LOOK
from lm_stats.sendback.wording import Told
from lm_stats.spec import Delivery, Kind, Problem, Source

MOST_LISTED = 10_000
LINKS = 3
_WORDS = {HELD: "RED", LOOK: "YELLOW", LEFT_OUT: "GREY"}
_WIDTHS = (10, 46, 46, 20, 8, 14, 14, 14)
_COLUMNS = len(_WIDTHS)
_LINE = 15
# characters that fit into a unit of column width
_FIT = 1.1


@dataclass(frozen=True)
class Place:
    """A cell of the workbook: name of its sheet, row and column from 0, number of its row in the delivered file."""

    sheet: str
    row: int
    column: int
    delivered: int

    @property
    def cell(self) -> str:
        """Its address in the sheet."""
        return str(xl_rowcol_to_cell(self.row, self.column))

    @property
    def link(self) -> str:
        """A link to it."""
        name = self.sheet.replace("'", "''")
        return f"internal:'{name}'!{self.cell}"


@dataclass
class Said:
    """One thing that is said of rows.

    Attributes:
        tone: How bad it is.
        told: The words.
        headings: Columns it is about, as the office writes them.
        rows: Number of rows.
        places: The first cells.
    """

    tone: int
    told: Told
    headings: tuple[str, ...] = ()
    rows: int = 0
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Guide:
    """What the first sheet says.

    Attributes:
        delivery: The delivery.
        source: Its source.
        kind: Its kind.
        accounts: What became of the rows, by type.
        said: Everything that is said of rows.
        listed: Cells to be corrected or looked at, with what is said of each, in order.
        unlisted: Number of such cells that are not listed.
        notes: What is to be known of the files.
        lost: What could not be carried, in words, by file.
        remarks: What is to be known of this workbook.
        partial: Whether it holds a part of the rows only.
        notes_dropped: Cells that are coloured and have no note.
        has_lists: Whether there is a sheet of valid words.
        several: Whether the office sent more than one sheet.
        statement: What stands over everything, or an empty text.
    """

    delivery: Delivery
    source: Source
    kind: Kind
    accounts: Sequence[RowAccount]
    said: Sequence[Said]
    listed: Sequence[tuple[Place, Sequence[Said]]]
    unlisted: int
    notes: Sequence[Problem]
    lost: Mapping[str, str]
    remarks: Sequence[str]
    partial: bool
    notes_dropped: int
    has_lists: bool
    several: bool
    statement: str


def write_guide(sheet: Any, book: Any, guide: Guide) -> None:
    """Write the first sheet.

    Args:
        sheet: An empty worksheet.
        book: Its workbook.
        guide: What it says.
    """
    _Page(sheet, book, guide).write()


class _Page:
    def __init__(self, sheet: Any, book: Any, guide: Guide) -> None:
        self._sheet, self._guide, self._row = sheet, guide, 0
        wrapped = {"text_wrap": True, "valign": "top"}
        boxed = {**wrapped, "border": 1, "border_color": "#A6A6A6"}

        def style(**given: object) -> Any:
            return book.add_format(given)

        self._plain = style(**wrapped)
        self._box = style(**boxed)
        self._number = style(**boxed, num_format="#,##0", align="center")
        self._link = style(**boxed, font_color="#0563C1", underline=1)
        self._head = style(**boxed, bold=True, bg_color="#DDEBF7")
        self._title = style(bold=True, font_size=20, valign="vcenter")
        self._section = style(bold=True, font_size=13, font_color="#1F4E78", valign="vcenter")
        self._strong = style(**wrapped, bold=True)
        self._warning = style(**wrapped, bold=True, font_color="#C00000")
        self._tones = {
            tone: style(**boxed, bold=True, bg_color=colour, align="center") for tone, colour in COLOURS.items()
        }

    def write(self) -> None:
        guide, sheet = self._guide, self._sheet
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        if guide.statement:
            self._wide(guide.statement, self._warning)
        self._wide("What to do", self._title, height=32)
        self._about()
        self._steps()
        self._kinds()
        self._files()
        self._cells()

    def _about(self) -> None:
        guide = self._guide
        delivery = guide.delivery
        version = f"version {delivery.version}"
        self._wide(
            f"{guide.source.title or guide.kind.title} - period {delivery.period.replace('_', ' to ')}, {version}",
            self._strong,
        )
        received = delivery.received_at[:10]
        files = ", ".join(file.original_name for file in delivery.files)
        self._wide(f"From: {delivery.agency}. Received: {received}. Files: {files or 'none'}.", self._plain)
        self._wide(f"{RETURNED_WORDS[0]}{delivery.id}", self._plain)
        if not guide.accounts:
            return
        self._row += 1
        self._cell(1, "Rows in your files", self._head)
        for column, text in ((2, "Accepted"), (3, "Held back (red)")):
            self._cell(column, text, self._head)
        self._span(4, 6, "Left out (grey)", self._head)
        self._row += 1
        several = len({account.record for account in guide.accounts}) > 1
        for account in guide.accounts:
            if several:
                self._cell(0, account.record, self._head)
            held, out = sum(account.quarantined.values()), sum(account.excluded.values())
            for column, number in ((1, account.rows_in), (2, account.accepted), (3, held)):
                tone = self._tones[HELD] if column == 3 and number else self._number
                self._sheet.write_number(self._row, column, number, tone)
            self._span(4, 6, f"{out:,}", self._number)
            self._row += 1

    def _steps(self) -> None:
        guide = self._guide
        tones = {said.tone for said in guide.said}
        self._heading("Steps")
        if guide.partial:
            self._wide(
                f"{PARTIAL_WORDS} Your file has too many rows to go back whole: here are only the "
                f'rows with something to correct or to look at, and the first column, "{PARTIAL_HEADING}", says where '
                "each stands. Correct them in your own system and send the whole file again, not this copy.",
                self._warning,
            )
        if not guide.accounts and not guide.said:
            self._wide(
                "Your files could not be used, so no row of them is counted. The reason stands below, under "
                '"About your files". '
                "Correct your own file and send it again; write to us if you cannot see what is meant.",
                self._warning,
            )
            return
        if not tones & {HELD, LOOK}:
            self._wide("There is no cell to correct. Nothing has to be sent back.", self._strong)
        steps: list[str] = []
        where = "in your own system" if guide.partial else "in this workbook"
        if HELD in tones:
            steps.append(
                f"Correct the red cells {where}. Point at a red cell with the mouse to read what is wrong. The rows "
                "with red cells are not counted until they are corrected."
            )
        if LOOK in tones:
            steps.append(
                "Look at the yellow cells. Correct what is wrong, leave what is right. These rows are counted already."
            )
        if guide.has_lists and not guide.partial:
            steps.append(
                "Some columns have a drop-down list of valid words: click a cell and then the arrow beside it. All "
                f'lists stand on the sheet "{RETURNED_SHEETS[1]}".'
            )
        if steps and not guide.partial:
            steps.append(
                "Do not rename, move or delete sheets, columns or headings. Rows, too, stay where they are; new rows "
                "go below the last one."
            )
            steps.append(
                "Save it as an Excel workbook (.xlsx) and send the whole workbook back to the statistics office that "
                f'sent it to you. The sheets "{RETURNED_SHEETS[0]}" and "{RETURNED_SHEETS[1]}" may stay in it.'
            )
        for number, step in enumerate(steps, start=1):
            self._wide(f"{number}. {step}", self._plain)
        legend = (
            (HELD, "Held back: wrong or missing; the row is not counted until it is corrected."),
            (LOOK, "To look at: counted, but something is strange."),
            (LEFT_OUT, "Left out: no record of its own, such as a total, a note or a row that stands twice."),
        )
        if tones:
            self._heading("What the colours mean")
        for tone, text in legend:
            if tone in tones and not (tone == LEFT_OUT and guide.partial):
                self._sheet.write_string(self._row, 0, _WORDS[tone], self._tones[tone])
                self._span(1, _COLUMNS - 1, text, self._plain)
                self._row += 1
        for remark in guide.remarks:
            self._wide(remark, self._plain)
        if guide.notes_dropped:
            self._wide(
                f"{guide.notes_dropped:,} coloured cells have no note, because there are too many; what is wrong with "
                "them stands in the table below.",
                self._plain,
            )

    def _kinds(self) -> None:
        if not self._guide.said:
            return
        self._heading("What was found")
        titles = ("Colour", "What is wrong", "What to do", "Your column", "Rows", "First cells (click to go there)")
        for column, title in enumerate(titles[:-1]):
            self._cell(column, title, self._head)
        self._span(5, 7, titles[-1], self._head)
        self._row += 1
        for said in sorted(self._guide.said, key=lambda said: (-said.tone, -said.rows)):
            self._line(said, said.headings)
            self._sheet.write_number(self._row, 4, said.rows, self._number)
            for number in range(LINKS):
                self._go(5 + number, said.places[number] if number < len(said.places) else None)
            self._row += 1

    def _cells(self) -> None:
        guide = self._guide
        if not guide.listed:
            return
        self._heading("Every cell to correct or to look at")
        for column, title in enumerate(("Colour", "What is wrong", "What to do", "Your column", "Row", "Cell")):
            self._cell(column, title, self._head)
        self._row += 1
        for place, said in guide.listed:
            worst = max(said, key=lambda one: one.tone)
            headings = tuple(dict.fromkeys(heading for one in said for heading in one.headings))
            wrong = " ".join(dict.fromkeys(one.told.whole for one in said))
            both = Told(wrong, "", " ".join(dict.fromkeys(one.told.do for one in said)))
            self._line(Said(worst.tone, both), headings)
            row = place.delivered if guide.partial else place.row + 1
            self._sheet.write_number(self._row, 4, row, self._number)
            self._go(5, place)
            self._row += 1
        if guide.unlisted:
            self._wide(f"{guide.unlisted:,} more cells are coloured and are not listed here.", self._strong)

    def _files(self) -> None:
        guide = self._guide
        if guide.notes:
            self._heading("About your files")
            self._cell(1, "What we saw", self._head)
            self._span(2, 7, "Where", self._head)
            self._row += 1
            # what else a note says is advice to those who read the files, not to those who wrote them
            for what, places in _by_what(guide.notes).items():
                where = "; ".join(places)
                lines = max(_lines(what, _WIDTHS[1]), _lines(where, sum(_WIDTHS[2:])))
                self._sheet.set_row(self._row, lines * _LINE)
                self._cell(1, what, self._box)
                self._span(2, 7, where, self._box)
                self._row += 1
            self._wide("Write to us if something of this is not as you meant it.", self._plain)
        self._heading("What this workbook does not carry")
        for file, text in guide.lost.items():
            self._wide(f"{file}: {text}.", self._plain)
        self._wide(
            "Colours, fonts, column widths and other looks of your cells are not carried; what is written in the cells "
            "is. Your own file has not been changed.",
            self._plain,
        )

    def _line(self, said: Said, headings: Sequence[str]) -> None:
        column = "; ".join(headings) or "(whole row)"
        texts = ((1, said.told.whole), (2, said.told.do), (3, column))
        self._sheet.set_row(self._row, max(_lines(text, _WIDTHS[at]) for at, text in texts) * _LINE)
        self._sheet.write_string(self._row, 0, _WORDS[said.tone], self._tones[said.tone])
        for at, text in texts:
            self._cell(at, text, self._box)

    def _go(self, column: int, place: Place | None) -> None:
        if place is None:
            self._sheet.write_blank(self._row, column, None, self._box)
            return
        shown = f"{place.sheet[:12]} {place.cell}" if self._guide.several else place.cell
        self._sheet.write_url(self._row, column, place.link, self._link, shown)

    def _heading(self, text: str) -> None:
        self._row += 1
        self._wide(text, self._section, height=24)

    def _wide(self, text: str, style: Any, height: float = 0) -> None:
        """A text over all columns; a merged row does not find its height itself."""
        bold = 1.1 if style in (self._strong, self._warning) else 1.0
        self._sheet.set_row(self._row, height or _lines(text, sum(_WIDTHS) / bold) * _LINE)
        self._span(0, _COLUMNS - 1, text, style)
        self._row += 1

    def _span(self, first: int, last: int, text: str, style: Any) -> None:
        # an address or a sign of equality in a text does not make it a link or a formula
        self._sheet.merge_range(self._row, first, self._row, last, "", style)
        self._sheet.write_string(self._row, first, text, style)

    def _cell(self, column: int, text: str, style: Any) -> None:
        self._sheet.write_string(self._row, column, text, style)


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil(len(line) / (width * _FIT))) for line in text.splitlines() or [""])


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?' else '.'}"


def _by_what(notes: Sequence[Problem]) -> dict[str, list[str]]:
    """Places by what is said of them, each once."""
    found: dict[str, list[str]] = {}
    for note in notes:
        places = found.setdefault(_sentence(note.what), [])
        if note.where not in places:
            places.append(note.where)
    return found
