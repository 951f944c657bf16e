"""What holds for every test: no network, no key or settings of the user, nothing left to chance."""

from __future__ import annotations

import gc
import os
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
GUARD = ROOT / "tests/network_guard"

# these make whole roots, files or figures; what is left takes seconds
LONGEST = (
    "test_whole_way", "test_running", "test_identity", "test_figures", "test_cli", "test_report", "test_deliveries",
    "test_checking", "test_harmonise", "test_real_tables", "test_foreign", "test_society", "test_graph", "test_screen",
    "test_xus_maps", "test_rectangular", "test_layout", "test_status", "test_fuzz", "test_real_register",
)  # fmt: skip
LONG_WAYS = {"journey", "packs", "pipelines", "publish", "simulate"}
# these read every file of the project, or many made-up files from their bytes to coded rows
LONG_FILES = {
    "test_cases", "test_changes", "test_coding", "test_content", "test_family_members", "test_harmonise",
    "test_layout", "test_levels", "test_linking", "test_matching", "test_oracles", "test_plausibility",
    "test_published", "test_readers", "test_rectangular", "test_rosters", "test_rows", "test_sampling_errors",
    "test_screen", "test_sdmx_csv", "test_shapes", "test_spells", "test_survey_odd_data", "test_survival",
    "test_tiny_registers", "test_walls", "test_windows", "test_wording", "test_workbook", "test_workbooks",
}  # fmt: skip

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=12)
settings.register_profile("thorough", settings.get_profile("repeatable"), max_examples=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_configure(config: pytest.Config) -> None:
    """Let several workers take the files in our order; else those with the most tests come first, however short."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    # a process of tests holds millions of objects, nearly all of them until its end; looking through them again and
    # again for what may go takes a third of the time in which the tests are collected
    gc.set_threshold(50_000, 20, 100)


# before pytest itself looks at the marks
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `-m "not journey"` leaves out, and begin with what takes longest, so that no worker ends alone."""
    for item in items:
        if LONG_WAYS & set(item.path.relative_to(ROOT / "tests").parts) or item.path.stem in LONG_FILES:
            item.add_marker("journey")
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the repository, too large or not ours to carry along."""
    folder = ROOT.parent / "shared/data"
    if not folder.is_dir():
        pytest.skip("the folder shared/data with real registers is not beside the repository")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _on_neutral_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away what the user's computer would bring in; programs that tests start inherit it."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("LM_STATS_", "DAGSTER_"))]:
            patch.delenv(name)
        # where platformdirs looks for the user's configuration: Linux and macOS, then Windows
        patch.setenv("XDG_CONFIG_HOME", str(home))
        patch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(home))
        patch.setenv("WIN_PD_OVERRIDE_APPDATA", str(home))
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        patch.setenv("MPLBACKEND", "Agg")
        # a power cut cannot be tried here, and waiting for the disk thousands of times takes long
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _without_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Close sockets except to this computer, here and in every program that a test starts."""
    log = tmp_path_factory.mktemp("network") / "attempts.txt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETWORK_GUARD_LOG", str(log))
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(GUARD), os.environ.get("PYTHONPATH")))))
        runpy.run_path(str(GUARD / "sitecustomize.py"))
        yield
        attempts = log.read_text(encoding="utf-8") if log.exists() else ""
        assert not attempts, f"something asked for another computer:\n{attempts}"
