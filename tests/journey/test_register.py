"""From the ministry's workbook to a draft release: what is published is what is true."""

from __future__ import annotations

import pandas as pd
import pytest

from .conftest import CLEAN, PACKS, call, made, published

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
    "region_of_origin": "_T",
    "economic_activity": "ECO_ISIC4_TOTAL",
    "citizenship": "_T",
    "permit_type": "_T",
    "occupation": "OCU_ISCO08_TOTAL",
    "sex": "SEX_T",
}


def rounded(count: int) -> float | None:
    """The rounding rule of the release, written again: 1 to 4 hidden, others to the nearest 5."""
    return None if 0 < count < 5 else 5.0 * round(count / 5)


def expected(truth: pd.DataFrame, indicator: str) -> dict[tuple[str, ...], int]:
    """Counts of the truth by hand: every cell, group and total in which a certificate falls."""
    dimension, kind = INDICATORS[indicator]
    granted = truth[truth["decision"] == "granted"]
    if kind:
        granted = granted[granted["permit_type"] == kind]
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
        assert (row["obs_status"], row["conf_status"]) == (
            ("Q", "C") if shown is None else ("P" if kind else "A", "F")
        ), key
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
    held = [pd.read_parquet(root / f"curated/observatory/{name}.parquet", columns=["delivery_id"]) for name in KEYS]
    standing = pd.concat(held)
    assert set(deliveries["kind"]) == {"work_permits", "census", "lfs"}
    assert (deliveries["rows_in"] == deliveries[["accepted", "quarantined", "excluded"]].sum(axis=1)).all()
    assert (deliveries["rows_in"] > 0).all()
    for row in deliveries.to_dict("records"):
        assert (standing["delivery_id"] == row["delivery_id"]).sum() == row["accepted"]
        source, _, name = row["delivery_id"].rpartition("/")
        staged = [pd.read_parquet(p) for p in (root / "curated/staged" / source).glob(f"{name}*.parquet")]
        assert sum(map(len, staged)) == row["rows_in"]
    quarantined = sum(len(pd.read_parquet(p)) for p in root.glob("curated/harmonised/*/*/quarantine.parquet"))
    assert quarantined == deliveries["quarantined"].sum()
    assert (quarantined > 0) == (name == "messy_root")


def test_every_planted_defect_has_its_expected_outcome(messy_root):
    defects = pd.read_parquet(messy_root / "truth/defects.parquet")
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
    assert defects["case"].nunique() >= 12
    wrong = []
    for row in defects.fillna("").itertuples(index=False):
        outcome = places.get((row.delivery_id, row.file, row.sheet, row.row), "exclude")
        if outcome != {"warn": "accept"}.get(row.expected, row.expected):
            wrong.append((row.case, row.column, row.expected, outcome))
    assert wrong == []


def test_warnings_are_counted_in_the_account(messy_root):
    defects = pd.read_parquet(messy_root / "truth/defects.parquet")
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
    ]
    assert silent == []
    from lm_stats.compile.duckdb import connect

    for path, schema in (
        (draft / "lm_public.duckdb", "published"),
        (clean_root / "curated/observatory/observatory.duckdb", "observatory"),
    ):
        with connect(path, read_only=True) as connection:
            assert said in str(connection.execute(f"SELECT * FROM {path.stem}.{schema}.about").fetchall())


def test_a_second_run_does_nothing_and_says_so(clean_root):
    before = {p: p.stat().st_mtime_ns for p in (clean_root / "curated").rglob("*.parquet")}
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


def test_two_roots_give_the_same_bytes(clean_root, tmp_path_factory):
    other = made(tmp_path_factory, "it's another place", *CLEAN)
    compared = 0
    for path in sorted(clean_root.rglob("*")):
        if path.suffix in (".csv", ".parquet", ".png", ".svg", ".html", ".txt", ".xlsx"):
            assert (other / path.relative_to(clean_root)).read_bytes() == path.read_bytes(), path.name
            compared += 1
    assert compared > 40


def test_a_fictional_member_state_joins_by_its_folder_alone(tmp_path_factory):
    root = made(
        tmp_path_factory, "region", "--catalog", PACKS, "--seed", 9, "--permits", 800, "--census-persons", 6000,
        "--lfs-persons", 2000, "--mess", 0,
    )  # fmt: skip
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
        table = published(root, indicator)
        assert set(table["ref_area"]) == set(truth["ref_area"])
        for row in table[table["ref_area"] == "XFA"].to_dict("records"):
            key = ("XFA", row["time_period"], *((row["sex"],) if kind else ()), row[dimension])
            shown = rounded(counts.get(key, 0))
            assert (None if pd.isna(row["obs_value"]) else row["obs_value"]) == shown, key
