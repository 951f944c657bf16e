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
import pyarrow as pa
from numpy.typing import NDArray

from lm_stats.estimate.survey.calibration import Auxiliaries, Calibration, Number, calibration_of, generalised_inverse
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.exact import exact_group_sums
from lm_stats.estimate.survey.margins import (
    Classes,
    MarginError,
    check_agreement,
    check_cells,
    combinations_of,
    read_classes,
)
from lm_stats.estimate.survey.reading import Data, column_names
from lm_stats.estimate.survey.records import add_columns, read_columns, weight_table

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Margin: TypeAlias = pd.Series | pd.DataFrame

SUFFIX = "_calibrated"
INTERCEPT = "(Intercept)"
# linear weights meet their margins to this share of the sum of absolute parts
_MET = 1e-9
_REFINED = 3


def post_stratify(data: Data, design: Design, margins: Margin) -> tuple[pd.DataFrame | pa.Table, Design]:
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
    data: Data, design: Design, margins: Sequence[Margin], tolerance: float = 1e-10, most: int = 500
) -> tuple[pd.DataFrame | pa.Table, Design]:
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


def calibrate(data: Data, design: Design, margins: Mapping[object, object]) -> tuple[pd.DataFrame | pa.Table, Design]:
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
    target = np.concatenate([[population] if intercept else [], *(one.totals for one in every), totals])
    names = (*(one.name for one in every), *numbers)
    system = _System.of(sample.frame, every, places, scaled, intercept, target, names)
    calibrated, inverse = system.solved(sample.weights, max(len(every) - 1, 0))
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

    data: Data
    frame: pd.DataFrame
    design: Design
    replicates: tuple[str, ...]
    weights: Floats

    @classmethod
    def of(cls, data: Data, design: Design, columns: Sequence[str]) -> _Sample:
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

    def with_weights(self, weights: Floats, calibration: Calibration) -> tuple[pd.DataFrame | pa.Table, Design]:
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
    cells, profile = combinations_of(places, [len(one) for one in margins])
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


@dataclass(frozen=True, eq=False)
class _System:
    """The equations of linear calibration, with J auxiliary variables: M combinations of cells, and K numbers.

    Attributes:
        profile: [N]: the combination of cells of each record.
        cells: [M, J - K]: auxiliary variables of each combination that are not numbers.
        numbers: [N, K]: scaled numbers.
        target: [J]: the totals.
        names: The margins, for messages.
    """

    profile: Whole
    cells: Floats
    numbers: Floats
    target: Floats
    names: Sequence[str]

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        classes: Sequence[Classes],
        places: Sequence[Whole],
        numbers: Sequence[Number],
        intercept: bool,
        target: Floats,
        names: Sequence[str],
    ) -> _System:
        """Lay out the auxiliary variables of N records."""
        combinations, profile = np.zeros((1, 0), dtype=np.int64), np.zeros(len(frame), dtype=np.int64)
        sizes = tuple(len(one) for one in classes)
        if places:
            combinations, profile = combinations_of(places, sizes)
        plain = np.zeros((len(combinations), 0))
        cells = Auxiliaries(plain, tuple(combinations.T), sizes, plain, intercept).table()
        scaled = [one.scaled(frame) for one in numbers]
        table = np.stack(scaled, axis=1) if scaled else np.zeros((len(frame), 0))
        return cls(profile, cells, table, target, names)

    def solved(self, weights: Floats, redundant: int) -> tuple[Floats, Floats]:
        """Calibrated weights.

        Args:
            weights: [N, 1 + R]: weights, then those of the replicates.
            redundant: How many auxiliary variables follow from the others because margins sum to the same.

        Returns:
            [N, 1 + R], and the generalised inverse [J, J] of the table of products with the weights.
        """
        found, first = np.empty_like(weights), np.zeros((0, 0))
        for column in range(weights.shape[1]):
            where = f" in replicate {column}" if column else ""
            met, products = self._sums(weights[:, column])
            inverse, rank = generalised_inverse(products)
            if rank < len(products) - redundant:
                raise MarginError(
                    f"the margins {', '.join(self.names)} do not tell apart what they total{where}: one follows from "
                    "the others, or is 0 for everybody; leave it out"
                )
            slopes = np.zeros(len(met))
            for _ in range(_REFINED):
                slopes += inverse @ (self.target - met - products @ slopes)
            size = np.abs(self.target) + np.abs(met) + np.abs(products) @ np.abs(slopes)
            if (np.abs(self.target - met - products @ slopes) > _MET * size).any():
                names = ", ".join(self.names)
                raise MarginError(f"no weights meet the margins {names}{where}: they contradict each other")
            found[:, column] = weights[:, column] * self._factors(slopes)
            first = first if column else inverse
        return found, first

    def _sums(self, weight: Floats) -> tuple[Floats, Floats]:
        """Sums of weight times each auxiliary variable [J], and times each two [J, J]."""
        count = self.numbers.shape[1]
        pairs = [(one, two) for one in range(count) for two in range(one, count)]
        squares = [self.numbers[:, one] * self.numbers[:, two] for one, two in pairs]
        values = np.stack([np.ones(len(weight)), *self.numbers.T, *squares], axis=1) * weight[:, None]
        sums = exact_group_sums(values, self.profile, len(self.cells))
        across = self.cells.T @ sums[:, 1 : 1 + count]
        within = np.zeros((count, count))
        for (one, two), total in zip(pairs, sums[:, 1 + count :].sum(axis=0).tolist(), strict=True):
            within[one, two] = within[two, one] = total
        products = np.block([[(self.cells * sums[:, :1]).T @ self.cells, across], [across.T, within]])
        return np.concatenate([self.cells.T @ sums[:, 0], sums[:, 1 : 1 + count].sum(axis=0)]), products

    def _factors(self, slopes: Floats) -> Floats:
        """What the weight of each record is multiplied by, [N]."""
        split = self.cells.shape[1]
        found: Floats = 1 + (self.cells @ slopes[:split])[self.profile]
        # one number after the other: a product of matrices may round rows differently by their place
        for column, slope in zip(self.numbers.T, slopes[split:].tolist(), strict=True):
            found = found + column * slope
        return found
