"""The report: one self-contained page, every sentence of it made from the numbers."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.publish import wording
from lm_stats.publish.figures import text_alternative
from lm_stats.publish.front import NO_OTHERS, Others, Picture
from lm_stats.publish.glance import Shown, at_a_glance, key_messages
from lm_stats.publish.listed import Listed
from lm_stats.publish.plain import ABSENT_SYMBOL, HIDDEN_SYMBOL
from lm_stats.publish.reading import (
    BROKEN,
    ESTIMATED,
    NORMAL,
    UNRELIABLE,
    Cell,
    Origin,
    Reading,
    area_name,
    kind_name,
    sources_of,
)
from lm_stats.publish.subjects import Section, sections, spans
from lm_stats.publish.surveys import without_errors
from lm_stats.spec import Codelist, Concept, Country, Duration, Indicator, Rate, Release

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "report.html.jinja"
# the rows of a longer codelist are ranked, and many of them folded; the file holds those that are still more
_RANKED_FROM = 26
_ROWS_UNFOLDED = 20
_ROWS_KEPT = 15
_ROWS = 200
# a second breakdown stands in columns where there are no more than these
_COLUMNS = 10
# fewer where values have intervals; from so many on these stand under the values, not beside them
_COLUMNS_BOUNDED = 6
_STACKED = 4
# of longer series the page has the latest periods; the files have all
_PERIODS_UNFOLDED = 20
_PERIODS_KEPT = 8
_PERIODS_BOUNDED = 6
# groups of rows beyond the first are folded where they have more rows than these together
_GROUPED_ROWS = 40


@functools.cache
def _template() -> Template:
    """The template of the page; to compile it takes as long as to fill it."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = wording.number
    return environment.from_string(files(__package__).joinpath(TEMPLATE).read_text(encoding="utf-8"))


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
    missing: str = "",
    others: Others = NO_OTHERS,
    listed: Sequence[Listed] = (),
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
        missing: One sentence on what the release has and this edition has not; empty where nothing is missing.
        others: What is said of figures published by others, and of what was checked.
        listed: Tables of the release that the page only lists.

    Returns:
        HTML that needs no other file, no script and no network.
    """
    readings = [reading for _, reading in indicators]
    areas = tuple(dict.fromkeys(area for reading in readings for area in reading.areas))
    names = {area: area_name(area, countries, codelists) for area in areas}
    every_name = list(dict.fromkeys((*names.values(), *others.front.names)))
    origins = sources_of(readings)
    units = dict.fromkeys(reading.unit_of_count for reading in readings if not reading.is_rate)
    parts = _sections(sections(indicators), figures, concepts, codelists, names)
    chapters = _chapters(others, sum(len(p["figures"]) for p in parts), sum(len(p["tables"]) for p in parts))
    page = _template().render(
        title=release.title["en"],
        release=release,
        edition=edition,
        draft=edition == "draft",
        statement=statement,
        missing=missing,
        listed=listed,
        span=spans(indicators) or others.front.span,
        area_names=wording.listing(every_name),
        vintage=max((*(origin.vintage for origin in origins), others.front.vintage)),
        others=others.front,
        chapters=chapters,
        quality=others.quality,
        own=bool(readings),
        areas=[
            {
                "code": area,
                "name": names[area],
                "facts": at_a_glance(area, indicators, figures, codelists, release.policy),
                "messages": key_messages(area, indicators, figures, concepts, release.policy),
            }
            for area in areas
        ],
        sections=parts,
        units=[wording.plural(unit) for unit in units],
        sampled=[section["title"] for section in parts if section["sampled"]],
        errors=any(section["errors"] for section in parts),
        without_errors=without_errors(readings, names),
        counted=any(not reading.sampled for reading in readings),
        timed=any(isinstance(reading.indicator.estimator, Duration) for reading in readings),
        rates=any(isinstance(reading.indicator.estimator, Rate) for reading in readings),
        hiding=wording.begin(wording.hiding(release.policy)),
        base=release.policy.base,
        sample_hide_below=release.policy.sample_hide_below,
        sample_unreliable_below=release.policy.sample_unreliable_below,
        sample_cv_above=f"{100 * release.policy.sample_cv_above:g}",
        sample_width_above=f"{release.policy.sample_width_above:g}",
        hidden_symbol=HIDDEN_SYMBOL,
        absent_symbol=ABSENT_SYMBOL,
        sources=_origins(origins, names),
        deliveries=_delivery_rows(deliveries, codelists, countries),
        account=_account(deliveries),
        treatments=_treatments(indicators) or [{"text": text, "tables": ""} for text in others.treatments],
        classifications=_classifications(readings, concepts),
        groupings=list(dict.fromkeys(one.grouping.source for one in figures if one.grouping and one.grouping.source)),
        contact=release.contact,
    )
    return re.sub(r"\n{3,}", "\n\n", page).rstrip() + "\n"


def _origins(origins: Sequence[Origin], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Sources by area, those of one area and one text once, with the latest date of receipt."""
    latest: dict[tuple[str, str], str] = {}
    for origin in origins:
        key = (names.get(origin.area, origin.area), origin.source)
        latest[key] = max(latest.get(key, ""), origin.vintage)
    return [{"area": area, "source": source, "vintage": vintage} for (area, source), vintage in latest.items()]


