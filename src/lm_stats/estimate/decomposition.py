"""Decomposition: what part of a gap between two groups their characteristics explain.

It is arithmetic of what is given, weights included, and has no standard error: with a sample, repeat it with each of
its replicate weights. What is not explained is not thereby discrimination: it holds whatever was not asked, too.

References:
    Oaxaca, R. (1973), Male-Female Wage Differentials in Urban Labor Markets, International Economic Review 14, 693-709.
    Blinder, A. S. (1973), Wage Discrimination: Reduced Form and Structural Estimates, Journal of Human Resources 8,
        436-455.
    Jann, B. (2008), The Blinder-Oaxaca decomposition for linear regression models, Stata Journal 8, 453-479.
    Neumark, D. (1988), Employers' Discriminatory Behavior and the Estimation of Wage Discrimination, Journal of Human
        Resources 23, 279-295.
    Cotton, J. (1988), On the Decomposition of Wage Differentials, Review of Economics and Statistics 70, 236-243.
    Reimers, C. W. (1983), Labor Market Discrimination Against Hispanic and Black Men, Review of Economics and
        Statistics 65, 570-579.
    Yun, M.-S. (2005), A Simple Solution to the Identification Problem in Detailed Wage Decompositions, Economic Inquiry
        43, 766-772.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from lm_stats.estimate.proportional_fitting import ipf as ipf
from lm_stats.estimate.survey.reading import column_names
from lm_stats.estimate.survey.records import read_columns

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

CONSTANT = "(constant)"
REFERENCES = ("pooled", "neumark", "cotton", "reimers")
# of a column's spread, what must be left when the columns before it are taken out
_LEFT = 1e-9
# a spread that is no more of the largest number is that of rounding
_ROUNDING = 1e-12


def oaxaca_blinder(
    data: Any,
    outcome: str,
    group: str,
    covariates: str | Sequence[str],
    weights: str | npt.ArrayLike | None = None,
    reference: Any = "pooled",
    *,
    threefold: bool = False,
    normalise: bool = False,
    by_category: bool = False,
    first: Any = None,
) -> pd.DataFrame:
    """Split the gap between the means of two groups into what covariates explain and what they do not.

    In each group the outcome (of a wage, take its logarithm) is regressed on the covariates by weighted least squares
    with a constant. With m the means of the covariates, b the coefficients of the two groups and r those of the
    reference, the parts of one covariate are

        explained = (m1 - m2) r          unexplained = m1 (b1 - r) + m2 (r - b2)

    and their sums over all covariates and the constant add up to the gap. Threefold: explained = (m1 - m2) b2,
    unexplained = m2 (b1 - b2), interaction = (m1 - m2) (b1 - b2).

    Args:
        data: One row for each person: a DataFrame, an Arrow table, the path of a Parquet file, or a DuckDB relation.
        outcome: Column of numbers whose means are compared.
        group: Column with exactly two codes.
        covariates: Columns; numbers and yes/no as they are, of text and categories a dummy for every code but the
            first in order.
        weights: Column, or one number for each row, 0 or more: for how many persons a row stands. Rows of weight 0
            are left out.
        reference: Which coefficients are taken to be those without a gap: `pooled`, of a model of both groups with a
            dummy for the group (Jann 2008); `neumark`, the same without the dummy (Neumark 1988); a code of the
            group, its own; a number from 0 to 1, the weight of the first group's coefficients, the rest being the
            second's; `reimers` for 0.5, `cotton` for the first group's share of all. A number that is a code of the
            group is read as the code. Threefold: the code of the group whose coefficients weigh the difference in
            means, the second if none is given.
        threefold: Three parts in place of two.
        normalise: Write coefficients of categories as deviations from their mean (Yun 2005), so that the unexplained
            part of each covariate does not depend on which category comes first. Sums do not change.
        by_category: A row for each category (`education=3`) in place of one for the covariate (`education`).
        first: Code of the group from whose mean the other's is taken; if not given, the first in order.

    Returns:
        `component, covariate, estimate`, in units of the outcome: `mean` and `records` of each group (covariate
        `<group>=<code>`), then `gap`, `explained`, `unexplained` and, threefold, `interaction`, in whole (covariate
        empty) and by covariate; `(constant)` is what belongs to none.

    Raises:
        ValueError: A column does not exist; something is missing or infinite; the group has not two codes; the
            outcome is not numbers; weights are negative or all 0 in a group; a covariate has one value only in a
            group, a category that only one group has, or follows from those before it; the reference is none of the
            above.
    """
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    frame, counts = _records(data, outcome, group, names, weights)
    codes = _two_codes(frame[group], group, first)
    sides = tuple(frame[group].eq(code).to_numpy(bool) for code in codes)
    design = _design(frame, names, sides[0])
    y = frame[outcome].to_numpy(dtype=np.float64)
    one, two = (_fit(design, y, counts, side) for side in sides)
    if threefold:
        parts = _threefold(design, one, two, viewpoint=_viewpoint(reference, codes), normalise=normalise)
    else:
        share = _share(reference, codes, one, two)
        agreed = share * one.slopes + (1 - share) * two.slopes if share is not None else (
            _fit(design, y, counts, sides[0] | sides[1], sides[0] if reference == "pooled" else None).slopes
        )  # fmt: skip
        parts = _twofold(design, one, two, agreed, normalise=normalise)
    rows: list[tuple[str, str, float]] = []
    for code, fit in zip(codes, (one, two), strict=True):
        rows += [("mean", f"{group}={code}", fit.mean), ("records", f"{group}={code}", float(fit.records))]
    rows.append(("gap", "", one.mean - two.mean))
    labels = design.categories if by_category else design.covariates
    for component, pieces in parts.items():
        rows.append((component, "", float(pieces.sum())))
        for label in dict.fromkeys(labels):
            if label != CONSTANT or component == "unexplained":
                rows.append((component, label, float(pieces[labels == label].sum())))
    return pd.DataFrame(rows, columns=["component", "covariate", "estimate"])


def _records(
    data: Any, outcome: str, group: str, covariates: Sequence[str], weights: str | npt.ArrayLike | None
) -> tuple[pd.DataFrame, Floats]:
    """Rows that stand for somebody, and for how many, after everything that they may not be."""
    columns = [outcome, group, *covariates]
    named = [*columns, weights] if isinstance(weights, str) else columns
    if not covariates or len(set(named)) < len(named):
        raise ValueError("outcome, group and at least one covariate must be named, each once and none as the weight")
    if isinstance(weights, pd.Series) and isinstance(data, pd.DataFrame) and not weights.index.equals(data.index):
        raise ValueError("the weights have other labels than the rows: name the column, or put them in the same order")
    frame = _frame(data, named)
    for name, told in {"outcome": outcome, **({"weight": weights} if isinstance(weights, str) else {})}.items():
        if not pd.api.types.is_numeric_dtype(frame[told]):
            raise ValueError(f"{told}: the {name} must be numbers")
    if weights is None:
        counts = np.ones(len(frame))
    else:
        given = frame[weights] if isinstance(weights, str) else weights
        counts = _numbers(given.to_numpy(np.float64, na_value=np.nan) if isinstance(given, pd.Series) else given)
        if counts.shape != (len(frame),):
            raise ValueError(f"there are {len(frame)} rows but weights of the shape {counts.shape}")
        if bad := int((~(np.isfinite(counts) & (counts >= 0))).sum()):
            raise ValueError(f"{bad} weights are missing, infinite or negative: find out why, no row can do without")
    kept = counts > 0
    frame, counts = frame.loc[kept, columns].reset_index(drop=True), counts[kept]
    for column in columns:
        values = frame[column]
        wrong = values.isna().to_numpy(bool)
        if pd.api.types.is_float_dtype(values):
            wrong = wrong | ~np.isfinite(values.to_numpy(np.float64, na_value=np.nan))
        if wrong.any():
            raise ValueError(
                f"{column}: {int(wrong.sum())} of {len(frame)} rows are missing or infinite: leave these rows out, if "
                "those who did not answer are like the others, or give the missing a code of their own"
            )
    return frame, counts


def _frame(data: Any, columns: Sequence[str]) -> pd.DataFrame:
    present = column_names(data)
    if missing := [column for column in columns if column not in present]:
        raise ValueError(f"there is no column {', '.join(missing)}")
    return read_columns(data, columns)


def _two_codes(groups: pd.Series, name: str, first: Any) -> tuple[Any, Any]:
    codes = _codes(groups)
    if len(codes) != 2:
        raise ValueError(f"{name}: two groups are compared, and rows with a weight above 0 have {len(codes)}")
    if first is not None and first not in codes:
        raise ValueError(f"{name}: no row with a weight above 0 has the code given as first")
    return (codes[1], codes[0]) if first is not None and first == codes[1] else (codes[0], codes[1])


def _codes(values: pd.Series) -> list[Any]:
    """Codes that occur, in order: of categories their own, else of numbers or letters."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values)
        return [code for code in values.cat.categories if code in present]
    found = list(pd.unique(values))
    return sorted(found) if len({type(code) for code in found}) < 2 else sorted(found, key=str)


