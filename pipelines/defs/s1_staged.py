"""Staged: the rows of every delivery as text under our names, tokens in place of identifiers."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import DeliveredFile, Delivery, Fault, Kind, Period, Problem, Source
from pipelines import store
from pipelines.asking import answers, ask, headings_of, layout_files, layout_text
from pipelines.nodes import Made, Making, Node, columns_named, show_trace
from pipelines.remembering import memory_of, with_memory
from pipelines.root import Received, Root, timestamp
from pipelines.store import Record, Rows, Stamp

if TYPE_CHECKING:
    from lm_stats.compile.coder import Coder

_RESTORE = "Restore delivery.toml from a copy, or receive the file again."
CODE = ("lm_stats.stage", "lm_stats.spec", "lm_stats.compile", "lm_stats.handover", "pipelines.defs.s1_staged")


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node a source."""
    return [_node(catalog, root, source) for source in catalog.sources.values()]


def _node(catalog: Catalog, root: Root, source: Source) -> Node:
    kind = catalog.kinds[source.kind]
    concepts = [catalog.concepts[name] for name in kind.concepts]
    named = (n for c in concepts for n in (c.codelist, c.detail) if n)
    finer = (detail.codelist for details in source.details.values() for detail in details)
    lists = [catalog.codelists[name] for name in dict.fromkeys((*named, *finer))]
    declarations = (source, kind, *concepts, *lists, *spellings_of(catalog, kind))
    declarations = (*declarations, catalog.spelling_seals.get("headings", ""))
    return Node(
        key=f"staged/{source.path}",
        parents=(f"raw/{source.path}",),
        folder=f"staged/{source.path}",
        name="staged",
        declarations=declarations,
        code=CODE,
        make=lambda making: _stage_deliveries(catalog, root, source, declarations, making),
        description=f"{source.title or source.path}: every delivery with the rows it holds, as text under our names. "
        f"One row: {' or '.join(record.unit for record in kind.records)}. Direct identifiers are keyed tokens.",
        columns=columns_named((c.id for c in concepts if not c.identifier), catalog.concepts),
        inputs=lambda: (
            _inputs(root, source, _fingerprint_of_key(catalog, source, root)),
            memory_of(root, catalog, source),
            answers(root, source),
        ),
        idle=lambda delivered: source.path not in delivered,
        checks={"deliveries_readable": "Every delivery that is not superseded could be read."},
    )


def spellings_of(catalog: Catalog, kind: Kind) -> list[str]:
    """Seals of the spellings that all packs share of the codelists that rows of a kind are coded by."""
    coded = [catalog.concepts[name].codelist for record in kind.records if not record.sums for name in record.concepts]
    # a district may be written as an area abroad
    lists = dict.fromkeys((*coded, *(["areas"] if "districts" in coded else [])))
    return [catalog.spelling_seals[name] for name in lists if name in catalog.spelling_seals]


def deliveries_of(root: Root, source: Source) -> list[Received]:
    """The deliveries of one source, in order of their ids.

    A folder whose `delivery.toml` went after it had been staged is one of them: with a record that cannot be used.
    """
    found = {one.id: _of_source(one, source) for one in root.deliveries() if one.source == source.path}
    staged = root.curated / "staged" / source.path
    for path in staged.glob("*.v*.json"):
        name = f"{source.path}/{path.stem}"
        if name not in found and (root.raw / name).is_dir() and _was_staged(path):
            problem = Problem(name, "its delivery.toml is not there", _RESTORE)
            found[name] = Received(name, root.raw / name, b"", None, problem)
    return [found[name] for name in sorted(found)]


def _of_source(one: Received, source: Source) -> Received:
    """The delivery, without its record where that is the record of another office or kind."""
    delivery = one.delivery
    if delivery is None or (delivery.agency, delivery.kind) == (source.agency, source.kind):
        return one
    what = f"its delivery.toml says {delivery.kind} of {delivery.agency}, not {source.kind} of {source.agency}"
    return dataclasses.replace(one, delivery=None, problem=Problem(one.id, what, _RESTORE))


