"""Tables that international bodies published about real areas, every file of them, in one root."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.compile.duckdb import connect, parquet
from pipelines.session import Session

from .conftest import call

pytestmark = pytest.mark.journey

# kind and agency by source, then the files of each edition
DELIVERED = {
    ("undesa", "migrant_stock", "UNDESA"): {
        "2019": ("un-desa-ims-2019/ddf--datapoints--*", "un-desa-ims-2019/*_2019rev*", "un-desa-ims-2019/*.xlsx"),
        "2020": ("un-desa-ims-2020/*.csv", "un-desa-ims-2020/*.json", "un-desa-ims-2020/*.xlsx"),
        "2024": ("un-desa-ims-2024/*.csv",),
    },
    ("worldbank", "remittances", "WORLDBANK"): {
        "2021": ("worldbank-remittances/rpw_*.csv",),
        "2022-12": ("worldbank-remittances/knomad_b*",),
        "2023-05": ("worldbank-remittances/*.xls", "worldbank-remittances/wdi_*.csv"),
        "2023-06": ("worldbank-remittances/remittance-*flows.xlsx",),
        "2023-12": ("worldbank-remittances/*_december_2023.xlsx",),
    },
    ("ilostat", "reference_tables", "ILO"): {"2025": ("ilostat-lso/*_nb_*.csv",)},
    ("unsd", "reference_tables", "UNSD"): {"2020-10": ("unsd-sdg/ddf--datapoints--*.csv",)},
}
# values that the files hold, and those of them that no other file of the edition gives; counted apart from the code
VALUES = {
    "xin/ilostat/2025.v1": (1152, 1152),
    "xin/undesa/2019.v1": (253_966, 244_687),
    "xin/undesa/2020.v1": (303_154, 227_688),
    "xin/undesa/2024.v1": (249, 249),
    "xin/unsd/2020-10.v1": (6459, 5371),
    "xin/worldbank/2021.v1": (11_240, 10_322),
    "xin/worldbank/2022-12.v1": (11_730, 10_591),
    "xin/worldbank/2023-05.v1": (30_302, 21_708),
    "xin/worldbank/2023-06.v1": (8999, 8930),
    "xin/worldbank/2023-12.v1": (4739, 4691),
}
BY_SEX = """
    SELECT {cell}, sum(obs_value) FILTER (sex = 'SEX_M') AS men, sum(obs_value) FILTER (sex = 'SEX_F') AS women,
        sum(obs_value) FILTER (sex = 'SEX_T') AS everybody
    FROM {table} WHERE {universe} GROUP BY ALL HAVING men + women + everybody IS NOT NULL
