"""Observatory, continued: who holds the permits, their spells of work, and the account of stocks and flows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Problem, Source, Table
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
    "lm_stats.shares",
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
# every pair that was scored, for who reviews them; and its weight, so that a later run weighs new ones only
PAIRS = f"{LINKS}.pairs.parquet"
SCORES = f"{LINKS}.scores.parquet"
# the spells of this vintage and of the one before, which a later vintage is compared with
SEEN, BEFORE = f"{REVISIONS}.seen.parquet", f"{REVISIONS}.before.parquet"
# of columns that were others then; the rest of the name is of the content
ASIDE = f"{REVISIONS}.aside."
BALANCES = "account_balances"
RECEIVED = "received_at"
_DAY = 10
# tables that say by themselves how far the register is known
_DATED = ("permit_applications", "certificates", SPELLS, "persons")

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
            (SPELLS, PERMITS),
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
    linked, dated = table.id == LINKS, table.id in _DATED
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
            *((source.path, source.expected) for source in _sources(catalog) if dated),
        ),
        code=CODE,
        make=lambda making: make(making, table) if making.parents[f"{FOLDER}/{parents[0]}"].files else Made(),
        description=f"{table.title}. {table.description}",
        columns=columns_of(table, catalog.concepts),
        inputs=lambda: (
            [store.checksum(path) for path in root.decisions("linkage")]
            if linked
            else _receipts(catalog, root)
            if dated
            else None
        ),
        checks=dict(checks),
        together="persons",
        idle=lambda delivered: not delivered & sources,
    )


def _link(catalog: Catalog, root: Root, table: Table, making: Making) -> Made:
    from lm_stats.curate.permits.linking import known_limits, link, unknown_decisions
    from lm_stats.curate.permits.tables import tabulate_links, write_table
    from lm_stats.linkage_review import read_decisions

    permits = making.folder / f"{PERMITS}.parquet"
    model = catalog.linkage[PERMITS]
    decisions, problems = read_decisions(root.decisions("linkage"))
    old, new, pairs = making.folder / SCORES, making.work / SCORES, making.work / PAIRS
    links = link(permits, model, decisions, known=old, into=new, pairs=pairs)
    frame = tabulate_links(permits, links)
    rows = write_table(table, catalog.concepts, catalog.codelists, frame, making.work / f"{LINKS}.parquet")
    warnings = (*problems, *unknown_decisions(permits, decisions), *known_limits(permits, model))
    return Made(files=(f"{LINKS}.parquet", PAIRS, SCORES), rows=Rows(rows, rows), warnings=warnings)


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
        if name == "applications":
            told = tuple(tables.held_back(_delivered(catalog, root), _sources(catalog)))
        return Made(files=(into.name,), rows=Rows(rows, rows), warnings=told, detail=_balance(frame, table))

    return make


def _revise(catalog: Catalog, root: Root, table: Table, making: Making) -> Made:
    """Compare the spells with those of the vintage before, which are kept, because what was known then is history."""
    import pandas as pd

    from lm_stats.curate.permits.tables import keep_vintage, read_spells, tabulate_revisions, write_table
    from lm_stats.handover import write_parquet

    permits, spells = (making.folder / f"{name}.parquet" for name in (PERMITS, SPELLS))
    vintages = _vintages(catalog, root)
    now = keep_vintage(spells, permits, vintages)
    seen, before = (_kept(making.folder / name, list(now)) for name in (SEEN, BEFORE))
    aside, told = _set_aside(making, list(now))
    parts, compared = [now.head(0)], {}
    for area, vintage in vintages.items():
        last, earlier = (kept[kept["ref_area"] == area] for kept in (seen, before))
        # made again of the same deliveries, it is the same vintage and is compared with the one before
        then = earlier if last.empty or _is_of(last, vintage) else last
        if len(then) and not _is_of(then, vintage):
            parts.append(then)
            received = then[RECEIVED].iloc[0], vintage[RECEIVED]
            one_day = received[0][:_DAY] == received[1][:_DAY]
            compared[area] = received if one_day else (received[0][:_DAY], received[1][:_DAY])
    then = pd.concat(parts, ignore_index=True)
    write_parquet(then, making.work / BEFORE)
    write_parquet(now, making.work / SEEN)
    frame = tabulate_revisions(then, read_spells(spells), compared)
    rows = write_table(table, catalog.concepts, catalog.codelists, frame, making.work / f"{table.id}.parquet")
    # stopped between the two, the next run finds the vintage that it is to be compared with in either
    files = (f"{table.id}.parquet", BEFORE, SEEN)
    standing = tuple(sorted({path.name for path in making.folder.glob(f"{ASIDE}*.parquet")} - set(aside)))
    files = (*files, *aside)
    return Made(files=files, kept=standing, rows=Rows(rows, rows), warnings=told, detail=_balance(frame, table))


def _kept(path: Path, columns: list[str]) -> pd.DataFrame:
    """The columns of today of a vintage that was kept; nothing where there is none, or one of them is not there."""
    import pandas as pd

    kept = pd.read_parquet(path) if path.exists() else pd.DataFrame()
    return kept[columns] if set(columns) <= set(kept) else pd.DataFrame({name: [] for name in columns}, dtype="str")


def _set_aside(making: Making, columns: list[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Give vintages that nothing can be compared with another name before they are written over, and say so."""
    import pyarrow.parquet as pq

    names, told = [], []
    for name in (SEEN, BEFORE):
        path = making.folder / name
        if path.exists() and (absent := sorted(set(columns) - set(pq.read_schema(path).names))):
            names.append(f"{ASIDE}{store.checksum(path)[:12]}.parquet")
            shutil.copyfile(path, making.work / names[-1])
            what = (
                f"the vintage in {name} has no column {', '.join(absent)}, so that nothing can be compared with it; it "
                f"is kept as {names[-1]}"
            )
            do = "Revisions begin anew with this run. Keep the file: what was known then cannot be made again."
            told.append(Problem(f"{FOLDER}/{REVISIONS}", what, do))
    return tuple(dict.fromkeys(names)), tuple(told)


