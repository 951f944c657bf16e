"""What is said of estimates from a sample: levels, changes and gaps, as far as their errors allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lm_stats.publish import certainty, wording
from lm_stats.publish.reading import UNRELIABLE, Reading
from lm_stats.spec import Gap


def has_errors(area: str, readings: Sequence[Reading]) -> bool:
    """Whether errors of estimates for an area are known.

    Args:
        area: Code of the area.
        readings: Tables.
    """
    return any(cell.std_error is not None for one in readings if one.sampled for cell in one.cells(area))


def without_errors(readings: Sequence[Reading], names: Mapping[str, str]) -> str:
    """Areas with the rounds in which no estimate of any table has an error, as where the design is not known.

    Args:
        readings: Tables.
        names: Names of the areas by code.
    """
    found: dict[str, set[str]] = {}
    known: dict[str, set[str]] = {}
    for reading in (one for one in readings if one.sampled):
        for area in reading.areas:
            rounds = set(reading.without_errors(area))
            found.setdefault(area, set()).update(rounds)
            known.setdefault(area, set()).update(set(reading.periods(area)) - rounds)
    left = {area: sorted(rounds - known[area]) for area, rounds in found.items()}
    return "; ".join(f"{names[area]}, {wording.listing([wording.period(one) for one in rounds])}"
                     for area, rounds in left.items() if rounds)  # fmt: skip


def how_sure(area: str, reading: Reading, codes: Mapping[str, str]) -> str:
    """The interval of the latest estimate, and how it changed since the round before as far as that can be told.

    Args:
        area: Code of the area.
        reading: The table.
        codes: Codes of the cell by dimension.
    """
    periods = reading.periods(area)
    now = reading.cell(area, periods[-1], codes)
    interval = wording.interval(now) or "Estimated from a sample; no interval can be computed"
    if now.value is None:
        return "Estimated from a sample"
    if now.lower is None or now.status == UNRELIABLE:
        return f"{interval}; too unreliable to be compared" if now.status == UNRELIABLE else interval
    if isinstance(reading.indicator.estimator, Gap):
        found = certainty.gap(now)
        return f"{interval}: no clear difference" if found is None or found.verdict == "unclear" else interval
    if len(periods) < 2:
        return interval
    broken = reading.broken(area, periods[-2:], codes.values())
    before = reading.cell(area, periods[-2], codes)
    return f"{interval}; {wording.survey_change(now, before, periods[-2], broken=broken)}"


def gap(area: str, reading: Reading) -> str:
    """The latest gap between two groups, without a full stop; empty where nothing may be said of it.

    Args:
        area: Code of the area.
        reading: The table of a gap.
    """
    latest = reading.periods(area)[-1]
    found = certainty.gap(reading.cell(area, latest))
    subject, text = wording.subject(reading.indicator), wording.gap_text(found, reading.indicator)
    return f"{subject} in {wording.period(latest)}: {text}" if found is not None else ""


def trend(area: str, reading: Reading) -> str:
    """The latest estimate with its interval, and how it changed since the round before; empty where it is unreliable.

    Args:
        area: Code of the area.
        reading: The table.
    """
    periods = reading.periods(area)
    now = reading.cell(area, periods[-1])
    if not certainty.comparable(now):
        return ""
    subject = wording.subject(reading.indicator)
    said = f"{subject} in {wording.period(periods[-1])}: {wording.estimate(now)}"
    if len(periods) < 2:
        return said
    before, broken = reading.cell(area, periods[-2]), reading.broken(area, periods[-2:])
    return f"{said}, {wording.survey_change(now, before, periods[-2], broken=broken)}"
