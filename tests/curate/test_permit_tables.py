"""The observatory's tables of linked permits."""

from __future__ import annotations

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.curate.permits import tables
from lm_stats.spec import Fault

UNTIL = {"XAA": pd.Timestamp("2020-12-31"), "XBB": pd.Timestamp("2020-12-31")}


def permits(tmp_path, *rows, **columns):
    """Permits: area, number, decision, issue, first and last day, cancellation."""
    names = ["ref_area", "permit_id", "decision", "issue_date", "valid_from", "valid_to", "cancellation_date"]
    frame = pd.DataFrame(list(rows), columns=names)
    frame = frame.assign(**{name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in names[3:]})
    frame = frame.assign(source="north", delivery_id="d", data_class="real", region_of_origin="ASI",
                         economic_activity="A", application_date=frame["issue_date"])  # fmt: skip
    frame = frame.assign(**{f"{name}_precision": "day" for name in names[3:]}).assign(**columns)
    frame.to_parquet(tmp_path / "permits.parquet")
    return tmp_path / "permits.parquet"


def linked(tmp_path, *rows):
    frame = pd.DataFrame(list(rows), columns=["ref_area", "permit_id", "person_id", "link_rule"])
    frame.assign(link_probability=None, link_status="single").to_parquet(tmp_path / "links.parquet")
    return tmp_path / "links.parquet"


def test_certificates_have_the_days_on_which_they_are_valid(tmp_path):
    given = permits(
        tmp_path,
        ("XAA", "a", "granted", "2019-01-10", "2019-02-01", "2019-12-31", None),
        ("XAA", "b", "granted", "2019-01-10", None, "2019-12-31", "2019-07-01"),
        ("XAA", "c", "granted", "2019-01-10", "2019-02-01", "2019-12-31", "2019-02-01"),
        ("XAA", "d", "granted", "2019-01-10", "2019-02-01", "2019-12-31", "2020-02-01"),
        ("XAA", "e", "refused", None, "2019-02-01", "2019-12-31", None),
        ("XAA", "f", "pending", None, "2019-02-01", "2019-12-31", None),
    )
    links = linked(tmp_path, *(("XAA", name, f"P{name}", "no other") for name in "abcdef"))
    made = tables.tabulate_certificates(given, links, UNTIL).set_index("permit_id")
    days = made[["first_valid_day", "last_valid_day"]].map(lambda day: str(day)[:10]).to_numpy().tolist()
    assert dict(zip(made.index, days, strict=True)) == {
        "a": ["2019-02-01", "2019-12-31"],
        "b": ["2019-01-10", "2019-06-30"],
        "c": ["NaT", "NaT"],  # cancelled before it began
        "d": ["2019-02-01", "2019-12-31"],
    }
    assert len(tables.tabulate_applications(given, links, UNTIL)) == 6


def test_an_area_that_names_nobody_has_no_spells_and_one_that_does_keeps_its_unidentified(tmp_path):
    given = permits(tmp_path, *((area, name, "granted", "2019-01-01", "2019-01-01", "2019-12-31", None)
                                for area in ("XAA", "XBB") for name in "ab"))  # fmt: skip
    links = linked(tmp_path, ("XAA", "a", "P1", "no other"), ("XAA", "b", "P2", "unidentified"),
                   ("XBB", "a", "P3", "unidentified"), ("XBB", "b", "P4", "unidentified"))  # fmt: skip
    made = tables.tabulate_spells(given, links, UNTIL)
    assert made[["ref_area", "permit_id"]].to_numpy().tolist() == [["XAA", "a"], ["XAA", "b"]]
    made.to_parquet(tmp_path / "spells.parquet")
    assert set(tables.tabulate_persons(given, links, tmp_path / "spells.parquet", UNTIL)["ref_area"]) == {"XAA"}
    seen = tables.tabulate_events(given, links, tmp_path / "spells.parquet")
    assert set(seen.loc[seen["ref_area"] == "XBB", "event"]) == {"applied", "granted", "issued"}
    assert seen.loc[seen["ref_area"] == "XBB", "observed_until"].isna().all()


def test_two_vintages_are_compared_up_to_the_last_year_that_both_know():
    def parts(until, *rows):
        frame = pd.DataFrame(list(rows), columns=["permit_id", "person_id", "start", "end"])
        frame = frame.assign(**{name: pd.to_datetime(frame[name]) for name in ("start", "end")})
        return frame.assign(ref_area="XAA", observed_until=pd.Timestamp(until), region_of_origin="ASI", source="north",
                            economic_activity="A", delivery_id="d", data_class="real")  # fmt: skip

    then = parts("2014-12-31", ("a", "P1", "2013-02-01", "2016-01-31"))
    now = parts("2015-12-31", ("a", "P1", "2013-02-01", "2016-01-31"), ("b", "P2", "2014-02-01", "2016-01-31"))
    made = tables.tabulate_revisions(then, now, {"XAA": ("2015-01-10", "2016-01-10")})
    assert made["reference_date"].astype("str").tolist() == ["2013-12-31", "2014-12-31"]
    assert made[["stock_then", "registered_late", "corrected", "stock_now", "residual"]].to_numpy().tolist() == [
        [1, 0, 0, 1, 0], [1, 1, 0, 2, 0],
    ]  # fmt: skip
    turned = tables.tabulate_revisions(now, then, {"XAA": ("2016-01-10", "2016-02-10")})
    assert turned["reference_date"].astype("str").tolist() == ["2013-12-31", "2014-12-31"]


def test_a_certificate_that_governed_no_day_was_known_all_the_same(tmp_path):
    given = permits(tmp_path, ("XAA", "a", "granted", "2019-01-01", "2019-01-01", "2019-12-31", None),
                    ("XAA", "b", "granted", "2019-01-01", "2019-01-01", "2019-12-31", None),
                    ("XAA", "r", "refused", None, None, None, None))  # fmt: skip
    links = linked(tmp_path, ("XAA", "a", "P1", "decided"), ("XAA", "b", "P1", "decided"),
                   ("XAA", "r", "P2", "no other"))  # fmt: skip
    tables.tabulate_spells(given, links, UNTIL).to_parquet(tmp_path / "spells.parquet")
    kept = tables.keep_vintage(tmp_path / "spells.parquet", given, {"XAA": {"received_at": "2020-01-01"}})
    assert kept["permit_id"].tolist() == ["a", "b"]
    assert kept["person_id"].isna().tolist() == [True, False]


def test_a_table_that_breaks_its_declaration_is_not_written(tmp_path):
    catalog = load()
    table = catalog.tables["person_links"]
    row = {"ref_area": "LSO", "permit_id": "a", "person_id": "P1", "link_rule": "no other", "link_status": "single",
           "link_probability": None, "calibration": "uncalibrated", "source": "north", "delivery_id": "d",
           "data_class": "real"}  # fmt: skip
    into = tmp_path / "t.parquet"
    with pytest.raises(Fault, match="stand twice"):
        tables.write_table(table, catalog.concepts, catalog.codelists, pd.DataFrame([row, row]), into)
    assert not into.exists()
    assert tables.write_table(table, catalog.concepts, catalog.codelists, pd.DataFrame([row]), into) == 1
