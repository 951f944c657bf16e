"""Declarations are found by walking folders, and those that name what does not exist are refused."""

from __future__ import annotations

import pytest

from lm_stats.catalog import load
from lm_stats.spec import Fault

MAP = "value,code,valid_from,valid_to,rule\n"
COUNTRY = (
    "from lm_stats.spec import Country\n"
    'COUNTRY = Country(code="{code}", names={{"en": "Somewhere"}}, groups=("SADC",))\n'
)
SOURCE = (
    "from lm_stats.spec import Source\n"
    'SOURCE = Source(kind="{kind}", agency="XQQ_LAB", reader="csv", columns={{"{concept}": ("Heading",)}}, '
    'maps={{"citizenship": "maps/c.csv"}})\n'
)


def pack(tmp_path, *, code="XQQ", folder="xqq", kind="work_permits", concept="citizenship", line="Zulu,ZAF,,,\n"):
    home = tmp_path / "packs" / "countries" / folder
    (home / "maps").mkdir(parents=True)
    (home / "__init__.py").write_text(COUNTRY.format(code=code), encoding="utf-8")
    (home / "permits.py").write_text(SOURCE.format(kind=kind, concept=concept), encoding="utf-8")
    (home / "maps" / "c.csv").write_text(MAP + line, encoding="utf-8")
    return tmp_path / "packs"


def test_a_pack_joins_by_its_folder_alone(tmp_path):
    catalog = load([pack(tmp_path)])
    source = catalog.sources["xqq/permits"]
    assert (source.id, source.ref_area, source.entries["citizenship"][0].code) == ("permits", "XQQ", "ZAF")
    assert "XQQ_LAB" in catalog.codelists["agencies"]
    assert catalog.codelists["areas"].by_code["XQQ"].attributes["groups"] == "SADC"
    assert "XQQ" not in load().codelists["areas"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "XRR"}, "the pack is for XRR"),
        ({"kind": "letters"}, "names kind letters"),
        ({"concept": "shoe_size"}, "shoe_size is no concept"),
        ({"line": "Zulu,ZZZ,,,\n"}, "code ZZZ"),
        ({"line": "Zulu,_T,,,\n"}, "code _T"),
        ({"line": "Zulu,,,,\n"}, "line 2"),
        ({"line": "Zulu,ZAF\n"}, "line 2 has not 5 cells"),
        ({"line": "Zulu,ZAF,2015-13-01,,\n"}, "2015-13-01 is no date"),
        ({"line": "Zulu,ZAF,,,\nZULU,ZWE,,,\n"}, "lines 2 and 3 give one value two codes"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_place(tmp_path, wrong, said):
    with pytest.raises(Fault, match=said):
        load([pack(tmp_path, **wrong)])


def test_lines_that_hold_one_after_the_other_do_not_contradict(tmp_path):
    load([pack(tmp_path, line="Zulu,ZAF,,1999-12-31,\nZulu,ZWE,2000-01-01,,\n")])


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("__init__.py", "CUNTRY = 1\n", "COUNTRY is not declared here"),
        ("permits.py", "SURCE = 1\n", "SOURCE is not declared here"),
        ("__init__.py", None, "has no __init__"),
        ("__init__.py", COUNTRY.replace('"en"', '"fr"').format(code="XQQ"), "no English name"),
    ],
)
def test_a_pack_without_its_declaration_is_refused(tmp_path, file, text, said):
    packs = pack(tmp_path)
    path = packs / "countries" / "xqq" / file
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=said):
        load([packs])


def test_a_folder_without_packs_is_wrong_use(tmp_path):
    with pytest.raises(Fault, match="no packs are here") as caught:
        load([tmp_path])
    assert caught.value.code == 2


def test_a_declaration_that_does_not_run_names_its_file(tmp_path):
    packs = pack(tmp_path)
    (packs / "countries" / "xqq" / "permits.py").write_text("SOURCE = 1 / 0\n", encoding="utf-8")
    with pytest.raises(Fault, match=r"permits\.py"):
        load([packs])


def test_districts_may_be_a_codelist_or_a_map_of_spellings(tmp_path):
    packs = pack(tmp_path)
    home = packs / "countries" / "xqq"
    country = COUNTRY.replace("groups=", 'districts="maps/districts.csv", groups=').format(code="XQQ")
    (home / "__init__.py").write_text(country, encoding="utf-8")
    lines = "North,XQ-1,,,\nThe North,XQ-1,,,\n4,XQ-1,,,\n"
    (home / "maps" / "districts.csv").write_text(MAP + lines, encoding="utf-8")
    catalog = load([packs])
    assert catalog.codelists["districts"].label("XQ-1") == "North"
    assert catalog.sources["xqq/permits"].district_codes == {"XQ-1": "4"}
    assert [entry.value for entry in catalog.sources["xqq/permits"].entries["district"]] == ["North", "The North", "4"]


