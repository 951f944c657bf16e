"""Days to an end against a product-limit curve worked out by hand, and what of them may be shown."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate import estimate
from lm_stats.protect import protect
from lm_stats.spec import Code, Codelist, Concept, Duration, Indicator, RoundingRule

LAST = dt.date(2015, 6, 30)
CONCEPTS = {
    "applied": Concept("applied", "Applied", "a", "date"),
    "office": Concept("office", "Office", "o", "code", "offices"),
    "kind": Concept("kind", "Kind", "k", "code", "kinds"),
}
CODELISTS = {
    "offices": Codelist("offices", (Code("_T", "t", "", "total"), Code("N", "n"), Code("S", "s"))),
    "kinds": Codelist("kinds", (Code("_T", "t", "", "total"), Code("A1", "a1", "A"), Code("A2", "a2", "A"),
                                Code("A", "a", "_T", "group"), Code("X", "x", "_T", "missing"))),
}  # fmt: skip


def applications(size=200):
    """Most decided, some after the last day known, some never, some withdrawn; a few kinds are not stated."""
    random = np.random.default_rng(8)
    applied = [dt.date(2014, 7, 1) + dt.timedelta(int(n)) for n in random.integers(0, 360, size)]
    decided = [day + dt.timedelta(int(n)) for day, n in zip(applied, random.geometric(0.03, size), strict=True)]
    frame = pd.DataFrame({"ref_area": "XAA", "applied": applied, "decided": decided})
    frame.loc[random.random(size) < 0.05, "decided"] = None
    frame["decision"] = random.choice(["granted", "withdrawn"], size, p=[0.9, 0.1])
    frame["office"] = random.choice(["N", "S"], size)
    frame["kind"] = random.choice(["A1", "A2", None], size)
    return frame.assign(observed_until=LAST, delivery_id="d", data_class="real")


def timed(tmp_path, rows, dimensions=("office", "kind"), freq="Q", **how):
    rows.to_parquet(tmp_path / "applications.parquet")
    delivered = pd.DataFrame([("d", "AG", "work_permits", "2014_2015", "2015-07-02T00:00:00Z")],
                             columns=["delivery_id", "agency", "kind", "period", "received_at"])  # fmt: skip
    delivered.to_parquet(tmp_path / "deliveries.parquet")
    duration = Duration("application", "applied", "decided", **how)
    declared = Indicator("i", "applications", "true", "applied", freq, dimensions, duration, {"en": "I"}, "why")
    files = {"applications": tmp_path / "applications.parquet"}, tmp_path / "deliveries.parquet"
    return estimate(declared, CONCEPTS, CODELISTS, *files)


def curve(rows, ends=("granted", "withdrawn")):
    """Days and the share that still waits after each."""
    over = rows["decided"].map(lambda day: pd.notna(day) and day <= LAST)
    days = [((end if done else LAST) - start).days
            for start, end, done in zip(rows["applied"], rows["decided"], over, strict=True)]  # fmt: skip
    event = [bool(done and how in ends) for done, how in zip(over, rows["decision"], strict=True)]
    left, share, points = len(days), 1.0, []
    for day in sorted(set(days)):
        at = [seen for when, seen in zip(days, event, strict=True) if when == day]
        share *= 1 - sum(at) / left
        left -= len(at)
        points.append((day, share))
    return points


def median(points):
    found = [k for k, (_, share) in enumerate(points) if share <= 0.5 + 1e-12]
    if not found:
        return np.nan
    first = found[0]
    if abs(points[first][1] - 0.5) > 1e-12:
        return points[first][0]
    below = [day for day, share in points[first:] if share < 0.5 - 1e-12]
    return (points[first][0] + (below[0] if below else points[-1][0])) / 2


def test_days_of_every_cell_and_sum_are_those_of_its_own_curve(tmp_path):
    rows = applications()
    frame = timed(tmp_path, rows).frame
    granted = timed(tmp_path, rows, ends_where="decision = 'granted'").frame
    share = timed(tmp_path, rows, within=30).frame
    assert set(frame["unit_measure"]) == {"DAYS"}
    assert set(share["unit_measure"]) == {"PT"}
    members = {"_T": ["A1", "A2", None], "A": ["A1", "A2"], "X": [None]}
    quarter = rows["applied"].map(lambda day: f"{day.year}-Q{(day.month + 2) // 3}")
    assert len(frame) == 4 * 3 * 5
    for k, cell in enumerate(frame.to_dict("records")):
        own = rows[quarter == cell["time_period"]]
        own = own[own["office"].isin(["N", "S"] if cell["office"] == "_T" else [cell["office"]])]
        own = own[own["kind"].isin(members.get(cell["kind"], [cell["kind"]]))]
        points = curve(own)
        assert cell["n_records"] == len(own)
        assert cell["obs_value"] == pytest.approx(median(points), nan_ok=True)
        assert granted.loc[k, "obs_value"] == pytest.approx(median(curve(own, ("granted",))), nan_ok=True)
        before = [left for day, left in points if day <= 30]
        known = points[-1][0] >= 30 or points[-1][1] == 0
        expected = 100 * (1 - (before[-1] if before else 1)) if known else np.nan
        assert share.loc[k, "obs_value"] == pytest.approx(expected, nan_ok=True)
        assert cell["obs_status"] == ("A" if pd.notna(cell["obs_value"]) else "O")
        if pd.notna(cell["obs_value"]):
            assert not cell["lower"] > cell["obs_value"]
            assert not cell["upper"] < cell["obs_value"]


def test_records_without_days_are_told_of(tmp_path):
    """No start, an end before the start, a start after the last day known, a start known to the month only."""
    rows = applications(40).assign(applied_precision="day")
    rows["decided"] = [day + dt.timedelta(9) for day in rows["applied"]]
    rows.loc[0, "applied"] = None
    rows.loc[1, "decided"] = rows.loc[1, "applied"] - dt.timedelta(1)
    rows.loc[2, "applied"], rows.loc[2, "decided"] = LAST + dt.timedelta(1), None
    rows.loc[3, "applied_precision"] = "month"
    made = timed(tmp_path, rows, ("office",), "A")
    assert made.frame[made.frame["office"] == "_T"]["n_records"].sum() == 36
    (problem,) = made.warnings
    assert problem.what.startswith("4 records are not timed")


def test_what_few_records_took_is_hidden_and_bounds_tell_no_exact_numbers(tmp_path):
    """Of thirteen in a cell and two in another one; the exact share of 8 of 13 would tell both numbers."""
    rule = RoundingRule(hide_below=5, base=5)

    def some(office, days):
        day = dt.date(2015, 1, 1)
        return [("XAA", day, day + dt.timedelta(n) if n else None, "granted", office, "A1") for n in days]

    rows = pd.DataFrame([*some("N", [10.0, 11, 12, 13, 14, 15, 16, 17, 61, 62, 63, 64, 65]), *some("S", [5, 6])],
                        columns=["ref_area", "applied", "decided", "decision", "office", "kind"])  # fmt: skip
    rows = rows.assign(observed_until=LAST, delivery_id="d", data_class="real")
    days = protect(timed(tmp_path, rows, ("office",)), rule)
    cells = days.frame.set_index("office")
    # with so few records, the upper limit of the curve never comes down to a half
    assert cells.loc["N", ["obs_value", "lower"]].tolist() == [16, 13]
    assert cells.loc["N", ["upper"]].isna().all()
    assert cells.loc["S", ["obs_value", "lower", "upper"]].isna().all()
    assert cells.loc["S", ["obs_status", "conf_status"]].tolist() == ["Q", "C"]
    assert "1 to 4 records" in days.treatment
    assert "whole days" in days.treatment
    observations = timed(tmp_path, rows, ("office",), within=30)
    exact = observations.frame.set_index("office")
    assert exact.loc["N", "obs_value"] == pytest.approx(100 * 8 / 13)
    shares = protect(observations, rule)
    cells = shares.frame.set_index("office")
    assert cells.loc["N", "obs_value"] == pytest.approx(66.7)
    assert cells.loc["N", ["lower", "upper"]].map(lambda bound: bound % 5).tolist() == [0, 0]
    assert cells.loc["N", "lower"] <= exact.loc["N", "lower"] < exact.loc["N", "upper"] <= cells.loc["N", "upper"]
    assert cells.loc["S", "obs_status"] == "Q"
    assert not {"method", "n_base", "n_records"} & set(cells.columns)
    assert "multiples of 5" in shares.treatment
    # four of a cell waited longer than the time
    few = pd.concat([rows[rows["office"] == "N"].iloc[:12]])
    hidden = protect(timed(tmp_path, few, ("office",), within=30), rule).frame
    assert set(hidden["obs_status"]) == {"Q"}


def test_a_duration_declares_what_can_be():
    for wrong in ({"quantile": 1.0}, {"within": -1}):
        with pytest.raises(ValueError, match="quantile"):
            Duration("application", "applied", "decided", **wrong)


def decided(*ends, start=dt.date(2015, 6, 20), **columns):
    rows = pd.DataFrame({"ref_area": "XAA", "applied": start, "decided": list(ends)})
    rows = rows.assign(decision="granted", office="N", kind="A1", observed_until=LAST)
    return rows.assign(delivery_id="d", data_class="real", **columns)


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
    known = ["day", "day", "month", None]
    rows = decided(*[dt.date(2015, 6, 25)] * 4, applied_precision="day", decided_precision=known)
    assert whole(timed(tmp_path, rows, ("office",), "A"))["n_records"] == 3
