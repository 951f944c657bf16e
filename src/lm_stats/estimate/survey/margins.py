"""Totals of a population that weights are to meet, and where the records stand in relation to them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.survey.design import DesignError
from lm_stats.estimate.survey.exact import exact_group_sums

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# totals of one population that differ by more than this share are totals of two
AGREEMENT = 1e-9
_LISTED = 5
_ABSENT = -2


class MarginError(DesignError):
    """No weights can meet the margins: what, where, and what to do."""


@dataclass(frozen=True, eq=False)
class Classes:
    """One margin: the cells of one column, or of several crossed, with their totals.

    Attributes:
        columns: The columns.
        codes: [C]: the code of each cell, a tuple of one for each column.
        totals: [C]: people, households or whatever the weights sum to in the population, 0 or more.
    """

    columns: tuple[str, ...]
    codes: tuple[tuple[Hashable, ...], ...]
    totals: Floats

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.codes)

    @property
    def name(self) -> str:
        """The margin as messages name it."""
        return " x ".join(self.columns)

    def named(self, cells: Whole) -> str:
        """Some of the cells as messages name them."""
        codes = [" x ".join(str(code) for code in self.codes[cell]) for cell in cells[:_LISTED].tolist()]
        return ", ".join(codes) + (f" and {len(cells) - _LISTED} more" if len(cells) > _LISTED else "")

    def kept(self, cells: NDArray[np.bool_]) -> Classes:
        """The margin with some of its cells only, flagged [C]."""
        codes = tuple(code for code, keep in zip(self.codes, cells.tolist(), strict=True) if keep)
        return Classes(self.columns, codes, self.totals[cells])

    def places(self, frame: pd.DataFrame) -> Whole:
        """Which cell each record is in.

        Args:
            frame: N records with the columns of the margin.

        Returns:
            [N]: the number of the cell; -2 where the margin has none for it.

        Raises:
            MarginError: If a record has no value.
        """
        number = np.zeros(len(frame), dtype=np.int64)
        values: list[list[Hashable]] = []
        for column in self.columns:
            codes, uniques = pd.factorize(frame[column], use_na_sentinel=True)
            if (missing := int((codes < 0).sum())) > 0:
                raise MarginError(
                    f"{missing} records have no value in {column}, a column of the margin {self.name}: give them one, "
                    "or calibrate without the margin"
                )
            values.append(list(uniques.tolist() if hasattr(uniques, "tolist") else uniques))
            # numbered anew after each column, so that many columns do not overflow
            number = np.unique(number * len(uniques) + codes, return_inverse=True)[1].astype(np.int64)
        occurring, first = np.unique(number, return_index=True)
        cells = {code: place for place, code in enumerate(self.codes)}
        records = frame.iloc[first]
        found = np.full(len(occurring), _ABSENT, dtype=np.int64)
        for place, code in enumerate(zip(*(records[column].tolist() for column in self.columns), strict=True)):
            found[place] = cells.get(code, _ABSENT)
        return np.asarray(found[number], dtype=np.int64)


def read_classes(margin: pd.Series | pd.DataFrame, columns: Sequence[str] | None = None) -> Classes:
    """A margin as it is given.

    Args:
        margin: Totals by cell: a Series, or a DataFrame of one column, whose index has the names of the columns of the
            data; a table of one column by another, whose index and columns have these names; or a DataFrame with
            the codes in columns of these names and the totals in its last column.
        columns: The columns of the data that the index stands for, where it has no names.

    Returns:
        The cells in the order given.

    Raises:
        MarginError: If it has no cells, names no columns, a cell twice, or totals that are missing or below 0.
    """
    if isinstance(margin, pd.DataFrame):
        if None not in (*margin.index.names, *margin.columns.names):
            margin = margin.stack()
        elif margin.shape[1] > 1:
            margin = margin.set_index(list(margin.columns[:-1]))
    if isinstance(margin, pd.DataFrame):
        margin = margin.iloc[:, 0]
    names = tuple(columns) if columns is not None else tuple(margin.index.names)
    if None in names or len(names) != margin.index.nlevels:
        raise MarginError("a margin must say which columns it is of: name its index after the columns of the data")
    label = " x ".join(map(str, names))
    totals_of = pd.to_numeric(margin, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    codes = tuple(code if isinstance(code, tuple) else (code,) for code in margin.index.tolist())
    if not codes:
        raise MarginError(f"the margin {label} has no cells: give the total of each")
    if (wrong := int((~(np.isfinite(totals_of) & (totals_of >= 0))).sum())) > 0:
        raise MarginError(f"{wrong} totals of the margin {label} are missing or below 0: correct them")
    if len(set(codes)) < len(codes):
        raise MarginError(f"the margin {label} has a cell twice: give one total for each")
    return Classes(tuple(str(name) for name in names), codes, totals_of)


def combinations_of(places: Sequence[Whole], sizes: Sequence[int]) -> tuple[Whole, Whole]:
    """Combinations of cells of several margins that occur, in order.

    Args:
        places: For each margin, [N]: cell of each record, 0 or more.
        sizes: Number of cells of each margin.

    Returns:
        [M, margins]: the cells of each combination; [N]: the combination of each record.
    """
    number, first = np.zeros(len(places[0]), dtype=np.int64), np.zeros(1, dtype=np.int64)
    for place, size in zip(places, sizes, strict=True):
        # numbered anew after each margin, so that many margins do not overflow
        _, first, number = np.unique(number * size + place, return_index=True, return_inverse=True)
    return np.stack([place[first] for place in places], axis=1), number.astype(np.int64)


def check_agreement(totals: Sequence[tuple[str, float]]) -> None:
    """Refuse margins that sum to different populations.

    Args:
        totals: Name and sum of each margin.

    Raises:
        MarginError: If two differ by more than `AGREEMENT`.
    """
    for name, total in totals[1:]:
        first, expected = totals[0]
        if abs(total - expected) > AGREEMENT * max(abs(total), abs(expected)):
            raise MarginError(
                f"the margins disagree: {first} sums to {expected:.15g}, {name} to {total:.15g}; no weights meet both: "
                "scale them to one population"
            )


def check_cells(classes: Classes, places: Whole, weights: Floats) -> tuple[Classes, Whole, Floats]:
    """Refuse cells that no weights can bring to their totals.

    Args:
        classes: The margin.
        places: [N]: cell of each record, from `Classes.places`.
        weights: [N, K]: weights of the sample, then of each replicate.

    Returns:
        The margin without cells that have neither weight nor total, the cell of each record in it (0 for records
        that stand for nobody), and the sums of the weights by cell [C, K].

    Raises:
        MarginError: If records with a weight are in no cell, a cell with a total has no weight in the sample or in a
            replicate, or one with a total of 0 has.
    """
    weighty = (weights != 0).any(axis=1)
    if (outside := int((weighty & (places < 0)).sum())) > 0:
        raise MarginError(
            f"{outside} records are in cells that the margin {classes.name} does not have: add their totals, or take "
            "the records out"
        )
    # records outside stand for nobody here
    inside = np.where(places < 0, 0, places)
    sums = exact_group_sums(weights, inside, len(classes))
    population = classes.totals > 0
    if (empty := np.flatnonzero(population & (sums[:, 0] <= 0))).size:
        raise MarginError(
            f"{len(empty)} cells of the margin {classes.name} have a total, but nobody in the sample: "
            f"{classes.named(empty)}; merge them with others"
        )
    if (extra := np.flatnonzero(~population & (sums != 0).any(axis=1))).size:
        raise MarginError(
            f"{len(extra)} cells of the margin {classes.name} have a total of 0, but records with a weight: "
            f"{classes.named(extra)}; correct the totals or the codes"
        )
    if (thin := np.flatnonzero((population[:, None] & (sums[:, 1:] <= 0)).any(axis=1))).size:
        raise MarginError(
            f"{len(thin)} cells of the margin {classes.name} have nobody in some replicates: {classes.named(thin)}; "
            "merge them with others"
        )
    kept = population
    number = np.cumsum(kept) - 1
    return classes.kept(kept), np.where(kept[inside], number[inside], 0), np.asarray(sums[kept], dtype=np.float64)
