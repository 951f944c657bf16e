"""How the records of an indicator were drawn, and why it may be that nobody knows the errors of its values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lm_stats.estimate.laid_out import Rows
from lm_stats.estimate.sampling_errors import Sample
from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.sampled_units import number_units
from lm_stats.estimate.survey.variance import lonely
from lm_stats.spec import Indicator, SurveyDesign

# what is the matter, and what a person may do about it
Reason = tuple[str, str]
_STRATA_NAMED = 5


@dataclass(frozen=True)
class Drawn:
    """How records were drawn.

    Attributes:
        design: The design of their table, if sampling errors can be had from it.
        reason: Why they cannot, else.
    """

    design: SurveyDesign | None = None
    reason: Reason | None = None


def drawn_as(indicator: Indicator, tables: Mapping[str, Path], designs: Mapping[str, SurveyDesign]) -> Drawn:
    """How the records of an indicator were drawn.

    Args:
        indicator: The indicator.
        tables: Parquet files by id of the table.
        designs: Designs of those tables that have one.
    """
    if len(indicator.tables) > 1:
        names = " and ".join(indicator.tables)
        return _unknown(f"they are made from {names} together", "Do not compare them.")
    design = designs.get(indicator.table)
    if design is None:
        return _unknown(
            f"the table {indicator.table} does not say how its records were drawn",
            "Ask the office for strata and primary sampling units, and declare them as the design of the table.",
        )
    if indicator.counted.distinct:
        return _unknown(f"different values of {indicator.counted.distinct} are counted", "Do not compare them.")
    if indicator.table in tables:
        columns = pq.read_schema(tables[indicator.table]).names
        if absent := [name for name in (design.strata, design.psu) if name not in columns]:
            return _unknown(
                f"the table {indicator.table} has no column {' and '.join(absent)}",
                "Run the steps before again, so that the table has the columns of its design.",
            )
    return Drawn(design)


def read_sample(drawn: Drawn, rows: Rows | None) -> tuple[Sample | None, Reason | None]:
    """The sample of one area and occasion, or why there are no errors, or only some.

    Args:
        drawn: How records were drawn.
        rows: The records of the area and occasion by sampled unit and cell.
    """
    design = drawn.design
    if design is None or rows is None:
        return None, drawn.reason
    known = (rows.stratum >= 0) & (rows.psu >= 0)
    # the smallest gap in the design makes every error doubtful, also those of cells without such a record
    if missing := int(rows.records[~known].sum()):
        of = _named(rows, ~known & (rows.stratum >= 0))
        return None, _unknown(
            f"{missing:,} of {int(rows.records.sum()):,} records have no stratum or no primary sampling unit"
            f"{f' (those with a stratum: {of})' if of else ''}",
            "Ask the office for them: without them nobody knows how exact the estimates are.",
        ).reason
    of_survey = Design("weight", design.strata, design.psu, single_psu=design.single_psu, nest=design.nest)
    try:
        # what is doubtful is told below, with the area and the occasion
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            units, unit = number_units(of_survey, [pa.array(rows.stratum), pa.array(rows.psu)], [])
    except DesignError:
        return None, _unknown(
            "numbers of primary sampling units repeat in several strata, and `nest` of the table's design says that "
            "they do not",
            "Ask the office whether they begin anew in each stratum, and correct `nest`, or the data.",
        ).reason
    if units.doubtful:
        return None, _unknown(
            "numbers of primary sampling units repeat in some strata only, so that it is not known which units are one "
            f"({_named(rows, _shared(rows))})",
            "Ask the office whether they begin anew in each stratum, and declare it as `nest` of the table's design.",
        ).reason
    sample = Sample(rows, units, unit, design.single_psu)
    alone = lonely(units)
    if design.single_psu != "fail" or not len(alone):
        return sample, None
    strata = "1 stratum has" if len(alone) == 1 else f"{len(alone)} strata have"
    named = _named(rows, np.isin(units.strata[0][unit], alone))
    return sample, _unknown(
        f"{strata} a single primary sampling unit, where they are part of the estimate ({named})",
        "Ask the office which strata to join, or declare `single_psu` of the table's design.",
    ).reason


def _named(rows: Rows, those: NDArray[np.bool_]) -> str:
    """The strata of some rows, as far as a person reads on, with the number of records; empty where there are none."""
    codes = [rows.strata[number] for number in np.unique(rows.stratum[those]).tolist()]
    if not codes:
        return ""
    # as numbers where they are numbers
    codes.sort(key=lambda code: (not code.isdecimal(), int(code) if code.isdecimal() else 0, code))
    more = f" and {len(codes) - _STRATA_NAMED} others" if len(codes) > _STRATA_NAMED else ""
    records = int(rows.records[those].sum())
    counted = "1 record" if records == 1 else f"{records:,} records"
    return f"{'stratum' if len(codes) == 1 else 'strata'} {', '.join(codes[:_STRATA_NAMED])}{more}, {counted}"


def _shared(rows: Rows) -> NDArray[np.bool_]:
    """Whether the sampled unit of each row has a number that another stratum uses too."""
    pairs = np.unique(np.stack([rows.stratum, rows.psu]), axis=1)
    return np.bincount(pairs[1])[rows.psu] > 1


def _unknown(why: str, what_to_do: str) -> Drawn:
    return Drawn(None, (f"the estimates have no sampling errors, because {why}", what_to_do))

