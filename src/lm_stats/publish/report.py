"""The report: one self-contained page, every sentence of it made from the numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.publish import wording
from lm_stats.publish.figures import Drawing, text_alternative
from lm_stats.publish.figures.drawing import Panel
from lm_stats.publish.reading import NORMAL, Cell, Reading, area_name, sources_of
from lm_stats.spec import Codelist, Concept, Country, Figure, Grouping, Indicator, Release

TEMPLATE = "report.html.jinja"
HIDDEN_SYMBOL = "[c]"
ABSENT_SYMBOL = "[x]"
FEMALE = "SEX_F"
_AT_A_GLANCE = 8
# a longer list is ranked; one that is longer still is cut, and the file holds the rest
_RANKED_FROM = 26
_ROWS = 40
_ROWS_KEPT = 30


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


def render_report(
    release: Release,
    edition: str,
    indicators: Sequence[tuple[Indicator, Reading]],
    figures: Sequence[Shown],
    deliveries: Protected,
    codelists: Mapping[str, Codelist],
    concepts: Mapping[str, Concept],
    countries: Mapping[str, Country],
    statement: str,
) -> str:
    """Write the page.

    Args:
        release: The release.
        edition: Name of the edition; `draft` for a draft.
        indicators: Its indicators with their tables, in order.
        figures: Its figures, in order.
        deliveries: The list of deliveries.
        codelists: Codelists by id.
        concepts: Concepts by id.
        countries: Countries by code.
        statement: What synthetic data say of themselves; empty where nothing is synthetic.

    Returns:
        HTML that needs no other file, no script and no network.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = wording.number
    template = environment.from_string(files(__package__).joinpath(TEMPLATE).read_text(encoding="utf-8"))
    readings = [reading for _, reading in indicators]
    areas = tuple(dict.fromkeys(area for reading in readings for area in reading.areas))
    origins = sources_of(readings)
    periods = sorted({period for reading in readings for period in reading.periods()})
    units = tuple(dict.fromkeys(reading.unit_of_count for reading in readings))
    slack = wording.slack(release.policy)
    page = template.render(
        title=release.title["en"],
        release=release,
        edition=edition,
        draft=edition == "draft",
        statement=statement,
        span=wording.span(periods),
        area_names=wording.listing([area_name(area, countries, codelists) for area in areas]),
        vintage=max((origin.vintage for origin in origins), default=""),
        areas=[
            {
                "code": area,
                "name": area_name(area, countries, codelists),
                "facts": at_a_glance(area, indicators, figures, codelists, slack),
                "messages": key_messages(area, indicators, figures, concepts, slack),
            }
            for area in areas
        ],
        figures=[_figure_entry(shown) for shown in figures],
        tables=[_table_entry(indicator, reading, concepts, codelists) for indicator, reading in indicators],
        units=[wording.plural(unit) for unit in units],
        certificates="certificate" in units,
        hiding=wording.begin(wording.hiding(release.policy)),
        base=release.policy.base,
        hidden_symbol=HIDDEN_SYMBOL,
        absent_symbol=ABSENT_SYMBOL,
        sources=[
            {"area": area_name(o.area, countries, codelists), "source": o.source, "vintage": o.vintage} for o in origins
        ],
        deliveries=_delivery_rows(deliveries, codelists, countries),
        account=_account(deliveries),
        treatments=_treatments(indicators),
        classifications=_classifications(readings, concepts),
        groupings=[shown.grouping.source for shown in figures if shown.grouping and shown.grouping.source],
        contact=release.contact,
    )
    return re.sub(r"\n{3,}", "\n\n", page).rstrip() + "\n"


# ---------------------------------------------------------------- numbers at a glance and key messages


def at_a_glance(
    area: str, indicators: Sequence[tuple[Indicator, Reading]], figures: Sequence[Shown],
    codelists: Mapping[str, Codelist], slack: float,
) -> list[Fact]:  # fmt: skip
    """The few numbers of an area that a reader should not miss, at most eight."""
    facts: list[Fact] = []
    told: set[str] = set()
    drawn = {shown.figure.indicator for shown in figures}
    statuses = codelists.get("obs_status")

    def tell(reading: Reading, label: str, codes: Mapping[str, str]) -> None:
        periods = reading.periods(area)
        now = reading.cell(area, periods[-1], codes)
        before = reading.cell(area, periods[-2], codes) if len(periods) > 1 else None
        change = "No earlier period to compare with"
        if before is not None:
            change = wording.change(now, before, periods[-2], slack)
        status = statuses.label(now.status) if statuses and now.status else now.status
        said = f"{label} in {wording.period(periods[-1])}"
        facts.append(Fact(wording.begin(wording.cell_text(now)), wording.begin(said), wording.begin(change), status))

    for indicator, reading in indicators:
        if area not in reading.areas:
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
    return facts[:_AT_A_GLANCE]


