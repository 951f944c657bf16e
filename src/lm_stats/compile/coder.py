"""Maps and codelists to lookups: from what an office writes to a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lm_stats.spec import Code, Codelist, Concept, MapEntry, Record, Source, normalise_spelling
from lm_stats.spec.places import EXCLUDE


class Coder:
    """Codes the texts of one concept, by declared correspondence only; it never guesses.

    A text is looked up, after `normalise_spelling`, in this order: lines of the map; codes of the
    list; its earlier codes (`aliases`); attributes that the source codes by; labels of the list; lines
    of the map with the rule `prefix`, the longest first; codes of the finer classification, longest
    first, which roll up to the list; and, for a number that begins with zeros, what is known of it
    without them.

    Args:
        concept: The concept; its type is `code`.
        codelist: Its list.
        entries: Lines of the source's map.
        detail: The finer classification that the concept names, if any.
        digits: Digits that a code of it has as the office writes it; a shorter number has lost the zeros
            that it began with. 0 where codes of several lengths are meant as they stand.
        attributes: Attributes of the list by which the source writes its codes, such as `alpha2`.
        sums: Whether the codes of totals and groups are taken as well.
    """

    def __init__(
        self,
        concept: Concept,
        codelist: Codelist,
        entries: Sequence[MapEntry] = (),
        detail: Codelist | None = None,
        digits: int = 0,
        attributes: Sequence[str] = (),
        sums: bool = False,
    ) -> None:
        self._digits = digits
        self.concept = concept
        self.codelist = codelist
        self._exact: dict[str, list[tuple[str, str, str, str]]] = {}
        self._prefixes: list[tuple[str, str]] = []
        for entry in entries:
            text = normalise_spelling(entry.value)
            if entry.rule == "prefix":
                self._prefixes.append((text, entry.code))
            else:
                dated = (entry.valid_from, entry.valid_to, entry.code, entry.rule or "map")
                self._exact.setdefault(text, []).append(dated)
        self.excludes = any(entry.rule.startswith(EXCLUDE) for entry in entries)
        kinds = ("", "missing", "total", "group") if sums else ("", "missing")
        for rule in ("code", "aliases", *attributes, "label"):
            for code in codelist:
                for text in _written(code, rule):
                    if code.kind in kinds:
                        self._exact.setdefault(text, []).append((code.valid_from, code.valid_to, code.code, rule))
        self._prefixes.sort(key=lambda pair: -len(pair[0]))
        self._detail = {
            normalise_spelling(code.code): code.attributes["rolls_to"]
            for code in detail or ()
            if code.attributes.get("rolls_to")
        }

    def knows(self, values: pd.Series) -> pd.Series:
        """Whether each text is known on any date. Returns a boolean series of the same index."""
        known = {text: self._is_known(normalise_spelling(text)) for text in values.dropna().unique()}
        return values.map(known).eq(True)

    def vocabulary(self, values: pd.Series) -> pd.Series:
        """The part of each text that is declared vocabulary and codes the same.

        A text that stands in the map or the list is vocabulary as a whole. Of one that is only
        known by its beginning, the rest may be anything, and only the beginning is returned.

        Args:
            values: Texts; missing ones stay missing.

        Returns:
            Texts of the same index; missing where the text is not known.
        """
        found = {text: self._vocabulary(text, normalise_spelling(text)) for text in values.dropna().unique()}
        return values.map(found).astype("str")

    def code(self, values: pd.Series, on: pd.Series | None = None) -> pd.DataFrame:
        """Code texts.

        Args:
            values: Texts; missing ones stay missing.
            on: Date of each row, for dated lines of a map; undated rows take the latest line.

        Returns:
            A frame of the same index with the columns `code` and `rule`; both missing where the
            text is not known on the row's date. Where the rule is `exclude:<reason>`, there is no code.
        """
        texts = {text: normalise_spelling(text) for text in values.dropna().unique()}
        undated = {text: self._find(folded, "") for text, folded in texts.items()}
        found = values.map(undated)
        dated = {text for text, folded in texts.items() if any(e[0] or e[1] for e in self._exact.get(folded, ()))}
        if dated and on is not None:
            rows = values.isin(dated) & on.notna()
            days = pd.to_datetime(on[rows]).dt.strftime("%Y-%m-%d")
            pairs = pd.Series(list(zip(values[rows], days, strict=True)), index=days.index, dtype=object)
            lookup = {pair: self._find(texts[pair[0]], pair[1]) for pair in pairs.unique()}
            found.loc[rows] = pairs.map(lookup)
        parts = [(pair[0] or None, pair[1]) if isinstance(pair, tuple) else (None, None) for pair in found]
        return pd.DataFrame(parts, index=values.index, columns=["code", "rule"], dtype="str")

    def _is_known(self, text: str) -> bool:
        return text in self._exact or self._find(text, "") is not None

    def _vocabulary(self, text: str, folded: str) -> str | None:
        if folded in self._exact:
            return text
        prefix = next((prefix for prefix, _ in self._prefixes if folded.startswith(prefix)), None)
        known = prefix if prefix is not None else self._detail_code(folded)
        if self._digits and known is not None and prefix is None:
            # all its digits, so that it is not taken for a shorter one that lost zeros
            return folded.replace(".", "").replace(" ", "").zfill(self._digits)
        return text if known is None and _without_zeros(folded) in self._exact else known

    def _find(self, text: str, day: str) -> tuple[str, str] | None:
        entries = self._exact.get(text, ())
        for start, end, code, rule in entries if day else sorted(entries, key=lambda e: e[1] or "9999", reverse=True):
            if not day or ((not start or start <= day) and (not end or day <= end)):
                return code, rule
        if entries:
            return None
        for prefix, code in self._prefixes:
            if text.startswith(prefix):
                return code, "prefix"
        detail = self._detail_code(text)
        if detail is not None:
            return self._detail[detail], "detail"
        plain = _without_zeros(text)
        return self._find(plain, day) if plain in self._exact else None

    def _detail_code(self, text: str) -> str | None:
        digits = text.replace(".", "").replace(" ", "")
        if self._digits and digits.isdigit():
            if len(digits) > self._digits:
                return None
            digits = digits.zfill(self._digits)
        for length in range(len(digits), 0, -1):
            # a shortened code is only taken for digits: letters are titles, not codes
            if (length == len(digits) or digits.isdigit()) and digits[:length] in self._detail:
                return digits[:length]
        return None


def _written(code: Code, rule: str) -> list[str]:
    """The texts by which a code is written: itself, its label, earlier codes, or an attribute that is a code."""
    if rule == "aliases":
        texts = code.attributes.get("aliases", "").split()
    else:
        texts = [code.code if rule == "code" else code.label if rule == "label" else code.attributes.get(rule, "")]
    folded = [normalise_spelling(text) for text in texts]
    # numbers lose the zeros that they begin with, in spreadsheets
    plain = [found for text in folded if rule not in ("code", "label") and (found := _without_zeros(text))]
    return [text for text in (*folded, *plain) if text]


def _without_zeros(text: str) -> str | None:
    """A number that begins with zeros without them; none for any other text."""
    return text.lstrip("0") or "0" if len(text) > 1 and text[0] == "0" and text.isdigit() else None


def coders_for(
    source: Source, record: Record, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist]
) -> dict[str, Coder]:
    """A coder for each concept of a type of rows that is a code, with the maps of a source.

    Districts are those of the source's own country, and may also be written as its national
    statistical office numbers them, with or without a leading zero.

    Args:
        source: The source, as it stands for these rows (`Source.for_record`).
        record: The type of rows.
        concepts: Concepts by id.
        codelists: Codelists by id.
    """
    found = {}
    for name in record.concepts:
        concept = concepts[name]
        if concept.type != "code":
            continue
        codelist, entries = codelists[concept.codelist], list(source.entries.get(name, ()))
        if codelist.id == "districts":
            own = (c for c in codelist if c.code in source.district_codes or c.kind == "missing")
            codelist = Codelist(codelist.id, tuple(replace(code, parent="") for code in own))
            for code, national in source.district_codes.items():
                written = (national, national.zfill(2)) if national.isdigit() else (national,)
                entries += [MapEntry(text, code, rule="national_code") for text in dict.fromkeys(written) if text]
        found[name] = Coder(
            concept,
            codelist,
            entries,
            codelists.get(concept.detail),
            source.code_digits.get(name, 0),
            source.coded_by.get(name, ()),
            record.sums,
        )
    return found
