"""Values that others publish: in units, for the areas they are about, and sums said to be sums."""

from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lm_stats.catalog import load
from lm_stats.compile.coder import Coder, coders_for
from lm_stats.handover import write_parquet
from lm_stats.harmonise import harmonise
from lm_stats.spec import Code, Codelist, Concept, Delivery, Fault, MapEntry

CATALOG = load()
STOCK = {"origin": "LSO", "destination": "ZAF", "sex": "SEX_T", "year": "2019", "obs_value": "5", "publisher": "UNDESA"}
ILO = {
    "ref_area": "zaf", "dataflow": "mst_forp_sex_cbr_nb", "sex": "sex_t", "classification_1": "cbr_brt_lso",
    "time_period": "2022", "obs_value": "193.971", "unit_mult_published": "3", "publisher": "ILO",
}  # fmt: skip


def run(path, into, *deliveries, batch=250_000, releases=()):
    """Harmonise staged rows, given as texts, of a source of the project; what becomes of them, by delivery."""
    source = CATALOG.sources[path]
    kind = CATALOG.kinds[source.kind]
    record = kind.records[0]
    coders = coders_for(source.for_record(record), record, CATALOG.concepts, CATALOG.codelists, CATALOG.spellings)
    records, files = [], {}
    for number, rows in enumerate(deliveries):
        period = f"{2019 + number}"
        names = (source.ref_area, source.id, kind.id, source.agency)
        one = Delivery(f"{path}/{period}.v1", *names, period, 1, "", "real", ())
        places = [
            {"source_file": "f.csv", "source_sheet": "", "source_row": n, "source_column": "F", "excluded": ""}
            for n in range(2, len(rows) + 2)
        ]
        frame = pd.DataFrame([place | row for place, row in zip(places, rows, strict=True)])
        texts = dict.fromkeys(frame.columns.drop("source_row"), "str")
        files[one.id] = {"": into / f"{period}.parquet"}
        write_parquet(frame.astype(texts), files[one.id][""])
        records.append(one)
    tables = {name: CATALOG.tables[name] for name in kind.tables}
    made = harmonise(
        source, kind, tables, CATALOG.concepts, CATALOG.codelists, {"": coders}, records, files, into, batch=batch,
        releases=releases,
    )  # fmt: skip
    (table,) = made.tables.values()
    return pd.read_parquet(table), {account.delivery_id: account for account in made.accounts}, made


def test_values_are_in_units_and_about_the_areas_they_name(tmp_path):
    table, accounts, _ = run("xin/ilostat", tmp_path, [ILO, ILO | {"classification_1": "CBR_BRT_TOTAL"}])
    assert accounts["xin/ilostat/2019.v1"].accepted == 2
    row = table.set_index("counterpart_area").loc["LSO"]
    assert row["obs_value"] == 193971.0
    assert row["unit_mult_published"] == 3
    assert row["ref_area"] == "ZAF"
    assert row["dataflow"] == "DF_POP_MFRB_SEX_CBR_NB"
    assert (row["concept"], row["unit_measure"]) == ("BORN_15", "NB")
    assert row["dimensions_key"] == "SEX_T.CBR_BRT_LSO.LSO"
    assert (row["edition"], row["obs_status"], row["source_column"]) == ("2019", "A", "F")
    assert set(table["counterpart_area"]) == {"LSO", "_T"}


def test_the_area_of_a_classification_is_the_counterpart(tmp_path):
    written = ["CBR_BRT_X", "CBR_BRT_AFR", "CCT_CTZ_ASIA", "crs_res_zaf", "AGE_5YRBANDS_TOTAL", None]
    table, _, _ = run("xin/ilostat", tmp_path, [ILO | {"classification_1": text} for text in written])
    table = table.sort_values("source_row")
    assert table["counterpart_area"].tolist() == ["X", "AFR_T", "ASI", "ZAF", "_T", "_T"]
    assert table["dimensions_key"].tolist()[3:] == ["SEX_T.CRS_RES_ZAF.ZAF", "SEX_T.AGE_5YRBANDS_TOTAL._T", "SEX_T._T"]


