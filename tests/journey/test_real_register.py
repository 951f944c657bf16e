"""The real register of another office, with a pack of its own."""

from __future__ import annotations

import collections
import csv

import pandas as pd
import pytest

from lm_stats.compile.duckdb import connect
from lm_stats.spec import normalise_spelling
from tests.shortcuts import load_fewer, one_of_each, without_dagster

from .conftest import PACKS, call, published

pytestmark = pytest.mark.journey


# figures that are looked at, with what they show
SEEN = {"permits_by_region": "permits_issued_by_region", "permits_by_sector": "permits_issued_by_sector"}


@pytest.fixture(scope="module")
def register(shared_data):
    """The register's own rows, read with the csv module only."""
    path = shared_data / "foreign-registers/us-perm-2012/perm_fy2012_h1_slice_usss.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return path, list(csv.DictReader(file))


@pytest.fixture(scope="module")
def root(register, tmp_path_factory):
    root = tmp_path_factory.mktemp("real") / "root"
    options = ("--root", root, "--catalog", PACKS)
    received = call(
        "receive", register[0], "--kind", "work_permits", "--country", "XUS", "--period", "2011-10_2012-03", *options
    )
    assert received.code == 0, received
    with without_dagster(), pytest.MonkeyPatch.context() as patch:
        indicators, _ = one_of_each()
        patch.setattr("lm_stats.catalog.load", load_fewer({*indicators, *SEEN.values()}, SEEN))
        ran = call("run", *options)
    assert ran.code == 0, ran
    return root


def test_every_case_is_accounted_for(root, register):
    row = pd.read_parquet(root / "curated/observatory/deliveries.parquet").iloc[0]
    assert row["rows_in"] == len(register[1]) == 4982
    assert row["rows_in"] == row["accepted"] + row["quarantined"] + row["excluded"]
    assert row["data_class"] == "real"


def test_outcomes_are_told_apart(root, register):
    table = pd.read_parquet(root / "curated/observatory/permits.parquet")
    held = pd.read_parquet(next(root.glob("curated/harmonised/*/*/quarantine.parquet")))
    delivered = collections.Counter(r["case_status"] for r in register[1])
    assert len(table) + len(held) == 4982
    assert len(held) == 0
    found = table.groupby(["decision", "certificate_status"]).size().to_dict()
    assert found == {
        ("granted", "valid"): delivered["Certified"],
        ("granted", "expired"): delivered["Certified-Expired"],
        ("refused", "X"): delivered["Denied"],
        ("withdrawn", "X"): delivered["Withdrawn"],
    }
    assert table.loc[table["decision"] != "granted", "issue_date"].isna().all()


def test_all_citizenships_are_coded_and_none_to_another_country(root, register):
    from lm_stats.catalog import load

    table = pd.read_parquet(root / "curated/observatory/permits.parquet")
    staged = pd.read_parquet(next(root.glob("curated/staged/*/*/*.parquet")))
    joined = staged[["source_row", "citizenship"]].merge(table[["source_row", "citizenship"]], on="source_row")
    pairs = joined.groupby("citizenship_x")["citizenship_y"].agg(["nunique", "first"])
    assert len(pairs) == len({r["country_of_citzenship"] for r in register[1]}) == 111
    assert (pairs["nunique"] == 1).all()
    areas = load().codelists["areas"]
    other_name = {
        spelling: code
        for spelling, code in pairs["first"].items()
        if normalise_spelling(areas.label(code)) != normalise_spelling(spelling)
    }
    # spelled otherwise than ISO's short name: each looked up by hand
    known = {
        "BOLIVIA": "BOL",
        "BOSNIA & HERZEGOVINA": "BIH",
        "BURMA (MYANMAR)": "MMR",
        "CAPE VERDE": "CPV",
        "COTE D'IVOIRE": "CIV",
        "COTE d'IVOIRE": "CIV",
        "CZECH REPUBLIC": "CZE",
        "HONG KONG": "HKG",
        "IRAN": "IRN",
        "IVORY COAST": "CIV",
        "LAOS": "LAO",
        "MACAU": "MAC",
        "MACEDONIA": "MKD",
        "MOLDOVA": "MDA",
        "MYANMAR (BURMA)": "MMR",
        "NORTH KOREA": "PRK",
        "PALESTINE": "PSE",
        "PALESTINIAN TERRITORIES": "PSE",
        "REPUBLIC OF CONGO": "COG",
        "RUSSIA": "RUS",
        "SERBIA AND MONTENEGRO": "SRB",
        "SOUTH KOREA": "KOR",
        "SWAZILAND": "SWZ",
        "SYRIA": "SYR",
        "TAIWAN": "TWN",
        "TANZANIA": "TZA",
        "TURKEY": "TUR",
        "UNITED STATES OF AMERICA": "USA",
        "VENEZUELA": "VEN",
        "VIETNAM": "VNM",
        "YUGOSLAVIA": "X",
        "ST LUCIA": "LCA",
        "ST VINCENT": "VCT",
        "DEMOCRATIC REPUBLIC OF CONGO": "COD",
        "GAMBIA": "GMB",
        "BRITISH VIRGIN ISLANDS": "VGB",
        "UNITED KINGDOM": "GBR",
        "MICRONESIA": "FSM",
        "BRUNEI": "BRN",
    }
    assert {s: c for s, c in other_name.items() if known.get(s) != c} == {}


def test_figures_and_tables_count_the_certified(root, register):
    granted = [r for r in register[1] if r["case_status"].startswith("Certified")]
    by_year = collections.Counter(r["decision_date"][-4:] for r in granted)
    table = published(root, "permits_issued_by_region")
    total = table[table["region_of_origin"] == "_T"].set_index("time_period")["obs_value"].to_dict()
    assert total == {year: 5.0 * round(count / 5) for year, count in by_year.items()}
    figures = root / "curated/published/draft/labour_migration/figures"
    for figure in SEEN:
        assert (figures / f"{figure}.png").stat().st_size > 10_000
        assert (figures / f"{figure}.alt.txt").read_text(encoding="utf-8").strip()


def test_nothing_says_synthetic(root):
    draft = root / "curated/published/draft/labour_migration"
    saying = [
        p.name
        for p in draft.rglob("*")
        if p.suffix in (".csv", ".html", ".svg", ".txt", ".json", ".md") and b"synthetic" in p.read_bytes().lower()
    ]
    with connect(draft / "lm_public.duckdb", read_only=True) as connection:
        names = connection.execute("SELECT database_name, schema_name, table_name FROM duckdb_tables()").fetchall()
        for base, schema, name in names:
            if "synthetic" in str(connection.execute(f'SELECT * FROM {base}.{schema}."{name}"').fetchall()).lower():
                saying.append(name)
    assert saying == []