# ---------------------------------------------------------------- sections


def _sections(
    every: Sequence[Section], figures: Sequence[Shown], concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist], names: Mapping[str, str],
) -> list[dict[str, Any]]:  # fmt: skip
    """The subjects of the report with their figures and tables, each numbered through the whole report."""
    parts: list[dict[str, Any]] = []
    figure_number = table_number = 0
    tables = {section.id for section in every}
    for section in every:
        ids = {indicator.id for indicator, _ in section.entries}
        own = [shown for shown in figures if shown.figure.indicator in ids]
        if section is every[0]:
            # a figure of an indicator that the release does not list stands with the first subject
            own += [shown for shown in figures if shown not in own and shown.reading.indicator.table not in tables]
        shown_here = [_figure_entry(shown, figure_number + i) for i, shown in enumerate(own, start=1)]
        entries = [
            _table_entry(indicator, reading, concepts, codelists, names, table_number + i)
            for i, (indicator, reading) in enumerate(section.entries, start=1)
        ]
        parts.append(
            {
                "id": section.id,
                "title": section.title,
                "period": wording.occasions(section.readings),
                "sources": _origins(sources_of(section.readings), names),
                "sampled": section.sampled,
                "sure": section.errors and not any(part["sure"] for part in parts),
                "errors": section.errors,
                "counted": _counted(section),
                "permits": section.id == next((one.id for one in every if _has_certificates(one)), ""),
                "figures": shown_here,
                "tables": entries,
                "numbers": ", ".join(
                    text
                    for text in (
                        _numbered("figure", figure_number, len(shown_here)),
                        _numbered("table", table_number, len(entries)),
                    )
                    if text
                ),
            }
        )
        figure_number += len(shown_here)
        table_number += len(entries)
    return parts


def _counted(section: Section) -> list[str]:
    """What the tables of a section count, or what is behind their rates and days."""
    return [wording.plural(unit) for unit in dict.fromkeys(one.counted.unit for one, _ in section.entries)]


def _has_certificates(section: Section) -> bool:
    return any(reading.unit_of_count == "certificate" for reading in section.readings)


def _chapters(others: Others, figure_number: int, table_number: int) -> list[dict[str, Any]]:
    """The chapters with their figures and tables, numbered on from those before."""
    parts = []
    for chapter in others.chapters:
        own = [picture for picture in others.pictures if picture.figure.id in chapter.figures]
        shown = [_figure_entry(picture, figure_number + i) for i, picture in enumerate(own, start=1)]
        tables = [replace(table, number=table_number + i) for i, table in enumerate(chapter.tables, start=1)]
        numbers = (_numbered("figure", figure_number, len(shown)), _numbered("table", table_number, len(tables)))
        parts.append(
            {
                "id": chapter.id,
                "title": chapter.title,
                "texts": chapter.texts,
                "closing": chapter.closing,
                "figures": shown,
                "tables": [table for table in tables if not table.fold],
                "unfolding": [table for table in tables if table.fold],
                "numbers": ", ".join(text for text in numbers if text),
            }
        )
        figure_number += len(shown)
        table_number += len(tables)
    return parts


def _numbered(what: str, before: int, count: int) -> str:
    if count < 2:
        return f"{what} {before + 1}" if count else ""
    return f"{what}s {before + 1} to {before + count}"


# ---------------------------------------------------------------- figures


def _figure_entry(shown: Shown | Picture, number: int) -> dict[str, Any]:
    from markupsafe import Markup

    figure = shown.drawing.figure
    return {
        "number": number,
        "id": figure.id,
        "message": shown.drawing.message,
        "title": figure.title["en"],
        "indicator": figure.indicator,
        "alternative": text_alternative(shown.drawing),
        "svg": Markup(inline(shown.svg, figure.id)),
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
    indicator: Indicator, reading: Reading, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist],
    names: Mapping[str, str], number: int,
) -> dict[str, Any]:  # fmt: skip
    covered = {names[area]: wording.occasions([reading], area) for area in reading.areas}
    same = len(set(covered.values())) == 1
    return {
        "number": number,
        "id": indicator.id,
        "title": indicator.title["en"],
        "covers": indicator.covers.get("en", ""),
        "note": indicator.note,
        "why": indicator.why,
        "dataflow": indicator.dataflow,
        "measure": wording.measure(reading) + ("; 95% interval in brackets" if reading.bounded else ""),
        "unit": reading.indicator.measured if reading.is_rate else wording.plural(reading.unit_of_count),
        "period": next(iter(covered.values())) if same else "; ".join(f"{a}: {p}" for a, p in covered.items()),
        "sources": _origins(sources_of([reading]), names),
        "treatment": reading.treatment,
        "stub": wording.begin(concepts[reading.dimensions[-1]].label.lower()) if reading.dimensions else "",
        "areas": [_area_table(reading, area, concepts, codelists) for area in reading.areas],
    }


