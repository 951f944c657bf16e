"""Errors of observations from a sample are those that the functions for samples give for each cell by itself."""

import functools

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate import estimate
from lm_stats.estimate import sampling_errors as engine_of_errors
from lm_stats.estimate.survey import Design, difference, mean, proportion, quantile, ratio, total
from lm_stats.spec import (
    Code,
    Codelist,
    Concept,
    Count,
    Gap,
    Indicator,
    Mean,
    Population,
    Quantile,
    Rate,
    SurveyDesign,
)

CONCEPTS = {
    "survey": Concept("survey", "Survey", "s", "text"),
    "sex": Concept("sex", "Sex", "s", "code", "sex"),
    "region": Concept("region", "Region", "r", "code", "regions"),
}
CODELISTS = {
    "sex": Codelist("sex", (Code("T", "t", "", "total"), Code("M", "m", "T"), Code("F", "f", "T"))),
    "regions": Codelist(
        "regions",
        (
            Code("A1", "a1", "A"),
            Code("A2", "a2", "A"),
            Code("A", "a", "_T", "group"),
            Code("B", "b", "_T"),
            Code("_T", "t", "", "total"),
        ),
    ),
}
DESIGN = SurveyDesign("stratum", "psu")
PERSONS = Count("person", weight="weight")
ADULTS, EMPLOYED = "age >= 15", "age >= 15 AND status = 'employed'"
WAGE = Mean("money", "wage", PERSONS, "LCU", 10)
MEDIAN = Quantile("money", "wage", PERSONS, "LCU", 10, 0.5)
OF_ADULTS = Rate("employed per 100 adults", PERSONS, (Population("lfs", ADULTS),))
# those who look for work for each 100 who have it: no share
BESIDE = Rate("unemployed per 100 employed", PERSONS, (Population("lfs", EMPLOYED),))
LEVELS = {
    "A1": ("A1", "A", "_T"), "A2": ("A2", "A", "_T"), "B": ("B", None, "_T"), "M": ("M", "T"), "F": ("F", "T"),
}  # fmt: skip
ERRORS = ["std_error", "lower", "upper", "df"]


def records(size=420, seed=4):
    """A sample of 4 strata with 5 units each: small cells, wages not stated, records that stand for nobody."""
    random = np.random.default_rng(seed)
    psu = random.integers(0, 20, size)
    frame = pd.DataFrame({
        "ref_area": "XAA", "survey": "2019", "delivery_id": "d", "data_class": "real",
        "psu": [f"u{number:02}" for number in psu], "stratum": [f"s{number % 4}" for number in psu],
        "region": random.choice(["A1", "A2", "B"], size, p=[0.5, 0.07, 0.43]), "sex": random.choice(["M", "F"], size),
        "age": random.integers(5, 60, size), "status": random.choice(["employed", "unemployed", "outside"], size),
        "weight": np.where(random.random(size) < 0.03, 0, random.uniform(20, 90, size).round(3)),
        "wage": np.where(random.random(size) < 0.3, np.nan, random.lognormal(7, 0.6, size).round(2)),
    })  # fmt: skip
    return frame.sort_values(["ref_area", "survey"], ignore_index=True)


def run(tmp_path, frame, how, universe=ADULTS, dimensions=("region", "sex"), design=DESIGN, table="lfs"):
    frame.to_parquet(tmp_path / "lfs.parquet")
    row = {"delivery_id": "d", "agency": "AG", "kind": "lfs", "period": "2019", "received_at": "2020-01-02T00:00:00Z"}
    pd.DataFrame([row]).to_parquet(tmp_path / "deliveries.parquet")
    declared = Indicator("i", table, universe, "survey", "A", dimensions, how, {"en": "I"}, "why")
    tables, designs = {table: tmp_path / "lfs.parquet"}, {table: design} if design else {}
    return estimate(declared, CONCEPTS, CODELISTS, tables, tmp_path / "deliveries.parquet", designs=designs)


# levels of regions and sexes whose cross is every key; and some of them, with codes, groups and totals
EVERY, SOME = [(region, sex) for region in range(3) for sex in range(2)], [(0, 0), (1, 1), (2, 1)]


