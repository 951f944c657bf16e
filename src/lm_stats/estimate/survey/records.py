"""Records as tables in memory, for what cannot be had from sums: weights of replicates and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lm_stats.estimate.survey.design import Design, DesignError

Floats = NDArray[np.float64]


def read_columns(data: object, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of the data, numbered from 0.

    Args:
        data: A DataFrame, an Arrow table, the path of a Parquet file, or a relation.
        columns: Their names; all are there.
    """
    names = list(columns)
    if isinstance(data, pd.DataFrame):
        return data[names].reset_index(drop=True)
    frame: pd.DataFrame = arrow_table(data, names).to_pandas()
    return frame


def arrow_table(data: object, columns: Sequence[str] | None = None) -> pa.Table:
    """Data that are no DataFrame, or some of their columns, as an Arrow table."""
    names = None if columns is None else list(columns)
    if isinstance(data, Path):
        return pq.read_table(data, columns=names)
    table = data.to_arrow_table() if isinstance(data, duckdb.DuckDBPyRelation) else data
    assert isinstance(table, pa.Table)
    return table if names is None else table.select(names)


def add_columns(data: object, new: pd.DataFrame) -> pd.DataFrame | pa.Table:
    """The data with more columns.

    Args:
        data: N records, as in `read_columns`.
        new: [N]: the columns.

    Returns:
        A DataFrame for a DataFrame, else an Arrow table.
    """
    if isinstance(data, pd.DataFrame):
        return pd.concat([data, new.set_axis(data.index, axis=0)], axis=1)
    table = arrow_table(data)
    for name in new.columns:
        table = table.append_column(name, pa.array(new[name].to_numpy()))
    return table


def weight_table(frame: pd.DataFrame, design: Design, replicates: Sequence[str]) -> Floats:
    """Weights and those of the replicates, checked.

    Args:
        frame: N records.
        design: Their design.
        replicates: The columns of weights of replicates, R.

    Returns:
        [N, 1 + R].

    Raises:
        DesignError: If one is missing or not finite, or a weight that was not calibrated is below 0.
    """
    found = np.empty((len(frame), 1 + len(replicates)))
    for place, name in enumerate((design.weight, *replicates)):
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        # those of replicates may be calibrated by who made them, and then below 0
        wrong = ~np.isfinite(values) | ((values < 0) & (place == 0) & (design.calibration is None))
        if (count := int(wrong.sum())) > 0:
            what = "weights of replicates" if place else "weights"
            raise DesignError(
                f"{count} {what} in {name} are missing, not numbers{'' if place else ', or below 0'}: correct them; a "
                "record that stands for nobody has the weight 0"
            )
        found[:, place] = values
    return found