def test_two_packs_may_not_declare_the_same_id_differently(tmp_path):
    one = pack(tmp_path / "one")
    other = pack(tmp_path / "other", line="Zulu,ZWE,,,\n")
    with pytest.raises(Fault, match="declared twice"):
        load([one, other])


def test_every_declaration_of_the_project_hangs_together():
    catalog = load()
    assert {"permits", "deliveries", "observations"} <= set(catalog.tables)
    for release in catalog.releases.values():
        for recipient in release.recipients:
            sent = {flow.indicator for flow in catalog.recipients[recipient].flows}
            assert sent <= set(release.indicators)
    filled = {table for kind in catalog.kinds.values() for table in kind.tables}
    for table in catalog.tables.values():
        assert table.unit_of_count, table.id
        # what is made from another is filled by no source, and that other by some
        assert not table.made_from or (table.made_from in filled and table.id not in filled), table.id
    shape = {"origin", "destination", "concept", "sex", "publisher", "edition"}
    of_others = {table for kind in catalog.kinds.values() if kind.published for table in kind.tables}
    assert not of_others & {table for kind in catalog.kinds.values() if not kind.published for table in kind.tables}
    for indicator in catalog.indicators.values():
        if indicator.is_published:
            # what passes protection untouched is read from tables that hold nothing but figures of others
            read = [view.table for view in indicator.views if view.value] if indicator.views else [indicator.table]
            assert set(read) <= of_others, indicator.id
            named = shape if indicator.views else set(catalog.tables[indicator.table].columns)
            assert set(indicator.dimensions) <= named, indicator.id
            continue
        for name in indicator.tables:
            made = {d for d in indicator.concepts if catalog.concepts[d].is_made}
            assert {*indicator.concepts, indicator.time} - made <= set(catalog.tables[name].columns)
            assert {catalog.concepts[d].bands for d in made} - {""} <= set(catalog.tables[name].columns)
        assert all(catalog.codelists[catalog.concepts[d].codelist].total for d in indicator.concepts)
        if indicator.counted.until:
            assert "observed_until" in catalog.tables[indicator.table].columns


WRONG = '''
from lm_stats.spec import *
INDICATOR = Indicator(id="i", table="{table}", universe="{universe}", time="t", freq="A", dimensions=("sex",),
                      estimator={how}, title={{"en": "I"}}, why="w", covers={{"en": "c"}})
'''
MIXED = "Rate('per cent', Count('certificate'), (Population('population', 'true'),))"


@pytest.mark.parametrize(
    ("table", "universe", "how", "said"),
    [
        ("certificates", "true", "Count('person')", "counts person, but certificates holds certificate"),
        ("permits", "true", "Count('certificate')", "counts certificate, but permits holds application"),
        ("certificates", "true", MIXED, "counts certificate, but population holds person"),
        ("work_spells", "true", "Count('person')", "counts person, but work_spells holds part of a spell"),
        ("permits", "true", "Count('person', distinct='person_id')", "permits holds nothing of the kind"),
    ],
)
def test_units_of_count_are_never_mixed(tmp_path, table, universe, how, said):
    home = pack(tmp_path)
    (home / "indicators").mkdir()
    text = WRONG.format(table=table, universe=universe, how=how)
    (home / "indicators" / "i.py").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=said):
        load([home])


def test_every_indicator_says_in_words_what_its_universe_says():
    for indicator in load().indicators.values():
        said = indicator.covers["en"]
        if indicator.is_published:
            # whom the publisher covers, which no condition over records says
            assert said, indicator.id
            continue
        assert ("15" in said) == ("age >= 15" in indicator.universe), indicator.id
        if indicator.table in ("population", "lfs_persons"):
            assert "residence = 'usual'" in indicator.universe, indicator.id
            assert "usual residents" in said.lower(), indicator.id


def test_maps_of_one_type_of_rows_are_read_for_it_alone(tmp_path):
    source = load().sources["lso/census"]
    kind = load().kinds["census"]
    persons, absentees = (source.for_record(record) for record in kind.records)
    assert persons.columns["sex"] != absentees.columns["sex"]
    assert "country_of_stay" in absentees.entries
    assert "country_of_stay" not in persons.entries
    assert set(absentees.columns) <= set(kind.record("absentees").concepts)
    assert persons.entries["sex"] == absentees.entries["sex"]


def test_a_break_reaches_the_tables_of_its_source_and_a_border_reaches_all():
    catalog = load()
    concepts = {b.concept for b in catalog.breaks("lfs_persons")["LSO"]}
    assert concepts == {"district", "labour_force_status"}
    assert {b.concept for b in catalog.breaks("population")["LSO"]} == {"district"}
    assert set(catalog.boundaries["LSO"].polygons) == set(catalog.sources["lso/census"].district_codes)
