"""Mess: what defects are, what planting them needs to know of a register, and how they are planted.

Every defect has the outcome that it must have. Which there are is said in `defects_in_cells`, `defects_in_words`,
`defects_in_dates`, `defects_in_rows` and `defects_in_files`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lm_stats.simulate.design import PermitSimulation, Register, Text
from lm_stats.simulate.files import plain, written
from lm_stats.simulate.spelling import Spellings
from lm_stats.spec import Concept, Source, Table

OUTCOMES = ("accept", "warn", "quarantine", "exclude", "refuse")
DEFECT_COLUMNS = (
    "delivery_id", "file", "sheet", "row", "column", "case", "true_value", "delivered_value", "expected",
)  # fmt: skip
_DATES = ("application_date", "decision_date", "issue_date", "valid_from", "valid_to")
# which of a row's dates says when it was, the surest first
DATED_BY = ("issue_date", "decision_date", "application_date", "registration_date")
_OUTCOME_OF_POLICY = {"not_stated": "warn", "fail": "refuse"}
_REACH = 12  # rows between a row and its repetition, at most


@dataclass(frozen=True)
class Change:
    """One cell that is not delivered as it should be.

    Attributes:
        concept: The column.
        cell: What is delivered.
        true: The true value as text.
    """

    concept: str
    cell: object
    true: str


@dataclass(frozen=True)
class Case:
    """One kind of defect.

    Attributes:
        name: Its name.
        expected: What must become of the row; what a source does with unknown codes is put into these words.
            Empty: the register does not know the case.
        change: What is delivered in a cell of a row, or none where the row cannot have the case.
        add: Cells of a row that is delivered besides a row and is otherwise like it, or none likewise.
        beside: Whether the row that is added stands right below the other one.
        look: How a row looks that is otherwise delivered as it should be: `hidden` or `struck`; or one that is
            added: `merged`.
    """

    name: str
    expected: str
    change: Callable[[int], Change | None] | None = None
    add: Callable[[int], Mapping[str, object] | None] | None = None
    beside: bool = False
    look: str = ""

    @property
    def outcome(self) -> str:
        """What must become of the row, one of `OUTCOMES`; empty where the register does not know the case."""
        return _OUTCOME_OF_POLICY.get(self.expected, self.expected)


@dataclass(frozen=True)
class Spoilt:
    """A register with defects.

    Attributes:
        cells: Its cells; rows that were added stand below, with the index of the row that they are made from.
        order: Position of each row in the file, as a number to sort by.
        defects: One row for each defect: `at` (row of `cells`), `concept` (empty: the whole row),
            `case`, `true_value`, `delivered_value`, `expected`.
        looks: How rows look that do not look like others: `hidden`, `struck` or `merged`, by row of `cells`.
    """

    cells: pd.DataFrame
    order: pd.Series
    defects: pd.DataFrame
    looks: Mapping[int, str] = field(default_factory=dict)


class Ground:
    """What there is in a register to plant defects in.

    Args:
        simulation: What the pack says.
        register: The register.
        source: Its source.
        concepts: Concepts by id.
        spellings: Spellings by coded concept.
        table: The table that the rows end in: rules are only broken where there are such.
        world: Applications that stand in the register.
        cells: Their cells.
        rng: Source of randomness.
    """

    def __init__(
        self,
        simulation: PermitSimulation,
        register: Register,
        source: Source,
        concepts: Mapping[str, Concept],
        spellings: Mapping[str, Spellings],
        table: Table,
        world: pd.DataFrame,
        cells: pd.DataFrame,
        rng: np.random.Generator,
    ) -> None:
        self.simulation, self.register, self.source = simulation, register, source
        self.concepts, self.spellings = concepts, spellings
        self.table = table
        self.dates = tuple(name for name in _DATES if name in source.columns)
        self.rules = {rule.name: rule.severity for rule in (*table.rules, *source.rules)}
        self.cells = {name: cells[name].tolist() for name in cells}
        self.world = {name: world[name].tolist() for name in world}
        self.rng = rng

    @property
    def is_text(self) -> bool:
        """Whether the register is delimited text and no workbook."""
        return isinstance(self.register.layout, Text)

    def one_of(self, choices: Sequence[str]) -> str:
        """One of some texts by chance."""
        return choices[int(self.rng.integers(0, len(choices)))]

    def has(self, name: str, row: int) -> bool:
        """Whether a cell is filled."""
        return name in self.cells and self.cells[name][row] is not None

    def filled(self, names: Sequence[str], row: int) -> str | None:
        """One of some columns that is filled in a row, by chance."""
        found = [name for name in names if self.has(name, row)]
        return self.one_of(found) if found else None

    def is_empty(self, name: str, row: int) -> bool:
        """Whether a register has a column whose cell is empty in a row."""
        return name in self.cells and self.cells[name][row] is None

    def day(self, row: int) -> object:
        """The day on which a row was, by which dated lines of maps are chosen; none where no date is delivered."""
        return next((self.cells[name][row] for name in DATED_BY if self.has(name, row)), None)

    def dated(self, row: int) -> str | None:
        """A column of dates that is filled in a row, by chance."""
        return self.filled(_DATES, row)

    def granted(self, row: int) -> bool:
        """Whether a row is an application that was granted."""
        return bool(self.world["decision"][row] == "granted")

    def true(self, name: str, row: int) -> str:
        """The true value of a cell: a code, an ISO date, a number or the text itself."""
        if name in self.spellings:
            return str(self.world[name][row])
        return plain(self.cells[name][row])

    def date_cell(self, date: dt.date) -> object:
        """A date as the register writes it."""
        layout = self.register.layout
        return date.strftime(layout.dates) if isinstance(layout, Text) else date

    def in_order(self, day: int, month: int, year: int, mark: str = "/") -> str:
        """A date in digits, in the order of the source."""
        parts = {"d": f"{day:02}", "m": f"{month:02}", "y": f"{year:04}"}
        return mark.join(parts[letter] for letter in self.source.date_order)


def plant(ground: Ground, cases: Sequence[Case], eligible: Sequence[int], number: int) -> Spoilt:
    """Plant `number` defects, about as many of each case, in rows that may have one.

    Args:
        ground: The register.
        cases: What may go wrong in it; those that it does not know are left out.
        eligible: Positions of rows that may have a defect.
        number: How many; fewer where there are not enough rows.
    """
    free = [int(row) for row in ground.rng.permutation(np.asarray(eligible, dtype=np.int64))]
    number = min(number, len(free))
    # what is common in a row comes last and makes up for cases that few rows can have
    known = [case for case in cases if case.outcome]
    quota = {case.name: number // len(known) for case in known}
    for name in ground.rng.permutation(sorted(quota))[: number % len(known)]:
        quota[str(name)] += 1
    size = len(next(iter(ground.cells.values())))
    records: list[tuple[int, str, str, str, str, str]] = []
    added: list[tuple[int, Mapping[str, object], float]] = []
    looks: dict[int, str] = {}
    left = 0
    for case in known:
        wanted, passed = quota[case.name] + left, []
        while wanted and free:
            row = free.pop()
            if case.change is not None:
                change = case.change(row)
                fits = change is not None
                if change is not None:
                    ground.cells[change.concept][row] = change.cell
                    delivered = written(change.cell, ground.register, ground.source.decimal)
                    records.append((row, change.concept, case.name, change.true, delivered, case.outcome))
            elif case.add is not None:
                other = case.add(row)
                fits = other is not None
                if other is not None:
                    below = 0.25 if case.beside else 0.5 + int(ground.rng.integers(0, _REACH))
                    if case.look:
                        looks[size + len(added)] = case.look
                    records.append((size + len(added), "", case.name, "", "", case.outcome))
                    added.append((row, other, row + below))
            else:
                fits = True
                looks[row] = case.look
                records.append((row, "", case.name, "", "", case.outcome))
            if fits:
                wanted -= 1
            else:
                passed.append(row)
        free = passed[::-1] + free
        # what one case finds no row for, the next one takes
        left = wanted
    cells = pd.DataFrame(ground.cells, dtype=object)
    if added:
        extra = cells.iloc[[row for row, _, _ in added]]
        for name in map(str, extra.columns):
            own = extra[name].tolist()
            held = [given.get(name, cell) for (_, given, _), cell in zip(added, own, strict=True)]
            extra[name] = pd.Series(held, index=extra.index, dtype=object)
        cells = pd.concat([cells, extra])
    order = np.concatenate([np.arange(size, dtype=float), [place for _, _, place in added]])
    names = ["at", "concept", "case", "true_value", "delivered_value", "expected"]
    return Spoilt(cells, pd.Series(order), pd.DataFrame(records, columns=names), looks)
