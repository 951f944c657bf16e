"""What headings mean: those declared, those that people confirmed, and those that offices anywhere use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from rapidfuzz.distance import OSA

from lm_stats.spec import MapEntry, Record, Source, normalise_spelling
from lm_stats.spec.places import AMBIGUOUS, EXCLUDE
from lm_stats.stage.layout import parts_of_heading
from lm_stats.stage.wording import fold_heading

# rule of a line of the shared vocabulary whose text stands over several headings, and ends with a slash
GROUP = "group"
# rule of a line whose text may mean several things, of which neither its group nor what is left tells the one
ASKED = "asked"
_WORD = re.compile(r"[^\W_]+|#")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ORDINAL = re.compile(r"\bn(?:\.?\s?[\u00ba\u00b0]|\.?\s?o\b)\.?", re.IGNORECASE)
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?\b\.?", re.IGNORECASE)
_QUESTION = re.compile(r"[a-z]{0,3}\d+[a-z]?")
# words that say nothing of which thing is meant
_LITTLE = frozenset({"of", "the", "de", "da", "do", "du", "des", "la", "le", "l", "d", "ea", "a", "s", "an", "in"})
_SAME = {
    "no": "number", "nos": "number", "nr": "number", "num": "number", "nbr": "number", "#": "number",
    "numero": "number", "dt": "date", "dob": "date birth", "appl": "application", "cert": "certificate",
    "tel": "telephone",
    "organization": "organisation", "labor": "labour",
}  # fmt: skip
# words as short as this are not taken for a misspelling of another
_SHORT = 3


@lru_cache(maxsize=20_000)
def words_of(heading: str) -> tuple[str, ...]:
    """The words of a heading by which it is compared, in their order, without those that say nothing."""
    plain = _ORDINAL.sub(" no ", _CAMEL.sub(" ", heading.replace("\u2116", "no ")))
    plain = _INITIALS.sub(lambda found: found[0].replace(".", ""), plain)
    found: list[str] = []
    for word in _WORD.findall(normalise_spelling(plain).replace("'", " ")):
        found += _SAME.get(word, word).split()
    kept = [word for word in found if word not in _LITTLE]
    return tuple(kept or found)


@lru_cache(maxsize=20_000)
def key_of(heading: str) -> str:
    """The words of a heading without regard to their order: two headings with one key are the same."""
    return " ".join(sorted(words_of(heading)))


def _squashed(heading: str) -> str:
    return "".join(_WORD.findall(normalise_spelling(heading)))


def _columns_of(heading: str) -> tuple[str, ...]:
    """A declared heading, or those of the columns that it joins."""
    return parts_of_heading(heading)[1:] or (heading,)


@dataclass(frozen=True)
class Slot:
    """A column that is looked for: the concept, and which of its columns where several make up its value (0: all)."""

    concept: str
    part: int = 0

    def __str__(self) -> str:
        return f"{self.concept}/{self.part}" if self.part else self.concept


@dataclass(frozen=True)
class Meaning:
    """What a heading says.

    Attributes:
        how: `known`: it means `slots` and nothing else; `unsure`: it may mean any of `slots`; `other`: it means
            something that is not taken; `none`: nothing is known of it.
        slots: What it means or may mean.
        why: Why, in words.
        alone: Whether no group stands above it that may be about something else.
        moved: Whether its group is declared for other headings than this one.
    """

    how: str
    slots: tuple[Slot, ...] = ()
    why: str = ""
    alone: bool = True
    moved: bool = False


NOTHING_KNOWN = Meaning("none")


class Vocabulary:
    """What headings mean for one type of rows.

    Args:
        source: The source, as it stands for the rows.
        record: Their type.
        headings: Lines of the shared vocabulary. The rule `ambiguous` makes a heading one that may mean each of
            several concepts, `asked` one of these that only a person can decide, `group` one that stands over
            others, and `exclude:` one that is no concept.
        history: Headings that people confirmed, with the concept (or `<concept>/<part>`) of each.
    """

    def __init__(
        self,
        source: Source,
        record: Record,
        headings: Iterable[MapEntry] = (),
        history: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._record = record
        self._own: dict[str, dict[Slot, str]] = {}
        self._lowest: dict[str, set[Slot]] = {}
        self._shared: dict[str, set[Slot]] = {}
        self._vague: dict[str, set[Slot]] = {}
        self._asked: set[str] = set()
        self._other: set[str] = set()
        self._squashed: dict[str, set[str]] = {}
        self._groups: dict[str, set[str]] = {}
        self._declared_groups: set[str] = set()
        self._parts = {c: parts for c, found in source.columns.items() if len(parts := _columns_of(found[0])) > 1}
        for concept, declared in source.columns.items():
            for heading in declared:
                self._add_declared(concept, heading)
        for heading, name in history:
            concept, _, part = name.partition("/")
            if concept in record.concepts:
                key = self._note(heading.replace(" / ", " "))
                self._own.setdefault(key, {})[Slot(concept, int(part or 0))] = "was confirmed for"
        self._ignored = {self._note(heading.replace(" / ", " ")) for heading in source.ignored}
        for entry in headings:
            self._add_shared(entry)
        self._read_before: dict[tuple[str, ...], Meaning] = {}

    def slots_of(self, concept: str) -> tuple[Slot, ...]:
        """The columns that make up a concept as the source declares it now."""
        parts = self._parts.get(concept, ())
        return tuple(Slot(concept, number) for number in range(1, len(parts) + 1)) or (Slot(concept),)

    def _note(self, heading: str) -> str:
        key = key_of(heading)
        self._squashed.setdefault(_squashed(heading), set()).add(key)
        return key

    def _add_declared(self, concept: str, heading: str) -> None:
        parts = _columns_of(heading)
        for number, part in enumerate(parts, start=1):
            slot = Slot(concept, number if len(parts) > 1 else 0)
            levels = part.split(" / ")
            self._own.setdefault(self._note(" ".join(levels)), {})[slot] = "is declared for"
            if len(levels) > 1:
                # the lowest level alone may be that of several
                self._lowest.setdefault(self._note(levels[-1]), set()).add(slot)
                group = fold_heading(levels[0])
                self._declared_groups.add(group)
                self._groups.setdefault(group, set()).add(concept)

    def _add_shared(self, entry: MapEntry) -> None:
        own = [name for name in entry.code.split() if name in self._record.concepts]
        if entry.rule == GROUP:
            self._groups.setdefault(fold_heading(entry.value.rstrip(" /")), set()).update(own)
        elif entry.rule in (AMBIGUOUS, ASKED):
            key = self._note(entry.value)
            self._vague.setdefault(key, set()).update(Slot(name) for name in own)
            if entry.rule == ASKED:
                self._asked.add(key)
        elif own and not entry.rule.startswith(EXCLUDE):
            self._shared.setdefault(self._note(entry.value), set()).add(Slot(own[0]))
        else:
            self._other.add(self._note(entry.value))

    def read(self, levels: Sequence[str]) -> Meaning:
        """What a heading means.

        Args:
            levels: Its levels from the uppermost to the lowest, without those that stand over the whole table.
        """
        filled = tuple(text for text in levels if text)
        if filled not in self._read_before:
            self._read_before[filled] = self._read(filled) if filled else NOTHING_KNOWN
        return self._read_before[filled]

    def _read(self, levels: tuple[str, ...]) -> Meaning:
        whole, lowest, groups = " ".join(levels), levels[-1], levels[:-1]
        meaning = self._look_up(whole)
        if meaning.how in ("known", "other") or not groups:
            return meaning
        alone = self._look_up(lowest)
        if alone.how in ("other", "none"):
            return alone if alone.how == "none" else Meaning("unsure", (), alone=False)
        known = [found for group in groups if (found := self._of_group(group)) is not None]
        if not known or (alone.how == "unsure" and not alone.alone):
            return Meaning("unsure", alone.slots, alone=False)
        of_group = set.intersection(*known)
        slots = tuple(slot for slot in alone.slots if slot.concept in of_group)
        is_declared = any(fold_heading(group) in self._declared_groups for group in groups)
        moved = bool(alone.slots) and not slots and is_declared
        if len(slots) == 1:
            group = next(group for group in groups if self._of_group(group) is not None)
            why = f"heading '{lowest}' stands under '{group}', which is known for {slots[0]}"
            return Meaning("known", slots, why)
        return Meaning("unsure", slots or alone.slots, alone=False, moved=moved)

    def _of_group(self, group: str) -> set[str] | None:
        return self._groups.get(fold_heading(group))

    def _look_up(self, heading: str) -> Meaning:
        key = key_of(heading)
        if not any(key in known for known in (self._own, self._lowest, self._shared, self._vague)):
            # written without spaces
            keys = self._squashed.get(_squashed(heading), set())
            key = next(iter(keys)) if len(keys) == 1 else key
        own = self._own.get(key, {})
        if len(own) == 1:
            slot, why = next(iter(own.items()))
            return Meaning("known", (slot,), f"heading '{heading}' {why} {slot}")
        if key in self._ignored:
            return Meaning("other", why="ignored by declaration")
        found = {*own, *self._lowest.get(key, ()), *self._shared.get(key, ()), *self._vague.get(key, ())}
        if len(found) == 1 and key not in self._vague:
            (slot,) = found
            return Meaning("known", (slot,), f"heading '{heading}' is known for {slot}")
        if found or key in self._vague:
            return Meaning("unsure", tuple(sorted(found, key=str)), alone=key not in self._asked)
        return Meaning("other", why="known for something that is not taken") if key in self._other else NOTHING_KNOWN

    def near(self, levels: Sequence[str]) -> Meaning:
        """What a heading that is not known is a misspelling or an abbreviation of.

        Each word has to be one of the other heading: the same, a beginning of it, or one with a letter changed,
        swapped, left out or too many (two in long words). Words of three letters and numbers have to be the same.

        Args:
            levels: Its levels.

        Returns:
            `known` where it is near the headings of one concept only, `unsure` where of several.
        """
        text = " ".join(level for level in levels if level)
        asked = words_of(text)
        bare = _bare(asked)
        found: dict[Slot | None, None] = {}
        for key, known in (*self._own.items(), *self._shared.items()):
            other = tuple(key.split())
            is_same = (bare != asked or _bare(other) != other) and bool(bare) and sorted(bare) == list(_bare(other))
            if is_same or _is_near(asked, other):
                found |= dict.fromkeys(known)
        if any(_is_near(asked, tuple(key.split())) for key in (*self._other, *self._vague)):
            found[None] = None
        slots = tuple(sorted((slot for slot in found if slot is not None), key=str))
        if len(found) == 1 and slots:
            return Meaning("known", slots, f"heading '{text}' is spelled nearly like one that is known for {slots[0]}")
        return Meaning("unsure", slots) if slots else NOTHING_KNOWN

    def score(self, levels: Sequence[str]) -> float:
        """How much is known of a heading: 1, 0.4 where it may mean several things, or 0."""
        meaning = self.read(levels)
        return {"known": 1.0, "other": 0.8, "unsure": 0.4, "none": 0.0}[meaning.how]


def _bare(words: Sequence[str]) -> tuple[str, ...]:
    """Words without the number of a question (P05, Q7)."""
    return tuple(word for word in words if not _QUESTION.fullmatch(word))


def _is_near(one: Sequence[str], other: Sequence[str]) -> bool:
    if len(one) != len(other) or not one or len(one) > 5:
        return False
    shared = [word for word in one if word in other]
    left, right = _rest(one, shared), _rest(other, shared)
    if len(left) > 3:
        return False
    return any(all(map(_is_near_word, left, order)) for order in permutations(right))


def _rest(words: Sequence[str], shared: Collection[str]) -> list[str]:
    rest = list(words)
    for word in shared:
        if word in rest:
            rest.remove(word)
    return rest


@lru_cache(maxsize=50_000)
def _is_near_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) <= _SHORT or any(letter.isdigit() for letter in one + other):
        return False
    if len(short) > _SHORT and long.startswith(short):
        return True
    most = 1 if len(short) < 8 else 2
    return OSA.distance(one, other, score_cutoff=most) <= most


def find_titles(levels: Sequence[Sequence[str]]) -> frozenset[str]:
    """Texts that stand over every column that has a heading: titles, and no groups."""
    named = [[text for text in column if text] for column in levels]
    named = [column for column in named if column]
    if not named:
        return frozenset()
    return frozenset(named[0][:-1]).intersection(*(column[:-1] for column in named[1:]))
