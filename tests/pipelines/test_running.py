"""What a run makes, keeps and remembers."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from lm_stats import open_observatory
from lm_stats.catalog import load
from lm_stats.compile.duckdb import connect
from lm_stats.spec import SYNTHETIC_STATEMENT, DeliveredFile, Fault, read_delivery
from pipelines import store
from pipelines.root import Root
from pipelines.session import Session
from tests.pipelines.conftest import FEWER
from tests.shortcuts import AFTER_DELIVERIES

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.journey


def stamps(office, folder: str) -> dict[str, tuple[int, int]]:
    """Size and time of every file below a folder of `curated`."""
    home = office.root / "curated" / folder
    return {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in home.rglob("*") if p.is_file()}


def stale(office) -> set[str]:
    """Keys that differ themselves, not what lies to their right."""
    return set(Session.open(office.root, [office.pack]).graph.plan().reasons)


def read(office, name: str) -> pd.DataFrame:
    return pd.read_parquet(office.root / "curated" / name)


def revised(office) -> list[int]:
    """The stock at the end of 2014 as it was known, what was late, what was corrected, as it is known, the residual."""
    found = read(office, "observatory/stock_revisions.parquet")
    assert set(found["reference_date"].astype("str").str[:10]) == {"2014-12-31"}
    return found[["stock_then", "registered_late", "corrected", "stock_now", "residual"]].sum().astype(int).to_list()


# What there is to do -------------------------------------------------------------------------------


def test_the_first_run_makes_every_state_and_accounts_for_every_row(ran):
    folders = {path.name for path in (ran.root / "curated").iterdir()}
    assert {"staged", "harmonised", "observatory", "indicators", "protected", "published"} <= folders
    said = ran.run()
    for asset in said.document["assets"]:
        assert asset["rows_in"] == asset["accepted"] + asset["quarantined"] + sum(asset["excluded"].values()), asset
    by_key = {asset["key"]: asset for asset in said.document["assets"]}
    assert by_key["staged/xab/north"]["rows_in"] == 12
    assert by_key["observatory/permits"]["accepted"] == 24
    made_of_permits = [table for table in load().tables.values() if table.made_from == "permits"]
    assert len(made_of_permits) == 8
    with open_observatory(ran.root) as connection:
        comments = dict(connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall())
        persons = connection.execute("SELECT count(*), sum(n_certificates) FROM persons").fetchone()
        stock = connection.execute("SELECT sum(stock_end), sum(residual) FROM stock_accounts").fetchone()
    assert (persons, stock) == ((24, 24), (24, 0)), "nobody holds two certificates"
    for table in made_of_permits:
        assert by_key[f"observatory/{table.id}"]["accepted"] or table.id == "stock_revisions", table.id
        assert table.unit_of_count in comments[table.id]
    assert {Path(path).name for path in said.document["outputs"]} >= {"report.html", "observatory.duckdb"}


def test_with_nothing_changed_nothing_is_done_and_nothing_heavy_is_imported(ran):
    before = {p: p.stat().st_mtime_ns for p in (ran.root / "curated").rglob("*") if p.is_file()}
    code = FEWER + (
        "import sys\nfrom pipelines.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as left:\n    code = left.code\n"
        "heavy = {'dagster', 'pandas', 'duckdb', 'matplotlib', 'pyarrow', 'numpy', 'pandera'} & set(sys.modules)\n"
        "print(code, sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "--root", str(ran.root), "--catalog", str(ran.pack), "--json"],
        capture_output=True, text=True, check=False, env=environment(),
    )  # fmt: skip
    # what a register cannot tell of persons is said each time
    assert done.stderr.splitlines()[-1] == "0 []"
    document = json.loads(done.stdout)
    assert document["status"] == "unchanged"
    assert {asset["status"] for asset in document["assets"]} == {"kept"}
    after = {p: p.stat().st_mtime_ns for p in (ran.root / "curated").rglob("*") if p.is_file()}
    assert before == after


def environment(**more: str) -> dict[str, str]:
    """The environment of a program of its own that finds the project."""
    path = [str(REPOSITORY / "src"), str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **more}


@pytest.fixture(scope="session")
def grown(tmp_path_factory, copy_of_first_run):
    """The country after a further delivery and an undisturbed run, what that said, and the stamps of before.

    Tests must not change it.
    """
    with pytest.MonkeyPatch.context() as patch:
        made = copy_of_first_run(tmp_path_factory.mktemp("grown"), patch)
        before = {part: stamps(made, part) for part in ("staged/xab/north", "harmonised/xab/north", "staged/xab/south")}
        assert made.receive(made.register("south", 2015), "SOUTH", "2015").code == 0
        return made, made.run(), before


def test_a_new_delivery_leaves_the_other_source_untouched(grown):
    ran, said, before = grown
    north = before["staged/xab/north"] | before["harmonised/xab/north"]
    south_2014 = before["staged/xab/south"]["2014.v1.parquet"]
    assert said.code == 0
    made = said.keys("made")
    assert {"staged/xab/south", "harmonised/xab/south", "observatory/permits"} <= set(made)
    assert "published/labour_migration" in made
    assert not {"staged/xab/north", "harmonised/xab/north", "staged/lso/work_permits_mole"} & set(made)
    assert stamps(ran, "staged/xab/north") | stamps(ran, "harmonised/xab/north") == north
    assert stamps(ran, "staged/xab/south")["2014.v1.parquet"] == south_2014, "a delivery is staged once"
    assert len(read(ran, "observatory/permits.parquet")) == 36
    assert revised(ran) == [24, 0, 0, 24, 0]


def test_a_new_version_takes_the_place_of_the_old_one(ran):
    assert ran.receive(ran.register("north", 2014, 5)).document["delivery"] == "xab/north/2014.v2"
    assert ran.run(left_out=("indicators", "protected", "published")).code == 0
    listed = read(ran, "observatory/deliveries.parquet").set_index("delivery_id")
    assert listed.loc["xab/north/2014.v1", "superseded_by"] == "xab/north/2014.v2"
    assert listed.loc["xab/north/2014.v1", "delivery_status"] == "superseded"
    assert listed.loc["xab/north/2014.v2", "accepted"] == 5
    assert listed.loc["xab/north/2014.v1", ["rows_in", "accepted", "excluded"]].tolist() == [12, 0, 12]
    permits = read(ran, "observatory/permits.parquet")
    assert permits["delivery_id"].value_counts().to_dict() == {"xab/south/2014.v1": 12, "xab/north/2014.v2": 5}
    assert revised(ran) == [24, 0, 7, 17, 0]


def test_a_delivery_that_was_taken_away_is_gone_to_the_right(ran):
    shutil.rmtree(ran.root / "raw/xab/south/2014.v1")
    said = ran.run()
    assert said.code == 0
    gone, missing = (one for one in said.document["warnings"] if one["where"] != "permits of XAB")
    assert (gone["where"], "no longer in raw" in gone["what"]) == ("xab/south/2014.v1", True)
    assert "south has delivered nothing that can be used" in missing["what"]
    assert not (ran.root / "curated/staged/xab/south/2014.v1.parquet").exists()
    assert not (ran.root / "curated/harmonised/xab/south/permits.parquet").exists()
    assert len(read(ran, "observatory/permits.parquet")) == 12


def test_an_edited_declaration_makes_its_own_source_anew(ran):
    before = Session.open(ran.root, [ran.pack]).graph.plan()
    assert before.stale == ()
    ran.declare("south", precedence=2, replaces="all")
    assert stale(ran) == {"staged/xab/south"}
    plan = Session.open(ran.root, [ran.pack]).graph.plan()
    assert "published/labour_migration" in plan.stale
    assert "harmonised/xab/north" not in plan.stale


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("lm_stats.stage", {"staged/xab/north", "staged/xab/south"}),
        ("lm_stats.estimate", {"indicators/permits_issued_by_region", "indicators/permits_issued_by_sector"}),
        ("lm_stats.publish", {"published/labour_migration"}),
    ],
)
def test_changed_code_makes_anew_what_it_made(ran, monkeypatch, package, expected):
    known = store.code_fingerprint
    monkeypatch.setattr(store, "code_fingerprint", lambda names: known(names) + ("changed" if package in names else ""))
    state = next(iter(expected)).partition("/")[0]
    assert expected <= stale(ran)
    assert {key.partition("/")[0] for key in stale(ran)} == {state}


@pytest.mark.parametrize("what", ["missing", "altered"])
def test_an_output_that_is_missing_or_altered_is_made_again(ran, what):
    path = ran.root / "curated/indicators/permits_issued_by_region.parquet"
    good = path.read_bytes()
    path.unlink() if what == "missing" else path.write_bytes(good[:-1] + b"?")
    said = ran.run()
    assert said.code == 0
    assert path.read_bytes() == good
    assert said.keys("made") == [
        "indicators/permits_issued_by_region", "indicators/plausibility", "indicators/quality",
        "protected/labour_migration/permits_issued_by_region", "protected/labour_migration/plausibility",
        "protected/labour_migration/quality", "published/labour_migration",
    ]  # fmt: skip


def test_a_root_that_was_copied_is_up_to_date(ran, tmp_path):
    shutil.copytree(ran.root, tmp_path / "copy", copy_function=shutil.copyfile)
    ran.root = tmp_path / "copy"
    assert ran.run().status == "unchanged"


@pytest.mark.parametrize("damage", ["lost", "runs", "index", "settings"])
def test_a_lost_or_damaged_dagster_instance_costs_nothing(ran, damage):
    home = ran.root / "curated/.dagster"
    before = ran.curated()
    if damage == "lost":
        shutil.rmtree(home)
    else:
        name = {"runs": "history/runs.db", "index": "history/runs/index.db", "settings": "dagster.yaml"}[damage]
        (home / name).write_bytes(b"this is no database: \x00\x01" * 300)
    assert ran.run().status == "unchanged"
    (ran.root / "curated/indicators/permits_issued_by_region.parquet").unlink()
    assert ran.run(dagster=True).code == 0
    assert ran.curated() == before
    assert "enabled: false" in (home / "dagster.yaml").read_text(encoding="utf-8")


def test_before_anything_was_delivered_there_is_nothing_to_do(office):
    (office.root / "raw").mkdir(parents=True)
    said = office.run()
    assert (said.code, said.status) == (0, "unchanged")


def test_a_folder_that_is_no_root_is_wrong_use(office):
    said = office.run()
    assert said.code == 2
    assert "no folder raw" in said.problems
    assert not office.root.exists()


# Deliveries that fail ------------------------------------------------------------------------------

def test_a_delivery_that_fails_does_not_fail_its_source_and_is_remembered(ran):
    assert ran.receive(ran.register("north", 2015).replace("Nationality", "Wohnort"), period="2015").code == 0
    assert ran.receive(ran.register("south", 2015), "SOUTH", "2015").code == 0
    said = ran.run()
    assert said.code == 1
    assert said.status == "failed"
    assert "xab/north/2015.v1" in said.problems
    assert "published/labour_migration" in said.keys("made")
    assert len(read(ran, "observatory/permits.parquet")) == 36
    listed = read(ran, "observatory/deliveries.parquet").set_index("delivery_id")
    assert listed.loc["xab/north/2015.v1", "delivery_status"] == "failed"

    again = ran.run()
    assert again.code == 1
    assert again.keys("made") == []
    assert again.document["problems"] == said.document["problems"]

    assert ran.receive(ran.register("north", 2015), period="2015").document["delivery"] == "xab/north/2015.v2"
    repaired = ran.run(left_out=AFTER_DELIVERIES)
    assert repaired.code == 0, repaired.problems
    assert len(read(ran, "observatory/permits.parquet")) == 48


def test_the_version_before_stands_for_one_that_fails(ran):
    before = ran.curated()["observatory/permits.parquet"]
    ran.receive(ran.register("north", 2014).replace("Nationality", "Wohnort"), period="2014")
    said = ran.run(left_out=AFTER_DELIVERIES)
    assert said.code == 1
    assert ran.curated()["observatory/permits.parquet"] == before
    listed = read(ran, "observatory/deliveries.parquet").set_index("delivery_id")
    assert listed["delivery_status"].to_dict() == {
        "xab/north/2014.v1": "current", "xab/north/2014.v2": "failed", "xab/south/2014.v1": "current",
    }  # fmt: skip


def test_altered_bytes_fail_the_delivery_and_its_last_good_version_stands(ran):
    before = ran.curated()
    (path,) = (ran.root / "raw/xab/north/2014.v1").glob("*.csv")
    good = path.read_bytes()
    path.write_bytes(good.replace(b"granted", b"refused", 1))
    said = ran.run(left_out=AFTER_DELIVERIES)
    assert said.code == 1
    assert "not those that were received" in said.problems
    assert ran.curated()["observatory/permits.parquet"] == before["observatory/permits.parquet"]
    path.write_bytes(good)
    assert ran.run().code == 0
    assert ran.curated() == before


RECORDS = {
    "unparsable": lambda text: "id = ",
    "another id": lambda text: text.replace("xab/north/2014.v1", "xab/north/2014.v2"),
    "another agency": lambda text: text.replace("XAB_NORTH", "XAB_SOUTH"),
    "gone": lambda text: None,
}


def test_a_damaged_record_fails_its_delivery_and_its_last_good_version_stands(ran):
    before = ran.curated()
    record = ran.root / "raw/xab/north/2014.v1/delivery.toml"
    good = record.read_text(encoding="utf-8")
    for damage, change in RECORDS.items():
        damaged = change(good)
        assert damaged != good
        record.unlink() if damaged is None else record.write_text(damaged, encoding="utf-8", newline="\n")
        again = damage in ("unparsable", "gone")
        for _ in range(1 + again):
            # one of them the whole way
            said = ran.run(left_out=() if damage == "unparsable" else AFTER_DELIVERIES)
            assert (said.code, said.status) == (1, "failed"), damage
            assert "xab/north/2014.v1" in said.problems, damage
            assert "delivery.toml" in said.problems, damage
        assert not again or said.keys("made") == [], f"{damage}: it is remembered"
        after = ran.curated()
        for name in ("observatory/permits.parquet", "observatory/deliveries.parquet"):
            assert after[name] == before[name], damage
        shown = {d["delivery"]: d for d in ran.call("status").document["deliveries"]}["xab/north/2014.v1"]
        assert (shown["state"], shown["rows_in"]) == ("failed, last good stands", 12), damage
    # others are found in the same place
    for told, instead in (('period = "2014"', 'period = "2015"'), ("2026-01-31T12:00:00Z", "last week")):
        assert told in good
        record.write_text(good.replace(told, instead), encoding="utf-8", newline="\n")
        (found,) = (one for one in Root(ran.root).deliveries() if one.id == "xab/north/2014.v1")
        assert found.delivery is None, instead
        assert "delivery.toml" in str(found.problem), instead
    record.write_text(good, encoding="utf-8", newline="\n")
    assert ran.run().code == 0
    assert ran.curated() == before


def test_a_damaged_record_that_was_never_staged_is_listed_as_failed(ran):
    ran.receive(ran.register("north", 2015), period="2015")
    (ran.root / "raw/xab/north/2015.v1/delivery.toml").write_text("id = ", encoding="utf-8")
    said = ran.run(left_out=AFTER_DELIVERIES)
    assert said.code == 1
    assert len(read(ran, "observatory/permits.parquet")) == 24
    listed = read(ran, "observatory/deliveries.parquet").set_index("delivery_id").loc["xab/north/2015.v1"]
    assert (listed["delivery_status"], listed["agency"], listed["rows_in"]) == ("failed", "XAB_NORTH", 0)
    shown = {d["delivery"]: d["state"] for d in ran.call("status").document["deliveries"]}
    assert shown["xab/north/2015.v1"] == "failed"


@pytest.mark.parametrize("what", ["no rows", "another kind", "cut off"])
def test_unusable_files_fail_with_a_plain_message(ran, what):
    content = {
        "no rows": ran.register("north", 2015, 0).encode(),
        "another kind": b"one,two,three\n1,2,3\n4,5,6\n",
        "cut off": ran.register("north", 2015).encode()[:30],
    }[what]
    ran.receive(content, period="2015")
    found = ran.run(left_out=AFTER_DELIVERIES)
    assert found.code == 1
    assert "xab/north/2015.v1" in found.problems
    assert "unexpected" not in found.problems
    assert len(read(ran, "observatory/permits.parquet")) == 24


def test_without_the_pack_of_a_delivery_nothing_is_made_and_the_last_good_state_stands(ran):
    before = stamps(ran, ".")
    folder = ran.root / "raw/xab/west"
    shutil.copytree(ran.root / "raw/xab/north", folder)
    for _ in range(2):
        said = ran.run()
        assert (said.code, said.status) == (1, "failed")
        assert said.document["assets"] == []
        assert "xab/west/2014.v1: no source xab/west is declared" in said.problems
        assert "--catalog DIR" in said.problems
        assert str(folder / "2014.v1") in said.problems
    assert stamps(ran, ".") == before
    shutil.rmtree(folder)
    assert (ran.run().code, stamps(ran, ".")) == (0, before)


# Steps and disks that fail -------------------------------------------------------------------------

SECRET = "Zebulonia Quixotembwa"


def test_a_step_that_raises_stops_what_depends_on_it_and_tells_no_cell(ran, monkeypatch, capfd):
    import lm_stats.estimate as step

    before = ran.curated()
    real = step.estimate

    def estimate(indicator, *arguments, **more):
        if indicator.id == "permits_issued_by_sector":
            raise ValueError(f"could not convert string to float: '{SECRET}'")
        return real(indicator, *arguments, **more)

    ran.receive(ran.register("south", 2015), "SOUTH", "2015")
    with monkeypatch.context() as patch:
        patch.setattr(step, "estimate", estimate)
        said = ran.run(dagster=True)
    assert said.code == 1
    assert said.keys("failed") == ["indicators/permits_issued_by_sector"]
    assert "indicators/permits_issued_by_region" in said.keys("made")
    assert "published/labour_migration" in said.keys("kept")
    assert "unexpected ValueError" in said.problems
    after = ran.curated()
    for name in ("indicators/permits_issued_by_sector.parquet", "published/draft/labour_migration/report.html"):
        assert after[name] == before[name]
    everything = said.stdout + said.stderr + capfd.readouterr().err
    for path in (ran.root / "curated").rglob("*"):
        if path.is_file():
            everything += path.read_bytes().decode("latin-1")
    assert "Zebulonia" not in everything
    assert "Quixotembwa" not in everything
    assert ran.run().code == 0


def test_what_dagster_leaves_out_is_said(ran, monkeypatch):
    def fail(node, record):
        raise TypeError("no such metadata")

    (ran.root / "curated/indicators/permits_issued_by_region.parquet").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.factories._checks", fail)
        said = ran.run(dagster=True)
    assert said.code == 1
    assert "indicators/plausibility: this was not made, nor" in said.problems
    assert ran.run().code == 0


def test_a_full_disk_is_said_and_the_last_good_state_stands(ran, grown, monkeypatch):
    import lm_stats.handover as handover

    before = ran.curated()
    ran.receive(ran.register("south", 2015), "SOUTH", "2015")

    def full(frame, path, schema=None):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(handover, "write_parquet", full)
        said = ran.run()
    assert said.code == 1
    assert "the disk is full" in said.problems
    unchanged = ran.curated()
    assert {name: unchanged[name] for name in before} == before
    assert ran.run().code == 0
    assert ran.curated() == grown[0].curated()


def test_a_folder_that_cannot_be_written_to_is_said(ran, monkeypatch):
    before = ran.curated()
    ran.receive(ran.register("south", 2015), "SOUTH", "2015")
    made = os.mkdir

    def mkdir(path, *arguments, **options):
        if "curated" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        made(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", mkdir)
        said = ran.run()
    assert said.code == 1
    assert "cannot be written to" in said.problems
    assert ran.curated() == before
    assert ran.run(left_out=AFTER_DELIVERIES).code == 0


def test_a_database_that_is_open_elsewhere_waits_and_the_next_run_finishes_the_swap(ran, monkeypatch):
    database = ran.root / "curated/observatory/observatory.duckdb"
    waiting = database.with_name("observatory.new.duckdb")
    replace = os.replace

    def held(source, target, **options):
        if Path(target) == database:
            raise PermissionError(errno.EACCES, "used by another process", str(target))
        replace(source, target, **options)

    ran.receive(ran.register("south", 2015), "SOUTH", "2015")
    old = database.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", held)
        patch.setattr(store, "_PATIENCE", ())
        said = ran.run()
        assert said.code == 1
        assert "Close every program that has observatory.duckdb open" in said.problems
        assert "published/labour_migration" in said.keys("made")
        assert database.read_bytes() == old
        new = waiting.read_bytes()
        again = ran.run()
        assert (again.code, again.keys("made")) == (1, [])
    last = ran.run()
    assert (last.code, last.keys("made")) == (0, [])
    assert database.read_bytes() == new
    assert not waiting.exists()
    assert ran.run().status == "unchanged"


# Kills ---------------------------------------------------------------------------------------------

KILLING = """
import os, sys
at, last = int(sys.argv[1]), 0
replace = os.replace
def killing(source, target, **options):
    global last
    if "curated" in str(target):
        last += 1
        if last == at:
            os._exit(9)
    replace(source, target, **options)
