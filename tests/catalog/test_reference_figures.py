"""The shipped reference figures: complete, numeric, consistent in themselves, and with every figure they owe."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lm_stats import catalog
from lm_stats.compile.coder import coders_for
from lm_stats.harmonise import harmonise
from lm_stats.spec import read_delivery
from lm_stats.stage import Keyring, stage

FOLDER = Path(__file__).parents[2] / "data/raw/lso/reference_figures"
HERE = max(FOLDER.glob("*.v*"), key=lambda path: (path.name.split(".v")[0], int(path.name.split(".v")[1])))
NUMBERS = ("value", "lower", "upper")
KEY = (
    "ref_area", "dataflow", "sex", "classification_1", "classification_2", "counterpart_area", "time_period",
    "publisher", "edition",
)  # fmt: skip
Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with (HERE / "reference_figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def declared() -> catalog.Catalog:
    return catalog.load()


def units(row: Row, column: str = "value") -> Decimal | None:
    """A number of a row in units."""
    return Decimal(row[column]).scaleb(int(row["unit_mult_published"])) if row[column] else None


def find(rows: list[Row], **wanted: str) -> list[Row]:
    """Rows whose columns hold these texts."""
    return [row for row in rows if all(row[name] == text for name, text in wanted.items())]


def test_the_record_is_that_of_the_bytes_and_written_as_receive_writes_it() -> None:
    record = HERE / "delivery.toml"
    delivery = read_delivery(record)
    assert record.read_bytes() == delivery.to_toml().encode()
    assert delivery.id == f"lso/reference_figures/{HERE.name}"
    assert (delivery.kind, delivery.agency, delivery.data_class) == ("reference_figures", "BOS", "real")
    assert {path.name for path in HERE.iterdir()} == {"delivery.toml", *(file.name for file in delivery.files)}
    for file in delivery.files:
        content = (HERE / file.name).read_bytes()
        assert b"\r" not in content
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_columns_are_those_that_are_declared(rows: list[Row], declared: catalog.Catalog) -> None:
    layout = declared.sources["lso/reference_figures"].layouts[0]
    headings = [heading for labels in layout.labels.values() for heading in labels]
    assert sorted(rows[0]) == sorted({*headings, *layout.values})
    assert None not in {name for row in rows for name in row}


def test_every_row_is_complete_and_its_codes_are_known(rows: list[Row], declared: catalog.Catalog) -> None:
    lists = declared.codelists
    for row in rows:
        where = " ".join(row[name] for name in KEY)
        for name in ("publisher", "edition", "quoted_from", "licence"):
            assert row[name].strip(), where
        assert row["grade"] in lists["grades"], where
        assert row["sex"] in lists["sex"], where
        assert row["ref_area"] in lists["areas"], where
        assert row["counterpart_area"] in lists["counterparts"], where
        flow = lists["dataflows"].by_code[row["dataflow"]]
        assert (row["concept"], row["unit_measure"]) == (flow.attributes["concept"], flow.attributes["unit"]), where
        assert re.fullmatch(r"(19|20)\d\d(-Q[1-4])?", row["time_period"]), where
        assert int(row["unit_mult_published"]) in (0, 3, 6), where
        if row["dataflow"] == "LM_DISTRICT_POPULATION":
            assert row["classification_1"] in lists["districts"], where
    assert [key for key, count in Counter(tuple(row[name] for name in KEY) for row in rows).items() if count > 1] == []


def test_no_range_or_ratio_is_a_text(rows: list[Row]) -> None:
    for row in rows:
        filled = [row[name] for name in NUMBERS if row[name]]
        assert filled, row
        assert all(re.fullmatch(r"\d+(\.\d+)?", text) for text in filled), row
        assert not (row["value"] and (row["lower"] or row["upper"])), row
        if row["lower"] and row["upper"]:
            assert Decimal(row["lower"]) < Decimal(row["upper"])
        if row["unit_measure"] == "PT":
            assert all(Decimal(text) <= 100 for text in filled), row


def test_all_are_accepted_in_units_and_as_they_stand(
    rows: list[Row], declared: catalog.Catalog, tmp_path: Path
) -> None:
    source, delivery = declared.sources["lso/reference_figures"], read_delivery(HERE / "delivery.toml")
    kind = declared.kinds[source.kind]
    (record,) = kind.records
    own = coders_for(source.for_record(record), record, declared.concepts, declared.codelists, declared.spellings)
    coders = {record.id: own}
    staged = stage(source, kind, declared.concepts, coders, delivery, HERE, Keyring(b"any"), tmp_path)
    paths = {delivery.id: {record.id: staged.parts[0].path}}
    made = harmonise(
        source, kind, declared.tables, declared.concepts, declared.codelists, coders, [delivery], paths, tmp_path
    )
    (account,) = made.accounts
    assert (account.rows_in, account.accepted, account.excluded) == (len(rows), len(rows), {})
    found = pq.read_table(made.tables["reference_estimates"]).to_pylist()
    for name in ("concept", "counterpart_area", "quoted_from", "licence", "grade", "note", "unit_measure"):
        assert Counter(row[name] or "" for row in found) == Counter(row[name] for row in rows), name
    for column in NUMBERS:
        values = [row["obs_value" if column == "value" else column] for row in found]
        expected = [float(number) for row in rows if (number := units(row, column)) is not None]
        assert sorted(value for value in values if value is not None) == sorted(expected), column


def test_every_code_of_our_own_is_used_and_says_what_it_counts(rows: list[Row], declared: catalog.Catalog) -> None:
    own = {code for code in declared.codelists["dataflows"].by_code if code.startswith(("LM_", "UN_", "WB_"))}
    assert own == {row["dataflow"] for row in rows if row["dataflow"].startswith(("LM_", "UN_", "WB_"))}
    for row in rows:
        concept = declared.codelists["concepts_measured"].by_code[row["concept"]]
        if row["counterpart_area"] != "_T" and row["unit_measure"] == "NB":
            assert concept.attributes["statement"], row["concept"]


def test_men_and_women_add_up(rows: list[Row]) -> None:
    cells: dict[tuple[str, ...], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row["unit_measure"] == "NB":
            cells[tuple(row[name] for name in KEY if name != "sex")][row["sex"]] = row
    whole = [cell for cell in cells.values() if {"SEX_T", "SEX_M", "SEX_F"} <= set(cell)]
    assert len(whole) > 50
    for cell in whole:
        parts = Decimal(cell["SEX_M"]["value"]) + Decimal(cell["SEX_F"]["value"])
        last_digit = Decimal("0.001") if cell["SEX_T"]["publisher"] == "ILO" else Decimal(0)
        assert abs(parts - Decimal(cell["SEX_T"]["value"])) <= 2 * last_digit, cell["SEX_T"]


@pytest.mark.parametrize(
    ("year", "edition", "total", "difference"),
    [
        # one district is misprinted, so the printed districts are 1,000 short of the printed total
        ("1986", "1986", 1_595_096, 1000),
        ("1996", "1996", 1_841_967, 0),
        ("2006", "2006 final", 1_876_633, 0),
        ("2016", "2016", 2_007_201, 0),
    ],
)
def test_districts_add_up(rows: list[Row], year: str, edition: str, total: int, difference: int) -> None:
    districts = find(rows, dataflow="LM_DISTRICT_POPULATION", time_period=year, edition=edition)
    assert len({row["classification_1"] for row in districts}) == len(districts) == 10
    assert [units(r) for r in find(rows, dataflow="LM_POPULATION", time_period=year, sex="SEX_T")] == [total]
    assert total - sum(int(row["value"]) for row in districts) == difference


REQUIRED = [
    # paragraph or publisher, dataflow, time, column, number in units
    ("paragraph 2.4", "LM_RESIDENCE_OFFERED_MINERS", "1995", "value", "51000"),
    ("paragraph 2.4", "LM_RESIDENCE_OFFERED_CITIZENS", "1996", "value", "175000"),
    ("paragraph 2.4", "LM_MINERS_RETRENCHED", "2013", "value", "83000"),
    ("paragraph 2.4", "LM_SPECIAL_PERMITS", "2016", "lower", "90000"),
    ("paragraph 2.4", "LM_SPECIAL_PERMIT_YEARS", "2016", "value", "4"),
    ("paragraph 2.7", "LM_MIGRANT_WORKERS_SHARE", "2006", "value", "30"),
    ("paragraph 2.8", "LM_WAGE_RATIO", "2018", "value", "4"),
    ("paragraph 2.8", "LM_UNEMPLOYMENT_RATE", "2017", "value", "27.42"),
    ("paragraph 2.9", "LM_PHYSICIANS_ABROAD_SHARE", "2018", "value", "33.3"),
    ("paragraph 2.10", "WB_REMITTANCES_GDP", "2016", "value", "15.1"),
    ("paragraph 2.11", "LM_CENSUS_ABROAD", "2016", "lower", "179000"),
    ("paragraph 2.12", "LM_FOREIGN_WORKERS", "2016", "value", "12300"),
    ("paragraph 2.12", "LM_FOREIGN_WORKERS_SHARE", "2016", "lower", "50"),
    ("paragraph 2.12", "LM_FOREIGN_WORKERS_SHARE", "2016", "value", "33.3"),
    ("Mohale", "LM_FARMWORKERS", "2022", "value", "30000"),
    ("", "LM_QUOTED_ABROAD", "2016", "lower", "400000"),
    ("", "LM_QUOTED_ABROAD", "2016", "upper", "500000"),
    ("", "LM_CITIZENS_ABROAD_SHARE", "2016", "value", "8.3"),
    ("", "DF_EMP_TEMP_SEX_ECO_CBR_NB", "2019", "value", "645442"),
    ("", "DF_EMP_TEMP_SEX_ECO_CBR_NB", "2024", "value", "803319"),
    ("", "DF_POP_MNAS_SEX_CRS_NB", "2024", "value", "95228"),
    ("", "DF_POP_MFRB_SEX_CBR_NB", "2022", "value", "193971"),
    ("", "UN_MIGRANT_STOCK", "2019", "value", "331312"),
    ("", "UN_MIGRANT_STOCK", "2020", "value", "192008"),
    ("", "UN_MIGRANT_STOCK", "2024", "value", "237718"),
    ("", "WB_COST_OF_SENDING", "2019-Q4", "value", "17.26"),
]


@pytest.mark.parametrize(("place", "dataflow", "time", "column", "number"), REQUIRED)
def test_a_figure_that_is_owed_is_there(
    rows: list[Row], place: str, dataflow: str, time: str, column: str, number: str
) -> None:
    found = [row for row in find(rows, dataflow=dataflow, time_period=time) if place in row["quoted_from"]]
    assert Decimal(number) in [units(row, column) for row in found]


def test_every_anchor_is_there(rows: list[Row], shared_data: Path) -> None:
    """Each number of the list of anchors, and each in its note that is a figure of its own, within its rounding."""
    known = {number for row in rows for column in NUMBERS if (number := units(row, column)) is not None}
    with (shared_data / "anchors/published_figures.csv").open(encoding="utf-8", newline="") as file:
        anchors = list(csv.DictReader(file))
    assert len(anchors) == 39
    # a ratio stands as a per cent; of a statement of a computed share the parts are there
    said = {"A28": ("8.3", "99")}
    for anchor in anchors:
        scale = 6 if anchor["unit"] == "USD million" else 0
        texts = said.get(anchor["id"]) or re.split(r"-| and ", anchor["value"])
        noted = re.findall(r"(\d+) (?:men|women)\b|-born (\d+)|\b20[12]\d (\d+\.\d)|\b(\d{5,6})\b", anchor["note"])
        for text in (*texts, *(number for groups in noted for number in groups if number)):
            wanted = Decimal(text).scaleb(scale)
            rounding = Decimal(1).scaleb(scale + int(Decimal(text).as_tuple().exponent)) / 2
            assert any(abs(wanted - number) <= rounding for number in known), (anchor["id"], text)
    with (shared_data / "anchors/lesotho_district_population.csv").open(encoding="utf-8", newline="") as file:
        for district in csv.DictReader(file):
            own = find(rows, dataflow="LM_DISTRICT_POPULATION", classification_1=district["iso_3166_2"])
            columns = [text for name, text in district.items() if name.startswith("pop_")]
            assert sorted(row["value"] for row in own) == sorted(columns)


# numerals that are no figures: the one of "1 to 4", decades of age; conventions and recommendations, meetings planned
NO_FIGURES = {"2.8": {"1"}, "2.12": {"20", "40"}, "Mohale": {"97", "143", "86", "151", "181", "4", "2", "3"}}


def test_no_numeral_of_the_policy_and_the_roadmap_is_missed(rows: list[Row], shared_data: Path) -> None:
    documents = shared_data.parent / "policy/documents"
    policy = (documents / "national-labour-migration-policy-2018.md").read_text(encoding="utf-8")
    texts = dict(re.findall(r"^- (2\.(?:[4-9]|1[0-2])) (.*?)(?=^- 2\.|^2\.13)", policy, re.MULTILINE | re.DOTALL))
    assert list(texts) == [f"2.{number}" for number in range(4, 13)]
    texts["Mohale"] = (documents / "mohale-labour-migration-roadmap-2022-23.md").read_text(encoding="utf-8")
    for place, text in texts.items():
        source = place if place == "Mohale" else rf"paragraph {place}\b(?!\d)"
        known = {number for row in rows if re.search(source, row["quoted_from"])
                 for column in NUMBERS if (number := units(row, column)) is not None}  # fmt: skip
        plain = re.sub(r"<sup>.*?</sup>|<[^>]*>|\b(19|20)\d\ds?\b(/\d\d)?", " ", text)
        numerals = {numeral.rstrip(".,") for numeral in re.findall(r"\d[\d.,]*", plain)} - NO_FIGURES.get(place, set())
        assert {numeral for numeral in numerals if Decimal(numeral.replace(",", "")) not in known} == set(), place
