"""Forms of figures that have panels, words and plots of their own, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lm_stats.publish import wording
from lm_stats.publish.figures import bridge, calendar, intervals, ratio, whiskers
from lm_stats.publish.figures.parts import Panel
from lm_stats.publish.reading import Reading
from lm_stats.spec import Figure, Grouping, RoundingRule


@dataclass(frozen=True)
class Told:
    """What a form is made from.

    Attributes:
        figure: Its declaration.
        reading: The table of its indicator.
        grouping: Labels for readers, or None.
        policy: How the table was protected.
        beside: The table of the indicator that it shows besides, or None.
    """

    figure: Figure
    reading: Reading
    grouping: Grouping | None
    policy: RoundingRule
    beside: Reading | None = None


@dataclass(frozen=True)
class Form:
    """How one form is made.

    Attributes:
        name: What it is called in the text alternative.
        panel: What an area contributes, from the table.
        message: The message of a panel; the last argument is how far two numbers may lie apart by rounding alone.
        notes: What stands at the foot before the sources.
        measure: What the numbers are, for the subtitle.
        spoken: A panel in words.
        plot: The plot of a panel in a width; the last argument says whether it is the only one.
        bounded: Whether its values have bounds, which go into the file of its numbers.
        sided: Whether its series are told apart by the second dimension too, which goes into that file.
    """

    name: str
    panel: Callable[[Told, str], Panel]
    message: Callable[[Told, Panel, float], str]
    notes: Callable[[Told, Sequence[Panel]], Sequence[str]]
    measure: Callable[[Told, Sequence[Panel]], str]
    spoken: Callable[[Panel], list[str]]
    plot: Callable[[Panel, float, bool], Any]
    bounded: bool = False
    sided: bool = False


FORMS: Mapping[str, Form] = {
    "bridge": Form(
        "Steps from one stock to the next",
        lambda told, area: bridge.panel(told.figure, told.reading, told.beside, area),
        lambda told, panel, slack: bridge.message(told.figure, panel, slack),
        lambda told, panels: bridge.notes(panels, told.policy),
        lambda told, panels: bridge.measure(panels),
        bridge.spoken,
        lambda panel, width, single: bridge.BridgePlot(panel, width, single=single),
    ),
    "intervals": Form(
        "Dots with lines for their intervals, over time",
        lambda told, area: intervals.panel(told.figure, told.reading, told.grouping, area),
        lambda told, panel, slack: intervals.message(told.reading, panel),
        lambda told, panels: intervals.notes(told.reading, panels),
        lambda told, panels: "",
        intervals.spoken,
        lambda panel, width, single: intervals.IntervalPlot(panel, width),
        bounded=True,
    ),
    "calendar": Form(
        "Columns for each period to come, and tiles by category",
        lambda told, area: calendar.panel(told.figure, told.reading, told.grouping, area),
        lambda told, panel, slack: calendar.message(told.reading, panel, slack),
        lambda told, panels: calendar.notes(panels),
        lambda told, panels: wording.measure(told.reading),
        calendar.spoken,
        lambda panel, width, single: calendar.CalendarPlot(panel, width, single=single),
    ),
    "ratio": Form(
        "Ranked dots from 0 to 100 per cent",
        lambda told, area: ratio.panel(told.figure, told.reading, told.grouping, area, told.policy),
        lambda told, panel, slack: ratio.message(told.figure, told.reading, panel),
        lambda told, panels: ratio.notes(told.reading, panels, told.policy),
        lambda told, panels: next((one.unit for panel in panels for one in panel.series), ""),
        ratio.spoken,
        lambda panel, width, single: ratio.RatioPlot(panel, width, single=single),
        bounded=True,
    ),
    "whiskers": Form(
        "Dots with lines for their 95% intervals",
        lambda told, area: whiskers.named(
            told.figure, told.reading, whiskers.panel(told.figure, told.reading, told.grouping, area)
        ),
        lambda told, panel, slack: whiskers.message(told.figure, told.reading, panel, told.beside),
        lambda told, panels: whiskers.notes(told.figure, told.reading, panels, told.beside),
        lambda told, panels: wording.measure(told.reading),
        whiskers.spoken,
        lambda panel, width, single: whiskers.WhiskerPlot(panel, width, single=single),
        bounded=True,
        sided=True,
    ),
}  # fmt: skip
