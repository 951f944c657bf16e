"""Defects of whole rows of a register: rows that are no application of their own, and rows that look unlike others."""

from __future__ import annotations

from collections.abc import Mapping

from lm_stats.simulate.defects import Case, Ground
from lm_stats.simulate.design import Workbook
from lm_stats.simulate.files import MERGED
from lm_stats.spec.places import EXCLUDE

# what a row that records a fee only does not hold
_OF_A_CERTIFICATE = (
    "certificate_number", "previous_certificate", "issue_date", "valid_from", "valid_to", "cancellation_date",
    "refusal_reason",
)  # fmt: skip


def cases_in_rows(ground: Ground) -> list[Case]:
    """Every case that the register allows."""
    found = []
    layout = ground.register.layout
    if "occupation" in ground.spellings and _words(ground, "occupation", "dependant"):
        found.append(Case("dependant_row", "exclude", add=_Dependant(ground), beside=True))
    if "decision" in ground.spellings and _words(ground, "decision", "fee"):
        found.append(Case("fee_row", "exclude", add=_FeeOnly(ground)))
    if isinstance(layout, Workbook):
        if layout.total and ground.source.totals:
            found.append(Case("subtotal_row", "exclude", add=_Subtotal(ground)))
        if MERGED in ground.cells and MERGED not in ground.source.fill_down:
            found.append(Case("cell_merged", "quarantine", add=_Merged(ground), beside=True, look="merged"))
        found += [Case("row_hidden", "accept", look="hidden"), Case("row_struck", "accept", look="struck")]
    return [*found, Case("duplicate_row", "exclude", add=lambda row: {})]


def _words(ground: Ground, concept: str, reason: str) -> list[str]:
    """Texts by which the map knows that a row is no record."""
    entries = ground.source.entries.get(concept, ())
    return [entry.value for entry in entries if entry.rule == f"{EXCLUDE}{reason}"]


class _Dependant:
    """A member of the worker's family, listed below with the particulars of the application."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.words = ground, _words(ground, "occupation", "dependant")

    def __call__(self, row: int) -> Mapping[str, object] | None:
        return {"occupation": self.ground.one_of(self.words)} if self.ground.has("occupation", row) else None


class _FeeOnly:
    """A fee that was paid for an application that stands elsewhere."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.words = ground, _words(ground, "decision", "fee")

    def __call__(self, row: int) -> Mapping[str, object] | None:
        empty = {name: None for name in _OF_A_CERTIFICATE if name in self.ground.cells}
        return {**empty, "decision": self.ground.one_of(self.words)}


class _Merged:
    """A further application of the same employer, which is written in one cell for both."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def __call__(self, row: int) -> Mapping[str, object] | None:
        if not self.ground.has("application_number", row) or not isinstance(self.ground.cells[MERGED][row], str):
            return None
        numbers = [name for name in ("application_number", "certificate_number") if self.ground.has(name, row)]
        return {MERGED: None, **{name: f"{self.ground.cells[name][row]}-B" for name in numbers}}


class _Subtotal:
    """A sum between the records."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def __call__(self, row: int) -> Mapping[str, object] | None:
        cells = dict.fromkeys(self.ground.cells)
        first = next(iter(cells))
        word = self.ground.one_of(self.ground.source.totals).capitalize()
        fees = [fee for fee in self.ground.cells.get("fee", ())[: row + 1] if isinstance(fee, int | float)]
        return {**cells, first: word, **({"fee": sum(fees)} if fees else {})}