@dataclass(frozen=True)
class _Design:
    """The constant, then a column for each number and for each category, the first of a covariate too."""

    matrix: Floats
    covariates: npt.NDArray[np.str_]
    categories: npt.NDArray[np.str_]
    fitted: Bools  # all but the first category of each covariate

    def blocks(self) -> Iterator[Bools]:
        """The columns of each covariate that has categories."""
        for name in dict.fromkeys(self.covariates[~self.fitted]):
            yield self.covariates == name


def _design(frame: pd.DataFrame, names: Sequence[str], first: Bools) -> _Design:
    columns: list[Floats] = [np.ones(len(frame))]
    covariates, categories, fitted = [CONSTANT], [CONSTANT], [True]
    for name in names:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) and not isinstance(values.dtype, pd.CategoricalDtype):
            columns.append(values.to_numpy(dtype=np.float64))
            covariates, categories, fitted = [*covariates, name], [*categories, name], [*fitted, True]
            continue
        dummies = {code: values.eq(code).to_numpy(bool) for code in _codes(values)}
        alone = [here for here in dummies.values() if not (here[first].any() and here[~first].any())]
        if alone:
            raise ValueError(
                f"{name}: {len(alone)} of {len(dummies)} categories ({sum(int(here.sum()) for here in alone)} records) "
                "occur in one group only, so that nothing can be compared with them: merge categories, or leave those "
                "records out and say so"
            )
        columns += [here.astype(np.float64) for here in dummies.values()]
        covariates += [name] * len(dummies)
        categories += [f"{name}={code}" for code in dummies]
        fitted += [place > 0 for place in range(len(dummies))]
        if len(dummies) < 2:
            raise ValueError(f"{name}: all records have the same value, which can explain nothing: leave it out")
    return _Design(np.column_stack(columns), np.array(covariates), np.array(categories), np.array(fitted, dtype=bool))


