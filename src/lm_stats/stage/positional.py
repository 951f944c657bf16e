"""Files of fixed width, of which a dictionary says what stands where: lines of several types, read column by column."""

from __future__ import annotations

import codecs
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from lm_stats.spec import Fault, Problem
from lm_stats.stage.batches import NOTHING, ROWS, Cells, encode
from lm_stats.stage.dictionaries import Dictionary, Item, RecordType
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.labelled import Labelled, Slab
from lm_stats.stage.wording import shown

BLOCK = 16 * 1024**2
LONGEST = 4 * 1024**2
# of a line that is of no type of the dictionary, one that is blank, and one that was erased
_UNKNOWN, _BLANK, _ERASED = -1, -2, -3
_NEWLINE, _RETURN, _SPACE, _TILDE, _END_OF_FILE = 10, 13, 32, 126, 26
_SHOWN = 10
_ASCII = 128
_LATIN = bytes(range(256)).decode("latin-1")
_WINDOWS = bytes(range(256)).decode("cp1252", "replace")
# up to this many characters it is quicker to take one after the other
_NARROW = 8
# lines of another length than nearly all others are told of: from so many lines on, up to that share of them
_FEW_LINES, _FEW = 20, 0.05


@dataclass(frozen=True)
class _Span:
    """Whole lines of a file: first byte, how many bytes, the first line (from 0), and how many lines."""

    start: int
    size: int
    line: int
    count: int


@dataclass(frozen=True)
class _Block:
    """Lines as characters: one number for each, with blanks behind the last; where each line begins and ends.

    The numbers are bytes that stand for `letters`, or code points where more letters occur than bytes can stand for.
    """

    characters: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    letters: str

    def cut(self, lines: np.ndarray, start: int, width: int) -> np.ndarray:
        """Some characters of some lines, blank where a line has ended."""
        first = self.starts[lines] + start
        if width <= _NARROW:
            found = np.empty((len(lines), width), dtype=self.characters.dtype)
            for place in range(width):
                found[:, place] = self.characters[np.minimum(first + place, len(self.characters) - 1)]
        else:
            windows = np.lib.stride_tricks.sliding_window_view(self.characters, width)
            found = windows[np.minimum(first, len(windows) - 1)]
        short = np.flatnonzero(self.ends[lines] < first + width)
        if len(short):
            beyond = (first[short, None] + np.arange(width)) >= self.ends[lines[short], None]
            found[short] = np.where(beyond, _SPACE, found[short])
        return found

    def read(self, lines: np.ndarray, item: Item) -> Cells:
        """The cells of an item, as `Item.read` gives them."""
        found = self.cut(lines, item.start, item.width)
        places, raw = _encode(found)
        return encode(places, [item.read(self._text(characters)) for characters in raw])

    def points(self, found: np.ndarray) -> np.ndarray:
        """Characters as code points, where bytes would not do."""
        if found.itemsize > 1 or found.max(initial=0) < _ASCII:
            return found
        table: np.ndarray = np.array([ord(letter) for letter in self.letters], dtype="<u4")[found]
        return table

    def _text(self, characters: bytes) -> str:
        if self.characters.itemsize > 1:
            return characters.decode("utf-32-le")
        return codecs.charmap_decode(characters, "replace", self.letters)[0]


def _encode(found: np.ndarray) -> tuple[np.ndarray, list[bytes]]:
    """For each row of characters its place among those that differ, and these."""
    whole = np.ascontiguousarray(found)
    size = whole.shape[1] * whole.itemsize
    rows = pa.Array.from_buffers(pa.binary(size), len(whole), [None, pa.py_buffer(whole)])
    encoded = rows.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32), encoded.dictionary.to_pylist()


