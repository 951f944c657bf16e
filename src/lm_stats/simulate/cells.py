"""From the world to the cells of a register: what stands in each column of each delivered row.

A cell is None (empty), a text, a number or a date; the layout decides how numbers and dates look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lm_stats.simulate.design import PermitSimulation, Register
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.spelling import Spellings
from lm_stats.spec import Codelist, Concept, MapEntry, Source

NUMBERED = {
    "application_number": ("number", "year", "number"),
    "certificate_number": ("certificate", "certificate_year", "certificate"),
    "previous_certificate": ("certificate", "previous_year", "previous"),
}

# thousands of spellings are coded to know what they mean, in every register alike
_SPELLED: dict[tuple[object, ...], tuple[object, Spellings]] = {}
_REMEMBERED = 200


def spell(
    source: Source,
    register: Register,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    shared: Mapping[str, Sequence[MapEntry]] | None = None,
) -> dict[str, Spellings]:
    """The spellings of every coded column that a source delivers."""
    found = {}
    for name in source.columns:
        concept = concepts[name]
        if concept.type != "code":
            continue
        usual, first = register.usual.get(name, 3), name in register.common
        made_of = (
            source.entries.get(name), concept, codelists[concept.codelist], codelists.get(concept.detail),
            (shared or {}).get(concept.codelist),
        )  # fmt: skip
        key = (*map(id, made_of), usual, first)
        if key not in _SPELLED:
            if len(_SPELLED) >= _REMEMBERED:
                _SPELLED.clear()
            # what they are made of stays with them, so that nothing else can come to have its place in memory
            _SPELLED[key] = made_of, Spellings(source, concept, codelists, usual, shared, shared_first=first)
        found[name] = _SPELLED[key][1]
    return found


def make_cells(
    simulation: PermitSimulation,
    register: Register,
    source: Source,
    concepts: Mapping[str, Concept],
    spellings: Mapping[str, Spellings],
    world: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The cells of a register without any defect.

    Args:
        simulation: What the pack says.
        register: The register.
        source: Its source: which columns it has.
        concepts: Concepts by id.
        spellings: Spellings by coded concept.
        world: Applications that stand in the register (see `make_permits`), with the codes that are
            recorded, `office` included.
        rng: Source of randomness.

    Returns:
        One row for each application in the same order, one column (object) for each delivered
        concept.

    Raises:
        ValueError: If the source has a column that the world does not tell.
    """
    cells: dict[str, Array] = {}
    for name in source.columns:
        if name in NUMBERED:
            pattern, year, number = NUMBERED[name]
            cells[name] = _numbers(getattr(register, pattern), world[year].to_numpy(), world[number].to_numpy())
        elif name == "occupation":
            titles = [sector.titles for sector in simulation.sectors]
            codes, groups = world[name].to_numpy(dtype=object), world["sector"].to_numpy()
            cells[name] = spellings[name].write_titles(codes, groups, titles, rng)
        elif name not in world:
            raise ValueError(f"source {source.path}: column {name} is not simulated")
        elif concepts[name].type == "code":
            cells[name] = spellings[name].write(world[name].to_numpy(dtype=object), rng)
        elif concepts[name].type == "date":
            cells[name] = _dates(world[name])
        elif concepts[name].type == "integer":
            cells[name] = np.array([int(value) for value in world[name]], dtype=object)
        else:
            cells[name] = world[name].to_numpy(dtype=object)
    return pd.DataFrame(cells, index=world.index, dtype=object)


def numbers_of(register: Register, world: pd.DataFrame, name: str) -> pd.Series:
    """One of the `NUMBERED` columns as the register writes it; missing where there is none."""
    pattern, year, number = NUMBERED[name]
    texts = _numbers(getattr(register, pattern), world[year].to_numpy(), world[number].to_numpy())
    return pd.Series(texts, index=world.index, dtype="str")


def _numbers(pattern: str, years: Array, numbers: Array) -> Array:
    texts = [
        pattern.format(year=year, number=number) if number >= 0 else None
        for year, number in zip(years.tolist(), numbers.tolist(), strict=True)
    ]
    return np.array(texts, dtype=object)


def _dates(values: pd.Series) -> Array:
    days = values.to_numpy().astype("datetime64[D]").astype(object)
    days[values.isna().to_numpy()] = None
    found: Array = days
    return found
