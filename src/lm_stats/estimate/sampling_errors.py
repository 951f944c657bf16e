"""Sampling errors of what is made from records of a sample: numbers, rates, means, quantiles and their gaps.

Every value is a function of sums over the sampled units. It is linearised (Binder, "On the variances of asymptotically
normal estimators from complex surveys", International Statistical Review 51, 1983), and its variance is that of the
sums of the linearised variable over the units of each stratum, by the kernel of `lm_stats.estimate.survey`. Units
without a record of a cell count with 0: a cell is a domain of the sample, not a sample of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lm_stats.estimate.laid_out import Rows
from lm_stats.estimate.sums import Block
from lm_stats.estimate.survey.distribution import woodruff_domains
from lm_stats.estimate.survey.intervals import change_interval, logit_interval, t_interval
from lm_stats.estimate.survey.variance import Units, degrees_of_freedom, variances
from lm_stats.spec import Count, Gap, Mean, Quantile, Rate

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LEVEL = 0.95
COLUMNS = ("std_error", "lower", "upper", "df")
# numbers held at a time, of each of the few tables of units by values
_CELLS = 4_000_000


@dataclass(frozen=True)
class Sample:
    """The sample of one area and occasion.

    Attributes:
        rows: Its records, by unit and cell.
        units: All its units, those without a record of the universe among them.
        unit: Number of the unit of each row, [N].
        single_psu: What a stratum with one unit adds.
    """

    rows: Rows
    units: Units
    unit: Whole
    single_psu: str


def sampling_errors(how: Count | Rate | Mean, gap: Gap | None, block: Block, sample: Sample) -> dict[str, Floats]:
    """Standard errors and 95 % intervals of the values of one area and occasion.

    Args:
        how: What is estimated in each cell: a sum of weights, a ratio, a mean or a quantile.
        gap: Where two groups are compared: how. The last dimension of the block tells them apart then.
        block: The keys.
        sample: The sample.

    Returns:
        `COLUMNS`, each for all keys (of a gap: for those without the last dimension), K in order, in units of the
        value; `df` are units less strata among those with a record of the cell with a weight above 0 (of a gap: the
        fewer of the two groups). There is no error of a cell without a record, nor of a ratio that the sample seems
        to know exactly: a share of 0 or 1, or of records of a single unit (nor of a gap to such a ratio). Intervals
        are by Student's t, of shares (rates whose units are part of the base) on the logit scale, of quantiles those
        of Woodruff, and of gaps in per cent on the scale of the logarithm of the ratio, where both values are above
        0: nothing is more than 100 per cent less. Those of gaps of shares end where shares do, at 100 points to both
        sides, and those of numbers at 0.
    """
    width = block.shape[-1] if gap else 1
    found = {name: np.full(block.size // width, np.nan) for name in COLUMNS}
    used = np.flatnonzero(np.logical_or.reduce(sample.rows.parts))
    row, key = block.spread(len(used), sample.rows.codes, [places[used] for places in sample.rows.places])
    row, sides = used[row], 1
    if gap:
        side = np.full(width, -1)
        # the group that is compared with the other, and the other
        for number, code in enumerate(gap.between):
            if (place := block.place(-1, code)) >= 0:
                side[place] = number
        kept = side[key % width] >= 0
        row, key, sides = row[kept], (key // width * 2 + side[key % width])[kept], 2
    occurs = np.zeros(len(found["df"]), dtype="bool")
    occurs[key // sides] = True
    keys = np.flatnonzero(occurs)
    column = (np.cumsum(occurs) - 1)[key // sides] * sides + key % sides
    linear = _Linear(how, sample, _are_shares(how, sample.rows))
    for part, rows_of, columns in _batches(row, column, len(keys), sides, len(sample.units)):
        made = linear.of(rows_of, columns, (part.stop - part.start) * sides, gap)
        for name, values in made.items():
            found[name][keys[part]] = values
    return found


def _are_shares(how: Count | Rate | Mean, rows: Rows) -> bool:
    """Whether a rate's units are part of its base: then it is a share, and lies between 0 and 1."""
    return isinstance(how, Rate) and not bool((rows.parts[0] & ~rows.parts[1]).any())


