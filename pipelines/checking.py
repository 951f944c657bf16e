"""The commands `check` and `sendback`: judge files, and give them back with the problem cells marked."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import SYNTHETIC_STATEMENT, DeliveredFile, Delivery, Fault, Period, Problem, Source
from pipelines import store
from pipelines.answer import WRONG_USE, Answer, AssetAnswer
from pipelines.asking import headings_of, layout_files
from pipelines.defs.s1_staged import coders_of
from pipelines.judging import Judgement, bench
from pipelines.receiving import Sending, choose_source, look_at, no_file, refuse_identifiers
from pipelines.remembering import with_memory
from pipelines.root import Root, now, timestamp

if TYPE_CHECKING:
    from lm_stats.handover import Original

Say = Callable[[str], None]
_NO_PERIOD = "outside_the_period"


def check(root: Root, catalog: Catalog, sending: Sending, out: Path | None, answer: Answer, say: Say) -> None:
    """Judge files as `receive` and `run` would, and store nothing.

    Args:
        root: The root; it need not exist. Its coding memory is used, its decisions on rows are not.
        catalog: The declarations.
        sending: The files, and as much as is known of them: kind and country, or nothing, and the source is told by
            their headings; without a period, it is not looked whether rows lie in it.
        out: Where to write the marked workbook, if it is wanted.
        answer: Filled in.
        say: Tells a person how far the work is.

    Raises:
        Fault: If a file cannot be used (exit code 1), or it is not clear whose it is (2).
    """
    _refuse_existing(out)
    if problems := [no_file(path) for path in sending.files if not path.is_file()]:
        raise Fault(problems, code=WRONG_USE)
    for path in sending.files:
        say(f"looking at {path.name}")
    synthetic = look_at(sending.files)
    with bench(catalog) as place:
        paths = _together(sending.files, place.work)
        source = _source_of(catalog, sending, paths)
        delivery = _would_be(source, sending, paths, synthetic)
        refuse_identifiers(catalog.kinds[source.kind], source, paths)
        known = with_memory(root, catalog, source)
        layouts = layout_files(root, source)
        judgement = place.judge(known, delivery, paths[0].parent, layouts=layouts, marks=out is not None)
        if not sending.period:
            judgement = dataclasses.replace(
                judgement, warnings=tuple(one for one in judgement.warnings if _NO_PERIOD not in one.what)
            )
        _tell(catalog, source, judgement, answer, f"check/{source.path}")
        if out is not None:
            _write(catalog, source, judgement, paths, out, answer)
    answer.facts = {**answer.facts, "source": source.path, "quarantined_by": judgement.quarantined}
    answer.lines.append("Nothing was stored.")


def send_back(root: Root, catalog: Catalog, name: str, out: Path, answer: Answer, say: Say) -> None:
    """Write the workbook that goes back to the office: its own sheets, the problem cells marked.

    Args:
        root: The root.
        catalog: The declarations.
        name: Id of the delivery (`<iso3>/<source>/<period>.v<n>`).
        out: The workbook to write.
        answer: Filled in.
        say: Tells a person how far the work is.

    Raises:
        Fault: If there is no such delivery, or a file of that name (exit code 2), or it cannot be read (1).
    """
    root.require()
    _refuse_existing(out)
    received = {one.id: one for one in root.deliveries()}
    if name not in received:
        own = [known for known in received if name in known]
        do = f"Choose one of these: {', '.join(sorted(own or received)) or 'none'}."
        raise Fault(Problem(name, "there is no such delivery", do), code=WRONG_USE)
    one = received[name]
    if one.delivery is None:
        raise Fault(one.problem or Problem(name, "its record cannot be used", "Receive the files again."))
    if one.source not in catalog.sources:
        do = "Add --catalog DIR, the pack that declares it (or LM_STATS_CATALOG)."
        raise Fault(Problem(name, f"no source {one.source} is declared", do), code=WRONG_USE)
    source = catalog.sources[one.source]
    paths = [one.folder / file.name for file in one.delivery.files]
    say(f"judging {name}")
    with bench(catalog) as place:
        # what was decided counts for the judgement; the workbook offers the words of the declaration only
        known = with_memory(root, catalog, source)
        releases = root.decisions("quarantine", source.ref_area)
        layouts = layout_files(root, source)
        judgement = place.judge(known, one.delivery, one.folder, releases, layouts=layouts, marks=True)
        _tell(catalog, source, judgement, answer, f"staged/{source.path}")
        # the rest stands in the workbook; decisions are no matter of the office
        answer.warnings = [one for one in answer.warnings if "decisions/" in one.where]
        # what cannot be read at all is still told of in the workbook
        _write(catalog, source, judgement, paths, out, answer)
    answer.facts = {"delivery": name, "quarantined_by": judgement.quarantined}
    answer.lines.append(
        "It holds personal data: hand it to the office as safely as the office sent its file, and delete it afterwards."
    )


def _refuse_existing(out: Path | None) -> None:
    if out is None:
        return
    if out.suffix.casefold() != ".xlsx":
        raise Fault(Problem(str(out), "this is no name of a workbook", "End it with .xlsx."), code=WRONG_USE)
    if out.exists():
        do = "Choose another name, or move that file away: it may hold corrections."
        raise Fault(Problem(str(out), "there is a file of this name already", do), code=WRONG_USE)
    if not out.absolute().parent.is_dir():
        raise Fault(Problem(str(out), "there is no such folder", "Make it, or choose another."), code=WRONG_USE)


def _together(files: Sequence[Path], work: Path) -> list[Path]:
    """The files in one folder: where they lie, or copies of them."""
    if len({path.absolute().parent for path in files}) == 1:
        return [path.absolute() for path in files]
    folder = work / "files"
    folder.mkdir()
    copied = []
    for number, path in enumerate(files, start=1):
        copied.append(folder / (path.name if path.name not in {c.name for c in copied} else f"{number}_{path.name}"))
        shutil.copyfile(path, copied[-1])
    return copied


def _source_of(catalog: Catalog, sending: Sending, paths: Sequence[Path]) -> Source:
    if sending.kind and sending.country:
        return choose_source(catalog, sending)
    from lm_stats.stage import recognise

    asked = {"kind": sending.kind, "ref_area": sending.country.upper(), "agency": sending.agency.upper()}
    candidates = {
        path: (source, catalog.kinds[source.kind])
        for path, source in catalog.sources.items()
        if not catalog.kinds[source.kind].published
        and all(not value or getattr(source, name) == value for name, value in asked.items())
        and sending.source.rpartition("/")[2] in ("", source.id)
    }
    found = recognise(candidates, paths)
    if not found:
        # headings that changed: known to be those of one source only
        shared = headings_of(catalog)
        found = recognise(candidates, paths, catalog.concepts, lambda one: coders_of(catalog, one), shared)
    best = [path for path, columns in found.items() if columns == max(found.values())]
    if len(best) == 1:
        return catalog.sources[best[0]]
    where = ", ".join(path.name for path in paths)
    if not best:
        what = "the headings are those of no declared source of unit records"
        do = "Say what it is (--kind and --country), to hear what is missing."
        raise Fault(Problem(where, what, do), code=WRONG_USE)
    what = f"the headings are those of several sources: {', '.join(sorted(best))}"
    raise Fault(Problem(where, what, "Say which it is with --source and --country."), code=WRONG_USE)


def _would_be(source: Source, sending: Sending, paths: Sequence[Path], synthetic: bool) -> Delivery:
    """The delivery that the files would become."""
    period = Period.parse(sending.period).text if sending.period else str(now().year)
    # it is no delivery yet, and messages do not call it one
    name = f"{source.path}/{period}" if sending.period else source.path
    files = tuple(DeliveredFile(path.name, path.name, path.stat().st_size, store.checksum(path)) for path in paths)
    return Delivery(
        name, source.ref_area, source.id, source.kind, source.agency, period, 1, timestamp(),
        "synthetic" if synthetic else "real", files,
    )  # fmt: skip


def _tell(catalog: Catalog, source: Source, judgement: Judgement, answer: Answer, key: str) -> None:
    """Say what would become of the rows."""
    rows = judgement.rows
    status = "made" if judgement.harmonised else "failed"
    answer.assets = [AssetAnswer(key, status, rows)]
    answer.warnings += judgement.warnings
    answer.fail(judgement.problems)
    title = source.title or source.path
    period = "" if judgement.delivery.id == source.path else f", {judgement.delivery.period}"
    answer.lines = [f"{title} ({source.path}){period}"]
    if judgement.harmonised is None:
        answer.lines.append("It cannot be used: see what is wrong below.")
        return
    left = "".join(f", {reason} {count:,}" for reason, count in rows.excluded.items() if count)
    answer.lines.append(
        f"{rows.rows_in:,} rows: {rows.accepted:,} accepted, {rows.quarantined:,} quarantined, "
        f"{sum(rows.excluded.values()):,} left out{left}."
    )
    answer.lines += [f"  quarantined: {reason}, {count:,} rows" for reason, count in judgement.quarantined.items()]


def _as_far_as_readable(originals: Iterator[Original]) -> Iterator[Original]:
    """The sheets of files, until one cannot be read: the workbook says which and why."""
    with contextlib.suppress(Fault):
        yield from originals


def _extras(path: Path) -> Mapping[str, int]:
    """What a file holds besides its cells; nothing where it cannot be read."""
    from lm_stats.stage import find_format, list_extras

    try:
        return list_extras(path, find_format(path))
    except Fault:
        return {}


def _write(
    catalog: Catalog, source: Source, judgement: Judgement, paths: Sequence[Path], out: Path, answer: Answer
) -> None:
    """Write the workbook."""
    import pandas as pd

    from lm_stats.handover import MARK_COLUMNS
    from lm_stats.sendback import write_sendback
    from lm_stats.stage import read_originals, with_layouts

    kind = catalog.kinds[source.kind]
    if kind.published:
        do = "Tell the publisher what is wrong; tables of others are not sent back."
        raise Fault(Problem(judgement.delivery.id, "this is a table that others publish", do), code=WRONG_USE)
    if judgement.harmonised and judgement.harmonised.marks:
        marks = pd.read_parquet(judgement.harmonised.marks, dtype_backend="numpy_nullable")
    else:
        marks = pd.DataFrame(columns=list(MARK_COLUMNS))
    statement = SYNTHETIC_STATEMENT if judgement.delivery.data_class == "synthetic" else ""
    staged = judgement.staged.warnings if judgement.staged else ()
    layouts = judgement.staged.layouts if judgement.staged else ()
    summary = write_sendback(
        out,
        judgement.delivery,
        source,
        kind,
        {name: catalog.tables[name] for name in kind.tables},
        catalog.concepts,
        catalog.codelists,
        _as_far_as_readable(with_layouts(read_originals(source, kind, catalog.concepts, paths), kind, layouts)),
        marks,
        # what is said of rows stands at their cells
        (*judgement.problems, *(one for one in staged if ", column " not in one.where)),
        judgement.harmonised.accounts if judgement.harmonised else (),
        {path.name: _extras(path) for path in paths},
        statement=statement,
        spellings=catalog.spellings,
    )
    answer.outputs = [str(out)]
    answer.lines.append(f"Wrote {out}: {summary.rows:,} rows, {summary.problem_cells:,} cells marked.")
