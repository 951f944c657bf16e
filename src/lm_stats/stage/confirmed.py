"""Layouts that people confirmed: files that say of every column of a sheet what it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lm_stats.compile.decided import read_day, read_decided
from lm_stats.compile.spreadsheet import neutralise
from lm_stats.handover import LAYOUT_COLUMNS
from lm_stats.spec import Kind, Problem, Record
from lm_stats.stage.layout import Header, Place
from lm_stats.stage.tables import column_letters
from lm_stats.stage.wording import fold_heading, shown

CONFIRMED_COLUMNS = (*LAYOUT_COLUMNS, "decided_by", "decided_on")
NOT_SHOWN = "(not shown)"
_NAME = re.compile(r"layout_.+_([0-9a-f]{8})\.csv")
_CONCEPT = re.compile(r"([a-z0-9_]+)(?:/([1-9]))?")


def written(heading: str) -> str:
    """A heading as it stands in files for people, whole; none that holds a long number or runs in a spreadsheet."""
    plain = neutralise(" ".join(heading.split()))
    return NOT_SHOWN if shown(plain[:50]).startswith("(not shown") or shown(plain[-50:]).startswith("(not") else plain


def layout_key(names: Sequence[str], filled: Sequence[bool]) -> str:
    """What stands for the headings of a sheet: the same in whatever order, where each tells its column.

    Where headings stand twice, or a column that holds something has none, columns are told apart by their place, and
    the order counts.

    Args:
        names: Full headings of the columns; empty where a column has none.
        filled: Whether each column holds anything.
    """
    if _is_told_by_heading(names, filled):
        texts = sorted(fold_heading(name) for name in names if name)
    else:
        texts = [fold_heading(name) for name in names]
        while texts and not texts[-1] and not filled[len(texts) - 1]:
            texts.pop()
        texts.insert(0, "in this order")
    return hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()[:8]


def _is_told_by_heading(names: Sequence[str], filled: Sequence[bool]) -> bool:
    folded = [fold_heading(written(name)) for name in names if name]
    is_named = all(name or not full for name, full in zip(names, filled, strict=True))
    return is_named and len(set(folded)) == len(folded) and fold_heading(NOT_SHOWN) not in folded


@dataclass(frozen=True)
class Confirmed:
    """A layout that somebody confirmed.

    Attributes:
        key: What stands for its headings.
        lines: Letters of the column, heading and concept (or `<concept>/<part>`) of those that have a concept; a line
            for each where a column is several (the day of filing in the number of a case).
        ignored: Headings of those that have none.
    """

    key: str
    lines: tuple[tuple[str, str, str], ...]
    ignored: tuple[str, ...]

    @property
    def history(self) -> list[tuple[str, str]]:
        """Headings with their concepts, of those that tell their column."""
        headings = [fold_heading(heading) for _, heading in {(letters, h) for letters, h, _ in self.lines}]
        headings += [fold_heading(heading) for heading in self.ignored]
        return [
            (heading, concept)
            for _, heading, concept in self.lines
            if heading and heading != NOT_SHOWN and headings.count(fold_heading(heading)) == 1
        ]

    def header(self, header: Header, filled: Sequence[bool], record: Record) -> Header | None:
        """The header as it was confirmed, or none where this is the layout of other headings or rows.

        Args:
            header: Headings of a sheet.
            filled: Whether its columns hold anything.
            record: The type of rows.
        """
        if layout_key(header.names, filled) != self.key:
            return None
        if _is_told_by_heading(header.names, filled):
            places = {fold_heading(written(name)): column for column, name in enumerate(header.names) if name}
        else:
            places = {column_letters(column): column for column in range(len(header.names))}
        by_heading = _is_told_by_heading(header.names, filled)
        found: dict[str, dict[int, int]] = {}
        for letters, heading, text in self.lines:
            concept, _, part = text.partition("/")
            column = places.get(fold_heading(heading) if by_heading else letters)
            if column is None or concept not in record.concepts:
                return None
            found.setdefault(concept, {})[int(part or 0)] = column
        columns: dict[str, tuple[Place, ...]] = {
            concept: (tuple(parts[number] for number in sorted(parts)),) for concept, parts in found.items()
        }
        named = frozenset(column for column, name in enumerate(header.names) if name)
        return replace(header, columns=columns, taken=named, repeated={}, vague=())


def read_layouts(paths: Sequence[Path], kind: Kind) -> tuple[list[Confirmed], list[Problem]]:
    """Layouts that people confirmed.

    A file in which nobody has decided anything yet is a question that waits, and neither counts nor is wrong.

    Args:
        paths: CSV files with the columns of `CONFIRMED_COLUMNS`; files that do not exist are passed over.
        kind: The kind of delivery.

    Returns:
        The layouts, and what is wrong with lines of files that therefore do not count.
    """
    found: list[Confirmed] = []
    problems: list[Problem] = []
    for path in paths:
        name = _NAME.fullmatch(path.name)
        if name is None or not path.exists():
            continue
        # the folder of the sender says whose decisions these are
        where = "/".join(path.parts[-3:])
        lines, broken = read_decided(path, CONFIRMED_COLUMNS)
        problems += broken
        # a line that is not there leaves a column out
        if any(problem.where != where for problem in broken):
            continue
        if not any(line["decided_by"] or line["decided_on"] for _, line in lines):
            continue
        if wrong := list(_wrong(lines, kind)):
            number, what, do = wrong[0]
            more = f" ({len(wrong) - 1} more are to be said of it)" if len(wrong) > 1 else ""
            problems.append(Problem(f"{where}, line {number}", what + more, do))
            continue
        taken = tuple((line["column"], line["heading"], t) for _, line in lines for t in line["concept"].split())
        found.append(Confirmed(name[1], taken, tuple(line["heading"] for _, line in lines if not line["concept"])))
    return found, problems


def _wrong(lines: Sequence[tuple[int, Mapping[str, str]]], kind: Kind) -> Iterator[tuple[int, str, str]]:
    seen: dict[str, int] = {}
    parts: dict[str, list[tuple[int, int]]] = {}
    again = "the file does not count"
    named = [(number, line, text) for number, line in lines for text in line["concept"].split()]
    for number, line, text in named:
        match = _CONCEPT.fullmatch(text)
        if match is None or match[1] not in kind.concepts:
            what = f"the text in the column concept is no concept of {kind.id}; {again}"
            yield number, what, f"Write one of these: {', '.join(kind.concepts)}."
            continue
        other = seen.get(text, seen.get(match[1]) if match[2] else None)
        if other is not None:
            what = f"the concept {match[1]} stands in line {other} as well; {again}"
            yield number, what, "Leave it in one of them; parts of one value are written <concept>/1, <concept>/2."
        seen.setdefault(text, number)
        if match[2]:
            parts.setdefault(match[1], []).append((int(match[2]), number))
        if not line["decided_by"]:
            yield number, f"decided_by is empty; {again}", "Write who decided into every line that has a concept."
        if not read_day(line["decided_on"]):
            yield number, f"decided_on is no date; {again}", "Write it as 2026-11-22."
    for concept, found in parts.items():
        if sorted(part for part, _ in found) != [*range(1, len(found) + 1)] or len(found) < 2:
            what = f"the parts of {concept} are not all there, each once; {again}"
            yield found[0][1], what, f"Write {concept}/1, {concept}/2 and so on, or {concept} where it is one column."
