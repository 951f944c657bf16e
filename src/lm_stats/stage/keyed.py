"""Published tables that name employers: names become tokens, and of labels only what is known is kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.compile.missing import is_missing
from lm_stats.compile.tokens import token_columns
from lm_stats.spec import Concept, Record, Source, normalise_spelling
from lm_stats.stage.batches import NOTHING, Cells, encode, marked
from lm_stats.stage.identity import Keyring
from lm_stats.stage.screen import withheld
from lm_stats.stage.values import VALUE, Values, is_number

CATEGORY = "category"
TOTAL = "total"


@dataclass(frozen=True)
class KeyedTables:
    """Screens the values of tables: what it returns holds vocabulary, numbers and tokens only.

    Names of businesses become tokens of the purpose that all files share; of other identifiers nothing is kept. A
    label or code is kept if the coder of its concept knows it or if it means "missing"; else it becomes `withheld:`
    and a token, as in unit records. A value is a total if a label of it, or the heading that it stands under, is
    nothing but a word for totals: an employer may be called Total Ltd.

    Attributes:
        source: The source.
        record: The type of rows.
        concepts: Concepts by id.
        coders: Coders by concept.
        keyring: The key of the root.
    """

    source: Source
    record: Record
    concepts: Mapping[str, Concept]
    coders: Mapping[str, Coder]
    keyring: Keyring

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may be staged, in order."""
        own = [(name,) if not self.concepts[name].identifier else self._tokens(name) for name in self.record.concepts]
        return tuple(column for columns in own for column in columns)

    def screen(self, values: Values, labels: Collection[str]) -> Values:
        """The values of a table without names.

        Args:
            values: The values as read.
            labels: Concepts of its columns of labels, which together name a row.
        """
        found: dict[str, Cells] = {}
        named: dict[str, Cells] = {}
        for name, cells in values.cells.items():
            concept = self.concepts[name]
            if concept.identifier:
                tokens = [_encoded(cells, self.keyring.business(_series(cells)))] * len(self._tokens(name))
                found |= dict(zip(self._tokens(name), tokens, strict=True))
                named[name] = tokens[0] if tokens else _encoded(cells, withheld(self.keyring, _series(cells)))
            else:
                found[name] = named[name] = self._known(concept, cells)
        if CATEGORY in self.record.concepts:
            found[CATEGORY] = _category([named[name] for name in labels], values.rows)
        return replace(values, cells=found, excluded=self._totals(values))

    def _tokens(self, name: str) -> tuple[str, ...]:
        return token_columns(self.concepts[name]) if self.concepts[name].identifier == "business" else ()

    def _known(self, concept: Concept, cells: Cells) -> Cells:
        texts = _series(cells)
        if concept.id == VALUE:
            kept = texts.map(is_number)
        else:
            coder = self.coders.get(concept.id)
            known = coder.knows(texts) if coder else pd.Series(False, index=texts.index)
            kept = known | is_missing(texts, concept, self.source)
        return _encoded(cells, texts.where(kept.astype(bool), withheld(self.keyring, texts)))

    def _totals(self, values: Values) -> Cells:
        words = "|".join(re.escape(normalise_spelling(word)) for word in self.source.totals)
        total = re.compile(rf"(?:{words})(?:\s+\d{{4}})?") if words else None
        found = np.zeros(len(values), dtype=bool)
        for name, cells in values.cells.items():
            if total and name != VALUE:
                is_word = [total.fullmatch(normalise_spelling(text)) is not None for text in cells.texts]
                found |= marked(is_word, cells.places)
        return Cells(found.astype(np.int32), ["", TOTAL])


def _series(cells: Cells) -> pd.Series:
    return pd.Series(list(cells.texts), dtype="str")


def _encoded(cells: Cells, texts: pd.Series) -> Cells:
    return encode(cells.places, texts.astype(object).where(texts.notna(), None).tolist())


def _category(labels: Sequence[Cells], rows: np.ndarray) -> Cells:
    """What a row is called; later rows of the same name are numbered, so that none is taken for another."""
    texts = [cells.to_series().fillna("") for cells in labels if (cells.places != NOTHING).any()]
    whole = texts[0] if texts else pd.Series("", index=range(len(rows)), dtype="str")
    for other in texts[1:]:
        whole = whole.str.cat(other, sep=" / ")
    lines = pd.DataFrame({"name": whole, "row": rows}).drop_duplicates()
    lines["again"] = lines.groupby("name").cumcount() + 1
    again = lines.set_index("row")["again"].reindex(rows).to_numpy()
    return Cells.of((whole + pd.Series([f" ({n})" if n > 1 else "" for n in again], dtype="str")).astype("str"))
