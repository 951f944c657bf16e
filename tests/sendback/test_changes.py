"""What changed between two versions: the same rows are found again, and no value is told."""

from functools import cache

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.handover import write_parquet
from lm_stats.sendback import count_changes, describe_changes, list_changes


@cache
def catalog():
    return load()


NUMBERS = ("application_token", "certificate_token")


def row(number, line, sheet="2014", excluded="", **cells):
    usual = {
        "application_token": f"app{number}", "certificate_token": f"cert{number}", "person_token_name": f"name{number}",
        "person_token_name_sorted": f"sorted{number}", "citizenship": "Chinese", "sex": "F",
        "issue_date": "2014-02-03", "fee": "1500", "fee_label": None,
    }  # fmt: skip
    return {"source_file": "a.xlsx", "source_sheet": sheet, "source_row": line, "excluded": excluded} | usual | cells


def staged(folder, name, rows):
    path = folder / f"{name}.parquet"
    frame = pd.DataFrame(rows)
    write_parquet(frame.astype({c: "str" for c in frame if c != "source_row"} | {"source_row": "int32"}), path)
    return {"": path}


def compare(folder, before, after, kind="work_permits"):
    files = staged(folder, "a", before), staged(folder, "b", after)
    frame = list_changes(*files, catalog().kinds[kind], catalog().concepts)
    return frame, list(frame[["change", "source_row", "was_row", "concept"]].itertuples(index=False, name=None))


def test_cells_rows_and_numbers(tmp_path):
    none = {"application_token": None, "certificate_token": None}
    before = [
        row(1, 5), row(2, 6), row(3, 7, sex=None), row(4, 8), row(5, 9), row(6, 10, **none),
        # two applications of one number: one of them is corrected
        row(7, 11, citizenship="Indian"), row(7, 12, person_token_name="other", issue_date="2014-05-05"),
        row(8, 13, **none, excluded="total"), row(9, 14),
    ]  # fmt: skip
    after = [
        row(1, 5, fee="1500.0"), row(2, 6, person_token_name="x", person_token_name_sorted="y"), row(3, 7), row(20, 8),
        row(6, 10, **none, issue_date=None),
        row(70, 11, citizenship="Indian"), row(7, 12, person_token_name="other", issue_date="2014-05-05"),
        row(8, 13, **none, excluded="total", fee="1"),
        # elsewhere, so found by its number
        row(9, 30, citizenship="Zambian"), row(10, 31),
    ]  # fmt: skip
    after[3] |= {"person_token_name": "name4", "person_token_name_sorted": "sorted4"}
    frame, found = compare(tmp_path, before, after)
    assert [tuple(None if pd.isna(part) else part for part in one) for one in found] == [
        ("changed", 6, 6, "name"),
        ("filled", 7, 7, "sex"),
        ("changed", 8, 8, "application_number"),
        ("changed", 8, 8, "certificate_number"),
        ("row_removed", None, 9, ""),
        ("emptied", 10, 10, "issue_date"),
        ("changed", 11, 11, "application_number"),
        ("changed", 11, 11, "certificate_number"),
        ("changed", 11, 11, "name"),
        ("changed", 30, 14, "citizenship"),
        ("row_added", 31, None, ""),
    ]
    assert count_changes(frame) == {"changed": 7, "filled": 1, "emptied": 1, "row_added": 1, "row_removed": 1}
    lines = describe_changes(frame, most=3, concepts=catalog().concepts)
    assert lines == [
        "sheet 2014, row 6: Name changed",
        "sheet 2014, row 7: Sex filled in",
        "sheet 2014, row 8: Application number changed, Certificate number changed",
        "and 5 more rows",
    ]
    assert describe_changes(frame)[-2:] == [
        "sheet 2014, row 30 (was row 14): citizenship changed",
        "sheet 2014, row 31: row added",
    ]