@dataclass
class _Trouble:
    """Lines of one kind of trouble: how many, and the first of them."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, lines: np.ndarray) -> None:
        self.count += len(lines)
        self.lines += (lines[: _SHOWN - len(self.lines)] + 1).tolist()

    def __str__(self) -> str:
        return f"(line{'s' * (self.count > 1)} {', '.join(map(str, self.lines))}{', ...' * (self.count > _SHOWN)})"


class Lines:
    """The lines of a file of fixed width: of which type each is, and of which questionnaire.

    Args:
        path: The file.
        dictionary: Its description.

    Raises:
        Fault: If it cannot be read, or is not what the dictionary describes.
    """

    def __init__(self, path: Path, dictionary: Dictionary) -> None:
        self.path = path
        self.dictionary = dictionary
        self._reach = max(
            [item.end for record in dictionary.records for item in record.items]
            + [item.end for keys in dictionary.keys for item in keys]
            + [dictionary.mark_start + dictionary.mark_width, _NARROW]
        )
        self._problems: list[Problem] = []
        try:
            self._find_encoding()
            self._scan()
        except OSError as error:
            raise cannot_open(path, error) from error
        self._check()

    def take_problems(self) -> list[Problem]:
        """What a person should know of the file; told once, however many tables are read."""
        problems, self._problems = self._problems, []
        return problems

    def count(self, record: RecordType) -> int:
        """How many lines are of a type."""
        return int((self.types == self.dictionary.records.index(record)).sum())

    def blocks(self, records: Sequence[RecordType]) -> Iterator[tuple[_Span, _Block]]:
        """The blocks that hold lines of some types.

        Raises:
            Fault: If the file cannot be read any more.
        """
        wanted = [self.dictionary.records.index(record) for record in records]
        try:
            with self.path.open("rb") as file:
                for span in self._spans:
                    if np.isin(self.types[span.line : span.line + span.count], wanted).any():
                        file.seek(span.start)
                        block = self._block(file.read(span.size))
                        if len(block.starts) != span.count:
                            what = "the file was changed while it was read"
                            raise Fault(Problem(self.path.name, what, "Wait until it is copied, then try again."))
                        yield span, block
        except OSError as error:
            raise cannot_open(self.path, error) from error

    def lines_of(self, span: _Span, record: RecordType) -> np.ndarray:
        """Lines of a block that are of a type, from its first."""
        types = self.types[span.line : span.line + span.count]
        return np.flatnonzero(types == self.dictionary.records.index(record))

    def find_single(self, record: RecordType) -> np.ndarray:
        """For each questionnaire of the record's level the place of its line among those of the type, or `NOTHING`."""
        cases = self.cases[record.level][self.types == self.dictionary.records.index(record)]
        found = np.full(int(self.cases[record.level].max(initial=NOTHING)) + 1, NOTHING, dtype=np.int32)
        # the first of several is written last
        found[cases[::-1]] = np.arange(len(cases), dtype=np.int32)[::-1]
        return found

    def _find_encoding(self) -> None:
        with self.path.open("rb") as file:
            self._start = 3 if file.read(3) == codecs.BOM_UTF8 else 0
            self._encoding, decode = "ascii", codecs.getincrementaldecoder("utf-8")().decode
            file.seek(self._start)
            while chunk := file.read(BLOCK):
                if self._encoding == "ascii" and chunk.isascii():
                    continue
                self._encoding = "utf-8"
                try:
                    decode(chunk)
                except UnicodeDecodeError:
                    # one character is one byte in what older versions write
                    self._encoding = "utf-8" if self._start else "cp1252"
                    if self._start:
                        what = "some letters are damaged; they were replaced"
                        do = "Ask the office to save the file as UTF-8 again."
                        self._problems.append(Problem(self.path.name, what, do))
                    break

    def _scan(self) -> None:
        self._spans: list[_Span] = []
        types: list[np.ndarray] = []
        unknown, erased, longer = _Trouble(), _Trouble(), _Trouble()
        lengths: Counter[int] = Counter()
        self._short = 0
        keys = _Keys(self.dictionary)
        # blanks at the end of a line may be cut off, but not so many
        described = [max(item.end for item in record.items) for record in self.dictionary.records if record.items]
        least = max((item.end for item in self.dictionary.keys[0]), default=min(described, default=0) // 2)
        line = 0
        for start, content in self._read_blocks():
            block = self._block(content)
            span = _Span(start, len(content), line, len(block.starts))
            found = self._find_types(block)
            self._spans.append(span)
            types.append(found)
            unknown.add(np.flatnonzero(found == _UNKNOWN) + line)
            erased.add(np.flatnonzero(found == _ERASED) + line)
            longer.add(self._find_longer(block, found) + line)
            known = np.flatnonzero(found >= 0)
            sizes, counts = np.unique((block.ends - block.starts)[known], return_counts=True)
            lengths.update(dict(zip(sizes.tolist(), counts.tolist(), strict=True)))
            self._short += int(((block.ends - block.starts)[found > _BLANK] < least).sum())
            keys.add(block, known, found[known])
            line += span.count
        self._tell_cut(line)
        self._tell_lengths(lengths)
        self.types = np.concatenate(types) if types else np.zeros(0, dtype=np.int16)
        self._unknown = unknown
        self._tell(unknown, "lines of no record type that the dictionary describes were left out",
                   "Ask the office which dictionary describes them.")  # fmt: skip
        self._tell(erased, "lines marked as erased (~) were left out", "Nothing, if they were meant to be erased.")
        self._tell(longer, "in some lines something stands beyond the last item of the dictionary; it was not read",
                   "Ask the office whether the dictionary is that of this file.")  # fmt: skip
        self.cases = keys.number(self.types)
        self._check_cases(keys)

    def _tell_lengths(self, lengths: Counter[int]) -> None:
        """Say that a few lines are longer or shorter than nearly all others: in these, items may be out of place."""
        lines = lengths.total()
        usual, count = max(lengths.items(), key=lambda pair: pair[1], default=(0, 0))
        if lines >= _FEW_LINES and 1 - _FEW < count / max(lines, 1) < 1:
            what = f"{lines - count} lines are longer or shorter than the other {count}, which have {usual} characters"
            do = "Ask the office whether something was inserted or cut off there; items may be out of place."
            self._problems.append(Problem(self.path.name, what, do))

    def _tell_cut(self, lines: int) -> None:
        """Say that the last line does not end as the others do."""
        with self.path.open("rb") as file:
            file.seek(-1, io.SEEK_END)
            ends = file.read() in (b"\n", b"\x1a", b"\x00")
        if lines > 1 and not ends:
            what = "the last line does not end as the others do, so the file may have been cut off in the middle of it"
            do = "Compare it with the copy of the office."
            self._problems.append(Problem(f"{self.path.name}, line {lines}", what, do))

    def _read_blocks(self) -> Iterator[tuple[int, bytes]]:
        with self.path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            start, rest = file.seek(self._start), b""
            while file.tell() < size:
                content = rest + file.read(BLOCK)
                cut = content.rfind(b"\n") + 1 if file.tell() < size else len(content)
                if not cut and len(content) > LONGEST + BLOCK:
                    what = f"a line is longer than {LONGEST // 1024**2} million characters"
                    raise Fault(Problem(self.path.name, what, "Ask the office for the file with one line a record."))
                if cut:
                    yield start, content[:cut]
                start, rest = start + cut, content[cut:]

    def _block(self, content: bytes) -> _Block:
        characters, letters = np.frombuffer(content, dtype=np.uint8), _WINDOWS
        if self._encoding == "utf-8" and not content.isascii():
            characters, letters = _one_each(content.decode("utf-8", "replace"), content)
        newlines = np.flatnonzero(characters == _NEWLINE)
        if len(characters) and (not len(newlines) or newlines[-1] != len(characters) - 1):
            newlines = np.append(newlines, len(characters))
        starts = np.append(0, newlines[:-1] + 1) if len(newlines) else newlines
        ends = newlines.copy()
        for _ in range(2):
            last = characters[np.maximum(ends - 1, 0)]
            # a carriage return, or two; the mark that ended files in former times stands alone
            ends -= (ends > starts) & ((last == _RETURN) | (last == _END_OF_FILE))
        blanks = np.full(self._reach, _SPACE, dtype=characters.dtype)
        return _Block(np.concatenate([characters, blanks]), starts, ends, letters)

    def _find_types(self, block: _Block) -> np.ndarray:
        every = np.arange(len(block.starts))
        found = np.full(len(every), _UNKNOWN, dtype=np.int16)
        dictionary = self.dictionary
        if dictionary.mark_width:
            marks = block.cut(every, dictionary.mark_start, dictionary.mark_width)
            for place, record in enumerate(dictionary.records):
                wanted = np.array([ord(letter) for letter in record.mark.ljust(dictionary.mark_width)])
                found[(marks == wanted).all(axis=1)] = place
        else:
            found[:] = 0
        first = block.characters[np.minimum(block.starts, len(block.characters) - 1)]
        filled = block.ends > block.starts
        found[filled & (first == _TILDE)] = _ERASED
        found[~filled] = _BLANK
        doubtful = np.flatnonzero(filled & (first == _SPACE))
        if len(doubtful):
            seen = np.append(np.int32(0), np.cumsum(block.characters != _SPACE, dtype=np.int32))
            found[doubtful[seen[block.ends[doubtful]] == seen[block.starts[doubtful]]]] = _BLANK
        return found

    def _find_longer(self, block: _Block, types: np.ndarray) -> np.ndarray:
        ends = [max(item.end for item in record.items) for record in self.dictionary.records]
        reach = np.array([*ends, self._reach])[np.where(types >= 0, types, len(ends))]
        longer = np.flatnonzero((types >= 0) & (block.ends - block.starts > reach))
        filled: np.ndarray = longer[block.characters[block.ends[longer] - 1] != _SPACE]
        return filled

    def _tell(self, lines: _Trouble, what: str, do: str) -> None:
        if lines.count:
            self._problems.append(Problem(f"{self.path.name} {lines}", f"{what}: {lines.count}", do))

    def _check(self) -> None:
        where = f"{self.path.name} with {shown(self.dictionary.file)}"
        filled = int((self.types != _BLANK).sum())
        if not filled:
            do = "Ask the office for the file with its records."
            raise Fault(Problem(self.path.name, "the file holds no lines", do))
        known = int((self.types >= 0).sum())
        do = "Deliver the data file together with the dictionary or codebook that it was made with."
        if self._unknown.count > known:
            count = self._unknown.count
            what = f"{count} of {count + known} lines are of no record type that the dictionary describes"
            raise Fault(Problem(where, f"{what}, so the two do not belong together", do))
        if self._short * 2 > filled:
            what = f"{self._short} of {filled} lines are far shorter than the dictionary describes"
            raise Fault(Problem(where, f"{what}, so the two do not belong together", do))

    def _check_cases(self, keys: _Keys) -> None:
        if not keys.are_known:
            return
        for record in self.dictionary.records:
            place = self.dictionary.records.index(record)
            cases = self.cases[record.level]
            own = cases[self.types == place]
            has = np.bincount(own[own >= 0], minlength=int(cases.max(initial=NOTHING)) + 1)
            firsts = _first_lines(cases)
            lacking, several, named = _Trouble(), _Trouble(), shown(record.name)
            if record.is_required:
                lacking.add(np.sort(firsts[(has == 0) & (firsts != NOTHING)]))
            if record.is_single:
                several.add(np.sort(firsts[has > 1]))
            self._tell(lacking, f"questionnaires without a record {named}, which is required",
                       "Ask the office whether the records are complete.")  # fmt: skip
            self._tell(several, f"questionnaires with more than the one record {named} that they may have",
                       "The first was joined to the others of the questionnaire; ask which one holds.")  # fmt: skip
        apart = _Trouble()
        apart.add(keys.parted(self.cases[0]))
        self._tell(apart, "questionnaires that go on after others have begun, each taken for one",
                   "Ask the office whether two questionnaires have the same identification.")  # fmt: skip


def _one_each(text: str, content: bytes) -> tuple[np.ndarray, str]:
    """A text as one number for each letter, and the letters that bytes stand for: bytes if few letters occur."""
    try:
        return np.frombuffer(text.encode("latin-1"), dtype=np.uint8), _LATIN
    except UnicodeEncodeError:
        others = set(content.translate(None, bytes(range(_ASCII))).decode("utf-8", "replace")) | {"\ufffd"}
    letters = (_LATIN[:_ASCII] + "".join(sorted(others))).ljust(256, "\ufffe")
    if len(letters) == 256:
        try:
            mapped, _ = codecs.charmap_encode(text, "strict", codecs.charmap_build(letters))
            return np.frombuffer(mapped, dtype=np.uint8), letters
        except UnicodeEncodeError:
            pass
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4"), letters


def _first_lines(cases: np.ndarray) -> np.ndarray:
    """For each questionnaire its first line."""
    found = np.full(int(cases.max(initial=NOTHING)) + 1, NOTHING, dtype=np.int64)
    known = np.flatnonzero(cases >= 0)[::-1]
    found[cases[known]] = known
    return found


class _Keys:
    """The questionnaires of a file, found by what identifies them, where it changes from line to line."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._changes: list[list[np.ndarray]] = [[] for _ in dictionary.keys]
        self._texts: list[list[np.ndarray]] = [[] for _ in dictionary.keys]
        self._last: list[np.ndarray | None] = [None for _ in dictionary.keys]

    @property
    def are_known(self) -> bool:
        """Whether anything identifies a questionnaire."""
        return bool(self._dictionary.keys[0]) or self._dictionary.is_ordered

    def add(self, block: _Block, lines: np.ndarray, types: np.ndarray) -> None:
        """Take in the lines of a block that are of a known type."""
        for level, keys in enumerate(self._dictionary.keys):
            if not self.are_known or not len(lines):
                continue
            found = block.points(np.hstack([block.cut(lines, *span) for span in _merged(keys) or [(0, 0)]]))
            if found.itemsize > 1 and found.max(initial=0) < _ASCII:
                found = found.astype(np.uint8)
            changes = np.append(True, (found[1:] != found[:-1]).any(axis=1))
            last = self._last[level]
            if last is not None:
                changes[0] = bool((found[0] != last).any())
            if self._dictionary.is_ordered:
                changes |= types == 0
            self._last[level] = found[-1]
            self._changes[level].append(changes)
            self._texts[level].append(found[changes])

    def number(self, types: np.ndarray) -> list[np.ndarray]:
        """For each level the number of the questionnaire that each line is of, or `NOTHING`."""
        numbered = []
        for changes, texts in zip(self._changes, self._texts, strict=True):
            cases = np.full(len(types), NOTHING, dtype=np.int32)
            known = types >= 0
            if not self.are_known:
                cases[known] = np.arange(int(known.sum()), dtype=np.int32)
            elif changes:
                runs = np.cumsum(np.concatenate(changes)) - 1
                if self._dictionary.is_ordered:
                    cases[known] = runs
                else:
                    widest = max(text.itemsize for text in texts)
                    own = np.concatenate([text.astype(f"<u{widest}") for text in texts])
                    cases[known] = _encode(own)[0][runs]
            numbered.append(cases)
        return numbered

    def parted(self, cases: np.ndarray) -> np.ndarray:
        """Lines at which a questionnaire goes on after others have begun."""
        known = np.flatnonzero(cases >= 0)
        own = cases[known]
        begins = np.append(True, own[1:] != own[:-1]) if len(own) else np.zeros(0, dtype=bool)
        firsts = np.zeros(int(own.max(initial=NOTHING)) + 1, dtype=np.int64)
        starts = np.flatnonzero(begins)[::-1]
        firsts[own[starts]] = starts
        again = np.flatnonzero(begins)
        going_on: np.ndarray = known[again[firsts[own[again]] != again]]
        return going_on


def _merged(items: Sequence[Item]) -> list[tuple[int, int]]:
    """First places and widths of items, those that stand side by side as one."""
    spans: list[tuple[int, int]] = []
    for item in sorted(items, key=lambda item: item.start):
        if spans and sum(spans[-1]) == item.start:
            spans[-1] = (spans[-1][0], spans[-1][1] + item.width)
        else:
            spans.append((item.start, item.width))
    return spans


@dataclass
class Positional(Labelled):
    """The lines of one type of a file of fixed width.

    Attributes:
        record: The type.
        lines: The lines of the file.
        own: Names of the columns that stand in the lines themselves.
        joined: Columns that stand in a single record of the same questionnaire, by name.
    """

    record: RecordType
    lines: Lines
    own: Mapping[str, Item]
    joined: Mapping[str, tuple[RecordType, Item]]

    def has_labels(self, name: str) -> bool:
        """Whether values of an item have labels."""
        return self._item(name).has_labels

    def has_reasons(self, name: str) -> bool:
        """Whether special values say why a cell is empty."""
        return self._item(name).has_reasons

    def _item(self, name: str) -> Item:
        return self.own[name] if name in self.own else self.joined[name][1]

    def slabs(self, names: Sequence[str], decimals: Mapping[str, str]) -> Iterator[Slab]:
        """Read some items, in order of the lines."""
        singles = self._read_singles([name for name in names if name in self.joined])
        for span, block in self.lines.blocks([self.record]):
            found = self.lines.lines_of(span, self.record)
            for first in range(0, len(found), ROWS):
                chosen = found[first : first + ROWS]
                cells = {}
                for name in names:
                    item = self._item(name)
                    if name in self.own:
                        plain = block.read(chosen, item)
                    else:
                        record, _ = self.joined[name]
                        whole, places = singles[name], self._places[record.name]
                        lines = places[self.lines.cases[record.level][chosen + span.line]]
                        plain = Cells(np.append(whole.places, np.int32(NOTHING))[lines], whole.texts)
                        plain = plain.rows(np.arange(len(lines)))
                    cells[name] = _finish(plain, item, decimals.get(name, "."))
                yield Slab((chosen + span.line + 1).astype(np.int32), cells)
        self.warnings += self.lines.take_problems()

    def _read_singles(self, names: Sequence[str]) -> dict[str, Cells]:
        """The cells of single records, all lines of the type in their order."""
        records = {self.joined[name][0].name: self.joined[name][0] for name in names}
        self._places = {name: self.lines.find_single(record) for name, record in records.items()}
        parts: dict[str, list[Cells]] = {name: [] for name in names}
        if names:
            for span, block in self.lines.blocks(list(records.values())):
                for record in records.values():
                    found = self.lines.lines_of(span, record)
                    for name in names:
                        if self.joined[name][0] is record:
                            parts[name].append(block.read(found, self.joined[name][1]))
        return {name: _append(cells) for name, cells in parts.items()}


def _append(parts: Sequence[Cells]) -> Cells:
    """The cells of one column, block after block."""
    texts: list[str] = []
    places: list[np.ndarray] = [np.zeros(0, dtype=np.int32)]
    for cells in parts:
        places.append(np.where(cells.places == NOTHING, NOTHING, cells.places + len(texts)).astype(np.int32))
        texts += cells.texts
    return encode(np.concatenate(places), texts)


def _finish(cells: Cells, item: Item, decimal: str) -> Cells:
    """Cells with their labels and reasons, their texts as they are staged."""
    return Cells(
        cells.places,
        [item.write(text, decimal) for text in cells.texts],
        [item.label(text) for text in cells.texts] if item.has_labels else (),
        [item.reason(text) for text in cells.texts] if item.has_reasons else (),
    )


def open_tables(dictionary: Dictionary, data: Path) -> list[Labelled]:
    """The tables of a file, one for each type of lines, with the single records of the same questionnaire joined.

    To lines of a type that may stand several times in a questionnaire, the items of the types that stand there once
    are joined, if these are of the same level or of a higher one.

    Args:
        dictionary: The description of the file.
        data: The file.

    Raises:
        Fault: If it cannot be read, or is not what the dictionary describes.
    """
    lines = Lines(data, dictionary)
    tables: dict[str, Labelled] = {}
    # what is joined comes first
    for record in sorted(dictionary.records, key=lambda record: (record.level, not record.is_single)):
        own = {item.name: item for item in record.items}
        others = [other for other in dictionary.records if _carries(record, other)]
        joined: dict[str, tuple[RecordType, Item]] = {}
        for other in others:
            for item in other.items:
                if item.name not in own:
                    joined.setdefault(item.name, (other, item))
        titles = [item.title for item in own.values()] + [item.title for _, item in joined.values()]
        sheet, names, rows = record.name if len(dictionary.records) > 1 else "", (*own, *joined), lines.count(record)
        tables[record.name] = Positional(
            data, dictionary.form, sheet, names, tuple(titles), rows, record, lines, own, joined,
            above=tuple(tables[other.name] for other in others),
            inherited=frozenset(item.name for other in others for item in other.items),
        )  # fmt: skip
    return list(tables.values())


def _carries(record: RecordType, other: RecordType) -> bool:
    """Whether the single record of a questionnaire is joined to the lines of a type."""
    is_above = other.level < record.level or (other.level == record.level and not record.is_single)
    return other is not record and other.is_single and is_above
