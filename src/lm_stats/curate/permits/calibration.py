"""What the probability of a link is worth: claims made from pairs that a person has looked at.

The probability of a linkage model is right only as far as the model is: fields that depend on one another, or that
are seldom wrong together, make it claim too much. Here the claim comes from reviewed pairs alone; of the model only the
order of the pairs is used.

The estimate is isotonic regression (Ayer, Brunk, Ewing, Reid and Silverman, "An empirical distribution function for
sampling with incomplete information", Annals of Mathematical Statistics 26, 1955; for probabilities of classifiers:
Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002), found by
pooling adjacent violators. The claim is its lower limit. The max-min formula of isotonic regression,

    estimate(k) = max over i <= k of min over j >= k of mean(i..j),

(Robertson, Wright and Dykstra, "Order Restricted Statistical Inference", 1988, section 1.4) is taken with a lower
confidence limit of the share in the place of each mean. Where matches become more frequent with the probability, each
such limit is one of the share at k, and the minimum makes the largest of them cautious; so the claim is a monotone
lower limit that needs no form of curve (compare Yang and Barber, "Contraction and uniform convergence of isotonic
regression", Electronic Journal of Statistics 13, 2019). A logistic curve (Platt, "Probabilistic outputs for support
vector machines", 1999) or a beta curve (Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017) would claim
0.999 from a few dozen pairs by going on where nobody has looked. This cannot: n pairs that are all matches support at
most 0.05 ** (1 / n), which is 0.97 for a hundred and 0.99 for three hundred.

The limit of one share is the exact one of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in
the case of the binomial", Biometrika 26, 1934), for weighted pairs with their effective number (Korn and Graubard,
"Confidence intervals for proportions with small expected number of positive counts estimated from survey data", Survey
Methodology 24, 1998; the effective number is Kish's, sum(w) ** 2 / sum(w ** 2)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from lm_stats.shares import share_limit

Numbers = npt.NDArray[np.float64]

LEAST_REVIEWED = 100
"""Reviewed pairs below which nothing is calibrated."""
CONFIDENCE = 0.95
"""Probability that the limit of one share lies below it; the claim, the least of several limits, is safer than each."""
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Probabilities at which claims are compared with what is true."""
MOST_GROUPS = 40
UNCALIBRATED = "uncalibrated"


@dataclass(frozen=True)
class Calibration:
    """How a probability of the model becomes a claim.

    Attributes:
        starts: Probability from which each group of reviewed pairs counts, rising; empty where nothing is calibrated.
        claims: What is claimed of such pairs: not above their share of matches, but for chance.
        estimates: Best estimate of their share of matches; to decide by, not to claim.
        reviewed: Reviewed pairs that it rests on.
        says: `uncalibrated`, or `calibrated on N reviewed pairs`.
    """

    starts: tuple[float, ...] = ()
    claims: tuple[float, ...] = ()
    estimates: tuple[float, ...] = ()
    reviewed: int = 0
    says: str = field(default=UNCALIBRATED)

    def apply(self, probability: npt.ArrayLike) -> Numbers:
        """Turn probabilities of the model into claims.

        Args:
            probability: Probabilities of the model, of any shape; NaN (no pair) stays NaN.

        Returns:
            Claims within 0 and 1, that never fall as the probability rises, shape as given; without calibration the
            probabilities as they are. Below the least probability that anyone has looked at, 0.
        """
        return self._at(probability, self.claims)

    def estimate(self, probability: npt.ArrayLike) -> Numbers:
        """Best estimate of the share of matches, without the caution of a claim.

        Args:
            probability: Probabilities of the model, of any shape; NaN stays NaN.

        Returns:
            As `apply`. To decide what is linked by: a claim is bounded by the number of reviewed pairs, and a rule
            that waits for a claim of 0.99 would link nothing before three hundred certain pairs were looked at.
        """
        return self._at(probability, self.estimates)

    @property
    def highest(self) -> float:
        """The most that is claimed of any pair; 1 without calibration."""
        return max(self.claims, default=1.0)

    def _at(self, probability: npt.ArrayLike, values: tuple[float, ...]) -> Numbers:
        given = np.asarray(probability, dtype="float64")
        if not self.starts:
            same: Numbers = np.clip(given, 0.0, 1.0)
            return same
        place = np.searchsorted(np.asarray(self.starts), given, side="right")
        found = np.concatenate(([0.0], np.asarray(values)))[place]
        values_at: Numbers = np.where(np.isnan(given), np.nan, found)
        return values_at


