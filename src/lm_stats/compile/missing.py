"""A source's declaration to a test of which texts mean "missing"."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.spec import Concept, Source, normalise_spelling

# after `normalise_spelling`, which strips dots, so that "..." is empty and "n.a." is "n.a"
MISSING_TEXTS = frozenset(
    {"", "n/a", "n.a", "n a", "na", "nil", "none", "null", "nan", "nat", "not stated", "not available", "unknown",
     "not known", "?", "??", "???"}
)  # fmt: skip
# what surveys call an answer that is none, in labels of codes and of missing values
NO_ANSWER = frozenset(
    {"refused", "refusal", "refused to answer", "don't know", "dont know", "do not know", "does not know",
     "not applicable", "not stated", "not reported", "no answer", "no response", "inapplicable", "missing"}
)  # fmt: skip
_NO_DAY = frozenset({"0", "00:00:00", "1900-01-00", "0000-00-00", "00/00/0000", "00/01/1900", "0/1/1900", "1/0/1900"})
_DIGIT = re.compile(r"\d")
_NUMBER = r"^[A-Za-z]*[0-9]+(?:-[0-9]+)*$"
_RULED = re.compile(r"[-_=. ]*")


def is_missing(values: pd.Series, concept: Concept, source: Source) -> pd.Series:
    """Say which texts mean "missing" in a column of a source.

    Missing are empty texts, runs of dashes and dots, `MISSING_TEXTS` and what the source declares
    for the concept. A text that stands in the source's map of the concept is never missing unless
    the source declares it so: "none" may be a level of education. In a column of countries "NA"
    may be a country, so there it is missing only where the source says so. In a column of dates,
    days that a spreadsheet shows for an empty number (1900-01-00) are missing.

    Args:
        values: Texts.
        concept: The concept of the column.
        source: The source.

    Returns:
        A boolean series of the same index; true where the value is missing, empty cells included.
    """
    declared = frozenset(normalise_spelling(text) for text in source.missing.get(concept.id, ()))
    mapped = frozenset(normalise_spelling(entry.value) for entry in source.entries.get(concept.id, ()))
    usual = MISSING_TEXTS | (_NO_DAY if concept.type == "date" else frozenset())
    if concept.codelist in ("areas", "counterparts"):
        usual -= {"na"}

    def means_missing(text: str) -> bool:
        # of a date or amount nothing but the ends needs folding; that is ten times quicker
        folded = text.strip(" .,;:*").casefold() if _DIGIT.search(text) else normalise_spelling(text)
        if folded in declared or folded in mapped:
            return folded in declared
        return folded in usual or _RULED.fullmatch(folded) is not None

    # of numbers nothing but their case needs folding, which is done for all of them at once
    texts = pa.array(values, pa.string(), from_pandas=True)
    numbers = pc.match_substring_regex(texts, _NUMBER)
    known = pa.array(sorted(declared | (usual - mapped)), pa.string())
    missing = pc.or_(pc.and_(numbers, pc.is_in(pc.ascii_lower(texts), value_set=known)), pc.is_null(texts))
    found = np.array(missing.fill_null(True).to_numpy(zero_copy_only=False), dtype=bool)
    others = np.flatnonzero(pc.invert(numbers).fill_null(False).to_numpy(zero_copy_only=False))
    if len(others):
        rest = values.iloc[others]
        means = {text: means_missing(text) for text in rest.unique().tolist()}
        found[others] = rest.map(means).eq(True).to_numpy()
    return pd.Series(found, index=values.index)


def is_no_answer(labels: pd.Series) -> pd.Series:
    """Say which labels of a code mean that there is no answer.

    Args:
        labels: Texts.

    Returns:
        A boolean series of the same index; false where there is no label.
    """
    words = MISSING_TEXTS | NO_ANSWER
    found = {text: normalise_spelling(text) in words - {""} for text in labels.dropna().unique().tolist()}
    return labels.map(found).eq(True)
