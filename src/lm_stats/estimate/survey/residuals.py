"""Sums over sampled units after the margins that weights were calibrated to are taken out.

Every linearised variable is a combination of sums of weight times variable by domain. So it is enough to take the
regression on the margins out of these sums: whatever is made from them then has the error of a calibrated estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.compile.duckdb import identifier
from lm_stats.estimate.survey.calibration import Auxiliaries, Calibration, Number
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.exact import exact_group_sums
from lm_stats.estimate.survey.reading import Looked, Sum, Sums, Table, number_domains, unit_keys
from lm_stats.estimate.survey.variance import Floats, Whole


def residual_sums(
    table: Table, design: Design, looked: Looked, by: Sequence[str], sums: Sums, before: Mapping[str, Sum]
) -> dict[str, Floats]:
    """Sums by unit and domain after the margins, for the errors of estimates.

    Args:
        table: The records, with `Calibration.columns` among the columns.
        design: A design that was calibrated.
        looked: What `check_design` says.
        by: Columns of domains.
        sums: What `sum_units` made of these.
        before: For each sum wanted, the same product with the weight before calibration in place of the weight.

    Returns:
        [P, D] of each.
    """
    calibration: Calibration = design.calibration
    auxiliary = _by_unit(table, design, looked, by, len(sums.units))
    moments = _by_domain(table, calibration, by, before)
    return {name: calibration.residual_totals(sums.dense(name), moments[name].T, auxiliary) for name in before}


def _by_unit(table: Table, design: Design, looked: Looked, by: Sequence[str], units: int) -> Floats:
    """Sums of weight times auxiliary variable over the records of each unit, [P, J]."""
    sql, source = unit_keys(table, design, tuple(by))
    keys = {f"k{place}": key for place, key in enumerate(sql)}
    weight = Sum(f"{identifier(design.weight)}::DOUBLE", looked.heaviest, looked.lightest)
    grouped = _Grouped.of(table, source, keys, design.calibration, [weight])
    changed = np.zeros(len(grouped.rows), dtype=bool)
    for name in keys:
        key = grouped.rows.column(name).combine_chunks()
        key = key.chunk(0) if isinstance(key, pa.ChunkedArray) else key
        changed[1:] |= pc.not_equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
    return grouped.sums(0, np.cumsum(changed), units)


def _by_domain(
    table: Table, calibration: Calibration, by: Sequence[str], before: Mapping[str, Sum]
) -> dict[str, Floats]:
    """Sums of products with each auxiliary variable over the records of each domain, [D, J] of each."""
    keys = {f"b{place}": identifier(name) for place, name in enumerate(by)}
    grouped = _Grouped.of(table, table.source, keys, calibration, list(before.values()))
    domains, domain = number_domains({name: grouped.rows.column(name) for name in keys}, len(grouped.rows))
    return {name: grouped.sums(place, domain, len(domains)) for place, name in enumerate(before)}


class _Grouped:
    """Sums by keys and cells of the margins, in the order of the keys: each as it is, and times each number.

    Attributes:
        rows: The G rows: keys, cells `c0` and so on, sums `s0`, and `s0_0` and so on.
        scales: What each sum is multiplied by.
    """

    def __init__(self, rows: pa.Table, calibration: Calibration, scales: Sequence[Sequence[float]]) -> None:
        self.rows = rows
        self.scales = scales
        self._calibration = calibration
        frame = pd.DataFrame({name: rows.column(cell).to_pandas() for name, cell in _cells(calibration).items()})
        self._auxiliaries = Auxiliaries(
            weight=np.zeros(len(rows)),
            cells=tuple(one.places(frame) for one in calibration.classes),
            sizes=tuple(len(one) for one in calibration.classes),
            numbers=np.zeros((len(rows), 0)),
            intercept=calibration.intercept,
        )

    @classmethod
    def of(
        cls, table: Table, source: str, keys: Mapping[str, str], calibration: Calibration, sums: Sequence[Sum]
    ) -> _Grouped:
        """Ask for the sums."""
        grouping = {**keys, **{cell: identifier(name) for name, cell in _cells(calibration).items()}}
        made = [[one, *(_times(one, number) for number in calibration.numbers)] for one in sums]
        columns = [f"{sql} AS {name}" for name, sql in grouping.items()]
        columns += [f"{one.whole} AS s{place}_{at}" for place, row in enumerate(made) for at, one in enumerate(row)]
        groups = f" GROUP BY {', '.join(grouping)} ORDER BY {', '.join(grouping)}" if grouping else ""
        rows = table.arrow(f"SELECT {', '.join(columns)} FROM {source}{groups}")
        return cls(rows, calibration, [[one.back for one in row] for row in made])

    def sums(self, place: int, group: Whole, groups: int) -> Floats:
        """One of the sums times each auxiliary variable by group, [groups, J]; groups below 0 are left out."""
        plain, *numbers = (
            self.rows.column(f"s{place}_{at}").to_numpy() * back for at, back in enumerate(self.scales[place])
        )
        found = self._auxiliaries.sums(plain, group, groups)
        inside = np.flatnonzero(group >= 0)
        table = np.stack([number[inside] for number in numbers], axis=1) if numbers else np.zeros((len(inside), 0))
        return np.concatenate([found, exact_group_sums(table, group[inside], groups)], axis=1)


def _cells(calibration: Calibration) -> dict[str, str]:
    names = dict.fromkeys(name for one in calibration.classes for name in one.columns)
    return {name: f"c{place}" for place, name in enumerate(names)}


def _times(one: Sum, number: Number) -> Sum:
    """A sum with each product times a scaled number, whose size is 1 at most."""
    scaled = f"(({identifier(number.column)}::DOUBLE - {number.centre!r}::DOUBLE) / {number.spread!r}::DOUBLE)"
    return Sum(f"(({one.sql}) * {scaled})", one.largest)
