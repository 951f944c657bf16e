"""What a reader should not miss: the few numbers at a glance, and what the numbers say in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lm_stats.publish import wording
from lm_stats.publish.figures import Drawing
from lm_stats.publish.figures.forms import FORMS
from lm_stats.publish.figures.parts import Panel
from lm_stats.publish.reading import UNRELIABLE, Reading
from lm_stats.publish.subjects import Section, sections
from lm_stats.publish.surveys import gap, has_errors, how_sure, trend
from lm_stats.spec import Codelist, Concept, Figure, Gap, Grouping, Indicator, Rate, RoundingRule

FEMALE = "SEX_F"
_AT_A_GLANCE = 8
# as many subjects as are told of in full
_FEW = 2
# where a report has several subjects: numbers and sentences on each
_FACTS_EACH = 3
_SENTENCES_EACH = 5
_SENTENCES_SURVEY = 7

Entries = Sequence[tuple[Indicator, Reading]]


@dataclass(frozen=True)
class Shown:
    """A figure of the report: its declaration, what was drawn, the SVG, and the table behind it."""

    figure: Figure
    drawing: Drawing
    svg: str
    reading: Reading
    grouping: Grouping | None


@dataclass(frozen=True)
class Fact:
    """One number at a glance: value, what it is, how it changed, and its status."""

    value: str
    label: str
    change: str
    status: str


def at_a_glance(
    area: str, entries: Entries, figures: Sequence[Shown], codelists: Mapping[str, Codelist], policy: RoundingRule
) -> list[Fact]:
    """The few numbers of an area that a reader should not miss, at most eight.

    Of several subjects each has its own. Estimates from a sample stand with their intervals; where their errors are
    not known, they are among them only where there is nothing else, since no such number should be taken home alone.

    Args:
        area: Code of the area.
        entries: Indicators with their tables, in order.
        figures: The figures.
        codelists: Codelists by id.
        policy: How the tables were protected.
    """
    there = [section for section in sections(entries) if any(area in reading.areas for reading in section.readings)]
    counted = [section for section in there if not section.sampled or has_errors(area, section.readings)] or there
    few = len(counted) <= _FEW
    facts = [
        _facts(area, section, figures, codelists, policy) if few and not section.sampled else
        _leading_facts(area, section, figures, codelists, policy)[: _AT_A_GLANCE if few else _FACTS_EACH]
        for section in counted
    ]  # fmt: skip
    # each subject has one, and the first subjects have more while there is room
    room = max(_AT_A_GLANCE - sum(bool(found) for found in facts), 0)
    shown: list[Fact] = []
    for found in facts:
        more = found[1 : 1 + room]
        room -= len(more)
        shown += [*found[:1], *more]
    return shown


def _fact(
    area: str, reading: Reading, label: str, codes: Mapping[str, str], codelists: Mapping[str, Codelist],
    policy: RoundingRule,
) -> Fact:  # fmt: skip
    statuses = codelists.get("obs_status")
    periods = reading.periods(area)
    now = reading.cell(area, periods[-1], codes)
    change = "No earlier period to compare with"
    if reading.sampled:
        change = how_sure(area, reading, codes)
    elif reading.bounded:
        change = wording.interval(now) or "No interval is known"
    elif len(periods) > 1:
        change = wording.change(
            now, reading.cell(area, periods[-2], codes), periods[-2], wording.slack(policy, reading)
        )
        if now.shown and reading.broken(area, periods[-2:], codes.values()):
            change = f"Not comparable with {wording.period(periods[-2])}: break in the series"
    status = statuses.label(now.status) if statuses and now.status else now.status
    value = wording.value_text(now) if now.shown else wording.cell_text(now)
    said = f"{label} in {wording.period(periods[-1])}"
    if isinstance(reading.indicator.estimator, Gap):
        value = f"{now.value:+,.1f}{wording.unit(reading.indicator)}" if now.value is not None else value
    elif reading.sampled and reading.is_rate:
        said = f"{said} ({reading.indicator.measured})"
    return Fact(wording.begin(value), wording.begin(said), wording.begin(change), status)


def _facts(
    area: str, section: Section, figures: Sequence[Shown], codelists: Mapping[str, Codelist], policy: RoundingRule
) -> list[Fact]:
    """Numbers on a subject that stands nearly alone in a report."""
    facts: list[Fact] = []
    told: set[str] = set()
    drawn = {shown.figure.indicator for shown in figures}

    def tell(reading: Reading, label: str, codes: Mapping[str, str]) -> None:
        facts.append(_fact(area, reading, label, codes, codelists, policy))

    for indicator, reading in section.entries:
        if area not in reading.areas or not indicator.headline or indicator.family:
            continue
        subject = wording.subject(indicator)
        if subject not in told:
            told.add(subject)
            tell(reading, subject, {})
        for shown in (one for one in figures if one.figure.indicator == indicator.id):
            for label, code in _codes_to_tell(area, shown):
                tell(reading, f"{label}: {subject}", {shown.figure.dimension: code})
        if indicator.id not in drawn and len(reading.dimensions) == 1:
            (dimension,) = reading.dimensions
            for code in _largest(reading, area, dimension)[:1]:
                tell(reading, f"{reading.label(dimension, code)}: {subject}", {dimension: code})
        if "sex" in reading.dimensions and FEMALE in reading.codes("sex", area) and f"{subject} {FEMALE}" not in told:
            told.add(f"{subject} {FEMALE}")
            tell(reading, f"{reading.label('sex', FEMALE)}: {subject}", {"sex": FEMALE})
    return facts


def _leading_facts(
    area: str, section: Section, figures: Sequence[Shown], codelists: Mapping[str, Codelist], policy: RoundingRule
) -> list[Fact]:
    """The whole of each thing that figures show or that is counted in a unit of its own; then what they compare."""
    facts = [
        _fact(area, reading, wording.subject(indicator), {}, codelists, policy)
        for indicator, reading in _wholes(area, section, figures)
    ]
    for shown in figures:
        if shown.figure.compare and not shown.figure.across and shown.figure.indicator in _ids(section):
            facts += [
                _fact(area, shown.reading, f"{label}: {wording.subject(shown.reading.indicator)}",
                      {shown.figure.dimension: code}, codelists, policy)
                for label, code in _codes_to_tell(area, shown)
                if area in shown.reading.areas
            ]  # fmt: skip
    return facts


def _ids(section: Section) -> set[str]:
    return {indicator.id for indicator, _ in section.entries}


def _wholes(area: str, section: Section, figures: Sequence[Shown]) -> list[tuple[Indicator, Reading]]:
    """Indicators whose totals differ: of those with figures, then of those in another unit, records before others."""
    drawn = {shown.figure.indicator for shown in figures}
    there = [
        entry for entry in section.entries if area in entry[1].areas and entry[0].headline and not entry[0].family
    ]
    if section.sampled:
        # what the figures tell comes first, in their order
        order = [shown.figure.indicator for shown in figures]
        there.sort(key=lambda entry: order.index(entry[0].id) if entry[0].id in order else len(order))
    found: dict[str, tuple[Indicator, Reading]] = {}
    for entry in there:
        if entry[0].id in drawn or not (drawn & _ids(section)):
            found.setdefault(wording.subject(entry[0]), entry)
    units = {reading.unit_of_count for _, reading in found.values()}
    others = [entry for entry in there if entry[1].unit_of_count not in units]
    # a rate of units that several records share says less to most readers than their number
    others.sort(key=lambda entry: isinstance(entry[0].estimator, Rate) and bool(entry[0].counted.distinct))
    for entry in others:
        found.setdefault(wording.subject(entry[0]), entry)
    if section.sampled:
        for entry in there:
            found.setdefault(wording.subject(entry[0]), entry)
    return list(found.values())


def _codes_to_tell(area: str, shown: Shown) -> list[tuple[str, str]]:
    dimension, reading = shown.figure.dimension, shown.reading
    if shown.figure.across or shown.figure.form in FORMS:
        return []
    if shown.figure.compare:
        return [(reading.label(dimension, code), code) for code in shown.figure.compare]
    panel = next((panel for panel in shown.drawing.panels if panel.area == area), None)
    named = [one for one in panel.series if one.kind == "" and one.cells[-1].value] if panel else []
    best = max(named, key=lambda one: one.cells[-1].value or 0.0, default=None)
    if best is None:
        return []
    return [(best.label, best.code)]


def _largest(reading: Reading, area: str, dimension: str) -> list[str]:
    """Codes by size in the latest period, without what is hidden, zero or not stated."""
    latest = reading.periods(area)[-1]
    sizes = {
        code: reading.cell(area, latest, {dimension: code}).value or 0.0
        for code in reading.parts(dimension, area)
        if reading.kind(dimension, code) == ""
    }
    return sorted((code for code, size in sizes.items() if size), key=lambda code: -sizes[code])


def key_messages(
    area: str, entries: Entries, figures: Sequence[Shown], concepts: Mapping[str, Concept], policy: RoundingRule
) -> list[tuple[str, list[str]]]:
    """What the numbers of an area say, one sentence each, by subject.

    Args:
        area: Code of the area.
        entries: Indicators with their tables, in order.
        figures: The figures.
        concepts: Concepts by id.
        policy: How the tables were protected.

    Returns:
        Title of the subject with its sentences.
    """
    there = [section for section in sections(entries) if any(area in reading.areas for reading in section.readings)]
    said = []
    for section in there:
        if len(there) <= _FEW and not section.sampled:
            found = _every_message(area, section, figures, concepts, policy)
        else:
            most = _SENTENCES_SURVEY if section.sampled else _SENTENCES_EACH
            found = _leading_messages(area, section, figures, policy)[:most]
        if not found:
            continue
        said.append((section.title, [f"{wording.begin(sentence)}." for sentence in dict.fromkeys(found)]))
    return said


def _every_message(
    area: str, section: Section, figures: Sequence[Shown], concepts: Mapping[str, Concept], policy: RoundingRule
) -> list[str]:
    said: list[str] = []
    told: set[str] = set()
    drawn = {shown.figure.indicator for shown in figures}
    for indicator, reading in section.entries:
        if area not in reading.areas or indicator.family:
            continue
        slack = wording.slack(policy, reading)
        if not indicator.headline:
            said += _of_figures(area, indicator, figures, slack)
            continue
        subject = wording.subject(indicator)
        if subject not in told and not reading.bounded:
            told.add(subject)
            said.append(_trend(area, reading, subject, slack))
            if "sex" in reading.dimensions and not reading.is_rate:
                said += _female_share(area, reading, subject)
        said += _of_figures(area, indicator, figures, slack)
        if indicator.id not in drawn and len(reading.dimensions) == 1:
            said += _ranking(area, reading, concepts, slack)
    return said


def _leading_messages(area: str, section: Section, figures: Sequence[Shown], policy: RoundingRule) -> list[str]:
    """The whole of each thing, then what the figures say of it."""
    if section.sampled:
        return _of_sample(area, section, figures)
    wholes = _wholes(area, section, figures)
    said = []
    told = {indicator.id for indicator, _ in wholes}
    for indicator, reading in section.entries:
        if area not in reading.areas or indicator.family:
            continue
        slack = wording.slack(policy, reading)
        # of a value with an interval its figure says whether it changed
        if indicator.id in told and not reading.bounded:
            said.append(_trend(area, reading, wording.subject(indicator), slack))
        found = [one for one in figures if one.figure.indicator == indicator.id]
        said += [panel.message for one in found for panel in one.drawing.panels
                 if panel.area == area and not panel.remark]  # fmt: skip
    return said


def _of_sample(area: str, section: Section, figures: Sequence[Shown]) -> list[str]:
    """How rates changed since the round before, what the figures say, and gaps; nothing of what is unreliable."""
    if not has_errors(area, section.readings):
        wholes = _wholes(area, section, figures)
        said = [_level(area, reading, wording.subject(indicator)) for indicator, reading in wholes
                if reading.cell(area, reading.periods(area)[-1]).status != UNRELIABLE]  # fmt: skip
        return [*said[: _SENTENCES_EACH - 1],
                "These are estimates from a sample whose errors are not known, so nothing is said here of changes or "
                "differences"]  # fmt: skip
    own = [shown for shown in figures if shown.figure.indicator in _ids(section)]
    told = {name for shown in own for name in (shown.figure.indicator, shown.figure.beside)}
    drawn = [panel.message for shown in own for panel in shown.drawing.panels
             if panel.area == area and panel.periods and not panel.remark and wording.TOO_LITTLE not in panel.message]
    gaps = [reading for indicator, reading in section.entries
            if isinstance(indicator.estimator, Gap) and indicator.id not in told and area in reading.areas]  # fmt: skip
    differ = [text for reading in gaps if (text := gap(area, reading))]
    wholes = [entry for entry in _wholes(area, section, figures) if not isinstance(entry[0].estimator, Gap)]
    # rates say how things are; numbers say it of a population that grows
    wholes.sort(key=lambda entry: not isinstance(entry[0].estimator, Rate))
    trends = [text for indicator, reading in wholes if (text := trend(area, reading))]
    return [*trends[:1], *drawn, *trends[1:_FACTS_EACH], *differ, *trends[_FACTS_EACH:]]


def _of_figures(area: str, indicator: Indicator, figures: Sequence[Shown], slack: float) -> list[str]:
    said = []
    for shown in (one for one in figures if one.figure.indicator == indicator.id):
        panel = next((panel for panel in shown.drawing.panels if panel.area == area), None)
        if panel is not None and not panel.remark:
            said.append(panel.message)
            said += _movers(panel, shown, slack)
    return said


def _level(area: str, reading: Reading, subject: str) -> str:
    """The latest whole, without a word on how it changed."""
    latest = reading.periods(area)[-1]
    cell, when = reading.cell(area, latest), wording.period(latest)
    if cell.value is None:
        return f"The number of {subject} in {when} is {'hidden' if cell.hidden else 'not known'}"
    return f"{subject} in {when}: {wording.cell_text(cell)}"


def _trend(area: str, reading: Reading, subject: str, slack: float) -> str:
    periods = reading.periods(area)
    cells = [reading.cell(area, period) for period in periods]
    first, last = wording.period(periods[0]), wording.period(periods[-1])
    start, end = cells[0].value, cells[-1].value
    if end is None or len(periods) < 2 or start is None:
        return _level(area, reading, subject)
    now, then = wording.value_text(cells[-1]), wording.value_text(cells[0])
    if reading.broken(area, periods):
        return f"{_level(area, reading, subject)}; not comparable with {first}, since the series has a break"
    if wording.near(start, end, slack):
        numbers = now if start == end else f"{now} and {then}"
        same = "about the same" if reading.is_rate else "about as many"
        text = f"{subject}: {same} in {last} as in {first} ({numbers})"
    else:
        verb = "rose" if end > start else "fell"
        text = f"{subject} {verb} from {then} in {first} to {now} in {last}"
    values = {period: cell for period, cell in zip(periods, cells, strict=True) if cell.value is not None}
    peak = max(cell.value or 0.0 for cell in values.values())
    at_peak = [period for period, cell in values.items() if peak - (cell.value or 0.0) <= slack]
    if peak > max(start, end) and not wording.near(peak, max(start, end), slack) and len(at_peak) == 1:
        highest = wording.value_text(values[at_peak[0]])
        text += f"; the highest number was {highest} in {wording.period(at_peak[0])}"
    return text


def _female_share(area: str, reading: Reading, subject: str) -> list[str]:
    latest = reading.periods(area)[-1]
    whole, part = reading.cell(area, latest), reading.cell(area, latest, {"sex": FEMALE})
    if not whole.value or part.value is None or part.value > whole.value:
        return []
    label = reading.label("sex", FEMALE).lower()
    counted = wording.plural(reading.unit_of_count)
    return [
        f"{subject} in {wording.period(latest)}, {label}: "
        f"{wording.share_of(part.value, whole.value, counted + ' counted')}"
    ]


def _movers(panel: Panel, shown: Shown, slack: float) -> list[str]:
    """The categories of a ranked figure that rose and fell most."""
    if shown.figure.form != "bars" or len(panel.periods) < 2 or panel.broken or shown.reading.is_rate:
        return []
    moves = {
        one.label: one.cells[-1].value - one.cells[0].value
        for one in panel.series
        if one.kind == "" and one.cells[-1].value is not None and one.cells[0].value is not None
    }
    parts = []
    for direction, word, words in ((1, "rise", "more"), (-1, "fall", "fewer")):
        best = max((direction * move for move in moves.values()), default=0.0)
        # a difference carries the rounding of both its numbers
        leading = [label for label, move in moves.items() if best - direction * move <= 2 * slack]
        if best > slack and len(leading) == 1:
            parts.append(f"the largest {word} was in {leading[0]} ({wording.number(best)} {words})")
    if not parts:
        return []
    return [f"Among those shown, between {wording.period(panel.periods[0])} and {wording.period(panel.periods[-1])}, "
            f"{wording.listing(parts)}"]  # fmt: skip


def _ranking(area: str, reading: Reading, concepts: Mapping[str, Concept], slack: float) -> list[str]:
    (dimension,) = reading.dimensions
    latest = reading.periods(area)[-1]
    largest = _largest(reading, area, dimension)
    if not largest:
        return []
    sizes = [reading.cell(area, latest, {dimension: code}).value or 0.0 for code in largest[:4]]
    named = [
        f"{reading.label(dimension, code)} ({wording.cell_text(reading.cell(area, latest, {dimension: code}))})"
        for code in largest[:3]
    ]
    plain = ("rates", "rate") if reading.is_rate else ("numbers", "number")
    numbers, verb = (plain[0], "were") if len(named) > 1 else (plain[1], "was")
    what = concepts[dimension].label.lower()
    clear = len(sizes) < 4 or sizes[2] - sizes[3] > slack
    among = "" if clear else "among "
    return [f"By {what}, {among}the largest {numbers} in {wording.period(latest)} {verb} {wording.listing(named)}"]
