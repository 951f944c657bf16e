"""What calibrated weights leave behind: the way from any linearised variable to its residual.

The error of an estimate with calibrated weights is, to the first order, that of the residuals of its linearised
variable from the regression on the variables that were calibrated to, with the weights before calibration in the
regression and the calibrated weights in the sum (Deville and Saerndal 1992; Deville, Saerndal and Sautory 1993). So it
takes two sums that a pass over the records can make beside the usual totals of units: of the auxiliary variables by
unit, and of their products with the linearised variable over all.

References:
    Deville, J.-C. and Saerndal, C.-E. (1992), Journal of the American Statistical Association 87, 376-382.
    Deville, J.-C., Saerndal, C.-E. and Sautory, O. (1993), Journal of the American Statistical Association 88,
        1013-1020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.survey.exact import exact_group_sums, exact_product
from lm_stats.estimate.survey.margins import Classes, combinations_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# a direction in which scaled sums of squares are below this share says what the others say already
_SAME = 1e-10


@dataclass(frozen=True)
class Number:
    """A number that weights are calibrated to: used as (value - centre) / spread, so that arithmetic stays precise."""

    column: str
    centre: float
    spread: float

    def scaled(self, frame: pd.DataFrame) -> Floats:
        """The numbers of N records in that scale, [N]."""
        return (frame[self.column].to_numpy(dtype=np.float64) - self.centre) / self.spread


@dataclass(frozen=True, eq=False)
class Calibration:
    """What weights were calibrated to: what it takes to turn the errors of any estimate into calibrated ones.

    The J auxiliary variables are the intercept, if any, then each cell of each margin, then each number.

    Attributes:
        method: post-stratification, raking or linear.
        weight: Column of the weights before calibration.
        classes: The margins of categories.
        numbers: The numbers.
        intercept: Whether the number of all was a margin.
        inverse: [J]: inverse of the sum over records of weight before times squared auxiliary variable, where these
            are the cells of one margin; else [J, J]: generalised inverse of the table of products.
    """

    method: str
    weight: str
    classes: tuple[Classes, ...]
    numbers: tuple[Number, ...]
    intercept: bool
    inverse: Floats

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that residuals need: the weight before, then those of the margins."""
        named = [self.weight, *(name for one in self.classes for name in one.columns)]
        return tuple(dict.fromkeys([*named, *(one.column for one in self.numbers)]))

    def auxiliaries(self, frame: pd.DataFrame) -> Auxiliaries:
        """The auxiliary variables of some records.

        Args:
            frame: N records with `columns`.

        Returns:
            The variables of the N records, with their weights before calibration.
        """
        weight = frame[self.weight].to_numpy(dtype=np.float64)
        cells = [one.places(frame) for one in self.classes]
        return Auxiliaries.of(frame, weight, self.classes, cells, self.numbers, self.intercept)

    def coefficients(self, moments: Floats) -> Floats:
        """Coefficients of the regression of linearised variables on the auxiliary ones.

        Args:
            moments: [J, E]: sums over records of weight before times auxiliary times linearised variable.

        Returns:
            [J, E].
        """
        if self.inverse.ndim == 1:
            return self.inverse[:, None] * moments
        return self.inverse @ moments

    def residual_totals(self, totals: Floats, moments: Floats, auxiliary: Floats) -> Floats:
        """Totals of units of what is left of linearised variables after the margins.

        Args:
            totals: [P, E]: sums over the records of each unit of calibrated weight times linearised variable.
            moments: [J, E]: as in `coefficients`.
            auxiliary: [P, J]: sums over the records of each unit of calibrated weight times auxiliary variable.

        Returns:
            [P, E].
        """
        return totals - auxiliary @ self.coefficients(moments)


@dataclass(frozen=True, eq=False)
class Auxiliaries:
    """Auxiliary variables of N records.

    Attributes:
        weight: [N]: weights before calibration.
        cells: For each margin, [N]: the number of the cell; below 0 for a record in none, which stands for nobody.
        sizes: Number of cells of each margin.
        numbers: [N, K]: scaled numbers.
        intercept: Whether there is an intercept.
    """

    weight: Floats
    cells: tuple[Whole, ...]
    sizes: tuple[int, ...]
    numbers: Floats
    intercept: bool

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        weight: Floats,
        classes: Sequence[Classes],
        cells: Sequence[Whole],
        numbers: Sequence[Number],
        intercept: bool,
    ) -> Auxiliaries:
        """The variables of N records whose cells are known."""
        scaled = [one.scaled(frame) for one in numbers]
        table = np.stack(scaled, axis=1) if scaled else np.zeros((len(frame), 0))
        return cls(weight, tuple(cells), tuple(len(one) for one in classes), table, intercept)

    def __len__(self) -> int:
        """Number J of variables."""
        return int(self.intercept) + sum(self.sizes) + int(self.numbers.shape[1])

    def sums(self, values: Floats, group: Whole, groups: int) -> Floats:
        """Sums over the records of each group of a value times each auxiliary variable.

        By unit and of the calibrated weight it gives `auxiliary` of `Calibration.residual_totals`; by domain and of
        the weight before times the variable, the parts of `moments`.

        Args:
            values: [N].
            group: [N]: number of the group of each record, below 0 for none.
            groups: Number G of groups.

        Returns:
            [G, J].
        """
        rows = np.flatnonzero(group >= 0)
        values, group = values[rows], group[rows]
        found = [np.zeros((groups, 0))]
        if self.intercept:
            found.append(exact_group_sums(values[:, None], group, groups))
        for cells, size in zip(self.cells, self.sizes, strict=True):
            inside = cells[rows] >= 0
            place = group[inside] * size + cells[rows][inside]
            found.append(exact_group_sums(values[inside, None], place, groups * size).reshape(groups, size))
        if self.numbers.shape[1]:
            found.append(exact_group_sums(values[:, None] * self.numbers[rows], group, groups))
        return np.concatenate(found, axis=1)

    def table(self, rows: Whole | slice = slice(None)) -> Floats:
        """The variables as a table, [N, J]."""
        numbers = self.numbers[rows]
        parts = [np.ones((len(numbers), 1))] if self.intercept else []
        for cells, size in zip(self.cells, self.sizes, strict=True):
            parts.append((cells[rows][:, None] == np.arange(size)).astype(np.float64))
        return np.concatenate([*parts, numbers], axis=1)


def calibration_of(
    method: str, weight: str, classes: tuple[Classes, ...], places: Sequence[Whole], weights: Floats
) -> Calibration:
    """What residuals from categories need."""
    sizes = tuple(len(one) for one in classes)
    cells, profile = combinations_of(places, sizes)
    sums = exact_group_sums(weights[:, None], profile, len(cells))
    table = Auxiliaries(sums[:, 0], tuple(cells.T), sizes, np.zeros((len(cells), 0)), False).table()
    inverse, _ = generalised_inverse(exact_product(table * sums, table))
    return Calibration(method, weight, classes, (), False, inverse)


def generalised_inverse(products: Floats) -> tuple[Floats, int]:
    """Generalised inverse of a table of products [J, J], and its rank."""
    size = np.sqrt(np.diag(products))
    unit = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(products / np.outer(unit, unit))
    kept = values > _SAME * max(values.max(initial=0.0), 1e-300)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    return inverse / np.outer(unit, unit), int(kept.sum())
