"""What a new version of a delivery changes: judged like the one before it, and compared with it cell by cell."""

from __future__ import annotations

from pathlib import Path

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Problem, Source
from pipelines import store
from pipelines.answer import Answer
from pipelines.asking import layout_files
from pipelines.judging import Bench, Judgement, bench
from pipelines.nodes import show_trace
from pipelines.remembering import with_memory
from pipelines.root import Root

LISTED = 20
IN_ANSWER = 10_000
_IN_WORDS = {
    "changed": "cells changed",
    "filled": "cells filled in",
    "emptied": "cells emptied",
    "row_added": "rows added",
    "row_removed": "rows removed",
}


def compare_versions(
    root: Root, catalog: Catalog, source: Source, before: Delivery, after: Delivery, answer: Answer
) -> None:
    """Judge a version that was just stored, and say what it changes of the one before.

    What changed is told by address and column, never by content; the whole list is written to
    `curated/changes/<iso3>/<source>/<period>.v<n>.csv`. Whatever cannot be judged or compared is stored all the same.

    Args:
        root: The root.
        catalog: The declarations.
        source: The source.
        before: The version before.
        after: The new version.
        answer: Filled in: lines, warnings, and the facts `quarantined_before`, `quarantined_by` and `changes`.
    """
    source = with_memory(root, catalog, source)
    with bench(catalog) as place:
        releases = root.decisions("quarantine", source.ref_area)
        layouts = layout_files(root, source)
        new = place.judge(source, after, root.raw / after.id, releases, layouts=layouts)
        if new.staged is None or new.harmonised is None:
            answer.warnings += [*new.problems, _not_judged(after)]
            return
        old = place.judge(source, before, root.raw / before.id, releases, layouts=layouts)
        rows = new.rows
        answer.lines.append(
            f"{rows.rows_in:,} rows: {rows.accepted:,} accepted, {rows.quarantined:,} quarantined, "
            f"{sum(rows.excluded.values()):,} left out."
        )
        answer.facts = {**answer.facts, "quarantined_by": new.quarantined}
        if old.staged is None or old.harmonised is None:
            what = f"the version before it, {before.id}, cannot be used, so nothing was compared"
            answer.warnings.append(Problem(after.id, what, "Nothing: the new version takes its place."))
            return
        answer.lines.append(f"Of version {before.version}, {old.rows.quarantined:,} rows were quarantined.")
        answer.facts = {**answer.facts, "quarantined_before": old.quarantined}
        try:
            _list_changes(root, catalog, place, source, old, new, answer)
        except Exception as error:
            show_trace(error)
            answer.warnings += store.told_plainly(error, after.id).problems


def list_of_changes(root: Root, source: Source, delivery: Delivery) -> Path:
    """Where it is written what a version changes of the one before."""
    return root.curated / "changes" / source.path / f"{delivery.folder_name}.csv"


def _list_changes(
    root: Root, catalog: Catalog, place: Bench, source: Source, old: Judgement, new: Judgement, answer: Answer
) -> None:
    from lm_stats.compile.spreadsheet import neutralise_texts
    from lm_stats.sendback import count_changes, describe_changes, list_changes

    assert old.staged is not None
    assert new.staged is not None
    staged = [{part.record: part.path for part in one.parts} for one in (old.staged, new.staged)]
    changes = list_changes(*staged, catalog.kinds[source.kind], catalog.concepts)
    counts = count_changes(changes)
    before, after = old.delivery, new.delivery
    said = ", ".join(f"{count:,} {_IN_WORDS[name]}" for name, count in counts.items() if count)
    answer.lines.append(f"Changes from version {before.version}: {said or 'none that a table could show'}.")
    answer.lines += [f"  {line}" for line in describe_changes(changes, LISTED, catalog.concepts)]
    path = list_of_changes(root, source, after)
    path.parent.mkdir(parents=True, exist_ok=True)
    neutralise_texts(changes).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    answer.outputs.append(str(path))
    answer.facts = {
        **answer.facts,
        "changes": {
            "since": before.id,
            **counts,
            "cells": changes.head(IN_ANSWER).astype(object).where(changes.notna(), None).to_dict("records"),
        },
    }
    if removed := counts.get("row_removed", 0):
        what = f"{removed:,} rows of version {before.version} are not in it any more"
        do = f"See {path} for which they were; if the office did not mean that, receive the version before again."
        answer.warnings.append(Problem(after.id, what, do))


def _not_judged(delivery: Delivery) -> Problem:
    what = "it was stored, but as it stands it cannot be used: the version before it goes on standing"
    return Problem(delivery.id, what, "Ask the office for another version, or correct the declaration of its source.")
