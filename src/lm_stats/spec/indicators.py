"""What is counted and how: indicators, estimators, groupings, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Count:
    """Number of records in each cell.

    Attributes:
        unit: What is counted, in the singular (`certificate`).
    """

    unit: str


@dataclass(frozen=True)
class Indicator:
    """A statistic that is produced, with everything needed to produce it again.

    Attributes:
        id: Name of the indicator and of its table.
        table: Id of the observatory table it is made from.
        universe: SQL condition that a record must meet to be in the universe.
        time: Date column that places a record in a period.
        freq: SDMX frequency of the periods: `A`, `Q` or `M`.
        dimensions: Columns it is broken down by, in order.
        estimator: How a cell is estimated.
        title: Title by language.
        why: Who asked for it, with the paragraph.
        note: What a reader must know to use it rightly.
        obs_status: SDMX observation status of a shown value (`A` normal, `P` provisional).
        dataflow: Id of the ILOSTAT dataflow it fills, or empty.
        aliases: Earlier ids of the same dataflow.
    """

    id: str
    table: str
    universe: str
    time: str
    freq: str
    dimensions: tuple[str, ...]
    estimator: Count
    title: Mapping[str, str]
    why: str
    note: str = ""
    obs_status: str = "A"
    dataflow: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grouping:
    """Labels or groups of codes for readers, such as those a policy document uses.

    Attributes:
        id: Name of the grouping.
        codelist: Id of the codelist whose codes it names.
        labels: Reader's label by code; codes not named keep the label of the codelist.
        source: Where the labels come from.
        rest: Label of the sum of all codes that are not shown by themselves.
    """

    id: str
    codelist: str
    labels: Mapping[str, str]
    source: str = ""
    rest: str = "All others"


@dataclass(frozen=True)
class Figure:
    """A standard figure: one message from one indicator.

    Attributes:
        id: Name of the figure and of its files.
        indicator: Id of the indicator it shows.
        dimension: The dimension it tells apart; all others are at their total.
        form: `lines` (series over time, labelled directly) , `bars` (ranked, latest period beside
            an earlier one) or `stack` (parts of a whole over time).
        title: Subject by language; the message is written from the numbers.
        grouping: Id of the grouping whose labels are shown, or empty.
        shown: Codes shown, in order; empty: all but totals, ranked.
        at_most: Largest number of categories shown; the rest is summed as "all other".
        compare: Two codes, sums of others among them, that the message sets side by side.
    """

    id: str
    indicator: str
    dimension: str
    form: str
    title: Mapping[str, str]
    grouping: str = ""
    shown: tuple[str, ...] = ()
    at_most: int = 6
    compare: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoundingRule:
    """Disclosure control by hiding small counts and rounding all others.

    Attributes:
        hide_below: Counts from 1 to one less than this are hidden; 0 is shown.
        base: Every shown count is a multiple of this, totals by themselves.
    """

    hide_below: int = 5
    base: int = 5


@dataclass(frozen=True)
class Release:
    """What is published together.

    Attributes:
        id: Name of the release.
        title: Title by language.
        indicators: Ids of its indicators, in the order of the report.
        figures: Ids of its figures, in the order of the report.
        policy: How its tables are protected.
        recipients: Ids of the recipients it is exported to.
        languages: Languages of the report.
        contact: Whom a reader may ask.
    """

    id: str
    title: Mapping[str, str]
    indicators: tuple[str, ...]
    figures: tuple[str, ...]
    policy: RoundingRule = RoundingRule()
    recipients: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    contact: str = ""


@dataclass(frozen=True)
class Flow:
    """How one indicator is sent to a recipient.

    Attributes:
        indicator: Id of the indicator.
        dataflow: Id of the recipient's dataflow.
        measure: Its code of the measure.
        dimensions: The recipient's column by our dimension, in the recipient's order.
        unit_mult: Power of ten of the values sent (3: thousands).
        decimals: Decimals of the values sent.
        fixed: Constant values by the recipient's column (`SEX`: `SEX_T` where we do not tell sexes apart).
        agency: Agency that maintains the dataflow.
        version: Its version.
        prefixes: What the recipient writes before our codes, by its column (`CCT`: `CCT_CTZ_`); our
            total `_T` becomes the prefix and `TOTAL`.
        unit_measure: The recipient's code of what is counted; empty where its list has none that is true.
    """

    indicator: str
    dataflow: str
    measure: str
    dimensions: Mapping[str, str]
    unit_mult: int = 0
    decimals: int = 0
    fixed: Mapping[str, str] = field(default_factory=dict)
    agency: str = ""
    version: str = "1.0"
    prefixes: Mapping[str, str] = field(default_factory=dict)
    unit_measure: str = ""


@dataclass(frozen=True)
class Recipient:
    """Who loads an export, and in which shape.

    Attributes:
        id: Name of the recipient and of its folder.
        name: Its full name.
        agency: Agency id of dataflows that name none.
        format: Shape of the files (`sdmx-csv-1.0-ilo`).
        flows: What is sent.
        obs_status: The recipient's observation status by ours.
        note: What is known and not known about the recipient's structures.
    """

    id: str
    name: str
    agency: str
    format: str
    flows: tuple[Flow, ...]
    obs_status: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