@dataclass(frozen=True)
class _Fit:
    """One group: means of all columns of the design, their coefficients (0 for first categories), and of how many."""

    means: Floats
    slopes: Floats
    mean: float
    weight: float
    records: int


def _fit(design: _Design, y: Floats, counts: Floats, side: Bools, dummy: Bools | None = None) -> _Fit:
    """Weighted least squares of the rows of a side; the coefficient of the dummy, if there is one, is not kept."""
    w = counts[side]
    shares = w / w.sum()
    means = shares @ design.matrix[side]
    mean = float(shares @ y[side])
    # in deviations from the means and in units of their own spread, so that large numbers lose no digits
    x = design.matrix[side][:, design.fitted][:, 1:] - means[design.fitted][1:]
    if dummy is not None:
        x = np.column_stack([x, dummy[side] - shares @ dummy[side]])
    root = np.sqrt(shares)[:, None]
    x = x * root
    spread = np.sqrt((x**2).sum(axis=0))
    size = np.abs(design.matrix[side]).max(axis=0)[design.fitted][1:]
    flat = spread[: len(size)] <= _ROUNDING * size
    if flat.any():
        name = design.covariates[design.fitted][1:][flat][0]
        raise ValueError(f"{name}: all records of a group have the same value, which can explain nothing: leave it out")
    # the outcome as a last column: its part of R is what the columns before it are fitted to
    both = np.column_stack([x / spread, (y[side] - mean) * root[:, 0]])
    r: Floats = np.asarray(np.linalg.qr(both, mode="r"), dtype=np.float64)
    columns = len(spread)
    # on the diagonal is what is left of each column when those before it are taken out
    left = np.zeros(columns)
    left[: min(len(r), columns)] = np.abs(np.diag(r))[:columns]
    if (left <= _LEFT).any():
        place = int(np.argmax(left <= _LEFT))
        name = design.covariates[design.fitted][1:][min(place, len(size) - 1)]
        raise ValueError(
            f"{name}: in a group ({int(side.sum())} records) it follows from the covariates before it, or there are "
            "fewer records than coefficients: leave it out"
        )
    slopes = np.zeros(len(means))
    found = np.linalg.solve(r[:columns, :columns], r[:columns, columns]) / spread
    slopes[np.flatnonzero(design.fitted)[1:]] = found[: len(size)]
    slopes[0] = mean - means[1:] @ slopes[1:]
    return _Fit(means, slopes, mean, float(w.sum()), int(side.sum()))


