"""Defects in single cells of a register, each with the outcome that the row must have; words and dates elsewhere."""

from __future__ import annotations

import datetime as dt
import re

from lm_stats.simulate.defects import Case, Change, Ground
from lm_stats.simulate.design import Text
from lm_stats.simulate.files import ErrorValue, Formula, plain

_EITHER_SEX = ("M/F", "Male/Female", "M or F", "H/M", "M/F?")
_TITLES = ("Mr", "Mrs", "Ms", "Miss", "Mr.", "Mrs.", "Ntate", "Mme", "Sr.", "Sra.", "Senhor", "Senhora")
_EMPTY = ("n/a", "N/A", "-", "NIL", "n.a.", "----")
_ERRORS = ("#REF!", "#N/A")
_COMPUTED = ("fee", "monthly_pay", "workers", "issue_date", "valid_to", "decision_date")
_NOT_DIGITS = re.compile(r"\D")
NBSP = "\u00a0"


def cases_in_cells(ground: Ground) -> list[Case]:
    """Every case that the register allows, those that few rows can have first."""
    return CellDefects(ground).cases()


class CellDefects:
    """What can go wrong in the cells of a register.

    Args:
        ground: The register.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.either_sex = ground.spellings["sex"].unknown(_EITHER_SEX) if "sex" in ground.spellings else []

    def cases(self) -> list[Case]:
        """Every case that the register allows, those that few rows can have first."""
        rules = self.ground.rules
        found = [
            Case("apostrophe_in_name", "accept", self._apostrophe),
            Case("number_missing", "quarantine", self._no_number),
            Case("workers_in_words", "accept", self._workers_in_words),
            Case("issue_date_missing", rules.get("granted_has_issue_date", ""), self._no_issue_date),
            Case("validity_reversed", rules.get("validity_in_order", ""), self._reversed),
            Case("fee_mismatch", rules.get("fee_fits_duration", ""), self._wrong_fee),
            Case("issue_before_application", rules.get("applied_before_issue", ""), self._late_application),
            Case("own_citizen", rules.get("foreign_citizen", ""), self._own_citizen),
            Case("sex_blank", "warn", self._no_sex),
            Case("sex_unreadable", "warn", self._either_sex),
            Case("sex_as_title", "accept", self._title),
            Case("sex_with_blanks", "accept", self._sex_with_blanks),
            Case("error_value", "quarantine", self._error),
            Case("number_in_scientific_notation", "quarantine", self._digits_lost),
            Case("amount_with_two_marks", "quarantine", self._two_marks),
            Case("missing_text", "accept", self._missing_text),
            Case("number_with_blanks", "accept", self._blanks),
            Case("text_like_formula", "accept", self._like_formula),
            Case("line_break_in_text", "accept", self._line_break),
            Case("spelling_variant", "accept", self._variant),
            Case("spaces_and_case", "accept", self._spaces),
        ]
        layout = self.ground.register.layout
        if isinstance(layout, Text):
            found.append(Case("number_with_point_zero", "accept", self._point_zero))
        else:
            found += [
                Case("formula_without_value", "quarantine", self._formula_without_value),
                Case("formula_with_value", "accept", self._formula_with_value),
                Case("number_as_text", "accept", self._number_as_text),
                Case("text_as_number", "accept", self._text_as_number),
            ]
        return found

    def _either_sex(self, row: int) -> Change | None:
        if not self.ground.has("sex", row) or not self.either_sex:
            return None
        return Change("sex", self.ground.one_of(self.either_sex), self.ground.true("sex", row))

    def _title(self, row: int) -> Change | None:
        if not self.ground.has("sex", row):
            return None
        spellings, true = self.ground.spellings["sex"], self.ground.true("sex", row)
        known = [*spellings.rare(true), *spellings.usual(true)] if true in ("SEX_M", "SEX_F") else []
        titles = [text for text in known if text in _TITLES]
        return Change("sex", self.ground.one_of(titles), true) if titles else None

    def _sex_with_blanks(self, row: int) -> Change | None:
        if not self.ground.has("sex", row):
            return None
        cell = self.ground.cells["sex"][row]
        return Change("sex", f"{cell}{self.ground.one_of((' ', '  ', NBSP))}", self.ground.true("sex", row))

    def _workers_in_words(self, row: int) -> Change | None:
        if not self.ground.has("workers", row) or self.ground.cells["workers"][row] < 2:
            return None
        return Change("workers", f"{self.ground.cells['workers'][row]} workers", self.ground.true("workers", row))

    def _error(self, row: int) -> Change | None:
        # an unreadable sex is not stated, which is less than an error
        codes = [name for name in self.ground.spellings if name not in ("sex", "refusal_reason", "office")]
        name = self.ground.filled((*codes, "issue_date", "application_date", "fee", "monthly_pay"), row)
        if name is None:
            return None
        return Change(name, ErrorValue(self.ground.one_of(_ERRORS)), self.ground.true(name, row))

    def _digits_lost(self, row: int) -> Change | None:
        name = self.ground.filled(("passport_number", "certificate_number"), row)
        if name is None:
            return None
        digits = _NOT_DIGITS.sub("", str(self.ground.cells[name][row]))
        # the serial counts from its last digit on, so that the first digits differ
        text = f"{float(digits[::-1] or 1):.2E}".replace(".", self.ground.source.decimal)
        return Change(name, text, self.ground.true(name, row))

    def _two_marks(self, row: int) -> Change | None:
        if not self.ground.has("monthly_pay", row) or self.ground.cells["monthly_pay"][row] < 1000:
            return None
        mark = "," if self.ground.source.decimal == "." else "."
        text = f"{self.ground.cells['monthly_pay'][row]:,.0f}".replace(",", 2 * mark)
        return Change("monthly_pay", text, self.ground.true("monthly_pay", row))

    def _point_zero(self, row: int) -> Change | None:
        if not self.ground.has("workers", row):
            return None
        text = f"{self.ground.cells['workers'][row]}{self.ground.source.decimal}0"
        return Change("workers", text, self.ground.true("workers", row))

    def _like_formula(self, row: int) -> Change | None:
        if not self.ground.has("employer", row):
            return None
        sign = self.ground.one_of(("=", "+", "@"))
        return Change("employer", f"{sign}{self.ground.cells['employer'][row]}", self.ground.true("employer", row))

    def _line_break(self, row: int) -> Change | None:
        name = self.ground.filled(("name", "employer"), row)
        if name is None or " " not in self.ground.cells[name][row]:
            return None
        return Change(name, self.ground.cells[name][row].replace(" ", "\n", 1), self.ground.true(name, row))

    def _computed(self, row: int, *, has_value: bool) -> Change | None:
        name = self.ground.filled(_COMPUTED, row)
        if name is None:
            return None
        cell = self.ground.cells[name][row]
        is_date = isinstance(cell, dt.date)
        text = f"=DATE({cell.year},{cell.month},{cell.day})" if is_date else f"={plain(cell)}*1"
        return Change(name, Formula(text, cell if has_value else None), self.ground.true(name, row))

    def _formula_without_value(self, row: int) -> Change | None:
        return self._computed(row, has_value=False)

    def _formula_with_value(self, row: int) -> Change | None:
        return self._computed(row, has_value=True)

    def _number_as_text(self, row: int) -> Change | None:
        name = self.ground.filled(("fee", "monthly_pay", "workers"), row)
        if name is None:
            return None
        return Change(name, plain(self.ground.cells[name][row]), self.ground.true(name, row))

    def _text_as_number(self, row: int) -> Change | None:
        # other numbers of persons and papers hold letters here, so that they are known to be made up
        if not self.ground.has("phone", row):
            return None
        phone = str(self.ground.cells["phone"][row])
        return Change("phone", float(_NOT_DIGITS.sub("", phone)), phone)

    def _variant(self, row: int) -> Change | None:
        spelt = {name: own for name, own in self.ground.spellings.items() if self.ground.has(name, row)}
        names = [name for name, own in spelt.items() if own.rare(self.ground.true(name, row))]
        if not names:
            return None
        name = self.ground.one_of(names)
        true = self.ground.true(name, row)
        return Change(name, self.ground.one_of(spelt[name].rare(true)), true)

    def _own_citizen(self, row: int) -> Change | None:
        if not self.ground.has("citizenship", row):
            return None
        own = self.ground.spellings["citizenship"].usual(self.ground.source.ref_area)
        return Change("citizenship", self.ground.one_of(own), self.ground.true("citizenship", row))

    def _no_sex(self, row: int) -> Change | None:
        return Change("sex", None, self.ground.true("sex", row)) if self.ground.has("sex", row) else None

    def _missing_text(self, row: int) -> Change | None:
        optional = ("previous_certificate", "cancellation_date", "refusal_reason")
        empty = [name for name in optional if name in self.ground.cells and self.ground.cells[name][row] is None]
        return Change(self.ground.one_of(empty), self.ground.one_of(_EMPTY), "") if empty else None

    def _reversed(self, row: int) -> Change | None:
        if not (self.ground.granted(row) and self.ground.has("valid_from", row) and self.ground.has("valid_to", row)):
            return None
        after = self.ground.cells["valid_to"][row] + dt.timedelta(days=30)
        return Change("valid_from", self.ground.date_cell(after), self.ground.true("valid_from", row))

    def _no_issue_date(self, row: int) -> Change | None:
        if not (self.ground.granted(row) and self.ground.has("issue_date", row)):
            return None
        return Change("issue_date", None, self.ground.true("issue_date", row))

    def _late_application(self, row: int) -> Change | None:
        if not self.ground.granted(row) or not all(self.ground.has(n, row) for n in ("issue_date", "application_date")):
            return None
        late = self.ground.cells["issue_date"][row] + dt.timedelta(days=int(self.ground.rng.integers(3, 25)))
        return Change("application_date", self.ground.date_cell(late), self.ground.true("application_date", row))

    def _wrong_fee(self, row: int) -> Change | None:
        if not (self.ground.granted(row) and self.ground.has("fee", row) and self.ground.world["workers"][row] == 1):
            return None
        simulation = self.ground.simulation
        fees = {simulation.application_fee + fee for fee in simulation.certificate_fees.values()}
        others = sorted(fees - {self.ground.cells["fee"][row]})
        if not others:
            return None
        return Change("fee", others[int(self.ground.rng.integers(0, len(others)))], self.ground.true("fee", row))

    def _spaces(self, row: int) -> Change | None:
        names = [name for name in self.ground.spellings if self.ground.has(name, row)]
        if not names:
            return None
        name = self.ground.one_of(names)
        text = str(self.ground.cells[name][row])
        # case is only turned where it can be turned back: sharp s and dotless i fold differently
        loud = text.upper() if text.upper().casefold() == text.casefold() else text
        return Change(name, f" {NBSP}{loud.replace(' ', '  ')} ", self.ground.true(name, row))

    def _blanks(self, row: int) -> Change | None:
        if not self.ground.has("monthly_pay", row) or self.ground.cells["monthly_pay"][row] < 1000:
            return None
        blank = self.ground.one_of((" ", NBSP))
        text = f"{self.ground.cells['monthly_pay'][row]:,.0f}".replace(",", blank)
        return Change("monthly_pay", text, self.ground.true("monthly_pay", row))

    def _apostrophe(self, row: int) -> Change | None:
        name = self.ground.cells["name"][row] if self.ground.has("name", row) else ""
        return Change("name", name.replace("'", "\u2019"), name) if name.startswith("'") else None

    def _no_number(self, row: int) -> Change | None:
        if not self.ground.has("application_number", row) or self.ground.has("certificate_number", row):
            return None
        return Change("application_number", None, self.ground.true("application_number", row))
