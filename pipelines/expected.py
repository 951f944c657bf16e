"""The calendar: which deliveries are due, late or missing, by agency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Expected, Period

LATE_DAYS = 90


@dataclass(frozen=True)
class Due:
    """One delivery that is or was expected.

    Attributes:
        ref_area: Code of the country.
        agency: Code of the agency.
        what: Source, or what is expected in plain words.
        period: The period.
        deadline: Last day on which it is in time.
        state: `received`, `due` (the period has ended, the deadline has not), `late` (at most 90
            days past the deadline) or `missing` (longer, or the office has never delivered).
    """

    ref_area: str
    agency: str
    what: str
    period: str
    deadline: dt.date
    state: str


def list_expected(catalog: Catalog, deliveries: Sequence[Delivery], today: dt.date) -> list[Due]:
    """List every delivery expected up to a day, by country, agency and period.

    Args:
        catalog: The declarations.
        deliveries: Deliveries received.
        today: The day.
    """
    found = []
    for source in catalog.sources.values():
        if source.expected:
            received = [Period.parse(d.period) for d in deliveries if f"{d.ref_area.lower()}/{d.source}" == source.path]
            for period, deadline, state in _calendar(source.expected, received, today):
                found.append(Due(source.ref_area, source.agency, source.id, period.text, deadline, state))
    for country in catalog.countries.values():
        for agency in country.agencies:
            for expected in agency.expects:
                for period, deadline, state in _calendar(expected, (), today):
                    found.append(Due(country.code, agency.code, expected.what, period.text, deadline, state))
    return sorted(found, key=lambda due: (due.ref_area, due.agency, due.what, due.deadline))


def list_deadlines(catalog: Catalog, deliveries: Sequence[Delivery]) -> list[tuple[str, dt.date]]:
    """Ids of deliveries that were expected, with the last day on which each was in time.

    Args:
        catalog: The declarations.
        deliveries: Deliveries received.
    """
    found = []
    for delivery in deliveries:
        source = catalog.sources.get(f"{delivery.ref_area.lower()}/{delivery.source}")
        if source and source.expected:
            last = Period.parse(delivery.period).last
            found.append((delivery.id, last + dt.timedelta(days=source.expected.days)))
    return found


def _calendar(
    expected: Expected, received: Sequence[Period], today: dt.date
) -> Iterable[tuple[Period, dt.date, str]]:
    ended = [p for p in Period.parse(f"1900_{today.year}").each(expected.freq) if p.last < today]
    if expected.since:
        first = Period.parse(expected.since).first
    elif received:
        first = min(period.first for period in received)
    else:
        first = ended[-1].first
    for period in ended:
        if period.first >= first:
            deadline = period.last + dt.timedelta(days=expected.days)
            yield period, deadline, _state(period, deadline, received, today)


def _state(period: Period, deadline: dt.date, received: Sequence[Period], today: dt.date) -> str:
    if _is_covered(period, received):
        return "received"
    if today <= deadline:
        return "due"
    return "late" if received and (today - deadline).days <= LATE_DAYS else "missing"


def _is_covered(period: Period, received: Sequence[Period]) -> bool:
    """Whether the deliveries together hold every day of the period."""
    day = period.first
    for one in sorted(received):
        if one.first <= day <= one.last:
            day = one.last + dt.timedelta(days=1)
    return day > period.last
