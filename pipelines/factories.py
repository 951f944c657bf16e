"""From our nodes to Dagster's assets: the only file that speaks both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import dagster as dg

from lm_stats.spec import Fault, Problem
from pipelines.nodes import Column, Graph, Node, judge
from pipelines.store import Record

JOB = "everything"
_TOGETHER = ("indicators", "protected")
_TYPES = {"integer": "int", "number": "double", "date": "date"}


def asset_key(key: str) -> dg.AssetKey:
    """Our key as Dagster writes it."""
    return dg.AssetKey(key.split("/"))


def raw_asset(key: str, title: str) -> dg.AssetSpec:
    """The deliveries of a source: they come from outside."""
    description = f"{title}: what the office sent, untouched, with checksum, owner and date of receipt."
    return dg.AssetSpec(asset_key(key), group_name="raw", description=description)


def assets(nodes: Sequence[Node], graph: Graph, produce: Callable[[str], Record]) -> list[dg.AssetsDefinition]:
    """The assets of some nodes; `produce` makes the node with the given key and returns its record.

    Small tables are made in one step, those that need another of them after it: a step of Dagster takes longer than
    most of them.
    """
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        own = node.state if node.state in _TOGETHER else node.key.replace("/", "__")
        groups.setdefault(node.together or own, []).append(node)
    return [_step(name, group, graph, produce) for name, group in groups.items()]


def _step(name: str, nodes: Sequence[Node], graph: Graph, produce: Callable[[str], Record]) -> dg.AssetsDefinition:
    by_key = {asset_key(node.key): node for node in nodes}
    specs = [
        dg.AssetSpec(
            key, deps=[asset_key(parent) for parent in node.parents], group_name=node.state,
            description=node.description, skippable=True,
            metadata={"dagster/column_schema": _columns(node.columns), "folder": str(graph.folder(node))},
        )
        for key, node in by_key.items()
    ]  # fmt: skip
    checks = [
        dg.AssetCheckSpec(check, asset=key, description=text)
        for key, node in by_key.items()
        for check, text in node.checks.items()
    ]

    @dg.multi_asset(name=name, specs=specs, check_specs=checks, can_subset=len(specs) > 1)
    def made(context) -> Iterator[dg.MaterializeResult]:  # noqa: ANN001 - Dagster reads it, and cannot read a text
        failed: list[Problem] = []
        missing: set[str] = set()
        for key, node in by_key.items():
            if missing & set(node.parents):
                missing.add(node.key)
            if node.key in missing or key not in context.selected_asset_keys:
                continue
            try:
                record = produce(node.key)
            except Fault as fault:
                failed += fault.problems
                missing.add(node.key)
                continue
            yield dg.MaterializeResult(
                asset_key=key, metadata=_metadata(record), check_results=list(_checks(key, node, record)),
                data_version=dg.DataVersion(record.version),
            )  # fmt: skip
        if failed:
            # raised outside of the handler so that Dagster does not record what the fault was raised from
            raise dg.Failure("\n".join(map(str, failed)), allow_retries=False)

    return made


def _columns(columns: Iterable[Column]) -> dg.TableSchema:
    limits = {may: dg.TableColumnConstraints(nullable=may) for may in (True, False)}
    told = [(c.name, _TYPES.get(c.type, "string"), c.description, limits[c.nullable]) for c in columns]
    return dg.TableSchema([dg.TableColumn(*one[:3], constraints=one[3]) for one in told])


def _metadata(record: Record) -> dict[str, object]:
    counts = {f"excluded: {reason}": count for reason, count in record.rows.excluded.items()}
    rows = {"dagster/row_count": record.rows.accepted, "rows in": record.rows.rows_in}
    return {**rows, "quarantined": record.rows.quarantined, **counts, "seconds": record.seconds}


def _checks(key: dg.AssetKey, node: Node, record: Record) -> Iterator[dg.AssetCheckResult]:
    for name, (passed, serious, evidence) in judge(node, record).items():
        severity = dg.AssetCheckSeverity.ERROR if serious else dg.AssetCheckSeverity.WARN
        yield dg.AssetCheckResult(passed=passed, asset_key=key, check_name=name, severity=severity, metadata=evidence)
