"""Errors of totals, means, shares, ratios and differences."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm_stats.estimate.survey.design import Design, SinglePSUWarning
from lm_stats.estimate.survey.estimators import covariance_of, difference, mean, proportion, ratio, total
from lm_stats.estimate.survey.variance import Units, covariance, degrees_of_freedom, lonely, variances

# two stages: villages in regions, houses in villages; region e has one village
SAMPLE = pd.DataFrame(
    {
        "region": list("nnnnnnssssssee"),
        "village": [1, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7],
        "house": range(1, 15),
        "villages": [9] * 6 + [8] * 6 + [5] * 2,
        "houses": [6, 6, 6, 4, 4, 5, 7, 7, 3, 3, 2, 2, 4, 4],
        "w": [10, 12, 8, 9.5, 11, 14, 20, 0, 18, 16, 15.5, 13, 7, 6.5],
        "sex": list("fmffmmfmffmfmf"),
        "wage": [120, 80.5, None, 300, 95, 110, 60, 75, 210.25, None, 130, 90, 85, 140],
        "hours": [40, 38, 20, 45, 40, 36, 30, 30, 48, 44, 40, 38, 35, 42],
        "job": [1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1],
    }
)
ONE_STAGE = Design("w", strata="region", psu="village", single_psu="adjust")
TWO_STAGES = {"strata": "region", "psu": ("village", "house"), "fpc": ("villages", "houses")}


@st.composite
def _stratified(draw: st.DrawFn) -> tuple[list[np.ndarray], list[float]]:
    numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
    strata, populations = [], []
    for units in draw(st.lists(st.integers(2, 5), min_size=1, max_size=4)):
        strata.append(np.array(draw(st.lists(st.tuples(numbers, numbers), min_size=units, max_size=units))))
        populations.append(draw(st.sampled_from([np.inf, units, units + 1, 10 * units])))
    return strata, populations


@settings(max_examples=20, deadline=None)
@given(_stratified(), st.randoms(use_true_random=False))
def test_one_stage_has_the_variance_of_the_textbook(drawn: tuple[list[np.ndarray], list[float]], order: object) -> None:
    strata, populations = drawn
    # Cochran (1977), 5.3: in each stratum n (1 - n/N) times the variance of the totals of units
    plain = sum(
        (len(y) * (1 - len(y) / size) * np.cov(y.T) for y, size in zip(strata, populations, strict=True)),
        start=np.zeros((2, 2)),
    )
    number = np.repeat(np.arange(len(strata)), [len(y) for y in strata])
    places = list(range(len(number)))
    order.shuffle(places)  # type: ignore[attr-defined]
    totals = np.concatenate(strata)[places]
    units = Units((number[places],), (np.array(places),), (np.array(populations)[number][places],))
    found = variances(units, totals)
    scale = np.abs(totals).max() ** 2 + 1e-300
    assert np.allclose(found / scale, np.diag(plain) / scale, rtol=1e-9, atol=1e-12)
    joint = covariance(units, totals)
    assert np.allclose(joint / scale, plain / scale, rtol=1e-9, atol=1e-12)
    assert np.allclose(np.diag(joint), found, rtol=1e-9, atol=1e-12 * scale)
    # a block of one column gives the same bits as one of many
    assert variances(units, np.repeat(totals[:, :1], 5, axis=1)).tolist() == [variances(units, totals[:, :1])[0]] * 5
    assert degrees_of_freedom(units, np.ones((len(places), 1), dtype=bool)).tolist() == [len(places) - len(strata)]


def test_strata_of_one_unit() -> None:
    units = Units((np.array([4, 4, 7, 9]),), (np.array([0, 1, 2, 3]),), (np.array([np.inf, np.inf, 5.0, 1.0]),))
    totals = np.array([[1.0, 1.0], [3.0, 3.0], [5.0, 0.0], [6.0, 0.0]])
    present = np.array([[True, True], [True, True], [True, False], [True, True]])
    # the unit in 9 is all of its stratum
    assert lonely(units).tolist() == [7]
    of_first = 4.0
    assert np.array_equal(variances(units, totals), [np.nan, of_first], equal_nan=True)
    assert np.array_equal(variances(units, totals, present=np.ones_like(present)), [np.nan, np.nan], equal_nan=True)
    assert variances(units, totals, "certainty").tolist() == [of_first, of_first]
    assert variances(units, totals, "adjust").tolist() == pytest.approx([of_first + 25 * 0.8, of_first])
    assert variances(units, totals, "average", present).tolist() == pytest.approx([of_first * 3 / 2, of_first])
    for policy in ("certainty", "adjust", "average"):
        joint = np.diag(covariance(units, totals, policy, present))
        assert joint == pytest.approx(variances(units, totals, policy, present))
    assert np.isnan(variances(Units(units.strata, units.clusters, units.population, doubtful=True), totals)).all()


# R 4.2.2, survey 4.1-1: svydesign(id = ~village + house, strata = ~region, fpc = ~villages + houses, weights = ~w),
# svyby(~wage, ~sex, ., svytotal, na.rm = TRUE) and svyby(~job, ~sex, ., svymean) for each survey.lonely.psu
@pytest.mark.parametrize(
    ("policy", "wage", "job"),
    [
        ("certainty", [3488.749969289041, 1761.860936150561], [0.1506126568352576, 0.1826455918247843]),
        ("average", [4041.135343420124, np.nan], [0.1730555761387772, np.nan]),
        ("adjust", [3582.437207853654, 2004.944045353885], [0.1526859757313473, 0.2002427354643570]),
    ],
)
def test_two_stages_in_domains(policy: str, wage: list[float], job: list[float]) -> None:
    design = Design("w", **TWO_STAGES, single_psu=policy)  # type: ignore[arg-type]
    totals, means = total(SAMPLE, design, "wage", by="sex"), mean(SAMPLE, design, ["job"], by=["sex"])
    assert totals["estimate"].tolist() == pytest.approx([11114.5, 6161.0], rel=1e-12)
    assert totals["std_error"].tolist() == pytest.approx(wage, rel=1e-12, nan_ok=True)
    assert means["estimate"].tolist() == pytest.approx([0.5643564356435644, 0.6974789915966386], rel=1e-12)
    assert means["std_error"].tolist() == pytest.approx(job, rel=1e-12, nan_ok=True)
    # the weight of 0 and the wages not stated are not among the records used; the unit of the former is in the sample
    assert totals["n_records"].tolist() == [6, 5]
    assert means["n_records"].tolist() == [8, 5]


def test_one_stage_in_domains() -> None:
    # svydesign(id = ~village, strata = ~region, weights = ~w); svyby(..., svymean, deff = TRUE), svyratio, svyciprop
    means = mean(SAMPLE, ONE_STAGE, "wage", by="sex")
    assert means["std_error"].tolist() == pytest.approx([38.974462302300154, 8.987251073818005], rel=1e-12)
    assert means["deff"].tolist() == pytest.approx([1.2810902870663203, 0.9986814549271558], rel=1e-12)
    ratios = ratio(SAMPLE, ONE_STAGE, "wage", "hours", by="sex")
    assert ratios["variable"].tolist() == ["wage/hours"] * 2
    assert ratios["estimate"].tolist() == pytest.approx([3.633970900768351, 2.720088300220751], rel=1e-12)
    assert ratios["std_error"].tolist() == pytest.approx([0.6756753040900204, 0.2295633500202826], rel=1e-12)
    share = proportion(SAMPLE, ONE_STAGE, "job", by="sex").iloc[0]
    assert share["df"] == 3
    assert share[["lower", "upper"]].tolist() == pytest.approx([0.1489473227812359, 0.9055613482454109], rel=1e-12)
    # as text, the same share is one of the categories
    text = SAMPLE.assign(job=SAMPLE["job"].map({0: "no", 1: "yes"}))
    by_category = proportion(text, ONE_STAGE, "job", by="sex")
    assert by_category["category"].tolist() == ["no", "yes"] * 2
    assert by_category.iloc[1, 3:].tolist() == pytest.approx(share.iloc[3:].tolist(), rel=1e-12)


def test_differences_have_the_covariance() -> None:
    joint = covariance_of(mean, SAMPLE, ONE_STAGE, "job", by="sex").to_numpy()
    of_women, of_men, of_both = 0.023914649339089128, 0.051063161528667252, -0.001147640705140012
    assert joint.ravel() == pytest.approx([of_women, of_both, of_both, of_men], rel=1e-11)
    found = difference(mean, SAMPLE, ONE_STAGE, "job", over="sex").iloc[0]
    assert (found["from"], found["to"]) == ("f", "m")
    assert found["estimate"] == pytest.approx(0.13312255595307, rel=1e-12)
    assert found["std_error"] == pytest.approx(np.sqrt(of_women + of_men - 2 * of_both), rel=1e-12)
    assert 0 < found["p_value"] < 1
    back = difference(mean, SAMPLE, ONE_STAGE, "job", over="sex", codes=("m", "f")).iloc[0]
    assert (back["estimate"], back["p_value"]) == pytest.approx((-found["estimate"], found["p_value"]), rel=1e-12)
    relative = difference(mean, SAMPLE, ONE_STAGE, "job", over="sex", relative=True).iloc[0]
    assert relative["estimate"] == pytest.approx(100 * (0.6974789915966386 / 0.5643564356435644 - 1), rel=1e-12)
    slope = np.array([-100 * 0.6974789915966386 / 0.5643564356435644**2, 100 / 0.5643564356435644])
    assert relative["std_error"] == pytest.approx(np.sqrt(slope @ joint @ slope), rel=1e-11)
    with pytest.raises(ValueError, match="has 3 values: say in codes"):
        difference(mean, SAMPLE, ONE_STAGE, "job", over="region")


@pytest.mark.parametrize("design", [ONE_STAGE, Design("w", strata="region")], ids=["units", "rows"])
def test_the_order_of_rows_does_not_matter(design: Design) -> None:
    numbers = np.random.default_rng(3)
    # what is added in another order differs in its last digits
    many = SAMPLE.loc[np.repeat(SAMPLE.index, 40)].reset_index(drop=True)
    many["wage"] *= numbers.lognormal(0, 2, len(many))
    shuffled = many.sample(frac=1, random_state=1)
    for of in (total, mean):
        pd.testing.assert_frame_equal(
            of(many, design, ["wage", "job"], by="sex"),
            of(shuffled, design, ["wage", "job"], by="sex"),
            check_exact=True,
        )
    one, two = (ratio(rows, design, "wage", "hours", by="sex") for rows in (many, shuffled))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_small_and_large_values_keep_their_digits() -> None:
    # one value is as large as all others are small
    wide = SAMPLE.assign(wage=SAMPLE["wage"].fillna(0) * 1e-9)
    wide.loc[wide["sex"] == "m", "wage"] = 1e12
    narrow = SAMPLE.assign(wage=SAMPLE["wage"].fillna(0))
    found = total(wide, ONE_STAGE, "wage", by="sex").iloc[0]
    known = total(narrow, ONE_STAGE, "wage", by="sex").iloc[0]
    assert found["estimate"] == pytest.approx(known["estimate"] * 1e-9, rel=1e-12)
    assert found["std_error"] == pytest.approx(known["std_error"] * 1e-9, rel=1e-12)
    # far from 0 and close together
    far = mean(narrow.assign(wage=narrow["wage"] + 1e9), ONE_STAGE, "wage", by="sex")
    near = mean(narrow, ONE_STAGE, "wage", by="sex")
    assert far["std_error"].tolist() == pytest.approx(near["std_error"].tolist(), rel=1e-6)
    assert far["deff"].tolist() == pytest.approx(near["deff"].tolist(), rel=1e-6)


def test_records_of_nobody_outside_a_domain_change_nothing() -> None:
    nobody = SAMPLE.assign(w=0.0, sex=None)
    more = pd.concat([SAMPLE, nobody], ignore_index=True)
    for of in (total, mean):
        pd.testing.assert_frame_equal(
            of(SAMPLE, ONE_STAGE, ["wage", "job"], by="sex"), of(more, ONE_STAGE, ["wage", "job"], by="sex"), rtol=1e-13
        )


def test_refused_errors_leave_the_estimate() -> None:
    design = Design("w", strata="region", psu="village")
    with pytest.warns(SinglePSUWarning, match="1 strata have one sampled unit"):
        found = mean(SAMPLE, design, "wage", by="region")
    assert found["estimate"].notna().all()
    alone = found.set_index("region").loc["e"]
    assert alone[["std_error", "lower", "upper", "cv", "deff"]].isna().all()
    # domains without a record there have their errors
    assert found.set_index("region").loc[["n", "s"], "std_error"].notna().all()
    # a unit that is all of its stratum adds nothing
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = SAMPLE.assign(villages=SAMPLE["villages"].where(SAMPLE["region"] != "e", 1))
        known = total(whole, Design("w", strata="region", psu="village", fpc="villages"), "job", by="region")
    assert known["std_error"].tolist()[0] == 0


def test_nothing_to_estimate_from() -> None:
    empty = SAMPLE.assign(wage=SAMPLE["wage"].where(SAMPLE["sex"] == "m"), hours=0)
    found = mean(empty, ONE_STAGE, "wage", by="sex").iloc[0]
    assert found["n_records"] == 0
    assert found[["estimate", "std_error", "lower", "upper"]].isna().all()
    assert ratio(empty, ONE_STAGE, "wage", "hours")[["estimate", "std_error", "deff"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="wage is no share"):
        proportion(SAMPLE, ONE_STAGE, "wage")
    certain = proportion(SAMPLE.assign(job=1), ONE_STAGE, "job").iloc[0]
    assert (certain["estimate"], certain["std_error"]) == (1, 0)
    assert certain[["lower", "upper"]].isna().all()


def _plainly(levels: list[np.ndarray], sizes: list[np.ndarray], totals: np.ndarray) -> float:
    """Cochran (1977), 11.9, by recursion: between the units of a stratum, and a fraction of what is within them."""
    found = 0.0
    for stratum in np.unique(levels[0]):
        of_stratum = levels[0] == stratum
        units = np.unique(levels[1][of_stratum])
        size, sampled = sizes[0][of_stratum][0], len(units)
        sums = np.array([totals[levels[1] == unit].sum() for unit in units])
        if sampled > 1:
            found += (1 - sampled / size) * sampled * sums.var(ddof=1)
        if len(levels) > 2:
            for unit in units:
                own = levels[1] == unit
                below = [column[own] for column in levels[2:]]
                found += sampled / size * _plainly(below, [column[own] for column in sizes[1:]], totals[own])
    return found


def test_three_stages_by_recursion_and_covariances_beside_variances() -> None:
    numbers = np.random.default_rng(3)
    rows = 60
    area = np.sort(numbers.integers(0, 8, rows))
    village = area * 10 + np.sort(numbers.integers(0, 3, rows))
    house = np.arange(rows)
    stratum, sizes = area // 3, [np.full(rows, 9.0), np.full(rows, 4.0), np.full(rows, 70.0)]
    order = numbers.permutation(rows)
    strata, clusters = (stratum, area, village), (area, village, house)
    units = Units(*(tuple(c[order] for c in several) for several in (strata, clusters, sizes)))
    totals = numbers.normal(5, 3, (rows, 3))
    plain = [_plainly([stratum, area, area, village, village, house], sizes, totals[:, k]) for k in range(3)]
    assert variances(units, totals[order], "certainty") == pytest.approx(plain, rel=1e-12)
    # a village with one house is a stratum of one unit at the third stage
    assert any(stage.lonely.any() for stage in units.stages[1:])
    present = numbers.random((rows, 3)) < 0.5
    for policy in ("certainty", "average", "adjust", "fail"):
        for seen in (None, present):
            both = covariance(units, totals, policy, seen)
            assert np.diag(both) == pytest.approx(variances(units, totals, policy, seen), rel=1e-12, nan_ok=True)
            assert both == pytest.approx(both.T, rel=1e-12, nan_ok=True)
    doubtful = Units(units.strata, units.clusters, units.population, doubtful=True)
    assert np.isnan(covariance(doubtful, totals, "certainty")).all()
    # a stratum of which every unit is in the sample adds nothing, and is not refused
    whole = Units((stratum,), (house,), (np.ones(rows) * np.bincount(stratum)[stratum],))
    assert variances(whole, totals) == pytest.approx([0, 0, 0])
    assert not np.isnan(variances(Units((house,), (house,), (np.ones(rows),)), totals)).any()


def test_what_stands_beside_a_difference_and_a_negative_mean() -> None:
    below = SAMPLE.assign(debt=-SAMPLE["hours"])
    assert (mean(below, ONE_STAGE, "debt")["cv"] > 0).all()
    # a domain without the variable has no covariance with any other
    gone = SAMPLE.assign(wage=SAMPLE["wage"].where(SAMPLE["sex"] == "f"))
    both = covariance_of(mean, gone, ONE_STAGE, "wage", by="sex").to_numpy()
    assert np.isnan(both).tolist() == [[False, True], [True, True]]