def test_another_row_at_an_address_is_another_row(tmp_path):
    other = {"citizenship": "Indian", "sex": "M", "issue_date": "2015-01-01", "fee": "3"}
    _, found = compare(tmp_path, [row(1, 5)], [row(2, 5, **other)])
    assert [(change, concept) for change, *_, concept in found] == [("row_added", ""), ("row_removed", "")]


def test_a_file_that_comes_back_as_a_workbook_is_the_same(tmp_path):
    none = {"application_token": None, "certificate_token": None}
    csv = {"sheet": "", "source_file": "Register.csv"}
    before = [row(1, 2, **csv, fee_label="paid"), row(2, 3, **csv, **none)]
    after = [row(1, 2, "Register"), row(2, 3, "Register", **none, fee="7")]
    after = [{name: value for name, value in one.items() if name != "fee_label"} for one in after]
    frame, found = compare(tmp_path, before, after)
    assert found == [("changed", 3, 3, "fee")]
    assert frame.loc[0, ["was_file", "was_sheet", "source_sheet"]].tolist() == ["Register.csv", "", "Register"]
    assert compare(tmp_path, before, before)[1] == []


def test_households_and_published_values(tmp_path):
    def person(line, number, **cells):
        return {"source_file": "c.csv", "source_sheet": "", "source_row": line, "excluded": "",
                "household_id": "h1", "person_number": number, "age": "30", "sex": "1"} | cells  # fmt: skip

    kind, concepts = catalog().kinds["census"], catalog().concepts
    before = staged(tmp_path, "c", [person(2, "1"), person(3, "2", age="5")])
    after = staged(tmp_path, "d", [person(2, "2", age="5"), person(3, "1", age="31")])
    frame = list_changes({"persons": before[""]}, {"persons": after[""]}, kind, concepts)
    assert frame[["record", "change", "source_row", "was_row", "concept"]].values.tolist() == [
        ["persons", "changed", 3, 2, "age"]
    ]
    assert list_changes({}, {"persons": after[""]}, kind, concepts)["change"].tolist() == ["row_added"] * 2

    def value(line, year, number):
        return {"source_file": "t.xlsx", "source_sheet": "T", "source_row": line, "excluded": "", "source_column": "B",
                "origin": "A", "destination": "B", "sex": "SEX_T", "year": year, "obs_value": number}  # fmt: skip

    _, found = compare(tmp_path, [value(3, "2019", "5"), value(4, "2020", "6")],
                       [value(3, "2020", "6"), value(4, "2019", "7")], "migrant_stock")  # fmt: skip
    assert found == [("changed", 4, 3, "obs_value")]


@pytest.mark.parametrize("name", NUMBERS)
def test_the_number_tells_rows_apart_whichever_there_is(tmp_path, name):
    other = dict.fromkeys(NUMBERS) | {name: "n"}
    _, found = compare(tmp_path, [row(1, 5, **other)], [row(1, 9, **other, sex="M")])
    assert found == [("changed", 9, 5, "sex")]


def test_what_is_no_record_in_either_version_is_no_change(tmp_path):
    total = row(9, 3, excluded="total")
    assert compare(tmp_path, [row(1, 2), total], [row(1, 2)])[1] == []
    assert compare(tmp_path, [row(1, 2)], [row(1, 2), total])[1] == []
    # a row that was taken for a total and has become a record
    assert compare(tmp_path, [row(1, 2, excluded="total")], [row(1, 2, fee="7")])[1] == [("changed", 2, 2, "fee")]


def test_a_number_was_corrected_if_half_of_the_cells_are_equal_and_not_if_fewer(tmp_path):
    before = row(1, 2, fee=None)
    numbers = {"application_token": "x", "certificate_token": "y"}
    _, found = compare(tmp_path, [before], [before | numbers | {"sex": "M"}])
    assert [(change, concept) for change, _, _, concept in found] == [
        ("changed", "application_number"), ("changed", "certificate_number"), ("changed", "sex")
    ]  # fmt: skip
    _, found = compare(tmp_path, [before], [before | numbers | {"sex": "M", "citizenship": "Indian"}])
    assert sorted(change for change, *_ in found) == ["row_added", "row_removed"]
