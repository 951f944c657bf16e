"""Layouts that nobody is certain of: the question as a file for a person, and what was answered."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import MapEntry, Problem, Source
from pipelines import store
from pipelines.root import Root

if TYPE_CHECKING:
    from lm_stats.handover import LayoutFound, UnclearLayout

_KEY = "[0-9a-f]" * 8
_WHO = ("decided_by", "decided_on")


def layout_files(root: Root, source: Source) -> tuple[Path, ...]:
    """The files in which people said, or are asked, what the columns of a source are."""
    return root.decisions(f"layout_{source.id}_{_KEY}", source.ref_area)


def headings_of(catalog: Catalog) -> tuple[MapEntry, ...]:
    """Headings that offices anywhere use; those of other kinds say that a column is something else."""
    return catalog.spellings.get("headings", ())


def answers(root: Root, source: Source) -> list[tuple[str, str]]:
    """What was answered, as one of the things that staged files are made from: names of files and checksums.

    A question that nobody has answered yet is none of them: otherwise asking would make everything again.
    """
    return [(path.name, store.checksum(path)) for path in layout_files(root, source) if _is_answered(path)]


def _is_answered(path: Path) -> bool:
    from lm_stats.compile.decided import read_decided
    from lm_stats.handover import LAYOUT_COLUMNS

    lines, problems = read_decided(path, (*LAYOUT_COLUMNS, *_WHO))
    # that it cannot be read is for the step to say
    return bool(problems) or any(line[name] for _, line in lines for name in _WHO)


def ask(root: Root, source: Source, unclear: UnclearLayout) -> tuple[Problem, ...]:
    """Write what is not certain as files to be corrected and confirmed, where they are not there yet.

    Args:
        root: The root, which is held by this command.
        source: The source.
        unclear: What is not certain.

    Returns:
        What is wrong, with the file to answer in.

    Raises:
        OSError: If a file cannot be written.
    """
    from lm_stats.stage.confirmed import CONFIRMED_COLUMNS

    folder = root.raw / source.ref_area.lower() / "decisions"
    for proposal in unclear.proposals:
        path = folder / proposal.name
        if not path.exists():
            store.write_text(path, _csv(CONFIRMED_COLUMNS, proposal.columns))
    return _with_answer(source, unclear, "Look at {}")


def would_ask(source: Source, unclear: UnclearLayout) -> tuple[Problem, ...]:
    """What is wrong, where nothing is to be stored."""
    return _with_answer(source, unclear, "When it is received, lm-stats run writes the question to {}: look at it")


def _with_answer(source: Source, unclear: UnclearLayout, begin: str) -> tuple[Problem, ...]:
    found = list(unclear.problems)
    for number, proposal in enumerate(unclear.proposals):
        place = f"raw/{source.ref_area.lower()}/decisions/{proposal.name}"
        do = (
            f"{begin.format(place)}, correct the column concept, write who decided and when into every line that has a "
            "concept, and run again; or ask the office for the file with its usual headings."
        )
        found[number] = dataclasses.replace(found[number], do=do)
    return tuple(dict.fromkeys(found))


def layout_text(found: Sequence[LayoutFound]) -> str:
    """What the columns of a delivery were taken for, and how that is known, as CSV."""
    from lm_stats.handover import LAYOUT_COLUMNS

    return _csv(LAYOUT_COLUMNS, found)


def layouts_in(path: Path) -> list[LayoutFound]:
    """What the columns of a delivery were taken for when it was staged; nothing where that was not written.

    Args:
        path: What `layout_text` gave, as a file.
    """
    from lm_stats.compile.spreadsheet import restore
    from lm_stats.handover import LAYOUT_COLUMNS, LayoutFound

    try:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.reader(opened))
    except OSError:
        return []
    if not rows or tuple(rows[0]) != LAYOUT_COLUMNS:
        return []
    # headings stay as they are written for people
    return [
        LayoutFound(restore(file), restore(sheet), *others)
        for file, sheet, *others in rows[1:]
        if len(others) == len(LAYOUT_COLUMNS) - 2
    ]


def _csv(columns: Sequence[str], lines: Iterable[LayoutFound]) -> str:
    from lm_stats.compile.spreadsheet import neutralise

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for line in lines:
        texts = [neutralise(str(text)) for text in dataclasses.astuple(line)]
        writer.writerow([*texts, *[""] * (len(columns) - len(texts))])
    return out.getvalue()
