"""The files of a delivery, opened: which rows of which type each sheet, table or text holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.handover import PARTIAL_HEADING, UnclearLayout, is_returned
from lm_stats.spec import Concept, Fault, MapEntry, Problem, Record, Source
from lm_stats.stage.batches import ROWS, Batch, Cells, Piece
from lm_stats.stage.confirmed import Confirmed
from lm_stats.stage.content import find_format
from lm_stats.stage.cspro import open_cspro
from lm_stats.stage.delimited import Delimited, Irregular, open_delimited
from lm_stats.stage.faults import cannot_open, part_of_a_file
from lm_stats.stage.fixed_width import open_fixed_width
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.layout import (
    Header,
    describe_difference,
    describe_repeats,
    describe_surprises,
    find_header,
    name_header,
    without_empty_repeats,
)
from lm_stats.stage.layouts import Layouts, Question, describe_match
from lm_stats.stage.matching import Match
from lm_stats.stage.parquet import open_parquet
from lm_stats.stage.readers import read
from lm_stats.stage.rosters import is_exported, open_rosters
from lm_stats.stage.rows import filled_columns, read_rows
from lm_stats.stage.shapes import divided
from lm_stats.stage.sheets import CELLS_LIMIT, LAST_ROWS, Sheet
from lm_stats.stage.statistical import open_statistical
from lm_stats.stage.tables import column_letters
from lm_stats.stage.texts import is_full, looks_positional, mixed_text, unbalanced_quote
from lm_stats.stage.wording import shown

_READERS = {"text": "csv", "stata": "stata", "spss": "spss", "parquet": "parquet", "cspro": "cspro", "ddi": "fixed"}
_FORMATS = {
    "csv": "CSV",
    "workbook": "a workbook",
    "stata": "a Stata file",
    "spss": "an SPSS file",
    "parquet": "a Parquet file",
    "cspro": "a CSPro file with its dictionary",
    "fixed": "a fixed-width file with its codebook",
    "rosters": "an export of Survey Solutions",
}
# descriptions of other files of the delivery: of CSPro, and of the Data Documentation Initiative
_DESCRIPTIONS = {"cspro": open_cspro, "ddi": open_fixed_width}
_CHUNK = 1024**2
# lines of a long text at which it is seen what its columns hold
_SAMPLE = 500
_PIVOT = "the sheet is a pivot table, which counts records and holds none"
_RECORDS = "Ask the office for the sheet with the records that it was made from."


@dataclass
class Reading:
    """What is needed to read the files of a delivery, and what is to be said about them.

    Attributes:
        views: The types of rows, each with the source as it stands for it.
        concepts: Concepts by id.
        coders: Coders by type of rows and concept.
        in_batches: Whether text files are plain tables that may be read in blocks of lines.
        irregular: Text files that cannot be, with the line and the reason.
        warnings: What a person should know.
        shared: Headings that offices anywhere use, with the concept of each.
        confirmed: Layouts that people confirmed.
    """

    views: Sequence[tuple[Record, Source]]
    concepts: Mapping[str, Concept]
    coders: Mapping[str, Mapping[str, Coder]]
    in_batches: bool
    irregular: Mapping[str, Irregular]
    warnings: list[Problem] = field(default_factory=list)
    shared: Sequence[MapEntry] = ()
    confirmed: Sequence[Confirmed] = ()

    @cached_property
    def layouts(self) -> Layouts:
        """What is found out about the columns of the files."""
        return Layouts(self.views, self.concepts, self.coders, self.shared, self.confirmed)

    def note_layout(self, file: str, sheet: str, where: str, found: Match) -> None:
        """Remember what the columns of a sheet were taken for, and say what was not declared."""
        self.layouts.note(file, sheet, found.view, found.header, found.how)
        self.warnings += describe_match(where, found)
        self.warnings += describe_surprises(where, found.header, found.view, found.record)

    @property
    def headings(self) -> list[str]:
        """All declared headings, those that people confirmed, and those that offices anywhere use."""
        views = [view for _, view in self.views]
        taken = [heading for view in views for names in view.columns.values() for heading in names]
        ignored = [heading for view in views for heading in view.ignored]
        confirmed = [heading for one in self.confirmed for heading, _ in one.history]
        return list(dict.fromkeys([*taken, *ignored, *confirmed, *(entry.value for entry in self.shared)]))

    def note_format(self, tables: Tables) -> None:
        """Say where a file is of another format than the source declares."""
        found, source = _READERS.get(tables.form, "workbook"), self.views[0][1]
        if tables.form == "rosters":
            found = "rosters"
        if found == source.reader:
            return
        what = f"the file is {_FORMATS[found]} although source {source.id} declares {_FORMATS[source.reader]}; "
        do = "Correct the declaration if the office goes on sending it."
        self.warnings.append(Problem(tables.path.name, f"{what}it was read as what it is", do))


class IrregularFile(Exception):
    """A text that is no plain table, which is only found out while it is read.

    Args:
        name: Name of the file.
        why: Where and why.
    """

    def __init__(self, name: str, why: Irregular) -> None:
        super().__init__(name)
        self.name = name
        self.why = why


def open_files(paths: Sequence[Path], reading: Reading) -> list[Piece]:
    """The rows of the files of a delivery, by file and sheet; what is read in batches is not read yet.

    A description of data (a dictionary of CSPro, a codebook) is read with the texts that it describes; the files of
    an export of Survey Solutions are joined.

    Args:
        paths: The files.
        reading: What is needed to read them.

    Raises:
        Fault: If a file cannot be read, or its headings differ from the declaration.
    """
    pieces: list[Piece] = []
    for tables in find_tables(paths):
        reading.note_format(tables)
        if tables.labelled:
            pieces += _open_labelled(tables, reading)
        elif tables.form == "text" and reading.in_batches:
            pieces += _open_text(tables.path, reading)
        else:
            pieces += _open_sheets(tables.path, tables.form, reading)
    return pieces


@dataclass(frozen=True)
class Tables:
    """What stands together: one file, or several of which one describes or completes the other.

    Attributes:
        path: The file, the first of several.
        form: What it is (see `find_format`), or `rosters`.
        labelled: Its tables, of files that name their columns themselves; empty for workbooks and delimited text.
    """

    path: Path
    form: str
    labelled: tuple[Labelled, ...] = ()


def find_tables(paths: Sequence[Path]) -> list[Tables]:
    """See which files of a delivery stand together, in their order.

    Args:
        paths: The files.

    Raises:
        Fault: If a file is damaged, or a description stands without its data.
    """
    forms = {path: find_format(path) for path in paths}
    described = {path: form for path, form in forms.items() if form in _DESCRIPTIONS}
    exported = [path for path, form in forms.items() if is_exported(path, form)]
    found: list[Tables] = []
    if exported:
        joined = open_rosters([(path, forms[path]) for path in exported])
        found.append(Tables(exported[0], "rosters", tuple(joined)))
    texts = [path for path, form in forms.items() if form == "text" and path not in exported]
    for path, form in described.items():
        if not texts:
            what = "this describes data, but no file with the data was delivered beside it"
            raise Fault(Problem(path.name, what, "Deliver it together with the data file (.dat), in one command."))
        own = texts
        if len(described) > 1:
            own = [text for text in texts if text.stem.casefold() == path.stem.casefold()]
        if len(own) != 1 and len(described) > 1:
            names = ", ".join(shown(other.name) for other in described)
            what = f"there are {len(described)} descriptions of data ({names}) and {len(texts)} texts"
            do = "Give each data file the name of its description: persons.dat and persons.dcf, say."
            raise Fault(Problem(path.name, what, do))
        found += [Tables(text, form, tuple(_DESCRIPTIONS[form](path, text))) for text in own]
    taken = {*exported, *described, *(tables.path for tables in found)}
    for path in paths:
        if path in taken:
            continue
        if forms[path] == "json":
            do = "Ask the office for the workbook or CSV."
            raise Fault(Problem(path.name, "this is JSON, not a workbook or CSV", do))
        if forms[path] in ("stata", "spss"):
            found.append(Tables(path, forms[path], (open_statistical(path, forms[path]),)))
        elif forms[path] == "parquet":
            found.append(Tables(path, forms[path], (open_parquet(path),)))
        else:
            found.append(Tables(path, forms[path]))
    return found


def _open_text(path: Path, reading: Reading) -> list[Piece]:
    try:
        if path.name in reading.irregular:
            raise reading.irregular[path.name]
        return [_open_delimited(path, reading)]
    except Irregular as why:
        _check_size(path, why, reading)
    return _open_sheets(path, "text", reading)


def _open_labelled(tables: Tables, reading: Reading) -> list[Piece]:
    """The tables of a file that hold rows of a declared type."""
    pieces: list[Piece] = []
    differences: dict[int, list[Problem]] = {}
    questions: dict[int, Question] = {}
    skipped: list[str] = []
    # by identity of the table: the types of rows that it was opened as
    taken: dict[int, set[str]] = {}
    for file in tables.labelled:
        where = f"{file.path.name}, record {shown(file.sheet)}" if file.sheet else file.path.name
        # what a table carries of another is no row of the type that stands there
        known = set[str]().union(*(taken.get(id(table), ()) for table in file.above))
        headers = [
            (record, view, name_header(file.names, file.titles, view, record))
            for record, view in reading.views
            if record.id not in known
        ]
        headers = [found for found in headers if not file.above or _has_own(file, found[2])]
        if not headers:
            skipped.append(file.sheet or file.path.name)
            continue
        record, view, header = _nearest(where, headers)
        match = Match(record, view, header)
        if header.missing(view, record) or header.repeated:
            found = reading.layouts.of_labelled(where, file, [(one, own) for one, own, _ in headers])
            if isinstance(found, Question) and (found.is_likely or len(tables.labelled) == 1):
                questions[id(file)] = found
            elif isinstance(found, Match):
                match, (record, view, header) = found, (found.record, found.view, found.header)
        if header.missing(view, record) or header.repeated:
            if id(file) in questions:
                differences[id(file)] = [questions[id(file)].problem]
                continue
            if len(tables.labelled) > 1 and not header.looks_like_data(view, record):
                skipped.append(file.sheet or file.path.name)
                continue
            differences[id(file)] = describe_repeats(where, header, view)
            differences[id(file)] += describe_difference(where, header, view, record)
            continue
        taken[id(file)] = {record.id}
        for table in file.above:
            # its columns are wanted, if not its rows
            differences.pop(id(table), None)
        reading.note_layout(file.path.name, file.sheet, where, match)
        own = frozenset(header.columns)
        labelled, reasoned = file.labelled(header) & own, file.reasoned(header) & own
        batches = _labelled_batches(where, file, header, view, record, reading)
        pieces.append(Piece(file.path.name, record, view, own, batches, labelled, reasoned))
    problems = [problem for found in differences.values() for problem in found]
    if not pieces and not problems:
        record, view = reading.views[0]
        problems += describe_difference(tables.path.name, None, view, record)
    if problems and not pieces:
        asked = [one for key, one in questions.items() if key in differences]
        raise UnclearLayout(problems, [one.proposal for one in asked]) if asked else Fault(problems)
    # a type of records that has some of the headings is told of; the others are none of ours
    reading.warnings += problems
    if skipped:
        names = ", ".join(shown(name) for name in skipped)
        what = f"types of records that are not declared were left out: {names}"
        do = f"Declare their headings in source {reading.views[0][1].id}, if they are wanted."
        reading.warnings.append(Problem(tables.path.name, what, do))
    return pieces


def _has_own(file: Labelled, header: Header) -> bool:
    """Whether a column that a table does not only carry of another holds a concept."""
    found = {file.names[place] for places in header.columns.values() for each in places for place in each}
    return not found <= file.inherited


def _labelled_batches(
    where: str, file: Labelled, header: Header, view: Source, record: Record, reading: Reading
) -> Iterator[Batch]:
    yield from file.batches(header, view, record, reading.concepts)
    reading.warnings.extend(file.warnings)
    reading.warnings.extend(_describe_differing(where, file.differing))


def _open_delimited(path: Path, reading: Reading) -> Piece:
    file = open_delimited(path, reading.headings)
    sheet = file.as_sheet()
    headers = [(record, view, find_header(sheet, view, record)) for record, view in reading.views]
    complete = [
        (record, view, header)
        for record, view, header in headers
        if header and not header.missing(view, record) and not header.repeated
    ]
    if complete:
        match = Match(*_nearest(path.name, complete))
    else:
        found = reading.layouts.of_sheet(path.name, path.name, file.as_sheet(_SAMPLE))
        if isinstance(found, Question):
            raise UnclearLayout([found.problem], [found.proposal])
        if found is None or not found.is_certain:
            raise Irregular(1, "the first line does not hold the declared headings, each once")
        match = found
    record, view, header = match.record, match.view, match.header
    reading.note_layout(path.name, "", path.name, match)

    def batches() -> Iterator[Batch]:
        try:
            yield from file.batches(header, view, record, reading.concepts, reading.coders[record.id])
        except Irregular as why:
            raise IrregularFile(path.name, why) from why
        reading.warnings.extend(_describe_delimited(path, file))

    return Piece(path.name, record, view, frozenset(header.columns), batches())


def _describe_delimited(path: Path, file: Delimited) -> list[Problem]:
    problems = _describe_unnamed(path.name, sorted(file.unnamed))
    problems += _describe_differing(path.name, file.differing)
    if file.lines in LAST_ROWS:
        problems.append(is_full(path.name))
    return problems + ([mixed_text(path)] if file.singles and file.others else [])


def _check_size(path: Path, why: Irregular, reading: Reading) -> None:
    """See that a file that is no regular text can be read as a whole."""
    try:
        with path.open("rb") as file:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
            file.seek(0)
            head = file.read(_CHUNK)
    except OSError as error:
        raise cannot_open(path, error) from error
    first = head.split(b"\n", 50)[:50]
    width = max(max(line.count(mark) for mark in (b",", b";", b"\t", b"|")) for line in first) + 1
    if lines * width > CELLS_LIMIT:
        raise Fault(
            Problem(
                f"{path.name}, line {why.line}",
                f"{why.what}; a file of this size can only be read where the first line holds the headings and every "
                "line below is one row with as many cells",
                "Correct the line, or ask the office to export the file again as plain CSV (UTF-8).",
            )
        )


def _nearest(where: str, headers: Sequence[tuple[Record, Source, Header]]) -> tuple[Record, Source, Header]:
    """The type of rows that a header is nearest to: complete, then with most concepts found.

    Raises:
        Fault: If it has the headings of two types: it is not certain which row is of which.
    """
    whole = [record for record, view, header in headers if not header.missing(view, record) and not header.repeated]
    if len(whole) > 1:
        names = " and ".join(f"{record.id} ({record.unit})" for record in whole)
        what = f"the file has the headings of two types of rows, {names}, so none of its rows is certain to be either"
        raise Fault(Problem(where, what, "Ask the office for a file for each type."))

    def near(found: tuple[Record, Source, Header]) -> tuple[bool, int, int]:
        record, view, header = found
        missing = header.missing(view, record)
        return not missing and not header.repeated, len(header.columns), -len(missing)

    return max(headers, key=near)


def _open_sheets(path: Path, form: str, reading: Reading) -> list[Piece]:
    found = read(path, reading.headings, form)
    pieces: list[Piece] = []
    problems: list[Problem] = []
    skipped: list[tuple[str, int, tuple[Record, Source, Header | None]]] = []
    pivots: list[str] = []
    questions: list[Question] = []
    weak: list[Question] = []
    for sheet in divided(path, found.sheets, reading.views, reading.warnings):
        where = f"{path.name}, sheet {shown(sheet.name)}" if sheet.name else path.name
        filled = sum(1 for row in sheet.rows if any(cell != "" for cell in row))
        if not filled or is_returned(sheet.name, sheet.rows):
            continue
        if sheet.pivot:
            pivots.append(where)
            continue
        nearest, is_likely = find_type(path, sheet, reading.views)
        record, view, header = nearest
        if header is not None and header.names[0] == PARTIAL_HEADING and 0 not in header.taken:
            raise part_of_a_file(path)
        match: Match | None = None
        if not is_likely or header is None or header.missing(view, record) or header.repeated:
            layout = reading.layouts.of_sheet(path.name, where, sheet)
            if isinstance(layout, Question):
                is_asked = is_likely or layout.is_likely
                (questions if is_asked else weak).append(layout)
                if not is_asked:
                    skipped.append((where, filled, nearest))
                continue
            if layout is not None:
                match, (record, view, header), is_likely = layout, (layout.record, layout.view, layout.header), True
        elif header.lacks_declared(view, record) and header.unexpected():
            layout = reading.layouts.of_sheet(path.name, where, sheet)
            # what has a text of its own where it is empty is better found than filled in
            if isinstance(layout, Question):
                questions.append(layout)
                continue
            if layout is not None and layout.is_certain and layout.record is record:
                match, header = layout, layout.header
        if not is_likely or header is None:
            skipped.append((where, filled, nearest))
            continue
        if header.missing(view, record) or header.repeated:
            problems += describe_repeats(where, header, view)
            problems += describe_difference(where, header, view, record)
        else:
            reading.note_layout(path.name, sheet.name, where, match or Match(record, view, header))
            pieces.append(_read_piece(path, where, sheet, header, record, view, reading))
    reading.warnings += found.warnings
    if not pieces and not problems and not questions:
        questions = weak
    if questions:
        raise UnclearLayout([*(one.problem for one in questions), *problems], [one.proposal for one in questions])
    if not pieces and not problems:
        problems += [Problem(where, _PIVOT, _RECORDS) for where in pivots] or _describe_nothing(path, skipped)
    if problems and form == "text" and looks_positional(path):
        what = "the lines look like those of a file of fixed width, which says nothing without its description"
        do = "Deliver it together with its CSPro dictionary (.dcf) or DDI codebook (.xml), in one command."
        raise Fault(Problem(path.name, what, do))
    if problems:
        raise Fault(problems)
    reading.warnings += [Problem(where, f"{_PIVOT}; it was skipped", _RECORDS) for where in pivots]
    for where, filled, (_, view, _) in skipped:
        reading.warnings.append(
            Problem(
                where,
                f"the sheet was skipped: its headings are not those of records ({filled} filled rows)",
                f"If it holds records, declare its headings in source {view.id}.",
            )
        )
    return pieces


def find_type(
    path: Path, sheet: Sheet, views: Sequence[tuple[Record, Source]]
) -> tuple[tuple[Record, Source, Header | None], bool]:
    """The type of rows that a sheet holds: the nearest by its headings, and whether it holds records at all.

    Args:
        path: The file.
        sheet: The sheet.
        views: The types of rows, each with the source as it stands for it.

    Raises:
        Fault: If it has the headings of two types.
    """
    headers = []
    for record, view in views:
        header = find_header(sheet, view, record)
        if header and header.repeated:
            header = without_empty_repeats(header, filled_columns(sheet, header), view, record)
        if header is not None:
            headers.append((record, view, header))
    likely = [found for found in headers if found[2].looks_like_data(found[1], found[0])]
    if likely:
        return _nearest(path.name, likely), True
    return (_nearest(path.name, headers) if headers else (*views[0], None)), False


def _describe_nothing(
    path: Path, skipped: Sequence[tuple[str, int, tuple[Record, Source, Header | None]]]
) -> list[Problem]:
    if not skipped:
        return [Problem(path.name, "the file has no filled cells", "Ask the office for the file with its records.")]
    known = [(where, *nearest) for where, _, nearest in skipped if nearest[2] is not None]
    if not known:
        record, view, _ = skipped[0][2]
        return describe_difference(path.name, None, view, record)
    return [
        problem for where, record, view, header in known for problem in describe_difference(where, header, view, record)
    ]


def _read_piece(
    path: Path, where: str, sheet: Sheet, header: Header, record: Record, view: Source, reading: Reading
) -> Piece:
    rows = read_rows(sheet, header, view, record, reading.concepts, reading.coders[record.id])
    # cells beyond the headings of a CSV file are told of line by line
    width = sheet.lengths[header.bottom - 1] if sheet.lengths else len(header.names)
    reading.warnings += _describe_unnamed(where, [column for column in rows.unnamed if column < width])
    reading.warnings += _describe_differing(where, rows.differing)
    reading.warnings += [Problem(where, what, do) for what, do in rows.remarks]
    shifted = _find_shifted(path, where, sheet, header, rows.places, reading.warnings)
    numbers = np.asarray(sheet.numbers, dtype=np.int32)[rows.places]
    whole = Batch(
        sheet.name,
        numbers,
        Cells.of(rows.excluded),
        {name: Cells.of(rows.texts[name]) for name in record.concepts if name in rows.texts},
        shifted.to_numpy(dtype=bool),
    )
    return Piece(path.name, record, view, frozenset(whole.cells), _split(whole))


def _split(whole: Batch) -> Iterator[Batch]:
    """The rows of a sheet in batches."""
    for start in range(0, len(whole.numbers), ROWS):
        part = np.arange(start, min(start + ROWS, len(whole.numbers)))
        yield Batch(
            whole.sheet,
            whole.numbers[part],
            whole.excluded.rows(part),
            {name: cells.rows(part) for name, cells in whole.cells.items()},
            None if whole.shifted is None else whole.shifted[part],
        )


def _describe_unnamed(where: str, columns: Collection[int]) -> list[Problem]:
    if not columns:
        return []
    names = ", ".join(column_letters(column) for column in list(columns)[:20])
    return [Problem(where, f"columns without a heading were left out: {names}", "Ask the office what they hold.")]


def _describe_differing(where: str, differing: Mapping[str, int]) -> list[Problem]:
    return [
        Problem(
            where,
            f"{count} rows hold different texts in the columns of {concept}; that of the newest heading was taken",
            "Ask the office which column is meant.",
        )
        for concept, count in differing.items()
    ]


def _find_shifted(
    path: Path, where: str, sheet: Sheet, header: Header, places: np.ndarray, warnings: list[Problem]
) -> pd.Series:
    """Rows of a CSV file whose cells are more than its headings, so that some are in wrong columns."""
    if not len(sheet.lengths):
        return pd.Series(False, index=range(len(places)))
    lengths = np.asarray(sheet.lengths)
    expected = int(lengths[header.bottom - 1])
    spans = np.asarray(sheet.spans)
    broken = [int(place) for place in places if spans[place] > 1 and lengths[place] != expected]
    if broken:
        # a quotation mark that is closed lines below swallows what stands between
        raise unbalanced_quote(path, int(sheet.numbers[broken[0]]))
    longer = [bool(lengths[p] > expected and any(str(c).strip() for c in sheet.rows[p][expected:])) for p in places]
    if any(longer):
        lines = [str(sheet.numbers[place]) for place, is_longer in zip(places, longer, strict=True) if is_longer]
        warnings.append(
            Problem(
                where,
                f"{len(lines)} lines hold more cells than there are headings, so that nothing in them can be relied "
                f"on (lines {', '.join(lines[:10])}{', ...' if len(lines) > 10 else ''})",
                "Ask the office to write values that hold the delimiter in quotation marks.",
            )
        )
    return pd.Series(longer, index=range(len(places)), dtype=bool)
