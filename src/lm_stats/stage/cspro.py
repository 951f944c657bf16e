"""Data files of CSPro with their dictionary."""

from __future__ import annotations

from pathlib import Path

from lm_stats.stage.labelled import Labelled


def open_cspro(dictionary: Path, data: Path) -> list[Labelled]:
    """Look at a data file of CSPro and its dictionary."""
    raise NotImplementedError
