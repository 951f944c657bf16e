"""Roots that several journeys look at, made once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from tests.shortcuts import AFTER_DELIVERIES, load_fewer, without_dagster, without_relatives

PACKS = Path(__file__).parents[1] / "packs"
CLEAN = ("--seed", 7, "--permits", 1000, "--census-persons", 12_000, "--lfs-persons", 2000, "--mess", 0)
# what the notebooks show
DRAWN = ("permits_by_region", "stock_and_flow", "processing_time", "expiry_calendar", "employment_rate")
MESSY = ("--seed", 26, "--permits", 1500, "--census-persons", 4000, "--lfs-persons", 1000, "--mess", 0.2)


@dataclass(frozen=True)
class Call:
    """What a command did: exit code, the JSON document on stdout, and what it printed on stderr."""

    code: int
    document: dict
    stderr: str
    stdout: str


def call(*arguments: object) -> Call:
    """Run a command of the application in this process, with `--json`."""
    from pipelines.cli import main

    result = CliRunner().invoke(main, [*map(str, arguments), "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    document = json.loads(result.stdout) if result.stdout.strip() else {}
    return Call(result.exit_code, document, result.stderr, result.stdout)


def published(root: Path, indicator: str) -> pd.DataFrame:
    """A published table of the draft, as any user of CSV reads it."""
    path = root / "curated/published/draft/labour_migration/tables" / f"{indicator}.csv"
    return pd.read_csv(path, dtype={"time_period": "str"}, keep_default_na=False, na_values={"obs_value": [""]})


def protected(root: Path, indicator: str) -> pd.DataFrame:
    """A protected table, which is what would be published."""
    return pd.read_parquet(root / "curated/protected/labour_migration" / f"{indicator}.parquet")


@contextlib.contextmanager
def without_publishing():
    """For roots of whose draft nothing is looked at: drawing takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lm_stats.publish.publish", lambda *given, **more: None)
        patch.setattr("lm_stats.publish.seal", lambda *given: None)
        yield


def made(tmp_path_factory: pytest.TempPathFactory, name: str, *options: object) -> Path:
    """A root that was simulated and run; without census and survey unless their sizes are asked for."""
    root = tmp_path_factory.mktemp(name) / "root"
    if "--census-persons" not in options:
        options = (*options, "--census-persons", 0, "--lfs-persons", 0)
    simulated = call("simulate", "--out", root, *options)
    assert simulated.code == 0, simulated
    catalog: Sequence[object] = (
        options[options.index("--catalog") : options.index("--catalog") + 2] if ("--catalog" in options) else ()
    )
    ran = call("run", "--root", root, *catalog)
    assert ran.code == 0, ran
    return root


@contextlib.contextmanager
def clean_demonstration():
    """Let the command `demo` make the deliveries that `simulate` makes with the options `CLEAN`.

    And let every command draw the figures that the notebooks show, and make one indicator of each family and table,
    which takes half the time that all of them take.
    """
    from pipelines import simulating

    asked = dict(zip(CLEAN[::2], CLEAN[1::2], strict=True))
    settings = {name.strip("-").replace("-", "_"): value for name, value in asked.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulating, "DEMONSTRATION", simulating.Settings(**settings, years="2009_2015"))
        patch.setattr("lm_stats.catalog.load", load_fewer(without_relatives(DRAWN), DRAWN))
        yield


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """What the command `demo` said when it made the root of clean synthetic deliveries, and that root."""
    root = tmp_path_factory.mktemp("clean") / "root"
    with clean_demonstration(), without_dagster(), pytest.MonkeyPatch.context() as patch:
        # the same pictures in fewer points, which are filled and packed in a fraction of the time
        patch.setattr("lm_stats.publish.figures.style.DPI", 50)
        said = call("demo", "--root", root)
    assert said.code == 0, said
    return root, said


@pytest.fixture(scope="session")
def clean_root(demonstration):
    """A root of clean synthetic deliveries, run once. Tests must not change it."""
    return demonstration[0]


@pytest.fixture(scope="session")
def messy_root(tmp_path_factory):
    """A root of synthetic deliveries with defects, run up to the table of deliveries. Tests must not change it."""
    with without_dagster(left_out=AFTER_DELIVERIES):
        return made(tmp_path_factory, "messy", *MESSY)
