"""One delivery to its staged files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.coder import Coder
from lm_stats.handover import MISSING, STAGED_LEADING, Staged, StagedPart, UnclearLayout
from lm_stats.spec import Concept, Delivery, Fault, Kind, MapEntry, Problem, Record, Source
from lm_stats.stage.batches import NOTHING, ROWS, Batch, Cells, Piece, gather, to_arrow
from lm_stats.stage.confirmed import read_layouts
from lm_stats.stage.delimited import Irregular
from lm_stats.stage.extracts import Extracts
from lm_stats.stage.identity import Keyring
from lm_stats.stage.keyed import KeyedTables
from lm_stats.stage.opening import open_files
from lm_stats.stage.published import stage_published
from lm_stats.stage.reading import IrregularFile, Reading
from lm_stats.stage.screen import Screening

_SAID = {
    "lost digits": "hold a number in scientific notation, whose last digits are lost, and so identify nothing",
    "no date": "hold something that cannot be read as a date in the declared order",
    "another order": "are read in another order than the declared one, which is the only one they can be in",
    "two days": "could be one of two days, because the sheet contradicts the declared order; of these the year is kept",
}
_TEXT = pa.dictionary(pa.int32(), pa.string())


def stage(
    source: Source,
    kind: Kind,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Mapping[str, Coder]],
    delivery: Delivery,
    folder: Path,
    keyring: Keyring | None,
    into: Path,
    layouts: Sequence[Path] = (),
    headings: Sequence[MapEntry] = (),
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
        keyring: The key of the root; None for published tables that name nobody.
        into: The folder to write into.
        layouts: Files in which people said what the columns of the source are whose headings differ.
        headings: Headings that offices anywhere use, with the concept of each, for headings that changed.

    Raises:
        ValueError: If there is no key for files with names.
        Fault: If a file cannot be read, the headings differ from the declaration, or there is no
            row of a type that every delivery has. `UnclearLayout` where it is not certain which column holds what.
            No message holds the content of a cell below the headings.
    """
    if not delivery.files:
        raise Fault(Problem(f"delivery {delivery.id}", "the delivery has no files", "Receive its files again."))
    if kind.published and not kind.keyed:
        return stage_published(source, kind, delivery, folder, into)
    if keyring is None:
        raise ValueError(f"{delivery.id}: files with names are not read without a key")
    if kind.published:
        record = kind.records[0]
        keyed = KeyedTables(source, record, concepts, coders[record.id], keyring)
        return stage_published(source, kind, delivery, folder, into, keyed)
    views = tuple((record, source.for_record(record)) for record in kind.records)
    irregular: dict[str, Irregular] = {}
    confirmed, wrong = read_layouts(layouts, kind)
    while True:
        reading = Reading(views, concepts, coders, kind.rectangular, irregular, shared=headings, confirmed=confirmed)
        try:
            pieces = open_files([folder / file.name for file in delivery.files], reading)
            parts = [
                part
                for record, view in views
                if (part := _write(record, view, pieces, reading, delivery, keyring, into)) is not None
            ]
            break
        except IrregularFile as error:
            # what is written by now is written again, with this file read as a whole
            irregular[error.name] = error.why
        except UnclearLayout as unclear:
            # an answer that does not count is told of where it is missed
            raise UnclearLayout([*unclear.problems, *wrong], unclear.proposals) from None
    return Staged(
        delivery.id, tuple(parts), tuple(dict.fromkeys(reading.warnings)), tuple(reading.layouts.found)
    )


def _write(
    record: Record,
    view: Source,
    pieces: Sequence[Piece],
    reading: Reading,
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
    extracts = Extracts(view, reading.concepts)
    stem = f"{delivery.folder_name}.{record.id}" if record.id else delivery.folder_name
    path = into / f"{stem}.parquet"
    written = _StagedFile(path, names)
    try:
        for files, sheets, batch in gather(own):
            batch = extracts.apply(batch)
            written.write(files, sheets, batch, screening.columns(batch, files, sheets))
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
    reading.warnings += extracts.problems(f"delivery {delivery.id}")
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

    def write(self, files: Cells, sheets: Cells, batch: Batch, columns: Mapping[str, Cells]) -> None:
        """Write rows: the file and the sheet of each, and what else is known of them."""
        count = len(batch.numbers)
        if not count:
            return
        empty = Cells(np.full(count, NOTHING, dtype=np.int32), [])
        cells = [files, sheets, batch.excluded]
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


