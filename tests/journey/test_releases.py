"""Decisions that let rows go on which are held back, and what is said of single rows."""

import pandas as pd
import pytest

from lm_stats.harmonise.releases import RELEASE_COLUMNS
from tests.harmonise.bench import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def decide(tmp_path):
    """A function that writes decisions on rows of one delivery; each is a row number, a reason, and what differs."""

    def write(*decisions, columns=RELEASE_COLUMNS):
        folder = tmp_path / "raw/lso/decisions"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [",".join(columns)]
        for row, reason, *changed in decisions:
            cells = {"delivery_id": "lso/work_permits_mole/2015.v1", "record": "", "source_file": "r.xlsx",
                     "source_sheet": "S", "source_row": str(row), "reason": reason, "decided_by": "T. M.",
                     "decided_on": "2026-11-22", "why": "seen on paper"}  # fmt: skip
            lines.append(",".join((cells | dict(changed)).values()))
        path = folder / "quarantine.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
        return [path, folder / "absent.csv"]

    return write


def marks_of(found):
    frame = pd.read_parquet(found.made.marks)
    return frame[["source_row", "outcome", "reason", "columns"]].to_numpy().tolist()


def test_rows_are_released_for_the_reasons_decided_on(bench, decide):
    rows = [
        {"citizenship": "Mosotho"},
        {"citizenship": "withheld:ab", "issue_date": "31/02/2015", "decision": "Pending"},
        {"workers": "6000"},
        {"fee": "173,,909", "education": "39"},
        {"person_token_passport": "digits lost"},
        {},
    ]
    every = [(2, "foreign_citizen"), (3, "*"), (4, "bounds"), (5, "unreadable_fee"), (5, "unmapped_education"),
             (6, "digits_lost_passport_number")]  # fmt: skip
    found = bench(rows, releases=decide(*every), marks=True)
    assert found.quarantine.empty
    assert found.made.warnings == ()
    table = found.table
    assert table["citizenship"].tolist() == ["LSO", "X", *["CHN"] * 4]
    assert (table.loc["t4", "workers"], table.loc["t5", "education"]) == (6000, "EDU_ISCED11_9")
    assert table.loc["t3", ["issue_date"]].isna().all()
    assert table.loc["t5", ["fee"]].isna().all()
    assert table["person_token_passport"].isna().tolist() == [False] * 4 + [True, False]
    released = {reason: rows for reason, rows in found.accounts[0].warned.items() if reason.startswith("released: ")}
    assert set(released) == {
        "released: bounds", "released: digits_lost_passport_number", "released: foreign_citizen",
        "released: unmapped_citizenship", "released: unmapped_education", "released: unreadable_fee",
        "released: unreadable_issue_date",
    }  # fmt: skip
    assert set(released.values()) == {1}
    assert [5, "warned", "released: unreadable_fee", "fee"] in marks_of(found)


def test_one_of_several_reasons_is_not_enough_and_the_table_must_be_able_to_hold_the_row(bench, decide):
    rows = [{"fee": "173,,909", "education": "39"}, {"decision": "withheld:ab"}, {"application_token": "digits lost",
            "certificate_token": None}, {}]  # fmt: skip
    found = bench(rows, releases=decide((2, "unreadable_fee"), (3, "*"), (4, "digits_lost_application_number")))
    assert found.accounts[0].quarantined == {
        "digits_lost_application_number": 1, "unmapped_decision": 1, "unmapped_education": 1
    }  # fmt: skip
    told = [warning for warning in found.made.warnings if "decisions/quarantine.csv, line" in warning.where]
    assert [warning.where.rsplit(" ", 1)[1] for warning in told] == ["2", "3", "4"]
    assert told[0].what == "the row stays held back for unmapped_education"
    assert told[1].what.startswith("the row stays held back (not_null): the table cannot hold it")
    assert "not_null" in told[2].what