os.replace = killing
from pipelines.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("at", [25])
def test_after_a_kill_the_next_run_ends_where_an_undisturbed_one_does(ran, grown, at):
    before = ran.curated()
    ran.receive(ran.register("south", 2015), "SOUTH", "2015")
    arguments = ["run", "--root", str(ran.root), "--catalog", str(ran.pack), "--json"]
    program = [sys.executable, "-c", FEWER + KILLING, str(at)]
    killed = subprocess.run([*program, *arguments], capture_output=True, check=False, env=environment())
    assert killed.returncode == 9
    left = ran.curated()
    for name, content in before.items():
        assert left.get(name) is not None, name
        assert len(left[name]) >= min(len(content), 4)
    assert ran.run().code == 0
    assert ran.curated() == grown[0].curated()


# Two at a time -------------------------------------------------------------------------------------


def test_a_second_command_is_told_who_holds_the_root(ran, monkeypatch):
    monkeypatch.setattr("pipelines.root.LOCK_SECONDS", 0.2)
    session = Session.open(ran.root, [ran.pack])
    with session.root.locked():
        said = ran.run()
        assert said.code == 1
        assert "another command is at work here" in said.problems
        assert f"process {os.getpid()}" in said.problems
        assert ran.call("status").code == 0, "looking needs no lock"
    assert ran.run().code == 0


