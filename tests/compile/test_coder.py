"""Texts become codes by declared correspondence only."""

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.compile.coder import Coder
from lm_stats.spec import Code, Codelist, Concept, MapEntry

AREAS = Codelist(
    "areas",
    (
        Code("ZAF", "South Africa", "_T"),
        Code("SAU", "Saudi Arabia", "_T"),
        Code("NAM", "Namibia", "_T"),
        Code("SRB", "Serbia", "_T"),
        Code("BIH", "Bosnia and Herzegovina", "_T"),
        Code("GBR", "United Kingdom", "_T"),
        Code("IOT", "British Indian Ocean Territory", "_T"),
        Code("X", "Not stated", "_T", "missing"),
        Code("_T", "Total", "", "total"),
    ),
)
CITIZENSHIP = Concept("citizenship", "Citizenship", "c", "code", "areas")


def code(entries, *texts, on=None, codelist=AREAS, detail=None):
    coder = Coder(CITIZENSHIP, codelist, entries, detail)
    values = pd.Series(list(texts), dtype="str")
    days = None if on is None else pd.to_datetime(pd.Series(on))
    return coder.code(values, days)


def test_map_comes_before_code_and_label():
    found = code([MapEntry("British", "GBR"), MapEntry("ZAF", "SAU")], "BRITISH", "ZAF", "south africa", "nam")
    assert found["code"].tolist() == ["GBR", "SAU", "ZAF", "NAM"]
    assert found["rule"].tolist() == ["map", "map", "label", "code"]


@pytest.mark.parametrize("text", ["SA", "NA", "Total", "_T", "Indian", "British", "South", "ZAFX", ""])
def test_nothing_is_guessed_and_no_total_is_a_record(text):
    assert code([], text)["code"].isna().all()


def test_missing_stays_missing_and_index_is_kept():
    coder = Coder(CITIZENSHIP, AREAS)
    values = pd.Series([None, "Namibia"], index=[7, 3], dtype="str")
    found = coder.code(values)
    assert found.index.tolist() == [7, 3]
    assert found["code"].isna().tolist() == [True, False]
    assert coder.knows(values).tolist() == [False, True]


def test_dated_lines_of_a_map():
    entries = [
        MapEntry("Yugoslav", "BIH", "", "1999-12-31", "dated"),
        MapEntry("Yugoslav", "SRB", "2000-01-01", "", "dated"),
    ]
    days = ["1995-05-05", "2005-05-05", None]
    assert code(entries, "Yugoslav", "Yugoslav", "Yugoslav", on=days)["code"].tolist() == ["BIH", "SRB", "SRB"]


def test_a_line_out_of_its_time_codes_nothing():
    entries = [MapEntry("Rhodesian", "ZAF", "", "1980-04-17")]
    found = code(entries, "Rhodesian", on=["1990-01-01"])
    assert found["code"].isna().all()


def test_longest_prefix_wins_and_comes_after_whole_texts():
    entries = [MapEntry("54", "ZAF", rule="prefix"), MapEntry("5415", "NAM", rule="prefix"), MapEntry("541511", "SAU")]
    assert code(entries, "541511", "541512", "5499", "53")["code"].tolist()[:3] == ["SAU", "NAM", "ZAF"]
    assert code(entries, "53")["code"].isna().all()


def test_finer_codes_roll_up():
    detail = Codelist("isic4", tuple(Code(c, c, attributes={"rolls_to": "ZAF"}) for c in ("G", "47", "471")))
    found = code([], "4711", "47", "g", "Groceries", "48", "47.1", detail=detail)
    assert found["code"].tolist()[:3] == ["ZAF"] * 3
    assert found["code"].isna().tolist()[3:] == [True, True, False]


def test_a_number_that_lost_its_zeros_is_not_taken_for_a_shorter_code():
    declared = load()
    concept = declared.concepts["economic_activity"]
    lists = declared.codelists["economic_activities"], declared.codelists["isic4"]
    written = pd.Series(["0111", "111", "1110", "01110", "9"])
    whole = Coder(concept, lists[0], (), lists[1], digits=4)
    assert whole.code(written)["code"].fillna("").tolist() == ["ECO_ISIC4_A", "ECO_ISIC4_A", "ECO_ISIC4_C", "", ""]
    # what is kept of a cell codes the same again
    again = whole.code(whole.vocabulary(written))["code"].fillna("").tolist()
    assert again == ["ECO_ISIC4_A", "ECO_ISIC4_A", "ECO_ISIC4_C", "", ""]


def test_zeros_before_a_code_of_the_office_do_not_matter():
    declared = load()
    coder = Coder(declared.concepts["sex"], declared.codelists["sex"], [MapEntry("2", "SEX_F")])
    assert coder.code(pd.Series(["2", "02", "002", "20"]))["code"].fillna("").tolist() == ["SEX_F"] * 3 + [""]
    assert coder.knows(pd.Series(["02"])).all()
    assert coder.vocabulary(pd.Series(["02"])).tolist() == ["02"]
