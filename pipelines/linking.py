"""The commands `linkage review` and `linkage accept`: pairs of records to a person, and decisions to the memory.

Names and numbers of persons are shown on the terminal and in the file that was asked for, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lm_stats.catalog import Catalog
from lm_stats.spec import SYNTHETIC_STATEMENT, Fault, Problem
from pipelines.answer import FAILED, Answer
from pipelines.defs.s3_persons import FOLDER, LINKS, PAIRS, PERMITS
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
    import pandas as pd

    from lm_stats.linkage_review import Address, LinkageDecision, PairRecord, ReviewPair

Say = Callable[[str], None]
NAME = "linkage"
COMMAND = "linkage review"
# pairs that the quality of the linkage can be told from, and what a person looks through in a day
ASKED = 300
SHOWN = 10
_SEED = 1
# kinds of identifiers of a person
_SAYS_WHO = ("name", "document", "birth_date")
_CHOSEN = ("ref_area", "permit_id", "other_permit_id", "stratum", "represents")
_PAIR_COLUMNS = {"ref_area", "left_id", "right_id", "weight", "probability", "rule"}
# of a record's dates, those that say when it was
_DATES = ("application_date", "issue_date", "valid_from")
_MOST_TEXT = 44


@dataclass(frozen=True)
class Asked:
    """What is to be listed.

    Attributes:
        country: Code of a country, or empty for all.
        limit: How many pairs at most; none for what the review asks for.
        out: File to write, or none.
    """

    country: str = ""
    limit: int | None = None
    out: Path | None = None


def review(root: Root, catalog: Catalog, asked: Asked, answer: Answer, say: Say) -> None:
    """List pairs of records of which a person shall say whether they are of one person.

    Args:
        root: The root; nothing in it is changed.
        catalog: The declarations.
        asked: What to list, and where to write it.
        answer: Filled in. Texts of deliveries stand in its lines only, which are for the terminal.
        say: Tells a person how far the work is.

    Raises:
        Fault: If there is no root, or what is asked for does not exist (exit code 2), or nothing has been linked yet
            or a file cannot be read (1).
    """
    from lm_stats.linkage_review import read_decisions

    root.require()
    refuse_wrong_file(asked.out)
    country = asked.country.upper()
    if country and country not in catalog.countries:
        refuse_undeclared("--country", country, catalog.countries)
    decisions, problems = read_decisions(root.decisions(NAME, country or "*"))
    answer.warnings += problems
    chosen = _to_decide(root, catalog, _scored(root, country), decisions, asked.limit or ASKED)
    # who looks at the terminal sees the first ones only
    shown = chosen if asked.out or asked.limit else chosen.head(SHOWN)
    listed = _listed(root, catalog, shown, _permits(root, shown), answer, say)
    answer.facts = {
        "pairs": {stratum: int(count) for stratum, count in chosen["stratum"].value_counts(sort=False).items()},
        "listed": len(listed),
        "decided": len(decisions),
    }
    if asked.out is not None and listed:
        from lm_stats.linkage_review import write_review

        statement = SYNTHETIC_STATEMENT if root.is_synthetic else ""
        labels = {name: concept.label for name, concept in catalog.concepts.items()}
        write_review(asked.out, listed, labels, statement=statement)
        answer.outputs = [str(asked.out)]
    answer.lines = _text(catalog, chosen, listed, len(decisions), asked.out)


def accept(root: Root, catalog: Catalog, path: Path, by: str, answer: Answer) -> None:
    """Take the decisions of a file that was filled in into the memory, all of them or none.

    Args:
        root: The root.
        catalog: The declarations.
        path: What `review` wrote, filled in.
        by: Who decided, where a line does not say.
        answer: Filled in.

    Raises:
        Fault: If there is no root or no such file (exit code 2), or a line is wrong (1): nothing is written then.
    """
    from lm_stats.linkage_review import SHOWN_CONCEPTS, read_review

    root.require()
    require_file(path, COMMAND)
    shown = [catalog.concepts[name] for name in SHOWN_CONCEPTS]
    identifying = [concept.label for concept in shown if concept.identifier in _SAYS_WHO]
    names = [concept.label for concept in shown if concept.identifier == "name"]
    decisions, problems = read_review(path, now().date().isoformat(), by.strip(), identifying, names)
    written, held = 0, 0
    prepared: dict[Path, str] = {}
    with root.locked():
        known = _known_permits(root) if decisions else set()
        for sender in dict.fromkeys(one.ref_area for one in decisions):
            own = [one for one in decisions if one.ref_area == sender]
            unknown = _unknown(own, known) if sender in catalog.countries else _of_no_country(own, catalog)
            problems += unknown
            if unknown:
                continue
            place = root.raw / sender.lower() / "decisions" / f"{NAME}.csv"
            new, repeated, wrong = _new_among(place, own)
            problems += wrong
            written, held = written + len(new), held + repeated
            if new:
                prepared[place] = with_lines(place, partial(_lines, new))
        write_all(prepared, problems)
    answer.unchanged = not written
    answer.outputs = [str(place) for place in prepared]
    answer.facts = {"accepted": written, "known": held}
    said = f"Accepted {written:,} decisions." if written or held else "No pair has yes or no; nothing was accepted."
    answer.lines = [f"{said} {held:,} were known already." if held else said]
    if written:
        answer.lines.append(next_run(root, path))


# Review ----------------------------------------------------------------------------------------------


def _scored(root: Root, country: str) -> pd.DataFrame:
    """The pairs that the last run scored."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = root.curated / FOLDER / PAIRS
    where = f"curated/{FOLDER}/{PAIRS}"
    again = "Run again: lm-stats run. If it stays so, delete the file and run."
    if not all((root.curated / FOLDER / name).exists() for name in (PAIRS, f"{PERMITS}.parquet", f"{LINKS}.parquet")):
        what = "no certificates have been linked yet, so there are no pairs to look at"
        raise Fault(Problem(where, what, "Run first: lm-stats run."), code=FAILED)
    try:
        names = set(pq.read_schema(path).names)
        if not names >= _PAIR_COLUMNS:
            raise Fault(Problem(where, "it does not hold pairs as this version writes them", again), code=FAILED)
        only = [("ref_area", "==", country)] if country else None
        found: pd.DataFrame = pd.read_parquet(path, columns=sorted(_PAIR_COLUMNS), filters=only)
    except (OSError, pa.ArrowException) as error:
        raise Fault(Problem(where, f"the file cannot be read ({type(error).__name__})", again), code=FAILED) from None
    return found


