"""The command `run`: what is out of date and everything to its right, in one process."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lm_stats.spec import Fault, Problem
from pipelines import store
from pipelines.answer import Answer, AssetAnswer
from pipelines.nodes import Plan, show_trace
from pipelines.remembering import memory_problems
from pipelines.root import timestamp
from pipelines.session import Session
from pipelines.store import Record

LAST_RUN = "run.json"
_INDICATORS = "indicators/"
_INSTANCE = """\
# Dagster's own records of runs; they can be deleted at any time.
telemetry:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def run(session: Session, answer: Answer, say: Callable[[str], None]) -> None:
    """Make again what differs from what it was made from, and everything to its right.

    Args:
        session: The root and its declarations.
        answer: Filled in.
        say: Tells a person how far the work is.

    Raises:
        Fault: If nothing can be done at all: the root is held by another command, is refused,
            holds no folder for deliveries, or a delivery of a source that no pack declares.
    """
    root, graph = session.root, session.graph
    root.require()
    with root.locked():
        session.prepare()
        waiting = graph.finish_swaps()
        received = root.deliveries()
        plan = graph.plan() if received else Plan((), {}, {})
        made: dict[str, Record] = {}
        if plan.stale:
            made = _make(session, plan, answer, say)
            waiting = graph.finish_swaps()
        answer.fail(waiting)
        _gather(session, plan, made, answer)
        if plan.stale:
            _leave_word(session, answer)
    answer.unchanged = not plan.stale
    answer.lines = _text(session, plan, answer, bool(received))


def _make(session: Session, plan: Plan, answer: Answer, say: Callable[[str], None]) -> dict[str, Record]:
    """Make the stale assets with Dagster; returns the new records."""
    made: dict[str, Record] = {}
    done: list[str] = []
    total = len(plan.stale)

    def produce(key: str) -> Record:
        started = time.perf_counter()
        try:
            record = session.produce(key, lambda text: say(f"          {text}"))
        except Fault as fault:
            done.append(key)
            answer.fail(fault.problems, fault.code)
            seconds = time.perf_counter() - started
            answer.assets.append(AssetAnswer(key, "failed", store.Rows(), round(seconds, 3)))
            say(f"[{len(done):>2}/{total}] {key}  {seconds:.1f} s  FAILED")
            raise
        done.append(key)
        made[key] = record
        answer.assets.append(AssetAnswer(key, "made", record.rows, record.seconds))
        say(f"[{len(done):>2}/{total}] {key}  {record.seconds:.1f} s  {_told(record)}")
        return record

    try:
        _materialise(session, plan.stale, produce)
    except Exception as error:
        # Dagster itself failed (a full disk, a damaged instance): what was made before stands
        if not answer.problems:
            show_trace(error)
            answer.fail(store.told_plainly(error, str(session.root.curated / ".dagster")).problems)
    left = [key for key in plan.stale if key not in done]
    if left and not answer.problems:
        # Dagster gave up on an asset beside its making, and says so in its own records only
        do = "Run again; if that does not help, tell the maintainers."
        answer.fail((Problem(left[0], f"this was not made, nor {len(left) - 1} assets after it", do),))
    return made


def _told(record: Record) -> str:
    """The account of an asset in a few words."""
    state = record.key.partition("/")[0]
    if state in ("staged", "harmonised") and not record.files and not record.problems:
        return "nothing delivered"
    return str(record.rows) if state in ("staged", "harmonised", "observatory") else f"{record.rows.accepted:,} values"


def _materialise(session: Session, keys: Sequence[str], produce: Callable[[str], Record]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import dagster as dg

        from pipelines.definitions import build_definitions
        from pipelines.factories import JOB

        job = build_definitions(session, produce, keys).resolve_job_def(JOB)
        # loaded before the work begins, so that the first asset is not charged with it
        for name in dict.fromkeys(name for key in keys for name in session.graph.nodes[key].code):
            importlib.import_module(name)
        with open_instance(session.root.curated / ".dagster") as instance:
            assert isinstance(instance, dg.DagsterInstance)
            job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                # faults are told by the command; Dagster's own lines would repeat them with their traces
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )


@contextlib.contextmanager
def open_instance(home: Path) -> Iterator[Any]:
    """Dagster's instance in a folder; one that cannot be used is thrown away and made again.

    Args:
        home: The folder.
    """
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    try:
        instance = _instance(home)
    except OSError:
        raise
    except Exception:
        shutil.rmtree(home, ignore_errors=True)
        instance = _instance(home)
    with instance, _kept_open():
        yield instance


