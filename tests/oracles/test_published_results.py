"""Published tables, read here with pandas in their own shape, give what their publishers say."""

import pandas as pd
import pyarrow as pa
import pytest

from lm_stats.catalog import load
from lm_stats.compile.arrow import schema as declared
from lm_stats.estimate import estimate
from tests.oracles import codes_of, compare, read_ledger

pytestmark = pytest.mark.journey
CATALOG = load()
SEXES = {"male": "SEX_M", "female": "SEX_F", "total": "SEX_T"}
ILO = {
    "mst_forp_sex_cbr_nb_sadc_extract": ("DF_POP_MFRB_SEX_CBR_NB", "BORN_15"),
    "mst_fore_sex_cbr_nb_sadc_extract": ("DF_EMP_MFRB_SEX_CBR_NB", "BORN_EMP"),
    "mst_nctp_sex_cct_nb_sadc_extract": ("DF_POP_MFRC_SEX_CCT_NB", "CIT_15"),
    "mna_tpop_sex_crs_nb_sadc_extract": ("DF_POP_MNAS_SEX_CRS_NB", "NAT_ABROAD"),
    "mst_temp_sex_eco_cbr_nb_lso": ("DF_EMP_TEMP_SEX_ECO_CBR_NB", "EMP"),
}
PUBLISHED = tuple(name for name, indicator in CATALOG.indicators.items() if indicator.is_published)


def columns(file, **renamed):
    """A CSV file with names of ours; `NA` is no missing value but Namibia."""
    return pd.read_csv(file, keep_default_na=False).rename(columns=renamed)


def stock(data):
    pairs = "ddf--datapoints--migrant_stock--by--destination--origin--year.csv"
    first = columns(data / "un-desa-ims-2019" / pairs, migrant_stock="obs_value").assign(sex="SEX_T", revision="2019")
    first = first.assign(origin=first["origin"].str.upper(), destination=first["destination"].str.upper())
    second = columns(data / "un-desa-ims-2020/sadc_pairs_2020rev_by_sex.csv", migrant_stock="obs_value")
    second = second.assign(sex=second["sex"].map(SEXES), revision="2020")
    third = columns(data / "un-desa-ims-2024/pairs_2024_top15.csv", migrant_stock="obs_value")
    codes = {area.attributes.get("alpha2"): area.code for area in CATALOG.codelists["areas"]}
    third["origin"], third["destination"] = third["origin_iso2"].map(codes), third["destination_iso2"].map(codes)
    frame = pd.concat([first, second, third.assign(sex="SEX_T", revision="2024")], ignore_index=True)
    return frame.assign(ref_area=frame["destination"], publisher="UNDESA")


def figures(data):
    found = []
    for name, (dataflow, concept) in ILO.items():
        frame = columns(data / "ilostat-lso" / f"{name}.csv")
        frame = frame.rename(columns={name.removesuffix("_lso").removesuffix("_sadc_extract"): "obs_value"})
        counterpart = frame["classif1"].str.extract(r"^(?:cbr_brt|cct_ctz|crs_res)_(.+)$")[0].fillna("total")
        found.append(pd.DataFrame({
            "ref_area": frame["ref_area"].str.upper(), "sex": frame["sex"].str.upper(), "dataflow": dataflow,
            "concept": concept, "counterpart_area": counterpart.str.upper().replace("TOTAL", "_T"),
            "classification_1": frame["classif1"].str.upper(), "time_period": frame["time"].astype("str"),
            "classification_2": frame["classif2"].str.upper() if "classif2" in frame else None,
            "obs_value": (1000 * frame["obs_value"]).round(6), "publisher": "ILO", "edition": "2025",
        }))  # fmt: skip
    return pd.concat(found, ignore_index=True)


def remittances(data):
    folder = data / "worldbank-remittances"
    wdi = columns(folder / "wdi_remittances_sadc_long.csv", iso3="to_area", year="time_period", value="obs_value")
    wdi = wdi[wdi["indicator_code"] == "BX.TRF.PWKR.CD.DT"].assign(series="received", from_area="_T", edition="2023-05")
    costs = columns(folder / "rpw_corridors_sadc_long.csv", from_iso3="from_area", to_iso3="to_area",
                    quarter="time_period", avg_total_cost_pct="obs_value")  # fmt: skip
    found = [wdi, costs.assign(series="cost_of_sending", edition="2021")]
    files = {"remittance-inflows.xlsx": "2023-06", "knomad_inward_remittance_flows_december_2023.xlsx": "2023-12"}
    for file, edition in files.items():
        sheet = pd.read_excel(folder / file, header=None, dtype="object", engine="calamine")
        head = next(row for row in sheet.to_numpy().tolist() if any(str(cell).startswith("2000") for cell in row))
        line = next(row for row in sheet.to_numpy().tolist() if str(row[0]).strip() == "Lesotho")
        values = {str(year)[:4]: 1e6 * value for year, value in zip(head, line, strict=True) if str(year)[:2] == "20"}
        found.append(pd.DataFrame({"time_period": values.keys(), "obs_value": values.values()}).assign(
            series="received", from_area="_T", to_area="LSO", edition=edition))  # fmt: skip
    frame = pd.concat(found, ignore_index=True)
    return frame.assign(ref_area=frame["to_area"], publisher="World Bank")


