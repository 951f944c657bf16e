"""Values of published tables: one row each, with its address and the labels that it stands under."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.handover import STAGED_LEADING
from lm_stats.stage.batches import NOTHING, ROWS, Cells, constant, encode, to_arrow

VALUE = "obs_value"
STATUS = "obs_status"
COLUMN = "source_column"
_NUMBER = re.compile(r"[-+]?[\d\s.,']*\d[\d\s.,']*%?")
_SCIENTIFIC = re.compile(r"[-+]?\d+(?:[.,]\d+)?[eE][-+]?\d{1,2}")


@dataclass(frozen=True)
class Values:
    """The values of one table, in the order of its rows and columns.

    Attributes:
        file: Name of the file.
        sheet: Name of the sheet; of a JSON file the period.
        rows: Row number of each value as a spreadsheet program or an editor shows it; in a JSON file the number
            of the value in the file (int32).
        columns: Column of each value: letters in a sheet, the number of the field in text, nothing in JSON.
        cells: Texts by concept, among them `obs_value`.
        excluded: Why a value is none of the table's own (`total`), or an empty text; none where all are.
    """

    file: str
    sheet: str
    rows: np.ndarray
    columns: Cells
    cells: Mapping[str, Cells]
    excluded: Cells | None = None

    def __len__(self) -> int:
        return len(self.rows)


def plain_text(cell: object, decimal: str = ".") -> str:
    """A cell as text: numbers exactly and without exponent, dates ISO 8601, texts without space around them.

    Args:
        cell: What a reader found in a cell.
        decimal: The decimal mark in which numbers are written.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        text = repr(cell)
        text = (format(Decimal(text), "f") if "e" in text else text).removesuffix(".0")
        return "0" if text == "-0" else text.replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time(0) else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else "" if cell is None else str(cell)


def encode_labels(cells: np.ndarray) -> Cells:
    """The texts of cells that hold labels or codes.

    Args:
        cells: Cells as read, shape (rows,), of any type.
    """
    return _encode(cells, ".", ("",), is_number=False)


def encode_numbers(cells: np.ndarray, decimal: str, blank: Collection[str]) -> Cells:
    """The texts of cells that hold numbers, none where a text means that there is no value.

    Args:
        cells: Cells as read, shape (rows,), of any type.
        decimal: The decimal mark of the source.
        blank: Texts that mean no value.
    """
    return _encode(cells, decimal, blank, is_number=True)


def _encode(cells: np.ndarray, decimal: str, blank: Collection[str], is_number: bool) -> Cells:
    if cells.dtype == object and bool in set(map(type, cells.tolist())):
        # True would be taken for 1
        cells = np.array([plain_text(cell) if isinstance(cell, bool) else cell for cell in cells], dtype=object)
    places, unique = pd.factorize(cells)
    texts = [plain_text(cell, decimal) for cell in unique.tolist()]
    if is_number:
        texts = [_without_exponent(text, decimal) if _SCIENTIFIC.fullmatch(text) else text for text in texts]
    found = encode(places.astype(np.int32), texts)
    nothing = {text.casefold() for text in ("", *blank)}
    return found.without([text.casefold() in nothing for text in found.texts])


def _without_exponent(text: str, decimal: str) -> str:
    return format(Decimal(text.replace(",", ".")), "f").replace(".", decimal)


def is_number(text: str) -> bool:
    """Whether a text is written like a number, in whatever style."""
    return _NUMBER.fullmatch(text) is not None


def write_values(path: Path, pieces: Sequence[Values], concepts: Sequence[str]) -> int:
    """Write the staged file of published values.

    Args:
        path: The Parquet file.
        pieces: The values by table, in order; at least one.
        concepts: Concepts that the kind holds; those that occur become columns, in this order.

    Returns:
        The number of rows.
    """
    occurring = {name for piece in pieces for name, cells in piece.cells.items() if (cells.places != NOTHING).any()}
    kept = [name for name in concepts if name in occurring]
    tables = [_to_table(piece, kept) for piece in pieces]
    whole = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    texts = [name for name in whole.schema.names if name != "source_row"]
    # without the schema of the program, readers see plain texts
    pq.write_table(
        whole, path, row_group_size=ROWS, compression="zstd", compression_level=1, store_schema=False,
        use_dictionary=texts, write_statistics=["source_row"], column_encoding={"source_row": "DELTA_BINARY_PACKED"},
    )  # fmt: skip
    return int(whole.num_rows)


def _to_table(piece: Values, concepts: Sequence[str]) -> pa.Table:
    count = len(piece)
    empty = Cells(np.full(count, NOTHING, dtype=np.int32), [])
    excluded = constant("", count) if piece.excluded is None else piece.excluded
    leading = [constant(piece.file, count), constant(piece.sheet, count), excluded, piece.columns]
    arrays = [to_arrow(cells) for cells in (*leading, *(piece.cells.get(name, empty) for name in concepts))]
    arrays.insert(2, pa.array(piece.rows.astype(np.int32), type=pa.int32()))
    return pa.table(arrays, names=[*STAGED_LEADING, COLUMN, *concepts])