class _Unsynchronised(sqlite3.Connection):
    """A database that does not wait for the disk at each event: what a power cut damages is made again."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.execute("PRAGMA synchronous = OFF")


@contextlib.contextmanager
def _kept_open() -> Iterator[None]:
    """Let Dagster keep the databases of its events open.

    It opens and closes them anew for each event, which takes longer than what most events tell of.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log as module

    create, known = module.create_engine, dict[str, Any]()

    def engine(url: str, **options: Any) -> Any:
        if url not in known:
            # without this class of its own choice, a pool that keeps what is handed back
            options.pop("poolclass", None)
            options["connect_args"] = {**options.get("connect_args", {}), "factory": _Unsynchronised}
            known[url] = create(url, **options)
            known[url].dispose = lambda: None
        return known[url]

    module.create_engine = engine
    try:
        yield
    finally:
        module.create_engine = create
        for one in known.values():
            del one.dispose
            one.dispose()


def _instance(home: Path) -> Any:
    import dagster as dg

    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.is_file() or settings.read_text(encoding="utf-8") != _INSTANCE:
        settings.write_text(_INSTANCE, encoding="utf-8", newline="\n")
    instance = dg.DagsterInstance.from_config(str(home))
    try:
        # a damaged database shows only when it is read
        instance.get_runs(limit=1)
        instance.all_asset_keys()
        instance.all_instigator_state()
    except Exception:
        instance.dispose()
        raise
    return instance


def _gather(session: Session, plan: Plan, made: Mapping[str, Record], answer: Answer) -> None:
    """Add to the answer what was kept, what was made, and what the records say is wrong."""
    told = {asset.key for asset in answer.assets}
    records = {**plan.records, **made}
    for key in session.graph.nodes:
        if key not in told and key in records:
            answer.assets.append(AssetAnswer(key, "kept", records[key].rows))
        if key in records:
            answer.fail(records[key].problems)
            answer.warnings += records[key].warnings
    answer.warnings = sum_up([*answer.warnings, *memory_problems(session.root, session.catalog)])
    order = list(session.graph.nodes)
    answer.assets.sort(key=lambda asset: order.index(asset.key))
    answer.outputs += [str(path) for path in outputs(session)]


def sum_up(said: Sequence[Problem]) -> list[Problem]:
    """Say once what is said of many indicators alike.

    Args:
        said: What a person should know.

    Returns:
        The same in order. Where several say the same of the same area and round, and only the indicator is another, the
        first of them stands for all, and its place says for how many.
    """
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in said:
        asset, _, rest = problem.where.partition(", ")
        # of all else the name tells a person where to look
        own = "" if asset.startswith(_INDICATORS) else asset
        found.setdefault((own, rest, problem.what, problem.do), []).append(problem)
    return [_for_all(alike) for alike in found.values()]


def _for_all(alike: Sequence[Problem]) -> Problem:
    assets = list(dict.fromkeys(problem.where.partition(", ")[0] for problem in alike))
    if len(assets) == 1:
        return alike[0]
    _, comma, rest = alike[0].where.partition(", ")
    others = "1 other" if len(assets) == 2 else f"{len(assets) - 1} others"
    return replace(alike[0], where=f"{assets[0]} and {others}{comma}{rest}")


def outputs(session: Session) -> list[Path]:
    """What a person may open: the observatory's database and the files of the drafts."""
    graph, found = session.graph, []
    for node in graph.nodes.values():
        if node.state == "published" or node.key == "observatory/database":
            record = graph.record(node.key)
            found += [graph.folder(node) / name for name in (record.files if record else ())]
    return [path for path in found if path.exists()]


def _leave_word(session: Session, answer: Answer) -> None:
    """Leave word of the run for the command `status`."""
    word = {"at": timestamp(), "status": answer.status, "problems": [str(problem) for problem in answer.problems]}
    with contextlib.suppress(OSError):
        store.write_text(session.root.curated / LAST_RUN, json.dumps(word, indent=1) + "\n")


def _text(session: Session, plan: Plan, answer: Answer, received: bool) -> list[str]:
    if not received and not answer.problems:
        return [f"Nothing has been delivered to {session.root.path} yet. Receive a delivery: lm-stats receive --help"]
    made = {asset.key for asset in answer.assets if asset.status == "made"}
    lines = [f"Made {len(made)} of {len(session.graph.nodes)} assets."]
    if not plan.stale:
        lines = ["Nothing has changed since the last run; nothing was done."]
    for key, record in session.graph.records().items():
        node = session.graph.nodes[key]
        if node.state == "published":
            if key in plan.stale and key not in made:
                lines.append(f"The draft {node.name} could not be made again; that of {record.made_at} stands:")
            lines += _where(session.graph.folder(node) / node.name)
    if session.root.is_synthetic:
        lines.append("All of this is synthetic data, not official statistics.")
    return lines


def _where(draft: Path) -> list[str]:
    """Where the parts of a draft are."""
    exports = sorted(path.name for path in (draft / "exports").glob("*") if path.is_dir())
    parts = [
        ("report", draft / "report.html"),
        ("figures", draft / "figures"),
        ("tables", draft / "tables"),
        ("database", draft / "lm_public.duckdb"),
        *((f"export {name}", draft / "exports" / name) for name in exports),
    ]
    return [f"  {name:<12} {path}" for name, path in parts if path.exists()]
