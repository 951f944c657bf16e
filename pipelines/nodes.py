"""What an asset is, without Dagster: what it is made from, how, and whether it is up to date."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lm_stats.spec import Concept, Fault, Problem, Table
from pipelines import store
from pipelines.root import Root, timestamp
from pipelines.store import Record, Rows

STATES = ("raw", "staged", "harmonised", "observatory", "indicators", "protected", "published")


@dataclass(frozen=True)
class Column:
    """A column as the Columns tab shows it."""

    name: str
    type: str
    description: str
    nullable: bool = True


@dataclass(frozen=True)
class Making:
    """What a node is given when it is made.

    Attributes:
        work: An empty folder for the new files.
        folder: Where they will go.
        parents: Records of the parents by key.
        fingerprint: The node's fingerprint.
        say: Tells a person how far the work is.
    """

    work: Path
    folder: Path
    parents: Mapping[str, Record]
    fingerprint: str
    say: Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """What a node hands back.

    Attributes:
        files: Names of the new files in the work folder, in the order in which they take their places.
        kept: Names of files that belong to the output and are in their places already.
        rows: Account of rows.
        warnings: What a person should know.
        problems: What failed although the output was made.
        retry: Whether that may pass by itself.
        outcome: What came out beyond what the fingerprint says; part of the version.
        detail: Further facts for the states to the right.
    """

    files: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    rows: Rows = field(default_factory=Rows)
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    retry: bool = False
    outcome: object = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """An asset.

    Attributes:
        key: `<state>/...`.
        parents: Keys of the assets it is made from.
        folder: Its folder below `curated`.
        name: Name of its record in that folder, without `.json`.
        declarations: Everything declared that it depends on.
        code: Modules and packages whose code makes it.
        make: Makes the new files in the work folder.
        description: What it is, for readers of the graph.
        columns: Its columns.
        inputs: What else it depends on, read each time: deliveries, keys.
        whole: Whether it is a folder, replaced whole.
        checks: Names of its checks with what they find out.
        idle: Whether there is nothing to make it from, ever, given the sources that have delivered: it is
            left out until one of its sources delivers.
        together: Name of the step of Dagster that makes it with others; empty: the states that are made in one step
            have one, and all other nodes have their own.
    """

    key: str
    parents: tuple[str, ...]
    folder: str
    name: str
    declarations: tuple[object, ...]
    code: tuple[str, ...]
    make: Callable[[Making], Made]
    description: str
    columns: tuple[Column, ...] = ()
    inputs: Callable[[], object] = lambda: None
    whole: bool = False
    checks: Mapping[str, str] = field(default_factory=dict)
    idle: Callable[[frozenset[str]], bool] = lambda delivered: False
    together: str = ""

    @property
    def state(self) -> str:
        """The state it belongs to."""
        return self.key.partition("/")[0]


@dataclass(frozen=True)
class Plan:
    """What is to be made.

    Attributes:
        stale: Keys of what differs and of everything to its right, in the order of the work.
        reasons: Why, for those that differ themselves.
        records: Records of what is there.
    """

    stale: tuple[str, ...]
    reasons: Mapping[str, str]
    records: Mapping[str, Record]


class Graph:
    """The assets of a root.

    Args:
        root: The root.
        nodes: Its assets, every parent before its children. `raw/...` keys are deliveries, not assets.
    """

    def __init__(self, root: Root, nodes: Sequence[Node]) -> None:
        self.root = root
        self.nodes = {node.key: node for node in nodes}

    def folder(self, node: Node) -> Path:
        """Where a node's files lie."""
        return self.root.curated / node.folder

    def record_path(self, node: Node) -> Path:
        """Where a node's record lies."""
        return self.folder(node) / f"{node.name}.json"

    def record(self, key: str) -> Record | None:
        """The record of an asset, if it was ever made."""
        return Record.read(self.record_path(self.nodes[key]))

    def records(self) -> dict[str, Record]:
        """The records of all assets that were made."""
        found = {key: self.record(key) for key in self.nodes}
        return {key: record for key, record in found.items() if record is not None}

    def folders(self) -> tuple[Path, ...]:
        """The folders of all assets."""
        return tuple(dict.fromkeys(self.folder(node) for node in self.nodes.values()))

    def fingerprint(self, node: Node, parents: Mapping[str, Record]) -> str:
        """What a node would be made from now."""
        versions = [(key, parents[key].version) for key in node.parents if key in self.nodes and key in parents]
        return store.fingerprint(
            node.key, node.declarations, store.code_fingerprint(node.code), node.inputs(), versions
        )

    def plan(self) -> Plan:
        """Find what is out of date, and everything to its right."""
        records = self.records()
        reasons: dict[str, str] = {}
        stale: list[str] = []
        delivered = self._delivered()
        for key, node in self.nodes.items():
            record = records.get(key)
            if record is None and node.idle(delivered):
                continue
            if record is None:
                reasons[key] = "not made yet"
            elif any(parent in stale for parent in node.parents):
                pass
            elif record.fingerprint != self.fingerprint(node, records):
                reasons[key] = "deliveries, declarations or code changed"
            elif record.retry:
                reasons[key] = "tried again"
            elif not record.is_intact(self.folder(node)):
                reasons[key] = "a file is missing or was altered"
            else:
                continue
            stale.append(key)
        return Plan(tuple(stale), reasons, records)

    def _delivered(self) -> frozenset[str]:
        """Paths of the sources that have delivered."""
        return frozenset(one.source for one in self.root.deliveries())

    def produce(self, key: str, say: Callable[[str], None]) -> Record:
        """Make one asset and put it in the place of the last good one.

        Args:
            key: The asset.
            say: Tells a person how far the work is.

        Returns:
            Its new record.

        Raises:
            Fault: If it cannot be made; the last good one stands. The message holds no cell content.
        """
        try:
            return self._produce(self.nodes[key], say)
        except Exception as error:
            fault = store.told_plainly(error, key)
            if not isinstance(error, Fault):
                show_trace(error)
        # outside of the handler, so that nothing that looks at the fault finds the error's own text
        raise fault

    def _produce(self, node: Node, say: Callable[[str], None]) -> Record:
        started = time.perf_counter()
        parents = {key: self.record(key) for key in node.parents if key in self.nodes}
        delivered = self._delivered()
        if absent := [key for key, r in parents.items() if r is None and not self.nodes[key].idle(delivered)]:
            raise Fault(Problem(node.key, f"{', '.join(absent)} was not made yet", "Run everything: lm-stats run."))
        known = {key: record for key, record in parents.items() if record is not None}
        fingerprint = self.fingerprint(node, known)
        folder, old = self.folder(node), self.record(node.key)
        with store.work_folder(folder) as work:
            if node.whole:
                (work / node.name).mkdir()
            made = node.make(Making(work, folder, known, fingerprint, say))
            if node.whole:
                pending = store.swap_folder(work / node.name, folder / node.name)
            else:
                pending = store.promote(work, folder, made.files)
        if node.whole:
            pending = tuple(f"{node.name}/{name}" for name in pending)
            found = (f"{node.name}/{name}" for name in store.files_below(folder / node.name))
            names = tuple(name for name in found if name not in map(store.waiting_name, pending))
        else:
            names = (*made.files, *made.kept)
            for gone in sorted(set(old.files if old else ()) - set(names)):
                (folder / gone).unlink(missing_ok=True)
        record = Record(
            key=node.key,
            fingerprint=fingerprint,
            version=store.fingerprint(fingerprint, made.outcome),
            made_at=timestamp(),
            seconds=round(time.perf_counter() - started, 3),
            rows=made.rows,
            files={
                name: store.Stamp.of(folder / (store.waiting_name(name) if name in pending else name)) for name in names
            },
            pending=pending,
            warnings=made.warnings,
            problems=made.problems,
            retry=made.retry,
            detail=made.detail,
        )
        record.write(self.record_path(node))
        return record

    def finish_swaps(self) -> tuple[Problem, ...]:
        """Put waiting files in their places; the problems of those that still have to wait."""
        problems: list[Problem] = []
        for key, record in self.records().items():
            if record.pending:
                node = self.nodes[key]
                finished = store.finish_swaps(record, self.folder(node))
                if finished != record:
                    finished.write(self.record_path(node))
                problems += store.open_elsewhere(self.folder(node), finished.pending)
        return tuple(problems)