def _codes_to_tell(area: str, shown: Shown) -> list[tuple[str, str]]:
    dimension, reading = shown.figure.dimension, shown.reading
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
    area: str, indicators: Sequence[tuple[Indicator, Reading]], figures: Sequence[Shown],
    concepts: Mapping[str, Concept], slack: float,
) -> list[str]:  # fmt: skip
    """What the numbers of an area say, one sentence each."""
    said: list[str] = []
    told: set[str] = set()
    drawn = {shown.figure.indicator for shown in figures}
    for indicator, reading in indicators:
        if area not in reading.areas:
            continue
        subject = wording.subject(indicator)
        if subject not in told:
            told.add(subject)
            said.append(_trend(area, reading, subject, slack))
            if "sex" in reading.dimensions:
                said += _female_share(area, reading, subject)
        for shown in (one for one in figures if one.figure.indicator == indicator.id):
            panel = next((panel for panel in shown.drawing.panels if panel.area == area), None)
            if panel is not None:
                said.append(panel.message)
                said += _movers(panel, shown, slack)
        if indicator.id not in drawn and len(reading.dimensions) == 1:
            said += _ranking(area, reading, concepts, slack)
    return [f"{wording.begin(sentence)}." for sentence in dict.fromkeys(said)]


def _trend(area: str, reading: Reading, subject: str, slack: float) -> str:
    periods = reading.periods(area)
    cells = [reading.cell(area, period) for period in periods]
    first, last = wording.period(periods[0]), wording.period(periods[-1])
    start, end = cells[0].value, cells[-1].value
    if end is None:
        return f"The number of {subject} in {last} is {'hidden' if cells[-1].hidden else 'not known'}"
    if len(periods) < 2 or start is None:
        return f"{subject} in {last}: {wording.number(end)}"
    if wording.near(start, end, slack):
        numbers = wording.number(end) if start == end else f"{wording.number(end)} and {wording.number(start)}"
        text = f"{subject}: about as many in {last} as in {first} ({numbers})"
    else:
        verb = "rose" if end > start else "fell"
        text = f"{subject} {verb} from {wording.number(start)} in {first} to {wording.number(end)} in {last}"
    values = {period: cell.value for period, cell in zip(periods, cells, strict=True) if cell.value is not None}
    peak = max(values.values())
    at_peak = [wording.period(period) for period, value in values.items() if peak - value <= slack]
    if peak > max(start, end) and not wording.near(peak, max(start, end), slack) and len(at_peak) == 1:
        text += f"; the highest number was {wording.number(peak)} in {at_peak[0]}"
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
    if shown.figure.form != "bars" or len(panel.periods) < 2:
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
    numbers, verb = ("numbers", "were") if len(named) > 1 else ("number", "was")
    what = concepts[dimension].label.lower()
    clear = len(sizes) < 4 or sizes[2] - sizes[3] > slack
    among = "" if clear else "among "
    return [f"By {what}, {among}the largest {numbers} in {wording.period(latest)} {verb} {wording.listing(named)}"]


# ---------------------------------------------------------------- figures


def _figure_entry(shown: Shown) -> dict[str, Any]:
    from markupsafe import Markup

    return {
        "id": shown.figure.id,
        "message": shown.drawing.message,
        "title": shown.figure.title["en"],
        "indicator": shown.figure.indicator,
        "alternative": text_alternative(shown.drawing),
        "svg": Markup(inline(shown.svg, shown.figure.id)),
    }


def inline(svg: str, name: str) -> str:
    """An SVG as part of a page: no prolog, no fixed size, ids and styles that touch nothing else.

    Args:
        svg: The SVG as written to a file.
        name: What its ids begin with.
    """
    body = svg[svg.index("<svg") :].strip()
    body = re.sub(r'(<svg\b[^>]*?)\swidth="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg\b[^>]*?)\sheight="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}--\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{name}--\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", body)
    labelled = rf'id="{name}--svg" aria-labelledby="{name}--{name}-title {name}--{name}-desc"'
    body = re.sub(r'aria-labelledby="[^"]*"', labelled, body, count=1)
    return body.replace("*{", f"#{name}--svg *{{")


# ---------------------------------------------------------------- tables


def _table_entry(
    indicator: Indicator, reading: Reading, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist]
) -> dict[str, Any]:
    return {
        "id": indicator.id,
        "title": indicator.title["en"],
        "note": indicator.note,
        "why": indicator.why,
        "dataflow": indicator.dataflow,
        "unit": wording.plural(reading.unit_of_count),
        "stub": wording.begin(", ".join(concepts[d].label.lower() for d in reading.dimensions)),
        "areas": [_area_table(reading, area, concepts, codelists) for area in reading.areas],
    }


