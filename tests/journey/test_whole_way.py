"""From what offices deliver to a draft release: what is published is what is true.

One file, so that one process makes the roots that most of these tests look at.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import json
import math
import re
import shutil
import types
from pathlib import Path

import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pytest

from lm_stats.spec import read_delivery
from tests.shortcuts import AFTER_DELIVERIES, without_dagster

from .conftest import CLEAN, PACKS, call, clean_demonstration, made, protected, published
from .test_identity import contents

pytestmark = pytest.mark.journey

INDICATORS = {
    "permits_issued_by_region": ("region_of_origin", None),
    "permits_issued_by_sector": ("economic_activity", None),
    "permits_issued_by_citizenship": ("citizenship", None),
    "permits_new_and_renewed": ("permit_type", None),
    "emp_mflc_sex_eco_nb": ("economic_activity", "new"),
    "emp_mflc_sex_ocu_nb": ("occupation", "new"),
}
TOTALS = {
    "region_of_origin": "_T", "citizenship": "_T", "permit_type": "_T", "birthplace": "_T", "district": "_T",
    "labour_force_status": "_T", "country_of_stay": "_T", "activity": "_T", "sex": "SEX_T",
    "age_group": "AGE_5YRBANDS_TOTAL", "occupation": "OCU_ISCO08_TOTAL", "economic_activity": "ECO_ISIC4_TOTAL",
}  # fmt: skip


def rounded(count: int) -> float | None:
    """The rounding rule of the release, written again: 1 to 4 hidden, others to the nearest 5."""
    return None if 0 < count < 5 else 5.0 * round(count / 5)


def expected(truth: pd.DataFrame, indicator: str) -> dict[tuple[str, ...], int]:
    """Counts of the truth by hand: every cell, group and total in which a certificate or person falls."""
    dimension, kind = INDICATORS[indicator]
    granted = truth[truth["decision"] == "granted"]
    if kind:
        # persons, each with the first certificate, where that is new
        first = granted.sort_values(["issue_date", "permit_id"]).drop_duplicates(["ref_area", "true_person_id"])
        granted = first[first["permit_type"] == kind]
    dimensions = ["sex", dimension] if kind else [dimension]
    counts: dict[tuple[str, ...], int] = {}
    for area, day, *codes in granted[["ref_area", "issue_date", *dimensions]].itertuples(index=False):
        cells = [()]
        for name, code in zip(dimensions, codes, strict=True):
            groups = ["AFR_T"] if name == "region_of_origin" and code in ("SADC", "AFR") else []
            cells = [(*cell, member) for cell in cells for member in (code, *groups, TOTALS[name])]
        for cell in cells:
            key = (area, str(day.year), *cell)
            counts[key] = counts.get(key, 0) + 1
    return counts


@pytest.mark.parametrize("indicator", INDICATORS)
def test_every_published_count_is_the_truth_treated_by_the_rounding_rule(clean_root, indicator):
    truth = pd.read_parquet(clean_root / "truth/permits.parquet")
    counts = expected(truth, indicator)
    dimension, kind = INDICATORS[indicator]
    dimensions = ["sex", dimension] if kind else [dimension]
    table = published(clean_root, indicator)
    seen = set()
    for row in table.to_dict("records"):
        key = (row["ref_area"], row["time_period"], *(row[d] for d in dimensions))
        seen.add(key)
        shown = rounded(counts.get(key, 0))
        assert (None if pd.isna(row["obs_value"]) else row["obs_value"]) == shown, key
        assert (row["obs_status"], row["conf_status"]) == (("Q", "C") if shown is None else ("A", "F")), key
    assert set(counts) <= seen, "cells with records are not published"


KEYS = {
    "permits": ["ref_area", "permit_id"],
    "population": ["ref_area", "census_year", "person_id"],
    "absentees": ["ref_area", "census_year", "absentee_id"],
    "lfs_persons": ["ref_area", "survey", "person_id"],
}


@pytest.mark.parametrize("name", KEYS)
def test_the_observatory_holds_the_truth_row_by_row(clean_root, name):
    truth = pd.read_parquet(clean_root / f"truth/{name}.parquet")
    table = pd.read_parquet(clean_root / f"curated/observatory/{name}.parquet")
    key = KEYS[name]
    columns = [c for c in table.columns if c not in key]
    joined = truth.set_index(key)[columns].sort_index(), table.set_index(key)[columns].sort_index()
    assert joined[0].index.equals(joined[1].index)
    wrong = [
        c
        for c in columns
        if not (joined[0][c].astype("str").fillna("") == joined[1][c].astype("str").fillna("")).all()
        and not pd.to_numeric(joined[0][c], errors="coerce").equals(pd.to_numeric(joined[1][c], errors="coerce"))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["clean_root", "messy_root"])
def test_rows_in_are_accepted_quarantined_or_excluded_for_every_delivery(request, name):
    root = request.getfixturevalue(name)
    deliveries = pd.read_parquet(root / "curated/observatory/deliveries.parquet")
    held = [pd.read_parquet(root / f"curated/observatory/{table}.parquet", columns=["delivery_id"]) for table in KEYS]
    standing = pd.concat(held)
    assert set(deliveries["kind"]) == {"work_permits", "census", "lfs"}
    assert (deliveries["rows_in"] == deliveries[["accepted", "quarantined", "excluded"]].sum(axis=1)).all()
    assert (deliveries["rows_in"] > 0).all()
    for row in deliveries.to_dict("records"):
        assert (standing["delivery_id"] == row["delivery_id"]).sum() == row["accepted"]
        source, _, stem = row["delivery_id"].rpartition("/")
        staged = [pd.read_parquet(p) for p in (root / "curated/staged" / source).glob(f"{stem}*.parquet")]
        assert sum(map(len, staged)) == row["rows_in"]
    quarantined = sum(len(pd.read_parquet(p)) for p in root.glob("curated/harmonised/*/*/quarantine.parquet"))
    assert quarantined == deliveries["quarantined"].sum()
    assert (quarantined > 0) == (name == "messy_root")


def test_every_planted_defect_has_its_expected_outcome(messy_root):
    defects = pd.read_parquet(messy_root / "truth/defects.parquet").query("row > 0")
    address = ["delivery_id", "source_file", "source_sheet", "source_row"]
    held = pd.concat(
        [pd.read_parquet(p, columns=address) for p in messy_root.glob("curated/harmonised/*/*/quarantine.parquet")]
    )
    passed = pd.concat(
        [
            # only registers have sheets
            pd.read_parquet(p).reindex(columns=address)
            for name in KEYS
            for p in messy_root.glob(f"curated/harmonised/*/*/{name}.parquet")
        ]
    )
    places = {tuple(row): "quarantine" for row in held.fillna("").itertuples(index=False)}
    places |= {tuple(row): "accept" for row in passed.fillna("").itertuples(index=False)}
    assert len(defects) > 100
    assert defects["case"].nunique() >= 70
    wrong = []
    for row in defects.fillna("").itertuples(index=False):
        outcome = places.get((row.delivery_id, row.file, row.sheet, row.row), "exclude")
        if outcome != {"warn": "accept"}.get(row.expected, row.expected):
            wrong.append((row.case, row.column, row.expected, outcome))
    assert wrong == []


# what is told of a file or sheet whose form is unusual
TOLD = {
    "dates_month_first": "month_first_",
    "notes_hidden": "the sheet is hidden",
    "rows_coloured": "formatting is present",
    "rows_hidden": "hidden, perhaps by a filter",
    "summary_sheet": "the sheet was skipped",
    "table_beside": "left out",
    "undeclared_column": "not declared",
    "years_stacked": "hold nothing but a period",
    "zero_character": "zero characters",
    "label_conflict": "label_disagrees_",
}


def test_what_is_unusual_about_files_is_told_and_keeps_no_row_from_being_read(messy_root):
    defects = pd.read_parquet(messy_root / "truth/defects.parquet")
    deliveries = pd.read_parquet(messy_root / "curated/observatory/deliveries.parquet").set_index("delivery_id")
    unusual = defects.query("row == 0")
    assert unusual["case"].nunique() >= 9
    assert set(unusual["expected"]) == {"accept", "warn"}
    for defect in unusual.itertuples():
        source, _, stem = defect.delivery_id.rpartition("/")
        record = json.loads((messy_root / f"curated/staged/{source}/{stem}.json").read_text(encoding="utf-8"))
        account = pd.read_parquet(messy_root / f"curated/harmonised/{source}/account.parquet")
        said = {f"{one['where']}: {one['what']}" for one in record["warnings"] if defect.file in one["where"]}
        said |= set(account.loc[account["outcome"] == "warned", "reason"])
        assert defect.expected == "accept" or any(TOLD[defect.case] in one for one in said), defect.case
        assert deliveries.at[defect.delivery_id, "accepted"] > 0
    # every row of the world and every row that was added is accounted for, whatever the files look like
    added = defects[(defects["row"] > 0) & (defects["column"] == "") & defects["expected"].eq("exclude")]
    for kind, name in (("census", "population"), ("lfs", "lfs_persons")):
        own = [pd.read_parquet(messy_root / f"truth/{t}.parquet") for t in (name, *["absentees"] * (kind == "census"))]
        ids = deliveries.index[deliveries["kind"] == kind]
        assert deliveries.loc[ids, "rows_in"].sum() == sum(map(len, own)) + added["delivery_id"].isin(ids).sum()


def test_warnings_are_counted_in_the_account(messy_root):
    defects = pd.read_parquet(messy_root / "truth/defects.parquet").query("row > 0")
    account = pd.concat(pd.read_parquet(p) for p in messy_root.glob("curated/harmonised/*/*/account.parquet"))
    warned = account[account["outcome"] == "warned"]["rows"].sum()
    assert warned >= (defects["expected"] == "warn").sum() > 0


def test_whatever_is_made_from_synthetic_input_says_so_on_its_face(clean_root):
    said = "synthetic data, not official statistics"
    draft = clean_root / "curated/published/draft/labour_migration"
    files = [p for p in draft.rglob("*") if p.is_file()]
    assert {p.suffix for p in files} >= {".csv", ".parquet", ".svg", ".png", ".txt", ".duckdb", ".html", ".json"}
    silent = [
        p.relative_to(draft).as_posix()
        for p in files
        if p.suffix in (".csv", ".html", ".svg", ".txt", ".json", ".md")
        and said not in p.read_text(encoding="utf-8").lower()
        # a table without rows says nothing of anything
        and not (p.suffix == ".csv" and len(p.read_text(encoding="utf-8").splitlines()) == 1)
    ]
    assert silent == []
    from lm_stats.compile.duckdb import connect

    for path, schema in (
        (draft / "lm_public.duckdb", "published"),
        (clean_root / "curated/observatory/observatory.duckdb", "observatory"),
    ):
        with connect(path, read_only=True) as connection:
            assert said in str(connection.execute(f"SELECT * FROM {path.stem}.{schema}.about").fetchall())


def test_the_demonstration_goes_the_whole_way_and_repeats(demonstration):
    root, said = demonstration
    assert (said.code, said.document["status"]) == (0, "done"), said.document["problems"]
    assert said.document["command"] == "demo"
    draft = root / "curated/published/draft/labour_migration"
    assert str(draft / "report.html") in said.document["outputs"]
    assert "synthetic data, not official statistics" in (draft / "report.html").read_text(encoding="utf-8").lower()
    records = list((root / "raw").glob("*/*/*/delivery.toml"))
    assert records
    for path in records:
        assert read_delivery(path).data_class == "synthetic"
    with clean_demonstration():
        again = call("demo", "--root", root)
    assert (again.code, again.document["status"]) == (0, "unchanged")


def test_the_quality_of_links_and_what_it_does_to_the_stocks_stand_in_the_table_of_quality(clean_root):
    rows = pd.read_parquet(clean_root / "curated/indicators/quality.parquet").set_index(["measure", "unit"])["value"]
    assert rows["link_precision", "per cent"] >= 99.5
    assert rows["link_recall", "per cent"] >= 95
    assert rows["residual stock_accounts", "persons"] == 0
    stocks = rows[rows.index.get_level_values("measure").str.startswith("linkage_error persons ")]
    days = {measure.split()[-1] for measure, _ in stocks.index}
    assert days == {f"{year}-12-31" for year in range(2009, 2016)}
    assert all(abs(stocks[m, "persons"]) <= 2 or abs(stocks[m, "per cent"]) < 1 for m, _ in stocks.index)
    draft = clean_root / "curated/published/draft/labour_migration"
    shown = pd.read_parquet(draft / "tables/quality.parquet").set_index("measure")
    assert set(shown.loc[["link_precision", "link_recall"], "data_class"]) == {"synthetic"}
    assert shown.loc["residual stock_accounts", "value"] == 0
    assert shown.loc[shown.index.str.startswith("linkage_error"), "value"].isna().all()


def test_a_second_run_does_nothing_and_says_so(clean_root):
    before = {p: p.stat().st_mtime_ns for p in (clean_root / "curated").rglob("*.parquet")}
    with clean_demonstration():
        again = call("run", "--root", clean_root)
    assert (again.code, again.document["status"]) == (0, "unchanged")
    assert {p: p.stat().st_mtime_ns for p in (clean_root / "curated").rglob("*.parquet")} == before


def test_the_export_gives_the_published_numbers_back(clean_root):
    draft = clean_root / "curated/published/draft/labour_migration"
    header = [
        *("DATAFLOW", "REF_AREA", "FREQ", "MEASURE", "SEX", "ECO", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"),
        *("UNIT_MEASURE_TYPE", "UNIT_MEASURE", "UNIT_MULT", "SOURCE", "NOTE_SOURCE", "NOTE_INDICATOR"),
        *("NOTE_CLASSIF", "DECIMALS", "UPPER_BOUND", "LOWER_BOUND"),
    ]
    path = next((draft / "exports/lmo").glob("*DF_EMP_MFLC_SEX_ECO_NB*.csv"))
    sent = pd.read_csv(path, dtype="str", keep_default_na=False)
    assert list(sent.columns) == header
    table = published(clean_root, "emp_mflc_sex_eco_nb").set_index(
        ["ref_area", "time_period", "sex", "economic_activity"]
    )
    assert len(sent) == len(table)
    for row in sent.to_dict("records"):
        own = table.loc[(row["REF_AREA"], row["TIME_PERIOD"], row["SEX"], row["ECO"])]
        if row["OBS_VALUE"] == "":
            assert (row["OBS_STATUS"], own["obs_status"]) == ("C", "Q")
        else:
            assert round(float(row["OBS_VALUE"]) * 10 ** int(row["UNIT_MULT"])) == own["obs_value"]


def test_a_fictional_member_state_joins_by_its_folder_alone_and_changes_no_byte_of_the_others(
    clean_root, tmp_path_factory
):
    seen = (*INDICATORS, "lfs_working_age_by_status", "foreign_residents_by_district")
    others = ("permit_applications", "certificates", "permit_events", "stock_", "database")
    left_out = (*(f"observatory/{name}" for name in others), "indicators", "protected", "published")
    with without_dagster(left_out=left_out, kept=seen):
        root = made(tmp_path_factory, "it's another place", "--catalog", PACKS, *CLEAN)
    compared = 0
    for path in sorted(clean_root.rglob("*")):
        own = path.relative_to(clean_root)
        whole = own.parts[0] == "raw" or own.parts[1:2] in (("staged",), ("harmonised",))
        if whole and path.suffix in (".csv", ".parquet", ".xlsx", ".dta"):
            assert (root / own).read_bytes() == path.read_bytes(), own
            compared += 1
        elif own.parts[1:2] == ("protected",) and path.suffix == ".parquet" and path.stem in seen:
            both, alone = (frame[frame["ref_area"] == "LSO"].reset_index(drop=True) for frame in (
                pd.read_parquet(root / own), pd.read_parquet(path)
            ))  # fmt: skip
            assert both.equals(alone), own
            compared += 1
    assert compared > 20
    truth = pd.read_parquet(root / "truth/permits.parquet")
    assert set(truth["ref_area"]) >= {"XFA"}
    assert truth["ref_area"].nunique() == 2
    deliveries = pd.read_parquet(root / "curated/observatory/deliveries.parquet")
    assert set(deliveries.loc[deliveries["ref_area"] == "XFA", "kind"]) == {"work_permits", "census", "lfs"}
    assert (deliveries["quarantined"] == 0).all()
    for name in KEYS:
        true = pd.read_parquet(root / f"truth/{name}.parquet", columns=["ref_area"])
        found = pd.read_parquet(root / f"curated/observatory/{name}.parquet", columns=["ref_area"])
        assert (found["ref_area"] == "XFA").sum() == (true["ref_area"] == "XFA").sum() > 0, name
    for indicator in INDICATORS:
        counts = expected(truth, indicator)
        dimension, kind = INDICATORS[indicator]
        table = protected(root, indicator)
        assert set(table["ref_area"]) == set(truth["ref_area"])
        for row in table[table["ref_area"] == "XFA"].to_dict("records"):
            key = ("XFA", row["time_period"], *((row["sex"],) if kind else ()), row[dimension])
            shown = rounded(counts.get(key, 0))
            assert (None if pd.isna(row["obs_value"]) else row["obs_value"]) == shown, key
    # its survey changed the definition of employment between two rounds, and says so
    table = protected(root, "lfs_working_age_by_status")
    totals = table[(table["ref_area"] == "XFA") & (table["sex"] == "SEX_T") & (table["labour_force_status"] == "_T")]
    assert dict(zip(totals["time_period"], totals["obs_status"], strict=True)) == {"2014": "E", "2019": "B"}


BANDS = [-1, 4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59, 64, 200]
AGES = [f"AGE_5YRBANDS_Y{a:02}-{a + 4:02}" for a in range(0, 65, 5)] + ["AGE_5YRBANDS_YGE65"]
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


def _errors_of_totals(truth, dimensions):
    """Errors of numbers of adults by the function for samples, each round by itself, for codes and totals."""
    from lm_stats.estimate.survey import Design, total

    design = Design("weight", strata="stratum", psu="psu")
    for survey, sample in truth.groupby("survey"):
        adult = (sample["age"] >= 15) & (sample["residence"] == "usual")
        for summed in itertools.product([False, True], repeat=len(dimensions)):
            named = sample.assign(one=1.0, time_period=survey)
            for name, of_all in zip(dimensions, summed, strict=True):
                codes = pd.Series(TOTALS[name], index=named.index) if of_all else named[name]
                named[name] = codes.where(adult)
            yield total(named, design, "one", by=["time_period", *dimensions]).set_index(["time_period", *dimensions])


def test_survey_counts_are_sums_of_weights_with_the_errors_of_their_design(clean_root):
    truth = pd.read_parquet(clean_root / "truth/lfs_persons.parquet")
    adults = truth[(truth["age"] >= 15) & (truth["residence"] == "usual")]
    dimensions = ["sex", "labour_force_status"]
    grouped = cells(adults, dimensions).groupby(["survey", *dimensions])["weight"]
    sums, records = grouped.sum(), grouped.size()
    table = published(clean_root, "lfs_working_age_by_status")
    assert sorted(set(table["time_period"])) == sorted(set(truth["survey"])) == ["2019", "2024"]
    errors = pd.concat(_errors_of_totals(truth, dimensions))
    seen = set()
    for row in table.to_dict("records"):
        key = (row["time_period"], *(row[d] for d in dimensions))
        count = records.get(key, 0)
        seen.add(key)
        if 0 < count < 5:
            assert row["obs_status"] == "Q", key
            assert all(pd.isna(row[name]) for name in ("obs_value", "std_error", "lower", "upper")), key
            continue
        assert row["obs_value"] == pytest.approx(sums.get(key, 0), abs=0.5), key
        if not count:
            assert row["obs_status"] == "U", key
            continue
        error = errors.loc[key]
        vague = count < 15 or error["df"] < 8 or not error["std_error"] <= 0.3 * error["estimate"]
        assert row["obs_status"] == ("U" if vague else "E"), key
        assert float(row["std_error"]) == pytest.approx(error["std_error"], abs=0.5), key
        if error["df"] > 0:
            limits = (max(error["lower"], 0), error["upper"])
            assert (float(row["lower"]), float(row["upper"])) == pytest.approx(limits, abs=0.51), key
    assert (table["obs_status"] == "E").sum() > 10
    assert set(sums.index) <= seen
    # the weights stand for the whole country, children among them
    frame = pd.read_parquet(clean_root / "truth/population_frame.parquet", columns=["ref_area"])
    assert truth.groupby("survey")["weight"].sum().to_numpy() == pytest.approx(len(frame), rel=0.1)


def test_a_survey_that_lost_sampled_units_keeps_its_estimates_without_errors(clean_root, tmp_path):
    """Case 85, the whole way: of one stratum of one round a single unit is left."""
    import pyreadstat

    root, sent = tmp_path / "root", tmp_path / "lfs 2019.dta"
    shutil.copytree(clean_root, root, ignore=shutil.ignore_patterns("curated", "work_permits_*", "census"))
    (delivered,) = (root / "raw").glob("*/lfs/2019.v1/*.dta")
    frame, meta = pyreadstat.read_dta(str(delivered))
    first = frame.iloc[0]
    left = frame[(frame["stratum"] != first["stratum"]) | (frame["psu"] == first["psu"])]
    labels = {name: {k: v for k, v in own.items() if not isinstance(k, str)}
              for name, own in meta.variable_value_labels.items()}  # fmt: skip
    pyreadstat.write_dta(left, str(sent), file_label=meta.file_label, version=15, variable_value_labels=labels)
    received = call("receive", sent, "--root", root, "--kind", "lfs", "--country", "LSO", "--period", "2019")
    assert received.code == 0, received
    with without_dagster(left_out=AFTER_DELIVERIES, kept=("lfs_working_age_by_status",)):
        ran = call("run", "--root", root)
    assert ran.code == 0, ran
    (said,) = (one for one in ran.document["warnings"] if one["where"].startswith("indicators/"))
    assert said["where"] == "indicators/lfs_working_age_by_status, LSO, 2019"
    assert "no sampling errors, because 1 stratum has a single primary sampling unit" in said["what"]
    assert "single_psu" in said["do"]
    table = protected(root, "lfs_working_age_by_status")
    totals = table[(table["sex"] == "SEX_T") & (table["labour_force_status"] == "_T")].set_index("time_period")
    people = pd.read_parquet(root / "curated/observatory/lfs_persons.parquet").query("survey == '2019'")
    assert len(people) == len(left) < len(frame)
    adults = people[(people["age"] >= 15) & (people["residence"] == "usual")]
    assert totals.loc["2019", "obs_value"] == pytest.approx(adults["weight"].sum(), abs=0.51)
    assert totals.loc["2019", ["std_error", "lower", "upper"]].isna().all()
    assert totals.loc["2024", ["std_error", "lower", "upper"]].notna().all()
    assert totals["obs_status"].to_dict() == {"2019": "E", "2024": "E"}


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
    others = shutil.ignore_patterns("curated", "work_permits_*", "lfs")
    shutil.copytree(clean_root, root, ignore=others)
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
    seen = ("foreign_residents_by_district", "foreign_residents_by_citizenship")
    with without_dagster(left_out=AFTER_DELIVERIES, kept=seen):
        ran = call("run", "--root", root)
    assert ran.code == 0, ran
    people = pd.read_parquet(root / "curated/observatory/population.parquet", columns=["delivery_id", "census_year"])
    assert set(people["delivery_id"].str.rpartition("/")[2]) == {"2016.v2", "1976.v1"}
    deliveries = pd.read_parquet(root / "curated/observatory/deliveries.parquet").set_index("delivery_id")
    old = deliveries[deliveries["kind"].eq("census") & deliveries["period"].eq("2016") & deliveries["version"].eq(1)]
    assert old["superseded_by"].str.endswith("2016.v2").all()
    assert (old["rows_in"] == old["excluded"]).all()
    # the districts of 1976 were others: the first census after the change says so, districts only
    table = protected(root, "foreign_residents_by_district")
    status = table[table["obs_status"] != "Q"].groupby(["time_period", "district"])["obs_status"].first()
    assert status["1976"].eq("A").all()
    assert status["2016"].drop("_T").drop("X", errors="ignore").eq("B").all()
    assert status["2016", "_T"] == "A"
    assert set(protected(root, "foreign_residents_by_citizenship")["obs_status"]) <= {"A", "Q"}


def test_clear_names_of_the_register_itself_are_nowhere_but_in_raw(clean_root):
    names, passports = set(), set()
    for path in sorted((clean_root / "raw").rglob("*.xlsx")):
        sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
        top = next(n for n, row in enumerate(rows) if sum(v is not None for v in row) > 10 and row.count(None) < 6)
        column = next(c for c, v in enumerate(rows[top]) if v and "passport" in str(v).lower())
        named = next(
            c
            for c, v in enumerate(rows[top])
            if v and str(v).strip().lower() in ("name", "full name", "name of worker")
        )
        for row in rows[top + 1 : top + 60]:
            if row[column]:
                passports.add(str(row[column]).lower())
                names.add(str(row[named]).lower())
    assert len(names) > 30
    assert len(passports) > 30
    # all of them at once, which is many times quicker; lower-case bytes are lower-case texts only of these letters
    words = sorted(names | passports)
    assert all(word.isascii() for word in words)
    sought = re.compile(b"|".join(re.escape(word.encode()) for word in words))
    assert sought.findall(" ".join(words).encode())
    found = {
        (path.relative_to(clean_root).as_posix(), word)
        for path in clean_root.rglob("*")
        if path.is_file() and clean_root / "raw" not in path.parents
        for content in contents(path)
        for word in sought.findall(content.lower())
    }
    assert found == set()


def test_the_benchmarks_run_in_smoke_form(clean_root, tmp_path, monkeypatch):
    home = Path(__file__).parents[2] / "benchmarks"
    monkeypatch.syspath_prepend(home)
    measuring, national = importlib.import_module("measuring"), importlib.import_module("national")
    seconds, peak = measuring.timed(*measuring.LM_STATS, "status", "--root", str(clean_root))
    assert seconds > 0
    assert peak > 0 or math.isnan(peak)
    noted: list[tuple[str, float]] = []

    def within(program, *arguments, trials):
        """Run a peer in this process: starting Python and importing what it needs takes most of its time."""
        with contextlib.redirect_stdout(io.StringIO()) as said, monkeypatch.context() as patch:
            patch.setattr("sys.argv", ["-c", *arguments])
            exec(compile(program, "peer", "exec"), {"__name__": "__main__"})
        return float(said.getvalue())

    with monkeypatch.context() as patch:
        patch.setattr(national, "bare", within)
        national.compare(
            clean_root, measuring.seconds_by_asset(clean_root), lambda *one: noted.append(one), trials=1
        )
    assert [name for name, _ in noted].count("  ratio") == 6
    states = ("staged", "harmonised", "observatory", "indicators", "published")
    assert {f"  {state}, seconds" for state in states} <= dict(noted).keys()
    assert all(value > 0 for _, value in noted), noted
    # ingestion: one source staged, as its own process does it
    ingestion = importlib.import_module("ingestion")
    source = next(path.parent for path in sorted((clean_root / "raw").glob("*/work_permits*/*.v1")))
    (tmp_path / "staged").mkdir()
    ingestion.stage_one(clean_root, source.relative_to(clean_root / "raw").as_posix(), tmp_path / "staged")
    assert json.loads((tmp_path / "staged/said.json").read_text(encoding="utf-8"))["rows"] > 100
    # the published tables: the peer, on files as small as they can be
    published = importlib.import_module("published")
    for edition in published.EDITIONS:
        (tmp_path / "xin/undesa" / edition).mkdir(parents=True)
    for path in published.write_editions(tmp_path, 6):
        path.replace(tmp_path / "xin/undesa" / path.stem.removeprefix("stock_") / path.name)
    assert national.bare(published.COMPARE, str(tmp_path), trials=1) > 0
    # the families: a small census, and one family of rates
    families = importlib.import_module("families")
    families.make_census(tmp_path, 3000)
    found = families.measure(tmp_path, 1, ["unemployment_rate"])
    assert found["unemployment_rate"]["cells"] > 100
    families.report(found, 100.0)


NOTEBOOK_FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(NOTEBOOK_FOLDER.glob("*.ipynb"))


def test_notebooks_are_numbered_and_there():
    assert [p.name for p in NOTEBOOKS if not p.name[:2].isdigit()] == []
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_cleared(path):
    cells = nbformat.read(path, as_version=4).cells
    assert [c.id for c in cells if c.cell_type == "code" and (c.outputs or c.execution_count)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, clean_root, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("LM_STATS_ROOT", str(clean_root))
    monkeypatch.setenv("IPYTHONDIR", str(clean_root.parent / "ipython"))
    monkeypatch.chdir(NOTEBOOK_FOLDER)
    # what a kernel does with a cell, in this process: starting one and importing what it needs takes most of the time
    quiet = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell(config=quiet, user_module=types.ModuleType(f"notebook_{path.stem}"))
    shown = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            done = shell.run_cell(cell.source)
            done.raise_error()
            shown.append(shell.display_formatter.format(done.result)[0])
    assert any("image/png" in one for one in shown)
    assert any("text/html" in one for one in shown)


def test_a_file_of_persons_and_absentees_together_is_refused_and_counts_nobody(clean_root, tmp_path):
    (home,) = (clean_root / "raw").glob("*/census/2016.v1")
    parts = [pd.read_csv(path, dtype="str", keep_default_na=False).head(50) for path in sorted(home.glob("*.csv"))]
    both, root = tmp_path / "both.csv", tmp_path / "root"
    pd.concat(parts).to_csv(both, index=False)
    received = call("receive", both, "--kind", "census", "--country", "LSO", "--period", "2016", "--root", root)
    assert received.code == 0, received
    with without_dagster():
        ran = call("run", "--root", root)
    assert ran.code == 1
    assert any("headings of two types of rows" in problem["what"] for problem in ran.document["problems"])
    assert not (root / "curated/observatory/population.parquet").exists()
