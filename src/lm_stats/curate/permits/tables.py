"""The observatory's tables of linked permits, from applications and their links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from lm_stats.compile import arrow
from lm_stats.compile.duckdb import connect, identifier, parquet
from lm_stats.compile.pandera import cast, failures
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.curate.permits.events import events
from lm_stats.curate.permits.persons import persons
from lm_stats.curate.permits.reading import IS_GRANTED, LAST, START
from lm_stats.curate.permits.spells import overlaps, spells, undated
from lm_stats.curate.permits.stocks import flows, observed_periods, revise
from lm_stats.handover import write_parquet
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Period, Problem, Source, Table

# what stands by itself, and not for a person that others stand for too
UNIDENTIFIED = "unidentified"
APPLICATIONS = "permit_applications"
CELL = ("region_of_origin", "economic_activity")
_LINKS = {"rule": "link_rule", "status": "link_status", "probability": "link_probability"}
_SPELLS = {"start": "start_date", "end": "end_date", "spell": "spell_number", "part": "part_number"}
_KEY = ["ref_area", "permit_id"]
_ORIGIN = ["source", "delivery_id", "data_class"]
# of a time, its day
_DAY = 10


def tabulate_links(permits: Path, links: pd.DataFrame) -> pd.DataFrame:
    """The table `person_links`.

    Args:
        permits: Parquet file of the table `permits`.
        links: What `link` gives for it.
    """
    origin = pd.read_parquet(permits, columns=[*_KEY, *_ORIGIN])
    return origin.merge(links.rename(columns=_LINKS), on=_KEY, how="left", validate="one_to_one")


def tabulate_applications(permits: Path, links: Path, until: Mapping[str, pd.Timestamp]) -> pd.DataFrame:
    """The table `permit_applications`; `until` is the last day that the register of each area knows of."""
    return _with_person(permits, links, until, f"FROM {parquet(permits)}")


def tabulate_certificates(permits: Path, links: Path, until: Mapping[str, pd.Timestamp]) -> pd.DataFrame:
    """The table `certificates`."""
    days = f"{START} AS first_valid_day, ({LAST})::DATE AS last_valid_day"
    dated = f"SELECT * REPLACE (cancellation_date::DATE AS cancellation_date) FROM {parquet(permits)}"
    rows = _with_person(permits, links, until, f"SELECT *, {days} FROM ({dated}) WHERE {IS_GRANTED}")
    never = rows["last_valid_day"] < rows["first_valid_day"]
    return rows.assign(**{name: rows[name].mask(never) for name in ("first_valid_day", "last_valid_day")})


def tabulate_spells(permits: Path, links: Path, until: Mapping[str, pd.Timestamp]) -> pd.DataFrame:
    """The table `work_spells`, of the areas whose certificates can be linked to persons."""
    linked = _linkable(pd.read_parquet(links))
    made = spells(permits, linked[[*_KEY, "person_id"]], until=until)
    first = made.groupby(["ref_area", "person_id"])["start"].transform("min")
    return made.assign(first_start=first).rename(columns=_SPELLS)


def tabulate_persons(permits: Path, links: Path, work_spells: Path, until: Mapping[str, pd.Timestamp]) -> pd.DataFrame:
    """The table `persons`, of the areas whose certificates can be linked to persons."""
    linked = _linkable(pd.read_parquet(links)).rename(columns={new: old for old, new in _LINKS.items()})
    made = persons(permits, linked, read_spells(work_spells)).rename(columns={"probability": "link_probability"})
    return made.assign(observed_until=made["ref_area"].map(until))


def tabulate_events(permits: Path, links: Path, work_spells: Path) -> pd.DataFrame:
    """The table `permit_events`; of areas whose certificates cannot be linked, the events of applications only."""
    own = read_spells(work_spells)
    made = events(permits, own).drop(columns="person_id", errors="ignore")
    person = _linkable(pd.read_parquet(links))[[*_KEY, "person_id"]]
    made = made.merge(person, on=_KEY, how="left", validate="many_to_one")
    known = own.groupby("ref_area")["observed_until"].max().to_dict()
    # an area without spells has none, which must be empty dates and no numbers
    return made.assign(observed_until=pd.to_datetime(made["ref_area"].map(known)))


def tabulate_accounts(work_spells: Path) -> pd.DataFrame:
    """The table `stock_accounts`: each year of each area, by region of origin and sector."""
    made = []
    every = read_spells(work_spells)
    for area, own in every.groupby("ref_area", sort=True):
        years = observed_periods(own, "A")
        account = pd.DataFrame(flows(own, years, CELL)).rename(columns={"period": "time_period"})
        made.append(account.assign(**_origin_of(str(area), own)))
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame({"residual": []})


def keep_vintage(work_spells: Path, permits: Path, vintages: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """What is to be kept of a vintage, so that a later one can be compared with it.

    Args:
        work_spells: Parquet file of the table `work_spells`.
        permits: Parquet file of the table `permits`.
        vintages: Texts by area that say which vintage it is; each becomes a column.

    Returns:
        The parts of spells, `person_id, start, end, observed_until` and the cell, and a row without a person for each
        certificate that governed no day: it was known, and is not late if it governs one later.
    """
    parts = read_spells(work_spells)[["ref_area", "permit_id", "person_id", "start", "end", "observed_until", *CELL]]
    granted = pd.read_parquet(permits, columns=_KEY, filters=[("decision", "==", "granted")])
    governs = pd.MultiIndex.from_frame(granted).isin(pd.MultiIndex.from_frame(parts[_KEY]))
    kept = pd.concat([parts, granted[~governs & granted["ref_area"].isin(parts["ref_area"])]], ignore_index=True)
    names = dict.fromkeys(name for texts in vintages.values() for name in texts)
    told = {name: kept["ref_area"].map({area: texts[name] for area, texts in vintages.items()}) for name in names}
    return kept.assign(**told).sort_values([*_KEY, "start"], ignore_index=True)


def tabulate_revisions(then: pd.DataFrame, now: pd.DataFrame, vintages: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """The table `stock_revisions`: the ends of the years that both vintages know.

    Args:
        then: The earlier vintage, as `keep_vintage` gives it.
        now: Spells of the later one, as `read_spells` gives them.
        vintages: Both vintages by area: receipt of the latest deliveries behind them.
    """
    made = []
    for area, (earlier, later) in sorted(vintages.items()):
        kept, new = then[then["ref_area"] == area], now[now["ref_area"] == area]
        old = kept[kept["person_id"].notna()]
        if old.empty or new.empty:
            continue
        known = min(old["observed_until"].max(), new["observed_until"].max())
        begins = min(old["start"].min(), new["start"].min())
        days = [day for year in range(begins.year, known.year + 1) if (day := pd.Timestamp(year, 12, 31)) <= known]
        if not days:
            continue
        found = revise(old, new, days, CELL, known=set(kept["permit_id"]))
        revised = pd.DataFrame(found).rename(columns={"date": "reference_date"})
        made.append(revised.assign(vintage_then=earlier, vintage=later, **_origin_of(area, new)))
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame({"residual": []})


def read_spells(path: Path) -> pd.DataFrame:
    """The rows of `work_spells` under the names that `stock` and `flows` have for them."""
    read = pd.read_parquet(path).rename(columns={new: old for old, new in _SPELLS.items()})
    return read.astype(dict.fromkeys(("start", "end", "observed_until"), "datetime64[s]"))


def left_out(permits: Path, links: Path) -> Iterator[Problem]:
    """Say of each area with persons which certificates are not in its spells, and who held several at once."""
    do = "Ask the office for the dates, and send them as another version."
    linked = _linkable(pd.read_parquet(links))
    missing = undated(permits)
    missing = missing[missing["ref_area"].isin(linked["ref_area"])]
    for area, without, imprecise in missing[["ref_area", "undated", "imprecise"]].itertuples(index=False):
        where = f"observatory/work_spells, {area}"
        if without:
            what = f"{without:,} certificates have no days of validity, so nobody is counted by them"
            yield Problem(where, what, do)
        if imprecise:
            what = (
                f"{imprecise:,} certificates say only the month, quarter or year of their validity; it is counted "
                "whole, but not from before they were issued"
            )
            yield Problem(where, what, do)
    for area, several in overlaps(permits, linked).items():
        if several:
            what = f"{several:,} persons held several certificates on one day; the one that began last is counted"
            yield Problem(f"observatory/work_spells, {area}", what, "Nothing has to be done; employers may look at it.")


def write_table(
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    frame: pd.DataFrame,
    into: Path,
) -> int:
    """Validate a table and write it in order of its key.

    Returns:
        The number of rows.

    Raises:
        Fault: If a row does not keep the table's declaration; then there is no file.
    """
    rows = cast(frame, table.columns, concepts).sort_values(list(table.key), ignore_index=True)
    found = failures(table, pandera_schema(table, concepts, codelists), rows)
    do = "This is a fault of the program, not of the data; the last good table stands."
    where = f"observatory/{table.id}"
    broken = Counter(zip(found["rule"], found["columns"], strict=True))
    problems = [
        Problem(where, f"{count} rows break the rule {rule} ({columns})", do)
        for (rule, columns), count in sorted(broken.items())
    ]
    if repeated := int(rows.duplicated(list(table.key)).sum()):
        problems.append(Problem(where, f"{repeated} keys ({', '.join(table.key)}) stand twice", do))
    if problems:
        raise Fault(problems)
    write_parquet(rows, into, arrow.schema(table, concepts))
    return len(rows)


def last_days(deliveries: Iterable[Delivery], sources: Iterable[Source] = ()) -> dict[str, pd.Timestamp]:
    """The last day that the register of each area knows of.

    A source is known to the end of its latest period, but not beyond the day on which that was received. An area is
    known as far as all of its sources that have delivered and still are to: of offices that share a register, what one
    has not sent yet is missing in every number. A source that is declared without `expected` is to deliver no more and
    holds nothing back, unless all are declared so.

    Args:
        deliveries: The deliveries behind the register.
        sources: The sources that are declared; what none of them is, is taken to deliver on.
    """
    return {area: min(known.values()) for area, known in _delivering(deliveries, sources).items()}


def held_back(deliveries: Iterable[Delivery], sources: Iterable[Source]) -> Iterator[Problem]:
    """Say which sources end before others of their area, and which are expected and have never delivered.

    Args:
        deliveries: As for `last_days`.
        sources: As for `last_days`.
    """
    deliveries, sources = list(deliveries), list(sources)
    every = _known_to(deliveries)
    for area, known in sorted(_delivering(deliveries, sources).items()):
        where, day = f"observatory/{APPLICATIONS}, {area}", min(known.values())
        reached, furthest = max((last, source) for source, last in every[area].items())
        for source in sorted(name for name, last in known.items() if last == day < reached):
            what = (
                f"{source} has delivered to {day:%Y-%m-%d} only: stocks and flows end there, though {furthest} reaches "
                f"{reached:%Y-%m-%d}"
            )
            do = f"Send what {source} has since; if it delivers no more, take `expected` out of its declaration."
            yield Problem(where, what, do)
        for one in sources:
            owed = one.expected and (not one.expected.since or _first(one.expected.since) <= day)
            if one.ref_area == area and owed and one.id not in every[area]:
                what = f"{one.id} has delivered nothing that can be used: persons are counted without it"
                do = "Send its deliveries; if there are to be none, take `expected` out of its declaration."
                yield Problem(where, what, do)


def _known_to(deliveries: Iterable[Delivery]) -> dict[str, dict[str, pd.Timestamp]]:
    """By area and source, the last day known."""
    found: dict[str, dict[str, pd.Timestamp]] = {}
    for one in deliveries:
        ends = pd.Timestamp(Period.parse(one.period).last)
        received = pd.to_datetime(one.received_at[:_DAY], errors="coerce")
        last = ends if pd.isna(received) else min(ends, received)
        own = found.setdefault(one.ref_area, {})
        own[one.source] = max(last, own.get(one.source, last))
    return found


def _delivering(deliveries: Iterable[Delivery], sources: Iterable[Source]) -> dict[str, dict[str, pd.Timestamp]]:
    """Likewise, of the sources that are to deliver on; of all where none is."""
    ended = {(one.ref_area, one.id) for one in sources if one.expected is None}
    return {
        area: {source: last for source, last in known.items() if (area, source) not in ended} or known
        for area, known in _known_to(deliveries).items()
    }


def _first(period: str) -> pd.Timestamp:
    return pd.Timestamp(Period.parse(period).first)


def _with_person(permits: Path, links: Path, until: Mapping[str, pd.Timestamp], rows: str) -> pd.DataFrame:
    """Rows of permits with the person that each is linked to; empty in areas where nothing is known of persons."""
    person = _linkable(pd.read_parquet(links))[[*_KEY, "person_id"]]
    with connect() as connection:
        connection.register("person", person)
        key = ", ".join(map(identifier, _KEY))
        made = connection.execute(
            f"SELECT p.*, l.person_id FROM ({rows}) AS p LEFT JOIN person AS l USING ({key}) ORDER BY {key}"
        ).df()
    return made.assign(observed_until=made["ref_area"].map(until))


def _linkable(links: pd.DataFrame) -> pd.DataFrame:
    known = links.loc[links["link_rule"] != UNIDENTIFIED, "ref_area"].unique()
    return links[links["ref_area"].isin(known)]


def _origin_of(area: str, spells: pd.DataFrame) -> dict[str, str]:
    return {
        "ref_area": area,
        "source": ", ".join(sorted(spells["source"].unique())),
        "delivery_id": str(spells["delivery_id"].max()),
        "data_class": str(spells["data_class"].max()),
    }