def _area_table(
    reading: Reading, area: str, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist]
) -> dict[str, Any]:
    known = reading.periods(area)
    periods = known[-_PERIODS_KEPT:] if len(known) > _PERIODS_UNFOLDED else known
    # intervals take room
    periods = periods[-_PERIODS_BOUNDED:] if reading.bounded else periods
    labels = codelists.get("obs_status")
    *outer, inner = reading.dimensions or ("",)
    combinations = [
        dict(zip(outer, codes, strict=True))
        for codes in itertools.product(*(_totals_first(reading, area, dimension) for dimension in outer))
    ]
    inner_codes = reading.codes(inner, area) if inner else ("",)

    def line(code: str, columns: Sequence[tuple[Mapping[str, str], str]]) -> list[Cell]:
        return [reading.cell(area, period, {**at, inner: code} if inner else at) for at, period in columns]

    statuses = {
        cell.status for code in inner_codes for at in combinations for cell in line(code, [(at, p) for p in periods])
        if cell.shown
    }  # fmt: skip
    uniform = len(statuses) == 1
    # of a sample every value is an estimate: what is not as sure as the others is marked
    common = statuses.pop() if uniform else ESTIMATED if reading.sampled and ESTIMATED in statuses else ""
    filled = [
        at for number, at in enumerate(combinations)
        if number == 0 or any(
            _says(reading, c) or c.gap for code in inner_codes for c in line(code, [(at, p) for p in periods])
        )
    ]  # fmt: skip
    wide = bool(outer) and len(filled) * len(periods) <= (_COLUMNS_BOUNDED if reading.bounded else _COLUMNS)
    named = {
        id(at): wording.begin(", ".join(reading.label(d, c).lower() for d, c in at.items())) for at in combinations
    }
    blocks: list[tuple[str, list[tuple[Mapping[str, str], str]]]] = (
        [("", [(at, period) for period in periods for at in filled])] if wide else
        [("; ".join(f"{concepts[d].label}: {reading.label(d, c).lower()}" for d, c in at.items()),
          [(at, period) for period in periods]) for at in combinations]
    )  # fmt: skip
    groups: list[dict[str, Any]] = []
    dropped = cut = 0
    for heading, columns in blocks:
        rows: list[dict[str, Any]] = []
        for code in inner_codes:
            cells = line(code, columns)
            total = not inner or reading.kind(inner, code) == "total"
            if not total and not any(_says(reading, cell) or cell.hidden for cell in cells):
                dropped += 1
                continue
            rows.append(
                {
                    "label": reading.label(inner, code) if inner else "Total",
                    "total": total,
                    "group": bool(inner) and reading.kind(inner, code) == "group",
                    "last": bool(inner) and reading.kind(inner, code) == "missing",
                    "depth": max(reading.depth(inner, code) - 1, 0) if inner else 0,
                    # in columns, the first one of the latest period is the sum of the others
                    "size": cells[-len(filled) if wide else -1].value or 0.0,
                    "cells": [_cell_entry(cell, common, labels) for cell in cells],
                }
            )
        body = [row for row in rows if not row["total"]]
        folded: list[dict[str, Any]] = []
        if inner and len(reading.leaves(inner)) > _RANKED_FROM:
            ranked = sorted((row for row in body if not row["last"]), key=lambda row: -row["size"])
            kept = _ROWS_KEPT if len(ranked) > _ROWS_UNFOLDED else len(ranked)
            folded = ranked[kept:_ROWS]
            cut += len(ranked[max(kept, _ROWS) :])
            body = [*ranked[:kept], *(row for row in body if row["last"])]
        groups.append(
            {"heading": heading, "rows": body, "folded": folded, "totals": [row for row in rows if row["total"]]}
        )
    shown = [group for group in groups if group["rows"] or group["totals"]]
    more = [{**group, "rows": group["folded"], "totals": []} for group in shown if group["folded"]]
    if sum(len(group["rows"]) for group in shown) > _GROUPED_ROWS:
        more = [*more[: bool(shown[0]["folded"])], *({**g, "rows": g["rows"] + g["folded"]} for g in shown[1:])]
        shown = shown[:1]
    return {
        "name": reading.area_name(area),
        "code": area,
        "periods": [wording.short_period(period) for period in periods],
        "columns": [named[id(at)] for at, _ in blocks[0][1]] if wide else [],
        "span": len(filled),
        "width": len(blocks[0][1]) + 1,
        "groups": shown,
        "more": more,
        "grouped": bool(outer) and not wide,
        "folded": sum(len(group["rows"] + group["totals"]) for group in more),
        "dropped": dropped,
        "cut": cut,
        "earlier": f"{wording.span(known[: -len(periods)])}" if len(periods) < len(known) else "",
        "status": _common(labels, common, uniform),
        "stacked": reading.bounded and len(blocks[0][1]) > _STACKED,
        "unsure": reading.errors and wording.listing(
            [wording.period(one) for one in reading.without_errors(area) if one in periods]
        ),
        "breaks": _breaks(reading, area, periods, common in ("", BROKEN) and BROKEN in _statuses(reading, area)),
    }


