"""Counts of different things are never added, compared or stacked."""

import operator
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lm_stats.estimate.cells import Records
from lm_stats.estimate.plausibility.relations import relations
from lm_stats.publish.reading import Reading
from lm_stats.spec import Concept, Count, Indicator, PlausibilityRule, Population, Relation, Side
from lm_stats.units import CountFrame, CountSeries, UnitMismatch, check_units

PERSONS = CountFrame(
    {"cell": ["a", "a", "b"], "persons": [1, 2, 3], "workers": [2, 2, 30]},
    units={"persons": "person", "workers": "worker"},
)
# the same name, and something else
CERTIFICATES = CountFrame({"cell": ["a", "a", "b"], "persons": [1, 3, 3]}, units={"persons": "certificate"})
COUNT, OTHER = PERSONS["persons"], CERTIFICATES["persons"]


def changed(change):
    frame = PERSONS.copy()
    change(frame)
    return frame


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            lambda op=op: op(COUNT, OTHER)
            for op in (operator.add, operator.sub, operator.lt, operator.ge, operator.eq, operator.ne, operator.iadd)
        ),
        lambda: COUNT.add(OTHER, fill_value=0),
        lambda: COUNT.rsub(OTHER),
        lambda: COUNT.gt(OTHER),
        lambda: np.subtract(COUNT, OTHER),
        lambda: PERSONS.persons + PERSONS.workers,
        lambda: PERSONS.loc[:, "persons"] + PERSONS.loc[:, "workers"],
        lambda: PERSONS.iloc[:, 1] == PERSONS.iloc[:, 2],
        lambda: PERSONS.loc[PERSONS["cell"] == "a", "persons"] + PERSONS.query("cell == 'a'")["workers"],
        lambda: PERSONS.groupby("cell")["persons"].sum() - PERSONS.groupby("cell")["workers"].sum(),
        lambda: PERSONS.groupby("cell").sum()["persons"] - PERSONS.groupby("cell").sum()["workers"],
        lambda: PERSONS.set_index("cell") - CERTIFICATES.set_index("cell"),
        lambda: PERSONS.set_index("cell").add(CERTIFICATES.set_index("cell"), fill_value=0),
        lambda: PERSONS[["persons"]] > CERTIFICATES[["persons"]],
        lambda: PERSONS[["persons"]].add(OTHER, axis=0),
        lambda: PERSONS[["persons", "workers"]].sum(axis=1),
        lambda: PERSONS[["persons", "workers"]].diff(axis="columns"),
        lambda: pd.concat([PERSONS, CERTIFICATES]),
        lambda: pd.concat([COUNT, OTHER]),
        lambda: COUNT.where(COUNT > 1, OTHER),
        lambda: COUNT.combine_first(OTHER),
        lambda: PERSONS.rename(columns={"persons": "n"})["n"] + OTHER,
        lambda: PERSONS.assign(n=COUNT * 2)["n"] + OTHER,
        lambda: PERSONS.merge(CERTIFICATES, on="cell").eval("persons_x + persons_y"),
        lambda: pickle.loads(pickle.dumps(PERSONS))["persons"] + OTHER,
        lambda: COUNT.sort_values().astype(float).cumsum() + OTHER,
        lambda: COUNT.to_frame("n")["n"] + OTHER,
        lambda: check_units("person", "", "certificate"),
        lambda: COUNT.subtract(OTHER),
        lambda: np.maximum(COUNT, OTHER),
        lambda: np.fmin(COUNT, OTHER),
        lambda: PERSONS[["persons"]].subtract(CERTIFICATES[["persons"]]),
        lambda: PERSONS[["persons", "workers"]].min(axis=1),
        lambda: COUNT.fillna(OTHER),
        lambda: PERSONS[["persons", "workers"]].agg("sum", axis=1),
        lambda: PERSONS[["persons", "workers"]].aggregate(["sum", "count"], axis="columns"),
        lambda: changed(lambda frame: frame.__setitem__("x", OTHER))["x"] + COUNT,
        lambda: changed(lambda frame: frame.__setitem__(["x"], CERTIFICATES[["persons"]]))["x"] + COUNT,
        lambda: changed(lambda frame: frame.insert(0, "x", OTHER))["x"] + COUNT,
        lambda: PERSONS.assign(x=OTHER)["x"] + COUNT,
        lambda: changed(lambda frame: frame.loc.__setitem__((slice(None), "persons"), OTHER))["persons"] + COUNT,
        lambda: changed(lambda frame: frame.loc.__setitem__((slice(None), "x"), OTHER))["x"] + COUNT,
        lambda: changed(lambda frame: frame.iloc.__setitem__((slice(None), 1), OTHER))["persons"] + COUNT,
        lambda: changed(lambda frame: frame.loc.__setitem__((frame["cell"] == "a", "persons"), OTHER)),
    ],
)
def test_different_units_are_refused(wrong):
    with pytest.raises(UnitMismatch, match="count different things") as told:
        wrong()
    assert "person" in str(told.value)


