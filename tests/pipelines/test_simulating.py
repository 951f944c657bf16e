"""Synthetic roots: made once, made again, never among others."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lm_stats.spec import DeliveredFile, Delivery
from pipelines.cli import main
from pipelines.root import Root


def call(*arguments: object) -> tuple[int, dict]:
    said = CliRunner().invoke(main, [*map(str, arguments), "--json"])
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said.exit_code, json.loads(said.stdout)


@pytest.fixture
def world(monkeypatch):
    """A simulator that writes one short file; it is told how often it was asked, and may be killed."""
    asked: list[int] = []

    def simulate(countries, sources, simulations, codelists, concepts, kinds, tables, out, *, seed, permits,
                 census_persons, lfs_persons, years, mess, spellings, tell):  # fmt: skip
        asked.append(seed)
        content = f"{seed} {permits} {years} {mess}"
        name = f"xab/north/{years}.v1"
        file = DeliveredFile("a.csv", "a.csv", len(content), "0")
        delivery = Delivery(
            name, "XAB", "north", "work_permits", "XAB_NORTH", years, 1, f"{seed}", "synthetic", (file,)
        )  # fmt: skip
        (out / "raw" / name).mkdir(parents=True)
        (out / "raw" / name / "a.csv").write_text(content, encoding="utf-8")
        (out / "raw" / name / "delivery.toml").write_text(delivery.to_toml(), encoding="utf-8")
        (out / "truth").mkdir()
        (out / "truth/defects.parquet").write_text(content, encoding="utf-8")
        return (delivery,)

    monkeypatch.setattr("lm_stats.simulate.simulate", simulate)
    return asked


def files(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in sorted(root.rglob("*"))
            if p.is_file() and p.suffix in (".csv", ".parquet")}  # fmt: skip


def test_a_simulation_is_made_once(tmp_path, world):
    root = tmp_path / "root"
    assert call("simulate", "--out", root, "--seed", 1)[1]["status"] == "done"
    assert files(root) == {
        "raw/xab/north/2009_2015.v1/a.csv": "1 6000 2009_2015 0.05", "truth/defects.parquet": "1 6000 2009_2015 0.05",
    }  # fmt: skip
    assert Root(root).is_synthetic
    assert Root(root).facts["simulation"]["seed"] == 1
    code, document = call("simulate", "--out", root, "--seed", 1)
    assert (code, document["status"]) == (0, "unchanged")
    assert world == [1]
    (root / "truth/defects.parquet").unlink()
    assert call("simulate", "--out", root, "--seed", 1)[1]["status"] == "done"
    assert world == [1, 1]


def test_other_settings_take_the_place_of_the_former_and_what_was_received_stays(tmp_path, world):
    root = tmp_path / "root"
    call("simulate", "--out", root, "--seed", 1, "--years", "2009_2015")
    received = Delivery(
        "xab/south/2014.v1", "XAB", "south", "work_permits", "XAB_SOUTH", "2014", 1, "x", "synthetic", ()
    )  # fmt: skip
    (root / "raw" / received.id).mkdir(parents=True)
    (root / "raw" / received.id / "delivery.toml").write_text(received.to_toml(), encoding="utf-8")
    code, document = call("simulate", "--out", root, "--seed", 2, "--years", "2010_2012", "--mess", 0)
    assert (code, document["status"]) == (0, "done")
    assert files(root) == {
        "raw/xab/north/2010_2012.v1/a.csv": "2 6000 2010_2012 0.0", "truth/defects.parquet": "2 6000 2010_2012 0.0",
    }  # fmt: skip
    assert [one.id for one in Root(root).deliveries()] == ["xab/north/2010_2012.v1", "xab/south/2014.v1"]


def test_only_a_synthetic_root_or_an_empty_folder_is_written_to(tmp_path, world):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/letter.txt").write_text("Dear", encoding="utf-8")
    real = Root(tmp_path / "real")
    real.remember(data_class="real")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for name, expected in (("letters", 3), ("real", 3), ("file", 2)):
        code, document = call("simulate", "--out", tmp_path / name, "--seed", 1)
        assert code == expected, document
    assert call("demo", "--root", tmp_path / "real")[0] == 3
    assert world == []
    (tmp_path / "empty").mkdir()
    assert call("simulate", "--out", tmp_path / "empty", "--seed", 1)[0] == 0


class Killed(BaseException):
    """The computer stopped here."""


@pytest.mark.parametrize("at", range(8))
def test_a_kill_is_made_good_by_the_next_call(tmp_path, world, at):
    root = tmp_path / "root"
    call("simulate", "--out", root, "--seed", 1, "--years", "2009_2015")
    calls = iter(range(100))
    with pytest.MonkeyPatch.context() as patch:
        real = Path.replace

        def replace(path, target):
            if next(calls) == at:
                raise Killed
            return real(path, target)

        patch.setattr(Path, "replace", replace)
        # a dead program tidies nothing up, but what it had written beside the root is written again anyway
        with contextlib.suppress(Killed):
            call("simulate", "--out", root, "--seed", 2, "--years", "2010_2012")
    assert call("simulate", "--out", root, "--seed", 2, "--years", "2010_2012")[0] == 0
    assert files(root) == {
        "raw/xab/north/2010_2012.v1/a.csv": "2 6000 2010_2012 0.05", "truth/defects.parquet": "2 6000 2010_2012 0.05",
    }  # fmt: skip


@pytest.mark.parametrize("option", ["--mess 0.9", "--permits -1", "--seed -1", "--lfs-persons some"])
def test_settings_that_make_no_sense_are_wrong_use(tmp_path, option):
    code, _ = call("simulate", "--out", tmp_path / "root", "--seed", 1, *option.split())
    assert code == 2
    assert not (tmp_path / "root").exists()
