"""Registers of work permits: what each office delivers, and the truth of its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder, coders_for, shared_lines
from lm_stats.compile.coding_rules import confidence_of
from lm_stats.compile.missing import is_missing
from lm_stats.compile.pandera import cast
from lm_stats.simulate import DEMO_KEY
from lm_stats.simulate.appearance import PLAIN, Appearance
from lm_stats.simulate.cells import make_cells, numbers_of, spell
from lm_stats.simulate.defects import DATED_BY, DEFECT_COLUMNS, Ground, Spoilt, plant
from lm_stats.simulate.defects_in_cells import cases_in_cells
from lm_stats.simulate.defects_in_dates import APART, MONTHS, cases_in_dates
from lm_stats.simulate.defects_in_files import FileDefect, as_defects, disfigure, list_looks
from lm_stats.simulate.defects_in_rows import cases_in_rows
from lm_stats.simulate.defects_in_words import Vocabulary, cases_in_words
from lm_stats.simulate.deliveries import SYNTHETIC, Parts, Written, open_part, promote
from lm_stats.simulate.design import PermitSimulation, Register
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.files import addresses, headings_of, write_file
from lm_stats.simulate.identities import blur
from lm_stats.simulate.permits import make_permits
from lm_stats.simulate.spelling import Spellings
from lm_stats.spec import Codelist, Concept, Period, Source
from lm_stats.stage.identity import Keyring, business_names

DAYS_UNTIL_RECEIPT = 40
# as many different days in a sheet leave no doubt about the order of their numbers
_ENOUGH_DAYS = 10


@dataclass(frozen=True)
class Held(Written):
    """One delivery with the truth of its rows.

    Attributes:
        rows: The table's columns for every application that the delivery holds, in the order of
            the world, with `true_person_id`; index: position in the world.
    """

    rows: pd.DataFrame


def write_registers(
    parts: Parts,
    pack: str,
    simulation: PermitSimulation,
    *,
    seed: int,
    permits: int,
    period: Period,
    mess: float,
    out: Path,
    tell: Callable[[str], None],
) -> tuple[list[Written], pd.DataFrame]:
    """Write the registers of a pack.

    Args:
        parts: The declarations.
        pack: The pack.
        simulation: What it says.
        seed: Seed of everything drawn.
        permits: Applications, times the `size` of the simulation.
        period: Years of application.
        mess: Share of delivered rows with a defect.
        out: The root.
        tell: Told what is being done.

    Returns:
        The deliveries, and the true rows of all applications, each once.
    """
    country = parts.countries[pack.upper()]
    tell(f"{country.names['en']}: persons and applications")
    # a generator for each pack and use, so that no pack and no mess changes what another draws; new ones at the end
    seeds = np.random.SeedSequence([seed, *country.code.encode()]).spawn(3 + 3 * len(simulation.registers))
    streams = [np.random.Generator(np.random.PCG64(child)) for child in seeds]
    world = make_permits(simulation, country.code, period, max(1, round(permits * simulation.size)), streams[0])
    if mess:
        world = blur(world, simulation.identities, country.code, streams[-1])
    copied = streams[1].random(len(world))
    written = []
    for position, register in enumerate(simulation.registers):
        one = _write_register(
            parts, simulation, pack, position, period, world, copied, mess, out, tell,
            [*streams[2 + 2 * position :][:2], streams[2 + 2 * len(simulation.registers) + position]],
        )  # fmt: skip
        if one is not None:
            written.append((parts.sources[f"{pack}/{register.source}"].precedence, one))
    return [one for _, one in written], _who_wins(written)


def _write_register(
    parts: Parts,
    simulation: PermitSimulation,
    pack: str,
    position: int,
    period: Period,
    world: pd.DataFrame,
    copied: Array,
    mess: float,
    out: Path,
    tell: Callable[[str], None],
    streams: list[np.random.Generator],
) -> Held | None:
    """Write one register; none where its office had not begun or received nothing."""
    register = simulation.registers[position]
    source = parts.sources[f"{pack}/{register.source}"]
    first = max(period.first.year, register.since)
    if first > period.last.year:
        return None
    stands = _stands_in(simulation, position, world, copied)
    codes = np.array([own.office or None for own in simulation.registers], dtype=object)
    held = world[stands].assign(office=codes[world["office"].to_numpy()[stands]])
    if held.empty:
        return None
    span = f"{first}_{period.last.year}" if first < period.last.year else f"{first}"
    tell(f"{parts.countries[pack.upper()].names['en']}: {source.id}, {len(held)} rows")
    spellings = spell(source, register, parts.concepts, parts.codelists, parts.spellings)
    cells = make_cells(simulation, register, source, parts.concepts, spellings, held, streams[0])
    table = parts.tables[parts.kinds[source.kind].records[0].table]
    ground = Ground(simulation, register, source, parts.concepts, spellings, table, held, cells, streams[1])
    alone = np.flatnonzero(_stands_once(simulation, world, copied)[stands])
    coders = _coders(parts, source)
    years = sorted(held["year"].unique().tolist())
    cases = [*cases_in_dates(ground, years[-1]), *cases_in_cells(ground), *cases_in_rows(ground)]
    if mess:
        cases = [*cases_in_words(ground, _vocabulary(parts, coders, spellings, held)), *cases]
    spoilt = plant(ground, cases, alone.tolist(), round(mess * len(held)))
    look, unusual = PLAIN, list[FileDefect]()
    if mess:
        texts = [text for name in spoilt.cells for text in spoilt.cells[name] if isinstance(text, str)]
        shown = _orders_shown(held, years[:-1])
        look, unusual = disfigure(register, source, texts, years, len(spoilt.cells), streams[2], shown)
    truth = _true_rows(parts, register, source, held, cells, coders)
    return _deliver(parts, register, source, span, period, truth, held, spoilt, look, unusual, out)


def _orders_shown(held: pd.DataFrame, years: Sequence[int]) -> list[int]:
    """Years of which enough days of registration are no months."""
    days = held.loc[held[APART].dt.day > MONTHS, [APART, "year"]].drop_duplicates().groupby("year").size()
    return [year for year in years if days.get(year, 0) >= _ENOUGH_DAYS]


def _coders(parts: Parts, source: Source) -> dict[str, Coder]:
    """The coders with which the register is read."""
    (record,) = parts.kinds[source.kind].records
    return coders_for(source.for_record(record), record, parts.concepts, parts.codelists, parts.spellings)


def _vocabulary(
    parts: Parts, coders: Mapping[str, Coder], spellings: Mapping[str, Spellings], held: pd.DataFrame
) -> Vocabulary:
    """What the texts of a register mean to whoever reads it."""
    codes = pd.Series(sorted(set(held["citizenship"])), dtype="str")
    regions = dict(zip(codes, _regions(parts.codelists, codes)[1], strict=True))
    return Vocabulary(coders, {name: own.lines for name, own in spellings.items()}, parts.codelists, regions)


def _stands_in(simulation: PermitSimulation, position: int, world: pd.DataFrame, copied: Array) -> Array:
    """Which applications stand in a register."""
    received = world["office"].to_numpy()
    shares = np.array([1.0, *(register.copied for register in simulation.registers[1:])])
    stands: Array = received == position if position else copied < shares[received]
    return stands


def _stands_once(simulation: PermitSimulation, world: pd.DataFrame, copied: Array) -> Array:
    """Which applications stand in one register only: the outcome of a defect there is certain."""
    once: Array = (world["office"].to_numpy() == 0) | ~_stands_in(simulation, 0, world, copied)
    return once


def _deliver(
    parts: Parts,
    register: Register,
    source: Source,
    span: str,
    period: Period,
    rows: pd.DataFrame,
    held: pd.DataFrame,
    spoilt: Spoilt,
    look: Appearance,
    unusual: list[FileDefect],
    out: Path,
) -> Held:
    years = pd.Series(held["year"].to_numpy()[spoilt.cells.index.to_numpy()])
    order = np.lexsort((spoilt.order.to_numpy(), years.to_numpy()))
    cells = spoilt.cells.iloc[order].reset_index(drop=True)
    years = years.iloc[order].reset_index(drop=True)
    if look.month_first:
        both = zip(cells[APART].tolist(), years == look.month_first, strict=True)
        cells[APART] = pd.Series([_month_first(cell) if turned else cell for cell, turned in both], dtype=object)
    # only a defect breaks a line
    lines = zip(*(cells[name].tolist() for name in cells), strict=True)
    breaks = [sum(map(_breaks_in, row)) for row in lines] if len(spoilt.defects) else None
    places = addresses(register, years, look, breaks)
    in_file = {int(at): place for place, at in enumerate(order)}
    look = replace(look, looks={in_file[at]: manner for at, manner in spoilt.looks.items()})
    # back to the order before sorting: the records first, then the repeated rows
    places = places.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    name = register.layout.file.format(period=span)
    write_file(open_part(out) / name, register, source, span, cells, years, look)
    delivery = promote(out, source, span, period.last + dt.timedelta(days=DAYS_UNTIL_RECEIPT), (name,))
    own = places.iloc[: len(held)]
    rows["delivery_id"], rows["source_file"] = delivery.id, name
    rows["source_sheet"], rows["source_row"] = own["source_sheet"].to_numpy(), own["source_row"].to_numpy()
    at = spoilt.defects["at"].to_numpy(dtype=np.int64)
    defects = pd.DataFrame(
        {
            "delivery_id": delivery.id,
            "file": name,
            "sheet": places["source_sheet"].to_numpy()[at],
            "row": places["source_row"].to_numpy()[at],
            "column": spoilt.defects["concept"].map({**headings_of(source), "": ""}),
            **{name: spoilt.defects[name] for name in ("case", "true_value", "delivered_value", "expected")},
        },
        columns=list(DEFECT_COLUMNS),
    )
    whole = as_defects([*unusual, *list_looks(places, spoilt.looks)], delivery.id, name)
    return Held(delivery, pd.concat([defects, whole], ignore_index=True), rows)


def _month_first(cell: object) -> object:
    return f"{cell:%m/%d/%Y}" if isinstance(cell, dt.date) else cell


def _breaks_in(cell: object) -> int:
    return cell.count("\n") if isinstance(cell, str) else 0


def _true_rows(
    parts: Parts,
    register: Register,
    source: Source,
    held: pd.DataFrame,
    cells: pd.DataFrame,
    coders: Mapping[str, Coder],
) -> pd.DataFrame:
    """The table's columns as a pipeline without fault yields them from what the register holds."""
    record = parts.kinds[source.kind].records[0]
    table = parts.tables[record.table]
    keyring = Keyring(DEMO_KEY)
    rows = pd.DataFrame(index=held.index)
    for name in record.concepts:
        concept = parts.concepts[name]
        if concept.identifier:
            continue
        if name in source.columns:
            rows[name] = held[name]
        elif name in source.defaults or name in record.defaults:
            rows[name] = _default(parts, source, concept, source.defaults.get(name) or record.defaults[name])
        missing = parts.codelists[concept.codelist].missing if concept.codelist else ""
        if missing and name in table.not_null:
            rows[name] = rows[name].fillna(missing) if name in rows else missing
    rows["ref_area"], rows["source"], rows["data_class"] = source.ref_area, source.id, SYNTHETIC
    rows["citizenship"], rows["region_of_origin"] = _regions(parts.codelists, rows["citizenship"])
    if "district" in rows:
        rows["district_bos"] = rows["district"].map(source.district_codes).replace("", None)
    for name in (name for name in rows.columns if f"{name}_precision" in table.columns):
        rows[f"{name}_precision"] = pd.Series("day", index=rows.index).where(rows[name].notna())
    days = [held[name] for name in DATED_BY if name in source.columns]
    on = reduce(pd.Series.fillna, days) if days else None
    for name in (name for name in source.columns if f"{name}_rule" in table.columns):
        texts = cells[name].astype("str")
        found = coders[name].code(texts.mask(is_missing(texts, parts.concepts[name], source)), on)
        rows[f"{name}_rule"] = found["rule"].where(found["code"].notna())
        rows[f"{name}_confidence"] = rows[f"{name}_rule"].map(confidence_of, na_action="ignore").astype("float64")
    if "birth_date" in source.columns:
        rows["birth_year"] = held["birth_date"].dt.year
        rows = rows.join(keyring.birth_tokens(held["birth_date"]))
    if "name" in source.columns:
        rows = rows.join(keyring.name_tokens(held["name"]))
    tokens = {
        "certificate_number": "certificate_token",
        "previous_certificate": "previous_certificate_token",
        "application_number": "permit_id",
    }
    for name, column in tokens.items():
        if name in source.columns:
            purpose = "application" if name == "application_number" else "certificate"
            rows[column] = keyring.document(purpose, numbers_of(register, held, name))
    if "application_number" not in source.columns:
        rows["permit_id"] = rows["certificate_token"]
    if "passport_number" in source.columns:
        rows["person_token_passport"] = keyring.document("passport", held["passport_number"])
    if "employer" in source.columns:
        rows["employer_id"] = keyring.business(held["employer"], business_names(source.entries.get("employer", ())))
    rows = cast(rows, tuple(c for c in table.columns if c in rows), parts.concepts)
    return rows.assign(true_person_id=held["true_person_id"])


