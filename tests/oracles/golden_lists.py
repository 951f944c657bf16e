"""Golden lists: what offices write for countries, places, occupations and industries, and the codes that it means.

Files `golden/<list>.csv` with the columns `spelling, code, detail, source`; `golden/PROVENANCE.md` says of every source
what it is and how its lines were chosen. A code `?` is for texts that nobody may code without looking: they may mean
several codes or none.

Each list is split in two by the hash of the spelling. Whoever writes maps or sets thresholds reads the first half
only, so that the second half measures what happens to spellings that nobody had in mind.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from lm_stats.spec import normalise_spelling

FOLDER = Path(__file__).parent / "golden"
# the concept that each list measures
LISTS = {
    "countries": "citizenship",
    "places": "district",
    "occupations": "occupation",
    "industries": "economic_activity",
}
HALVES = ("first", "second")
UNSURE = "?"


class Line(NamedTuple):
    """A line of a list.

    Attributes:
        spelling: As an office writes it.
        code: What it means; `?` where it must not be coded unseen.
        detail: Kind of spelling (countries, places), or the finer code where its source gives one.
        source: Short id of the source.
    """

    spelling: str
    code: str
    detail: str
    source: str


def half(spelling: str) -> str:
    """Whether a spelling belongs to the "first" or the "second" half: by SHA-256 of the folded spelling."""
    return HALVES[sha256(normalise_spelling(spelling).encode()).digest()[0] % 2]


def read_list(name: str) -> tuple[Line, ...]:
    """All lines of a list, in the order of the file."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Line(**line) for line in csv.DictReader(file))


def read_sources() -> set[str]:
    """Ids of the sources that `PROVENANCE.md` describes: its headings of the third level."""
    text = (FOLDER / "PROVENANCE.md").read_text(encoding="utf-8")
    return {line.removeprefix("### ").strip("` ") for line in text.splitlines() if line.startswith("### ")}
