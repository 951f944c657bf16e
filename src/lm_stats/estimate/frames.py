"""The columns that observations of our own records have, whatever was estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.breaks import BROKEN, broken
from lm_stats.estimate.occasions import Occasions, origin
from lm_stats.spec import Break, Concept, Indicator

NORMAL, ESTIMATED, IMPOSSIBLE, UNKNOWN = "A", "E", "M", "O"


def assemble(
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    breaks: Mapping[str, Sequence[Break]],
    deliveries: Path,
    observed: Iterable[Occasions],
    keys: Sequence[Sequence[str]],
    values: Mapping[str, Any],
    unit_measure: str,
    further: Mapping[str, Any] | None = None,
    *,
    sampled: NDArray[np.bool_] | None = None,
    unknown: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Put values into the columns of observations.

    Args:
        indicator: The indicator.
        concepts: Concepts by id.
        breaks: Declared breaks by area.
        deliveries: Parquet file of the table `deliveries`.
        observed: What the tables behind it observed.
        keys: Area, period and codes, as columns.
        values: `obs_value` and `n_records`; `std_error`, `lower` and `upper` where there are any.
        unit_measure: Unit of the values.
        further: Columns that only some estimators have.
        sampled: Whether the records of an observation stand for more than themselves; without: none do.
        unknown: Where there is no value though there are records (status `O`); elsewhere no value can exist (`M`).
    """
    size = len(keys[0])
    frame: dict[str, Any] = {"indicator": [indicator.id] * size}
    frame.update(zip(("ref_area", "time_period", *indicator.dimensions), map(list, keys), strict=True))
    from_sample = np.zeros(size, dtype="bool") if sampled is None else sampled
    status = np.full(size, indicator.obs_status, dtype="object")
    if indicator.obs_status == NORMAL:
        status[from_sample] = ESTIMATED
    status[broken(frame, indicator, concepts, breaks)] = BROKEN
    status[np.isnan(values["obs_value"])] = IMPOSSIBLE
    if unknown is not None:
        status[unknown] = UNKNOWN
    origins = origin(deliveries, {used for one in observed for used in one.deliveries})
    nothing = np.full(size, np.nan)
    frame["obs_value"] = values["obs_value"]
    frame |= {name: values.get(name, nothing) for name in ("std_error", "lower", "upper")}
    frame["n_records"] = values["n_records"]
    frame |= {"obs_status": status.tolist(), "conf_status": ["F"] * size, "unit_measure": [unit_measure] * size}
    frame |= {"unit_mult": 0, "unit_of_count": [indicator.estimator.unit] * size}
    for column in ("source", "vintage", "data_class"):
        frame[column] = [origins[area][column] for area in keys[0]]
    frame["sampled"] = from_sample
    texts = {name: pd.array(column, dtype="str") for name, column in frame.items() if isinstance(column, list)}
    more = {} if further is None else dict(further)
    return pd.DataFrame(frame | texts | more, index=range(size))
