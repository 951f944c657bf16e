"""Tables that the report only lists: those of families, which lie in the files and the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lm_stats.handover import Protected
from lm_stats.publish import wording
from lm_stats.spec import SYNTHETIC_STATEMENT, Indicator


@dataclass(frozen=True)
class Listed:
    """What is said of a table that is listed.

    Attributes:
        id: Id of the table and of its files.
        dataflow: Dataflow that it fills.
        title: Title.
        source: Offices and kinds of their deliveries.
        periods: The periods that it has.
        rows: Number of its rows.
    """

    id: str
    dataflow: str
    title: str
    source: str
    periods: str
    rows: int


def list_tables(tables: Sequence[tuple[Indicator, Protected]]) -> list[Listed]:
    """What is said of tables, in the order of dataflows.

    Args:
        tables: Indicators with their protected tables.
    """
    mark = f" ({SYNTHETIC_STATEMENT})"
    found = []
    for indicator, protected in tables:
        frame = protected.frame
        sources = sorted({str(source).removesuffix(mark) for source in frame["source"].unique()})
        periods = wording.listing([wording.period(str(one)) for one in sorted(frame["time_period"].unique())])
        found.append(
            Listed(
                indicator.id, indicator.dataflow, indicator.title["en"], wording.listing(sources), periods, len(frame)
            )
        )
    return sorted(found, key=lambda one: (one.dataflow, one.id))
