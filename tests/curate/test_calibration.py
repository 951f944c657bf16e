"""Claims from reviewed pairs, and which pairs are reviewed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.curate.permits.calibration import LEVELS, UNCALIBRATED, compare_claims, fit
from lm_stats.curate.permits.reviewing import STRATA, choose_pairs

SHARES = st.floats(0, 1)


@given(st.lists(st.tuples(SHARES, st.booleans(), st.floats(0.5, 1000)), min_size=5, max_size=60), st.lists(SHARES))
def test_claims_never_fall_and_never_pass_the_best_estimate(
    reviewed: list[tuple[float, bool, float]], asked: list[float]
) -> None:
    calibration = fit(*map(list, zip(*reviewed, strict=True)), minimum=5)  # type: ignore[arg-type]
    at = np.sort(np.array([*asked, 0.0, 1.0, *(one for one, *_ in reviewed)]))
    claims, estimates = calibration.apply(at), calibration.estimate(at)
    for values in (claims, estimates):
        assert np.all(np.diff(values) >= 0)
        assert np.all((values >= 0) & (values <= 1))
    assert np.all(claims <= estimates + 1e-12)
    assert claims.max() == calibration.highest < 1


@pytest.mark.parametrize("number", [100, 299, 1000])
def test_pairs_that_are_all_matches_support_no_more_than_their_number_does(number: int) -> None:
    calibration = fit(np.linspace(0.9, 1, number), np.ones(number, dtype=bool))
    # 1 of 20 samples of this size has matches only where this share of the pairs are matches
    assert calibration.highest == pytest.approx(0.05 ** (1 / number), abs=1e-5)
    assert calibration.says == f"calibrated on {number} reviewed pairs"
    # the half of them that count for nothing beside the others support nothing
    unequal = fit(np.linspace(0.9, 1, number), np.ones(number, dtype=bool), np.tile([1e-6, 1], number)[:number])
    assert unequal.highest < 0.05 ** (2 / (number + 2)) + 1e-5


def test_few_reviewed_pairs_leave_probabilities_as_they_are() -> None:
    calibration = fit([0.2, 0.9], [False, True])
    assert (calibration.says, calibration.reviewed, calibration.highest) == (UNCALIBRATED, 2, 1.0)
    assert calibration.apply([0.3, np.nan, 1.0]) == pytest.approx([0.3, np.nan, 1.0], nan_ok=True)
    for wrong in (([0.2], [True, False]), ([1.2], [True]), ([0.5], [True], [0.0])):
        with pytest.raises(ValueError, match="probabilit"):
            fit(*wrong)


@pytest.mark.parametrize(
    "share",
    [lambda p: p, lambda p: p**4, lambda p: 0.9 + 0 * p, lambda p: np.where(p > 0.8, 0.97, 0.02), lambda p: p > 0.6],
    ids=["right", "over-confident", "the same for all", "two steps", "certain"],
)
def test_claims_hold_whatever_the_model_is_worth(share: Callable[[np.ndarray], np.ndarray]) -> None:
    random = np.random.default_rng(7)
    every = random.uniform(size=20_000)
    same = random.uniform(size=every.size) < share(every)
    for _ in range(2):
        drawn = random.choice(every.size, 300, replace=False)
        rows = compare_claims(fit(every[drawn], same[drawn]), every, same)
        assert [row["level"] for row in rows] == list(LEVELS)
        for row in rows:
            assert not row["pairs"] or max(row["level"], row["claimed"]) - row["true"] <= 0.03, row


def test_reviewed_pairs_stand_for_all_pairs_of_their_stratum() -> None:
    random = np.random.default_rng(1)
    person = np.repeat(np.arange(150), 2)
    names = [f"c{number:03}" for number in range(300)]
    links = pd.DataFrame({"permit_id": names, "person_id": person, "probability": 0.9})
    together = pd.DataFrame({"left_id": names[0:200:2], "right_id": names[1:200:2]})
    others = pd.DataFrame(random.choice(names, (4000, 2)), columns=["left_id", "right_id"])
    others = others[others["left_id"] < others["right_id"]].drop_duplicates(ignore_index=True)
    others = others[others["left_id"].str[1:].astype(int) // 2 != others["right_id"].str[1:].astype(int) // 2]
    pairs = pd.concat([together, others], ignore_index=True)
    pairs["probability"] = random.beta(0.3, 1, len(pairs))
    pairs["known"] = random.uniform(size=len(pairs)) < pairs["probability"]
    is_grey = (pairs["probability"] >= 0.05) & (pairs["probability"] < 0.95) & (pairs.index >= 100)
    counts = {"grey": is_grey.sum(), "linked": 150, "apart": len(pairs) - 100 - is_grey.sum()}
    sums = []
    for seed in range(12):
        chosen = choose_pairs(pairs, links, 120, seed)
        assert len(chosen) == 120
        assert not chosen.duplicated(["left_id", "right_id"]).any()
        assert list(dict.fromkeys(chosen["stratum"])) == list(STRATA)
        sums.append(chosen.groupby("stratum")["represents"].sum())
        missed = chosen[(chosen["stratum"] != "linked") & chosen["known"].eq(True)]
        sums[-1]["missed"] = missed["represents"].sum()
    mean = pd.DataFrame(sums).mean()
    assert mean["grey"] == pytest.approx(counts["grey"], rel=0.05)
    assert mean["linked"] == pytest.approx(150, rel=0.05)
    assert mean["apart"] == pytest.approx(counts["apart"], rel=0.05)
    assert mean["missed"] == pytest.approx(pairs["known"].iloc[100:].sum(), rel=0.1)
    pd.testing.assert_frame_equal(chosen, choose_pairs(pairs.sample(frac=1, random_state=3), links, 120, 11))
    # what a stratum does not have, the others give
    few = choose_pairs(pairs.iloc[:100], links, 1000, 0)
    assert (len(few), few["probability"].isna().sum(), set(few["represents"])) == (150, 50, {1.0})


def test_pairs_held_through_others_are_drawn_without_listing_them_and_each_but_once() -> None:
    names = [f"c{number}" for number in range(8)]
    links = pd.DataFrame({"permit_id": names, "person_id": list("aaaabbcc"), "probability": 1.0})
    pairs = pd.DataFrame({"left_id": ["c0"], "right_id": ["c1"], "probability": [0.9]})
    chosen = choose_pairs(pairs, links, 8, 0)
    found = set(zip(chosen["left_id"], chosen["right_id"], strict=True))
    assert found == {*combinations(names[:4], 2), ("c4", "c5"), ("c6", "c7")}
    with pytest.raises(ValueError, match="no row"):
        choose_pairs(pairs, links.iloc[1:], 8, 0)


def test_below_the_least_probability_that_was_reviewed_nothing_is_claimed() -> None:
    fitted = fit(np.linspace(0.6, 1.0, 200), np.ones(200, dtype=bool))
    assert fitted.apply([0.0, 0.59]).tolist() == [0.0, 0.0]
    assert fitted.apply(1.0) == pytest.approx(0.05 ** (1 / 200), abs=1e-4)
    assert np.isnan(fitted.apply(np.nan))


def test_what_a_group_is_worth_is_claimed_from_its_middle_on() -> None:
    probability = np.arange(400) / 400
    fitted = fit(probability, probability >= 0.5)
    # forty groups of ten: the first from its own least, each other one from its middle, half a group on
    assert fitted.starts[0] == 0.0
    assert np.diff(fitted.starts[1:]) == pytest.approx(10 / 400)
    assert fitted.starts[1] == pytest.approx(14 / 400)
    # of pairs below the middle of the first group of matches, no more is claimed than of those that are none
    assert fitted.apply(0.505) == 0.0


def test_pairs_that_are_kept_apart_although_they_are_probable_are_not_of_the_grey_zone() -> None:
    pairs = pd.DataFrame({"left_id": list("aaab"), "right_id": list("bcdc"), "probability": [0.97, 0.9, 0.5, 0.49]})
    links = pd.DataFrame({"permit_id": list("abcd"), "person_id": list("1234"), "probability": 0.5})
    found = choose_pairs(pairs, links, 10, 1, between=(0.5, 0.9))
    assert found.set_index(["left_id", "right_id"])["stratum"].to_dict() == {
        ("a", "b"): "apart", ("a", "c"): "apart", ("a", "d"): "grey", ("b", "c"): "apart",
    }  # fmt: skip
    assert found["represents"].tolist() == [1.0] * 4
