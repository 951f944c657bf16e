"""Declared spellings, and what they say on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Generic, NamedTuple, TypeVar

from lm_stats.compile.coding_rules import MAP, NOT_STATED, SHARED, Found
from lm_stats.compile.matching_keys import close_keys, loose_keys
from lm_stats.spec import Code, Codelist, MapEntry, normalise_spelling
from lm_stats.spec.places import AMBIGUOUS, EXCLUDE, REVIEWED

# in which order the lines of one text are asked. Shared lines that may mean several codes come before labels: the
# label of a list says what the list calls a thing, and not what offices do
_DECIDED, _OF_SOURCE, _CODES, _UNCLEAR, _LABELS, _SHARED = range(6)


class Line(NamedTuple):
    """What one declaration says of a text.

    Attributes:
        level: In which order it is asked.
        valid_from: First day, or empty.
        valid_to: Last day, or empty.
        code: The code, or the candidates of an ambiguous text.
        rule: Its kind of correspondence.
        text: The text as it is declared.
        is_word: Whether it is a word rather than a code.
    """

    level: int
    valid_from: str
    valid_to: str
    code: str
    rule: str
    text: str
    is_word: bool = True

    def holds(self, day: str) -> bool:
        """Whether it holds on a day."""
        return holds(self.valid_from, self.valid_to, day)

    @property
    def is_dated(self) -> bool:
        """Whether it holds on some days only."""
        return bool(self.valid_from or self.valid_to)


class Index:
    """Declared lines by text, after `normalise_spelling`, and the texts by key."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Line]] = {}
        self.prefixes: list[tuple[str, str]] = []
        self.excludes = False
        self.is_dated = False

    def add(self, entries: Iterable[MapEntry], *, shared: bool = False) -> None:
        """Add lines of a map, or lines that all packs share."""
        for entry in entries:
            text = normalise_spelling(entry.value)
            self.excludes |= entry.rule.startswith(EXCLUDE)
            self.is_dated |= bool(entry.valid_from or entry.valid_to)
            if entry.rule == "prefix":
                self.prefixes.append((text, entry.code))
                continue
            level = (_UNCLEAR if entry.rule == AMBIGUOUS else _SHARED) if shared else _OF_SOURCE
            level = _DECIDED if entry.rule == REVIEWED else level
            rule = entry.rule or (SHARED if shared else MAP)
            line = Line(level, entry.valid_from, entry.valid_to, entry.code, rule, entry.value)
            self.lines.setdefault(text, []).append(line)

    def add_codes(self, codelist: Codelist, rule: str, kinds: Sequence[str]) -> None:
        """Add a way in which the codes of a list are written: `code`, `aliases`, an attribute, or `label`."""
        for code in codelist:
            for text in _written(code, rule) if code.kind in kinds else ():
                is_word = rule == "label"
                line = Line(
                    _LABELS if is_word else _CODES, code.valid_from, code.valid_to, code.code, rule,
                    code.label if is_word else text, is_word,
                )  # fmt: skip
                self.lines.setdefault(text, []).append(line)

    @cached_property
    def keys(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Texts by their close and by their loose keys."""
        tables: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
        for text in self.lines:
            for table, keys in zip(tables, (close_keys(text), loose_keys(text)), strict=True):
                for key in keys:
                    table.setdefault(key, []).append(text)
        return tables


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Same(Generic[T]):
    """An object as the key of a cache: the same as itself only, and kept as long as the cache holds it.

    Comparing thousands of lines by their content takes longer than what a cache of them saves.
    """

    one: T

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.one is other.one


def shared_index(entries: tuple[MapEntry, ...]) -> Index:
    """Lines that all packs share, made once: they are thousands, and many coders use them."""
    return _known_index(Same(entries))


@lru_cache(maxsize=128)
def _known_index(entries: Same[tuple[MapEntry, ...]]) -> Index:
    return _index_of(entries.one)


@lru_cache(maxsize=32)
def _index_of(entries: tuple[MapEntry, ...]) -> Index:
    index = Index()
    index.add(entries, shared=True)
    return index


class Lines:
    """All declared lines of a coder: its own, and those that it shares with others.

    Args:
        own: Lines of its source and of its list.
        shared: Lines that all packs share.
    """

    def __init__(self, own: Index, shared: Index) -> None:
        self._own, self._shared = own, shared
        self.prefixes = sorted((*own.prefixes, *shared.prefixes), key=lambda pair: -len(pair[0]))
        self.excludes = own.excludes or shared.excludes
        self.is_dated = own.is_dated or shared.is_dated

    def __contains__(self, text: object) -> bool:
        return text in self._own.lines or text in self._shared.lines

    def texts(self) -> list[str]:
        """Every declared text, after `normalise_spelling`."""
        return list(dict.fromkeys((*self._own.lines, *self._shared.lines)))

    def of(self, text: str) -> list[Line]:
        """The lines of a text in the order in which they are asked."""
        own, shared = self._own.lines.get(text, []), self._shared.lines.get(text, [])
        if own and shared:
            own = [_with_words_of(shared, line) for line in own]
        return sorted((*own, *shared), key=lambda line: line.level)

    def word(self, text: str) -> str:
        """A text as it is declared."""
        lines = self.of(text)
        return next((line.text for line in lines if line.is_word), lines[0].text)

    def is_dated_text(self, text: str) -> bool:
        """Whether what a text means may depend on the day."""
        return any(line.is_dated for line in self.of(text))

    def find(self, text: str, day: str) -> Found | None:
        """What a declared text says on a day; without one, a decision before others, and the latest line."""
        lines = self.of(text)
        if not day:
            lines.sort(key=lambda line: (line.level == _DECIDED, line.valid_to or "9999"), reverse=True)
        for line in lines:
            if not day or line.holds(day):
                return Found(line.code if line.code and line.rule != AMBIGUOUS else None, line.rule)
        return None

    def same_keys(self, text: str) -> list[str]:
        """Declared words with a key of a text, where all that has the key means the same.

        Codes have keys so that no word is taken for one of them, but are not found by them. A spelling may have keys
        in two orders of its words ("Secretaries (general)"); where one of them means something else ("Secretary
        general"), it is found by none.
        """
        for way, keys_of in enumerate((close_keys, loose_keys)):
            texts = self._with_keys(way, keys_of(text))
            if texts:
                every = self._with_keys(way, [key for one in texts for key in keys_of(one)])
                return self._if_one_meaning(texts) if len(every) == len(texts) or self._if_one_meaning(every) else []
        return []

    def _with_keys(self, way: int, keys: Iterable[str]) -> list[str]:
        both = (self._own.keys[way], self._shared.keys[way])
        return list(dict.fromkeys(one for key in keys for table in both for one in table.get(key, ())))

    def _if_one_meaning(self, texts: list[str]) -> list[str]:
        in_use = {text: _in_use(self.of(text)) for text in texts}
        meanings = {
            AMBIGUOUS if line.rule == AMBIGUOUS else line.code or line.rule
            for lines in in_use.values()
            for line in lines
        }
        if len(meanings) > 1 or next(iter(meanings)).startswith(EXCLUDE):
            return []
        words = [text for text, lines in in_use.items() if any(line.is_word for line in lines)]
        # what holds on every day first
        return sorted(words, key=self.is_dated_text)


def holds(valid_from: str, valid_to: str, day: str) -> bool:
    """Whether something holds on a day (ISO 8601); an empty end is open."""
    return (not valid_from or valid_from <= day) and (not valid_to or day <= valid_to)


def without_zeros(text: str) -> str | None:
    """A number that begins with zeros without them; none for any other text."""
    return text.lstrip("0") or "0" if len(text) > 1 and text[0] == "0" and text.isdigit() else None


def _with_words_of(shared: Sequence[Line], line: Line) -> Line:
    """A line of a map that has no word of its own takes that of a shared line that says the same: `former`."""
    if line.rule not in (MAP, NOT_STATED):
        return line
    words = (other.rule for other in shared if other.code == line.code and other.rule not in (SHARED, AMBIGUOUS))
    return line._replace(rule=next(words, line.rule))


def _in_use(lines: Sequence[Line]) -> list[Line]:
    """Lines that may be asked on some day: none after the first without dates."""
    end = next((place for place, line in enumerate(lines, start=1) if not line.is_dated), len(lines))
    return list(lines[:end])


def _written(code: Code, rule: str) -> list[str]:
    """The texts by which a code is written: itself, its label, earlier codes, or an attribute that is a code."""
    if rule == "aliases":
        texts = code.attributes.get("aliases", "").split()
    else:
        texts = [code.code if rule == "code" else code.label if rule == "label" else code.attributes.get(rule, "")]
    folded = [normalise_spelling(text) for text in texts]
    # numbers lose the zeros that they begin with, in spreadsheets
    plain = [found for text in folded if rule not in ("code", "label") and (found := without_zeros(text))]
    return [text for text in (*folded, *plain) if text]
