"""Rows that are held back, and that somebody decided to let go on.

A decision is one line of a file that people keep beside the deliveries. It names the row by its address and the
reason that it sets aside, says who decided, when and why, and is applied each time the rows are harmonised. A line
that cannot be applied is told of with its file and line; it never stops the work and is never passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from lm_stats.compile.decided import read_day, read_decided
from lm_stats.compile.duckdb import parquet
from lm_stats.harmonise.marks import ANY, FIRM, Fate
from lm_stats.harmonise.repeats import OTHER_CONTENT, OTHER_ROW
from lm_stats.harmonise.texts import Flags
from lm_stats.spec import Delivery, Problem, Source

RELEASE_COLUMNS = (
    "delivery_id", "record", "source_file", "source_sheet", "source_row", "reason", "decided_by", "decided_on", "why",
)  # fmt: skip
_UNLESS = "Take the line away. (If it is to stand in place of another row that is released, take that line away.)"
# a type of rows by its number, the turn of a delivery, and the place of a row in its staged file
Row = tuple[int, int, int]


@dataclass(frozen=True)
class Release:
    """One decision: the address of a row, and the reason that no longer holds it back.

    Attributes:
        where: File and line of the decision.
        delivery_id: The delivery.
        record: Type of rows; empty for any.
        file: Name of the file.
        sheet: Name of the sheet; empty for any.
        row: Row number.
        reason: The reason, or `ANY`.
    """

    where: str
    delivery_id: str
    record: str
    file: str
    sheet: str
    row: int
    reason: str


def read_releases(paths: Sequence[Path], source: Source) -> tuple[list[Release], list[Problem]]:
    """Decisions on rows of a source.

    Args:
        paths: CSV files with the columns of `RELEASE_COLUMNS`; files that do not exist are passed over, and so are
            lines on deliveries of other sources.
        source: The source.

    Returns:
        The decisions, and what is wrong with lines that are none.
    """
    found: list[Release] = []
    problems: list[Problem] = []
    for path in paths:
        if not path.exists():
            continue
        # the folder of the sender says whose decisions these are
        place = "/".join(path.parts[-3:])
        lines, wrong_lines = read_decided(path, RELEASE_COLUMNS, len(RELEASE_COLUMNS))
        problems += wrong_lines
        for number, texts in lines:
            where = f"{place}, line {number}"
            if not _is_of(texts, source):
                continue
            if wrong := _wrong(texts):
                problems.append(Problem(where, *wrong))
            else:
                address = (texts["delivery_id"], texts["record"], texts["source_file"], texts["source_sheet"])
                found.append(Release(where, *address, int(texts["source_row"]), texts["reason"]))
    return found, problems


def _is_of(line: Mapping[str, str], source: Source) -> bool:
    """Whether a line is on a delivery of the source, or on none at all."""
    name = line["delivery_id"]
    return name.startswith(f"{source.path}/") or name.count("/") != 2


def _wrong(texts: Mapping[str, str]) -> tuple[str, str] | None:
    if texts["delivery_id"].count("/") != 2:
        return "delivery_id is no delivery", "Write it as the status shows it, such as abc/register/2015.v1."
    for name in ("source_file", "reason", "decided_by", "why"):
        if not texts[name]:
            return f"{name} is empty, so nothing is released", f"Fill in {name}."
    if not (texts["source_row"].isascii() and texts["source_row"].isdigit() and len(texts["source_row"]) < 10):
        return "source_row is no row number", "Write the number of the row as the spreadsheet shows it."
    if not read_day(texts["decided_on"]):
        return "decided_on is no date, so nothing is released", "Write it as 2026-11-22."
    return None


class Releases:
    """Decisions on the rows of some deliveries, and what became of these rows.

    Args:
        releases: The decisions.
        problems: What is known to be wrong already.
    """

    def __init__(self, releases: Sequence[Release] = (), problems: Sequence[Problem] = ()) -> None:
        self._releases = releases
        self._problems = list(problems)
        self._rows: dict[Row, list[Release]] = {}
        self._fates: dict[Row, Fate] = {}

    def find(
        self,
        connection: duckdb.DuckDBPyConnection,
        deliveries: Sequence[Delivery],
        staged: Mapping[tuple[int, int], Path],
        records: Mapping[int, str],
    ) -> None:
        """Find the rows that are decided on.

        Args:
            connection: Where they are looked for.
            deliveries: Deliveries in order of receipt.
            staged: Staged file by number of the type of rows and turn of the delivery.
            records: Name of each type of rows.
        """
        turns = {delivery.id: turn for turn, delivery in enumerate(deliveries)}
        for release in self._releases:
            if release.delivery_id not in turns:
                what = f"{release.delivery_id} is not among the deliveries that stand, so nothing is released"
                do = "Decide on the rows of the delivery that took its place, or take the line away."
                self._problems.append(Problem(release.where, what, do))
                continue
            turn = turns[release.delivery_id]
            # by the name that the office gave it, too
            names = {file.name for file in deliveries[turn].files if release.file in (file.name, file.original_name)}
            name = names.pop() if len(names) == 1 else release.file
            found: list[Row] = []
            for (number, one), path in staged.items():
                if one == turn and release.record in ("", records[number]):
                    rows = connection.execute(
                        f"SELECT file_row_number FROM {parquet(path, row_numbers=True)} WHERE source_row = ? "
                        "AND source_file = ? AND (? = '' OR coalesce(source_sheet, '') = ?)",
                        [release.row, name, release.sheet, release.sheet],
                    ).fetchall()
                    found += [(number, turn, int(place)) for (place,) in rows]
            if len(found) == 1:
                self._rows.setdefault(found[0], []).append(release)
            elif found:
                what = f"{len(found)} rows have this address, so none is released"
                do = "Say the sheet and the type of rows (record) as well."
                self._problems.append(Problem(release.where, what, do))
            else:
                what = f"there is no such row in {release.delivery_id}"
                do = "Write the file, sheet and row as quarantine.parquet and the warning show them."
                self._problems.append(Problem(release.where, what, do))

    def within(self, number: int, turn: int, start: int, size: int) -> tuple[dict[str, Flags], list[int]]:
        """Decided rows of a batch: flags by reason, and their places in it."""
        released: dict[str, Flags] = {}
        places = []
        for (part, one, place), releases in self._rows.items():
            if (part, one) == (number, turn) and start <= place < start + size:
                places.append(place - start)
                for release in releases:
                    flags = released.setdefault(release.reason, np.zeros(size, dtype=bool))
                    flags[place - start] = True
        return released, places

    def tell(self, row: Row, fate: Fate) -> None:
        """Note what became of a decided row as far as it says so itself."""
        self._fates[row] = fate

    def chosen(self, number: int) -> list[tuple[int, int]]:
        """Turn and place of the rows that were chosen among rows of one number."""
        return [
            (turn, place)
            for (part, turn, place), releases in self._rows.items()
            if part == number and any(release.reason in (OTHER_CONTENT, ANY) for release in releases)
        ]

    def rows(self, number: int) -> list[tuple[int, int]]:
        """Turn and place of all decided rows of a type."""
        return [(turn, place) for part, turn, place in self._rows if part == number]

    def settle(
        self, number: int, verdicts: Mapping[tuple[int, int], str], contested: Collection[tuple[int, int]]
    ) -> None:
        """Note what all rows together say of decided ones.

        Args:
            number: Number of the type of rows.
            verdicts: Why rows do not go on, by turn and place.
            contested: Rows that stand because they were chosen.
        """
        for (part, turn, place), fate in self._fates.items():
            if part != number or fate.excluded or fate.holding:
                continue
            verdict = verdicts.get((turn, place), "")
            found, released = fate.found, fate.released
            if verdict == OTHER_CONTENT or (turn, place) in contested:
                found = (*found, OTHER_CONTENT)
                released = released if verdict else (*released, OTHER_CONTENT)
                verdict = ""
            self._fates[part, turn, place] = Fate(verdict, found, released)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with decisions, and which had no effect."""
        yield from self._problems
        for row, releases in self._rows.items():
            fate = self._fates[row]
            for release in releases:
                if told := _without_effect(release, fate):
                    yield Problem(release.where, *told)


def _without_effect(release: Release, fate: Fate) -> tuple[str, str] | None:
    """Why a decision changed nothing; none where it did."""
    if fate.excluded:
        reason = "another row of its number was chosen" if fate.excluded == OTHER_ROW else fate.excluded
        return f"the row is not held back but left out ({reason})", "Take the line away."
    if release.reason != ANY and release.reason not in fate.found:
        others = f"; it is held back for {', '.join(fate.holding)}" if fate.holding else ""
        do = _UNLESS if release.reason == OTHER_CONTENT else "Correct the reason, or take the line away."
        return f"the row is not held back for {release.reason}{others}", do
    if not fate.found:
        return "the row is not held back", _UNLESS
    if not fate.holding:
        return None
    if OTHER_CONTENT in fate.holding and release.reason in (OTHER_CONTENT, ANY):
        what = "more than one row of the same number is released, so none of these decisions counts"
        return what, "Leave the line of the row that is to stand."
    if set(fate.holding) <= FIRM:
        what = f"the row stays held back ({', '.join(fate.holding)}): the table cannot hold it without a value there"
        return what, "Ask the office for the value."
    return f"the row stays held back for {', '.join(fate.holding)}", "Decide on these reasons as well, or correct them."
