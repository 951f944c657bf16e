"""Regular delimited text, however long: read in blocks of lines, of which every one is a row."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lm_stats.compile.coder import Coder
from lm_stats.compile.missing import is_missing
from lm_stats.spec import Concept, Fault, Problem, Record, Source, normalise_spelling
from lm_stats.stage.batches import NOTHING, ROWS, Batch, Cells, coalesce, constant, marked
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.layout import Header
from lm_stats.stage.rows import classify, join_columns, total_beginning
from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.texts import decode_mixed, find_delimiter, looks_like_utf16

BLOCK = 16 * 1024**2
SLACK = 1024
_HEAD = 64 * 1024
_THREADS = 2
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
_BOM = b"\xef\xbb\xbf"
_SEP = re.compile(rb'"?sep=', re.IGNORECASE)


class Irregular(Exception):
    """A file is no regular text: its lines are not one row each, of as many cells as there are headings.

    Args:
        line: The first line that is not, from 1.
        what: Why, without the content of a cell.
    """

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line = line
        self.what = what


@dataclass(frozen=True)
class Block:
    """Whole lines of a file, and the number of the first."""

    content: bytes
    line: int
    is_last: bool


@dataclass(frozen=True)
class Parsed:
    """The rows of a block: cells by column, line numbers, and what letters were found (see `Delimited`)."""

    columns: Sequence[pa.DictionaryArray]
    numbers: np.ndarray
    is_last: bool
    singles: bool
    others: bool


@dataclass
class Delimited:
    """A regular text file with its headings in the first line.

    Attributes:
        path: The file.
        headings: Its first line.
        delimiter: What stands between cells.
        start: First byte of the second line.
        block: Bytes that a block holds at most.
        singles: Whether there are bytes of Windows-1252; complete when the rows have been read.
        others: Whether there are letters beyond ASCII in UTF-8; complete likewise.
        unnamed: Columns without a heading that hold something; complete when the rows have been read.
        differing: Rows by concept in which several columns of the concept differ; complete likewise.
        lines: Lines of the file, that of the headings included; complete likewise.
    """

    path: Path
    headings: tuple[str, ...]
    delimiter: str
    start: int
    block: int
    singles: bool = False
    others: bool = False
    unnamed: set[int] = field(default_factory=set)
    differing: dict[str, int] = field(default_factory=dict)
    lines: int = 0

    def as_sheet(self, sample: int = 0) -> Sheet:
        """The first line as a sheet, in which the headings can be looked for.

        Args:
            sample: Lines below it that are wanted as well.

        Raises:
            Irregular: If one of these is not one row of as many cells as there are headings.
        """
        rows: list[list[Cell]] = [list(self.headings)]
        block = next(self.blocks(), None) if sample else None
        if block is not None:
            first = b"\n".join(block.content.split(b"\n", sample)[:sample]) + b"\n"
            parsed = self.parse(Block(first, block.line, False))
            columns = [[cell or "" for cell in column.to_pylist()] for column in parsed.columns]
            rows += map(list, zip(*columns, strict=True))
        lengths = [len(self.headings)] * len(rows)
        return Sheet("", rows, [*range(1, len(rows) + 1)], lengths=lengths, spans=[1] * len(rows))

    def batches(
        self,
        header: Header,
        source: Source,
        record: Record,
        concepts: Mapping[str, Concept],
        coders: Mapping[str, Coder],
    ) -> Iterator[Batch]:
        """Read the rows below the headings.

        Args:
            header: Which column holds which concept.
            source: The source.
            record: The type of rows.
            concepts: Concepts by id.
            coders: Coders by concept.

        Raises:
            Irregular: If a line is not one row of as many cells as there are headings.
        """
        context = _Context(self, header, source, record, concepts, coders)
        with ThreadPoolExecutor(_THREADS) as pool:
            ahead: deque[Future[Parsed]] = deque()
            try:
                for block in self.blocks():
                    ahead.append(pool.submit(self.parse, block))
                    if len(ahead) > _THREADS:
                        yield from context.batch(ahead.popleft().result())
                while ahead:
                    yield from context.batch(ahead.popleft().result())
            finally:
                for future in ahead:
                    future.cancel()

    def blocks(self) -> Iterator[Block]:
        """Whole lines below the headings."""
        line = 2
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, io.SEEK_END)
                file.seek(self.start)
                rest = b""
                while file.tell() < size or rest:
                    content = rest + file.read(self.block)
                    is_last = file.tell() >= size
                    cut = len(content) if is_last else content.rfind(b"\n") + 1
                    if not cut and len(content) > 4 * self.block:
                        raise Irregular(line, "the line does not end")
                    content, rest = content[:cut], content[cut:]
                    if is_last:
                        content = content.rstrip(b"\x1a")
                    if content:
                        yield Block(content, line, is_last)
                        line += content.count(b"\n")
                        self.lines = line - content.endswith(b"\n")
        except OSError as error:
            raise cannot_open(self.path, error) from error

    def parse(self, block: Block) -> Parsed:
        """The rows of a block.

        Raises:
            Irregular: If a line is not one row of as many cells as there are headings.
        """
        content = block.content
        singles = others = False
        self._check_bytes(block)
        if not content.isascii():
            text, singles, others = decode_mixed(content)
            content = text.encode("utf-8") if singles else content
        strange: list[pyarrow.csv.InvalidRow] = []

        def note(row: pyarrow.csv.InvalidRow) -> str:
            strange.append(row)
            return "skip"

        names = [str(column) for column in range(len(self.headings))]
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(content),
                pyarrow.csv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=names),
                pyarrow.csv.ParseOptions(
                    delimiter=self.delimiter, ignore_empty_lines=False, invalid_row_handler=note
                ),
                pyarrow.csv.ConvertOptions(
                    check_utf8=False, column_types=dict.fromkeys(names, _DICTIONARY), null_values=[""],
                    strings_can_be_null=True,
                ),
            )  # fmt: skip
        except pa.ArrowInvalid as error:
            raise Irregular(self._unbalanced(block), "a quotation mark is opened and not closed") from error
        lines = content.count(b"\n") + (not content.endswith(b"\n"))
        blank = [row for row in strange if row.actual_columns == 1 and not row.text.strip("\r\n")]
        if table.num_rows + len(strange) != lines:
            raise Irregular(self._unbalanced(block), "a value in quotation marks goes on in the next line")
        for row in strange:
            if row not in blank:
                what = f"the line holds {row.actual_columns} cells where there are {row.expected_columns} headings"
                line = block.line + row.number - 1
                shorter = row.actual_columns < row.expected_columns
                if shorter and block.is_last and row.number == lines and not content.endswith(b"\n"):
                    where = f"{self.path.name}, line {line}"
                    do = "Copy it again, or ask the office for the whole file."
                    raise Fault(Problem(where, f"{what}, and the file ends in the middle of it: it was cut off", do))
                raise Irregular(line, what)
        numbers = np.arange(block.line, block.line + lines, dtype=np.int32)
        if blank:
            numbers = np.delete(numbers, [row.number - 1 for row in blank])
        table = table.unify_dictionaries().combine_chunks()
        columns = [column.chunk(0) if column.num_chunks else pa.array([], type=_DICTIONARY) for column in table.columns]
        return Parsed(columns, numbers, block.is_last, singles, others)

    def _check_bytes(self, block: Block) -> None:
        content = block.content
        zero = content.find(b"\x00")
        if zero >= 0:
            raise Irregular(block.line + content.count(b"\n", 0, zero), "the line holds a zero character")
        if content.count(b"\r") != content.count(b"\r\n"):
            alone = re.search(rb"\r(?!\n)", content)
            line = block.line + content.count(b"\n", 0, alone.start() if alone else 0)
            raise Irregular(line, "the line holds the sign for a new line of another system")
        if b'"' in content:
            signs = np.frombuffer(content, dtype=np.uint8)
            ends = np.zeros(256, dtype=bool)
            ends[list(self.delimiter.encode("ascii") + b'\n\r"')] = True
            marks = np.flatnonzero(signs[1:-1] == ord('"')) + 1
            inside = marks[~ends[signs[marks - 1]] & ~ends[signs[marks + 1]]]
            if len(inside):
                line = block.line + content.count(b"\n", 0, int(inside[0]))
                raise Irregular(line, "a quotation mark stands inside a value")

    def _unbalanced(self, block: Block) -> int:
        """The first line in which a quotation mark is opened and not closed."""
        for place, line in enumerate(block.content.split(b"\n")):
            if line.count(b'"') % 2:
                return block.line + place
        return block.line


def open_delimited(path: Path, headings: Collection[str]) -> Delimited:
    """Look at the beginning of a text file.

    Args:
        path: The file.
        headings: Declared headings; the delimiter is the one that finds most of them.

    Raises:
        Irregular: If it cannot be read in blocks of lines.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            size = file.seek(0, io.SEEK_END)
    except OSError as error:
        raise cannot_open(path, error) from error
    if looks_like_utf16(head):
        raise Irregular(1, "the text is UTF-16")
    start = len(_BOM) if head.startswith(_BOM) else 0
    end = head.find(b"\n", start) + 1 or (len(head) if len(head) < _HEAD else 0)
    first = head[start:end]
    if not end or b"\x00" in first or b"\r" in first.removesuffix(b"\r\n").removesuffix(b"\r"):
        raise Irregular(1, "the line does not end as others do")
    if _SEP.match(first):
        raise Irregular(1, "the line names the delimiter")
    if first.count(b'"') % 2:
        raise Irregular(1, "a heading goes on in the next line")
    delimiter = find_delimiter(decode_mixed(head[start:])[0], headings)
    text = decode_mixed(first)[0]
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise Irregular(1, "a quotation mark stands inside a heading") from error
    if len(cells) < 2:
        raise Irregular(1, "the line holds no headings")
    below = head[end:]
    mean = len(below) / max(below.count(b"\n"), 1) if below else 1
    most = min(BLOCK, max(0.9 * ROWS * mean, 1024))
    # of one size, so that the last one has enough rows to tell footers from records
    count = max(math.ceil((size - end) / most), 1)
    return Delimited(path, tuple(cells), delimiter, end, (size - end) // count + SLACK)


class _Column:
    """A column of a block: its cells, blank ones taken for empty."""

    def __init__(self, array: pa.DictionaryArray) -> None:
        self.array = array

    @cached_property
    def cells(self) -> Cells:
        places = self.array.indices.fill_null(NOTHING).to_numpy(zero_copy_only=False)
        texts = self.array.dictionary.to_pylist()
        return Cells(places, texts).without([not text.strip() for text in texts])

    def found(self, pattern: str) -> list[int]:
        """Places of the texts in which the pattern is found."""
        found = pc.match_substring_regex(self.array.dictionary, pattern)
        return np.flatnonzero(found.to_numpy(zero_copy_only=False)).tolist()


@dataclass
class _Context:
    """What is needed to turn columns of a block into rows of a record."""

    file: Delimited
    header: Header
    source: Source
    record: Record
    concepts: Mapping[str, Concept]
    coders: Mapping[str, Coder]

    def batch(self, parsed: Parsed) -> Iterator[Batch]:
        """The rows of a block, in batches."""
        self.file.singles |= parsed.singles
        self.file.others |= parsed.others
        columns = [_Column(array) for array in parsed.columns]
        for place, name in enumerate(self.header.names):
            if not name and place not in self.file.unnamed and (columns[place].cells.places != NOTHING).any():
                self.file.unnamed.add(place)
        cells: dict[str, Cells] = {}
        for concept in self.record.concepts:
            if concept in self.header.columns:
                found = [
                    join_columns([columns[place].cells for place in places], self.concepts[concept], self.source)
                    for places in self.header.columns[concept]
                ]
                cells[concept], differing = coalesce(found)
                if differing:
                    self.file.differing[concept] = self.file.differing.get(concept, 0) + differing
        numbers = parsed.numbers
        kept = self._filled(columns, cells, len(numbers))
        if kept is not None:
            numbers = numbers[kept]
            columns = [_Column(column.array.take(pa.array(kept))) for column in columns]
            cells = {name: own.rows(kept) for name, own in cells.items()}
        excluded = self._excluded(columns, cells, len(numbers), parsed.is_last)
        for start in range(0, len(numbers), ROWS):
            part = np.arange(start, min(start + ROWS, len(numbers)))
            whole = len(part) == len(numbers)
            yield Batch(
                "",
                numbers[part],
                excluded if whole else excluded.rows(part),
                cells if whole else {name: own.rows(part) for name, own in cells.items()},
            )

    def _filled(self, columns: Sequence[_Column], cells: Mapping[str, Cells], rows: int) -> np.ndarray | None:
        """The rows that are not blank; none where all are filled."""
        keys = [cells[name] for name in self.record.row_key if name in cells]
        suspect = np.ones(rows, dtype=bool)
        for key in keys:
            suspect &= key.places == NOTHING
        if not suspect.any():
            return None
        for column in columns:
            suspect &= column.cells.places == NOTHING
        return np.flatnonzero(~suspect) if suspect.any() else None

    def _excluded(self, columns: Sequence[_Column], cells: Mapping[str, Cells], rows: int, is_last: bool) -> Cells:
        """Why rows are no records. Only rows that may be none are looked at one by one."""
        if not rows:
            return constant("", rows)
        if is_last and not self._is_record(cells, rows - 1):
            candidates = np.arange(rows)
        else:
            is_last = False
            candidates = np.flatnonzero(self._may_be_total(columns, rows) | self._may_be_heading(columns, rows))
        if not len(candidates):
            return constant("", rows)
        taken = [column.cells.rows(candidates).to_series().fillna("").tolist() for column in columns]
        lines = list(zip(*taken, strict=True))
        counts = np.asarray([sum(1 for cell in line if cell) for line in lines])
        texts = pd.DataFrame({name: own.rows(candidates).to_series() for name, own in cells.items()})
        found = classify(
            lines, counts, texts, [self.file.headings], self.source, self.record, self.concepts, self.coders,
            to_the_end=is_last,
        )  # fmt: skip
        reasons = np.full(rows, "", dtype=object)
        reasons[candidates] = found.to_numpy(dtype=object)
        return Cells.of(pd.Series(reasons, dtype="str"))

    def _is_record(self, cells: Mapping[str, Cells], row: int) -> bool:
        """Whether a row is surely a record: it has a number, and a required cell is known."""
        one = {name: own.rows(np.array([row])).to_series() for name, own in cells.items()}
        known = [name for name in self.record.required if name in one and name in self.coders]
        keys = [name for name in self.record.row_key if name in one]
        has_key = any(not is_missing(one[name], self.concepts[name], self.source).all() for name in keys)
        return has_key and any(bool(self.coders[name].knows(one[name]).any()) for name in known)

    def _may_be_total(self, columns: Sequence[_Column], rows: int) -> np.ndarray:
        found = np.zeros(rows, dtype=bool)
        pattern = total_beginning(self.source)
        for column in columns if pattern else ():
            texts = column.cells.texts
            words = {place for place in column.found(pattern) if self._is_total_word(texts[place])}
            if words:
                found |= marked([place in words for place in range(len(texts))], column.cells.places)
        return found

    def _is_total_word(self, text: str) -> bool:
        folded = normalise_spelling(text)
        return any(folded.startswith(normalise_spelling(word)) for word in self.source.totals)

    def _may_be_heading(self, columns: Sequence[_Column], rows: int) -> np.ndarray:
        """Rows in which the heading of a column stands below itself."""
        least = min(range(len(columns)), key=lambda place: self._cost(columns, place))
        heading = normalise_spelling(self.file.headings[least])
        column = columns[least]
        size = len(heading)
        same = [size <= len(text) <= 3 * size and normalise_spelling(text) == heading for text in column.cells.texts]
        found = marked(same, column.cells.places) if any(same) else np.zeros(rows, dtype=bool)
        # the numbers of the columns may stand below their headings
        found[:1] = True
        return found

    def _cost(self, columns: Sequence[_Column], place: int) -> float:
        named = normalise_spelling(self.file.headings[place]) != ""
        return len(columns[place].array.dictionary) if named else float("inf")