def by_function(frame, domain, function, *what, by=("region", "sex"), levels=SOME, **more):
    """The same of each cell, by a function for samples: every level of codes by itself, records elsewhere masked."""
    design, found = Design("weight", strata="stratum", psu="psu"), []
    for region, sex in levels:
        named = frame.assign(region=frame["region"].map(lambda code, at=region: LEVELS[code][at]))
        named["region"] = named["region"].where(frame.eval(domain))
        if "sex" in by:
            named["sex"] = frame["sex"].map(lambda code, at=sex: LEVELS[code][at])
        found.append(function(named, design, *what, by=list(by), **more))
    return pd.concat(found).drop_duplicates(list(by))


def compare(ours, theirs, by, scale=1.0):
    both = ours.merge(theirs, on=by, suffixes=("", "_theirs"))
    assert len(both) == len(theirs) >= 4
    value = both["obs_value"] / scale
    np.testing.assert_allclose(value, both["estimate"], rtol=1e-9, atol=1e-12)
    for name in ERRORS:
        one = both[name] / (1.0 if name == "df" else scale)
        np.testing.assert_allclose(one, both[f"{name}_theirs"], rtol=1e-9, atol=1e-12, err_msg=name)
    return both


def test_numbers_rates_means_and_medians(tmp_path, monkeypatch):
    frame = records()
    adult = frame["age"] >= 15
    frame = frame.assign(one=1.0, employed=(adult & frame["status"].eq("employed")).astype(float))
    frame["unemployed"] = (adult & frame["status"].eq("unemployed")).astype(float)
    keys = ["region", "sex"]

    ours = run(tmp_path, frame, PERSONS)
    theirs = by_function(frame, "age >= 15", total, "one", levels=EVERY)
    assert len(theirs) == len(ours.frame) == 15
    compare(ours.frame, theirs.assign(lower=theirs["lower"].clip(lower=0)), keys)
    assert not ours.warnings
    assert (ours.frame["n_records"] > 0).all()
    # whatever is held at a time: all cells at once, or few of them; and in whatever order the records come
    with monkeypatch.context() as few:
        few.setattr(engine_of_errors, "_CELLS", 60)
        again = run(tmp_path, frame.sample(frac=1, random_state=1), PERSONS).frame
    pd.testing.assert_frame_equal(again, ours.frame, check_exact=True)

    compare(run(tmp_path, frame, WAGE).frame, by_function(frame, "age >= 15", mean, "wage"), keys)
    shares = by_function(frame, "age >= 15", proportion, "employed")
    compare(run(tmp_path, frame, OF_ADULTS, EMPLOYED).frame, shares, keys, 100)
    domain = "age >= 15 and status != 'outside'"
    ratios = by_function(frame, domain, ratio, "unemployed", "employed")
    ratios["lower"] = ratios["lower"].clip(lower=0)
    compare(run(tmp_path, frame, BESIDE, "age >= 15 AND status = 'unemployed'").frame, ratios, keys, 100)

    median = run(tmp_path, frame, MEDIAN).frame
    both = compare(median, by_function(frame, "age >= 15", quantile, "wage", q=(0.5,)), keys)
    assert both["std_error"].notna().sum() >= 6
    stated = frame[adult & frame["wage"].notna()]
    assert median.loc[median["region"].eq("_T") & median["sex"].eq("T"), "n_records"].tolist() == [len(stated)]
    assert set(median["unit_measure"]) == {"LCU"}