def fit(
    probability: npt.ArrayLike,
    same: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    minimum: int = LEAST_REVIEWED,
) -> Calibration:
    """Learn from reviewed pairs what a probability of the model is worth.

    Args:
        probability: Probabilities of the model, one for each reviewed pair, shape (n,).
        same: Whether the reviewer found the two to be one person, shape (n,).
        weight: Candidate pairs that each reviewed one stands for (`represents`), shape (n,), above 0; 1 without.
        minimum: Reviewed pairs below which nothing is calibrated.

    Returns:
        The calibration. Its claims are cautious on both readings: among the pairs of which at least p is claimed the
        share of matches is at least p, and so is the mean of the claims of any group of pairs by probability. What no
        number of reviewed pairs supports is not claimed of any pair.

    Raises:
        ValueError: The arrays differ in length, a probability lies outside 0 and 1, or a weight is not above 0.
    """
    scores, matches = np.asarray(probability, dtype="float64"), np.asarray(same, dtype="float64")
    weights = np.ones_like(scores) if weight is None else np.asarray(weight, dtype="float64")
    if not scores.shape == matches.shape == weights.shape or scores.ndim != 1:
        raise ValueError("probability, same and weight need one number for each reviewed pair")
    if not (np.all((scores >= 0) & (scores <= 1)) and np.all((matches == 0) | (matches == 1)) and np.all(weights > 0)):
        raise ValueError("probabilities lie within 0 and 1, same is true or false, and weights are above 0")
    if scores.size < max(minimum, 1):
        return Calibration(reviewed=int(scores.size))
    order = np.argsort(scores, kind="stable")
    scores, matches, weights = scores[order], matches[order], weights[order]
    first = _groups(scores)
    # what a group is worth is its mean: claimed from its middle on, below it lies what is worth less
    starts = scores[(first + np.append(first[1:], scores.size) - 1) // 2]
    starts[0] = scores[0]
    sums = np.add.reduceat(np.column_stack([weights, weights * matches, weights**2]), first, axis=0)
    estimates = _pool_adjacent_violators(sums[:, 1] / sums[:, 0], sums[:, 0])
    claims = np.minimum(_max_min(_limits_of_runs(sums)), estimates)
    return Calibration(
        tuple(starts.tolist()),
        tuple(claims.tolist()),
        tuple(estimates.tolist()),
        int(scores.size),
        f"calibrated on {scores.size} reviewed pairs",
    )


def compare_claims(
    calibration: Calibration, probability: npt.ArrayLike, same: npt.ArrayLike, levels: tuple[float, ...] = LEVELS
) -> list[dict[str, Any]]:
    """Compare what is claimed with what is true, where the truth of every pair is known.

    Args:
        calibration: What `fit` gives.
        probability: Probabilities of the model of all candidate pairs, shape (n,).
        same: Whether the two are one person, shape (n,).
        levels: Probabilities to compare at.

    Returns:
        For each level: `level`; `pairs` of which at least this is claimed; `claimed`, the mean claim of these; `true`,
        their share of matches. The last two are NaN where this much is claimed of no pair: nothing is claimed there.
    """
    claims, matches = calibration.apply(probability), np.asarray(same, dtype="float64")
    rows = []
    for level in levels:
        there = claims >= level
        means = (float(claims[there].mean()), float(matches[there].mean())) if there.any() else (math.nan, math.nan)
        rows.append({"level": level, "pairs": int(there.sum()), "claimed": means[0], "true": means[1]})
    return rows


def _groups(sorted_scores: Numbers) -> npt.NDArray[np.int64]:
    """Where each group of sorted pairs begins: about as many in each, and never two in which a probability is equal."""
    first_of_score = np.flatnonzero(np.concatenate(([True], np.diff(sorted_scores) > 0)))
    least = max(1, math.ceil(sorted_scores.size / MOST_GROUPS))
    begins = [0]
    for place in first_of_score[1:]:
        if place - begins[-1] >= least and sorted_scores.size - place >= least:
            begins.append(int(place))
    return np.asarray(begins, dtype="int64")


def _pool_adjacent_violators(means: Numbers, weights: Numbers) -> Numbers:
    """Isotonic regression: the rising values nearest to the means, by weighted least squares."""
    blocks: list[tuple[float, float, int]] = []
    for mean, weight in zip(means, weights, strict=True):
        block = (float(mean), float(weight), 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / total, total, before[2] + block[2])
        blocks.append(block)
    return np.repeat([block[0] for block in blocks], [block[2] for block in blocks])


def _limits_of_runs(sums: Numbers) -> Numbers:
    """Lower limits of the share in every run of groups, shape (groups, groups): first group by last; 1 below it."""
    whole = np.concatenate([np.zeros((1, 3)), np.cumsum(sums, axis=0)])
    first, last = np.triu_indices(len(sums))
    weight, matched, squares = (whole[last + 1] - whole[first]).T
    limits = np.ones((len(sums), len(sums)))
    limits[first, last] = share_limit(np.clip(matched / weight, 0.0, 1.0), weight**2 / squares, CONFIDENCE)
    return limits


def _max_min(limits: Numbers) -> Numbers:
    """For each group the largest, over runs that begin at or before it, of the least of those that end at or after."""
    least = np.minimum.accumulate(limits[:, ::-1], axis=1)[:, ::-1]
    return np.array([least[: k + 1, k].max() for k in range(len(limits))])
