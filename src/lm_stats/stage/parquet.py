"""Parquet files of unit records, read in row groups, every different value once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.spec import Fault, Problem
from lm_stats.stage.batches import NOTHING, ROWS, Cells
from lm_stats.stage.faults import cannot_open, damaged
from lm_stats.stage.labelled import Labelled, Slab
from lm_stats.stage.wording import shown

_ENCRYPTED = b"PARE"
# keys of a column's metadata under which programs keep its title
_TITLES = (b"label", b"title", b"description", b"comment")
_FILLING = " \x00"
_UTC = ("UTC", "Etc/UTC", "Z", "+00:00")


@dataclass
class ParquetTable(Labelled):
    """A Parquet file.

    Attributes:
        schema: Columns that can be read, in their order.
    """

    schema: pa.Schema

    def has_labels(self, name: str) -> bool:
        """Never: the format has no labels of values."""
        return False

    def has_reasons(self, name: str) -> bool:
        """Never: an empty cell is just empty."""
        return False

    def slabs(self, names: Sequence[str], decimals: Mapping[str, str]) -> Iterator[Slab]:
        """Read some columns, in order of the rows."""
        strange: dict[str, int] = {}
        read = 0
        try:
            for batch in self._batches(names):
                numbers = np.arange(read + 1, read + batch.num_rows + 1, dtype=np.int32)
                cells = {}
                for name in names:
                    # a name may stand twice, of which the first is taken
                    column = batch.column(batch.schema.names.index(name))
                    cells[name] = _Column(column, decimals.get(name, "."), name, strange).cells()
                yield Slab(numbers, cells)
                read += batch.num_rows
        except OSError as error:
            raise _unreadable(self.path, error) from error
        except (pa.ArrowException, ValueError) as error:
            raise damaged(self.path) from error
        if read != self.rows:
            raise damaged(self.path)
        self.warnings += [
            Problem(
                f"{self.path.name}, column {shown(name)}",
                f"{count} different values are bytes that are no text (UTF-8); they were taken for empty",
                "Ask the office to write the column as text.",
            )
            for name, count in strange.items()
        ]

    def _batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """The rows in tables of at most `ROWS`, of as many row groups as go into one."""
        texts = [name for name in names if _is_text(self.schema.field(self.names.index(name)).type)]
        with pq.ParquetFile(self.path, read_dictionary=texts, page_checksum_verification=True) as file:
            waiting: list[pa.RecordBatch] = []
            for batch in file.iter_batches(batch_size=ROWS, columns=list(names)):
                if waiting and sum(one.num_rows for one in waiting) + batch.num_rows > ROWS:
                    yield _joined(waiting)
                    waiting = []
                waiting.append(batch)
            if waiting:
                yield _joined(waiting)


def open_parquet(path: Path) -> ParquetTable:
    """Look at the description of a Parquet file.

    Columns of several values (lists, structures) and of durations are left out with a warning.

    Args:
        path: The file.

    Raises:
        Fault: If it is damaged, encrypted, or without a column.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_ENCRYPTED))
        if start == _ENCRYPTED:
            raise _is_encrypted(path)
        with pq.ParquetFile(path) as found:
            schema, rows = found.schema_arrow, found.metadata.num_rows
    except OSError as error:
        raise _unreadable(path, error) from error
    except (pa.ArrowException, ValueError) as error:
        raise damaged(path) from error
    numbering = _index(schema)
    taken = [field for field in schema if field.name not in numbering]
    kept = [field for field in taken if _is_plain(field.type)]
    left = [field.name for field in taken if not _is_plain(field.type)]
    if not kept:
        what = "the file holds no column of plain values"
        raise Fault(Problem(path.name, what, "Ask the office for the file with its records."))
    titles = tuple(_title(field) for field in kept)
    table = ParquetTable(path, "parquet", "", tuple(f.name for f in kept), titles, rows, pa.schema(kept))
    if left:
        names = ", ".join(shown(name) for name in left[:20])
        what = f"columns that hold lists, structures or durations were left out: {names}"
        table.warnings.append(Problem(path.name, what, "Ask the office for one column for each value, if they matter."))
    return table