def _to_decide(
    root: Root, catalog: Catalog, pairs: pd.DataFrame, decisions: pd.DataFrame, number: int
) -> pd.DataFrame:
    """Pairs that nobody has decided about, of each country: the grey zone first, then samples of the others."""
    import pandas as pd

    from lm_stats.curate.permits.reviewing import STRATA, choose_pairs

    model = catalog.linkage[PERMITS]
    links = pd.read_parquet(
        root.curated / FOLDER / f"{LINKS}.parquet", columns=["ref_area", "permit_id", "person_id", "link_probability"]
    ).rename(columns={"link_probability": "probability"})
    decided = pd.MultiIndex.from_frame(decisions[list(_CHOSEN[:3])])
    areas = [(str(area), own) for area, own in pairs.groupby("ref_area", sort=True)]
    numbers = _divide(number, [len(own) for _, own in areas])
    found = []
    for (area, own), asked in zip(areas, numbers, strict=True):
        own_links = links[links["ref_area"] == area]
        # those of an earlier run may name applications that the register no longer holds
        known = own["left_id"].isin(own_links["permit_id"]) & own["right_id"].isin(own_links["permit_id"])
        waiting = known & ~pd.MultiIndex.from_frame(own[["ref_area", "left_id", "right_id"]]).isin(decided)
        chosen = choose_pairs(own[waiting], own_links, asked, _SEED, between=(model.review_at, model.link_at))
        chosen = chosen.rename(columns={"left_id": "permit_id", "right_id": "other_permit_id"}).assign(ref_area=area)
        # those that hang together through others only are no candidates, and may have been decided
        found.append(chosen[~pd.MultiIndex.from_frame(chosen[list(_CHOSEN[:3])]).isin(decided)])
    if not found:
        return pd.DataFrame({name: [] for name in _CHOSEN})
    every = pd.concat(found, ignore_index=True)[list(_CHOSEN)]
    return every.sort_values("stratum", key=lambda names: names.map(STRATA.index), kind="stable", ignore_index=True)


def _divide(number: int, sizes: Sequence[int]) -> list[int]:
    """A number divided in proportion to sizes, one at least for each; whole numbers that add up where they can."""
    whole, passed, before = sum(sizes), 0, 0
    found = []
    for size in sizes:
        passed += size
        until = round(number * passed / whole)
        found.append(max(1, until - before))
        before = max(until, before)
    return found


