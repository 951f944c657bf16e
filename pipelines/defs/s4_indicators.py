"""Indicators: observations with value, error and number of records; what looks wrong; how good the tables are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lm_stats.catalog import Catalog
from lm_stats.spec import Indicator, Problem, SurveyDesign
from pipelines import link_quality, store
from pipelines.defs.s1_staged import known_deliveries
from pipelines.defs.s3_observatory import DELIVERIES, idle_without, subject_tables
from pipelines.expected import list_deadlines
from pipelines.nodes import Made, Making, Node, columns_named
from pipelines.root import Root
from pipelines.store import Rows

CODE = (
    "lm_stats.estimate",
    "lm_stats.distributions",
    "lm_stats.units",
    "lm_stats.spec",
    "lm_stats.compile",
    "lm_stats.handover",
    "pipelines.defs.s4_indicators",
)
# what measures the links, beside
_LINKS = ("lm_stats.curate.permits", "lm_stats.linkage_review", "lm_stats.shares", "pipelines.link_quality")
FOLDER = "indicators"
PLAUSIBILITY = "indicators/plausibility"
QUALITY = "indicators/quality"
_CELLS_NAMED = 5


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node an indicator, one for the families of a table, one for findings, one for quality."""
    every = catalog.indicators.values()
    indicators = [_node(catalog, root, indicator) for indicator in every if not indicator.family]
    families = [_families(catalog, root, members) for members in by_node(every).values() if members[0].family]
    return [*indicators, *families, _plausibility(catalog, root), _quality(catalog, root)]


def node_of(indicator: Indicator) -> str:
    """Name of the node that makes an indicator: all families of a table have one, since each costs time."""
    return f"families_{indicator.table}" if indicator.family else indicator.id


def by_node(indicators: Iterable[Indicator]) -> dict[str, list[Indicator]]:
    """Indicators by the name of the node that makes them."""
    found: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        found.setdefault(node_of(indicator), []).append(indicator)
    return found


def _node(catalog: Catalog, root: Root, indicator: Indicator) -> Node:
    shape = catalog.tables["observations"]
    names = (*shape.key, *indicator.dimensions, *shape.measures, *shape.attributes)
    return Node(
        key=f"indicators/{indicator.id}",
        parents=(*(f"observatory/{name}" for name in indicator.tables), DELIVERIES),
        folder=FOLDER,
        name=indicator.id,
        declarations=(
            indicator,
            catalog.breaks(*indicator.tables),
            _designs(catalog, indicator),
            *catalog.concepts.values(),
            *catalog.codelists.values(),
        ),
        code=CODE,
        make=lambda making: _estimate(catalog, root, indicator, making),
        description=f"{indicator.title['en']} ({indicator.why}). {indicator.note}",
        columns=columns_named(names, catalog.concepts),
        idle=idle_without(catalog, indicator),
    )


def _estimate(catalog: Catalog, root: Root, indicator: Indicator, making: Making) -> Made:
    from lm_stats.estimate import estimate
    from lm_stats.handover import write_parquet

    observatory = root.curated / "observatory"
    tables = {
        name: observatory / f"{name}.parquet"
        for name in indicator.tables
        if (record := making.parents.get(f"observatory/{name}")) and record.files
    }
    if not tables or (indicator.needs_all and len(tables) < len(indicator.tables)):
        return Made()
    observations = estimate(
        indicator,
        catalog.concepts,
        catalog.codelists,
        tables,
        observatory / "deliveries.parquet",
        catalog.breaks(*indicator.tables),
        designs=_designs(catalog, indicator),
    )
    write_parquet(observations.frame, making.work / f"{indicator.id}.parquet")
    cells = len(observations.frame)
    return Made(files=(f"{indicator.id}.parquet",), rows=Rows(cells, cells), warnings=observations.warnings)


def _families(catalog: Catalog, root: Root, members: list[Indicator]) -> Node:
    shape, name = catalog.tables["observations"], node_of(members[0])
    tables = dict.fromkeys(table for indicator in members for table in indicator.tables)
    names = (*shape.key, *(d for one in members for d in one.dimensions), *shape.measures, *shape.attributes)
    return Node(
        key=f"{FOLDER}/{name}",
        parents=(*(f"observatory/{table}" for table in tables), DELIVERIES),
        folder=FOLDER,
        name=name,
        declarations=(
            *members,
            catalog.breaks(*tables),
            *catalog.concepts.values(),
            *catalog.codelists.values(),
        ),
        code=CODE,
        make=lambda making: _estimate_each(catalog, root, members, making),
        description=f"{len(members)} tables for dataflows of the ILO, a file for each.",
        columns=columns_named(dict.fromkeys(names), catalog.concepts),
        idle=idle_without(catalog, members[0]),
    )


def _estimate_each(catalog: Catalog, root: Root, members: list[Indicator], making: Making) -> Made:
    each = [_estimate(catalog, root, indicator, making) for indicator in members]
    # what is said of an area and round holds for all that is made from them
    home = f"{FOLDER}/{node_of(members[0])}"
    named = (replace(problem, where=_elsewhere(problem.where, home)) for made in each for problem in made.warnings)
    return Made(
        files=tuple(name for made in each for name in made.files),
        rows=sum((made.rows for made in each), Rows()),
        warnings=tuple(dict.fromkeys(named)),
    )


def _elsewhere(where: str, home: str) -> str:
    """A place with another asset in it: `indicators/a, XAA, 2019` is `home, XAA, 2019`."""
    _, comma, rest = where.partition(", ")
    return f"{home}{comma}{rest}"


def _designs(catalog: Catalog, indicator: Indicator) -> dict[str, SurveyDesign]:
    """How the records of an indicator's tables were drawn, of those that are samples."""
    return {name: design for name in indicator.tables if (design := catalog.tables[name].design)}