def _says(reading: Reading, cell: Cell) -> bool:
    """Whether a cell has something to say: of a count, a number that is not 0; of a gap or rate of a sample, any."""
    return bool(cell.value) or (cell.shown and reading.errors and reading.is_rate)


def _common(labels: Codelist | None, status: str, uniform: bool) -> str:
    """What holds of all values of a table, or of those that have no mark."""
    if labels is None or status in ("", NORMAL):
        return ""
    return _in_the_plural(labels.label(status)) + ("" if uniform else " unless marked")


def _in_the_plural(status: str) -> str:
    text = status.lower()
    return f"{text}s" if text.endswith("value") else text


def _statuses(reading: Reading, area: str) -> set[str]:
    return {cell.status for cell in reading.cells(area) if cell.shown}


def _breaks(reading: Reading, area: str, periods: Sequence[str], marked: bool) -> list[str]:
    """What parts the series of a table, in words."""
    said = []
    for one in reading.breaks_within(area, periods):
        present = {code for dimension in reading.dimensions for code in reading.parts(dimension, area)}
        touched = [code for code in one.codes if code in present]
        own = reading.parts(one.concept, area) if one.concept in reading.dimensions else ()
        every = not touched or set(touched) >= {code for code in own if reading.kind(one.concept, code) == ""}
        labels = [] if every else [reading.label(one.concept, code) for code in touched if code in own]
        said.append(wording.break_text(one, labels))
    if marked and not said:
        said.append("B: a break in the series; values before it are not comparable with those since.")
    return said


def _totals_first(reading: Reading, area: str, dimension: str) -> list[str]:
    codes = reading.codes(dimension, area)
    return sorted(codes, key=lambda code: reading.kind(dimension, code) != "total")


def _cell_entry(cell: Cell, common: str, labels: Codelist | None) -> dict[str, str]:
    if cell.value is None:
        symbol = HIDDEN_SYMBOL if cell.hidden else ABSENT_SYMBOL
        means = "hidden" if cell.hidden else "not known yet" if cell.unknown else "no observation"
        return {"text": "", "bounds": "", "symbol": symbol, "means": means, "status": ""}
    # what is unreliable is marked in each cell, for readers who see only that one
    status = "" if cell.status in ("", NORMAL) or (cell.status == common != UNRELIABLE) else cell.status
    means = labels.label(status) if labels and status else ""
    bounds = wording.within(cell)
    return {"text": wording.value_text(cell), "bounds": f"({bounds})" if bounds else "", "symbol": "", "means": means,
            "status": status}  # fmt: skip


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
            "kind": kind_name(row["kind"]),
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
    """What was done for protection, and to which tables by number where it was not the same to all."""
    order = sections(indicators)
    numbers: dict[str, list[int]] = {}
    for number, reading in enumerate((reading for section in order for reading in section.readings), start=1):
        numbers.setdefault(reading.treatment, []).append(number)
    return [{"text": text, "tables": "" if len(numbers) == 1 else _ranges(found)} for text, found in numbers.items()]


def _ranges(numbers: Sequence[int]) -> str:
    """`Tables 1 to 5, 7 and 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else wording.listing(list(map(str, run))) for run in runs]
    return f"Table{'s' if len(numbers) > 1 else ''} {wording.listing(parts)}"


def _classifications(readings: Sequence[Reading], concepts: Mapping[str, Concept]) -> list[dict[str, str]]:
    dimensions = dict.fromkeys(dimension for reading in readings for dimension in reading.dimensions)
    return [{"label": concepts[d].label, "definition": concepts[d].definition} for d in dimensions]
