"""The cells of records as their office wrote them, found by address, and in what two of them differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lm_stats.handover import Original
from lm_stats.spec import normalise_spelling

# what a person looks at to tell whether two records are of one person, in this order
SHOWN_CONCEPTS = (
    "name", "birth_date", "birth_year", "sex", "citizenship", "passport_number", "passport_country", "employer",
    "occupation", "economic_activity", "education", "district", "application_number", "certificate_number",
    "previous_certificate", "permit_type", "application_date", "decision", "issue_date", "valid_from", "valid_to",
    "cancellation_date",
)  # fmt: skip
# concepts in which two records of one person are mostly alike, with the column of the table that tells whether they
# are, however they are written; numbers and dates of certificates differ anyhow
COMPARED: Mapping[str, str] = {
    "name": "person_token_name_sorted",
    "birth_date": "person_token_birth_date",
    "birth_year": "birth_year",
    "sex": "sex",
    "citizenship": "citizenship",
    "passport_number": "person_token_passport",
    "passport_country": "",
    "employer": "employer_id",
    "occupation": "occupation",
    "economic_activity": "economic_activity",
    "education": "education",
    "district": "district",
}
# the number of a certificate, and that of the one it renews: concepts and columns of the table
_CERTIFICATE, _PREVIOUS = "certificate_number", "previous_certificate"
# columns of the table that two records are compared by
KNOWN_AS = (*(name for name in COMPARED.values() if name), "certificate_token", "previous_certificate_token")


class Address(NamedTuple):
    """Where a record stands in a delivery: file, sheet (empty where the file has none) and row number."""

    file: str
    sheet: str
    row: int


@dataclass(frozen=True)
class PairRecord:
    """One of the two records of a pair: for the office's own staff only, never for a log.

    Attributes:
        permit_id: Its token.
        delivery: Id of its delivery.
        address: Where it stands.
        cells: Texts by concept, as the office wrote them; concepts without a text are left out.
        known_as: Codes and tokens by column of the table, where it has them.
    """

    permit_id: str
    delivery: str
    address: Address
    cells: Mapping[str, str]
    known_as: Mapping[str, str] = field(default_factory=dict)


def read_records(originals: Iterable[Original], wanted: Collection[Address]) -> dict[Address, dict[str, str]]:
    """Read the cells of records by their addresses.

    Args:
        originals: Sheets of one delivery as the office wrote them; read no further than needed.
        wanted: Addresses in this delivery.

    Returns:
        Texts by concept (those of `SHOWN_CONCEPTS` that have one) by address; addresses that no sheet has are left out.
    """
    found: dict[Address, dict[str, str]] = {}
    lacking = set(wanted)
    for original in originals:
        names = {original.sheet, *(table.name for table in original.others)}
        here: dict[int, list[Address]] = {}
        for address in lacking:
            if address.file == original.file and address.sheet in names:
                here.setdefault(address.row, []).append(address)
        if not here or original.record is None:
            continue
        for number, cells in original.lines:
            for address in here.pop(number, ()):
                texts = _texts(cells, _columns(original, address))
                if texts:
                    found[address] = texts
                lacking.discard(address)
            if not here:
                break
        if not lacking:
            break
    return found


def differing(one: PairRecord, other: PairRecord) -> frozenset[str]:
    """Concepts of `COMPARED` in which two records say different things.

    What is written otherwise and means the same (a name in another order, a code and its label) does not differ, nor
    does what only one of them says.

    Args:
        one: A record.
        other: Another.
    """
    found = set()
    for concept, column in COMPARED.items():
        texts = [record.cells.get(concept, "") for record in (one, other)]
        codes = [record.known_as.get(column, "") for record in (one, other)]
        alike = normalise_spelling(texts[0]) == normalise_spelling(texts[1]) or (codes[0] and codes[0] == codes[1])
        if all(texts) and not alike:
            found.add(concept)
    return frozenset(found)


def agreeing(one: PairRecord, other: PairRecord) -> frozenset[str]:
    """Concepts of the first record by which one of the two names the other as the certificate that it renews.

    Args:
        one: A record.
        other: Another.
    """
    found = set()
    for renewed, renewal, own in ((one, other, _CERTIFICATE), (other, one, _PREVIOUS)):
        token = renewed.known_as.get("certificate_token")
        if token and token == renewal.known_as.get("previous_certificate_token"):
            found.add(own)
    return frozenset(found)


def _columns(original: Original, address: Address) -> Mapping[str, tuple[int, ...]]:
    """The columns of the table of a sheet that a row belongs to."""
    for table in original.others:
        if table.name == address.sheet and table.first <= address.row <= table.last:
            return table.columns
    return original.columns


def _texts(cells: Sequence[object], columns: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    found = {}
    for concept in SHOWN_CONCEPTS:
        parts = [_text(cells[place]) for place in columns.get(concept, ()) if place < len(cells)]
        # a value may stand in several columns, such as surname and first names
        if text := " ".join(dict.fromkeys(part for part in parts if part)):
            found[concept] = text
    return found


def _text(cell: object) -> str:
    """A cell in one line; nothing in it that a terminal would take for a command."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        cell = cell.date()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(cell)).split())
