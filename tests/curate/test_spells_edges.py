"""Which certificates stand, from when, and what is known at the last day."""

from __future__ import annotations

import pandas as pd
import pytest

from lm_stats.curate.permits.events import events
from lm_stats.curate.permits.persons import persons
from lm_stats.curate.permits.spells import spells, undated


def certificates(*rows, **columns):
    frame = pd.DataFrame(list(rows), columns=["permit_id", "valid_from", "valid_to"])
    dates = {name: pd.to_datetime(frame[name]) for name in ("valid_from", "valid_to")}
    frame = frame.assign(ref_area="XAA", decision="granted", **dates).assign(**columns)
    return frame.assign(issue_date=frame["valid_from"]) if "issue_date" not in frame else frame


def links(frame, person="P1"):
    return pd.DataFrame({"ref_area": frame["ref_area"], "permit_id": frame["permit_id"], "person_id": person})


@pytest.mark.parametrize("decision", ["pending", "refused", "withdrawn"])
def test_only_what_was_granted_allows_work(decision):
    # offices write the days that were asked for, whatever became of it
    frame = certificates(("a", "2019-01-01", "2019-12-31"), ("b", "2020-01-01", "2020-12-31"),
                         decision=["granted", decision])  # fmt: skip
    made = spells(frame, links(frame), until="2020-12-31")
    assert made["permit_id"].tolist() == ["a"]
    assert persons(frame, links(frame), made)["n_certificates"].tolist() == [1]
    assert undated(frame)["certificates"].tolist() == [1]


def test_a_certificate_runs_from_its_own_first_day_and_not_from_that_of_issue():
    frame = certificates(("a", "2019-02-01", "2019-12-31"), issue_date=pd.to_datetime(["2019-01-10"]))
    assert spells(frame, links(frame))["start"].astype(str).tolist() == ["2019-02-01"]


def test_without_a_last_day_the_latest_date_of_any_kind_is_what_is_known():
    frame = certificates(
        ("a", "2019-01-01", "2019-03-31"), ("b", None, None), ("c", None, None),
        decision=["granted", "pending", "refused"],
        application_date=pd.to_datetime(["2018-12-01", "2019-06-30", "2019-01-01"]),
        decision_date=pd.to_datetime([None, None, "2019-02-01"]),
    )  # fmt: skip
    made = spells(frame, links(frame))
    assert made["observed_until"].astype(str).tolist() == ["2019-06-30"]
    assert made["exit"].tolist() == ["expired"]
    later = frame.assign(decision_date=pd.to_datetime([None, None, "2019-08-01"]))
    assert spells(later, links(later))["observed_until"].astype(str).tolist() == ["2019-08-01"]


def test_what_is_to_be_cancelled_after_the_last_day_known_is_open():
    frame = certificates(("a", "2019-01-01", "2020-12-31"), cancellation_date=pd.to_datetime(["2020-03-01"]))
    exits = {day: spells(frame, links(frame), until=day)["exit"].tolist() for day in ("2019-12-31", "2020-03-01")}
    assert exits == {"2019-12-31": ["open"], "2020-03-01": ["cancelled"]}


def test_who_holds_a_certificate_to_the_last_day_known_has_not_left_yet():
    # what follows on the next day is not known
    frame = certificates(("a", "2019-01-01", "2019-12-31"))
    assert spells(frame, links(frame), until="2019-12-31")["exit"].tolist() == ["open"]
    assert spells(frame, links(frame), until="2020-01-01")["exit"].tolist() == ["expired"]
    cancelled = frame.assign(cancellation_date=pd.Timestamp("2019-07-01"))
    assert spells(cancelled, links(cancelled), until="2019-06-30")["exit"].tolist() == ["open"]


def test_a_certificate_of_one_day_and_one_cancelled_on_its_last():
    frame = certificates(("a", "2019-01-01", "2019-01-01"), ("b", "2019-02-01", "2019-02-10"),
                         cancellation_date=pd.to_datetime([None, "2019-02-10"]))  # fmt: skip
    made = spells(frame, links(frame), until="2019-12-31")
    assert made[["permit_id", "start", "end", "exit"]].astype(str).to_numpy().tolist() == [
        ["a", "2019-01-01", "2019-01-01", "expired"], ["b", "2019-02-01", "2019-02-09", "cancelled"],
    ]  # fmt: skip


