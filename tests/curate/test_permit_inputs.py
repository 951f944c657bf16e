"""What a program hands over as dates, decisions, cells and answers: read for certain, or refused in plain words."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lm_stats.curate.permits.answers import read_answers
from lm_stats.curate.permits.spells import spells
from lm_stats.curate.permits.stocks import activity, flows, refusals, revise, stock

DAY = dt.date(2019, 4, 5)


def certificates(**columns):
    frame = pd.DataFrame({"permit_id": ["a", "b"], "valid_from": ["2019-04-05"] * 2, "valid_to": ["2019-12-31"] * 2})
    return frame.assign(**columns)


def placed(frame):
    return spells(frame, pd.DataFrame({"permit_id": ["a", "b"], "person_id": ["P1", "P2"]}))


@pytest.mark.parametrize("days", [
    ["2019-04-05", "2019-04-05T00:00:00"], [DAY, DAY], [dt.datetime(2019, 4, 5, 10), pd.Timestamp(DAY)],
    pd.to_datetime([DAY, DAY]), pd.Categorical(["2019-04-05", "2019-04-05"]),
    pd.array([DAY, DAY], dtype="date32[pyarrow]"), pd.array(["2019-04-05 08:30"] * 2, dtype="string"),
])  # fmt: skip
def test_days_are_read_in_every_form_that_is_certain(days):
    assert placed(certificates(valid_from=days))["start"].tolist() == [pd.Timestamp(DAY)] * 2


@pytest.mark.parametrize(("days", "why"), [
    (["05/04/2019", "13/04/2019"], "another form"), (["2019-04-05", "5 April 2019"], "another form"),
    (["2019-4-5", None], "another form"), (["20190405", ""], "another form"),
    (["2019-02-30", None], "no calendar"), ([2019, 2020], "holds no dates"), ([1.5, np.nan], "holds no dates"),
    ([DAY, "2019-04-05"], "mixes forms"), (pd.to_datetime([DAY, DAY], utc=True), "time zone"),
    (["2019-04-05T23:30:00Z", None], "time zone"), (["2019-04-05 23:30+02:00", None], "time zone"),
    ([pd.Timestamp(DAY, tz="UTC"), None], "time zone"), (pd.period_range("2019-04", periods=2, freq="M"), "date"),
])  # fmt: skip
def test_days_that_could_be_others_are_refused(days, why, tmp_path):
    frame = certificates(valid_from=days)
    with pytest.raises(ValueError, match=f"^valid_from .*{why}.*give dates, or texts such as 2015-12-31") as told:
        placed(frame)
    assert "April" not in str(told.value)
    if why == "another form":
        frame.to_parquet(tmp_path / "permits.parquet")
        with pytest.raises(ValueError, match=why):
            placed(tmp_path / "permits.parquet")


def test_a_column_without_a_day_is_none(tmp_path):
    for nothing in (None, np.nan, pd.NaT, ""):
        assert len(placed(certificates(cancellation_date=nothing))) == 2
    certificates(cancellation_date=None).to_parquet(tmp_path / "permits.parquet")
    assert placed(tmp_path / "permits.parquet")["end"].tolist() == [pd.Timestamp("2019-12-31")] * 2


def test_only_what_says_granted_is_granted(tmp_path):
    assert len(placed(certificates())) == 2
    for decision in (["granted", None], ["granted", ""], ["granted", "pending"], ["granted", np.nan]):
        frame = certificates(decision=decision, application_date="2019-01-01", issue_date="2019-04-01")
        assert placed(frame)["permit_id"].tolist() == ["a"]
        done = activity(frame, ["2019"]).iloc[0]
        assert done[["granted", "certificates_issued", "pending_end"]].tolist() == [1, 1, 1]
    frame = certificates(decision=["granted", "Granted"])
    frame.to_parquet(tmp_path / "permits.parquet")
    for rows in (frame, tmp_path / "permits.parquet"):
        with pytest.raises(ValueError, match=r"^decision holds words .* write granted, refused, withdrawn, pending"):
            placed(rows)


def test_one_column_may_be_named_by_a_text_and_nothing_has_the_same_columns():
    frame = certificates(sex=["SEX_F", "SEX_M"], decision=["granted", "refused"], decision_date="2019-04-01")
    parts = placed(frame.drop(columns="decision"))
    for make in (
        lambda by, own, rows: stock(own, ["2019-06-30"], by),
        lambda by, own, rows: flows(own, ["2019"], by),
        lambda by, own, rows: revise(own, own, ["2019-06-30"], by),
        lambda by, own, rows: activity(rows, ["2019"], by),
        lambda by, own, rows: refusals(rows, ["2019"], by),
    ):
        made = make("sex", parts, frame)
        assert len(made)
        pd.testing.assert_frame_equal(made, make(["sex"], parts, frame))
        empty = make("sex", parts.head(0), frame.head(0))
        assert (len(empty), list(empty)) == (0, list(made))


@pytest.mark.parametrize(("said", "same"), [
    ([True, False, None], [True, False, None]), ([1.0, 0.0, np.nan], [True, False, None]),
    (["Yes", " no", ""], [True, False, None]), ([1, "FALSE", "y"], [True, False, True]), ([], []),
])  # fmt: skip
def test_answers_are_read_however_they_are_written(said, same):
    assert [None if one is pd.NA else one for one in read_answers(pd.Series(said))] == same


@pytest.mark.parametrize("said", [["yes", "perhaps"], [1, 2], [0.5, 0]])
def test_other_answers_are_refused(said):
    with pytest.raises(ValueError, match="neither yes nor no") as told:
        read_answers(pd.Series(said))
    assert "perhaps" not in str(told.value)