def test_what_makes_sense_is_allowed_and_says_what_it_counts():
    for made, unit in (
        (COUNT + 1, "person"),
        (10 - COUNT, "person"),
        (COUNT + COUNT, "person"),
        (pd.Series([1, 2, 3]) + COUNT, "person"),
        (COUNT / 1000, "person"),
        (COUNT / OTHER, ""),
        (OTHER / COUNT, ""),
        (COUNT.div(OTHER), ""),
        (PERSONS.sum(numeric_only=True), ""),
        ((PERSONS[["persons"]] / CERTIFICATES[["persons"]])["persons"], ""),
        (PERSONS[["persons"]].div(CERTIFICATES[["persons"]])["persons"], ""),
        (1 / COUNT, ""),
        (COUNT * OTHER, ""),
        (COUNT > 1, ""),
        (COUNT == COUNT, ""),
        (COUNT / OTHER + 1 + COUNT * 0, "person"),
        (PERSONS[["persons"]].sum(axis=1), "person"),
        (PERSONS[["persons", "workers"]].sum(), ""),
        (PERSONS["cell"], ""),
    ):
        assert isinstance(made, CountSeries)
        assert made.unit_of_count == unit
    assert (COUNT + COUNT).tolist() == [2, 4, 6]
    assert (COUNT / OTHER).tolist() == [1, 2 / 3, 1]
    assert check_units("person", "", "person") == "person"
    assert check_units() == ""


def test_units_stay_with_their_columns_and_are_written_if_asked():
    both = {"persons": "person", "workers": "worker"}
    assert dict(PERSONS.iloc[:2].sort_values("persons").reset_index(drop=True).copy().units) == both
    assert dict(pd.concat([PERSONS, PERSONS]).units) == both
    assert dict(pd.concat([COUNT, PERSONS["workers"]], axis=1).units) == both
    assert dict(PERSONS.groupby("cell", as_index=False).sum().units) == both
    assert dict(PERSONS.merge(CERTIFICATES, on="cell").units) == {
        "persons_x": "person", "workers": "worker", "persons_y": "certificate",
    }  # fmt: skip
    assert dict(PERSONS.drop(columns="workers").units) == {"persons": "person"}
    assert dict((PERSONS.set_index("cell") * 2).units) == both
    assert dict((PERSONS[["persons"]] / CERTIFICATES[["persons"]]).units) == {}
    assert dict(PERSONS.reset_index().units) == both
    assert dict(changed(lambda frame: frame.loc.__setitem__((frame["cell"] == "a", "persons"), 7)).units) == both
    for plain in (np.array([1, 2, 3]), 0):
        assert dict(PERSONS.assign(persons=plain).units) == {"workers": "worker"}
    assert PERSONS[["persons"]].agg("sum", axis=1).unit_of_count == "person"
    assert COUNT.divide(OTHER).unit_of_count == COUNT.multiply(OTHER).unit_of_count == ""
    replaced = PERSONS.copy()
    replaced["persons"] = OTHER
    assert (replaced.units["persons"], PERSONS.units["persons"]) == ("certificate", "person")

    assert CERTIFICATES.unit_of_count == "certificate"
    written = CERTIFICATES.with_units()
    assert type(written) is pd.DataFrame
    assert written["unit_of_count"].unique().tolist() == ["certificate"]
    assert PERSONS.with_units()["unit_of_count"].unique().tolist() == ["persons: person, workers: worker"]


def test_the_steps_refuse_different_units_too(tmp_path):
    tables = {unit: tmp_path / f"{unit}.parquet" for unit in ("person", "certificate")}
    for unit, path in tables.items():
        pq.write_table(pa.table({"ref_area": ["XAA"]}).replace_schema_metadata({"unit_of_count": unit}), path)
    base = [Population(unit, "true") for unit in tables]
    # the base of a rate
    with pytest.raises(UnitMismatch):
        Records(tables, {}, (), "", "", "", Count("person")).read(None, base)
    # what must hold between two published values
    unlike = Relation(Side("v", "true", "persons", unit="person"), Side("v", "true", "permits", unit="certificate"))
    with pytest.raises(UnitMismatch):
        relations(PlausibilityRule("r", "R", "relations", "why", relations=(unlike,)), None, {}, {}, {})
    # what a figure or the report sums and compares
    columns = {
        "indicator": "i", "ref_area": "XAA", "time_period": ["2015", "2016"], "obs_value": 10.0, "obs_status": "A",
        "std_error": 0.5, "lower": 9.0, "upper": 11.0,
        "conf_status": "F", "unit_measure": "NB", "unit_mult": 0, "unit_of_count": ["person", "certificate"],
        "source": "s", "vintage": "v", "data_class": "real",
    }  # fmt: skip
    mixed = type("Table", (), {"frame": pd.DataFrame(columns), "dimensions": (), "treatment": ""})
    shown = Indicator("i", "t", "true", "day", "A", (), Count("person"), {"en": "I"}, "why")
    with pytest.raises(UnitMismatch):
        Reading(mixed, shown, {"day": Concept("day", "Day", "d", "date")}, {}, {})
