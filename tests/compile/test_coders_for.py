"""Coders of a source: its maps, its own districts, nothing of another country."""

from dataclasses import replace

import pandas as pd
import pytest

from lm_stats.compile.coder import coders_for, shared_lines
from lm_stats.spec import Code, Codelist, Concept, MapEntry, Record, Source

CONCEPTS = {
    "district": Concept("district", "District", "District of work.", "code", "districts"),
    "sex": Concept("sex", "Sex", "Sex of the worker.", "code", "sex"),
    "name": Concept("name", "Name", "Name as written.", identifier="name"),
}
CODELISTS = {
    "districts": Codelist("districts", (
        Code("_T", "Total", kind="total"), Code("X", "Not stated", "_T", "missing"), Code("XB-A", "Maseka", "_T"),
        Code("XB-B", "Berera", "_T"), Code("XC-A", "Berera", "_T"), Code("XC-B", "Elsewhere", "_T"),
    )),
    "sex": Codelist("sex", (Code("SEX_F", "Female"), Code("SEX_M", "Male"))),
}  # fmt: skip
RECORD = Record("", "application", "permits", ("district", "sex", "name"), (), ())
SOURCE = Source(
    "permits", "XAB_NORTH", "csv", {}, entries={"sex": (MapEntry("Mosali", "SEX_F"),)},
    district_codes={"XB-A": "4", "XB-B": "1"},
)  # fmt: skip


@pytest.fixture
def coders():
    return coders_for(SOURCE, RECORD, CONCEPTS, CODELISTS)


def coded(coder, *texts):
    return coder.code(pd.Series(texts, dtype="str"))["code"].fillna("").tolist()


def test_there_is_one_for_each_code_and_none_for_anything_else(coders):
    assert set(coders) == {"district", "sex"}


def test_maps_and_codelists_are_both_known(coders):
    assert coded(coders["sex"], "MOSALI", "male", "SEX_F", "4") == ["SEX_F", "SEX_M", "SEX_F", ""]


def test_districts_are_those_of_the_country(coders):
    assert coded(coders["district"], "Berera", "XB-A", "XC-A", "Elsewhere", "X") == ["XB-B", "XB-A", "", "", "X"]


def test_districts_may_be_written_as_the_national_office_numbers_them(coders):
    assert coded(coders["district"], "4", "04", "1", "2") == ["XB-A", "XB-A", "XB-B", ""]


def test_a_country_without_districts_knows_only_the_missing_one():
    source = Source("permits", "XAB_NORTH", "csv", {})
    assert coded(coders_for(source, RECORD, CONCEPTS, CODELISTS)["district"], "Berera", "X") == ["", "X"]


def test_a_district_lies_abroad_only_where_another_country_is_named():
    districts = Codelist("districts", (*CODELISTS["districts"], Code("_O", "Abroad")))
    nowhere = Code("X", "None", "", "missing")
    names = {"XAB_NORTH": "Northland", "XFA": "Farland"}
    near = (Code(code, label, attributes={"groups": "G"}) for code, label in names.items())
    areas = Codelist("areas", (*near, Code("XFB", "Otherland"), nowhere))
    lines = (MapEntry("Faraway", "EUR", rule="region_only"), MapEntry("Stateless", "X", rule="stateless"))
    source = replace(SOURCE, ref_area="XAB_NORTH", entries={"citizenship": lines})
    coder = coders_for(source, RECORD, CONCEPTS, {**CODELISTS, "districts": districts, "areas": areas})["district"]
    assert coded(coder, "Farland", "Northland", "Faraway", "Stateless", "Maseka") == ["_O", "", "", "", "XB-A"]
    # a code may be short for a place, and a far country the name of one
    found = coder.code(pd.Series(["XFA", "Otherland"]))
    assert found["rule"].fillna("").tolist() == ["", "ambiguous"]


def test_shared_lines_are_those_of_the_list_and_regions_only_of_citizenship():
    lines = (MapEntry("a", "SEX_F"), MapEntry("b", "EUR"), MapEntry("c", "SEX_F SEX_M", rule="ambiguous"))
    every = shared_lines(replace(CONCEPTS["sex"], id="citizenship"), CODELISTS["sex"], {"sex": lines})
    own = shared_lines(CONCEPTS["sex"], CODELISTS["sex"], {"sex": lines})
    assert (every, own) == (lines, (lines[0], lines[2]))


def test_what_others_published_is_known_as_it_is_declared():
    lines = {"sex": (MapEntry("Wives", "SEX_F"),)}
    for sums, code in ((False, "SEX_F"), (True, "")):
        record = replace(RECORD, sums=sums)
        assert coded(coders_for(SOURCE, record, CONCEPTS, CODELISTS, lines)["sex"], "Wives") == [code]
