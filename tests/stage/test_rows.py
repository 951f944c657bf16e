"""Which rows are records, and how cells become text."""

import datetime as dt

import pandas as pd
import pytest


def reasons(staged):
    return dict(zip(staged.frame["source_row"], staged.frame["excluded"], strict=True))


def test_frame_begins_with_the_address_and_is_text(run, write_xlsx, table, record):
    frame = run(write_xlsx(table(record()))).frame
    assert list(frame.columns[:4]) == ["source_file", "source_sheet", "source_row", "excluded"]
    assert frame["source_row"].dtype == "int32"
    assert all(frame[name].dtype == "str" for name in frame if name != "source_row")
    assert "phone" not in frame
    tokens = {"application_token", "certificate_token", "person_token_passport", "employer_id", "person_token_name"}
    assert tokens | {"person_token_name_sounds", "person_token_birth_date", "birth_year"} <= set(frame)
    assert not {"name", "employer", "passport_number", "application_number", "birth_date"} & set(frame)


def test_cells_become_text_as_they_are(run, write_xlsx, table, record):
    rows = table(
        record(Pay=1250.5, Workers=3.0, Issued=dt.datetime(2015, 5, 6, 13, 30)),
        record(Pay="1 250", Workers="12", Issued="06/05/2015", Sex=" f ", Nationality="NA", Sector="4711"),
        record(Pay=40000, Workers=True, Issued=42130, Sex=None, Nationality="#N/A", District="  "),
        record(Pay="nil", Workers="-", Issued=dt.date(1900, 1, 1), Sex="n/a", Sector=41.0),
    )
    frame = run(write_xlsx(rows)).frame
    assert list(frame["monthly_pay"]) == ["1250.5", "1 250", "40000", "nil"]
    assert list(frame["workers"][[0, 1, 3]]) == ["3", "12", "-"]
    assert frame["workers"][2].startswith("withheld:")
    assert list(frame["issue_date"]) == ["2015-05-06", "06/05/2015", "42130", "1900-01-01"]
    assert list(frame["sex"][[0, 1, 3]]) == ["F", " f ", "n/a"]
    assert pd.isna(frame["sex"][2])
    assert pd.isna(frame["district"][2])
    assert frame["citizenship"][1].startswith("withheld:")
    assert frame["citizenship"][2] == "#N/A"
    assert list(frame["economic_activity"]) == ["Retail", "4711", "Retail", "41"]


def test_numbers_of_a_workbook_are_written_with_the_declared_decimal_mark(run, write_xlsx, table, record):
    # 1.234 is one and a bit in a cell, but a thousand and more in a text of that office
    frame = run(write_xlsx(table(record(Pay=1.234), record(Pay="1.234"), record(Pay="1.234,5"))), decimal=",").frame
    assert list(frame["monthly_pay"]) == ["1,234", "1.234", "1.234,5"]


def test_leading_zeros_and_formulas_are_only_text(run, write_xlsx, table, record, keyring):
    rows = table(record(Passport="000123"), record(Passport=123.0), record(Passport="=cmd|' /C calc'!A0"))
    frame = run(write_xlsx(rows)).frame
    expected = keyring.document("passport", pd.Series(["000123", "123"], dtype="str"))
    assert list(frame["person_token_passport"][:2]) == list(expected)


def test_blank_rows_are_no_rows(run, write_xlsx, table, record):
    head, row = table(record())
    staged = run(write_xlsx([head, row, [None] * 3, ["", "  ", "\u00a0\n"], row, [None, None, None, "x"], row]))
    assert list(staged.frame["source_row"]) == [2, 5, 6, 7]


