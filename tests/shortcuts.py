"""Shorter ways to a root, for tests that are about something else."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

import pytest


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
