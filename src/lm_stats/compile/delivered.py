"""From a concept that something is said of to the columns that an office writes it in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from lm_stats.compile.tokens import BIRTH_YEAR, token_columns
from lm_stats.spec import Concept, Record

# columns that harmonising makes without a declaration
_MADE_OF = {BIRTH_YEAR: "birth_date", "district_bos": "district", "region_of_origin": "citizenship"}
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def concepts_of_tokens(concepts: Mapping[str, Concept], delivered_concepts: Collection[str]) -> dict[str, str]:
    """By column of tokens, the identifying concept that it stands for, of those that may be delivered."""
    return {column: name for name in delivered_concepts for column in token_columns(concepts[name])}


def delivered(concept: str, record: Record, known: Collection[str], concepts: Mapping[str, Concept]) -> tuple[str, ...]:
    """The delivered concepts that the office's cells for a concept stand under.

    A column that is made from others (a token, a region, what `Record.first_of`, `joined`, `told` and `derived`
    declare) leads to those that it is made from.

    Args:
        concept: Id of the concept.
        record: The type of rows.
        known: Concepts that may be named: those that a sheet has columns for, or all of a type of rows.
        concepts: Concepts by id.

    Returns:
        Ids, in order; none where nothing delivered stands behind the concept.
    """
    tokens = concepts_of_tokens(concepts, record.concepts)
    return tuple(dict.fromkeys(_follow(concept, record, known, tokens, ())))


def _follow(
    concept: str, record: Record, known: Collection[str], tokens: Mapping[str, str], seen: tuple[str, ...]
) -> list[str]:
    if concept in known:
        return [concept]
    if concept in seen:
        return []
    found: list[str] = []
    for other in _behind(concept, record, tokens):
        found += _follow(other, record, known, tokens, (*seen, concept))
    return found


def _behind(concept: str, record: Record, tokens: Mapping[str, str]) -> tuple[str, ...]:
    for declared in (record.first_of, record.joined):
        if concept in declared:
            return declared[concept]
    if concept in record.told:
        return (record.told[concept][0],)
    if concept in record.derived:
        return tuple(_WORD.findall(record.derived[concept].lower()))
    made_of = tokens.get(concept) or _MADE_OF.get(concept, "")
    return (made_of,) if made_of else ()
