"""By what kinds of correspondence a text becomes a code, and how sure each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lm_stats.spec.places import AMBIGUOUS, EXCLUDE, FORMER, REVIEWED

MAP, SHARED, NORMALISED, DUAL, LOST_ZERO, OUTSIDE = "map", "shared", "normalised", "dual", "lost_zero", "outside"
# of an address, one part names the place
IN_PART = "in_part"
PREFIX, DETAIL, CROSSWALK, NOT_STATED = "prefix", "detail", "crosswalk", "not_stated"
# share of texts coded by a rule that are coded right, as `docs/coding.md` tells it; a rule that stands here not is a
# word that a map gives its lines, and counts as `map`
CONFIDENCE: Mapping[str, float] = {
    REVIEWED: 1.0,
    MAP: 1.0,
    "code": 1.0,
    "aliases": 1.0,
    "label": 1.0,
    SHARED: 1.0,
    FORMER: 1.0,
    PREFIX: 1.0,
    DETAIL: 1.0,
    CROSSWALK: 1.0,
    OUTSIDE: 0.99,
    LOST_ZERO: 0.99,
    NORMALISED: 0.99,
    DUAL: 0.99,
    IN_PART: 0.98,
}
# how a line was found, which says nothing of why its code is that of "not stated"
_PLAIN = frozenset(
    {MAP, SHARED, NORMALISED, REVIEWED, "code", "aliases", "label", PREFIX, DETAIL, CROSSWALK, NOT_STATED, IN_PART}
)


class Found(NamedTuple):
    """What a text means.

    Attributes:
        code: Its code; none where the text may mean several, or its rows are left out.
        rule: By what kind of correspondence.
        second: The country named second, where two are.
    """

    code: str | None
    rule: str
    second: str | None = None


def confidence_of(rule: str) -> float | None:
    """The declared confidence of a rule; none for those that give no code."""
    return None if rule == AMBIGUOUS or rule.startswith(EXCLUDE) else CONFIDENCE.get(rule, CONFIDENCE[MAP])


def says_why_missing(rule: str) -> bool:
    """Whether the rule of a line with the code for "not stated" says why: `stateless`, `refugee`, `other`."""
    return rule not in _PLAIN


def as_normalised(found: Found | None, missing: str) -> Found | None:
    """What was found by a key; what has to be told of its line is told all the same.

    Args:
        found: What the declared spelling means.
        missing: The code for "not stated".
    """
    if found is None or found.rule in (AMBIGUOUS, FORMER) or (found.code == missing and says_why_missing(found.rule)):
        return found
    return Found(found.code, NORMALISED, found.second)
