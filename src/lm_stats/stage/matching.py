"""Headings that changed: which column holds which concept, with what speaks for it, or what is to be asked.

A heading counts first as it is declared, then as people confirmed it for the source, then as offices anywhere use
it; a heading that is spelled nearly like one of these, or may mean several things, counts only together with cells
that look like the concept. Cells alone never say what a column is. Each concept is one column and each column one
concept, and where anything is left that may be meant as well, somebody is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lm_stats.spec import Concept, Record, Source
from lm_stats.stage.evidence import Fit, Judge
from lm_stats.stage.layout import Header, Place
from lm_stats.stage.tables import column_letters
from lm_stats.stage.vocabulary import NOTHING_KNOWN, Meaning, Slot, Vocabulary, find_titles
from lm_stats.stage.wording import fold_heading


@dataclass(frozen=True)
class Table:
    """A table as it is matched.

    Attributes:
        header: Its header, with the columns that are declared.
        levels: By column, the texts of its heading from the uppermost to the lowest level.
        filled: Whether each column holds anything below.
    """

    header: Header
    levels: Sequence[Sequence[str]]
    filled: Sequence[bool]


@dataclass(frozen=True)
class Match:
    """What was found out about the columns of a table.

    Attributes:
        record: Type of rows.
        view: The source, as it stands for it.
        header: The header, with every column that is certain.
        how: By column, what speaks for what it was taken for, or why it was not taken; declared ones left out.
        slots: By column, what it is, or may be where that is asked.
        doubts: What is not certain, in words; empty where nothing is to be asked.
        absent: Whether concepts are missing that no column can be.
        known: Number of columns whose headings are known.
    """

    record: Record
    view: Source
    header: Header
    how: Mapping[int, str] = field(default_factory=dict)
    slots: Mapping[int, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    absent: bool = False
    known: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether every expected concept has its column."""
        return not self.doubts and not self.absent


def match(table: Table, view: Source, record: Record, vocabulary: Vocabulary, judge: Judge,
          concepts: Mapping[str, Concept]) -> Match:
    """Match the columns of a table to the concepts that are not found by declared headings.

    Args:
        table: The table.
        view: The source, as it stands for the rows.
        record: Their type.
        vocabulary: What headings mean for them.
        judge: What the cells look like.
        concepts: Concepts by id.
    """  # fmt: skip
    return _Matching(table, view, record, vocabulary, judge, concepts).result()


