"""Exports of Survey Solutions: interviews and their rosters in files of their own, joined again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lm_stats.stage.labelled import Labelled


def is_exported(path: Path, form: str) -> bool:
    """Whether a file is part of an export of Survey Solutions."""
    return False


def open_rosters(files: Sequence[tuple[Path, str]]) -> list[Labelled]:
    """Join the files of an export."""
    raise NotImplementedError
