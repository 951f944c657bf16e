"""Defects in dates, each with the outcome that the row must have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from lm_stats.simulate.defects import Case, Change, Ground
from lm_stats.simulate.design import Text

_EXCEL_EPOCH = dt.date(1899, 12, 30)
# in which no other defect is planted, so that all that stands there is known
APART = "registration_date"
_NO_DAY = "1900-01-00"
MONTHS, _MONTHS_OF_A_QUARTER = 12, 3


def cases_in_dates(ground: Ground, mixed: int) -> list[Case]:
    """Every case that the register allows, those that few rows can have first.

    Args:
        ground: The register.
        mixed: The year on whose sheet dates of one column stand in both orders; 0: on none.
    """
    return _Dates(ground, mixed).cases()


class _Dates:
    def __init__(self, ground: Ground, mixed: int) -> None:
        self.ground, self.mixed = ground, mixed
        self.columns = [name for name in ground.dates if f"{name}_precision" in ground.table.columns]
        months: dict[int, list[str]] = {}
        for word, number in ground.source.calendar.months.items():
            months.setdefault(number, []).append(word.capitalize())
        self.months = months
        self.in_order: set[str] = set()

    def cases(self) -> list[Case]:
        """Every case, those that few rows can have first."""
        ground, rules = self.ground, self.ground.rules
        found = []
        if self.mixed and APART in ground.cells:
            found += [
                Case("date_month_first", "warn", self._in_one_order("mdy")),
                Case("date_day_first", "accept", self._in_one_order("dmy")),
                Case("date_in_either_order", "quarantine", self._in_either_order),
            ]
        found += [
            Case("validity_too_long", rules.get("at_most_two_years", ""), self._too_long),
            Case("issued_after_start", rules.get("issued_before_start", ""), self._issued_late),
            Case("date_in_a_later_millennium", "quarantine", self._late_millennium),
            Case("impossible_date", "quarantine", self._impossible),
            Case("date_as_serial", "accept", self._serial),
            Case("day_zero", "accept", self._day_zero),
        ]
        if ground.source.date_order == "dmy":
            # where the year stands first, nobody knows what one of two digits at the end is
            found.append(Case("year_of_two_digits", "warn", self._two_digits))
        if self.months:
            found.append(Case("date_in_words", "accept", self._in_words))
        if self.columns:
            found.append(Case("quarter_only", "accept", self._quarter))
            if self.months:
                found.append(Case("month_only", "accept", self._month))
            if ground.source.calendar.fiscal_start != 1:
                found.append(Case("fiscal_year_only", "accept", self._fiscal_year))
        layout = ground.register.layout
        if not isinstance(layout, Text):
            found.append(Case("date_as_text", "accept", self._text))
        else:
            found.append(Case("date_with_time", "accept", self._with_time))
            if not layout.dates.startswith("%Y-"):
                found.append(Case("date_iso", "accept", self._iso))
        return found

    def _true(self, row: int, columns: tuple[str, ...] | None = None) -> tuple[str, dt.date] | None:
        """A column of dates that is filled in a row, and its day."""
        name = self.ground.dated(row) if columns is None else self.ground.filled(columns, row)
        return None if name is None else (name, dt.date.fromisoformat(self.ground.true(name, row)))

    def _written(self, row: int, write: Callable[[dt.date], object], *, partly: bool = False) -> Change | None:
        """A date that is written in another way; of part of it, only where a table keeps how exact it is."""
        found = self._true(row, tuple(self.columns) if partly else None)
        return None if found is None else Change(found[0], write(found[1]), found[1].isoformat())

    def _text(self, row: int) -> Change | None:
        return self._written(row, lambda day: self.ground.in_order(day.day, day.month, day.year))

    def _iso(self, row: int) -> Change | None:
        return self._written(row, dt.date.isoformat)

    def _with_time(self, row: int) -> Change | None:
        return self._written(row, lambda day: f"{day.isoformat()} 00:00:00")

    def _serial(self, row: int) -> Change | None:
        return self._written(row, lambda day: (day - _EXCEL_EPOCH).days)

    def _impossible(self, row: int) -> Change | None:
        return self._written(row, lambda day: self.ground.in_order(31, 2, day.year))

    def _late_millennium(self, row: int) -> Change | None:
        # 2996 for 1996
        return self._written(row, lambda day: self.ground.in_order(day.day, day.month, 2900 + day.year % 100))

    def _two_digits(self, row: int) -> Change | None:
        return self._written(row, lambda day: f"{day.day:02}/{day.month:02}/{day.year % 100:02}")

    def _in_words(self, row: int) -> Change | None:
        return self._written(row, lambda day: f"{day.day} {self._month_of(day)} {day.year}")

    def _month(self, row: int) -> Change | None:
        return self._written(row, lambda day: f"{self._month_of(day)} {day.year}", partly=True)

    def _month_of(self, day: dt.date) -> str:
        return self.ground.one_of(self.months[day.month])

    def _quarter(self, row: int) -> Change | None:
        form = self.ground.one_of(("Q{} {}", "{1} Q{0}"))
        return self._written(
            row, lambda day: form.format((day.month - 1) // _MONTHS_OF_A_QUARTER + 1, day.year), partly=True
        )

    def _fiscal_year(self, row: int) -> Change | None:
        def write(day: dt.date) -> str:
            first = day.year - (day.month < self.ground.source.calendar.fiscal_start)
            return self.ground.one_of((f"{first}/{first + 1}", f"FY {first}/{(first + 1) % 100:02}"))

        return self._written(row, write, partly=True)

    def _day_zero(self, row: int) -> Change | None:
        """What a spreadsheet shows in place of a day for an empty number."""
        empty = [name for name in ("cancellation_date", "issue_date") if self.ground.is_empty(name, row)]
        return Change(self.ground.one_of(empty), _NO_DAY, "") if empty and not self.ground.granted(row) else None

    def _too_long(self, row: int) -> Change | None:
        if not (self.ground.granted(row) and self.ground.has("valid_from", row) and self.ground.has("valid_to", row)):
            return None
        end = self.ground.cells["valid_from"][row] + dt.timedelta(days=int(self.ground.rng.integers(800, 1800)))
        return Change("valid_to", self.ground.date_cell(end), self.ground.true("valid_to", row))

    def _issued_late(self, row: int) -> Change | None:
        if not (self.ground.granted(row) and self.ground.has("valid_from", row) and self.ground.has("issue_date", row)):
            return None
        late = self.ground.cells["valid_from"][row] + dt.timedelta(days=int(self.ground.rng.integers(3, 25)))
        return Change("issue_date", self.ground.date_cell(late), self.ground.true("issue_date", row))

    def _on_mixed_sheet(self, row: int) -> dt.date | None:
        """The day in a column of the sheet whose dates stand in both orders."""
        if self.ground.world["year"][row] != self.mixed or not self.ground.has(APART, row):
            return None
        return dt.date.fromisoformat(self.ground.true(APART, row))

    def _in_one_order(self, order: str) -> Callable[[int], Change | None]:
        """A date in digits that can be read in one order only."""

        def change(row: int) -> Change | None:
            day = self._on_mixed_sheet(row)
            if day is None or day.day <= MONTHS:
                return None
            self.in_order.add(order)
            parts = (day.day, day.month) if order == "dmy" else (day.month, day.day)
            return Change(APART, f"{parts[0]:02}/{parts[1]:02}/{day.year}", day.isoformat())

        return change

    def _in_either_order(self, row: int) -> Change | None:
        """A date in digits that can be read both ways, on a sheet with dates of both orders."""
        day = self._on_mixed_sheet(row)
        if len(self.in_order) < 2 or day is None or day.day > MONTHS or day.day == day.month:
            return None
        return Change(APART, f"{day.day:02}/{day.month:02}/{day.year}", day.isoformat())
