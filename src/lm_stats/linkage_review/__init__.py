"""Linkage review: what people decide about pairs of applications, of one person or not.

Here belong the list of pairs in which a person decides, with the cells of both records side by side, and the reader
and writer of what was decided. Which pairs are in doubt, and what a decision does to persons, is `curate`. The list
shows names and numbers of persons to the person who asked for it; decisions name records by their tokens, and nothing
else made here holds a cell.
"""

from lm_stats.curate.permits.reviewing import STRATA
from lm_stats.linkage_review.decisions import (
    DECISION_COLUMNS,
    LinkageDecision,
    decisions_in,
    find_contradictions,
    lines_of,
    read_decisions,
)
from lm_stats.linkage_review.records import (
    COMPARED,
    KNOWN_AS,
    SHOWN_CONCEPTS,
    Address,
    PairRecord,
    agreeing,
    differing,
    read_records,
)
from lm_stats.linkage_review.reviewing import ReviewPair, read_review, write_review

__all__ = [
    "COMPARED",
    "DECISION_COLUMNS",
    "KNOWN_AS",
    "SHOWN_CONCEPTS",
    "STRATA",
    "Address",
    "LinkageDecision",
    "PairRecord",
    "ReviewPair",
    "agreeing",
    "decisions_in",
    "differing",
    "find_contradictions",
    "lines_of",
    "read_decisions",
    "read_records",
    "read_review",
    "write_review",
]
