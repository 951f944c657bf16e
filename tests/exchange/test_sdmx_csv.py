"""What is sent is what was protected, in the recipient's shape, and reads back the same."""

import csv
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lm_stats.catalog import load
from lm_stats.exchange import export, read_sdmx_csv
from lm_stats.handover import Observations
from lm_stats.protect import protect
from lm_stats.spec import Fault, Flow, Rate, Recipient, RoundingRule

CATALOG = load()
LMO = CATALOG.recipients["lmo"]
FLOWS = {flow.indicator: flow for flow in LMO.flows}
HEADER = (
    "DATAFLOW,REF_AREA,FREQ,MEASURE,SEX,{},TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MEASURE_TYPE,UNIT_MEASURE,UNIT_MULT,"
    "SOURCE,NOTE_SOURCE,NOTE_INDICATOR,NOTE_CLASSIF,DECIMALS,UPPER_BOUND,LOWER_BOUND"
)
REAL = "MOLE, OBFC: work permits"
SYNTHETIC = "MOLE, OBFC: work permits (synthetic data, not official statistics)"
POLICY = RoundingRule(hide_below=5, base=5)
CODES = {
    "region_of_origin": ["_T", "AFR_T", "SADC", "AFR", "ASI", "X"],
    "permit_type": ["_T", "new", "renewal", "X"],
    "citizenship": ["_T", "ZAF", "CHN", "NAM", "X"],
    "economic_activity": ["ECO_ISIC4_TOTAL", "ECO_ISIC4_G", "ECO_ISIC4_F", "ECO_ISIC4_X"],
    "occupation": ["OCU_ISCO08_TOTAL", "OCU_ISCO08_1", "OCU_ISCO08_X"],
    "sex": ["SEX_T", "SEX_M", "SEX_F"],
    "age_group": ["AGE_5YRBANDS_TOTAL", "AGE_AGGREGATE_YGE15", "AGE_5YRBANDS_Y00-04", "AGE_5YRBANDS_YGE65"],
    "district": ["_T", "LS-A", "LS-H", "X"],
    "birthplace": ["_T", "ZAF", "LSO", "X"],
    "country_of_stay": ["_T", "ZAF", "BWA", "X"],
    "activity": ["_T", "employed", "X"],
    "decision": ["_T", "granted", "refused", "pending"],
    "event": ["_T", "first_entry", "re_entry", "expired"],
    "status_in_employment": ["STE_ICSE93_TOTAL", "STE_ICSE93_1", "STE_ICSE93_6"],
    "birth_status": ["CBR_BIR_TOTAL", "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN"],
    "citizenship_status": ["CCT_CIT_TOTAL", "CCT_CIT_CITIZEN", "CCT_CIT_X"],
    "previous_residence": ["_T", "ZAF", "X"],
}
# of families, one of each kind of estimator and dimension
FAMILIES = ("emp_temp_sex_ste_cct_nb", "eap_dwap_sex_age_cbr_rt", "pop_mnar_sex_cpr_nb", "emp_mfrc_sex_cct_nb_census")
EACH = [f for f in LMO.flows if not CATALOG.indicators[f.indicator].family or f.indicator in FAMILIES]


def protected(indicator, cells, *, data_class="real", status="A", source=None):
    """A protected table from counts by (area, period, codes)."""
    declared = CATALOG.indicators[indicator]
    frame = pd.DataFrame(list(cells), columns=["ref_area", "time_period", *declared.dimensions])
    frame.insert(0, "indicator", indicator)
    counts = np.array(list(cells.values()), dtype="float64")
    frame["obs_value"] = counts
    for empty in ("std_error", "lower", "upper"):
        frame[empty] = np.nan
    frame["n_records"] = counts.astype("int64")
    frame["obs_status"], frame["conf_status"] = status, "F"
    frame["unit_measure"], frame["unit_mult"], frame["unit_of_count"] = "NB", 0, declared.estimator.unit
    frame["sampled"] = False
    if isinstance(declared.estimator, Rate):
        frame["unit_measure"], frame["numerator"] = "PT", counts
        frame["denominator"] = frame["n_base"] = 3 * counts + 40
    frame["source"] = source or (REAL if data_class == "real" else SYNTHETIC)
    frame["vintage"], frame["data_class"] = "2016-02-15", data_class
    return protect(Observations(indicator, declared.dimensions, frame), POLICY)


