"""Rows that are read together: the cells of each concept, every different text once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from lm_stats.spec import Record, Source

ROWS = 250_000
# rows of a sheet up to which it is looked at together with others
SMALL = 50_000
NOTHING = -1


@dataclass(frozen=True)
class Cells:
    """The cells of one column or concept.

    Attributes:
        places: For each row the place of its text in `texts` (int32), or `NOTHING` where it is empty.
        texts: Their texts, among which may be some that stand nowhere.
        labels: The label that the file gives each text, where it has labels.
        reasons: Why a text means that the cell is empty, where the file says so.
    """

    places: np.ndarray
    texts: Sequence[str]
    labels: Sequence[str | None] = ()
    reasons: Sequence[str | None] = ()

    @classmethod
    def of(cls, values: pd.Series) -> Cells:
        """The cells of a column of texts."""
        places, texts = pd.factorize(values)
        return cls(places.astype(np.int32), pd.Series(texts, dtype="str").to_numpy(dtype=object).tolist())

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def is_empty(self) -> np.ndarray:
        """Whether each row has no text, or one that means so to the file."""
        return marked([reason is not None for reason in self.reasons] or [False] * len(self.texts), self.places, True)

    def without(self, empty: Sequence[bool]) -> Cells:
        """The cells with some texts taken for none."""
        if not any(empty):
            return self
        kept = np.where(np.append(empty, True), NOTHING, np.arange(len(self.texts) + 1)).astype(np.int32)
        return Cells(kept[self.places], self.texts, self.labels, self.reasons)

    def rows(self, kept: np.ndarray) -> Cells:
        """The cells of some rows, and the texts that stand there."""
        used, places = np.unique(self.places[kept], return_inverse=True)
        empty = int(len(used) > 0 and used[0] == NOTHING)
        chosen = used[empty:].tolist()
        return Cells(
            (places - empty).astype(np.int32),
            [self.texts[place] for place in chosen],
            [self.labels[place] for place in chosen] if self.labels else (),
            [self.reasons[place] for place in chosen] if self.reasons else (),
        )

    def to_series(self) -> pd.Series:
        """The texts of all rows, missing where there is none."""
        taken = pd.array([*self.texts, None], dtype="str").take(self.places % (len(self.texts) + 1))
        return pd.Series(taken)


@dataclass(frozen=True)
class Batch:
    """Rows of one sheet or file, at most `ROWS` of them, blank ones left out.

    Attributes:
        sheet: Name of the sheet; empty for a file that has none.
        numbers: Row number in the sheet or file (int32).
        excluded: Why a row is no record (`heading`, `total`, `footer`), or an empty text.
        cells: Cells by concept.
        shifted: Rows whose cells may stand in the wrong columns, or none where it is certain that no row is so.
    """

    sheet: str
    numbers: np.ndarray
    excluded: Cells
    cells: Mapping[str, Cells]
    shifted: np.ndarray | None = None


@dataclass(frozen=True)
class Piece:
    """The rows of one sheet or file.

    Attributes:
        file: Name of the file.
        record: Their type.
        source: The source as it stands for them.
        concepts: Concepts that are delivered.
        labelled: Those of them for which the file has labels.
        reasoned: Those of them for which it may say why a cell is empty.
        batches: The rows; read once, in order.
    """

    file: str
    record: Record
    source: Source
    concepts: frozenset[str]
    batches: Iterator[Batch]
    labelled: frozenset[str] = frozenset()
    reasoned: frozenset[str] = frozenset()


def gather(pieces: Iterable[Piece]) -> Iterator[tuple[Cells, Cells, Batch]]:
    """The rows of some pieces in order, those of small sheets together: a batch has its costs, however small it is.

    Args:
        pieces: The pieces, all of one type of rows.

    Returns:
        For each batch the file and the sheet of each row, and the batch; its own `sheet` is that of the first row.
    """
    held: list[tuple[str, Batch]] = []
    rows = 0
    for piece in pieces:
        for batch in piece.batches:
            explained = any(cells.labels or cells.reasons for cells in batch.cells.values())
            alone = explained or len(batch.numbers) > SMALL
            if held and (alone or rows + len(batch.numbers) > ROWS):
                yield _together(held)
                held, rows = [], 0
            held.append((piece.file, batch))
            rows += len(batch.numbers)
            if alone:
                yield _together(held)
                held, rows = [], 0
    if held:
        yield _together(held)


def _together(held: Sequence[tuple[str, Batch]]) -> tuple[Cells, Cells, Batch]:
    sizes = [len(batch.numbers) for _, batch in held]
    files = _joined([constant(file, size) for (file, _), size in zip(held, sizes, strict=True)])
    sheets = _joined([constant(batch.sheet, size) for (_, batch), size in zip(held, sizes, strict=True)])
    first = held[0][1]
    if len(held) == 1:
        return files, sheets, first
    batches = [batch for _, batch in held]
    nothing = [Cells(np.full(size, NOTHING, dtype=np.int32), []) for size in sizes]
    concepts = dict.fromkeys(name for batch in batches for name in batch.cells)
    cells = {
        name: _joined([batch.cells.get(name, empty) for batch, empty in zip(batches, nothing, strict=True)])
        for name in concepts
    }
    shifted = None
    if any(batch.shifted is not None for batch in batches):
        shifted = np.concatenate(
            [np.zeros(size, dtype=bool) if batch.shifted is None else batch.shifted
             for batch, size in zip(batches, sizes, strict=True)]
        )  # fmt: skip
    numbers = np.concatenate([batch.numbers for batch in batches])
    return files, sheets, Batch(first.sheet, numbers, _joined([batch.excluded for batch in batches]), cells, shifted)


def _joined(parts: Sequence[Cells]) -> Cells:
    """The cells of several columns one below the other, every text once; none of them has labels or reasons."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(len(part.texts) for part in parts[:-1])])
    places = [
        np.where(part.places == NOTHING, NOTHING, part.places + start).astype(np.int32)
        for part, start in zip(parts, starts, strict=True)
    ]
    return encode(np.concatenate(places), [text for part in parts for text in part.texts])