@pytest.mark.parametrize(
    "total",
    [
        ["TOTAL", None, None, None, None, None, None, None, None, None, None, None, None, None, None, 9999, 3],
        [None, None, "Total for 2015:", None, None, None, None, None, None, None, None, None, None, None, None, 9, 3],
        ["Sub-total", 45],
        ["  grand   TOTAL ", None, 45],
        [None, "TOTAL", "x", "y"],
        ["Total 2015"],
        ["-", None, None, None, None, None, None, None, "Subtotal", 3],
        # counts under the headings: 47 is also a code
        ["Total", 3, 3, None, None, None, None, 2, 3, 47, 3, 3, 3],
        [None, None, None, None, None, None, None, 2, "TOTAL", 47, 3, 3, 3],
        ["TOTAL", "C-0045", "x", "y"],
    ],
)
def test_rows_that_are_totals(run, write_xlsx, table, record, total):
    staged = run(write_xlsx([*table(record(), record()), total, list(record().values())]))
    assert reasons(staged) == {2: "", 3: "", 4: "total", 5: ""}


def test_total_in_a_column_that_is_not_declared(run, write_xlsx, table, record):
    rows = table({"Line": 1, **record()}, {"Line": "Total", "Application No.": 45, "Pay": 20000})
    assert reasons(run(write_xlsx(rows))) == {2: "", 3: "total"}


def test_totals_in_the_words_of_the_office(run, write_xlsx, table, record):
    rows = [*table(record(), record()), ["Soma e tudo"], ["Total", "x", "y"]]
    assert reasons(run(write_xlsx(rows), totals=("soma",))) == {2: "", 3: "", 4: "total", 5: ""}
    rows = [*table(record(), record()), ["Total", "x", "y"]]
    assert reasons(run(write_xlsx(rows), totals=())) == {2: "", 3: "", 4: ""}


@pytest.mark.parametrize(
    "changed",
    [
        {"Employer": "Total Ventures Ltd"},
        {"Employer": "TOTAL", "Application No.": None},
        {"Employer": "Total Lesotho (Pty) Ltd", "Application No.": None, "Permit / No.": None},
        {"Name": "Total, Marie", "Application No.": None, "Permit / No.": None},
        {"Employer": "Totally Fresh", "Application No.": None, "Permit / No.": None, "Sector": None, "Decision": None},
        {"Application No.": "Totaal-1"},
    ],
)
def test_employers_and_workers_called_total_are_records(run, write_xlsx, table, record, changed):
    staged = run(write_xlsx(table(record(), {**record(), **changed}, record())))
    assert reasons(staged) == {2: "", 3: "", 4: ""}


def test_footers_stand_after_the_last_record(run, write_xlsx, table, record):
    footers = [
        ["Prepared by: T. Mokoena"],
        ["Date:", dt.date(2016, 1, 4)],
        [None, None, None, None, "Signature"],
        ["Total", None, 3],
        ["31/12/2015"],
    ]
    staged = run(write_xlsx([*table(record(), record()), [], *footers]))
    assert reasons(staged) == {2: "", 3: "", 5: "footer", 6: "footer", 7: "footer", 8: "total", 9: "footer"}


def test_short_rows_before_the_last_record_are_kept(run, write_xlsx, table, record):
    head, row = table(record())
    staged = run(write_xlsx([head, row, [None, None, "Seen 2016"], ["Maseru"], row, ["checked"]]))
    assert reasons(staged) == {2: "", 3: "", 4: "", 5: "", 6: "footer"}


def test_short_record_at_the_end_is_kept(run, write_xlsx, table, record):
    head, row = table(record())
    short = [None] * len(head)
    short[head.index("Application No.")], short[head.index("Name")] = "A/2015/099", "X"
    known = [None] * len(head)
    known[head.index("Nationality")] = "Chinese"
    staged = run(write_xlsx([head, row, short, known, ["A / 2015 / and so on"]]))
    assert reasons(staged) == {2: "", 3: "", 4: "", 5: "footer"}


def test_repeated_headings_are_excluded(run, write_xlsx, table, record):
    head, row = table(record())
    again = [heading.upper() for heading in head]
    almost = [*head[:-1], "3"]
    staged = run(write_xlsx([head, row, head, row, row, again, almost]))
    assert reasons(staged) == {2: "", 3: "heading", 4: "", 5: "", 6: "heading", 7: ""}


