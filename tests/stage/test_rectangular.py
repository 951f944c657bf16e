"""Plain tables of unit records (CSV, Stata, SPSS), which are read in batches."""

import csv
import datetime as dt
import io
import os
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lm_stats.catalog.concepts import CONCEPTS
from lm_stats.compile.coder import Coder
from lm_stats.handover import RETURNED_SHEETS, RETURNED_WORDS
from lm_stats.spec import (
    SYNTHETIC_STATEMENT,
    Code,
    Codelist,
    DeliveredFile,
    Delivery,
    Fault,
    Kind,
    MapEntry,
    Part,
    Record,
    Source,
)
from lm_stats.stage import Keyring, check_readable, is_marked_synthetic, read_originals, stage
from lm_stats.stage.content import find_format
from lm_stats.stage.spss_dictionary import has_sound_dictionary
from lm_stats.stage.statistical import open_statistical

KEYRING = Keyring(b"a key of the tests")
BY_ID = {concept.id: concept for concept in CONCEPTS}
COMMON = ("household_number", "person_number", "psu_number", "sex", "age", "weight")
PERSONS = Record(
    "persons", "person", "population", (*COMMON, "citizenship", "monthly_pay", "issue_date", "name", "phone",
    "employer"), ("household_number", "sex"), ("household_number",),
)  # fmt: skip
ABSENTEES = Record(
    "absentees", "member abroad", "absentees", (*COMMON, "country_of_stay"), ("household_number", "country_of_stay"),
    ("household_number",), optional=True,
)  # fmt: skip
KIND = Kind("counts", "Counts", (PERSONS, ABSENTEES), rectangular=True)
SOURCE = Source(
    kind="counts", agency="XAA", reader="csv", id="count", ref_area="XAA",
    columns={"household_number": ("EA + HH",), "person_number": ("LINE",), "psu_number": ("EA",), "sex": ("SEX",),
             "age": ("AGE",), "weight": ("W",)},
    entries={"sex": (MapEntry("1", "SEX_M"), MapEntry("2", "SEX_F")), "citizenship": (MapEntry("710", "ZAF"),)},
    parts={
        "persons": Part({"citizenship": ("CIT",), "monthly_pay": ("PAY",), "issue_date": ("DATE",), "name": ("NAME",),
                         "phone": ("PHONE",), "employer": ("EMPLOYER",)},
                        optional=("monthly_pay", "issue_date", "name", "phone", "employer")),
        "absentees": Part({"country_of_stay": ("STAY",)}),
    },
    optional=("weight", "psu_number"), ignored=("REMARKS",),
)  # fmt: skip
LISTS = {
    "sex": Codelist("sex", (Code("SEX_M", "Male"), Code("SEX_F", "Female"))),
    "areas": Codelist("areas", (Code("ZAF", "South Africa"), Code("ZWE", "Zimbabwe"))),
}
CODERS = {
    record.id: {
        name: Coder(BY_ID[name], LISTS[BY_ID[name].codelist], SOURCE.entries.get(name, ()))
        for name in record.concepts
        if BY_ID[name].codelist in LISTS
    }
    for record in KIND.records
}
HEAD = ("EA", "HH", "LINE", "SEX", "AGE", "W", "CIT")
ROWS = [
    ("101", "1", "1", "1", "34", "1.5", "710"), ("101", "1", "2", "2", "", "1.5", "ZWE"),
    ("101", "12", "1", "2", "7", "2", "Klingon"),
]  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """A function that stages files, and reads back each type of rows."""

    def run(*paths, kind=KIND, period="2016", **changed):
        files = tuple(DeliveredFile(path.name, "original", path.stat().st_size, "") for path in paths)
        delivery = Delivery(
            f"xaa/count/{period}.v1", "XAA", "count", "counts", "XAA", period, 1, "2017-02-03T10:00:00", "real", files
        )
        into = tmp_path / "staged"
        into.mkdir(exist_ok=True)
        for old in into.iterdir():
            old.unlink()
        staged = stage(replace(SOURCE, **changed), kind, BY_ID, CODERS, delivery, paths[0].parent, KEYRING, into)
        assert {path.name for path in into.iterdir()} == {part.path.name for part in staged.parts}
        frames = {part.record: pq.read_table(part.path).to_pandas() for part in staged.parts}
        for part in staged.parts:
            assert len(frames[part.record]) == part.rows
        return frames, staged

    return run


@pytest.fixture
def write(tmp_path):
    """A function that writes rows as CSV."""

    def write(rows=ROWS, head=HEAD, name="persons.csv", delimiter=",", ending="\n", **options):
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=ending, **options).writerows([head, *rows])
        (tmp_path / name).write_bytes(text.getvalue().encode("utf-8"))
        return tmp_path / name

    return write


def household(text, period="2016"):
    return KEYRING.serial(f"household xaa/count {period}", pd.Series([text], dtype="str"))[0]


def test_a_regular_file_is_staged_as_it_stands(run, write):
    frames, staged = run(write())
    frame = frames["persons"]
    assert [part.path.name for part in staged.parts] == ["2016.v1.persons.parquet"]
    assert list(frame) == [
        "source_file", "source_sheet", "source_row", "excluded", "household_id", "person_number", "psu", "sex", "age",
        "weight", "citizenship",
    ]  # fmt: skip
    assert frame["source_row"].dtype == "int32"
    assert list(frame["source_row"]) == [2, 3, 4]
    assert set(frame["source_file"]) == {"persons.csv"}
    assert list(frame["household_id"]) == [household("101-1")] * 2 + [household("101-12")]
    assert frame["psu"].nunique() == 1
    assert frame["psu"][0] == KEYRING.serial("psu xaa/count", pd.Series(["101.0"], dtype="str"))[0]
    assert list(frame["age"].fillna("-")) == ["34", "-", "7"]
    assert list(frame["citizenship"][:2]) == ["710", "ZWE"]
    assert frame["citizenship"][2].startswith("withheld:")
    absent, other = staged.warnings
    assert absent.what.startswith("declared columns were not found: monthly_pay")
    assert other.what == "no file has the headings of type absentees (member abroad)"