def some(indicator, **options):
    dimensions = CATALOG.indicators[indicator].dimensions
    keys = [()]
    for dimension in dimensions:
        keys = [(*key, code) for key in keys for code in CODES[dimension]]
    cells = [(area, year, *key) for area in ("LSO", "MOZ") for year in ("2014", "2015") for key in keys]
    counts = (0, 3, 8, 1233, 1, 40, 77)
    return protected(indicator, {cell: counts[i % 7] for i, cell in enumerate(cells)}, **options)


def sent(tmp_path, *tables, recipient=LMO):
    export(recipient, {t.id: t for t in tables}, CATALOG.indicators, CATALOG.codelists, tmp_path)
    return tmp_path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def same(back, table):
    key = ["ref_area", "time_period", *table.dimensions]
    expected = table.frame.sort_values(key).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        back.sort_values(key).reset_index(drop=True)[expected.columns], expected, check_dtype=False, check_exact=True
    )


@pytest.mark.parametrize(
    ("flow", "data_class"),
    [(flow, ("real", "synthetic")[number % 2]) for number, flow in enumerate(EACH)],
    ids=lambda value: getattr(value, "dataflow", value),
)
def test_every_dataflow_reads_back_equal_to_the_protected_table(flow, data_class, tmp_path):
    status = CATALOG.indicators[flow.indicator].obs_status
    table = some(flow.indicator, data_class=data_class, status=status)
    assert table.frame["obs_value"].isna().any()
    path = sent(tmp_path, table) / f"{flow.dataflow}.csv"
    same(read_sdmx_csv(path, LMO, flow), table)


@pytest.mark.parametrize(
    ("indicator", "classification"),
    [("emp_mflc_sex_eco_nb", "ECO"), ("emp_mflc_sex_ocu_nb", "OCU"), ("permits_issued_by_region", "REG"),
     ("permits_issued_by_citizenship", "CCT"), ("permits_new_and_renewed", "TYP"), ("pop_mnas_sex_crs_nb", "CRS"),
     ("foreign_residents_by_age", "AGE"), ("absentees_by_district", "GEO"), ("emigration_rate_by_age", "AGE")],
)  # fmt: skip
def test_the_header_is_the_one_that_is_asked_for(indicator, classification, tmp_path):
    path = sent(tmp_path, some(indicator)) / f"{FLOWS[indicator].dataflow}.csv"
    data = path.read_bytes()
    assert data.decode("utf-8").split("\n")[0] == HEADER.format(classification)
    assert b"\r" not in data
    assert data.endswith(b"\n")


def test_a_file_holds_one_dataflow_under_its_full_name(tmp_path):
    folder = sent(tmp_path, some("emp_mflc_sex_eco_nb"), some("permits_issued_by_region"))
    assert sorted(path.name for path in folder.iterdir()) == [
        "DF_EMP_MFLC_SEX_ECO_NB.csv", "DF_PERMITS_ISSUED_SEX_REG_NB.csv", "README.md"]  # fmt: skip
    for name, full in (("DF_EMP_MFLC_SEX_ECO_NB", "ILO:DF_EMP_MFLC_SEX_ECO_NB(1.0)"),
                       ("DF_PERMITS_ISSUED_SEX_REG_NB", "LM_STATS:DF_PERMITS_ISSUED_SEX_REG_NB(1.0)")):  # fmt: skip
        assert {row["DATAFLOW"] for row in rows_of(folder / f"{name}.csv")} == {full}