def test_sums_of_areas_and_areas_without_a_code_are_left_out_with_the_reason(tmp_path):
    rows = [STOCK | {"origin": origin} for origin in ("900", "903", "830", "Europe", "426", "4", "NA", "hos")]
    table, accounts, _ = run("xin/undesa", tmp_path, rows)
    account = accounts["xin/undesa/2019.v1"]
    assert account.excluded == {"aggregate": 2, "no_iso_code": 1}
    assert account.quarantined == {}
    assert sorted(table["origin"]) == ["AFG", "LSO", "NAM", "VAT", "_T"]


def test_an_unknown_area_is_held_back(tmp_path):
    _, accounts, made = run("xin/undesa", tmp_path, [STOCK | {"origin": "Atlantis"}, STOCK])
    assert accounts["xin/undesa/2019.v1"].quarantined == {"unmapped_origin": 1}
    assert pq.read_table(made.quarantine)["source_column"].to_pylist() == ["F"]


def test_a_total_stands_on_the_side_that_the_publisher_means(tmp_path):
    stock = {"ref_area": "lso", "year": "2019", "publisher": "UNDESA"}
    rows = [stock | {"direction": "to", "obs_value": "1"}, stock | {"direction": "from", "obs_value": "2"}, STOCK]
    table, _, _ = run("xin/undesa", tmp_path, rows)
    found = table[["origin", "destination", "ref_area", "obs_value", "revision"]].values.tolist()
    assert found == [
        ["LSO", "ZAF", "ZAF", 5.0, "2019"], ["LSO", "_T", "LSO", 2.0, "2019"], ["_T", "LSO", "LSO", 1.0, "2019"]
    ]  # fmt: skip


def test_of_a_cell_the_later_delivery_wins_and_another_edition_stands_beside(tmp_path):
    again = STOCK | {"source_column": "G", "obs_value": "0.005", "unit_mult_published": "3"}
    table, accounts, _ = run("xin/undesa", tmp_path, [STOCK, again], [STOCK], batch=1)
    assert table["revision"].tolist() == ["2019", "2020"]
    # the same value in another place and another unit is the same value
    assert accounts["xin/undesa/2019.v1"].excluded == {"duplicate": 1}
    contradicted = [STOCK, STOCK | {"obs_value": "6"}]
    _, accounts, _ = run("xin/undesa", tmp_path, contradicted)
    assert accounts["xin/undesa/2019.v1"].quarantined == {"same_number_other_content": 2}


def test_what_spreadsheets_add_to_a_number_is_taken_off(tmp_path):
    price = {"series": "ATCR.CORR", "from_area": "ZAF", "to_area": "LSO", "publisher": "World Bank"}
    values = ["38891.00000000001", "42263.99999999999", "0.00046864692895358135"]
    rows = [price | {"time_period": f"{2000 + n}", "obs_value": value} for n, value in enumerate(values)]
    table, _, _ = run("xin/worldbank", tmp_path, rows)
    assert table.sort_values("time_period")["obs_value"].tolist() == [38891.0, 42264.0, 0.000468646928953581]


def test_persons_come_whole_and_of_values_that_contradict_each_other_none_stands(tmp_path):
    """Thousands that nobody declared, and marks of thousands that were read as decimal marks."""
    rows = [STOCK | {"year": "2001", "obs_value": "1.320"}, STOCK | {"year": "2002", "obs_value": "1320"}]
    rows += [STOCK | {"year": "2003", "obs_value": value} for value in ("62205", "49105", "49105")]
    table, accounts, _ = run("xin/undesa", tmp_path, rows)
    assert table["year"].tolist() == [2002]
    account = accounts["xin/undesa/2019.v1"]
    assert account.quarantined == {"whole_persons": 1, "same_number_other_content": 2}
    assert account.excluded == {"duplicate": 1}


