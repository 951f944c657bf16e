"""What `status` shows."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.journey


def test_an_empty_root_shows_what_offices_owe(office):
    said = office.call("status", "--date", "2026-02-01")
    assert (said.code, said.status) == (0, "done")
    owed = {(d["agency"], d["what"]): (d["period"], d["state"], d["deadline"]) for d in said.document["calendar"]
            if d["ref_area"] == "XAB"}  # fmt: skip
    assert owed == {
        ("XAB_NORTH", "north"): ("2025", "due", "2026-03-31"),
        ("XAB_SOUTH", "south"): ("2025", "due", "2026-03-31"),
        ("XAB_POLICE", "Border offences"): ("2025", "due", "2026-03-31"),
    }
    assert not office.root.exists(), "looking changes nothing"


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
    assert (rows["xab/north/2014.v2"]["rows_in"], rows["xab/north/2014.v2"]["accepted"]) == (20, 19)
    assert rows["xab/north/2014.v2"]["quarantined_by"] == {"unmapped_citizenship": 1}
    states = {(d["what"], d["period"]): d["state"] for d in said.document["calendar"] if d["ref_area"] == "XAB"}
    assert states["north", "2014"] == "received"


def test_the_text_is_a_plain_table(ran):
    from click.testing import CliRunner

    from pipelines.cli import main

    shown = CliRunner().invoke(main, ["status", "--root", str(ran.root), "--catalog", str(ran.pack),
                                      "--date", "2016-05-01"])  # fmt: skip
    assert shown.exit_code == 0
    assert shown.stdout.isascii()
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["xab/north/2014.v1", "2026-01-31T12:00:00Z", "current", "12", "12", "0", "0"] in lines
    assert ["XAB", "XAB_NORTH", "received", "2014", "north"] in lines
    assert ["XAB", "XAB_NORTH", "late", "2015", "2016-03-30", "north"] in lines
    assert ["XAB", "XAB_POLICE", "missing", "2015", "2016-03-30", "Border", "offences"] in lines


def test_a_failed_delivery_is_shown_as_such(ran):
    ran.receive(b"one,two,three\n1,2,3\n", period="2015")
    ran.run()
    said = ran.call("status")
    assert {d["delivery"]: d["state"] for d in said.document["deliveries"]}["xab/north/2015.v1"] == "failed"
    assert said.document["last_run"]["status"] == "failed"
    assert said.code == 0
