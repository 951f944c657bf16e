"""Goes to tests/estimate/test_durations.py (uses its `timed` and `LAST`)."""

import datetime as dt

import pandas as pd

from tests.estimate.test_durations import LAST, timed


def decided(*ends, start=dt.date(2015, 6, 20), **columns):
    rows = pd.DataFrame({"ref_area": "XAA", "applied": start, "decided": list(ends)})
    rows = rows.assign(decision="granted", office="N", kind="A1", observed_until=LAST, delivery_id="d", data_class="real")
    return rows.assign(**columns)


def whole(observations):
    frame = observations.frame
    return frame[(frame["office"] == "_T")].iloc[0]


def test_what_is_decided_on_the_day_of_the_application_took_no_day_and_counts(tmp_path):
    cell = whole(timed(tmp_path, decided(*[dt.date(2015, 6, 20)] * 3), ("office",), "A"))
    assert (cell["n_records"], cell["n_base"], cell["obs_value"]) == (3, 3, 0)


def test_what_ends_on_the_last_day_known_has_ended_and_on_the_next_has_not(tmp_path):
    cell = whole(timed(tmp_path, decided(LAST, LAST, LAST + dt.timedelta(1), None), ("office",), "A"))
    assert (cell["n_records"], cell["n_base"]) == (4, 2)
    assert cell["obs_value"] == (LAST - dt.date(2015, 6, 20)).days


def test_an_end_known_to_the_month_is_not_timed(tmp_path):
    rows = decided(*[dt.date(2015, 6, 25)] * 4, applied_precision="day", decided_precision=["day", "day", "month", None])
    assert whole(timed(tmp_path, rows, ("office",), "A"))["n_records"] == 3