def test_numbers_of_households_mean_something_within_a_period_and_of_units_always(run, write):
    one, other = (run(write(), period=period)[0]["persons"] for period in ("2016", "2026"))
    assert one["household_id"].isin(other["household_id"]).sum() == 0
    assert list(one["psu"]) == list(other["psu"])


@pytest.mark.parametrize("text", ["", "n/a"])
def test_a_number_with_a_missing_part_has_no_token(run, write, text):
    rows = [*ROWS, ("102", text, "1", "1", "5", "1", "710")]
    for kind in (KIND, replace(KIND, rectangular=False)):
        frame = run(write(rows), kind=kind)[0]["persons"]
        assert list(frame["household_id"].isna()) == [False] * 3 + [True]
        assert frame["psu"][3] != frame["psu"][0]


def test_every_file_finds_its_type_of_rows(run, write):
    stay = ("EA", "HH", "LINE", "SEX", "AGE", "W", "STAY", "REMARKS")
    abroad = write([("101", "1", "9", "1", "40", "1", "South Africa", "x")], stay, "abroad.csv")
    more = write(ROWS[:1], HEAD, "more.csv")
    frames, staged = run(abroad, write(), more)
    assert {name: len(frame) for name, frame in frames.items()} == {"persons": 4, "absentees": 1}
    assert list(frames["persons"]["source_file"]) == ["persons.csv"] * 3 + ["more.csv"]
    assert frames["absentees"]["household_id"][0] == frames["persons"]["household_id"][0]
    assert list(frames["absentees"]["country_of_stay"]) == ["South Africa"]
    assert not any("type" in warning.what for warning in staged.warnings)
    with pytest.raises(Fault, match=r"no file has the headings of type persons \(person\)"):
        run(abroad)
    with pytest.raises(Fault, match="there are no data rows of type persons"):
        run(abroad, write([]))
    # the nearest type is the one whose difference is told
    with pytest.raises(Fault, match=r"persons.csv: headings differ.*missing: sex \('SEX'; perhaps now 'SEXX'\)"):
        run(write(head=["SEXX" if heading == "SEX" else heading for heading in HEAD]))
    with pytest.raises(Fault, match=r"missing: household_number \('EA \+ HH'"):
        run(write(head=["HOUSE" if heading == "HH" else heading for heading in HEAD]))


def test_a_parquet_file_is_staged_as_the_same_rows_in_a_text(run, write, tmp_path):
    columns = [pa.array([row[place] or None for row in ROWS]) for place in range(len(HEAD))]
    columns[1] = columns[1].cast(pa.float64())
    columns[4] = columns[4].cast(pa.int8())
    pq.write_table(pa.table(columns, names=HEAD), tmp_path / "persons.parquet")
    frames, staged = run(tmp_path / "persons.parquet", reader="parquet")
    expected = run(write())[0]["persons"].drop(columns=["source_file", "source_row"])
    assert list(frames["persons"]["source_row"]) == [1, 2, 3]
    pd.testing.assert_frame_equal(frames["persons"].drop(columns=["source_file", "source_row"]), expected)
    assert not any("declares" in str(warning) for warning in staged.warnings)


def test_an_export_of_interviews_and_rosters_is_staged_without_their_numbers(run, tmp_path):
    number = "5b3c8288289646699580e16f5d1b6d1e"
    texts = {
        "homes.tab": [("interview__key", "interview__id", "EA", "HH", "W", "has__errors"),
                      ("12-34-56-78", number, "101", "12", "2.5", "0")],
        "people.tab": [("interview__key", "interview__id", "people__id", "LINE", "SEX", "AGE", "CIT"),
                       ("12-34-56-78", number, "1", "1", "1", "34", "710"),
                       ("12-34-56-78", number, "2", "2", "2", "-999999999", "##N/A##")],
        "interview__errors.tab": [("interview__key", "interview__id", "variable", "type", "message")],
    }  # fmt: skip
    for name, lines in texts.items():
        (tmp_path / name).write_text("\n".join(map("\t".join, lines)), encoding="utf-8-sig", newline="")
    frames, staged = run(*(tmp_path / name for name in texts), reader="rosters")
    frame = frames["persons"]
    assert [*zip(frame["source_file"], frame["source_row"], strict=True)] == [("people.tab", 2), ("people.tab", 3)]
    assert list(frame["household_id"]) == [household("101-12")] * 2
    assert list(frame["weight"]) == ["2.5", "2.5"]
    assert blanked(frame["age"]) == ["34", "-"]
    assert blanked(frame["age_missing"]) == ["-", "missing"]
    assert blanked(frame["citizenship_missing"]) == ["-", "missing"]
    content = staged.parts[0].path.read_bytes()
    assert all(text.encode() not in content for text in (number, "12-34-56-78", "-999999999"))
    told = [str(warning) for warning in staged.warnings]
    assert any("passed over: interview__errors.tab" in text for text in told)
    assert not any("headings differ" in text or number in text for text in told)


