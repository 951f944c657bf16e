"""How well and how fast applications are linked to persons, beside plain Splink on the same file.

Usage: python benchmarks/linkage.py [--permits 200000] [--seed 1] [--keep FOLDER]

Made-up applications of 15 years with a defect in 5 % of the rows; who is who is known. The peer is Splink with its own
comparisons and its own training: passport, sorted name and date of birth (with term frequencies), sex and citizenship;
what hangs together from a threshold on is a person. Its threshold is the best one that the truth allows: the lowest
with a pairwise precision of at least 0.995. Ours is as declared.

Then persons are counted by our links and by the truth, at each 31 December, in each area and in its largest cells of
region of origin and sector, and the accounts of the years and between two vintages of the register are closed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from measuring import HOME, LM_STATS, timed

sys.path[:0] = [str(HOME / "src"), str(HOME)]

YEARS = "2005_2019"
PRECISION = 0.995
TRUE = "true_person_id"
AREA = ("ref_area",)
CELL = (*AREA, "region_of_origin", "economic_activity")
LARGEST = 10
# a stock may differ by a share of it, or by some persons where that is more
SHARE, PERSONS = 0.01, 2
_STEPS = 120


def quality(person: pd.Series, true: pd.Series) -> tuple[float, float]:
    """Pairwise precision and recall of persons found, row by row beside the true ones."""
    pairs = {"found": [person], "true": [true], "both": [person, true]}
    sizes = {name: pd.DataFrame(dict(enumerate(keys))).value_counts() for name, keys in pairs.items()}
    found, truly, both = (float((size * (size - 1)).sum()) for size in sizes.values())
    return both / found if found else 1.0, both / truly if truly else 1.0


def ours(permits: Path, into: Path, known: Path | None = None) -> None:
    """Link as declared; the persons go `into` a file, the weights of pairs beside it."""
    from lm_stats.catalog.linkage.permits import LINKAGE
    from lm_stats.curate.permits.linking import link

    link(permits, LINKAGE, known=known, into=into.with_suffix(".pairs")).to_parquet(into)


def plain(permits: Path, into: Path) -> None:
    """Splink's own; the weights of pairs of rows, in order of area and permit, go `into` a file."""
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    from lm_stats.compile.duckdb import connect, parquet

    names = ("person_token_passport", "person_token_name_sorted", "person_token_birth_date")
    connection = connect()
    connection.execute(
        f"""
        CREATE TABLE permits AS
        SELECT row_number() OVER (ORDER BY ref_area, permit_id) - 1 AS row, sex, citizenship, {", ".join(names)}
        FROM {parquet(permits)}
        """
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="row",
        comparisons=[
            *(library.ExactMatch(name).configure(term_frequency_adjustments=True) for name in names),
            *(library.ExactMatch(name) for name in ("sex", "citizenship")),
        ],
        blocking_rules_to_generate_predictions=[block_on(name) for name in names],
        retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI(connection).register("permits"), settings, log_level=None)
    sure = [block_on(names[0]), block_on(names[1], names[2])]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for name in names[:2]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    scored = linker.inference.predict(threshold_match_weight=-5, warning_mode="never").physical_name
    frame = connection.execute(f"SELECT row_l, row_r, match_weight AS weight FROM {scored}").df()
    frame.to_parquet(into)


def best_threshold(weights: pd.DataFrame, true: pd.Series) -> tuple[float, float]:
    """Precision and recall of the peer at the lowest threshold that is precise enough; none where no one is."""
    from lm_stats.curate.permits.clusters import Links, components

    found = (float("nan"), 0.0)
    for threshold in sorted({float(weights["weight"].quantile(step / _STEPS)) for step in range(_STEPS)}):
        kept = weights[weights["weight"] >= threshold]
        persons = components(len(true), Links(kept["row_l"].to_numpy(), kept["row_r"].to_numpy()))
        precision, recall = quality(pd.Series(persons), true)
        if precision >= PRECISION and recall > found[1]:
            found = precision, recall
    return found


def differences(
    found: pd.DataFrame, true: pd.DataFrame, days: Sequence[pd.Timestamp], by: Sequence[str], largest: int | None = None
) -> pd.DataFrame:
    """Persons in work on some days by spells found and by the true ones, in the largest cells of the true ones.

    Returns:
        One row for each day and cell: `date, <by>, persons, true, difference` (persons, without sign) and `over`
        (whether that is more than may be).
    """
    from lm_stats.curate.permits import stock

    key = ["date", *by]
    both = [pd.DataFrame(stock(one, days, by)).set_index(key)["persons"] for one in (found, true)]
    made = pd.concat(both, axis="columns", keys=["persons", "true"]).fillna(0).astype("int64").reset_index()
    if largest is not None:
        cells = made.groupby([*by], as_index=False)["true"].sum().nlargest(largest, "true")
        made = made.merge(cells[[*by]], on=[*by])
    apart = (made["persons"] - made["true"]).abs()
    return made.assign(difference=apart, over=apart > (SHARE * made["true"]).clip(lower=PERSONS))