def test_both_rows_of_a_repeated_two_row_header_are_excluded(run, write_xlsx):
    top, low = ["Application", None, "Nationality", "Sector", "Decision"], ["No.", "Date", None, None, None]
    columns = {
        "application_number": ("Application / No.",), "application_date": ("Application / Date",),
        "citizenship": ("Nationality",), "economic_activity": ("Sector",), "decision": ("Decision",),
    }  # fmt: skip
    row = ["A1", dt.date(2015, 1, 1), "Chinese", "Retail", "Granted"]
    staged = run(write_xlsx([top, low, row, top, low, row]), columns=columns)
    assert reasons(staged) == {3: "", 4: "heading", 5: "heading", 6: ""}


def test_csv_lines(run, tmp_path, table, record):
    head, row = table(record(Born="04/03/1980", Issued="06/05/2015", Employer='Sky\n"Blue" Ltd'))
    quoted = ",".join('"' + str(cell).replace('"', '""') + '"' for cell in row)
    path = tmp_path / "a.csv"
    lines = ["Register", "", ",".join(head), quoted, "", quoted, "TOTAL,2", "Prepared by me"]
    path.write_bytes("\r\n".join(lines).encode())
    staged = run(path, reader="csv")
    assert reasons(staged) == {4: "", 7: "", 9: "total", 10: "footer"}
    assert staged.frame["employer_id"].nunique(dropna=False) == 2
    assert set(staged.frame["source_sheet"]) == {""}
    assert staged.warnings == ()


def test_lines_with_more_cells_than_headings_keep_tokens_only(run, tmp_path, table, record):
    head, row = table(record(Born="04/03/1980", Issued="06/05/2015", Employer="Sky"))
    shifted = [str(cell) for cell in row]
    shifted[head.index("Employer")] = "Sky, Ltd"
    path = tmp_path / "a.csv"
    lines = [head, row, shifted, [*row, "", ""], row[:5]]
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines), encoding="utf-8")
    staged = run(path, reader="csv")
    assert reasons(staged) == {2: "", 3: "", 4: "", 5: ""}
    (warning,) = staged.warnings
    assert "1 lines hold more cells than there are headings" in warning.what
    assert "lines 3" in warning.what
    kept = staged.frame.loc[1, ["sex", "citizenship", "economic_activity", "decision", "issue_date"]]
    assert kept.str.startswith("withheld:").all()
    assert list(staged.frame.loc[2, ["sex", "citizenship", "decision"]]) == ["F", "Chinese", "Approved"]
    assert pd.isna(staged.frame.loc[3, "decision"])


def test_a_file_that_ends_in_the_middle_of_a_line_was_cut_off(run, tmp_path, table, record):
    from lm_stats.spec import Fault

    head, row = table(record())
    path = tmp_path / "a.csv"
    whole = "".join(",".join(map(str, line)) + "\n" for line in [head, row, row, row])
    path.write_text(whole[: -len(str(row[-1])) - 3], encoding="utf-8")
    with pytest.raises(Fault, match=r"a\.csv, line 4: the file ends in the middle of a line"):
        run(path, reader="csv")


def test_quotes_that_swallow_a_line_are_a_fault(run, tmp_path, table, record):
    from lm_stats.spec import Fault

    head, row = table(record())
    cells = [str(cell) for cell in row]
    opened, closed = list(cells), list(cells)
    opened[2], closed[2] = '"Lerato', 'Molapo"'
    path = tmp_path / "a.csv"
    lines = [head, cells, opened, cells, [cells[0], 'x"', *cells[2:]], cells]
    path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    with pytest.raises(Fault) as fault:
        run(path, reader="csv")
    assert "line 3" in str(fault.value)
    assert "Lerato" not in str(fault.value)


def test_defaults_fill_empty_cells_of_records_only(run, write_xlsx, table, record):
    rows = [*table(record(), record(Sex=None), record(Sex="-")), ["Total", None, 3]]
    frame = run(write_xlsx(rows), defaults={"sex": "M", "currency": "XAL"}).frame
    assert list(frame["sex"][:3]) == ["F", "M", "-"]
    assert pd.isna(frame["sex"][3])
    assert list(frame["currency"].fillna("")) == ["XAL", "XAL", "XAL", ""]
