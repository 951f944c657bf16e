"""Lists in which people decide: what the commands that write and accept them have in common.

Texts of deliveries are shown on the terminal and in the file that was asked for, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Fault, Problem, Source
from pipelines import store
from pipelines.answer import FAILED, WRONG_USE, Answer
from pipelines.asking import layouts_in
from pipelines.root import Root

if TYPE_CHECKING:
    from lm_stats.handover import Original

_FORMS = (".xlsx", ".csv")


def refuse_wrong_file(out: Path | None) -> None:
    """Refuse a file that a list cannot be written to.

    Args:
        out: The file, or none.

    Raises:
        Fault: If it is of another form, is there already, or has no folder (exit code 2).
    """
    if out is None:
        return
    if out.suffix.casefold() not in _FORMS:
        do = "End it with .xlsx or .csv."
        raise Fault(Problem(str(out), "this is no name of a workbook or CSV file", do), code=WRONG_USE)
    if out.exists():
        do = "Choose another name, or move that file away: it may hold decisions."
        raise Fault(Problem(str(out), "there is a file of this name already", do), code=WRONG_USE)
    if not out.absolute().parent.is_dir():
        raise Fault(Problem(str(out), "there is no such folder", "Make it, or choose another."), code=WRONG_USE)


def refuse_undeclared(option: str, value: str, known: Sequence[str] | Mapping[str, object]) -> None:
    """Refuse a value of an option that nothing is declared for.

    Raises:
        Fault: Always (exit code 2).
    """
    do = f"Choose one of these: {', '.join(sorted(set(known)))}."
    raise Fault(Problem(f"{option} {value}", "this is not declared", do), code=WRONG_USE)


def require_file(path: Path, command: str) -> None:
    """Refuse a list that is not there.

    Args:
        path: What a person filled in.
        command: The command that wrote it.

    Raises:
        Fault: If there is no such file (exit code 2).
    """
    if not path.is_file():
        do = f"Name the file that lm-stats {command} --out wrote."
        raise Fault(Problem(str(path), "there is no such file", do), code=WRONG_USE)


def as_sent(
    root: Root, catalog: Catalog, source: Source, deliveries: Mapping[str, Delivery], answer: Answer, delivery: str
) -> Iterator[Original]:
    """The sheets of a delivery as the office wrote them, with the columns as staged; what cannot be read is told.

    Args:
        root: The root.
        catalog: The declarations.
        source: The source.
        deliveries: Deliveries by id.
        answer: Takes what is wrong as a warning.
        delivery: Id of the delivery.
    """
    from lm_stats.stage import read_originals, with_layouts

    kind = catalog.kinds[source.kind]
    paths = [root.raw / delivery / file.name for file in deliveries[delivery].files]
    layout = root.curated / "staged" / source.path / f"{delivery.rpartition('/')[2]}.layout.csv"
    try:
        yield from with_layouts(read_originals(source, kind, catalog.concepts, paths), kind, layouts_in(layout))
    except Fault as fault:
        answer.warnings += fault.problems


def with_lines(place: Path, lines: Callable[[bool, str], str]) -> str:
    """The whole text of a file of decisions with lines added to it; those that are there stay as they are.

    Args:
        place: The file; it need not exist.
        lines: Gives the new lines, told whether the names of the columns come first and what separates cells.
    """
    from lm_stats.compile.decided import text_of

    known, delimiter = text_of(place) if place.exists() else ("", ",")
    if known and not known.endswith("\n"):
        known += "\n"
    return known + lines(not known.strip(), delimiter)


def write_all(prepared: Mapping[Path, str], problems: Sequence[Problem]) -> None:
    """Write files of decisions, all of them or none.

    Args:
        prepared: Their whole texts.
        problems: What is wrong with what was filled in.

    Raises:
        Fault: If something is wrong (nothing is written then), or a file cannot be written.
    """
    if problems:
        raise Fault(problems, code=FAILED)
    for place, text in prepared.items():
        try:
            store.write_text(place, text)
        except OSError as error:
            raise store.told_plainly(error, "/".join(place.parts[-3:])) from None


def next_run(root: Root, path: Path) -> str:
    """What to do when a list was accepted."""
    option = "" if str(root.path) == "data" else f' --root "{root.path}"'
    return f"Next: lm-stats run{option}. When it is done, delete {path.name}: it shows cells."
