"""The one message of a figure, written from the numbers and true whichever way they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lm_stats.publish import certainty, wording
from lm_stats.publish.reading import UNRELIABLE, Cell, Reading
from lm_stats.spec import Figure

if TYPE_CHECKING:
    from lm_stats.publish.figures.parts import Panel, Series

# names that are longer together would drown the message
_LONG = 70
LONGEST = 180


def message(figure: Figure, reading: Reading, panels: Sequence[Panel], slack: float) -> str:
    """The message over all areas.

    Args:
        figure: The figure.
        reading: The table of its indicator.
        panels: What is shown.
        slack: How far two numbers may lie apart by rounding alone.
    """
    filled = [panel for panel in panels if panel.periods]
    if not filled:
        return f"No {wording.subject(reading.indicator)} to show"
    if len(filled) == 1:
        return area_message(figure, reading, filled[0], slack)
    return _over_areas(figure, reading, filled, slack)


def area_message(figure: Figure, reading: Reading, panel: Panel, slack: float) -> str:
    """The message for one area, a sentence without a full stop.

    Args:
        figure: The figure.
        reading: The table of its indicator.
        panel: What is shown of the area.
        slack: How far two numbers may lie apart by rounding alone.
    """
    subject = wording.subject(reading.indicator)
    when = wording.period(panel.periods[-1])
    latest = [one.cells[-1] for one in panel.series] + [panel.totals[-1]]
    if not any(cell.shown for cell in latest):
        if any(cell.gap for cell in latest):
            return _too_small(panel, subject)
        return f"No {subject} on record in {when}"
    if not any(cell.value for cell in latest) and not any(cell.gap for cell in latest):
        return f"There were no {subject} in {when}"
    if reading.sampled:
        return _of_sample(panel, subject)
    if figure.form == "pyramid":
        return _shape(panel, subject, slack)
    if len(figure.compare) == 2:
        return _comparison(figure, reading, panel, subject, slack)
    if figure.form == "stack":
        return _composition(panel, subject, slack)
    if reading.is_rate:
        return _highest(panel, subject, slack)
    return _first_place(panel, subject, slack)


def _of_sample(panel: Panel, subject: str) -> str:
    """The whole with its interval, and the first place as far as the intervals allow one."""
    whole, when = panel.totals[-1], wording.period(panel.periods[-1])
    if whole.status == UNRELIABLE:
        return f"{wording.begin(subject)} in {when}: {wording.TOO_LITTLE} for a number of all"
    said = f"{wording.begin(subject)} in {when}: {wording.estimate(whole)}"
    if whole.lower is None:
        return f"{said}, estimated from a sample"
    first = first_of([one for one in panel.series if one.kind == ""])
    return f"{said}; {first}" if first and len(said) + len(first) < LONGEST else said


def first_of(series: Sequence[Series]) -> str:
    """Which of some estimates of one sample is the largest, as far as their intervals tell.

    Args:
        series: Series, of which the latest cells are compared.

    Returns:
        `most in Mining`, with those that cannot be told apart from it; empty where nothing may be said.
    """
    found = certainty.leading([one.cells[-1] for one in series])
    if found is None:
        return ""
    first, level = found
    if not level:
        return f"most in {series[first].label}"
    if len(level) + 1 == sum(certainty.comparable(one.cells[-1]) for one in series) > 2:
        return "no part is clearly the largest"
    names = wording.listing([series[i].label for i in level])
    others = names if len(names) < _LONG / 2 else f"{len(level)} others" if len(level) > 1 else names
    return f"most in {series[first].label}, which cannot be told apart from {others}"


def _highest(panel: Panel, subject: str, slack: float) -> str:
    """Where a rate is highest, and what it is over all; rates have no shares and no sums."""
    when = wording.period(panel.periods[-1])
    named = [one for one in panel.series if one.kind == "" and one.cells[-1].value is not None]
    total = panel.totals[-1]
    over_all = f", against {wording.value_text(total)} overall" if total.value is not None else ""
    leading = _leading(named, slack)
    if not leading:
        over_all = f": {wording.value_text(total)}" if total.value is not None else " are not shown by category"
        return f"{wording.begin(subject)} in {when}{over_all}"
    names = wording.listing([one.label for one in leading])
    if len(leading) == len(named) > 1 or len(names) > _LONG:
        values = sorted((one.cells[-1] for one in leading), key=lambda cell: cell.value or 0.0)
        span = f"{wording.value_text(values[0])} to {wording.value_text(values[-1])}"
        what = "all categories shown" if len(leading) == len(named) else f"the {len(leading)} highest"
        return f"{wording.begin(subject)} in {when}: {span} in {what}{over_all}"
    values_said = wording.listing([wording.value_text(one.cells[-1]) for one in leading])
    rates = "rate" if len(leading) == 1 else "rates"
    return f"{names} had the highest {rates} in {when}: {values_said} {subject}{over_all}"


def _shape(panel: Panel, subject: str, slack: float) -> str:
    """How the two sides of a pyramid divide the whole, and which band is the largest."""
    when = wording.period(panel.periods[-1])
    left, right = (side.cells[-1].value for side in panel.sides)
    names = [side.label.lower() for side in panel.sides]
    whole = panel.totals[-1].value
    if left is None or right is None:
        said = [f"{name} {wording.cell_text(side.cells[-1])}" for name, side in zip(names, panel.sides, strict=True)]
        divided = f"{wording.begin(subject)} in {when}: {wording.listing(said)}"
    else:
        leader = _leader(left, right, slack)
        numbers = f"{wording.number(left)} and {wording.number(right)}"
        if leader is None:
            divided = f"About as many of the {subject} in {when} were {names[0]} as {names[1]} ({numbers})"
        elif whole is None or whole < max(left, right):
            divided = f"{wording.begin(subject)} in {when}: {names[0]} {left:,.0f} and {names[1]} {right:,.0f}"
        else:
            part = wording.share_of(max(left, right), whole, subject)
            divided = f"{wording.begin(part)} in {when} were {names[leader]}"
    bands: dict[str, list[float | None]] = {}
    for one in panel.series:
        if one.kind == "":
            bands.setdefault(one.label, []).append(one.cells[-1].value)
    sums = {label: sum(value for value in pair if value is not None) for label, pair in bands.items()}
    # two rounded numbers are added, and a hidden one is not known
    known = {label: total for label, total in sums.items() if None not in bands[label]}
    largest = max(sums.values(), default=0.0)
    leading = [label for label, total in sums.items() if total and wording.near(total, largest, 2 * slack)]
    if not leading or any(label not in known for label in leading) or len(leading) > 3:
        return divided
    groups = "age group was" if len(leading) == 1 else "age groups were"
    return f"{divided}; the largest {groups} {wording.listing(leading)}"


def _comparison(figure: Figure, reading: Reading, panel: Panel, subject: str, slack: float) -> str:
    first, last = panel.periods[0], panel.periods[-1]
    when = wording.period(last)
    names = [reading.label(figure.dimension, code) for code in figure.compare]
    now = [reading.cell(panel.area, last, {figure.dimension: code}) for code in figure.compare]
    left, right = (cell.value for cell in now)
    if left is None or right is None:
        said = [f"{name} {wording.cell_text(cell)}" for name, cell in zip(names, now, strict=True)]
        return f"{wording.begin(subject)} in {when}: {wording.listing(said)}"
    numbers = f"{wording.number(left)} and {wording.number(right)} {subject}"
    leader = _leader(left, right, slack)
    if leader is None:
        if left == right:
            level = "almost level" if left and slack else "level"
            return f"{names[0]} and {names[1]} were {level} in {when}: {wording.number(left)} {subject} each"
        return f"{names[0]} and {names[1]} were almost level in {when}: {numbers}"
    ahead, behind = names[leader], names[1 - leader]
    more, less = max(left, right), min(left, right)
    numbers = f"{wording.number(more)} {subject} against {wording.number(less)}"
    then = [reading.cell(panel.area, first, {figure.dimension: code}).value for code in figure.compare]
    compared = first != last and not panel.broken
    earlier = _leader(then[0], then[1], slack) if compared and then[0] is not None and then[1] is not None else None
    if earlier is None:
        return f"{ahead} led {behind} in {when}: {numbers}"
    if earlier == leader:
        return f"{ahead} led {behind} in {when}, as in {wording.period(first)}: {numbers}"
    return f"{ahead}, behind {behind} in {wording.period(first)}, led in {when}: {numbers}"


def _leader(left: float, right: float, slack: float) -> int | None:
    if wording.near(left, right, slack):
        return None
    return 0 if left > right else 1


def _composition(panel: Panel, subject: str, slack: float) -> str:
    first, last = wording.period(panel.periods[0]), wording.period(panel.periods[-1])
    known = [one for one in panel.series if one.cells[-1].value is not None]
    top = max(known, key=lambda one: one.cells[-1].value or 0.0, default=None)
    whole = panel.totals[-1].value
    value = top.cells[-1].value if top else None
    if top is None or not value:
        return _too_small(panel, subject)
    if not whole or value > whole:
        shown = [f"{one.label} {wording.cell_text(one.cells[-1])}" for one in panel.series]
        return f"{wording.begin(subject)} in {last}: {wording.listing(shown)}"
    level = [one for one in known if wording.near(one.cells[-1].value or 0.0, value, slack)]
    if len(level) > 1:
        how = "almost level" if slack or any(one.cells[-1].value != value for one in level) else "level"
        names = wording.listing([one.label for one in level])
        return f"{names} were {how} in {last}: {_each(level, subject)}"
    said = f"{top.label} made up {wording.share_of(value, whole, subject)} in {last}"
    part_then, whole_then = top.cells[0].value, panel.totals[0].value
    if len(panel.periods) < 2 or panel.broken or part_then is None or not whole_then:
        return said
    if min(whole, whole_then) < wording.SHARE_FROM:
        return said
    now, then = wording.percent(value, whole), wording.percent(part_then, whole_then)
    if not wording.share_differs((value, whole), (part_then, whole_then), slack):
        return f"{said}, much as in {first}"
    direction = "up" if now > then else "down"
    return f"{said}, {direction} from {wording.share(part_then, whole_then)} in {first}"


def _first_place(panel: Panel, subject: str, slack: float) -> str:
    first, last = wording.period(panel.periods[0]), wording.period(panel.periods[-1])
    named = [one for one in panel.series if one.kind == "" and one.cells[-1].value is not None]
    top = max((one.cells[-1].value or 0.0 for one in named), default=0.0)
    if not any(one.cells[-1].value for one in panel.series):
        return _too_small(panel, subject)
    if not named or top == 0:
        shown = [f"{one.label} {wording.cell_text(one.cells[-1])}" for one in panel.series]
        return f"{wording.begin(subject)} in {last}: {wording.listing(shown)}"
    leading = _leading(named, slack)
    if len(leading) > 1:
        names = wording.listing([one.label for one in leading])
        if len(names) > _LONG:
            names = f"{len(leading)} categories"
        return f"{names} came first together in {last}: {_each(leading, subject)}"
    (one,) = leading
    said = f"{one.label} came first in {last}: {_part(top, panel.totals[-1], subject)}"
    if len(panel.periods) < 2:
        return said
    if panel.broken:
        return f"{said}, not comparable with {first}"
    return f"{said}, {_since(one, top, first, slack)}"


def _leading(named: Sequence[Series], slack: float) -> list[Series]:
    """The series of which none can be said to come before another, and all before the rest."""
    top = max((one.cells[-1].value or 0.0 for one in named), default=0.0)
    return [one for one in named if one.cells[-1].value and wording.near(one.cells[-1].value, top, slack)]


def _each(level: Sequence[Series], subject: str) -> str:
    """The numbers of series that stand side by side, in their order; a range where there are many."""
    values = [one.cells[-1].value or 0.0 for one in level]
    low, high = min(values), max(values)
    if low == high:
        return f"{wording.number(high)} {subject} each"
    if len(values) > 3:
        return f"{wording.number(low)} to {wording.number(high)} {subject} each"
    return f"{wording.listing([wording.number(value) for value in values])} {subject}"


def _too_small(panel: Panel, subject: str) -> str:
    total, when = panel.totals[-1], wording.period(panel.periods[-1])
    if total.value is None:
        return f"The numbers of {subject} in {when} are too small to be shown"
    return f"{wording.number(total.value)} {subject} in {when}, in parts too small to be shown"


def _part(value: float, whole: Cell, subject: str) -> str:
    if whole.value is None or whole.value < wording.SHARE_FROM or value > whole.value:
        return f"{wording.number(value)} {subject}"
    part = wording.share(value, whole.value)
    return f"{wording.number(value)} {subject}, {part if part.endswith('all') else f'{part} of all'}"


def _since(one: Series, now: float, first: str, slack: float) -> str:
    then = one.cells[0]
    if then.value is None:
        return f"the number for {first} is hidden" if then.hidden else f"no observation for {first}"
    if wording.near(then.value, now, slack):
        return f"about as many as in {first}"
    return f"{'up' if now > then.value else 'down'} from {wording.number(then.value)} in {first}"


def _over_areas(figure: Figure, reading: Reading, panels: Sequence[Panel], slack: float) -> str:
    count = len(panels)
    if reading.sampled:
        return f"{wording.begin(wording.subject(reading.indicator))} in {count} areas, estimated from samples"
    if figure.form == "pyramid":
        return _shapes(reading, panels, slack)
    if figure.form == "map":
        return _firsts(reading, panels, slack)
    if len(figure.compare) == 2:
        names = [reading.label(figure.dimension, code) for code in figure.compare]
        leads = [0, 0]
        unclear = 0
        for panel in panels:
            cells = [reading.cell(panel.area, panel.periods[-1], {figure.dimension: c}) for c in figure.compare]
            left, right = (cell.value for cell in cells)
            leader = None if left is None or right is None else _leader(left, right, slack)
            if leader is None:
                unclear += 1
            else:
                leads[leader] += 1
        for i in (0, 1):
            if leads[i] == count:
                return f"{names[i]} led {names[1 - i]} in all {count} areas in the latest period"
        parts = [f"{names[i]} led in {leads[i]}" for i in (0, 1) if leads[i]]
        if unclear:
            parts.append(f"neither can be said to lead in {unclear}")
        return f"{names[0]} and {names[1]} in the latest period of {count} areas: {wording.listing(parts)}"
    tops: dict[str, int] = {}
    for panel in panels:
        named = [one for one in panel.series if one.kind == "" and one.cells[-1].value]
        leading = _leading(named, slack)
        if len(leading) == 1:
            tops[leading[0].label] = tops.get(leading[0].label, 0) + 1
    if not tops:
        return f"{wording.begin(wording.subject(reading.indicator))} in {count} areas: none had one largest category"
    label, times = max(tops.items(), key=lambda item: item[1])
    everywhere = f"all {count}" if times == count else f"{times} of {count}"
    return f"{label} came first in {everywhere} areas in the latest period"


def _shapes(reading: Reading, panels: Sequence[Panel], slack: float) -> str:
    """On which side of their pyramids areas have more."""
    subject = wording.subject(reading.indicator)
    more = {0: 0, 1: 0}
    for panel in panels:
        left, right = (side.cells[-1].value for side in panel.sides)
        leader = None if left is None or right is None else _leader(left, right, slack)
        if leader is not None:
            more[leader] += 1
    count = len(panels)
    names = [side.label.lower() for side in panels[0].sides]
    for i in (0, 1):
        if more[i] == count:
            return f"More {subject} were {names[i]} than {names[1 - i]} in all {count} areas in the latest period"
    parts = [f"more were {names[i]} in {more[i]}" for i in (0, 1) if more[i]]
    if unclear := count - sum(more.values()):
        parts.append(f"neither can be said to be more in {unclear}")
    return f"{wording.begin(subject)} in the latest period of {count} areas: {wording.listing(parts)}"


def _firsts(reading: Reading, panels: Sequence[Panel], slack: float) -> str:
    """The first district of each area: districts of one are none of another."""
    subject = wording.subject(reading.indicator)
    parts = []
    for panel in panels:
        named = [one for one in panel.series if one.kind == "" and one.cells[-1].value is not None]
        leading = _leading(named, slack)
        if 0 < len(leading) <= 3:
            parts.append(f"{wording.listing([one.label for one in leading])} in {panel.name}")
    where = "highest" if reading.is_rate else "most"
    if not parts:
        return f"{wording.begin(subject)} in {len(panels)} areas: no district of any can be said to come first"
    said = f"{wording.begin(subject)}, {where} in the latest period: {'; '.join(parts)}"
    return said if len(said) <= LONGEST else f"{wording.begin(subject)} by district in {len(panels)} areas"
