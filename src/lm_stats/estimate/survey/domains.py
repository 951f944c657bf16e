"""Columns that are asked for by name, and the domains that their values make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.estimate.survey.arrow_columns import without_sign
from lm_stats.estimate.survey.design import DesignError
from lm_stats.estimate.survey.variance import Whole

# columns of results beside those of domains
RESULTS = ("variable", "category", "estimate", "std_error", "lower", "upper", "cv", "deff", "df", "n_records")


def estimated_columns(columns: str | Sequence[str]) -> tuple[str, ...]:
    """Columns that are estimated.

    Args:
        columns: Names.

    Raises:
        DesignError: If none is named, one is named twice, or a name is no text.
    """
    names = named(columns)
    if not names:
        raise DesignError("name at least one column to estimate")
    if double := [name for name in names if names.count(name) > 1]:
        raise DesignError(f"column {double[0]} is to be estimated twice: name it once")
    return names


def domain_columns(by: str | Sequence[str], results: Sequence[str] = RESULTS) -> tuple[str, ...]:
    """Columns of domains, which stand beside the columns of estimates.

    Args:
        by: Names.
        results: Names of the columns of the result.

    Raises:
        DesignError: If one has the name of a column of the result, is named twice, or a name is no text.
    """
    names = named(by)
    if taken := [name for name in names if name in results]:
        raise DesignError(f"column {taken[0]} of by has the name of a column of the result: rename it")
    if double := [name for name in names if names.count(name) > 1]:
        raise DesignError(f"column {double[0]} stands twice in by: name it once")
    return names


def named(columns: str | Sequence[str]) -> tuple[str, ...]:
    """Names of columns.

    Args:
        columns: One name, or several.

    Raises:
        DesignError: If a name is no text.
    """
    if isinstance(columns, str):
        return (columns,)
    names: tuple[Any, ...] = tuple(columns) if isinstance(columns, Iterable) else (columns,)
    if odd := [name for name in names if not isinstance(name, str)]:
        raise DesignError(
            f"the name of a column is no text but {type(odd[0]).__name__}: rename columns, such as by "
            "data.rename(columns=str), and name them by text"
        )
    return names


def number_domains(by: Mapping[str, pa.ChunkedArray], rows: int) -> tuple[pd.DataFrame, Whole]:
    """Domains in order of their values, and the domain of each row (-1: none, because a value is missing).

    Args:
        by: Columns, by name.
        rows: Number of rows.
    """
    if not by:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(rows, dtype=np.int64)
    codes: list[Whole] = []
    values: list[Any] = []
    for column in by.values():
        chunk = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        chunk = without_sign(chunk.chunk(0) if isinstance(chunk, pa.ChunkedArray) else chunk)
        encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        code = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
        dictionary = encoded.dictionary
        if pa.types.is_floating(dictionary.type):
            code = np.where(np.isin(code, np.flatnonzero(np.isnan(dictionary.to_numpy()))), -1, code)
        if not pa.types.is_dictionary(chunk.type):
            sortable = dictionary.cast(pa.int8()) if pa.types.is_boolean(dictionary.type) else dictionary
            order = pc.sort_indices(sortable).to_numpy()
            place = np.empty(len(order) + 1, dtype=np.int64)
            place[order], place[-1] = np.arange(len(order)), -1
            code, dictionary = place[code], dictionary.take(pa.array(order))
        codes.append(code)
        values.append(dictionary)
    joint = np.zeros(rows, dtype=np.int64)
    for code, dictionary in zip(codes, values, strict=True):
        joint = np.where((joint < 0) | (code < 0), -1, joint * max(len(dictionary), 1) + code)
    different, first, domain = np.unique(joint, return_index=True, return_inverse=True)
    if len(different) and different[0] < 0:
        first, domain = first[1:], domain - 1
    columns = {
        name: pd.Series(dictionary.take(pa.array(code[first])).to_pandas())
        for name, code, dictionary in zip(by, codes, values, strict=True)
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(first))), domain.astype(np.int64)
