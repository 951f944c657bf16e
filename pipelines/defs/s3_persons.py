"""Observatory, continued: who holds the permits, their spells of work, and the account of stocks and flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Table
from pipelines import store
from pipelines.defs.s1_staged import known_deliveries
from pipelines.nodes import Made, Making, Node, columns_of
from pipelines.root import Root
from pipelines.store import Rows

if TYPE_CHECKING:
    import pandas as pd

CODE = (
    "lm_stats.curate.permits",
    "lm_stats.linkage_review",
    "lm_stats.units",
    "lm_stats.spec",
    "lm_stats.compile",
    "lm_stats.handover",
    "pipelines.defs.s3_persons",
)
FOLDER = "observatory"
PERMITS = "permits"
LINKS = "person_links"
SPELLS = "work_spells"
REVISIONS = "stock_revisions"
# every pair that was scored, so that a later run scores new ones only
PAIRS = f"{LINKS}.pairs.parquet"
SCORES = f"{LINKS}.scores.parquet"
# the spells of this vintage and of the one before, which a later vintage is compared with
SEEN, BEFORE = f"{REVISIONS}.seen.parquet", f"{REVISIONS}.before.parquet"
BALANCES = "account_balances"
_DAY = 10

Until = Mapping[str, "pd.Timestamp"]


def nodes(catalog: Catalog, root: Root, delivered_to: Callable[[Table], set[str]]) -> list[Node]:
    """The links, and one node for each table that is made from them.

    Args:
        catalog: The declarations.
        root: The root.
        delivered_to: The sources that a table is made from.
    """
    if PERMITS not in catalog.linkage:
        return []
    made: list[tuple[str, tuple[str, ...], Callable[[Making, Table], Made], Mapping[str, str]]] = [
        (LINKS, (PERMITS,), lambda making, table: _link(catalog, root, table, making), {}),
        ("permit_applications", (PERMITS, LINKS), _maker(catalog, root, "applications"), {}),
        ("certificates", (PERMITS, LINKS), _maker(catalog, root, "certificates"), {}),
        (SPELLS, (PERMITS, LINKS), _maker(catalog, root, "spells"), {}),
        ("persons", (PERMITS, LINKS, SPELLS), _maker(catalog, root, "persons"), {}),
        ("permit_events", (PERMITS, LINKS, SPELLS), _maker(catalog, root, "events"), {}),
        (
            "stock_accounts",
            (SPELLS,),
            _maker(catalog, root, "accounts"),
            {BALANCES: "The flows of every year and cell explain the change of the stock."},
        ),
        (
            REVISIONS,
            (SPELLS,),
            lambda making, table: _revise(catalog, root, table, making),
            {BALANCES: "What was registered late and corrected explains the change between two vintages."},
        ),
    ]
    return [
        _node(catalog, root, catalog.tables[name], parents, make, checks, delivered_to(catalog.tables[name]))
        for name, parents, make, checks in made
    ]


def _node(
    catalog: Catalog,
    root: Root,
    table: Table,
    parents: tuple[str, ...],
    make: Callable[[Making, Table], Made],
    checks: Mapping[str, str],
    sources: set[str],
) -> Node:
    linked = table.id == LINKS
    return Node(
        key=f"{FOLDER}/{table.id}",
        parents=tuple(f"{FOLDER}/{name}" for name in parents),
        folder=FOLDER,
        name=table.id,
        declarations=(
            table,
            *(catalog.concepts[name] for name in table.columns),
            *(catalog.codelists[c.codelist] for name in table.columns if (c := catalog.concepts[name]).codelist),
            *((catalog.linkage[PERMITS],) if linked else ()),
        ),
        code=CODE,
        make=lambda making: make(making, table) if making.parents[f"{FOLDER}/{parents[0]}"].files else Made(),
        description=f"{table.title}. {table.description}",
        columns=columns_of(table, catalog.concepts),
        inputs=lambda: [store.checksum(path) for path in root.decisions("linkage")] if linked else None,
        checks=dict(checks),
        together="persons",
        idle=lambda delivered: not delivered & sources,
    )


def _link(catalog: Catalog, root: Root, table: Table, making: Making) -> Made:
    from lm_stats.curate.permits.linking import known_limits, link

    from lm_stats.curate.permits.tables import tabulate_links, write_table
    from lm_stats.linkage_review import read_decisions

    permits = making.folder / f"{PERMITS}.parquet"
    model = catalog.linkage[PERMITS]
    decisions, problems = read_decisions(root.decisions("linkage"))
    links = link(permits, model, decisions, known=making.folder / SCORES, into=making.work / SCORES)
    frame = tabulate_links(permits, links)
    rows = write_table(table, catalog.concepts, catalog.codelists, frame, making.work / f"{LINKS}.parquet")
    warnings = (*problems, *known_limits(permits, model))
    return Made(files=(f"{LINKS}.parquet", SCORES), rows=Rows(rows, rows), warnings=warnings)


def _maker(catalog: Catalog, root: Root, name: str) -> Callable[[Making, Table], Made]:
    def make(making: Making, table: Table) -> Made:
        from lm_stats.curate.permits import tables

        permits, links, spells = (making.folder / f"{one}.parquet" for one in (PERMITS, LINKS, SPELLS))
        until = _last_days(catalog, root)
        frame = {
            "applications": lambda: tables.tabulate_applications(permits, links, until),
            "certificates": lambda: tables.tabulate_certificates(permits, links, until),
            "spells": lambda: tables.tabulate_spells(permits, links, until),
            "persons": lambda: tables.tabulate_persons(permits, links, spells, until),
            "events": lambda: tables.tabulate_events(permits, links, spells),
            "accounts": lambda: tables.tabulate_accounts(spells),
        }[name]()
        into = making.work / f"{table.id}.parquet"
        rows = tables.write_table(table, catalog.concepts, catalog.codelists, frame, into)
        told = tuple(tables.left_out(permits, links)) if name == "spells" else ()
        return Made(files=(into.name,), rows=Rows(rows, rows), warnings=told, detail=_balance(frame, table))

    return make


def _revise(catalog: Catalog, root: Root, table: Table, making: Making) -> Made:
    """Compare the spells with those of the vintage before, which are kept, because what was known then is history."""
    import pandas as pd

    from lm_stats.curate.permits.tables import read_spells, tabulate_revisions, write_table
    from lm_stats.handover import write_parquet

    now = read_spells(making.folder / f"{SPELLS}.parquet")
    vintages = _vintages(catalog, root)
    seen, before = (_kept(making.folder / name) for name in (SEEN, BEFORE))
    parts, compared = [], {}
    for area, vintage in vintages.items():
        earlier = [kept[kept["ref_area"] == area] for kept in (seen, before)]
        # made again of the same deliveries, it is the same vintage and is compared with the one before
        older = [one for one in earlier if len(one) and one["vintage"].iloc[0] < vintage]
        if older:
            parts.append(older[0])
            compared[area] = (older[0]["vintage"].iloc[0][:_DAY], vintage[:_DAY])
    then = pd.concat(parts, ignore_index=True) if parts else now.head(0).assign(vintage="")
    write_parquet(now.assign(vintage=now["ref_area"].map(vintages)), making.work / SEEN)
    write_parquet(then, making.work / BEFORE)
    frame = tabulate_revisions(then, now, compared)
    rows = write_table(table, catalog.concepts, catalog.codelists, frame, making.work / f"{table.id}.parquet")
    files = (f"{table.id}.parquet", SEEN, BEFORE)
    return Made(files=files, rows=Rows(rows, rows), detail=_balance(frame, table))


def _kept(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path) if path.exists() else pd.DataFrame({"ref_area": [], "vintage": []}, dtype="str")


def _balance(frame: pd.DataFrame, table: Table) -> dict[str, object]:
    """What the check of an account finds: cells that it does not explain."""
    if "residual" not in table.columns or frame.empty or not (broken := int((frame["residual"] != 0).sum())):
        return {}
    cells = [f"{broken} cells of {table.id} have a residual"]
    return {"findings": {BALANCES: {"error": True, "findings": broken, "cells": cells}}}


def _last_days(catalog: Catalog, root: Root) -> Until:
    from lm_stats.curate.permits.tables import last_days

    return last_days([(one.ref_area, one.period) for one in _behind(catalog, root)])


def _vintages(catalog: Catalog, root: Root) -> dict[str, str]:
    """By area, when the latest delivery was received that permits were made from."""
    found: dict[str, str] = {}
    for one in _behind(catalog, root):
        found[one.ref_area] = max(one.received_at, found.get(one.ref_area, ""))
    return found


def _behind(catalog: Catalog, root: Root) -> list[Delivery]:
    """The deliveries that have rows among the permits."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(root.curated / FOLDER / f"{PERMITS}.parquet", columns=["delivery_id"])
    held = set(pc.unique(rows["delivery_id"]).to_pylist())
    sources = (s for s in catalog.sources.values() if PERMITS in catalog.kinds[s.kind].tables)
    return [one for source in sources for one in known_deliveries(root, source) if one.id in held]
