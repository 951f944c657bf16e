"""What Dagster opens: `dagster dev -m pipelines.definitions`.

The root is `LM_STATS_ROOT` (default `data`), further packs are `LM_STATS_CATALOG`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

import dagster as dg

from pipelines import factories
from pipelines.defs import automation
from pipelines.nodes import Graph
from pipelines.session import Session
from pipelines.store import Record


@dg.definitions
def definitions() -> dg.Definitions:
    """The assets of the root that the environment names."""
    extra = [Path(part) for part in os.environ.get("LM_STATS_CATALOG", "").split(os.pathsep) if part]
    session = Session.open(Path(os.environ.get("LM_STATS_ROOT", "data")), extra)
    return build_definitions(session, session.produce_alone)


def build_definitions(
    session: Session, produce: Callable[[str], Record], keys: Collection[str] | None = None
) -> dg.Definitions:
    """The assets, the job over all of them, and the sensor.

    Args:
        session: The session whose graph is shown.
        produce: Makes the asset with the given key.
        keys: The assets wanted; none: all of them.
    """
    graph: Graph = session.graph
    nodes = [node for key, node in graph.nodes.items() if keys is None or key in keys]
    assets = factories.assets(nodes, graph, produce)
    raw = [factories.raw_asset(f"raw/{s.path}", s.title or s.path) for s in session.catalog.sources.values()]
    job = dg.define_asset_job(
        factories.JOB, executor_def=dg.in_process_executor, description="Everything, in one process."
    )
    sensor = automation.new_delivery_sensor(session)
    return dg.Definitions(assets=[*raw, *assets], jobs=[job], sensors=[sensor], executor=dg.in_process_executor)