def test_thousands_are_thousands(tmp_path):
    cells = {("SEX_T", "ECO_ISIC4_TOTAL"): 1233, ("SEX_F", "ECO_ISIC4_G"): 5, ("SEX_M", "ECO_ISIC4_G"): 0}
    table = protected("emp_mflc_sex_eco_nb", {("LSO", "2015", *key): n for key, n in cells.items()}, status="P")
    rows = rows_of(sent(tmp_path, table) / "DF_EMP_MFLC_SEX_ECO_NB.csv")
    assert {(row["SEX"], row["OBS_VALUE"], row["UNIT_MULT"], row["DECIMALS"]) for row in rows} == {
        ("SEX_T", "1.235", "3", "3"), ("SEX_F", "0.005", "3", "3"), ("SEX_M", "0.000", "3", "3")}  # fmt: skip
    assert {row["OBS_STATUS"] for row in rows} == {"P"}


def test_a_hidden_cell_is_empty_with_the_recipients_letter(tmp_path):
    table = protected("permits_new_and_renewed", {("LSO", "2015", "new"): 3, ("LSO", "2015", "renewal"): 8})
    rows = rows_of(sent(tmp_path, table) / "DF_PERMITS_ISSUED_SEX_TYP_NB.csv")
    assert [(row["TYP"], row["OBS_VALUE"], row["OBS_STATUS"]) for row in rows] == [
        ("new", "", "C"),
        ("renewal", "10", ""),
    ]
    text = (tmp_path / "DF_PERMITS_ISSUED_SEX_TYP_NB.csv").read_text(encoding="utf-8")
    assert "nan" not in text.lower()


def test_citizenship_carries_the_recipients_prefix(tmp_path):
    table = some("permits_issued_by_citizenship")
    rows = rows_of(sent(tmp_path, table) / "DF_PERMITS_ISSUED_SEX_CCT_NB.csv")
    assert {row["CCT"] for row in rows} == {
        "CCT_CTZ_TOTAL", "CCT_CTZ_ZAF", "CCT_CTZ_CHN", "CCT_CTZ_NAM", "CCT_CTZ_X"}  # fmt: skip
    assert {row["SEX"] for row in rows} == {"SEX_T"}
    assert {row["NOTE_CLASSIF"] for row in rows if row["CCT"] == "CCT_CTZ_X"} == {
        "SEX: not told apart; CCT_CTZ_X: Not stated"}  # fmt: skip


@pytest.mark.parametrize("data_class", ["real", "synthetic"])
def test_texts_keep_within_150_characters_and_still_say_what_they_must(data_class, tmp_path):
    mark = "" if data_class == "real" else " (synthetic data, not official statistics)"
    source = "; ".join(f"Office number {i} of the ministry" for i in range(12)) + mark
    folder = sent(tmp_path, some("emp_mflc_sex_ocu_nb", data_class=data_class, source=source, status="P"))
    rows = rows_of(folder / "DF_EMP_MFLC_SEX_OCU_NB.csv")
    for row in rows:
        assert all(len(row[column]) <= 150 for column in row if column == "SOURCE" or column.startswith("NOTE_"))
        assert row["NOTE_INDICATOR"].startswith("Unit of count: person. ")
        assert ("synthetic data, not official statistics" in row["SOURCE"]) == (data_class == "synthetic")
    back = read_sdmx_csv(folder / "DF_EMP_MFLC_SEX_OCU_NB.csv", LMO, FLOWS["emp_mflc_sex_ocu_nb"])
    assert set(back["data_class"]) == {data_class}
    assert set(back["vintage"]) == {"2016-02-15"}
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert ("ynthetic" in text) == (data_class == "synthetic")
    assert "Change of unit: earlier editions counted certificates" in text


