"""The workbook that goes back: the office's own cells at their addresses, with what is wrong marked in them."""

import datetime as dt
from functools import cache

import openpyxl
import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.handover import MARK_COLUMNS, RETURNED_SHEETS, Original, OriginalTable, RowAccount
from lm_stats.sendback import write_sendback
from lm_stats.spec import SYNTHETIC_STATEMENT, DeliveredFile, Delivery, Fault, Problem
from lm_stats.stage import check_readable

ID = "lso/work_permits_mole/2014.v2"
FILES = (DeliveredFile("register.xlsx", "Register 2014 FINAL.xlsx", 1, ""),)
DELIVERY = Delivery(
    ID, "LSO", "work_permits_mole", "work_permits", "MOLE", "2014", 2, "2015-03-02T10:11:12+02:00", "synthetic", FILES
)
HEADINGS = {
    "application_number": ("Application", "No."), "application_date": ("", "Date"), "name": ("Worker", "Name"),
    "citizenship": ("", "Nationality"), "decision": ("Decision", "Outcome"), "issue_date": ("Certificate", "Issued"),
    "fee": ("Fee Paid", ""),
}  # fmt: skip
RED, YELLOW, GREY = "FFFF9C9C", "FFFFEB84", "FFD9D9D9"


@cache
def catalog():
    return load()


def sheet_of(rows, *, name="2014", file="register.xlsx", **more):
    lines = [(1, ["Register"]), *((3 + level, [texts[level] for texts in HEADINGS.values()]) for level in range(2))]
    columns = {concept: (place,) for place, concept in enumerate(HEADINGS)}
    merged = ((2, 0, 2, 1), (2, 2, 2, 3), (2, 2, 2, 3))
    return Original(file, name, [*lines, *rows], "", columns, (3, 4), merged, **more)


def row(number, *, name="'Mathabo", citizenship="Chinese", issued=dt.date(2014, 3, 4), fee=2000.5):
    return [number, dt.date(2014, 3, 1), name, citizenship, "Granted", issued, fee]


def marks(*rows, sheet="2014", file="register.xlsx"):
    return pd.DataFrame([(ID, None, file, sheet, *one) for one in rows], columns=list(MARK_COLUMNS))


def write(path, originals, said, *, accounts=(), notes=(), lost=None, delivery=DELIVERY, source=None, **options):
    given = catalog()
    source = source or given.sources["lso/work_permits_mole"]
    summary = write_sendback(
        path,
        delivery,
        source,
        given.kinds[source.kind],
        given.tables,
        given.concepts,
        given.codelists,
        iter(originals),
        said,
        notes,
        accounts,
        lost or {},
        spellings=given.spellings,
        **options,
    )
    return openpyxl.load_workbook(path), summary


def links_of(sheet):
    return {cell.hyperlink.location for line in sheet.iter_rows() for cell in line if cell.hyperlink}


def colour(cell):
    return cell.fill.fgColor.rgb if cell.fill.fill_type else None


ROWS = [
    (5, row("001")),
    (6, row("=1+1", name="+266", citizenship="Chinees")),
    (9, row("<r>9</r>", name="-", issued="")),
    (10, ["@x", dt.datetime(2014, 3, 1, 10, 30), "\tTab", dt.date(1880, 1, 1), True, 10**16, "x" * 40_000]),
    (12, ["Total", "", "", "", "", "", 9]),
]
SAID = marks(
    (6, "quarantined", "unmapped_citizenship", "citizenship"),
    (6, "warned", "outside_the_period", ""),
    (6, "warned", "not_stated_citizenship", "citizenship"),
    (9, "quarantined", "granted_has_issue_date", "decision,issue_date"),
    (9, "quarantined", "not_null", "permit_id"),
    (10, "warned", "two_digit_year_application_date", ""),
    (12, "excluded", "total", ""),
)