IRREGULAR = {
    "title": ("Persons counted\n{head}\n{rows}", ""),
    "separator": ("sep=,\n{head}\n{rows}", ""),
    "quoted line": ('{head}\n{rows}\n101,13,1,1,5,1,"7\n10"', "line 5: a value in quotation marks goes on"),
    "too many": ("{head}\n{rows}\n101,13,1,1,5,1,710,9,9", "line 5: the line holds 9 cells where there are 7"),
    "too few": ("{head}\n{rows}\n101,13,1\n101,14,1,1,5,1,710", "line 5: the line holds 3 cells where there are 7"),
    "zero": ("{head}\n{rows}\n101,1\x003,1,1,5,1,710", "line 5: the line holds a zero character"),
    "lone": ("{head}\n{rows}\r101,13,1,1,5,1,710", "line 4: the line holds the sign for a new line of another"),
    "quote": ('{head}\n{rows}\n101,1"3,1,1,5,1,710', "line 5: a quotation mark stands inside a value"),
    "utf-16": ("{head}\n{rows}", "line 1: the text is UTF-16"),
}


@pytest.mark.parametrize("name", IRREGULAR)
def test_other_files_are_read_as_a_whole_where_they_fit(run, tmp_path, name, monkeypatch):
    text, said = IRREGULAR[name]
    path = tmp_path / "persons.csv"
    lines = "\n".join(",".join(row) for row in ROWS)
    content = text.format(head=",".join(HEAD), rows=lines)
    path.write_bytes(content.encode("utf-16" if name == "utf-16" else "utf-8"))
    frame = run(path)[0]["persons"]
    assert list(frame["household_id"][:3]) == [household("101-1")] * 2 + [household("101-12")]
    assert len(frame) >= 3
    monkeypatch.setattr("lm_stats.stage.opening.CELLS_LIMIT", 10)
    with pytest.raises(Fault, match=r"a file of this size can only be read where") as fault:
        run(path)
    (problem,) = fault.value.problems
    assert said in str(problem).replace("persons.csv, ", "")
    assert "13" not in problem.what


def test_a_quotation_mark_that_is_not_closed_is_a_fault(run, tmp_path):
    path = tmp_path / "persons.csv"
    lines = [",".join(HEAD), *(",".join(row) for row in ROWS), '101,"13,1,1,5,1,710', *(",".join(r) for r in ROWS)]
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    with pytest.raises(Fault, match="line 5: a quotation mark is opened and not closed"):
        run(path)


