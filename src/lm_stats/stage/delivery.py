"""One delivery to its staged files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.coder import Coder
from lm_stats.handover import MISSING, STAGED_LEADING, Staged, StagedPart
from lm_stats.spec import Concept, Delivery, Fault, Kind, Problem, Record, Source
from lm_stats.stage.batches import NOTHING, ROWS, Batch, Cells, Piece, constant, to_arrow
from lm_stats.stage.content import cannot_open, find_format
from lm_stats.stage.delimited import Delimited, Irregular, open_delimited
from lm_stats.stage.identity import Keyring
from lm_stats.stage.layout import (
    Header,
    describe_difference,
    describe_repeats,
    describe_surprises,
    find_header,
    name_header,
    without_empty_repeats,
)
from lm_stats.stage.published import stage_published
from lm_stats.stage.readers import CELLS_LIMIT, Sheet, mixed_text, read, unbalanced_quote
from lm_stats.stage.rows import filled_columns, read_rows
from lm_stats.stage.screen import Screening
from lm_stats.stage.statistical import open_statistical
from lm_stats.stage.tables import column_letters
from lm_stats.stage.wording import shown

_SAID = {
    "lost digits": "hold a number in scientific notation, whose last digits are lost, and so identify nothing",
    "no date": "hold something that cannot be read as a date in the declared order",
}
_READERS = {"text": "csv", "stata": "stata", "spss": "spss"}
_FORMATS = {"csv": "CSV", "workbook": "a workbook", "stata": "a Stata file", "spss": "an SPSS file"}
_CHUNK = 1024**2
_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass
class _Reading:
    """What is needed to read the files of a delivery, and what is to be said about them.

    Attributes:
        views: The types of rows, each with the source as it stands for it.
        concepts: Concepts by id.
        coders: Coders by type of rows and concept.
        in_batches: Whether text files are plain tables that may be read in blocks of lines.
        irregular: Text files that cannot be, with the line and the reason.
        warnings: What a person should know.
    """

    views: Sequence[tuple[Record, Source]]
    concepts: Mapping[str, Concept]
    coders: Mapping[str, Mapping[str, Coder]]
    in_batches: bool
    irregular: Mapping[str, Irregular]
    warnings: list[Problem] = field(default_factory=list)

    @property
    def headings(self) -> list[str]:
        """All declared headings."""
        views = [view for _, view in self.views]
        taken = [heading for view in views for names in view.columns.values() for heading in names]
        return list(dict.fromkeys([*taken, *(heading for view in views for heading in view.ignored)]))


class _IrregularFile(Exception):
    def __init__(self, name: str, why: Irregular) -> None:
        super().__init__(name)
        self.name = name
        self.why = why


def stage(
    source: Source,
    kind: Kind,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Mapping[str, Coder]],
    delivery: Delivery,
    folder: Path,
    keyring: Keyring | None,
    into: Path,
) -> Staged:
    """Read a delivery: its rows and values as text under our names, without direct identifiers.

    Each file, or sheet of a workbook, holds the type of rows whose declared headings it has. For each
    type a Parquet file is written, `<period>.v<n>.parquet` or `<period>.v<n>.<record>.parquet`, with one
    row for each row below the headings that is not blank, in the order of files, sheets and rows: its
    address, the reason why it is no record (`total`, `footer`, `heading`) or an empty text, the delivered
    concepts as text (missing where the cell is empty) and the tokens of identifiers. Where a file has
    labels of values, or says why a cell is empty, there are also `<concept>_label` and
    `<concept>_missing`. Row groups have at most 250,000 rows. Of a kind of published tables each value is a
    row (see `stage_published`).

    Args:
        source: The source that the delivery belongs to.
        kind: Its kind.
        concepts: Concepts by id.
        coders: By type of rows, a coder for each of its concepts that is a code; what it knows is
            vocabulary and may be kept.
        delivery: The record of the delivery.
        folder: The folder with its files.
        keyring: The key of the root; None for published tables, which have nothing to hide.
        into: The folder to write into.

    Raises:
        ValueError: If there is no key for unit records.
        Fault: If a file cannot be read, the headings differ from the declaration, or there is no
            row of a type that every delivery has. No message holds the content of a cell below the headings.
    """
    if not delivery.files:
        raise Fault(Problem(f"delivery {delivery.id}", "the delivery has no files", "Receive its files again."))
    if kind.published:
        return stage_published(source, kind, delivery, folder, into)
    if keyring is None:
        raise ValueError(f"{delivery.id}: unit records are not read without a key")
    views = tuple((record, source.for_record(record)) for record in kind.records)
    irregular: dict[str, Irregular] = {}
    while True:
        reading = _Reading(views, concepts, coders, kind.rectangular, irregular)
        try:
            pieces = [piece for file in delivery.files for piece in _open_file(folder / file.name, reading)]
            parts = [
                part
                for record, view in views
                if (part := _write(record, view, pieces, reading, delivery, keyring, into)) is not None
            ]
            break
        except _IrregularFile as error:
            # what is written by now is written again, with this file read as a whole
            irregular[error.name] = error.why
    return Staged(delivery.id, tuple(parts), tuple(dict.fromkeys(reading.warnings)))


def _write(
    record: Record,
    view: Source,
    pieces: Sequence[Piece],
    reading: _Reading,
    delivery: Delivery,
    keyring: Keyring,
    into: Path,
) -> StagedPart | None:
    """Write the rows of one type, if there are any."""
    own = [piece for piece in pieces if piece.record is record]
    screening = Screening(
        view, record, reading.concepts, reading.coders[record.id], keyring, delivery.period,
        int(delivery.received_at[:4]),
    )  # fmt: skip
    names = screening.names(*(frozenset[str]().union(*found) for found in (
        [piece.concepts for piece in own], [piece.labelled for piece in own], [piece.reasoned for piece in own])
    ))  # fmt: skip
    stem = f"{delivery.folder_name}.{record.id}" if record.id else delivery.folder_name
    path = into / f"{stem}.parquet"
    written = _StagedFile(path, names)
    try:
        for piece in own:
            for batch in piece.batches:
                written.write(piece.file, batch, screening.columns(batch))
    except BaseException:
        written.discard()
        raise
    if not written.has_records:
        if not record.optional:
            written.discard()
            raise _no_rows(record, delivery, bool(own), len(reading.views) > 1)
        reading.warnings.append(_no_rows(record, delivery, bool(own), True).problems[0])
    for (concept, reason), count in screening.counts.items():
        reading.warnings.append(
            Problem(
                f"delivery {delivery.id}, column {concept}",
                f"{count} cells {_SAID[reason]}",
                "Ask the office to correct them.",
            )
        )
    if not written.rows:
        written.discard()
        return None
    written.close()
    return StagedPart(record.id, path, written.rows, dict(sorted(written.excluded.items())))


def _no_rows(record: Record, delivery: Delivery, has_file: bool, is_one_of_several: bool) -> Fault:
    what = "there are no data rows below the headings"
    if is_one_of_several:
        what = (
            f"there are no data rows of type {record.id} ({record.unit}) below the headings"
            if has_file
            else f"no file has the headings of type {record.id} ({record.unit})"
        )
    return Fault(Problem(f"delivery {delivery.id}", what, "Ask the office for the file with its records."))


class _StagedFile:
    """A staged Parquet file that is being written.

    Args:
        path: The file.
        names: Names of the staged columns after the address.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self.rows = 0
        self.excluded: Counter[str] = Counter()
        self._names = names
        self._filled: set[str] = set()
        self._writer: pq.ParquetWriter | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None

    @property
    def has_records(self) -> bool:
        """Whether a row was written that is a record."""
        return self.rows > self.excluded.total()

    def write(self, file: str, batch: Batch, columns: Mapping[str, Cells]) -> None:
        """Write rows."""
        count = len(batch.numbers)
        if not count:
            return
        empty = Cells(np.full(count, NOTHING, dtype=np.int32), [])
        cells = [constant(file, count), constant(batch.sheet, count), batch.excluded]
        arrays = [to_arrow(found) for found in (*cells, *(columns.get(name, empty) for name in self._names))]
        arrays.insert(2, pa.array(batch.numbers, type=pa.int32()))
        table = pa.table(arrays, names=[*STAGED_LEADING, *self._names])
        if self._writer is None or self._pool is None:
            # without the schema of the program, readers see plain texts
            self._writer = _open_writer(self.path, table.schema)
            self._pool = ThreadPoolExecutor(1)
        if self._pending is not None:
            self._pending.result()
        # one batch is written while the next is made
        self._pending = self._pool.submit(self._writer.write_table, table, row_group_size=ROWS)
        self.rows += count
        reasons = np.bincount(batch.excluded.places, minlength=len(batch.excluded.texts))
        for reason, rows in zip(batch.excluded.texts, reasons.tolist(), strict=True):
            if reason and rows:
                self.excluded[reason] += rows
        self._filled |= {name for name, found in columns.items() if (found.places != NOTHING).any()}

    def close(self) -> None:
        """Finish the file; columns for reasons that no cell turned out to have are left out."""
        self._close()
        needless = [name for name in self._names if name.endswith(MISSING) and name not in self._filled]
        if not needless:
            return
        kept = [*STAGED_LEADING, *(name for name in self._names if name not in needless)]
        whole = self.path.with_name(f"{self.path.name}.whole")
        self.path.replace(whole)
        with pq.ParquetFile(whole, read_dictionary=[*kept]) as before:
            schema = pa.schema([(name, pa.int32() if name == "source_row" else _TEXT) for name in kept])
            self._writer = _open_writer(self.path, schema)
            for group in range(before.num_row_groups):
                self._writer.write_table(before.read_row_group(group, columns=kept).cast(schema))
        self._close()
        whole.unlink()

    def discard(self) -> None:
        """Take the file away."""
        self._close(is_wanted=False)
        self.path.unlink(missing_ok=True)

    def _close(self, is_wanted: bool = True) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        if self._pending is not None and is_wanted:
            self._pending.result()
        self._pool = self._pending = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # nobody looks for rows by the least and greatest text of a group, and finding these takes longer than writing
    texts = [name for name in schema.names if name != "source_row"]
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, store_schema=False, write_statistics=["source_row"],
        use_dictionary=texts, column_encoding={"source_row": "DELTA_BINARY_PACKED"},
    )  # fmt: skip


