"""The coding memory: lines that count, lines that do not and are told of, and what they do to a source."""

import pandas as pd
import pytest

from lm_stats.coding import choices_of, lines_of, read_memory, remember
from lm_stats.coding.memory import MEMORY_COLUMNS, Decision, what_is_wrong
from lm_stats.compile.coder import Coder
from lm_stats.spec import Code, Codelist, Concept, Kind, MapEntry, Part, Record, Source

CODES = (Code("_T", "Total", kind="total"), Code("AAA", "Aland"), Code("BBB", "Beland"), Code("X", "?", kind="missing"))
LIST = Codelist("areas", CODES)
CONCEPT = Concept("citizenship", "Citizenship", "Whose citizen.", "code", "areas")
CONCEPTS = {"citizenship": CONCEPT, "name": Concept("name", "Name", "Name.", identifier="name")}
KIND = Kind("register", "Register", (Record("", "worker", "permits", ("citizenship", "name"), (), ()),))
SOURCE = Source("register", "OFFICE", "csv", {}, id="north", entries={"citizenship": (MapEntry("Beeland", "BBB"),)})
CHOICES = choices_of([SOURCE], {"register": KIND}, CONCEPTS, {"areas": LIST})
GOOD = "north,citizenship,Aaland,AAA,,,T. Analyst,2026-01-31,"
HEAD = ",".join(MEMORY_COLUMNS)


def _memory(tmp_path, *lines, head=HEAD):
    path = tmp_path / "raw/xab/decisions/coding.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8", newline="\n")
    return read_memory([path, tmp_path / "none.csv"], CHOICES)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("south,citizenship,Aaland,AAA,,,T. Analyst,2026-01-31,", "source is none of this sender"),
        ("north,name,Aaland,AAA,,,T. Analyst,2026-01-31,", "concept is none that the source codes"),
        ("north,citizenship, .,AAA,,,T. Analyst,2026-01-31,", "value is empty"),
        ("north,citizenship,Aaland,CCC,,,T. Analyst,2026-01-31,", "code is not one that rows may carry"),
        ("north,citizenship,Aaland,_T,,,T. Analyst,2026-01-31,", "code is not one that rows may carry"),
        ("north,citizenship,Aaland,,,,T. Analyst,2026-01-31,", "code is not one that rows may carry"),
        ("north,citizenship,Aaland,AAA,2014,,T. Analyst,2026-01-31,", "valid_from is no date"),
        ("north,citizenship,Aaland,AAA,2015-01-01,2014-01-01,T. Analyst,2026-01-31,", "valid_from is after valid_to"),
        ("north,citizenship,Aaland,AAA,,,T. Analyst,31/31/2026,", "decided_on is no date"),
        ("north,citizenship,Aaland,AAA,,,T. Analyst,,", "decided_on is no date"),
        ("north,citizenship,Aaland,AAA,,,,2026-01-31,", "decided_by is empty"),
        ("north,citizenship,Aaland,AAA", "it has not 9 fields"),
        ('north,citizenship,"Aaland"x,AAA,,,T. Analyst,2026-01-31,', "it has not 9 fields"),
    ],
)
def test_a_wrong_line_is_told_of_and_the_others_count(tmp_path, line, what):
    memory = _memory(tmp_path, GOOD, line)
    assert [one.value for one in memory.decisions] == ["Aaland"]
    (problem,) = memory.problems
    assert problem.where == "xab/decisions/coding.csv, line 3"
    assert problem.what.startswith(what)
    assert "Aaland" not in str(problem)


def test_a_memory_that_a_spreadsheet_saved_counts(tmp_path):
    path = tmp_path / "raw/xab/decisions/coding.csv"
    path.parent.mkdir(parents=True)
    line = GOOD.replace("Aaland", "\u00c5land").replace("2026-01-31", "31/01/2026")
    for encoding, delimiter, told in (("cp1252", ";", 1), ("utf-16", "\t", 0), ("utf-8-sig", ",", 0)):
        text = "\r\n".join((HEAD, line, "broken")).replace(",", delimiter)
        path.write_bytes(text.encode(encoding))
        memory = read_memory([path], CHOICES)
        assert [(one.value, one.decided_on) for one in memory.decisions] == [("\u00c5land", "2026-01-31")]
        assert [p.where.endswith("line 3") for p in memory.problems] == [False] * told + [True]
    path.write_bytes(HEAD.encode() + b"\n\x81")
    memory = read_memory([path], CHOICES)
    assert "Error" not in str(memory.problems)
    assert "its letters cannot be read" in memory.problems[0].what


