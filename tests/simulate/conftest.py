"""Roots that were simulated once, and what their files hold when read by other programs."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lm_stats.catalog import Catalog, load
from lm_stats.simulate import Text, simulate
from lm_stats.spec import Delivery, Source, read_delivery

PACKS = Path(__file__).parents[1] / "packs"


@dataclass(frozen=True)
class Simulated:
    """A simulated root."""

    path: Path
    catalog: Catalog
    delivered: tuple[Delivery, ...]
    truth: pd.DataFrame
    defects: pd.DataFrame
    read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def source(self, delivery: Delivery) -> Source:
        return self.catalog.sources[f"{delivery.ref_area.lower()}/{delivery.source}"]

    def file(self, delivery: Delivery) -> Path:
        return self.path / "raw" / delivery.id / delivery.files[0].name

    def cells(self, delivery: Delivery) -> pd.DataFrame:
        """Delivered cells by heading; index: sheet (empty for text) and row number. Empty cells are None."""
        if delivery.id not in self.read:
            self.read[delivery.id] = self._read(delivery)
        return self.read[delivery.id].copy()

    def _read(self, delivery: Delivery) -> pd.DataFrame:
        source = self.source(delivery)
        headings = [names[0] for names in source.columns.values()] + list(source.ignored)
        if source.reader == "csv":
            layout = next(
                r.layout
                for r in self.catalog.simulations[delivery.ref_area.lower()].permits.registers
                if r.source == source.id
            )
            return _read_text(self.file(delivery), layout, headings)
        return _read_workbook(self.file(delivery), headings)


def _read_text(path: Path, layout: Text, headings: list[str]) -> pd.DataFrame:
    with path.open(encoding=layout.encoding, newline="") as file:
        rows = list(csv.reader(file, delimiter=layout.delimiter))
    assert rows[0] == headings
    index = pd.MultiIndex.from_tuples([("", number) for number in range(2, len(rows) + 1)])
    return pd.DataFrame([[cell or None for cell in row] for row in rows[1:]], index, headings, dtype=object)


def _read_workbook(path: Path, headings: list[str]) -> pd.DataFrame:
    found, index = [], []
    for sheet in openpyxl.load_workbook(path).worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        top = next(number for number, row in enumerate(rows) if row[1] and row[2])
        groups, bottom = rows[top - 1], rows[top]
        if not all(bottom):
            groups, bottom = rows[top], rows[top + 1]
            top += 1
        for merged in sheet.merged_cells.ranges:
            if merged.min_row == top:
                groups[merged.min_col - 1 : merged.max_col] = [groups[merged.min_col - 1]] * merged.size["columns"]
        joined = [f"{group} / {name}" if group else name for group, name in zip(groups, bottom, strict=True)]
        assert joined == headings
        for number, row in enumerate(rows[top + 1 :], start=top + 2):
            if row[0] == "TOTAL":
                break
            found.append([cell.date() if isinstance(cell, dt.datetime) else cell for cell in row])
            index.append((sheet.title, number))
    return pd.DataFrame(found, pd.MultiIndex.from_tuples(index), headings, dtype=object)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load((PACKS,))


Make = Callable[..., Simulated]


def simulate_packs(catalog: Catalog, out: Path, only: str = "", **settings: object) -> tuple[Delivery, ...]:
    """Simulate the packs of the catalogue, or one of them; every delivery has its record."""
    simulations = {pack: one for pack, one in catalog.simulations.items() if pack == (only or pack)}
    delivered = simulate(
        catalog.countries, catalog.sources, simulations, catalog.codelists, catalog.concepts, catalog.kinds,
        catalog.tables, out, **settings,
    )  # fmt: skip
    for delivery in delivered:
        assert read_delivery(out / "raw" / delivery.id / "delivery.toml") == delivery
    return delivered


@pytest.fixture(scope="session")
def make(catalog) -> Make:
    def simulated(out: Path, *, only: str = "", **settings: object) -> Simulated:
        delivered = simulate_packs(catalog, out, only, census_persons=0, lfs_persons=0, **settings)
        truth, defects = (pd.read_parquet(out / f"truth/{name}.parquet") for name in ("permits", "defects"))
        return Simulated(out, catalog, delivered, truth, defects)

    return simulated


@pytest.fixture(scope="session")
def clean(make, tmp_path_factory) -> Simulated:
    """Without defects, large enough for shares."""
    return make(tmp_path_factory.mktemp("clean"), seed=3, permits=3000, mess=0.0)


@pytest.fixture(scope="session")
def messy(make, tmp_path_factory) -> Simulated:
    """With a defect in every tenth row."""
    return make(tmp_path_factory.mktemp("messy"), seed=4, permits=1500, years="2011_2014", mess=0.1)