def test_the_office_finds_its_own_cells(tmp_path):
    notes = [Problem("register.xlsx", "5 rows are hidden", "See issue_date")]
    accounts = [RowAccount(ID, 5, 2, {"unmapped_citizenship": 2}, {"total": 1})]
    hidden = Original("register.xlsx", "Notes", [(2, ["", "+266"])], hidden=True)
    # a sheet of the office's own that is called like ours
    named = Original("register.xlsx", RETURNED_SHEETS[0], [(1, ["old"])])
    # the lines of an original are read once
    originals = lambda: [sheet_of(iter(ROWS)), named, hidden]  # noqa: E731
    lost = {"Register 2014 FINAL.xlsx": {"pictures": 2, "chart": 1, "formulas": 3, "macros": 0}}
    options = {"accounts": accounts, "notes": notes, "lost": lost, "statement": SYNTHETIC_STATEMENT}
    book, summary = write(tmp_path / "back.xlsx", originals(), SAID, **options)
    again, _ = write(tmp_path / "again.xlsx", originals(), SAID, **options)
    assert (tmp_path / "back.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    sheets = ("2014", f"{RETURNED_SHEETS[0]} (2)", "Notes")
    assert again.sheetnames == book.sheetnames == [RETURNED_SHEETS[0], *sheets, RETURNED_SHEETS[1]]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.xlsx", "back.xlsx"]
    assert (summary.rows, summary.sheets, summary.partial, summary.notes_dropped) == (10, sheets, False, 0)
    # G is two marks on one cell; the row of nobody's column has its note at the first filled cell
    assert summary.problem_cells == 6

    sheet = book["2014"]
    assert [cell.value for cell in sheet[3]][:3] == ["Application", None, "Worker"]
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A3:B3", "C3:D3"}
    assert sheet.freeze_panes == "A5"
    assert book["Notes"].sheet_state == "hidden"
    assert book["Notes"]["B2"].value == "+266"
    assert [cell.value for cell in sheet[5]] == [
        "001", dt.datetime(2014, 3, 1), "'Mathabo", "Chinese", "Granted", dt.datetime(2014, 3, 4), 2000.5
    ]  # fmt: skip
    assert sheet["B5"].number_format == "dd/mm/yyyy"
    assert [sheet[at].value for at in ("A6", "C6", "A9", "C9", "A10")] == ["=1+1", "+266", "<r>9</r> ", "-", "@x"]
    assert [sheet[at].data_type for at in ("A6", "C6", "A10")] == ["s", "s", "s"]
    assert all(sheet[at].quotePrefix and sheet[at].number_format == "@" for at in ("A6", "C5", "C6", "A10"))
    assert not any(cell.data_type == "f" for one in book for line in one.iter_rows() for cell in line)
    assert sheet["B10"].value == dt.datetime(2014, 3, 1, 10, 30)
    assert (sheet["D10"].value, sheet["E10"].value) == ("1880-01-01", True)
    assert (sheet["F10"].value, len(sheet["G10"].value)) == (str(10**16), 32_767)

    assert [colour(cell) for cell in sheet[5]] == [None] * 7
    assert [colour(cell) for cell in sheet[6]] == [YELLOW, None, None, RED, None, None, None]
    assert [colour(cell) for cell in sheet[9]] == [RED, None, None, None, RED, RED, None]
    assert [colour(cell) for cell in sheet[12]] == [GREY] * 7
    note = sheet["D6"].comment.text
    assert note.index("not known to us") < note.index("counted as not stated")
    assert "Decision and Date of issue do not agree." in sheet["F9"].comment.text
    assert "Application number and Certificate number: one of them is needed" in sheet["A9"].comment.text
    assert sheet["A12"].comment.text.startswith("This row was taken for a sum")
    assert sheet["B5"].comment is None

    lists = {str(one.sqref): one for one in sheet.data_validations.dataValidation}
    assert lists["D5:D12"].errorStyle == "warning"
    place = lists["D5:D12"].formula1.split("!")[1].replace("$", "")
    words = [cell.value for (cell,) in book[RETURNED_SHEETS[1]][place]]
    assert "China" in words
    assert None not in words
    assert len(lists) == 2

    guide = book[RETURNED_SHEETS[0]]
    assert guide["A1"].value == SYNTHETIC_STATEMENT == book.properties.subject
    assert all(SYNTHETIC_STATEMENT in one.oddHeader.center.text for one in book)
    text = "\n".join(str(cell.value) for line in guide.iter_rows() for cell in line if cell.value is not None)
    for said in ("period 2014, version 2", "From: MOLE. Received: 2015-03-02", "Worker / Nationality",
                 "5 rows are hidden", "2 pictures, 1 chart, 3 formulas (their values are here).",
                 "1 cells have more than 32,767 characters and were cut", "statistics office"):  # fmt: skip
        assert said in text
    assert "macro" not in text
    assert {"'2014'!D6", "'2014'!F9", "'2014'!A12"} <= links_of(guide)


def test_marks_of_several_tables_on_a_sheet_stand_in_the_columns_of_each(tmp_path):
    moved = {concept: (place + 8,) for place, concept in enumerate(HEADINGS)}
    below = {concept: (place + 1,) for place, concept in enumerate(HEADINGS)}
    others = (OriginalTable("2014!I:O", 5, 6, moved, (3, 4)), OriginalTable("2014", 9, 9, below, (8,)))
    rows = [(5, [*row("001"), "", *row("002")]), (6, row("003")), (8, ["", *map("".join, HEADINGS.values())]),
            (9, ["", *row("004")])]  # fmt: skip
    wrong = ("quarantined", "unmapped_citizenship", "citizenship")
    said = pd.concat([marks((6, *wrong), (9, *wrong)), marks((5, *wrong), sheet="2014!I:O")])
    book, summary = write(tmp_path / "back.xlsx", [sheet_of(rows, others=others)], said)
    marked = [cell.coordinate for line in book["2014"].iter_rows() for cell in line if colour(cell) == RED]
    assert (marked, summary.problem_cells) == (["L5", "D6", "E9"], 3)


def test_texts_and_several_files(tmp_path):
    census = catalog().sources["lso/census"]
    heads = ["EA", "HHNO", "P04_SEX"]
    columns = {"household_number": (0, 1), "sex": (2,)}
    delivery = Delivery("lso/census/2016.v1", "LSO", "census", "census", "BOS", "2016", 1, "?", "real", ())
    name, lines = "It's [all] of the persons of 2016", [(1, heads), (2, ["1", "a\nb", "1"]), (4, ["1", "2", "9"])]
    one = Original(f"{name}.csv", "", lines, "persons", columns, (1,))
    two = Original(f"b/{name}.dta", "", [(0, heads), (1, ["1", "1", "1"])], "persons", columns, (0,))
    three = Original("History.csv", "", [])
    said = pd.DataFrame(
        [(delivery.id, "persons", one.file, None, 4, "quarantined", "unmapped_sex", "sex"),
         (delivery.id, "persons", two.file, "", 1, "quarantined", "key", "person_id"),
         ("lso/census/2006.v1", "persons", two.file, "", 1, "quarantined", "type", "sex")],
        columns=list(MARK_COLUMNS),
    )  # fmt: skip
    book, summary = write(tmp_path / "back.xlsx", [one, two, three], said, delivery=delivery, source=census)
    assert summary.sheets == ("It's _all_ of the persons of 20", "It's _all_ of the persons o (2)", "History_")
    first, second = (book[name] for name in summary.sheets[:2])
    assert [[cell.value for cell in line] for line in first] == [heads, ["1", "a\nb", "1"], ["1", "2", "9"]]
    assert colour(first["C3"]) == RED
    assert colour(second["A2"]) == colour(second["B2"]) == RED
    assert second["C2"].comment is None
    assert "'It''s _all_ of the persons of 20'!C3" in links_of(book[RETURNED_SHEETS[0]])


def test_a_large_delivery_goes_back_in_part(tmp_path):
    accounts = [RowAccount(ID, 5, 2, {"unmapped_citizenship": 2}, {"total": 1})]
    plain = Original("register.xlsx", "Notes", [(1, ["x"])])
    book, summary = write(tmp_path / "back.xlsx", [sheet_of(ROWS), plain], SAID, accounts=accounts, most_rows=4)
    assert summary.partial
    # and is never taken for the file itself
    with pytest.raises(Fault, match="copy for looking up"):
        check_readable(tmp_path / "back.xlsx")
    sheet = book["2014"]
    assert book.sheetnames == [RETURNED_SHEETS[0], "2014"]
    assert [line[0].value for line in sheet.iter_rows()] == ["Row in your file"] * 2 + [6, 9, 10]
    assert colour(sheet["E3"]) == RED
    assert not sheet.data_validations.dataValidation
    text = "\n".join(str(cell.value) for line in book[RETURNED_SHEETS[0]].iter_rows() for cell in line if cell.value)
    assert "send the whole file again" in text
    assert "GREY" not in text
    assert RETURNED_SHEETS[1] not in text


def test_notes_are_limited_and_a_clean_file_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("lm_stats.sendback.workbook.MOST_NOTES", 2)
    book, summary = write(tmp_path / "back.xlsx", [sheet_of(ROWS)], SAID)
    noted = [cell.coordinate for line in book["2014"].iter_rows() for cell in line if cell.comment]
    # the worst first
    assert noted == ["D6", "A9"]
    assert summary.notes_dropped == 4
    assert "4 coloured cells have no note" in str([cell.value for cell in book[RETURNED_SHEETS[0]]["A"]])
    book, summary = write(tmp_path / "clean.xlsx", [sheet_of(ROWS)], SAID[:0], accounts=[RowAccount(ID, 5, 5)])
    assert summary.problem_cells == 0
    assert "There is no cell to correct" in str([cell.value for cell in book[RETURNED_SHEETS[0]]["A"]])


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(Fault, match="cannot be written"):
        write(tmp_path / "nowhere/back.xlsx", [sheet_of(ROWS)], SAID)


def test_lists_hold_every_valid_word_and_nothing_else(tmp_path):
    said = marks((5, "warned", "x", "citizenship"))
    book, _ = write(tmp_path / "a.xlsx", [sheet_of([(5, row(1)), (6, row(2))])], said)
    valid = book[RETURNED_SHEETS[1]]
    offered = book["2014"].data_validations.dataValidation
    assert offered
    for one in offered:
        cells = [cell for (cell,) in valid[one.formula1.rpartition("!")[2].replace("$", "")]]
        assert all(cell.value for cell in cells)
        assert cells[0].row == 4
        assert valid.cell(cells[-1].row + 1, cells[-1].column).value is None
