"""What is written down of a pair names nobody, and what is read back holds."""

from __future__ import annotations

import csv

import pytest

from lm_stats.linkage_review.decisions import (
    DECISION_COLUMNS,
    LinkageDecision,
    as_text,
    decision_of,
    decisions_in,
    lines_of,
    read_decisions,
    what_is_wrong,
)  # fmt: skip
from lm_stats.linkage_review.records import Address, PairRecord, agreeing, differing
from lm_stats.linkage_review.reviewing import read_review

TITLES = ["Name", "Passport", "Date of birth"]
ROW = {"pair": "1", "record": "A", "Name": "Zhang Xiuying Wu", "Passport": "P 123-4567", "same": "yes", "why": "",
       "Date of birth": "1987-03-12",
       "decided_by": "me", "decided_on": "2026-01-02", "stratum": "grey", "represents": "1", "ref_area": "LSO",
       "permit_id": "a" * 20, "other_permit_id": "b" * 20}  # fmt: skip


def reviewed(tmp_path, *rows):
    path = tmp_path / "pairs.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return read_review(path, "2026-01-03", "", TITLES, ["Name"])


@pytest.mark.parametrize(
    "why",
    ["it is XIUYING", "same number P123-4567", "P 1234567 again", "1 2 3 4 5 6 7", "ends in 34567", "zhang, as before",
     "Zhangs", "X i u y i n g", "Mr Wu", "Xi\u00faying", "wu-wei", "born 12/3/1987", "born on the 12th of March, 87",
     "03.12.87", "March 12 1987", "12031987"],
)  # fmt: skip
@pytest.mark.parametrize("line", [0, 1])
def test_a_reason_that_repeats_a_name_or_number_of_either_record_is_refused(tmp_path, why, line):
    other = {"record": "B", "Name": "Chang X.", "Passport": "P9", "same": "", "permit_id": "b" * 20,
             "other_permit_id": "a" * 20}  # fmt: skip
    rows = [{}, other]
    rows[line] = {**rows[line], "why": why}
    found, (problem,) = reviewed(tmp_path, *rows)
    assert found == []
    assert "repeats a name or number" in problem.what
    told = problem.what + problem.do + problem.where
    assert not [word for word in ("hang", "567", "87", "wu") if word in told]


@pytest.mark.parametrize("why", ["same face", "12 March 1988", "an old file of 3,456", "wur wrote it 12 times"])
def test_a_reason_that_names_nobody_stands(tmp_path, why):
    found, problems = reviewed(tmp_path, {"why": why})
    assert (len(found), problems) == (1, [])


def test_the_two_ids_stand_in_one_order_whichever_line_says_yes(tmp_path):
    second = {"record": "B", "permit_id": "b" * 20, "other_permit_id": "a" * 20, "same": "yes"}
    found, problems = reviewed(tmp_path, {"same": ""}, second)
    assert problems == []
    assert [(one.permit_id[0], one.other_permit_id[0]) for one in found] == [("a", "b")]


@pytest.mark.parametrize(("cell", "value", "told"), [
    ("represents", "0", "represents"), ("represents", "-1", "represents"), ("represents", "nan", "represents"),
    ("stratum", "blue", "stratum"), ("same", "perhaps", "same"), ("decided_on", "soon", "decided_on"),
    ("decided_by", "", "decided_by"), ("other_permit_id", "a" * 20, "two applications"),
    ("permit_id", "1,23E+19", "rewritten"),
])  # fmt: skip
def test_a_line_that_cannot_be_used_says_why(cell, value, told):
    line = {name: ROW[name] for name in ("ref_area", *DECISION_COLUMNS)}
    assert what_is_wrong(decision_of(line, "here")) is None
    assert told in what_is_wrong(decision_of({**line, cell: value}, "here"))[0]


def test_what_looks_like_a_number_or_a_formula_comes_back_as_it_was(tmp_path):
    ids = sorted(["12345678901234567890", "1234567890123456e789"])
    one = LinkageDecision("LSO", *ids, True, "grey", 2.5, "=cmd()", "2026-01-02", "+1 to me", "")
    path = tmp_path / "lso/decisions/linkage.csv"
    path.parent.mkdir(parents=True)
    path.write_text(lines_of([one], heading=True))
    cells = list(csv.reader(path.read_text().splitlines()))[1]
    assert not any(cell.startswith(("=", "+")) for cell in cells)
    assert not any(cell.replace("e", "").isdigit() and len(cell) == 20 for cell in cells)
    assert as_text("abc") == "abc"
    assert decisions_in([path]) == ([one], [])


def test_of_lines_that_contradict_each_other_none_counts(tmp_path):
    path = tmp_path / "lso/decisions/linkage.csv"
    path.parent.mkdir(parents=True)
    pairs = (("aa", "bb", True), ("bb", "cc", True), ("aa", "cc", False), ("dd", "ee", True))
    lines = [LinkageDecision("LSO", a, b, same, "grey", 1.0, "me", "2026-01-02") for a, b, same in pairs]
    path.write_text(lines_of(lines, heading=True))
    found, problems = read_decisions([path])
    assert found[["permit_id", "other_permit_id"]].to_numpy().tolist() == [["dd", "ee"]]
    assert len(problems) == 3


def test_what_only_one_record_says_is_no_difference_and_a_renewal_names_the_other():
    cells = {"name": "A B", "sex": "F"}, {"name": "B A", "sex": "2", "district": "X"}
    known_as = {"certificate_token": "c1", "sex": "SEX_F"}, {"previous_certificate_token": "c1", "sex": "SEX_F"}
    one = PairRecord("a", "d", Address("f", "", 1), cells[0], known_as[0])
    other = PairRecord("b", "d", Address("f", "", 2), cells[1], known_as[1])
    assert differing(one, other) == {"name"}
    assert agreeing(one, other) == {"certificate_number"}
    assert agreeing(other, one) == {"previous_certificate"}
