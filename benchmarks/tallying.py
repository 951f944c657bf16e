"""Intervals counted by the records and degrees of freedom that they stand on, and the tables of that."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

RECORDS = (1, 5, 15, 25, 50, 100, 200, 400)
DEGREES = (1, 8, 30, 60)
STATISTICS = (
    "total: employed", "total: unemployed", "employment rate", "employment rate, logit", "unemployment rate",
    "unemployment rate, logit", "median earnings", "mean earnings", "gap of mean earnings",
)  # fmt: skip
SHAPE = (len(STATISTICS), len(RECORDS), len(DEGREES) + 1)
# of fewer intervals no share is told
FEW = 100


@dataclass(frozen=True)
class Estimates:
    """One statistic in all domains [D].

    Attributes:
        estimate: Estimates.
        std_error: Standard errors.
        lower: Lower ends of the intervals.
        upper: Upper ends.
        records: Records that the estimate stands on.
        df: Degrees of freedom.
    """

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    records: Integers
    df: Floats


@dataclass
class Tally:
    """Intervals by statistic, records and degrees of freedom: all, those refused, and those that hold the truth.

    The first class of degrees of freedom is that of none. `relative` holds coefficients of variation by statistic
    and records, `effects` design effects of the employment rate of all; `large` says by statistic and domain how often
    it had the records and degrees of freedom of the last classes, and how many intervals held the truth then.
    """

    domains: int
    tried: Integers = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    refused: Integers = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    held: Integers = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    relative: dict[tuple[int, int], list[Floats]] = field(default_factory=lambda: defaultdict(list))
    effects: list[float] = field(default_factory=list)
    large: Integers = field(init=False)

    def __post_init__(self) -> None:
        self.large = np.zeros((2, len(STATISTICS), self.domains), dtype=np.int64)

    def add(self, statistic: str, found: Estimates, truth: Floats) -> None:
        """Count the intervals of one statistic in one sample."""
        own = (found.records > 0) & np.isfinite(truth)
        records = np.searchsorted(RECORDS, found.records[own], side="right") - 1
        degrees = np.searchsorted(DEGREES, found.df[own], side="right")
        number = STATISTICS.index(statistic)
        place = np.full(len(records), number), records, degrees
        lower, upper = found.lower[own], found.upper[own]
        none = np.isnan(lower) | np.isnan(upper)
        # a limit that is met to the last digits is held
        slack = 1e-9 * np.abs(truth[own])
        held = ~none & (lower <= truth[own] + slack) & (upper >= truth[own] - slack)
        np.add.at(self.tried, place, 1)
        np.add.at(self.refused, place, none)
        np.add.at(self.held, place, held)
        largest = (records == len(RECORDS) - 1) & (degrees == len(DEGREES))
        np.add.at(self.large[0, number], np.flatnonzero(own)[largest], 1)
        np.add.at(self.large[1, number], np.flatnonzero(own)[largest], held[largest])
        with np.errstate(divide="ignore", invalid="ignore"):
            variation = found.std_error[own] / np.abs(found.estimate[own])
        if statistic == "employment rate":
            share = found.estimate[0]
            self.effects.append(float(found.std_error[0] ** 2 / (share * (1 - share) / found.records[0])))
        for one in range(len(RECORDS)):
            self.relative[number, one].append(variation[~none & (records == one)])


def report(tally: Tally) -> str:
    """The tables, in Markdown."""
    classes, degrees = _classes(RECORDS), ("0", *_classes(DEGREES))
    parts = [
        "Per cent of the 95 % intervals given that hold the truth (in brackets: per cent refused; "
        f"few: fewer than {FEW} were given):\n"
    ]
    rows = []
    for number, statistic in enumerate(STATISTICS):
        rows.append([statistic, *(_share(tally, (number, place)) for place in range(len(classes)))])
    rows.append(["intervals tried", *(f"{count:,}" for count in tally.tried.sum(axis=(0, 2)))])
    parts.append(_table(["statistic", *(f"{one} records" for one in classes)], rows))
    for number, statistic in enumerate(STATISTICS):
        parts.append(f"\n{statistic}, by degrees of freedom and records:\n")
        rows = [
            [one, *(_share(tally, (number, place, freedom)) for place in range(len(classes)))]
            for freedom, one in enumerate(degrees)
            if tally.tried[number, :, freedom].any()
        ]
        parts.append(_table(["degrees of freedom", *(f"{one} records" for one in classes)], rows))
    parts.append("\nMedian of the coefficients of variation, in per cent:\n")
    rows = [
        [statistic, *(_median(tally.relative[number, place]) for place in range(len(classes)))]
        for number, statistic in enumerate(STATISTICS)
        if "logit" not in statistic
    ]
    parts.append(_table(["statistic", *(f"{one} records" for one in classes)], rows))
    parts.append(f"\nAt {RECORDS[-1]} records and {DEGREES[-1]} degrees of freedom or more:\n")
    rows = []
    for number, statistic in enumerate(STATISTICS):
        tried, held = tally.large[:, number]
        often = tried >= max(tried.max() / 2, 1)
        shares = 100 * held[often] / tried[often]
        lowest, highest = (f"{one:.1f}" for one in (shares.min(), shares.max())) if len(shares) else ("-", "-")
        share = _share(tally, (number, -1, -1))
        rows.append([statistic, f"{tried.sum():,}", share, str(int(often.sum())), lowest, highest])
    heading = ["statistic", "intervals", "hold the truth", "domains in most samples", "lowest", "highest"]
    parts.append(_table(heading, rows))
    return "\n".join(parts)


def _median(found: Sequence[Floats]) -> str:
    values = np.concatenate(found)
    values = values[~np.isnan(values)]
    return f"{100 * np.median(values):.0f}" if len(values) else "-"


def _classes(limits: Sequence[int]) -> list[str]:
    inner = [f"{a}-{b - 1}" for a, b in itertools.pairwise(limits)]
    return [*inner, f"{limits[-1]} and more"]


def _share(tally: Tally, place: tuple[int, ...]) -> str:
    tried, refused, held = (int(one[place].sum()) for one in (tally.tried, tally.refused, tally.held))
    if tried == refused:
        return "(all)" if tried else "-"
    if tried - refused < FEW:
        return "few"
    share = f"{100 * held / (tried - refused):.1f}"
    lost = 100 * refused / tried
    return f"{share} ({lost:.0f})" if lost >= 0.5 else share


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
