"""The file that a person fills in, and what of a delivery never gets into it."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lm_stats.coding import Place, Proposal, Reviewed, Unseen, collect_unseen, looks_like_an_identifier, unseen
from lm_stats.coding.reviewing import read_review, write_review
from lm_stats.compile.coder import Coder
from lm_stats.handover import Original
from lm_stats.spec import Code, Codelist, Concept, Fault, MapEntry, Record, Source

CHOICES = {"xab": {"north": {"citizenship": {"AAA": "Aland", "BBB": "Beland"}}}}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_is_filled_in_is_read_back_and_every_wrong_line_is_told(tmp_path, form):
    texts = ["Aaland", "=Beeland", "Ceeland", "", "D, e;f"]
    found = [
        Unseen("xab/north", "citizenship", text, "unknown" if text else "looks like an identifier", 9 - number,
               "xab/north/2014.v1", "register.csv", "", number + 2)
        for number, text in enumerate(texts)
    ]  # fmt: skip
    listed = [Reviewed(one, (Proposal("AAA", "Aland", "Aland", 90, "spelt nearly like this"),)) for one in found]
    path = tmp_path / f"review.{form}"
    write_review(path, listed, {("xab/north", "citizenship"): CHOICES["xab"]["north"]["citizenship"]})
    assert read_review(path, CHOICES, "2026-01-31") == ({}, [])
    if form == "xlsx":
        import openpyxl

        book = openpyxl.load_workbook(path)
        assert "cells of the deliveries" in book.worksheets[0]["A1"].value
        assert book["Codes"]["A3"].value == "BBB Beland"
        assert len(book.worksheets[0].data_validations.dataValidation) == 5
        path = tmp_path / "review.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = book.worksheets[0].iter_rows(values_only=True)
            csv.writer(file).writerows([["" if c is None else c for c in row] for row in rows])
    lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    if form == "csv":
        assert lines[4][2] == "'=Beeland"
    code, by = lines[2].index("code"), lines[2].index("decided_by")
    for line, text in zip(lines[3:], ("AAA Aland", "BBB", "CCC", "AAA", "AAA Beland"), strict=True):
        line[code] = text
    lines[3][by] = "A. Person"
    # as a spreadsheet of a country with decimal commas saves it
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(lines)
    found, problems = read_review(path, CHOICES, "2026-01-31", "T. Analyst")
    assert [(d.value, d.code, d.decided_by, d.decided_on) for d in found["xab"]] == [
        ("Aaland", "AAA", "A. Person", "2026-01-31"), ("=Beeland", "BBB", "T. Analyst", "2026-01-31")
    ]  # fmt: skip
    assert [(p.where, p.what[:12]) for p in problems] == [
        ("review.csv, line 6", "code is not "), ("review.csv, line 7", "the spelling"),
        # one of the two is wrong, and nobody knows which
        ("review.csv, line 8", "code is not "),
    ]  # fmt: skip
    assert read_review(path, CHOICES, "2026-01-31")[1][0].do == "Write who decided, or accept it with --by NAME."
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("utf-16"))
    assert len(read_review(path, CHOICES, "2026-01-31", "T. Analyst")[0]["xab"]) == 2
    for content in (b"a,b\n1,2\n", b"source\x81"):
        path.write_bytes(content)
        with pytest.raises(Fault, match="no list that the coding review wrote") as caught:
            read_review(path, CHOICES, "2026-01-31")
        assert "Error" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("P1234567", True), ("RA 123456", True), ("AB1234", True), ("1234/B", True), ("+266 5812 3456", True),
        ("58123456", True), ("a.person@example.org", True), ("14/03/1987", True), ("1987-03-14", True),
        ("14 March 1987", True), ("12.3.87", True), ("Republic of Korea", False), ("5223 Shop assistant", False),
        ("Korea (1948)", False), ("7", False), ("Phase 2", False), ("45.2", False), ("C++ programmer", False),
    ],
)  # fmt: skip
def test_what_looks_like_an_identifier(text, is_one):
    assert looks_like_an_identifier(text) is is_one


def test_only_what_is_unknown_is_listed_by_rows_and_nothing_that_may_be_a_person(tmp_path):
    concepts = {
        "citizenship": Concept("citizenship", "Citizenship", "Whose.", "code", "areas"),
        "passport_country": Concept("passport_country", "Passport", "Whose.", "code", "areas"),
    }
    areas = Codelist("areas", (Code("AAA", "Aland"), Code("BBB", "Beland"), Code("X", "Not stated", kind="missing")))
    coders = {"": {name: Coder(concept, areas, [MapEntry("Late", "BBB")]) for name, concept in concepts.items()}}
    record = Record("", "worker", "permits", tuple(concepts), (), ())
    rows = [
        # citizenship, passport, excluded, token of a name
        ("withheld:Aaland", "Aland", "", "token 1"), ("withheld:Aaland", None, "", None), ("Aland", None, "", None),
        ("withheld:A. Person", "Aland", "", "token 2"), ("withheld:P1234567", "Aland", "", None),
        ("withheld:Total", None, "total", None), ("7", "Aland", "", None), ("unknown", "Aland", "", None),
        ("#REF!", "Aland", "", None), ("withheld:Beland", "Aland", "", None), ("withheld:gone", "Aland", "", None),
        ("withheld:Moved", "withheld:Other", "", None), (None, "Beland", "", None), ("Late", None, "", None),
        ("Late", None, "", None), ("withheld:Ceeland", None, "", None),
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    names = ("citizenship", "passport_country", "excluded", "person_token_name")
    address = {"source_file": ["r.csv"] * len(rows), "source_sheet": [""] * len(rows), "source_row": [*range(2, 18)]}
    pq.write_table(pa.table({**address, **dict(zip(names, columns, strict=True))}), tmp_path / "s.parquet")
    # rows of another delivery, of another type and with another reason are not among them
    held = {
        "delivery_id": ["d", "other", "d", "d"], "record": ["", "", "part", ""], "citizenship": ["Late"] * 4,
        "reasons": [*["a,unmapped_citizenship"] * 3, "unmapped_passport_country"],
    }  # fmt: skip
    pq.write_table(pa.table(held), tmp_path / "q.parquet")
    cells = [((text or "").removeprefix("withheld:"),) for text, *_ in rows if "gone" not in (text or "")][:-1]
    read = []

    def originals(delivery):
        read.append(delivery)
        yield Original("r.csv", "", [*enumerate(cells)], "", {"citizenship": (0,)})
        # a column that was taken for the concept although it is not declared
        yield Original("r.csv", "other", [(1, ("Name", "Ceeland"))], None, {})

    source = Source("k", "O", "csv", {}, id="north", ref_area="XAB")
    place = Place(
        "d", source, record, tmp_path / "s.parquet", tmp_path / "q.parquet",
        lambda texts: [f"withheld:{text}" for text in texts],
        lambda texts: {"person_token_name": ["token 2" if text == "A. Person" else None for text in texts]},
    )  # fmt: skip
    found = collect_unseen(
        [place], concepts, coders, originals, only=("citizenship",), proposed_by={"citizenship": "passport_country"}
    )
    assert [(one.text, one.why, one.rows, one.row) for one in found] == [
        ("", "looks like an identifier", 2, 5),
        ("Aaland", "unknown", 2, 2),
        ("", "in a row with shifted cells", 1, 13),
        ("", "not in a cell of its own", 1, 12),
        ("", "proposed", 1, 14),
        ("7", "unknown", 1, 8),
        ("Ceeland", "unknown", 1, 17),
        ("Late", "not on these dates", 1, 15),
    ]
    assert found[4].may_mean == ("BBB",)
    assert read == ["d", "d"]


def test_texts_are_looked_for_once_for_all_concepts_in_blocks_and_no_longer_than_needed(monkeypatch):
    monkeypatch.setattr(unseen, "_BLOCK", 4)
    asked, rows = [], []

    def tokens(texts):
        asked.append(len(texts))
        return [f"withheld:{text}" for text in texts]

    def lines():
        for number in range(100):
            rows.append(number)
            yield number, (f"a {number}", f"b {number}", 1.0)

    def originals(delivery):
        yield Original("r.csv", "", lines(), "", {"one": (0,)})
        raise AssertionError("nothing is lacking any more")

    record = Record("", "", "", ("one", "two"), (), ())
    place = Place("d", Source("k", "O", "csv", {}), record, Path("s.parquet"), None, tokens)
    own = {"one": {"withheld:a 9"}}
    assert unseen._texts_of(place, own, originals) == {"withheld:a 9": "a 9"}
    assert (asked, len(rows)) == ([4, 4, 4], 12)
    asked.clear()
    rows.clear()
    everywhere = {"two": {"withheld:a 3", "withheld:1"}, "one": {"withheld:b 5"}}

    def twice(delivery):
        yield Original("r.csv", "", lines(), "", {"one": (0,)})

    assert unseen._texts_of(place, everywhere, twice) == {f"withheld:{text}": text for text in ("a 3", "1", "b 5")}
    assert max(asked) <= 6
    # all of the column of the one, then all columns as far as the last
    assert 100 < len(rows) < 110
