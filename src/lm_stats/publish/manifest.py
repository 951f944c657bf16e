"""The manifest of an edition: every file with its size and checksum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from lm_stats.publish.database import read_about
from lm_stats.spec import SYNTHETIC_STATEMENT, Release

NAME = "manifest.json"
DATABASE = "lm_public.duckdb"


def seal(into: Path, release: Release, edition: str) -> None:
    """Write `manifest.json`: every other file below `into` with size and SHA-256.

    A checksum holds for the file that lies here. Files marked `"repeats": false` differ from run to run
    although they hold the same; all others are the same bytes whenever the same is published.

    Args:
        into: Folder of the edition, complete.
        release: The release.
        edition: Name of the edition; `draft` for a draft.
    """
    files = [path for path in sorted(into.rglob("*")) if path.is_file() and path != into / NAME]
    data_class = read_about(into / DATABASE)["data_class"]
    manifest: dict[str, object] = {
        "release": release.id,
        "title": release.title["en"],
        "edition": edition,
        "data_class": data_class,
    }
    if data_class != "real":
        manifest["statement"] = SYNTHETIC_STATEMENT
    manifest["files"] = [_entry(path, into) for path in sorted(files, key=lambda path: path.relative_to(into).parts)]
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (into / NAME).write_text(text, encoding="utf-8", newline="\n")


def _entry(path: Path, into: Path) -> dict[str, object]:
    entry: dict[str, object] = {
        "path": path.relative_to(into).as_posix(),
        "size": path.stat().st_size,
        "sha256": _checksum(path),
    }
    if path.suffix == ".duckdb":
        entry["repeats"] = False
    return entry


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