def _joined(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()


def _index(schema: pa.Schema) -> frozenset[str]:
    """Names of columns that a program wrote only to number its rows."""
    try:
        said = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        index = (name for name in said.get("index_columns", ()) if isinstance(name, str))
        return frozenset(name for name in index if name.startswith("__index_level_"))
    except (ValueError, AttributeError):
        return frozenset()


def _title(field: pa.Field) -> str:
    for key in _TITLES:
        if text := (field.metadata or {}).get(key, b""):
            return bytes(text).decode("utf-8", "replace").strip()
    return ""


def _storage(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return _storage(kind.storage_type)
    return _storage(kind.value_type) if pa.types.is_dictionary(kind) else kind


def _is_plain(kind: pa.DataType) -> bool:
    own = _storage(kind)
    return not (pa.types.is_nested(own) or pa.types.is_duration(own) or pa.types.is_interval(own))


def _is_text(kind: pa.DataType) -> bool:
    return not isinstance(kind, pa.BaseExtensionType) and (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
    )


class _Column:
    """A column of a batch.

    Args:
        values: The column, in one chunk.
        decimal: The decimal mark that its numbers are written with.
        name: Its name.
        strange: Takes the number of different values by column that are no text.
    """

    def __init__(self, values: pa.ChunkedArray, decimal: str, name: str, strange: dict[str, int]) -> None:
        self._array = values.chunk(0) if values.num_chunks else pa.array([], values.type)
        self._decimal = decimal
        self._name = name
        self._strange = strange

    def cells(self) -> Cells:
        """Its cells."""
        array, kind = self._array, self._array.type
        as_uuid = isinstance(kind, pa.UuidType)
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        if pa.types.is_null(array.type):
            return Cells(np.full(len(array), NOTHING, dtype=np.int32), [])
        if pa.types.is_float16(array.type):
            array = array.cast(pa.float32())
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        places = array.indices.fill_null(NOTHING).cast(pa.int32()).to_numpy(zero_copy_only=False)
        texts = _uuids(array.dictionary) if as_uuid else self._texts(array.dictionary)
        empty = pc.equal(pc.utf8_trim_whitespace(texts), "").fill_null(True)
        return Cells(places, texts.fill_null("").to_pylist()).without(empty.to_pylist() if empty.true_count else [])

    def _texts(self, values: pa.Array) -> pa.Array:
        """The texts of different values; none or an empty one where there is none."""
        kind = values.type
        if pa.types.is_dictionary(kind):
            return self._texts(values.dictionary_decode())
        if isinstance(values, pa.ExtensionArray):
            return self._texts(values.storage)
        if pa.types.is_boolean(kind):
            return pc.if_else(values, "TRUE", "FALSE")
        if pa.types.is_integer(kind):
            return values.cast(pa.string())
        if pa.types.is_floating(kind):
            return self._numbers(_floats(values))
        if pa.types.is_decimal(kind):
            texts = _written_out(values.cast(pa.string()), lambda text: format(Decimal(text), "f"))
            return self._numbers(pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1"))
        return _times(values) if pa.types.is_temporal(kind) else self._letters(values)

    def _numbers(self, texts: pa.Array) -> pa.Array:
        return texts if self._decimal == "." else pc.replace_substring(texts, ".", self._decimal)

    def _letters(self, values: pa.Array) -> pa.Array:
        """Texts, and bytes that may be texts."""
        try:
            texts = values.cast(pa.binary()).cast(pa.string())
            texts.validate(full=True)
            return pc.utf8_rtrim(texts, characters=_FILLING)
        except pa.ArrowInvalid:
            found = [_decoded(value) for value in values.cast(pa.binary()).to_pylist()]
            self._strange[self._name] = self._strange.get(self._name, 0) + found.count(None)
            return pa.array(found, pa.string())


def _uuids(values: pa.Array) -> pa.Array:
    return pa.array([v and str(uuid.UUID(bytes=bytes(v))) for v in values.to_pylist()], pa.string())


def _written_out(texts: pa.Array, write: Callable[[str], str]) -> pa.Array:
    """Texts with those written out that have an exponent."""
    powers = pc.match_substring(texts, "e", ignore_case=True).fill_null(False)
    if not powers.true_count:
        return texts
    return pc.replace_with_mask(texts, powers, pa.array(map(write, texts.filter(powers).to_pylist()), pa.string()))


def _floats(values: pa.Array) -> pa.Array:
    """Numbers in as few digits as tell them from every other, without exponent; not-a-number is empty."""
    texts = values.cast(pa.string())
    texts = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.string()), pc.if_else(pc.equal(values, 0.0), "0", texts))
    return _written_out(texts, lambda text: np.format_float_positional(float(text), trim="-"))


def _decoded(value: bytes | None) -> str | None:
    if value is None:
        return ""
    try:
        return value.decode("utf-8").rstrip(_FILLING)
    except UnicodeDecodeError:
        return None


def _times(values: pa.Array) -> pa.Array:
    """Dates and times ISO 8601, of a zone as its clocks show them; a time of midnight is left away."""
    kind = values.type
    if pa.types.is_date(kind):
        return values.cast(pa.date32()).cast(pa.string())
    if pa.types.is_time(kind):
        return pc.replace_substring_regex(values.cast(pa.string()), r"\.0+$", "")
    plain = values.cast(pa.timestamp(kind.unit))
    if kind.tz is not None and kind.tz not in _UTC:
        # the zones of Arrow need files that are not on every machine
        known = plain.is_valid().to_numpy(zero_copy_only=False)
        local = pd.DatetimeIndex(plain.drop_null().to_numpy(zero_copy_only=False)).tz_localize("UTC")
        shifted = np.full(len(plain), "NaT", dtype=f"datetime64[{kind.unit}]")
        shifted[known] = local.tz_convert(_zone(kind.tz)).tz_localize(None).to_numpy()
        plain = pa.array(shifted, pa.timestamp(kind.unit))
    return pc.replace_substring_regex(plain.cast(pa.string()), r"( 00:00:00)?(\.\d+)?$", "")


def _zone(name: str) -> str | dt.timezone:
    if name[:1] in "+-" and name[1:3].isdigit():
        sign, digits = (-1 if name[0] == "-" else 1), name[1:].replace(":", "").ljust(4, "0")
        return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:4])))
    return name


def _is_encrypted(path: Path) -> Fault:
    do = "Ask the office for the file without encryption."
    return Fault(Problem(path.name, "the Parquet file is encrypted", do))


def _unreadable(path: Path, error: Any) -> Fault:
    """The fault of a file that the reader gives up on."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return cannot_open(path, error)
    said = str(error).casefold()
    if "encrypt" in said or "decrypt" in said:
        return _is_encrypted(path)
    return damaged(path)
