"""Cases of countries, districts, occupations and industries in words: what each row becomes, and what is told of it."""

from dataclasses import replace

import pandas as pd
import pytest

from lm_stats.compile.coding_rules import CONFIDENCE
from lm_stats.handover import CODING_COLUMNS, UNCODED
from lm_stats.spec import Detail, MapEntry
from tests.harmonise.bench import MINISTRY, Bench

# by case the concept, and of each text the code, or the reason for which its row is held back
CASES = {
    "51": ("citizenship", {
        "Motswana": "BWA", "eSwatini": "SWZ", "R.S.A": "ZAF", "P.R.C": "CHN", "China (ROC)": "TWN",
        "south-africans": "ZAF", "Pakistan (the)": "PAK", "Scottish": "GBR", "American": "USA",
    }),
    "52": ("citizenship", {
        **dict.fromkeys(("SA", "CH", "AU", "Congo", "the Congo"), "ambiguous_citizenship"),
        "DRC": "COD", "Congo-Kinshasa": "COD", "Niger": "NER", "Nigeria": "NGA", "Guinea - Bissau": "GNB",
    }),
    "53": ("citizenship", {
        "South African/British": "ZAF", "Dual: Indian & British": "IND", "Stateless": "X", "Refugee": "X",
        "Other Africa": "X", "Asia": "X",
    }),
    "54": ("citizenship", {"Rhodesia": "ZWE", "Swaziland": "SWZ", "ZAIRE": "COD"}),
    "55": ("citizenship", {"Mosotho": "foreign_citizen"}),
    "60": ("district", {"Maputsoe": "LS-C", "Roma, Maseru": "LS-A", "Semonkong": "LS-A"}),
    "61": ("district", {"4": "LS-A", "04": "LS-A", "MASERU": "LS-A"}),
    "62": ("district", dict.fromkeys(
        ("Same village", "Different village, this district", "Different Village, Same District"), "unmapped_district"
    )),
    "64": ("district", {"Republic Of South Africa": "_O", "Other Countries": "_O"}),
    "66": ("economic_activity", {"Super-markets (Pty) Ltd": "ECO_ISIC4_G", "The Retail Company": "ECO_ISIC4_G"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """All cases, harmonised at once: rows of the table and marks by case and text."""
    cells = [(case, concept, text) for case, (concept, texts) in CASES.items() for text in texts]
    rows = [{concept: text} for _, concept, text in cells]
    rows += [{"citizenship": None, "passport_country": country} for country in ("India", None)]
    made = Bench(tmp_path_factory.mktemp("coding"))(rows, marks=True).made
    rows += [{"citizenship": "Chinese", "passport_country": "India"}]
    said = [("41", "India"), ("41", ""), ("41", "both")]
    keys = pd.Series([*((case, text) for case, _, text in cells), *said], dtype=object)
    numbers = dict(enumerate(keys, start=2))

    def by_text(frame):
        return frame.assign(key=frame["source_row"].map(numbers)).set_index("key")

    return by_text(pd.read_parquet(next(iter(made.tables.values())))), by_text(pd.read_parquet(made.marks))


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_its_verdict(judged, case):
    table, marks = judged
    concept, texts = CASES[case]
    held = marks[marks["outcome"] == "quarantined"]["reason"].to_dict()
    found = table[concept].to_dict() | held
    assert {text: found[case, text] for text in texts} == texts


def test_what_is_known_of_the_coding_is_kept_and_told(judged):
    table, marks = judged
    warned = marks[(marks["outcome"] == "warned") & marks["columns"].isin(["citizenship", "district"])]["reason"]
    told = {key: sorted(reasons) for key, reasons in warned.groupby(level=0)}
    for text in ("South African/British", "Dual: Indian & British"):
        own = table.loc[[("53", text)]].iloc[0]
        assert (own["second_citizenship"], own["citizenship_rule"]) == ("GBR", "dual")
        assert own["citizenship_confidence"] == CONFIDENCE["dual"]
        assert told.pop(("53", text)) == ["two_named_citizenship"]
    assert table.loc[[("53", "Other Africa"), ("53", "Asia")], "region_of_origin"].tolist() == ["AFR", "ASI"]
    for text in CASES["54"][1]:
        assert told.pop(("54", text)) == ["former_citizenship"]
    assert table.loc[[("60", "Roma, Maseru")], "district_rule"].tolist() == ["normalised"]
    assert table.loc[[("60", "Maputsoe")], "district_rule"].tolist() == ["town"]
    assert table.loc[[("64", "Other Countries")], "district_bos"].isna().all()
    # case 41: nothing is filled in
    assert table.loc[[("41", "India"), ("41", "")], "citizenship"].tolist() == ["X", "X"]
    assert table.loc[[("41", "India")], ["citizenship_rule", "citizenship_confidence"]].isna().all(axis=None)
    assert told == {
        ("41", "India"): ["not_stated_citizenship", "proposed_citizenship: passport"],
        ("41", ""): ["not_stated_citizenship"],
        ("53", "Stateless"): ["not_stated_citizenship: stateless"],
        ("53", "Refugee"): ["not_stated_citizenship: refugee"],
    }


def test_what_coded_the_rows_is_counted(tmp_path):
    """Every row that is not left out, by the rule that coded it; in several batches."""
    words = ["South African/British", "Zaire", "SA", "withheld:ab", None, "Zambians (the)", "Chinese"]
    rows = [{"citizenship": text} for text in words] + [{"citizenship": "Chinese", "excluded": "total"}]
    made = Bench(tmp_path)(rows, batch=3).made
    found = pd.read_parquet(made.coding)
    assert tuple(found.columns) == CODING_COLUMNS
    assert found.groupby("concept")["rows"].sum().unique().tolist() == [len(words)]
    own = found[found["concept"] == "citizenship"].set_index("rule")
    assert own["rows"].sum() == len(words)
    assert own["rows"][["ambiguous", "dual", "empty", "former", "unmapped"]].tolist() == [1] * 5
    assert own["confidence"].isna().to_dict() == {rule: rule in ("ambiguous", *UNCODED) for rule in own.index}
    told = {warning.what: warning.do for warning in made.warnings}
    assert next(do for what, do in told.items() if "ambiguous_citizenship" in what).startswith("Decide what is meant")


def test_codes_of_two_lists_or_versions_of_an_office(tmp_path):
    """Cases 56, 67 and 68: both lists in one column are told; codes mean what they did on the day; zeros come back."""
    lines = (MapEntry("15", "ZAF", rule="list:paper"), MapEntry("01", "ZAF", rule="list:file"))
    versions = (Detail("isic31", "", "2014-12-31"),)
    source = replace(
        MINISTRY,
        entries={**MINISTRY.entries, "citizenship": lines, "economic_activity": ()},
        details={"economic_activity": versions},
        code_digits={"economic_activity": 4},
    )
    early = {"application_date": "01/02/2014", "issue_date": "05/02/2014"}
    cells = [({"citizenship": "15"}, "111"), ({"citizenship": "01"}, "0111"), ({"citizenship": "15"}, "4711")]
    found = Bench(tmp_path, source)([{**who, "economic_activity": code} for who, code in cells])
    assert found.table["economic_activity"].tolist() == ["ECO_ISIC4_A", "ECO_ISIC4_A", "ECO_ISIC4_G"]
    assert found.table["economic_activity_rule"].tolist() == ["lost_zero", "detail", "detail"]
    assert found.accounts[0].warned["lost_zero_economic_activity"] == 1
    assert sum("several lists of the office (file, paper)" in one.what for one in found.made.warnings) == 1
    rows = [{"citizenship": "15", "economic_activity": "0111", **early}]
    found = Bench(tmp_path, source)(rows)
    assert found.table["economic_activity_rule"].tolist() == ["crosswalk"]
    assert not any("several lists" in one.what for one in found.made.warnings)