def test_a_decision_that_cannot_be_applied_is_told_with_its_line_and_stops_nothing(bench, decide):
    wrong = {
        "there is no such row": (99, "*"),
        "not held back but left out (total)": (4, "*"),
        "the row is not held back": (3, "*"),
        "not held back for bounds; it is held back for unreadable_fee": (2, "bounds"),
        "decided_by is empty": (2, "*", ("decided_by", " ")),
        "why is empty": (2, "*", ("why", "")),
        "decided_on is no date": (2, "*", ("decided_on", "yesterday")),
        "source_row is no row number": ("two", "*"),
        "delivery_id is no delivery": (2, "*", ("delivery_id", "2015.v1")),
        "is not among the deliveries that stand": (2, "*", ("delivery_id", "lso/work_permits_mole/2014.v1")),
        "it has not 9 fields": (2, "*", ("why", "seen, on paper")),
        "there is no such row in": (2, "*", ("source_sheet", "other")),
    }
    foreign = (2, "*", ("delivery_id", "lso/work_permits_obfc/2015.v1"))
    rows = [{"fee": "173,,909"}, {}, {"excluded": "total"}]
    found = bench(rows, releases=decide(*wrong.values(), foreign))
    assert found.accounts[0].quarantined == {"unreadable_fee": 1}
    told = {int(w.where.rsplit(" ", 1)[1]): w for w in found.made.warnings if "quarantine.csv, line" in w.where}
    assert sorted(told) == list(range(2, 2 + len(wrong)))
    for line, words in enumerate(wrong, start=2):
        assert words in told[line].what, (line, told[line])
        assert told[line].where == f"lso/decisions/quarantine.csv, line {line}"
        assert "173" not in str(told[line])
    (path, _) = decide(columns=("a", "b"))
    assert "its columns are not delivery_id, record" in str(bench(rows, releases=[path]).made.warnings)
    path.write_bytes(b"\xff\xfe\x00")
    (told,) = (warning for warning in bench(rows, releases=[path]).made.warnings if "quarantine.csv" in warning.where)
    assert "its letters cannot be read" in told.what
    assert "Error" not in str(told)


def test_of_rows_that_contradict_each_other_the_chosen_one_stands(bench, decide):
    same = [{"application_token": "a", "fee": str(n)} for n in (500, 600, 700)]
    reason = "same_number_other_content"
    found = bench([*same, {}], releases=decide((3, reason)), marks=True)
    assert found.table.loc["a", "fee"] == 600
    account = found.accounts[0]
    assert (account.excluded, account.quarantined) == ({"other_row_chosen": 2}, {})
    assert account.warned[f"released: {reason}"] == 1
    assert found.made.warnings == ()
    said = [line for line in marks_of(found) if "row_chosen" in line[2] or reason in line[2]]
    number = "application_number,certificate_number"
    assert said == [
        [2, "excluded", "other_row_chosen", number], [3, "warned", f"released: {reason}", number],
        [4, "excluded", "other_row_chosen", number],
    ]  # fmt: skip
    # two that are chosen contradict each other still
    found = bench([*same, {}], releases=decide((3, "*"), (4, reason)))
    assert found.table.loc["a", "fee"] == 500
    assert found.quarantine.index.tolist() == [3, 4]
    told = [warning.what for warning in found.made.warnings if "line" in warning.where]
    assert told == ["more than one row of the same number is released, so none of these decisions counts"] * 2
    # a later delivery of the record wins over any choice
    found = bench([*same, {}], [{"application_token": "a"}], releases=decide((3, reason)))
    assert found.accounts[0].excluded == {"superseded": 3}
    assert "left out (superseded)" in found.made.warnings[-1].what


