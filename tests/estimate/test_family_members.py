"""Every member of every family is estimated from a tiny census or survey, protected and exported."""

import csv
import dataclasses

import numpy as np
import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.compile.duckdb import connect, parquet
from lm_stats.estimate import estimate
from lm_stats.exchange import export
from lm_stats.handover import write_parquet
from lm_stats.protect import protect_together
from lm_stats.spec import Count, Quantile

CATALOG = load()
MEMBERS = {name: one for name, one in CATALOG.indicators.items() if one.family}
TABLES = ("population", "lfs_persons")
# so that most records are in the universe of something
USUAL = {"residence": "usual", "labour_force_status": "employed", "data_class": "synthetic", "source": "s"}


def records(table, size=120):
    """Rows with the first codes of every list, whose numbers are within the bounds of their concepts."""
    drawn = np.random.default_rng(7)
    made = {}
    for name in table.columns:
        concept = CATALOG.concepts[name]
        if concept.codelist in CATALOG.codelists:
            made[name] = drawn.choice(CATALOG.codelists[concept.codelist].leaves[:3], size)
        elif concept.type in ("integer", "number"):
            made[name] = drawn.integers(15, 65, size)
        else:
            made[name] = [f"{name}{row}" for row in range(size)]
    frame = pd.DataFrame(made)
    often = drawn.random(size) < 0.8
    frame = frame.assign(**{name: frame[name].mask(often, code) for name, code in USUAL.items() if name in frame})
    frame = frame.assign(ref_area="LSO", data_class="synthetic", source="s", weight=drawn.integers(10, 20, size) / 2.0)
    if table.id == "population":
        return frame.assign(census_year=2016, delivery_id="d/c/2016.v1")
    abroad = frame["previous_residence"].mask(often, "ZAF")
    return frame.assign(
        survey="2024", year_of_return=2024, delivery_id="d/l/2024.v1", stratum=np.arange(size) % 3 + 1,
        psu=[f"{row % 24:02}" for row in range(size)], previous_residence=abroad,
        citizenship=frame["citizenship"].mask(often, "LSO"), status_in_employment="STE_ICSE93_1",
    )  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("observatory")
    made = {name: folder / f"{name}.parquet" for name in (*TABLES, "deliveries")}
    for name in TABLES:
        write_parquet(records(CATALOG.tables[name]), made[name])
    listed = pd.DataFrame({"delivery_id": ["d/c/2016.v1", "d/l/2024.v1"], "period": ["2016", "2024"]})
    listed = listed.assign(agency="BOS", kind=["census", "lfs"], received_at="2025-01-31T09:00:00Z")
    write_parquet(listed, made["deliveries"])
    return made


@pytest.fixture(scope="module")
def estimated(files):
    designs = {name: CATALOG.tables[name].design for name in TABLES if CATALOG.tables[name].design}
    return {
        name: estimate(one, CATALOG.concepts, CATALOG.codelists, files, files["deliveries"], designs=designs)
        for name, one in MEMBERS.items()
    }


def test_the_sum_of_each_is_what_its_universe_holds(files, estimated):
    counts = 0
    with connect() as connection:
        for name, one in MEMBERS.items():
            frame = estimated[name].frame
            totals = {d: CATALOG.codelists[CATALOG.concepts[d].codelist].total for d in one.dimensions}
            (whole,) = frame[(frame[list(totals)] == pd.Series(totals)).all(axis=1)].to_dict("records")
            records_in, weight = connection.execute(
                f"SELECT count(*), sum(weight) FROM {parquet(files[one.table])} WHERE {one.universe}"
            ).fetchone()
            assert records_in > 0, name
            if isinstance(one.estimator, Count):
                counts += 1
                assert whole["n_records"] == records_in, name
                summed = weight if one.estimator.weight else records_in
                assert whole["obs_value"] == pytest.approx(summed), name
            elif isinstance(one.estimator, Quantile):
                assert whole["obs_value"] >= 0, name
    assert counts > 40


def test_each_is_protected_and_goes_to_its_dataflow(estimated, tmp_path):
    policy = CATALOG.releases["labour_migration"].policy
    protected = dict(zip(estimated, protect_together(list(estimated.values()), policy), strict=True))
    for name, one in protected.items():
        assert len(one.frame) == len(estimated[name].frame) > 0, name
        empty = one.frame["obs_value"].isna()
        assert empty.equals(one.frame["obs_status"].isin(["M", "O", "Q"])), name
    recipient = CATALOG.recipients["lmo"]
    flows = tuple(flow for flow in recipient.flows if flow.indicator in MEMBERS)
    assert {flow.indicator for flow in flows} == set(MEMBERS)
    recipient = dataclasses.replace(recipient, flows=flows)
    export(recipient, protected, CATALOG.indicators, CATALOG.codelists, tmp_path, CATALOG.concepts)
    sent = {}
    for path in tmp_path.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            sent[path.name] = sum(1 for _ in csv.DictReader(file))
    # a rate of nobody is not sent
    rows = pd.Series({name: int((one.frame["obs_status"] != "M").sum()) for name, one in protected.items()})
    by_flow = rows.groupby({flow.indicator: flow.dataflow for flow in flows}).sum()
    assert sent == {f"{dataflow}.csv": many for dataflow, many in by_flow.items()}