def test_the_readme_says_what_is_not_known_and_explains_own_codes(tmp_path):
    text = (sent(tmp_path, some("permits_issued_by_region")) / "README.md").read_text(encoding="utf-8")
    assert LMO.note in text
    assert "they have not been loaded" in text
    assert "| AFR_T | Africa | _T |" in text
    assert "Not sent, because this release has no such table: DF_EMP_MFLC_SEX_ECO_NB" in text
    assert CATALOG.indicators["permits_issued_by_region"].note in text
    assert "Counts of 1 to 4 are hidden" in text


def test_the_same_table_gives_the_same_bytes_in_whatever_order_it_comes(tmp_path):
    table = some("emp_mflc_sex_eco_nb")
    shuffled = replace(table, frame=table.frame.sample(frac=1, random_state=3))
    one, two = sent(tmp_path / "one", table), sent(tmp_path / "two", shuffled)
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()


COUNTS = st.integers(0, 4) | st.integers(0, 10**7)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_table_reads_back_equal(data, tmp_path):
    flow = data.draw(st.sampled_from(EACH))
    # F and D share a letter with others or change it, so they cannot come back as they were
    status = data.draw(st.sampled_from(["A", "B", "E", "I", "P", "U", "N"]))
    dimensions = CATALOG.indicators[flow.indicator].dimensions
    key = st.tuples(st.sampled_from(["LSO", "NAM", "ZAF"]), st.integers(1990, 2040).map(str),
                    *(st.sampled_from(CODES[d]) for d in dimensions))  # fmt: skip
    cells = data.draw(st.dictionaries(key, COUNTS, min_size=1, max_size=12))
    table = protected(
        flow.indicator, cells, status=status, data_class=data.draw(st.sampled_from(["real", "synthetic"]))
    )
    path = sent(tmp_path, table) / f"{flow.dataflow}.csv"
    same(read_sdmx_csv(path, LMO, flow), table)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.integers(0, 10**12), mult=st.integers(0, 6), decimals=st.integers(0, 6))
def test_values_are_written_exactly_or_not_at_all(value, mult, decimals, tmp_path):
    flow = replace(FLOWS["permits_new_and_renewed"], unit_mult=mult, decimals=decimals)
    table = protected("permits_new_and_renewed", {("LSO", "2015", "new"): 100})
    table = replace(table, frame=table.frame.assign(obs_value=float(value)))
    recipient = replace(LMO, flows=(flow,))
    if value % 10 ** max(mult - decimals, 0):
        with pytest.raises(Fault, match=f"more than {decimals} decimals"):
            sent(tmp_path, table, recipient=recipient)
        return
    (row,) = rows_of(sent(tmp_path, table, recipient=recipient) / f"{flow.dataflow}.csv")
    assert Decimal(row["OBS_VALUE"]) * 10**mult == value
    assert len(row["OBS_VALUE"].partition(".")[2]) == decimals
    assert read_sdmx_csv(tmp_path / f"{flow.dataflow}.csv", recipient, flow)["obs_value"].item() == value


def test_bounds_are_scaled_like_values(tmp_path):
    table = protected("emp_mflc_sex_eco_nb", {("LSO", "2015", "SEX_T", "ECO_ISIC4_TOTAL"): 100})
    table = replace(table, frame=table.frame.assign(lower=91.25, upper=108.75))
    flow = FLOWS["emp_mflc_sex_eco_nb"]
    path = sent(tmp_path, table) / f"{flow.dataflow}.csv"
    (row,) = rows_of(path)
    assert (row["LOWER_BOUND"], row["OBS_VALUE"], row["UPPER_BOUND"]) == ("0.09125", "0.100", "0.10875")
    back = read_sdmx_csv(path, LMO, flow)
    assert (back["lower"].item(), back["upper"].item()) == (91.25, 108.75)