def count_persons(
    rows: pd.DataFrame,
    links: pd.DataFrame,
    before: pd.DataFrame,
    early: pd.DataFrame,
    note: Callable[[str, float], None],
) -> None:
    """Count persons by links and by the truth, and close the accounts of years and of vintages.

    Args:
        rows: Applications with their true persons.
        links: Persons found in all of them.
        before: Applications of the vintage without the last month.
        early: Persons found in these.
        note: Is told numbers by name.
    """
    from lm_stats.curate.permits import flows, revise, spells
    from lm_stats.curate.permits.stocks import observed_periods

    truth = rows[["ref_area", "permit_id"]].assign(person_id=rows[TRUE])
    ends = [pd.to_datetime(one["application_date"]).max() + pd.offsets.MonthEnd(0) for one in (rows, before)]
    until, earlier = (end.normalize().date() for end in ends)
    found, true = (spells(rows, persons, until=until) for persons in (links, truth))
    years = observed_periods(true, "A")
    days = [pd.Timestamp(int(year), 12, 31) for year in years]
    note("31 Decembers with a stock", len(days))
    for what, by, largest in (("areas", AREA, None), ("largest cells", CELL, LARGEST)):
        stocks = differences(found, true, days, by, largest)
        shares = 100 * stocks["difference"] / stocks["true"]
        note(f"stocks of {what}", len(stocks))
        note(f"  {what}, largest difference, persons", int(stocks["difference"].max()))
        # of few persons, one is many per cent
        note(f"  {what}, of 100 persons or more, %", float(shares[stocks["true"] >= 100].max()))
        note(f"  {what}, above 1 % and 2 persons", int(stocks["over"].sum()))
    account = flows(found, years, CELL)
    note("yearly accounts of cells", len(account))
    note("  accounts with a residual", int((account["residual"] != 0).sum()))
    then = spells(before, early, until=earlier)
    # a month on, as far as it is planned, what came in the last month counts
    dates = [*days, ends[0] + pd.offsets.MonthEnd(1)]
    revised = revise(then, found, dates, CELL, known=set(before["permit_id"]))
    note("revisions of cells by the last month", len(revised))
    note("  registered late, persons", int(revised["registered_late"].sum()))
    note("  revisions with a residual", int((revised["residual"] != 0).sum()))


WORK = {"ours": ours, "plain": plain, "month": ours}


def in_process(what: str, *paths: str) -> tuple[float, float]:
    """Do the work in this process; no time, no memory."""
    WORK[what](*map(Path, paths))
    return float("nan"), float("nan")


def as_child(what: str, *paths: str) -> tuple[float, float]:
    """Do the work in a process of its own; seconds and peak MB."""
    return timed(sys.executable, __file__, "--work", what, *paths)


def compare(
    truth: Path,
    folder: Path,
    note: Callable[[str, float], None],
    run: Callable[..., tuple[float, float]] = as_child,
) -> None:
    """Link a file with known persons both ways, ours with a new month too, and count; `note` is told what by name."""
    rows = pd.read_parquet(truth).sort_values(["ref_area", "permit_id"], ignore_index=True)
    permits, before = folder / "permits.parquet", folder / "before.parquet"
    given = rows.drop(columns=TRUE)
    given.to_parquet(permits)
    months = pd.to_datetime(rows["application_date"]).dt.to_period("M")
    given[months < months.max()].to_parquet(before)
    note("applications", len(rows))
    seconds, peak = run("ours", str(permits), str(folder / "ours.parquet"))
    note("ours from scratch, seconds", seconds)
    note("  peak MB", peak)
    found = pd.read_parquet(folder / "ours.parquet")
    precision, recall = quality(found["person_id"], rows[TRUE])
    note("  precision", precision)
    note("  recall", recall)
    note("  in review, share of applications", float((found["status"] == "review").mean()))
    peer, peak = run("plain", str(permits), str(folder / "plain.parquet"))
    note("plain Splink, seconds", peer)
    note("  peak MB", peak)
    note("  ratio, ours by plain", seconds / peer)
    precision, plainly = best_threshold(pd.read_parquet(folder / "plain.parquet"), rows[TRUE])
    note("  precision at its best threshold", precision)
    note("  recall there", plainly)
    note("  points of recall that ours finds more", 100 * (recall - plainly))
    run("ours", str(before), str(folder / "before_persons.parquet"))
    known = folder / "before_persons.pairs"
    seconds, peak = run("month", str(permits), str(folder / "month.parquet"), str(known))
    note("a new month, rows", int((months == months.max()).sum()))
    note("  seconds", seconds)
    note("  peak MB", peak)
    pd.testing.assert_frame_equal(found, pd.read_parquet(folder / "month.parquet"))
    early = pd.read_parquet(folder / "before_persons.parquet")
    count_persons(rows, found, pd.read_parquet(before), early, note)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--permits", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder to work in and leave; default: a temporary one")
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        WORK[options.work[0]](*map(Path, options.work[1:]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        root = folder / "root"
        if not (root / "truth/permits.parquet").exists():
            sizes = ("--permits", str(options.permits), "--census-persons", "0", "--lfs-persons", "0")
            timed(*LM_STATS, "simulate", "--out", str(root), "--seed", str(options.seed), "--years", YEARS, *sizes)
        truth = root / "truth/permits.parquet"
        compare(truth, folder, lambda name, value: print(f"{name:50} {value:12.4f}", flush=True))


if __name__ == "__main__":
    main()
