"""An identifying concept to the columns of tokens that a staged file has in its place."""

from __future__ import annotations

from lm_stats.spec import Concept

NAME_COLUMNS = (
    "person_token_name",
    "person_token_name_sorted",
    "person_token_name_parts",
    "person_token_name_sounds",
    "person_token_name_initials",
)
BIRTH_COLUMNS = ("person_token_birth_date", "person_token_birth_year")
BIRTH_YEAR = "birth_year"
# column of the tokens of a document or serial number; others are named after their concept
_NUMBERS = {
    "application_number": "application_token",
    "certificate_number": "certificate_token",
    "previous_certificate": "previous_certificate_token",
    "passport_number": "person_token_passport",
    "household_number": "household_id",
    "psu_number": "psu",
}


def token_columns(concept: Concept) -> tuple[str, ...]:
    """Columns of tokens that stand for an identifying concept in a staged file, the whole of it first.

    Args:
        concept: A concept with `identifier`. Of a contact nothing is kept.
    """
    name = concept.id
    stem = name.removesuffix("_number")
    if concept.identifier == "name":
        return tuple(column.replace("_name", f"_{name}", 1) for column in NAME_COLUMNS)
    if concept.identifier == "business":
        return (f"{name}_id",)
    if concept.identifier == "document":
        return (_NUMBERS.get(name, f"{stem}_token"),)
    if concept.identifier == "serial":
        return (_NUMBERS.get(name, f"{stem}_id"),)
    if concept.identifier == "birth_date":
        return BIRTH_COLUMNS
    return ()
