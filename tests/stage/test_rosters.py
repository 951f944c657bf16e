"""Exports of Survey Solutions: files of interviews and rosters, joined without losing or multiplying a row."""

import pandas as pd
import pyreadstat
import pytest

from lm_stats.spec import Fault
from lm_stats.stage.companions import find_tables
from lm_stats.stage.opening import open_files
from lm_stats.stage.reading import Reading
from lm_stats.stage.rosters import is_exported, open_rosters
from tests.stage.test_rectangular import BY_ID, CODERS, HEAD, KIND, SOURCE

VIEWS = tuple((record, SOURCE.for_record(record)) for record in KIND.records)
MAIN = ("interview__key", "interview__id", "EA", "HH", "W", "lang__1", "lang__2", "sssys_irnd", "has__errors",
        "interview__status", "assignment__id")  # fmt: skip
HOMES = [
    ("00-01", "aa", "101", "1", "1.5", "1", "0", "0.25", "0", "100", "2"),
    ("00-02", "bb", "101", "2", "2", "0", "##N/A##", "0.5", "0", "100", "2"),
    ("00-03", "cc", "102", "7", "-999999999", "", "", "0.5", "1", "100", "3"),
]
PEOPLE = ("interview__key", "interview__id", "people__id", "LINE", "SEX", "AGE", "CIT")
MEMBERS = [
    ("00-01", "aa", "1", "1", "1", "34", "710"), ("00-01", "aa", "2", "2", "2", "-999999999", "ZWE"),
    ("00-02", "bb", "1", "1", "1", "7", "##N/A##"), ("00-09", "zz", "1", "1", "2", "8", "710"),
]  # fmt: skip
JOBS = ("interview__key", "interview__id", "people__id", "jobs__id", "PAY")
WORK = [("00-01", "aa", "2", "1", "100"), ("00-01", "aa", "2", "2", "200.5"), ("00-02", "bb", "9", "1", "5")]
ACTIONS = ("interview__key", "interview__id", "date", "time", "action", "originator", "role")


@pytest.fixture
def write(tmp_path):
    """A function that writes one file of an export."""

    def write(name, head, rows):
        path = tmp_path / name
        if path.suffix in (".dta", ".sav"):
            frame = pd.DataFrame(rows, columns=list(head))
            for column in frame:
                numbers = pd.to_numeric(frame[column], errors="coerce")
                if numbers[frame[column] != ""].notna().all():
                    frame[column] = numbers.astype(float)
            labels = {"SEX": {1: "Male", 2: "Female"}, "EA": {101: "Berea"}}
            labels = {name: found for name, found in labels.items() if name in frame}
            writer = pyreadstat.write_dta if path.suffix == ".dta" else pyreadstat.write_sav
            writer(frame, path, variable_value_labels=labels)
        else:
            lines = ["\t".join(row) for row in [head, *rows]]
            path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig", newline="")
        return path

    return write


def texts(table, names):
    """The rows of a table as tuples, `reason!` for a cell that is empty for one, and their numbers."""
    rows, numbers = [], []
    for slab in table.slabs(names, {}):
        columns = []
        for name in names:
            cells = slab.cells[name]
            said = [
                f"{why}!" if why else text
                for text, why in zip(cells.texts, cells.reasons or [None] * len(cells.texts), strict=True)
            ]
            columns.append([*said, ""])
            columns[-1] = [columns[-1][place] for place in cells.places]
        rows += zip(*columns, strict=True)
        numbers += slab.numbers.tolist()
    return rows, numbers


@pytest.mark.parametrize("form", ["tab", "dta", "sav"])
def test_rosters_carry_the_columns_of_their_interviews(write, form):
    written = [write(f"jobs.{form}", JOBS, WORK), write(f"2_Individual.{form}", PEOPLE, MEMBERS),
               write(f"1_Household.{form}", MAIN, HOMES), write(f"interview__actions.{form}", ACTIONS, [])]  # fmt: skip
    (found,) = find_tables(written)
    assert found.form == "rosters"
    main, people, jobs = found.labelled
    first = 2 if form == "tab" else 1
    # own columns first; nothing of the interview's number twice
    assert people.names == (*PEOPLE, *MAIN[2:])
    assert jobs.names == (*JOBS, "LINE", "SEX", "AGE", "CIT", *MAIN[2:])
    assert people.inherited == frozenset(MAIN[2:])
    rows, numbers = texts(people, ["SEX", "AGE", "CIT", "EA", "W"])
    assert rows == [
        ("1", "34", "710", "101", "1.5"), ("2", "missing!", "ZWE", "101", "1.5"), ("1", "7", "missing!", "101", "2"),
        ("2", "8", "710", "", ""),
    ]  # fmt: skip
    assert numbers == [first, first + 1, first + 2, first + 3]
    rows, _ = texts(jobs, ["PAY", "AGE", "HH"])
    assert rows == [("100", "missing!", "1"), ("200.5", "missing!", "1"), ("5", "", "2")]
    assert texts(main, ["HH", "W", "lang__2"])[0] == [
        ("1", "1.5", "0"), ("2", "2", "missing!"), ("7", "missing!", "")
    ]  # fmt: skip
    said = [str(warning) for warning in (*people.warnings, *jobs.warnings)]
    assert any(f"1 rows belong to no row of 1_Household.{form} (rows {first + 3})" in text for text in said)
    assert any(f"1 rows belong to no row of 2_Individual.{form} (rows {first + 2})" in text for text in said)
    assert any(f"passed over: interview__actions.{form}" in text for text in said)
    assert not any("aa" in text.split() or "00-01" in text for text in said)
    if form != "tab":
        assert people.has_labels("EA")
        (slab,) = people.slabs(["EA", "SEX"], {})
        assert slab.cells["EA"].labels[slab.cells["EA"].places[0]] == "Berea"


