"""Parquet files of unit records."""

from __future__ import annotations

from pathlib import Path

from lm_stats.stage.labelled import Labelled


def open_parquet(path: Path) -> Labelled:
    """Look at a Parquet file."""
    raise NotImplementedError
