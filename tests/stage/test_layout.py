"""Where headings stand, what they match, and what is said when they differ."""

import datetime as dt
import random

import openpyxl
import pandas as pd
import pytest

from lm_stats.spec import Fault

GROUPED_TOP = ["Application", None, None, "Permit", None, "Name", "Nationality", "Sector", "Decision", "Fee"]
GROUPED_LOW = ["No.", "Date", "Type", "No.", "From", None, None, None, None, "Paid"]
GROUPED = {
    "application_number": ("Application / No.",),
    "application_date": ("Application / Date",),
    "permit_type": ("Type",),
    "certificate_number": ("Permit / No.",),
    "valid_from": ("From",),
    "name": ("Name",),
    "citizenship": ("Nationality",),
    "economic_activity": ("Sector",),
    "decision": ("Decision",),
    "fee": ("Fee / Paid",),
}
GROUPED_ROW = ["A1", dt.date(2015, 1, 2), "New", "C1", dt.date(2015, 2, 1), "X Y", "Chinese", "Retail", "Granted", 500]
GROUPED_MERGED = ("A3:C3", "D3:E3", "F3:F4", "G3:G4", "H3:H4", "I3:I4")


def fault_of(run, *paths, **changed):
    with pytest.raises(Fault) as fault:
        run(*paths, **changed)
    return str(fault.value)


def said(staged):
    return "\n".join(str(warning) for warning in staged.warnings)


def test_title_rows_above_and_blank_rows_between(run, write_xlsx, table, record):
    rows = [["Register 2015"], [], [None, "Printed", dt.date(2016, 1, 1)], *table(record(), record())]
    staged = run(write_xlsx([*rows[:5], [], *rows[5:]]))
    assert list(staged.frame["source_row"]) == [5, 7]
    assert list(staged.frame["citizenship"]) == ["Chinese", "Chinese"]
    assert set(staged.frame["source_sheet"]) == {"2015"}
    assert set(staged.frame["source_file"]) == {"register.xlsx"}
    assert staged.warnings == ()


def test_table_that_does_not_begin_in_the_first_column(run, write_xlsx, table, record):
    staged = run(write_xlsx([["note"], *([None, None, *row] for row in table(record(), record(Sex="M")))]))
    assert list(staged.frame["sex"]) == ["F", "M"]
    assert list(staged.frame["source_row"]) == [3, 4]