def test_gaps_have_the_error_of_the_difference(tmp_path):
    frame = records()
    frame["one"], frame["employed"] = 1.0, ((frame["age"] >= 15) & frame["status"].eq("employed")).astype(float)
    for how, statistic, more in (
        (WAGE, mean, {"relative": True}),
        (MEDIAN, quantile, {"relative": True}),
        (OF_ADULTS, ratio, {}),
    ):
        what, universe = (("employed", "one"), EMPLOYED) if isinstance(how, Rate) else (("wage",), ADULTS)
        function = functools.partial(difference, statistic)
        by = {"over": "sex", "codes": ("M", "F"), "by": ["region"]}
        theirs = by_function(frame, "age >= 15", function, *what, **by, **more)
        gap = Gap("gap", how, "sex", ("F", "M"))
        ours = run(tmp_path, frame, gap, universe, ("region",)).frame
        both = compare(ours, theirs, ["region"], 100 if isinstance(how, Rate) else 1)
        assert both.loc[both["region"] != "A2", "std_error"].notna().all()
        records_of = frame[(frame["age"] >= 15) & (frame["wage"].notna() | isinstance(how, Rate))].groupby("sex").size()
        total_row = ours[ours["region"] == "_T"].iloc[0]
        assert [total_row["n_records"], total_row["n_base"]] == sorted(records_of)
        assert set(ours["unit_measure"]) == {"PT"}
    # of few records: nothing is more than 100 per cent less, and shares lie no more than 100 points apart
    few = frame.groupby(["sex", "region", "stratum"]).sample(2, random_state=3, replace=True)
    for how, universe in ((WAGE, ADULTS), (MEDIAN, ADULTS), (OF_ADULTS, EMPLOYED)):
        ours = run(tmp_path, few, Gap("gap", how, "sex", ("F", "M")), universe, ("region",)).frame
        assert ours["lower"].min() >= -100
        assert ours["upper"].max() <= 100 or not isinstance(how, Rate)
        widest = 0.5 * (ours["upper"] - ours["lower"])
        assert (ours["obs_value"] - widest).min() < -100 or how != WAGE
    # where a group has no record there is nothing to compare
    nobody = run(tmp_path, frame[(frame["sex"] == "M") | (frame["region"] == "B")], gap, EMPLOYED, ("region",)).frame
    alone = nobody[nobody["region"] == "A1"].iloc[0]
    assert (alone["obs_status"], alone["n_records"]) == ("M", 0)
    assert alone[["obs_value", *ERRORS]].isna().all()


REFUSED = "the estimates have no sampling errors, because "
NOT_KNOWN = [
    ("2 of 3", {}, DESIGN, "80 of 120 records have no stratum or no primary sampling unit (those with a stratum: "
     "strata s0, s1, s2, s3, 80 records)", "Ask the office"),
    ("without", {"psu": None}, DESIGN, "records have no stratum or no primary sampling unit", "Ask the office"),
    ("empty", {"stratum": ""}, DESIGN, "records have no stratum or no primary sampling unit", "Ask the office"),
    ("", {}, None, "the table lfs does not say how its records were drawn", "Ask the office for strata"),
    ("some", {}, DESIGN, "repeat in some strata only, so that it is not known which units are one (strata s0, s1, ",
     "declare it as `nest`"),
    ("some", {}, SurveyDesign("stratum", "psu", nest=False), "`nest` of the table's design says", "correct `nest`"),
]


@pytest.mark.parametrize(("which", "columns", "design", "why", "do"), NOT_KNOWN)
def test_where_the_design_is_not_known_estimates_stay_and_errors_are_not_invented(
    tmp_path, which, columns, design, why, do
):
    """Case 85: of one round only; the other keeps its errors."""
    one, other = records(120), records(120, 7).assign(survey="2023")
    if which == "2 of 3":
        columns = {"psu": one["psu"].where(one.index % 3 == 0)}
    if which == "some":
        # the first two units of two strata have the same numbers, those of the two others do not
        columns = {"psu": one["psu"].replace({"u04": "u00", "u05": "u00", "u08": "u04"})}
    both = pd.concat([one.assign(**columns), other], ignore_index=True)
    found, known = (run(tmp_path, frame, PERSONS, design=design) for frame in (both, pd.concat([one, other])))
    values = ["region", "sex", "obs_value", "n_records", "obs_status"]
    pd.testing.assert_frame_equal(found.frame[values], known.frame[values])
    first = found.frame["time_period"] == "2019"
    assert found.frame.loc[first, ERRORS].isna().all(axis=None)
    assert found.frame.loc[~first, "std_error"].notna().all() == (design is not None)
    warning = found.warnings[0]
    assert warning.where == "indicators/i, XAA, 2019"
    assert warning.what.startswith(REFUSED)
    assert why in warning.what
    assert do in warning.do
    assert len(found.warnings) == (1 if design else 2)


