"""Weights that meet totals known of the population: post-stratification, raking, linear calibration.

All three change the weights of a sample as little as is needed so that they sum to known totals. Estimates then vary
less wherever what is measured goes with what is known, and their errors say so: they are those of the residuals of
each linearised variable from its regression on the margins, weighted by the weights before calibration (Deville,
Saerndal and Sautory 1993, section 3). With replicates, each replicate is calibrated to the same totals.

References:
    Deming, W. E. and Stephan, F. F. (1940), Annals of Mathematical Statistics 11, 427-444: raking.
    Holt, D. and Smith, T. M. F. (1979), Journal of the Royal Statistical Society A 142, 33-46: post-stratification.
    Deville, J.-C. and Saerndal, C.-E. (1992), Journal of the American Statistical Association 87, 376-382.
    Deville, J.-C., Saerndal, C.-E. and Sautory, O. (1993), Journal of the American Statistical Association 88,
        1013-1020: raking, and the variance of all calibrated estimators.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.survey.calibration import Auxiliaries, Calibration, Number, calibration_of, generalised_inverse
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.exact import exact_group_sums, exact_product
from lm_stats.estimate.survey.margins import Classes, MarginError, check_agreement, check_cells, read_classes
from lm_stats.estimate.survey.records import add_columns, column_names, read_columns, weight_table

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Margin: TypeAlias = pd.Series | pd.DataFrame

SUFFIX = "_calibrated"
INTERCEPT = "(Intercept)"
# linear weights meet their margins to this share of the sum of absolute parts
_MET = 1e-9
_REFINED = 3


def post_stratify(data: object, design: Design, margins: Margin) -> tuple[object, Design]:
    """Make weights sum to the known total of each cell.

    Args:
        data: Records: a DataFrame, an Arrow table, the path of a Parquet file, or a relation.
        design: Their design.
        margins: Totals by cell of one column or of several crossed: a Series or DataFrame whose index has the names
            of the columns (`margins.read_classes` says what else is read).

    Returns:
        The data with the new weights in `<weight>_calibrated` (a DataFrame for a DataFrame, else an Arrow table), and
        the design with this column and with what its errors need. Weights of replicates have new columns too.

    Raises:
        DesignError: If the design does not fit the data, or was calibrated already.
        MarginError: If no weights meet the totals: see `margins.check_cells`.
    """
    sample = _Sample.of(data, design, _columns_of([margins]))
    classes = read_classes(margins)
    classes, cells, sums = check_cells(classes, classes.places(sample.frame), sample.weights)
    weights = sample.weights * (classes.totals[:, None] / sums)[cells]
    calibration = Calibration("post-stratification", design.weight, (classes,), (), False, 1 / sums[:, 0])
    return sample.with_weights(weights, calibration)


def rake(
    data: object, design: Design, margins: Sequence[Margin], tolerance: float = 1e-10, most: int = 500
) -> tuple[object, Design]:
    """Make weights sum to the totals of several margins, by proportional fitting to each in turn.

    Args:
        data: As in `post_stratify`.
        design: The design.
        margins: Margins, each as in `post_stratify`. They must sum to the same population.
        tolerance: Greatest relative difference from a total.
        most: Rounds after which it is given up.

    Returns:
        As in `post_stratify`.

    Raises:
        DesignError: As in `post_stratify`.
        MarginError: If the margins disagree, a cell cannot meet its total, or no weights meet all margins.
    """
    if isinstance(margins, pd.Series | pd.DataFrame) or not len(margins):
        raise MarginError("rake takes a list of margins: give one or more in a list")
    sample = _Sample.of(data, design, _columns_of(margins))
    every, places = [], []
    for margin in margins:
        classes = read_classes(margin)
        classes, cells, _ = check_cells(classes, classes.places(sample.frame), sample.weights)
        every.append(classes)
        places.append(cells)
    check_agreement([(one.name, float(one.totals.sum())) for one in every])
    factor, profile = _fit(every, places, sample.weights, tolerance, most)
    calibrated = sample.weights * factor[profile]
    calibration = calibration_of("raking", design.weight, tuple(every), places, sample.weights[:, 0])
    return sample.with_weights(calibrated, calibration)


def calibrate(data: object, design: Design, margins: Mapping[object, object]) -> tuple[object, Design]:
    """Make weights meet totals of numbers and categories at once, linearly (the general regression estimator).

    Weights may fall below 0 where totals are far from the sample's; estimates hold all the same.

    Args:
        data: As in `post_stratify`.
        design: The design.
        margins: Column to its total, for a number; column, or tuple of columns crossed, to a Series of totals by code;
            `(Intercept)` to the number of all. Each Series must have every cell that occurs.

    Returns:
        As in `post_stratify`.

    Raises:
        DesignError: As in `post_stratify`.
        MarginError: If the totals disagree, a number is missing, a cell cannot meet its total, or a margin follows
            from the others.
    """
    tables = (pd.Series, pd.DataFrame, Mapping)
    categories = {name: total for name, total in margins.items() if isinstance(total, tables)}
    numbers = {str(name): _total(name, total) for name, total in margins.items() if name not in categories}
    population = numbers.pop(INTERCEPT, None)
    if not margins:
        raise MarginError("there are no margins: name a column and its total")
    every = [_named_classes(name, total) for name, total in categories.items()]
    wanted = dict.fromkeys([*(name for one in every for name in one.columns), *numbers])
    sample = _Sample.of(data, design, tuple(wanted))
    places = []
    for number, classes in enumerate(every):
        every[number], cells, _ = check_cells(classes, classes.places(sample.frame), sample.weights)
        places.append(cells)
    sums = [(INTERCEPT, population)] if population is not None else []
    sums += [(one.name, float(one.totals.sum())) for one in every]
    check_agreement(sums)
    # the margins of categories imply the number of all
    intercept = population is not None and not every
    of_all = sums[0][1] if sums else None
    scaled, totals = _scaled(sample.frame, sample.weights[:, 0], numbers, of_all)
    auxiliaries = Auxiliaries.of(sample.frame, sample.weights[:, 0], every, places, scaled, intercept)
    target = np.concatenate([[population] if intercept else [], *(one.totals for one in every), totals])
    names = [*(one.name for one in every), *numbers]
    table, inverse = auxiliaries.table(), np.zeros((0, 0))
    calibrated = np.empty_like(sample.weights)
    for column, weights in enumerate(sample.weights.T):
        calibrated[:, column], found = _linear(table, weights, target, max(len(every) - 1, 0), names, column)
        inverse = found if column == 0 else inverse
    calibration = Calibration("linear", design.weight, tuple(every), scaled, intercept, inverse)
    return sample.with_weights(calibrated, calibration)


@dataclass(frozen=True)
class _Sample:
    """The data with the columns that calibration needs.

    Attributes:
        data: The data as given.
        frame: [N]: the columns.
        design: The design.
        replicates: Columns of weights of replicates.
        weights: [N, 1 + R]: the weights, then those of the replicates.
    """

    data: object
    frame: pd.DataFrame
    design: Design
    replicates: tuple[str, ...]
    weights: Floats

    @classmethod
    def of(cls, data: object, design: Design, columns: Sequence[str]) -> _Sample:
        """Read what is needed, and refuse what does not fit."""
        if design.calibration is not None:
            raise MarginError(
                f"the weights in {design.weight} are calibrated already: give all margins at once, with the design "
                "as it was before"
            )
        names = column_names(data)
        replicates = design.replicate_columns(names)
        if absent := [name for name in columns if name not in names]:
            raise MarginError(f"there is no column {absent[0]} (margins): correct the name of the margin")
        if (new := design.weight + SUFFIX) in names:
            raise MarginError(f"the data have a column {new} already: drop it first")
        frame = read_columns(data, list(dict.fromkeys([design.weight, *replicates, *columns])))
        weights = weight_table(frame, design, replicates)
        return cls(data, frame, design, replicates, weights)

    def with_weights(self, weights: Floats, calibration: Calibration) -> tuple[object, Design]:
        """The data and the design with calibrated weights [N, 1 + R]."""
        names = [name + SUFFIX for name in (self.design.weight, *self.replicates)]
        new = pd.DataFrame(dict(zip(names, weights.T, strict=True)))
        design = dataclasses.replace(
            self.design,
            weight=names[0],
            replicate_weights=tuple(names[1:]) if self.replicates else None,
            calibration=calibration,
        )
        return add_columns(self.data, new), design


def _columns_of(margins: Sequence[Margin]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for margin in margins for name in read_classes(margin).columns))


def _named_classes(name: object, total: object) -> Classes:
    columns = tuple(str(one) for one in name) if isinstance(name, tuple) else (str(name),)
    margin = pd.Series(dict(total)) if isinstance(total, Mapping) else total
    assert isinstance(margin, pd.Series | pd.DataFrame)
    return read_classes(margin, columns if isinstance(margin, pd.Series) else None)


def _total(name: object, total: object) -> float:
    try:
        number = float(total)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise MarginError(f"the total of {name} is not a number: give one, or a Series of totals by category")
    return number


def _scaled(
    frame: pd.DataFrame, weight: Floats, numbers: Mapping[str, float], population: float | None
) -> tuple[tuple[Number, ...], Floats]:
    """How each number is scaled, and its total in that scale; centred only where the number of all is known."""
    scaled, totals = [], []
    for column, total in numbers.items():
        values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        if (missing := int((~np.isfinite(values)).sum())) > 0:
            raise MarginError(
                f"{missing} records have no number in {column}, a margin: give them one, or calibrate without it"
            )
        centre = total / population if population else 0.0
        spread = float(np.abs(values - centre)[weight > 0].max(initial=0.0)) or 1.0
        scaled.append(Number(column, centre, spread))
        totals.append((total - centre * (population or 0.0)) / spread)
    return tuple(scaled), np.asarray(totals, dtype=np.float64)


def _fit(
    margins: Sequence[Classes], places: Sequence[Whole], weights: Floats, tolerance: float, most: int
) -> tuple[Floats, Whole]:
    """Factors of the weights of each combination of cells, [M, 1 + R], and the combination of each record [N]."""
    cells, profile = np.unique(np.stack(places, axis=1), axis=0, return_inverse=True)
    profile = profile.reshape(-1)
    start = exact_group_sums(weights, profile, len(cells))
    within = [(cells[:, place] == np.arange(len(one))[:, None]).astype(np.float64) for place, one in enumerate(margins)]
    fitted = start.copy()
    for _ in range(most):
        for member, one in zip(within, margins, strict=True):
            with np.errstate(divide="ignore", invalid="ignore"):
                fitted *= member.T @ (one.totals[:, None] / (member @ fitted))
        away = [np.abs(m @ fitted / one.totals[:, None] - 1).max() for m, one in zip(within, margins, strict=True)]
        if max(away) <= tolerance:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(start != 0, fitted / start, 1.0), profile
    worst = int(np.argmax(np.nan_to_num(np.asarray(away), nan=np.inf)))
    raise MarginError(
        f"after {most} rounds no weights meet all margins: those of {margins[worst].name} are still {away[worst]:.1g} "
        "of a total away; cells that nobody in the sample is in may make the margins contradict each other: merge "
        "some, or allow more rounds or a greater tolerance"
    )


def _linear(
    table: Floats, weights: Floats, target: Floats, redundant: int, names: Sequence[str], column: int
) -> tuple[Floats, Floats]:
    """Linear weights [N], and the generalised inverse [J, J] of the table of products."""
    inverse, rank = generalised_inverse(exact_product(table * weights[:, None], table))
    where = "" if column == 0 else f" in replicate {column}"
    if rank < table.shape[1] - redundant:
        raise MarginError(
            f"the margins {', '.join(names)} do not tell apart what they total{where}: one follows from the others, "
            "or is 0 for everybody; leave it out"
        )
    slopes = np.zeros(len(target))
    calibrated = weights
    for _ in range(_REFINED):
        met = exact_product(table, calibrated[:, None])[:, 0]
        slopes += inverse @ (target - met)
        calibrated = weights * (1 + table @ slopes)
    met = exact_product(table, calibrated[:, None])[:, 0]
    size = exact_product(np.abs(table), np.abs(calibrated)[:, None])[:, 0] + np.abs(target)
    if (np.abs(met - target) > _MET * size).any():
        raise MarginError(f"no weights meet the margins {', '.join(names)}{where}: they contradict each other")
    return calibrated, inverse
