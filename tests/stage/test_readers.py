"""Formats, encodings, delimiters and types of cells."""

import datetime as dt
import zipfile

import openpyxl
import pytest

from lm_stats.spec import Fault
from lm_stats.stage.content import find_format
from lm_stats.stage.readers import read

HEADINGS = ("Name", "Number", "Day")
ROWS = [["Name", "Number", "Day"], ["Ts'epo", 12.0, dt.date(2015, 5, 6)], [None, 1.5, None]]


def sheets_of(path, headings=HEADINGS):
    return list(read(path, headings).sheets)


def cells_of(path, headings=HEADINGS):
    (sheet,) = sheets_of(path, headings)
    return [list(row) for row in sheet.rows]


@pytest.mark.parametrize("form", ["xlsx", "xlsm", "xls", "ods", "xlsb"])
def test_every_workbook_format_is_read_whatever_its_name(form, write_xlsx, write_xls, write_xlsb, write_ods):
    writers = {"xlsx": write_xlsx, "xlsm": write_xlsx, "xls": write_xls, "xlsb": write_xlsb, "ods": write_ods}
    rows = ROWS if form != "xlsb" else [[c if not isinstance(c, dt.date) else 42130.0 for c in row] for row in ROWS]
    for name in (f"a.{form}", "b.csv", "c.xls", "d.ods"):
        path = writers[form](rows, name=name)
        (sheet,) = sheets_of(path)
        assert sheet.name == "2015"
        assert list(sheet.rows[0]) == ["Name", "Number", "Day"]
        assert list(sheet.rows[1]) == rows[1]
        assert list(sheet.rows[2])[:2] == ["", 1.5]
        assert list(sheet.numbers) == [1, 2, 3]
        assert not read(path, HEADINGS).is_text
    assert find_format(path) == ("xlsx" if form == "xlsm" else form)


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsx"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b"\xfe\xff"),
        ("cp1252", b""),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(tmp_path, encoding, mark, delimiter, name):
    lines = [["Name", "Number", "Day"], ["Mohale\u2019s \u00c9", "001", "NA"], ["x", "", "null"]]
    path = tmp_path / name
    path.write_bytes(mark + "\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    assert cells_of(path) == lines
    assert read(path, HEADINGS).is_text


def test_delimiter_is_found_by_the_headings_not_by_what_is_frequent(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("List, with, many, commas, here, and, there\nName;Number;Day\na,b,c,d;1,5;x,y\n", encoding="utf-8")
    assert cells_of(path)[1:] == [["Name", "Number", "Day"], ["a,b,c,d", "1,5", "x,y"]]


def test_sep_line_names_the_delimiter_and_counts_as_a_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"sep=|\r\nName|Number|Day\r\na;b,c|1|2\r\n")
    (sheet,) = sheets_of(path)
    assert [list(row) for row in sheet.rows] == [["Name", "Number", "Day"], ["a;b,c", "1", "2"]]
    assert list(sheet.numbers) == [2, 3]


def test_sep_line_that_cannot_be_a_delimiter(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'sep="\nName,Number\n1,2\n')
    with pytest.raises(Fault, match="names a delimiter"):
        sheets_of(path)


def test_quoted_newlines_and_blank_lines_keep_line_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'Name,Number,Day\r\n"a\r\nb ""c""",1,2\r\n\r\nd,3,4\n"e\n\nf",5,6\n')
    (sheet,) = sheets_of(path)
    assert [list(row) for row in sheet.rows][1:] == [['a\r\nb "c"', "1", "2"], ["d", "3", "4"], ["e\n\nf", "5", "6"]]
    assert list(sheet.numbers) == [1, 2, 5, 6]
    assert list(sheet.spans) == [1, 2, 1, 3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('Name,Number\na,1\nb,"2\nc,3\nd,4\n', 3),
        ('Name,Number\na,1\nb,"2\nc,"3"\nd,4\n', 3),
        ('Name,Number\n"secret "Bob" x",1\n', 2),
    ],
)
def test_unbalanced_quote_is_told_with_its_line_and_without_its_text(tmp_path, text, line):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Fault) as fault:
        sheets_of(path)
    assert fault.value.problems[0].where == f"a.csv, line {line}"
    assert "quotation mark" in str(fault.value)
    assert "secret" not in str(fault.value)


