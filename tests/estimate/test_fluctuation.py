"""Counts of our own that leave their usual range."""

import pandas as pd

from lm_stats.catalog import load
from lm_stats.estimate.plausibility import examine, see_indicators


def test_a_recent_quarter_outside_its_limits_is_one_finding(tmp_path):
    """A series that grows, or is small, or jumped long ago, is not stopped at."""
    catalog = load()
    name = "permits_issued_by_quarter"
    quarters = [f"{year}-Q{quarter}" for year in range(2012, 2016) for quarter in range(1, 5)]
    usual = [100, 108, 95, 103, 99, 106, 110, 98, 104, 101, 97, 109, 102, 105, 100, 107]
    series = {
        ("_T", "ECO_ISIC4_TOTAL"): [n + 60 * (q == "2015-Q2") for n, q in zip(usual, quarters, strict=True)],
        ("_T", "ECO_ISIC4_F"): [n + 60 * (q == "2015-Q2") for n, q in zip(usual, quarters, strict=True)],
        ("_T", "ECO_ISIC4_G"): [n + 60 * (q == "2013-Q2") for n, q in zip(usual, quarters, strict=True)],
        ("_T", "ECO_ISIC4_C"): [n + 2 * k for k, n in enumerate(usual)],
        ("_T", "ECO_ISIC4_B"): [0, 1, 0, 2, 0, 0, 1, 0, 3, 0, 1, 0, 0, 9, 0, 1],
    }
    rows = [("LSO", quarter, *codes, float(n), n, "NB", 0, False)
            for codes, numbers in series.items() for quarter, n in zip(quarters, numbers, strict=True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["ref_area", "time_period", "issuing_office", "economic_activity", "obs_value",
                                        "n_records", "unit_measure", "unit_mult", "sampled"])  # fmt: skip
    frame.to_parquet(tmp_path / f"{name}.parquet")
    views = see_indicators({name: catalog.indicators[name]}, catalog.concepts)
    rules = {"permit_fluctuation": catalog.plausibility["permit_fluctuation"]}
    found = examine(rules, views, catalog.codelists, {}, {name: tmp_path / f"{name}.parquet"})
    assert found[["rule", "severity", "table", "own"]].to_numpy().tolist() == [
        ["permit_fluctuation", "warn", name, True]
    ]
    (finding,) = found.to_dict("records")
    assert finding["cell"] == "ref_area=LSO; time_period=2015-Q2; issuing_office=_T; economic_activity=*"
    assert finding["value"] == 165
    # the second quarters of the three years before
    assert finding["expected"] == sum(usual[1:13:4]) / 3
    assert "2 cells, the worst: 165 in 2015-Q2 is above the upper limit" in finding["evidence"]
