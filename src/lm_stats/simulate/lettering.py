"""What stands in the cells of unit records: codes by which an office writes ours, and their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from lm_stats.compile.coder import coders_for
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.persons import Vocabulary
from lm_stats.spec import Codelist, Concept, Record, Source

_NUMBER = re.compile(r"-?\d+")
_DETAIL = 4  # digits of a classification code: shorter ones are filled up, which says "not further defined"
_STRANGE = ("77", "88", "777", "888", "997", "9997", "7", "8")


@dataclass(frozen=True)
class Lettering:
    """The texts by which one source writes the codes of one concept.

    Attributes:
        texts: All texts, those of one code side by side.
        first: Place of the first text of each code; the place after the last where it has none.
        number: Number of texts of each code.
        labels: Label of each text that is a number.
        strange: A text that neither the map nor the lists know; empty where none was found.
        is_numeric: Whether the texts are numbers, whose leading zeros say nothing.
    """

    texts: pa.Array
    first: Array
    number: Array
    labels: Mapping[str, str]
    strange: str
    is_numeric: bool

    def write(self, positions: Array, points: Array) -> pa.Array:
        """Texts of codes, one of several by chance.

        Args:
            positions: Positions of codes, -1 for none.
            points: Numbers from 0 to 1, one for each.

        Returns:
            Texts, null where there is no code.

        Raises:
            ValueError: If the source has no text for one of the codes.
        """
        count = self.number[positions]
        if (count[positions >= 0] == 0).any():
            raise ValueError("the source has no text for a code of the simulated world")
        places = self.first[positions] + (points * count).astype(np.int64)
        return self.texts.take(pa.array(places, mask=positions < 0))


def lettering_of(
    source: Source,
    record: Record,
    vocabulary: Vocabulary,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
) -> dict[str, Lettering]:
    """The texts of every coded column that a source delivers, by concept.

    Taken are the numbers of the source's map that it turns back into the code; numbers that differ only in
    leading zeros count once. Without a map they are codes of the finer classification, filled up with zeros,
    or those of the list.

    Args:
        source: The source, as it stands for these rows (`Source.for_record`).
        record: The type of rows.
        vocabulary: The codes.
        concepts: Concepts by id.
        codelists: Codelists by id.
    """
    coders = coders_for(source, record, concepts, codelists)
    found = {}
    for name in record.concepts:
        concept = concepts[name]
        if name not in source.columns or concept.type != "code":
            continue
        codes = vocabulary.of_concept(name)
        entries = [
            (e.value, e.code) for e in source.entries.get(name, ()) if not (e.valid_from or e.valid_to or e.rule)
        ]
        pairs = [pair for pair in entries if _NUMBER.fullmatch(pair[0])]
        if not pairs and concept.codelist == "districts":
            pairs = [(source.district_codes[code], code) for code in codes]
        elif not pairs and concept.detail:
            listed = [c for c in codelists[concept.detail] if c.code.isdigit()]
            longest = max(len(c.code) for c in listed)
            pairs = [(c.code.ljust(_DETAIL, "0"), c.attributes["rolls_to"]) for c in listed if len(c.code) == longest]
        elif not pairs:
            pairs = [(code, code) for code in codes]
        means = coders[name].code(pd.Series([text for text, _ in pairs], dtype="str"))["code"].tolist()
        by_code: dict[str, dict[str, str]] = {}
        for (text, code), meant in zip(pairs, means, strict=True):
            if meant == code:
                by_code.setdefault(code, {}).setdefault(text.lstrip("0") if not concept.detail else text, text)
        own = [list(by_code.get(code, {}).values()) for code in codes]
        number = np.array([len(texts) for texts in own], dtype=np.int64)
        strange = pd.Series(_STRANGE, dtype="str")
        unknown = strange[~coders[name].knows(strange)].tolist()
        found[name] = Lettering(
            pa.array([text for texts in own for text in texts], pa.string()),
            np.cumsum(number) - number,
            number,
            _labels(dict(zip(codes, own, strict=True)), entries, codelists[concept.codelist]),
            unknown[0] if unknown else "",
            bool(entries or not concept.detail) and all(_NUMBER.fullmatch(text) for texts in own for text in texts),
        )
    return found


def _labels(texts: Mapping[str, list[str]], entries: list[tuple[str, str]], codelist: Codelist) -> dict[str, str]:
    """Labels of numbers: the words that the map gives the same code, in its order, else that of the list.

    No label stands twice: further numbers of a code have none.
    """
    labels: dict[str, str] = {}
    for code, numbers in texts.items():
        words = [text for text, meant in entries if meant == code and not _NUMBER.fullmatch(text)]
        labels |= dict(zip(numbers, words or [codelist.label(code)], strict=False))
    return labels