def test_remittances_go_from_one_area_to_another(tmp_path):
    wdi = {"ref_area": "LSO", "time_period": "2019", "obs_value": "2", "publisher": "World Bank"}
    prices = "Average transaction cost of sending remittances"
    rows = [
        wdi | {"series": "BX.TRF.PWKR.CD.DT", "direction": "Personal remittances, received (current US$)"},
        wdi | {"series": "BM.TRF.PWKR.CD.DT", "direction": "Personal remittances, paid (current US$)"},
        wdi | {"series": "SI.RMT.COST.IB.ZS", "direction": f"{prices} to a specific country (%)"},
        wdi | {"series": "SI.RMT.COST.OB.ZS", "direction": f"{prices} from a specific country (%)"},
        {
            "series": "received", "from_area": "South Africa", "to_area": "WORLD", "time_period": "2021",
            "obs_value": "1.5", "unit_mult_published": "6", "publisher": "World Bank", "obs_status": "E",
        },
        {
            "series": "ATCR.CORR", "from_area": "ZAF", "to_area": "LSO", "time_period": "2019Q4",
            "obs_value": "17.26375", "publisher": "World Bank",
        },
    ]  # fmt: skip
    table, _, _ = run("xin/worldbank", tmp_path, rows)
    columns = ["series", "from_area", "to_area", "ref_area", "time_period", "obs_value", "unit_measure", "obs_status"]
    assert table[columns].values.tolist() == [
        ["cost_of_sending", "LSO", "_T", "LSO", "2019", 2.0, "PT", "A"],
        ["cost_of_sending", "ZAF", "LSO", "LSO", "2019-Q4", 17.26375, "PT", "A"],
        ["cost_of_sending", "_T", "LSO", "LSO", "2019", 2.0, "PT", "A"],
        ["paid", "LSO", "_T", "LSO", "2019", 2.0, "USD", "A"],
        ["paid", "ZAF", "_T", "ZAF", "2021", 1_500_000.0, "USD", "E"],
        ["received", "_T", "LSO", "LSO", "2019", 2.0, "USD", "A"],
    ]


def coder(**options):
    codes = (
        Code("_T", "All", kind="total"),
        Code("XA", "Aland", "_T", attributes={"aliases": "OLD_XA XA_1", "m49": "004"}),
        Code("XG", "Group", "_T", "group"),
    )
    return Coder(Concept("area", "Area", "a", "code", "areas"), Codelist("areas", codes), **options)


def test_codes_are_known_by_earlier_codes_and_by_what_a_source_codes_by():
    values = pd.Series(["old_xa", "XA_1", "004", "4", "XG", "Group", "_T", "z"])
    plain = coder().code(values)
    assert plain["code"].fillna("").tolist() == ["XA", "XA", "", "", "", "", "", ""]
    found = coder(attributes=("m49",), sums=True).code(values)
    assert found["code"].fillna("").tolist() == ["XA", "XA", "XA", "XA", "XG", "XG", "_T", ""]
    assert found["rule"].fillna("").tolist() == ["aliases", "aliases", "m49", "m49", "code", "label", "code", ""]


def test_a_line_of_a_map_may_leave_rows_out():
    lines = [MapEntry("Group", "", rule="exclude:aggregate"), MapEntry("Everywhere", "_T")]
    known = coder(entries=lines, sums=True)
    found = known.code(pd.Series(["group", "everywhere", "Aland"]))
    assert found["code"].fillna("").tolist() == ["", "_T", "XA"]
    assert found["rule"].tolist() == ["exclude:aggregate", "map", "label"]
    assert known.knows(pd.Series(["Group", "other"])).tolist() == [True, False]


