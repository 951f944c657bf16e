"""Every dataflow of the ILO's list is made, or it is said why not."""

from __future__ import annotations

import csv

import pytest

from lm_stats.catalog import dataflows, load
from lm_stats.catalog.families.not_made import NOT_MADE
from lm_stats.spec import Count, Family, Fault, Mean, Rate

PLACED = ("REF_AREA", "FREQ", "MEASURE", "TIME_PERIOD")
FAMILY = """
from lm_stats.catalog.labour_force import EMPLOYED, PERSONS
from lm_stats.spec import Family
FAMILY = Family(id="mine", begins="{begins}", ends="_NB", universes={{"{table}": EMPLOYED}}, estimator=PERSONS,
                why="w", covers={{"en": "c"}})
"""


@pytest.fixture(scope="module")
def catalog():
    return load()


@pytest.fixture(scope="module")
def listed(catalog):
    return {flow.code: flow for flow in catalog.codelists["dataflows"] if flow.attributes["dimensions"]}


def test_the_list_is_the_one_of_the_ilo(shared_data, listed):
    path = shared_data.parent / "standards/codelists/ILOSTAT_migration_dataflows.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["dataflow_2026"]: row for row in csv.DictReader(file)}
    assert len(rows) == 93
    assert list(listed) == list(rows)
    for code, row in rows.items():
        own = [name for name in row["dimensions"].split(",") if name not in PLACED]
        assert listed[code].attributes["dimensions"].split(",") == own
        assert listed[code].attributes["sources"] == row["lesotho_source"]
        assert listed[code].attributes["aliases"] == row["old_code_to_2025"]


def test_every_dataflow_is_made_or_it_is_said_why_not(catalog, listed):
    made = {indicator.dataflow for indicator in catalog.indicators.values()} - {""}
    assert made | set(NOT_MADE) == set(listed)
    assert not made & set(NOT_MADE)
    assert (len(made), len(NOT_MADE)) == (52, 41)
    assert all(len(why) > 20 for why in NOT_MADE.values())


def test_ids_dimensions_and_earlier_ids_are_those_of_the_list(catalog, listed):
    members = [indicator for indicator in catalog.indicators.values() if indicator.family]
    assert len(members) == 92
    assert not any(indicator.headline for indicator in members)
    for indicator in members:
        flow, family = listed[indicator.dataflow], catalog.families[indicator.family]
        named = indicator.dataflow.removeprefix("DF_").lower()
        sources = flow.attributes["sources"].lower().split(";")
        word, suffix, _ = dataflows.SOURCES[indicator.table]
        assert indicator.id == (named if word in sources[0] else f"{named}_{suffix}")
        assert any(word in source for source in sources)
        assert indicator.dimensions == tuple(dataflows.dimensions_of(flow).values())
        assert indicator.aliases == tuple(flow.attributes["aliases"].split())
        assert indicator.universe == family.universes[indicator.table]
        assert indicator.time == {"population": "census_year", "lfs_persons": "survey"}[indicator.table]
        if isinstance(indicator.estimator, Rate):
            (base,) = indicator.estimator.base
            assert (base.table, base.universe) == (indicator.table, family.bases[indicator.table])
    titles = [indicator.title["en"] for indicator in catalog.indicators.values()]
    assert len(titles) == len(set(titles))


def test_the_source_that_the_list_names_first_has_the_id_of_the_dataflow(catalog):
    census, survey = "population", "lfs_persons"
    tables = {name: indicator.table for name, indicator in catalog.indicators.items()}
    assert (tables["pop_xwap_sex_age_cbr_nb"], tables["pop_xwap_sex_age_cbr_nb_lfs"]) == (census, survey)
    assert (tables["une_deap_sex_edu_cct_rt"], tables["une_deap_sex_edu_cct_rt_census"]) == (survey, census)
    # an indicator that is declared by itself keeps the id of the dataflow
    assert (tables["emp_mfrc_sex_cct_nb"], tables["emp_mfrc_sex_cct_nb_census"]) == ("work_spells", "population")
    assert not catalog.indicators["emp_mfrc_sex_cct_nb"].family


def test_releases_and_recipients_get_what_their_families_make(catalog):
    members = [name for name, indicator in catalog.indicators.items() if indicator.family]
    release, recipient = catalog.releases["labour_migration"], catalog.recipients["lmo"]
    assert set(members) == set(release.indicators[-len(members) :])
    assert len(set(release.indicators)) == len(release.indicators)
    flows = {flow.indicator: flow for flow in recipient.flows}
    assert set(members) <= set(flows)
    for name in members:
        flow, how = flows[name], catalog.indicators[name].estimator
        assert (flow.dataflow, flow.agency) == (catalog.indicators[name].dataflow, "ILO")
        assert set(flow.dimensions) == set(catalog.indicators[name].dimensions)
        expected = (3, 3) if isinstance(how, Count) else (0, 1) if isinstance(how, Rate) else (0, 0)
        assert (flow.unit_mult, flow.decimals) == expected
        assert (flow.unit_measure == "LC") == isinstance(how, Mean)
    assert flows["emp_temp_sex_age_cbr_nb"].measure == "EMP_TEMP_NB"
    assert flows["pop_mnar_sex_cpr_nb"].prefixes == {"CPR": "CPR_PRV_"}
    assert flows["pop_mfrb_sex_cbr_nb"].dimensions == {"sex": "SEX", "birthplace": "CBR"}
    assert list(flows).index("emp_mfrc_sex_cct_nb") < list(flows).index("emp_mfrc_sex_cct_nb_census")


def test_a_catalogue_that_is_loaded_again_has_the_same_objects(catalog):
    again = load()
    assert again.indicators["eap_dwap_sex_age_cbr_rt"] is catalog.indicators["eap_dwap_sex_age_cbr_rt"]
    assert again.releases["labour_migration"] is catalog.releases["labour_migration"]


@pytest.mark.parametrize(
    ("begins", "table", "said"),
    [
        ("DF_NOTHING_", "population", "no dataflow that begins with DF_NOTHING_"),
        ("DF_EMP_TEMP_", "pupils", "names table pupils"),
    ],
)
def test_a_family_that_makes_nothing_is_refused(tmp_path, begins, table, said):
    (tmp_path / "families").mkdir()
    text = FAMILY.format(begins=begins, table=table)
    (tmp_path / "families/mine.py").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=said):
        load([tmp_path])


def test_a_rate_without_a_base_is_refused(tmp_path):
    (tmp_path / "families").mkdir()
    rate = FAMILY.replace("estimator=PERSONS", "estimator=Rate('r', PERSONS, ())").replace("Family\n", "Family, Rate\n")
    text = rate.format(begins="DF_EMP_DWAP_", table="population").replace('ends="_NB"', 'ends="_RT"')
    (tmp_path / "families/mine.py").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match="has a base for each table"):
        load([tmp_path])


def test_dataflows_of_another_source_or_dimension_are_passed_over(catalog):
    family = Family("f", "DF_EMP_TEMP_SEX_", "_NB", {"population": "true"}, Count("person"), "w", {"en": "c"})
    made = list(dataflows.indicators_of(family, catalog.codelists["dataflows"], catalog.tables))
    assert len(made) == 10
    assert {indicator.id[-7:] for indicator in made} == {"_census"}