def marked(marks: Sequence[bool], places: np.ndarray, otherwise: bool = False) -> np.ndarray:
    """The mark of each row's text; `otherwise` where a row has none."""
    found: np.ndarray = np.append(np.asarray(marks, dtype=bool), otherwise)[places]
    return found


def constant(text: str, rows: int) -> Cells:
    """Cells that all hold one text."""
    return Cells(np.zeros(rows, dtype=np.int32), [text])


def encode(places: np.ndarray, values: Sequence[str | None]) -> Cells:
    """Cells in which every text stands once, whatever stood twice or was none."""
    codes, unique = pd.factorize(np.asarray([*values, None], dtype=object))
    codes = codes.astype(np.int32)
    if len(unique) == len(values):
        return Cells(places, unique.tolist())
    return Cells(codes[places], unique.tolist())


def to_arrow(cells: Cells) -> pa.DictionaryArray:
    """The cells as texts with a dictionary."""
    indices = pa.array(cells.places, mask=cells.places == NOTHING)
    return pa.DictionaryArray.from_arrays(indices, pa.array(cells.texts, type=pa.string()))


def join(parts: Sequence[Cells], plain: Callable[[str], str]) -> Cells:
    """The texts of several columns joined by hyphens, none where one of them is empty.

    Args:
        parts: The columns.
        plain: What makes a text ready to be joined.
    """
    joined = parts[0].without([reason is not None for reason in parts[0].reasons])
    joined = Cells(joined.places, [plain(text) for text in joined.texts])
    for part in parts[1:]:
        last = part.without([reason is not None for reason in part.reasons])
        texts = [plain(text) for text in last.texts]
        width = max(len(texts), 1)
        pairs = joined.places.astype(np.int64) * width + last.places
        pairs[(joined.places == NOTHING) | (last.places == NOTHING)] = NOTHING
        places, unique = _factorize_pairs(pairs)
        first = joined.texts
        joined = Cells(places, ["" if pair < 0 else f"{first[pair // width]}-{texts[pair % width]}" for pair in unique])
    return joined


def _factorize_pairs(pairs: np.ndarray) -> tuple[np.ndarray, list[int]]:
    # the rows of a household stand together, so a run of one pair is looked up once
    starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])) if len(pairs) else np.zeros(0, dtype=np.int64)
    codes, unique = pd.factorize(pairs[starts])
    gone = np.flatnonzero(unique == NOTHING)
    if len(gone):
        codes = np.where(codes == gone[0], NOTHING, codes)
    lengths = np.diff(np.append(starts, len(pairs)))
    return np.repeat(codes, lengths).astype(np.int32), unique.tolist()


def coalesce(columns: Sequence[Cells]) -> tuple[Cells, int]:
    """The first filled cell of each row, and how often a later one differs from it."""
    first = columns[0]
    differing = np.zeros(len(first), dtype=bool)
    for later in columns[1:]:
        size = len(first.texts)
        texts = [*first.texts, *later.texts]
        codes = np.append(pd.factorize(np.asarray(texts, dtype=object))[0], NOTHING)
        shifted = np.where(later.places == NOTHING, NOTHING, later.places + size).astype(np.int32)
        both = ~first.is_empty & ~later.is_empty
        differing |= both & (codes[first.places] != codes[shifted])
        # a cell that is empty for a reason still says more than one that is just empty
        taken = first.is_empty & ((first.places == NOTHING) | ~later.is_empty) & (later.places != NOTHING)
        first = Cells(
            np.where(taken, shifted, first.places).astype(np.int32),
            texts,
            _padded(first.labels, size, later.labels, len(later.texts)),
            _padded(first.reasons, size, later.reasons, len(later.texts)),
        )
    return first, int(differing.sum())


def _padded(first: Sequence[str | None], size: int, later: Sequence[str | None], more: int) -> Sequence[str | None]:
    if not first and not later:
        return ()
    return [*(first or [None] * size), *(later or [None] * more)]