class _Matching:
    """The assignment of the columns of one table, while it is made."""

    def __init__(
        self,
        table: Table,
        view: Source,
        record: Record,
        vocabulary: Vocabulary,
        judge: Judge,
        concepts: Mapping[str, Concept],
    ) -> None:
        self._header, self._filled = table.header, table.filled
        self._view, self._record, self._vocabulary, self._judge = view, record, vocabulary, judge
        self._concepts = concepts
        titles = find_titles(table.levels)
        named = [[text for text in column if text] for column in table.levels]
        self._texts = [[t for t in column[:-1] if t not in titles] + column[-1:] for column in named]
        declared = [c for c in view.columns if c in record.concepts]
        needed = self._header.missing(view, record)
        # what is always delivered is asked about as well where a text of its own stands for empty cells
        always = [c for c in declared if c not in self._header.columns and c not in view.optional]
        self._needed = frozenset([*needed, *always])
        expected = dict.fromkeys([*needed, *(c for c in declared if c not in self._header.columns)])
        self._wanted = {slot: None for concept in expected for slot in vocabulary.slots_of(concept)}
        self._expected = frozenset(expected)
        self._free = [
            column
            for column, texts in enumerate(self._texts)
            if column not in self._header.taken and not any(column in c for c in self._header.repeated.values())
        ]
        self._meaning = {c: vocabulary.read(self._texts[c]) if self._texts[c] else NOTHING_KNOWN for c in self._free}
        self._taken: dict[Slot, int] = self._parts_found()
        self._how: dict[int, str] = {}
        self._by_content: set[Slot] = set()
        self._other: set[int] = set()
        self._doubts: dict[str, None] = {}
        self._in_doubt: list[int] = []
        self._asked: dict[int, Slot] = {}

    def _parts_found(self) -> dict[Slot, int]:
        """Declared columns of values that are made up of several, of which others are not found."""
        used = {c for places in self._header.columns.values() for place in places for c in place}
        found: dict[Slot, int] = {}
        for column in self._header.taken - used:
            slots = self._vocabulary.read(self._texts[column]).slots
            if len(slots) == 1 and slots[0].part and slots[0] in self._wanted:
                found[slots[0]] = column
        return found

    def result(self) -> Match:
        """The assignment."""
        self._take_known()
        self._take_near()
        while self._take_last_left():
            pass
        header = self._new_header()
        still = header.missing(self._view, self._record)
        left = [c for c in self._free if self._filled[c] and c not in self._how and c not in self._other]
        for concept in dict.fromkeys([*still, *sorted(self._needed - set(header.columns))]):
            rivals = [c for c in left if self._may_be(c, concept)]
            rivals += [c for c in self._known_twice(header) if self._judge.fit(c, concept).is_like]
            if rivals:
                self._doubt(concept, rivals)
                fitting = [c for c in rivals if self._judge.fit(c, concept).is_like and self._may_propose(c)]
                slot = next((s for s in self._vocabulary.slots_of(concept) if s not in self._taken), Slot(concept))
                if len(fitting) == 1 and fitting[0] not in self._asked:
                    self._asked[fitting[0]] = slot
        self._look_for_rivals(left)
        self._look_at_groups()
        for heading, columns in self._header.repeated.items():
            self._doubts[f"the heading of columns {_listed(columns)} stands over each of them"] = None
            own = [s for s in self._vocabulary.read([heading]).slots if s.concept in self._view.columns]
            if len(own) == 1:
                self._asked.setdefault(columns[0], own[0])
        slots = {column: str(slot) for column, slot in self._asked.items()}
        slots |= {column: str(slot) for slot, column in self._taken.items()}
        for concept, places in self._header.columns.items():
            # of an old and a new heading the newer one is meant where somebody is asked
            for column, name in _slots_of(concept, places[:1]).items():
                slots[column] = f"{slots[column]} {name}" if column in slots else name
        how = dict(self._how)
        for column in self._in_doubt:
            # nothing is proposed that would be confirmed without a look
            how[column] = f"unclear: may be {slots.pop(column, '')}, but its group stands over headings of another"
        for column in left:
            how.setdefault(column, self._say_unclear(column))
            candidates = [str(slot) for slot in self._meaning[column].slots if slot.concept in self._expected]
            if candidates and slots.get(column, candidates[0]) not in candidates:
                # its cells would do, but its heading is known for something else
                del slots[column]
        known = len(self._header.taken) + sum(1 for m in self._meaning.values() if m.how in ("known", "other"))
        doubts = tuple(self._doubts)
        absent = not doubts and bool(still)
        return Match(self._record, self._view, header, how, slots, doubts, absent, known)

    def _known_twice(self, header: Header) -> list[int]:
        """Filled columns left out because what their heading is known for has its column already."""
        return [
            column
            for column in sorted(self._other)
            if self._filled[column] and any(slot.concept in header.columns for slot in self._meaning[column].slots)
        ]

    def _may_propose(self, column: int) -> bool:
        """Whether nothing is known of a heading, or it may mean something that is taken."""
        meaning = self._meaning[column]
        return meaning.how != "unsure" or bool(meaning.slots)

    def _take_known(self) -> None:
        claims: dict[Slot, list[int]] = {}
        for column, meaning in self._meaning.items():
            if meaning.how == "other":
                self._other.add(column)
            if meaning.how != "known":
                continue
            (slot,) = meaning.slots
            if slot in self._wanted:
                claims.setdefault(slot, []).append(column)
            elif slot.concept in self._expected:
                # one column where several are declared, or the other way round
                self._meaning[column] = Meaning("unsure", meaning.slots, meaning.why)
            else:
                self._other.add(column)
        for slot, columns in claims.items():
            live = [column for column in columns if self._filled[column]] or columns[:1]
            self._other |= set(columns) - set(live)
            fits = [self._fit(column, slot) for column in live]
            if len(live) == 1 and fits[0].is_like is not False:
                self._take(slot, live[0], self._meaning[live[0]].why, fits[0])
                continue
            for column in live:
                self._meaning[column] = Meaning("unsure", (slot,), alone=False)
            self._doubt(slot.concept, live)
            if fits[0].is_like is not False:
                self._asked[live[0]] = slot

    def _take_near(self) -> None:
        claims: dict[Slot, list[tuple[int, str]]] = {}
        for column, meaning in self._meaning.items():
            if meaning.how != "none" or not self._texts[column]:
                continue
            near = self._vocabulary.near(self._texts[column])
            slots = near.slots
            if near.how == "known" and slots[0].concept not in self._expected:
                self._other.add(column)
            elif slots:
                self._meaning[column] = Meaning("unsure", slots, alone=False)
                if near.how == "known" and self._filled[column]:
                    claims.setdefault(slots[0], []).append((column, near.why))
        for slot, found in claims.items():
            columns = [column for column, _ in found]
            if slot in self._taken:
                self._doubt(slot.concept, [self._taken[slot], *columns])
            elif len(found) > 1:
                self._doubt(slot.concept, columns)
            elif slot in self._wanted and (fit := self._fit(columns[0], slot)).is_like:
                self._take(slot, columns[0], found[0][1], fit)
                self._by_content.add(slot)
            else:
                self._asked[columns[0]] = slot

    def _take_last_left(self) -> bool:
        """Take a heading that may mean several things for the only one of them that has no column yet."""
        given = {*self._header.columns, *(slot.concept for slot in self._taken)}
        claims: dict[Slot, list[tuple[int, Fit]]] = {}
        for column, meaning in self._meaning.items():
            if meaning.how != "unsure" or not meaning.alone or column in self._how or not self._filled[column]:
                continue
            left = [slot for slot in meaning.slots if slot.concept not in given]
            left = [slot for slot in left if self._fit(column, slot).is_like is not False]
            if len(left) == 1:
                claims.setdefault(left[0], []).append((column, self._fit(column, left[0])))
        for slot, found in claims.items():
            column, fit = found[0]
            if len(found) == 1 and slot in self._wanted and fit.is_like and self._is_told_by_cells(slot):
                heading = self._texts[column][-1]
                why = f"heading '{heading}' may mean several things, of which the others have their columns"
                self._take(slot, column, why, fit)
                self._by_content.add(slot)
                return True
        return False

    def _is_told_by_cells(self, slot: Slot) -> bool:
        """Whether cells can tell a concept from others; numbers and dates tell nothing of what they are of."""
        concept = self._concepts[slot.concept]
        return bool(concept.codelist or concept.identifier) and not slot.part

    def _fit(self, column: int, slot: Slot) -> Fit:
        return self._judge.fit(column, slot.concept, bool(slot.part))

    def _take(self, slot: Slot, column: int, why: str, fit: Fit) -> None:
        self._taken[slot] = column
        self._how[column] = "matched: " + "; ".join(text for text in (why, fit.why if fit.is_like else "") if text)

    def _doubt(self, concept: str, columns: Sequence[int]) -> None:
        if concept in self._needed:
            self._doubts[f"{concept} may be column {_listed(columns, 'or')}"] = None

    def _may_be(self, column: int, concept: str) -> bool:
        """Whether a column that is left may hold a concept."""
        given = {*self._header.columns, *(slot.concept for slot in self._taken)}
        # what it may mean and has no column yet; a heading whose meanings all have one says nothing
        left = [slot.concept for slot in self._meaning[column].slots if slot.concept not in given]
        if self._meaning[column].how == "unsure" and left and concept not in left:
            return False
        parts = self._vocabulary.slots_of(concept)
        return self._judge.fit(column, concept, len(parts) > 1).is_like is not False

    def _look_for_rivals(self, left: Sequence[int]) -> None:
        """Ask where a column is left that may as well be what another was taken for."""
        for slot, taken in self._taken.items():
            concept = self._concepts[slot.concept]
            is_order = concept.type == "date" and not concept.identifier
            if slot.concept not in self._needed or not (is_order or slot in self._by_content):
                continue
            rivals = [
                c
                for c in left
                if self._texts[c] and self._may_be(c, slot.concept) and (not is_order or self._fit(c, slot).is_like)
            ]
            if rivals:
                self._doubt(slot.concept, [taken, *rivals])

    def _look_at_groups(self) -> None:
        """Ask where a group stands over headings of another: then its own headings may be those of another as well."""
        moved = {
            fold_heading(group)
            for column, meaning in self._meaning.items()
            if meaning.moved and self._filled[column]
            for group in self._texts[column][:-1]
        }
        if not moved:
            return
        for column, texts in enumerate(self._texts):
            if len(texts) < 2 or not any(fold_heading(group) in moved for group in texts[:-1]):
                continue
            alone = self._vocabulary.read(texts[-1:])
            if alone.how != "known" and (column in self._header.taken or column in self._how):
                said = f"column {column_letters(column)} stands under a heading that is declared for others"
                self._doubts[said] = None
                self._in_doubt.append(column)

    def _new_header(self) -> Header:
        columns = dict(self._header.columns)
        for concept in self._expected:
            slots = self._vocabulary.slots_of(concept)
            if concept not in columns and all(slot in self._taken for slot in slots):
                columns[concept] = (tuple(self._taken[slot] for slot in slots),)
        used = {column for places in columns.values() for place in places for column in place}
        return replace(self._header, columns=columns, taken=self._header.taken | used)

    def _say_unclear(self, column: int) -> str:
        slots = [slot for slot in self._meaning[column].slots if slot.concept in self._expected]
        if slots:
            return "unclear: may be " + ", ".join(map(str, slots))
        like = [c for c in sorted(self._needed) if self._judge.fit(column, c).is_like]
        return "unclear: by its cells it may be " + ", ".join(like) if like else "unclear"


def _slots_of(concept: str, places: Sequence[Place]) -> dict[int, str]:
    return {
        column: str(Slot(concept, number if len(place) > 1 else 0))
        for place in places
        for number, column in enumerate(place, start=1)
    }


def _listed(columns: Sequence[int], last: str = "and") -> str:
    letters = [column_letters(column) for column in columns]
    return letters[0] if len(letters) == 1 else f"{', '.join(letters[:-1])} {last} {letters[-1]}"
