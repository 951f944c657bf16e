"""What may be said of numbers that have errors: whether they differ, which is the largest, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lm_stats.publish.reading import BROKEN, UNRELIABLE, Cell

Verdict = Literal["rose", "fell", "unclear"]

# the 97.5th percentile of the normal distribution, and of t with one degree of freedom
_LARGE_SAMPLE = 1.959964
_SMALL_SAMPLE = 12.706205


@dataclass(frozen=True)
class Change:
    """How far a value lies above an earlier one, and whether that may be chance.

    Attributes:
        verdict: `unclear` where the interval holds 0.
        difference: The value less the earlier one, in its unit.
        lower: Lower bound of the 95 % interval of the difference.
        upper: Its upper bound.
    """

    verdict: Verdict
    difference: float
    lower: float
    upper: float


def comparable(cell: Cell) -> bool:
    """Whether an estimate from a sample may be set beside another: shown, reliable, and with an error that is known."""
    return cell.value is not None and cell.status != UNRELIABLE and cell.lower is not None and cell.upper is not None


def change(now: Cell, before: Cell) -> Change | None:
    """The change between two rounds of a survey, judged by its error.

    The variance of a difference of two independent estimates is the sum of their variances (Cochran, Sampling
    Techniques, 3rd ed. 1977, section 2.10). Where both rounds visited the same areas, the covariance that
    is left out is as a rule positive, so that the interval is too wide: a change that is there may be missed, none that
    is not there is told.

    Both values are rounded, each by up to half of what it is shown to; that adds a twelfth of the square of the step
    to each variance (Sheppard's correction), which matters only where errors are as small as the step.

    The published table does not tell degrees of freedom. They are in the width of the interval, which is twice the
    standard error times t; the larger t of both is taken, no less than that of a large sample.

    Args:
        now: The later estimate.
        before: The earlier one.

    Returns:
        The change; None where nothing may be said: one of both is hidden, unreliable or without an error, or the series
        has a break.
    """
    if not (comparable(now) and comparable(before)) or now.status == BROKEN:
        return None
    if now.std_error is None or before.std_error is None or now.value is None or before.value is None:
        return None
    difference = now.value - before.value
    rounding = 10.0**-now.decimals / math.sqrt(6)
    reach = max(_multiplier(now), _multiplier(before)) * math.hypot(now.std_error, before.std_error, rounding)
    lower, upper = difference - reach, difference + reach
    return Change(_verdict(lower, upper), difference, lower, upper)


def gap(cell: Cell) -> Change | None:
    """What a difference between two groups says, of which the table has the error.

    Args:
        cell: A cell of a gap: the value of one group less that of another, or in per cent of it.

    Returns:
        The difference with `rose` where the first group has more; None where nothing may be said.
    """
    if not comparable(cell) or cell.value is None or cell.lower is None or cell.upper is None:
        return None
    return Change(_verdict(cell.lower, cell.upper), cell.value, cell.lower, cell.upper)


def apart(one: Cell, other: Cell) -> bool:
    """Whether two intervals do not overlap, which is more than a test of their difference asks.

    The standard error of a difference is at most the sum of both, however the two hang together (the Cauchy-Schwarz
    inequality): what lies apart here differs in such a test too, also where both are from one sample.
    """
    low, high = (one, other) if (one.value or 0.0) <= (other.value or 0.0) else (other, one)
    return low.upper is not None and high.lower is not None and low.upper < high.lower


def leading(cells: Sequence[Cell]) -> tuple[int, tuple[int, ...]] | None:
    """Which of some estimates is the largest, and which of the others cannot be told apart from it.

    Args:
        cells: Estimates from one sample. Those that are unreliable or have no error are not looked at.

    Returns:
        Positions of the largest and of those whose intervals meet its own, largest first; None where no two may be
        compared.
    """
    known = sorted((i for i, cell in enumerate(cells) if comparable(cell)), key=lambda i: -(cells[i].value or 0.0))
    if len(known) < 2 or not cells[known[0]].value:
        return None
    first = known[0]
    return first, tuple(i for i in known[1:] if not apart(cells[first], cells[i]))


def _multiplier(cell: Cell) -> float:
    if not cell.std_error or cell.lower is None or cell.upper is None:
        return _LARGE_SAMPLE
    return min(max((cell.upper - cell.lower) / (2 * cell.std_error), _LARGE_SAMPLE), _SMALL_SAMPLE)


def _verdict(lower: float, upper: float) -> Verdict:
    if lower > 0:
        return "rose"
    return "fell" if upper < 0 else "unclear"
