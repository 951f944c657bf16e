"""Observatory: one table per subject, all member states; the list of deliveries; the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lm_stats.catalog import Catalog
from lm_stats.spec import SYNTHETIC_STATEMENT, Fault, Indicator, Problem, Source, Table
from pipelines.defs import s3_persons
from pipelines.defs.s1_staged import known_deliveries
from pipelines.defs.s2_harmonised import standing_of
from pipelines.nodes import Made, Making, Node, columns_of
from pipelines.root import Root
from pipelines.standing import Standing
from pipelines.store import Record, Rows

CODE = (
    "lm_stats.curate",
    "lm_stats.spec",
    "lm_stats.compile",
    "lm_stats.handover",
    "pipelines.defs.s3_observatory",
    "pipelines.standing",
)
FOLDER = "observatory"
DELIVERIES = "observatory/deliveries"
SUPERSEDED = "superseded"


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node a subject that some source fills or that is made from one, the deliveries, the database."""
    subjects = [_subject(catalog, root, table) for table in subject_tables(catalog)]
    deliveries = _deliveries(catalog, root, [node.key for node in subjects])
    persons = s3_persons.nodes(catalog, root, lambda table: {source.path for source in sources_of(catalog, table)})
    tables = [*subjects, deliveries, *persons]
    return [*tables, _database(catalog, root, [node.key for node in tables])]


def subject_tables(catalog: Catalog) -> list[Table]:
    """Tables that some source fills."""
    filled = dict.fromkeys(name for source in catalog.sources.values() for name in catalog.kinds[source.kind].tables)
    return [catalog.tables[name] for name in filled]


def sources_of(catalog: Catalog, table: Table) -> list[Source]:
    """Sources that fill a table, or the one it is made from."""
    filled = table.made_from or table.id
    return [source for source in catalog.sources.values() if filled in catalog.kinds[source.kind].tables]


def _subject(catalog: Catalog, root: Root, table: Table) -> Node:
    sources = sources_of(catalog, table)
    precedence = {source.path: source.precedence for source in sources}
    return Node(
        key=f"observatory/{table.id}",
        parents=tuple(f"harmonised/{source.path}" for source in sources),
        folder=FOLDER,
        name=table.id,
        declarations=(table, precedence, *catalog.concepts.values(), *catalog.codelists.values()),
        code=CODE,
        make=lambda making: _combine(catalog, root, table, precedence, making),
        description=f"{table.title}. {table.description}",
        columns=columns_of(table, catalog.concepts),
        checks={"rows_accounted": "Every row of the sources stands here or is left out with a reason."},
        idle=lambda delivered: not delivered & {source.path for source in sources},
    )


def idle_without(catalog: Catalog, indicator: Indicator) -> Callable[[frozenset[str]], bool]:
    """Tells, from the sources that delivered, whether an indicator cannot be there at all."""
    behind = [{source.path for source in sources_of(catalog, catalog.tables[name])} for name in indicator.tables]
    enough = all if indicator.needs_all else any
    return lambda delivered: not enough(delivered & paths for paths in behind)


def _combine(catalog: Catalog, root: Root, table: Table, precedence: dict[str, int], making: Making) -> Made:
    from lm_stats.curate import combine
    from lm_stats.handover import RELEASED, rows_of

    name = f"{table.id}.parquet"
    parents = {source: making.parents.get(f"harmonised/{source}") for source in precedence}
    paths = {
        source: root.curated / "harmonised" / source / name
        for source, record in parents.items()
        if record and name in record.files
    }
    if not paths:
        if (making.folder / name).exists():
            do = "Correct the deliveries that failed, or receive others (lm-stats receive)."
            raise Fault(Problem(f"observatory/{table.id}", "no delivery stands that it could be made from", do))
        # never made yet: what its deliveries lack is told where they are staged
        return Made()
    released: Counter[str] = Counter()
    for source in paths:
        kind, record = catalog.kinds[catalog.sources[source].kind], parents[source]
        own = {one.id for one in kind.records if one.table == table.id}
        for account in record.detail.get("accounts", ()) if record else ():
            for reason, count in account["warned"].items() if account["record"] in own else ():
                if reason.startswith(RELEASED):
                    released[reason.removeprefix(RELEASED)] += count
    left = combine(
        table, catalog.concepts, catalog.codelists, precedence, paths, making.work / name, released=released
    )
    excluded: dict[str, int] = {}
    for reason, rows in zip(left["reason"], left["rows"], strict=True):
        excluded[str(reason)] = excluded.get(str(reason), 0) + int(rows)
    accepted = rows_of(making.work / name)
    return Made(
        files=(name,),
        rows=Rows(accepted + sum(excluded.values()), accepted, 0, excluded),
        detail={"exclusions": [[str(d), str(r), int(n)] for d, r, n in left.itertuples(index=False)]},
    )


def _deliveries(catalog: Catalog, root: Root, subjects: list[str]) -> Node:
    table = catalog.tables["deliveries"]
    sources = list(catalog.sources.values())
    return Node(
        key=DELIVERIES,
        parents=(*(f"harmonised/{source.path}" for source in sources), *subjects),
        folder=FOLDER,
        name=table.id,
        declarations=(table, *catalog.concepts.values(), *catalog.codelists.values()),
        code=CODE,
        make=lambda making: _list_deliveries(catalog, root, table, subjects, making),
        description=f"{table.title}. {table.description}",
        columns=columns_of(table, catalog.concepts),
        inputs=lambda: sorted(one.record for one in root.deliveries()),
    )