def test_a_node_that_was_not_made_is_asked_for_in_vain(office):
    session = Session.open(office.root, [office.pack])
    with pytest.raises(Fault, match="was not made yet"):
        session.graph.produce("indicators/permits_issued_by_region", print)


# Data protection -----------------------------------------------------------------------------------


def copied_in(ran, data_class: str, text: str) -> None:
    """Copy a delivery folder in by hand, as another root would hold it."""
    folder = ran.root / "raw/xab/north/2015.v1"
    shutil.copytree(ran.root / "raw/xab/north/2014.v1", folder)
    (file,) = folder.glob("*.csv")
    file.write_text(text, encoding="utf-8", newline="")
    old = read_delivery(folder / "delivery.toml")
    new = DeliveredFile(file.name, file.name, file.stat().st_size, store.checksum(file))
    changed = {"id": "xab/north/2015.v1", "period": "2015", "data_class": data_class, "files": (new,)}
    (folder / "delivery.toml").write_text(dataclasses.replace(old, **changed).to_toml(), encoding="utf-8")


def test_a_synthetic_delivery_copied_into_a_real_root_is_refused_and_nothing_is_made(ran):
    before = ran.curated()
    copied_in(ran, "synthetic", ran.register("north", 2015))
    said = ran.run()
    assert (said.code, said.status) == (3, "refused")
    assert "xab/north/2015.v1" in said.problems
    assert ran.curated() == before