def known_deliveries(root: Root, source: Source) -> list[Delivery]:
    """What is known of every delivery of a source, those included whose records cannot be used now.

    Where the last good staged version stands for a delivery, its record is the one it was staged with.
    """
    folder = root.curated / "staged" / source.path
    found = (_known(one, record_of(folder, one.id), source, root) for one in deliveries_of(root, source))
    return [delivery for delivery in found if delivery is not None]


def _known(one: Received, record: Record | None, source: Source, root: Root) -> Delivery | None:
    remembered = record.detail.get("delivery") if record and record.files else None
    if remembered and record and (one.delivery is None or record.problems):
        return Delivery(**{**remembered, "files": tuple(DeliveredFile(**file) for file in remembered["files"])})
    if one.delivery is not None:
        return one.delivery
    # never staged and without a record: what its place says, so that it is listed as failed
    period, _, version = one.folder.name.rpartition(".v")
    try:
        Period.parse(period)
        number = int(version)
    except (Fault, ValueError):
        return None
    return Delivery(
        one.id, source.ref_area, source.id, source.kind, source.agency, period, number, "unknown",
        "synthetic" if root.is_synthetic else "real", (),
    )  # fmt: skip


def _was_staged(path: Path) -> bool:
    record = Record.read(path)
    return record is not None and bool(record.files)


def record_of(folder: Path, delivery_id: str) -> Record | None:
    """What is known of the staged file of one delivery."""
    return Record.read(folder / f"{delivery_id.rpartition('/')[2]}.json")


def good_deliveries(folder: Path, deliveries: list[Delivery]) -> dict[str, Record]:
    """Records of the deliveries of which a good staged file stands, by id."""
    found = {delivery.id: record_of(folder, delivery.id) for delivery in deliveries}
    return {name: record for name, record in found.items() if record is not None and record.files}


def _fingerprint_of_key(catalog: Catalog, source: Source, root: Root) -> str:
    """Which key the tokens of a source are made with; tables of others have none."""
    return str(root.facts.get("key_fingerprint", "")) if catalog.kinds[source.kind].needs_key else ""


def _inputs(root: Root, source: Source, key_fingerprint: str) -> object:
    received = deliveries_of(root, source)
    if not received:
        return None
    folder = root.curated / "staged" / source.path
    # whether it is the right key is seen to before anything is made; looking needs no key
    return key_fingerprint, [_content(one, record_of(folder, one.id)) for one in received]


def _content(received: Received, known: Record | None) -> object:
    """What a delivery holds: its record and the checksums of the bytes as they are now."""
    if received.delivery is None:
        return received.id, received.record
    return received.id, received.record, {n: s.sha256 for n, s in _bytes(received, received.delivery, known).items()}


def _bytes(received: Received, delivery: Delivery, known: Record | None) -> dict[str, Stamp]:
    """Stamps of the delivered files; what was read before and has not changed is not read again."""
    remembered: Mapping[str, Stamp] = {n: Stamp(**s) for n, s in known.detail.get("bytes", {}).items()} if known else {}
    found = {}
    for file in delivery.files:
        path = received.folder / file.name
        stamp = remembered.get(file.name)
        try:
            status = path.stat()
            same = stamp is not None and (stamp.size, stamp.mtime_ns) == (status.st_size, status.st_mtime_ns)
            found[file.name] = stamp if stamp is not None and same else Stamp.of(path)
        except OSError as error:
            found[file.name] = Stamp(-1, 0, type(error).__name__)
    return found


def _stage_deliveries(
    catalog: Catalog, root: Root, source: Source, declarations: tuple[object, ...], making: Making
) -> Made:
    """Stage what is new or was made otherwise; a delivery that fails does not fail the others."""
    received = deliveries_of(root, source)
    base = (
        declarations,
        store.code_fingerprint(CODE),
        _fingerprint_of_key(catalog, source, root),
        memory_of(root, catalog, source),
        answers(root, source),
    )
    stage = _stager(catalog, source, root)
    records: dict[str, Record] = {}
    for one in received:
        old = record_of(making.folder, one.id)
        fingerprint = store.fingerprint(*base, _content(one, old))
        if old and old.fingerprint == fingerprint and not old.retry and old.is_intact(making.folder):
            records[one.id] = old
            continue
        records[one.id] = record = _stage_one(one, fingerprint, old, stage, making)
        making.say(f"{one.id}  {record.seconds:.1f} s  " + ("failed" if record.problems else str(record.rows)))
    gone = _forget(source, making.folder, records)
    return _account(root, source, catalog.kinds[source.kind], records, gone)