def test_marks_say_of_every_row_what_the_accounts_count(bench):
    rows = [
        {"excluded": "total"},
        {"citizenship": "withheld:ab", "fee": "x", "birth_year": "1800"},
        {"birth_year": "1800", "fee": "200000"},
        {"application_token": None, "certificate_token": None},
        {"sex": None, "issue_date": "10/02/2014", "application_date": "05/01/14"},
        {"application_token": "a"}, {"application_token": "a"}, {"application_token": "a", "fee": "5", "sex": None},
        {"permit_type": "Fee only", "sex": None},
        {"issue_date": None},
    ]  # fmt: skip
    found = bench(rows, marks=True, batch=5)
    marks = pd.read_parquet(found.made.marks)
    number = "application_number,certificate_number"
    assert marks.iloc[0].to_dict() == {
        "delivery_id": "lso/work_permits_mole/2015.v1", "record": "", "source_file": "r.xlsx", "source_sheet": "S",
        "source_row": 2, "outcome": "excluded", "reason": "total", "columns": "",
    }  # fmt: skip
    assert marks_of(found)[1:] == [
        [3, "quarantined", "unmapped_citizenship", "citizenship"],
        [3, "quarantined", "unreadable_fee", "fee"],
        [4, "quarantined", "bounds", "birth_date"],
        [4, "quarantined", "bounds", "fee"],
        [4, "quarantined", "of_working_age", "birth_date"],
        [5, "quarantined", "not_null", number],
        [6, "warned", "two_digit_year_application_date", "application_date"],
        [6, "warned", "not_stated_sex", "sex"],
        [6, "warned", "outside_the_period", "issue_date,application_date"],
        [8, "excluded", "duplicate", number],
        [9, "quarantined", "same_number_other_content", number],
        [10, "excluded", "fee", "permit_type"],
        [11, "quarantined", "granted_has_issue_date", "decision,issue_date"],
    ]
    (account,) = found.accounts
    firsts = marks.drop_duplicates(["source_row", "outcome"])
    assert firsts[firsts["outcome"] == "quarantined"]["reason"].value_counts().to_dict() == account.quarantined
    assert firsts[firsts["outcome"] == "excluded"]["reason"].value_counts().to_dict() == account.excluded
    assert marks[marks["outcome"] == "warned"]["reason"].value_counts().to_dict() == account.warned


def test_a_decision_is_on_one_row_of_one_file_and_delivery(bench, decide):
    broken = {"fee": "173,,909"}
    reason = "unreadable_fee"
    # of two files that have the row, and of two deliveries, the one that is named; in batches of one row
    rows = [broken, {}, broken | {"source_file": "other.xlsx", "source_row": 2}]
    found = bench(rows, [{}, broken | {"application_token": "n"}], releases=decide((2, reason)), batch=1)
    assert found.accounts[0].quarantined == {reason: 1}
    assert found.accounts[1].quarantined == {reason: 1}
    assert found.quarantine["source_file"].tolist() == ["other.xlsx", "r.xlsx"]
    other = (3, reason, ("delivery_id", "lso/work_permits_mole/2016.v1"))
    found = bench([broken, broken], [{}, broken | {"application_token": "n"}], releases=decide(other), batch=1)
    assert [account.quarantined for account in found.accounts] == [{reason: 2}, {}]


def test_an_address_that_two_rows_have_releases_none_of_them(bench, decide):
    rows = [{"fee": "173,,909"}, {"fee": "173,,909", "source_sheet": "T", "source_row": 2}, {}]
    found = bench(rows, releases=decide((2, "*", ("source_sheet", ""))))
    assert found.accounts[0].quarantined == {"unreadable_fee": 2}
    told = [warning.what for warning in found.made.warnings if "line" in warning.where]
    assert told == ["2 rows have this address, so none is released"]


def test_a_decision_for_another_reason_chooses_no_row(bench, decide):
    same = [{"application_token": "a", "fee": fee} for fee in ("500", "173,,909", "700")]
    other = [{"application_token": "b", "fee": fee} for fee in ("1", "2")]
    reason = "same_number_other_content"
    # the second row of `a` may go on without its fee; that it is the one that stands was not said
    found = bench([*same, *other], releases=decide((3, "unreadable_fee"), (6, reason)))
    assert found.table.loc["a", "fee"] == 500
    assert found.table.loc["b", "fee"] == 2
    assert found.accounts[0].quarantined == {reason: 2}
    # choosing the first of two leaves none of them held back
    found = bench([*same, *other], releases=decide((5, reason)))
    assert found.table.loc["b", "fee"] == 1
    # two choices for `b` are none, so its first row stands; they say nothing of `a`, of which one row was chosen
    found = bench([*same, *other], releases=decide((2, "*"), (5, reason), (6, reason)))
    assert found.table.loc["a", "fee"] == 500
    assert found.table.loc["b", "fee"] == 1
    assert found.accounts[0].quarantined == {reason: 1, "unreadable_fee": 1}
