"""Defects in coded cells: words as offices write them, each with what must become of the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from lm_stats.compile.coder import ABROAD, Coder
from lm_stats.compile.coding_rules import DUAL, LOST_ZERO, Found
from lm_stats.simulate.defects import Case, Change, Ground
from lm_stats.spec import Codelist, Concept, MapEntry, Source
from lm_stats.spec.places import AMBIGUOUS, FORMER

_WORDS = ("citizenship", "occupation", "economic_activity", "district")
_FANCIED = {
    "citizenship": ("Ruritanian", "Freedonian", "Atlantean", "Laputan", "Brobdingnagian", "Utopian", "Erewhonian"),
    "occupation": ("Thingummy adjuster", "Quillifier", "Grommet whisperer", "Moon polisher", "Snark hunter"),
    "economic_activity": ("Thaumaturgy", "Dragon taming", "Weather making", "Cloud herding", "Unicorn grooming"),
    "district": ("Brigadoon", "Camelot", "Lilliput", "Xanadu", "Shangri-La"),
}
_NAMES = {"economic_activity": "industry"}
_TWO = ("{}/{}", "{} / {}", "Dual: {} & {}", "{} and {}")
_WHY_NONE = ("stateless", "refugee", "unknown", "other")


class Vocabulary:
    """What the texts of a register mean to whoever reads it.

    Args:
        coders: A coder for each coded concept, as harmonising uses it.
        entries: Lines of the source's maps and those that all packs share, by concept.
        codelists: Codelists by id.
        regions: Region by code of citizenship.
    """

    def __init__(
        self,
        coders: Mapping[str, Coder],
        entries: Mapping[str, Sequence[MapEntry]],
        codelists: Mapping[str, Codelist],
        regions: Mapping[str, str],
    ) -> None:
        self.coders, self.codelists, self.regions = coders, codelists, regions
        self._texts: dict[tuple[str, str, str], list[str]] = {}
        for name, lines in entries.items():
            for line in lines:
                for code in line.code.split():
                    self._texts.setdefault((name, line.rule, code), []).append(line.value)

    def texts(self, name: str, rule: str, code: str) -> list[str]:
        """Texts of lines with a rule that have a code, or may mean it."""
        return self._texts.get((name, rule, code), [])

    def has(self, name: str, rule: str) -> bool:
        """Whether there is any line with a rule."""
        return any(key[:2] == (name, rule) for key in self._texts)

    def meaning(self, name: str, text: str, day: object) -> Found | None:
        """What a text means on a day; none where it is not known."""
        on = pd.Series([day], dtype="datetime64[s]")
        found, places = self.coders[name].resolve([text], np.array([0]), on)
        return found[int(places[0])]

    def fancied(self, name: str) -> list[str]:
        """Words that nobody knows."""
        values = pd.Series(_FANCIED[name], dtype="str")
        return [str(text) for text in values[~self.coders[name].knows(values)]]

    def missing(self, name: str) -> str:
        """The code for "not stated"."""
        return self.coders[name].codelist.missing


def cases_in_words(ground: Ground, vocabulary: Vocabulary) -> list[Case]:
    """Every case that the register allows, those that few rows can have first."""
    return _Words(ground, vocabulary).cases()


def policy(source: Source, concept: Concept) -> str:
    """What becomes of a row whose text of a concept is not known."""
    declared = source.on_unmapped
    is_said = not isinstance(declared, str) and concept.id in declared
    return source.on_unmapped_for(concept.id) if is_said or concept.holds_back else "not_stated"


class _Words:
    def __init__(self, ground: Ground, vocabulary: Vocabulary) -> None:
        self.ground, self.vocabulary = ground, vocabulary
        self.concepts = [name for name in _WORDS if name in ground.spellings]
        self.strange = {name: vocabulary.fancied(name) for name in self.concepts}

    def cases(self) -> list[Case]:
        """Every case, those that few rows can have first."""
        held, know = self.concepts, self.vocabulary
        found = []
        if "citizenship" in held:
            found += [
                self._ruled("citizenship_former", "warn", "citizenship", FORMER),
                Case("citizenship_ambiguous", self._unclear("citizenship"), self._of_several("citizenship")),
                Case("citizenship_region_only", "accept", self._region),
                Case("citizenship_not_told", "warn", self._nowhere),
                Case("citizenship_dual", "warn", self._dual),
                Case("unknown_citizenship", self._policy("citizenship"), self._unknown("citizenship")),
            ]
        for name in (name for name in ("occupation", "economic_activity") if name in held):
            if know.has(name, AMBIGUOUS):
                case = f"{_NAMES.get(name, name)}_ambiguous"
                found.append(Case(case, self._unclear(name), self._of_several(name)))
        if "economic_activity" in held:
            name = "economic_activity"
            found.append(self._ruled("industry_as_employer", "accept", name, "employer"))
            found.append(Case("industry_as_code", "accept", self._industry_code))
            found.append(Case("unknown_industry", self._policy(name), self._unknown(name)))
        if "occupation" in held:
            found.append(Case("unmapped_occupation", self._policy("occupation"), self._unknown("occupation")))
        if "district" in held:
            found.append(self._ruled("town_for_district", "accept", "district", "town"))
            if ABROAD in know.coders["district"].codelist and "citizenship" in held:
                found.append(Case("district_abroad", "accept", self._abroad))
            found.append(Case("district_as_number", "accept", self._district_number))
            found.append(Case("unknown_district", self._policy("district"), self._unknown("district")))
        spelt_wrong = [name for name in held if know.has(name, "misspelt")]
        if spelt_wrong:
            found.append(Case("word_misspelt", "accept", self._misspelt(spelt_wrong)))
        return [case for case in found if case.outcome]

    def _policy(self, name: str) -> str:
        return policy(self.ground.source, self.ground.concepts[name]) if self.strange[name] else ""

    def _unclear(self, name: str) -> str:
        """What becomes of a row with a text that may mean several things."""
        return "quarantine" if self.ground.concepts[name].holds_back else "warn"

    def _means(self, name: str, row: int, text: str) -> Found:
        return self.vocabulary.meaning(name, text, self.ground.day(row)) or Found(None, "")

    def _ruled(self, case: str, expected: str, name: str, rule: str) -> Case:
        """Words of the true code whose lines have a rule."""

        def change(row: int) -> Change | None:
            return self._word(row, name, rule)

        return Case(case, expected if self.vocabulary.has(name, rule) else "", change)

    def _misspelt(self, names: Sequence[str]) -> Callable[[int], Change | None]:
        def change(row: int) -> Change | None:
            name = self.ground.filled(names, row)
            return self._word(row, name, "misspelt") if name else None

        return change

    def _word(self, row: int, name: str, rule: str) -> Change | None:
        if not self.ground.has(name, row):
            return None
        true = self.ground.true(name, row)
        texts = self.vocabulary.texts(name, rule, true)
        text = self.ground.one_of(texts) if texts else ""
        found = self._means(name, row, text)
        return Change(name, text, true) if text and (found.code, found.rule) == (true, rule) else None

    def _of_several(self, name: str) -> Callable[[int], Change | None]:
        def change(row: int) -> Change | None:
            if not self.ground.has(name, row):
                return None
            true = self.ground.true(name, row)
            texts = self.vocabulary.texts(name, AMBIGUOUS, true)
            text = self.ground.one_of(texts) if texts else ""
            is_unclear = text and self._means(name, row, text).rule == AMBIGUOUS
            return Change(name, text, true) if is_unclear else None

        return change

    def _unknown(self, name: str) -> Callable[[int], Change | None]:
        def change(row: int) -> Change | None:
            if not self.ground.has(name, row):
                return None
            return Change(name, self.ground.one_of(self.strange[name]), self.ground.true(name, row))

        return change

    def _region(self, row: int) -> Change | None:
        if not self.ground.has("citizenship", row):
            return None
        true = self.ground.true("citizenship", row)
        region = self.vocabulary.regions.get(true, "")
        texts = self.vocabulary.texts("citizenship", "region_only", region) if true != region else []
        text = self.ground.one_of(texts) if texts else ""
        fits = text and self._means("citizenship", row, text).code == region
        return Change("citizenship", text, true) if fits else None

    def _nowhere(self, row: int) -> Change | None:
        if not self.ground.has("citizenship", row):
            return None
        missing = self.vocabulary.missing("citizenship")
        known = [text for rule in _WHY_NONE for text in self.vocabulary.texts("citizenship", rule, missing)]
        true = self.ground.true("citizenship", row)
        text = self.ground.one_of(known) if known and true != missing else ""
        fits = text and self._means("citizenship", row, text).code == missing
        return Change("citizenship", text, true) if fits else None

    def _dual(self, row: int) -> Change | None:
        if not self.ground.has("citizenship", row):
            return None
        true, spellings = self.ground.true("citizenship", row), self.ground.spellings["citizenship"]
        others = sorted({code for code in self.ground.world["citizenship"] if code != true})
        if not others:
            return None
        second = self.ground.one_of(others)
        first, other = (self.ground.one_of(spellings.usual(code)) for code in (true, second))
        text = self.ground.one_of(_TWO).format(first, other)
        found = self._means("citizenship", row, text)
        named = (found.code, found.rule, found.second) == (true, DUAL, second)
        return Change("citizenship", text, true) if named else None

    def _industry_code(self, row: int) -> Change | None:
        """A code of the finer classification: a letter, a division, or a class."""
        name = "economic_activity"
        concept = self.ground.concepts[name]
        if not self.ground.has(name, row) or not concept.detail:
            return None
        true = self.ground.true(name, row)
        codes = [c.code for c in self.vocabulary.codelists[concept.detail] if c.attributes.get("rolls_to") == true]
        text = self.ground.one_of(codes) if codes else ""
        found = self._means(name, row, text)
        return Change(name, text, true) if text and found.code == true and found.rule != LOST_ZERO else None

    def _district_number(self, row: int) -> Change | None:
        if not self.ground.has("district", row):
            return None
        true = self.ground.true("district", row)
        number = self.ground.source.district_codes.get(true, "")
        if not number.isdigit():
            return None
        text = self.ground.one_of((number, number.zfill(2), str(int(number))))
        return Change("district", text, true) if self._means("district", row, text).code == true else None

    def _abroad(self, row: int) -> Change | None:
        """A country in place of the district."""
        if not (self.ground.has("district", row) and self.ground.has("citizenship", row)):
            return None
        spellings = self.ground.spellings["citizenship"]
        text = self.ground.one_of(spellings.usual(self.ground.true("citizenship", row)))
        abroad = self._means("district", row, text).code == ABROAD
        return Change("district", text, self.ground.true("district", row)) if abroad else None
