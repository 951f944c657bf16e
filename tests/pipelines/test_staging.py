"""What the staged state says of its deliveries."""

import csv

from lm_stats.spec import Problem
from pipelines.defs.s1_staged import over_sheets
from tests.shortcuts import without_dagster


def test_what_holds_for_several_sheets_is_said_once():
    said = [Problem(f"a.xlsx, sheet {year}", "column Sex is new", "Declare it.") for year in (2014, 2015, 2016)]
    other = [Problem("a.xlsx, sheet 2014", "a title", "None."), Problem("a.xlsx", "a workbook", "None.")]
    assert over_sheets([said[0], other[0], *said[1:], other[1]]) == (
        Problem("a.xlsx, sheet 2014 and 2 more", "column Sex is new", "Declare it."), *other,
    )  # fmt: skip


def test_two_files_are_told_apart():
    said = [Problem(f"{name}.xlsx, sheet 1", "column Sex is new", "Declare it.") for name in "ab"]
    assert over_sheets(said) == tuple(said)


def run(office):
    """Make the staged state; nothing is looked at of what is made from it."""
    with without_dagster(left_out=("harmonised", "observatory", "indicators", "protected", "published")):
        return office.call("run")


def test_a_heading_that_nobody_is_certain_of_is_one_question_and_its_answer_holds(office):
    office.receive(office.register("north", 2014), period="2014")
    assert run(office).code == 0
    staged = office.root / "curated/staged/xab/north"
    lines = list(csv.DictReader((staged / "2014.v1.layout.csv").open(encoding="utf-8")))
    assert [line["concept"] for line in lines][:2] == ["application_number", "decision"]
    assert {line["how"] for line in lines} == {"declared"}
    good = (staged / "2014.v1.parquet").read_bytes()
    # the next version calls one column what nobody knows
    text = office.register("north", 2014, rows=13).replace("Nationality", "Column 8", 1)
    path = office.file(text, "renamed.csv")
    decisions = office.root / "raw/xab/decisions"
    named = ("--country", "xab", "--agency", "XAB_NORTH", "--kind", "work_permits")
    assert "decisions/layout_north_" in office.call("check", path, *named).problems
    office.call("receive", path, *named, "--period", "2014")
    assert not decisions.exists()
    said = run(office)
    assert said.code != 0
    (problem,) = said.document["problems"]
    (question,) = decisions.glob("*.csv")
    assert question.name in problem["do"]
    assert "citizenship may be column I" in problem["what"]
    assert (staged / "2014.v1.parquet").read_bytes() == good
    assert not (staged / "2014.v2.layout.csv").exists()
    # asking changes nothing by itself, and the question is not written over
    lines = list(csv.DictReader(question.open(encoding="utf-8")))
    assert [(line["heading"], line["concept"]) for line in lines if line["how"].startswith("unclear")] == [
        ("Column 8", "citizenship")
    ]
    assert not any("CHN" in line or "Person" in line for line in question.read_text(encoding="utf-8").splitlines())

    with question.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows({**line, "decided_by": "T. Analyst", "decided_on": "2026-11-22"} for line in lines)
    assert run(office).code == 0
    found = list(csv.DictReader((staged / "2014.v2.layout.csv").open(encoding="utf-8")))
    assert {line["how"] for line in found} == {"decided"}
    assert [line["concept"] for line in found if line["heading"] == "Column 8"] == ["citizenship"]
    # what was confirmed is known from now on, wherever the column stands
    text = "\n".join(",".join(line.split(",")[::-1]) for line in text.splitlines()).replace("Number", "File No.", 1)
    office.receive(text, period="2015")
    said = run(office)
    assert said.code == 0
    assert "'File No.' -> application_number" in str(said.document["warnings"])
