"""Decomposition, fitting of tables, quantiles: what R and Stata give is what ours gives; and what must always hold."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lm_stats.estimate.decomposition import REFERENCES, ipf, oaxaca_blinder
from lm_stats.estimate.inequality import weighted_quantile

FOLDER = Path(__file__).parent / "decomposition"
LEDGER = pd.read_csv(FOLDER / "ledger.csv", keep_default_na=False)
DATA = {name: pd.read_csv(FOLDER / f"{name}.csv") for name in ("wages", "spending")}


@cache
def computed(function, arguments):
    """What a line of the ledger is about, by its row."""
    told = json.loads(arguments)
    if function == "weighted_quantile":
        return {"": weighted_quantile(told["values"], told.get("weights"), told["q"])}
    if function == "ipf":
        if isinstance(told["margins"], dict):
            told["margins"] = {tuple(map(int, axes.split(","))): totals for axes, totals in told["margins"].items()}
        fitted = ipf(np.array(told["seed"]), told["margins"])
        return {"|".join(map(str, place)): value for place, value in np.ndenumerate(fitted)}
    found = oaxaca_blinder(DATA[told.pop("data")], **told)
    return dict(zip(found["component"] + "|" + found["covariate"], found["estimate"], strict=True))


def test_every_line_of_the_ledger():
    assert LEDGER["id"].is_unique
    assert LEDGER["source"].ne("").all()
    faults = []
    for line in LEDGER.itertuples():
        ours, tolerance = computed(line.function, line.arguments)[line.row], float(line.tolerance)
        printed = line.source.startswith("Stata")
        if not abs(ours - line.value) <= tolerance * (1 if printed else max(1, abs(line.value))):
            faults.append(f"{line.id}: {ours!r} is not {line.value!r}")
    assert faults == []
    assert LEDGER["function"].value_counts().to_dict() == {"oaxaca_blinder": 190, "ipf": 77, "weighted_quantile": 16}


number = st.integers(-20, 20)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(-6, 6), st.sampled_from([*REFERENCES, "left", 0.3]), st.booleans())
def test_parts_always_add_up_and_turn_with_the_groups(seed, power, reference, normalise):
    random, scale = np.random.default_rng(seed), 10.0**power
    frame = pd.DataFrame({
        "side": ["left", "right"] * 12, "level": np.repeat(["low", "middle", "high"], 2).tolist() * 4,
        "y": random.normal(random.normal(), 1, 24) * scale, "x": random.lognormal(0, 2, 24) / scale,
        "w": random.choice([0, 1e-3, 1, 2500], 24, p=[0, 0.1, 0.5, 0.4]),
    })  # fmt: skip
    arguments = {"outcome": "y", "group": "side", "covariates": ["x", "level"], "weights": "w", "normalise": normalise}
    found = oaxaca_blinder(frame, **arguments, reference=reference)
    whole = found[found["covariate"].eq("")].set_index("component")["estimate"] / scale
    detail = found[found["covariate"].ne("")].groupby("component")["estimate"].sum() / scale
    assert whole["explained"] + whole["unexplained"] == pytest.approx(whole["gap"], abs=1e-7)
    for part in ("explained", "unexplained"):
        assert detail[part] == pytest.approx(whole[part], abs=1e-7)
    back = oaxaca_blinder(frame, **arguments, reference=0.7 if reference == 0.3 else reference, first="right")
    back = back[back["covariate"].eq("")].set_index("component")["estimate"] / scale
    assert (-back).to_dict() == pytest.approx(whole.to_dict(), abs=1e-7)
    three = oaxaca_blinder(frame, **arguments, threefold=True)
    three = three[three["covariate"].eq("")].set_index("component")["estimate"] / scale
    assert three.drop("gap").sum() == pytest.approx(three["gap"], abs=1e-7)


def test_yuns_parts_do_not_depend_on_the_first_category():
    wages = DATA["wages"]
    turned = wages.assign(education=wages["education"].map({"basic": "z", "secondary": "y", "tertiary": "x"}))
    arguments = {"outcome": "log_wage", "group": "migrant", "covariates": ["education", "sex", "tenure"]}
    for normalise, same in ((True, True), (False, False)):
        first, second = (
            oaxaca_blinder(frame, **arguments, normalise=normalise)["estimate"] for frame in (wages, turned)
        )
        assert np.allclose(first, second, atol=1e-12) == same
    categories = pd.Categorical(wages["sex"], ["M", "F"])
    told = oaxaca_blinder(wages.assign(sex=categories), **arguments, by_category=True)
    assert told.query("component == 'explained' and covariate == 'sex=M'")["estimate"].tolist() == [0]


def test_where_data_may_lie(tmp_path):
    wages, arguments = DATA["wages"], ("log_wage", "migrant", "tenure", "weight")
    wages.to_parquet(tmp_path / "wages.parquet")
    expected = oaxaca_blinder(wages, *arguments)
    for data in (tmp_path / "wages.parquet", pa.Table.from_pandas(wages)):
        pd.testing.assert_frame_equal(oaxaca_blinder(data, *arguments), expected)
    by_list = oaxaca_blinder(wages, "log_wage", "migrant", ["tenure"], wages["weight"].tolist())
    pd.testing.assert_frame_equal(by_list, expected)
    only = wages.assign(sex=wages["sex"].where(wages["weight"] > 0))
    assert len(oaxaca_blinder(only, "log_wage", "migrant", "sex", "weight")) == 5 + 2 + 3


SOME = pd.DataFrame({
    "y": [1.0, 2, 4, 3, 2, 5, 1, 4], "g": list("aabb") * 2, "x": [1, 2, 3, 1, 4, 2, 5, 7], "w": [1.0] * 8,
    "k": list("pqpqqppq"),
})  # fmt: skip


@pytest.mark.parametrize(("change", "arguments", "words"), [
    ({"g": "a"}, {}, "two groups are compared, and rows with a weight above 0 have 1"),
    ({"g": list("abcabcab")}, {}, "have 3"), ({"y": "much"}, {}, "the outcome must be numbers"),
    ({"y": [np.nan] + [1.0] * 7}, {}, "y: 1 of 8 rows are missing or infinite"),
    ({"x": [np.inf] + [1.0] * 7}, {}, "x: 1 of 8 rows"), ({"k": [None] * 3 + ["p"] * 5}, {}, "k: 3 of 8 rows"),
    ({"w": [np.nan] + [1.0] * 7}, {}, "1 weights are missing, infinite or negative"),
    ({"w": [-1.0] * 2 + [1.0] * 6}, {}, "2 weights are missing"), ({"w": [0, 0, 1, 1] * 2}, {}, "have 1"),
    ({}, {"weights": [1, 2]}, "8 rows but weights of the shape"), ({}, {"weights": ["a"] * 8}, "must be numbers"),
    ({}, {"weights": pd.Series([1.0] * 8, index=range(1, 9))}, "other labels"), ({}, {"weights": "x"}, "none as the w"),
    ({"x": 3}, {}, "x: all records of a group have the same value"),
    ({"x": [1, 1, 2, 3, 1, 1, 5, 6]}, {}, "x: all records of a group"),
    ({"k": list("ppqqpprq")}, {}, r"k: 3 of 3 categories \(8 records\) occur in one group only"),
    ({"k": "p"}, {}, "k: all records have the same value"),
    ({"z": [3, 5, 7, 3, 9, 5, 11, 15]}, {"covariates": ["x", "z"]}, "z: in a group .4 records. it follows from"),
    ({"z": [1, 0, 0, 1, 1, 0, 0, 0], "u": [0, 0, 1, 1, 1, 0, 1, 0]}, {"covariates": ["x", "z", "u", "k"]}, "fewer rec"),
    ({}, {"covariates": "nothing"}, "there is no column nothing"), ({}, {"covariates": ["x", "x"]}, "each once"),
    ({}, {"covariates": []}, "at least one covariate"), ({}, {"reference": 1.5}, "the reference must be"),
    ({}, {"reference": "c"}, "the reference must be"), ({}, {"first": "c"}, "the code given as first"),
    ({}, {"threefold": True, "reference": 0.5}, "threefold, the reference must be a code"),
    ({"g": ["pooled", "b"] * 4}, {}, "give it another name"),
])  # fmt: skip
def test_what_cannot_be_decomposed_is_refused(change, arguments, words):
    given = {"outcome": "y", "group": "g", "covariates": ["x", "k"], "weights": "w", **arguments}
    with pytest.raises(ValueError, match=words):
        oaxaca_blinder(SOME.assign(**change), **given)


@given(st.integers(2, 4), st.integers(2, 4), st.integers(2, 3), st.data())
def test_fitted_tables_meet_their_margins_and_keep_their_odds(rows, columns, layers, data):
    shape = (rows, columns, layers)
    size = rows * columns * layers
    seed = np.reshape(data.draw(st.lists(st.integers(1, 50), min_size=size, max_size=size)), shape)
    true = np.reshape(data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)), shape)
    assume(true.sum())
    fitted = ipf(seed, [true.sum(axis=(1, 2)), true.sum(axis=(0, 2)), true.sum(axis=(0, 1))])
    for axes in ((1, 2), (0, 2), (0, 1)):
        np.testing.assert_allclose(fitted.sum(axis=axes), true.sum(axis=axes), rtol=1e-9, atol=1e-12)
    full = fitted[:2, :2, 0]
    if (full > 1e-6).all():
        odds = [table[0, 0] * table[1, 1] / table[0, 1] / table[1, 0] for table in (full, seed[:2, :2, 0])]
        assert odds[0] == pytest.approx(odds[1], rel=1e-7)


def test_margins_find_their_dimensions():
    seed = pd.DataFrame([[40.0, 30, 20], [35, 50, 100]], index=pd.Index(["f", "m"], name="sex"), columns=list("abc"))
    by_place = ipf(seed, [[150, 300], [200, 150, 100]])
    assert by_place.sum(axis=1).tolist() == pytest.approx([150, 300])
    areas = pd.Series({"c": 100, "a": 200, "b": 150})
    named = [areas.rename_axis("area"), pd.Series({"m": 300, "f": 150}).rename_axis("sex")]
    for given_order in (named, named[::-1]):
        fitted = ipf(seed.rename_axis(columns="area"), given_order)
        pd.testing.assert_frame_equal(fitted, by_place.rename_axis(columns="area"), rtol=1e-8)
    pd.testing.assert_frame_equal(ipf(seed, {"sex": named[1], 1: areas}), by_place)
    long = seed.rename_axis(columns="area").stack()
    both = long.drop([("f", "c")])
    margins = {("area", "sex"): both.unstack("sex", fill_value=0.0).T.stack().swaplevel() * 2, "sex": [140, 370]}
    fitted = ipf(both, margins)
    assert fitted.index.equals(both.index)
    np.testing.assert_allclose(fitted, both * 2)


@pytest.mark.parametrize(("seed", "margins", "words"), [
    ([[1, 1], [1, 1]], [[1, 2], [2, 2]], "adds up to 3 and the margin of dimension 1 to 4"),
    ([[1, 1], [1, 1]], [[3, -1], [1, 1]], "1 negative"), ([[1, -1], [1, 1]], [[1, 1], [1, 1]], "1 negative"),
    ([[1, np.nan], [1, 1]], [[1, 1], [1, 1]], "1 missing"), ([[1, 1], [1, 1]], [[np.inf, 1], [1, 1]], "infinite"),
    ([[1, 1], [1, 1]], [[0, 0], [0, 0]], "all totals are 0"), ([["a"]], [[1]], "must hold numbers"),
    ([[1, 1], [1, 1]], [[1, 1, 1]], "has the shape"), ([[1, 1], [1, 1]], [[1, 1]] * 3, "no dimension of the seed"),
    ([[1, 1], [1, 1]], [[[1, 1], [1, 1]]], "must be named"), ([[1, 1], [1, 1]], [], "at least one margin"),
    ([[1, 1], [1, 1]], {(0, 0): [[1, 1], [1, 1]]}, "each once"), ([[1, 1], [1, 1]], "both", "must be a list"),
    ([[[1, 1]] * 2] * 2, {(0, 1): [[1, 1], [1, 1]], (1, 2): [[2, 1], [1, 0]]}, "disagree in the margin of dimension 1"),
    ([[0, 0], [1, 1]], [[2, 2], [2, 2]], r"impossible to meet the margin of dimension 0 \(number 0: 2\)"),
    ([[1, 1], [1, 0]], [[1, 5], [2, 4]], "impossible to meet"), ([], [[1]], "at least one cell"),
    ([[0, 0, 1, 1]] * 2 + [[1, 1, 1, 1]] * 2, [[6, 6, 1, 1], [6, 6, 1, 1]], "after 300 rounds the margins are not met"),
])  # fmt: skip
def test_impossible_margins_are_refused(seed, margins, words):
    with pytest.raises(ValueError, match=words):
        ipf(np.array(seed), margins, most=300)
    with pytest.raises(ValueError, match="tolerance"):
        ipf(np.ones((2, 2)), [[1, 1], [1, 1]], 0)


def test_cells_that_must_vanish_do():
    assert ipf(np.array([[1, 1], [1, 0]]), [[2, 2], [2, 2]]).tolist() == [[0, 2], [2, 0]]
    chain = ipf(np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]]), [[3, 3, 3], [1, 5, 3]])
    np.testing.assert_allclose(chain, [[1, 2, 0], [0, 3, 0], [0, 0, 3]])


@given(st.lists(st.tuples(number, st.integers(0, 6)), min_size=1, max_size=12), st.floats(0, 1))
def test_a_quantile_is_the_value_that_the_share_reaches(pairs, q):
    values, weights = np.transpose(pairs)
    assume(weights.sum() > 0)
    found = weighted_quantile(values, weights, q)
    assert found in values[weights > 0]
    total = weights.sum()
    assert weights[values <= found].sum() >= q * total - 1e-9
    assert weights[values < found].sum() <= q * total + 1e-9
    assert weighted_quantile(values, weights * 0.1, [q]).tolist() == [found]
    for wrong, words in (((values, weights, 1.5), "share from 0 to 1"), ((values, -weights - 1), "negative"),
                         ((values, weights * 0), "all weights are 0"), ((values, [1.0] * 20), "20 weights"),
                         (([np.nan],), "1 missing"), (([],), "at least one")):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            weighted_quantile(*wrong)
