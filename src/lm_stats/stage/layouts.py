"""Which layout a sheet has: the declared one, one that people confirmed, one that matches, or one to ask about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from lm_stats.compile.coder import Coder
from lm_stats.handover import LayoutFound, LayoutProposal
from lm_stats.spec import Concept, MapEntry, Problem, Record, Source
from lm_stats.stage.confirmed import Confirmed, layout_key, written
from lm_stats.stage.evidence import SAMPLE, Judge, Profile, look_at
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.layout import (
    Header,
    describe_difference,
    describe_repeats,
    is_data_text,
    list_headers,
    may_be_shown,
    name_header,
    without_empty_repeats,
)
from lm_stats.stage.matching import Match, Table, match
from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.tables import column_letters, column_of
from lm_stats.stage.vocabulary import Vocabulary, find_titles
from lm_stats.stage.wording import fold_heading, shown

# headings that have to be known, or columns of dates and numbers under texts, before a row is taken for headings
_CERTAIN = 2
_LOOKED_AT = 4 * SAMPLE
# formats whose columns can be read a second time without reading others
_READ_AGAIN = ("stata", "spss", "parquet")


@dataclass(frozen=True)
class Question:
    """What is to be asked about a sheet.

    Attributes:
        problem: What differs, and what is not certain.
        proposal: What the columns may be.
        is_likely: Whether the sheet holds records for certain.
    """

    problem: Problem
    proposal: LayoutProposal
    is_likely: bool


@dataclass
class Layouts:
    """Finds layouts, and remembers what was found.

    Attributes:
        views: The types of rows, each with the source as it stands for it.
        concepts: Concepts by id.
        coders: Coders by type of rows and concept.
        headings: Lines of the shared vocabulary of headings; without any nothing is matched by itself.
        confirmed: Layouts that people confirmed.
        found: What each column was taken for.
    """

    views: Sequence[tuple[Record, Source]]
    concepts: Mapping[str, Concept]
    coders: Mapping[str, Mapping[str, Coder]]
    headings: Sequence[MapEntry] = ()
    confirmed: Sequence[Confirmed] = ()
    found: list[LayoutFound] = field(default_factory=list)

    @cached_property
    def _vocabularies(self) -> dict[str, Vocabulary]:
        history = [line for one in self.confirmed for line in one.history]
        return {record.id: Vocabulary(view, record, self.headings, history) for record, view in self.views}

    def of_sheet(self, file: str, where: str, sheet: Sheet) -> Match | Question | None:
        """The layout of a sheet whose declared headings are not all there, each once.

        Args:
            file: Name of the file.
            where: File and sheet, for messages.
            sheet: The sheet, or its first rows.

        Returns:
            The match where every column is certain, or where only columns that are not there are missing; what is to
            be asked; or none where nothing more is known of the sheet than before.
        """
        ends = _ends_of(sheet)
        if (decided := self._decided(sheet, ends)) is not None:
            return decided
        matches: list[tuple[Match, Table]] = []
        for record, view in self.views:
            table = self._find_table(sheet, view, record, ends)
            if table is None or not may_be_shown(table.header.unexpected()):
                continue
            cells = _Cells(sheet, table.header.bottom)
            judge = Judge(cells.profiles(table), view, self.concepts, self.coders.get(record.id, {}))
            matches.append((match(table, view, record, self._vocabularies[record.id], judge, self.concepts), table))
        return self._choose(file, where, sheet.name, matches)

    def of_complete(
        self, file: str, where: str, sheet: Sheet, record: Record, view: Source, header: Header
    ) -> Match | Question | None:
        """A second look at a sheet whose declared headings are all there, but for what has a text of its own.

        What has a text of its own where it is empty is better found than filled in; and the cells of a column may
        stand beside its heading.

        Args:
            file: Name of the file.
            where: File and sheet, for messages.
            sheet: The sheet, or its first rows.
            record: The type of rows.
            view: The source, as it stands for them.
            header: The header as declared.

        Returns:
            The match where it is certain, what is to be asked, or none where the header stands as it is.
        """
        ends = _ends_of(sheet)
        filled = [end >= header.bottom for end in ends]
        beside = _find_beside(filled, header, view, record)
        is_left = header.unexpected() or any(full and not name for full, name in zip(filled, header.names, strict=True))
        if not beside and not (header.lacks_declared(view, record) and is_left):
            return None
        if not beside:
            found = self.of_sheet(file, where, sheet)
            is_better = isinstance(found, Question) or (found and found.is_certain and found.record is record)
            return found if is_better else None
        if (decided := self._decided(sheet, ends)) is not None:
            return decided
        levels = [[text for text in name.split(" / ") if text] for name in header.names]
        table = Table(header, levels, filled)
        profiles = _Cells(sheet, header.bottom).profiles(table)
        judge = Judge(profiles, view, self.concepts, self.coders.get(record.id, {}))
        slots, how, doubts = _places(header), dict[int, str](), []
        for column, (other, concept) in beside.items():
            if judge.fit(column, concept).is_like is False:
                continue
            letters = column_letters(other)
            doubts.append(
                f"{concept} may be column {column_letters(column)}, which has no heading: column {letters} beside it, "
                "which has it, is empty"
            )
            how[column], how[other] = f"unclear: column {letters} beside it is empty", "unclear: empty"
            slots.pop(other, None)
            slots[column] = concept
        if not doubts:
            return None
        match = Match(record, view, header, how, slots, tuple(doubts), known=len(header.taken))
        return self._choose(file, where, sheet.name, [(match, table)])

    def of_labelled(
        self, where: str, file: Labelled, views: Sequence[tuple[Record, Source]]
    ) -> Match | Question | None:
        """The layout of a table that names its columns itself, where declared names are not all there.

        Args:
            where: File and type of records, for messages.
            file: The table.
            views: The types of rows that it may hold.
        """
        filled = [True] * len(file.names)
        matches = []
        for record, view in views:
            header = name_header(file.names, file.titles, view, record)
            for one in self.confirmed:
                decided = one.header(header, filled, record)
                if decided is not None and not decided.missing(view, record):
                    return _decided_match(record, view, decided)
                if decided is not None and len(views) == 1:
                    # somebody has said that it is not there: that is not asked again
                    return replace(_decided_match(record, view, decided), absent=True)
            vocabulary = self._vocabularies[record.id]
            levels = [
                [name if vocabulary.score([name]) or not vocabulary.score([title]) else title]
                for name, title in zip(file.names, file.titles, strict=True)
            ]
            table = Table(header, levels, filled)
            profiles = {}
            if file.form in _READ_AGAIN:
                asked = [c for c, text in enumerate(levels) if c not in header.taken][: 2 * SAMPLE]
                slab = next(iter(file.slabs([file.names[c] for c in asked], {})), None)
                for column in asked if slab is not None else ():
                    cells = slab.cells[file.names[column]] if slab is not None else None
                    if cells is not None:
                        texts = [*cells.texts, None]
                        labels = [*(cells.labels or cells.texts), None]
                        codes = cells.places[:SAMPLE].tolist()
                        profiles[column] = look_at([labels[code] or texts[code] for code in codes])
            judge = Judge(profiles, view, self.concepts, self.coders.get(record.id, {}))
            matches.append((match(table, view, record, vocabulary, judge, self.concepts), table))
        return self._choose(file.path.name, where, file.sheet, matches)

    def note(self, file: str, sheet: str, source: Source, header: Header, how: Mapping[int, str]) -> None:
        """Remember what the columns of a sheet were taken for."""
        self.found += _lines(file, sheet, source, header, _places(header), how)

    def _decided(self, sheet: Sheet, ends: Sequence[int]) -> Match | None:
        if not self.confirmed:
            return None
        without: Match | None = None
        for record, view in self.views:
            for header, _ in list_headers(sheet, view, record):
                filled = [end >= header.bottom for end in ends]
                for one in self.confirmed:
                    decided = one.header(header, filled, record)
                    if decided is None:
                        continue
                    if not decided.missing(view, record):
                        return _decided_match(record, view, decided)
                    # somebody has said that it is not there: that is not asked again
                    without = without or replace(_decided_match(record, view, decided), absent=True)
        return without

    def _find_table(self, sheet: Sheet, view: Source, record: Record, ends: Sequence[int]) -> Table | None:
        """The rows that are most likely the headings: by what is known of them, else by their shape."""
        vocabulary = self._vocabularies[record.id]
        best: tuple[tuple[float, int, int], Header, list[list[str]]] | None = None
        for header, levels in list_headers(sheet, view, record):
            if sum(1 for name in header.names if name) < _CERTAIN:
                continue
            titles = find_titles(levels)
            # a heading that stands twice says no more than once
            scores: dict[str, float] = {}
            for column, found in enumerate(levels):
                if texts := [text for text in found if text]:
                    read = [text for text in texts[:-1] if text not in titles] + texts[-1:]
                    score = 1.0 if column in header.taken else vocabulary.score(read)
                    scores[header.names[column]] = max(score, scores.get(header.names[column], 0.0))
            key = (sum(scores.values()), -header.height, -header.top)
            if best is None or key > best[0]:
                best = key, header, levels
        if best is None or best[0][0] < _CERTAIN:
            by_shape = _find_by_shape(sheet, view, record)
            if by_shape is None:
                return None
            header, levels = by_shape
        else:
            _, header, levels = best
        filled = [end >= header.bottom for end in ends]
        header = without_empty_repeats(header, filled, view, record)
        return Table(header, levels, filled)

    def _choose(
        self, file: str, where: str, sheet: str, matches: Sequence[tuple[Match, Table]]
    ) -> Match | Question | None:
        certain = [found for found, _ in matches if found.is_certain]
        if len(certain) == 1:
            return certain[0]
        if not matches:
            return None

        def near(found: tuple[Match, Table]) -> tuple[int, int]:
            one = found[0]
            return len(one.header.columns), -len(one.header.missing(one.view, one.record))

        best, table = max(matches, key=near)
        is_likely = 2 * best.known >= len(best.view.columns) or (
            best.known > _CERTAIN and best.header.looks_like_data(best.view, best.record)
        )
        if best.absent and not certain:
            return best if is_likely else None
        doubts = best.doubts or ("the headings are those of several types of rows",)
        lines = _lines(file, sheet, best.view, best.header, best.slots, best.how)
        lines = [line for line in lines if line.heading or table.filled[column_of(line.column)]]
        key = layout_key(table.header.names, table.filled)
        said = [
            problem.what
            for problem in (
                *describe_repeats(where, table.header, best.view),
                *describe_difference(where, table.header, best.view, best.record),
            )
        ]
        what = "; ".join([*said, "it is not certain which column holds what: " + "; ".join(doubts)])
        do = (
            f"If the office has renamed a heading, add the new one in front in the pack of {best.view.ref_area}, "
            f"source {best.view.id}, columns; otherwise ask the office for the complete file."
        )
        proposal = LayoutProposal(best.view.id, key, tuple(lines))
        return Question(Problem(where, what, do), proposal, is_likely)


def describe_match(where: str, found: Match) -> list[Problem]:
    """Say which headings were matched to which concepts, where that was not by declaration."""
    matched = [
        f"'{shown(found.header.names[column])}' -> {found.slots[column]}"
        for column, how in sorted(found.how.items())
        if how.startswith("matched")
    ]
    if not matched:
        return []
    do = (
        f"If that is right, add the headings in front in source {found.view.id}, columns; if not, declare them as "
        "ignored there."
    )
    return [Problem(where, f"headings changed and were matched: {', '.join(matched)}", do)]


def _decided_match(record: Record, view: Source, header: Header) -> Match:
    slots = _places(header)
    return Match(record, view, header, dict.fromkeys(slots, "decided"), slots)


def _places(header: Header) -> dict[int, str]:
    found: dict[int, str] = {}
    for concept, places in header.columns.items():
        for place in places:
            for number, column in enumerate(place, start=1):
                name = f"{concept}/{number}" if len(place) > 1 else concept
                found[column] = f"{found[column]} {name}" if column in found else name
    return found


def _lines(
    file: str, sheet: str, source: Source, header: Header, slots: Mapping[int, str], how: Mapping[int, str]
) -> list[LayoutFound]:
    newest = {
        part: number == 0
        for headings in source.columns.values()
        for number, heading in reversed([*enumerate(headings)])
        for part in map(fold_heading, heading.split(" + "))
    }
    is_shown = may_be_shown(header.unexpected())
    lines = []
    for column, name in enumerate(header.names):
        concept = slots.get(column, "")
        said = how.get(column, "")
        if not said and concept:
            folded = fold_heading(name)
            is_new = newest.get(folded, newest.get(folded.rpartition(" / ")[2], True))
            said = "declared" if is_new else "old heading"
        elif not said:
            said = "ignored" if column in header.taken else "not declared"
        heading = written(name) if name and (is_shown or column in header.taken) else ""
        if name or concept or column in how:
            lines.append(LayoutFound(file, sheet, column_letters(column), heading, concept, said))
    return lines


def _find_beside(filled: Sequence[bool], header: Header, view: Source, record: Record) -> dict[int, tuple[int, str]]:
    """Filled columns without a heading beside empty ones that are always delivered, with these and their concepts."""
    found: dict[int, tuple[int, str]] = {}
    for concept, places in header.columns.items():
        columns = [column for place in places for column in place]
        is_always = concept in record.required or concept not in view.optional
        if not is_always or len(columns) != 1 or filled[columns[0]]:
            continue
        for column in (columns[0] - 1, columns[0] + 1):
            if not 0 <= column < len(header.names) or not filled[column] or column in header.taken:
                continue
            # a group may stand over it as well
            if not header.names[column] or header.names[columns[0]].startswith(f"{header.names[column]} / "):
                found.setdefault(column, (columns[0], concept))
    return found


def _ends_of(sheet: Sheet) -> list[int]:
    """Index of the last row in which each column holds anything; -1 where none does."""
    width = max((len(row) for row in sheet.rows), default=0)
    ends = [-1] * width
    left = set(range(width))
    for place in range(len(sheet.rows) - 1, -1, -1):
        row = sheet.rows[place]
        for column in [c for c in left if c < len(row) and _is_filled(row[c])]:
            ends[column] = place
            left.discard(column)
        if not left:
            break
    return ends


def _is_filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else True


@dataclass(frozen=True)
class _Cells:
    """The first rows of a sheet below its header."""

    sheet: Sheet
    bottom: int

    def profiles(self, table: Table) -> dict[int, Profile]:
        rows = self.sheet.rows[self.bottom : self.bottom + _LOOKED_AT]
        return {column: look_at([row[column] for row in rows]) for column, full in enumerate(table.filled) if full}


def _find_by_shape(sheet: Sheet, view: Source, record: Record) -> tuple[Header, list[list[str]]] | None:
    """A row of different texts with columns of dates and numbers below: headings, although none is known."""
    best: tuple[int, Header, list[list[str]]] | None = None
    for header, levels in list_headers(sheet, view, record):
        if header.height > 1:
            continue
        names = [name for name in header.names if name]
        if len(names) <= _CERTAIN or len(set(names)) < len(names) or any(map(is_data_text, names)):
            continue
        below = sheet.rows[header.bottom : header.bottom + 20]
        count = sum(1 for column, name in enumerate(header.names) if name and _is_data([row[column] for row in below]))
        if count >= _CERTAIN and (best is None or count > best[0]):
            best = count, header, levels
    return best[1:] if best else None


def _is_data(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if _is_filled(cell)]
    data = sum(1 for cell in filled if not isinstance(cell, str) or is_data_text(cell.strip()))
    return bool(filled) and data >= 0.8 * len(filled)
