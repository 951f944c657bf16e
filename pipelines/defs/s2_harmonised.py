"""Harmonised: common codes, units and periods; every row accepted, quarantined or excluded."""

from __future__ import annotations

import dataclasses

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Source
from pipelines.defs.s1_staged import good_deliveries, known_deliveries
from pipelines.nodes import Made, Making, Node, columns_of
from pipelines.root import Root
from pipelines.standing import Standing, find_standing
from pipelines.store import Record, Rows

CODE = (
    "lm_stats.harmonise", "lm_stats.spec", "lm_stats.compile", "lm_stats.handover", "pipelines.defs.s2_harmonised",
    "pipelines.standing",
)


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node a source."""
    return [_node(catalog, root, source) for source in catalog.sources.values()]


def _node(catalog: Catalog, root: Root, source: Source) -> Node:
    kind = catalog.kinds[source.kind]
    table = catalog.tables[kind.table]
    return Node(
        key=f"harmonised/{source.path}",
        parents=(f"staged/{source.path}",),
        folder=f"harmonised/{source.path}",
        name=table.id,
        declarations=(source, kind, table, *catalog.concepts.values(), *catalog.codelists.values()),
        code=CODE,
        make=lambda making: _harmonise_source(catalog, root, source, making),
        description=f"{source.title or source.path}: the rows of the deliveries that stand, coded and valid. "
        f"{table.description}",
        columns=columns_of(table, catalog.concepts),
        checks={
            "rows_accounted": "Every row is accepted, quarantined or excluded with a reason.",
            "nothing_quarantined": "No row had to be held back.",
        },
    )


def standing_of(root: Root, source: Source) -> tuple[Standing, dict[str, Record]]:
    """Which deliveries of a source stand, and the records of their staged files."""
    deliveries = known_deliveries(root, source)
    good = good_deliveries(root.curated / "staged" / source.path, deliveries)
    return find_standing(deliveries, source.replaces, good), good


def _harmonise_source(catalog: Catalog, root: Root, source: Source, making: Making) -> Made:
    standing, records = standing_of(root, source)
    if not standing.deliveries:
        return Made()
    import pandas as pd

    from lm_stats.compile import arrow
    from lm_stats.compile.coder import coders_for
    from lm_stats.handover import write_parquet
    from lm_stats.harmonise import harmonise

    kind = catalog.kinds[source.kind]
    table = catalog.tables[kind.table]
    staged = {d.id: pd.read_parquet(_staged_file(root, source, d, records)) for d in standing.deliveries}
    coders = coders_for(source, kind, catalog.concepts, catalog.codelists)
    result = harmonise(
        source, kind, table, catalog.concepts, catalog.codelists, coders, standing.deliveries, staged
    )
    write_parquet(result.accepted, making.work / f"{table.id}.parquet", arrow.schema(table, catalog.concepts))
    write_parquet(result.quarantine, making.work / "quarantine.parquet")
    account = pd.concat([one.to_frame() for one in result.accounts], ignore_index=True)
    write_parquet(account, making.work / "account.parquet")
    parts = (Rows(a.rows_in, a.accepted, sum(a.quarantined.values()), dict(a.excluded)) for a in result.accounts)
    return Made(
        files=(f"{table.id}.parquet", "quarantine.parquet", "account.parquet"),
        rows=sum(parts, Rows()),
        warnings=result.warnings,
        detail={"accounts": [dataclasses.asdict(one) for one in result.accounts]},
    )


def _staged_file(root: Root, source: Source, delivery: Delivery, records: dict[str, Record]) -> str:
    (name,) = records[delivery.id].files
    return str(root.curated / "staged" / source.path / name)
