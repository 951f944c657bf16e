"""Decisions about pairs: whether two applications are of one person.

A decision is one line of a file that is kept beside the deliveries. It names two applications by their tokens, says yes
or no, and how the pair came to be looked at, so that decisions also measure how good the linkage is. A line that cannot
be used is told of with its file and line; it never stops the work and is never passed over. A later line does not
change an earlier one: the two contradict each other, and neither counts until one is taken away.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lm_stats.compile.decided import read_day, read_decided
from lm_stats.compile.spreadsheet import neutralise, restore
from lm_stats.curate.permits.reviewing import STRATA
from lm_stats.spec import Problem

DECISION_COLUMNS = (
    "permit_id", "other_permit_id", "same", "stratum", "represents", "decided_by", "decided_on", "why",
)  # fmt: skip
_ANSWERS = {"yes": True, "y": True, "no": False, "n": False}
# digits only, or digits around one "e": a spreadsheet that opens a text file makes a number of them
_LIKE_A_NUMBER = re.compile(r"\d+(?:[eE]\d+)?")
_REWRITTEN = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")
_MARK = "id-"


@dataclass(frozen=True)
class LinkageDecision:
    """One line: whether two applications are of one person.

    Attributes:
        ref_area: The member state.
        permit_id: One application, the lesser token of the two.
        other_permit_id: The other.
        same: Whether they are of one person; none where the line does not say.
        stratum: One of `STRATA`.
        represents: How many candidate pairs of the stratum the pair stands for; not a number where the line says none.
        decided_by: Who decided.
        decided_on: When, ISO 8601.
        why: Why, in plain words.
        where: File and line.
    """

    ref_area: str
    permit_id: str
    other_permit_id: str
    same: bool | None
    stratum: str = "grey"
    represents: float = 1.0
    decided_by: str = ""
    decided_on: str = ""
    why: str = ""
    where: str = field(default="", compare=False)

    @property
    def pair(self) -> tuple[str, str, str]:
        """What is decided about, whatever was decided."""
        return self.ref_area, self.permit_id, self.other_permit_id

    @property
    def answer(self) -> str:
        """`yes`, `no` or nothing."""
        return "" if self.same is None else "yes" if self.same else "no"


def read_decisions(paths: Sequence[Path]) -> tuple[pd.DataFrame, list[Problem]]:
    """Read what people decided about pairs, of one or several member states.

    A pair that is decided alike twice stands once. Lines that cannot all be true (a pair that is one person and is not,
    directly or through others) contradict each other: none of them counts.

    Args:
        paths: CSV files `<iso3>/decisions/linkage.csv` with the columns of `DECISION_COLUMNS`; files that do not exist
            are passed over.

    Returns:
        One row a pair, `permit_id` less than `other_permit_id`: text columns `ref_area` (from the folder), `permit_id`,
        `other_permit_id`, `same` (yes or no), `stratum`, number `represents`, texts `decided_by`, `decided_on`, `why`;
        and what is wrong, with file and line.
    """
    found, problems = decisions_in(paths)
    against = find_contradictions(found)
    for place, others in against.items():
        what = f"it contradicts {_in_words([found[other] for other in others])}, so none of them counts"
        problems.append(Problem(found[place].where, what, "Look at the records again, and take the wrong one away."))
    standing: dict[tuple[str, str, str], LinkageDecision] = {}
    for place, one in enumerate(found):
        if place not in against:
            standing.setdefault(one.pair, one)
    names = ("ref_area", *DECISION_COLUMNS)
    rows = [
        {**{name: getattr(one, name) for name in names}, "same": one.answer} for one in standing.values()
    ]
    kinds = {name: "float64" if name == "represents" else "str" for name in names}
    return pd.DataFrame(rows, columns=list(names)).astype(kinds), problems


def decisions_in(paths: Iterable[Path]) -> tuple[list[LinkageDecision], list[Problem]]:
    """The lines of files of decisions that are right by themselves, and what is wrong with the others.

    Args:
        paths: As for `read_decisions`.
    """
    found: list[LinkageDecision] = []
    problems: list[Problem] = []
    for path in paths:
        if not path.exists():
            continue
        place, sender = "/".join(path.parts[-3:]), path.parent.parent.name.upper()
        # who saves it in a spreadsheet may lose an empty cell at the end of a line
        lines, wrong_lines = read_decided(path, DECISION_COLUMNS, len(DECISION_COLUMNS) - 1)
        problems += wrong_lines
        for number, line in lines:
            one = decision_of({**line, "ref_area": sender}, f"{place}, line {number}")
            wrong = what_is_wrong(one)
            if wrong:
                problems.append(Problem(one.where, *wrong))
            else:
                found.append(one)
    return found, problems


def decision_of(line: Mapping[str, str], where: str) -> LinkageDecision:
    """The decision that stands in a line, checked or not.

    Args:
        line: Texts by column, `ref_area` among them.
        where: File and line.
    """
    texts = {name: restore(line.get(name, "").strip()) for name in ("ref_area", *DECISION_COLUMNS)}
    one, other = sorted(texts[name].removeprefix(_MARK) for name in ("permit_id", "other_permit_id"))
    try:
        represents = float(texts["represents"].replace(",", "."))
    except ValueError:
        represents = math.nan
    return LinkageDecision(
        texts["ref_area"].upper(),
        one,
        other,
        _ANSWERS.get(texts["same"].casefold()),
        texts["stratum"].casefold(),
        represents,
        texts["decided_by"],
        read_day(texts["decided_on"]),
        texts["why"],
        where,
    )


def what_is_wrong(one: LinkageDecision) -> tuple[str, str] | None:
    """Why a decision does not count, and what to do; none where it does."""
    ids = (one.permit_id, one.other_permit_id)
    if not all(ids) or ids[0] == ids[1]:
        return "it does not name two applications, so it does not count", "Leave both ids as the review wrote them."
    if any(_REWRITTEN.fullmatch(text) for text in ids):
        what = "a spreadsheet has rewritten an id as a number, so it does not count"
        return what, "Take the line from the list of the review again."
    if one.same is None:
        return "same is neither yes nor no, so it does not count", "Write yes or no."
    if one.stratum not in STRATA:
        do = f"Leave it as the review wrote it: {', '.join(STRATA)}."
        return "stratum is none that the review knows, so it does not count", do
    if not (math.isfinite(one.represents) and one.represents > 0):
        return "represents is no number above 0, so it does not count", "Leave it as the review wrote it."
    if not one.decided_on:
        return "decided_on is no date, so it does not count", "Write it as 2026-11-22."
    if not one.decided_by:
        return "decided_by is empty, so it does not count", "Write who decided."
    return None


def find_contradictions(decisions: Sequence[LinkageDecision]) -> dict[int, list[int]]:
    """Decisions that cannot all be true: a pair that is not one person, and others that make it one.

    For every pair said to be different, the shortest chain of pairs said to be the same that joins its two applications
    is found and taken away, until none is left: each of its decisions, and the one that says no, contradict each other.
    The order of the decisions does not matter to which are found.

    Args:
        decisions: The decisions.

    Returns:
        Places of decisions, in order, each with the places of those that it contradicts.
    """
    by_pair: dict[tuple[str, str, str], dict[bool, list[int]]] = {}
    joined: dict[tuple[str, str], set[str]] = {}
    for place, one in enumerate(decisions):
        by_pair.setdefault(one.pair, {}).setdefault(bool(one.same), []).append(place)
        if one.same:
            joined.setdefault((one.ref_area, one.permit_id), set()).add(one.other_permit_id)
            joined.setdefault((one.ref_area, one.other_permit_id), set()).add(one.permit_id)
    found: dict[int, set[int]] = {}
    for pair, answers in by_pair.items():
        used: set[tuple[str, str]] = set()
        while False in answers and (chain := _chain(joined, pair, used)):
            used |= set(chain)
            yes = [place for one in chain for place in by_pair[pair[0], *one][True]]
            for place in answers[False]:
                found.setdefault(place, set()).update(yes)
            for place in yes:
                found.setdefault(place, set()).update({*answers[False], *yes} - {place})
    return {place: sorted(found[place]) for place in sorted(found)}


def lines_of(decisions: Iterable[LinkageDecision], *, heading: bool, delimiter: str = ",") -> str:
    """Decisions as lines of the file; what begins like a formula cannot run in a spreadsheet.

    Args:
        decisions: The decisions.
        heading: Whether the line with the names of the columns comes first.
        delimiter: What separates cells.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    if heading:
        writer.writerow(DECISION_COLUMNS)
    for one in decisions:
        cells = {name: getattr(one, name) for name in DECISION_COLUMNS}
        cells |= {"same": one.answer, "represents": f"{one.represents:.10g}"}
        cells |= {name: as_text(cells[name]) for name in ("permit_id", "other_permit_id")}
        writer.writerow([neutralise(cells[name]) for name in DECISION_COLUMNS])
    return out.getvalue()


def as_text(token: str) -> str:
    """A token as spreadsheets leave it alone in a text file: with a mark before one that could be a number."""
    return f"{_MARK}{token}" if _LIKE_A_NUMBER.fullmatch(token) else token


def _chain(
    joined: Mapping[tuple[str, str], set[str]], pair: tuple[str, str, str], used: set[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The shortest chain of pairs between two applications, without those that are used; empty where there is none."""
    area, start, end = pair
    before = {start: ""}
    waiting = deque([start])
    while waiting and end not in before:
        at = waiting.popleft()
        for other in sorted(joined.get((area, at), ())):
            if other not in before and (min(at, other), max(at, other)) not in used:
                before[other] = at
                waiting.append(other)
    found: list[tuple[str, str]] = []
    while end in before and end != start:
        found.append((min(end, before[end]), max(end, before[end])))
        end = before[end]
    return found


def _in_words(decisions: Sequence[LinkageDecision], most: int = 5) -> str:
    shown = [one.where for one in decisions[:most]]
    if len(decisions) > most:
        shown.append(f"{len(decisions) - most} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