def write(folder, name, frame):
    """As the observatory's table of that name, all columns and types of it."""
    # what these tests do not need stays empty
    schema = pa.schema([field.with_nullable(True) for field in declared(CATALOG.tables[name], CATALOG.concepts)])
    frame = frame.assign(delivery_id=f"d/{name}", data_class="real", obs_status="A")
    frame = frame.reindex(columns=schema.names)
    texts = {name: "str" for name in ("time_period", "edition", "revision") if name in schema.names}
    frame = frame.astype({**texts, **({"obs_value": "float64"} if "obs_value" in schema.names else {})})
    path = folder / f"{name}.parquet"
    frame.to_parquet(path, schema=schema, index=False)
    return path


def observe(tables, deliveries, names=PUBLISHED):
    indicators = [CATALOG.indicators[name] for name in names]
    return {i.id: estimate(i, CATALOG.concepts, CATALOG.codelists, tables, deliveries).frame for i in indicators}


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory):
    rows = [("migrant_stock", "UNDESA"), ("reference_estimates", "ILO"), ("remittances", "WORLDBANK")]
    path = tmp_path_factory.mktemp("deliveries") / "deliveries.parquet"
    pd.DataFrame([
        {"delivery_id": f"d/{name}", "agency": agency, "kind": name, "period": "2025", "received_at": "2026-11-02"}
        for name, agency in rows
    ]).to_parquet(path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def tables(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    read = {"migrant_stock": stock, "reference_estimates": figures, "remittances": remittances}
    return {name: write(folder, name, function(shared_data)) for name, function in read.items()}


@pytest.fixture(scope="module")
def observed(tables, deliveries):
    return observe(tables, deliveries)


def test_the_ledger_names_cells_of_indicators():
    for line in read_ledger():
        indicator = CATALOG.indicators[line["indicator"]]
        assert set(codes_of(line["cell"])) <= {"ref_area", "time_period", *indicator.dimensions}
        assert line["source"]


def test_every_published_result_is_ours(observed):
    assert compare(observed) == []


def test_every_pair_of_the_sixteen_states_is_there_for_each_revision(observed, shared_data):
    frame = observed["migrant_stock_matrix"]
    assert frame.groupby("edition").size().to_dict() == {"2019": 240, "2020": 240, "2024": 240}
    first = pd.read_csv(shared_data / "un-desa-ims-2019/sadc_pairs_2019rev.csv")
    second = pd.read_csv(shared_data / "un-desa-ims-2020/sadc_pairs_2020rev_by_sex.csv")
    third = columns(shared_data / "un-desa-ims-2024/pairs_2024_top15.csv")
    members = {area.attributes["alpha2"] for area in CATALOG.codelists["areas"]
               if "SADC" in area.attributes.get("groups", "").split()}  # fmt: skip
    assert len(members) == 16
    available = {
        "2019": first["year"].eq(2019).sum(),
        "2020": (second["year"].eq(2020) & second["sex"].eq("total")).sum(),
        "2024": (third["origin_iso2"].isin(members) & third["destination_iso2"].isin(members)).sum(),
    }
    assert frame.groupby("edition")["obs_value"].count().to_dict() == available
    assert (frame["obs_status"] == "O").equals(frame["obs_value"].isna())


def test_one_direction_is_the_other_with_its_sign_turned(observed):
    frame = observed["corridor_asymmetry"]
    there = frame.set_index(["edition", "origin", "destination"])["obs_value"]
    back = frame.set_index(["edition", "destination", "origin"])["obs_value"].rename_axis(there.index.names)
    pd.testing.assert_series_equal(there.sort_index(), -back.sort_index())
    assert there.dropna().between(-100, 100).all()


def test_views_are_conditions_over_the_columns_of_their_tables(tmp_path, deliveries):
    names = dict.fromkeys(table for name in PUBLISHED for table in CATALOG.indicators[name].tables)
    tables = {name: write(tmp_path, name, pd.DataFrame()) for name in names}
    for name, frame in observe(tables, deliveries).items():
        assert frame.empty
        assert set(CATALOG.indicators[name].dimensions) <= set(frame)
