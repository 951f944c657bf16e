"""Maps and codelists to lookups: from what an office writes to a code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.compile.classifications import Classifications, Version
from lm_stats.compile.coding_rules import (
    CONFIDENCE,
    CROSSWALK,
    DUAL,
    IN_PART,
    NORMALISED,
    OUTSIDE,
    PREFIX,
    Found,
    as_normalised,
    confidence_of,
)
from lm_stats.compile.declared_lines import Index, Lines, Same, shared_index, without_zeros
from lm_stats.compile.missing import MISSING_TEXTS
from lm_stats.compile.place_names import places_in
from lm_stats.spec import Codelist, Concept, MapEntry, Record, Source, normalise_spelling
from lm_stats.spec.places import AMBIGUOUS

__all__ = ["ABROAD", "CONFIDENCE", "Coder", "Found", "coders_for", "confidence_of", "shared_lines"]

# before the declared spelling that a text stands for although it is written otherwise
_AS_DECLARED = "~"
# before the declared spelling of the one part of an address that names a place
_IN_PART = "~,"
_AREAS = "areas"
# code of a district that lies abroad, and words that say no more
ABROAD = "_O"
_ABROAD_WORDS = ("Abroad", "Other country", "Other countries", "Foreign country", "Outside the country")
_BETWEEN_TWO = re.compile(r"\s*(?:[/&+;]|\band\b)\s*")
_DUAL = re.compile(r"^dual(?: citizen(?:ship)?| national(?:ity)?)?\b\W*|\W*\bdual(?: citizen(?:ship)?)?\W*$")
# a shorter name of a country is taken for a code of it
_SHORTEST_NAME = 4
_SIGNS = re.compile(r"\W+")
_SAME_AGAIN = re.compile(r"\s*[,/;()]\s*")
# a whole number, as spreadsheets may give it
_WHOLE = re.compile(r"(\d+)\.0+")
_DAY = np.dtype("datetime64[D]")


class Coder:
    """Codes the texts of one concept, by declared correspondence only; it never guesses.

    A text is looked up, after `normalise_spelling`, in this order: decisions of the coding memory; lines of the
    map; codes of the list; its earlier codes (`aliases`); attributes that the source codes by; labels of the list;
    spellings that all packs share; lines with the rule `prefix`, the longest first; codes of the finer
    classification, longest first, which roll up to the list; and, for a number that begins with zeros, what is
    known of it without them. A text that none of these knows is compared by its keys
    (`lm_stats.compile.matching_keys`) with the words among them; a key that stands for several codes is used for none.
    Then a text may say one thing twice ("Roma, Maseru") or name two countries, and an address a place.

    What may mean several codes (rule `ambiguous`) has none, and nothing after it is asked. Shared lines with that
    rule come before labels, because the label of a list says what the list calls a thing, and not what offices do.

    Args:
        concept: The concept; its type is `code`.
        codelist: Its list.
        entries: Lines of the source's map, those of the coding memory first.
        detail: The finer classification that the concept names, if any.
        digits: Digits that a code of it has as the office writes it; a shorter number has lost the zeros
            that it began with. 0 where codes of several lengths are meant as they stand.
        attributes: Attributes of the list by which the source writes its codes, such as `alpha2`.
        sums: Whether the codes of totals and groups are taken as well, as in figures that others publish; their
            texts are known as they are declared, and not by keys.
        shared: Lines that all packs share.
        versions: Other classifications than `detail`, with the days on which they are used in its place.
        abroad: Of districts: what knows areas, which are then known as lying abroad.
        home: The area that does not.
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
        shared: Sequence[MapEntry] = (),
        versions: Sequence[Version] = (),
        abroad: Coder | None = None,
        home: str = "",
    ) -> None:
        self.concept = concept
        self.codelist = codelist
        self._abroad, self._home = abroad, home
        kinds = ("", "missing", "total", "group") if sums else ("", "missing")
        own = Index()
        own.add(entries)
        for rule in ("code", "aliases", *attributes, "label"):
            own.add_codes(codelist, rule, kinds)
        self._lines = Lines(own, shared_index(tuple(shared)))
        self.excludes = self._lines.excludes
        self._detail = Classifications(Version.of(detail) if detail is not None else None, versions, digits)
        self._has_dates = bool(versions) or self._lines.is_dated
        self._as_written, self._pairs_countries = sums, codelist.id == _AREAS

    def spellings(self) -> dict[str, str]:
        """Every declared spelling with its code: lines of maps, shared ones and labels, as they are written there.

        Codes, numbers, beginnings, and texts that may mean several codes or leave rows out are not among them.
        """
        found: dict[str, str] = {}
        for text in self._lines.texts():
            lines = self._lines.of(text)
            meant = self._lines.find(text, "")
            if meant is not None and meant.code and not text.isdigit():
                # several lines may write one text differently
                found |= {line.text: meant.code for line in lines if line.is_word}
        return found

    def knows(self, values: pd.Series) -> pd.Series:
        """Whether each text is known on any date. Returns a boolean series of the same index."""
        known = {text: self._is_known(normalise_spelling(text)) for text in values.dropna().unique()}
        return values.map(known).eq(True)

    def vocabulary(self, values: pd.Series) -> pd.Series:
        """The part of each text that is declared vocabulary and codes the same.

        A text that stands in the map or the list is vocabulary as a whole. Of one that is only known by its
        beginning, the rest may be anything, and only the beginning is returned. Of one that is known by its keys, the
        declared spelling is returned, after a sign for that, and of two countries their declared spellings.

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
            A frame of the same index with the columns `code`, `rule` and `second`, a country named second; all
            missing where the text is not known on the row's date. Where the rule is `ambiguous` or
            `exclude:<reason>`, there is no code.
        """
        places, distinct = pd.factorize(values)
        found, places = self.resolve([str(text) for text in distinct], places, on)
        columns = {
            name: pd.array([*(getattr(one, name) if one else None for one in found), None], dtype="str").take(places)
            for name in Found._fields
        }
        return pd.DataFrame(columns, index=values.index)

    def resolve(
        self, distinct: Sequence[str], places: np.ndarray[Any, Any], on: pd.Series | None = None
    ) -> tuple[list[Found | None], np.ndarray[Any, Any]]:
        """Code a column that is given as its distinct texts, looking at each text, or text and day, once.

        Args:
            distinct: The texts.
            places: For each row the place of its text among them; -1 where it has none.
            on: Date of each row, as for `code`.

        Returns:
            What there is to find, None where nothing is known; and for each row its place among these, or -1.
        """
        folded = [normalise_spelling(text) for text in distinct]
        found = [self._find(text, "") for text in folded]
        dated = np.array([*(self._is_dated(text, one) for text, one in zip(folded, found, strict=True)), False])
        if on is None or not dated.any():
            return found, places
        days = on.to_numpy().astype(_DAY)
        rows = np.flatnonzero(dated[places] & ~np.isnat(days))
        if not len(rows):
            return found, places
        first = days[rows].min()
        span = int((days[rows].max() - first).astype(int)) + 1
        pairs = places[rows].astype(np.int64) * span + (days[rows] - first).astype(np.int64)
        different, inverse = np.unique(pairs, return_inverse=True)
        settled = places.astype(np.int64)
        settled[rows] = len(found) + inverse
        later = [self._find(folded[pair // span], str(first + pair % span)) for pair in different.tolist()]
        return [*found, *later], settled

    def _is_known(self, text: str) -> bool:
        return text in self._lines or self._find(text, "") is not None

    def _is_dated(self, text: str, found: Found | None) -> bool:
        """Whether what a text means may depend on the day."""
        if text in self._lines:
            return self._lines.is_dated_text(text)
        return self._has_dates and found is not None

    def _find(self, text: str, day: str) -> Found | None:
        if text in self._lines:
            return self._lines.find(text, day)
        for prefix, code in self._lines.prefixes:
            if text.startswith(prefix):
                return Found(code, PREFIX)
        found = self._detail.find(text, day)
        if found is not None:
            return found
        plain = without_zeros(text)
        if plain is not None:
            return self._find(plain, day) if plain in self._lines else None
        if whole := _WHOLE.fullmatch(text):
            return self._find(whole[1], day)
        return self._find_otherwise(text, day)

    def _find_otherwise(self, text: str, day: str) -> Found | None:
        """What a text means that is not written as anything is declared."""
        if self._as_written:
            return None
        if (declared := _marked(text)) in self._lines:
            return as_normalised(self._lines.find(declared, day), self.codelist.missing)
        if text.startswith(_IN_PART):
            part = self._lines.find(text.removeprefix(_IN_PART), day)
            return Found(part.code, IN_PART) if part else None
        return (
            self._two_rather_than_one(text, day)
            or self._by_key(text, day)
            or self._said_again(text, day)
            or self._two_countries(text, day)
            or self._lies_abroad(text, day)
            or self._named_in_part(text, day)
        )

    def _word(self, text: str, day: str) -> Found | None:
        """What a text means that is declared, but for its writing."""
        return self._lines.find(text, day) if text in self._lines else self._by_key(text, day)

    def _by_key(self, text: str, day: str) -> Found | None:
        for declared in self._lines.same_keys(text):
            found = as_normalised(self._lines.find(declared, day), self.codelist.missing)
            if found is not None:
                return found
        return None

    def _said_again(self, text: str, day: str) -> Found | None:
        """What a text means that says one thing in several ways: "Roma, Maseru", "South African (RSA)"."""
        parts = [part for part in _SAME_AGAIN.split(text) if part]
        if len(parts) < 2:
            return None
        found = [self._word(part, day) for part in parts]
        codes = {one.code if one else None for one in found}
        (code, *others) = codes
        return Found(code, NORMALISED) if code and not others and code != self.codelist.missing else None

    def _two_countries(self, text: str, day: str) -> Found | None:
        """The countries of a text that names two."""
        parts = self._parts(text)
        if not parts:
            return None
        one, other = (self._word(part, day) for part in parts)
        if one is None or other is None:
            return None
        # "NA" is a country only by itself: beside one it may say that there is no other
        if AMBIGUOUS in (one.rule, other.rule) or not MISSING_TEXTS.isdisjoint(parts):
            return Found(None, AMBIGUOUS)
        countries = [found.code for found in (one, other) if found.code and self._is_country(found.code)]
        if len(countries) < 2:
            return None
        if countries[0] == countries[1]:
            return Found(countries[0], NORMALISED)
        return Found(countries[0], DUAL, countries[1])

    def _two_rather_than_one(self, text: str, day: str) -> Found | None:
        """The two countries of a text that has the key of another: "Trinidad & Tobago" is one, "China/Taiwan" not."""
        two, one = self._two_countries(text, day), self._by_key(text, day)
        return two if two and one and one.rule == NORMALISED and one != two._replace(rule=NORMALISED) else None

    def _parts(self, text: str) -> list[str]:
        if not self._pairs_countries:
            return []
        parts = [part.strip(" .,:()-") for part in _BETWEEN_TWO.split(_DUAL.sub("", text))]
        return parts if len(parts) == 2 and all(parts) else []

    def _is_country(self, code: str) -> bool:
        listed = self.codelist.by_code.get(code)
        return listed is not None and listed.kind == ""

    def _lies_abroad(self, text: str, day: str) -> Found | None:
        """Whether a text names a country in place of a district, which no code does: MSR may be short for Maseru.

        A country that shares no group with the home may be the name of a village ("Jordan"), and waits for a decision.
        """
        if self._abroad is None or len(_SIGNS.sub("", text)) < _SHORTEST_NAME:
            return None
        area = self._abroad._word(text, day)
        if area is None or not area.code or area.code == self._home or not self._abroad._is_country(area.code):
            return None
        listed = (self._abroad.codelist.by_code.get(code) for code in (area.code, self._home))
        near = set.intersection(*(set(code.attributes.get("groups", "").split() if code else ()) for code in listed))
        return Found(ABROAD, OUTSIDE) if near else Found(None, AMBIGUOUS)

    def _place_in(self, text: str, day: str) -> tuple[str, Found] | None:
        """The part of an address that names a district or town, and what it means; none where parts disagree."""
        if self._abroad is None:
            return None
        named: list[tuple[str, Found]] = []
        for readings in places_in(text):
            words = ((own, self._word(own, day)) for own in readings)
            first = next(((own, found) for own, found in words if found is not None), None)
            if first is not None:
                named.append(first)
            elif any(self._abroad._word(own, day) for own in readings):
                return None
        codes = {found.code for _, found in named}
        return named[0] if len(codes) == 1 and codes - {None, ABROAD, self.codelist.missing} else None

    def _named_in_part(self, text: str, day: str) -> Found | None:
        found = self._place_in(text, day)
        return Found(found[1].code, IN_PART) if found else None

    def _vocabulary(self, text: str, folded: str) -> str | None:
        if folded in self._lines:
            return text
        prefix = next((prefix for prefix, _ in self._lines.prefixes if folded.startswith(prefix)), None)
        if prefix is not None:
            return prefix
        detail = self._detail.vocabulary(folded)
        if detail is not None:
            return detail
        if whole := _WHOLE.fullmatch(folded):
            return text if self._is_known(whole[1]) else None
        return text if without_zeros(folded) in self._lines else self._declared(folded)

    def _declared(self, text: str) -> str | None:
        """The declared spelling of a text that is written otherwise."""
        if self._as_written:
            return None
        if (marked := _marked(text)) in self._lines:
            return _AS_DECLARED + self._lines.word(marked)
        two = self._two_rather_than_one(text, "")
        if not two and (same := self._lines.same_keys(text)):
            return _AS_DECLARED + self._lines.word(same[0])
        again = None if two else self._said_again(text, "")
        found = again or self._two_countries(text, "")
        if found is not None:
            parts = [part for part in _SAME_AGAIN.split(text) if part] if again else self._parts(text)
            known = (part if part in self._lines else self._lines.same_keys(part)[0] for part in parts)
            shown = [self._lines.word(part) for part in known]
            written = "/".join(shown)
            # a spelling that holds a stroke itself would be taken apart
            same_again = self._find(normalise_spelling(written), "") == found
            return written if same_again else "/".join(code for code in (found.code, found.second) if code) or None
        if self._lies_abroad(text, "") and self._abroad:
            return self._abroad._vocabulary(text, text)
        place = self._place_in(text, "")
        # with the sign of a part, so that it is known again by what rule it was coded
        return f"{_IN_PART}{self._lines.word(self._declared_as(place[0]))}" if place else None

    def _declared_as(self, text: str) -> str:
        """The declared text that a text is the same as."""
        return text if text in self._lines else self._lines.same_keys(text)[0]


def _marked(text: str) -> str:
    """The declared spelling of a text that is kept with the sign for it, after `normalise_spelling`; else empty."""
    if text.startswith(_IN_PART):
        return ""
    return normalise_spelling(text.removeprefix(_AS_DECLARED)) if text.startswith(_AS_DECLARED) else ""


def coders_for(
    source: Source,
    record: Record,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    spellings: Mapping[str, Sequence[MapEntry]] | None = None,
) -> dict[str, Coder]:
    """A coder for each concept of a type of rows that is a code, with the maps of a source.

    Districts are those of the source's own country, and may also be written as its national
    statistical office numbers them, with or without a leading zero. Areas named in their place lie abroad.

    Args:
        source: The source, as it stands for these rows (`Source.for_record`).
        record: The type of rows.
        concepts: Concepts by id.
        codelists: Codelists by id.
        spellings: Lines that all packs share, by codelist; not used for what others published.
    """
    found = {}
    shared = {} if record.sums else spellings or {}
    for name in record.concepts:
        concept = concepts[name]
        if concept.type != "code":
            continue
        codelist, entries = codelists[concept.codelist], list(source.entries.get(name, ()))
        abroad = None
        if codelist.id == "districts":
            own = (c for c in codelist if c.code in source.district_codes or c.kind == "missing")
            abroad = _knows_areas(source, codelist, codelists, shared)
            codelist = Codelist(codelist.id, tuple(replace(code, parent="") for code in own))
            for code, national in source.district_codes.items():
                written = (national, national.zfill(2)) if national.isdigit() else (national,)
                entries += [MapEntry(text, code, rule="national_code") for text in dict.fromkeys(written) if text]
            if abroad is not None:
                entries += [MapEntry(text, ABROAD, rule=OUTSIDE) for text in _ABROAD_WORDS]
        versions = [
            Version.of(codelists[used.codelist], used.valid_from, used.valid_to, CROSSWALK)
            for used in source.details.get(name, ())
        ]
        found[name] = Coder(
            concept,
            codelist,
            entries,
            codelists.get(concept.detail),
            source.code_digits.get(name, 0),
            source.coded_by.get(name, ()),
            record.sums,
            shared_lines(concept, codelist, shared),
            versions,
            abroad,
            source.ref_area,
        )
    return found


def shared_lines(
    concept: Concept, codelist: Codelist, spellings: Mapping[str, Sequence[MapEntry]]
) -> tuple[MapEntry, ...]:
    """Lines that all packs share for a concept; regions only of citizenship, which may be a region."""
    lines = spellings.get(codelist.id, ())
    if not isinstance(lines, tuple):
        lines = tuple(lines)
    if concept.id == "citizenship":
        return lines
    return _lines_within(Same(lines), Same(codelist))


@lru_cache(maxsize=128)
def _lines_within(lines: Same[tuple[MapEntry, ...]], codelist: Same[Codelist]) -> tuple[MapEntry, ...]:
    """Lines whose codes are in a list, or that may mean several codes."""
    return tuple(line for line in lines.one if line.rule == AMBIGUOUS or line.code in codelist.one)


@lru_cache(maxsize=128)
def _joined(one: Same[tuple[MapEntry, ...]], other: Same[tuple[MapEntry, ...]]) -> tuple[MapEntry, ...]:
    return (*one.one, *other.one)


def _knows_areas(
    source: Source, districts: Codelist, codelists: Mapping[str, Codelist], shared: Mapping[str, Sequence[MapEntry]]
) -> Coder | None:
    """What knows areas in a column of districts, where these may lie abroad."""
    if ABROAD not in districts or _AREAS not in codelists or not source.district_codes:
        return None
    concept = Concept("area", "Area", "An area named in place of a district.", "code", _AREAS)
    own = tuple(source.entries.get("citizenship", ()))
    lines = _joined(Same(own), Same(shared_lines(concept, codelists[_AREAS], shared)))
    return Coder(concept, codelists[_AREAS], shared=lines)