@pytest.mark.parametrize("merged", [GROUPED_MERGED, ()], ids=["merged", "not merged"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_two_row_header_with_groups(run, write_xlsx, tmp_path, merged, form):
    rows = [["Register of permits"], [], GROUPED_TOP, GROUPED_LOW, GROUPED_ROW]
    if form == "xlsx":
        title = ("A1:J1",) if merged else ()
        path = write_xlsx(rows, merged={"2015": (*merged, *title)})
    else:
        path = tmp_path / "a.csv"
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
    staged = run(path, columns=GROUPED)
    (row,) = staged.frame.to_dict("records")
    assert row["source_row"] == 5
    assert (row["application_date"], row["valid_from"]) == ("2015-01-02", "2015-02-01")
    assert (row["permit_type"], row["fee"], row["citizenship"]) == ("New", "500", "Chinese")
    assert row["application_token"] != row["certificate_token"]
    assert not any("not found" in warning.what for warning in staged.warnings)


def test_groups_that_differ_only_above_are_told_apart(run, write_xlsx, keyring):
    staged = run(write_xlsx([GROUPED_TOP, GROUPED_LOW, GROUPED_ROW]), columns=GROUPED)
    swapped = {**GROUPED, "application_number": ("Permit / No.",), "certificate_number": ("Application / No.",)}
    other = run(write_xlsx([GROUPED_TOP, GROUPED_LOW, GROUPED_ROW]), columns=swapped)
    expected = keyring.document("application", pd.Series(["A1", "C1"], dtype="str"))
    assert (staged.frame["application_token"][0], other.frame["application_token"][0]) == tuple(expected)


def test_three_header_rows_and_repeated_lowest_names(run, write_xlsx):
    top = ["Applicant", None, None, None, "Office", None]
    middle = ["Papers", None, "Person", None, "Result", None]
    low = ["No.", "Country", "Country", "Line", "Country", "State"]
    columns = {
        "application_number": ("Applicant / Papers / No.",),
        "citizenship": ("Applicant / Person / Country",),
        "economic_activity": ("Line",),
        "decision": ("Office / Result / State",),
    }
    row = ["A1", "India", "Chinese", "Retail", "Zimbabwe", "Granted"]
    staged = run(write_xlsx([top, middle, low, row]), columns=columns)
    assert list(staged.frame["citizenship"]) == ["Chinese"]
    assert "left out: 'Applicant / Papers / Country'" in said(staged)
    assert "'Office / Result / Country'" in said(staged)
    vague = fault_of(run, write_xlsx([top, middle, low, row]), columns={**columns, "citizenship": ("Country",)})
    assert "citizenship ('Country'" in vague
    assert "declared with its group: 'Country'" in vague


def test_heading_that_stands_twice_is_a_fault_unless_one_is_empty(run, write_xlsx, table, record):
    head, row = table(record())
    text = fault_of(run, write_xlsx([[*head, "Nationality"], [*row, "India"]]))
    assert "more than one filled column" in text
    assert "'Nationality'" in text
    staged = run(write_xlsx([["Nationality", *head], [None, *row]]))
    assert list(staged.frame["citizenship"]) == ["Chinese"]


def test_line_breaks_case_and_spaces_in_headings(run, write_xlsx, table, record):
    head, row = table(record())
    messy = {"Nationality": " NATIONALITY", "Application No.": "Application\nNo.:",
             "Sector": "sector\u00a0 *", "Permit / No.": "Permit  /\nNo"}  # fmt: skip
    staged = run(write_xlsx([[messy.get(heading, heading) for heading in head], row]))
    assert list(staged.frame["citizenship"]) == ["Chinese"]
    assert staged.warnings == ()


def test_columns_in_any_order_give_the_same_frame(run, write_xlsx, table, record):
    head, *rows = table(record(), record(Sex="M", Decision="Granted"))
    expected = run(write_xlsx([head, *rows])).frame
    order = list(range(len(head)))
    for seed in range(4):
        random.Random(seed).shuffle(order)
        shuffled = [[row[place] for place in order] for row in (head, *rows)]
        assert run(write_xlsx(shuffled)).frame.equals(expected)


def test_old_heading_is_read_and_one_heading_may_feed_several_concepts(run, source, write_xlsx, table, record):
    head, row = table(record())
    head[head.index("Nationality")] = "Citizen of"
    staged = run(
        write_xlsx([head, row]), columns={**source.columns, "registration_date": ("Issued",), "district": ("Nowhere",)}
    )
    assert list(staged.frame["citizenship"]) == ["Chinese"]
    assert list(staged.frame["registration_date"]) == list(staged.frame["issue_date"]) == ["2015-05-06"]
    assert "district" not in staged.frame


def test_new_and_old_heading_in_one_file_complete_each_other(run, write_xlsx, table, record):
    rows = [{**record(), "Citizen of": old, "Nationality": new} for old, new in
            (("India", None), (None, "Chinese"), ("India", "Chinese"), ("India", "India"))]  # fmt: skip
    staged = run(write_xlsx(table(*rows)))
    assert list(staged.frame["citizenship"]) == ["India", "Chinese", "Chinese", "India"]
    assert "1 rows hold different texts in the columns of citizenship" in said(staged)


def test_missing_heading_is_a_fault_that_proposes_the_nearest(run, write_xlsx, table, record):
    head, row = table(record())
    head[head.index("Nationality")] = "Natonality"
    head[head.index("Sector")] = "Branch of business"
    text = fault_of(run, write_xlsx([head, row]))
    assert "headings differ from the declaration" in text
    assert "citizenship ('Nationality' or 'Citizen of'; perhaps now 'Natonality')" in text
    assert "economic_activity ('Sector')" in text
    assert "'Branch of business'" in text
    assert "'Natonality' (near 'Nationality', citizenship)" in text
    assert "decision (" not in text
    assert "source permits" in text
    for cell in row:
        assert len(str(cell)) < 3 or str(cell) not in text


def test_no_column_that_identifies_rows_is_a_fault(run, write_xlsx, table, record):
    rows = table({k: v for k, v in record().items() if k not in ("Application No.", "Permit / No.")})
    text = fault_of(run, write_xlsx(rows))
    assert "application_number ('Application No.' or 'File No.')" in text
    assert "certificate_number" in text


def test_required_concept_may_come_from_defaults(run, write_xlsx, table, record):
    rows = table({k: v for k, v in record().items() if k != "Decision"})
    staged = run(write_xlsx(rows), defaults={"decision": "Granted"})
    assert list(staged.frame["decision"]) == ["Granted"]
    (warning,) = staged.warnings
    assert warning.what == "decision ('Decision'): no column; every row counts as Granted"


def test_optional_heading_that_is_gone_is_a_warning(run, write_xlsx, table, record):
    head, row = table(record())
    head[head.index("Sex")] = "Sexe"
    staged = run(write_xlsx([head, row]))
    assert "sex" not in staged.frame
    assert "declared columns were not found: sex ('Sex'; perhaps now 'Sexe')" in said(staged)
    assert "not declared were left out: 'Sexe' (near 'Sex', sex)" in said(staged)


def test_any_other_declared_heading_that_is_gone_is_a_fault(run, write_xlsx, table, record):
    head, row = table(record())
    head[head.index("Sex")] = "Sexe"
    message = fault_of(run, write_xlsx([head, row]), optional=())
    assert "sex ('Sex'; perhaps now 'Sexe')" in message
    assert "'Sexe' (near 'Sex', sex)" in message


def test_extra_columns_are_dropped_with_a_warning_unless_declared_as_ignored(run, write_xlsx, table, record):
    rows = table({**record(), "Shoe size": 44, "Remarks": "see file"})
    staged = run(write_xlsx(rows))
    assert "left out: 'Shoe size', 'Remarks'" in said(staged)
    assert not staged.frame.astype(str).isin(["44", "see file"]).any(axis=None)
    assert "left out: 'Shoe size'." in said(run(write_xlsx(rows), ignored=("Remarks",)))
    assert run(write_xlsx(rows), ignored=("remarks", "Shoe size")).warnings == ()


def test_columns_without_heading_are_named_by_their_letters(run, write_xlsx, table, record):
    head, row = table(record())
    staged = run(write_xlsx([[*head, None, None], [*row, None, "secret"]]))
    assert "columns without a heading were left out: S" in said(staged)
    assert "secret" not in said(staged)


def test_file_without_headings_shows_nothing_of_its_cells(run, write_xlsx, table, record):
    _, row = table(record())
    text = fault_of(run, write_xlsx([row, row]))
    assert "no row with a declared heading was found" in text
    for cell in row:
        assert len(str(cell)) < 3 or str(cell) not in text


def test_one_cell_that_equals_a_heading_does_not_make_a_row_a_header(run, write_xlsx):
    row = ["Thabo Mokoena", "RB123456", "Sector", "58851234", "Chinese", "x", "y", "z", "u", "v", "w"]
    text = fault_of(run, write_xlsx([row, row]))
    for secret in ("Thabo", "RB123456", "58851234"):
        assert secret not in text


def test_sheets_one_after_the_other(run, write_xlsx, table, record):
    path = write_xlsx({"2014": table(record(), record()), "Notes": [["Read me", "first"]], "2015": table(record()),
                       "Sheet4": []})  # fmt: skip
    staged = run(path)
    assert list(zip(staged.frame["source_sheet"], staged.frame["source_row"], strict=True)) == [
        ("2014", 2), ("2014", 3), ("2015", 2),
    ]  # fmt: skip
    (warning,) = staged.warnings
    assert warning.where == "register.xlsx, sheet Notes"
    assert "skipped" in warning.what


def test_sheets_with_different_columns_and_orders(run, write_xlsx, table, record):
    old = {"Certificate" if k == "Permit / No." else k: v for k, v in record().items() if k != "Sex"}
    head, row = table(old)
    staged = run(write_xlsx({"2014": [head[::-1], row[::-1]], "2015": table(record())}))
    assert staged.frame["certificate_token"].nunique() == 1
    assert list(staged.frame["sex"].isna()) == [True, False]


def test_one_sheet_that_differs_fails_the_delivery(run, write_xlsx, table, record):
    head, row = table(record())
    head[head.index("Decision")] = "Outcome"
    text = fault_of(run, write_xlsx({"2014": table(record()), "2015": [head, row]}))
    assert "sheet 2015" in text
    assert "sheet 2014" not in text
    assert "decision ('Decision'" in text


def test_summary_sheet_is_no_sheet_of_records(run, write_xlsx, table, record):
    summary = [["Permits by nationality"], ["Nationality", "Permits"], ["Chinese", 12], ["Total", 12]]
    staged = run(write_xlsx({"2015": table(record()), "Summary": summary}))
    assert len(staged.frame) == 1
    assert "sheet Summary" in said(staged)


def test_several_files_of_one_delivery(run, write_xlsx, tmp_path, table, record):
    head, row = table(record(Born="04/03/1980", Issued="06/05/2015", Pay="1250,50"))
    first = write_xlsx([head, row], name="a.xlsx")
    second = tmp_path / "b.csv"
    second.write_text(";".join(head) + "\n" + ";".join(map(str, row)) + "\n", encoding="utf-8")
    staged = run(first, second, decimal=",")
    assert list(staged.frame["source_file"]) == ["a.xlsx", "b.csv"]
    assert list(staged.frame["source_sheet"]) == ["2015", ""]
    assert staged.frame["application_token"].nunique() == 1
    assert "the file is CSV although source permits declares a workbook" in said(staged)


def test_workbook_where_csv_is_declared(run, write_xlsx, table, record):
    staged = run(write_xlsx(table(record()), name="a.csv"), reader="csv")
    assert len(staged.frame) == 1
    assert "is a workbook although source permits declares CSV" in said(staged)


def test_nothing_below_the_headings(run, write_xlsx):
    head = ["Application No.", "Nationality", "Sector", "Decision"]
    assert "no filled cells" in fault_of(run, write_xlsx([]))
    assert "no data rows" in fault_of(run, write_xlsx([head]))
    assert "no data rows" in fault_of(run, write_xlsx([head, head, ["Total", None, None, 5]]))


def test_dates_and_numbers_are_no_headings(run, write_xlsx, table, record):
    # the row above the header repeats two headings but holds data
    head, row = table(record())
    above = ["Sex", "Name", dt.date(2015, 1, 1), *[None] * (len(head) - 3)]
    staged = run(write_xlsx([above, head, row]))
    assert len(staged.frame) == 1
    assert list(staged.frame["source_row"]) == [3]


def test_a_row_below_is_not_taken_for_a_second_header_row(run, write_xlsx, table, record):
    head, row = table(record())
    note = [None] * len(head) + ["a note beside the table"]
    staged = run(write_xlsx([[*head, "Comments"], note, [*row, None]]))
    assert list(staged.frame["source_row"]) == [2, 3]
    assert "'Comments'" in said(staged)
    assert "a note" not in said(staged)


def test_headings_are_found_however_far_down(run, write_xlsx, table, record):
    filler = [[f"line {i}"] for i in range(139)]
    assert list(run(write_xlsx([*filler, *table(record())])).frame["source_row"]) == [141]


def test_message_hides_numbers_and_what_a_console_cannot_print(run, write_xlsx, table, record):
    rows = table({**record(), "Tel 5885 1234": "x", "Nom\u011b \u674e": "y", "two\nlines": "z", "Year 2015 2016": "u"})
    text = said(run(write_xlsx(rows)))
    assert "5885" not in text
    assert "(not shown: it holds a number)" in text
    assert "'Nom? ?'" in text
    assert "'two lines'" in text
    assert "'Year 2015 2016'" in text
    text.encode("cp1252")


def test_merged_ranges_of_an_old_workbook(run, write_xls):
    staged = run(write_xls([GROUPED_TOP, GROUPED_LOW, GROUPED_ROW]), columns=GROUPED)
    assert list(staged.frame["application_date"]) == ["2015-01-02"]
    assert list(staged.frame["citizenship"]) == ["Chinese"]


def test_fault_and_frame_name_the_stored_file_only(run, write_xlsx, table, record):
    staged = run(write_xlsx(table(record()), name="1.xlsx"))
    assert set(staged.frame["source_file"]) == {"1.xlsx"}
    assert "original" not in staged.frame.astype(str).sum(axis=None)


def test_workbook_is_not_kept_open(run, write_xlsx, table, record):
    path = write_xlsx(table(record()))
    run(path)
    path.unlink()
    openpyxl.Workbook().save(path)
