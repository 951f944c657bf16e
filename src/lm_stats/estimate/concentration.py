"""How unevenly counts are spread: over citizenships, over sectors, between the sexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.cells import Dimension
from lm_stats.estimate.inequality import dissimilarity, hhi
from lm_stats.spec import Codelist, Concentration, Indicator

# the unit of each measure
UNITS = {"hhi": "IX", "location_quotient": "RATIO", "dissimilarity": "PT"}
_PLACE = ["ref_area", "time_period"]


def concentrate(
    indicator: Indicator,
    dimensions: Sequence[Dimension],
    keys: Sequence[Sequence[str]],
    counts: NDArray[np.int64],
    values: NDArray[np.float64],
) -> tuple[list[list[str]], pd.DataFrame]:
    """Say of every cell how unevenly its counts are spread.

    What a measure is made from stays with it (`counts`), since only counts can be protected. Of a `hhi` these are the
    counts of the codes that occur, in order; of a `dissimilarity` those of the first group and then as many of the
    second; of a `location_quotient` four: the cell, the cell with all codes of `over`, all cells with the code, all
    cells.

    Args:
        indicator: The indicator; its estimator is a `Concentration`.
        dimensions: Its concepts (`Indicator.concepts`) as dimensions, in order.
        keys: Area, period and a code for each of these, as columns: every combination that the area has.
        counts: Number of records of each combination.
        values: What these stand for.

    Returns:
        Area, period and codes of the observations, as columns; and for each `obs_value` (missing where nothing is
        counted), `n_records`, `counts` and `method`.
    """
    how = indicator.estimator
    assert isinstance(how, Concentration)
    lists = {dimension.id: dimension.codes for dimension in dimensions}
    names = [*_PLACE, *indicator.dimensions]
    every = pd.DataFrame(dict(zip([*_PLACE, *lists], keys, strict=True)) | {"n": counts, "v": values})
    made = _quotients(how, lists, every, names) if how.measure == "location_quotient" else _spread(
        how, lists, every, names)  # fmt: skip
    made["obs_value"] = [measured(how.measure, np.asarray(parts, dtype="float64")) for parts in made["counts"]]
    made["method"] = pd.array([how.measure] * len(made), dtype="str")
    return [made[name].tolist() for name in names], made.drop(columns=names)


def measured(measure: str, counts: NDArray[np.float64]) -> float:
    """The value that counts give, in the order that `concentrate` says; missing where nothing is counted."""
    if measure == "hhi":
        return hhi(counts) if counts.sum() > 0 else np.nan
    if measure == "dissimilarity":
        one, other = np.split(counts, 2)
        return 100 * dissimilarity(one, other) if one.sum() > 0 and other.sum() > 0 else np.nan
    cell, row, column, whole = counts
    return float((cell / row) / (column / whole)) if row > 0 and column > 0 else np.nan


def _stated(codes: Codelist) -> list[str]:
    return [code for code in codes.leaves if code != codes.missing]


def _spread(
    how: Concentration, lists: Mapping[str, Codelist], every: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    rows = every[every[how.over].isin(_stated(lists[how.over]))]
    rows = rows[rows[how.groups].isin(how.between)] if how.groups else rows
    # the codes that any cell has, in order of the codelist; one that a cell has not, or a whole group, is 0 there
    seen = set(rows[how.over])
    order = {code: k for k, code in enumerate(code for code in lists[how.over].leaves if code in seen)}
    groups = {code: k * len(order) for k, code in enumerate(how.between or ("",))}
    # of no rows at all, pandas would make texts
    place = rows[how.over].map(order).astype("int64")
    place += rows[how.groups].map(groups).astype("int64") if how.groups else 0
    # the order of cells is that of the cross
    made = every.drop_duplicates(list(names))[list(names)].reset_index(drop=True)
    cell = rows[list(names)].merge(made.assign(_cell=made.index), on=list(names), how="left")["_cell"].to_numpy("int64")
    found = np.zeros((len(made), len(order) * len(groups)))
    np.add.at(found, (cell, place.to_numpy()), rows["v"].to_numpy("float64"))
    made["n_records"] = np.bincount(cell, rows["n"].to_numpy("float64"), len(made)).astype("int64")
    made["counts"] = pd.Series(found.tolist(), index=made.index, dtype="object")
    return made


def _quotients(
    how: Concentration, lists: Mapping[str, Codelist], every: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    others = [name for name in names[len(_PLACE) :] if name != how.over]
    whole = lists[how.over].total
    stated = every[every[how.over].isin(_stated(lists[how.over]))]
    # what is not stated takes no part in the whole either
    totals = stated.groupby([*_PLACE, *others], sort=False)[["n", "v"]].sum().reset_index()
    cells = pd.concat([
        every[~every[how.over].isin([whole, lists[how.over].missing])], totals.assign(**{how.over: whole})
    ], ignore_index=True)  # fmt: skip
    order = {name: {code.code: k for k, code in enumerate(lists[name])} for name in lists}
    cells = cells.sort_values(
        list(names), kind="stable", ignore_index=True, key=lambda c: c.map(order[str(c.name)]) if c.name in order else c
    )
    rows = totals.rename(columns={"v": "row"}).drop(columns="n")
    at_total = cells
    for name in others:
        at_total = at_total[at_total[name] == lists[name].total]
    columns = at_total[[*_PLACE, how.over, "v"]].rename(columns={"v": "column"})
    wholes = columns[columns[how.over] == whole].drop(columns=how.over).rename(columns={"column": "whole"})
    made = cells.merge(rows, on=[*_PLACE, *others], how="left").merge(columns, on=[*_PLACE, how.over], how="left")
    made = made.merge(wholes, on=_PLACE, how="left")
    counts = made[["v", "row", "column", "whole"]].fillna(0.0).to_numpy(dtype="float64").tolist()
    return made[[*names]].assign(n_records=made["n"].astype("int64"), counts=pd.Series(counts, index=made.index))