def test_text_pasted_together_of_two_encodings_is_read_with_a_warning(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("Name,Number\nÉva,1\n".encode() + "Mohale\u2019s,2\n".encode("cp1252") + b"\x81,3\n")
    reading = read(path, HEADINGS)
    (sheet,) = reading.sheets
    assert [row[0] for row in sheet.rows] == ["Name", "Éva", "Mohale\u2019s", "\ufffd"]
    assert any("partly" in warning.what for warning in reading.warnings)


def test_zero_characters_are_left_out_with_a_warning(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"Name,Number,Day\nab\x00c,1,some longer text so that this is no binary file\n\x1a")
    reading = read(path, HEADINGS)
    (sheet,) = reading.sheets
    assert sheet.rows[1][0] == "abc"
    assert len(sheet.rows) == 2
    assert any("zero characters" in warning.what for warning in reading.warnings)


def test_one_line_of_very_many_cells_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"Name,Number\n" + b"," * 30_000 + b"\n" + b"a,1\n" * 1000)
    with pytest.raises(Fault, match="line 2: the line holds 30001 cells"):
        sheets_of(path)


def test_error_values_keep_their_text_and_place(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "with 'name' & more"
    sheet["C4"], sheet["B5"], sheet["AB5"] = "#N/A", "#REF!", "#DIV/0!"
    workbook.create_sheet("2016")["A1"] = "#NAME?"
    workbook.save(tmp_path / "a.xlsx")
    first, second = sheets_of(tmp_path / "a.xlsx")
    assert (first.name, second.name) == ("with 'name' & more", "2016")
    assert (first.rows[3][2], first.rows[4][1], first.rows[4][27], second.rows[0][0]) == (
        "#N/A", "#REF!", "#DIV/0!", "#NAME?",
    )  # fmt: skip


def test_hidden_sheets_and_rows_are_read_and_told(write_xlsx):
    path = write_xlsx({"2015": [["a"], ["b"], ["c"]], "old": [["d"]], "empty": []}, hidden=("old", "empty"))
    workbook = openpyxl.load_workbook(path)
    workbook["2015"].row_dimensions[2].hidden = True
    workbook["2015"].row_dimensions[3].hidden = True
    workbook.save(path)
    reading = read(path, HEADINGS)
    assert [sheet.hidden for sheet in reading.sheets] == [False, True, True]
    said = {problem.where.rpartition("sheet ")[2]: problem.what for problem in reading.warnings}
    assert said.keys() == {"2015", "old"}
    assert said["2015"].startswith("2 rows are hidden")
    assert "sheet is hidden" in said["old"]


def test_chart_sheets_are_no_sheets_of_cells(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = 1
    workbook.create_chartsheet("Chart")
    workbook.save(tmp_path / "a.xlsx")
    assert len(sheets_of(tmp_path / "a.xlsx")) == 1


@pytest.mark.parametrize("form", ["xlsx", "xlsb"])
def test_cell_in_the_last_corner_is_a_fault_and_does_not_end_the_program(form, tmp_path, write_xlsb):
    path = tmp_path / f"a.{form}"
    if form == "xlsx":
        workbook = openpyxl.Workbook()
        workbook.active["A1"], workbook.active["XFD1048576"] = "Name", "x"
        workbook.save(path)
    else:
        write_xlsb({(0, 0): "Name", (1_048_575, 16_383): "x"}, name=path.name)
    with pytest.raises(Fault, match="1048576 rows and 16384 columns"):
        sheets_of(path)


def test_empty_formatted_cells_far_away_do_no_harm(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet["A1"] = "Name"
    for address in ("XFD3", "A1048576"):
        sheet[address].number_format = "0.00"
    workbook.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert b'r="XFD3"' in archive.read("xl/worksheets/sheet1.xml")
    assert cells_of(tmp_path / "a.xlsx") == [["Name"]]


def test_last_possible_row_is_a_sign_of_a_cut(tmp_path, write_xls):
    path = write_xls([["Name"], *([["x"]] * 3)])
    reading = read(path, HEADINGS)
    list(reading.sheets)
    assert not reading.warnings
    workbook = openpyxl.Workbook()
    workbook.active["A1"], workbook.active["A1048576"] = "Name", "x"
    workbook.save(tmp_path / "b.xlsx")
    reading = read(tmp_path / "b.xlsx", HEADINGS)
    (sheet,) = reading.sheets
    assert len(sheet.rows) == 1_048_576
    assert any("cut off" in warning.what for warning in reading.warnings)