def _open_file(path: Path, reading: _Reading) -> list[Piece]:
    """The rows of a file by sheet; nothing is read yet of files that are read in batches."""
    form = find_format(path)
    if form == "json":
        do = "Ask the office for the workbook or CSV."
        raise Fault(Problem(path.name, "this is JSON, not a workbook or CSV", do))
    found, source = _READERS.get(form, "workbook"), reading.views[0][1]
    if found != source.reader:
        reading.warnings.append(
            Problem(
                path.name,
                f"the file is {_FORMATS[found]} although source {source.id} declares {_FORMATS[source.reader]}; "
                "it was read as what it is",
                "Correct the declaration if the office goes on sending it.",
            )
        )
    if form in ("stata", "spss"):
        return [_open_statistical(path, form, reading)]
    if form == "text" and reading.in_batches:
        try:
            if path.name in reading.irregular:
                raise reading.irregular[path.name]
            return [_open_delimited(path, reading)]
        except Irregular as why:
            _check_size(path, why, reading)
    return _open_sheets(path, form, reading)


def _open_statistical(path: Path, form: str, reading: _Reading) -> Piece:
    file = open_statistical(path, form)
    headers = [(record, view, name_header(file.names, file.titles, view, record)) for record, view in reading.views]
    record, view, header = _nearest(path.name, headers)
    if header.missing(view, record) or header.repeated:
        problems = [*describe_repeats(path.name, header, view), *describe_difference(path.name, header, view, record)]
        raise Fault(problems)
    reading.warnings += describe_surprises(path.name, header, view, record)

    def batches() -> Iterator[Batch]:
        yield from file.batches(header, view, record, reading.concepts)
        reading.warnings.extend(file.warnings)
        reading.warnings.extend(_describe_differing(path.name, file.differing))

    own = frozenset(header.columns)
    return Piece(path.name, record, view, own, batches(), file.labelled(header) & own, file.reasoned(header) & own)


