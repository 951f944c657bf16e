"""The graph as Dagster shows it: a snapshot, the walls between states, the sensor on a real instance.

`python tests/pipelines/test_graph.py` writes the snapshot again.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipelines.nodes import STATES, Graph, judge
from pipelines.session import Session
from pipelines.store import Record

SNAPSHOT = Path(__file__).with_name("graph.txt")


@pytest.fixture(scope="module")
def graph(tmp_path_factory) -> Graph:
    return Session.open(tmp_path_factory.mktemp("graph") / "root").graph


def described(graph: Graph) -> str:
    """One line an asset: its key and what it is made from."""
    return "".join(f"{node.key} <- {', '.join(node.parents)}\n" for node in graph.nodes.values())


def test_the_graph_is_the_one_that_was_agreed(graph):
    assert described(graph) == SNAPSHOT.read_text(encoding="utf-8")


def test_every_edge_goes_to_the_right(graph):
    seen: set[str] = set()
    for node in graph.nodes.values():
        for parent in node.parents:
            states = STATES.index(parent.partition("/")[0]), STATES.index(node.state)
            # beside the tables of a state stands what is told of them: deliveries and database, findings and quality;
            # and what is made from certificates when they have been linked to persons
            told = node.together == "persons" or node.key in (
                "observatory/deliveries", "observatory/database", "indicators/plausibility", "indicators/quality"
            )
            assert states[0] < states[1] or (told and states[0] == states[1] and parent in seen), (parent, node.key)
        seen.add(node.key)


def test_what_is_published_comes_from_protected_tables_only(graph):
    published = [node for node in graph.nodes.values() if node.state == "published"]
    assert published
    for node in published:
        assert {parent.partition("/")[0] for parent in node.parents} == {"protected"}


def test_databases_are_leaves(graph):
    parents = {parent for node in graph.nodes.values() for parent in node.parents}
    assert "observatory/database" not in parents


def test_no_path_below_the_root_is_too_long_and_no_name_is_reserved(graph):
    reserved = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
    for node in graph.nodes.values():
        path = graph.record_path(node).relative_to(graph.root.path)
        assert len(path.as_posix()) < 150
        assert not reserved & {part.partition(".")[0].lower() for part in path.parts}


def test_each_rule_of_plausibility_is_a_check_that_names_the_cells_it_found(graph):
    node = graph.nodes["indicators/plausibility"]
    found = {"additivity": {"error": True, "findings": 7, "cells": ["figures: a=1", "figures: a=2"]},
             "level_break": {"error": False, "findings": 1, "cells": ["figures: b=1"]}}  # fmt: skip
    judged = judge(node, Record(node.key, "made from", "version", detail={"findings": found}))
    assert judged.keys() == node.checks.keys()
    assert {"part_equals_whole", "share_of_unknown", "unit_error", "sex_reversal"} <= judged.keys()
    assert judged.pop("additivity") == (False, True, {"findings": 7, "cells": "figures: a=1\nfigures: a=2"})
    assert judged.pop("level_break") == (False, False, {"findings": 1, "cells": "figures: b=1"})
    assert {passed for passed, _, _ in judged.values()} == {True}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    """What `dagster dev -m pipelines.definitions` loads."""
    import dagster as dg

    from pipelines import definitions as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LM_STATS_ROOT", str(tmp_path_factory.mktemp("definitions") / "root"))
        loaded = module.definitions()
        dg.Definitions.validate_loadable(loaded)
        return loaded


@pytest.mark.journey
def test_dagster_opens_on_seven_groups_with_columns_and_descriptions(definitions, graph):
    import dagster as dg

    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert {spec.group_name for spec in specs.values()} == set(STATES)
    assert {key for key in specs if not key.startswith("raw/")} == set(graph.nodes)
    permits = specs["observatory/permits"]
    columns = {column.name: column for column in permits.metadata["dagster/column_schema"].columns}
    assert columns["workers"].type == "int"
    assert columns["citizenship"].description == "Country whose citizen the person is."
    assert not columns["permit_id"].constraints.nullable
    assert all(spec.description for spec in specs.values())
    job = definitions.resolve_job_def("everything")
    assert job.executor_def is dg.in_process_executor or job.executor_def.name == "in_process"


@pytest.mark.journey
def test_the_checks_carry_evidence_that_shows_no_cell(ran, monkeypatch):
    import dagster as dg

    from pipelines.running import open_instance

    ran.receive(ran.register("north", 2014, 20, Nationality="Zebulonia"))
    ran.receive(b"one,two,three\n1,2,3\n", period="2015")
    opened, connect = [], sqlite3.dbapi2.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3.dbapi2, "connect", lambda *given, **more: opened.append(given) or connect(*given, **more))
        assert ran.run(dagster=True).code == 1
    with open_instance(ran.root / "curated/.dagster") as instance:
        (run,) = instance.get_runs(limit=1)
        found = {
            (e.asset_key.to_user_string(), e.check_name): e
            for record in instance.get_records_for_run(run.run_id, limit=10_000).records
            if record.event_log_entry.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
            for e in [record.event_log_entry.dagster_event.asset_check_evaluation_data]
        }
        latest = instance.get_latest_materialization_event(dg.AssetKey(["staged", "xab", "north"]))
    assert 0 < len(opened) < 100, "Dagster opens its databases anew for each event"
    readable = found["staged/xab/north", "deliveries_readable"]
    assert (readable.passed, readable.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "xab/north/2015.v1" in readable.metadata["problems"].value
    held = found["harmonised/xab/north", "nothing_quarantined"]
    assert (held.passed, held.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert held.metadata["unmapped_citizenship"].value == 1
    assert found["harmonised/xab/north", "rows_accounted"].passed
    assert found["observatory/permits", "rows_accounted"].passed
    assert "Zebulonia" not in str(found)
    graph = Session.open(ran.root, [ran.pack]).graph
    tags = latest.asset_materialization.tags
    assert tags["dagster/data_version"] == graph.record("staged/xab/north").version


@pytest.mark.journey
def test_the_sensor_notices_a_delivery_and_the_run_it_starts_makes_what_depends_on_it(ran, monkeypatch):
    import dagster as dg

    from pipelines import definitions as module
    from pipelines.running import open_instance

    monkeypatch.setenv("LM_STATS_ROOT", str(ran.root))
    monkeypatch.setenv("LM_STATS_CATALOG", str(ran.pack))
    loaded = module.definitions()
    sensor = loaded.resolve_sensor_def("new_delivery")
    with open_instance(ran.root / "curated/.dagster") as instance:

        def tick(cursor):
            with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=loaded) as context:
                return sensor.evaluate_tick(context)

        first = tick(None)
        assert not first.run_requests
        assert first.skip_message == "Everything is up to date."
        assert not tick(first.cursor).run_requests

        ran.receive(ran.register("south", 2015), "SOUTH", "2015")
        noticed = tick(first.cursor)
        (request,) = noticed.run_requests
        asked = {key.to_user_string() for key in request.asset_selection}
        assert {"staged/xab/south", "published/labour_migration"} <= asked
        assert "staged/xab/north" not in asked
        assert not tick(noticed.cursor).run_requests, "one delivery starts one run"

        done = loaded.resolve_job_def("everything").execute_in_process(
            instance=instance, asset_selection=request.asset_selection,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )  # fmt: skip
        assert done.success
    assert ran.run().status == "unchanged"
    assert (ran.root / "curated/staged/xab/south/2015.v1.parquet").exists()


def test_no_country_is_named_in_the_application():
    from lm_stats.catalog import load

    names = set()
    for country in load().countries.values():
        names |= {country.code, *country.names.values()}
    for path in sorted((Path(__file__).parents[2] / "pipelines").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if f'"{name}"' in text or f"'{name}'" in text], path


def test_the_bilingual_file_is_short():
    factories = Path(__file__).parents[2] / "pipelines/factories.py"
    assert len(factories.read_text(encoding="utf-8").splitlines()) < 100


if __name__ == "__main__":
    SNAPSHOT.write_text(described(Session.open(Path("no such root")).graph), encoding="utf-8", newline="\n")
