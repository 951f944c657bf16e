"""How good the links between certificates and persons are, and what their errors do to the published numbers.

Measured against the truth where it is known (made-up registers), and estimated from pairs that people have looked at.
Two shares say how good links are: precision, of the pairs held for one person those that are one; and recall, of the
pairs that are one person those that are held for one (Christen, "Data Matching", 2012, chapter 7). Persons are too few
by what is wrongly joined, and too many by what is not joined; what that does to stocks and flows is told for each.

Estimates rest on reviewed pairs and the number of pairs that each stands for (`represents`): within a stratum the share
of wrong links is the ratio of two weighted sums, its limits those of Korn and Graubard (Survey Methodology 24, 1998),
which are Clopper's and Pearson's for the effective number of pairs; limits of sums and ratios of several are put
together from theirs (Zou and Donner, "Construction of confidence limits about effect measures: a general approach",
Statistics in Medicine 27, 2008; Donner and Zou, "Closed-form confidence intervals for functions of the normal mean and
standard deviation", Statistical Methods in Medical Research 21, 2012).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lm_stats.compile.duckdb import identifier, parquet
from lm_stats.estimate.engine import engine
from lm_stats.estimate.quality import QUALITY_COLUMNS
from lm_stats.shares import effective_number, share_limit

LEVEL = 0.95
"""Probability that an interval holds what is true."""
LEAST_REVIEWED = 30
"""Reviewed pairs of an area, and among them of linked pairs a third of it, below which nothing is estimated."""
STOCKS = ("persons",)
FLOWS = ("first_entries", "re_entries", "renewals")
_WORDS = {
    "persons": "persons with a permit",
    "first_entries": "first entries",
    "re_entries": "re-entries",
    "renewals": "renewals",
}
_TABLE = "person_links"
# shares of pairs of a whole register, which tell of nobody
_SHOWN = ("link_precision", "link_recall", "link_precision_reviewed", "link_recall_reviewed")
_DATES = ("valid_from", "issue_date", "valid_to", "cancellation_date")


@dataclass(frozen=True)
class Between:
    """A number and the limits between which it lies.

    Attributes:
        value: The estimate.
        lower: Its lower limit.
        upper: Its upper limit.
    """

    value: float
    lower: float
    upper: float

    def times(self, number: float) -> Between:
        """The same for each of a number of things."""
        return Between(self.value * number, self.lower * number, self.upper * number)

    def plus(self, other: Between) -> Between:
        """The sum of two that were estimated from different pairs."""
        value = self.value + other.value
        down = math.hypot(self.value - self.lower, other.value - other.lower)
        up = math.hypot(self.upper - self.value, other.upper - other.value)
        return Between(value, value - down, value + up)

    def minus(self, other: Between) -> Between:
        """The difference of two that were estimated from different pairs."""
        return self.plus(other.turned)

    @property
    def turned(self) -> Between:
        """The same with the other sign."""
        return Between(-self.value, -self.upper, -self.lower)

    def over(self, other: Between) -> Between:
        """The ratio of two that are not negative and were estimated from different pairs; the other is above 0."""
        if other.value <= 0:
            return Between(math.inf, 0.0, math.inf)
        product, value = self.value * other.value, self.value / other.value
        ends = []
        for own, against, sign in ((self.lower, other.upper, -1), (self.upper, other.lower, 1)):
            below = against * (2 * other.value - against)
            root = math.sqrt(max(product**2 - own * (2 * self.value - own) * below, 0.0))
            # limits of the divisor that are as wide as itself leave the ratio without one
            ends.append((product + sign * root) / below if below > 0 else (math.inf if sign > 0 else 0.0))
        return Between(value, min(max(ends[0], 0.0), value), max(ends[1], value))


def assess_linkage(
    links: pd.DataFrame,
    permits: pd.DataFrame | Path,
    stock: pd.DataFrame,
    flows: pd.DataFrame,
    *,
    truth: pd.DataFrame | None = None,
    true_stock: pd.DataFrame | None = None,
    true_flows: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Measure the quality of the links, and what it does to each stock and flow of persons.

    Args:
        links: `permit_id, person_id, ref_area` of every certificate or application that was linked.
        permits: The table of permits that they are of: `permit_id, ref_area, decision, valid_from, issue_date,
            valid_to, cancellation_date` as far as it has them; or the Parquet file. Only needed with `decisions`.
        stock: Persons with a permit by day, from the links: `date, ref_area, persons`.
        flows: Flows of persons by period, from the links: `period, ref_area, first_entries, re_entries, renewals`.
        truth: `permit_id, ref_area, true_person_id`, where it is known; permits without one are left out.
        true_stock: As `stock`, from the truth in the place of the links.
        true_flows: As `flows`, from the truth.
        decisions: What reviewers decided: `permit_id, other_permit_id, ref_area, same` (yes or no)`, stratum` (grey,
            linked, apart)`, represents`; those without a stratum or a number they stand for are left out.

    Returns:
        Rows of `QUALITY_COLUMNS` of the component accuracy and the table `person_links`, by area and measure:
        `link_precision`, `link_recall` (per cent of pairs, against the truth); `link_precision_reviewed`,
        `link_recall_reviewed` (estimates; the interval is in the evidence); `linkage_error <number> <date or period>`
        (published less true, once in persons and once in per cent of the true number) and
        `linkage_error_reviewed <number> <date or period>` (its estimate, likewise, with the interval). Of areas with
        fewer than `LEAST_REVIEWED` reviewed pairs there are no estimates. All rows but those of precision and recall
        are `own`, and no row is about a single record.

        How errors of stocks and flows are estimated. A person of k records is held together by k - 1 joins; a reviewed
        pair of linked records counts as 2 / k of one, as there are k (k - 1) / 2 of them. First entries and those who
        come again: of the joins in a period (its renewals and re-entries) the share that reviewed pairs show to be
        wrong is taken to be, and of the missed joins a period has the part that it has of all joins. Wrong joins make
        first entries too few, and renewals and re-entries too many; missed joins the reverse. Stocks: two persons held
        for one are missing where both have a certificate in force, which is taken to be as likely as it is for any two
        records, and is true of no more persons than there are certificates in force beside others of the same
        person; one held for two counts twice where such certificates are not joined. Missed joins are counted by
        pairs, of which the same two persons may have several, so recall is estimated cautiously.
    """
    rows: list[dict[str, Any]] = []
    if truth is not None:
        rows += _against_truth(links, truth)
        for measures, when, ours, theirs in (
            (STOCKS, "date", stock, true_stock),
            (FLOWS, "period", flows, true_flows),
        ):
            if theirs is not None:
                rows += _compared(measures, when, ours, theirs)
    if decisions is not None and len(decisions):
        rows += _from_reviewed(links, permits, stock, flows, decisions)
    texts = [name for name in QUALITY_COLUMNS if name not in ("value", "own")]
    found = pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))
    found = found.astype({**dict.fromkeys(texts, "str"), "value": "float64", "own": "bool"})
    return found.sort_values(["ref_area", "measure", "unit"], ascending=[True, True, False], ignore_index=True)


