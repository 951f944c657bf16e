"""Goes to tests/linkage_review/test_files.py: what is written down must name nobody, and what is read back holds."""

import csv
import dataclasses

import pytest

from lm_stats.linkage_review.decisions import (
    DECISION_COLUMNS, LinkageDecision, as_text, decision_of, decisions_in, lines_of, read_decisions, what_is_wrong,
)  # fmt: skip
from lm_stats.linkage_review.records import Address, PairRecord, agreeing, differing
from lm_stats.linkage_review.reviewing import read_review

ROW = {"pair": "1", "record": "A", "Name": "Zhang Xiuying", "Passport": "P 123-4567", "same": "yes", "why": "",
       "decided_by": "me", "decided_on": "2026-01-02", "stratum": "grey", "represents": "1", "ref_area": "LSO",
       "permit_id": "a" * 20, "other_permit_id": "b" * 20}  # fmt: skip


def reviewed(tmp_path, *rows):
    path = tmp_path / "pairs.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return read_review(path, "2026-01-03", "", ["Name", "Passport"])


@pytest.mark.parametrize("why", ["it is XIUYING", "same number P123-4567", "P 1234567 again", "zhang, as before"])
@pytest.mark.parametrize("line", [0, 1])
# "P 1234567 again" fails at HEAD: a number in other groups of digits than the cell's is not seen
def test_a_reason_that_repeats_a_name_or_number_of_either_record_is_refused(tmp_path, why, line):
    other = {"record": "B", "Name": "Chang X.", "Passport": "P9", "same": "", "permit_id": "b" * 20,
             "other_permit_id": "a" * 20}  # fmt: skip
    rows = [{}, other]
    rows[line] = {**rows[line], "why": why}
    found, (problem,) = reviewed(tmp_path, *rows)
    assert found == []
    assert "repeats a name or number" in problem.what
    assert "hang" not in problem.what + problem.do + problem.where
    assert "567" not in problem.what + problem.do + problem.where


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
    one = LinkageDecision("LSO", "12345678901234567890", "1234567890123456e789", True, "grey", 2.5, "=cmd()", "2026-01-02",
                          "+1 to me", "")  # fmt: skip
    one = dataclasses.replace(one, permit_id=min(one.permit_id, one.other_permit_id),
                              other_permit_id=max(one.permit_id, one.other_permit_id))  # fmt: skip
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
    lines = [LinkageDecision("LSO", a, b, same, "grey", 1.0, "me", "2026-01-02")
             for a, b, same in (("aa", "bb", True), ("bb", "cc", True), ("aa", "cc", False), ("dd", "ee", True))]  # fmt: skip
    path.write_text(lines_of(lines, heading=True))
    found, problems = read_decisions([path])
    assert found[["permit_id", "other_permit_id"]].to_numpy().tolist() == [["dd", "ee"]]
    assert len(problems) == 3


def test_what_only_one_record_says_is_no_difference_and_a_renewal_names_the_other():
    one = PairRecord("a", "d", Address("f", "", 1), {"name": "A B", "sex": "F"}, {"certificate_token": "c1", "sex": "SEX_F"})
    other = PairRecord("b", "d", Address("f", "", 2), {"name": "B A", "sex": "2", "district": "X"},
                       {"previous_certificate_token": "c1", "sex": "SEX_F"})  # fmt: skip
    assert differing(one, other) == {"name"}
    assert agreeing(one, other) == {"certificate_number"}
    assert agreeing(other, one) == {"previous_certificate"}
