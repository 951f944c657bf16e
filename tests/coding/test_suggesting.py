"""Proposals for spellings that nobody has declared: likely ones first, none where nothing is like them."""

from pathlib import Path

import pytest

import lm_stats.catalog
from lm_stats.coding import Declared, declared_for, suggest
from lm_stats.spec import Code, Codelist, Concept, MapEntry, Record, Source, read_codelist

AREAS = read_codelist(Path(lm_stats.catalog.__file__).parent / "codelists/areas.csv")
LABELS = {code.code: code.label for code in AREAS if code.kind == ""}
NAMES = {label: code for code, label in LABELS.items()}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        # the fuzzy search of other tools makes British Indian Ocean Territory and Saudi Arabia of these
        ("Indian", ["IND"]),
        ("SA", []),
        ("CH", []),
        ("AU", []),
        ("Zimbabwee", ["ZWE"]),
        ("ZIMBABWE.", ["ZWE"]),
        ("Lanka, Sri", ["LKA"]),
        ("Thabo Mokoena", []),
        ("Chnia", ["CHN"]),
        ("xyz", []),
        ("", []),
    ],
)
def test_countries_are_proposed_by_whole_texts_only(text, codes):
    found = suggest([text], NAMES, LABELS)[text]
    assert [one.code for one in found][:1] == codes
    assert "IOT" not in [one.code for one in found]
    assert all(one.score >= 76 and one.label == LABELS[one.code] and one.why for one in found)


def test_the_same_proposals_in_the_same_order_whatever_the_order_of_the_declaration():
    texts = ["Guinee", "Guinea Bisau", "Niger ia", "Guinee"]
    found = suggest(texts, NAMES, LABELS, limit=2)
    backwards = suggest(texts[::-1], dict(reversed(NAMES.items())), LABELS, limit=2)
    assert found == backwards
    assert list(found) == texts[:3]
    for proposals in found.values():
        assert len(proposals) <= 2
        assert [one.score for one in proposals] == sorted((one.score for one in proposals), reverse=True)
    assert suggest(["Guinee"], NAMES, {"CHN": "China"}) == {"Guinee": ()}


def test_lines_of_maps_titles_of_finer_lists_and_what_a_text_may_mean():
    concept = Concept("occupation", "Occupation", "Work.", "code", "occupations", detail="isco08")
    title = "Metal, machinery and related trades workers"
    finer = Codelist("isco08", (Code("72", title, attributes={"rolls_to": "7"}),))
    codelists = {"occupations": Codelist("occupations", (Code("7", "Craft"), Code("8", "Drivers"))), "isco08": finer}
    lines = (
        MapEntry("Mechanic of sewing machines", "7"),
        MapEntry("Operator", "7 8", rule="ambiguous"),
        MapEntry("Total of all", "", rule="exclude:total"),
    )
    source = Source("register", "OFFICE", "csv", {}, entries={"occupation": lines})
    record = Record("", "worker", "permits", ("occupation",), (), ())
    declared = declared_for(source, record, concept, codelists, (MapEntry("Tipper truck driver", "8"),))
    assert declared == Declared(
        {"Mechanic of sewing machines": "7", "Tipper truck driver": "8", "Craft": "7", "Drivers": "8"},
        {title: "7"},
        {"operator": ("7", "8")},
    )
    labels = {"7": "Craft", "8": "Drivers"}
    texts = ["sewing machine mechanic", "Tiper truck drivers", "Metal machinery trade worker", "OPERATOR", "All totals"]
    found = {text: [(p.code, p.near, p.why) for p in own] for text, own in suggest(texts, declared, labels).items()}
    assert found["sewing machine mechanic"][0][:2] == ("7", "Mechanic of sewing machines")
    assert found["Tiper truck drivers"][0][:2] == ("8", "Tipper truck driver")
    assert found["Metal machinery trade worker"][0][2].endswith("a title of the finer classification")
    assert [code for code, *_ in found["OPERATOR"]] == ["7", "8"]
    assert found["All totals"] == []
