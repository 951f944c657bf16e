"""The root folder: what lies where, which class of data it holds, which key its tokens are made with."""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import hashlib
import hmac
import json
import os
import platform
import secrets
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from lm_stats.simulate import DEMO_KEY
from lm_stats.spec import Delivery, Fault, Kind, Period, Problem, read_delivery

KEY_VARIABLE = "LM_STATS_KEY"
LOCK_SECONDS = 5.0


def now() -> dt.datetime:
    """The time in UTC; `LM_STATS_NOW` (ISO 8601) stands in for it where work must repeat exactly.

    Raises:
        Fault: If `LM_STATS_NOW` is no date and time.
    """
    given = os.environ.get("LM_STATS_NOW", "")
    if not given:
        return dt.datetime.now(dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(given)
    except ValueError:
        problem = Problem("environment LM_STATS_NOW", "this is no date and time", "Write 2026-01-31T12:00:00Z.")
        raise Fault(problem, code=2) from None
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def timestamp() -> str:
    """The time as records hold it: `2026-01-31T12:00:00Z`."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")


def key_fingerprint(key: bytes) -> str:
    """What a root remembers of its key: 12 hex digits of an HMAC of a constant, as `Keyring.fingerprint`.

    Said here once more because the keyring needs pandas, and a run with nothing to do does not.
    """
    return hmac.new(key, b"fingerprint of the key", hashlib.sha256).hexdigest()[:12]


@dataclass(frozen=True)
class Received:
    """A folder of `raw` that holds a delivery.

    Attributes:
        id: `<iso3>/<source>/<period>.v<n>`, from where the folder lies.
        folder: The folder.
        record: Content of `delivery.toml`.
        delivery: The delivery; none where the record cannot be used.
        problem: Why it cannot be used.
    """

    id: str
    folder: Path
    record: bytes
    delivery: Delivery | None
    problem: Problem | None = None

    @property
    def source(self) -> str:
        """Path of the source: `<iso3>/<source>`."""
        return self.id.rpartition("/")[0]


class Root:
    """A root folder.

    Args:
        path: The folder; it need not exist yet.

    Attributes:
        notices: What a person should hear once, such as that a key was made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw = path / "raw"
        self.curated = path / "curated"
        self.notices: list[str] = []
        self._lock: Any = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What `raw/root.toml` remembers; empty where there is none.

        Raises:
            Fault: If the file cannot be read.
        """
        path = self.raw / "root.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            do = "Restore it from a copy; it says whether the root is synthetic and which key it was made with."
            raise Fault(Problem(str(path), f"the file cannot be read ({type(error).__name__})", do)) from None

    def remember(self, **facts: Any) -> None:
        """Add to what `raw/root.toml` remembers: texts, numbers, and tables of them."""
        known = {**self.facts, **facts}
        plain = {name: value for name, value in known.items() if not isinstance(value, Mapping)}
        lines = ["# What this root holds. Written by lm-stats; do not edit.", *_toml(plain)]
        for name, table in known.items():
            if isinstance(table, Mapping):
                lines += ["", f"[{name}]", *_toml(table)]
        self.raw.mkdir(parents=True, exist_ok=True)
        path = self.raw / "root.toml"
        temporary = path.with_name(".root.toml.tmp")
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        temporary.replace(path)

    def require(self) -> None:
        """Refuse a folder that is no root.

        Raises:
            Fault: If it holds no folder for deliveries (exit code 2).
        """
        if not self.raw.is_dir():
            do = "Receive a delivery (lm-stats receive FILE ...), or make a demonstration (lm-stats demo)."
            raise Fault(Problem(str(self.path), "this is no root: it has no folder raw", do), code=2)

    def deliveries(self) -> tuple[Received, ...]:
        """Every delivery in `raw`, in order of its id. A folder without `delivery.toml` is none (yet)."""
        paths = (path for path in self.raw.glob("*/*/*/delivery.toml") if not path.parent.name.startswith("."))
        return tuple(_received(path, path.parent.relative_to(self.raw).as_posix()) for path in sorted(paths))

    def decisions(self, name: str, country: str = "*") -> tuple[Path, ...]:
        """The files in which people decided about something, of one country or of all senders, in order."""
        return tuple(sorted(p for p in self.raw.glob(f"{country.lower()}/decisions/{name}.csv") if p.is_file()))

    @property
    def is_synthetic(self) -> bool:
        """Whether the root's unit records are synthetic."""
        return bool(self.facts.get("data_class") == "synthetic")

    def settle_class(self, deliveries: Iterable[Delivery], kinds: Mapping[str, Kind]) -> None:
        """Refuse real and synthetic unit records in one root; remember the class where it is new.

        Args:
            deliveries: Deliveries of the root.
            kinds: Kinds by id; a kind that is not declared counts as one of unit records.

        Raises:
            Fault: If the classes differ (exit code 3).
        """
        found = self.check_class(deliveries, kinds)
        if found and not self.facts.get("data_class"):
            self.remember(data_class=found)

    def check_class(self, deliveries: Iterable[Delivery], kinds: Mapping[str, Kind]) -> str:
        """The class of the unit records of a root, or empty where there are none.

        Args:
            deliveries: Deliveries of the root, and one that is about to join them.
            kinds: Kinds by id; a kind that is not declared counts as one of unit records.

        Raises:
            Fault: If the classes differ (exit code 3).
        """
        known = self.facts.get("data_class")
        held = {d.id: d.data_class for d in deliveries if d.kind not in kinds or kinds[d.kind].unit_records}
        classes = set(held.values()) | ({known} if known else set())
        if len(classes) > 1:
            own = known or "real"
            raise Fault(
                [
                    Problem(
                        name,
                        f"this delivery is {found}, but the root {self.path} holds {own} unit records",
                        "Real and synthetic unit records never share a root: use another --root for it.",
                    )
                    for name, found in held.items()
                    if found != own
                ],
                code=3,
            )
        return str(classes.pop()) if classes else ""

    def key(self) -> bytes:
        """The key that tokens of this root are made with.

        A synthetic root uses a key written in the code, so that demonstrations repeat. Otherwise it
        is `LM_STATS_KEY`, else a file in the user's configuration folder, made on first use.

        Raises:
            Fault: If it is not the key that the root was made with (exit code 3).
        """
        facts = self.facts
        remembered = str(facts.get("key_fingerprint", ""))
        if facts.get("data_class") == "synthetic":
            key, where = DEMO_KEY, "the key of synthetic roots"
        elif given := os.environ.get(KEY_VARIABLE, "").strip():
            key, where = given.encode(), f"environment variable {KEY_VARIABLE}"
        else:
            key, where = self._key_from_file(make=not remembered)
        fingerprint = key_fingerprint(key)
        if remembered and fingerprint != remembered:
            raise Fault(
                Problem(
                    where,
                    f"this is not the key that the root {self.path} was made with (its fingerprint is {remembered}, "
                    f"this one's is {fingerprint})",
                    f"Give the first key back, by {KEY_VARIABLE} or as the key file: with another one no person is "
                    "recognised from earlier years.",
                ),
                code=3,
            )
        if not remembered:
            self.remember(key_fingerprint=fingerprint)
        return key

    def _key_from_file(self, *, make: bool) -> tuple[bytes, str]:
        import platformdirs

        path = platformdirs.user_config_path("lm-stats", appauthor=False) / "key"
        if not path.exists():
            if not make:
                do = f"Restore it from your copy, or set {KEY_VARIABLE}: without it no person is recognised again."
                what = f"the key that the root {self.path} was made with is not there"
                raise Fault(Problem(str(path), what, do), code=3)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(made, "w", encoding="ascii", newline="\n") as file:
                file.write(secrets.token_hex(32) + "\n")
            self.notices.append(
                f"A new key was made: {path}. Keep a copy of it in a safe place: whoever has it can recognise persons "
                "in the records, and losing it breaks every link to earlier years."
            )
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            self.notices.append(f"The key file {path} can be read by others than you. Do: chmod 600 {path}")
        key = path.read_text(encoding="utf-8").strip().encode()
        if not key:
            do = f"Restore it from your copy, or set {KEY_VARIABLE}."
            raise Fault(Problem(str(path), "the key file is empty", do))
        return key, str(path)

    @contextlib.contextmanager
    def locked(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the root for oneself: one command that writes at a time. It may be taken again inside.

        Args:
            seconds: How long to wait for another command; `LOCK_SECONDS` where none is given.

        Raises:
            Fault: If another command still holds it, or the folder cannot be written to.
        """
        import filelock

        holder = self.path / ".lm-stats.holder.json"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = filelock.FileLock(self.path / ".lm-stats.lock", thread_local=False)
            self._lock.acquire(timeout=LOCK_SECONDS if seconds is None else seconds, poll_interval=0.1)
        except filelock.Timeout:
            raise Fault(
                Problem(
                    str(self.path),
                    f"another command is at work here{_said_of(holder)}",
                    "Wait until it has ended and try again.",
                )
            ) from None
        except OSError as error:
            what = f"the folder cannot be written to ({type(error).__name__})"
            do = "Choose a root that you may write to, or ask its owner."
            raise Fault(Problem(str(self.path), what, do)) from None
        try:
            if self._lock.lock_counter == 1:
                said = {"user": _user(), "host": platform.node(), "process": os.getpid(), "since": timestamp()}
                with contextlib.suppress(OSError):
                    holder.write_text(json.dumps(said), encoding="utf-8", newline="\n")
            yield
        finally:
            if self._lock.lock_counter == 1:
                holder.unlink(missing_ok=True)
            self._lock.release()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def _said_of(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text(encoding="utf-8"))
        return f": {said['user']} on {said['host']}, process {said['process']}, since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _received(path: Path, name: str) -> Received:
    """The delivery whose record is at `path`."""
    try:
        record = path.read_bytes()
    except OSError as error:
        what = f"delivery.toml cannot be read ({type(error).__name__})"
        return Received(name, path.parent, b"", None, Problem(name, what, "See who may read it."))
    delivery, problem = _read(path, name, record)
    return Received(name, path.parent, record, delivery, problem)


@cache
def _read(path: Path, name: str, record: bytes) -> tuple[Delivery | None, Problem | None]:
    # read again only where its content differs: a command asks for the deliveries many times
    try:
        delivery = read_delivery(path)
    except Fault as fault:
        return None, fault.problems[0]
    problem = _misplaced(name, delivery)
    return (None if problem else delivery), problem


def _misplaced(name: str, delivery: Delivery) -> Problem | None:
    if any(file.name != PurePosixPath(file.name).name or "\\" in file.name for file in delivery.files):
        what = "its delivery.toml names files in other folders"
        return Problem(name, what, "Put the files beside it, or receive them again.")
    try:
        Period.parse(delivery.period)
        dt.datetime.fromisoformat(delivery.received_at)
    except (Fault, ValueError):
        what = "its delivery.toml names no reference period, or no date and time of receipt"
        return Problem(name, what, "Restore delivery.toml from a copy, or receive the file again.")
    if delivery.id != name or f"{delivery.ref_area.lower()}/{delivery.source}/{delivery.folder_name}" != name:
        return Problem(
            name,
            f"its delivery.toml is that of {delivery.id}",
            "Put the folder where its record says, or receive the file again.",
        )
    return None


def _toml(table: Mapping[str, Any]) -> list[str]:
    # a JSON string, number, boolean or list of strings is a TOML one
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]
