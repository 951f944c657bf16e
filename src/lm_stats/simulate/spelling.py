"""How offices write codes: spellings of their own maps, some in daily use, some rare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder, shared_lines
from lm_stats.simulate.drawing import Array
from lm_stats.spec import Codelist, Concept, MapEntry, Source

# words of classifications, which no clerk writes
_OF_CLASSIFICATIONS = frozenset({"index", "naics", "soc", "title"})


class Spellings:
    """Texts by code of one concept, as one source writes them.

    Only texts that the source's own map, the lines that all packs share or the codelist turn back into the
    code are kept. Dated lines and prefixes are left out, and so are texts that more than one code claims.

    Args:
        source: The source.
        concept: A concept of type `code`.
        codelists: Codelists by id.
        usual: Number of texts for each code that are in daily use: the first lines that have no rule.
        spellings: Lines that all packs share, by codelist.
        shared_first: Whether the office rather uses the words that all share than those of its own map.
    """

    def __init__(
        self,
        source: Source,
        concept: Concept,
        codelists: Mapping[str, Codelist],
        usual: int,
        spellings: Mapping[str, Sequence[MapEntry]] | None = None,
        *,
        shared_first: bool = False,
    ) -> None:
        codelist = codelists[concept.codelist]
        entries = source.entries.get(concept.id, ())
        detail, shared = codelists.get(concept.detail), shared_lines(concept, codelist, spellings or {})
        self.coder = Coder(concept, codelist, entries, detail, shared=shared)
        self.lines = (*entries, *shared)
        common = [entry for entry in shared if entry.rule not in _OF_CLASSIFICATIONS]
        together = (*common, *entries) if shared_first else (*entries, *common)
        plain = [entry for entry in together if not (entry.valid_from or entry.valid_to or entry.rule == "prefix")]
        # stable: lines with a rule come after those without, else in the order of the map
        plain.sort(key=lambda entry: entry.rule != "")
        pairs = [(entry.value, entry.code, entry.rule) for entry in plain]
        mapped = {code for _, code, _ in pairs}
        for listed in codelist:
            if listed.code not in mapped and listed.kind in ("", "missing"):
                pairs += [(text, listed.code, "") for text in (listed.label, listed.code) if text]
        means = self._code([text for text, _, _ in pairs])
        plain_texts: dict[str, list[str]] = {}
        all_texts: dict[str, list[str]] = {}
        for text, code, rule in pairs:
            if means[text] == code:
                all_texts.setdefault(code, []).append(text)
                if not rule:
                    plain_texts.setdefault(code, []).append(text)
        self._usual = {code: plain_texts.get(code, texts[:1])[:usual] for code, texts in all_texts.items()}
        self._rare = {
            code: [text for text in texts if text not in self._usual[code]] for code, texts in all_texts.items()
        }

    def usual(self, code: str) -> list[str]:
        """Texts in daily use, the commonest first.

        Raises:
            ValueError: If the source has no text that means the code.
        """
        if code not in self._usual:
            raise ValueError(f"{self.coder.concept.id}: no text of the source means {code}")
        return self._usual[code]

    def rare(self, code: str) -> list[str]:
        """All other texts that mean the code; may be none."""
        return self._rare.get(code, [])

    def unknown(self, texts: Sequence[str]) -> list[str]:
        """Those of some texts that neither the source's map nor the lists know."""
        values = pd.Series(list(texts), dtype="str")
        return [str(text) for text in values[~self.coder.knows(values)]]

    def _code(self, texts: Sequence[str]) -> dict[str, str | None]:
        """What each text means."""
        values = pd.Series(list(dict.fromkeys(texts)), dtype="str")
        codes = self.coder.code(values)["code"]
        return dict(zip(values.tolist(), codes.where(codes.notna(), None).tolist(), strict=True))

    def write(self, codes: Array, rng: np.random.Generator) -> Array:
        """Write codes as texts in daily use; missing ones (None) stay empty.

        Returns:
            Texts or None (object), one for each code.
        """
        return self._pick(codes, {}, rng.random(len(codes)))

    def write_titles(
        self, codes: Array, groups: Array, titles: Sequence[Mapping[str, Sequence[str]]], rng: np.random.Generator
    ) -> Array:
        """The same, with texts that depend on a group, such as job titles on the sector.

        Args:
            codes: Codes.
            groups: Group of each row: a position in `titles`.
            titles: Texts by code, for each group; codes not named there are written as usual.
            rng: Source of randomness.

        Raises:
            ValueError: If one of `titles` does not mean its code.
        """
        pairs = [(text, code) for own in titles for code, texts in own.items() for text in texts]
        means = self._code([text for text, _ in pairs])
        wrong = sorted({text for text, code in pairs if means[text] != code})
        if wrong:
            raise ValueError(f"{self.coder.concept.id}: {', '.join(wrong)} do not mean what the simulation says")
        written = np.full(len(codes), None, dtype=object)
        points = rng.random(len(codes))
        for group, own in enumerate(titles):
            rows = np.flatnonzero(groups == group)
            written[rows] = self._pick(codes[rows], own, points[rows])
        return written

    def _pick(self, codes: Array, own: Mapping[str, Sequence[str]], points: Array) -> Array:
        written = np.full(len(codes), None, dtype=object)
        series = pd.Series(codes, dtype="str")
        for code, rows in series.groupby(series, sort=True).indices.items():
            texts = np.array(own.get(str(code)) or self.usual(str(code)), dtype=object)
            weights = np.cumsum(1.0 / (1.0 + np.arange(len(texts))))
            written[rows] = texts[np.searchsorted(weights, points[rows] * weights[-1], side="right")]
        return written
