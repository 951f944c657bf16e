"""Shorter ways to a root, for tests that are about something else; and the syntax of our code, parsed once."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lm_stats.catalog import Catalog

# what is made of persons, and whatever comes after the observatory: for tests that look at deliveries and their rows
AFTER_DELIVERIES = (
    *("observatory/person_links", "observatory/persons", "observatory/permit_applications", "observatory/certificates"),
    *("observatory/work_spells", "observatory/permit_events", "observatory/stock_", "observatory/database"),
    *("indicators", "protected", "published"),
)


def parsed(path: Path) -> tuple[ast.AST, ...]:
    """The nodes of a Python file, its module first."""
    status = path.stat()
    return _parsed(path, status.st_mtime_ns, status.st_size)


@functools.cache
def _parsed(path: Path, changed: int, size: int) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def load_fewer(indicators: Collection[str] | None, figures: Collection[str] = ()) -> Callable[..., Catalog]:
    """What takes the place of `lm_stats.catalog.load` for tests that do not look at every table.

    Each table and figure takes time, and most are made as others are.

    Args:
        indicators: Ids of the only indicators; all of them where none are named.
        figures: Ids of the only figures of releases.
    """
    from lm_stats import catalog as vocabulary

    load = vocabulary.load

    def loaded(extra: Sequence[Path] = ()) -> Catalog:
        every = load(extra)
        kept = every.indicators.keys() if indicators is None else indicators
        if unknown := {*kept} - every.indicators.keys() or {*figures} - every.figures.keys():
            raise LookupError(f"nothing is declared by the names {sorted(unknown)}")
        releases = {
            name: dataclasses.replace(
                release, indicators=tuple(one for one in release.indicators if one in kept),
                figures=tuple(one for one in release.figures if one in figures),
            )
            for name, release in every.releases.items()
        }  # fmt: skip
        known = {name: one for name, one in every.indicators.items() if name in kept}
        return dataclasses.replace(every, indicators=known, releases=releases)

    return loaded


def without_relatives(figures: Collection[str]) -> list[str]:
    """All indicators, but of each family one for each table, since they are made alike; and what the figures show."""
    from lm_stats import catalog as vocabulary

    every = vocabulary.load()
    drawn = {every.figures[name].indicator for name in figures}
    first = {(one.family, one.tables): name for name, one in reversed(every.indicators.items()) if one.family}
    return [name for name, one in every.indicators.items() if not one.family or name in {*drawn, *first.values()}]


def one_of_each() -> tuple[list[str], list[str]]:
    """Indicators and figures of releases: one for each way to estimate from each table, one for each form of figure."""
    from lm_stats import catalog as vocabulary

    every = vocabulary.load()
    forms: dict[str, str] = {}
    for name in (name for release in every.releases.values() for name in release.figures):
        forms.setdefault(every.figures[name].form, name)
    drawn = [every.figures[name].indicator for name in forms.values()]
    ways: dict[tuple[object, ...], str] = {}
    for name in (*drawn, *(name for release in every.releases.values() for name in release.indicators)):
        indicator = every.indicators[name]
        ways.setdefault((type(indicator.estimator), indicator.tables, bool(indicator.family)), name)
    return sorted({*drawn, *ways.values()}), sorted(forms.values())


@contextlib.contextmanager
def without_dagster(*, left_out: Sequence[str] = (), kept: Sequence[str] = ()) -> Iterator[None]:
    """Make the stale assets one after the other; Dagster takes seconds to start and to keep its records.

    Args:
        left_out: States and assets that the test does not look at, such as `indicators`, and so are not made.
        kept: Assets by their last name that are made nevertheless.
    """

    # programs of their own use this file too, and not all of them this
    import pytest

    def is_wanted(key: str) -> bool:
        return not key.startswith(tuple(left_out)) or key.rpartition("/")[2] in kept

    def one_after_the_other(session, keys, produce) -> None:
        from lm_stats.spec import Fault

        failed: set[str] = set()
        for key in keys:
            if failed & set(session.graph.nodes[key].parents):
                failed.add(key)
                continue
            try:
                produce(key)
            except Fault:
                failed.add(key)

    from pipelines import running

    make = running._make

    def make_wanted(session, plan, answer, say):
        return make(session, dataclasses.replace(plan, stale=tuple(filter(is_wanted, plan.stale))), answer, say)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_materialise", one_after_the_other)
        patch.setattr(running, "_make", make_wanted)
        yield
