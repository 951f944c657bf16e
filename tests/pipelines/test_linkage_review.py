"""Pairs of records to a person and back: names are shown to who asks, and stand nowhere else afterwards."""

from __future__ import annotations

import csv
import datetime as dt
import math

import pandas as pd
from click.testing import CliRunner
from openpyxl import load_workbook

from lm_stats.handover import Original, OriginalTable
from lm_stats.linkage_review import Address, PairRecord, differing, read_decisions, read_records
from lm_stats.linkage_review.decisions import DECISION_COLUMNS, LinkageDecision, find_contradictions, lines_of

DECISIONS = "raw/xab/decisions/linkage.csv"
OBSERVATORY = "curated/observatory"
# of the worker in the first row of either register, and of one that nobody asks about
NAMES = ("Person north 1", "Person SOUTH 1", "Pn20140001", "Ps20140001")
NOT_ASKED = "Person north 9"


def _linked(office):
    """Write what linking leaves; returns ids by (office, number of the row)."""
    place = office.root / OBSERVATORY
    permits = pd.read_parquet(place / "permits.parquet")
    office_of = permits["source"].str.lower().str.contains("north").map({True: "north", False: "south"})
    ids = {
        (name, row - 1): permit
        for name, row, permit in zip(office_of, permits["source_row"], permits["permit_id"], strict=True)
    }
    persons = {permit: f"P{number}" for number, permit in enumerate(sorted(ids.values()))}
    persons[ids["south", 3]] = persons[ids["north", 3]]
    links = permits[["ref_area", "permit_id"]].assign(person_id=permits["permit_id"].map(persons), link_probability=0.9)
    links.to_parquet(place / "person_links.parquet")
    scored = [(1, 0.7), (2, 0.6), (3, 0.999), (4, 0.01)]
    pairs = [(*sorted((ids["north", number], ids["south", number])), number, share) for number, share in scored]
    pairs.append((*sorted((ids["north", 2], ids["north", 1])), 0, 0.65))
    # of an earlier run: the register no longer holds it
    pairs.append(("0" * 20, ids["north", 1], 0, 0.66))
    frame = pd.DataFrame(pairs, columns=["left_id", "right_id", "weight", "probability"]).astype({"weight": "float64"})
    frame.assign(ref_area="XAB", rule="probable").to_parquet(place / "person_links.pairs.parquet")
    return ids


def _filled(path, answers, **others):
    """Write answers by (id, other id, in any order) into the workbook, on one of its lines; others on the first."""
    book = load_workbook(path)
    sheet = book["pairs"]
    names = [cell.value for cell in sheet[3]]
    for row in sheet.iter_rows(min_row=4):
        cells = dict(zip(names, row, strict=True))
        cells["same"].value = answers.get((cells["permit_id"].value, cells["other_permit_id"].value))
        for name, value in others.items():
            cells[name].value = value if cells["record"].value == "A" else None
    book.save(path)


