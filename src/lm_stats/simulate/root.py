"""A root with synthetic deliveries and the truth behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from lm_stats.compile.arrow import schema as arrow_schema
from lm_stats.compile.pandera import cast
from lm_stats.simulate.defects import DEFECT_COLUMNS
from lm_stats.simulate.deliveries import SYNTHETIC, Parts, Written
from lm_stats.simulate.design import Simulation
from lm_stats.simulate.registers import write_registers
from lm_stats.simulate.society import write_society
from lm_stats.simulate.truth import PERSON, Truth
from lm_stats.spec import (
    Codelist,
    Concept,
    Country,
    Delivery,
    Fault,
    Kind,
    MapEntry,
    Period,
    Problem,
    Source,
    Table,
    read_delivery,
)

MOST_MESS = 0.5


def write_root(
    countries: Mapping[str, Country],
    sources: Mapping[str, Source],
    simulations: Mapping[str, Simulation],
    codelists: Mapping[str, Codelist],
    concepts: Mapping[str, Concept],
    kinds: Mapping[str, Kind],
    tables: Mapping[str, Table],
    out: Path,
    *,
    seed: int,
    permits: int,
    census_persons: int,
    lfs_persons: int,
    years: str,
    mess: float,
    spellings: Mapping[str, Sequence[MapEntry]],
    tell: Callable[[str], None],
) -> tuple[Delivery, ...]:
    """See `lm_stats.simulate.simulate`."""
    parts = Parts(countries, sources, codelists, concepts, kinds, tables, spellings)
    sizes = {"permits": permits, "census-persons": census_persons, "lfs-persons": lfs_persons}
    period = _check_arguments(simulations, sizes, seed, years, mess)
    _refuse_real(out)
    written: list[Written] = []
    registered: list[pd.DataFrame] = []
    with Truth(out / "truth") as truth:
        for pack in sorted(simulations):
            simulation = simulations[pack]
            if permits and simulation.permits is not None:
                held, rows = write_registers(
                    parts, pack, simulation.permits,
                    seed=seed, permits=permits, period=period, mess=mess, out=out, tell=tell,
                )  # fmt: skip
                written += held
                registered.append(rows)
            if census_persons and simulation.census is not None:
                written += write_society(
                    parts, pack, simulation.census, simulation.lfs if lfs_persons else None, truth,
                    seed=seed, persons=census_persons, surveyed=lfs_persons, mess=mess, out=out, tell=tell,
                )  # fmt: skip
        if not written:
            raise Fault(Problem("packs", "none says how to simulate what is asked for", "Ask for other parts."), code=2)
        tell("truth")
        if registered:
            truth.add("permits", _true_permits(parts, pd.concat(registered)))
        truth.add("defects", _true_defects([one.defects for one in written]))
    return tuple(one.delivery for one in written)


def _check_arguments(
    simulations: Mapping[str, Simulation], sizes: Mapping[str, int], seed: int, years: str, mess: float
) -> Period:
    period = Period.parse(years)
    problems = []
    if period.freq != "A" or not 1950 <= period.first.year <= period.last.year <= 2099:
        problems.append(Problem(f"years {years}", "these are no whole years from 1950 to 2099", "Write 2009_2015."))
    for name, size in sizes.items():
        if size < 0:
            problems.append(Problem(f"{name} {size}", "a size is not negative", "Ask for 1 or more, or 0 for none."))
    if not any(sizes.values()):
        problems.append(Problem("sizes", "nothing would be simulated", "Ask for 1 or more of something."))
    if sizes["lfs-persons"] > 0 and not sizes["census-persons"]:
        problems.append(
            Problem(
                f"lfs-persons {sizes['lfs-persons']}",
                "a survey is drawn from the world of the census, and no census is asked for",
                "Ask for census persons, or for 0 survey persons.",
            )
        )
    if seed < 0:
        problems.append(Problem(f"seed {seed}", "a seed is not negative", "Write 0 or more."))
    if not 0 <= mess <= MOST_MESS:
        problems.append(Problem(f"mess {mess:g}", f"the share of defects goes from 0 to {MOST_MESS}", "Write 0.05."))
    if not simulations:
        problems.append(Problem("packs", "no pack says how to simulate", "Add a simulation.py to a pack."))
    if problems:
        raise Fault(problems, code=2)
    return period


def _refuse_real(out: Path) -> None:
    for record in sorted((out / "raw").glob("*/*/*/delivery.toml")):
        if read_delivery(record).data_class != SYNTHETIC:
            raise Fault(
                Problem(
                    str(out),
                    "the root holds real deliveries, and real and synthetic records are never mixed",
                    "Name an empty folder.",
                ),
                code=3,
            )


def _true_permits(parts: Parts, rows: pd.DataFrame) -> pa.Table:
    table = parts.tables["permits"]
    rows = rows.sort_values(list(table.key), ignore_index=True)
    frame = cast(rows, table.columns, parts.concepts).assign(true_person_id=rows["true_person_id"].astype("str"))
    schema = arrow_schema(table, parts.concepts).append(PERSON)
    return _as_table(frame, schema)


def _true_defects(defects: list[pd.DataFrame]) -> pa.Table:
    listed = pd.concat(defects).sort_values(["delivery_id", "file", "sheet", "row"], ignore_index=True, kind="stable")
    text = [(name, pa.int64() if name == "row" else pa.string()) for name in DEFECT_COLUMNS]
    return _as_table(listed, pa.schema(text))


def _as_table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=False)
    # pandas' own description of the frame names library versions, which would differ between machines
    metadata = {k: v for k, v in (table.schema.metadata or {}).items() if k != b"pandas"}
    return table.replace_schema_metadata(metadata or None)