@pytest.mark.parametrize("flow", EACH, ids=lambda flow: flow.dataflow)
def test_an_independent_reader_finds_the_same(flow, tmp_path):
    pytest.importorskip("pysdmx.io", reason="the independent reader is installed for tests only")
    from pysdmx.io import read_sdmx

    table = some(flow.indicator, status=CATALOG.indicators[flow.indicator].obs_status)
    path = sent(tmp_path, table) / f"{flow.dataflow}.csv"
    (dataset,) = read_sdmx(str(path), validate=False).data
    assert dataset.structure == f"Dataflow={flow.agency or LMO.agency}:{flow.dataflow}({flow.version})"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert list(dataset.data.columns) == header[1:]
    assert dataset.data.fillna("").astype(str).to_numpy().tolist() == [row[1:] for row in rows]
    shown = pd.to_numeric(dataset.data["OBS_VALUE"].replace("", None)).dropna()
    total = sum(Decimal(repr(value)) for value in shown) * 10**flow.unit_mult
    assert total == sum(Decimal(repr(float(value))) for value in table.frame["obs_value"].dropna())


def test_a_rate_goes_out_as_a_rate_per_hundred_and_not_at_all_where_there_is_nobody(tmp_path):
    table = some("emigration_rate_by_district")
    nobody = (table.frame["time_period"] == "2014") & (table.frame["conf_status"] == "F")
    frame = table.frame.assign(
        obs_value=table.frame["obs_value"].mask(nobody), obs_status=table.frame["obs_status"].mask(nobody, "M")
    )
    path = sent(tmp_path, replace(table, frame=frame)) / "DF_ABSENTEES_SEX_GEO_RT.csv"
    rows = rows_of(path)
    assert {(row["UNIT_MEASURE_TYPE"], row["UNIT_MEASURE"], row["UNIT_MULT"], row["DECIMALS"]) for row in rows} == {
        ("RT", "PT", "0", "1")}  # fmt: skip
    assert len(rows) == len(table.frame) - nobody.sum()
    assert {row["NOTE_INDICATOR"].partition(". ")[0] for row in rows} == {
        "Unit of count: household members abroad per 100 household members"}  # fmt: skip
    said = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert f"| {len(rows)} |" in said
    assert "Rates of nobody" in said
    assert "| units per 100 |" in said
    letters = replace(LMO, obs_status={**LMO.obs_status, "M": "O"})
    rows = rows_of(sent(tmp_path, replace(table, frame=frame), recipient=letters) / path.name)
    assert {(row["OBS_VALUE"], row["OBS_STATUS"]) for row in rows if row["TIME_PERIOD"] == "2014"} == {
        ("", "O"), ("", "C")}  # fmt: skip


@pytest.mark.parametrize(("status", "letter"), [("A", ""), ("B", "B"), ("E", "E"), ("U", "U"), ("P", "P")])
def test_statuses_go_out_as_the_recipient_writes_them(status, letter, tmp_path):
    table = protected(
        "foreign_residents_by_age", {("LSO", "2016", "SEX_T", "AGE_5YRBANDS_TOTAL"): 12300}, status=status
    )
    (row,) = rows_of(sent(tmp_path, table) / "DF_FOREIGN_RESIDENTS_SEX_AGE_NB.csv")
    assert (row["OBS_STATUS"], row["OBS_VALUE"]) == (letter, "12300")
    assert row["NOTE_INDICATOR"].startswith("Unit of count: person. Usual residents of all ages who are not citizens;")


