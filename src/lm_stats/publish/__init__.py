"""Publish: tables, figures, database, report and manifest of a release, from protected tables only.

Here belongs everything that a reader sees and nothing that decides what may be seen (`protect`).
Whatever is said in words is made from the numbers at hand. Shapes that a recipient asks for are
`lm_stats.exchange`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from lm_stats.handover import Protected
from lm_stats.publish.manifest import seal
from lm_stats.spec import (
    SYNTHETIC_STATEMENT,
    Boundaries,
    Break,
    Codelist,
    Concept,
    Country,
    Fault,
    Figure,
    Grouping,
    Indicator,
    Problem,
    Release,
)

if TYPE_CHECKING:
    from lm_stats.publish.front import Others, Picture
    from lm_stats.publish.others import Told
    from lm_stats.publish.reading import Reading

__all__ = ["publish", "seal"]

DRAFT = "draft"
DELIVERIES = "deliveries"
_NO_BOUNDARIES: Mapping[str, Boundaries] = MappingProxyType({})
_NO_BREAKS: Mapping[str, Mapping[str, Sequence[Break]]] = MappingProxyType({})


def publish(
    release: Release,
    protected: Mapping[str, Protected],
    indicators: Mapping[str, Indicator],
    figures: Mapping[str, Figure],
    groupings: Mapping[str, Grouping],
    codelists: Mapping[str, Codelist],
    concepts: Mapping[str, Concept],
    countries: Mapping[str, Country],
    into: Path,
    *,
    edition: str = DRAFT,
    boundaries: Mapping[str, Boundaries] = _NO_BOUNDARIES,
    breaks: Mapping[str, Mapping[str, Sequence[Break]]] = _NO_BREAKS,
) -> None:
    """Write `tables/`, `figures/`, `lm_public.duckdb` and `report.html`.

    Args:
        release: The release.
        protected: Protected tables by id: `deliveries`, and one for each indicator of the release for which
            anything has been delivered. An indicator without one is left out with its figures, and the report
            says so. Besides, where they are there, `plausibility` (findings) and `quality`.
        indicators: Indicators by id.
        figures: Figures by id.
        groupings: Groupings by id.
        codelists: Codelists by id.
        concepts: Concepts by id.
        countries: Countries by code.
        into: An empty folder.
        edition: Name of the edition; `draft` marks every page as a draft.
        boundaries: Boundaries of districts by code of the country; maps are bars alone where there are none.
        breaks: Declared breaks by id of the observatory table, then by code of the country.

    Raises:
        Fault: If there is no table of the release at all or no list of deliveries, or the folder is not empty.
    """
    from lm_stats.publish.database import write_database
    from lm_stats.publish.figures import write_figure
    from lm_stats.publish.front import others
    from lm_stats.publish.glance import Shown
    from lm_stats.publish.listed import list_tables
    from lm_stats.publish.manifest import DATABASE
    from lm_stats.publish.others import Told
    from lm_stats.publish.reading import Reading, has_synthetic, statement
    from lm_stats.publish.report import render_report
    from lm_stats.publish.subjects import left_out
    from lm_stats.publish.tables import CHECKS, write_checks, write_tables, write_together

    _check(release, protected, into)
    for part in ("tables", "figures"):
        (into / part).mkdir(parents=True)
    own = [name for name in release.indicators if name in protected]
    told = {
        name: Told(protected[name], indicators[name], concepts, codelists, countries)
        for name in own
        if indicators[name].is_published
    }
    counted = [name for name in own if name not in told and not indicators[name].family]
    drawn = [
        figures[name]
        for name in release.figures
        if all(needed in protected for needed in _indicators_of(figures[name]))
        and not indicators[figures[name].indicator].is_published
    ]
    readings = {
        name: Reading(
            protected[name], indicators[name], concepts, codelists, countries, _touching(indicators[name], breaks)
        )
        for name in dict.fromkeys((*counted, *sorted({name for figure in drawn for name in _indicators_of(figure)})))
    }
    frames = {
        name: write_tables(protected[name], indicators[name], concepts, into / "tables")
        for name in own
        if not indicators[name].family
    }
    families = [(indicators[name], protected[name]) for name in own if indicators[name].family]
    frames |= write_together(families, concepts, into / "tables")
    checks = {name: protected[name] for name in CHECKS if name in protected}
    for check in checks.values():
        write_checks(check, into / "tables")

    shown = []
    for figure in drawn:
        grouping = groupings[figure.grouping] if figure.grouping else None
        reading = readings[figure.indicator]
        drawing, svg = write_figure(
            figure, reading, grouping, release.policy, into / "figures", draft=edition == DRAFT, boundaries=boundaries,
            beside=readings.get(figure.beside),
        )  # fmt: skip
        shown.append(Shown(figure, drawing, svg, reading, grouping))

    declared = [figures[name] for name in release.figures if figures[name].indicator in told]
    pictures = _draw_published(declared, told, countries, into / "figures", draft=edition == DRAFT)
    said = others(told, pictures, checks, countries)

    synthetic = has_synthetic([protected[name] for name in (*own, DELIVERIES)])
    entries = [(indicators[name], readings[name]) for name in counted]
    about = _about(release, edition, [protected[name] for name in own], entries, said, synthetic=synthetic)
    tables = [(indicators[name], protected[name]) for name in own]
    write_database(into / DATABASE, tables, codelists, concepts, about, list(checks.values()), frames)
    there = {indicators[name].table for name in own}
    absent = [indicators[name] for name in release.indicators if name not in protected]
    missing = left_out([indicator for indicator in absent if not indicator.family], there)
    page = render_report(
        release, edition, entries, shown, protected[DELIVERIES], codelists, concepts, countries,
        statement() if synthetic else "", missing, said,
        list_tables(families),
    )  # fmt: skip
    (into / "report.html").write_text(page, encoding="utf-8", newline="\n")


def _indicators_of(figure: Figure) -> tuple[str, ...]:
    return (figure.indicator, figure.beside) if figure.beside else (figure.indicator,)


def _draw_published(
    figures: Sequence[Figure], told: Mapping[str, Told], countries: Mapping[str, Country], into: Path, *, draft: bool
) -> list[Picture]:
    """Write the figures of what others published: one for each declared corridor, one for each series of editions."""
    from lm_stats.publish.figures import write_drawing
    from lm_stats.publish.figures.editions import compose_editions
    from lm_stats.publish.figures.sources import compose_sources
    from lm_stats.publish.front import Picture
    from lm_stats.publish.others import corridors

    made = []
    for figure in figures:
        table = told[figure.indicator]
        if figure.form == "sources":
            composed = [compose_sources(figure, table, *pair, draft=draft) for pair in corridors(countries)]
        else:
            composed = [compose_editions(figure, table, countries, draft=draft)]
        for drawing, rows in (found for found in composed if found is not None):
            made.append(Picture(figure, drawing, write_drawing(drawing, rows, into)))
    return made


def _touching(
    indicator: Indicator, breaks: Mapping[str, Mapping[str, Sequence[Break]]]
) -> Mapping[str, Sequence[Break]]:
    """Breaks by area of all tables that an indicator is made from."""
    found: dict[str, tuple[Break, ...]] = {}
    for table in indicator.tables:
        for area, declared in breaks.get(table, {}).items():
            found[area] = tuple(dict.fromkeys((*found.get(area, ()), *declared)))
    return found


def _check(release: Release, protected: Mapping[str, Protected], into: Path) -> None:
    where = f"release {release.id}"
    remedy = "Mend the deliveries that failed (they are named too), or receive others; then run again."
    problems = []
    if not any(name in protected for name in release.indicators):
        problems.append(Problem(where, "no table of the release is there", remedy))
    if DELIVERIES not in protected:
        problems.append(Problem(where, f"the protected table {DELIVERIES} is missing", remedy))
    if into.exists() and any(into.iterdir()):
        problems.append(Problem(str(into), "the folder is not empty", "Publish into an empty folder."))
    if problems:
        raise Fault(problems)


def _about(
    release: Release,
    edition: str,
    tables: Sequence[Protected],
    entries: Sequence[tuple[Indicator, Reading]],
    said: Others,
    *,
    synthetic: bool,
) -> dict[str, str]:
    from lm_stats.publish.reading import sources_of
    from lm_stats.publish.subjects import spans

    origins = sources_of([reading for _, reading in entries])
    about = {
        "release": release.id,
        "title": release.title["en"],
        "edition": edition,
        "period": spans(entries) or said.front.span,
        "data_class": "synthetic" if synthetic else "real",
        "treatment": " ".join(dict.fromkeys(table.treatment for table in tables)),
        "sources": "; ".join(
            dict.fromkeys((*(f"{origin.area}: {origin.source}" for origin in origins), *said.front.sources))
        ),
        "vintage": max((*(origin.vintage for origin in origins), said.front.vintage)),
        "contact": release.contact,
    }
    if synthetic:
        about["statement"] = SYNTHETIC_STATEMENT
    return about
