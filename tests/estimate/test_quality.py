"""The quality table: what it measures, what of it may be shown, and that it needs nothing to be there."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lm_stats.catalog import load
from lm_stats.compile.arrow import schema
from lm_stats.estimate.plausibility import FINDING_COLUMNS, examine
from lm_stats.estimate.quality import QUALITY_COLUMNS, assess
from lm_stats.protect import protect_findings, protect_quality

CATALOG = load()
DECLARED = (CATALOG.kinds, CATALOG.tables, CATALOG.concepts, CATALOG.codelists)
DELIVERIES = pd.DataFrame(
    [
        ("lso/census/2016.v1", "LSO", "census", "census", "2016", "2017-03-01T08:00:00+02:00", 110, 90, 10, 10),
        ("xin/ilostat/2025.v1", "XIN", "ilostat", "reference_tables", "2025", "2026-11-20T10:00:00Z", 20, 20, 0, 0),
    ],
    columns=["delivery_id", "ref_area", "source", "kind", "period", "received_at", "rows_in", "accepted", "quarantined",
             "excluded"],
)  # fmt: skip
EXPECTED = pd.DataFrame({"delivery_id": ["lso/census/2016.v1"], "deadline": ["2017-01-30"]})
FINDING = {
    "rule": "additivity", "severity": "error", "table": "reference_estimates", "delivery_id": "xin/ilostat/2025.v1",
    "ref_area": "ZAF", "cell": "sex=SEX_T", "value": 5.0, "expected": 6.0, "evidence": "6 is not 5", "own": False,
    "verdict": "false_alarm", "verdict_why": "a reason",
}  # fmt: skip


def of(quality, measure):
    return quality[quality["measure"] == measure].to_dict("records")


@pytest.fixture(scope="module")
def quality(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    census = [
        {"ref_area": "LSO", "source": "census", "delivery_id": "lso/census/2016.v1", "sex": sex, "age": 30.0 + n,
         "birthplace": "X" if n < 3 else "ZAF"}
        for n, sex in enumerate(["SEX_F", "SEX_M", "SEX_X", None])
    ]  # fmt: skip
    columns = schema(CATALOG.tables["population"], CATALOG.concepts)
    rows = [{name: row.get(name) for name in columns.names} for row in census]
    pq.write_table(
        pa.Table.from_pylist(rows, pa.schema([field.with_nullable(True) for field in columns])),
        folder / "population.parquet",
    )
    published = [
        {"ref_area": "LSO", "dataflow": "D", "dimensions_key": f"{sex}.{code}._T", "time_period": time,
         "publisher": "ILO", "edition": edition, "source": "ilostat", "delivery_id": "xin/ilostat/2025.v1", "sex": sex,
         "classification_1": code, "classification_2": None, "counterpart_area": "_T", "unit_measure": "NB",
         "unit_mult_published": 3, "obs_value": 1000.0}
        for sex in ("SEX_T", "SEX_M") for code in ("OCU_ISCO08_TOTAL", "OCU_ISCO08_1") for time in ("2019", "2024")
        # a cell of two editions is there once
        for edition in ("2024", "2025")
        if (sex, code, time) != ("SEX_M", "OCU_ISCO08_1", "2024")
    ]  # fmt: skip
    pd.DataFrame(published).to_parquet(folder / "reference_estimates.parquet", index=False)
    tables = {name: folder / f"{name}.parquet" for name in ("population", "reference_estimates")}
    # of our own counts, nothing is measured on cells
    views = {**CATALOG.examined, "own": replace(CATALOG.examined["remittances"], id="own", table="own", own=True)}
    findings = pd.DataFrame([FINDING, FINDING | {"own": True, "rule": "own_break", "delivery_id": "", "verdict": ""}])
    return assess(CATALOG.plausibility, views, *DECLARED, tables, DELIVERIES, EXPECTED, findings)


def test_completeness_is_measured_on_rows_columns_and_cells(quality):
    census, published = of(quality, "rows_accepted")
    assert (census["table"], census["value"]) == ("population; absentees", 90.0)
    assert published["value"] == 100.0
    (sex,) = of(quality, "not_stated sex")
    assert (sex["delivery_id"], sex["value"], sex["own"]) == ("lso/census/2016.v1", 50.0, True)
    assert of(quality, "not_stated birthplace")[0]["value"] == 75.0
    assert of(quality, "not_stated age") == []
    # what is empty everywhere was not asked, which tells nothing of anybody
    assert of(quality, "not_delivered occupation")[0]["own"] is False
    (cells,) = of(quality, "cells_there D _T")
    assert (cells["value"], cells["evidence"]) == (87.5, "7 of 8 cells of the series hold a value")


def test_the_rules_that_coded_are_shares_of_what_was_coded(tmp_path):
    about = {"ref_area": "XAA", "source": "s", "delivery_id": "xaa/s/2015.v1"}
    sure = {"map": 1.0, "normalised": 0.99}
    rows = [
        about | {"citizenship": "ZAF", "citizenship_rule": rule, "citizenship_confidence": sure.get(rule)}
        for rule in ("map", "map", "map", "normalised", None)
    ]
    columns = [field.with_nullable(True) for field in schema(CATALOG.tables["permits"], CATALOG.concepts)]
    pq.write_table(
        pa.Table.from_pylist([dict.fromkeys(f.name for f in columns) | row for row in rows], pa.schema(columns)),
        tmp_path / "permits.parquet",
    )
    quality = assess({}, {}, *DECLARED, {"permits": tmp_path / "permits.parquet"}, DELIVERIES[:0], EXPECTED[:0],
                     pd.DataFrame([FINDING])[:0])  # fmt: skip
    found = of(quality, "coded_by_rule citizenship")
    assert [(one["value"], one["own"]) for one in found] == [(75.0, True), (25.0, True)]
    assert "normalised, of whose codes 99.0% are right" in found[1]["evidence"]
    assert not any("citizenship_" in measure or "second" in measure for measure in quality["measure"])


def test_timeliness_counts_days_from_the_period_and_the_deadline(quality):
    (after_period,) = of(quality, "days_after_period")
    (after_deadline,) = of(quality, "days_after_deadline")
    assert (after_period["value"], after_deadline["value"]) == (60.0, 30.0)


def test_each_finding_and_each_rules_false_alarms_are_rows(quality):
    assert list(quality.columns) == list(QUALITY_COLUMNS)
    (found,) = of(quality, "additivity")
    assert (found["component"], found["value"], found["source"]) == ("coherence", 1.0, "ilostat")
    alarms = quality[quality["measure"].str.startswith("false_alarms ")].set_index("measure")["value"]
    assert len(alarms) == len(CATALOG.plausibility)
    assert alarms.sum() == alarms["false_alarms additivity"] == 1.0
    order = ["completeness", "timeliness", "accuracy", "coherence"]
    assert list(quality["component"].unique()) == order


def test_nothing_of_our_own_records_leaves_the_office(quality):
    shown = protect_quality(quality)
    own = shown.frame["own"]
    assert own.any()
    assert shown.frame.loc[own, "value"].isna().all()
    assert set(shown.frame.loc[own, "evidence"]) == {"for the office only"}
    assert not shown.frame.loc[~own, "evidence"].eq("for the office only").any()
    findings = pd.DataFrame([FINDING, FINDING | {"own": True}])[list(FINDING_COLUMNS)]
    protected = protect_findings(findings)
    assert protected.id == "plausibility"
    mine, theirs = protected.frame.sort_values("own", ascending=False).to_dict("records")
    assert theirs == FINDING | {"data_class": "real", "note": ""}
    assert pd.isna([mine["value"], mine["expected"]]).all()
    assert (mine["cell"], mine["verdict_why"]) == ("", "")
    assert (mine["rule"], mine["severity"], mine["own"]) == ("additivity", "error", True)


def test_it_works_where_there_is_nothing():
    findings = examine({}, {}, {}, {}, {})
    quality = assess({}, {}, *DECLARED, {}, DELIVERIES.iloc[:0], EXPECTED.iloc[:0], findings)
    assert quality.empty
    assert protect_quality(quality).frame.empty
    assert protect_findings(findings).frame.empty


def test_a_finding_in_our_records_is_no_more_told_by_the_quality_table(quality):
    (found,) = of(quality, "own_break")
    assert found["own"]
    (shown,) = of(protect_quality(quality).frame, "own_break")
    assert pd.isna(shown["value"])
    assert shown["evidence"] == "for the office only"
