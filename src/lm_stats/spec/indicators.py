"""What is counted and how: indicators, estimators, groupings, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MEASURES = ("hhi", "location_quotient", "dissimilarity")


@dataclass(frozen=True)
class Count:
    """Number of records in each cell, or the sum of their weights.

    Attributes:
        unit: What is counted, in the singular (`certificate`).
        weight: Column with the number of units that a record stands for; empty: each stands for itself.
        distinct: Column whose different values are counted in place of records (households behind persons).
            Sums over codes are counted by themselves, since one unit may stand in several cells. With a
            weight, a value stands for the largest weight among its records.
        until: SQL expression of the last day on which a record holds, from the day that the indicator's `time`
            names; empty there: it holds on. With it a record counts in every period on whose last day it holds, and
            universe and dimensions may use that day as `reference_date`. The table says in `observed_until` which day
            is the last that is known; of days after it nothing is shown.
        during: With `until`, a record counts in every period on any day of which it holds.
    """

    unit: str
    weight: str = ""
    distinct: str = ""
    until: str = ""
    during: bool = False

    def __post_init__(self) -> None:
        if self.until and self.weight:
            raise ValueError(f"count of {self.unit}: what holds at a date has no weight")
        if self.during and not self.until:
            raise ValueError(f"count of {self.unit}: it is not said until when a record holds")


@dataclass(frozen=True)
class Population:
    """Records that a rate relates to.

    Attributes:
        table: Id of the observatory table.
        universe: SQL condition that a record must meet.
    """

    table: str
    universe: str


@dataclass(frozen=True)
class Rate:
    """Units of the indicator's universe for each `per` units of a base. Both parts stay with the value.

    Attributes:
        unit: What is related to what (`household members abroad per 100 household members`).
        counted: How units are counted, in the universe and in the base alike.
        base: The populations that together are the base; they have the indicator's dimensions too.
        per: Units of the base.
    """

    unit: str
    counted: Count
    base: tuple[Population, ...]
    per: int = 100


@dataclass(frozen=True)
class Duration:
    """Days from one date to another, by the Kaplan-Meier method: what has not ended yet is counted while it waits.

    The period of a value is that of the start (the indicator's `time`). A record without an end is censored on the
    table's `observed_until`.

    Attributes:
        unit: What is timed, in the singular (`application`).
        start: Column of the first date.
        end: SQL expression of the second; empty where it has not come.
        ends_where: SQL condition under which the second date is the end that is waited for; elsewhere the record is
            censored on it.
        quantile: The value is the number of days after which this share has ended (0.5: the median).
        within: In place of that: the value is the share that has ended after so many days, in per cent.
    """

    unit: str
    start: str
    end: str
    ends_where: str = "true"
    quantile: float = 0.5
    within: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1 or self.within < 0:
            raise ValueError(f"duration of {self.unit}: a quantile is between 0 and 1, and days are not negative")


@dataclass(frozen=True)
class Concentration:
    """How unevenly counts are spread over the codes of a concept. "Not stated" takes no part.

    Attributes:
        unit: What the value says (`index from 0 to 1`).
        counted: How units are counted.
        over: Concept over whose codes they are spread; of a location quotient, one of the indicator's dimensions.
        measure: One of `MEASURES`. `hhi`: sum of the squared shares of the codes (Herfindahl-Hirschman).
            `location_quotient`: share of the code of `over` in the cell, in units of its share in all cells together.
            `dissimilarity`: per cent of one group that would have to change its code of `over` for both to be spread
            alike (Duncan).
        groups: Of a dissimilarity, the concept that tells the groups apart.
        between: Its two codes.
    """

    unit: str
    counted: Count
    over: str
    measure: str
    groups: str = ""
    between: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"concentration over {self.over}: measure {self.measure!r} is none of {MEASURES}")
        if (self.measure == "dissimilarity") != (bool(self.groups) and len(self.between) == 2):
            raise ValueError(f"concentration over {self.over}: a dissimilarity, and only it, compares two groups")


@dataclass(frozen=True)
class Published:
    """Values that others publish, as they publish them: nothing is summed, filled in or rounded.

    Attributes:
        unit: What a value counts, in the singular.
        ends: Columns of areas of which one at least must belong to `group`; empty: all rows are taken.
        group: Group of areas.
    """

    unit: str
    ends: tuple[str, ...] = ()
    group: str = "SADC"


@dataclass(frozen=True)
class View:
    """How one table sees people or money between two areas. All but `table` and `weight` are SQL over its columns.

    Attributes:
        table: Id of the observatory table.
        universe: Condition that a row must meet.
        origin: Area that people come from, or that money is sent from.
        destination: Area where they are, or that it is sent to.
        concept: Code of what is counted (codelist `concepts_measured`).
        time: Year or period.
        value: The published value; empty where records are counted.
        sex: Sex.
        reporter: Area whose statistics say so.
        publisher: Who publishes; empty: the agency that delivered.
        edition: Edition of the publication; empty: the period of the delivery.
        weight: Column with the number of persons that a record stands for, where records are counted.
    """

    table: str
    universe: str
    origin: str
    destination: str
    concept: str
    time: str
    value: str = "obs_value"
    sex: str = "sex"
    reporter: str = "ref_area"
    publisher: str = "publisher"
    edition: str = "edition"
    weight: str = ""


@dataclass(frozen=True)
class Mirror:
    """What every source says of the same pairs of areas, side by side, none of them preferred.

    Attributes:
        unit: What is counted.
        views: The tables that say something, each where it was delivered.
        group: Group of areas of which one at least must be an end of the pair.
    """

    unit: str
    views: tuple[View, ...]
    group: str = "SADC"


@dataclass(frozen=True)
class Pairs:
    """The values of all pairs of a group's members, from one view; what is not available is said to be so.

    Attributes:
        unit: What is counted.
        view: The table.
        group: The group of areas.
        asymmetry: Whether the value is 100 * (there - back) / (there + back), in place of the number there.
    """

    unit: str
    view: View
    group: str = "SADC"
    asymmetry: bool = False


@dataclass(frozen=True)
class Revisions:
    """The values of one publisher for one cell in each of its editions, where there are two or more.

    Attributes:
        unit: What is counted.
        views: The tables.
        group: Group of areas of which one at least must be an end of the pair.
        change: Whether the value is the change from the edition before, in per cent of that.
    """

    unit: str
    views: tuple[View, ...]
    group: str = "SADC"
    change: bool = False


@dataclass(frozen=True)
class Mean:
    """Mean of a variable over the units of the universe for which it is known.

    Attributes:
        unit: What the value is (`local currency per month`).
        variable: SQL expression over the columns of the table; empty where it is not known.
        counted: How the units are counted whose mean it is, with the column of their weights.
        unit_measure: Code of the unit (`LCU`, `HR`).
        step: Shown to the nearest multiple of this.
    """

    unit: str
    variable: str
    counted: Count
    unit_measure: str = "NB"
    step: float = 1.0


@dataclass(frozen=True)
class Quantile(Mean):
    """Value below which a share of the units lies, in place of their mean.

    Attributes:
        quantile: The share (0.5: the median).
    """

    quantile: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise ValueError(f"quantile of {self.variable}: a quantile is between 0 and 1")


@dataclass(frozen=True)
class Gap:
    """How far a mean, quantile or rate of one group lies from that of another, with the error of the difference.

    Attributes:
        unit: What the value is (`per cent of the earnings of citizens`).
        of: What is compared. Of a rate, the value is in points of the rate.
        over: Concept that tells the groups apart.
        between: The group, and the one that it is compared with.
    """

    unit: str
    of: Mean | Rate
    over: str
    between: tuple[str, str]

    @property
    def relative(self) -> bool:
        """Whether the value is a difference in per cent of the second group's value."""
        return isinstance(self.of, Mean)


Estimator = Count | Rate | Duration | Concentration | Mean | Gap | Published | Mirror | Pairs | Revisions


@dataclass(frozen=True)
class Indicator:
    """A statistic that is produced, with everything needed to produce it again.

    Attributes:
        id: Name of the indicator and of its table.
        table: Id of the observatory table it is made from.
        universe: SQL condition that a record must meet to be in the universe.
        time: Column that places a record in a period: a date, which falls into a period of `freq`; or the
            year of a census or round of a survey, which is the period. Between two occasions of the latter
            nothing is observed, and nothing is shown.
        freq: SDMX frequency of the periods: `A`, `Q` or `M`.
        dimensions: Columns it is broken down by, in order.
        estimator: How a cell is estimated.
        title: Title by language.
        why: Who asked for it, with the paragraph.
        covers: The universe in words, by language: who or what is counted, and from which age.
        note: What a reader must know to use it rightly.
        obs_status: SDMX observation status of a shown value (`A` normal, `P` provisional).
        headline: Whether its total says anything by itself, so that a report may tell it at a glance.
        dataflow: Id of the ILOSTAT dataflow it fills, or empty.
        aliases: Earlier ids of the same dataflow.
        family: Id of the family that it belongs to, or empty. Of a family a report says only which tables there are.
    """

    id: str
    table: str
    universe: str
    time: str
    freq: str
    dimensions: tuple[str, ...]
    estimator: Estimator
    title: Mapping[str, str]
    why: str
    covers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    obs_status: str = "A"
    headline: bool = True
    dataflow: str = ""
    aliases: tuple[str, ...] = ()
    family: str = ""

    @property
    def counted(self) -> Count:
        """How its units are counted."""
        how = self.estimator.of if isinstance(self.estimator, Gap) else self.estimator
        if isinstance(how, Rate | Concentration | Mean):
            return how.counted
        return how if isinstance(how, Count) else Count(how.unit)

    @property
    def is_published(self) -> bool:
        """Whether it holds values that others published, beside which ours may stand."""
        return isinstance(self.estimator, Published | Mirror | Pairs | Revisions)

    @property
    def is_count(self) -> bool:
        """Whether its values are numbers of something, and no rates, days or indices."""
        return isinstance(self.estimator, Count)

    @property
    def measured(self) -> str:
        """What its values are, in words, where they are no numbers of its unit; else the unit."""
        how = self.estimator
        if not isinstance(how, Duration):
            return how.unit
        if how.within:
            return f"per cent within {how.within} days"
        return "median days" if how.quantile == 0.5 else f"days after which {100 * how.quantile:g} per cent have ended"

    @property
    def adds_up(self) -> bool:
        """Whether the values of codes add up to those of the codes above them."""
        return isinstance(self.estimator, Count) and not self.estimator.distinct

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts whose codes its cells are made of: its dimensions, and those that it compares within a cell."""
        how = self.estimator
        within: tuple[str, ...] = (how.over, how.groups) if isinstance(how, Concentration) else ()
        within = (how.over,) if isinstance(how, Gap) else within
        return tuple(dict.fromkeys((*self.dimensions, *(name for name in within if name))))

    @property
    def views(self) -> tuple[View, ...]:
        """The views of tables that it is made from, where it compares what they say."""
        if isinstance(self.estimator, Pairs):
            return (self.estimator.view,)
        return self.estimator.views if isinstance(self.estimator, Mirror | Revisions) else ()

    @property
    def needs_all(self) -> bool:
        """Whether it is made only where all its tables are there, or where any of them is."""
        return not isinstance(self.estimator, Mirror | Revisions)

    @property
    def tables(self) -> tuple[str, ...]:
        """Ids of the observatory tables it is made from, its own first."""
        how = self.estimator.of if isinstance(self.estimator, Gap) else self.estimator
        base = how.base if isinstance(how, Rate) else self.views
        return tuple(dict.fromkeys((self.table, *(part.table for part in base))))


@dataclass(frozen=True)
class Family:
    """Indicators of one thing, one for each dataflow of a list that measures it.

    Dimensions, ids and earlier ids of the indicators are read from the list (`dataflows`), never declared here.

    Attributes:
        id: Name of the family.
        begins: How the ids of its dataflows begin (`DF_EMP_TEMP_`).
        ends: How they end (`_NB`).
        universes: SQL condition that a record must meet, by table, of those tables that hold what is needed; which of
            them are used, and which comes first, the list says of each dataflow.
        estimator: How a cell is estimated; the base of a rate is empty here, and for each table in `bases`.
        why: Who asked for it.
        covers: The universe in words, by language.
        bases: Of a rate, the universe of its base, by table.
        note: What a reader must know to use it rightly.
    """

    id: str
    begins: str
    ends: str
    universes: Mapping[str, str]
    estimator: Count | Rate | Mean
    why: str
    covers: Mapping[str, str]
    bases: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


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
        form: `lines` (series over time, labelled directly), `bars` (ranked, latest period beside
            an earlier one), `stack` (parts of a whole over time), `pyramid` (codes of `dimension` from the
            bottom up, the two codes of `compare` of the dimension `across` left and right; latest period)
            or `map` (districts by their boundaries beside ranked bars; bars alone where a country has no
            boundaries); `sources` (what each source says of a corridor of the country, dots and ranges on one
            scale) or `editions` (a line over time for each edition of each publisher); `bridge` (from the stock at
            the end of one period over what came and went to that of the next, latest period), `intervals` (values over
            time with the bounds of their intervals, the total and each code by themselves), `calendar` (the periods to
            come as columns, beneath them a tile for each period and code), `ratio` (share of the first code of
            `compare` among both, of the dimension `across`, by code, ranked beside the total; latest period) or
            `whiskers` (estimates of a survey, each a dot with its 95 % interval: a row for each code, in it one for
            each code of `compare` of the dimension `across`; ranked where no codes are `shown`; latest round).
        title: Subject by language; the message is written from the numbers.
        grouping: Id of the grouping whose labels are shown, or empty.
        shown: Codes shown, in order; empty: all but totals, ranked.
        at_most: Largest number of categories shown; the rest is summed as "all other".
        compare: Two codes, sums of others among them, that the message sets side by side; of `whiskers`, one or more.
        across: The second dimension of a `pyramid`, a `ratio` or `whiskers`, or empty.
        beside: Of a `bridge`, id of the indicator of the stock; its total is that which the flows change. Of
            `whiskers`, id of the indicator of the gap between the two groups, which says whether they differ.
        leaving: Of a `bridge`, those of the codes `shown` that leave the stock; the others enter it.
        back: Of forms over time and `bars`, how many periods before the latest it begins; 0: with the first one.
        note: What a reader must know of it, at its foot.
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
    across: str = ""
    beside: str = ""
    leaving: tuple[str, ...] = ()
    back: int = 0
    note: str = ""


@dataclass(frozen=True)
class RoundingRule:
    """Disclosure control by hiding small counts and rounding all others.

    Attributes:
        hide_below: Counts of a register or census from 1 to one less than this are hidden; 0 is shown.
        base: Every shown count of these is a multiple of this, totals by themselves.
        sample_hide_below: Estimates from a sample are hidden where fewer records stand behind them.
        sample_unreliable_below: They are marked as unreliable where fewer than this stand behind them.
        sample_cv_above: So are numbers and means whose coefficient of variation is larger.
        sample_width_above: So are rates whose 95 % interval is wider, in points.
    """

    hide_below: int = 5
    base: int = 5
    sample_hide_below: int = 5
    sample_unreliable_below: int = 15
    sample_cv_above: float = 0.3
    sample_width_above: float = 30.0


@dataclass(frozen=True)
class Release:
    """What is published together.

    Attributes:
        id: Name of the release.
        title: Title by language.
        indicators: Ids of its indicators, in the order of the report; once the catalogue is loaded, those of its
            families after them.
        figures: Ids of its figures, in the order of the report.
        policy: How its tables are protected.
        recipients: Ids of the recipients it is exported to.
        languages: Languages of the report.
        contact: Whom a reader may ask.
        families: Ids of the families whose indicators it has.
    """

    id: str
    title: Mapping[str, str]
    indicators: tuple[str, ...]
    figures: tuple[str, ...]
    policy: RoundingRule = RoundingRule()
    recipients: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    contact: str = ""
    families: tuple[str, ...] = ()


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
        flows: What is sent; once the catalogue is loaded, the indicators of its families after those that are declared.
            Of several with one dataflow, the first has the say on an area and period that others have too.
        obs_status: The recipient's observation status by ours.
        note: What is known and not known about the recipient's structures.
        families: Ids of the families whose indicators are sent, each under its dataflow.
    """

    id: str
    name: str
    agency: str
    format: str
    flows: tuple[Flow, ...]
    obs_status: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    families: tuple[str, ...] = ()
