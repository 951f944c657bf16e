"""The words that an office may write in a coded column, for drop-down lists."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.spec import Codelist, Concept, MapEntry, Source
from lm_stats.spec.places import EXCLUDE

# what a person can still look through
MOST_WORDS = 500


def valid_words(
    source_view: Source,
    concept: Concept,
    codelist: Codelist,
    entries: Sequence[MapEntry],
    shared: Sequence[MapEntry] = (),
) -> list[tuple[str, str]]:
    """A word for each code that unit records may carry: the office's own, else the label of the code.

    The office's own word is the first line of its map for the code that holds without an end, else the first
    that holds at all; lines that match beginnings of texts only are no words. A word is given only if it is coded
    as the code it stands for, so that what is chosen from the list is understood when it comes back.

    Args:
        source_view: The source, as it stands for the type of rows (`Source.for_record`).
        concept: The concept.
        codelist: Its list. Of districts those of the country are taken, where the source knows them.
        entries: Lines of the map of the source for the concept.
        shared: Lines that all packs share, with which a word may mean several codes.

    Returns:
        Word and code, in the order of the list; none where the list is longer than `MOST_WORDS`, or where the office
        writes the codes of a finer classification.
    """
    if source_view.code_digits.get(concept.id):
        return []
    own = source_view.district_codes if codelist.id == "districts" else {}
    codes = [code for code in codelist if code.kind in ("", "missing") and (not own or code.code in own)]
    if len(codes) > MOST_WORDS:
        return []
    coder = Coder(concept, codelist, entries, attributes=source_view.coded_by.get(concept.id, ()), shared=shared)
    words: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: bool(entry.valid_to)):
        if entry.rule != "prefix" and not entry.rule.startswith(EXCLUDE):
            words.setdefault(entry.code, []).append(entry.value)
    candidates = [(word, code.code) for code in codes for word in (*words.get(code.code, ()), code.label, code.code)]
    texts = pd.Series([word for word, _ in candidates], dtype="str")
    found: dict[str, str] = {}
    for (word, code), coded in zip(candidates, coder.code(texts)["code"].tolist(), strict=True):
        if coded == code:
            found.setdefault(code, word)
    return [(word, code) for code, word in found.items()]
