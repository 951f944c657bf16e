"""What an unknown spelling may mean: proposals for a person, by likeness to what is declared. Nothing is coded by them.

Likeness is that of whole texts and of whole words (indel distance and its form over sorted words, as RapidFuzz
computes them; and the share of words in common, rare words counting more). Likeness of a part of a text is left out on
purpose: by it, every short text is like a long one that holds its letters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from lm_stats.compile.coder import Coder
from lm_stats.spec import Code, Codelist, Concept, MapEntry, Record, Source, normalise_spelling
from lm_stats.spec.places import AMBIGUOUS, EXCLUDE

# longest text (letters and digits) and the score from which on something is proposed for it: one letter of a short
# text is much of it, so that only nearly equal ones are like it, and three letters are like anything; of long texts a
# part is often enough (chosen with the first halves of the golden lists in sight, see docs/coding.md)
THRESHOLDS = ((3, 101), (4, 88), (6, 80), (10, 76), (16, 68), (10_000, 58))
# texts that are compared at once
_BLOCK = 500
_WORD = re.compile(r"[^\W_]+")
_CERTAIN = 100


@dataclass(frozen=True)
class Proposal:
    """A code that an unknown spelling may stand for.

    Attributes:
        code: The code.
        label: Its label.
        near: The declared spelling or title that the text is like.
        score: How like it is, 0 to 100.
        why: In what way.
    """

    code: str
    label: str
    near: str
    score: int
    why: str


@dataclass(frozen=True)
class Declared:
    """What is declared of the codes of a concept, as far as texts can be like it.

    Attributes:
        spellings: Code by spelling: lines of maps, labels, earlier codes.
        titles: Code by title of a finer classification.
        ambiguous: Codes that a text may mean, by the text after `normalise_spelling`.
    """

    spellings: Mapping[str, str]
    titles: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]


def declared_for(
    source: Source,
    record: Record,
    concept: Concept,
    codelists: Mapping[str, Codelist],
    shared: Sequence[MapEntry] = (),
) -> Declared:
    """What is declared of the codes of a concept of a source.

    Args:
        source: The source, as it stands for the type of rows (`Source.for_record`).
        record: The type of rows.
        concept: The concept, a code.
        codelists: Codelists by id.
        shared: Spellings that all senders share, of the concept's codelist.
    """
    lines = (*source.entries.get(concept.id, ()), *(() if record.sums else shared))
    spellings: dict[str, str] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    for entry in lines:
        if entry.rule == AMBIGUOUS:
            ambiguous.setdefault(normalise_spelling(entry.value), tuple(entry.code.split()))
        elif entry.code and not entry.rule.startswith(EXCLUDE):
            spellings.setdefault(entry.value, entry.code)
    for code in codelists[concept.codelist]:
        for text in (code.label, *code.attributes.get("aliases", "").split()):
            spellings.setdefault(text, code.code)
    used = (concept.detail, *(detail.codelist for detail in source.details.get(concept.id, ())))
    titles: dict[str, str] = {}
    for code in (code for name in used if name in codelists for code in codelists[name]):
        if to := _rolls_to(code):
            titles.setdefault(code.label, to)
    return Declared(spellings, titles, ambiguous)


def suggest(
    texts: Sequence[str],
    declared: Declared | Coder | Mapping[str, str],
    labels: Mapping[str, str],
    limit: int = 3,
) -> dict[str, tuple[Proposal, ...]]:
    """Propose codes for texts that are not known.

    A text that is declared to be ambiguous gets the codes that it may mean, and nothing else.

    Args:
        texts: The texts.
        declared: What is declared: a coder, or code by spelling.
        labels: Labels by code; no other code is proposed.
        limit: How many are proposed for a text at most, each code once.

    Returns:
        Proposals by text, the likest first, then in order of the code; none below the threshold for texts of its
        length (`THRESHOLDS`).
    """
    known = _as_declared(declared)
    kinds = (("spelling", known.spellings), ("title of the finer classification", known.titles))
    lines = [(text, code, kind) for kind, own in kinds for text, code in own.items() if code in labels and _key(text)]
    lines.sort(key=lambda line: (_key(line[0]), line[1], line[2] != "spelling", line[0]))
    words = _Words([_key(text) for text, _, _ in lines])
    found: dict[str, tuple[Proposal, ...]] = {}
    wanted = list(dict.fromkeys(texts))
    for start in range(0, len(wanted), _BLOCK):
        block = wanted[start : start + _BLOCK]
        fuzzy = [text for text in block if normalise_spelling(text) not in known.ambiguous and lines]
        keys = [_key(text) for text in fuzzy]
        least = min(score for _, score in THRESHOLDS)
        letters, sorted_words = (
            process.cdist(keys, words.keys, scorer=scorer, score_cutoff=least, dtype="uint8")
            for scorer in (fuzz.ratio, fuzz.token_sort_ratio)
        )
        for text, key, by_letters, by_words in zip(fuzzy, keys, letters, sorted_words, strict=True):
            scores: dict[int, tuple[int, str]] = {}
            for place in by_letters.nonzero()[0].tolist():
                scores[place] = (int(by_letters[place]), "spelt nearly like this")
            for place in by_words.nonzero()[0].tolist():
                scores[place] = max(scores.get(place, (0, "")), (int(by_words[place]), "nearly these words, reordered"))
            for place, score in words.in_common(key).items():
                scores[place] = max(scores.get(place, (0, "")), (score, "has words of this"))
            found[text] = _best(scores, lines, labels, _threshold(key), limit)
        for text in block:
            if codes := known.ambiguous.get(normalise_spelling(text)):
                certain = [code for code in codes if code in labels]
                why = "declared to mean one of these"
                found[text] = tuple(Proposal(code, labels[code], text, _CERTAIN, why) for code in certain)
    return {text: found.get(text, ()) for text in wanted}


def _as_declared(declared: Declared | Coder | Mapping[str, str]) -> Declared:
    if isinstance(declared, Declared):
        return declared
    if isinstance(declared, Coder):
        return Declared(declared.spellings(), {}, {})
    return Declared(declared, {}, {})


def _best(
    scores: Mapping[int, tuple[int, str]],
    lines: Sequence[tuple[str, str, str]],
    labels: Mapping[str, str],
    least: int,
    limit: int,
) -> tuple[Proposal, ...]:
    by_code: dict[str, Proposal] = {}
    for place in sorted(scores):
        score, why = scores[place]
        text, code, kind = lines[place]
        if score >= least and (code not in by_code or score > by_code[code].score):
            said = why if kind == "spelling" else f"{why}, a {kind}"
            by_code[code] = Proposal(code, labels[code], text, score, said)
    return tuple(sorted(by_code.values(), key=lambda one: (-one.score, one.code))[:limit])


class _Words:
    """Texts by their words.

    Args:
        keys: The texts, folded.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys
        self._words = [frozenset(map(_stem, key.split())) for key in keys]
        counts = Counter(word for words in self._words for word in words)
        self._weights = {word: math.log(1 + len(keys) / count) for word, count in counts.items()}
        # of a word that stands nowhere nobody knows how much it says
        self._unknown = math.log(1 + len(keys))
        self._places: dict[str, list[int]] = {}
        for place, words in enumerate(self._words):
            for word in sorted(words):
                self._places.setdefault(word, []).append(place)
        self._sums = [sum(self._weights[word] for word in words) for words in self._words]

    def in_common(self, key: str) -> dict[int, int]:
        """How much of their words some texts have in common with another (0 to 100), by place."""
        own = sorted({_stem(word) for word in key.split()})
        total = sum(self._weights.get(word, self._unknown) for word in own)
        shared: dict[int, float] = {}
        for word in own:
            for place in self._places.get(word, ()):
                shared[place] = shared.get(place, 0.0) + self._weights[word]
        # without endings and order, texts are never quite the same
        return {
            place: min(round(200 * weight / (total + self._sums[place])), _CERTAIN - 1)
            for place, weight in shared.items()
        }


def _stem(word: str) -> str:
    """A word without the ending of its plural."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=50_000)
def _key(text: str) -> str:
    """A text folded to its words."""
    return " ".join(_WORD.findall(normalise_spelling(text)))


def _threshold(key: str) -> int:
    length = len(key.replace(" ", ""))
    return next(score for longest, score in THRESHOLDS if length <= longest)


def _rolls_to(code: Code) -> str:
    return code.attributes.get("rolls_to", "")
