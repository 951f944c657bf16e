"""Totals, means and ratios with their linearised variables, from sums over sampled units.

A mean is a ratio of two totals, and a ratio r of totals t1 and t2 has the linearised variable (y1 - r y2) / t2
(Woodruff, R. S. (1971), Journal of the American Statistical Association 66, 411-414). Domains are masks: a record
outside has a linearised variable of 0, and its unit counts all the same.

The design effect is in relation to a simple random sample without replacement of as many records from a population of
as many persons as the weights add up to (Kish, L. (1965), Survey Sampling, section 8.2), its variance of elements
being estimated from the weighted records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.linearised import Linearised
from lm_stats.estimate.survey.reading import (
    Data,
    Looked,
    Table,
    Variable,
    check_design,
    design_columns,
    look_at,
    opened,
    unit_keys,
)
from lm_stats.estimate.survey.summing import Sum, Sums, sum_units
from lm_stats.estimate.survey.variance import Flags, Floats, Whole, degrees_of_freedom


@dataclass
class _Asked:
    """Sums that are asked for, by name; each over the records that have a value of what is needed."""

    looked: Looked
    sums: dict[str, Sum] = field(default_factory=dict)

    def product(self, name: str, needed: tuple[Variable, ...], *variables: Variable, shift: float = 0.0) -> None:
        """The sum of weight times variables less a shift."""
        bound = self.looked.heaviest
        for one in variables:
            bound *= max(abs(one.least - shift), abs(one.most - shift))
        grain = self.looked.lightest if not shift and all(one.whole for one in variables) else 0.0
        # where all are 0, any bound holds
        bound, grain = (bound, grain) if bound > 0 else (1.0, 1.0)
        self.sums[name] = Sum(needed, variables, shift, bound, grain)

    def records(self, name: str, needed: tuple[Variable, ...]) -> None:
        """The number of records, and of those with a weight other than 0 (`name` and `+`)."""
        self.sums[name] = Sum(needed)
        self.sums[f"{name}+"] = Sum(needed, weighted=self.looked.unweighted > 0)


@dataclass(frozen=True)
class _Part:
    """A part of linearised variables: a column, or 1 where `used` holds, times a coefficient by domain and variable."""

    names: Sequence[str]
    values: Sequence[str]
    coefficient: Floats


@dataclass(frozen=True)
class _Made:
    """What estimates are made from."""

    data: Data
    design: Design
    table: Table
    by: tuple[str, ...]
    sums: Sums

    def by_domain(self, names: Sequence[str]) -> Floats:
        """Sums by domain and variable, [D, V]."""
        return np.stack([self.sums.by_domain(name) for name in names], axis=1)

    def linearised(
        self,
        keys: Sequence[tuple[str, str]],
        counts: Sequence[str],
        estimate: Floats,
        parts: Sequence[_Part],
        simple: Floats,
    ) -> Linearised:
        """Estimates from their parts; `keys` are variable and category, estimate and simple are [D, V]."""
        domains, several = estimate.shape
        units = self.sums.units
        added = np.zeros((len(units), domains, several))
        for part in parts:
            for place, name in enumerate(part.names):
                added[:, :, place] += self.sums.dense(name) * np.nan_to_num(part.coefficient[:, place])
        totals: Floats = added.reshape(len(units), domains * several)
        if self.design.calibration is not None:
            totals = self._residuals(totals, parts)
        present, records, df = self._present(counts)
        estimate = np.where(present.any(axis=0), estimate.ravel(), np.nan)
        return Linearised(
            keys=self._keys(keys),
            estimate=estimate,
            n_records=records,
            df=df,
            totals=totals,
            units=units,
            single_psu=self.design.single_psu,
            # what margins take out, they take out of all units
            present=present if self.design.calibration is None else None,
            simple=np.where(simple > 0, simple, np.nan).ravel(),
        )

    def _present(self, counts: Sequence[str]) -> tuple[Flags, Whole, Floats]:
        """Whether units have records, [P, E], their number and degrees of freedom, [E]."""
        different = list(dict.fromkeys(counts))
        place = [different.index(name) for name in counts]
        there = np.stack([self.sums.dense(name) for name in different], axis=2) > 0
        weighted = np.stack([self.sums.dense(f"{name}+") for name in different], axis=2)
        units, domains, many = there.shape
        df = degrees_of_freedom(self.sums.units, (weighted > 0).reshape(units, domains * many))
        df = df.reshape(domains, many)[:, place]
        records = weighted.sum(axis=0).astype(np.int64)[:, place]
        present = there[:, :, place].reshape(units, domains * len(place))
        return present, records.ravel(), df.ravel().astype(np.float64)

    def _keys(self, keys: Sequence[tuple[str, str]]) -> pd.DataFrame:
        domains = self.sums.domains
        found = domains.loc[np.repeat(np.arange(len(domains)), len(keys))].reset_index(drop=True)
        for place, name in enumerate(("variable", "category")):
            found[name] = pd.array([key[place] for key in keys] * len(domains), dtype="str")
        return found

    def _residuals(self, totals: Floats, parts: Sequence[_Part]) -> Floats:
        """Totals of units of what the margins of calibrated weights leave of linearised variables, [P, E]."""
        calibration = self.design.calibration
        keys, source = unit_keys(self.table, self.design, self.by)
        needed = [*dict.fromkeys([*calibration.columns, self.design.weight, *self.by])]
        values = list(dict.fromkeys(value for part in parts for value in part.values))
        columns = [
            *(f"{name} AS c{place}" for place, name in enumerate(map(self.table.sql, needed))),
            *(f"({value})::DOUBLE AS v{place}" for place, value in enumerate(values)),
            f"dense_rank() OVER (ORDER BY {', '.join(keys)}) - 1 AS unit",
        ]
        rows = self.table.arrow(f"SELECT {', '.join(columns)} FROM {source}")
        frame = pd.DataFrame({name: rows.column(f"c{place}").to_pandas() for place, name in enumerate(needed)})
        by = {name: rows.column(f"c{needed.index(name)}") for name in self.by}
        _, domain = self.table.domains(by, len(rows))
        unit = rows.column("unit").to_numpy().astype(np.int64)
        auxiliaries = calibration.auxiliaries(frame)
        after = frame[self.design.weight].to_numpy(dtype=np.float64)
        before = frame[calibration.weight].to_numpy(dtype=np.float64)
        of_units = auxiliaries.sums(after, unit, len(self.sums.units))
        domains, several = parts[0].coefficient.shape
        of_values = {
            value: auxiliaries.sums(
                before * np.nan_to_num(rows.column(f"v{place}").to_numpy(zero_copy_only=False)), domain, domains
            )
            for place, value in enumerate(values)
        }
        moments = np.zeros((len(auxiliaries), domains, several))
        for part in parts:
            for place, value in enumerate(part.values):
                moments[:, :, place] += of_values[value].T * np.nan_to_num(part.coefficient[:, place])
        flat = moments.reshape(len(auxiliaries), domains * several)
        left: Floats = calibration.residual_totals(totals, flat, of_units)
        return left


def _elements(weight: Floats, records: Floats, squares: Floats, off: Floats) -> Floats:
    """Variance of elements, by domain and variable.

    Args:
        weight: Sum of weights.
        records: Number of records.
        squares: Sum of weights times the square of values less a shift.
        off: The mean less that shift.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_square = squares / weight
        found = mean_square - off**2
        # what is left when all values are the same is error of the arithmetic
        return np.where(found > 1e-13 * mean_square, found, 0.0) * records / (records - 1)