_Stager = Callable[[Delivery, Path, Path], object]


def _stager(catalog: Catalog, source: Source, root: Root) -> _Stager:
    """The step with everything but the delivery filled in; built when the first delivery needs it."""
    ready: list[_Stager] = []

    def stage_delivery(delivery: Delivery, folder: Path, into: Path) -> object:
        if not ready:
            from lm_stats.stage import stage
            from lm_stats.stage.identity import Keyring

            kind, own = catalog.kinds[source.kind], with_memory(root, catalog, source)
            coders = coders_of(catalog, own)
            keyring = Keyring(root.key()) if kind.needs_key else None
            said = layout_files(root, source), headings_of(catalog)
            ready.append(lambda d, f, i: stage(own, kind, catalog.concepts, coders, d, f, keyring, i, *said))
        from lm_stats.handover import UnclearLayout

        try:
            return ready[0](delivery, folder, into)
        except UnclearLayout as unclear:
            raise Fault(ask(root, source, unclear)) from None

    return stage_delivery


def coders_of(catalog: Catalog, source: Source) -> dict[str, dict[str, Coder]]:
    """The coders of a source by type of rows and concept."""
    from lm_stats.compile.coder import coders_for

    return {
        record.id: coders_for(
            source.for_record(record), record, catalog.concepts, catalog.codelists, catalog.spellings
        )
        for record in catalog.kinds[source.kind].records
    }


def _stage_one(one: Received, fingerprint: str, old: Record | None, stage: _Stager, making: Making) -> Record:
    started = time.perf_counter()
    problems: tuple[Problem, ...] = ()
    retry, staged, stamps = False, None, {}
    try:
        if one.delivery is None:
            raise Fault(one.problem or Problem(one.id, "its record cannot be used", "Receive the file again."))
        stamps = _bytes(one, one.delivery, old)
        _check_bytes(one, one.delivery, stamps)
        staged = stage(one.delivery, one.folder, making.work)
    except Exception as error:
        told = store.told_plainly(error, one.id).problems
        problems = tuple(_of(one.id, problem) for problem in over_sheets(told))
        retry = isinstance(error, OSError | MemoryError)
        if not isinstance(error, Fault):
            show_trace(error)
    stands = old if old and old.files and old.is_intact(making.folder) else None
    record = Record(
        key=one.id,
        fingerprint=fingerprint,
        version=stands.version if stands and problems else "",
        made_at=timestamp(),
        rows=stands.rows if stands and problems else Rows(),
        files=stands.files if stands and problems else {},
        problems=problems,
        retry=retry,
        detail={
            "bytes": {name: dataclasses.asdict(stamp) for name, stamp in stamps.items()},
            "delivery": _remembered(one, stands if problems else None),
            **({"parts": stands.detail["parts"]} if stands and problems else {}),
        },
    )
    if staged is not None:
        record = _keep(record, staged, making)
    record = dataclasses.replace(record, seconds=round(time.perf_counter() - started, 3))
    record.write(making.folder / f"{one.folder.name}.json")
    return record


def _remembered(one: Received, stands: Record | None) -> object:
    """The record of the delivery that the staged version was made with."""
    if stands and "delivery" in stands.detail:
        return stands.detail["delivery"]
    return dataclasses.asdict(one.delivery) if one.delivery else None


