"""Which pairs of certificates a person is asked about.

Three strata: `grey`, pairs that the model cannot decide; `linked`, pairs that the links hold for one person; `apart`,
pairs that were compared and left apart. In each the pairs are a probability sample, drawn where an answer teaches most,
and each says how many pairs it stands for (`represents`, one over its chance to be drawn). So the answers decide the
pairs asked about, calibrate the probabilities, and estimate without bias how many links are wrong and how many are
missed (Horvitz and Thompson, "A generalization of sampling without replacement from a finite universe", Journal of the
American Statistical Association 47, 1952). The draw is systematic with unequal chances from pairs ordered by
probability (Madow, "On the theory of systematic sampling, II", Annals of Mathematical Statistics 20, 1949): as many as
asked for, and spread over all probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

STRATA = ("grey", "linked", "apart")
SHARES: Mapping[str, float] = MappingProxyType({"grey": 0.4, "linked": 0.35, "apart": 0.25})
"""How the pairs asked about are divided; what a stratum cannot fill goes to the others."""
GREY = (0.05, 0.95)
"""Probabilities between which the model cannot decide, unless the model says others."""
THROUGH_OTHERS = 0.3
"""Part of the linked pairs for those that were never compared: held by a key, or by third certificates alone."""
# the least chance of a certain pair beside that of an uncertain one, so that no answer stands for too many
_FLOOR = {"grey": 0.2, "linked": 0.2, "apart": 0.1}

Numbers = npt.NDArray[np.float64]


def choose_pairs(
    pairs: pd.DataFrame,
    links: pd.DataFrame,
    number: int,
    seed: int,
    *,
    between: tuple[float, float] = GREY,
    shares: Mapping[str, float] = SHARES,
) -> pd.DataFrame:
    """Choose the pairs that a person is asked about.

    Args:
        pairs: Candidate pairs `left_id, right_id, probability`, left before right, as scored by the model; further
            columns are kept. Those that somebody has decided already are to be left out by the caller.
        links: `permit_id, person_id, probability` of every certificate.
        number: Pairs to choose; fewer only where there are fewer.
        seed: The same seed gives the same pairs.
        between: `(review_at, link_at)`: pairs apart whose probability lies from the first up to the second are `grey`.
        shares: Part of the number for each stratum.

    Returns:
        The columns of `pairs` and `stratum, represents`, most uncertain first within grey, linked, apart. Pairs that
        the links hold together without their ever having been weighed (by a key, or through others) are among
        `linked`; their `probability` is missing, and they say nothing about what a probability is worth. Grey pairs
        are drawn the likelier the less certain they are and the more pairs their answer would join (certificates of
        the one person times those of the other); linked ones the likelier the less certain; those apart the likelier
        the more probable.

    Raises:
        ValueError: A certificate of the pairs is not in the links.
    """
    known = pairs.reset_index(drop=True)
    of_links, _ = pd.factorize(links["person_id"])
    place = pd.Index(links["permit_id"])
    left, right = (place.get_indexer(known[side]) for side in ("left_id", "right_id"))
    if min(left.min(initial=0), right.min(initial=0)) < 0:
        raise ValueError("the links have no row for some certificate of the pairs")
    left, right = of_links[left], of_links[right]
    together = left == right
    probability = known["probability"].fillna(0.0).to_numpy(dtype="float64")
    in_grey = ~together & (probability >= between[0]) & (probability < between[1])
    known["stratum"] = np.select([together, in_grey], ["linked", "grey"], "apart")
    size = np.bincount(of_links).astype("float64")
    known["_value"] = _values(known["stratum"], probability, size[left] * size[right])
    # the same pairs are drawn from a frame in another order
    known = known.sort_values(["probability", "left_id", "right_id"], ignore_index=True)
    held = int((size * (size - 1) / 2).sum()) - int(together.sum())
    counts = {name: int((known["stratum"] == name).sum()) for name in STRATA}
    counts["linked"] += held
    random = np.random.default_rng(seed)
    chosen = []
    for stratum, wanted in _divide(number, counts, shares).items():
        there = known[known["stratum"] == stratum]
        through = 0
        if stratum == "linked":
            through = min(held, max(wanted - len(there), round(wanted * THROUGH_OTHERS)))
        chance = _chances(there["_value"].to_numpy(dtype="float64"), wanted - through)
        drawn = _systematic(chance, random.uniform())
        sample = there[drawn].assign(represents=1.0 / chance[drawn])
        chosen.append(sample.sort_values(["_value", "left_id", "right_id"], ascending=[False, True, True]))
        if through:
            others = _held_through_others(links["permit_id"], of_links, there, through, random)
            chosen.append(others.assign(represents=held / through))
    found = pd.concat(chosen, ignore_index=True).drop(columns="_value")
    return found.astype({"stratum": "str", "represents": "float64"})


def _values(stratum: pd.Series, probability: Numbers, joined: Numbers) -> Numbers:
    """How much an answer is worth: the chance to be drawn goes with it."""
    unsure = np.sqrt(probability * (1 - probability)) * 2
    worth = {
        "grey": (_FLOOR["grey"] + unsure) * np.sqrt(joined),
        "linked": _FLOOR["linked"] + unsure,
        "apart": _FLOOR["apart"] + np.minimum(probability, 1 - _FLOOR["apart"]),
    }
    return np.select([(stratum == name).to_numpy(dtype=bool) for name in worth], list(worth.values()), 0.0)


def _held_through_others(
    permits: pd.Series, person: npt.NDArray[np.intp], compared: pd.DataFrame, wanted: int, random: np.random.Generator
) -> pd.DataFrame:
    """Draw pairs of one person that were never compared, each with the same chance, without listing all of them."""
    ordered = pd.DataFrame({"permit_id": permits.to_numpy(), "person": person}).sort_values("permit_id")
    ordered = ordered.sort_values("person", kind="stable", ignore_index=True)
    size = np.bincount(person).astype("int64")
    first, until = np.cumsum(size) - size, np.cumsum(size * (size - 1) // 2)
    numbers = random.choice(until[-1], min(until[-1], wanted + len(compared)), replace=False)
    who = np.searchsorted(until, numbers, side="right")
    # pairs of one person are numbered (1, 0), (2, 0), (2, 1), (3, 0) ...
    place = numbers - (until[who] - size[who] * (size[who] - 1) // 2)
    later = np.floor((1 + np.sqrt(1 + 8.0 * place)) / 2).astype("int64")
    earlier = place - later * (later - 1) // 2
    names = ordered["permit_id"].to_numpy()
    pairs = pd.DataFrame({"left_id": names[first[who] + earlier], "right_id": names[first[who] + later]})
    known = pd.MultiIndex.from_frame(compared[["left_id", "right_id"]])
    fresh = pairs[~pd.MultiIndex.from_frame(pairs).isin(known)].head(wanted)
    return fresh.assign(stratum="linked", probability=np.nan)


def _divide(number: int, counts: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, int]:
    """How many of each stratum: by the shares, but never more than there are."""
    taken = dict.fromkeys(STRATA, 0)
    left = min(number, sum(counts.values()))
    while left > 0:
        room = [name for name in STRATA if taken[name] < counts[name]]
        whole = sum(shares[name] for name in room)
        for name in room:
            more = max(1, int(left * shares[name] / whole)) if whole else left
            more = min(more, counts[name] - taken[name], number - sum(taken.values()))
            taken[name] += more
        left = min(number, sum(counts.values())) - sum(taken.values())
    return taken


def _chances(values: Numbers, wanted: int) -> Numbers:
    """Chances to be drawn in proportion to the values, 1 at most, adding up to the number wanted."""
    chances = np.zeros_like(values)
    if wanted >= len(values):
        return np.ones_like(values)
    sure = np.zeros(len(values), dtype=bool)
    while True:
        chances[~sure] = values[~sure] * (wanted - sure.sum()) / values[~sure].sum()
        above = ~sure & (chances >= 1)
        if not above.any():
            return chances
        sure |= above
        chances[sure] = 1.0


def _systematic(chances: Numbers, start: float) -> npt.NDArray[np.bool_]:
    """Draw each with its chance: where the running sum of chances passes start, start + 1, start + 2 ..."""
    # a sum of many small chances is a whole number only nearly
    running = np.floor(np.round(np.cumsum(chances), 9) - start)
    drawn: npt.NDArray[np.bool_] = np.diff(running, prepend=np.floor(-start)) > 0
    return drawn