def test_what_was_not_delivered_is_left_out_with_the_file_of_before(tmp_path):
    sent(tmp_path, some("absentees_by_activity"), some("permits_issued_by_region"))
    sent(tmp_path, some("permits_issued_by_region"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DF_PERMITS_ISSUED_SEX_REG_NB.csv", "README.md"]
    (absent,) = [
        line for line in (tmp_path / "README.md").read_text("utf-8").split("\n") if line.startswith("Not sent")
    ]
    assert "DF_ABSENTEES_SEX_ACT_NB" in absent


def test_the_codelist_of_a_dimension_is_the_one_of_its_concept(tmp_path):
    table = some("absentees_by_activity")
    export(LMO, {table.id: table}, CATALOG.indicators, CATALOG.codelists, tmp_path, CATALOG.concepts)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| home_duties | Home duties | _T |" in text
    assert "| outside |" not in text


def test_a_dataflow_without_observations_has_no_file_and_the_readme_says_so(tmp_path):
    full, other = some("permits_issued_by_region"), some("permits_new_and_renewed")
    sent(tmp_path, full, other)
    empty = replace(full, frame=full.frame.iloc[:0])
    sent(tmp_path, empty, other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DF_PERMITS_ISSUED_SEX_TYP_NB.csv", "README.md"]
    said = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "No file, because there are no observations: DF_PERMITS_ISSUED_SEX_REG_NB." in said
    (absent,) = [line for line in said.split("\n") if line.startswith("Not sent, because")]
    assert "DF_PERMITS_ISSUED_SEX_REG_NB" not in absent
    assert "| DF_PERMITS_ISSUED_SEX_REG_NB.csv" not in said
    nothing = sent(tmp_path / "nothing", empty)
    assert [path.name for path in nothing.iterdir()] == ["README.md"]
    assert "There are no observations to send." in (nothing / "README.md").read_text(encoding="utf-8")


def test_a_file_that_is_not_the_dataflow_is_refused(tmp_path):
    path = sent(tmp_path, some("permits_issued_by_region")) / "DF_PERMITS_ISSUED_SEX_REG_NB.csv"
    flow = FLOWS["permits_issued_by_region"]
    with pytest.raises(Fault, match="header"):
        read_sdmx_csv(path, LMO, FLOWS["permits_new_and_renewed"])
    with pytest.raises(Fault, match="DATAFLOW"):
        read_sdmx_csv(path, LMO, replace(flow, version="2.0"))
    with pytest.raises(Fault, match="MEASURE"):
        read_sdmx_csv(path, LMO, replace(flow, measure="OTHER_NB"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",C,NB,", ",Z,NB,"), encoding="utf-8", newline="\n")
    with pytest.raises(Fault, match="letter Z"):
        read_sdmx_csv(path, LMO, flow)


def test_what_is_not_declared_is_not_sent(tmp_path):
    table = some("permits_issued_by_region")
    with pytest.raises(Fault, match="format sdmx-json"):
        sent(tmp_path, table, recipient=replace(LMO, format="sdmx-json"))
    with pytest.raises(Fault, match="no letter"):
        sent(tmp_path, table, recipient=replace(LMO, obs_status={"A": ""}))
    without_sex = Recipient(
        "x", "X", "X", LMO.format, (Flow("permits_issued_by_region", "DF_X", "M", {"region_of_origin": "REG"}),)
    )
    with pytest.raises(Fault, match="SEX"):
        sent(tmp_path, table, recipient=without_sex)
    unknown = replace(table, frame=table.frame.assign(region_of_origin="Atlantis"))
    with pytest.raises(Fault, match="no codelist") as caught:
        sent(tmp_path, unknown)
    assert "Atlantis" not in str(caught.value)
    other = replace(FLOWS["permits_issued_by_region"], dimensions={"permit_type": "TYP"})
    with pytest.raises(Fault, match="dimensions"):
        sent(tmp_path, table, recipient=replace(LMO, flows=(other,)))


def test_texts_run_nothing_in_a_spreadsheet_and_codes_that_would_are_not_sent(tmp_path):
    hostile = "=cmd|' /C calc'!A0"
    table = some("permits_issued_by_region", source=f"{hostile} {'x' * 200}", status="E")
    flow = FLOWS["permits_issued_by_region"]
    path = sent(tmp_path, table) / f"{flow.dataflow}.csv"
    rows = rows_of(path)
    assert all(row["SOURCE"].startswith(f"'{hostile}") and len(row["SOURCE"]) <= 150 for row in rows)
    assert pd.read_csv(path).shape == (len(table.frame), len(rows[0]))
    prefixed = replace(flow, prefixes=dict.fromkeys(flow.dimensions.values(), "@"))
    worse = replace(LMO, flows=(prefixed,))
    with pytest.raises(Fault, match="begins like a formula of a spreadsheet"):
        sent(tmp_path, table, recipient=worse)


def test_two_sources_of_a_dataflow_share_its_file_and_never_a_cell(tmp_path):
    total, women, men = ("SEX_T", "_T"), ("SEX_F", "ZAF"), ("SEX_M", "ZAF")
    counted = {("LSO", "2015", *total): 1000, ("LSO", "2016", *total): 2000, ("LSO", "2016", *men): 500}
    register = protected("emp_mfrc_sex_cct_nb", counted, source="register")
    counted = {("LSO", "2014", *total): 3000, ("MOZ", "2016", *total): 40, ("LSO", "2016", *total): 4000}
    census = protected("emp_mfrc_sex_cct_nb_census", counted | {("LSO", "2016", *women): 100}, source="census")
    folder = sent(tmp_path, census, register)
    rows = rows_of(folder / "DF_EMP_MFRC_SEX_CCT_NB.csv")
    found = [(r["REF_AREA"], r["SEX"], r["CCT"], r["TIME_PERIOD"], r["OBS_VALUE"], r["SOURCE"]) for r in rows]
    assert found == [
        ("LSO", "SEX_M", "CCT_CTZ_ZAF", "2016", "0.500", "register"),
        ("LSO", "SEX_T", "CCT_CTZ_TOTAL", "2014", "3.000", "census"),
        ("LSO", "SEX_T", "CCT_CTZ_TOTAL", "2015", "1.000", "register"),
        ("LSO", "SEX_T", "CCT_CTZ_TOTAL", "2016", "2.000", "register"),
        ("MOZ", "SEX_T", "CCT_CTZ_TOTAL", "2016", "0.040", "census"),
    ]
    said = (folder / "README.md").read_text(encoding="utf-8")
    assert "| 3 | 0 | thousands |" in said
    assert "| 2 | 0 | thousands |" in said
    assert "so that no cell stands twice: DF_EMP_MFRC_SEX_CCT_NB." in said
    # where only the census is there, it is sent whole, and nothing is said of two
    alone = sent(tmp_path, census)
    assert len(rows_of(alone / "DF_EMP_MFRC_SEX_CCT_NB.csv")) == 4
    assert "no cell stands twice" not in (alone / "README.md").read_text(encoding="utf-8")
    absent = (alone / "README.md").read_text(encoding="utf-8").split("this release has no such table: ")[1]
    assert "DF_EMP_MFRC_SEX_CCT_NB" not in absent.splitlines()[0]


def test_bounds_and_means_are_sent_as_they_are_shown(tmp_path):
    table = protected("ear_emta_sex_cct_nb", {("LSO", "2024", sex, "CCT_CIT_TOTAL"): 4210 for sex in CODES["sex"]})
    frame = table.frame.assign(obs_value=4210.0, unit_measure="LCU", lower=3950.0, upper=[4470.0, np.nan, 4470.0])
    rows = rows_of(sent(tmp_path, replace(table, frame=frame)) / "DF_EAR_EMTA_SEX_CCT_NB.csv")
    names = ("OBS_VALUE", "LOWER_BOUND", "UNIT_MEASURE", "UNIT_MEASURE_TYPE", "UNIT_MULT")
    assert {tuple(row[name] for name in names) for row in rows} == {("4210", "3950", "LC", "NB", "0")}
    assert sorted(row["UPPER_BOUND"] for row in rows) == ["", "4470", "4470"]
