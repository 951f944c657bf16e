"""The commands `coding review` and `coding accept`: unknown spellings to a person, and decisions to the memory.

Texts of deliveries are shown on the terminal and in the file that was asked for, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import SYNTHETIC_STATEMENT, Problem, Source, normalise_spelling
from pipelines.answer import Answer
from pipelines.defs.s1_staged import coders_of
from pipelines.defs.s2_harmonised import standing_of
from pipelines.remembering import NAME, memory_problems, with_memory
from pipelines.review_lists import (
    as_sent,
    next_run,
    refuse_undeclared,
    refuse_wrong_file,
    require_file,
    with_lines,
    write_all,
)
from pipelines.root import Root, now

if TYPE_CHECKING:
    from lm_stats.coding import Decision, Reviewed, Unseen
    from lm_stats.stage import Keyring

Say = Callable[[str], None]
# what a column beside it says of an empty cell, where records have it
PROPOSED_BY = {"citizenship": "passport_country"}
SHOWN = 20


@dataclass(frozen=True)
class Asked:
    """What is to be listed.

    Attributes:
        country: Code of a country, or empty for all.
        source: A source (`<iso3>/<source>` or its id), or empty.
        concept: A concept, or empty.
        limit: How many spellings at most; none for `SHOWN` on the terminal and for all in a file.
        out: File to write, or none.
    """

    country: str = ""
    source: str = ""
    concept: str = ""
    limit: int | None = None
    out: Path | None = None


def review(root: Root, catalog: Catalog, asked: Asked, answer: Answer, say: Say) -> None:
    """List the spellings that were not coded, by number of rows they touch, with proposals.

    Args:
        root: The root; nothing in it is changed.
        catalog: The declarations.
        asked: What to list, and where to write it.
        answer: Filled in. Texts of deliveries stand in its lines only, which are for the terminal.
        say: Tells a person how far the work is.

    Raises:
        Fault: If there is no root, or what is asked for does not exist (exit code 2), or a file cannot be read (1).
    """
    root.require()
    refuse_wrong_file(asked.out)
    sources = _chosen(catalog, asked)
    answer.warnings += memory_problems(root, catalog)
    found: list[Unseen] = []
    for source in sources:
        found += _unseen_of(root, catalog, source, asked, answer, say)
    found.sort(key=lambda one: (-one.rows, one.source, one.concept, one.text, one.why))
    limit = asked.limit or (len(found) if asked.out else SHOWN)
    choices = _choices_by_source(catalog, found[:limit])
    listed = _with_proposals(root, catalog, found[:limit], choices)
    answer.facts = {"unseen": _counts(found), "spellings": len(found), "listed": len(listed)}
    if asked.out is not None:
        from lm_stats.coding import write_review

        statement = SYNTHETIC_STATEMENT if root.is_synthetic else ""
        write_review(asked.out, listed, choices, statement=statement)
        answer.outputs = [str(asked.out)]
    answer.lines = _text(root, listed, found, asked.out)


def accept(root: Root, catalog: Catalog, path: Path, by: str, answer: Answer) -> None:
    """Take the decisions of a file that was filled in into the coding memory, all of them or none.

    Args:
        root: The root.
        catalog: The declarations.
        path: What `review` wrote, filled in.
        by: Who decided, where a line does not say.
        answer: Filled in.

    Raises:
        Fault: If there is no root or no such file (exit code 2), or a line is wrong (1): nothing is written then.
    """
    from lm_stats.coding import choices_of, read_review

    root.require()
    require_file(path, "coding review")
    by_sender: dict[str, list[Source]] = {}
    for source in catalog.sources.values():
        by_sender.setdefault(source.ref_area.lower(), []).append(source)
    choices = {
        sender: choices_of(own, catalog.kinds, catalog.concepts, catalog.codelists) for sender, own in by_sender.items()
    }
    decisions, problems = read_review(path, choices, now().date().isoformat(), by.strip())
    written, held = 0, 0
    with root.locked():
        prepared: dict[Path, str] = {}
        for sender, own in decisions.items():
            place = root.raw / sender / "decisions" / f"{NAME}.csv"
            new, repeated, wrong = _new_among(place, own, choices[sender])
            problems += wrong
            written, held = written + len(new), held + repeated
            if new:
                prepared[place] = with_lines(place, partial(_lines, new))
        write_all(prepared, problems)
    answer.unchanged = not written
    answer.outputs = [str(place) for place in prepared]
    answer.facts = {"accepted": written, "known": held}
    said = f"Accepted {written:,} decisions." if written or held else "No line has a code; nothing was accepted."
    answer.lines = [f"{said} {held:,} were in the memory already." if held else said]
    if written:
        answer.lines.append(next_run(root, path))


def _chosen(catalog: Catalog, asked: Asked) -> list[Source]:
    """The sources that are asked for."""
    country, name = asked.country.upper(), asked.source.rpartition("/")[2]
    if country and country not in catalog.countries:
        refuse_undeclared("--country", country, catalog.countries)
    own = [
        source
        for source in catalog.sources.values()
        if country in ("", source.ref_area) and asked.source in ("", source.path, source.id)
    ]
    if asked.source and not own:
        refuse_undeclared("--source", name, [source.id for source in catalog.sources.values()])
    if asked.concept:
        concepts = {n for source in own for n in catalog.kinds[source.kind].concepts}
        coded = [n for n in concepts if catalog.concepts[n].type == "code"]
        if asked.concept not in coded:
            refuse_undeclared("--concept", asked.concept, coded)
    return own


def _unseen_of(
    root: Root, catalog: Catalog, declared: Source, asked: Asked, answer: Answer, say: Say
) -> list[Unseen]:
    """What was not coded of one source."""
    kind = catalog.kinds[declared.kind]
    received = [one for one in root.deliveries() if one.source == declared.path]
    if not received:
        return []
    from lm_stats.coding import Place, collect_unseen
    from lm_stats.stage import Keyring

    source = with_memory(root, catalog, declared)
    standing, records = standing_of(root, source, kind)
    if waiting := [one.id for one in received if one.delivery and one.id not in records]:
        what = "it has not been staged, so nothing of it is listed"
        answer.warnings += [Problem(name, what, "Run first: lm-stats run.") for name in waiting]
    if not standing.deliveries:
        return []
    say(f"looking at {declared.path}")
    keyring = Keyring(root.key()) if kind.needs_key else None
    quarantine = root.curated / "harmonised" / source.path / "quarantine.parquet"
    home = root.curated / "staged" / source.path
    places = [
        Place(
            delivery.id,
            source.for_record(record),
            record,
            home / records[delivery.id].detail["parts"][record.id],
            quarantine,
            partial(_tokens, keyring) if keyring else None,
            partial(_name_tokens, keyring) if keyring else None,
        )
        for delivery in standing.deliveries
        for record in kind.records
        if record.id in records[delivery.id].detail["parts"]
    ]
    return collect_unseen(
        places,
        catalog.concepts,
        coders_of(catalog, source),
        partial(as_sent, root, catalog, source, {d.id: d for d in standing.deliveries}, answer),
        only=(asked.concept,) if asked.concept else (),
        proposed_by=PROPOSED_BY,
    )


def _tokens(keyring: Keyring, texts: Sequence[str]) -> list[str]:
    import pandas as pd

    from lm_stats.stage.screen import withheld

    return [str(token) for token in withheld(keyring, pd.Series(list(texts), dtype="str"))]


def _name_tokens(keyring: Keyring, texts: Sequence[str]) -> dict[str, list[str | None]]:
    """What texts would be if they were names of persons: whole, and with their parts sorted."""
    import pandas as pd

    found = keyring.name_tokens(pd.Series(list(texts), dtype="str")).iloc[:, :2]
    return {
        str(column): [token if isinstance(token, str) else None for token in found[column]] for column in found.columns
    }


def _with_proposals(
    root: Root, catalog: Catalog, listed: Sequence[Unseen], choices: Mapping[tuple[str, str], Mapping[str, str]]
) -> list[Reviewed]:
    """Spellings with what they may mean, in the same order."""
    from lm_stats.coding import Proposal, Reviewed, declared_for, suggest

    proposals: dict[tuple[str, str, str], tuple[Proposal, ...]] = {}
    for (path, name), labels in choices.items():
        source, concept = with_memory(root, catalog, catalog.sources[path]), catalog.concepts[name]
        texts = [one.text for one in listed if (one.source, one.concept) == (path, name) and one.text]
        if not texts:
            continue
        for record in catalog.kinds[source.kind].records:
            if name in record.concepts:
                shared = catalog.spellings.get(concept.codelist, ())
                declared = declared_for(source.for_record(record), record, concept, catalog.codelists, shared)
                found = suggest(texts, declared, labels)
                proposals |= {(path, name, text): own for text, own in found.items()}
    reviewed = []
    for one in listed:
        labels = choices[one.source, one.concept]
        said = [Proposal(code, labels[code], "", 100, "said beside it") for code in one.may_mean if code in labels]
        reviewed.append(Reviewed(one, tuple(said) or proposals.get((one.source, one.concept, one.text), ())))
    return reviewed


def _choices_by_source(catalog: Catalog, listed: Sequence[Unseen]) -> dict[tuple[str, str], Mapping[str, str]]:
    """Codes and labels by path of the source and concept, of those that are listed."""
    from lm_stats.coding import choices_of

    found: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for path in dict.fromkeys(one.source for one in listed):
        source = catalog.sources[path]
        found[path] = choices_of([source], catalog.kinds, catalog.concepts, catalog.codelists)[source.id]
    return {(one.source, one.concept): found[one.source][one.concept] for one in listed}


def _counts(found: Sequence[Unseen]) -> list[dict[str, object]]:
    """How many spellings of which concept were not coded: numbers only, no text."""
    from lm_stats.coding import HIDDEN

    counted: dict[tuple[str, str], list[Unseen]] = {}
    for one in found:
        counted.setdefault((one.source, one.concept), []).append(one)
    return [
        {
            "source": source,
            "concept": concept,
            "spellings": len(own),
            "rows": sum(one.rows for one in own),
            "not_shown": sum(one.why in HIDDEN for one in own),
        }
        for (source, concept), own in sorted(counted.items())
    ]


def _text(root: Root, listed: Sequence[Reviewed], found: Sequence[Unseen], out: Path | None) -> list[str]:
    if not found:
        return ["Every spelling in the deliveries that stand is coded."]
    cells = sum(one.rows for one in found)
    lines = [f"{len(found):,} spellings were not coded; they stand in {cells:,} cells."]
    if out is not None:
        return [
            *lines,
            f"Wrote {out}: {len(listed):,} of them. It shows cells of the deliveries: keep it as safely as these.",
            f"Fill in the column code, then: lm-stats coding accept {out}",
        ]
    from lm_stats.coding import in_words, shown_text

    for one in listed:
        unseen = one.unseen
        sheet = f", sheet {unseen.sheet}" if unseen.sheet else ""
        rows = f"{unseen.rows:>7,} row{'s' if unseen.rows > 1 else ' '}"
        lines.append(f"{rows}  {unseen.source} {unseen.concept}: {shown_text(unseen)}")
        why = f"; {unseen.why}" if unseen.text else ""
        lines.append(f"              first in {unseen.delivery}, {unseen.file}{sheet}, row {unseen.row}{why}")
        lines += [f"              perhaps {in_words(proposal)}" for proposal in one.proposals]
    if len(found) > len(listed):
        lines.append(f"... and {len(found) - len(listed):,} more: --limit N, or --out FILE.xlsx for all.")
    do = "lm-stats coding review --out FILE.xlsx, fill in the column code, lm-stats coding accept FILE"
    lines.append(f"To decide: {do}.")
    return lines


def _new_among(
    place: Path, decisions: Sequence[Decision], choices: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> tuple[list[Decision], int, list[Problem]]:
    """Decisions that the memory does not hold yet, how many it holds, and which contradict others."""
    from lm_stats.coding import read_memory

    memory = read_memory([place], choices)
    if unreadable := [one for one in memory.problems if one.what.startswith(("its columns", "it cannot be"))]:
        # lines that nobody could read would be written over or never be read
        return [], 0, unreadable
    new: list[Decision] = []
    repeated, problems = 0, []
    # only what is said of the same spelling can be the same or contradict it
    alike: dict[tuple[str, str, str], list[Decision]] = {}
    for known in memory.decisions:
        alike.setdefault(_said_of(known), []).append(known)
    for one in decisions:
        others = alike.setdefault(_said_of(one), [])
        if any(one.says_the_same(other) for other in others):
            repeated += 1
        elif other := next((o for o in others if one.contradicts(o)), None):
            do = "Decide for one of the two; a line of the memory that was wrong has to be taken away there first."
            problems.append(Problem(one.where, f"it contradicts {other.where}, so nothing was accepted", do))
        else:
            new.append(one)
            others.append(one)
    return new, repeated, problems


def _said_of(one: Decision) -> tuple[str, str, str]:
    return one.source, one.concept, normalise_spelling(one.value)


def _lines(new: Sequence[Decision], heading: bool, delimiter: str) -> str:
    from lm_stats.coding import lines_of

    return lines_of(new, heading=heading, delimiter=delimiter)