def _permits(root: Root, chosen: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Rows of the table of permits, by area and id: addresses, and what tells whether two say the same."""
    import pyarrow.parquet as pq

    from lm_stats.compile.duckdb import connect, identifier, parquet
    from lm_stats.linkage_review import KNOWN_AS

    path = root.curated / FOLDER / f"{PERMITS}.parquet"
    there = pq.read_schema(path).names
    address = ("ref_area", "permit_id", "delivery_id", "source_file", "source_sheet", "source_row")
    names = [name for name in dict.fromkeys((*address, *_DATES, *KNOWN_AS)) if name in there]
    wanted = sorted({*chosen["permit_id"], *chosen["other_permit_id"]})
    with connect() as connection:
        columns = ", ".join(map(identifier, names))
        query = f"SELECT {columns} FROM {parquet(path)} WHERE list_contains(?, permit_id)"
        rows = connection.execute(query, [wanted]).fetchall()
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {(row["ref_area"], row["permit_id"]): row for row in found}


def _listed(
    root: Root,
    catalog: Catalog,
    chosen: pd.DataFrame,
    permits: Mapping[tuple[str, str], Mapping[str, Any]],
    answer: Answer,
    say: Say,
) -> list[ReviewPair]:
    """The chosen pairs with the cells of both records; pairs of which one cannot be shown are told of."""
    from lm_stats.linkage_review import ReviewPair

    records = _records(root, catalog, permits, answer, say)
    listed, lacking = [], 0
    for pair in chosen.to_dict("records"):
        area = str(pair["ref_area"])
        keys = [(area, str(pair[name])) for name in ("permit_id", "other_permit_id")]
        # of two records of one day, the order of the ids, so that the list is the same each time
        keys.sort(key=lambda key: (_when(permits.get(key, {})), key))
        one, other = (records.get(key) for key in keys)
        if one is None or other is None:
            lacking += 1
            continue
        listed.append(ReviewPair(area, one, other, str(pair["stratum"]), float(pair["represents"])))
    if lacking:
        what = f"{lacking} pairs are not listed: a record of theirs is no longer where it was when they were linked"
        answer.warnings.append(Problem("raw", what, "Run, and review again: lm-stats run."))
    return listed


def _records(
    root: Root,
    catalog: Catalog,
    permits: Mapping[tuple[str, str], Mapping[str, Any]],
    answer: Answer,
    say: Say,
) -> dict[tuple[str, str], PairRecord]:
    """Records with their cells, read from the deliveries by their addresses."""
    from lm_stats.linkage_review import KNOWN_AS, Address, PairRecord, read_records

    wanted: dict[str, dict[tuple[str, str], Address]] = {}
    for key, row in permits.items():
        address = Address(str(row["source_file"]), str(row["source_sheet"] or ""), int(row["source_row"]))
        wanted.setdefault(str(row["delivery_id"]), {})[key] = address
    deliveries = {one.id: one.delivery for one in root.deliveries() if one.delivery}
    found: dict[tuple[str, str], PairRecord] = {}
    for delivery, addresses in sorted(wanted.items()):
        source = catalog.sources.get(delivery.rpartition("/")[0])
        if source is None or delivery not in deliveries:
            continue
        say(f"looking at {delivery}")
        cells = read_records(as_sent(root, catalog, source, deliveries, answer, delivery), set(addresses.values()))
        for key, address in addresses.items():
            if address in cells:
                row = permits[key]
                known = {name: str(row[name]) for name in KNOWN_AS if row.get(name) is not None}
                found[key] = PairRecord(key[1], delivery, address, cells[address], known)
    return found


def _when(row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in _DATES if row.get(name) is not None), "")


def _text(
    catalog: Catalog, chosen: pd.DataFrame, listed: Sequence[ReviewPair], decided: int, out: Path | None
) -> list[str]:
    if chosen.empty:
        return [f"No pair of records waits for a decision; {decided:,} are decided."]
    counts = ", ".join(f"{count:,} {name}" for name, count in chosen["stratum"].value_counts(sort=False).items())
    lines = [f"{len(chosen):,} pairs of records to look at ({counts}); {decided:,} are decided."]
    if out is not None and not listed:
        return [*lines, "None of them can be shown, so no file was written."]
    if out is not None:
        return [
            *lines,
            f"Wrote {out}: {len(listed):,} of them. It shows names and numbers of persons: for the office's own staff "
            "only, to be kept as safely as the deliveries, and to be deleted afterwards.",
            f"Fill in the column same, then: lm-stats linkage accept {out}",
        ]
    for number, pair in enumerate(listed, start=1):
        lines += ["", f"Pair {number}, {pair.ref_area}, {pair.stratum}", *_side_by_side(catalog, pair)]
    lines.append("")
    if len(chosen) > len(listed):
        lines.append(f"... and {len(chosen) - len(listed):,} more: --limit N, or --out FILE.xlsx for all.")
    do = "lm-stats linkage review --out FILE.xlsx, fill in the column same, lm-stats linkage accept FILE"
    lines.append(f"To decide: {do}.")
    return lines


def _side_by_side(catalog: Catalog, pair: ReviewPair) -> list[str]:
    """Both records, a line for each concept; a star where they differ, a = where one renews the other."""
    from lm_stats.linkage_review import SHOWN_CONCEPTS, agreeing, differing

    records = (pair.one, pair.other)
    apart, alike = differing(*records), agreeing(*records) | agreeing(*reversed(records))
    rows = []
    for name in SHOWN_CONCEPTS:
        one, other = (record.cells.get(name, "") for record in records)
        if one or other:
            sign = "*" if name in apart else "=" if name in alike else ""
            rows.append((sign, catalog.concepts[name].label, one, other))
    rows.append(("", "in", *(_address(record.delivery, record.address) for record in records)))
    first = max(len(label) for _, label, _, _ in rows)
    second = min(_MOST_TEXT, max(len(text) for _, _, text, _ in rows))
    return [f"  {star:1} {label:{first}}  {one:{second}}  {other}".rstrip() for star, label, one, other in rows]


def _address(delivery: str, address: Address) -> str:
    sheet = f", {address.sheet}" if address.sheet else ""
    return f"{delivery}{sheet}, row {address.row}"


# Accept ----------------------------------------------------------------------------------------------


def _known_permits(root: Root) -> set[tuple[str, str]]:
    """Area and id of every application of the observatory."""
    import pandas as pd

    path = root.curated / FOLDER / f"{PERMITS}.parquet"
    if not path.exists():
        what = "there are no permits yet, so nothing can be decided about them"
        raise Fault(Problem(f"curated/{FOLDER}/{path.name}", what, "Run first: lm-stats run."), code=FAILED)
    rows = pd.read_parquet(path, columns=["ref_area", "permit_id"])
    return set(zip(rows["ref_area"], rows["permit_id"], strict=True))


def _unknown(decisions: Sequence[LinkageDecision], known: Collection[tuple[str, str]]) -> list[Problem]:
    what = "it names an application that the register does not hold, so nothing was accepted"
    do = "Leave the ids as the review wrote them; if a delivery was replaced since, run and review again."
    return [
        Problem(one.where, what, do)
        for one in decisions
        if not all((one.ref_area, permit) in known for permit in (one.permit_id, one.other_permit_id))
    ]


def _of_no_country(decisions: Sequence[LinkageDecision], catalog: Catalog) -> list[Problem]:
    do = f"Leave it as the review wrote it: {', '.join(sorted(catalog.countries))}."
    return [Problem(one.where, "ref_area is no declared country, so nothing was accepted", do) for one in decisions]


def _new_among(
    place: Path, decisions: Sequence[LinkageDecision]
) -> tuple[list[LinkageDecision], int, list[Problem]]:
    """Decisions that are not known yet, how many are, and which contradict others."""
    from lm_stats.linkage_review import decisions_in, find_contradictions

    known, problems = decisions_in([place])
    if unreadable := [one for one in problems if one.what.startswith(("its columns", "it cannot be"))]:
        # lines that nobody could read would be written over or never be read
        return [], 0, unreadable
    answers = {(one.pair, one.same) for one in known}
    new = [one for one in decisions if (one.pair, one.same) not in answers]
    every = [*known, *new]
    against = find_contradictions(every)
    do = (
        "Look at the records again and decide for one; a line that was decided earlier and is wrong has to be taken "
        f"away from {'/'.join(place.parts[-3:])} first."
    )
    wrong = []
    for number, others in against.items():
        if number >= len(known):
            said = ", ".join(every[other].where for other in others)
            wrong.append(Problem(every[number].where, f"it contradicts {said}, so nothing was accepted", do))
    return new, len(decisions) - len(new), wrong


def _lines(new: Sequence[LinkageDecision], heading: bool, delimiter: str) -> str:
    from lm_stats.linkage_review import lines_of

    return lines_of(new, heading=heading, delimiter=delimiter)
