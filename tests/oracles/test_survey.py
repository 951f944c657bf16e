"""The survey engine: every number of the ledger is what ours gives, be it R's, a textbook's or another program's."""

import json
import math
import warnings
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from lm_stats.estimate.survey.design import Design, NestingWarning, SinglePSUWarning
from lm_stats.estimate.survey.estimators import covariance_of, difference, mean, proportion, ratio, total
from lm_stats.estimate.survey.independence import chi_square
from lm_stats.estimate.survey.quantiles import quantile
from lm_stats.estimate.survey.weighting import calibrate, post_stratify, rake

FOLDER = Path(__file__).parent / "survey"
LEDGER = pd.read_csv(FOLDER / "ledger.csv", dtype="str", keep_default_na=False).astype(
    {"value": "float64", "tolerance": "float64"}
)
CALLS = list(LEDGER.groupby(["id", "arguments"], sort=False))
STATISTICS = {"mean": mean, "total": total, "proportion": proportion, "ratio": ratio, "quantile": quantile}


@cache
def read(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


def margin(told):
    """A Series of totals by cell, or the total of a number, from the JSON of the ledger."""
    if "total" in told:
        return told["total"]
    *keys, totals = zip(*told["cells"], strict=True)
    if len(keys) == 1:
        return pd.Series(totals, index=pd.Index(keys[0], name=told["columns"][0]), dtype="float64")
    return pd.Series(totals, index=pd.MultiIndex.from_arrays(keys, names=told["columns"]), dtype="float64")


@cache
def sample(name, design, adjust, where):
    """Data and design, with weights that meet the margins where there are any."""
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(design).items()}
    data = read(name).query(where) if where else read(name)
    built = Design(**told)
    if not adjust:
        return data, built
    adjust = json.loads(adjust)
    margins = [margin(one) for one in adjust["margins"]]
    if adjust["function"] == "post_stratify":
        return post_stratify(data, built, margins[0])
    if adjust["function"] == "rake":
        return rake(data, built, margins, tolerance=1e-13)
    names = [tuple(one["columns"]) if len(one["columns"]) > 1 else one["columns"][0] for one in adjust["margins"]]
    return calibrate(data, built, dict(zip(names, margins, strict=True)))


@cache
def answer(name, function, arguments):
    """What ours gives for a call of the ledger."""
    told = json.loads(arguments)
    adjust = json.dumps(told.pop("adjust")) if "adjust" in told else ""
    data, design = sample(name, json.dumps(told.pop("design")), adjust, told.pop("where", ""))
    if function == "weights":
        return data.assign(weight=data[design.weight])
    if function == "chi_square":
        return chi_square(data, design, told["rows"], told["columns"]).assign(position=0)
    statistic = STATISTICS[told.pop("statistic", function)]
    what = [told.pop(part) for part in ("variables", "numerator", "denominator") if part in told]
    if function == "difference":
        return difference(statistic, data, design, *what, **told)
    if function == "covariance_of":
        square = covariance_of(statistic, data, design, *what).to_numpy()
        places = [(first, second) for first in range(len(square)) for second in range(len(square))]
        return pd.DataFrame([(*place, square[place]) for place in places], columns=["first", "second", "covariance"])
    return statistic(data, design, *what, **told)


def number_of(rows, keys, column):
    """The number of a row, found by its keys; the only one there is."""
    found = {row[column] for row in rows if all(row[key] == value for key, value in keys.items())}
    assert len(found) == 1, f"{len(found)} numbers for {keys}"
    return found.pop()


@pytest.mark.parametrize("lines", [lines for _, lines in CALLS], ids=[name for (name, _), _ in CALLS])
def test_ledger(lines):
    first = lines.iloc[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SinglePSUWarning)
        warnings.simplefilter("error", NestingWarning)
        rows = answer(first["data"], first["function"], first["arguments"]).to_dict("records")
    wrong = []
    for line in lines.itertuples():
        ours = float(number_of(rows, json.loads(line.row), line.column))
        allowed = line.tolerance * (abs(line.value) if line.how == "relative" else 1)
        same = math.isnan(ours) if math.isnan(line.value) else abs(ours - line.value) <= allowed
        if not same:
            wrong.append(f"{line.row} {line.column}: {ours!r} is not {line.value!r}, which {line.source} gives")
    assert not wrong, "\n".join(wrong)


def test_ledger_is_large_enough_and_says_where_each_number_is_from():
    assert len(LEDGER) >= 200
    assert f"Together {len(LEDGER)} numbers in {len(CALLS)} calls." in (FOLDER / "summary.md").read_text(
        encoding="utf-8"
    )
    assert not LEDGER.duplicated(["id", "arguments", "row", "column", "source"]).any()
    assert (LEDGER["source"] != "").all()
    assert LEDGER["how"].isin(["relative", "absolute"]).all()
    exact = LEDGER[LEDGER["how"] == "relative"]
    assert (exact["tolerance"] <= 1e-6).all()
    assert exact.loc[exact["tolerance"] > 1e-9, "id"].str.startswith("rake").all()
    # half a unit of the last digit printed, never a share of the number that would let through another one
    assert (LEDGER["how"] == "absolute").sum() > 100