def test_contradicting_lines_do_not_count_unless_at_other_times_or_for_another_source(tmp_path):
    memory = _memory(
        tmp_path,
        GOOD,
        "north,citizenship,AALAND.,BBB,,,T. Analyst,2026-01-31,",
        "north,citizenship,Ceeland,AAA,,2014-12-31,T. Analyst,2026-01-31,",
        "north,citizenship,Ceeland,BBB,2015-01-01,,T. Analyst,2026-01-31,",
        "*,citizenship,Ceeland,X,,,T. Analyst,2026-01-31,not stated",
        # on one day both would hold
        "north,citizenship,Deeland,AAA,,2014-12-31,T. Analyst,2026-01-31,",
        "north,citizenship,Deeland,BBB,2014-12-31,,T. Analyst,2026-01-31,",
    )
    assert [problem.where[-6:] for problem in memory.problems] == ["line 2", "line 3", "line 7", "line 8"]
    entries = memory.entries(SOURCE)["citizenship"]
    assert [(e.code, e.rule) for e in entries] == [("AAA", "reviewed"), ("BBB", "reviewed"), ("X", "reviewed")]
    assert not _memory(tmp_path, GOOD, head="a,b").decisions


def test_a_code_for_every_source_is_one_that_each_of_them_admits():
    sums = Kind("stock", "Stock", (Record("", "stock", "stock", ("citizenship",), (), (), sums=True),))
    sources = [SOURCE, Source("stock", "OFFICE", "csv", {}, id="stock")]
    choices = choices_of(sources, {"register": KIND, "stock": sums}, CONCEPTS, {"areas": LIST})
    decided = {"concept": "citizenship", "value": "All", "decided_by": "T. Analyst", "decided_on": "2026-01-31"}
    found = {
        (source, code): what_is_wrong(Decision(source=source, code=code, **decided), choices) is None
        for source in ("stock", "north", "*")
        for code in ("_T", "AAA")
    }
    assert found == {
        ("stock", "_T"): True, ("stock", "AAA"): True, ("north", "_T"): False, ("north", "AAA"): True,
        ("*", "_T"): False, ("*", "AAA"): True,
    }  # fmt: skip


def test_decisions_stand_before_the_maps_of_a_source_and_of_its_parts(tmp_path):
    memory = _memory(tmp_path, GOOD, "*,citizenship,Beeland,X,,,T. Analyst,2026-01-31,")
    part = Part(entries={"citizenship": (MapEntry("Beland of old", "BBB"),)})
    source = remember(Source("register", "O", "csv", {}, id="north", entries=SOURCE.entries, parts={"": part}),
                      memory.entries(SOURCE))  # fmt: skip
    assert remember(SOURCE, {}) is SOURCE
    for view in (source, source.for_record(KIND.records[0])):
        coder = Coder(CONCEPT, LIST, view.entries["citizenship"])
        coded = coder.code(pd.Series(["AALAND", "Beeland"], dtype="str"))
        assert coded["code"].tolist() == ["AAA", "X"]
        assert coded["rule"].tolist() == ["reviewed", "reviewed"]
    assert source.parts[""].entries["citizenship"][-1].value == "Beland of old"


def test_what_would_run_in_a_spreadsheet_cannot_and_is_read_back_as_it_was(tmp_path):
    written = [
        Decision("north", "citizenship", text, "AAA", "", "", "T. Analyst", "2026-01-31", "it, 'says' so")
        for text in ("=1+1", "a;=b", "'quoted", "@c", "- d")
    ]
    text = lines_of(written, heading=True)
    assert "\nnorth,citizenship,'=1+1," in text
    memory = _memory(tmp_path, *text.splitlines()[1:], head=text.splitlines()[0])
    assert list(memory.decisions) == written
