"""The coding memory: what people decided that a spelling means.

A decision is one line of a file that is kept beside the deliveries. It names the source, the concept, the spelling and
the code, and says who decided and when. It is asked before everything else, each time that texts are coded. A line
that cannot be used is told of with its file and line; it never stops the work and is never passed over.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lm_stats.compile.coder import ABROAD
from lm_stats.compile.decided import read_day, read_decided
from lm_stats.compile.spreadsheet import neutralise, restore
from lm_stats.spec import Codelist, Concept, Kind, MapEntry, Problem, Record, Source, normalise_spelling
from lm_stats.spec.places import REVIEWED

MEMORY_COLUMNS = ("source", "concept", "value", "code", "valid_from", "valid_to", "decided_by", "decided_on", "why")
# in place of a source: every source of the sender
ANY_SOURCE = "*"

# codes and labels by source and concept
Choices = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Decision:
    """One line: what a spelling means in the deliveries of a source.

    Attributes:
        source: Id of the source, or `ANY_SOURCE`.
        concept: Id of the concept.
        value: The spelling; compared after `normalise_spelling`.
        code: The code it stands for.
        valid_from: First day on which the decision holds, or empty.
        valid_to: Last day, or empty.
        decided_by: Who decided.
        decided_on: When, ISO 8601.
        why: Why, in plain words.
        where: File and line.
    """

    source: str
    concept: str
    value: str
    code: str
    valid_from: str = ""
    valid_to: str = ""
    decided_by: str = ""
    decided_on: str = ""
    why: str = ""
    where: str = field(default="", compare=False)

    def contradicts(self, other: Decision) -> bool:
        """Whether another decision gives the same spelling another code at the same time."""
        same = (self.source, self.concept) == (other.source, other.concept)
        starts = max(self.valid_from, other.valid_from)
        ends = min(self.valid_to or "9999", other.valid_to or "9999")
        alike = same and normalise_spelling(self.value) == normalise_spelling(other.value)
        return alike and self.code != other.code and starts <= ends

    def says_the_same(self, other: Decision) -> bool:
        """Whether another decision has the same effect, whoever took it."""
        names = ("source", "concept", "code", "valid_from", "valid_to")
        alike = all(getattr(self, name) == getattr(other, name) for name in names)
        return alike and normalise_spelling(self.value) == normalise_spelling(other.value)


@dataclass(frozen=True)
class Memory:
    """The decisions of one sender that count, and what is wrong with lines that do not.

    Attributes:
        decisions: In the order of the files.
        problems: With file and line; no content of a cell.
    """

    decisions: tuple[Decision, ...] = ()
    problems: tuple[Problem, ...] = ()

    def entries(self, source: Source) -> dict[str, tuple[MapEntry, ...]]:
        """Lines for a source by concept; those for the source itself before those for all of its sender."""
        found: dict[str, list[MapEntry]] = {}
        for name in (source.id, ANY_SOURCE):
            for one in self.decisions:
                if one.source == name:
                    entry = MapEntry(one.value, one.code, one.valid_from, one.valid_to, REVIEWED)
                    found.setdefault(one.concept, []).append(entry)
        return {concept: tuple(lines) for concept, lines in found.items()}


def admissible_codes(
    source: Source, record: Record, concept: Concept, codelists: Mapping[str, Codelist]
) -> dict[str, str]:
    """Codes that rows may carry, with their labels: those that a decision may name.

    Districts are those of the country of the source. A citizenship may also be a region of origin, where no more is
    certain.

    Args:
        source: The source.
        record: The type of rows.
        concept: The concept, a code.
        codelists: Codelists by id.
    """
    codelist = codelists[concept.codelist]
    found = {code.code: code.label for code in codelist if record.sums or code.kind in ("", "missing")}
    if codelist.id == "districts":
        own = {*source.district_codes, codelist.missing, ABROAD}
        found = {code: label for code, label in found.items() if code in own}
    if concept.id == "citizenship" and "regions_of_origin" in codelists:
        found |= {code.code: code.label for code in codelists["regions_of_origin"] if code.kind == ""}
    return found


def choices_of(
    sources: Iterable[Source],
    kinds: Mapping[str, Kind],
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
) -> dict[str, dict[str, dict[str, str]]]:
    """Codes and labels that decisions may name, by id of the source and concept.

    Args:
        sources: The sources of one sender.
        kinds: Kinds by id.
        concepts: Concepts by id.
        codelists: Codelists by id.
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    for source in sources:
        by_concept = found.setdefault(source.id, {})
        for record in kinds[source.kind].records:
            for name in record.concepts:
                concept = concepts[name]
                if concept.type == "code" and not concept.identifier:
                    codes = by_concept.setdefault(name, {})
                    codes |= admissible_codes(source, record, concept, codelists)
    return found


