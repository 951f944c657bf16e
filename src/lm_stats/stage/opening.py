"""The files of a delivery, opened: which rows of which type each sheet, table or text holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lm_stats.handover import UnclearLayout
from lm_stats.spec import Fault, Problem, Record, Source
from lm_stats.stage.batches import Batch, Piece
from lm_stats.stage.companions import Tables, find_tables
from lm_stats.stage.delimited import Delimited, Irregular, open_delimited
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.layout import (
    Header,
    describe_difference,
    describe_repeats,
    find_header,
    name_header,
)
from lm_stats.stage.layouts import Question
from lm_stats.stage.matching import Match
from lm_stats.stage.reading import IrregularFile, Reading
from lm_stats.stage.record_sheets import describe_differing, describe_unnamed, nearest_type, open_sheets
from lm_stats.stage.sheets import CELLS_LIMIT, LAST_ROWS
from lm_stats.stage.texts import is_full, mixed_text
from lm_stats.stage.wording import shown

_CHUNK = 1024**2
# lines of a long text at which it is seen what its columns hold
_SAMPLE = 500


def open_files(paths: Sequence[Path], reading: Reading) -> list[Piece]:
    """The rows of the files of a delivery, by file and sheet; what is read in batches is not read yet.

    A description of data (a dictionary of CSPro, a codebook) is read with the texts that it describes; the files of
    an export of Survey Solutions are joined.

    Args:
        paths: The files.
        reading: What is needed to read them.

    Raises:
        UnclearLayout: If it is not certain what the columns of some files are, with all that is to be asked.
        Fault: If a file cannot be read, or its headings differ from the declaration.
    """
    pieces: list[Piece] = []
    unclear: list[UnclearLayout] = []
    for tables in find_tables(paths):
        reading.note_format(tables)
        try:
            pieces += _open_tables(tables, reading)
        except UnclearLayout as fault:
            # the other files may have questions of their own, and a person answers all at once
            unclear.append(fault)
    if unclear:
        asked = [problem for one in unclear for problem in one.problems[: len(one.proposals)]]
        others = [problem for one in unclear for problem in one.problems[len(one.proposals) :]]
        raise UnclearLayout([*asked, *others], [proposal for one in unclear for proposal in one.proposals])
    return pieces


def _open_tables(tables: Tables, reading: Reading) -> list[Piece]:
    if tables.labelled:
        return _open_labelled(tables, reading)
    if tables.form == "text" and reading.in_batches:
        return _open_text(tables.path, reading)
    return open_sheets(tables.path, tables.form, reading)


def _open_text(path: Path, reading: Reading) -> list[Piece]:
    try:
        if path.name in reading.irregular:
            raise reading.irregular[path.name]
        return [_open_delimited(path, reading)]
    except Irregular as why:
        _check_size(path, why, reading)
    return open_sheets(path, "text", reading)


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
        record, view, header = nearest_type(where, headers)
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
        if asked:
            # the questions first, each of which stands for the proposal in its place
            said = [one.problem for one in asked]
            raise UnclearLayout([*said, *(p for p in problems if p not in said)], [one.proposal for one in asked])
        raise Fault(problems)
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
    reading.warnings.extend(describe_differing(where, file.differing))


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
        record, view, header = nearest_type(path.name, complete)
        layout = reading.layouts.of_complete(path.name, path.name, file.as_sheet(_SAMPLE), record, view, header)
        if isinstance(layout, Question):
            raise UnclearLayout([layout.problem], [layout.proposal])
        if layout is not None and not layout.is_certain:
            raise Irregular(1, "somebody has said that not every column is there")
        match = layout or Match(record, view, header)
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
    problems = describe_unnamed(path.name, sorted(file.unnamed))
    problems += describe_differing(path.name, file.differing)
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
