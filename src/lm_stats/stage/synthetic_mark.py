"""Whether a file says that its data are synthetic, wherever and in whatever format it says so."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.spec import SYNTHETIC_PASSPORT, SYNTHETIC_STATEMENT, Fault
from lm_stats.stage.compound_files import OLE, open_compound
from lm_stats.stage.containers import CHUNK, unpack
from lm_stats.stage.content import PARQUET
from lm_stats.stage.faults import cannot_open, damaged, unless_stopped
from lm_stats.stage.statistical_files import find_statistical_format, texts_of
from lm_stats.stage.workbooks import open_workbook

_OVERLAP = 8192
_BATCH = 50_000
_STATEMENT = re.sub(rb"\s+", b" ", SYNTHETIC_STATEMENT.lower().encode("ascii"))
_PASSPORT = re.compile(SYNTHETIC_PASSPORT.format(country="[A-Z]{3}", number=0).replace("0" * 8, "[0-9]{8}").encode())
_WORDS = (_STATEMENT.split()[0], _STATEMENT.split()[-1])
_TAGS = re.compile(rb"<[^<>]*>")
_SPACES = re.compile(rb"(?:\s|&#(?:x0*a|x0*d|x0*9|0*10|0*13|0*9|160|xa0);|&nbsp;|_x000[ad]_|\xc2\xa0)+")


def is_marked_synthetic(path: Path) -> bool:
    """Whether a file says anywhere that it holds synthetic data.

    Looks for the statement and for made-up passports in every sheet, property, header and comment, in every label,
    note and text of a file of Stata, SPSS or Parquet, and in every text, in any of the usual text encodings, without
    regard to case, formatting and line breaks.

    Raises:
        Fault: If the file is not there, is damaged, or is too large when unpacked.
    """
    try:
        with path.open("rb") as file:
            start = file.read(16)
            file.seek(0)
            if start.startswith(b"PK\x03\x04"):
                try:
                    with zipfile.ZipFile(file) as archive:
                        return any(_states(chunks) for _, chunks in unpack(path, archive))
                except Fault:
                    raise
                except Exception as error:
                    raise damaged(path) from error
            if _states(iter(lambda: file.read(CHUNK), b"")):
                return True
            if form := find_statistical_format(start):
                # texts are stored in pieces, or compressed
                return _states(texts_of(path, form))
            if start.startswith(PARQUET):
                return _states(_texts_of_parquet(path))
            # the pieces of an old workbook may stand in any order, so the text of its cells is looked at too
            return start.startswith(OLE) and _cells_state(path, file)
    except OSError as error:
        raise cannot_open(path, error) from error


def _texts_of_parquet(path: Path) -> Iterator[bytes]:
    """The metadata and the different texts of a Parquet file."""
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            about = {**(schema.metadata or {}), **(file.metadata.metadata or {})}
            yield b"\n".join([*about.keys(), *about.values()]) + b"\n"
            for member in schema:
                yield b"\n".join([member.name.encode("utf-8", "replace"), *(member.metadata or {}).values()]) + b"\n"
            for batch in file.iter_batches(_BATCH):
                for column in batch.columns:
                    yield from _texts_of_column(column)
    except OSError:
        raise
    except Exception as error:
        raise damaged(path) from error


def _texts_of_column(column: pa.Array) -> Iterator[bytes]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary
    if pa.types.is_nested(column.type):
        yield "\n".join(str(value) for value in column.to_pylist()).encode("utf-8", "replace") + b"\n"
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or "binary" in str(column.type):
        texts = pc.unique(column).drop_null().cast(pa.large_binary())
        yield b"\n".join(texts.to_pylist()) + b"\n"


def _cells_state(path: Path, file: BinaryIO) -> bool:
    file.seek(0)
    # a stream that goes round in a circle is read without end
    open_compound(path, file.read())
    workbook = open_workbook(path, file)
    for name in workbook.sheet_names:
        try:
            rows = workbook.get_sheet_by_name(name).to_python()
        except BaseException as error:
            raise unless_stopped(error, damaged(path)) from error
        for row in rows:
            texts = (cell for cell in row if isinstance(cell, str))
            if any(_states(iter([text.encode("utf-8", "replace")])) for text in texts):
                return True
    return False


def _states(chunks: Iterator[bytes]) -> bool:
    rest = b""
    for chunk in chunks:
        window = rest + chunk
        if _STATEMENT in _plain(window) or _PASSPORT.search(window.replace(b"\x00", b"").upper()):
            return True
        rest = window[-_OVERLAP:]
    return False


def _plain(window: bytes) -> bytes:
    # without zero bytes UTF-16 of either order is ASCII here
    text = window.replace(b"\x00", b"").lower()
    if not any(word in text for word in _WORDS):
        return b""
    spaced = _SPACES.sub(b" ", text)
    # formatting inside a cell stands between tags
    return spaced + b"\n" + _SPACES.sub(b" ", _TAGS.sub(b"", spaced))