def test_a_person_sees_both_records_and_decides_and_nothing_else_holds_a_name(ran, tmp_path):
    from pipelines.cli import main

    ids = _linked(ran)
    out = tmp_path / "pairs.xlsx"
    said = ran.call("linkage", "review", "--out", out)
    assert (said.code, said.document["command"]) == (0, "linkage review"), said.problems
    assert said.document["pairs"] == {"grey": 3, "linked": 1, "apart": 1}
    assert (said.document["listed"], said.document["decided"]) == (5, 0)
    options = ["--root", str(ran.root), "--catalog", str(ran.pack)]
    shown = CliRunner().invoke(main, ["linkage", "review", "--limit", "5", *options])
    for text in NAMES:
        assert text.casefold() in shown.stdout.casefold()
    assert NOT_ASKED not in shown.stdout
    assert "xab/north/2014.v1, row 2" in shown.stdout

    book = load_workbook(out)
    assert book.sheetnames == ["guide", "pairs"]
    assert "delete it when it has been accepted" in book["pairs"]["A1"].value
    (answer,) = book["pairs"].data_validations.dataValidation
    assert (answer.formula1, str(answer.sqref)) == ('"yes,no"', "C4:C13")
    rows = list(book["pairs"].iter_rows(min_row=3, values_only=True))
    assert len(rows) == 1 + 2 * 5
    first = next(row for row in rows if "Person north 1" in row)
    assert {"Pn20140001", ids["north", 1]} <= set(first)

    pair = {number: (ids["north", number], ids["south", number]) for number in (1, 2, 3)}
    _filled(out, {pair[1]: "perhaps", pair[2]: "yes", ("x", "y"): "no"})
    wrong = ran.call("linkage", "accept", out)
    assert {one["what"][:12] for one in wrong.document["problems"]} == {"same is neit", "decided_by i"}
    assert (wrong.code, (ran.root / DECISIONS).exists()) == (1, False)
    _filled(out, {pair[1]: "yes"}, why="is Person North 1", decided_by="A")
    named = ran.call("linkage", "accept", out)
    assert "why repeats a name or number" in named.problems
    assert not (ran.root / DECISIONS).exists()
    # yes on the first line of a pair, no on the second; a day as a spreadsheet keeps it
    _filled(out, {pair[1]: "YES", pair[2][::-1]: "n"}, decided_on=dt.datetime(2026, 1, 30), why="-", decided_by=None)
    accepted = ran.call("linkage", "accept", out, "--by", "=T. Analyst")
    assert (accepted.code, accepted.document["accepted"]) == (0, 2), accepted.problems
    again = ran.call("linkage", "accept", out, "--by", "T. Analyst")
    assert (again.status, again.document["known"]) == ("unchanged", 2)
    # through north 1 and south 1: what is one person cannot be two
    third = (ids["north", 2], ids["north", 1])
    _filled(out, {pair[1]: "no", pair[2]: "yes", third: "no"})
    against = ran.call("linkage", "accept", out, "--by", "T. Analyst")
    assert against.code == 1
    assert sum("xab/decisions/linkage.csv, line 2" in one["what"] for one in against.document["problems"]) == 1
    assert "contradicts xab/decisions/linkage.csv, line 3" in against.problems

    frame, problems = read_decisions([ran.root / DECISIONS])
    assert not problems
    assert [list(row) for row in frame.sort_values("same")[["ref_area", "same", "stratum", "decided_by"]].values] == [
        ["XAB", "no", "grey", "=T. Analyst"], ["XAB", "yes", "grey", "=T. Analyst"]
    ]  # fmt: skip
    assert set(zip(frame["permit_id"], frame["other_permit_id"], strict=True)) == {
        tuple(sorted(pair[1])), tuple(sorted(pair[2]))
    }  # fmt: skip
    assert (set(frame["decided_on"]), set(frame["why"])) == ({"2026-01-30"}, {"-"})
    after = ran.call("linkage", "review").document
    assert (after["pairs"], after["decided"]) == ({"grey": 1, "linked": 1, "apart": 1}, 2)

    out.unlink()
    delivered = {path for path in (ran.root / "raw").rglob("*") if path.parent.parent.name in ("north", "south")}
    left = b"".join(
        path.read_bytes() for path in ran.root.rglob("*") if path.is_file() and path not in delivered
    ).lower()
    told = "".join(one.stdout + one.stderr for one in (said, wrong, named, accepted, again, against)) + shown.stderr
    for text in (*NAMES, NOT_ASKED):
        assert text.lower().encode() not in left
        assert text.casefold() not in told.casefold()


WRONG = [
    (("review",), "none", 1, "no certificates have been linked yet"),
    (("review",), "shape", 1, "does not hold pairs as this version"),
    (("review",), "bytes", 1, "cannot be read"),
    (("review", "--out", "pairs.txt"), "", 2, "no name of a workbook"),
    (("review", "--country", "qqq"), "", 2, "not declared"),
    (("accept", "nothing.xlsx"), "", 2, "no such file"),
    (("accept", "pyproject.toml"), "", 1, "no list that the linkage review wrote"),
    (("accept", "{sent}/pairs.csv", "--by", "A"), "qqq", 1, "ref_area is no declared"),
    (("accept", "{sent}/pairs.csv", "--by", "A"), "xab", 1, "application that the register does not hold"),
]


def test_wrong_use_and_bad_files_are_told(ran):
    place = ran.root / OBSERVATORY / "person_links.pairs.parquet"
    for arguments, spoilt, code, what in WRONG:
        _linked(ran)
        if spoilt == "none":
            place.unlink()
        elif spoilt == "shape":
            pd.DataFrame({"one": [1]}).to_parquet(place)
        elif spoilt == "bytes":
            place.write_bytes(b"PAR1")
        line = f"yes,grey,1,{spoilt},{'a' * 20},{'b' * 20}"
        text = f"same,stratum,represents,ref_area,permit_id,other_permit_id\n{line}\n"
        (ran.sent / "pairs.csv").write_text(text, encoding="utf-8")
        said = ran.call("linkage", *(one.format(sent=ran.sent) for one in arguments))
        assert (said.code, said.document["command"]) == (code, f"linkage {arguments[0]}")
        assert what in said.problems
        assert said.document["problems"][0]["do"]
        assert not (ran.root / DECISIONS).exists()


