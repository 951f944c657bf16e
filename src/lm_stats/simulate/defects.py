"""Mess: defects that real registers have, planted one a row, each with the outcome it must have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_NOWHERE = ("Ruritanian", "Freedonian", "Atlantean", "Laputan", "Brobdingnagian", "Utopian", "Erewhonian")
_NOTHING_DONE = ("Thingummy adjuster", "Quillifier", "Grommet whisperer", "Moon polisher", "Snark hunter")
_EMPTY = ("n/a", "N/A", "-", "NIL", "n.a.", "----")
NBSP = "\u00a0"


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
class Spoilt:
    """A register with defects.

    Attributes:
        cells: Its cells; repeated rows stand below, with the index of the row that they repeat.
        order: Position of each row in the file, as a number to sort by.
        defects: One row for each defect: `at` (row of `cells`), `concept` (empty: the whole row),
            `case`, `true_value`, `delivered_value`, `expected`.
    """

    cells: pd.DataFrame
    order: pd.Series
    defects: pd.DataFrame


class Mess:
    """What can go wrong in one register.

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
        self.rules = {rule.name: rule.severity for rule in (*table.rules, *source.rules)}
        self.columns = [name for name in source.columns if name in concepts]
        self.cells = {name: cells[name].tolist() for name in cells}
        self.world = {name: world[name].tolist() for name in world}
        self.rng = rng
        self.strange = {
            name: spellings[name].unknown(texts)
            for name, texts in (("citizenship", _NOWHERE), ("occupation", _NOTHING_DONE))
            if name in spellings
        }

    def cases(self) -> list[tuple[str, str, Callable[[int], Change | None]]]:
        """Name, expected outcome and what happens to a row, for every case that the register allows."""
        found: list[tuple[str, str, Callable[[int], Change | None]]] = [
            ("apostrophe_in_name", "accept", self._apostrophe),
            ("number_missing", "quarantine", self._no_number),
            ("issue_date_missing", self.rules.get("granted_has_issue_date", ""), self._no_issue_date),
            ("validity_reversed", self.rules.get("validity_in_order", ""), self._reversed),
            ("fee_mismatch", self.rules.get("fee_fits_duration", ""), self._wrong_fee),
            ("issue_before_application", self.rules.get("applied_before_issue", ""), self._late_application),
            ("own_citizen", self.rules.get("foreign_citizen", ""), self._own_citizen),
            ("unknown_citizenship", self.source.on_unmapped_for("citizenship"), self._unknown_citizenship),
            ("unmapped_occupation", self.source.on_unmapped_for("occupation"), self._unmapped_occupation),
            ("sex_blank", "warn", self._no_sex),
            ("impossible_date", "quarantine", self._impossible_date),
            ("missing_text", "accept", self._missing_text),
            ("number_with_blanks", "accept", self._blanks),
            ("spelling_variant", "accept", self._variant),
            ("spaces_and_case", "accept", self._spaces),
        ]
        if isinstance(self.register.layout, Text):
            if not self.register.layout.dates.startswith("%Y-"):
                found.append(("date_iso", "accept", self._iso_date))
        else:
            found.append(("date_as_text", "accept", self._text_date))
            found.append(("date_as_serial", "accept", self._serial_date))
        expected = {"not_stated": "warn", "fail": "refuse"}
        return [(name, expected.get(outcome, outcome), change) for name, outcome, change in found if outcome]

    def plant(self, eligible: Sequence[int], number: int) -> Spoilt:
        """Plant `number` defects, about as many of each case, in rows that may have one.

        Args:
            eligible: Positions of rows that may have a defect.
            number: How many; fewer where there are not enough rows.
        """
        free = [int(row) for row in self.rng.permutation(np.asarray(eligible, dtype=np.int64))]
        number = min(number, len(free))
        cases = [*self.cases(), ("duplicate_row", "exclude", None)]
        quota = {name: number // len(cases) for name, _, _ in cases}
        for name in self.rng.permutation(sorted(quota))[: number % len(cases)]:
            quota[str(name)] += 1
        records: list[tuple[int, str, str, str, str, str]] = []
        repeated: list[int] = []
        left = 0
        for name, outcome, change in cases:
            if change is None:
                repeated = free[: quota[name]]
                free = free[len(repeated) :]
                continue
            wanted, passed = quota[name] + left, []
            while wanted and free:
                row = free.pop()
                made = change(row)
                if made is None:
                    passed.append(row)
                    continue
                self.cells[made.concept][row] = made.cell
                delivered = written(made.cell, self.register, self.source.decimal)
                records.append((row, made.concept, name, made.true, delivered, outcome))
                wanted -= 1
            free = passed[::-1] + free
            # what one case finds no row for, the next one takes
            left = wanted
        size = len(next(iter(self.cells.values())))
        order = np.arange(size, dtype=float)
        again = order[repeated] + self.rng.integers(0, 12, len(repeated)) + 0.5
        records += [(size + i, "", "duplicate_row", "", "", "exclude") for i in range(len(repeated))]
        positions = np.concatenate([np.arange(size), np.array(repeated, dtype=np.int64)])
        cells = pd.DataFrame(self.cells, dtype=object).iloc[positions]
        names = ["at", "concept", "case", "true_value", "delivered_value", "expected"]
        return Spoilt(cells, pd.Series(np.concatenate([order, again])), pd.DataFrame(records, columns=names))

    def _one_of(self, choices: Sequence[str]) -> str:
        return choices[int(self.rng.integers(0, len(choices)))]

    def _has(self, name: str, row: int) -> bool:
        return name in self.cells and self.cells[name][row] is not None

    def _true(self, name: str, row: int) -> str:
        """The true value of a cell: a code, an ISO date, a number or the text itself."""
        if name in self.spellings:
            return str(self.world[name][row])
        return plain(self.cells[name][row])

    def _date_cell(self, date: dt.date) -> object:
        layout = self.register.layout
        return date.strftime(layout.dates) if isinstance(layout, Text) else date

    def _in_order(self, day: int, month: int, year: int, mark: str = "/") -> str:
        """A date in digits, in the order of the source."""
        parts = {"d": f"{day:02}", "m": f"{month:02}", "y": f"{year:04}"}
        return mark.join(parts[letter] for letter in self.source.date_order)

    def _dated(self, row: int) -> str | None:
        """A column of dates that is filled, at random."""
        filled = [name for name in _DATES if self._has(name, row)]
        return self._one_of(filled) if filled else None

    def _granted(self, row: int) -> bool:
        return bool(self.world["decision"][row] == "granted")

    def _variant(self, row: int) -> Change | None:
        names = [n for n in self.spellings if self._has(n, row) and self.spellings[n].rare(self._true(n, row))]
        if not names:
            return None
        name = self._one_of(names)
        return Change(name, self._one_of(self.spellings[name].rare(self._true(name, row))), self._true(name, row))

    def _unknown(self, name: str, row: int) -> Change | None:
        if not self._has(name, row) or not self.strange[name]:
            return None
        return Change(name, self._one_of(self.strange[name]), self._true(name, row))

    def _unknown_citizenship(self, row: int) -> Change | None:
        return self._unknown("citizenship", row)

    def _unmapped_occupation(self, row: int) -> Change | None:
        return self._unknown("occupation", row)

    def _own_citizen(self, row: int) -> Change | None:
        if not self._has("citizenship", row):
            return None
        own = self.spellings["citizenship"].usual(self.source.ref_area)
        return Change("citizenship", self._one_of(own), self._true("citizenship", row))

    def _no_sex(self, row: int) -> Change | None:
        return Change("sex", None, self._true("sex", row)) if self._has("sex", row) else None

    def _missing_text(self, row: int) -> Change | None:
        optional = ("previous_certificate", "cancellation_date", "refusal_reason")
        empty = [name for name in optional if name in self.cells and self.cells[name][row] is None]
        return Change(self._one_of(empty), self._one_of(_EMPTY), "") if empty else None

    def _impossible_date(self, row: int) -> Change | None:
        name = self._dated(row)
        if name is None:
            return None
        year = int(self._true(name, row)[:4])
        return Change(name, self._in_order(31, 2, year), self._true(name, row))

    def _reversed(self, row: int) -> Change | None:
        if not (self._granted(row) and self._has("valid_from", row) and self._has("valid_to", row)):
            return None
        after = self.cells["valid_to"][row] + dt.timedelta(days=30)
        return Change("valid_from", self._date_cell(after), self._true("valid_from", row))

    def _no_issue_date(self, row: int) -> Change | None:
        if not (self._granted(row) and self._has("issue_date", row)):
            return None
        return Change("issue_date", None, self._true("issue_date", row))

    def _late_application(self, row: int) -> Change | None:
        if not (self._granted(row) and self._has("issue_date", row) and self._has("application_date", row)):
            return None
        late = self.cells["issue_date"][row] + dt.timedelta(days=int(self.rng.integers(3, 25)))
        return Change("application_date", self._date_cell(late), self._true("application_date", row))

    def _wrong_fee(self, row: int) -> Change | None:
        if not (self._granted(row) and self._has("fee", row) and self.world["workers"][row] == 1):
            return None
        fees = {self.simulation.application_fee + fee for fee in self.simulation.certificate_fees.values()}
        others = sorted(fees - {self.cells["fee"][row]})
        if not others:
            return None
        return Change("fee", others[int(self.rng.integers(0, len(others)))], self._true("fee", row))

    def _spaces(self, row: int) -> Change | None:
        names = [name for name in self.spellings if self._has(name, row)]
        if not names:
            return None
        name = self._one_of(names)
        text = str(self.cells[name][row])
        # case is only turned where it can be turned back: sharp s and dotless i fold differently
        loud = text.upper() if text.upper().casefold() == text.casefold() else text
        return Change(name, f" {NBSP}{loud.replace(' ', '  ')} ", self._true(name, row))

    def _text_date(self, row: int) -> Change | None:
        name = self._dated(row)
        if name is None:
            return None
        date = dt.date.fromisoformat(self._true(name, row))
        return Change(name, self._in_order(date.day, date.month, date.year), self._true(name, row))

    def _serial_date(self, row: int) -> Change | None:
        name = self._dated(row)
        if name is None:
            return None
        date = dt.date.fromisoformat(self._true(name, row))
        return Change(name, (date - _EXCEL_EPOCH).days, self._true(name, row))

    def _iso_date(self, row: int) -> Change | None:
        name = self._dated(row)
        return None if name is None else Change(name, self._true(name, row), self._true(name, row))

    def _blanks(self, row: int) -> Change | None:
        if not self._has("monthly_pay", row) or self.cells["monthly_pay"][row] < 1000:
            return None
        blank = self._one_of((" ", NBSP))
        text = f"{self.cells['monthly_pay'][row]:,.0f}".replace(",", blank)
        return Change("monthly_pay", text, self._true("monthly_pay", row))

    def _apostrophe(self, row: int) -> Change | None:
        name = self.cells["name"][row] if self._has("name", row) else ""
        return Change("name", name.replace("'", "\u2019"), name) if name.startswith("'") else None

    def _no_number(self, row: int) -> Change | None:
        if not self._has("application_number", row) or self._has("certificate_number", row):
            return None
        return Change("application_number", None, self._true("application_number", row))
