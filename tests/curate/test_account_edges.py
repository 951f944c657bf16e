"""What offices did, and stocks and flows, at the edges of a period and of odd parts."""

from __future__ import annotations

import pandas as pd
import pytest

from lm_stats.curate.permits.activity import activity
from lm_stats.curate.permits.stocks import flows, observed_periods, revise, stock


def applications(*rows):
    names = ["permit_id", "decision", "application_date", "decision_date", "issue_date", "valid_from", "valid_to",
             "cancellation_date"]  # fmt: skip
    frame = pd.DataFrame(list(rows), columns=names)
    return frame.assign(ref_area="XAA", **{name: pd.to_datetime(frame[name]) for name in names[2:]})


def test_what_is_decided_on_the_last_day_of_a_period_is_not_pending_at_its_end():
    frame = applications(
        ("a", "refused", "2019-01-10", "2019-03-31", None, None, None, None),
        ("b", "refused", "2019-01-10", "2019-04-01", None, None, None, None),
        ("c", "pending", "2019-03-31", None, None, None, None, None),
    )
    made = activity(frame, ["2019-Q1", "2019-Q2"])
    assert made[["pending_end", "refused"]].to_numpy().tolist() == [[2, 1], [1, 1]]


def test_what_was_cancelled_has_not_expired_and_what_was_refused_was_never_a_certificate():
    frame = applications(
        ("a", "granted", "2018-12-01", "2018-12-02", "2019-01-01", "2019-01-01", "2019-12-31", "2019-05-01"),
        ("b", "granted", "2018-12-01", "2018-12-02", "2019-01-01", "2019-01-01", "2019-04-30", None),
        ("n", "granted", "2018-12-01", "2018-12-02", "2019-01-01", "2019-05-01", "2019-12-31", "2019-05-01"),
        ("v", "granted", "2018-12-01", "2018-12-02", "2019-01-01", "2019-05-10", "2019-05-05", None),
        ("r", "refused", "2018-12-01", "2019-01-02", None, "2019-01-01", "2019-12-31", "2019-05-01"),
    )
    made = activity(frame, ["2019-04", "2019-05"])
    names = ["certificates_expired", "certificates_cancelled", "certificates_valid_end"]
    assert made[names].to_numpy().tolist() == [[0, 0, 2], [1, 2, 0]]


def parts(*rows, **columns):
    names = ["person_id", "spell", "part", "permit_id", "start", "end", "entry", "exit", "permit_type"]
    frame = pd.DataFrame(list(rows), columns=names)
    dates = {name: pd.to_datetime(frame[name]) for name in ("start", "end")}
    return frame.assign(ref_area="XAA", observed_until=pd.Timestamp("2020-12-31"), **dates).assign(**columns)


def test_who_was_here_before_the_register_and_who_renewed_late():
    made = parts(
        ("P1", 1, 1, "a", "2019-02-01", "2019-12-31", "first", "expired", "renewal"),
        ("P1", 2, 1, "b", "2020-03-01", "2021-02-28", "re_entry", "open", "renewal"),
        ("P2", 1, 1, "c", "2019-03-01", "2019-08-31", "first", "continued", "new"),
        ("P2", 1, 2, "d", "2019-09-01", "2020-08-31", "continued", "expired", "renewal"),
        ("P3", 1, 1, "e", "2019-03-01", "2019-05-31", "first", "expired", "new"),
        ("P3", 2, 1, "f", "2020-03-01", "2020-05-31", "re_entry", "cancelled", "new"),
    )
    account = flows(made, ["2019", "2020"])
    names = ["first_entries", "entered_before", "re_entries", "late_renewals", "renewals"]
    assert account[names].to_numpy().tolist() == [[3, 1, 0, 0, 1], [0, 0, 2, 1, 0]]
    # entries and exits, half of them, for each person of the mean stock
    mean = account["mean_stock"][0]
    assert mean == pytest.approx((334 + 184 + 122 + 92) / 365)
    assert account["turnover_rate"][0] == pytest.approx((3 + 1) / 2 / mean)
    # one that is open has no length yet
    assert flows(made, ["2021"])["completed_days"].isna().all()


def test_a_period_is_observed_when_its_last_day_is():
    made = parts(("P1", 1, 1, "a", "2019-02-01", "2021-01-31", "first", "open", "new"),
                 observed_until=pd.Timestamp("2020-11-30"))  # fmt: skip
    assert observed_periods(made, "A") == ("2019",)
    assert observed_periods(made, "M")[-1] == "2020-11"
    assert observed_periods(made, "Q")[-1] == "2020-Q3"


def test_persons_of_two_areas_with_one_name_are_two_and_a_holder_without_a_number_of_workers_is_one():
    made = parts(
        ("P1", 1, 1, "a", "2019-02-01", "2019-12-31", "first", "expired", "new"),
        ("P1", 1, 1, "a", "2019-02-01", "2019-12-31", "first", "expired", "new"),
        ref_area=["XAA", "XBB"], workers=[None, 3],
    )  # fmt: skip
    assert stock(made, ["2019-06-30"])[["persons", "workers"]].to_numpy().tolist() == [[2, 4]]


def test_what_an_earlier_vintage_knew_is_not_late():
    then = parts(("P1", 1, 1, "a", "2019-02-01", "2019-12-31", "first", "expired", "new"))
    now = parts(("P2", 1, 1, "b", "2019-02-01", "2019-12-31", "first", "expired", "new"))
    names = ["stock_then", "registered_late", "corrected", "stock_now", "residual"]
    assert revise(then, now, ["2019-06-30"])[names].to_numpy().tolist() == [[1, 1, 1, 1, 0]]
    assert revise(then, now, ["2019-06-30"], known={"a", "b"})[names].to_numpy().tolist() == [[1, 0, 0, 1, 0]]