def _open_delimited(path: Path, reading: _Reading) -> Piece:
    file = open_delimited(path, reading.headings)
    sheet = file.as_sheet()
    headers = [(record, view, find_header(sheet, view, record)) for record, view in reading.views]
    complete = [
        (record, view, header)
        for record, view, header in headers
        if header and not header.missing(view, record) and not header.repeated
    ]
    if not complete:
        raise Irregular(1, "the first line does not hold the declared headings, each once")
    record, view, header = _nearest(path.name, complete)
    reading.warnings += describe_surprises(path.name, header, view, record)

    def batches() -> Iterator[Batch]:
        try:
            yield from file.batches(header, view, record, reading.concepts, reading.coders[record.id])
        except Irregular as why:
            raise _IrregularFile(path.name, why) from why
        reading.warnings.extend(_describe_delimited(path, file))

    return Piece(path.name, record, view, frozenset(header.columns), batches())


def _describe_delimited(path: Path, file: Delimited) -> list[Problem]:
    problems = _describe_unnamed(path.name, sorted(file.unnamed))
    problems += _describe_differing(path.name, file.differing)
    return problems + ([mixed_text(path)] if file.singles and file.others else [])


def _check_size(path: Path, why: Irregular, reading: _Reading) -> None:
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


def _open_sheets(path: Path, form: str, reading: _Reading) -> list[Piece]:
    found = read(path, reading.headings, form)
    pieces: list[Piece] = []
    problems: list[Problem] = []
    skipped: list[tuple[str, int, tuple[Record, Source, Header | None]]] = []
    for sheet in found.sheets:
        where = f"{path.name}, sheet {shown(sheet.name)}" if sheet.name else path.name
        filled = sum(1 for row in sheet.rows if any(cell != "" for cell in row))
        if not filled:
            continue
        headers = []
        for record, view in reading.views:
            header = find_header(sheet, view, record)
            if header and header.repeated:
                header = without_empty_repeats(header, filled_columns(sheet, header), view, record)
            if header is not None:
                headers.append((record, view, header))
        likely = [found for found in headers if found[2].looks_like_data(found[1], found[0])]
        if not likely:
            nearest = _nearest(path.name, headers) if headers else (*reading.views[0], None)
            skipped.append((where, filled, nearest))
            continue
        record, view, header = _nearest(path.name, likely)
        if header.missing(view, record) or header.repeated:
            problems += describe_repeats(where, header, view)
            problems += describe_difference(where, header, view, record)
        else:
            reading.warnings += describe_surprises(where, header, view, record)
            pieces.append(_read_piece(path, where, sheet, header, record, view, reading))
    reading.warnings += found.warnings
    if not pieces and not problems:
        problems += _describe_nothing(path, skipped)
    if problems:
        raise Fault(problems)
    for where, filled, (_, view, _) in skipped:
        reading.warnings.append(
            Problem(
                where,
                f"the sheet was skipped: its headings are not those of records ({filled} filled rows)",
                f"If it holds records, declare its headings in source {view.id}.",
            )
        )
    return pieces


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
    path: Path, where: str, sheet: Sheet, header: Header, record: Record, view: Source, reading: _Reading
) -> Piece:
    rows = read_rows(sheet, header, view, record, reading.concepts, reading.coders[record.id])
    # cells beyond the headings of a CSV file are told of line by line
    width = sheet.lengths[header.bottom - 1] if sheet.lengths else len(header.names)
    reading.warnings += _describe_unnamed(where, [column for column in rows.unnamed if column < width])
    reading.warnings += _describe_differing(where, rows.differing)
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