def test_codes_of_the_columns_that_say_where_money_and_people_go_are_complete():
    areas = CATALOG.codelists["areas"]
    for path in ("xin/undesa", "xin/worldbank", "xin/unsd"):
        for concept, lines in CATALOG.sources[path].entries.items():
            for line in lines:
                assert bool(line.code) != line.rule.startswith("exclude:"), (path, concept, line)
    for attribute in ("alpha2", "m49"):
        written = [text for code in areas if (text := code.attributes.get(attribute))]
        assert len(set(written)) == len(written) > 240
    # no number of an area is at once that of a sum of areas
    numbers = {code.attributes.get("m49", "").lstrip("0") for code in areas}
    for path in ("xin/undesa", "xin/unsd"):
        left_out = {e.value for e in CATALOG.sources[path].entries["ref_area"] if e.rule == "exclude:aggregate"}
        assert left_out
        assert not left_out & numbers


def test_a_source_without_numbers_for_codes_knows_none():
    source = replace(CATALOG.sources["xin/undesa"], coded_by={})
    record = CATALOG.kinds["migrant_stock"].records[0]
    coders = coders_for(source.for_record(record), record, CATALOG.concepts, CATALOG.codelists, CATALOG.spellings)
    assert coders["origin"].knows(pd.Series(["426", "LS", "LSO"])).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("line", "said"), [("Europe,,,,exclude:\n", "has no reason"), ("Europe,EUR,,,exclude:sum\n", "has a code")]
)
def test_a_line_that_leaves_rows_out_has_a_reason_and_no_code(tmp_path, line, said):
    home = tmp_path / "countries/xqq"
    (home / "maps").mkdir(parents=True)
    country = 'from lm_stats.spec import Country\n\nCOUNTRY = Country(code="XQQ", names={"en": "Qland"})\n'
    source = (
        "from lm_stats.spec import Layout, Source\n\n"
        'SOURCE = Source(kind="migrant_stock", agency="Q", reader="tables", columns={}, '
        'layouts=(Layout(id="q", values={"value": {}}),), maps={"origin": "maps/areas.csv"})\n'
    )
    (home / "__init__.py").write_text(country, encoding="utf-8", newline="\n")
    (home / "stock.py").write_text(source, encoding="utf-8", newline="\n")
    (home / "maps/areas.csv").write_text(
        f"value,code,valid_from,valid_to,rule\nAfrica,AFR_T,,,\n{line}", encoding="utf-8", newline="\n"
    )
    with pytest.raises(Fault, match=said) as caught:
        load([tmp_path])
    # totals and groups are what published tables hold
    assert len(caught.value.problems) == 1


def test_what_a_row_says_of_itself_goes_before_what_its_table_tells(tmp_path):
    row = {
        "ref_area": "LSO", "dataflow": "DF_POP_MFRB_SEX_CBR_NB", "sex": "SEX_T", "counterpart_area": "ZAF",
        "time_period": "2019", "obs_value": "5", "publisher": "ILO", "edition": "2025", "quoted_from": "a page",
        "licence": "free", "grade": "A",
    }  # fmt: skip
    table, _, _ = run("lso/reference_figures", tmp_path, [row, row | {"time_period": "2020", "concept": "QUOTED"}])
    assert table.sort_values("time_period")["concept"].tolist() == ["BORN_15", "QUOTED"]


def test_of_published_values_that_contradict_each_other_the_chosen_one_stands(tmp_path):
    chosen = tmp_path / "quarantine.csv"
    columns = "delivery_id,record,source_file,source_sheet,source_row,reason,decided_by,decided_on,why"
    line = "xin/undesa/2019.v1,,f.csv,,3,same_number_other_content,T. M.,2026-11-22,the printed table says so"
    chosen.write_text(f"{columns}\n{line}\n", encoding="utf-8")
    rows = [STOCK | {"obs_value": value} for value in ("5", "6", "6")]
    table, accounts, made = run("xin/undesa", tmp_path, rows, releases=[chosen])
    assert table["obs_value"].tolist() == [6.0]
    assert accounts["xin/undesa/2019.v1"].excluded == {"duplicate": 1, "other_row_chosen": 1}
    assert made.warnings == ()