def read_memory(paths: Sequence[Path], choices: Choices) -> Memory:
    """Read the decisions of one sender.

    Two lines that give one spelling of one source different codes at the same time contradict each other: neither
    counts.

    Args:
        paths: CSV files with the columns of `MEMORY_COLUMNS`; files that do not exist are passed over.
        choices: Codes that may be decided for, by id of the source and concept (`choices_of`).
    """
    found: list[Decision] = []
    problems: list[Problem] = []
    for path in paths:
        if not path.exists():
            continue
        # the folder of the sender says whose decisions these are
        place = "/".join(path.parts[-3:])
        # who saves it in a spreadsheet may lose an empty cell at the end of a line
        lines, wrong_lines = read_decided(path, MEMORY_COLUMNS, len(MEMORY_COLUMNS) - 1)
        problems += wrong_lines
        for number, line in lines:
            one = decision_of(line, f"{place}, line {number}")
            wrong = what_is_wrong(one, choices)
            if wrong:
                problems.append(Problem(one.where, *wrong))
            else:
                found.append(one)
    against = _contradictions(found)
    for number, other in against.items():
        what = f"it contradicts {found[other].where}, so neither of the two counts"
        problems.append(Problem(found[number].where, what, "Take the wrong one away, or say until when it held."))
    return Memory(tuple(one for number, one in enumerate(found) if number not in against), tuple(problems))


def decision_of(line: Mapping[str, str | None], where: str) -> Decision:
    """The decision that stands in a line, checked or not.

    Args:
        line: Texts by column.
        where: File and line.
    """
    texts = {name: (line.get(name) or "").strip() for name in MEMORY_COLUMNS}
    texts["decided_on"] = read_day(texts["decided_on"]) or texts["decided_on"]
    return Decision(**{**texts, "value": restore(texts["value"])}, where=where)


def what_is_wrong(one: Decision, choices: Choices) -> tuple[str, str] | None:
    """Why a decision does not count, and what to do; none where it does."""
    sources = choices if one.source == ANY_SOURCE else {one.source: choices.get(one.source, {})}
    if one.source != ANY_SOURCE and one.source not in choices:
        known = ", ".join(sorted(choices)) or "none"
        return "source is none of this sender, so it does not count", f"Write one of these, or *: {known}."
    if not any(one.concept in concepts for concepts in sources.values()):
        known = ", ".join(sorted({name for concepts in sources.values() for name in concepts}))
        return "concept is none that the source codes, so it does not count", f"Write one of these: {known}."
    if not normalise_spelling(one.value):
        return "value is empty, so it does not count", "Write the spelling as the office wrote it."
    # totals are codes of published tables only: what is decided for every source has to hold in each of them
    if not all(one.code in concepts[one.concept] for concepts in sources.values() if one.concept in concepts):
        of_all = " of every source" if one.source == ANY_SOURCE else ""
        what = f"code is not one that rows may carry in {one.concept}{of_all}, so it does not count"
        return what, "Write a code of its codelist, as the dropdown of the review offers them."
    for name in ("valid_from", "valid_to", "decided_on"):
        if (getattr(one, name) or name == "decided_on") and not _is_day(getattr(one, name)):
            return f"{name} is no date, so it does not count", "Write it as 2026-11-22."
    if one.valid_to and one.valid_from > one.valid_to:
        return "valid_from is after valid_to, so it never holds", "Correct the two days."
    if not one.decided_by:
        return "decided_by is empty, so it does not count", "Write who decided."
    return None


def remember(source: Source, entries: Mapping[str, Sequence[MapEntry]]) -> Source:
    """A source with lines put before those of its own maps.

    Args:
        source: The source.
        entries: Lines by concept.
    """
    if not entries:
        return source
    own = {name: (*lines, *source.entries.get(name, ())) for name, lines in entries.items()}
    parts = {
        # what a part says of a concept stands in place of what the source says
        name: replace(part, entries={c: (*entries.get(c, ()), *lines) for c, lines in part.entries.items()})
        for name, part in source.parts.items()
    }
    return replace(source, entries={**source.entries, **own}, parts=parts)


def lines_of(decisions: Iterable[Decision], *, heading: bool, delimiter: str = ",") -> str:
    """Decisions as lines of the memory; what begins like a formula cannot run in a spreadsheet.

    Args:
        decisions: The decisions.
        heading: Whether the line with the names of the columns comes first.
        delimiter: What separates cells.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    if heading:
        writer.writerow(MEMORY_COLUMNS)
    for one in decisions:
        writer.writerow([neutralise(getattr(one, name)) for name in MEMORY_COLUMNS])
    return out.getvalue()


def _contradictions(decisions: Sequence[Decision]) -> dict[int, int]:
    """Places of decisions that another one contradicts, with the place of the first that does."""
    alike: dict[tuple[str, str, str], list[int]] = {}
    for place, one in enumerate(decisions):
        alike.setdefault((one.source, one.concept, normalise_spelling(one.value)), []).append(place)
    found = {}
    for places in alike.values():
        for place in places:
            other = next((p for p in places if decisions[p].contradicts(decisions[place])), None)
            if other is not None:
                found[place] = other
    return dict(sorted(found.items()))


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
