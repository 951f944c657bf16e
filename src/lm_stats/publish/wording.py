"""How numbers, periods and comparisons are said in plain English."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lm_stats.publish import certainty
from lm_stats.publish.certainty import Change
from lm_stats.publish.reading import BROKEN, UNRELIABLE, Cell, Reading
from lm_stats.spec import Break, Gap, Indicator, Rate, RoundingRule

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# below this a share of rounded numbers says more than is known
SHARE_FROM = 100.0
# shares nearer than this (in percentage points) are told as equal
SHARE_STEP = 3.0
# two numbers nearer than this share of the larger are told as level
LEVEL = 0.05
# how a sentence begins that cannot say more
TOO_LITTLE = "too little is known"
# the time of surveys
_ROUND = "survey"
_FRACTIONS = {
    (1, 10): "1 in 10", (1, 5): "1 in 5", (1, 4): "1 in 4", (3, 10): "3 in 10", (1, 3): "1 in 3", (2, 5): "2 in 5",
    (1, 2): "half", (3, 5): "3 in 5", (2, 3): "2 in 3", (7, 10): "7 in 10", (3, 4): "3 in 4", (4, 5): "4 in 5",
    (9, 10): "9 in 10",
}  # fmt: skip


def number(value: float) -> str:
    """A number with separated thousands, without idle decimals."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.10g}"


def value_text(cell: Cell) -> str:
    """The value of a cell that is shown: a rate with its decimals, idle ones among them."""
    value = cell.value or 0.0
    return f"{value:,.{cell.decimals}f}" if cell.decimals else number(value)


def bounds_text(lower: float | None, upper: float | None, decimals: int) -> str:
    """The bounds of an interval, rounded outwards: `20 to 28`, `from 20` where it has no end; empty where none is.

    Args:
        lower: Lower bound.
        upper: Upper bound; None where it is open.
        decimals: Decimals of the value.
    """
    if lower is None:
        return ""
    # what is a whole number of steps but for the binary fraction stays one
    low = math.floor(lower * 10**decimals + 1e-6) / 10**decimals + 0.0
    if upper is None:
        return f"from {low:,.{decimals}f}"
    high = math.ceil(upper * 10**decimals - 1e-6) / 10**decimals + 0.0
    return f"{low:,.{decimals}f} to {high:,.{decimals}f}"


def within(cell: Cell) -> str:
    """The bounds of the interval of a cell: `20 to 28`; empty where it has none."""
    return bounds_text(cell.lower, cell.upper, cell.decimals)


def estimate(cell: Cell) -> str:
    """An estimate with its interval: `47.1 (95% interval 45.9 to 48.3)`."""
    said = interval(cell)
    return f"{cell_text(cell)} ({said})" if said else cell_text(cell)


def cell_text(cell: Cell) -> str:
    """A cell inside a sentence or a label."""
    if cell.value is not None:
        return value_text(cell) + (f" {UNRELIABLE}" if cell.status == UNRELIABLE else "")
    if cell.unsummed:
        return "not shown"
    return "hidden" if cell.hidden else "no observation"


def period(text: str) -> str:
    """A period: `2015`, `1st quarter of 2015`, `March 2015`; any other name of a survey round as it is."""
    if "_" in text:
        return " to ".join(period(part) for part in text.split("_"))
    found = re.fullmatch(r"(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2]))", text)
    if found is None:
        return text
    year, quarter, month = found.groups()
    if quarter:
        return f"{('1st', '2nd', '3rd', '4th')[int(quarter) - 1]} quarter of {year}"
    return f"{MONTHS[int(month) - 1]} {year}"


def short_period(text: str) -> str:
    """A period where there is little room: `2015`, `Q1 2015`, `Mar 2015`."""
    found = re.fullmatch(r"(\d{4})-(?:(Q[1-4])|(0[1-9]|1[0-2]))", text)
    if found is None:
        return text
    year, quarter, month = found.groups()
    return f"{quarter or MONTHS[int(month) - 1][:3]} {year}"


def span(periods: Sequence[str]) -> str:
    """The first and the last of some periods."""
    if not periods:
        return ""
    return period(periods[0]) if len(periods) == 1 else f"{period(periods[0])} to {period(periods[-1])}"