def _area_table(
    reading: Reading, area: str, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist]
) -> dict[str, Any]:
    periods = reading.periods(area)
    cells = [reading.cell(area, period, codes) for codes in _every_key(reading, area) for period in periods]
    statuses = {cell.status for cell in cells if cell.shown}
    uniform = len(statuses) == 1
    labels = codelists.get("obs_status")
    common = statuses.pop() if uniform else ""
    *outer, inner = reading.dimensions or ("",)
    groups = []
    dropped = cut = 0
    for codes in itertools.product(*(_totals_first(reading, area, dimension) for dimension in outer)):
        at = dict(zip(outer, codes, strict=True))
        rows: list[dict[str, Any]] = []
        codes_within = reading.codes(inner, area) if inner else ("",)
        for code in codes_within:
            line = [reading.cell(area, period, {**at, inner: code} if inner else at) for period in periods]
            total = not inner or reading.kind(inner, code) == "total"
            if not total and not any(cell.value or cell.hidden for cell in line):
                dropped += 1
                continue
            rows.append(
                {
                    "label": reading.label(inner, code) if inner else "Total",
                    "total": total,
                    "group": bool(inner) and reading.kind(inner, code) == "group",
                    "last": bool(inner) and reading.kind(inner, code) == "missing",
                    "depth": max(reading.depth(inner, code) - 1, 0) if inner else 0,
                    "size": line[-1].value or 0.0,
                    "cells": [_cell_entry(cell, uniform, labels) for cell in line],
                }
            )
        body = [row for row in rows if not row["total"]]
        if len(body) >= _RANKED_FROM:
            body.sort(key=lambda row: (row["last"], -row["size"]))
        if len(body) > _ROWS:
            cut += len(body) - _ROWS_KEPT
            body = body[:_ROWS_KEPT]
        heading = "; ".join(f"{concepts[d].label}: {reading.label(d, c).lower()}" for d, c in at.items())
        groups.append(
            {
                "heading": heading,
                "rows": body,
                "totals": [row for row in rows if row["total"]],
            }
        )
    return {
        "name": reading.area_name(area),
        "code": area,
        "periods": [wording.period(period) for period in periods],
        "groups": [group for group in groups if group["rows"] or group["totals"]],
        "grouped": bool(outer),
        "dropped": dropped,
        "cut": cut,
        "status": labels.label(common) if labels and uniform and common != NORMAL else "",
    }


def _every_key(reading: Reading, area: str) -> list[dict[str, str]]:
    names = reading.dimensions
    every = itertools.product(*(reading.codes(d, area) for d in names))
    return [dict(zip(names, codes, strict=True)) for codes in every]


def _totals_first(reading: Reading, area: str, dimension: str) -> list[str]:
    codes = reading.codes(dimension, area)
    return sorted(codes, key=lambda code: reading.kind(dimension, code) != "total")


def _cell_entry(cell: Cell, uniform: bool, labels: Codelist | None) -> dict[str, str]:
    if cell.value is None:
        symbol = HIDDEN_SYMBOL if cell.hidden else ABSENT_SYMBOL
        return {"text": "", "symbol": symbol, "means": "hidden" if cell.hidden else "no observation", "status": ""}
    status = "" if uniform or cell.status in ("", NORMAL) else cell.status
    means = labels.label(status) if labels and status else ""
    return {"text": wording.number(cell.value), "symbol": "", "means": means, "status": status}


# ---------------------------------------------------------------- deliveries, method


def _delivery_rows(
    deliveries: Protected, codelists: Mapping[str, Codelist], countries: Mapping[str, Country]
) -> list[dict[str, Any]]:
    agencies, statuses = codelists.get("agencies"), codelists.get("delivery_statuses")
    rows = deliveries.frame.sort_values(["ref_area", "agency", "received_at", "delivery_id"], kind="stable")
    return [
        {
            "area": area_name(row["ref_area"], countries, codelists),
            "agency": agencies.label(row["agency"]) if agencies else row["agency"],
            "kind": str(row["kind"]).replace("_", " "),
            "period": wording.listing([" to ".join(wording.period(p) for p in str(row["period"]).split("_"))]),
            "version": int(row["version"]),
            "received": str(row["received_at"])[:10],
            "status": statuses.label(row["delivery_status"]) if statuses else row["delivery_status"],
            "stands": row["delivery_status"] == "current",
            **{name: _count(row[name]) for name in ("rows_in", "accepted", "quarantined", "excluded")},
        }
        for row in rows.to_dict("records")
    ]


def _count(value: Any) -> str:
    return HIDDEN_SYMBOL if pd.isna(value) else wording.number(float(value))


def _account(deliveries: Protected) -> dict[str, Any]:
    """The sums of the account of rows; `adds_up` says whether no row is lost and none counted twice."""
    names = ("rows_in", "accepted", "quarantined", "excluded")
    sums = {name: int(deliveries.frame[name].fillna(0).sum()) for name in names}
    adds_up = sums["rows_in"] == sums["accepted"] + sums["quarantined"] + sums["excluded"]
    return {**{name: wording.number(value) for name, value in sums.items()}, "adds_up": adds_up}


def _treatments(indicators: Sequence[tuple[Indicator, Reading]]) -> list[dict[str, str]]:
    by_text: dict[str, list[str]] = {}
    for indicator, reading in indicators:
        by_text.setdefault(reading.treatment, []).append(indicator.title["en"])
    return [
        {"text": text, "titles": "" if len(by_text) == 1 else "; ".join(titles)} for text, titles in by_text.items()
    ]


def _classifications(readings: Sequence[Reading], concepts: Mapping[str, Concept]) -> list[dict[str, str]]:
    dimensions = dict.fromkeys(dimension for reading in readings for dimension in reading.dimensions)
    return [{"label": concepts[d].label, "definition": concepts[d].definition} for d in dimensions]
