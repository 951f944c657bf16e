"""Shorter ways to a root, for tests that are about something else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest


def _one_after_the_other(session, keys, produce) -> None:
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


@contextlib.contextmanager
def without_dagster() -> Iterator[None]:
    """Make the stale assets one after the other; Dagster takes seconds to start and to keep its records."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.running._materialise", _one_after_the_other)
        yield
