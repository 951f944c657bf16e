"""Headings: when two are the same, and how they are shown to people."""

from __future__ import annotations

import re

from lm_stats.spec import normalise_spelling

_LEVELS = re.compile(r"\s+/\s+")


def fold_heading(text: str) -> str:
    """A heading as it is compared: levels joined by ` / `, each after `normalise_spelling`."""
    levels = (normalise_spelling(level) for level in _LEVELS.split(text.strip()))
    return " / ".join(level for level in levels if level)


def shown(text: str) -> str:
    """A heading or name of a sheet as it may stand in a message.

    Line breaks and what a Windows console cannot print are replaced, long texts are cut, and a
    text that holds a long number is not shown, because no heading does.
    """
    plain = re.sub(r"[\s\x00-\x1f]+", " ", text).strip()
    if re.search(r"\d(?:[ -]?\d){5}", re.sub(r"\b(?:19|20)\d\d\b", "", plain)):
        return "(not shown: it holds a number)"
    printable = plain.encode("cp1252", "replace").decode("cp1252")
    return printable if len(printable) <= 60 else printable[:57] + "..."
