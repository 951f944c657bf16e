"""Validate, then promote: how an output takes the place of the last good one, and what is known of it.

Everything is written into a work folder beside its place and renamed when it is whole, so that a
kill at any moment leaves the last good state or the new one. Beside every output lies a record
`<name>.json` with what it was made from.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lm_stats.spec import Fault, Problem

WORK = ".making"
REPLACED = ".replaced"
DATABASE = ".duckdb"
_PATIENCE = (0.05, 0.1, 0.2)
# what databases say instead of an error number
_FULL = ("No space left on device", "disk is full")


# What is known of an output ------------------------------------------------------------------------


@dataclass(frozen=True)
class Stamp:
    """A file as it was when it was recorded: size in bytes, time of change in ns, SHA-256."""

    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a file."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, _checksum_at(path, status.st_size, status.st_mtime_ns))

    def holds(self, path: Path) -> bool:
        """Whether the file is still the same; it is only read where its time differs (it was copied)."""
        try:
            status = path.stat()
            if status.st_size != self.size:
                return False
            return status.st_mtime_ns == self.mtime_ns or checksum(path) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True)
class Rows:
    """An account of rows: `rows_in = accepted + quarantined + sum(excluded)`."""

    rows_in: int = 0
    accepted: int = 0
    quarantined: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Rows) -> Rows:
        names = sorted({*self.excluded, *other.excluded})
        excluded = {name: self.excluded.get(name, 0) + other.excluded.get(name, 0) for name in names}
        return Rows(
            self.rows_in + other.rows_in, self.accepted + other.accepted, self.quarantined + other.quarantined, excluded
        )

    def __str__(self) -> str:
        left = sum(self.excluded.values())
        return (
            f"rows {self.rows_in:,} accepted {self.accepted:,} quarantined {self.quarantined:,} excluded {left:,}"
        )


@dataclass(frozen=True)
class Record:
    """What lies beside an output.

    Attributes:
        key: Key of the asset, or id of the delivery.
        fingerprint: Hash of everything it was made from.
        version: Hash of what came out: the fingerprint, and which deliveries stand where some failed.
        made_at: When it was made.
        seconds: How long that took.
        rows: Account of rows.
        files: Stamps of its files by name, relative to its folder.
        pending: Those of them that wait under another name because the old file could not be replaced.
        warnings: What a person should know.
        problems: What failed although the output was made (deliveries that could not be read).
        retry: Whether a failure may pass by itself, so that the next run tries again.
        detail: Further facts for the states to the right.
    """

    key: str
    fingerprint: str
    version: str
    made_at: str = ""
    seconds: float = 0.0
    rows: Rows = field(default_factory=Rows)
    files: Mapping[str, Stamp] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    retry: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the record so that it is there whole or not at all."""
        write_text(path, json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """The record, or none where there is none that can be read: its output is then made again."""
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            known["rows"] = Rows(**known["rows"])
            known["files"] = {name: Stamp(**stamp) for name, stamp in known["files"].items()}
            known["pending"] = tuple(known["pending"])
            for name in ("warnings", "problems"):
                known[name] = tuple(Problem(**problem) for problem in known[name])
            return cls(**known)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def is_intact(self, folder: Path) -> bool:
        """Whether its files are as they were recorded, those that wait under their other name included."""
        return all(
            stamp.holds(folder / (waiting_name(name) if name in self.pending else name))
            for name, stamp in self.files.items()
        )


# Fingerprints --------------------------------------------------------------------------------------


def checksum(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _checksum_at(path: Path, size: int, mtime_ns: int) -> str:
    # size and time are part of the key: a large delivery is read once in a run, a changed one again
    return checksum(path)


def fingerprint(*parts: object) -> str:
    """A hash of declarations and other plain values that is the same on every machine.

    Raises:
        TypeError: If a part holds something whose content is not known, such as a function.
    """
    return hashlib.sha256(json.dumps([_canonical(part) for part in parts]).encode()).hexdigest()


def _canonical(value: object) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _canonical_declaration(value)
    if isinstance(value, Mapping):
        return {"mapping": [[_canonical(key), _canonical(item)] for key, item in value.items()]}
    if isinstance(value, set | frozenset):
        return {"set": sorted(json.dumps(_canonical(item)) for item in value)}
    if isinstance(value, Iterable):
        return [_canonical(item) for item in value]
    raise TypeError(f"a {type(value).__name__} has no fingerprint")


_known: dict[int, tuple[object, str]] = {}


def _canonical_declaration(value: Any) -> str:
    # long codelists stand in the fingerprints of many assets; the object is kept so that its id stays its own
    if id(value) not in _known:
        content = [[part.name, _canonical(getattr(value, part.name))] for part in dataclasses.fields(value)]
        text = json.dumps([type(value).__name__, content])
        _known[id(value)] = value, hashlib.sha256(text.encode()).hexdigest()
    return _known[id(value)][1]


@cache
def code_fingerprint(modules: tuple[str, ...]) -> str:
    """A hash of the files of some modules and packages of ours, whatever their line ends."""
    import lm_stats
    import pipelines

    homes = {package.__name__: Path(package.__path__[0]) for package in (lm_stats, pipelines)}
    found = hashlib.sha256()
    for name in modules:
        package, *rest = name.split(".")
        place = homes[package].joinpath(*rest)
        paths = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place.with_suffix(".py")]
        for path in paths:
            if "__pycache__" not in path.parts:
                found.update(path.relative_to(homes[package]).as_posix().encode() + b"\0")
                found.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return found.hexdigest()


# Promotion -----------------------------------------------------------------------------------------


def write_text(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _replace(temporary, path)


@contextlib.contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """An empty folder inside `folder` to write new files into; it goes when the block ends."""
    work = folder / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def promote(work: Path, folder: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Move files from the work folder to their places.

    Args:
        work: Folder that holds the new files.
        folder: Folder that they go to.
        names: Their names.

    Returns:
        Names of databases that someone has open: the new one waits beside the old one.

    Raises:
        OSError: If a file cannot be replaced; those named before it are.
    """
    for name in names:
        _flush(work / name)
    folder.mkdir(parents=True, exist_ok=True)
    pending = tuple(name for name in names if not _take_place(work / name, folder / name))
    _flush_folder(folder)
    return pending


def swap_folder(work: Path, target: Path) -> tuple[str, ...]:
    """Put a folder in the place of another one, whole.

    Where an open file keeps the old folder in its place, the files are replaced one by one, and
    those that are refused wait beside the old ones.

    Args:
        work: The new folder.
        target: The place; an old folder there is deleted.

    Returns:
        Names of files that wait, relative to `target`.
    """
    for path in _files(work):
        _flush(work / path)
    if not target.exists():
        _replace(work, target)
        return ()
    aside = target.parent / REPLACED / target.name
    aside.parent.mkdir(exist_ok=True)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _replace(target, aside)
    except PermissionError:
        return _replace_each(work, target)
    try:
        _replace(work, target)
    except OSError:
        _replace(aside, target)
        raise
    _flush_folder(target.parent)
    shutil.rmtree(aside.parent, ignore_errors=True)
    return ()


def _replace_each(work: Path, target: Path) -> tuple[str, ...]:
    names = _files(work)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
    pending = tuple(name for name in names if not _take_place(work / name, target / name, any_file=True))
    keep = {*names, *map(waiting_name, pending)}
    for name in _files(target):
        if name not in keep:
            with contextlib.suppress(PermissionError):
                (target / name).unlink()
    return pending


def finish_swaps(record: Record, folder: Path) -> Record:
    """Put files that wait in their places where nobody has the old ones open any more."""
    left = tuple(name for name in record.pending if not _finish(folder / name))
    return dataclasses.replace(record, pending=left)


def _finish(path: Path) -> bool:
    waiting = path.with_name(waiting_name(path.name))
    try:
        _replace(waiting, path)
    except PermissionError:
        return False
    except FileNotFoundError:
        pass  # a kill came between the swap and its record; a file that is really gone is found by its stamp
    return True


def open_elsewhere(folder: Path, names: Iterable[str]) -> tuple[Problem, ...]:
    """The problems of files that wait."""
    return tuple(
        Problem(
            str(folder / name),
            "the file could not be replaced because a program has it open; the new one stands beside it as "
            f"{Path(waiting_name(name)).name}",
            f"Close every program that has {Path(name).name} open (a notebook, a database browser, a spreadsheet) and "
            "run again.",
        )
        for name in names
    )


def waiting_name(name: str) -> str:
    """The name under which a file waits: `observatory.new.duckdb`."""
    path = Path(name)
    return path.with_name(f"{path.stem}.new{path.suffix}").as_posix()


def clear_leftovers(folders: Iterable[Path]) -> None:
    """Set right what a killed run left: unfinished files go, a folder moved aside comes back."""
    for folder in sorted(set(folders)):
        if not folder.is_dir():
            continue
        for aside in sorted((folder / REPLACED).glob("*")):
            if not (folder / aside.name).exists():
                aside.rename(folder / aside.name)
        for left in (folder / WORK, folder / REPLACED):
            if left.exists():
                shutil.rmtree(left)
        for left in folder.glob(".*.tmp"):
            left.unlink()


def files_below(folder: Path) -> tuple[str, ...]:
    """Names of all files below a folder, in order."""
    return _files(folder)


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))


def _take_place(new: Path, target: Path, *, any_file: bool = False) -> bool:
    """Whether the new file took the place of the old one; else it waits beside it."""
    waiting = target.with_name(waiting_name(target.name))
    try:
        _replace(new, target)
    except PermissionError:
        if not target.exists() or not (any_file or target.suffix == DATABASE):
            raise
        _replace(new, waiting)
        return False
    if any_file or target.suffix == DATABASE:
        waiting.unlink(missing_ok=True)
    return True


def _replace(source: Path, target: Path) -> None:
    for pause in (*_PATIENCE, None):
        try:
            source.replace(target)
        except PermissionError:
            # virus scanners and indexers hold a new file for a moment
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


# Faults --------------------------------------------------------------------------------------------


def told_plainly(error: BaseException, where: str) -> Fault:
    """An error as a person is told it: never with its text, which may hold the content of cells."""
    if isinstance(error, Fault):
        return error
    number = getattr(error, "errno", None)
    place = getattr(error, "filename", None)
    at = f"{where} ({place})" if isinstance(place, str) else where
    if number in (errno.ENOSPC, errno.EDQUOT) or any(said in str(error) for said in _FULL):
        do = "Free some space there and run again; the last good state stands."
        return Fault(Problem(at, "the disk is full", do))
    if number in (errno.EROFS, errno.EACCES, errno.EPERM):
        do = "Make it writable, close programs that have it open, and run again; the last good state stands."
        return Fault(Problem(at, "the file or folder cannot be written to: it is read-only or open elsewhere", do))
    if isinstance(error, OSError):
        what = f"the system refused ({type(error).__name__} {number})"
        return Fault(Problem(at, what, "Check the disk and run again; the last good state stands."))
    return Fault(
        Problem(
            where,
            f"unexpected {type(error).__name__} at {_line_of(error)}",
            "The last good state stands. Run again with LM_STATS_DEBUG=1 to see more, and tell the maintainers.",
        )
    )


def _line_of(error: BaseException) -> str:
    """File and line where an error came up, the last one in our own code."""
    found, trace = "an unknown line", error.__traceback__
    while trace is not None:
        parts = Path(trace.tb_frame.f_code.co_filename).parts
        for package in ("lm_stats", "pipelines"):
            if package in parts:
                at = len(parts) - 1 - parts[::-1].index(package)
                found = f"{'/'.join(parts[at:])}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
