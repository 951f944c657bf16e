"""Shorter ways to a root, for tests that are about something else; and the syntax of our code, parsed once."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

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


@contextlib.contextmanager
def without_dagster(*, left_out: Sequence[str] = (), kept: Sequence[str] = ()) -> Iterator[None]:
    """Make the stale assets one after the other; Dagster takes seconds to start and to keep its records.

    Args:
        left_out: States and assets that the test does not look at, such as `indicators`, and so are not made.
        kept: Assets by their last name that are made nevertheless.
    """

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
