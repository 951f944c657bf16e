"""Counts agree with counting by hand and with an independent grouping."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate import estimate
from lm_stats.spec import Code, Codelist, Concept, Count, Indicator

CONCEPTS = {
    "day": Concept("day", "Day", "d", "date"),
    "sex": Concept("sex", "Sex", "s", "code", "sex"),
    "region": Concept("region", "Region", "r", "code", "regions"),
}
CODELISTS = {
    "sex": Codelist("sex", (Code("T", "t", "", "total"), Code("M", "m"), Code("F", "f"))),
    "regions": Codelist(
        "regions",
        (
            Code("A1", "a1", "A"),
            Code("A2", "a2", "A"),
            Code("A", "a", "_T", "group"),
            Code("B", "b", "_T"),
            Code("Z", "z", "_T"),
            Code("_T", "t", "", "total"),
        ),
    ),
}


def indicator(dimensions=("region",), freq="A", universe="decision = 'granted'"):
    return Indicator("i", "permits", universe, "day", freq, dimensions, Count("certificate"), {"en": "I"}, "why")


def run(tmp_path, rows, declared, delivered=(("d", "AG", "real", "2016-01-02T00:00:00Z", "2009_2015"),)):
    table = pd.DataFrame(rows, columns=["ref_area", "day", "region", "sex", "decision", "delivery_id", "data_class"])
    table.to_parquet(tmp_path / "permits.parquet")
    deliveries = pd.DataFrame(delivered, columns=["delivery_id", "agency", "data_class", "received_at", "period"])
    deliveries.assign(kind="work_permits").to_parquet(tmp_path / "deliveries.parquet")
    tables = {"permits": tmp_path / "permits.parquet"}
    return estimate(declared, CONCEPTS, CODELISTS, tables, tmp_path / "deliveries.parquet").frame


def row(day, region="A1", sex="M", decision="granted", area="XAA", delivery="d", data_class="real"):
    return (area, day, region, sex, decision, delivery, data_class)


def test_groups_totals_and_zeros_are_there(tmp_path):
    rows = [
        row(dt.date(2013, 5, 1)),
        row(dt.date(2013, 6, 1), "A2"),
        row(dt.date(2015, 1, 1), "B"),
        row(dt.date(2015, 1, 1), "B", decision="refused"),
        row(None, "B"),
    ]
    frame = run(tmp_path, rows, indicator())
    table = frame.pivot_table(index="region", columns="time_period", values="obs_value").astype(int)
    assert table.columns.tolist() == ["2013", "2014", "2015"]
    assert table.loc["A"].tolist() == [2, 0, 0]
    assert table.loc["B"].tolist() == [0, 0, 1]
    assert table.loc["_T"].tolist() == [2, 0, 1]
    assert "Z" not in table.index
    assert frame["region"].head(5).tolist() == ["A1", "A2", "A", "B", "_T"]


@pytest.mark.parametrize(
    ("freq", "periods"),
    [
        ("Q", ["2013-Q4", "2014-Q1", "2014-Q2"]),
        ("M", [f"{y}" for y in ("2013-11", "2013-12", "2014-01", "2014-02", "2014-03", "2014-04")]),
    ],
)
def test_periods_of_other_frequencies(tmp_path, freq, periods):
    frame = run(tmp_path, [row(dt.date(2013, 11, 30)), row(dt.date(2014, 4, 1))], indicator(freq=freq))
    assert sorted(frame["time_period"].unique()) == periods


@pytest.mark.parametrize(
    ("freq", "counted", "told"),
    [
        ("A", 5, "1 records are not counted, because day is not exact enough to say their year (1 by fiscal year)"),
        ("Q", 4, "2 records are not counted, because day is not exact enough to say their quarter (1 by fiscal year, "
         "1 by year)"),
        ("M", 3, "3 records are not counted, because day is not exact enough to say their month (1 by fiscal year, "
         "1 by quarter, 1 by year)"),
    ],
)  # fmt: skip
def test_a_record_counts_only_where_its_date_is_exact_enough(tmp_path, freq, counted, told):
    """Case 48: one with the precision of each kind, and one without; a record that is no certificate is not told of."""
    how = ["day", "month", "quarter", "year", "fiscal_year", None, "fiscal_year"]
    rows = [row(dt.date(2015, 4, 1), decision="refused" if n == 6 else "granted") for n, _ in enumerate(how)]
    run(tmp_path, rows, indicator())
    path = tmp_path / "permits.parquet"
    pd.read_parquet(path).assign(day_precision=pd.array(how, dtype="str")).to_parquet(path)
    files = {"permits": path}, tmp_path / "deliveries.parquet"
    found = estimate(indicator(freq=freq), CONCEPTS, CODELISTS, *files)
    total = found.frame[found.frame["region"] == "_T"]
    assert total["obs_value"].tolist() == total["n_records"].tolist() == [counted]
    (warning,) = found.warnings
    assert (warning.where, warning.what) == ("indicators/i, XAA", told)


def test_two_dimensions_against_an_independent_grouping(tmp_path):
    random = np.random.default_rng(1)
    size = 3000
    rows = [
        row(dt.date(2009 + int(y), 1 + int(m), 1), ["A1", "A2", "B"][r], ["M", "F"][s], ["granted", "refused"][d], a)
        for y, m, r, s, d, a in zip(
            random.integers(0, 5, size),
            random.integers(0, 12, size),
            random.integers(0, 3, size),
            random.integers(0, 2, size),
            random.integers(0, 2, size),
            random.choice(["XAA", "XBB"], size),
            strict=True,
        )
    ]
    frame = run(tmp_path, rows, indicator(("sex", "region")))
    table = pd.DataFrame(rows, columns=["ref_area", "day", "region", "sex", "decision", "delivery_id", "data_class"])
    table = table[table["decision"] == "granted"].assign(time_period=lambda t: t["day"].map(lambda d: str(d.year)))
    members = {"A": ["A1", "A2"], "_T": ["A1", "A2", "B"], "T": ["M", "F"]}
    assert len(frame) == 2 * 5 * 3 * 5
    for cell in frame.to_dict("records"):
        own = table[(table["ref_area"] == cell["ref_area"]) & (table["time_period"] == cell["time_period"])]
        for name in ("region", "sex"):
            own = own[own[name].isin(members.get(cell[name], [cell[name]]))]
        assert cell["obs_value"] == cell["n_records"] == len(own)


def test_source_vintage_and_class_are_those_of_the_area(tmp_path):
    rows = [
        row(dt.date(2015, 1, 1)),
        row(dt.date(2015, 1, 1), delivery="e"),
        row(dt.date(2015, 1, 1), area="XBB", delivery="f", data_class="synthetic"),
    ]
    delivered = [
        ("d", "MOLE", "real", "2016-01-02T00:00:00Z", "2009_2015"),
        ("e", "OBFC", "real", "2016-03-04T00:00:00Z", "2012_2015"),
        ("f", "LAB", "synthetic", "2017-01-01T00:00:00Z", "2015-10"),
    ]
    frame = run(tmp_path, rows, indicator(), delivered).drop_duplicates("ref_area").set_index("ref_area")
    assert frame.loc["XAA", ["source", "vintage", "data_class"]].tolist() == [
        "MOLE, OBFC: work permits, 2009 to 2015",
        "2016-03-04",
        "real",
    ]
    assert frame.loc["XBB", "source"] == "LAB: work permits, 2015-10 (synthetic data, not official statistics)"


def test_no_record_gives_no_observation(tmp_path):
    frame = run(tmp_path, [row(dt.date(2015, 1, 1), decision="refused")], indicator())
    assert frame.empty
    assert list(frame.columns[:4]) == ["indicator", "ref_area", "time_period", "region"]


def test_a_dimension_without_a_total_is_refused(tmp_path):
    lists = {**CODELISTS, "regions": Codelist("regions", (Code("A1", "a"),))}
    with pytest.raises(ValueError, match="no total"):
        estimate(indicator(), CONCEPTS, lists, {}, tmp_path)