def occasions(readings: Sequence[Reading], area: str = "") -> str:
    """The periods of some tables: from the first to the last of registers, each occasion of censuses and surveys.

    Args:
        readings: The tables.
        area: Code of the area; empty: all.
    """
    found = sorted({one for reading in readings for one in reading.periods(area)})
    if len({len(one) for one in found if one[:4].isdigit()}) > 1 and all(not one.by_occasion for one in readings):
        # years and quarters together are said in years
        found = sorted({one[:4] for one in found})
    if any(not reading.by_occasion for reading in readings):
        return span(found)
    return listing([period(one) for one in found])


def interval(cell: Cell) -> str:
    """The interval of a value, such as `95% interval 20 to 28`; empty where it has none."""
    said = within(cell)
    if said and cell.upper is None:
        return f"95% interval {said}, no upper bound yet"
    return f"95% interval {said}" if said else ""


def listing(items: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def plural(unit: str) -> str:
    """What is counted, in the plural."""
    return unit[:-1] + "ies" if unit.endswith("y") else unit + "s"


def measure(reading: Reading) -> str:
    """What the numbers of a table are: `number of persons`, or a rate as it calls itself."""
    return reading.indicator.measured if reading.is_rate else f"number of {plural(reading.unit_of_count)}"


def begin(text: str) -> str:
    """A text as a sentence begins."""
    return text[:1].upper() + text[1:]


def subject(indicator: Indicator) -> str:
    """What an indicator counts, inside a sentence: its title without the breakdown; a rate as it calls itself."""
    # of a survey, readers know the name of a rate better than what it relates
    if isinstance(indicator.estimator, Rate) and indicator.time != _ROUND:
        return indicator.estimator.unit
    whole = indicator.title["en"].split(" by ")[0].split(",")[0].split(" (")[0]
    return whole[:1].lower() + whole[1:]


def percent(part: float, whole: float) -> float:
    """Share in per cent."""
    return 100.0 * part / whole


def share(part: float, whole: float) -> str:
    """A share in words: a simple fraction where one is near enough, else a percentage.

    Args:
        part: The part.
        whole: The whole, more than zero.
    """
    percentage = percent(part, whole)
    for (top, bottom), words in _FRACTIONS.items():
        if abs(percentage - 100.0 * top / bottom) <= 1.0:
            return f"about {words}"
    if percentage > 99.5:
        return "nearly all"
    return f"about {percentage:.0f}%" if percentage >= 1 else "less than 1%"


def share_of(part: float, whole: float, what: str) -> str:
    """A share of something; plain counts where the whole is too small for more.

    Args:
        part: The part.
        whole: The whole, more than zero.
        what: What the whole counts, in the plural.
    """
    if whole < SHARE_FROM:
        return f"{number(part)} of {number(whole)} {what}"
    return f"{share(part, whole)} of the {what}"


def slack(policy: RoundingRule, reading: Reading) -> float:
    """How far two shown numbers may lie apart by nothing but rounding.

    Numbers rounded to a base differ from what was counted by up to half of it each, so two that differ by
    the base may stand for counts that are next to each other. A rate is rounded to its decimals,
    an estimate from a sample to a whole number.

    Args:
        policy: How the table was protected.
        reading: The table.
    """
    if reading.is_rate:
        return 10.0**-reading.decimals
    if reading.sampled:
        return 1.0
    return float(policy.base) if policy.base > 1 else 0.0


def break_text(one: Break, labels: Sequence[str] = ()) -> str:
    """A break in the series as a sentence.

    Args:
        one: The break.
        labels: Labels of the codes that it touches, where these are not all.
    """
    touched = f" ({listing(labels)})" if labels else ""
    return f"Break in {period(one.since)}{touched}: {one.why.rstrip('.')}."


def near(one: float, other: float, slack: float) -> bool:
    """Whether nothing may be said of which of two numbers is the larger.

    Args:
        one: A number.
        other: Another.
        slack: How far they may lie apart by rounding alone.
    """
    return abs(one - other) <= max(slack, LEVEL * max(abs(one), abs(other)))


def share_differs(now: tuple[float, float], then: tuple[float, float], slack: float) -> bool:
    """Whether a share is another one than before, however its part and its whole were rounded.

    Args:
        now: Part and whole.
        then: Part and whole before.
        slack: How far two numbers may lie apart by rounding alone.
    """
    (low, high), (low_then, high_then) = (_share_within(*pair, slack / 2) for pair in (now, then))
    apart = abs(percent(*now) - percent(*then)) >= SHARE_STEP
    return apart and (low > high_then or high < low_then)


def _share_within(part: float, whole: float, error: float) -> tuple[float, float]:
    return (part - error) / (whole + error), (part + error) / max(whole - error, 1.0)


def unit(indicator: Indicator) -> str:
    """The unit of a value that is no number of something, as it stands after the value: `%`, `percentage points`."""
    how = indicator.estimator
    if isinstance(how, Gap):
        return "%" if how.relative else " percentage points"
    return ""


def gap_text(found: Change | None, indicator: Indicator) -> str:
    """What a gap between two groups says of the first of them, with the interval of the difference.

    Args:
        found: The gap; None where nothing may be said of it.
        indicator: Its indicator.
    """
    if found is None:
        return f"{TOO_LITTLE} to say whether they differ"
    after = unit(indicator)
    if found.verdict == "unclear":
        return f"no clear difference (95% interval {_higher(found.lower, after)} to {_higher(found.upper, after)})"
    ends = sorted((found.lower, found.upper), key=abs)
    return f"{_higher(found.difference, after)} (95% interval {bounds_text(abs(ends[0]), abs(ends[1]), 1)})"


def _higher(difference: float, after: str) -> str:
    return f"{abs(difference):,.1f}{after} {'lower' if difference < 0 else 'higher'}"


def change(now: Cell, before: Cell, before_period: str, slack: float) -> str:
    """The change between two cells, said so that it stays true however the numbers go.

    Args:
        now: The cell.
        before: The cell it is compared with.
        before_period: Period of that one.
        slack: How far the two may lie apart by rounding alone.
    """
    when = period(before_period)
    if now.value is None:
        return f"{when}: {cell_text(before)}"
    if now.status == BROKEN:
        return f"not comparable with {when}: break in the series"
    if before.value is None:
        return f"the number for {when} is hidden" if before.hidden else f"no observation for {when}"
    difference = now.value - before.value
    if now.decimals:
        if near(now.value, before.value, slack):
            return f"about the same as in {when} ({value_text(before)})"
        return f"{'up' if difference > 0 else 'down'} from {value_text(before)} in {when}"
    if abs(difference) <= slack:
        return f"about as many as in {when}" + (f" ({number(before.value)})" if difference else "")
    more = "more" if difference > 0 else "fewer"
    return f"{number(abs(difference))} {more} than in {when} ({number(before.value)})"


def survey_change(now: Cell, before: Cell, before_period: str, *, broken: bool = False) -> str:
    """The change of an estimate between two rounds of a survey, as far as its error lets it be told.

    Args:
        now: The estimate.
        before: That of the round before.
        before_period: Round of that one.
        broken: Whether the series has a break between the two.

    Returns:
        Words that go on after a comma; `rose` and `fell` only where the interval of the change does not hold 0.
    """
    when = period(before_period)
    if broken or now.status == BROKEN:
        return f"not comparable with {when}: break in the series"
    found = certainty.change(now, before)
    if found is None:
        return f"not compared with {when}, since {_unsure(now, before)}"
    change = f"{found.difference:+,.{now.decimals}f}, {bounds_text(found.lower, found.upper, now.decimals)}"
    if found.verdict == "unclear":
        return f"no clear change from {value_text(before)} in {when} (change {change})"
    return f"{found.verdict} from {value_text(before)} in {when} (change {change})"


def _unsure(now: Cell, before: Cell) -> str:
    """Why two estimates are not compared."""
    if now.value is None or before.value is None:
        return "one of them is not shown"
    if UNRELIABLE in (now.status, before.status):
        return "one of them is unreliable"
    return "the error of one of them is not known"


def hiding(policy: RoundingRule) -> str:
    """Which counts are hidden."""
    if policy.hide_below <= 1:
        return "no count is hidden"
    return "counts of 1" if policy.hide_below == 2 else f"counts of 1 to {policy.hide_below - 1}"