def _is_of(kept: pd.DataFrame, vintage: Mapping[str, str]) -> bool:
    return {name: str(kept[name].iloc[0]) for name in vintage} == vintage


def _balance(frame: pd.DataFrame, table: Table) -> dict[str, object]:
    """What the check of an account finds: cells that it does not explain."""
    if "residual" not in table.columns or frame.empty or not (broken := int((frame["residual"] != 0).sum())):
        return {}
    cells = [f"{broken} cells of {table.id} have a residual"]
    return {"findings": {BALANCES: {"error": True, "findings": broken, "cells": cells}}}


def _last_days(catalog: Catalog, root: Root) -> Until:
    from lm_stats.curate.permits.tables import last_days

    return last_days(_delivered(catalog, root), _sources(catalog))


def _receipts(catalog: Catalog, root: Root) -> list[tuple[str, bytes]]:
    """The records of all deliveries of permits: when they were received says how far the register is known."""
    paths = {source.path for source in _sources(catalog)}
    return sorted((one.id, one.record) for one in root.deliveries() if one.source in paths)


def _vintages(catalog: Catalog, root: Root) -> dict[str, dict[str, str]]:
    """By area, when the latest delivery was received that permits were made from, and a digest of all of them.

    Two vintages may be of one day, and the later of less: deliveries may be taken back.
    """
    behind: dict[str, list[Delivery]] = {}
    for one in _behind(catalog, root):
        behind.setdefault(one.ref_area, []).append(one)
    return {
        area: {
            RECEIVED: max(one.received_at for one in own),
            "deliveries": store.fingerprint(sorted((one.id, one.received_at) for one in own)),
        }
        for area, own in sorted(behind.items())
    }


def _behind(catalog: Catalog, root: Root) -> list[Delivery]:
    """The deliveries that have rows among the permits."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(root.curated / FOLDER / f"{PERMITS}.parquet", columns=["delivery_id"])
    held = set(pc.unique(rows["delivery_id"]).to_pylist())
    return [one for source in _sources(catalog) for one in known_deliveries(root, source) if one.id in held]


def _delivered(catalog: Catalog, root: Root) -> list[Delivery]:
    """The deliveries that say how far the register is known.

    Beside those that have rows among the permits, these are the ones whose every application another office has sent
    too: the office that sent them is known as far.
    """
    import pandas as pd

    found = {one.id: one for one in _behind(catalog, root)}
    for source in _sources(catalog):
        path = root.curated / "harmonised" / source.path / "account.parquet"
        if path.exists():
            account = pd.read_parquet(path)
            used = set(account.loc[(account["outcome"] == "accepted") & (account["rows"] > 0), "delivery_id"])
            if used - found.keys():
                found |= {one.id: one for one in known_deliveries(root, source) if one.id in used}
    return list(found.values())


def _sources(catalog: Catalog) -> list[Source]:
    return [source for source in catalog.sources.values() if PERMITS in catalog.kinds[source.kind].tables]
