"""Assets without the library: what is stale, and what a kill at any moment leaves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lm_stats.spec import Problem
from pipelines import store
from pipelines.nodes import Graph, Made, Making, Node
from pipelines.root import Root
from pipelines.running import sum_up


class Small:
    """A graph of four assets: two tables, one of two files, a database and a folder that is swapped whole."""

    def __init__(self, folder: Path) -> None:
        self.root = Root(folder)
        self.number = 1
        self.made: list[str] = []
        self.failing: Exception | None = None
        self.retry = False

    @property
    def graph(self) -> Graph:
        return Graph(self.root, [
            self.node("staged/a", (), self.table, ("a.parquet",), inputs=lambda: self.number),
            self.node("harmonised/b", ("staged/a",), self.table, ("b.parquet", "quarantine.parquet")),
            self.node("observatory/database", ("harmonised/b",), self.table, ("o.duckdb",)),
            self.node("published/draft", ("harmonised/b",), self.folder, (), whole=True),
        ])  # fmt: skip

    def node(self, key, parents, make, files, **options):
        state, name = key.split("/")
        return Node(
            key, parents, state, name, (), ("pipelines.nodes",), lambda making: make(key, files, making), key, **options
        )

    def table(self, key: str, files: tuple[str, ...], making: Making) -> Made:
        self.made.append(key)
        if self.failing and key == "harmonised/b":
            raise self.failing
        for name in files:
            (making.work / name).write_text(f"{name} {self.number}", encoding="utf-8")
        problems = (Problem("a", "b", "c"),) if self.retry else ()
        return Made(files, problems=problems, retry=self.retry)

    def folder(self, key: str, files: tuple[str, ...], making: Making) -> Made:
        self.made.append(key)
        for name in ("report.html", f"tables/{self.number}.csv"):
            path = making.work / "draft" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{name} {self.number}", encoding="utf-8")
        return Made()

    def run(self) -> list[str]:
        """Set right, plan and make; returns what was made."""
        store.clear_leftovers(self.graph.folders())
        self.made = []
        for key in self.graph.plan().stale:
            self.graph.produce(key, lambda text: None)
        return self.made

    def contents(self) -> dict[str, str]:
        return {
            path.relative_to(self.root.path).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.root.path.rglob("*"))
            if path.is_file() and path.suffix != ".json"
        }


EVERYTHING = ["staged/a", "harmonised/b", "observatory/database", "published/draft"]


@pytest.fixture
def small(tmp_path) -> Small:
    return Small(tmp_path / "root")


def expected(number: int) -> dict[str, str]:
    files = {
        "curated/staged/a.parquet": "a.parquet", "curated/harmonised/b.parquet": "b.parquet",
        "curated/harmonised/quarantine.parquet": "quarantine.parquet", "curated/observatory/o.duckdb": "o.duckdb",
        "curated/published/draft/report.html": "report.html",
        f"curated/published/draft/tables/{number}.csv": f"tables/{number}.csv",
    }  # fmt: skip
    return {path: f"{name} {number}" for path, name in files.items()}


def test_everything_is_made_once(small):
    assert small.run() == EVERYTHING
    assert small.contents() == expected(1)
    assert small.run() == []


def test_a_changed_input_makes_everything_to_its_right_anew(small):
    small.run()
    small.number = 2
    assert small.run() == EVERYTHING
    assert small.contents() == expected(2)


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("staged/a.parquet", EVERYTHING),
        ("harmonised/quarantine.parquet", EVERYTHING[1:]),
        ("observatory/o.duckdb", EVERYTHING[2:3]),
        ("published/draft/tables/1.csv", EVERYTHING[3:]),
        ("harmonised/b.json", EVERYTHING[1:]),
    ],
)
def test_what_is_missing_is_made_again_with_what_depends_on_it(small, path, made):
    small.run()
    (small.root.curated / path).unlink()
    assert small.run() == made
    assert small.contents() == expected(1)


def test_what_nobody_delivers_for_is_left_out_until_somebody_does(small, monkeypatch):
    quiet = small.node("staged/c", (), small.table, ("c.parquet",), idle=lambda delivered: "xab/c" not in delivered)
    below = small.node("harmonised/d", ("staged/a", "staged/c"), small.table, ("d.parquet",))
    graph = Graph(small.root, [small.graph.nodes["staged/a"], quiet, below])
    delivered: set[str] = set()
    monkeypatch.setattr(Graph, "_delivered", lambda self: frozenset(delivered))
    assert graph.plan().stale == ("staged/a", "harmonised/d")
    for key in graph.plan().stale:
        graph.produce(key, lambda text: None)
    assert graph.plan().stale == ()
    delivered.add("xab/c")
    assert graph.plan().stale == ("staged/c", "harmonised/d")
    graph.produce("staged/c", lambda text: None)
    delivered.clear()
    # what was made once stands, whether or not its deliveries are still there
    assert graph.plan().stale == ("harmonised/d",)


def test_a_failure_leaves_the_last_good_output_and_is_tried_again(small):
    small.run()
    small.number, small.failing = 2, ValueError("a cell")
    with pytest.raises(Exception, match="unexpected ValueError") as raised:
        small.run()
    assert "a cell" not in str(raised.value)
    assert raised.value.__cause__ is None
    held = small.contents()
    assert held["curated/harmonised/b.parquet"] == "b.parquet 1"
    assert held["curated/published/draft/report.html"] == "report.html 1"
    small.failing = None
    assert small.run() == EVERYTHING[1:]
    assert small.contents() == expected(2)


def test_what_may_pass_by_itself_is_tried_again(small):
    small.retry = True
    small.run()
    small.retry = False
    assert small.run() == EVERYTHING
    assert small.run() == []


class Killed(BaseException):
    """The computer stopped here."""


def killing(patch: pytest.MonkeyPatch, at: int) -> list[str]:
    """Stop at the given change of the disk, and change nothing after it: a dead program tidies nothing up."""
    done: list[str] = []

    def wrap(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def called(*arguments, **options):
            if len(done) >= at:
                raise Killed
            done.append(name)
            return real(*arguments, **options)

        patch.setattr(owner, name, called)

    for owner, name in (
        *((os, name) for name in ("replace", "rename", "fsync", "unlink", "rmdir", "mkdir")),
        (shutil, "rmtree"),
    ):
        wrap(owner, name)
    return done


def test_a_kill_at_any_moment_leaves_a_state_from_which_the_next_run_ends_well(small, tmp_path):
    small.run()
    small.number = 2
    before = small.root.path
    at, killed = 0, True
    while killed:
        small.root = Root(shutil.copytree(before, tmp_path / f"killed {at}"))
        with pytest.MonkeyPatch.context() as patch:
            killing(patch, at)
            try:
                small.run()
                killed = False
            except Killed:
                killed = True
        for path, text in expected(1).items():
            if path.startswith("curated/published"):
                continue  # between two renames the old folder stands aside; the next run brings it back
            left = small.root.path / path
            assert left.read_text(encoding="utf-8") in (text, text[:-1] + "2"), (at, path)
        small.run()
        assert small.contents() == expected(2), at
        assert small.run() == [], at
        at += 1
    assert at > 40, "every change of the disk was tried"


def test_what_is_said_of_many_indicators_alike_is_said_once():
    def said(*wheres, what="no errors"):
        return [Problem(where, what, "Ask.") for where in wheres]

    alike = said(*(f"indicators/{name}, XAA, 2019" for name in ("a", "b", "families_t")))
    others = [*said("indicators/a, XAA, 2023", "indicators/b, XAB, 2019", "indicators/a"),
              *said("indicators/b, XAA, 2019", what="other"), *said("source/a, XAA, 2019", "source/b, XAA, 2019")]
    found = sum_up([*alike[:1], *others, *alike[1:]])
    assert found == [*said("indicators/a and 2 others, XAA, 2019"), *others]
    assert sum_up([*alike[:2], alike[0]]) == said("indicators/a and 1 other, XAA, 2019")
