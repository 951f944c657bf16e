"""Exports of Survey Solutions: interviews and their rosters in files of their own, joined again.

An export has one file for each level of the questionnaire: the interviews, and a file for each roster. Every row
has the number of its interview (`interview__id`, `interview__key`); a row of a roster has also its number in the
roster (`<roster>__id`), and in a roster within a roster those of the rows above it. See "Questionnaire data: export
file anatomy", "System generated files" and "Missing values" in the documentation of Survey Solutions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.spec import Fault, Problem
from lm_stats.stage.batches import NOTHING, ROWS, Cells, coalesce
from lm_stats.stage.delimited import Delimited, Irregular, open_delimited
from lm_stats.stage.labelled import Labelled, Slab
from lm_stats.stage.parquet import open_parquet
from lm_stats.stage.readers import read
from lm_stats.stage.statistical import open_statistical
from lm_stats.stage.statistical_files import read_statistical
from lm_stats.stage.texts import decode_mixed
from lm_stats.stage.wording import shown

_INTERVIEW = ("interview__id", "interview__key")
# files that the program writes of its own work, and columns by which they are known under other names
_SYSTEM = re.compile(r"(?:interview|assignment|export)__[a-z_]+|paradata")
_SYSTEM_COLUMNS = (
    frozenset({"action", "originator", "role"}),
    frozenset({"comment", "originator", "role"}),
    frozenset({"variable", "type", "message"}),
    frozenset({"rejections__sup", "rejections__hq"}),
    frozenset({"event", "responsible", "parameters"}),
)
# columns that only the file of the interviews has
_OF_INTERVIEWS = frozenset({"has__errors", "interview__status", "sssys_irnd", "assignment__id"})
_NO_ROSTERS = frozenset({"interview__id", "assignment__id", "responsible__id"})
# what stands for an answer that was to be given and was not
_UNANSWERED = frozenset({"-999999999", "##N/A##"})
_REASON = "missing"
_NUMBER = re.compile(r"-?\d+\.\d+")
_HEAD = 64 * 1024
_FORMS = ("text", "stata", "spss", "parquet")
_MANY = 1000


def is_exported(path: Path, form: str) -> bool:
    """Whether a file is part of an export of Survey Solutions, by its name or its columns.

    Args:
        path: The file.
        form: What it is (see `find_format`).

    Raises:
        Fault: If it is damaged.
    """
    if _is_of_system(path) and form in (*_FORMS, "json"):
        return True
    if form not in _FORMS:
        return False
    if form == "text" and _is_program(path):
        return True
    return not {name.casefold() for name in _names(path, form)}.isdisjoint(_INTERVIEW)


def _is_of_system(path: Path) -> bool:
    return bool(_SYSTEM.fullmatch(path.stem.casefold()))


def _is_program(path: Path) -> bool:
    """Whether a text is the program for Stata that goes with a file of the export."""
    return path.suffix.casefold() == ".do" and _INTERVIEW[0] in _head(path)


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return decode_mixed(file.read(_HEAD))[0].lstrip("\ufeff")


def _names(path: Path, form: str) -> Sequence[str]:
    if form == "text":
        first = _head(path).split("\n", 1)[0]
        return [name.strip(' \r"') for name in re.split(r"[\t,;|]", first)]
    if form == "parquet":
        return open_parquet(path).names
    _, about, _ = read_statistical(path, form, None, metadataonly=True)
    return tuple(about.column_names)


def open_rosters(files: Sequence[tuple[Path, str]]) -> list[Labelled]:
    """Join the files of an export.

    Each row of a roster carries the columns of the interview and of the rows of rosters above it; no row is lost and
    none is there twice. Tables come in the order of their levels, interviews first.

    Args:
        files: The files, and what each is (see `find_format`).

    Raises:
        Fault: If a file is damaged, or none holds answers.
    """
    passed = [path for path, form in files if form not in _FORMS or _is_of_system(path) or _is_program(path)]
    tables = [_open(path, form) for path, form in files if path not in passed]
    passed += [table.path for table in tables if _is_system_table(table)]
    levels = _find_levels([table for table in tables if table.path not in passed])
    if not levels:
        what = "the export holds no file with answers, only files about the work of the program"
        raise Fault(Problem(files[0][0].name, what, "Deliver the files with the interviews and their rosters too."))
    joined: list[Labelled] = []
    for level in levels:
        joined.append(_Joined.of(level, levels[: len(joined)], joined))
    if passed:
        names = ", ".join(shown(path.name) for path in passed)
        what = f"files of the survey program about its own work were passed over: {names}"
        do = "Tell who wrote this program, if one of them holds answers."
        for table in joined:
            # whichever of them is read says so
            table.warnings.append(Problem(levels[0].table.path.name, what, do))
    return joined


def _open(path: Path, form: str) -> Labelled:
    if form == "text":
        return _open_text(path)
    return open_parquet(path) if form == "parquet" else open_statistical(path, form)


def _is_system_table(table: Labelled) -> bool:
    names = {name.casefold() for name in table.names}
    return any(columns <= names for columns in _SYSTEM_COLUMNS)


@dataclass
class _Text(Labelled):
    """A text file of an export.

    Attributes:
        file: It, where it can be read in blocks of lines.
    """

    file: Delimited | None

    def has_labels(self, name: str) -> bool:
        """Never: labels are in files of other formats only."""
        return False

    def has_reasons(self, name: str) -> bool:
        """Never of itself (see `_Joined`)."""
        return False

    def slabs(self, names: Sequence[str], decimals: Mapping[str, str]) -> Iterator[Slab]:
        """Read some columns, in order of the rows; blank lines are left out."""
        last = 1
        if self.file is not None:
            try:
                for block in self.file.blocks():
                    parsed = self.file.parse(block)
                    found = [_plain(parsed.columns[self.names.index(name)]) for name in names]
                    for first in range(0, len(parsed.numbers), ROWS):
                        part = np.arange(first, min(first + ROWS, len(parsed.numbers)))
                        cells = (one if len(part) == len(parsed.numbers) else one.rows(part) for one in found)
                        yield Slab(parsed.numbers[part], _with_decimals(dict(zip(names, cells, strict=True)), decimals))
                        last = int(parsed.numbers[part[-1]])
                return
            except Irregular:
                pass
        yield from self._whole(names, decimals, last)

    def _whole(self, names: Sequence[str], decimals: Mapping[str, str], last: int) -> Iterator[Slab]:
        """The rows below a line, where the file has to be read as a whole."""
        for sheet in read(self.path, _INTERVIEW, "text").sheets:
            places = [place for place in range(1, len(sheet.rows)) if sheet.numbers[place] > last]
            places = [place for place in places if any(cell != "" for cell in sheet.rows[place])]
            for first in range(0, len(places), ROWS):
                part = places[first : first + ROWS]
                numbers = np.asarray([sheet.numbers[place] for place in part], dtype=np.int32)
                cells = {}
                for name in names:
                    column = self.names.index(name)
                    texts = pd.Series([str(sheet.rows[place][column]) for place in part], dtype="str")
                    cells[name] = Cells.of(texts.mask(texts.str.strip() == ""))
                yield Slab(numbers, _with_decimals(cells, decimals))


def _open_text(path: Path) -> _Text:
    try:
        file = open_delimited(path, _INTERVIEW)
        names = tuple(name.strip() for name in file.headings)
        return _Text(path, "text", "", names, ("",) * len(names), None, file)
    except Irregular:
        sheet = next(iter(read(path, _INTERVIEW, "text").sheets))
        names = tuple(str(cell).strip() for cell in sheet.rows[0])
        return _Text(path, "text", "", names, ("",) * len(names), None, None)


def _plain(array: pa.DictionaryArray) -> Cells:
    places = array.indices.fill_null(NOTHING).to_numpy(zero_copy_only=False)
    texts = array.dictionary.to_pylist()
    return Cells(places, texts).without([not text.strip() for text in texts])


def _with_decimals(cells: Mapping[str, Cells], decimals: Mapping[str, str]) -> dict[str, Cells]:
    """Cells with their numbers in the declared decimal mark; an export always has a point."""
    marks = {name: decimals.get(name, ".") for name in cells}
    return {
        name: own
        if marks[name] == "."
        else replace(own, texts=[t.replace(".", marks[name]) if _NUMBER.fullmatch(t) else t for t in own.texts])
        for name, own in cells.items()
    }


@dataclass(frozen=True, eq=False)
class _Level:
    """A file of an export and its place.

    Attributes:
        table: The file.
        interview: Columns with the number of the interview, by `interview__id` and `interview__key`.
        rosters: Columns with numbers in rosters, by their names in small letters.
        is_main: Whether its rows are interviews.
    """

    table: Labelled
    interview: Mapping[str, str]
    rosters: Mapping[str, str]
    is_main: bool

    @property
    def depth(self) -> int:
        return 0 if self.is_main else max(len(self.rosters), 1)

    def is_above(self, other: _Level) -> bool:
        """Whether each row of another file belongs to one of this."""
        if not self.rosters:
            return self.is_main and not other.is_main
        return self.rosters.keys() < other.rosters.keys()

    def shares_number(self, other: _Level) -> bool:
        """Whether this file and another name interviews in the same way."""
        return not self.interview.keys().isdisjoint(other.interview)

    def key(self, parent: _Level, child: _Level) -> tuple[str, ...]:
        """Columns of this file, one of the two, that together say which row of the parent is meant."""
        number = next(name for name in _INTERVIEW if name in parent.interview and name in child.interview)
        return (self.interview[number], *(self.rosters[name] for name in sorted(parent.rosters)))


def _find_levels(tables: Sequence[Labelled]) -> list[_Level]:
    levels = []
    for table in tables:
        by_name = {name.casefold(): name for name in reversed(table.names)}
        interview = {name: by_name[name] for name in _INTERVIEW if name in by_name}
        rosters = {k: v for k, v in by_name.items() if k.endswith("__id") and k not in _NO_ROSTERS}
        levels.append(_Level(table, interview, rosters, not rosters and bool(_OF_INTERVIEWS & by_name.keys())))
    bare = [level for level in levels if not level.rosters]
    if len(bare) > 1 and not any(level.is_main for level in bare):
        # nothing is known of them but how often they name an interview
        shares = [_share_of_different(level) for level in bare]
        bare = [level for level, share in zip(bare, shares, strict=True) if share == max(shares)]
    elif any(level.is_main for level in bare):
        bare = [level for level in bare if level.is_main]
    levels = [replace(level, is_main=level in bare) for level in levels]
    return sorted(levels, key=lambda level: level.depth)


def _share_of_different(level: _Level) -> float:
    (name, *_) = level.interview.values()
    cells = _read_whole(level.table, [name], {})[1][name]
    codes = _codes(cells, _vocabulary(cells))
    filled = codes[codes != NOTHING]
    return len(np.unique(filled)) / len(filled) if len(filled) else 0


def _read_whole(
    table: Labelled, names: Sequence[str], decimals: Mapping[str, str]
) -> tuple[np.ndarray, dict[str, Cells]]:
    """All rows of some columns: their numbers, and the cells."""
    slabs = list(table.slabs(names, decimals))
    numbers = np.concatenate([slab.numbers for slab in slabs]) if slabs else np.zeros(0, dtype=np.int32)
    return numbers, {name: _concatenated([slab.cells[name] for slab in slabs]) for name in names}


def _concatenated(parts: Sequence[Cells]) -> Cells:
    if len(parts) == 1:
        return parts[0]
    places = [np.zeros(0, dtype=np.int32)]
    texts: list[str] = []
    labels: list[str | None] = []
    reasons: list[str | None] = []
    for part in parts:
        places.append(np.where(part.places == NOTHING, NOTHING, part.places + len(texts)).astype(np.int32))
        texts += part.texts
        labels += part.labels or [None] * len(part.texts)
        reasons += part.reasons or [None] * len(part.texts)
    has_labels, has_reasons = (any(text is not None for text in found) for found in (labels, reasons))
    return Cells(np.concatenate(places), texts, labels if has_labels else (), reasons if has_reasons else ())


def _vocabulary(cells: Cells) -> pa.Array:
    return pc.unique(pc.utf8_trim_whitespace(pa.array(cells.texts, pa.string())))


def _codes(cells: Cells, vocabulary: pa.Array) -> np.ndarray:
    """For each row the place of its text in a vocabulary (int64), or `NOTHING`."""
    found = pc.index_in(pc.utf8_trim_whitespace(pa.array(cells.texts, pa.string())), value_set=vocabulary)
    codes = found.fill_null(NOTHING).to_numpy(zero_copy_only=False)
    result: np.ndarray = np.append(codes, NOTHING)[cells.places].astype(np.int64)
    return result


class _Parent:
    """Rows of a file that rows of another belong to.

    Args:
        level: The file.
        child: The other file.
        names: Columns that are wanted.
        decimals: The decimal mark of columns.
    """

    def __init__(self, level: _Level, child: _Level, names: Sequence[str], decimals: Mapping[str, str]) -> None:
        self.path = level.table.path
        self.key = child.key(level, child)
        own = level.key(level, child)
        wanted = list(dict.fromkeys([*own, *names]))
        self._rows, self._cells = _read_whole(level.table, wanted, decimals)
        self._vocabularies = [_vocabulary(self._cells[name]) for name in own]
        numbers = self._combined([self._cells[name] for name in own])
        order = np.argsort(numbers, kind="stable")
        self._order = order[numbers[order] != NOTHING]
        self._numbers = numbers[self._order]
        same = self._numbers[1:] == self._numbers[:-1]
        self._twice = np.append(False, same) | np.append(same, False) if len(self._numbers) else np.zeros(0, bool)

    def _combined(self, columns: Sequence[Cells]) -> np.ndarray:
        found = np.zeros(len(columns[0]), dtype=np.int64)
        for cells, vocabulary in zip(columns, self._vocabularies, strict=True):
            codes = _codes(cells, vocabulary)
            found = np.where((found == NOTHING) | (codes == NOTHING), NOTHING, found * max(len(vocabulary), 1) + codes)
        return found

    @property
    def repeated(self) -> np.ndarray:
        """Numbers of the rows whose key stands in another row too."""
        found: np.ndarray = np.sort(self._rows[self._order[self._twice]])
        return found

    def find(self, columns: Sequence[Cells]) -> tuple[np.ndarray, np.ndarray]:
        """For each row of the other file the place of its row here, or `NOTHING`; and whether there are several.

        Args:
            columns: The cells of its key.
        """
        numbers = self._combined(columns)
        at = np.searchsorted(self._numbers, numbers)
        inside = np.minimum(at, max(len(self._numbers) - 1, 0))
        if not len(self._numbers):
            return np.full(len(numbers), NOTHING), np.zeros(len(numbers), dtype=bool)
        is_known = (numbers != NOTHING) & (self._numbers[inside] == numbers)
        several = is_known & self._twice[inside]
        return np.where(is_known & ~several, self._order[inside], NOTHING), several

    def take(self, name: str, rows: np.ndarray) -> Cells:
        """The cells of a column in rows of the other file."""
        own = self._cells[name]
        taken = replace(own, places=np.append(own.places, NOTHING)[rows].astype(np.int32))
        return taken.rows(np.arange(len(rows))) if len(own.texts) > _MANY else taken


@dataclass
class _Joined(Labelled):
    """A file of an export with the columns of the files above it.

    Attributes:
        level: The file.
        parents: The files above it, by level, nearest first.
        owners: Files by inherited column, of one level.
    """

    level: _Level
    parents: Sequence[Sequence[_Level]]
    owners: Mapping[str, Sequence[_Level]] = field(default_factory=dict)

    @classmethod
    def of(cls, level: _Level, levels: Sequence[_Level], tables: Sequence[Labelled]) -> _Joined:
        """Join a file with those above it, which are among some that are joined already."""
        above = [other for other in levels if other.is_above(level) and other.shares_number(level)]
        depths = sorted({frozenset(other.rosters) for other in above}, key=lambda keys: (-len(keys), sorted(keys)))
        parents = [[other for other in above if other.rosters.keys() == keys] for keys in depths]
        table = level.table
        taken = {name.casefold() for name in table.names}
        owners: dict[str, list[_Level]] = {}
        titles: dict[str, str] = {}
        for group in parents:
            found: dict[str, str] = {}
            for other in group:
                for name, title in zip(other.table.names, other.table.titles, strict=True):
                    if name.casefold() in taken:
                        continue
                    known = found.setdefault(name.casefold(), name)
                    if known == name and other not in owners.setdefault(name, []):
                        owners[name].append(other)
                        titles.setdefault(name, title)
            taken |= found.keys()
        return cls(
            table.path, table.form, table.sheet, (*table.names, *owners), (*table.titles, *titles.values()), table.rows,
            level, parents, owners, warnings=list(table.warnings), inherited=frozenset(owners),
            above=tuple(made for other, made in zip(levels, tables, strict=True) if other in above),
        )  # fmt: skip

    def has_labels(self, name: str) -> bool:
        """Whether values of a column have labels."""
        return any(table.has_labels(name) for table in self._tables_of(name))

    def has_reasons(self, name: str) -> bool:
        """Always: every column may hold the value for an answer that was not given."""
        return True

    def _tables_of(self, name: str) -> list[Labelled]:
        return [level.table for level in self.owners[name]] if name in self.owners else [self.level.table]

    def slabs(self, names: Sequence[str], decimals: Mapping[str, str]) -> Iterator[Slab]:
        """Read some columns, in order of the rows of the file itself."""
        groups = []
        for group in self.parents:
            wanted = [[name for name in names if other in self.owners.get(name, ())] for other in group]
            groups.append([_Parent(o, self.level, w, decimals) for o, w in zip(group, wanted, strict=True)])
        own = [name for name in names if name not in self.owners]
        keys = [name for group in groups for parent in group for name in parent.key]
        inherited = {name: self.owners[name] for name in names if name in self.owners}
        lost: list[list[int]] = [[] for _ in groups]
        several = [0 for _ in groups]
        wanted_here = list(dict.fromkeys([*own, *keys])) or list(self.level.table.names[:1])
        for slab in self.level.table.slabs(wanted_here, decimals):
            cells = {name: slab.cells[name] for name in own}
            for place, parents in enumerate(groups):
                found = [parent.find([slab.cells[name] for name in parent.key]) for parent in parents]
                is_lost = np.logical_and.reduce([(rows == NOTHING) & ~twice for rows, twice in found])
                lost[place] += slab.numbers[is_lost].tolist()
                several[place] += int(np.logical_or.reduce([twice for _, twice in found]).sum())
                for name, owners in inherited.items():
                    columns = [
                        parent.take(name, rows)
                        for parent, level, (rows, _) in zip(parents, self.parents[place], found, strict=True)
                        if level in owners
                    ]
                    if columns:
                        cells[name] = coalesce(columns)[0]
            yield Slab(slab.numbers, {name: _explained(cells[name]) for name in names})
        tables = [self.level.table, *(level.table for level_group in self.parents for level in level_group)]
        self.warnings += [problem for table in tables for problem in table.warnings if problem not in self.warnings]
        for parents, numbers, count in zip(groups, lost, several, strict=True):
            self.warnings += self._describe(parents, numbers, count)

    def _describe(self, group: Sequence[_Parent], lost: Sequence[int], several: int) -> list[Problem]:
        names = " and ".join(shown(parent.path.name) for parent in group)
        problems = []
        if lost:
            what = (
                f"{len(lost)} rows belong to no row of {names} ({_rows(lost)}); they were kept, without the columns "
                "of that file"
            )
            problems.append(Problem(self.path.name, what, "Ask the office for an export made at one moment, whole."))
        for parent in group:
            if len(parent.repeated):
                what = (
                    f"{len(parent.repeated)} rows have a number that another row has too ({_rows(parent.repeated)}), "
                    f"so that nothing of them was added to {several} rows of {shown(self.path.name)}"
                )
                problems.append(Problem(parent.path.name, what, "Ask the office which of the rows is valid."))
        return problems


def _rows(numbers: Sequence[int] | np.ndarray) -> str:
    listed = ", ".join(str(number) for number in numbers[:10])
    return f"rows {listed}{', ...' if len(numbers) > 10 else ''}"


def _explained(cells: Cells) -> Cells:
    """Cells with the reason of those that stand for an answer that was not given."""
    marks = [text in _UNANSWERED for text in cells.texts]
    if not any(marks):
        return cells
    reasons = cells.reasons or [None] * len(cells.texts)
    return replace(cells, reasons=[_REASON if mark else why for mark, why in zip(marks, reasons, strict=True)])
