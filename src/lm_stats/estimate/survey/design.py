"""How a sample was drawn: the design that travels with the data."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

POLICIES = ("fail", "certainty", "average", "adjust")
REPLICATE_TYPES = ("JK1", "JKn", "BRR", "Fay", "bootstrap", "other")


class DesignError(ValueError):
    """The design does not fit the data, or says two things at once: what, where, and what to do."""


class SinglePSUWarning(UserWarning):
    """A stratum has one sampled unit, so that errors are refused."""


class NestingWarning(UserWarning):
    """It cannot be known whether units of the same code in two strata are one, so that errors are refused."""


@dataclass(frozen=True)
class Design:
    """How a sample was drawn. All columns are named; the data come with each call.

    Rows of the data are sampled persons or households. A weight of 0 is a record that stands for nobody; its unit
    counts as sampled all the same. Where no stage is named, every row is a unit.

    Attributes:
        weight: Column of the sampling weight: finite, not missing, 0 or more.
        strata: Column of the strata, or one for each stage. Strata of a later stage are those within a unit of the
            stage before.
        psu: Column of the primary sampling units, or one for each stage of sampling.
        fpc: Column of the number of units in the population of the stratum, or of sampling fractions (all 1 or
            less), or one for each stage. Without it units count as drawn with replacement; stages after the first
            then add nothing (the ultimate cluster method: Hansen, Hurwitz and Madow 1953).
        replicate_weights: Columns of weights of replicates, or a regular expression that their names match wholly.
            Errors come from these then, whatever else is named.
        replicate_type: One of `REPLICATE_TYPES`: how the replicates were made.
        rho: The factor of Fay's method, from 0 to below 1.
        scale: Factor of the sum of squares over replicates. Default by type: JK1 (R-1)/R, BRR 1/R, Fay
            1/(R(1-rho)^2), bootstrap 1/(R-1), JKn 1; `other` has none.
        rscales: Factor of each replicate, R numbers; default 1, which JKn has not.
        single_psu: What a stratum with one sampled unit adds to a variance: `fail` (nobody knows: no error is
            given), `certainty` (nothing), `average` (as much as the others on average), `adjust` (the square of
            its total, taken from 0 rather than from the mean of the stratum).
        nest: Whether codes of units are numbered anew in each stratum; none: it is found out.
        mse: Whether replicates are taken from the estimate of the whole sample rather than from their mean.
        calibration: What `weighting` has left for the errors of calibrated weights.

    Raises:
        DesignError: If what is named contradicts itself.

    References:
        Wolter, K. M. (2007), Introduction to Variance Estimation, 2nd ed., Springer.
        Lumley, T. (2004), Analysis of complex survey samples, Journal of Statistical Software 9(8).
    """

    weight: str
    strata: str | tuple[str, ...] | None = None
    psu: str | tuple[str, ...] | None = None
    fpc: str | tuple[str, ...] | None = None
    replicate_weights: str | tuple[str, ...] | None = None
    replicate_type: str | None = None
    rho: float | None = None
    scale: float | None = None
    rscales: ArrayLike | None = None
    single_psu: str = "fail"
    nest: bool | None = None
    mse: bool = False
    calibration: Any = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if not isinstance(self.weight, str) or not self.weight:
            raise DesignError("weight must be the name of a column")
        for name in ("strata", "psu", "fpc"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        if isinstance(self.replicate_weights, list):
            object.__setattr__(self, "replicate_weights", tuple(self.replicate_weights))
        if self.rscales is not None:
            # so that designs can be compared and hashed
            object.__setattr__(self, "rscales", _numbers(self.rscales))
        if self.single_psu not in POLICIES:
            raise DesignError(f"single_psu must be one of {', '.join(POLICIES)}")
        if self.psu_columns and len(self.strata_columns) > len(self.psu_columns):
            raise DesignError("more columns of strata are named than stages: name the units of each stage in psu")
        stages = max(len(self.psu_columns), 1)
        if len(self.strata_columns) > stages or len(self.fpc_columns) > stages:
            raise DesignError("strata or fpc name more stages than psu does: name the units of each stage in psu")
        if self.nest is True and not self.strata_columns:
            raise DesignError("nest says that units are numbered anew in each stratum, but there are no strata")
        self._check_replicates()

    def _check_replicates(self) -> None:
        if self.replicate_weights is None:
            named = [name for name in ("replicate_type", "rho", "scale", "rscales") if getattr(self, name) is not None]
            if named:
                raise DesignError(f"{', '.join(named)} given without replicate_weights: name their columns")
            return
        if self.replicate_type not in REPLICATE_TYPES:
            raise DesignError(f"replicate_type must be one of {', '.join(REPLICATE_TYPES)}")
        if (self.rho is not None) != (self.replicate_type == "Fay"):
            raise DesignError("rho belongs to the type Fay, which needs it")
        if self.rho is not None and not 0 <= self.rho < 1:
            raise DesignError("rho must be 0 or more and below 1")
        if self.replicate_type == "JKn" and self.rscales is None:
            raise DesignError(
                "JKn needs rscales, such as (n-1)/n of the stratum that each replicate leaves a unit out of"
            )
        if self.replicate_type == "other" and self.scale is None and self.rscales is None:
            raise DesignError("replicates of another type need scale or rscales: see the survey's documentation")
        if self.scale is not None and not (math.isfinite(self.scale) and self.scale > 0):
            raise DesignError("scale must be above 0")
        if isinstance(self.replicate_weights, str):
            try:
                re.compile(self.replicate_weights)
            except re.error:
                raise DesignError("replicate_weights is no regular expression: correct it") from None

    @property
    def strata_columns(self) -> tuple[str, ...]:
        """Columns of strata, one for each stage that has them."""
        return _several(self.strata)

    @property
    def psu_columns(self) -> tuple[str, ...]:
        """Columns of sampled units, one for each stage."""
        return _several(self.psu)

    @property
    def fpc_columns(self) -> tuple[str, ...]:
        """Columns of population numbers or sampling fractions, one for each stage that has them."""
        return _several(self.fpc)

    @property
    def has_replicates(self) -> bool:
        """Whether errors come from weights of replicates."""
        return self.replicate_weights is not None

    def replicate_columns(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the weights of replicates among the columns of the data.

        Args:
            columns: Names of all columns, in the order of the data.

        Returns:
            The names; of a regular expression in the order of the data.

        Raises:
            DesignError: If one is not there, none matches, or there are fewer than two.
        """
        if self.replicate_weights is None:
            return ()
        if isinstance(self.replicate_weights, str):
            pattern = re.compile(self.replicate_weights)
            found = tuple(name for name in columns if pattern.fullmatch(name))
            if not found:
                raise DesignError("no column matches replicate_weights: the expression must match whole names")
        else:
            found = self.replicate_weights
            if absent := [name for name in found if name not in columns]:
                raise DesignError(f"there is no column {absent[0]} (replicate_weights): correct the name")
        if len(found) < 2:
            raise DesignError("there must be at least two replicates: name their columns in replicate_weights")
        return found

    def replicate_scales(self, replicates: int) -> tuple[float, NDArray[np.float64]]:
        """Factor of the sum over replicates, and of each replicate.

        Args:
            replicates: Number R of replicates.

        Returns:
            `scale` and `rscales` [R].

        Raises:
            DesignError: If there are not as many factors as replicates.
        """
        rscales = np.ones(replicates) if self.rscales is None else np.asarray(self.rscales, dtype=np.float64)
        if rscales.ndim == 0:
            rscales = np.full(replicates, float(rscales))
        if rscales.shape != (replicates,) or not (np.isfinite(rscales) & (rscales >= 0)).all():
            raise DesignError(f"rscales must be {replicates} numbers of 0 or more, one for each replicate")
        if self.scale is not None:
            return float(self.scale), rscales
        of_type = {
            "JK1": (replicates - 1) / replicates,
            "BRR": 1 / replicates,
            "Fay": 1 / (replicates * (1 - (self.rho or 0.0)) ** 2),
            "bootstrap": 1 / (replicates - 1),
        }
        return of_type.get(self.replicate_type or "", 1.0), rscales


def _numbers(values: ArrayLike) -> float | tuple[float, ...]:
    """Factors of replicates: one, or a tuple."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DesignError("rscales must be numbers of 0 or more, one for each replicate") from None
    if array.ndim > 1:
        raise DesignError("rscales must be a list of numbers, one for each replicate")
    return tuple(array.tolist()) if array.ndim else float(array)


def _several(columns: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if columns is None:
        return ()
    return (columns,) if isinstance(columns, str) else tuple(columns)
