"""The command line as a program: help, exit codes, one document, any console."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from tests.pipelines.conftest import FEWER

REPOSITORY = Path(__file__).parents[2]


def program(
    *arguments: object, cwd: Path | None = None, stdout: object = subprocess.PIPE, stderr: object = subprocess.PIPE,
    started: tuple[str, ...] = ("-m", "pipelines.cli"), **environment: str,
) -> subprocess.CompletedProcess:
    """Run the command line as a program of its own; output as bytes."""
    path = [str(REPOSITORY / "src"), str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **environment}
    command = [sys.executable, *started, *map(str, arguments)]
    return subprocess.run(command, stdout=stdout, stderr=stderr, check=False, env=settings, cwd=cwd)


def test_help_teaches_and_imports_nothing_heavy():
    code = (
        "import sys\nfrom pipelines.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as left:\n    code = left.code\n"
        "heavy = {'dagster', 'pandas', 'numpy', 'duckdb', 'matplotlib'} & set(sys.modules)\n"
        "print(code, sorted(heavy), file=sys.stderr)\n"
    )
    path = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": path})  # fmt: skip
    assert done.stderr.strip() == "0 []"
    for text in ("Examples:", "lm-stats demo", "curated/published/draft", "Exit codes", *main.commands):
        assert text in done.stdout


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_says_what_it_reads_and_writes_with_an_example(command):
    shown = CliRunner().invoke(main, [command, "--help"]).stdout
    assert "Examples:" in shown
    assert f"lm-stats {command}" in shown
    assert any(word in shown for word in ("Reads", "Writes", "Copies", "Makes"))
    for option in ("--out" if command == "simulate" else "--root", "--catalog", "--json"):
        assert option in shown
    assert shown.isascii()


@pytest.mark.parametrize(
    "arguments",
    [["rnu"], ["run", "--nosuch"], ["receive"], ["status", "--date", "yesterday"], ["simulate", "--seed", "1"]],
)
def test_wrong_use_has_exit_code_2_and_still_one_document(arguments):
    plain = CliRunner().invoke(main, arguments)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert "Error:" in plain.stderr
    said = CliRunner().invoke(main, [*arguments, "--json"])
    assert said.exit_code == 2
    document = json.loads(said.stdout)
    assert document["status"] == "failed"
    assert set(document["problems"][0]) == {"where", "what", "do"}


def test_the_document_has_every_part(tmp_path):
    said = CliRunner().invoke(main, ["run", "--root", str(tmp_path), "--json"])
    assert said.exit_code == 2
    document = json.loads(said.stdout)
    assert {"command", "root", "status", "assets", "outputs", "problems"} <= set(document)
    assert (document["command"], document["root"]) == ("run", str(tmp_path))


def test_a_catalogue_that_is_not_there_is_wrong_use(tmp_path):
    said = CliRunner().invoke(main, ["status", "--root", str(tmp_path), "--catalog", str(tmp_path / "no"), "--json"])
    assert said.exit_code == 2


def test_packs_can_be_named_in_the_environment(office, monkeypatch):
    monkeypatch.setenv("LM_STATS_CATALOG", os.pathsep.join([str(office.pack)]))
    (office.root / "raw").mkdir(parents=True)
    said = CliRunner().invoke(main, ["status", "--root", str(office.root), "--json"])
    assert "XAB_NORTH" in {due["agency"] for due in json.loads(said.stdout)["calendar"]}


def test_an_unexpected_error_is_told_without_its_text_unless_asked_for(tmp_path, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("Zebulonia Quixotembwa")

    monkeypatch.setattr("pipelines.status.show_status", fail)
    said = CliRunner().invoke(main, ["status", "--root", str(tmp_path)])
    assert said.exit_code == 1
    assert "unexpected RuntimeError" in said.stderr
    assert "Zebulonia" not in said.output
    monkeypatch.setenv("LM_STATS_DEBUG", "1")
    said = CliRunner().invoke(main, ["status", "--root", str(tmp_path), "--json"])
    assert "Zebulonia" in said.stderr
    assert "Zebulonia" not in said.stdout


def test_ctrl_c_ends_with_a_plain_message(tmp_path, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.status.show_status", stop)
    said = CliRunner().invoke(main, ["status", "--root", str(tmp_path)])
    assert said.exit_code == 1
    assert "stopped; the last good state stands" in said.stderr


@pytest.mark.journey
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_console_of_another_encoding_survives_every_letter(tmp_path, flags):
    root = tmp_path / "d\u00e9p\u00f4t \u4e2d\u6587 it's"
    (root / "raw").mkdir(parents=True)
    for command in ("status", "run"):
        done = program(command, "--root", root, *flags, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode("cp1252")
        if flags:
            assert json.loads(text)["root"] == str(root)
        else:
            assert "d\u00e9p\u00f4t" in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["run", "--nosuch"], 2), (["run", "--root", "no", "--json"], 2)]
)
def test_a_full_disk_under_the_messages_leaves_the_exit_code_as_it_is(tmp_path, arguments, code):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        assert program(*arguments, cwd=tmp_path, stdout=full).returncode == code
        assert program(*arguments, cwd=tmp_path, stdout=full, stderr=full).returncode == code
    assert b"Traceback" not in program(*arguments, cwd=tmp_path).stderr


# as the installed program is started; figures would take seconds and say nothing
UNPUBLISHED = """
import lm_stats.publish
lm_stats.publish.publish = lm_stats.publish.seal = lambda *given, **more: None
from pipelines.cli import main
main()
"""


# the same without Dagster, which says nothing on stdout or stderr that the command does not
QUICK = UNPUBLISHED.replace("main()", """from tests.shortcuts import without_dagster
with without_dagster():
    main()""")


@pytest.mark.journey
@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["text", "json"])
def test_when_nobody_listens_any_more_the_work_goes_on(ran, flags):
    indicator = ran.root / "curated/indicators/permits_issued_by_region.parquet"
    good = indicator.read_bytes()
    indicator.unlink()
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = program(
            "run", "--root", ran.root, "--catalog", ran.pack, *flags, stdout=writing, stderr=writing,
            started=("-c", FEWER + QUICK), LM_STATS_NOW="2026-01-31T12:00:00Z",
        )  # fmt: skip
    finally:
        os.close(writing)
    assert done.returncode == 0
    assert indicator.read_bytes() == good
    assert ran.run().status == "unchanged"


def test_a_listener_that_leaves_is_told_nothing_more(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = program("run", "--root", tmp_path, stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode == 2
    assert b"no folder raw" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


@pytest.mark.journey
def test_the_default_root_is_data_below_where_one_stands(tmp_path):
    (tmp_path / "data/raw").mkdir(parents=True)
    done = program("status", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["root"] == "data"
