"""Harmonised: common codes, units and periods; every row accepted, quarantined or excluded."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import Kind, Problem, Source
from pipelines import store
from pipelines.defs.s1_staged import coders_of, good_deliveries, known_deliveries, spellings_of
from pipelines.nodes import Made, Making, Node, columns_of
from pipelines.remembering import memory_of, with_memory
from pipelines.root import Root
from pipelines.standing import Standing, find_standing
from pipelines.store import Record, Rows

if TYPE_CHECKING:
    from lm_stats.handover import RowAccount

CODE = (
    "lm_stats.harmonise",
    "lm_stats.spec",
    "lm_stats.compile",
    "lm_stats.handover",
    "lm_stats.sendback.warned",
    "lm_stats.sendback.wording",
    "pipelines.defs.s2_harmonised",
    "pipelines.standing",
)


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node a source."""
    return [_node(catalog, root, source) for source in catalog.sources.values()]


def _node(catalog: Catalog, root: Root, source: Source) -> Node:
    kind = catalog.kinds[source.kind]
    tables = [catalog.tables[name] for name in kind.tables]
    columns = dict.fromkeys(c for table in tables for c in columns_of(table, catalog.concepts))
    return Node(
        key=f"harmonised/{source.path}",
        parents=(f"staged/{source.path}",),
        folder=f"harmonised/{source.path}",
        name=tables[0].id,
        declarations=(
            source,
            kind,
            *tables,
            *catalog.concepts.values(),
            *catalog.codelists.values(),
            *spellings_of(catalog, kind),
        ),
        code=CODE,
        make=lambda making: _harmonise_source(catalog, root, source, making),
        description=f"{source.title or source.path}: the rows of the deliveries that stand, coded and valid. "
        f"{' '.join(table.description for table in tables)}",
        columns=tuple({column.name: column for column in columns}.values()),
        inputs=lambda: (
            [store.checksum(path) for path in root.decisions("quarantine", source.ref_area)],
            memory_of(root, catalog, source),
        ),
        idle=lambda delivered: source.path not in delivered,
        checks={
            "rows_accounted": "Every row is accepted, quarantined or excluded with a reason.",
            "nothing_quarantined": "No row had to be held back.",
        },
    )


def standing_of(root: Root, source: Source, kind: Kind) -> tuple[Standing, dict[str, Record]]:
    """Which deliveries of a source stand, and the records of their staged files."""
    deliveries = known_deliveries(root, source)
    good = good_deliveries(root.curated / "staged" / source.path, deliveries)
    return find_standing(deliveries, source.replaces, good, in_parts=kind.in_parts), good


def _harmonise_source(catalog: Catalog, root: Root, source: Source, making: Making) -> Made:
    kind = catalog.kinds[source.kind]
    standing, records = standing_of(root, source, kind)
    if not standing.deliveries:
        return Made()
    import pandas as pd

    from lm_stats.handover import write_parquet
    from lm_stats.harmonise import harmonise
    from lm_stats.sendback import describe_warnings

    tables = {name: catalog.tables[name] for name in kind.tables}
    home = root.curated / "staged" / source.path
    staged = {
        d.id: {record: home / name for record, name in records[d.id].detail["parts"].items()}
        for d in standing.deliveries
    }
    own = with_memory(root, catalog, source)
    result = harmonise(
        own,
        kind,
        tables,
        catalog.concepts,
        catalog.codelists,
        coders_of(catalog, own),
        standing.deliveries,
        staged,
        making.work,
        releases=root.decisions("quarantine", source.ref_area),
        partly=standing.partly,
    )
    made = (*result.tables.values(), result.quarantine, *((result.coding,) if result.coding else ()))
    account = pd.concat([one.to_frame() for one in result.accounts], ignore_index=True)
    write_parquet(account, making.work / "account.parquet")
    parts = (Rows(a.rows_in, a.accepted, sum(a.quarantined.values()), dict(a.excluded)) for a in result.accounts)
    counted = describe_warnings(
        own, kind, tables, catalog.concepts, catalog.codelists, result.accounts, result.warnings
    )
    return Made(
        files=(*(path.name for path in made), "account.parquet"),
        rows=sum(parts, Rows()),
        warnings=(*result.warnings, *counted, *_of_nobody(catalog, root.decisions("quarantine", source.ref_area))),
        problems=tuple(_nothing_left(result.accounts)),
        detail={"accounts": [dataclasses.asdict(one) for one in result.accounts]},
    )


def _of_nobody(catalog: Catalog, decisions: Iterable[Path]) -> Iterator[Problem]:
    """Lines of decisions on deliveries whose source nobody declared; whoever has one tells of its own lines."""
    from lm_stats.compile.decided import read_decided
    from lm_stats.harmonise.releases import RELEASE_COLUMNS

    for path in decisions:
        for _, line in read_decided(path, RELEASE_COLUMNS)[0]:
            source = line["delivery_id"].rpartition("/")[0]
            if source.count("/") == 1 and source not in catalog.sources:
                what = f"no source {source} is declared, so nothing is released"
                yield Problem("/".join(path.parts[-3:]), what, "Write delivery_id as the status shows it.")


def _nothing_left(accounts: Iterable[RowAccount]) -> Iterator[Problem]:
    """Deliveries of which every record had to be held back: a wrong map or layout, not a few wrong cells."""
    for account in accounts:
        held = sum(account.quarantined.values())
        if held and not account.accepted:
            reason = max(account.quarantined, key=lambda name: account.quarantined[name])
            yield Problem(
                f"{account.delivery_id}{', ' if account.record else ''}{account.record}",
                f"all {held} records are quarantined, most of them for {reason}: nothing of it is counted",
                "Correct the map or the declaration of its source, or ask the office for another version.",
            )