def test_a_synthetic_file_that_is_said_to_be_real_fails(ran):
    copied_in(ran, "real", ran.register("north", 2015, Name=SYNTHETIC_STATEMENT))
    said = ran.run(left_out=AFTER_DELIVERIES)
    assert said.code == 1
    assert "says of itself that it is synthetic" in said.problems
    assert len(read(ran, "observatory/permits.parquet")) == 24


def test_another_key_is_refused_before_anything_is_made(ran, monkeypatch):
    before = ran.curated()
    ran.receive(ran.register("south", 2015), "SOUTH", "2015")
    monkeypatch.setenv("LM_STATS_KEY", "another")
    said = ran.run()
    assert (said.code, said.status) == (3, "refused")
    assert ran.curated() == before


def test_looking_at_a_root_makes_no_key(office, tmp_path, monkeypatch):
    monkeypatch.delenv("LM_STATS_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    office.receive(office.register("north", 2014))
    assert office.call("status").code == 0
    assert "key_fingerprint" not in (office.root / "raw/root.toml").read_text(encoding="utf-8")
    assert not (tmp_path / "user").exists()


def test_made_from_real_records_nothing_says_synthetic(ran):
    with connect(ran.root / "curated/observatory/observatory.duckdb", read_only=True) as connection:
        about = connection.execute("SELECT value FROM observatory.observatory.about").fetchall()
    assert "synthetic" not in str(about)
    assert all(b"synthetic" not in content for name, content in ran.curated().items() if not name.endswith("parquet"))
