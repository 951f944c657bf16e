"""Rules that look for what cannot be true or is hard to believe, and how they see a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lm_stats.spec.indicators import View

FINDING_SEVERITIES = ("error", "warn")
COMPONENTS = ("accuracy", "coherence")
VERDICTS = ("defect", "explained", "false_alarm")


@dataclass(frozen=True)
class Limit:
    """A threshold of a rule.

    Attributes:
        value: The number.
        unit: Its unit (`per cent`, `factor`, `units`, `cells`, `years`).
        why: Why it is this number and no other.
    """

    value: float
    unit: str
    why: str


@dataclass(frozen=True)
class Examined:
    """How the rules see a table: one value a row, in series over time, with parts that add up to wholes.

    All but `id`, `table`, `key` and the codelists of `parts` are SQL over the columns of the table.

    Attributes:
        id: Name; findings give it as their table.
        table: Id of the observatory table, or of the indicator.
        key: Columns that name a cell, in order.
        series: Expressions that tell one series of values from another, besides area and parts.
        time: Period (SDMX) or year.
        parts: Columns whose codes add up to others, with the id of the codelist that says to which. A code that
            the list does not hold adds up to the total of the longest beginning that it shares with one.
        composite: Key columns that are joined from others by dots; where a finding speaks of many cells, `*` stands
            for the parts that differ.
        area: Area that the value is reported for.
        value: The value; rows without one are not seen.
        publisher: Who publishes.
        edition: Edition.
        multiplier: Power of ten that the values were published in.
        additive: Whether parts add up to their whole (numbers of people or money; not rates).
        origin: Where people come from, or money is sent from; empty where a row is about no pair.
        destination: Where they are, or it is sent to.
        universe: Condition that a row must meet.
        ends: Expressions of areas of which one must belong to `group`; empty: all rows are examined.
        group: Group of areas.
        own: Whether values are counted from our own records; then `n_records` and `sampled` are columns.
    """

    id: str
    table: str
    key: tuple[str, ...]
    series: tuple[str, ...] = ()
    time: str = "time_period"
    parts: Mapping[str, str] = field(default_factory=dict)
    composite: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    area: str = "ref_area"
    value: str = "obs_value"
    publisher: str = "publisher"
    edition: str = "edition"
    multiplier: str = "coalesce(unit_mult_published, 0)"
    additive: str = "true"
    origin: str = "''"
    destination: str = "''"
    universe: str = "true"
    ends: tuple[str, ...] = ()
    group: str = "SADC"
    own: bool = False


@dataclass(frozen=True)
class Side:
    """The values on one side of a relation.

    Attributes:
        view: Id of the view (`Examined`).
        where: SQL condition over the columns of its table.
        match: SQL expressions that, besides area and period, must be equal on both sides.
        about: What the values are, in words.
        summed: Whether the sum of all values with the same area, period and `match` is compared, not each.
        unit: What the values count, in the singular (`person`); only the same units are compared.
    """

    view: str
    where: str
    about: str
    match: tuple[str, ...] = ()
    summed: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Relation:
    """What two published values have to do with one another.

    Attributes:
        lesser: The side that is a part of the other or, for `equal`, is examined.
        greater: The other side.
        equal: Whether both say the same thing, so that they must agree; else the lesser is not above the greater.
    """

    lesser: Side
    greater: Side
    equal: bool = False


@dataclass(frozen=True)
class PlausibilityRule:
    """A rule over any table that finds values which cannot be true or are hard to believe.

    Attributes:
        id: Name.
        title: What a finding says, in a few words.
        check: Name of the method that looks.
        why: Why a value that breaks it deserves a look.
        severity: `error` cannot be true, `warn` is possible but suspicious; where a method can tell, it may make an
            error a warning, never the other way.
        component: Component of quality that it bears on.
        views: Ids of the views it examines, or of indicators of our own; empty: all. The id `own` stands for all
            indicators of our own.
        where: SQL condition over the columns of the view's table that a row must meet.
        limits: Thresholds by name.
        by: Which findings are told together as one: those that share table and these of `series, area, time,
            publisher, edition, origin, destination` and `part_<column>`. Empty: each cell is a finding.
        relations: What must hold between values, for the method `relations`.
        mirrors: Views of pairs of areas that are compared, for methods over mirror sources.
    """

    id: str
    title: str
    check: str
    why: str
    severity: str = "warn"
    component: str = "accuracy"
    views: tuple[str, ...] = ()
    where: str = "true"
    limits: Mapping[str, Limit] = field(default_factory=dict)
    by: tuple[str, ...] = ("series", "area", "time", "publisher", "edition")
    relations: tuple[Relation, ...] = ()
    mirrors: tuple[View, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in FINDING_SEVERITIES:
            raise ValueError(f"rule {self.id}: severity {self.severity!r} is none of {FINDING_SEVERITIES}")
        if self.component not in COMPONENTS:
            raise ValueError(f"rule {self.id}: component {self.component!r} is none of {COMPONENTS}")

    def limit(self, name: str) -> float:
        """The value of a threshold.

        Raises:
            KeyError: If the rule has none of that name.
        """
        return self.limits[name].value
