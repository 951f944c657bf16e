"""How records of one person are found: what identifies, what decides, what is compared and what speaks against."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

ELSE = "ELSE"


@dataclass(frozen=True)
class Key:
    """A rule that links two profiles for certain, or nearly so, without weighing anything else.

    Attributes:
        id: Name, which becomes the rule of the rows that it holds together.
        on: SQL expressions over the columns of a row, of the left and of the right profile; profiles that share a
            value, not missing, are looked at.
        guard: SQL condition over `<column>_l` and `<column>_r` that must hold too, so that a number copied wrongly
            does not make two persons one.
        certainty: Share of such links that are right, from 0 to 1.
        most: Values that more profiles share are passed over: a number that stands for no one.
    """

    id: str
    on: tuple[str, str]
    guard: str
    certainty: float
    most: int = 50


@dataclass(frozen=True)
class Blocking:
    """Profiles that are worth a comparison: those that share a value.

    Attributes:
        id: Name.
        by: SQL expression over the columns of a profile; where it gives a list, each of its elements is a value.
        listed: Whether it gives a list.
        most: Values that more profiles share are passed over, because so many pairs say nothing.
    """

    id: str
    by: str
    listed: bool = False
    most: int = 100


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison.

    Attributes:
        condition: SQL condition over `<column>_l` and `<column>_r`, the same whichever is left. The first level
            whose condition holds counts; the last one is `ELSE`.
        m: Share of the pairs of one person that come out like this; none is estimated from data.
        u: Share of the pairs of two persons that do.
        missing: Whether it says that nothing can be compared, which speaks neither for nor against.
    """

    condition: str
    m: float | None = None
    u: float | None = None
    missing: bool = False


@dataclass(frozen=True)
class Comparison:
    """What two profiles are compared by; its outcomes, from the most to the least alike."""

    id: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Apart:
    """What two records of one person can never show, however much else agrees.

    Attributes:
        id: Name, which becomes the rule of the pair.
        condition: SQL condition over `<column>_l` and `<column>_r`, the same whichever is left.
        why: The reason in words.
        open: Whether people may know better. A pair of such profiles is never linked by weight, but may be in doubt.
            It is not asked of what keys join, because these connect the two.
    """

    id: str
    condition: str
    why: str
    open: bool = False


@dataclass(frozen=True)
class LinkageModel:
    """How rows of a table are linked.

    Rows that agree in all columns of `identity` are one profile. Keys hold profiles together; of the rest, those that
    blocking brings together are compared. The weight of a pair is the sum of log2(m / u) over the comparisons and of
    the log2 odds of `prior` (Fellegi and Sunter, A theory for record linkage, JASA 64, 1969).

    Attributes:
        id: Name: the table that it links.
        unit: What is found, such as `person`.
        reads: Columns of the table that are read, with their types in SQL; those that the data does not have are
            missing in every row.
        columns: Columns of a row: name -> SQL expression over `reads`.
        identity: Of these, the ones that make a profile.
        keys: What links without weighing.
        blocking: What is worth a comparison.
        comparisons: What is weighed.
        apart: What is never one person, unless people decided so. Of profiles that keys join it is asked by what each
            shows alone, of others by what is known of all that keys join to either.
        prior: Probability that two profiles that nothing brought together are one person's.
        link_at: Probability from which a pair is linked.
        review_at: Probability from which a pair is worth a look.
        carried: Columns of `columns` that follow from the identity and so are a profile's as well.
        document: Column of `identity` without which rows are not taken for one profile even if all else agrees,
            because two persons may share it all.
        holders: SQL aggregates over `columns` of the rows that bear the same document: how many different persons
            these seem to be.
        most_holders: A document of which any of these says more is no document at all, but a text such as "pending".
        evidence: Columns of `identity` of which at least one must be there for a row to be linked by anything but
            its numbers.
        when: Column of `columns` (a date) by which the first record of a person is found; none: by number alone.
        frequency: Further columns of a profile, made from all the data: name -> (column that is counted, column that
            it is counted by): the rounded binary logarithm of the number of different values of the first for the
            same value of the second.
        gathered: Further columns, of all the rows that keys hold together: SQL aggregates over `columns`.
        known: Further columns of all those rows: SQL expressions over what is gathered.
        derived: Further columns of a profile: SQL expressions over all the others and over those before.
        macros: SQL functions that expressions and conditions use: heading `name(argument, ...)` -> expression over
            the arguments and nothing else.
        certainty: Share of the rows of one profile that are right there.
        limits: What cannot be known without a column of `columns`: name -> what in words.
        calibrate_from: Reviewed pairs from which probabilities are calibrated.
    """

    id: str
    unit: str
    reads: Mapping[str, str]
    columns: Mapping[str, str]
    identity: tuple[str, ...]
    keys: tuple[Key, ...]
    blocking: tuple[Blocking, ...]
    comparisons: tuple[Comparison, ...]
    apart: tuple[Apart, ...] = ()
    prior: float = 1e-4
    link_at: float = 0.95
    review_at: float = 0.5
    carried: tuple[str, ...] = ()
    document: str = ""
    holders: tuple[str, ...] = ()
    most_holders: int = 4
    evidence: tuple[str, ...] = ()
    when: str = ""
    frequency: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    gathered: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    certainty: float = 0.9995
    limits: Mapping[str, str] = field(default_factory=dict)
    calibrate_from: int = 100

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: If a probability is none, thresholds are not in order, a comparison does not end with
                `ELSE`, or a column is named that is not declared.
        """
        if not 0 < self.prior < 1 or not 0 < self.review_at <= self.link_at <= 1:
            raise ValueError(f"{self.id}: the prior or the thresholds are no probabilities in order")
        for comparison in self.comparisons:
            if not comparison.levels or comparison.levels[-1].condition != ELSE:
                raise ValueError(f"{self.id}: the comparison {comparison.id} does not end with {ELSE}")
            for level in comparison.levels:
                if any(share is not None and not 0 < share <= 1 for share in (level.m, level.u)):
                    raise ValueError(f"{self.id}: m and u of {comparison.id} are no shares")
        for key in self.keys:
            if not 0 < key.certainty <= 1:
                raise ValueError(f"{self.id}: the certainty of {key.id} is no probability")
        counted = [name for pair in self.frequency.values() for name in pair]
        named = (*self.identity, *self.carried, *self.limits, *counted)
        for name in (*named, *(one for one in (self.when,) if one)):
            if name not in self.columns:
                raise ValueError(f"{self.id}: {name} is not one of its columns")
        for name in (*self.evidence, *(one for one in (self.document,) if one)):
            if name not in self.identity:
                raise ValueError(f"{self.id}: {name} is not part of its identity")

    @property
    def is_declared(self) -> bool:
        """Whether every m and u stands, so that the weight of a pair depends on nothing but the pair."""
        return all(
            level.missing or (level.m is not None and level.u is not None)
            for comparison in self.comparisons
            for level in comparison.levels
        )

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with anything that is declared."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