def _default(parts: Parts, source: Source, concept: Concept, text: str) -> str | float:
    """What a default of the source or the kind stands for."""
    if concept.type in ("integer", "number"):
        return float(text)
    if concept.type != "code":
        return text
    detail = parts.codelists[concept.detail] if concept.detail else None
    codelist = parts.codelists[concept.codelist]
    shared = shared_lines(concept, codelist, parts.spellings)
    coder = Coder(concept, codelist, source.entries.get(concept.id, ()), detail, shared=shared)
    return str(coder.code(pd.Series([text], dtype="str"))["code"].iloc[0])


def _regions(codelists: Mapping[str, Codelist], codes: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Citizenship and region of origin of codes that may be countries or only regions."""
    areas, regions = codelists["areas"], codelists["regions_of_origin"]
    by_group = {r.attributes["group"]: r.code for r in regions if r.kind == "" and r.attributes.get("group")}
    by_m49 = {r.attributes["m49_region"]: r.code for r in regions if r.kind == "" and r.attributes.get("m49_region")}
    found: dict[str, str] = {}
    for code in codes.unique():
        if code not in areas:
            found[code] = code
            continue
        attributes = areas.by_code[code].attributes
        own = [by_group[group] for group in attributes.get("groups", "").split() if group in by_group]
        found[code] = own[0] if own else by_m49.get(attributes.get("m49_region", ""), regions.missing)
    return codes.where(codes.isin(list(areas.by_code)), areas.missing), codes.map(found)


def _who_wins(written: list[tuple[int, Held]]) -> pd.DataFrame:
    """Each application once: from the register that takes precedence."""
    ranked = [one.rows for _, one in sorted(written, key=lambda pair: pair[0])]
    together = pd.concat(ranked)
    return together[~together.index.duplicated()]
