"""The commands `simulate` and `demo`: a root of synthetic deliveries with the truth behind them."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lm_stats.catalog import Catalog
from lm_stats.spec import Fault, Problem, read_delivery
from pipelines import store
from pipelines.answer import Answer
from pipelines.root import Root

WORK = ".simulating"
_CODE = ("lm_stats.simulate", "lm_stats.stage", "lm_stats.compile", "lm_stats.spec", "lm_stats.handover")


@dataclass(frozen=True)
class Settings:
    """What is asked of the simulator; the same settings give the same bytes."""

    seed: int
    permits: int
    census_persons: int
    lfs_persons: int
    years: str
    mess: float


# small enough for a first look: the whole way takes well under a minute
DEMONSTRATION = Settings(
    seed=2018, permits=3000, census_persons=100_000, lfs_persons=6000, years="2009_2015", mess=0.02
)


def simulate_root(root: Root, catalog: Catalog, settings: Settings, answer: Answer, say: Callable[[str], None]) -> None:
    """Simulate deliveries into a root, or find that they are there already.

    What an earlier simulation wrote there gives way; deliveries received by other ways stay.

    Args:
        root: The root; made where it does not exist.
        catalog: The declarations.
        settings: What is asked for.
        answer: Filled in.
        say: Tells a person how far the work is.

    Raises:
        Fault: If the folder holds anything that is not a synthetic root (exit code 3), or a setting
            makes no sense (2).
    """
    _refuse_others(root)
    asked = store.fingerprint(
        settings,
        catalog.simulations,
        catalog.sources,
        catalog.codelists,
        catalog.concepts,
        catalog.kinds,
        catalog.tables,
        store.code_fingerprint(_CODE),
    )
    with root.locked():
        known = root.facts.get("simulation", {})
        if known.get("fingerprint") == asked and _is_there(root, known.get("deliveries", [])):
            answer.unchanged = True
            answer.lines = [f"The deliveries of this simulation are in {root.raw} already; nothing was done."]
        else:
            _simulate(root, catalog, settings, asked, say)
            answer.lines = [f"Simulated deliveries are in {root.raw}, the truth behind them in {root.path / 'truth'}."]
        answer.outputs = [str(root.raw / name) for name in root.facts["simulation"]["deliveries"]]
        answer.outputs.append(str(root.path / "truth"))
    answer.lines.append("These are synthetic data, not official statistics.")


def _refuse_others(root: Root) -> None:
    """Refuse a folder that holds anything else than a synthetic root."""
    if not root.path.exists():
        return
    if not root.path.is_dir():
        raise Fault(Problem(str(root.path), "this is a file", "Name a folder that does not exist yet."), code=2)
    if root.is_synthetic:
        return
    held = {path.name for path in root.path.iterdir()} - {WORK, ".lm-stats.lock", ".lm-stats.holder.json"}
    if held:
        what = "the folder is not empty and is not a synthetic root; real and synthetic records are never mixed"
        raise Fault(Problem(str(root.path), what, "Name a folder that does not exist yet."), code=3)


def _is_there(root: Root, deliveries: list[str]) -> bool:
    return (root.path / "truth/defects.parquet").is_file() and all(
        (root.raw / name / "delivery.toml").is_file() for name in deliveries
    )


def _simulate(root: Root, catalog: Catalog, settings: Settings, asked: str, say: Callable[[str], None]) -> None:
    """Simulate beside the root, then move everything to its place; a kill between is made good by the next call."""
    from lm_stats.simulate import simulate

    work = root.path / WORK
    try:
        shutil.rmtree(work, ignore_errors=True)
        delivered = simulate(
            catalog.countries,
            catalog.sources,
            catalog.simulations,
            catalog.codelists,
            catalog.concepts,
            catalog.kinds,
            catalog.tables,
            work,
            **dataclasses.asdict(settings),
            spellings=catalog.spellings,
            tell=say,
        )
        names = [delivery.id for delivery in delivered]
        former = list(root.facts.get("simulation", {}).get("deliveries", []))
        # what may be deleted is written down before anything moves; the fingerprint only at the end
        root.remember(data_class="synthetic", simulation={"fingerprint": "", "deliveries": sorted({*former, *names})})
        for name in former:
            if name not in names:
                shutil.rmtree(root.raw / name, ignore_errors=True)
        for name in names:
            _move_delivery(work / "raw" / name, root.raw / name)
        store.swap_folder(work / "truth", root.path / "truth")
        root.remember(simulation={"fingerprint": asked, **dataclasses.asdict(settings), "deliveries": names})
        shutil.rmtree(root.path / store.REPLACED, ignore_errors=True)
    except OSError as error:
        raise store.told_plainly(error, str(root.path)) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _move_delivery(new: Path, place: Path) -> None:
    """Move a delivery to its place; one that is there already with the same bytes stays untouched."""
    if (place / "delivery.toml").is_file() and read_delivery(place / "delivery.toml") == read_delivery(
        new / "delivery.toml"
    ):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    new.replace(place)