def test_wrong_lines_are_told_and_those_that_contradict_each_other_do_not_count(tmp_path):
    path = tmp_path / "xab/decisions/linkage.csv"
    path.parent.mkdir(parents=True)
    who = "T. Analyst,2026-01-31,"
    lines = [
        f"b,a,Y,Grey,1,{who}\"of course, yes\"", f"a,b,yes,grey,1,{who}", f"b,c,yes,linked,2.5,{who}",
        f"a,c,no,apart,40,{who}", f"d,e,no,apart,40,{who}", f"a,a,yes,grey,1,{who}", f"f,g,maybe,grey,1,{who}",
        f"f,g,yes,some,1,{who}", f"f,g,yes,grey,0,{who}", "f,g,yes,grey,1,,2026-01-31,", "f,g,yes,grey,1,T,31 Jan,",
        f"1.23E+19,g,yes,grey,1,{who}", f"e,id-123456,yes,linked,3,{who}",
    ]  # fmt: skip
    path.write_text("\n".join([",".join(DECISION_COLUMNS), *lines]), encoding="utf-8")
    frame, problems = read_decisions([path, tmp_path / "none.csv"])
    assert frame[["ref_area", "permit_id", "other_permit_id", "same", "represents"]].values.tolist() == [
        ["XAB", "d", "e", "no", 40.0], ["XAB", "123456", "e", "yes", 3.0]
    ]  # fmt: skip
    told = {one.where.rpartition(" ")[2]: one.what for one in problems}
    assert sorted(map(int, told)) == [2, 3, 4, 5, *range(7, 14)]
    assert all("contradicts" in told[line] for line in "2345")
    empty, none = read_decisions([])
    assert (list(empty), none) == (list(frame), [])
    assert empty.dtypes.equals(frame.dtypes)


def test_the_order_of_decisions_does_not_matter_to_which_contradict_each_other():
    said = [("a", "b", True), ("b", "c", True), ("a", "d", True), ("c", "d", True), ("a", "c", False), ("e", "f", True)]
    decisions = [LinkageDecision("XAB", one, other, same) for one, other, same in said]
    # of another country: says nothing about these
    decisions.append(LinkageDecision("XAC", "e", "f", False))
    found = {decisions[place].pair[1:] for place in find_contradictions(decisions)}
    assert found == {("a", "b"), ("b", "c"), ("a", "d"), ("c", "d"), ("a", "c")}
    assert {decisions[::-1][place].pair[1:] for place in find_contradictions(decisions[::-1])} == found
    text = lines_of([LinkageDecision("XAB", "12e4", "=b", None, "grey", math.pi, "A", "2026-01-31")], heading=False)
    assert next(csv.reader([text]))[:5] == ["id-12e4", "'=b", "", "grey", "3.141592654"]


def test_cells_are_found_by_their_address_in_whichever_table_of_a_sheet_they_stand():
    wide = [["", "Name", "", "Born"], ["", "\x1b[2JAda", "Byron", dt.datetime(1815, 12, 10)], ["", "x", "", 1815.0]]
    beside = OriginalTable("2015!H:M", 6, 9, {"name": (0,)}, (5,))
    sheets = [
        Original("b.xlsx", "2015", [(2, ["other file"])], "", {"name": (0,)}, (1,)),
        Original("a.xlsx", "2015", list(enumerate([*wide, [], [], ["Name"], ["Eve"]])), "",
                 {"name": (1, 2), "birth_date": (3,)}, (0,), others=(beside,)),
    ]  # fmt: skip
    one, other, gone = Address("a.xlsx", "2015", 1), Address("a.xlsx", "2015!H:M", 6), Address("a.xlsx", "2016", 1)
    found = read_records(sheets, [one, other, gone])
    assert found == {one: {"name": "[2JAda Byron", "birth_date": "1815-12-10"}, other: {"name": "Eve"}}
    left = PairRecord("1", "d", one, {"name": "Ada BYRON", "sex": "F", "employer": "A"}, {"sex": "F"})
    right = PairRecord("2", "d", other, {"name": "Ada Byron", "sex": "Female", "employer": "B"}, {"sex": "F"})
    assert differing(left, right) == {"employer"}