def test_encodings_ends_of_lines_and_blank_lines(run, tmp_path):
    head = ",".join(HEAD)
    expected = [2, 4, 6]
    for encoding, ending in (("utf-8-sig", "\r\n"), ("cp1252", "\n"), ("utf-8", "\r\n")):
        lines = [head, ",".join(ROWS[0]), "", "101,1,2,2,5,1,S\u00fcdafrika", ",,,,,,", ",".join(ROWS[2]), " ,,,,,,"]
        path = tmp_path / "persons.csv"
        path.write_bytes(ending.join([*lines, "", ""]).encode(encoding))
        frames, staged = run(path, entries={**SOURCE.entries, "citizenship": (MapEntry("S\u00fcdafrika", "ZAF"),)})
        frame = frames["persons"]
        assert list(frame["source_row"]) == expected
        assert frame["citizenship"][1].startswith("withheld:")
        assert frame["citizenship"][1] == "withheld:" + KEYRING.tokens("withheld", pd.Series(["S\u00fcdafrika"]))[0]
        assert not any("Windows-1252" in warning.what for warning in staged.warnings)
    path.write_bytes(f"{head}\n101,1,1,1,5,1,\u00e9\u00e9\n".encode() + "101,1,2,1,5,1,\u00e9\n".encode("cp1252"))
    assert any("partly Windows-1252" in warning.what for warning in run(path)[1].warnings)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks and batches of a few lines."""
    monkeypatch.setattr("lm_stats.stage.delimited.BLOCK", 1500)
    monkeypatch.setattr("lm_stats.stage.delimited.SLACK", 64)
    for module in ("delimited", "delivery", "statistical", "batches"):
        monkeypatch.setattr(f"lm_stats.stage.{module}.ROWS", 20)
    monkeypatch.setattr("lm_stats.stage.statistical.CELLS", 200)


def many(count=120):
    return [(str(100 + i // 30), str(i // 3 % 10), str(i % 3 + 1), str(i % 2 + 1), str(i % 80), "1", "ZAF")
            for i in range(count)]  # fmt: skip


def test_what_is_read_at_a_time_is_bounded(run, write, small_blocks, monkeypatch):
    screened = []
    seen = Keyring.plain_serials
    monkeypatch.setattr(Keyring, "plain_serials", lambda self, purpose, values: (
        screened.append(len(values)), seen(self, purpose, values))[1])  # fmt: skip
    rows = many()
    frames, staged = run(write(rows))
    frame = frames["persons"]
    assert list(frame["source_row"]) == list(range(2, 122))
    assert list(frame["household_id"]) == [household(f"{ea}-{hh}") for ea, hh, *_ in rows]
    file = pq.ParquetFile(staged.parts[0].path)
    groups = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
    assert len(groups) >= 6
    assert max(groups) <= 20
    assert max(screened) <= 20
    assert file.schema_arrow.field("sex").type == "string"
    assert b"pandas" not in (file.schema_arrow.metadata or {})


def test_bytes_repeat_and_workbooks_and_batches_agree(run, write, small_blocks):
    path = write(many())
    first = {part.record: part.path.read_bytes() for part in run(path)[1].parts}
    again = {part.record: part.path.read_bytes() for part in run(path)[1].parts}
    assert first == again
    streamed, whole = run(path)[0]["persons"], run(path, kind=replace(KIND, rectangular=False))[0]["persons"]
    assert streamed.equals(whole)


@pytest.mark.parametrize("delimiter", [",", "|"])
def test_totals_headings_and_footers_are_no_records(run, write, delimiter):
    rows = [
        *ROWS[:2], HEAD, ("Total", "", "", "", "2", "", ""), ("", "", "Sub-total", "", "", "", ""), *ROWS[2:],
        ("", "", "", "1", "5", "1", "710"), ("TOTAL", "", "", "", "", "3", ""), ("Source", "", "", "", "", "", ""),
    ]  # fmt: skip
    for kind in (KIND, replace(KIND, rectangular=False)):
        frames, staged = run(write(rows, delimiter=delimiter, quoting=csv.QUOTE_ALL), kind=kind)
        expected = ["", "", "heading", "total", "total", "", "", "total", "footer"]
        assert list(frames["persons"]["excluded"]) == expected
        assert staged.parts[0].excluded == {"footer": 1, "heading": 1, "total": 3}


CELL = st.sampled_from(
    ["", " ", "101", "1", "2", "3.0", "TOTAL", "Total Ltd", "-", "n/a", "ZAF", "South Africa", "710", "SEX", "SEX_F",
     "EA", "x,y", 'a "b" c', "Source: office", "1E+08", "99999999999", "\u00e9", "=1", "'", "007"]
) | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)  # fmt: skip
TABLE = st.lists(st.lists(CELL, min_size=len(HEAD), max_size=len(HEAD)), min_size=1, max_size=12)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLE, before=st.booleans(), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
@example(rows=[["", "", "", "", "", "", " "], HEAD], before=True, quoting=csv.QUOTE_ALL)
@example(rows=[["TOTAL", "1", "", "1", "", "", "x"], [*[""] * 5, "Total", ""]], before=True, quoting=csv.QUOTE_ALL)
def test_streamed_and_whole_files_stage_the_same_rows(rows, before, quoting, run, write):
    path = write([*(ROWS if before else ()), *rows], quoting=quoting)
    found = []
    for kind in (KIND, replace(KIND, rectangular=False)):
        try:
            frames, staged = run(path, kind=kind)
            found.append((frames["persons"], staged.warnings))
        except Fault as fault:
            found.append((None, str(fault)))
    (streamed, said), (whole, told) = found
    assert said == told
    if streamed is not None:
        pd.testing.assert_frame_equal(streamed, whole)


# files of statistical packages

LABELS = {"SEX": {1: "Male", 2: "Female"}, "CIT": {1: "Zimbabwe", 2: "Zimbabwe", 710: "South Africa", 9: "Klingon"}}


def frame_of(**changed):
    columns = {
        "EA": [101.0, 101.0, 102.0, 102.0], "HH": [1.0, 1.0, 2.0, None], "LINE": [1, 2, 1, 2],
        "SEX": [1.0, 2.0, 9.0, None], "AGE": [34.0, 98.0, 7.0, None], "W": [1.5, 0.1, 2.0, 1234.25],
        "CIT": [1.0, 710.0, 9.0, 99.0], "DATE": pd.to_datetime(["2016-04-01", "2016-04-02", None, "2016-04-01"]),
    }  # fmt: skip
    return pd.DataFrame({**columns, **changed})


@pytest.fixture
def write_dta(tmp_path):
    def write(frame, name="persons.dta", **options):
        pyreadstat.write_dta(frame, tmp_path / name, **{"variable_value_labels": LABELS, **options})
        return tmp_path / name

    return write


@pytest.fixture
def write_sav(tmp_path):
    def write(frame, name="persons.sav", **options):
        ranges = {"AGE": [{"lo": 98, "hi": 99}], "SEX": [9]}
        labels = {**LABELS, "SEX": {**LABELS["SEX"], 9: "Refused"}}
        given = {"variable_value_labels": labels, "missing_ranges": ranges, **options}
        pyreadstat.write_sav(frame, tmp_path / name, **given)
        return tmp_path / name

    return write


def blanked(values):
    return ["-" if value is None or value != value else value for value in values]


@pytest.mark.parametrize("options", [{}, {"row_compress": True}, {"compress": True}])
def test_spss(run, write_sav, options, small_blocks):
    path = write_sav(frame_of(), **options)
    assert find_format(path) == "spss"
    frames, staged = run(path, reader="spss")
    frame = frames["persons"]
    assert list(frame["source_row"]) == [1, 2, 3, 4]
    assert blanked(frame["household_id"]) == [household("101-1")] * 2 + [household("102-2"), "-"]
    assert list(frame["person_number"]) == ["1", "2", "1", "2"]
    assert blanked(frame["sex"]) == ["1", "2", "-", "-"]
    assert blanked(frame["sex_label"]) == ["Male", "Female", "-", "-"]
    assert blanked(frame["sex_missing"]) == ["-", "-", "Refused", "-"]
    assert blanked(frame["age"]) == ["34", "-", "7", "-"]
    assert blanked(frame["age_missing"]) == ["-", "98", "-", "-"]
    assert "age_label" not in frame
    assert list(frame["weight"]) == ["1.5", "0.1", "2", "1234.25"]
    assert frame["citizenship"][1] == "710"
    # the code is not known, but its label is; a short one says nothing of a person and is kept
    assert frame["citizenship"][0] == "1"
    assert list(frame["citizenship_label"][:2]) == ["Zimbabwe", "South Africa"]
    assert frame["citizenship_label"][2].startswith("withheld:")
    assert "citizenship_missing" not in frame
    assert blanked(frame["issue_date"]) == ["2016-04-01", "2016-04-02", "-", "2016-04-01"]
    told = [str(warning) for warning in staged.warnings]
    assert sum("variable CIT: 1 labels stand for more than one value" in text for text in told) == 1
    assert not any("declares" in text for text in told)


@pytest.mark.parametrize("version", [8, 12, 15])
def test_stata(run, write_dta, version, small_blocks):
    frame = frame_of(SEX=pd.Series([1, 2, "b", np.nan], dtype=object), W=[1.5, 0.1, 2, 1e6])
    labels = {**LABELS, "SEX": {1: "Male", 2: "Female", "b": "Don't know"}}
    path = write_dta(frame, version=version, variable_value_labels=labels, missing_user_values={"SEX": ["b"]})
    assert find_format(path) == "stata"
    frames, staged = run(path)
    frame = frames["persons"]
    assert list(frame["source_row"]) == [1, 2, 3, 4]
    assert blanked(frame["sex"]) == ["1", "2", "-", "-"]
    assert blanked(frame["sex_label"]) == ["Male", "Female", "-", "-"]
    assert blanked(frame["sex_missing"]) == ["-", "-", "Don't know", "-"]
    assert [name for name in frame if name.endswith("_missing")] == ["sex_missing"]
    assert list(frame["weight"]) == ["1.5", "0.1", "2", "1000000"]
    assert blanked(frame["issue_date"]) == ["2016-04-01", "2016-04-02", "-", "2016-04-01"]
    assert any("the file is a Stata file although source count declares CSV" in str(w) for w in staged.warnings)
    unlabelled = write_dta(
        frame_of(SEX=pd.Series([1, 2, "b", np.nan], dtype=object)), version=version, missing_user_values={"SEX": ["b"]}
    )
    assert blanked(run(unlabelled)[0]["persons"]["sex_missing"]) == ["-", "-", ".b", "-"]


def test_variables_are_found_by_name_or_label(run, write_dta):
    frame = frame_of().rename(columns={"EA": "v1", "HH": "v2", "SEX": "v3"})
    titles = ["EA", "HH", "AGE", "sex", "CIT", None, None, None]
    found = run(write_dta(frame, column_labels=titles, variable_value_labels={}))[0]["persons"]
    assert blanked(found["household_id"]) == [household("101-1")] * 2 + [household("102-2"), "-"]
    assert list(found["sex"][:2]) == ["1", "2"]
    # names come first
    assert list(found["age"][:3]) == ["34", "98", "7"]
    with pytest.raises(Fault, match=r"persons.dta: headings differ from the declaration; missing: sex"):
        run(write_dta(frame, column_labels=["EA", "HH", *[None] * 6], variable_value_labels={}))


def test_numbers_of_single_precision_are_as_they_were_written(run, tmp_path):
    frame = frame_of(W=np.array([1.5, 0.1, 2, 1e6], dtype="float32"), AGE=np.array([1, 2, 3, 0.00001]))
    frame.to_stata(tmp_path / "persons.dta", write_index=False, version=117)
    found = run(tmp_path / "persons.dta")[0]["persons"]
    assert list(found["weight"]) == ["1.5", "0.1", "2", "1000000"]
    assert list(found["age"]) == ["1", "2", "3", "0.00001"]


@pytest.mark.parametrize("form", ["dta", "old", "sav", "row", "zsav"])
def test_files_that_are_cut_off_are_told(write_dta, write_sav, tmp_path, form):
    big = pd.concat([frame_of()] * 50, ignore_index=True)
    options = {"row": {"row_compress": True}, "zsav": {"compress": True}, "old": {"version": 12}}.get(form, {})
    whole = write_dta(big, **options) if form in ("dta", "old") else write_sav(big, **options)
    find_format(whole)
    content = whole.read_bytes()
    # labels stand last in older Stata files, and their end is nowhere said
    for share in (0.1, 0.5, 0.8, 0.8 if form == "old" else 0.995):
        path = tmp_path / "cut"
        path.write_bytes(content[: int(len(content) * share)])
        # old enough not to be waited for
        os.utime(path, (0, 0))
        with pytest.raises(Fault, match="cut: the file is cut off or damaged"):
            check_readable(path)


def test_a_damaged_description_never_reaches_the_reader(write_sav, tmp_path):
    """The reader believes what stands there, and a width of millions ends the whole program."""
    whole = write_sav(frame_of(NAME=["a long name of a person"] * 4), note=SYNTHETIC_STATEMENT).read_bytes()
    assert has_sound_dictionary(whole)
    labels, other = (whole.index(struct.pack("<ii", *begin)) for begin in ((3, 3), (7, 3)))
    # at 176 the first variable begins: its width, its title, its missing values
    for place, number in ((64, 9), (180, 5_000_000), (180, -1), (180, 20), (184, 7), (188, 9), (labels + 4, 10**6),
                          (other + 8, -4), (other + 12, 10**8), (other, 8)):  # fmt: skip
        content = whole[:place] + struct.pack("<i", number) + whole[place + 4 :]
        assert not has_sound_dictionary(content)
        (tmp_path / "cut.sav").write_bytes(content)
        with pytest.raises(Fault, match="cut off or damaged"):
            find_format(tmp_path / "cut.sav")


def test_letters_in_an_old_encoding_are_read(run, tmp_path, write_sav):
    frame = frame_of(NAME=["Th\u00e9r\u00e8se"] * 4)
    path = write_sav(frame)
    name = "Th\u00e9r\u00e8se"
    # the file still says that it is UTF-8
    assert path.read_bytes().count(name.encode()) == 4
    path.write_bytes(path.read_bytes().replace(name.encode(), name.encode("cp1252") + b"  "))
    frames, staged = run(path)
    assert any("it was read as Windows-1252" in str(warning) for warning in staged.warnings)
    expected = KEYRING.name_tokens(pd.Series(["Th\u00e9r\u00e8se"], dtype="str"))
    assert set(frames["persons"]["person_token_name"]) == set(expected["person_token_name"])


# Stata versions that nothing else writes any more; layout: help dta_105 to dta_115 of Stata
STATA_TYPES = {"byte": (251, "b", "b"), "int": (252, "i", "h"), "long": (253, "l", "i"), "double": (255, "d", "d")}


def old_stata(version, order, columns, rows, labels):
    """A file of Stata 105 to 115; columns are (name, type or width of a text, format, name of its labels)."""

    def text(value, width):
        return value.encode("latin-1").ljust(width, b"\0")

    size, wide, form = 9 if version < 110 else 33, 32 if version < 108 else 81, 12 if version < 114 else 49
    types = bytes(
        (kind if version > 110 else 127 + kind)
        if isinstance(kind, int)
        else (STATA_TYPES[kind][0] if version > 110 else ord(STATA_TYPES[kind][1]))
        for _, kind, _, _ in columns
    )
    parts = [struct.pack(order + "BBBxHI", version, 1 if order == ">" else 2, 1, len(columns), len(rows)),
             text("", wide), text("01 Jan 1999 10:00", 18), types, *(text(name, size) for name, *_ in columns),
             bytes(2 * len(columns) + 2), *(text(shown, form) for _, _, shown, _ in columns),
             *(text(named, size) for *_, named in columns), bytes(wide * len(columns)),
             bytes(5 if version > 108 else 3)]  # fmt: skip
    packing = order + "".join(f"{k}s" if isinstance(k, int) else STATA_TYPES[k][2] for _, k, _, _ in columns)
    parts += [struct.pack(packing, *(v.encode("latin-1") if isinstance(v, str) else v for v in row)) for row in rows]
    for name, named in labels.items():
        if version < 108:
            table = b"".join(struct.pack(order + "h", code) for code in named)
            table += b"".join(text(label, 8) for label in named.values())
            parts += [struct.pack(order + "H", len(named)), text(name, size), bytes(1), table]
        else:
            texts = [label.encode("latin-1") + b"\0" for label in named.values()]
            starts = [sum(map(len, texts[:place])) for place in range(len(texts))]
            table = struct.pack(f"{order}{2 + 2 * len(named)}i", len(named), sum(map(len, texts)), *starts, *named)
            table += b"".join(texts)
            parts += [struct.pack(order + "i", len(table)), text(name, size), bytes(3), table]
    return b"".join(parts)


def cells_of(path, form):
    """The texts, labels and reasons of each variable, and the file."""
    file = open_statistical(path, form)
    found = {}
    for slab in file.slabs(file.names, {}):
        for name, cells in slab.cells.items():
            said = [[[*(own or [None] * len(cells.texts)), None][place] for place in cells.places]
                    for own in (cells.texts, cells.labels, cells.reasons)]  # fmt: skip
            found[name] = tuple(said)
    return found, file


@pytest.mark.parametrize("version", [105, 108, 110, 111, 113, 114, 115])
def test_old_versions_of_stata(tmp_path, version):
    columns = [("EA", "double", "%9.0g", ""), ("SEX", "byte", "%8.0g", "sexes"), ("NAME", 8, "%8s", ""),
               ("DAY", "long", "%dD_m_Y", ""), ("N", "int", "%8.0g", "")]  # fmt: skip
    # from 113 on a variable has 27 sorts of nothing, before only one
    empty, refused = (101, 104) if version > 111 else (127, 127)
    rows = [(101.0, 1, "Th\xe9", 20545, -7), (102.5, 2, "b", -5, 30000), (1e6, 9, "", 0, 1), (1, empty, "", 0, 1),
            (1, refused, "", 0, 1)]  # fmt: skip
    labels = {"sexes": {1: "Male", 2: "Female", 3: "Male"}}
    path = tmp_path / "persons.dta"
    for order in "<>":
        path.write_bytes(old_stata(version, order, columns, rows, labels))
        assert find_format(path) == "stata"
        found, file = cells_of(path, "stata")
        assert found["EA"][0] == ["101", "102.5", "1000000", "1", "1"]
        # a code without a label stays what it is
        reasons = [None] * 3 + ([None, ".c"] if version > 111 else [None, None])
        assert found["SEX"][0] == ["1", "2", "9", None, ".c" if version > 111 else None]
        assert found["SEX"][1:] == (["Male", "Female", None, None, None], reasons)
        assert found["NAME"][0] == ["Th\xe9", "b", None, None, None]
        assert found["DAY"][0] == ["2016-04-01", "1959-12-27", *["1960-01-01"] * 3]
        assert found["N"][0] == ["-7", "30000", "1", "1", "1"]
        (warning,) = file.warnings
        assert "1 labels stand for more than one value" in warning.what


@pytest.mark.parametrize("version", [117, 118, 119])
def test_new_versions_of_stata(tmp_path, version):
    """Texts longer than any fixed width, and the order of bytes of other machines."""
    path = tmp_path / "persons.dta"
    long = "x" * 3000
    for order in ("<", ">"):
        frame = pd.DataFrame({"NOTE": [long, "the"], "SEX": np.array([1, 2], "int8"), "NAME": ["a" * 400, "b"]})
        labels = {"SEX": {1: "Male", 2: "Female"}}
        frame.to_stata(path, version=version, convert_strl=["NOTE"], write_index=False, value_labels=labels,
                       byteorder=order)  # fmt: skip
        assert find_format(path) == "stata"
        found, _ = cells_of(path, "stata")
        assert found["NOTE"][0] == [long, "the"]
        assert found["NAME"][0] == ["a" * 400, "b"]
        assert found["SEX"][:2] == (["1", "2"], ["Male", "Female"])


def test_days_and_periods_of_stata(tmp_path):
    day = (dt.date(2016, 4, 1) - dt.date(1960, 1, 1)).days
    # with the 26 seconds that had been put in by then, and without them
    values = {"td": (day, 1), "tc": (day * 864e5 + 1000, 0), "tC": ((day * 86400 + 26) * 1e3, day * 864e5),
              "tw": (2925, 0), "tm": (675, -1), "tq": (225, 0), "th": (112, 1), "ty": (2016, 1999),
              "tbsimple": (100, 200)}  # fmt: skip
    frame = pd.DataFrame({name: [float(value) for value in own] for name, own in values.items()})
    pyreadstat.write_dta(frame, tmp_path / "d.dta", variable_format={name: f"%{name}" for name in values})
    found, file = cells_of(tmp_path / "d.dta", "stata")
    assert {name: tuple(own[0]) for name, own in found.items()} == {
        "td": ("2016-04-01", "1960-01-02"), "tc": ("2016-04-01 00:00:01", "1960-01-01"),
        "tC": ("2016-04-01", "2016-03-31 23:59:34"), "tw": ("2016w14", "1960w1"), "tm": ("2016-04", "1959-12"),
        "tq": ("2016-Q2", "1960-Q1"), "th": ("2016-H1", "1960-H2"), "ty": ("2016", "1999"), "tbsimple": (None, None),
    }  # fmt: skip
    assert [w.where for w in file.warnings if "business calendar" in w.what] == ["d.dta, variable tbsimple"]


def test_days_ranges_and_long_texts_of_spss(tmp_path):
    seconds = (dt.datetime(2016, 4, 1) - dt.datetime(1582, 10, 14)).total_seconds()
    days = dict.fromkeys(("DATE11", "ADATE10", "EDATE10", "SDATE10", "JDATE7"), "2016-04-01")
    days |= {"MOYR8": "2016-04", "QYR8": "2016-Q2", "WKYR10": "2016w14"}
    frame = pd.DataFrame({
        **{name: [seconds, None] for name in days}, "DATETIME20": [seconds + 3661, seconds], "TIME8": [36061.0, 1e5],
        "DTIME11": [90061.0, 0], "MONTH9": [4.0, 1], "WKDAY9": [2.0, 3], "LONG": ["x" * 300, "\xe9" * 600],
        "LOW": [-5.0, 3], "MIXED": [99.0, 5],
    })  # fmt: skip
    shown = {name: name for name in frame if name not in ("LONG", "LOW", "MIXED")}
    ranges = {"LOW": [{"lo": float("-inf"), "hi": 0}], "MIXED": [{"lo": 90, "hi": 98}, 99]}
    for options in ({}, {"compress": True}):
        path = tmp_path / "d.sav"
        pyreadstat.write_sav(frame, path, variable_format=shown, missing_ranges=ranges, **options)
        assert find_format(path) == "spss"
        found, _ = cells_of(path, "spss")
        texts = {name: own[0] for name, own in found.items()}
        assert {name: texts[name] for name in days} == {name: [day, None] for name, day in days.items()}
        assert texts["DATETIME20"] == ["2016-04-01 01:01:01", "2016-04-01"]
        assert texts["TIME8"] + texts["DTIME11"] == ["10:01:01", "27:46:40", "25:01:01", "00:00:00"]
        assert texts["MONTH9"] + texts["WKDAY9"] == ["4", "1", "2", "3"]
        assert texts["LONG"] == ["x" * 300, "\xe9" * 600]
        assert [found[name][2] for name in ("LOW", "MIXED")] == [["-5", None], ["99", None]]
    portable = tmp_path / "d.por"
    portable.write_bytes(b"ASCII SPSS PORT FILE                    " * 5)
    with pytest.raises(Fault, match=r"portable SPSS file \(.por\)"):
        find_format(portable)


def test_encodings_that_are_declared_and_not_kept_to(tmp_path, write_sav, write_dta):
    name = "Th\u00e9r\u00e8se"
    frame = pd.DataFrame({"NAME": [name, "b"], "SEX": [1.0, 2.0]})
    path = write_sav(frame, variable_value_labels={"SEX": {1: "M\u00e2le"}}, missing_ranges={})
    whole = path.read_bytes()
    assert whole.count(b"UTF-8") == 1
    single = whole.replace(name.encode(), name.encode("cp1252") + b"  ")
    single = single.replace(b"\x05M\xc3\xa2le ", b"\x04M\xe2le  ").replace(b"UTF-8", b"cp125")
    # the record of the encoding is five letters long, so the file says what nobody knows
    for content, said in ((single, "Windows-1252"), (whole.replace(b"UTF-8", b"L9   "), "")):
        path.write_bytes(content)
        found, file = cells_of(path, "spss")
        assert found["NAME"][0] == [name, "b"]
        assert found["SEX"][1] == ["M\u00e2le", None]
        assert bool(said) <= any(f"read as {said}" in warning.what for warning in file.warnings)
    # Stata before 14 knows no UTF-8, and is often given it
    frame.assign(NAME=[name.encode().decode("latin-1"), "b"]).to_stata(tmp_path / "o.dta", version=114)
    found, file = cells_of(tmp_path / "o.dta", "stata")
    assert found["NAME"][0] == [name, "b"]
    assert "it was read as UTF-8" in file.warnings[0].what


STATEMENT = SYNTHETIC_STATEMENT.upper()


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ({"file_label": STATEMENT}, {}),
        ({"column_labels": [STATEMENT, *[None] * 7]}, {}),
        ({"variable_value_labels": {"SEX": {1: STATEMENT}}}, {}),
        ({}, {"LINE": ["x", "y", STATEMENT, "z"]}),
        ({}, {"LINE": ["x", "y", "SYNXAA00000012", "z"]}),
        ({"note": STATEMENT}, {}),
    ],
)
def test_files_that_say_they_are_synthetic(write_dta, write_sav, options, changed):
    plain = {"variable_value_labels": {}, **options}
    written = [write_sav(frame_of(**changed), row_compress=True, **plain), write_sav(frame_of(**changed), "z", **plain)]
    if "note" not in options:
        written.append(write_dta(frame_of(**changed), **plain))
    assert [is_marked_synthetic(path) for path in written] == [True] * len(written)
    assert not is_marked_synthetic(write_sav(frame_of(), "q"))


SECRETS = ("RB1234567", "Thabo Mokoena", "+266 5885 1234", "58851234")


@pytest.mark.parametrize("form", ["csv", "dta", "sav"])
def test_planted_identifiers_are_nowhere_in_the_staged_bytes(run, write, write_dta, write_sav, form):
    head = [*HEAD, "PAY", "DATE", "NAME", "PHONE", "EMPLOYER"]
    rows = [[secret if place == column else "1" for place in range(len(head))]
            for secret in SECRETS for column in range(len(head))]  # fmt: skip
    if form == "csv":
        path = write(rows, head)
    else:
        frame = pd.DataFrame(rows, columns=head).assign(LINE=7.0)
        labels = {"LINE": {7: SECRETS[1]}, "SEX": {"1": SECRETS[0]}, "CIT": {"1": SECRETS[2]}}
        path = write_dta(frame, variable_value_labels={"LINE": labels["LINE"]}) if form == "dta" else write_sav(
            frame, variable_value_labels=labels, missing_ranges={"LINE": [7], "CIT": ["1"]}
        )  # fmt: skip
    frames, staged = run(path)
    frame = frames["persons"]
    assert len(frame) == len(rows)
    said = [" ".join(map(str, staged.warnings)), *frame.fillna("").astype(str).stack()]
    content = staged.parts[0].path.read_bytes()
    for secret in ("Mokoena", "Thabo", "1234567", "5885", "RB12"):
        assert [text for text in said if secret.casefold() in text.casefold()] == []
        assert secret.encode() not in content
    if form != "csv":
        reason = frame["person_number_missing" if form == "sav" else "person_number_label"]
        assert reason.str.startswith("withheld:").all()


def test_a_file_that_was_cut_off_is_refused(run, tmp_path, write):
    path = write(many())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 9])
    with pytest.raises(Fault, match="it was cut off"):
        run(path)


def originals(path):
    return [(one, list(one.lines)) for one in read_originals(SOURCE, KIND, BY_ID, [path])]


@pytest.mark.parametrize("above", ["", "Census of 2016\n"])
def test_lines_go_back_under_the_numbers_of_staged_rows(run, write, tmp_path, above):
    # with a title above it is read whole, and not in blocks of lines
    path = tmp_path / "titled.csv"
    path.write_bytes(above.encode() + write().read_bytes())
    ((one, found),) = originals(path)
    assert one.record == "persons"
    assert one.columns["household_number"] == (0, 1)
    numbers = list(run(path)[0]["persons"]["source_row"])
    assert numbers == [number + bool(above) for number in (2, 3, 4)]
    by_number = {number: tuple(cells) for number, cells in found}
    assert [by_number[number][3:] for number in numbers] == [row[3:] for row in ROWS]
    assert one.header == (numbers[0] - 1,)


@pytest.mark.parametrize("ending", [".sav", ".dta"])
def test_observations_go_back_under_the_numbers_of_staged_rows_and_reasons_are_no_answers(run, tmp_path, ending):
    frame = pd.DataFrame(dict(zip(HEAD, zip(*ROWS, strict=True), strict=True))).replace({"": "99", "ZWE": "2"})
    frame = frame.replace({"Klingon": "3"}).astype(float)
    path = tmp_path / f"persons{ending}"
    if ending == ".sav":
        pyreadstat.write_sav(frame, path, missing_ranges={"AGE": [99]})
    else:
        said = frame.astype({"AGE": object})
        said.loc[1, "AGE"] = "a"
        pyreadstat.write_dta(said, path, missing_user_values={"AGE": ["a"]})
    ((_, found),) = originals(path)
    assert found[0] == (0, HEAD)
    numbers = list(run(path)[0]["persons"]["source_row"])
    assert [number for number, _ in found[1:]] == numbers == [1, 2, 3]
    # 99 was declared to be no answer: a workbook cannot say so, and 99 would come back as an age
    assert [cells[4] for _, cells in found[1:]] == ["34", "", "7"]


def test_sheets_that_we_added_are_none_of_the_office(write_xlsx):
    path = write_xlsx({"2016": [HEAD, *ROWS], RETURNED_SHEETS[0]: [[RETURNED_WORDS[0]]]}, "persons.xlsx")
    assert [one.sheet for one, _ in originals(path)] == ["2016"]


def test_a_file_with_the_headings_of_two_types_of_rows_is_refused(run, write):
    path = write([(*row, "ZAF") for row in ROWS], (*HEAD, "STAY"))
    with pytest.raises(Fault, match=r"headings of two types of rows, persons .* and absentees"):
        run(path)


def test_observations_are_numbered_through_however_many_are_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("lm_stats.stage.statistical.ROWS", 2)
    monkeypatch.setattr("lm_stats.stage.statistical.CELLS", 4)
    path = tmp_path / "persons.dta"
    pyreadstat.write_dta(pd.DataFrame({"A": np.arange(11.0)}), path)
    slabs = list(open_statistical(path, "stata").slabs(["A"], {}))
    assert [number for slab in slabs for number in slab.numbers.tolist()] == list(range(1, 12))
    found = [slab.cells["A"].texts[place] for slab in slabs for place in slab.cells["A"].places]
    assert found == [str(number) for number in range(11)]