def _batches(
    row: Whole, column: Whole, keys: int, sides: int, units: int
) -> Iterator[tuple[slice, Whole, Whole]]:
    """As many keys at a time as memory allows: which, the rows that add to them, and their columns from 0."""
    step = max(1, _CELLS // max(1, units * sides))
    if keys <= step:
        yield slice(0, keys), row, column
        return
    # the order of rows within a column stays, so that sums repeat
    order = np.argsort(column, kind="stable")
    row, column = row[order], column[order]
    for first in range(0, keys, step):
        last = min(first + step, keys)
        start, end = np.searchsorted(column, (first * sides, last * sides))
        yield slice(first, last), row[start:end], column[start:end] - first * sides


@dataclass(frozen=True)
class _Linear:
    """How estimates of a sample are linearised.

    Attributes:
        how: What is estimated.
        sample: The sample.
        share: Whether it is a share of a base.
    """

    how: Count | Rate | Mean
    sample: Sample
    share: bool

    def of(self, row: Whole, column: Whole, columns: int, gap: Gap | None) -> dict[str, Floats]:
        """Errors of C estimates, from the rows that add to them."""
        if isinstance(self.how, Quantile):
            return self._of_quantiles(row, column, columns, self.how, gap)
        estimate, totals, present = self._of_sums(row, column, columns)
        if gap:
            return self._of_gaps(estimate, totals, present, gap)
        std_error, df = self._errors(totals, present)
        # a cell without a base has neither value nor error
        df[np.isnan(estimate)] = np.nan
        std_error[self._seems_exact(estimate, present)] = np.nan
        if not self.share:
            lower, upper = t_interval(estimate, std_error, df, LEVEL)
            if not isinstance(self.how, Mean):
                # there are no fewer than none
                lower = np.maximum(lower, 0.0)
            return _named(std_error, lower, upper, df)
        assert isinstance(self.how, Rate)
        lower, upper = logit_interval(estimate / self.how.per, std_error / self.how.per, df, LEVEL)
        return _named(std_error, self.how.per * lower, self.how.per * upper, df)

    def _seems_exact(self, estimate: Floats, present: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the sample seems to know each ratio exactly, which it does not.

        That is: a share of none or of all, and a ratio within a single unit, which does not vary from unit to unit.
        """
        if isinstance(self.how, Count):
            return np.zeros(len(estimate), dtype="bool")
        alone: NDArray[np.bool_] = present.sum(axis=0) <= 1
        if self.share and isinstance(self.how, Rate):
            alone |= (estimate <= 0) | (estimate >= self.how.per)
        return alone

    def _of_sums(self, row: Whole, column: Whole, columns: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Estimates [C], totals of the linearised variable [P, C], and which units have a record of each [P, C]."""
        rows, size = self.sample.rows, len(self.sample.units)
        place = self.sample.unit[row] * columns + column

        def sums(numbers: NDArray[np.generic]) -> Floats:
            # of no rows it would count in whole numbers
            found = np.bincount(place, weights=numbers[row], minlength=size * columns).astype("float64", copy=False)
            return found.reshape(size, columns)

        of_base = rows.parts[-1]
        # the domain of a rate are the records of both of its parts; no others are here
        present = sums(rows.weighing) > 0
        if isinstance(self.how, Count):
            totals = sums(rows.weight * rows.parts[0])
            return totals.sum(axis=0), totals, present
        above = sums(rows.total if isinstance(self.how, Mean) else rows.weight * rows.parts[0])
        below = sums(rows.weight * of_base)
        per = 1 if isinstance(self.how, Mean) else self.how.per
        whole = below.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = above.sum(axis=0) / whole
            # in place, since these are the largest tables there are
            below *= -ratio
            below += above
            below *= per / whole
        return per * ratio, below, present

    def _errors(self, totals: Floats, present: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Standard errors [C] and degrees of freedom [C]."""
        variance = variances(self.sample.units, totals, self.sample.single_psu, present)
        return np.sqrt(variance), degrees_of_freedom(self.sample.units, present).astype("float64")

    def _of_gaps(
        self, estimate: Floats, totals: Floats, present: NDArray[np.bool_], gap: Gap
    ) -> dict[str, Floats]:
        """Errors of differences between the columns of even and of odd numbers."""
        one, other = estimate[0::2], estimate[1::2]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = 100 * (one - other) / other if gap.relative else one - other
            to_one, to_other = (100 / other, 100 * one / other**2) if gap.relative else (1.0, 1.0)
            combined = totals[:, 0::2] * to_one - totals[:, 1::2] * to_other
            value = np.where(np.isfinite(value), value, np.nan)
            combined[:, np.isnan(value)] = np.nan
        std_error, _ = self._errors(combined, present[:, 0::2] | present[:, 1::2])
        of_each = degrees_of_freedom(self.sample.units, present).astype("float64")
        df = np.where(np.isfinite(value), np.minimum(of_each[0::2], of_each[1::2]), np.nan)
        exact = self._seems_exact(estimate, present)
        std_error = np.where(exact[0::2] | exact[1::2], np.nan, std_error)
        lower, upper = t_interval(value, std_error, df, LEVEL)
        if gap.relative:
            # a ratio of what is not above 0 has no logarithm
            above, changed = (one > 0) & (other > 0), change_interval(value, std_error, df, LEVEL)
            lower, upper = np.where(above, changed[0], lower), np.where(above, changed[1], upper)
        elif self.share and isinstance(self.how, Rate):
            lower, upper = np.maximum(lower, -self.how.per), np.minimum(upper, self.how.per)
        return _named(std_error, lower, upper, df)

    def _of_quantiles(
        self, row: Whole, column: Whole, columns: int, how: Quantile, gap: Gap | None
    ) -> dict[str, Floats]:
        rows, sample = self.sample.rows, self.sample
        unit, values, weights = sample.unit[row], rows.value[row], rows.weight[row]
        found = woodruff_domains(
            values, weights, unit, column, columns, sample.units, (how.quantile,), LEVEL, sample.single_psu
        )
        if not gap:
            df = np.where(np.isfinite(found.estimate[:, 0]), found.df, np.nan)
            return _named(found.std_error[:, 0], found.lower[:, 0], found.upper[:, 0], df)
        # the share at or below the quantile is linear in the records; what a change of the share does to the quantile
        # is told by both standard errors (Francisco and Fuller, "Quantile estimation with a complex survey design",
        # Annals of Statistics 19, 1991)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = found.std_error[:, 0] / found.share_error[:, 0]
            whole = np.bincount(column, weights=weights, minlength=columns)
            below = values <= found.estimate[column, 0]
            parts = -slope[column] * (below - found.share[column, 0]) * weights / whole[column]
        size = len(sample.units)
        place = unit * columns + column
        totals, weighing = (
            np.bincount(place, weights=numbers, minlength=size * columns).astype("float64", copy=False)
            for numbers in (parts, rows.weighing[row])
        )
        shape = (size, columns)
        return self._of_gaps(found.estimate[:, 0], totals.reshape(shape), weighing.reshape(shape) > 0, gap)


def _named(*columns: Floats) -> dict[str, Floats]:
    return dict(zip(COLUMNS, columns, strict=True))
