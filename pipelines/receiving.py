"""The command `receive`: an office's files into `raw`, once, whole, and never over others."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lm_stats.catalog import Catalog
from lm_stats.spec import (
    CORRECTED,
    LATE_FILE,
    PART_AGAIN,
    TAKEN_BACK,
    DeliveredFile,
    Delivery,
    Fault,
    Kind,
    Period,
    Problem,
    Source,
)
from pipelines import store
from pipelines.answer import Answer
from pipelines.comparing import compare_versions, list_of_changes
from pipelines.root import Root, now, timestamp
from pipelines.standing import find_standing

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|delivery\.toml)(\..*)?", re.IGNORECASE)
_NAME_LENGTH = 60


@dataclass(frozen=True)
class Sending:
    """What was sent and by whom, as the command names it.

    Attributes:
        files: The files.
        kind: Id of the kind.
        country: Code of the country.
        period: Reference period.
        agency: Code of the agency, or empty.
        source: Id of the source, or empty.
        note: What the sender said about this version.
    """

    files: tuple[Path, ...]
    kind: str
    country: str
    period: str
    agency: str = ""
    source: str = ""
    note: str = ""


def receive(root: Root, catalog: Catalog, sending: Sending, answer: Answer, say: Callable[[str], None]) -> None:
    """Store files as a delivery, or find that they are there already.

    Args:
        root: The root; made where it does not exist.
        catalog: The declarations.
        sending: What was sent.
        answer: Filled in.
        say: Tells a person how far the work is.

    Raises:
        Fault: If the source cannot be told, the period has not begun or there is no such file (exit
            code 2), a file cannot be used (1), or the root holds the other class of unit records (3).
            Nothing is stored then.
    """
    source = choose_source(catalog, sending)
    period = Period.parse(sending.period)
    if period.first > now().date():
        what = f"this period has not begun yet: today is {now().date()}"
        raise Fault(Problem(f"--period {period.text}", what, "Name the period that the records are about."), code=2)
    kind = catalog.kinds[source.kind]
    counted_by_year = any(
        record.occasion and catalog.concepts[record.occasion].type == "integer" for record in kind.records
    )
    if counted_by_year and not (period.freq == "A" and period.first.year == period.last.year):
        what = f"this is no year, and a {kind.title.lower()} is known by its year"
        raise Fault(Problem(f"--period {period.text}", what, f"Write --period {period.first.year}."), code=2)
    if problems := [no_file(path) for path in sending.files if not path.is_file()]:
        raise Fault(problems, code=2)
    for path in sending.files:
        say(f"looking at {path.name}")
    synthetic = look_at(sending.files)
    refuse_identifiers(kind, source, sending.files)
    files = _each_once(sending.files, answer)
    with root.locked():
        known = [one.delivery for one in root.deliveries() if one.delivery and one.source == source.path]
        sums = {store.checksum(path) for path in files}
        twins = [d for d in known if {f.sha256 for f in d.files} == sums]
        highest = _highest_version(root, source, period)
        # the bytes of a version before that one, or of one that no longer stands whole, are a taking back: they become
        # the next version
        twin = next((d for d in twins if (d.period, d.version) == (period.text, highest)), None)
        if twin is not None and _stands(source, kind, twin, known):
            answer.unchanged = True
            answer.facts = {"delivery": twin.id}
            answer.outputs = [str(root.raw / twin.id)]
            answer.lines = [f"The same bytes were received before as {twin.id}; nothing was stored."]
            first = next((d for d in known if (d.period, d.version) == (twin.period, twin.version - 1)), None)
            if first is not None and not list_of_changes(root, source, twin).exists():
                # a command that was stopped, or a folder that was deleted, has left it out
                say(f"comparing it with {first.id}")
                compare_versions(root, catalog, source, first, twin, answer)
            return
        version = 1 + highest
        delivery = Delivery(
            id=f"{source.path}/{period.text}.v{version}",
            ref_area=source.ref_area,
            source=source.id,
            kind=source.kind,
            agency=source.agency,
            period=period.text,
            version=version,
            received_at=timestamp(),
            data_class="synthetic" if synthetic else "real",
            files=(),
            note=sending.note,
            reason=_reason(source, kind, period, version, bool(twins), known),
        )
        others = [one.delivery for one in root.deliveries() if one.delivery]
        root.check_class([*others, delivery], catalog.kinds)
        delivery = _store(root, delivery, files)
        root.settle_class([*others, delivery], catalog.kinds)
    if version > 1 and len(kind.records) > 1:
        answer.warnings.append(_takes_the_place(delivery, kind))
    before = max((d for d in known if d.period == period.text), key=lambda d: d.version, default=None)
    latest = {d.period: d for d in sorted(twins, key=lambda d: d.version)}
    answer.warnings += [_same_bytes(delivery, twin) for twin in latest.values()]
    answer.facts = {"delivery": delivery.id}
    answer.outputs = [str(root.raw / delivery.id)]
    answer.lines = [f"Received {delivery.id} ({delivery.data_class}, {sum(f.size for f in delivery.files):,} bytes)."]
    if delivery.reason:
        answer.lines.append(f"It comes as: {delivery.reason}.")
    if before is not None:
        say(f"judging it, and comparing it with {before.id}")
        compare_versions(root, catalog, source, before, delivery, answer)
    place = f'"{root.path}"' if " " in str(root.path) else str(root.path)
    answer.lines.append("Next: lm-stats run" + (f" --root {place}" if place != "data" else ""))


def _each_once(paths: Sequence[Path], answer: Answer) -> list[Path]:
    """The files without those that have the bytes of another: counted twice, nothing would be right."""
    found: dict[str, Path] = {}
    for path in paths:
        twin = found.setdefault(store.checksum(path), path)
        if twin is not path:
            what = f"it has the same bytes as {twin.name}, so it was taken once"
            answer.warnings.append(Problem(path.name, what, "Send the other file, if another one was meant."))
    return list(found.values())


def look_at(paths: Sequence[Path]) -> bool:
    """See that files are whole and of a known kind; whether one of them says that it is synthetic.

    Raises:
        Fault: If one cannot be used.
    """
    from lm_stats.stage import check_readable, is_marked_synthetic

    for path in paths:
        check_readable(path)
    return any(is_marked_synthetic(path) for path in paths)


def refuse_identifiers(kind: Kind, source: Source, paths: Sequence[Path]) -> None:
    """Refuse files of unit records for statistics that say who is who: they need not and should not.

    Raises:
        Fault: If a column that nobody declared holds direct identifiers, by its name or title (exit code 3).
    """
    if not kind.rectangular:
        return
    from lm_stats.stage import find_identifying

    if found := find_identifying(source, kind, paths):
        raise Fault(found, code=3)


def _stands(source: Source, kind: Kind, one: Delivery, known: Sequence[Delivery]) -> bool:
    """Whether a delivery stands whole: a later one for a part of its period, or for more, may have taken its place."""
    found = find_standing(known, source.replaces, [d.id for d in known], in_parts=kind.in_parts)
    return any(d.id == one.id for d in found.deliveries) and one.id not in found.partly


def _reason(
    source: Source, kind: Kind, period: Period, version: int, is_known: bool, known: Sequence[Delivery]
) -> str:
    """Why a delivery comes besides the calendar."""
    periods = [Period.parse(delivery.period) for delivery in known]
    if version > 1:
        return TAKEN_BACK if is_known else CORRECTED
    if kind.in_parts and any(one.first <= period.first and period.last <= one.last for one in periods):
        return PART_AGAIN
    days = source.expected.days if source.expected else 0
    is_overdue = now().date() > period.last + dt.timedelta(days=days)
    return LATE_FILE if is_overdue and any(one.first > period.last for one in periods) else ""


def no_file(path: Path) -> Problem:
    """The problem of a path that is no file."""
    if path.is_dir():
        return Problem(str(path), "this is a folder, not a file", "Name the files in it that the office sent.")
    return Problem(str(path), "there is no such file", "Check the path and the name.")


def _takes_the_place(delivery: Delivery, kind: Kind) -> Problem:
    types = ", ".join(record.id for record in kind.records)
    what = f"it takes the place of version {delivery.version - 1} whole: nothing of that is used any more"
    do = f"If a file of it still holds (there are {types}), receive all files again in one command."
    return Problem(delivery.id, what, do)


def _same_bytes(delivery: Delivery, twin: Delivery) -> Problem:
    if twin.period == delivery.period and twin.version == delivery.version - 1:
        what = f"these are the bytes of {twin.id} again: they take back what came later for parts of its period"
        return Problem(delivery.id, what, "If the office did not mean that, receive again what came later.")
    if twin.period == delivery.period:
        what = f"these are the bytes of {twin.id} again, so the versions after it are taken back"
        return Problem(delivery.id, what, "If the office did not mean that, receive its last version again.")
    what = f"the same bytes were received as {twin.id}, for another period"
    return Problem(delivery.id, what, "Check which period they are for, and move the folder of the wrong one away.")


def choose_source(catalog: Catalog, sending: Sending) -> Source:
    """The source that files come from.

    Raises:
        Fault: If kind, country, agency or source do not exist or leave none or several (exit code 2).
    """
    country = sending.country.upper()
    _know("--kind", sending.kind, catalog.kinds)
    _know("--country", country, catalog.countries)
    in_country = [s for s in catalog.sources.values() if s.ref_area == country]
    left = [s for s in in_country if s.kind == sending.kind]
    if sending.agency:
        _know("--agency", sending.agency.upper(), dict.fromkeys(s.agency for s in in_country))
        left = [s for s in left if s.agency == sending.agency.upper()]
    if sending.source:
        name = sending.source.rpartition("/")[2]
        _know("--source", name, dict.fromkeys(s.id for s in in_country))
        left = [s for s in left if s.id == name]
    if len(left) == 1:
        return left[0]
    listed = left or [s for s in in_country if s.kind == sending.kind] or in_country
    choices = "; ".join(f"--source {s.id} (kind {s.kind}, agency {s.agency})" for s in listed) or "none"
    what = "several sources fit" if left else "no source fits"
    raise Fault(Problem(f"{sending.kind} of {country}", what, f"Choose one of these: {choices}."), code=2)


def _know(option: str, value: str, known: Sequence[str] | dict[str, object]) -> None:
    if value not in known:
        do = f"Choose one of these: {', '.join(sorted(known))}." if known else "Declare it in a pack first."
        raise Fault(Problem(f"{option} {value}", "this is not declared", do), code=2)


def _highest_version(root: Root, source: Source, period: Period) -> int:
    """The highest version for which a folder exists, whether or not its record can be read."""
    names = (path.name.rpartition(".v") for path in (root.raw / source.path).glob(f"{period.text}.v*"))
    return max((int(number) for _, _, number in names if number.isdigit()), default=0)


def _store(root: Root, delivery: Delivery, files: Sequence[Path]) -> Delivery:
    """Copy the files beside their place, compare, write the record last, and rename the folder."""
    place = root.raw / delivery.id
    arriving = place.parent / store.WORK
    try:
        if arriving.exists():
            shutil.rmtree(arriving)
        arriving.mkdir(parents=True)
        copied: list[DeliveredFile] = []
        for path in files:
            copied.append(_copy(path, arriving, [file.name for file in copied]))
        complete = Delivery(**{**_fields(delivery), "files": tuple(copied)})
        store.write_text(arriving / "delivery.toml", complete.to_toml())
        store.swap_folder(arriving, place)
    except OSError as error:
        raise store.told_plainly(error, delivery.id) from None
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return complete


def _fields(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in delivery.__dataclass_fields__}


def _copy(path: Path, folder: Path, taken: Sequence[str]) -> DeliveredFile:
    name = safe_name(path.name, taken)
    before = path.stat()
    shutil.copyfile(path, folder / name)
    after = path.stat()
    found = store.checksum(folder / name)
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if changed or found != store.checksum(path):
        do = "Wait until the program that writes or copies it has ended, and receive it again."
        raise Fault(Problem(str(path), "the file changed while it was copied: it is still being written", do))
    return DeliveredFile(name, path.name, (folder / name).stat().st_size, found)


def safe_name(name: str, taken: Sequence[str] = ()) -> str:
    """A file name that every system accepts: ASCII, short, not reserved, not one of `taken`.

    Args:
        name: The name as sent.
        taken: Names given already; they are compared without regard to case.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-") or "file"
    suffix = re.sub(r"[^A-Za-z0-9]+", "", suffix)[:10]
    if _RESERVED.fullmatch(f"{stem}.{suffix}") or _RESERVED.fullmatch(stem):
        stem = f"file_{stem}"
    lower = {other.lower() for other in taken}
    for number in range(1, len(taken) + 2):
        tail = (f"_{number}" if number > 1 else "") + (f".{suffix}" if suffix else "")
        chosen = stem[: _NAME_LENGTH - len(tail)] + tail
        if chosen.lower() not in lower:
            return chosen
    raise ValueError("no name is left")  # one of n + 1 names is not among n
