"""The one message of a figure, written from the numbers and true whichever way they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lm_stats.publish import wording
from lm_stats.publish.reading import Cell, Reading
from lm_stats.spec import Figure

if TYPE_CHECKING:
    from lm_stats.publish.figures.drawing import Panel, Series

# names that are longer together would drown the message
_LONG = 70


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
    if len(figure.compare) == 2:
        return _comparison(figure, reading, panel, subject, slack)
    if figure.form == "stack":
        return _composition(panel, subject, slack)
    return _first_place(panel, subject, slack)


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
    earlier = None if then[0] is None or then[1] is None or first == last else _leader(then[0], then[1], slack)
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
    if len(panel.periods) < 2 or part_then is None or not whole_then:
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
    return f"{wording.number(value)} {subject}, {wording.share(value, whole.value)} of all"


def _since(one: Series, now: float, first: str, slack: float) -> str:
    then = one.cells[0]
    if then.value is None:
        return f"the number for {first} is hidden" if then.hidden else f"no observation for {first}"
    if wording.near(then.value, now, slack):
        return f"about as many as in {first}"
    return f"{'up' if now > then.value else 'down'} from {wording.number(then.value)} in {first}"


def _over_areas(figure: Figure, reading: Reading, panels: Sequence[Panel], slack: float) -> str:
    count = len(panels)
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