def test_units_numbered_anew_in_each_stratum_are_taken_as_such(tmp_path):
    frame = records()
    anew = frame.assign(psu=frame["psu"].str[1:].astype(int).floordiv(4).astype(str))
    one, other = run(tmp_path, frame, PERSONS), run(tmp_path, anew, PERSONS)
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert not other.warnings


@pytest.mark.parametrize(("policy", "refused"), [("fail", True), ("certainty", False), ("average", False)])
def test_a_stratum_with_a_single_unit(tmp_path, policy, refused):
    """Case 85: errors are refused by default where the stratum counts, and only there; a policy has to be declared."""
    frame = records()
    alone = frame["stratum"].eq("s3") & frame["psu"].ne("u03")
    frame = frame[~alone & ~(frame["stratum"].eq("s3") & frame["region"].eq("B"))]
    found = run(tmp_path, frame, PERSONS, design=SurveyDesign("stratum", "psu", policy))
    errors = found.frame.set_index(["region", "sex"])["std_error"]
    assert errors["_T", "T"] > 0 or refused
    assert errors.isna().any() == refused
    assert errors["B"].notna().all()
    assert [warning.what for warning in found.warnings] == refused * [
        REFUSED + "1 stratum has a single primary sampling unit, where they are part of the estimate (stratum s3, "
        f"{frame['stratum'].eq('s3').sum()} records)"]  # fmt: skip


def test_nothing_is_said_of_full_counts_and_of_samples_that_found_nobody(tmp_path):
    frame = records().assign(region="B")
    full = run(tmp_path, frame.assign(weight=1.0), PERSONS)
    assert full.frame[ERRORS].isna().all(axis=None)
    assert not full.warnings
    assert not full.frame["sampled"].any()
    mean_of_all = run(tmp_path, frame.assign(weight=1.0), WAGE, dimensions=("sex",), design=None)
    wages = frame[frame["age"] >= 15].groupby("sex")["wage"].mean()
    assert mean_of_all.frame.set_index("sex")["obs_value"][["M", "F"]].tolist() == pytest.approx(wages[["M", "F"]])
    nobody = run(tmp_path, frame, PERSONS, "age > 900", ("sex",)).frame
    assert nobody["obs_value"].tolist() == [0]
    assert nobody[ERRORS].isna().all(axis=None)
    # of a single unit the sample tells no error, nor of a share of none, nor of a gap to one
    one_unit = frame.assign(wage=frame["wage"].where(frame["psu"] == "u00"))
    alone = run(tmp_path, one_unit, WAGE, dimensions=("sex",)).frame
    assert alone["obs_value"].notna().all()
    assert alone["df"].eq(0).all()
    assert alone[["std_error", "lower", "upper"]].isna().all(axis=None)
    gap = run(tmp_path, frame, Gap("gap", OF_ADULTS, "sex", ("F", "M")), f"{EMPLOYED} AND sex = 'F'", ("region",)).frame
    assert gap["obs_value"].gt(0).all()
    assert gap["std_error"].isna().all()
    none = run(tmp_path, frame, OF_ADULTS, f"{ADULTS} AND false", ("sex",)).frame
    assert set(none["obs_value"]) == {0}
    assert none[["std_error", "lower", "upper"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="weight is empty"):
        run(tmp_path, frame.assign(weight=frame["weight"].where(frame.index > 3)), PERSONS)


def test_what_cannot_be_computed_is_refused(tmp_path):
    for how, dimensions in (
        (Gap("gap", WAGE, "sex", ("F", "M")), ("sex",)),
        (Mean("money", "wage", Count("person", "weight", "psu")), ("sex",)),
    ):
        with pytest.raises(ValueError, match="i: "):
            run(tmp_path, records(40), how, dimensions=dimensions)
    households = run(tmp_path, records(80), Count("household", "weight", "psu"))
    assert households.warnings[0].what == REFUSED + "different values of psu are counted"
    assert households.frame["std_error"].isna().all()