def _list_deliveries(catalog: Catalog, root: Root, table: Table, subjects: list[str], making: Making) -> Made:
    import pandas as pd

    from lm_stats.compile import arrow
    from lm_stats.curate import list_deliveries
    from lm_stats.handover import ACCOUNT_COLUMNS, RowAccount, write_parquet

    superseded: dict[str, str] = {}
    failed: list[str] = []
    accounts = [pd.DataFrame({name: [] for name in ACCOUNT_COLUMNS}).astype({"rows": "int64"})]
    for source in catalog.sources.values():
        standing, staged = standing_of(root, source, catalog.kinds[source.kind])
        superseded |= standing.superseded
        whole = [RowAccount(d, n, 0, {}, {SUPERSEDED: n}) for d, n in _rows_superseded(standing, staged).items()]
        accounts += [account.to_frame() for account in whole]
        failed += standing.absent
        harmonised = making.parents.get(f"harmonised/{source.path}")
        if harmonised and harmonised.files:
            accounts.append(pd.read_parquet(root.curated / "harmonised" / source.path / "account.parquet"))
    tables = [making.parents[key] for key in subjects if key in making.parents]
    left = [entry for record in tables for entry in record.detail.get("exclusions", ())]
    declared = [one for source in catalog.sources.values() for one in known_deliveries(root, source)]
    gathered = pd.concat(accounts, ignore_index=True)
    exclusions = pd.DataFrame(left, columns=["delivery_id", "reason", "rows"])
    frame = list_deliveries(
        table, catalog.concepts, catalog.codelists, declared, superseded, failed, gathered, exclusions
    )
    write_parquet(frame, making.work / f"{table.id}.parquet", arrow.schema(table, catalog.concepts))
    return Made(
        files=(f"{table.id}.parquet",),
        rows=Rows(len(frame), len(frame)),
        warnings=_compare_weights(catalog, making),
        detail={"final": _final_accounts(gathered.itertuples(index=False), left)},
    )


def _compare_weights(catalog: Catalog, making: Making) -> tuple[Problem, ...]:
    """What is to be said of surveys whose weights do not sum up to what a census counted."""
    from lm_stats.curate import compare_weights

    def made(occasion: str, key: str) -> list[Path]:
        records = (record for kind in catalog.kinds.values() for record in kind.records)
        tables = (r.table for r in records if r.occasion == occasion and key in catalog.tables[r.table].key)
        paths = (making.folder / f"{table}.parquet" for table in dict.fromkeys(tables))
        return [path for path in paths if path.exists()]

    pairs = ((s, c) for s in made("survey", "person_id") for c in made("census_year", "person_id"))
    return tuple(problem for survey, census in pairs for problem in compare_weights(survey, census))


def _rows_superseded(standing: Standing, staged: Mapping[str, Record]) -> dict[str, int]:
    """Rows of the deliveries in whose place others stand, as far as they were ever read."""
    return {name: staged[name].rows.rows_in for name in standing.superseded if name in staged}


def _final_accounts(accounts: Iterable[Any], exclusions: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """What became of the rows of each delivery in the end, with the reasons; twins are excluded rows."""
    found: dict[str, dict[str, Any]] = {}
    for name, _, outcome, reason, rows in accounts:
        one = found.setdefault(name, {"rows_in": 0, "accepted": 0, "quarantined": {}, "excluded": {}})
        if outcome == "accepted":
            one["accepted"] += int(rows)
        elif outcome in ("quarantined", "excluded"):
            one[outcome][reason] = one[outcome].get(reason, 0) + int(rows)
    for name, reason, rows in exclusions:
        found[name]["accepted"] -= rows
        found[name]["excluded"][reason] = found[name]["excluded"].get(reason, 0) + rows
    for one in found.values():
        one["rows_in"] = one["accepted"] + sum(one["quarantined"].values()) + sum(one["excluded"].values())
    return found


def _database(catalog: Catalog, root: Root, tables: list[str]) -> Node:
    declared = [catalog.tables[key.rpartition("/")[2]] for key in tables]
    return Node(
        key="observatory/database",
        parents=tuple(tables),
        folder=FOLDER,
        name="observatory",
        declarations=(*declared, *catalog.concepts.values()),
        code=CODE,
        make=lambda making: _build_database(catalog, root, declared, making),
        description="The tables of the observatory as one DuckDB file, with types, keys and comments, for analysts. "
        "Nothing in the pipeline reads it.",
        inputs=lambda: root.is_synthetic,
    )


def _build_database(catalog: Catalog, root: Root, tables: list[Table], making: Making) -> Made:
    from lm_stats.curate import build_database

    statement = SYNTHETIC_STATEMENT if root.is_synthetic else "real data; restricted, not for publication"
    records = {table.id: making.parents.get(f"observatory/{table.id}") for table in tables}
    made = {name: record for name, record in records.items() if record and record.files}
    paths = [(table, making.folder / f"{table.id}.parquet") for table in tables if table.id in made]
    build_database(making.work / "observatory.duckdb", paths, catalog.concepts, statement)
    rows = sum(record.rows.accepted for record in made.values())
    return Made(files=("observatory.duckdb",), rows=Rows(rows, rows))
