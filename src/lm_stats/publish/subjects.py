"""The sections of a report: indicators that are made from one observatory table belong together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lm_stats.publish import wording
from lm_stats.publish.reading import Reading
from lm_stats.spec import Indicator

_TITLES: Mapping[str, str] = {
    "permits": "Work permits",
    "permit_applications": "Applications, decisions and how long they take",
    "certificates": "Work permits in force",
    "work_spells": "Persons with a work permit",
    "persons": "Persons with their first work permit",
    "permit_events": "Entries, renewals and ends of authorised work",
    "population": "Foreign residents and workers (census)",
    "absentees": "Household members abroad",
    "lfs_persons": "Labour-force survey",
    "reference_estimates": "Figures published by others",
    "migrant_stock": "Migrant stock published by others",
    "remittances": "Remittances and the cost of sending them",
}


@dataclass(frozen=True)
class Section:
    """Indicators on one subject.

    Attributes:
        id: Id of their table, as an anchor.
        title: Title for readers.
        entries: Indicators with their tables, in the order of the release.
    """

    id: str
    title: str
    entries: tuple[tuple[Indicator, Reading], ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The tables."""
        return tuple(reading for _, reading in self.entries)

    @property
    def sampled(self) -> bool:
        """Whether its numbers are estimates from a sample."""
        return any(reading.sampled for reading in self.readings)

    @property
    def errors(self) -> bool:
        """Whether any of these have errors that are known."""
        return any(reading.errors for reading in self.readings)


def title_of(table: str) -> str:
    """Title of the section of a table; a table that has none of its own is called by its id."""
    plain = table.replace("_", " ")
    return _TITLES.get(table, plain[:1].upper() + plain[1:])


def sections(entries: Sequence[tuple[Indicator, Reading]]) -> tuple[Section, ...]:
    """Indicators by subject, in the order in which subjects first appear.

    Args:
        entries: Indicators with their tables, in the order of the release.
    """
    tables = dict.fromkeys(indicator.table for indicator, _ in entries)
    return tuple(
        Section(table, title_of(table), tuple(entry for entry in entries if entry[0].table == table))
        for table in tables
    )


def left_out(missing: Sequence[Indicator], there: Collection[str]) -> str:
    """One sentence that names what has no table yet; empty where nothing is missing.

    Args:
        missing: Indicators without a table.
        there: Tables that others are made from.
    """
    by_table: dict[str, list[str]] = {}
    for indicator in missing:
        by_table.setdefault(indicator.table, []).append(indicator.title["en"])
    parts = []
    for table, titles in by_table.items():
        whole = f"all {len(titles)} tables" if len(titles) > 1 else "its table"
        parts.append(f"{title_of(table)} ({'; '.join(titles) if table in there else whole})")
    return f"Not in this edition, since nothing has been delivered for it yet: {', '.join(parts)}." if parts else ""


def spans(entries: Sequence[tuple[Indicator, Reading]]) -> str:
    """The periods of some tables; by subject where subjects do not cover the same.

    Args:
        entries: Indicators with their tables, in the order of the release.
    """
    covered = {section.title: wording.occasions(section.readings) for section in sections(entries)}
    covered = {title: periods for title, periods in covered.items() if periods}
    if len(set(covered.values())) < 2:
        return next(iter(covered.values()), "")
    return "; ".join(f"{title}: {periods}" for title, periods in covered.items())
