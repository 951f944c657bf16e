"""Roots that were simulated once, and what their files hold when read by other programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lm_stats.catalog import Catalog, load
from lm_stats.simulate import simulate
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
        """Delivered cells by heading as declared; index: sheet (empty for text) and row. Empty cells are None."""
        if delivery.id not in self.read:
            self.read[delivery.id] = self._read(delivery)
        return self.read[delivery.id].copy()

    def _read(self, delivery: Delivery) -> pd.DataFrame:
        source = self.source(delivery)
        known = {plain_heading(old): names[0] for names in source.columns.values() for old in names}
        known |= {plain_heading(name): name for name in source.ignored}
        read = _read_text if source.reader == "csv" else _read_workbook
        return read(self.file(delivery), known)[list(dict.fromkeys(known.values()))]


def plain_heading(text: str) -> str:
    """A heading without what the eye does not see; capitals count for nothing."""
    return " ".join(text.replace("\u00a0", " ").split()).casefold()


def decode(content: bytes) -> str:
    """The text of a file in any of the encodings that are written."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _read_text(path: Path, known: dict[str, str]) -> pd.DataFrame:
    text = decode(path.read_bytes()).replace("\0", "")
    first = 1
    if text.startswith("sep="):
        first, text = 2, text.split("\n", 1)[1]
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=head.count))
    rows, index, start = [], [], 0
    for row in reader:
        rows.append(row)
        index.append(("", start + first))
        start = reader.line_num
    headings = [known[plain_heading(cell)] for cell in rows[0]]
    kept = [number for number, row in enumerate(rows) if row and number]
    cells = [[cell or None for cell in rows[number]] for number in kept]
    return pd.DataFrame(cells, pd.MultiIndex.from_tuples([index[n] for n in kept]), headings, dtype=object)


def _read_workbook(path: Path, known: dict[str, str]) -> pd.DataFrame:
    found, index, width = [], [], len(set(known.values()))
    headings: dict[str, int] = {}
    for sheet in openpyxl.load_workbook(path, data_only=True).worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        if len(rows[0]) < width:
            continue
        top = next(number for number, row in enumerate(rows) if sum(cell is not None for cell in row) >= width)
        groups, names = rows[top - 1], rows[top]
        merged = [one for one in sheet.merged_cells.ranges if one.min_row == top]
        for one in merged:
            groups[one.min_col - 1 : one.max_col] = [groups[one.min_col - 1]] * one.size["columns"]
        joined, group = [], None
        for above, name in zip(groups, names, strict=True):
            group = above if merged else above or group
            texts = [f"{group} / {name}", str(name)] if group else [str(name)]
            joined.append(next((known[own] for own in map(plain_heading, texts) if own in known), ""))
        headings = {name: column for column, name in enumerate(joined) if name}
        assert len(headings) == width
        for number, row in enumerate(rows[top + 1 :], start=top + 2):
            if row[0] == "TOTAL":
                break
            cells = [row[column] for column in headings.values()]
            if sum(cell is not None for cell in cells) > 1:
                found.append([cell.date() if isinstance(cell, dt.datetime) else cell or None for cell in cells])
                index.append((sheet.title, number, *headings))
    places = pd.MultiIndex.from_tuples([place[:2] for place in index])
    assert len({place[2:] for place in index}) == 1
    return pd.DataFrame(found, places, list(headings), dtype=object)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load((PACKS,))


Make = Callable[..., Simulated]


def simulate_packs(catalog: Catalog, out: Path, only: str = "", **settings: object) -> tuple[Delivery, ...]:
    """Simulate the packs of the catalogue, or one of them; every delivery has its record."""
    simulations = {pack: one for pack, one in catalog.simulations.items() if pack == (only or pack)}
    delivered = simulate(
        catalog.countries, catalog.sources, simulations, catalog.codelists, catalog.concepts, catalog.kinds,
        catalog.tables, out, spellings=catalog.spellings, **settings,
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
