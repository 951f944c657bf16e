"""Fixed-width files with a codebook of the Data Documentation Initiative (DDI)."""

from __future__ import annotations

from pathlib import Path

from lm_stats.stage.labelled import Labelled


def open_fixed_width(codebook: Path, data: Path) -> list[Labelled]:
    """Look at a fixed-width file and its codebook."""
    raise NotImplementedError