def _simple(elements: Floats, weight: Floats, records: Floats) -> Floats:
    """Variance of the mean of a simple random sample without replacement."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > records, elements * (weight - records) / (weight * records), np.nan)


def linearise_total(data: Data, design: Design, variables: Sequence[str], by: Sequence[str] = ()) -> Linearised:
    """Totals of columns of numbers, numbers of persons in the categories of text, by domain.

    Args:
        data: The records.
        design: The design, without weights of replicates.
        variables: Names of columns.
        by: Names of columns of domains.

    Raises:
        DesignError: See `Design`.
    """
    return _total_or_mean(data, design, variables, by, as_mean=False)


def linearise_mean(
    data: Data, design: Design, variables: Sequence[str], by: Sequence[str] = (), *, shares: bool = False
) -> Linearised:
    """Means of columns of numbers, shares of the categories of text, by domain.

    Args:
        data: The records.
        design: The design, without weights of replicates.
        variables: Names of columns.
        by: Names of columns of domains.
        shares: Whether numbers must lie between 0 and 1.

    Raises:
        DesignError: See `Design`.
        ValueError: If they must and do not.
    """
    return _total_or_mean(data, design, variables, by, as_mean=True, shares=shares)


def _total_or_mean(
    data: Data, design: Design, variables: Sequence[str], by: Sequence[str], *, as_mean: bool, shares: bool = False
) -> Linearised:
    with opened(data, [*design_columns(design), *by, *variables]) as table:
        looked = check_design(table, design)
        seen = look_at(table, variables)
        columns = [one for name in variables for one in seen[name]]
        if shares and (odd := [one.name for one in columns if one.least < 0 or one.most > 1]):
            raise ValueError(f"column {odd[0]} is no share: its values must lie between 0 and 1, or be text")
        asked = _Asked(looked)
        # variables without missing values share the sums of their weights
        used = [_needed(one) for one in columns]
        counts = [f"n{place if condition else ''}" for place, condition in enumerate(used)]
        for place, one in enumerate(columns):
            asked.product(f"y{place}", used[place], one)
            asked.product(f"w{counts[place]}", used[place])
            asked.records(counts[place], used[place])
            if not one.is_share:
                asked.product(f"q{place}", used[place], one, one, shift=one.shift)
        made = _Made(data, design, table, tuple(by), sum_units(table, design, looked, by, asked.sums))
        sums = made.by_domain([f"y{place}" for place in range(len(columns))])
        weight = made.by_domain([f"w{name}" for name in counts])
        records = made.by_domain([f"{name}+" for name in counts])
        squares = made.by_domain([f"y{k}" if one.is_share else f"q{k}" for k, one in enumerate(columns)])
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums / weight
            inverse = 1 / weight
        shift = np.array([0.0 if one.is_share else one.shift for one in columns])
        simple = _simple(_elements(weight, records, squares, means - shift), weight, records)
        values = [one.sql for one in columns]
        ones = [_where("1", needed) for needed in used]
        numbers = [f"y{place}" for place in range(len(columns))]
        keys = [(one.name, one.category) for one in columns]
        if not as_mean:
            parts = [_Part(numbers, values, np.ones_like(sums))]
            return made.linearised(keys, counts, sums, parts, simple * weight**2)
        parts = [_Part(numbers, values, inverse), _Part([f"w{name}" for name in counts], ones, -means * inverse)]
        return made.linearised(keys, counts, means, parts, simple)


def linearise_ratio(
    data: Data, design: Design, numerator: Sequence[str], denominator: Sequence[str], by: Sequence[str] = ()
) -> Linearised:
    """Ratios of totals, over the records that have both values, by domain.

    Args:
        data: The records.
        design: The design, without weights of replicates.
        numerator: Names of columns of numbers.
        denominator: As many.
        by: Names of columns of domains.

    Raises:
        DesignError: See `Design`; a column that does not hold numbers.
    """
    with opened(data, [*design_columns(design), *by, *numerator, *denominator]) as table:
        looked = check_design(table, design)
        if text := [name for name in (*numerator, *denominator) if not table.is_number(name)]:
            raise DesignError(f"column {text[0]} does not hold numbers: a ratio is one of numbers")
        seen = {name: columns[0] for name, columns in look_at(table, [*numerator, *denominator]).items()}
        pairs = [(seen[top], seen[bottom]) for top, bottom in zip(numerator, denominator, strict=True)]
        asked = _Asked(looked)
        used = [_needed(top, bottom) for top, bottom in pairs]
        counts = [f"n{place if needed else ''}" for place, needed in enumerate(used)]
        for place, (top, bottom) in enumerate(pairs):
            asked.product(f"y{place}", used[place], top)
            asked.product(f"x{place}", used[place], bottom)
            asked.product(f"yy{place}", used[place], top, top)
            asked.product(f"xy{place}", used[place], bottom, top)
            asked.product(f"xx{place}", used[place], bottom, bottom)
            asked.product(f"w{counts[place]}", used[place])
            asked.records(counts[place], used[place])
        made = _Made(data, design, table, tuple(by), sum_units(table, design, looked, by, asked.sums))
        named = {name: [f"{name}{place}" for place in range(len(pairs))] for name in ("y", "x", "yy", "xy", "xx")}
        sums = {name: made.by_domain(columns) for name, columns in named.items()}
        weight, records = (made.by_domain([f"{a}{n}{b}" for n in counts]) for a, b in (("w", ""), ("", "+")))
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(sums["x"] != 0, 1 / sums["x"], np.nan)
            found = np.where(sums["x"] != 0, sums["y"] / sums["x"], np.nan)
        squares = sums["yy"] - 2 * found * sums["xy"] + found**2 * sums["xx"]
        squares = np.where(squares > 1e-13 * sums["yy"], squares, 0.0)
        # the linearised variable has the mean 0
        simple = _simple(_elements(weight, records, squares, np.zeros_like(found)), weight, records)
        keys = [(f"{top.name}/{bottom.name}", "") for top, bottom in pairs]
        parts = [
            _Part(named["y"], [_where(top.sql, used[k]) for k, (top, _) in enumerate(pairs)], inverse),
            _Part(named["x"], [_where(bottom.sql, used[k]) for k, (_, bottom) in enumerate(pairs)], -found * inverse),
        ]
        return made.linearised(keys, counts, found, parts, simple * (weight * inverse) ** 2)


def _needed(*variables: Variable) -> tuple[Variable, ...]:
    """Those that records may lack."""
    return tuple(dict.fromkeys(one for one in variables if one.missing))


def _where(value: str, needed: Sequence[Variable]) -> str:
    """SQL: the value of the records that are used."""
    used = " AND ".join(f"({one.sql}) IS NOT NULL" for one in needed)
    return f"(CASE WHEN {used} THEN {value} END)" if used else value
