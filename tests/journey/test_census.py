"""From the files of a census and a labour-force survey to the draft: what is published is what is true."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from .conftest import call, published
from .test_register import rounded

pytestmark = pytest.mark.journey

BANDS = [-1, 4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59, 64, 200]
AGES = [f"AGE_5YRBANDS_Y{a:02}-{a + 4:02}" for a in range(0, 65, 5)] + ["AGE_5YRBANDS_YGE65"]
TOTALS = {
    "sex": "SEX_T", "age_group": "AGE_5YRBANDS_TOTAL", "citizenship": "_T", "birthplace": "_T", "district": "_T",
    "labour_force_status": "_T", "occupation": "OCU_ISCO08_TOTAL", "economic_activity": "ECO_ISIC4_TOTAL",
    "country_of_stay": "_T", "activity": "_T",
}  # fmt: skip
MISSING = {"economic_activity": "ECO_ISIC4_X", "occupation": "OCU_ISCO08_X"}


def residents(frame):
    return frame[(frame["citizenship"] != frame["ref_area"]) & (frame["citizenship"] != "X")
                 & (frame["residence"] == "usual")]  # fmt: skip


def workers(frame):
    found = residents(frame)
    return found[(found["age"] >= 15) & (found["labour_force_status"] == "employed")]


# written again, in another language than the declarations
UNIVERSES = {
    "foreign_residents_by_citizenship": ("population", residents, ["citizenship"]),
    "foreign_residents_by_age": ("population", residents, ["sex", "age_group"]),
    "foreign_residents_by_district": ("population", residents, ["district"]),
    "foreign_residents_by_activity": (
        "population", lambda frame: residents(frame).query("age >= 15"), ["labour_force_status"]
    ),
    "foreign_workers_by_birthplace": ("population", workers, ["birthplace"]),
    "foreign_workers_by_citizenship": ("population", workers, ["citizenship"]),
    "foreign_workers_by_activity": ("population", workers, ["sex", "economic_activity"]),
    "foreign_workers_by_occupation": ("population", workers, ["sex", "occupation"]),
    "absentees_by_country": ("absentees", lambda frame: frame, ["country_of_stay"]),
    "absentees_by_age": ("absentees", lambda frame: frame, ["sex", "age_group"]),
    "absentees_by_activity": ("absentees", lambda frame: frame, ["sex", "activity"]),
}  # fmt: skip


def cells(frame: pd.DataFrame, dimensions: list[str]) -> pd.DataFrame:
    """Every row once for each cell it counts towards: with each of its codes or the sums above them."""
    frame = frame.assign(
        age_group=pd.cut(frame["age"].astype("float64"), BANDS, labels=AGES).astype("str").fillna("AGE_5YRBANDS_X")
    )
    for name in dimensions:
        codes = frame[name].fillna(MISSING.get(name, "X"))
        parts = [frame.assign(**{name: codes}), frame.assign(**{name: TOTALS[name]})]
        if name == "age_group":
            halves = np.where(codes.isin(AGES[:3]), "AGE_AGGREGATE_YLT15", "AGE_AGGREGATE_YGE15")
            parts.append(frame.assign(age_group=halves)[codes != "AGE_5YRBANDS_X"])
        frame = pd.concat(parts)
    return frame


@pytest.mark.parametrize("indicator", UNIVERSES)
def test_census_counts_are_the_truth_treated_by_the_rounding_rule(clean_root, indicator):
    name, universe, dimensions = UNIVERSES[indicator]
    truth = universe(pd.read_parquet(clean_root / f"truth/{name}.parquet"))
    counts = cells(truth, dimensions).groupby(["ref_area", "census_year", *dimensions]).size().to_dict()
    table = published(clean_root, indicator)
    keys = list(zip(table["ref_area"], table["time_period"].astype(int), *(table[d] for d in dimensions), strict=True))
    shown = [None if pd.isna(value) else value for value in table["obs_value"]]
    assert shown == [rounded(counts.get(key, 0)) for key in keys]
    assert set(counts) <= set(keys), "cells with records are not published"
    assert set(zip(table["obs_status"], table["conf_status"], strict=True)) <= {("A", "F"), ("Q", "C")}


def test_emigration_rates_are_made_of_the_rounded_parts(clean_root):
    people = pd.read_parquet(clean_root / "truth/population.parquet").query("residence == 'usual'")
    away = pd.read_parquet(clean_root / "truth/absentees.parquet")
    homes = [away.groupby("district"), pd.concat([people, away]).groupby("district")]
    for indicator, (part, whole) in {
        "emigration_rate_by_district": [group.size() for group in homes],
        "share_of_households_with_absentee": [group["household_id"].nunique() for group in (
            homes[0], pd.concat([pd.read_parquet(clean_root / "truth/population.parquet"), away]).groupby("district")
        )],
    }.items():
        table = published(clean_root, indicator).set_index("district")["obs_value"]
        for district, count in part.items():
            share = None if rounded(count) is None else 100 * rounded(count) / rounded(whole[district])
            assert table[district] == pytest.approx(share, abs=0.051, nan_ok=True), (indicator, district)


def test_survey_counts_are_sums_of_weights_and_say_that_they_are_estimates(clean_root):
    truth = pd.read_parquet(clean_root / "truth/lfs_persons.parquet")
    adults = truth[(truth["age"] >= 15) & (truth["residence"] == "usual")]
    dimensions = ["sex", "labour_force_status"]
    grouped = cells(adults, dimensions).groupby(["survey", *dimensions])["weight"]
    sums, records = grouped.sum(), grouped.size()
    table = published(clean_root, "lfs_working_age_by_status")
    assert sorted(set(table["time_period"])) == sorted(set(truth["survey"])) == ["2019", "2024"]
    seen = set()
    for row in table.to_dict("records"):
        key = (row["time_period"], *(row[d] for d in dimensions))
        count = records.get(key, 0)
        seen.add(key)
        status = "Q" if 0 < count < 5 else "U" if 0 < count < 15 else "E"
        assert row["obs_status"] == status, key
        if status == "Q":
            assert pd.isna(row["obs_value"])
        else:
            assert row["obs_value"] == pytest.approx(sums.get(key, 0), abs=0.5), key
        assert pd.isna(row["std_error"]) or row["std_error"] == ""
    assert set(sums.index) <= seen
    # the weights stand for the whole country, children among them
    frame = pd.read_parquet(clean_root / "truth/population_frame.parquet", columns=["ref_area"])
    assert truth.groupby("survey")["weight"].sum().to_numpy() == pytest.approx(len(frame), rel=0.1)


def test_absent_members_are_never_part_of_the_population(messy_root):
    people = pd.read_parquet(messy_root / "curated/observatory/population.parquet")
    away = pd.read_parquet(messy_root / "curated/observatory/absentees.parquet")
    truth = pd.read_parquet(messy_root / "truth/absentees.parquet")
    assert len(away) > 100
    assert (people["residence"] != "absent").all()
    assert not set(people["person_id"]) & set(away["absentee_id"])
    assert len(away) <= len(truth)
    account = pd.concat(pd.read_parquet(p) for p in messy_root.glob("curated/harmonised/*/census/account.parquet"))
    assert account.loc[account["reason"] == "absent_member", "rows"].sum() > 0


def test_a_new_version_takes_the_place_of_a_census_and_an_earlier_one_stands_beside_it(clean_root, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(clean_root, root)
    (home,) = (root / "raw").glob("*/census/2016.v1")
    lines = {path.name: path.read_text(encoding="utf-8").splitlines() for path in home.glob("*.csv")}
    sent = tmp_path / "sent"
    sent.mkdir()

    def receive(period: str, keep: float) -> None:
        for name, rows in lines.items():
            # whole households, so that whoever left stays with those at home
            (sent / name).write_text("\n".join(rows[: int(len(rows) * keep)]) + "\n", encoding="utf-8")
        received = call(
            "receive", *sorted(sent.iterdir()), "--root", root, "--kind", "census", "--country", "LSO",
            "--period", period,
        )  # fmt: skip
        assert received.code == 0, received

    receive("2016", 0.9)
    receive("1976", 0.5)
    ran = call("run", "--root", root)
    assert ran.code == 0, ran
    people = pd.read_parquet(root / "curated/observatory/population.parquet", columns=["delivery_id", "census_year"])
    assert set(people["delivery_id"].str.rpartition("/")[2]) == {"2016.v2", "1976.v1"}
    deliveries = pd.read_parquet(root / "curated/observatory/deliveries.parquet").set_index("delivery_id")
    old = deliveries[deliveries["kind"].eq("census") & deliveries["period"].eq("2016") & deliveries["version"].eq(1)]
    assert old["superseded_by"].str.endswith("2016.v2").all()
    assert (old["rows_in"] == old["excluded"]).all()
    # the districts of 1976 were others: the first census after the change says so, districts only
    table = published(root, "foreign_residents_by_district")
    status = table[table["obs_status"] != "Q"].groupby(["time_period", "district"])["obs_status"].first()
    assert status["1976"].eq("A").all()
    assert status["2016"].drop("_T").drop("X", errors="ignore").eq("B").all()
    assert status["2016", "_T"] == "A"
    assert set(published(root, "foreign_residents_by_citizenship")["obs_status"]) <= {"A", "Q"}


