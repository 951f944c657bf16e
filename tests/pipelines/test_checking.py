"""Judging files without storing them, giving them back, and taking corrections in."""

from __future__ import annotations

import datetime as dt
import os

import openpyxl
import pytest

from lm_stats.handover import RETURNED_SHEETS
from tests.pipelines.conftest import HEADINGS
from tests.shortcuts import AFTER_DELIVERIES


def _workbook(office, text: str, name: str = "register.xlsx"):
    """The register as a workbook, with a sheet of notes."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2014"
    for line in text.splitlines():
        sheet.append(line.split(","))
    for row in sheet.iter_rows():
        for cell in row:
            # what begins with = is a text here, no formula
            cell.data_type = "s"
    notes = book.create_sheet("Notes")
    notes.append(["Prepared by the northern office"])
    path = office.sent / name
    book.save(path)
    return path


def _receive(office, path, *more):
    return office.call(
        "receive", path, "--kind", "work_permits", "--country", "xab", "--agency", "XAB_NORTH",
        "--period", "2014", *more,
    )


def test_a_file_is_judged_and_nothing_is_stored(office):
    path = office.file(office.register("north", 2014, Nationality="Ruritanian"))
    said = office.call("check", path, "--country", "xab", "--agency", "XAB_NORTH", "--period", "2014")
    assert (said.code, said.status) == (0, "done")
    (asset,) = said.document["assets"]
    assert (asset["key"], asset["rows_in"], asset["accepted"], asset["quarantined"]) == ("check/xab/north", 12, 11, 1)
    assert said.document["quarantined_by"] == {"unmapped_citizenship": 1}
    assert not (office.root / "raw").exists()
    # whose it is can be told by its headings, where they are those of one source only
    said = office.call("check", path)
    assert said.code == 2
    assert "xab/north" in said.problems
    assert "xab/south" in said.problems


def test_a_file_of_another_shape_is_refused_with_what_is_missing(office):
    path = office.file(office.register("north", 2014).replace("Nationality", "Passport colour"))
    said = office.call("check", path)
    assert said.code == 2
    assert "no declared source" in said.problems
    said = office.call("check", path, "--kind", "work_permits", "--country", "xab", "--agency", "XAB_NORTH")
    assert said.code == 1
    assert "citizenship ('Nationality')" in said.problems
    missing = office.call("check", office.sent / "nothing.xlsx")
    assert missing.code == 2
    assert "there is no such file" in missing.problems


def test_what_goes_back_is_corrected_and_comes_in_again_clean(office):
    text = office.register("north", 2014, Nationality="Ruritanian", Issued="2014-02-31", Name="=cmd|' /C calc'!A0")
    assert _receive(office, _workbook(office, text)).code == 0
    out = office.sent / "back.xlsx"
    said = office.call("sendback", "xab/north/2014.v1", "--out", out)
    assert (said.code, said.document["outputs"]) == (0, [str(out)])
    # a row counts under the first reason
    assert said.document["quarantined_by"] == {"unreadable_issue_date": 1}
    book = openpyxl.load_workbook(out)
    assert book.sheetnames[0] == RETURNED_SHEETS[0]
    assert [name for name in book.sheetnames if name not in RETURNED_SHEETS] == ["2014", "Notes"]
    sheet = book["2014"]
    assert tuple(cell.value for cell in sheet[1]) == HEADINGS
    assert sheet.max_row == 13
    nationality, issued, name = (sheet.cell(2, HEADINGS.index(text) + 1) for text in ("Nationality", "Issued", "Name"))
    assert (nationality.value, issued.value) == ("Ruritanian", "2014-02-31")
    assert (name.value, name.data_type) == ("=cmd|' /C calc'!A0", "s")
    assert nationality.comment is not None
    assert issued.comment is not None
    assert sheet.cell(3, HEADINGS.index("Nationality") + 1).comment is None
    nationality.value, issued.value = "CHN", dt.date(2014, 4, 2)
    sheet.delete_rows(13)
    corrected = office.sent / "corrected.xlsx"
    book.save(corrected)
    said = _receive(office, corrected, "--version-note", "corrected by the office")
    assert said.document["delivery"] == "xab/north/2014.v2"
    assert (said.document["quarantined_by"], said.document["quarantined_before"]) == ({}, {"unreadable_issue_date": 1})
    changes = said.document["changes"]
    assert changes["since"] == "xab/north/2014.v1"
    told = {(one["change"], one["source_row"] or one["was_row"], one["concept"]) for one in changes["cells"]}
    assert told == {("changed", 2, "citizenship"), ("changed", 2, "issue_date"), ("row_removed", 13, "")}
    assert any("1 rows of version 1 are not in it" in warning["what"] for warning in said.document["warnings"])
    assert "Ruritanian" not in said.stdout + said.stderr
    listed = (office.root / "curated/changes/xab/north/2014.v2.csv").read_text(encoding="utf-8")
    assert listed.count("\n") == 4
    # it comes in clean, and nothing of our own sheets is taken for records
    said = office.call("check", corrected, "--kind", "work_permits", "--country", "xab", "--agency", "XAB_NORTH")
    assert said.document["assets"][0]["quarantined"] == 0
    assert said.document["assets"][0]["rows_in"] == 11


def test_what_cannot_be_sent_back_is_said_and_nothing_is_overwritten(office):
    assert office.receive(office.register("north", 2014)).code == 0
    out = office.sent / "back.xlsx"
    said = office.call("sendback", "xab/north/2015.v1", "--out", out)
    assert said.code == 2
    assert "xab/north/2014.v1" in said.problems
    out.write_bytes(b"corrections of somebody")
    said = office.call("sendback", "xab/north/2014.v1", "--out", out)
    assert said.code == 2
    assert out.read_bytes() == b"corrections of somebody"
    assert office.call("sendback", "xab/north/2014.v1", "--out", office.sent / "back.csv").code == 2
    assert office.call("sendback", "xab/north/2014.v1", "--out", office.sent / "no/back.xlsx").code == 2
    assert list(office.sent.glob(".*")) == []


def test_a_file_that_cannot_be_read_goes_back_with_the_reason(office):
    assert office.receive(office.register("north", 2014).replace("Nationality", "Passport colour")).code == 0
    out = office.sent / "back.xlsx"
    said = office.call("sendback", "xab/north/2014.v1", "--out", out)
    assert said.code == 1
    assert out.exists()
    cells = [str(cell.value) for row in openpyxl.load_workbook(out)[RETURNED_SHEETS[0]] for cell in row if cell.value]
    assert any("Nationality" in text for text in cells)
    assert any("could not be used" in text for text in cells)
    assert not any("Nothing has to be sent back" in text for text in cells)


def test_the_marked_workbook_of_a_check(office):
    path = office.file(office.register("north", 2014, Decided="never"))
    out = office.sent / "marked.xlsx"
    said = office.call("check", path, "--country", "xab", "--agency", "XAB_NORTH", "--out", out)
    assert said.code == 0
    sheet = openpyxl.load_workbook(out).worksheets[1]
    assert sheet.cell(2, HEADINGS.index("Decided") + 1).comment is not None


@pytest.mark.parametrize(
    ("before", "period", "reason"),
    [
        ((), "2014", ""),
        (("2014",), "2014", "corrected version"),
        (("2014",), "2014-03", "part sent again"),
        (("2014",), "2013", "late file"),
        (("2013",), "2014", ""),
    ],
)
def test_why_a_delivery_comes_is_remembered(office, before, period, reason):
    for number, earlier in enumerate(before):
        assert office.receive(office.register("north", 2014, 3 + number), period=earlier).code == 0
    assert office.receive(office.register("north", 2014), period=period).code == 0
    rows = office.call("status").document["deliveries"]
    (row,) = [row for row in rows if row["rows_in"] == 0 and row["delivery"].startswith(f"xab/north/{period}.")][-1:]
    assert row["reason"] == reason


def test_a_month_sent_again_takes_the_place_of_that_month_only(office):
    office.receive(office.register("north", 2014, 5))
    said = office.receive("\n".join(office.register("north", 2014, 2).splitlines()) + "\n", period="2014-03")
    assert said.document["delivery"] == "xab/north/2014-03.v1"
    assert office.run(left_out=AFTER_DELIVERIES).code == 0
    rows = {row["delivery"]: row for row in office.call("status").document["deliveries"]}
    # all decisions are of March: what the year said of it gives way, also the three rows that the office left out
    assert rows["xab/north/2014-03.v1"]["accepted"] == 2
    assert rows["xab/north/2014.v1"]["accepted"] == 0
    assert rows["xab/north/2014.v1"]["excluded"] == {"superseded": 5}


def test_a_year_sent_again_after_one_of_its_months_takes_their_place_and_a_lost_list_is_made_again(
    office, monkeypatch
):
    year, month = office.register("north", 2014, 5), office.register("north", 2014, 2)
    minutes = iter(range(60))

    def receive(text, period):
        monkeypatch.setenv("LM_STATS_NOW", f"2026-01-31T12:{next(minutes):02}:00Z")
        return office.receive(text, period=period)

    receive(year, "2014")
    receive(month, "2014-03")
    # the same bytes, but the year no longer stands whole
    again = receive(year, "2014")
    assert (again.document["delivery"], again.status) == ("xab/north/2014.v2", "done")
    assert receive(year, "2014").status == "unchanged"
    # and the month gave way to it
    assert receive(month, "2014-03").document["delivery"] == "xab/north/2014-03.v2"
    listed = office.root / "curated/changes/xab/north/2014-03.v2.csv"
    before = listed.read_bytes()
    listed.unlink()
    assert receive(month, "2014-03").status == "unchanged"
    assert listed.read_bytes() == before


def test_a_file_named_twice_is_taken_once(office):
    text = office.register("north", 2014)
    one, two = office.file(text), office.file(text, "Copy of register.csv")
    said = office.call(
        "receive", one, two, "--kind", "work_permits", "--country", "xab", "--agency", "XAB_NORTH", "--period", "2014"
    )
    assert any("same bytes as" in warning["what"] for warning in said.document["warnings"])
    assert len(list((office.root / "raw/xab/north/2014.v1").glob("*.csv"))) == 1


def test_rows_are_released_by_a_decision(office):
    office.receive(office.register("north", 2014, Issued=""))
    assert office.run(left_out=AFTER_DELIVERIES).code == 0
    held = {row["delivery"]: row for row in office.call("status").document["deliveries"]}["xab/north/2014.v1"]
    assert held["quarantined_by"] == {"granted_has_issue_date": 1}
    folder = office.root / "raw/xab/decisions"
    folder.mkdir()
    (folder / "quarantine.csv").write_text(
        "delivery_id,record,source_file,source_sheet,source_row,reason,decided_by,decided_on,why\n"
        "xab/north/2014.v1,,register_1.csv,,2,granted_has_issue_date,A. Clerk,2026-01-30,seen on paper\n",
        encoding="utf-8",
    )
    said = office.run(left_out=AFTER_DELIVERIES)
    assert "harmonised/xab/north" in said.keys("made")
    released = {row["delivery"]: row for row in office.call("status").document["deliveries"]}["xab/north/2014.v1"]
    assert (released["accepted"], released["quarantined"]) == (12, 0)


@pytest.mark.parametrize("command", ["check", "receive"])
def test_a_census_that_says_who_is_who_is_turned_away(office, command):
    path = office.file("EA,HH,Passport number\n101,1,RB123456\n")
    said = office.call(command, path, "--kind", "census", "--country", "LSO", "--period", "2016")
    assert said.code == 3
    assert "columns say who the persons are" in said.problems
    assert "RB123456" not in said.stdout + said.stderr
    assert not (office.root / "raw/lso/census").exists()


def test_two_files_of_one_name_are_both_judged(office):
    other = office.sent / "south"
    other.mkdir()
    one = office.file(office.register("north", 2014, 3), "register.csv")
    two = other / "register.csv"
    two.write_bytes(office.register("nord", 2014, 4).encode())
    said = office.call("check", one, two, "--country", "xab", "--agency", "XAB_NORTH")
    assert said.document["assets"][0]["rows_in"] == 7


def test_what_goes_back_heeds_decisions_and_says_that_it_is_synthetic(office):
    text = office.register("north", 2014, Issued="", Name="synthetic data, not official statistics")
    assert office.receive(text).code == 0
    folder = office.root / "raw/xab/decisions"
    folder.mkdir()
    (folder / "quarantine.csv").write_text(
        "delivery_id,record,source_file,source_sheet,source_row,reason,decided_by,decided_on,why\n"
        "xab/north/2014.v1,,register_1.csv,,2,granted_has_issue_date,A. Clerk,2026-01-30,seen on paper\n",
        encoding="utf-8",
    )
    out = office.sent / "back.xlsx"
    said = office.call("sendback", "xab/north/2014.v1", "--out", out)
    assert said.document["quarantined_by"] == {}
    first = openpyxl.load_workbook(out).worksheets[0]
    assert first.cell(1, 1).value == "synthetic data, not official statistics"


def test_whose_a_text_is_can_be_told_without_reading_all_of_it(office, monkeypatch):
    def read(*arguments):
        raise AssertionError("the whole file was read")

    monkeypatch.setattr("lm_stats.stage.recognition.read", read)
    said = office.call("check", office.file(office.register("north", 2014)), "--agency", "XAB_NORTH")
    assert (said.code, said.document["source"]) == (0, "xab/north")


def test_what_a_killed_command_left_is_cleared_and_what_is_at_work_is_not(office, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, new, other = (tmp_path / name for name in ("lm-stats-judging-old", "lm-stats-judging-new", "other"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "persons.csv").write_text("a name", encoding="utf-8")
    for folder in (old, other):
        os.utime(folder, (1_700_000_000, 1_700_000_000))
    said = office.call("check", office.file(office.register("north", 2014)), "--agency", "XAB_NORTH")
    assert said.code == 0
    assert [folder.exists() for folder in (old, new, other)] == [False, True, True]