def over_sheets(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What is said of several sheets of a file alike, said once: `a.xlsx, sheet 2014 and 3 more`."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for problem in problems:
        file, _, sheet = problem.where.partition(", sheet ")
        found.setdefault((file, problem.what, problem.do), []).append(sheet)
    joined = []
    for (file, what, do), sheets in found.items():
        more = f" and {len(sheets) - 1} more" if len(sheets) > 1 else ""
        joined.append(Problem(f"{file}, sheet {sheets[0]}{more}" if sheets[0] else file, what, do))
    return tuple(joined)


def _of(delivery_id: str, problem: Problem) -> Problem:
    """The problem with the delivery named in it."""
    if delivery_id in problem.where:
        return problem
    return dataclasses.replace(problem, where=f"{delivery_id}, {problem.where}")


def _check_bytes(one: Received, delivery: Delivery, stamps: Mapping[str, Stamp]) -> None:
    """Refuse bytes that are not those received, and synthetic files that are said to be real."""
    from lm_stats.stage import is_marked_synthetic

    for file in delivery.files:
        where, found = f"{one.id}, file {file.name}", stamps[file.name]
        if found.size < 0:
            what = "the file is not there" if found.sha256 == "FileNotFoundError" else "the file cannot be read"
            raise Fault(Problem(where, what, "Restore it from a copy, or receive it again."))
        if found.sha256 != file.sha256:
            what = "the bytes are not those that were received: the file was altered, or was not copied whole"
            do = "Restore it from a copy, or receive the altered file as a new version (lm-stats receive)."
            raise Fault(Problem(where, what, do))
        if delivery.data_class == "real" and is_marked_synthetic(one.folder / file.name):
            what = "the file says of itself that it is synthetic, but its record says real"
            raise Fault(Problem(where, what, "Receive it into a synthetic root; a synthetic file stays synthetic."))


def _keep(record: Record, staged: object, making: Making) -> Record:
    """Let the staged files take their places at once, so that a long run can be stopped."""
    from lm_stats.handover import Staged

    assert isinstance(staged, Staged)
    names = [part.path.name for part in staged.parts]
    if staged.layouts:
        names.append(f"{record.key.rpartition('/')[2]}.layout.csv")
        store.write_text(making.work / names[-1], layout_text(staged.layouts))
    store.promote(making.work, making.folder, names)
    counted = (Rows(p.rows, p.rows - sum(p.excluded.values()), 0, dict(p.excluded)) for p in staged.parts)
    return dataclasses.replace(
        record,
        version=record.fingerprint,
        rows=sum(counted, Rows()),
        files={name: Stamp.of(making.folder / name) for name in names},
        detail={**record.detail, "parts": {part.record: part.path.name for part in staged.parts}},
        warnings=tuple(_of(record.key, warning) for warning in over_sheets(staged.warnings)),
    )


def _forget(source: Source, folder: Path, records: Mapping[str, Record]) -> tuple[Problem, ...]:
    """Delete staged files of deliveries that are no longer in `raw`; says which they were."""
    gone = tuple(
        Problem(
            name,
            "it was staged before, but its folder is no longer in raw: it is not used any more",
            "Restore the folder from a copy, unless it was taken away on purpose.",
        )
        for name in (f"{source.path}/{path.stem}" for path in sorted(folder.glob("*.v*.json")) if _was_staged(path))
        if name not in records
    )
    known = {"staged.json", *(f"{name.rpartition('/')[2]}.json" for name in records)}
    known |= {name for record in records.values() for name in record.files}
    for path in folder.glob("*.*"):
        if path.suffix in (".json", ".parquet", ".csv") and path.name not in known:
            path.unlink()
    return gone


def _account(root: Root, source: Source, kind: Kind, records: Mapping[str, Record], gone: tuple[Problem, ...]) -> Made:
    from pipelines.standing import find_standing

    deliveries = known_deliveries(root, source)
    usable = [name for name, record in records.items() if record.files]
    superseded = find_standing(deliveries, source.replaces, usable, in_parts=kind.in_parts).superseded
    matters = [record for name, record in records.items() if name not in superseded]
    return Made(
        kept=tuple(name for record in records.values() for name in record.files),
        rows=sum((record.rows for record in records.values()), Rows()),
        warnings=(*gone, *(problem for record in matters for problem in record.warnings)),
        problems=tuple(problem for record in matters for problem in record.problems),
        retry=any(record.retry for record in matters),
        outcome=[(name, record.version) for name, record in records.items()],
    )