def _share(reference: Any, codes: tuple[Any, Any], one: _Fit, two: _Fit) -> float | None:
    """Weight of the first group's coefficients in the reference; none where a model of both groups is asked for."""
    if place := _place(reference, codes):
        return float(place == 1)
    named = {"reimers": 0.5, "cotton": one.weight / (one.weight + two.weight), "pooled": None, "neumark": None}
    if isinstance(reference, str) and reference in named:
        return named[reference]
    if isinstance(reference, int | float | np.number) and 0 <= reference <= 1:
        return float(reference)
    raise ValueError(f"the reference must be {', '.join(REFERENCES)}, a code of the group, or a number from 0 to 1")


def _viewpoint(reference: Any, codes: tuple[Any, Any]) -> int:
    if place := _place(reference, codes):
        return place
    if isinstance(reference, str) and reference == "pooled":
        return 2
    raise ValueError("threefold, the reference must be a code of the group, or be left out")


def _place(reference: Any, codes: tuple[Any, Any]) -> int:
    """1 or 2 for the code of a group, 0 for anything else."""
    if any(isinstance(code, str) and code in REFERENCES for code in codes):
        raise ValueError(f"a code of the group is one of the words {', '.join(REFERENCES)}: give it another name")
    return next((k for k, code in enumerate(codes, 1) if np.isscalar(reference) and bool(reference == code)), 0)


def _twofold(design: _Design, one: _Fit, two: _Fit, agreed: Floats, *, normalise: bool) -> dict[str, Floats]:
    first, second, reference = (_normalised(design, b) if normalise else b for b in (one.slopes, two.slopes, agreed))
    return {
        "explained": (one.means - two.means) * reference,
        "unexplained": one.means * (first - reference) + two.means * (reference - second),
    }


def _threefold(design: _Design, one: _Fit, two: _Fit, *, viewpoint: int, normalise: bool) -> dict[str, Floats]:
    first, second = (_normalised(design, b) if normalise else b for b in (one.slopes, two.slopes))
    means, both = one.means - two.means, (one.means - two.means) * (first - second)
    if viewpoint == 1:
        return {"explained": means * first, "unexplained": one.means * (first - second), "interaction": -both}
    return {"explained": means * second, "unexplained": two.means * (first - second), "interaction": both}


def _normalised(design: _Design, coefficients: Floats) -> Floats:
    """Coefficients of categories less their mean, which goes to the constant (Yun 2005)."""
    moved = coefficients.copy()
    for block in design.blocks():
        middle = coefficients[block].mean()
        moved[block] -= middle
        moved[0] += middle
    return moved


def _numbers(values: npt.ArrayLike) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("weights must be numbers, and none may be missing") from None
