"""From our nodes to Dagster's assets: the only file that speaks both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import dagster as dg

from lm_stats.spec import Fault, Problem
from pipelines.nodes import Column, Graph, Node
from pipelines.store import Record

JOB = "everything"
_TYPES = {"integer": "int", "number": "double", "date": "date"}


def asset_key(key: str) -> dg.AssetKey:
    """Our key as Dagster writes it."""
    return dg.AssetKey(key.split("/"))


def raw_asset(key: str, title: str) -> dg.AssetSpec:
    """The deliveries of a source: they come from outside."""
    description = f"{title}: what the office sent, untouched, with checksum, owner and date of receipt."
    return dg.AssetSpec(asset_key(key), group_name="raw", description=description)


def asset(node: Node, graph: Graph, produce: Callable[[str], Record]) -> dg.AssetsDefinition:
    """The asset of a node; `produce` makes the node with the given key and returns its record."""
    key = asset_key(node.key)
    checks = [dg.AssetCheckSpec(name, asset=key, description=text) for name, text in node.checks.items()]

    @dg.asset(
        key=key,
        deps=[asset_key(parent) for parent in node.parents],
        group_name=node.state,
        description=node.description,
        metadata={"dagster/column_schema": _columns(node.columns), "folder": str(graph.folder(node))},
        check_specs=checks,
    )
    def made() -> dg.MaterializeResult:
        failure = None
        try:
            record = produce(node.key)
        except Fault as fault:
            failure = dg.Failure(_told(fault.problems), allow_retries=False)
        if failure:
            # raised here so that Dagster does not record what the fault was raised from
            raise failure
        version = dg.DataVersion(record.version)
        return dg.MaterializeResult(
            metadata=_metadata(record), check_results=list(_checks(node, record)), data_version=version
        )

    return made


def _columns(columns: Iterable[Column]) -> dg.TableSchema:
    limits = {may: dg.TableColumnConstraints(nullable=may) for may in (True, False)}
    return dg.TableSchema(
        [
            dg.TableColumn(c.name, _TYPES.get(c.type, "string"), c.description, constraints=limits[c.nullable])
            for c in columns
        ]
    )


def _metadata(record: Record) -> dict[str, object]:
    counts = {f"excluded: {reason}": count for reason, count in record.rows.excluded.items()}
    rows = {"dagster/row_count": record.rows.accepted, "rows in": record.rows.rows_in}
    return {**rows, "quarantined": record.rows.quarantined, **counts, "seconds": record.seconds}


def _checks(node: Node, record: Record) -> Iterator[dg.AssetCheckResult]:
    """Checks with evidence that names files, columns and counts, never the content of a cell."""
    held: dict[str, int] = {}
    for account in record.detail.get("accounts", ()):
        for reason, count in account["quarantined"].items():
            held[reason] = held.get(reason, 0) + count
    rows = record.rows
    results: dict[str, tuple[bool, dg.AssetCheckSeverity, dict[str, object]]] = {
        "deliveries_readable": (not record.problems, dg.AssetCheckSeverity.ERROR, {"problems": _told(record.problems)}),
        "rows_accounted": (
            rows.rows_in == rows.accepted + rows.quarantined + sum(rows.excluded.values()),
            dg.AssetCheckSeverity.ERROR, {"account": str(rows)},
        ),
        "nothing_quarantined": (not held, dg.AssetCheckSeverity.WARN, dict(held)),
    }
    for name in node.checks:
        passed, severity, evidence = results[name]
        yield dg.AssetCheckResult(passed=passed, check_name=name, severity=severity, metadata=evidence)


def _told(problems: Iterable[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)
