"""Publish: tables, figures, database, report and manifest of a release, from protected tables only.

Here belongs everything that a reader sees and nothing that decides what may be seen (`protect`).
Whatever is said in words is made from the numbers at hand. Shapes that a recipient asks for are
`lm_stats.exchange`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.handover import Protected
from lm_stats.publish.manifest import seal
from lm_stats.spec import (
    SYNTHETIC_STATEMENT,
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
    from lm_stats.publish.reading import Reading

__all__ = ["publish", "seal"]

DRAFT = "draft"
DELIVERIES = "deliveries"


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
) -> None:
    """Write `tables/`, `figures/`, `lm_public.duckdb` and `report.html`.

    Args:
        release: The release.
        protected: Protected tables by id: one for each of its indicators, and `deliveries`.
        indicators: Indicators by id.
        figures: Figures by id.
        groupings: Groupings by id.
        codelists: Codelists by id.
        concepts: Concepts by id.
        countries: Countries by code.
        into: An empty folder.
        edition: Name of the edition; `draft` marks every page as a draft.

    Raises:
        Fault: If a table that the release needs is missing, or the folder is not empty.
    """
    from lm_stats.publish.database import write_database
    from lm_stats.publish.figures import write_figure
    from lm_stats.publish.manifest import DATABASE
    from lm_stats.publish.reading import Reading, has_synthetic, statement
    from lm_stats.publish.report import Shown, render_report
    from lm_stats.publish.tables import write_tables

    _check(release, protected, figures, into)
    for part in ("tables", "figures"):
        (into / part).mkdir(parents=True)
    drawn = {figures[name].indicator for name in release.figures}
    readings = {
        name: Reading(protected[name], indicators[name], concepts, codelists, countries)
        for name in dict.fromkeys((*release.indicators, *sorted(drawn)))
    }
    for name in release.indicators:
        write_tables(protected[name], indicators[name], concepts, into / "tables")

    shown = []
    for name in release.figures:
        figure = figures[name]
        grouping = groupings[figure.grouping] if figure.grouping else None
        reading = readings[figure.indicator]
        drawing, svg = write_figure(figure, reading, grouping, release.policy, into / "figures", draft=edition == DRAFT)
        shown.append(Shown(figure, drawing, svg, reading, grouping))

    used = [protected[name] for name in (*release.indicators, DELIVERIES)]
    synthetic = has_synthetic(used)
    own = [protected[name] for name in release.indicators]
    about = _about(release, edition, own, list(readings.values()), synthetic=synthetic)
    tables = [(indicators[name], protected[name]) for name in release.indicators]
    write_database(into / DATABASE, tables, codelists, concepts, about)
    page = render_report(
        release, edition, [(indicators[name], readings[name]) for name in release.indicators], shown,
        protected[DELIVERIES], codelists, concepts, countries, statement() if synthetic else "",
    )  # fmt: skip
    (into / "report.html").write_text(page, encoding="utf-8", newline="\n")


def _check(release: Release, protected: Mapping[str, Protected], figures: Mapping[str, Figure], into: Path) -> None:
    needed = dict.fromkeys((*release.indicators, *(figures[name].indicator for name in release.figures), DELIVERIES))
    problems = [
        Problem(f"release {release.id}", f"the protected table {name} is missing", "Run the step `protect` first.")
        for name in needed
        if name not in protected
    ]
    if into.exists() and any(into.iterdir()):
        problems.append(Problem(str(into), "the folder is not empty", "Publish into an empty folder."))
    if problems:
        raise Fault(problems)


def _about(
    release: Release, edition: str, tables: Sequence[Protected], readings: Sequence[Reading], *, synthetic: bool
) -> dict[str, str]:
    from lm_stats.publish import wording
    from lm_stats.publish.reading import sources_of

    origins = sources_of(readings)
    periods = sorted({period for reading in readings for period in reading.periods()})
    about = {
        "release": release.id,
        "title": release.title["en"],
        "edition": edition,
        "period": wording.span(periods),
        "data_class": "synthetic" if synthetic else "real",
        "treatment": " ".join(dict.fromkeys(table.treatment for table in tables)),
        "sources": "; ".join(dict.fromkeys(f"{origin.area}: {origin.source}" for origin in origins)),
        "vintage": max((origin.vintage for origin in origins), default=""),
        "contact": release.contact,
    }
    if synthetic:
        about["statement"] = SYNTHETIC_STATEMENT
    return about