"""


def files_of(folder, patterns):
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]


@pytest.fixture(scope="module")
def root(shared_data, tmp_path_factory):
    """Every file, received and made into tables of the observatory; what is made from these is looked at elsewhere."""
    root = tmp_path_factory.mktemp("tables") / "root"
    for (source, kind, agency), editions in DELIVERED.items():
        for period, patterns in editions.items():
            files = files_of(shared_data, patterns)
            office = ("--kind", kind, "--country", "XIN", "--agency", agency, "--source", source)
            received = call("receive", *files, *office, "--period", period, "--root", root)
            assert received.code == 0, received
    session = Session.open(root)
    with session.root.locked():
        session.prepare()
        for key in session.graph.plan().stale:
            if key.startswith(("staged/", "harmonised/", "observatory/")) and key != "observatory/database":
                record = session.produce(key)
                assert not record.problems, record.problems
    return root


@pytest.fixture(scope="module")
def ask(root):
    """Ask the observatory a question in SQL."""
    with connect() as connection:
        for table in ("deliveries", "migrant_stock", "reference_estimates", "remittances"):
            path = root / f"curated/observatory/{table}.parquet"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {parquet(path)}")
        yield lambda question: connection.execute(question).fetchall()


def test_every_value_is_accounted_for(ask, shared_data):
    accounts = ask("SELECT delivery_id, rows_in, accepted, quarantined, excluded FROM deliveries")
    assert {name: (rows, accepted) for name, rows, accepted, _, _ in accounts} == VALUES
    assert all(rows == accepted + held + left for _, rows, accepted, held, left in accounts)
    # long tables hold a value a line
    for source, period in (("ilostat", "2025"), ("undesa", "2024"), ("unsd", "2020-10")):
        editions = next(editions for (name, *_), editions in DELIVERED.items() if name == source)
        lines = 0
        for path in files_of(shared_data, editions[period]):
            with path.open(encoding="utf-8", newline="") as file:
                lines += sum(1 for row in csv.DictReader(file) if row)
        assert lines == VALUES[f"xin/{source}/{period}.v1"][0]


def test_nothing_is_held_back_but_what_contradicts_itself(root):
    held = [pd.read_parquet(path) for path in sorted(root.glob("curated/harmonised/xin/*/quarantine.parquet"))]
    frame = pd.concat([one for one in held if len(one)], ignore_index=True)
    # the official workbook gives the stock of the former Netherlands Antilles (its note 13) under the code of Bonaire,
    # the other files of the edition that of Bonaire alone: 62,205 = 49,105 + 13,100 in Sint Maarten
    assert set(frame["reason"]) == {"same_number_other_content"}
    assert set(frame["delivery_id"]) == {"xin/undesa/2019.v1"}
    assert set(frame["year"]) == {"2005"}
    assert set(frame["destination"].fillna(frame["ref_area"])) == {"535", "bes"}
    assert sorted(frame["obs_value"].astype(int)) == [21730, 27375, 28015, 34190, 49105, 62205]


def test_values_of_lesotho_are_those_published(ask):
    employed = "SELECT DISTINCT time_period, obs_value FROM reference_estimates WHERE ref_area = 'LSO' AND "
    employed += "concept = 'EMP' AND dimensions_key IN ('SEX_T.ECO_ISIC4_TOTAL.CBR_BIR_TOTAL._T') ORDER BY ALL"
    assert ask(employed) == [("2019", 645_442.0), ("2024", 803_319.0)]
    by_revision = "SELECT revision, obs_value FROM migrant_stock WHERE (origin, destination, sex) = "
    by_revision += "('LSO', 'ZAF', 'SEX_T') AND year = revision::INTEGER ORDER BY ALL"
    assert ask(by_revision) == [("2019", 331_312.0), ("2020", 192_008.0), ("2024", 237_718.0)]
    both = "SELECT ref_area, counterpart_area, concept, time_period, obs_value FROM reference_estimates "
    both += "WHERE sex = 'SEX_T' AND dataflow IN ('DF_POP_MNAS_SEX_CRS_NB', 'DF_POP_MFRB_SEX_CBR_NB') "
    both += "AND (ref_area, counterpart_area) IN (('LSO', 'ZAF'), ('ZAF', 'LSO')) AND time_period IN ('2022', '2024') "
    both += "AND concept = CASE ref_area WHEN 'LSO' THEN 'NAT_ABROAD' ELSE 'BORN_15' END ORDER BY ALL"
    assert ask(both) == [
        ("LSO", "ZAF", "NAT_ABROAD", "2024", 95_228.0),
        ("ZAF", "LSO", "BORN_15", "2022", 193_971.0),
    ]


def test_values_are_in_units_with_the_unit_as_published(ask):
    said = ask("SELECT DISTINCT publisher, unit_mult_published, licence FROM reference_estimates ORDER BY ALL")
    assert said == [("ILO", 3, "CC BY 4.0"), ("UNSD", 0, None)]
    money = "SELECT edition, unit_mult_published, round(obs_value / 1e6, 1) FROM remittances WHERE series = 'received' "
    money += "AND (from_area, to_area, time_period) = ('_T', 'LSO', '2022') ORDER BY ALL"
    assert ask(money) == [("2023-05", 0, 526.6), ("2023-06", 6, 575.5), ("2023-12", 6, 533.1)]
    estimates = "SELECT DISTINCT edition, time_period FROM remittances WHERE obs_status = 'E' ORDER BY ALL"
    assert ask(estimates) == [("2022-12", "2021"), ("2023-12", "2023")]


def test_sending_home_costs_what_the_corridor_file_and_its_yearly_summary_say(ask):
    cost = "FROM remittances WHERE series = 'cost_of_sending' AND to_area = 'LSO'"
    quarters = dict(ask(f"SELECT time_period, obs_value {cost} AND from_area = 'ZAF'"))
    assert len(quarters) == 35
    assert round(quarters["2019-Q4"], 2) == 17.26
    years = dict(ask(f"SELECT time_period, obs_value {cost} AND from_area = '_T'"))
    assert sorted(years) == [str(year) for year in range(2011, 2021)]
    assert all(abs(value - quarters[f"{year}-Q3"]) < 0.0061 for year, value in years.items())


def test_men_and_women_are_everybody(ask):
    cell = "origin, destination, year, revision"
    stocks = BY_SEX.format(cell=cell, table="migrant_stock", universe="true")
    assert ask(f"SELECT revision, count(*) FROM ({stocks}) GROUP BY ALL ORDER BY ALL") == [
        ("2019", 81_544), ("2020", 73_401)
    ]  # fmt: skip
    # a person too few or too many, as the files have it
    gap = "men + women - everybody"
    assert ask(f"SELECT {cell}, {gap} FROM ({stocks}) WHERE {gap} <> 0 ORDER BY ALL") == [
        ("AGO", "NAM", 2010, "2019", -1.0),
        ("AGO", "_T", 2010, "2019", -1.0),
        ("COD", "NAM", 2010, "2019", 1.0),
        ("COD", "_T", 2010, "2019", 1.0),
    ]
    cell = "ref_area, dataflow, classification_1, classification_2, time_period"
    numbers = BY_SEX.format(cell=cell, table="reference_estimates", universe="publisher = 'ILO'")
    assert ask(f"SELECT count(*) FROM ({numbers})")[0][0] > 250
    # published in thousands with three decimals, so that the last digit is a person
    larger = f"SELECT ref_area, classification_1, time_period, {gap} FROM ({numbers}) WHERE abs({gap}) > 2"
    assert ask(larger) == [("ZAF", "CCT_CTZ_X", "2022", 6.0)]


def test_every_state_of_sadc_is_in_the_tables(ask):
    areas = load().codelists["areas"]
    sadc = {area.code for area in areas if "SADC" in area.attributes.get("groups", "").split()}
    assert len(sadc) == 16
    for question in (
        "SELECT DISTINCT destination FROM migrant_stock WHERE origin = '_T' AND revision = '2019'",
        "SELECT DISTINCT destination FROM migrant_stock WHERE origin = '_T' AND revision = '2020'",
        "SELECT DISTINCT origin FROM migrant_stock WHERE destination <> '_T' AND revision = '2020'",
        "SELECT DISTINCT to_area FROM remittances WHERE series = 'received' AND from_area = '_T'",
        "SELECT DISTINCT ref_area FROM reference_estimates WHERE publisher = 'UNSD'",
    ):
        assert {area for (area,) in ask(question)} >= sadc, question


def test_where_a_value_stands_is_told(ask):
    cell = "(origin, destination, sex, year, revision) = ('_T', 'LSO', 'SEX_M', 2020, '2020')"
    place = "source_file, source_sheet, source_row, source_column, obs_value"
    assert ask(f"SELECT {place} FROM migrant_stock WHERE {cell}") == [
        ("undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx", "Table 1", 76, "S", 6537.0)
    ]
