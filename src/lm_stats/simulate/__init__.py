"""Simulate: synthetic deliveries with a hidden truth, to try and to teach with.

Here belongs the general machinery: persons and their applications, households, samples, spellings, mess, files.
What is particular to a member state (shares, offices, layouts, words) is declared in the `simulation.py` of
its pack, with the classes of `lm_stats.simulate.design`. Nothing here reads or changes what offices
really deliver, and everything written here says that it is synthetic.

This module imports nothing heavy, because packs import it and every command reads the packs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.simulate.design import (
    Abroad,
    Activity,
    CensusSimulation,
    Identities,
    Job,
    Origin,
    PermitSimulation,
    Place,
    Register,
    Schooling,
    Sector,
    Simulation,
    SurveySimulation,
    Text,
    Work,
    Workbook,
)

if TYPE_CHECKING:
    from lm_stats.spec import Codelist, Concept, Country, Delivery, Kind, MapEntry, Source, Table

__all__ = [
    "DEMO_KEY",
    "Abroad",
    "Activity",
    "CensusSimulation",
    "Identities",
    "Job",
    "Origin",
    "PermitSimulation",
    "Place",
    "Register",
    "Schooling",
    "Sector",
    "Simulation",
    "SurveySimulation",
    "Text",
    "Work",
    "Workbook",
    "simulate",
]

# in the code, so that a demonstration repeats byte for byte; it protects nothing and nobody
DEMO_KEY = b"demo"


def simulate(
    countries: Mapping[str, Country],
    sources: Mapping[str, Source],
    simulations: Mapping[str, Simulation],
    codelists: Mapping[str, Codelist],
    concepts: Mapping[str, Concept],
    kinds: Mapping[str, Kind],
    tables: Mapping[str, Table],
    out: Path,
    *,
    seed: int = 1,
    permits: int = 6000,
    census_persons: int = 100_000,
    lfs_persons: int = 6000,
    years: str = "2009_2015",
    mess: float = 0.05,
    spellings: Mapping[str, Sequence[MapEntry]] | None = None,
    tell: Callable[[str], None] | None = None,
) -> tuple[Delivery, ...]:
    """Write a root with synthetic deliveries and the truth behind them.

    The same arguments give the same bytes everywhere. What a pack delivers does not depend on
    which other packs there are, and the world does not depend on `mess`, but for who made an
    application: where it is not 0, persons of the registers are hard to find again (see
    `lm_stats.simulate.design.Identities`), at rates that do not depend on how much it is.
    Writing again what is there already changes nothing.

    Written are `raw/<iso3>/<source>/<period>.v1/` and, in `truth/`, of what was asked for:

    - `permits.parquet`, `population.parquet`, `absentees.parquet`, `lfs_persons.parquet`: the columns of these
      tables as a pipeline without fault yields them from what the files hold (names and numbers of passports as
      they are written there), and `true_person_id`; the latter three in the order of the files;
    - `population_frame.parquet`: the universe of the survey, one row a person, with the columns of `lfs_persons`
      that are not of a round, true values and the same `true_person_id`. Years are those of the census;
    - `defects.parquet`: `delivery_id, file, sheet, row, column, case, true_value, delivered_value, expected`;
      `column` is the heading as the source declares it, empty where the case is about the whole row; `row` is 0
      where it is about a file or a sheet. `expected` is what must become of the row (`accept`, `warn`,
      `quarantine`, `exclude`, `refuse`), of a file or sheet whether something must be told of it (`warn`).

    Args:
        countries: Countries by code.
        sources: Sources by path.
        simulations: What each pack says about its world, by lower-case country code.
        codelists: Codelists by id.
        concepts: Concepts by id.
        kinds: Kinds by id.
        tables: Tables by id.
        out: The root; made where it does not exist.
        seed: Seed of everything drawn.
        permits: Applications of each member state, times the `size` of its simulation; 0 for no registers.
        census_persons: Persons counted by the census of each, likewise; 0 for no census.
        lfs_persons: Persons in all rounds of its survey together, about, likewise; 0 for no survey. The
            survey is drawn from the world of the census.
        years: First and last year of application (`2009_2015`), or one year.
        mess: Share of delivered rows with a defect, one each; 0 for none. Census and survey have at most
            `lm_stats.simulate.spoiling.MOST_DEFECTS` in a delivery. Where it is not 0, the form of files is
            unusual too (encoding, delimiter, headings, order of columns and of dates, hidden rows, two years on
            one sheet, further sheets and tables).
        spellings: Spellings that all packs share, by codelist.
        tell: Told in a few words what is being done.

    Returns:
        The deliveries written.

    Raises:
        Fault: If an argument makes no sense (code 2), the root holds real deliveries (code 3), or
            it holds another delivery of the same name (code 1).
    """
    from lm_stats.simulate.root import write_root

    return write_root(
        countries, sources, simulations, codelists, concepts, kinds, tables, out,
        seed=seed, permits=permits, census_persons=census_persons, lfs_persons=lfs_persons, years=years, mess=mess,
        spellings=spellings or {}, tell=tell or (lambda text: None),
    )  # fmt: skip
