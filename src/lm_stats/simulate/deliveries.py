"""Folders of deliveries, written whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lm_stats.spec import (
    Codelist,
    Concept,
    Country,
    DeliveredFile,
    Delivery,
    Fault,
    Kind,
    MapEntry,
    Problem,
    Source,
    Table,
    read_delivery,
)

SYNTHETIC = "synthetic"
# not below raw/, where a half-written delivery might be taken for a whole one
PART = "part"


@dataclass(frozen=True)
class Parts:
    """The declarations, all together."""

    countries: Mapping[str, Country]
    sources: Mapping[str, Source]
    codelists: Mapping[str, Codelist]
    concepts: Mapping[str, Concept]
    kinds: Mapping[str, Kind]
    tables: Mapping[str, Table]
    spellings: Mapping[str, Sequence[MapEntry]] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """One delivery.

    Attributes:
        delivery: The delivery.
        defects: Rows of `DEFECT_COLUMNS`.
    """

    delivery: Delivery
    defects: pd.DataFrame


def open_part(out: Path) -> Path:
    """An empty folder beside `raw`, to write a delivery in."""
    beside = out / PART
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    return beside


def promote(out: Path, source: Source, period: str, received: dt.date, names: Sequence[str]) -> Delivery:
    """Move what was written in `open_part` to its place, with its record; leave it where it stands already.

    Args:
        out: The root.
        source: The source that delivers.
        period: Period of the delivery.
        received: Day of receipt.
        names: Names of its files.

    Returns:
        The record of the delivery.

    Raises:
        Fault: If another delivery stands there.
    """
    beside, folder = out / PART, out / "raw" / source.path / f"{period}.v1"
    delivery = Delivery(
        f"{source.path}/{period}.v1", source.ref_area, source.id, source.kind, source.agency, period, 1,
        f"{received.isoformat()}T09:00:00Z", SYNTHETIC, tuple(_file(beside / name) for name in names),
    )  # fmt: skip
    (beside / "delivery.toml").write_text(delivery.to_toml(), encoding="utf-8", newline="\n")
    if folder.exists():
        same = (folder / "delivery.toml").exists() and read_delivery(folder / "delivery.toml") == delivery
        shutil.rmtree(beside)
        if not same:
            raise Fault(
                Problem(
                    str(folder),
                    "another delivery stands here",
                    "Name an empty folder, or the settings it was made with.",
                )
            )
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside.rename(folder)
    return delivery


def _file(path: Path) -> DeliveredFile:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return DeliveredFile(path.name, path.name, path.stat().st_size, checksum)