def show_trace(error: BaseException) -> None:
    """With `LM_STATS_DEBUG=1`, show where an error came from, on stderr and nowhere else."""
    import os
    import sys
    import traceback

    if os.environ.get("LM_STATS_DEBUG") == "1":
        with contextlib.suppress(OSError, ValueError):
            traceback.print_exception(error, file=sys.stderr)


def columns_of(table: Table, concepts: Mapping[str, Concept]) -> tuple[Column, ...]:
    """The columns of a table, from its declaration."""
    return tuple(
        Column(name, concepts[name].type, concepts[name].definition, name not in table.not_null)
        for name in table.columns
    )


def columns_named(names: Iterable[str], concepts: Mapping[str, Concept]) -> tuple[Column, ...]:
    """Columns by the names of their concepts."""
    return tuple(Column(name, concepts[name].type, concepts[name].definition) for name in names)


def judge(node: Node, record: Record) -> dict[str, tuple[bool, bool, dict[str, Any]]]:
    """What the checks of an asset found: passed, serious where not, and evidence.

    Evidence names files, columns and counts, never the content of a cell.
    """
    held: dict[str, int] = {}
    for account in record.detail.get("accounts", ()):
        for reason, count in account["quarantined"].items():
            held[reason] = held.get(reason, 0) + count
    rows = record.rows
    told = "\n".join(str(problem) for problem in record.problems)
    adds_up = rows.rows_in == rows.accepted + rows.quarantined + sum(rows.excluded.values())
    results: dict[str, tuple[bool, bool, dict[str, Any]]] = {
        "deliveries_readable": (not record.problems, True, {"problems": told}),
        "rows_accounted": (adds_up, True, {"account": str(rows)}),
        "nothing_quarantined": (not held, False, dict(held)),
    }
    # of a rule that looks at values there is a finding, or there is none
    found = record.detail.get("findings", {})
    for name in node.checks.keys() - results.keys():
        told_of = found.get(name, {})
        evidence = {"findings": told_of.get("findings", 0), "cells": "\n".join(told_of.get("cells", ()))}
        results[name] = (not told_of, bool(told_of.get("error")), evidence)
    return {name: results[name] for name in node.checks}
