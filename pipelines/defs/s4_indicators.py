"""Indicators: observations with value, error and number of records; not yet safe to show."""

from __future__ import annotations

from lm_stats.catalog import Catalog
from lm_stats.spec import Indicator
from pipelines.defs.s3_observatory import DELIVERIES, idle_without
from pipelines.nodes import Made, Making, Node, columns_named
from pipelines.root import Root
from pipelines.store import Rows

CODE = ("lm_stats.estimate", "lm_stats.spec", "lm_stats.compile", "lm_stats.handover", "pipelines.defs.s4_indicators")
FOLDER = "indicators"


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node an indicator."""
    return [_node(catalog, root, indicator) for indicator in catalog.indicators.values()]


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
    )
    write_parquet(observations.frame, making.work / f"{indicator.id}.parquet")
    cells = len(observations.frame)
    return Made(files=(f"{indicator.id}.parquet",), rows=Rows(cells, cells))
