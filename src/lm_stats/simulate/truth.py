"""The truth of unit records: tables as a pipeline without fault yields them, written as they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.compile.arrow import columns_schema
from lm_stats.compile.arrow import schema as arrow_schema
from lm_stats.simulate.persons import EMPTY, Block, Vocabulary
from lm_stats.spec import Concept, Table

# of the survey's table, what belongs to a round and not to the universe that it is drawn from
OF_A_ROUND = ("weight", "survey", "source", "delivery_id", "source_file", "source_row")
PERSON = pa.field("true_person_id", pa.string(), nullable=False)


class Truth:
    """Files of the folder `truth`, each begun with its first rows and put in place when all are written.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._open.values():
            writer.close()
        if kind is None:
            for name in self._open:
                self._beside(name).replace(self._folder / f"{name}.parquet")
            # of an earlier simulation with other parts
            for path in self._folder.glob("*.parquet"):
                if path.stem not in self._open:
                    path.unlink()
        for name in self._open:
            self._beside(name).unlink(missing_ok=True)

    def add(self, name: str, rows: pa.Table) -> None:
        """Write rows to a file; those of the first call say its columns."""
        if name not in self._open:
            self._open[name] = pq.ParquetWriter(self._beside(name), rows.schema, compression="zstd")
        self._open[name].write_table(rows)

    def _beside(self, name: str) -> Path:
        return self._folder / f"{name}.parquet.part"


def true_table(
    table: Table,
    concepts: Mapping[str, Concept],
    vocabulary: Vocabulary,
    block: Block,
    given: Mapping[str, object],
    *,
    without: Sequence[str] = (),
) -> pa.Table:
    """Rows of a table.

    Args:
        table: The table.
        concepts: Concepts by id.
        vocabulary: Codes that records may carry.
        block: Columns of the world (see `lm_stats.simulate.persons`); those that are not there stay empty.
        given: Columns that are no part of the world: one value for all rows, or an Arrow array. `true_person_id`
            is one of them.
        without: Columns of the table that are left out.
    """
    names = [name for name in table.columns if name not in without]
    schema = arrow_schema(table, concepts) if not without else columns_schema(names, concepts, table.not_null)
    number = len(next(iter(block.values())))
    columns = []
    for field in schema:
        value = given.get(field.name)
        if isinstance(value, pa.Array):
            columns.append(value.cast(field.type))
        elif value is not None:
            columns.append(pa.repeat(pa.scalar(value, field.type), number))
        elif field.name in block:
            columns.append(_column(concepts[field.name], vocabulary, block[field.name], field.type))
        else:
            columns.append(pa.nulls(number, field.type))
    return pa.table([*columns, given["true_person_id"]], schema=schema.append(PERSON))


def _column(concept: Concept, vocabulary: Vocabulary, values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if concept.type == "code":
        return pa.array(vocabulary.of_concept(concept.id), pa.string()).take(pa.array(values, mask=values == EMPTY))
    if concept.type == "integer":
        return pa.array(values, mask=values == EMPTY).cast(kind)
    return pa.array(values, kind, mask=np.isnan(values))


def numbered(prefix: str, first: int, number: int) -> pa.Array:
    """Texts `<prefix>00000001`, as many as asked for, counting from `first`."""
    digits = pc.utf8_lpad(pa.array(np.arange(first, first + number)).cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise(prefix, digits, "")