def test_an_interview_that_is_there_twice_adds_nothing_and_multiplies_nothing(write):
    homes = write("homes.tab", MAIN, [*HOMES, HOMES[0]])
    members = write("people.tab", PEOPLE, MEMBERS[:3])
    _, people = open_rosters([(members, "text"), (homes, "text")])
    rows, numbers = texts(people, ["SEX", "HH"])
    assert rows == [("1", ""), ("2", ""), ("1", "2")]
    assert numbers == [2, 3, 4]
    (warning,) = people.warnings
    assert "2 rows have a number that another row has too (rows 2, 5)" in warning.what
    assert "nothing of them was added to 2 rows of people.tab" in warning.what


def test_files_without_roster_numbers_are_told_by_how_often_they_name_an_interview(write):
    people = write("2_Individual.tab", ("interview__key", "PID", "SEX"), [(r[0], r[2], r[4]) for r in MEMBERS])
    homes = write("1_Household.tab", ("interview__key", "EA"), [(row[0], row[2]) for row in HOMES])
    main, persons = open_rosters([(people, "text"), (homes, "text")])
    assert (main.path, persons.names) == (homes, ("interview__key", "PID", "SEX", "EA"))
    assert texts(persons, ["EA"])[0] == [("101",), ("101",), ("101",), ("",)]


def test_the_files_of_an_export_are_known_whatever_their_names(write, tmp_path):
    assert is_exported(write("a.tab", MAIN, HOMES), "text")
    assert not is_exported(write("b.csv", HEAD, []), "text")
    log = write("export (1).tab", ACTIONS, [("00-01", "aa", "2026-01-01", "10:00:00", "12", "John", "1")])
    tasks = write("assignment__actions.tab", ("assignment__id", "date", "comment"), [("2", "", "")])
    readme = write("export__readme.txt", ("Exported from the program",), [])
    program = write("homes.do", ("label variable interview__id 'Number of the interview'",), [])
    assert all(is_exported(path, "text") for path in (log, tasks, readme, program))
    with pytest.raises(Fault, match="the export holds no file with answers"):
        open_rosters([(path, "text") for path in (log, tasks, readme, program)])
    # a line that is no row of the table is read like any other text
    homes = write("homes.tab", MAIN, HOMES)
    homes.write_text(homes.read_text("utf-8").replace("\t7\t", '\t"7\n"\t'), encoding="utf-8", newline="")
    (main,) = open_rosters([(homes, "text"), (log, "text")])
    assert [row[0].strip() for row in texts(main, ["HH"])[0]] == ["1", "2", "7"]


def test_each_type_of_rows_comes_from_the_file_whose_rows_it_is(write):
    """A roster below that of persons has all headings of persons, and none of its rows is one."""
    files = [write("1.tab", MAIN, HOMES), write("2.tab", PEOPLE, MEMBERS[:3]), write("3.tab", JOBS, WORK[:2]),
             write("4.tab", ("interview__id", "cattle__id", "BREED"), [("aa", "1", "x")])]  # fmt: skip
    reading = Reading(VIEWS, BY_ID, CODERS, in_batches=True, irregular={})
    (piece,) = open_files(files, reading)
    assert (piece.file, piece.record.id) == ("2.tab", "persons")
    assert {"household_number", "psu_number", "weight", "sex"} <= piece.concepts
    (batch,) = piece.batches
    assert batch.numbers.tolist() == [2, 3, 4]
    told = [str(warning) for warning in reading.warnings]
    assert not any("headings differ" in text for text in told)
    assert any("left out: 4.tab, 3.tab" in text for text in told)


@pytest.mark.parametrize("rows", [2, 65_536])
def test_a_join_does_not_depend_on_how_many_rows_are_read_at_once(write, monkeypatch, rows):
    monkeypatch.setattr("lm_stats.stage.rosters.ROWS", rows)
    homes = [(f"00-{n}", f"k{n}", str(100 + n), str(n), f"{n}.5", "", "", "", "", "", "") for n in range(1, 8)]
    people = [(f"00-{n}", f"k{n}", "1", "1", "1", str(n), "710") for n in range(7, 0, -1)]
    _, found = open_rosters([(write("homes.tab", MAIN, homes), "text"), (write("p.tab", PEOPLE, people), "text")])
    assert texts(found, ["AGE", "EA", "HH"])[0] == [(str(n), str(100 + n), str(n)) for n in range(7, 0, -1)]


def test_numbers_have_the_declared_decimal_mark(write):
    # with a comma declared, a point would separate thousands: 1.500 would be 1500
    homes = write("homes.tab", MAIN, [("00-1", "aa", "1.5", "1", "1.500", "", "", "", "", "", "")])
    (main,) = open_rosters([(homes, "text")])
    (slab,) = main.slabs(["EA", "W"], {"W": ","})
    assert (slab.cells["W"].texts, slab.cells["EA"].texts) == (["1,500"], ["1.5"])


def test_a_row_is_there_once_where_the_rest_is_read_as_a_whole(write, monkeypatch):
    monkeypatch.setattr("lm_stats.stage.delimited.BLOCK", 4096)
    homes = write("homes.tab", MAIN, [(f"00-{n}", f"k{n}", "1", str(n), *["0"] * 7) for n in range(1, 600)])
    text = homes.read_text("utf-8-sig").replace("\t598\t", '\t"598\n"\t')
    homes.write_text(text, encoding="utf-8", newline="")
    (main,) = open_rosters([(homes, "text")])
    rows, _ = texts(main, ["HH"])
    assert [row[0].strip() for row in rows] == [str(n) for n in range(1, 600)]