def pair_counts(links: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Count pairs of records that are held for one person, are one, or both, without listing them.

    Args:
        links: `permit_id, person_id, ref_area`.
        truth: `permit_id, ref_area, true_person_id`.

    Returns:
        One row an area: `ref_area, linked, true, both` (numbers of pairs among the permits that both frames have).
    """
    with engine().cursor() as connection:
        connection.register("links", links[["ref_area", "permit_id", "person_id"]])
        connection.register("truth", truth[["ref_area", "permit_id", "true_person_id"]])
        return connection.execute(
            """
            WITH each AS (
                SELECT ref_area, person_id, true_person_id, count(*) AS n
                FROM links JOIN truth USING (ref_area, permit_id) WHERE true_person_id IS NOT NULL GROUP BY ALL
            ),
            linked AS (SELECT ref_area, sum(n) AS n FROM each GROUP BY ref_area, person_id),
            theirs AS (SELECT ref_area, sum(n) AS n FROM each GROUP BY ref_area, true_person_id),
            counted AS (
                SELECT ref_area, n, 'linked' AS what FROM linked
                UNION ALL SELECT ref_area, n, 'true' FROM theirs
                UNION ALL SELECT ref_area, n, 'both' FROM each
            )
            SELECT ref_area,
                coalesce(sum(n * (n - 1) // 2) FILTER (what = 'linked'), 0)::BIGINT AS linked,
                coalesce(sum(n * (n - 1) // 2) FILTER (what = 'true'), 0)::BIGINT AS true,
                coalesce(sum(n * (n - 1) // 2) FILTER (what = 'both'), 0)::BIGINT AS both
            FROM counted GROUP BY ref_area ORDER BY ref_area
            """
        ).df()


def _row(area: str, measure: str, value: float, unit: str, evidence: str) -> dict[str, Any]:
    return {
        "ref_area": area, "source": "", "delivery_id": "", "table": _TABLE, "component": "accuracy",
        "measure": measure, "value": value, "unit": unit, "evidence": evidence,
        "own": measure.partition(" ")[0] not in _SHOWN,
    }  # fmt: skip


def _against_truth(links: pd.DataFrame, truth: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for area, linked, true, both in pair_counts(links, truth).itertuples(index=False, name=None):
        if linked:
            said = f"{both:,} of {linked:,} pairs of records held for one person are of one person"
            yield _row(area, "link_precision", 100 * both / linked, "per cent", said)
        if true:
            said = f"{both:,} of {true:,} pairs of records of one person are held for one person"
            yield _row(area, "link_recall", 100 * both / true, "per cent", said)


def _compared(
    measures: tuple[str, ...], when: str, ours: pd.DataFrame, theirs: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Numbers by the links beside those by the truth; where one has no row, it counts nobody."""
    both = _plain(ours, when, measures).add_suffix("_l")
    both = both.join(_plain(theirs, when, measures).add_suffix("_t"), how="outer")
    for row in both.fillna(0.0).sort_index().reset_index().to_dict("records"):
        for name in measures:
            linked, true, at = row[f"{name}_l"], row[f"{name}_t"], row[when]
            said = f"{linked:,.0f} {_WORDS[name]} {_said(when, at)} by the links, {true:,.0f} by the truth"
            yield from _errors(row["ref_area"], f"linkage_error {name} {_text(at)}", linked - true, true, said)


def _errors(area: str, measure: str, error: float, true: float, said: str) -> Iterator[dict[str, Any]]:
    yield _row(area, measure, error, "persons", said)
    if true > 0:
        yield _row(area, measure, 100 * error / true, "per cent", said)


def _plain(frame: pd.DataFrame, when: str, measures: tuple[str, ...]) -> pd.DataFrame:
    """Sums of each measure by area and time, as plain numbers: none is added to another here."""
    plain = pd.DataFrame({name: frame[name].to_numpy() for name in ("ref_area", when, *measures)})
    return plain.astype(dict.fromkeys(measures, "float64")).groupby(["ref_area", when]).sum()


def _text(at: Any) -> str:
    return f"{at:%Y-%m-%d}" if hasattr(at, "strftime") else str(at)


def _said(when: str, at: Any) -> str:
    return f"on {_text(at)}" if when == "date" else f"in {at}"


def _from_reviewed(
    links: pd.DataFrame, permits: pd.DataFrame | Path, stock: pd.DataFrame, flows: pd.DataFrame, decisions: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    reviewed = decisions.assign(represents=pd.to_numeric(decisions["represents"], errors="coerce"))
    answered = reviewed["same"].isin(["yes", "no"]) & (reviewed["represents"] > 0)
    reviewed = reviewed[answered & reviewed["stratum"].isin(["grey", "linked", "apart"])]
    # what was decided about records that are no longer there says nothing of these links
    known = links[["ref_area", "permit_id"]]
    for side in ("permit_id", "other_permit_id"):
        reviewed = reviewed.merge(known.rename(columns={"permit_id": side}), on=["ref_area", side])
    persons, entries = _plain(stock, "date", STOCKS).reset_index(), _plain(flows, "period", FLOWS).reset_index()
    in_force = _in_force(permits, links, persons["date"].drop_duplicates().tolist())
    for area in sorted(set(reviewed["ref_area"])):
        pairs = reviewed[reviewed["ref_area"] == area]
        estimated = _estimate(links[links["ref_area"] == area], pairs)
        if estimated is None:
            continue
        number = f"estimated from {len(pairs):,} reviewed pairs"
        said = f"of the pairs of records held for one person; {number}, {_percent(estimated.precision)}"
        yield _row(area, "link_precision_reviewed", 100 * estimated.precision.value, "per cent", said)
        said = f"of the joins that persons with several records need, among the pairs that were compared; {number}, "
        said += _percent(estimated.recall)
        yield _row(area, "link_recall_reviewed", 100 * estimated.recall.value, "per cent", said)
        for row in persons[persons["ref_area"] == area].to_dict("records"):
            certificates = in_force.get((area, row["date"]), 0)
            beside = max(certificates - row["persons"], 0.0)
            made, most = estimated.in_stock(certificates, beside), row["persons"] + beside
            yield from _estimated(area, "persons", "date", row["date"], row["persons"], made, most)
        for row in entries[entries["ref_area"] == area].to_dict("records"):
            made = estimated.too_many.times(row["re_entries"] + row["renewals"])
            yield from _estimated(area, "first_entries", "period", row["period"], row["first_entries"], made)
            for name in ("re_entries", "renewals"):
                made = estimated.too_many.turned.times(row[name])
                yield from _estimated(area, name, "period", row["period"], row[name], made)


def _estimated(
    area: str, name: str, when: str, at: Any, published: float, error: Between, most: float = math.inf
) -> Iterator[dict[str, Any]]:
    low, high = max(published - error.upper, 0.0), min(published - error.lower, most)
    said = (
        f"{published:,.0f} {_WORDS[name]} {_said(when, at)} by the links; the true number lies with {LEVEL:.0%} "
        f"confidence between {low:,.0f} and {high:,.0f}, estimated from reviewed pairs as if all joins of records were "
        "alike"
    )
    if most < math.inf:
        said += f"; it is never above the {most:,.0f} certificates in force"
    measure = f"linkage_error_reviewed {name} {_text(at)}"
    yield from _errors(area, measure, error.value, published - error.value, said)


def _percent(share: Between) -> str:
    return f"with {LEVEL:.0%} confidence between {share.lower:.1%} and {share.upper:.1%}"


@dataclass(frozen=True)
class _Estimated:
    """What reviewed pairs say of the links of an area.

    Attributes:
        precision: Of the pairs held for one person, those that are.
        recall: Of the joins that should have been made, those that were.
        wrong: Of the joins made, those that are wrong.
        missed: Joins missed, for each one made.
        records: Records that were linked.
        linked_pairs: Pairs of records held for one person.
    """

    precision: Between
    recall: Between
    wrong: Between
    missed: Between
    records: int
    linked_pairs: float

    @property
    def too_many(self) -> Between:
        """For each join made, the first entries counted too many (below 0: too few)."""
        return self.missed.minus(self.wrong)

    def in_stock(self, certificates: float, beside: float) -> Between:
        """Persons of a stock counted too many.

        Args:
            certificates: Certificates in force.
            beside: Those of them that are in force beside another of the same person.
        """
        together = self.linked_pairs * (certificates / self.records) ** 2
        precision = self.precision
        wrong = (1 - precision.value, 1 - precision.upper, 1 - precision.lower)
        hidden = Between(*(min(beside, share * together) for share in wrong))
        return self.missed.times(beside - hidden.value).minus(hidden)


def _estimate(links: pd.DataFrame, pairs: pd.DataFrame) -> _Estimated | None:
    """Estimates of an area; nothing where too little is known."""
    strata = dict(iter(pairs.groupby("stratum")))
    size = links["person_id"].value_counts()
    joins = float((size - 1).sum())
    if len(pairs) < LEAST_REVIEWED or len(strata.get("linked", ())) < LEAST_REVIEWED // 3 or not joins:
        return None
    linked = strata["linked"]
    held = linked["permit_id"].map(links.set_index("permit_id")["person_id"]).map(size)
    right = _share(linked.assign(represents=linked["represents"] * 2 / held))
    linked_pairs = float((size * (size - 1) / 2).sum())
    # each time that pairs are chosen anew, they stand for all pairs once more
    rounds = max(1, round(float(linked["represents"].sum()) / linked_pairs))
    missed = Between(0.0, 0.0, 0.0)
    for name in ("grey", "apart"):
        if name in strata:
            number = float(strata[name]["represents"].sum()) / rounds
            missed = missed.plus(_share(strata[name]).times(number / joins))
    # joins missed for each one made rightly: recall is 1 / (1 + that)
    ratio = missed.over(right)
    recall = Between(*(1 / (1 + end) for end in (ratio.value, ratio.upper, ratio.lower)))
    wrong = Between(1.0, 1.0, 1.0).minus(right)
    return _Estimated(_share(linked), recall, wrong, missed, len(links), linked_pairs)


def _share(pairs: pd.DataFrame) -> Between:
    """Weighted share of reviewed pairs that are of one person."""
    weight = pairs["represents"].to_numpy(dtype="float64")
    same = (pairs["same"] == "yes").to_numpy(dtype="float64")
    share = min(max(float((weight * same).sum() / weight.sum()), 0.0), 1.0)
    number, side = effective_number(weight), (1 + LEVEL) / 2
    low, high = float(share_limit(share, number, side)), 1 - float(share_limit(1 - share, number, side))
    return Between(share, min(low, share), max(high, share))


def _in_force(permits: pd.DataFrame | Path, links: pd.DataFrame, days: list[Any]) -> dict[tuple[str, Any], int]:
    """Certificates in force by area and day, of those that are linked to a person."""
    with engine().cursor() as connection:
        if isinstance(permits, Path):
            connection.execute(f"CREATE TEMP VIEW permits AS FROM {parquet(permits)}")
        else:
            connection.register("permits", permits)
        connection.register("links", links[["ref_area", "permit_id"]])
        there = [name for name, *_ in connection.execute("DESCRIBE permits").fetchall()]
        date = {name: f"{identifier(name)}::DATE" if name in there else "NULL::DATE" for name in _DATES}
        granted = "coalesce(decision, 'granted') = 'granted'" if "decision" in there else "true"
        connection.register("days", pd.DataFrame({"place": range(len(days)), "day": pd.to_datetime(pd.Series(days))}))
        counted = connection.execute(
            f"""
            WITH valid AS (
                SELECT ref_area, coalesce({date["valid_from"]}, {date["issue_date"]}) AS first,
                    least({date["valid_to"]}, {date["cancellation_date"]} - 1) AS last
                FROM permits SEMI JOIN links USING (ref_area, permit_id) WHERE {granted}
            )
            SELECT ref_area, place, count(*) FROM days JOIN valid ON day::DATE BETWEEN first AND last GROUP BY ALL
            """
        ).fetchall()
    return {(area, days[place]): number for area, place, number in counted}


def assess_residuals(accounts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Say of each account of persons what its flows leave unexplained: nothing, or the program is wrong.

    Args:
        accounts: By id of the table, `ref_area, residual` and the columns of its cells.

    Returns:
        Rows of `QUALITY_COLUMNS` of the component coherence, by area and table: the largest residual of any cell, in
        persons. Nobody is told of by it, so it may be shown.
    """
    rows = []
    for table, account in accounts.items():
        for area, own in account.groupby("ref_area", sort=True) if len(account) else ():
            largest = float(own["residual"].abs().max())
            broken = int((own["residual"] != 0).sum())
            said = f"largest residual in {len(own):,} cells; {broken:,} of them have one"
            rows.append(
                {
                    **_row(str(area), f"residual {table}", largest, "persons", said),
                    "table": table,
                    "component": "coherence",
                    "own": False,
                }
            )
    texts = [name for name in QUALITY_COLUMNS if name not in ("value", "own")]
    found = pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))
    return found.astype({**dict.fromkeys(texts, "str"), "value": "float64", "own": "bool"})
