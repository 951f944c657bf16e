"""What `status` shows."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.shortcuts import AFTER_DELIVERIES

pytestmark = pytest.mark.journey


def test_an_empty_root_shows_what_offices_owe(office):
    (office.root / "raw").mkdir(parents=True)
    said = office.call("status", "--date", "2026-02-01")
    assert (said.code, said.status) == (0, "done")
    owed = {(d["agency"], d["what"]): (d["period"], d["state"], d["deadline"]) for d in said.document["calendar"]
            if d["ref_area"] == "XAB"}  # fmt: skip
    assert owed == {
        ("XAB_NORTH", "north"): ("2025", "due", "2026-03-31"),
        ("XAB_SOUTH", "south"): ("2025", "due", "2026-03-31"),
        ("XAB_POLICE", "Border offences"): ("2025", "due", "2026-03-31"),
    }
    assert [path.name for path in office.root.rglob("*")] == ["raw"], "looking changes nothing"


def test_a_folder_that_is_no_root_is_wrong_use(office):
    said = office.call("status")
    assert said.code == 2
    assert "no folder raw" in said.problems
    assert not office.root.exists()


def test_deliveries_are_shown_with_their_account_of_rows(ran):
    ran.receive(ran.register("north", 2014, 20, Nationality="Atlantis"))
    before = ran.call("status")
    assert {d["delivery"]: d["state"] for d in before.document["deliveries"]} == {
        "xab/north/2014.v1": "current", "xab/north/2014.v2": "not run yet", "xab/south/2014.v1": "current",
    }  # fmt: skip
    assert "staged/xab/north" in before.document["stale"]
    ran.run()
    said = ran.call("status", "--date", "2015-06-29")
    assert said.document["last_run"]["status"] == "done"
    assert said.document["data_class"] == "real"
    assert said.document["stale"] == []
    rows = {d["delivery"]: d for d in said.document["deliveries"]}
    assert rows["xab/north/2014.v1"]["state"] == "superseded"
    assert rows["xab/north/2014.v1"]["superseded_by"] == "xab/north/2014.v2"
    assert (rows["xab/north/2014.v1"]["rows_in"], rows["xab/north/2014.v1"]["excluded"]) == (12, {"superseded": 12})
    assert (rows["xab/north/2014.v2"]["rows_in"], rows["xab/north/2014.v2"]["accepted"]) == (20, 19)
    assert rows["xab/north/2014.v2"]["quarantined_by"] == {"unmapped_citizenship": 1}
    states = {(d["what"], d["period"]): d["state"] for d in said.document["calendar"] if d["ref_area"] == "XAB"}
    assert states["north", "2014"] == "received"
    assert ["xab/north/2014.v2", "unmapped_citizenship", "1"] in text(ran)


def text(office) -> list[list[str]]:
    """The words of the lines that `status` shows a person."""
    from click.testing import CliRunner

    from pipelines.cli import main

    shown = CliRunner().invoke(main, ["status", "--root", str(office.root), "--catalog", str(office.pack),
                                      "--date", "2016-05-01"])  # fmt: skip
    assert shown.exit_code == 0
    assert shown.stdout.isascii()
    return [line.split() for line in shown.stdout.splitlines()]


def test_the_account_is_that_of_the_table_of_deliveries(ran):
    ran.receive(ran.register("south", 2014).replace("south/2014/1,", "north/2014/1,"), "SOUTH")
    ran.run(left_out=AFTER_DELIVERIES)
    listed = pd.read_parquet(ran.root / "curated/observatory/deliveries.parquet").set_index("delivery_id")
    shown = {d["delivery"]: d for d in ran.call("status").document["deliveries"]}
    assert shown["xab/south/2014.v2"]["excluded"] == {"twin": 1}
    for name, row in shown.items():
        counted = (row["rows_in"], row["accepted"], row["quarantined"], sum(row["excluded"].values()))
        assert counted == tuple(listed.loc[name, ["rows_in", "accepted", "quarantined", "excluded"]]), name


def test_the_text_is_a_plain_table(ran):
    lines = text(ran)
    assert ["xab/north/2014.v1", "2026-01-31T12:00:00Z", "current", "12", "12", "0", "0"] in lines
    assert ["XAB", "XAB_NORTH", "received", "2014", "north"] in lines
    assert ["XAB", "XAB_NORTH", "late", "2015", "2016-03-30", "north"] in lines
    assert ["XAB", "XAB_POLICE", "missing", "2015", "2016-03-30", "Border", "offences"] in lines


def test_a_failed_delivery_is_shown_as_such(ran):
    ran.receive(b"one,two,three\n1,2,3\n", period="2015")
    ran.run(left_out=AFTER_DELIVERIES)
    said = ran.call("status")
    assert {d["delivery"]: d["state"] for d in said.document["deliveries"]}["xab/north/2015.v1"] == "failed"
    assert said.document["last_run"]["status"] == "failed"
    assert said.code == 0