def _own(catalog: Catalog) -> list[str]:
    """Ids of the indicators that are made from our own records, which rules look at.

    Families are left out: they say of the same records again what others say, in more detail than any rule needs.
    """
    return [name for name, one in catalog.indicators.items() if not one.is_published and not one.family]


def _made(making: Making, keys: list[str], home: Path) -> dict[str, Path]:
    """Files of those parents that were made, by their names."""
    made = (key for key in keys if (record := making.parents.get(key)) and record.files)
    return {key.rpartition("/")[2]: home / f"{key.rpartition('/')[2]}.parquet" for key in made}


def _plausibility(catalog: Catalog, root: Root) -> Node:
    tables = [f"observatory/{name}" for name in dict.fromkeys(view.table for view in catalog.examined.values())]
    own = [f"{FOLDER}/{name}" for name in _own(catalog)]
    return Node(
        key=PLAUSIBILITY,
        parents=(*tables, *own),
        folder=FOLDER,
        name="plausibility",
        declarations=(
            *catalog.plausibility.values(),
            *catalog.examined.values(),
            *(catalog.indicators[name] for name in _own(catalog)),
            *catalog.codelists.values(),
        ),
        code=CODE,
        make=lambda making: _examine(catalog, root, tables, own, making),
        description="What looks wrong, in tables of others and in ours: cell, rule, evidence, severity, and what "
        "people decided about it. A finding changes no value.",
        inputs=lambda: [(path.parent.parent.name, store.checksum(path)) for path in root.decisions("plausibility")],
        checks={name: f"{rule.title}. {rule.why}" for name, rule in catalog.plausibility.items()},
        idle=lambda delivered: not delivered,
    )


def _examine(catalog: Catalog, root: Root, tables: list[str], own: list[str], making: Making) -> Made:
    from lm_stats.estimate.plausibility import examine, see_indicators
    from lm_stats.handover import write_parquet

    seen = {name: catalog.indicators[name] for name in _own(catalog)}
    views = {**catalog.examined, **see_indicators(seen, catalog.concepts)}
    found = examine(
        catalog.plausibility,
        views,
        catalog.codelists,
        _made(making, tables, root.curated / "observatory"),
        _made(making, own, making.folder),
        root.decisions("plausibility"),
    )
    write_parquet(found, making.work / "plausibility.parquet")
    told: dict[str, dict[str, object]] = {}
    for rule, rows in found.groupby("rule", sort=True):
        first = [f"{row.table}: {row.cell}" for row in rows.head(_CELLS_NAMED).itertuples()]
        told[str(rule)] = {"error": bool((rows["severity"] == "error").any()), "findings": len(rows), "cells": first}
    return Made(
        files=("plausibility.parquet",),
        rows=Rows(len(found), len(found)),
        warnings=tuple(_summed_up(found["severity"].tolist(), found["verdict"].tolist())),
        detail={"findings": told},
    )


def _summed_up(severities: list[str], verdicts: list[str]) -> Iterator[Problem]:
    open_ones = [severity for severity, verdict in zip(severities, verdicts, strict=True) if not verdict]
    if open_ones:
        errors = open_ones.count("error")
        yield Problem(
            PLAUSIBILITY,
            f"{len(open_ones)} findings are not decided on: {errors} that cannot be true, {len(open_ones) - errors} "
            "that are hard to believe",
            "Read them in the report (ours in curated/indicators/plausibility.parquet), and decide in "
            "raw/<iso3>/decisions/plausibility.csv (see docs/plausibility.md).",
        )


def _quality(catalog: Catalog, root: Root) -> Node:
    tables = [f"observatory/{table.id}" for table in subject_tables(catalog)]
    linked = [f"observatory/{name}" for name in link_quality.PARENTS[1:]] if catalog.linkage else []
    return Node(
        key=QUALITY,
        parents=(DELIVERIES, *tables, *linked, PLAUSIBILITY),
        folder=FOLDER,
        name="quality",
        declarations=(
            *catalog.plausibility.values(),
            *catalog.examined.values(),
            *catalog.kinds.values(),
            *catalog.tables.values(),
            *catalog.concepts.values(),
            *catalog.codelists.values(),
            *catalog.sources.values(),
        ),
        code=(*CODE, *_LINKS, "pipelines.expected"),
        make=lambda making: _assess(catalog, root, tables, linked, making),
        description="How complete, timely, accurate and coherent each delivery and table is, with the evidence; and "
        "how good the links between permits and persons are.",
        inputs=lambda: link_quality.seal_of(root),
        idle=lambda delivered: not delivered,
    )


def _assess(catalog: Catalog, root: Root, tables: list[str], linked: list[str], making: Making) -> Made:
    import pandas as pd

    from lm_stats.estimate.quality import assess
    from lm_stats.handover import write_parquet

    observatory = root.curated / "observatory"
    received = [one for source in catalog.sources.values() for one in known_deliveries(root, source)]
    due = [(name, last.isoformat()) for name, last in list_deadlines(catalog, received)]
    found = assess(
        catalog.plausibility,
        catalog.examined,
        catalog.kinds,
        catalog.tables,
        catalog.concepts,
        catalog.codelists,
        _made(making, tables, observatory),
        pd.read_parquet(observatory / "deliveries.parquet"),
        pd.DataFrame(due, columns=["delivery_id", "deadline"]),
        pd.read_parquet(making.folder / "plausibility.parquet"),
        link_quality.measure_links(root, observatory) if linked and _made(making, linked[-1:], observatory) else (),
    )
    write_parquet(found, making.work / "quality.parquet")
    return Made(files=("quality.parquet",), rows=Rows(len(found), len(found)))
