"""Tables that others publish: from the files of a delivery to one staged row for each published value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lm_stats.handover import Staged, StagedPart
from lm_stats.spec import DeliveredFile, Delivery, Fault, Kind, Layout, Problem, Source
from lm_stats.stage.content import find_format
from lm_stats.stage.headers import Grid, Miss, Table, find_table, match_name
from lm_stats.stage.keyed import TOTAL, KeyedTables
from lm_stats.stage.nested import find_matrices, read_json, read_matrices
from lm_stats.stage.readers import read
from lm_stats.stage.tables import Reading, read_cells, read_table
from lm_stats.stage.texts import unbalanced_quote
from lm_stats.stage.values import VALUE, Values, write_values
from lm_stats.stage.wording import fold_heading, shown

_MOST = 10


@dataclass
class _File:
    """What was found in a file.

    Attributes:
        values: The values of each table.
        tables: Number of tables that were found.
        known: Why tables that are known were not taken.
        unfit: Sheets that no layout fits, with the layout that is nearest.
    """

    values: list[Values] = field(default_factory=list)
    tables: int = 0
    known: list[str] = field(default_factory=list)
    unfit: list[tuple[str, Miss]] = field(default_factory=list)


def stage_published(
    source: Source, kind: Kind, delivery: Delivery, folder: Path, into: Path, keyed: KeyedTables | None = None
) -> Staged:
    """Read a delivery of published tables: one row for each value, with the labels that it stands under.

    Each sheet, or each file that has none, is read by the first layout of the source that fits it. The Parquet
    file `<period>.v<n>.parquet` has the leading columns of staged files, `source_column`, and the concepts of
    the kind that occur, as text; labels are as published. Its order is that of files, sheets, rows, columns.

    Args:
        source: The source; without layouts, its declared columns are the headings of a long table.
        kind: Its kind, one of published tables.
        delivery: The record of the delivery.
        folder: The folder with its files.
        into: The folder to write into.
        keyed: What makes tokens of the names in the tables; none where they hold no names.

    Raises:
        Fault: If a file cannot be read, no layout fits it, or it holds no value.
    """
    record = kind.records[0]
    layouts = source.layouts or (_as_layout(source, kind),)
    for layout in layouts:
        strange = [] if layout.not_taken else [name for name in layout.concepts if name not in record.concepts]
        if strange:
            what = f"layout {layout.id} fills {', '.join(strange)}, which the kind {kind.id} does not hold"
            raise Fault(Problem(f"source {source.path}", what, "Correct the layout, or add the concept to the kind."))
    numbers = [*record.scaled]
    problems: list[Problem] = []
    warnings: list[Problem] = []
    pieces: list[Values] = []
    for file in delivery.files:
        try:
            pieces += _read_file(folder / file.name, file, layouts, source, numbers, warnings, keyed)
        except Fault as fault:
            problems += fault.problems
    if problems:
        raise Fault(problems)
    if not any(len(piece) for piece in pieces):
        nothing = Problem(f"delivery {delivery.id}", "no file holds a value", "Receive the files with the tables.")
        raise Fault((nothing, *warnings))
    path = into / f"{delivery.folder_name}.parquet"
    rows = write_values(path, pieces, keyed.columns if keyed else record.concepts)
    totals = sum(int(piece.excluded.places.sum()) for piece in pieces if piece.excluded is not None)
    excluded = {TOTAL: totals} if totals else {}
    return Staged(delivery.id, (StagedPart(record.id, path, rows, excluded),), tuple(dict.fromkeys(warnings)))


def _as_layout(source: Source, kind: Kind) -> Layout:
    """The long table that a source declares by its columns alone."""
    record = kind.records[0]
    columns = source.for_record(record).columns
    labels = {name: headings for name, headings in columns.items() if name != VALUE}
    return Layout(
        id="columns", labels=labels, values={heading: {} for heading in columns.get(VALUE, (VALUE,))},
        optional=source.optional, blank=("",),
    )  # fmt: skip


def _read_file(
    path: Path,
    file: DeliveredFile,
    layouts: Sequence[Layout],
    source: Source,
    numbers: Sequence[str],
    warnings: list[Problem],
    keyed: KeyedTables | None,
) -> list[Values]:
    names = tuple(dict.fromkeys((file.original_name.replace("\\", "/").rpartition("/")[2], path.name)))
    form = find_format(path)
    if form in ("stata", "spss"):
        what = "the file holds records of a statistics program and no published table"
        raise Fault(Problem(path.name, what, "Receive it under the kind that it belongs to."))
    if form == "json":
        found = _read_nested(path, names, layouts, source)
    else:
        found = _read_sheets(path, form, names, layouts, source, numbers, warnings, keyed)
    if not found.tables and found.unfit:
        raise Fault(_describe_unfit(*max(found.unfit, key=lambda unfit: _nearness(unfit[1])), source, len(layouts)))
    if found.unfit:
        sheets = ", ".join(where.rpartition(", ")[2] for where, _ in found.unfit[:_MOST])
        what = f"{len(found.unfit)} sheets fit no declared layout and were left out: {sheets}"
        warnings.append(Problem(path.name, what, f"If they hold values, declare their layout in {source.path}."))
    if not found.tables and found.known:
        what = f"the file is known and was not taken: {'; '.join(dict.fromkeys(found.known))}"
        warnings.append(Problem(path.name, what, "Nothing needs to be done."))
    elif not found.tables:
        raise Fault(Problem(path.name, "the file has no filled cells", "Ask for the file with the table."))
    elif not any(len(values) for values in found.values):
        raise Fault(Problem(path.name, "there is no value below the headings", "Ask for the file with the values."))
    return found.values


def _read_nested(path: Path, names: Sequence[str], layouts: Sequence[Layout], source: Source) -> _File:
    content = read_json(path)
    found, misses = _File(), []
    for layout in layouts:
        if not layout.nested and (not layout.not_taken or layout.labels or layout.title or layout.sheets):
            continue
        named, unnamed = match_name(layout, names)
        matrices = find_matrices(layout, content)
        keys = () if matrices or layout.not_taken else (f"the lists {' and '.join(layout.nested[:2])}",)
        missing = (*(f"a file name that tells {name}" for name in unnamed), *keys)
        if missing:
            misses.append(Miss(layout.id, layout.nested[:2] if matrices else (), missing))
        elif matrices is None:
            found.known.append(layout.not_taken)
            return found
        else:
            texts = {**layout.constants, **named}
            found.values = read_matrices(path, layout, matrices, texts, source.decimal)
            found.tables = 1
            return found
    nearest = max(misses, key=_nearness, default=Miss("", (), ("a layout of JSON files",)))
    found.unfit.append((path.name, nearest))
    return found


def _read_sheets(
    path: Path,
    form: str,
    names: Sequence[str],
    layouts: Sequence[Layout],
    source: Source,
    numbers: Sequence[str],
    warnings: list[Problem],
    keyed: KeyedTables | None,
) -> _File:
    found = _File()
    reading = read(path, _all_headings(layouts), form)
    for sheet in reading.sheets:
        if not any(cell != "" for row in sheet.rows for cell in row):
            continue
        where = f"{path.name}, sheet {shown(sheet.name)}" if sheet.name else path.name
        grid = Grid(sheet, names, reading.is_text)
        table = _first_that_fits(layouts, grid)
        if isinstance(table, Miss):
            found.unfit.append((where, table))
        elif table.layout.not_taken:
            found.known.append(table.layout.not_taken)
        elif table.layout.cells:
            found.values.append(read_cells(grid, path.name))
            found.tables += 1
            what = f"no layout of {source.path} says what its headings mean, so its cells were kept as they stand"
            warnings.append(Problem(where, what, "Declare its layout, to have its values counted."))
        else:
            result = read_table(table, grid, path.name, numbers, source.decimal)
            _check(path, where, result, warnings)
            warnings += [Problem(where, what, do) for what, do in table.remarks]
            known = {fold_heading(heading) for heading in source.ignored}
            if others := [heading for heading in table.others if fold_heading(heading) not in known]:
                what = f"columns that layout {table.layout.id} does not take: {', '.join(map(shown, others[:_MOST]))}"
                do = f"Declare them in {source.path}: as labels, or among the headings that are ignored."
                if lacking := [name for name in table.layout.labels if name not in table.labels]:
                    # without its sex, say, every value would be read as one of everybody
                    what += f"; and there is none for {', '.join(lacking)}, which one of them may be"
                    raise Fault(Problem(where, what, do))
                warnings.append(Problem(where, what, do))
            found.values.append(keyed.screen(result.values, table.labels) if keyed else result.values)
            found.tables += 1
    warnings += reading.warnings
    return found


def _all_headings(layouts: Sequence[Layout]) -> list[str]:
    labels = (heading for layout in layouts for headings in layout.labels.values() for heading in headings)
    return list(dict.fromkeys((*labels, *(heading for layout in layouts for heading in layout.values))))


def _first_that_fits(layouts: Sequence[Layout], grid: Grid) -> Table | Miss:
    misses = []
    for layout in layouts:
        if not layout.nested:
            table = find_table(layout, grid)
            if isinstance(table, Table):
                return table
            if not layout.not_taken:
                misses.append(table)
    return max(misses, key=_nearness, default=Miss("", (), ("a layout of tables in rows and columns",)))


def _nearness(miss: Miss) -> tuple[int, int]:
    return len(miss.found), -len(miss.missing)


def _check(path: Path, where: str, found: Reading, warnings: list[Problem]) -> None:
    """Say what is strange about the rows of a table.

    Raises:
        Fault: If values may stand in the wrong columns.
    """
    if found.spanning:
        raise unbalanced_quote(path, found.spanning[0])
    if found.longer:
        what = f"{len(found.longer)} lines hold more cells than there are headings ({_listed(found.longer)})"
        do = "Ask for the file again, with values that hold the delimiter in quotation marks."
        raise Fault(Problem(where, f"{what}, so that values may stand in wrong columns", do))
    if found.shorter:
        what = f"{len(found.shorter)} lines hold fewer cells than there are headings ({_listed(found.shorter)})"
        warnings.append(Problem(where, what, "Ask for the file again if values are missing there."))
    if found.unlabelled:
        what = f"{len(found.unlabelled)} rows hold numbers without a label and were left out"
        do = "See what they are; if they are values, declare where their labels stand."
        warnings.append(Problem(where, f"{what} ({_listed(found.unlabelled)})", do))


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:_MOST])) + (", ..." if len(numbers) > _MOST else "")


def _describe_unfit(where: str, miss: Miss, source: Source, count: int) -> Problem:
    found = ", ".join(shown(heading) for heading in miss.found) or "none"
    missing = ", ".join(shown(heading) for heading in miss.missing)
    nearest = f"; the nearest is {miss.layout}: missing {missing}; headings found: {found}" if miss.layout else ""
    return Problem(
        where,
        f"none of the {count} declared layouts fits{nearest}",
        f"If the publisher has changed the table, declare its new layout in source {source.path}.",
    )
