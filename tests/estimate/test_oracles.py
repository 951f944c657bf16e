"""Values agree with a slow computation of another kind: loops over the rows for every cell that must be there."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate import estimate
from lm_stats.spec import Break, Code, Codelist, Concept, Count, Indicator, Population, Rate

REGIONS = (
    Code("A1", "a1", "A"), Code("A2", "a2", "A"), Code("A", "a", "_T", "group"), Code("B", "b", "_T"),
    Code("C", "c"), Code("_T", "t", "", "total"), Code("X", "x", "_T", "missing"),
)  # fmt: skip
AGES = (
    Code("T", "t", "", "total"), Code("Y0-14", "0-14", "T", attributes={"first": "", "last": "14"}),
    Code("GE15", "15+", "T", "group", attributes={"first": "15", "last": ""}),
    Code("Y15-64", "15-64", "GE15", attributes={"first": "15", "last": "64"}),
    Code("Y65", "65+", "GE15", attributes={"first": "65", "last": ""}),
    Code("U", "u", "T", "missing", attributes={"first": "", "last": ""}),
)  # fmt: skip
CODELISTS = {
    "regions": Codelist("regions", REGIONS),
    "ages": Codelist("ages", AGES),
    "statuses": Codelist("statuses", (Code("ALL", "t", "", "total"), Code("CIT", "c"), Code("NON", "n"))),
    "sexes": Codelist("sexes", (Code("T", "t", "", "total"), Code("M", "m", "T"), Code("F", "f", "T"))),
}
CONCEPTS = {
    concept.id: concept
    for concept in (
        Concept("region", "R", "r", "code", "regions"),
        Concept("sex", "S", "s", "code", "sexes"),
        Concept("age", "A", "a", "integer"),
        Concept("census_year", "Y", "y", "integer"),
        Concept("survey", "Y", "y"),
        Concept("age_group", "A", "a", "code", "ages", bands="age"),
        Concept("status", "C", "c", "code", "statuses",
                sql="CASE WHEN citizenship = ref_area THEN 'CIT' ELSE 'NON' END"),
        Concept("citizenship", "C", "c"),
        Concept("work", "W", "w"),
    )
}  # fmt: skip


def made(row, dimension):
    """The code of a row in a dimension, as a person would give it."""
    if dimension == "age_group":
        age = row["age"]
        return "U" if age is None else "Y0-14" if age < 15 else "Y15-64" if age < 65 else "Y65"
    if dimension == "status":
        return "CIT" if row["citizenship"] == row["ref_area"] else "NON"
    return {"region": "X"}.get(dimension, "") if row[dimension] is None else row[dimension]


def covers(dimension):
    """Codes that a code covers, by code."""
    codes = CODELISTS[CONCEPTS[dimension].codelist]
    found = {code.code: {code.code} for code in codes}
    for code in codes:
        for other in codes:
            if code.kind == "total" or other.parent == code.code or code.code in codes.ancestors_of(other.code):
                found[code.code].add(other.code)
    return found


def counted(rows, how):
    """Number of records or different values, and what they stand for, exactly."""
    weights = [Fraction(row[how.weight]) if how.weight else Fraction(1) for row in rows]
    if not how.distinct:
        return len(rows), sum(weights)
    largest = {}
    for row, weight in zip(rows, weights, strict=True):
        largest[row[how.distinct]] = max(weight, largest.get(row[how.distinct], weight))
    return len(largest), sum(largest.values())


def expected(indicator, tables, accept):
    """By key: number, value and, for a rate, number and value of the base; from loops over rows."""
    rate = indicator.estimator if isinstance(indicator.estimator, Rate) else None
    own = [row for row in tables[indicator.table] if accept[indicator.universe](row)]
    base = own
    if rate:
        base = [row for part in rate.base for row in tables[part.table] if accept[part.universe](row)]
    occasions = set.intersection(*({(r["ref_area"], r["census_year"]) for r in tables[t]} for t in indicator.tables))
    found = {}
    for area, year in occasions:
        shown = []
        for dimension in indicator.dimensions:
            has = {made(row, dimension) for row in base if row["ref_area"] == area}
            total = CODELISTS[CONCEPTS[dimension].codelist].total
            shown.append([code for code, below in covers(dimension).items() if below & has or code == total])
        for codes in itertools.product(*shown):

            def falls(row, key=(area, year), codes=codes):
                return (row["ref_area"], row["census_year"]) == key and all(
                    made(row, d) in covers(d)[code] for d, code in zip(indicator.dimensions, codes, strict=True)
                )

            number = counted([row for row in own if falls(row)], indicator.counted)
            base_number = counted([row for row in base if falls(row)], indicator.counted) if rate else ()
            found[(area, str(year), *codes)] = (*number, *base_number)
    return found


def random_rows(seed, size, *, weights, areas=("XAA", "XBB")):
    random = np.random.default_rng(seed)
    pick = lambda *values: [values[i] for i in random.integers(0, len(values), size)]  # noqa: E731
    return [
        dict(zip(("ref_area", "census_year", "region", "sex", "age", "citizenship", "work", "household", "weight"),
                 row, strict=True))
        for row in zip(
            pick(*areas), pick(2006, 2016), pick("A1", "A2", "B", "C", None), pick("M", "F"),
            pick(3, 14, 15, 40, 64, 65, 90, None), pick("XAA", "XBB", "ZZZ"), pick("yes", "no", None),
            [f"h{i}" for i in random.integers(0, size // 3, size)], pick(*weights), strict=True,
        )
    ]  # fmt: skip


def write(folder, tables, **sizes):
    types = {"age": "Int64", "census_year": "int64", "weight": "float64"}
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        frame = frame.assign(delivery_id=frame["ref_area"].str.lower() + "/d", data_class="real")
        frame = frame.astype({k: v for k, v in types.items() if k in frame})
        frame = frame.sort_values(["ref_area", frame.columns[1]], kind="stable")
        frame.to_parquet(folder / f"{name}.parquet", row_group_size=sizes.get(name, 50))
    deliveries = [(f"{area}/d", "BOS", "census", "2016", "2017-01-02T00:00:00Z") for area in ("xaa", "xbb")]
    names = ["delivery_id", "agency", "kind", "period", "received_at"]
    pd.DataFrame(deliveries, columns=names).to_parquet(folder / "deliveries.parquet")
    return {name: folder / f"{name}.parquet" for name in tables}, folder / "deliveries.parquet"


def run(folder, indicator, tables, breaks=None):
    return estimate(indicator, CONCEPTS, CODELISTS, *write(folder, tables), breaks or {}).frame


def declare(estimator, dimensions, universe="true", time="census_year"):
    return Indicator("i", "here", universe, time, "A", dimensions, estimator, {"en": "I"}, "why")


ACCEPT = {
    "true": lambda row: True,
    "age >= 15": lambda row: row["age"] is not None and row["age"] >= 15,
    "citizenship <> ref_area": lambda row: row["citizenship"] != row["ref_area"],
    "age >= 15 AND work = 'yes'": lambda row: (row["age"] or 0) >= 15 and row["work"] == "yes",
}
BASE = (Population("there", "age >= 15"), Population("here", "citizenship <> ref_area"))


@pytest.mark.parametrize(
    ("estimator", "dimensions", "universe"),
    [
        (Count("person", "weight"), ("sex", "region"), "citizenship <> ref_area"),
        (Count("person"), ("age_group", "status", "sex"), "true"),
        (Count("person", "weight"), ("age_group",), "age >= 15 AND work = 'yes'"),
        (Count("household", distinct="household"), ("region",), "true"),
        (Count("household", "weight", "household"), ("region", "age_group"), "citizenship <> ref_area"),
        (Rate("u", Count("person", "weight"), BASE), ("region", "sex"), "citizenship <> ref_area"),
        (Rate("u", Count("household", "weight", "household"), BASE, 1000), ("region",), "citizenship <> ref_area"),
    ],
)
@pytest.mark.parametrize("weights", [(1.0,), (1.0, 0.1, 12.345678901, 0.0)], ids=["full count", "sample"])
def test_every_cell_is_what_a_loop_over_the_rows_gives(tmp_path, estimator, dimensions, universe, weights):
    tables = {"here": random_rows(1, 70, weights=weights), "there": random_rows(2, 90, weights=weights)}
    indicator = declare(estimator, dimensions, universe)
    frame = run(tmp_path, indicator, tables)
    truth = expected(indicator, tables, ACCEPT)
    keys = list(zip(frame["ref_area"], frame["time_period"], *(frame[d] for d in dimensions), strict=True))
    assert len(keys) == len(truth)
    assert set(keys) == set(truth)
    sampled = bool(indicator.counted.weight) and len(weights) > 1
    assert frame["sampled"].eq(sampled).all()
    for key, row in zip(keys, frame.to_dict("records"), strict=True):
        number, value, *base = truth[key]
        assert row["n_records"] == number
        if base:
            assert (row["n_base"], row["unit_measure"]) == (base[0], "PT" if estimator.per == 100 else "PER_1000")
            assert row["numerator"] == pytest.approx(float(value), abs=1e-9)
            assert row["denominator"] == pytest.approx(float(base[1]), abs=1e-9)
            value = estimator.per * value / base[1] if base[1] else None
        if value is None:
            assert np.isnan(row["obs_value"])
            assert row["obs_status"] == "M"
            continue
        assert row["obs_value"] == pytest.approx(float(value), abs=1e-9)
        assert row["obs_status"] == ("E" if sampled else "A")
        if not sampled and not base:
            assert row["obs_value"] == number


def test_a_sum_of_weights_does_not_depend_on_the_order_of_rows(tmp_path):
    rows = random_rows(3, 90, weights=(0.1, 0.2, 0.3, 1e7, 1 / 3))
    declared = declare(Count("person", "weight"), ("sex",))
    one = run(tmp_path, declared, {"here": rows})
    two = run(tmp_path, declared, {"here": rows[::-1]})
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_an_area_is_a_sample_where_any_weight_of_its_table_differs_from_one(tmp_path):
    rows = random_rows(4, 80, weights=(1.0,))
    outside = next(r for r in rows if (r["ref_area"], r["census_year"], r["work"]) == ("XBB", 2016, "no"))
    outside["weight"] = 10.0
    frame = run(tmp_path, declare(Count("person", "weight"), ("sex",), "work = 'yes'"), {"here": rows})
    found = frame.groupby(["ref_area", "time_period"])["sampled"].agg(["min", "max"])
    assert found["min"].equals(found["max"])
    assert found.index[found["max"]].tolist() == [("XBB", "2016")]


def test_an_occasion_without_anyone_in_the_universe_has_totals_of_zero(tmp_path):
    rows = [r for r in random_rows(5, 60, weights=(1.0,)) if r["ref_area"] == "XAA" or r["work"] != "yes"]
    frame = run(tmp_path, declare(Count("person", "weight"), ("sex", "region"), "work = 'yes'"), {"here": rows})
    empty = frame[frame["ref_area"] == "XBB"]
    assert empty[["time_period", "sex", "region", "obs_value"]].to_numpy().tolist() == [
        ["2006", "T", "_T", 0.0], ["2016", "T", "_T", 0.0]]  # fmt: skip


def test_a_rate_is_there_only_where_all_its_tables_observed(tmp_path):
    here = random_rows(6, 60, weights=(1.0,))
    there = [row for row in here if (row["ref_area"], row["census_year"]) != ("XBB", 2006)]
    rate = declare(Rate("u", Count("person", "weight"), BASE), ("sex",))
    frame = run(tmp_path, rate, {"here": here, "there": there})
    assert set(zip(frame["ref_area"], frame["time_period"], strict=True)) == {
        ("XAA", "2006"), ("XAA", "2016"), ("XBB", "2016")}  # fmt: skip
    nothing = run(tmp_path, rate, {"here": here})
    assert nothing.empty
    assert list(nothing.columns) == list(frame.columns)


def test_the_codes_of_a_rate_are_those_of_its_base(tmp_path):
    here = random_rows(13, 60, weights=(1.0,), areas=("XAA",))
    there = [row for row in here if row["region"] in ("A1", "B")]
    rate = declare(Rate("u", Count("person"), (Population("there", "true"),)), ("region",))
    frame = run(tmp_path, rate, {"here": here, "there": there})
    assert set(frame["region"]) == {"A1", "A", "B", "_T"}
    totals = frame[frame["region"] == "_T"]
    assert totals["numerator"].sum() == len(here)
    assert totals["denominator"].sum() == len(there)
    here[0]["region"] = "unknown"
    with pytest.raises(ValueError, match="region: some records have a code"):
        run(tmp_path, rate, {"here": here, "there": there})


def test_persons_of_10_to_14_with_answers_on_labour_never_enter_a_universe_of_15_and_over(tmp_path):
    rows = random_rows(7, 200, weights=(1.0,), areas=("XAA",))
    for number, row in enumerate(rows):
        row["age"], row["work"] = 10 + number % 10, "yes"
    declared = declare(Count("person", "weight"), ("age_group",), "age >= 15 AND work = 'yes'")
    frame = run(tmp_path, declared, {"here": rows})
    assert "Y0-14" not in set(frame["age_group"])
    totals = frame[frame["age_group"] == "T"]
    assert totals["obs_value"].sum() == 100


def test_records_without_a_code_are_told_by_the_name_of_the_dimension(tmp_path):
    rows = random_rows(8, 30, weights=(1.0,))
    rows[3]["sex"] = None
    for estimator in (Count("person"), Count("household", distinct="household")):
        with pytest.raises(ValueError, match="sex is empty on some records"):
            run(tmp_path, declare(estimator, ("sex", "region")), {"here": rows})
    rows[3]["sex"] = "secret"
    with pytest.raises(ValueError, match="sex: some records have a code that sexes") as caught:
        run(tmp_path, declare(Count("person"), ("sex",)), {"here": rows})
    assert "secret" not in str(caught.value)


def test_a_missing_weight_stops(tmp_path):
    rows = random_rows(9, 30, weights=(1.0,))
    rows[7]["weight"] = None
    with pytest.raises(ValueError, match="weight is empty"):
        run(tmp_path, declare(Count("person", "weight"), ("sex",)), {"here": rows})


ROUNDS = ("2008", "2019", "2024")


def surveyed(rounds=ROUNDS):
    rows = random_rows(10, 90, weights=(2.0,))
    return [
        {"ref_area": row["ref_area"], "survey": rounds[i % len(rounds)], **{k: row[k] for k in list(row)[2:]}}
        for i, row in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("one", "dimensions", "universe", "rounds", "broken"),
    [
        # in the universe, as a name and not as a text
        (Break("2019", "work", "w"), ("sex",), "work = 'yes'", ROUNDS, {"T", "M", "F"}),
        (Break("2019", "yes", "w"), ("sex",), "work = 'yes'", ROUNDS, set()),
        (Break("2019", "work", "w"), ("sex",), "true", ROUNDS, set()),
        # a dimension: codes that changed, and not their sums
        (Break("2010", "sex", "w", ("M",)), ("sex",), "true", ROUNDS, {"M"}),
        (Break("2019", "sex", "w"), ("sex",), "true", ROUNDS, {"T", "M", "F"}),
        # codes do not matter where the concept is in the universe only
        (Break("2019", "work", "w", ("no",)), ("sex",), "work = 'yes'", ROUNDS, {"T", "M", "F"}),
        # what a made dimension is made from
        (Break("2019", "age", "w"), ("age_group",), "true", ROUNDS, {"T", "GE15", "Y0-14", "Y15-64", "Y65", "U"}),
        (Break("2019", "citizenship", "w"), ("status",), "true", ROUNDS, {"ALL", "CIT", "NON"}),
        # nothing before it, nothing after it
        (Break("2008", "sex", "w"), ("sex",), "true", ROUNDS, set()),
        (Break("2030", "sex", "w"), ("sex",), "true", ROUNDS, set()),
        (Break("2020-Q2", "sex", "w"), ("sex",), "true", ("2019-Q4", "2020-Q1", "2020-Q3"), {"T", "M", "F"}),
    ],
)
def test_a_break_marks_the_first_observation_after_it(tmp_path, one, dimensions, universe, rounds, broken):
    declared = declare(Count("person", "weight"), dimensions, universe, "survey")
    frame = run(tmp_path, declared, {"here": surveyed(rounds)}, {"XAA": (one,), "XZZ": (one,)})
    marked = frame[frame["obs_status"] == "B"]
    assert set(frame["obs_status"]) <= {"B", "E"}
    assert set(marked[dimensions[0]]) == broken
    assert set(marked["ref_area"]) <= {"XAA"}
    after = next((text for text in rounds if text >= one.since), "")
    assert set(marked["time_period"]) == ({after} if broken else set())


def test_a_break_in_the_base_of_a_rate_touches_the_rate(tmp_path):
    rows = random_rows(11, 80, weights=(1.0,))
    rate = declare(Rate("u", Count("person", "weight"), (Population("there", "work = 'yes'"),)), ("sex",))
    frame = run(tmp_path, rate, {"here": rows, "there": rows}, {"XBB": (Break("2010", "work", "w"),)})
    assert set(map(tuple, frame.loc[frame["obs_status"] == "B", ["ref_area", "time_period"]].to_numpy())) == {
        ("XBB", "2016")}  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_how_a_file_is_cut_into_groups_of_rows_does_not_matter(tmp_path, size):
    rows = random_rows(12, 40, weights=(1.0, 2.0))
    tables, deliveries = write(tmp_path, {"here": rows}, here=size)
    declared = declare(Count("person", "weight"), ("sex",), "citizenship <> ref_area")
    frame = estimate(declared, CONCEPTS, CODELISTS, tables, deliveries).frame
    truth = expected(declared, {"here": rows}, ACCEPT)
    found = zip(frame["ref_area"], frame["time_period"], frame["sex"], frame["obs_value"], strict=True)
    assert {(area, year, sex): value for area, year, sex, value in found} == {
        key: float(value) for key, (_, value) in truth.items()}  # fmt: skip


def test_weights_of_dated_records_go_by_the_period_they_fall_into(tmp_path):
    days = pd.to_datetime(["2014-01-05", "2014-12-31", "2016-03-01", None]).date
    rows = [
        {"ref_area": "XAA", "day": day, "sex": "M", "weight": weight}
        for day, weight in zip(days, (1.0, 1.0, 2.5, 7.0), strict=True)
    ]
    concepts = {**CONCEPTS, "day": Concept("day", "D", "d", "date")}
    declared = declare(Count("person", "weight"), ("sex",), time="day")
    frame = estimate(declared, concepts, CODELISTS, *write(tmp_path, {"here": rows})).frame
    totals = frame[frame["sex"] == "T"]
    assert totals[["time_period", "obs_value", "sampled", "obs_status"]].to_numpy().tolist() == [
        ["2014", 2.0, False, "A"], ["2015", 0.0, False, "A"], ["2016", 2.5, True, "E"]]  # fmt: skip
