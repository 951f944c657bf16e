"""What holds at a date, and how it is spread, against counting by hand on every day."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate import estimate
from lm_stats.protect import protect
from lm_stats.spec import Code, Codelist, Concentration, Concept, Count, Indicator, Population, Rate, RoundingRule

LAST = {"XAA": dt.date(2012, 8, 20), "XBB": dt.date(2011, 12, 31)}
CONCEPTS = {
    "start": Concept("start", "Start", "s", "date"),
    "sector": Concept("sector", "Sector", "s", "code", "sectors"),
    "sex": Concept("sex", "Sex", "s", "code", "sexes"),
    "stay": Concept(
        "stay", "Stay", "s", "code", "stays", sql="CASE WHEN reference_date - start < 365 THEN 'short' ELSE 'long' END"
    ),
}
CODELISTS = {
    "sectors": Codelist("sectors", (Code("_T", "t", "", "total"), Code("A", "a"), Code("B", "b"), Code("C", "c"),
                                    Code("X", "x", "", "missing"))),
    "sexes": Codelist("sexes", (Code("T", "t", "", "total"), Code("M", "m"), Code("F", "f"))),
    "stays": Codelist("stays", (Code("_T", "t", "", "total"), Code("short", "s"), Code("long", "l"))),
}  # fmt: skip


def spells(size=200):
    """Spells that begin and end on any day, ends that are not known, and persons who have several in a row."""
    random = np.random.default_rng(4)
    rows = []
    for person in range(size // 2):
        area, day = ("XAA", "XBB")[person % 3 == 0], dt.date(2009, 5, 1) + dt.timedelta(int(random.integers(0, 900)))
        sector, sex = random.choice(["A", "B", "C", "X"], p=[0.5, 0.3, 0.15, 0.05]), random.choice(["M", "F"])
        for _ in range(2):
            end = day + dt.timedelta(int(random.integers(0, 500)))
            known = random.random() > 0.1
            rows.append((area, f"{area}{person}", day, end if known else None, sector, sex))
            if not known:
                break
            day = end + dt.timedelta(int(random.choice([1, 40])))
    frame = pd.DataFrame(rows, columns=["ref_area", "person", "start", "end", "sector", "sex"])
    return frame.assign(observed_until=frame["ref_area"].map(LAST), delivery_id="d", data_class="real")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    home = tmp_path_factory.mktemp("spells")
    spells().to_parquet(home / "spells.parquet")
    delivered = pd.DataFrame([("d", "AG", "work_permits", "2009_2012", "2013-01-02T00:00:00Z")],
                             columns=["delivery_id", "agency", "kind", "period", "received_at"])  # fmt: skip
    delivered.to_parquet(home / "deliveries.parquet")
    return {"spells": home / "spells.parquet"}, home / "deliveries.parquet"


def made(files, estimator, dimensions=("sector",), freq="A", universe="true"):
    declared = Indicator("i", "spells", universe, "start", freq, dimensions, estimator, {"en": "I"}, "why")
    return estimate(declared, CONCEPTS, CODELISTS, *files)


def ends(freq, area):
    return [p for p in pd.period_range("2009-05-01", "2012-12-31", freq=freq) if p.end_time.date() <= LAST[area]]


def name_of(period):
    return str(period).replace("Q", "-Q")


def holding(rows, day):
    return rows[(rows["start"] <= day) & (rows["end"].isna() | (rows["end"] >= day))]


@pytest.mark.parametrize("freq", ["A", "Q", "M"])
def test_a_record_counts_on_the_last_day_of_every_period_on_which_it_holds(files, freq):
    """Nothing is said of days after the last that is known, and a stock that falls to nothing is 0."""
    count = Count("person", distinct="person", until='"end"')
    found = made(files, count, ("sector", "stay"), freq).frame.set_index(["ref_area", "time_period", "sector", "stay"])
    assert found["obs_value"].equals(found["n_records"].astype("float64"))
    rows, value = spells(), found["obs_value"].to_dict()
    for area, own in rows.groupby("ref_area"):
        held = {name_of(p): holding(own, p.end_time.date()) for p in ends({"A": "Y"}.get(freq, freq), area)}
        first = min(period for period, there in held.items() if len(there))
        assert sorted(set(found.loc[area].index.get_level_values(0))) == sorted(p for p in held if p >= first)
        for period in [p for p in held if p >= first]:
            day = pd.Period(period.replace("-Q", "Q"), {"A": "Y"}.get(freq, freq)).end_time.date()
            short = held[period]["start"] > day - dt.timedelta(365)
            for stay, kept in (("_T", short | True), ("short", short), ("long", ~short)):
                there = held[period][kept]
                assert value[area, period, "_T", stay] == there["person"].nunique()
                assert value[area, period, "B", stay] == (there["sector"] == "B").sum()


def test_a_record_counts_in_every_period_in_which_it_holds_on_any_day(files):
    """The share of those who held a certificate in the year and then left, which is never above 100."""
    count = Count("person", distinct="person", until='"end"', during=True)
    left = Rate("persons who left", count, (Population("spells", "true"),))
    found = made(files, left, ("sex",), universe='year("end") = year(reference_date)').frame
    rows = spells()[lambda f: f["ref_area"] == "XAA"]
    assert sorted(set(found["time_period"])) == ["2009", "2010", "2011"]
    for year in (2009, 2010, 2011):
        ended = rows["end"].map(lambda day: day.year if pd.notna(day) else 9999)
        base = rows.assign(ended=ended)[(rows["start"].map(lambda day: day.year) <= year) & (ended >= year)]
        cell = found[(found["ref_area"] == "XAA") & (found["time_period"] == str(year)) & (found["sex"] == "T")].iloc[0]
        assert cell["n_base"] == base["person"].nunique()
        assert cell["numerator"] == base[base["ended"] == year]["person"].nunique()
        assert cell["obs_value"] == pytest.approx(100 * cell["numerator"] / cell["denominator"])


def spread(files, measure, over, dimensions, **groups):
    how = Concentration("index", Count("person", distinct="person", until='"end"'), over, measure, **groups)
    observations = made(files, how, dimensions)
    return observations, observations.frame[lambda f: (f["ref_area"] == "XAA") & (f["time_period"] == "2010")]


def test_measures_of_how_counts_are_spread(files):
    """Each against its definition; not stated takes no part."""
    rows = holding(spells()[lambda f: f["ref_area"] == "XAA"], dt.date(2010, 12, 31))
    rows = rows[rows["sector"] != "X"]
    shares = rows["sector"].value_counts(normalize=True)
    _, cells = spread(files, "hhi", "sector", ("sex",))
    assert cells.set_index("sex").loc["T", "obs_value"] == pytest.approx((shares**2).sum())
    _, cells = spread(files, "dissimilarity", "sector", ("stay",), groups="sex", between=("M", "F"))
    by_sex = [rows[rows["sex"] == sex]["sector"].value_counts(normalize=True) for sex in "MF"]
    expected = 50 * by_sex[0].sub(by_sex[1], fill_value=0).abs().sum()
    assert cells.set_index("stay").loc["_T", "obs_value"] == pytest.approx(expected)
    _, cells = spread(files, "location_quotient", "sector", ("sex", "sector"))
    cells = cells.set_index(["sex", "sector"])["obs_value"]
    women = rows[rows["sex"] == "F"]["sector"].value_counts(normalize=True)
    for sector in "ABC":
        assert cells["F", sector] == pytest.approx(women[sector] / shares[sector])
        assert cells["T", sector] == cells["F", "_T"] == 1
    assert "X" not in cells.index.get_level_values(1)


def test_a_published_measure_says_no_more_than_the_published_counts(files):
    """It is a function of the counts as a release shows them: another one behind the same shown counts is the same."""
    rule = RoundingRule(hide_below=5, base=5)
    observations, _ = spread(files, "hhi", "sector", ("sex",))
    frame = observations.frame
    shown = protect(observations, rule).frame
    treated = [[5 * ((c + 2.5) // 5) if c >= 5 else 0 for c in counts] for counts in frame["counts"]]
    squares = [sum((c / sum(t)) ** 2 for c in t) if sum(t) else np.nan for t in treated]
    visible = shown["obs_value"].notna()
    assert visible.any()
    assert not {"counts", "method", "n_records"} & set(shown.columns)
    assert shown.loc[visible, "obs_value"].tolist() == pytest.approx(np.round(squares, 3)[visible].tolist(), abs=1e-3)
    few = frame["n_records"].between(1, 4)
    assert set(shown.loc[few, "obs_status"]) <= {"Q"}
    quotients, _ = spread(files, "location_quotient", "sector", ("sex", "sector"))
    one = quotients.frame["counts"].map(lambda counts: 0 < counts[0] < 5)
    assert one.any()
    assert protect(quotients, rule).frame.loc[one, "obs_value"].isna().all()


def test_what_holds_at_a_date_has_no_weight():
    with pytest.raises(ValueError, match="no weight"):
        Count("person", weight="weight", until="end_date")
    with pytest.raises(ValueError, match="until when"):
        Count("person", during=True)
