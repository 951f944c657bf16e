"""Columns of texts, so that the work on a text is done once and not once a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Texts:
    """A column as its distinct texts and the place of each row's text among them.

    Attributes:
        distinct: The texts (`str`), none of them missing; some may belong to no row.
        places: For each row the place of its text in `distinct`; -1 where it has none.
    """

    distinct: pd.Series
    places: Places

    @classmethod
    def of(cls, column: pa.Array) -> Texts:
        """A column of an Arrow table, of texts or of a dictionary of texts."""
        if not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        distinct = pd.Series(column.dictionary.to_pandas(), dtype="str")
        places = column.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        return cls(distinct, places)

    @classmethod
    def constant(cls, text: str, rows: int) -> Texts:
        """The same text in each row."""
        return cls(pd.Series([text], dtype="str"), np.zeros(rows, dtype=np.int64))

    @property
    def filled(self) -> Flags:
        """Rows that have a text."""
        return self.places >= 0

    @property
    def series(self) -> pd.Series:
        """The text of each row."""
        return self.spread(self.distinct)

    def spread(self, values: pd.Series) -> pd.Series:
        """A value for each distinct text as a column of rows; missing where a row has no text."""
        if values.empty:
            return pd.Series(None, index=range(len(self.places)), dtype=values.dtype)
        return pd.Series(pd.api.extensions.take(values.array, self.places, allow_fill=True))

    def rows(self, flags: pd.Series) -> Flags:
        """Rows whose text is marked; those without a text are not."""
        return np.append(flags.to_numpy(dtype=bool), False)[self.places]

    def emptied(self, rows: Flags) -> Texts:
        """The column without the texts of some rows."""
        return Texts(self.distinct, np.where(rows, -1, self.places)) if rows.any() else self

    def filled_with(self, text: str) -> Texts:
        """The column with a text where rows had none."""
        distinct = pd.concat([self.distinct, pd.Series([text], dtype="str")], ignore_index=True)
        return Texts(distinct, np.where(self.filled, self.places, len(self.distinct)))


def recode(values: pd.Series, codes: Mapping[str, str]) -> pd.Series:
    """Texts by a table of correspondence; missing where a text is not in it or empty there."""
    texts = Texts.of(pa.array(values))
    return texts.spread(pd.Series([codes.get(text) or None for text in texts.distinct], dtype="str"))


def combinations(
    columns: Sequence[np.ndarray[Any, Any]], rows: int
) -> tuple[Places, list[tuple[tuple[int, int], ...]]]:
    """Which values above 0 come together in a row.

    Args:
        columns: Whole numbers for each row; 0 says nothing.
        rows: Number of rows.

    Returns:
        For each row the place of its combination, and the combinations: pairs of the number of the column
        and its value, in order of the columns.
    """
    places: Places = np.zeros(rows, dtype=np.int64)
    found: list[tuple[tuple[int, int], ...]] = [()]
    for number, column in enumerate(columns):
        if not column.any():
            continue
        radix = int(column.max()) + 1
        places, joint = pd.factorize(places * radix + column)
        found = [found[one // radix] + (((number, one % radix),) if one % radix else ()) for one in map(int, joint)]
    return places, found


def read_batches(path: Path, plain: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file of texts batch by batch, in order.

    Args:
        path: The file.
        plain: Columns that hardly repeat a text; all other texts are read as dictionaries.
        size: Rows of a batch at most.
    """
    schema = pq.read_schema(path)
    texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    with pq.ParquetFile(path, read_dictionary=[name for name in texts if name not in plain]) as file:
        for groups in _together([file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)], size):
            if len(groups) == 1:
                yield from file.iter_batches(batch_size=size, row_groups=groups)
            else:
                yield from file.read_row_groups(groups).unify_dictionaries().combine_chunks().to_batches()


def _together(rows: Sequence[int], size: int) -> Iterator[list[int]]:
    """Neighbouring row groups that together are no larger than a batch: a workbook has one for each sheet."""
    groups: list[int] = []
    for number, count in enumerate(rows):
        if groups and sum(rows[n] for n in groups) + count > size:
            yield groups
            groups = []
        groups.append(number)
    if groups:
        yield groups
