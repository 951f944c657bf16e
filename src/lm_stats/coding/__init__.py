"""Coding: what people decide about spellings that nobody has declared.

Here belong the list of spellings that were not coded, proposals for them, the file in which a person decides, and the
memory of what was decided. What a text means is looked up by `lm_stats.compile.coder`, and only there; nothing here
codes a row. A proposal is never more than that: it counts when a person has accepted it. The list shows cells of
deliveries, of columns that identify nobody, to the person who asked for it; nothing else made here does.
"""

from lm_stats.coding.memory import (
    ANY_SOURCE,
    MEMORY_COLUMNS,
    Decision,
    Memory,
    admissible_codes,
    choices_of,
    lines_of,
    read_memory,
    remember,
)
from lm_stats.coding.reviewing import Reviewed, in_words, read_review, shown_text, write_review
from lm_stats.coding.suggesting import THRESHOLDS, Declared, Proposal, declared_for, suggest
from lm_stats.coding.unseen import HIDDEN, Place, Unseen, collect_unseen, looks_like_an_identifier

__all__ = [
    "ANY_SOURCE",
    "HIDDEN",
    "MEMORY_COLUMNS",
    "THRESHOLDS",
    "Decision",
    "Declared",
    "Memory",
    "Place",
    "Proposal",
    "Reviewed",
    "Unseen",
    "admissible_codes",
    "choices_of",
    "collect_unseen",
    "declared_for",
    "in_words",
    "lines_of",
    "looks_like_an_identifier",
    "read_memory",
    "read_review",
    "remember",
    "shown_text",
    "suggest",
    "write_review",
]