def test_an_end_that_is_known_to_the_month_does_not_matter_where_the_day_of_cancellation_is():
    frame = certificates(("a", "2019-01-01", "2019-12-31"), ("b", "2019-01-01", "2019-12-31"))
    frame = frame.assign(cancellation_date=pd.to_datetime([None, "2019-02-10"]), valid_to_precision="month")
    assert undated(frame)["imprecise"].tolist() == [1]


def test_events_stand_on_their_days_and_say_nothing_that_is_not_known():
    frame = certificates(
        ("a", "2019-01-01", "2019-03-31"), ("b", "2019-05-01", "2020-12-31"), ("w", None, None),
        decision=["granted", "granted", "withdrawn"], application_date=pd.to_datetime(["2018-12-01"] * 3),
        decision_date=pd.to_datetime(["2018-12-15", None, "2019-02-02"]),
        issue_date=pd.to_datetime(["2019-01-01", "2019-04-20", None]),
    )  # fmt: skip
    seen = events(frame, spells(frame, links(frame), until="2019-12-31"))
    told = seen[~seen["event"].isin(["applied"])][["permit_id", "event", "event_date"]].astype(str).to_numpy().tolist()
    assert told == [
        ["a", "granted", "2018-12-15"], ["a", "first_entry", "2019-01-01"], ["a", "issued", "2019-01-01"],
        ["w", "withdrawn", "2019-02-02"], ["a", "expired", "2019-04-01"], ["b", "granted", "2019-04-20"],
        ["b", "issued", "2019-04-20"], ["b", "re_entry", "2019-05-01"],
    ]  # fmt: skip


def test_what_is_not_stated_is_no_change_of_work():
    frame = certificates(
        ("a", "2019-01-01", "2019-12-31"), ("b", "2020-01-01", "2020-12-31"),
        economic_activity=["ECO_ISIC4_A", "ECO_ISIC4_X"], occupation=["X", "OCU_ISCO08_5"], district=["A", "B"],
    )  # fmt: skip
    seen = events(frame, spells(frame, links(frame), until="2020-06-30"))
    assert seen.loc[seen["changed"] != "", ["event", "changed"]].to_numpy().tolist() == [
        ["renewal", "district"], ["transfer", "district"],
    ]  # fmt: skip


def test_only_cancelled_certificates_without_a_day_are_told_of():
    frame = certificates(
        ("a", "2019-01-01", "2019-12-31"), ("b", "2019-01-01", "2019-12-31"), certificate_status="cancelled",
        cancellation_date=pd.to_datetime(["2019-06-01", None]),
    )  # fmt: skip
    assert undated(frame)["cancelled_undated"].tolist() == [1]


def test_a_person_is_as_the_first_certificate_describes_and_as_certain_as_the_weakest_link():
    frame = certificates(
        ("a", "2019-05-01", "2019-12-31"), ("b", "2019-01-01", "2019-03-31"), ("c", None, None),
        ("d", "2020-01-01", "2020-02-01"),
        application_date=pd.to_datetime(["2018-01-01", "2018-12-01", None, "2019-12-01"]),
        permit_type=["renewal", "new", "other", "renewal"],
    )  # fmt: skip
    linked = links(frame).assign(probability=[0.99, 0.91, None, 0.95])
    made = spells(frame, linked, until="2020-12-31")
    (person,) = persons(frame, linked, made).to_dict("records")
    assert person["first_permit_type"] == "new"
    assert (str(person["first_issue_date"])[:10], str(person["first_start"])[:10]) == ("2019-01-01", "2019-01-01")
    assert (str(person["last_end"])[:10], person["n_spells"], person["n_certificates"]) == ("2020-02-01", 2, 4)
    assert person["probability"] == 0.91
