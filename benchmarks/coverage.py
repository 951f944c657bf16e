"""How often intervals of 95 % hold the truth, by how many records and degrees of freedom a domain has.

Usage: python benchmarks/coverage.py [--samples 1000] [--persons 6000] [--universe 100000] [--repeat 20]
    [--clustering 0.3] [--seed 8]

A universe is simulated once, as `simulate` writes it, and repeated with new serial numbers within its strata. From it
samples are drawn as the rounds of the simulated survey are: enumeration areas with probability proportional to
size within strata, about 15 households in each. Areas are drawn without replacement and errors computed as if with
replacement, so where much of the universe is sampled, errors are too large and intervals hold the truth too often.
It is therefore repeated until a few per cent of its areas are sampled, as in a real survey.

Households of the simulated universe live where chance puts them within a district's towns or countryside, so areas
differ less than real ones. With `--clustering` they are put in order within each stratum before areas are formed: by
a score of which this share is whether they are foreign and how many of their adults are employed, the rest chance.

In every sample, for every domain of sex, age, education, district, area type, citizenship and country of birth and for
crosses of some, the interval of each statistic is compared with the value in the universe. It counts where the
sample falls: by the records that the estimate stands on (those counted for a total, those of the base for a rate, those
with earnings for a mean or median, those of the smaller group for a gap), and by the degrees of freedom of the areas
where they live (of a gap: the fewer of its two groups). Domains without a record in a sample, for a gap of one of its
groups, are not estimated from it. Estimates come from the kernels that the estimators use, for speed; on one sample
both are compared first.

The gap is that of the mean earnings of employees who are foreign, in per cent of those of citizens.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

HOME = Path(__file__).parents[1]
sys.path[:0] = [str(HOME / "src"), str(Path(__file__).parent)]

from tallying import Estimates, Tally, report  # noqa: E402

from lm_stats.catalog import load  # noqa: E402
from lm_stats.estimate.survey.design import Design  # noqa: E402
from lm_stats.estimate.survey.distribution import Ranked, unit_totals, woodruff_domains  # noqa: E402
from lm_stats.estimate.survey.estimators import difference, mean, proportion, ratio, total  # noqa: E402
from lm_stats.estimate.survey.intervals import change_interval, logit_interval, t_interval  # noqa: E402
from lm_stats.estimate.survey.quantiles import quantile  # noqa: E402
from lm_stats.estimate.survey.variance import Units, degrees_of_freedom, variances  # noqa: E402
from lm_stats.simulate import simulate  # noqa: E402
from lm_stats.simulate.households import Households, Stratum  # noqa: E402
from lm_stats.simulate.sampling import draw_sample  # noqa: E402

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEVEL = 0.95
AGREEMENT = 1e-9
ADULT = 15
EMPLOYEE = "STE_ICSE93_1"
AGES = (15, 25, 35, 45, 55, 65)
GROUPINGS: tuple[tuple[str, ...], ...] = (
    (), ("sex",), ("age_group",), ("education",), ("district",), ("area_type",), ("citizen",), ("born_here",),
    ("citizenship",), ("birthplace",), ("sex", "age_group"), ("sex", "district"), ("sex", "area_type"),
    ("sex", "education"), ("sex", "citizen"), ("sex", "born_here"), ("area_type", "born_here"), ("district", "citizen"),
)  # fmt: skip


@dataclass(frozen=True)
class Universe:
    """Persons of 15 and more of the universe, by household, and the frame that samples are drawn from.

    Attributes:
        frame: All households, repeated.
        origin: Which household of the simulated universe each is.
        stratum: The stratum of each enumeration area of `frame`.
        first: Where the persons of each simulated household begin, and the end of the last.
        variables: 0 or 1 by person: `employed`, `unemployed`, `active`, `adult`.
        earnings: Monthly earnings by person, NaN for none.
        pay: Those of employees.
        foreign: 1 for who is not a citizen, else 0.
        domains: Number of the domain by grouping and person [G, N].
        names: What each domain is.
        times: How often each person occurs.
        persons: The simulated persons, for the check by the public functions.
    """

    frame: Households
    origin: Integers
    stratum: Integers
    first: Integers
    variables: Mapping[str, Floats]
    earnings: Floats
    pay: Floats
    foreign: Integers
    domains: Integers
    names: tuple[str, ...]
    times: int
    persons: pd.DataFrame

    @property
    def households_each(self) -> Integers:
        """Persons of 15 and more of each simulated household."""
        return np.diff(self.first)


def simulate_persons(persons: int, seed: int, folder: Path) -> pd.DataFrame:
    """Simulate the universe of a survey.

    Args:
        persons: Persons.
        seed: Seed.
        folder: An empty folder for what is simulated.

    Returns:
        One row a person, by household and area.
    """
    catalog = load()
    pack = next(code for code, one in sorted(catalog.simulations.items()) if one.lfs is not None)
    simulate(
        catalog.countries, catalog.sources, {pack: catalog.simulations[pack]}, catalog.codelists, catalog.concepts,
        catalog.kinds, catalog.tables, folder, seed=seed, permits=0, census_persons=persons, lfs_persons=100, mess=0.0,
    )  # fmt: skip
    return pd.read_parquet(folder / "truth" / "population_frame.parquet")


def make_universe(everybody: pd.DataFrame, times: int, clustering: float, seed: int) -> Universe:
    """Repeat persons within their strata, and tell their domains.

    Args:
        everybody: One row a person, by stratum, area and household.
        times: How often each is repeated.
        clustering: How much households that are alike live in the same areas, from 0 to 1.
        seed: Seed.
    """
    household = _in_order_of_rows(everybody["household_id"])
    heads = np.flatnonzero(np.diff(household, prepend=-1))
    unit = _in_order_of_rows(everybody["psu"])[heads]
    stratum = _in_order_of_rows(everybody["stratum"])[heads]
    adult = (everybody["age"] >= ADULT).to_numpy()
    grown = _classified(everybody[adult].reset_index(drop=True))
    first = np.concatenate([[0], np.cumsum(np.bincount(household[adult], minlength=len(heads)))])
    rng = np.random.Generator(np.random.PCG64(seed))
    order = np.lexsort((_likeness(grown, household[adult], len(heads), clustering, rng), stratum))
    frame, origin, of_units = _repeated(np.bincount(household), unit, stratum, order if clustering else None, times)
    status = grown["labour_force_status"]
    variables = {
        "employed": (status == "employed").to_numpy(float),
        "unemployed": (status == "unemployed").to_numpy(float),
        "active": status.isin(["employed", "unemployed"]).to_numpy(float),
        "adult": np.ones(len(grown)),
    }
    codes, names = [], list[str]()
    for grouping in GROUPINGS:
        keys = pd.Series("", index=grown.index)
        for column in grouping:
            keys = keys + " " + grown[column].astype(str)
        numbers, values = pd.factorize(keys, sort=True)
        codes.append(numbers + len(names))
        names += [f"{' x '.join(grouping) or 'all'}:{value}" for value in values]
    earnings = grown["monthly_earnings"].to_numpy(float)
    employee = (status == "employed") & (grown["status_in_employment"] == EMPLOYEE)
    grown["pay"] = np.where(employee, earnings, np.nan)
    return Universe(
        frame, origin, of_units, first, variables, earnings, grown["pay"].to_numpy(float),
        (grown["citizen"] == "foreign").to_numpy(np.int64), np.array(codes), tuple(names), times, grown,
    )  # fmt: skip


def _in_order_of_rows(values: pd.Series) -> Integers:
    return pd.factorize(values)[0].astype(np.int64)


def _classified(grown: pd.DataFrame) -> pd.DataFrame:
    home = grown["ref_area"]
    grown["citizen"] = np.where(grown["citizenship"] == home, "citizen", "foreign")
    grown["born_here"] = np.where(grown["birthplace"] == home, "born here", "born abroad")
    grown["age_group"] = np.array([f"{age}+" for age in AGES])[np.searchsorted(AGES, grown["age"], side="right") - 1]
    return grown


def _likeness(
    grown: pd.DataFrame, household: Integers, households: int, share: float, rng: np.random.Generator
) -> Floats:
    """A score of each household, by which those of a stratum are put beside each other."""
    adults = np.maximum(np.bincount(household, minlength=households), 1)
    score = (1 - share) * rng.standard_normal(households)
    for flag in (grown["labour_force_status"] == "employed", grown["citizen"] == "foreign"):
        of_adults = np.bincount(household, flag, minlength=households) / adults
        score += share * (of_adults - of_adults.mean()) / of_adults.std()
    return score


def _repeated(
    sizes: Integers, unit: Integers, stratum: Integers, order: Integers | None, times: int
) -> tuple[Households, Integers, Integers]:
    """A frame in which the households and areas of each stratum come several times, one after the other."""
    origin, units, strata, of_units = [], [], [], []
    start = area = 0
    for number in range(int(stratum.max()) + 1):
        own = np.flatnonzero(stratum == number)
        areas = unit[own] - unit[own[0]]
        held = int(areas.max()) + 1
        origin.append(np.tile(own if order is None else order[own], times))
        units.append(area + np.concatenate([areas + held * k for k in range(times)]))
        strata.append(Stratum(0, 0, number, start, start + len(own) * times))
        of_units.append(np.full(held * times, number))
        start, area = start + len(own) * times, area + held * times
    places = np.concatenate(origin)
    nobody = np.zeros(len(places), dtype=np.int16)
    frame = Households(
        sizes=sizes[places], citizenship=nobody, spouse=nobody, absent=nobody, unit=np.concatenate(units),
        number=np.zeros(len(places), dtype=np.int32), units=np.arange(area), strata=tuple(strata),
    )  # fmt: skip
    return frame, places, np.concatenate(of_units)


@dataclass(frozen=True)
class Drawn:
    """One sample, its persons of 15 and more.

    Attributes:
        rows: Their places in the universe [N].
        weights: Their weights [N].
        unit: Number of the enumeration area of each [N].
        units: The areas sampled.
    """

    rows: Integers
    weights: Floats
    unit: Integers
    units: Units


def draw(universe: Universe, persons: int, per_unit: int, rng: np.random.Generator) -> Drawn:
    """Draw one sample."""
    sample = draw_sample(universe.frame, persons, per_unit, rng)
    home = universe.origin[sample.households]
    each = universe.households_each[home]
    rows = np.repeat(universe.first[home] - np.cumsum(each) + each, each) + np.arange(each.sum())
    areas, place = np.unique(universe.frame.unit[sample.households], return_inverse=True)
    number = np.arange(len(areas))
    units = Units((universe.stratum[areas],), (number,), (np.full(len(areas), np.inf),))
    return Drawn(rows, np.repeat(sample.weights, each), np.repeat(place, each), units)


def estimates(universe: Universe, drawn: Drawn) -> Iterator[tuple[str, Estimates]]:
    """Every statistic of one sample in all domains, by the kernels that the estimators use."""
    number, size = len(universe.names), len(drawn.units)
    several = len(universe.domains)
    domain = universe.domains[:, drawn.rows].ravel()
    unit, weights = np.tile(drawn.unit, several), np.tile(drawn.weights, several)
    sums, records, present = {}, {}, {}
    for name, values in universe.variables.items():
        own = np.tile(values[drawn.rows], several)
        sums[name] = unit_totals(unit, domain, (own * weights)[:, None], size, number)
        counted = unit_totals(unit, domain, own[:, None], size, number)
        records[name], present[name] = counted.sum(axis=0).astype(np.int64), counted > 0
    for name in ("employed", "unemployed"):
        error = np.sqrt(variances(drawn.units, sums[name], "fail", present[name]))
        df = degrees_of_freedom(drawn.units, present[name]).astype(float)
        estimate = sums[name].sum(axis=0)
        yield f"total: {name}", Estimates(estimate, error, *t_interval(estimate, error, df, LEVEL), records[name], df)
    for name, above, base in (("employment", "employed", "adult"), ("unemployment", "unemployed", "active")):
        whole = sums[base].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = sums[above].sum(axis=0) / whole
            parts = np.nan_to_num((sums[above] - sums[base] * estimate) / whole)
        error = np.sqrt(variances(drawn.units, parts, "fail", present[base]))
        df = degrees_of_freedom(drawn.units, present[base]).astype(float)
        for ending, interval in (("", t_interval), (", logit", logit_interval)):
            limits = interval(estimate, error, df, LEVEL)
            yield f"{name} rate{ending}", Estimates(estimate, error, *limits, records[base], df)
    values = np.tile(universe.earnings[drawn.rows], several)
    found = woodruff_domains(values, weights, unit, domain, number, drawn.units, (0.5,), LEVEL)
    yield "median earnings", Estimates(
        found.estimate[:, 0], found.std_error[:, 0], found.lower[:, 0], found.upper[:, 0], found.n_records, found.df
    )
    yield from _of_pay(universe, drawn)


def _of_pay(universe: Universe, drawn: Drawn) -> Iterator[tuple[str, Estimates]]:
    """Mean earnings of employees, and how far those of foreigners lie from those of citizens."""
    number, size = len(universe.names), len(drawn.units)
    several, paid = len(universe.domains), np.isfinite(universe.pay[drawn.rows])
    rows = drawn.rows[paid]
    cell = (universe.domains[:, rows] * 2 + universe.foreign[rows]).ravel()
    unit, weights = np.tile(drawn.unit[paid], several), np.tile(drawn.weights[paid], several)
    shares = np.column_stack([np.tile(universe.pay[rows], several) * weights, weights, np.ones(len(cell))])
    sums = unit_totals(unit, cell, shares, size, number * 2).reshape(size, number, 2, 3)
    for name, parts in (("mean earnings", sums.sum(axis=2)[:, :, None]), ("gap of mean earnings", sums)):
        groups = parts.shape[2]
        whole = parts[..., 1].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = parts[..., 0].sum(axis=0) / whole
            linear = (parts[..., 0] - parts[..., 1] * estimate) / whole
            if groups == 2:
                citizens, foreigners = estimate.T
                linear = 100 * (linear[..., 1] - linear[..., 0] * foreigners / citizens) / citizens
                estimate = 100 * (foreigners - citizens) / citizens
        present = parts[..., 2] > 0
        of_each = degrees_of_freedom(drawn.units, present.reshape(size, -1)).reshape(number, groups)
        totals = np.nan_to_num(linear.reshape(size, number))
        error = np.sqrt(variances(drawn.units, totals, "fail", present.any(axis=2)))
        df = of_each.min(axis=1).astype(float)
        limits = (change_interval if groups == 2 else t_interval)(estimate.reshape(number), error, df, LEVEL)
        records = parts[..., 2].sum(axis=0).min(axis=1).astype(np.int64)
        yield name, Estimates(estimate.reshape(number), error, *limits, records, df)


def check(universe: Universe, drawn: Drawn, columns: Sequence[str]) -> float:
    """Compare the kernels with the public estimators on one sample.

    Args:
        universe: The universe.
        drawn: The sample.
        columns: Domains of which columns are compared.

    Returns:
        The largest relative difference of estimates, errors and limits.

    Raises:
        ValueError: If one gives a number where the other gives none.
    """
    persons = universe.persons.iloc[drawn.rows].reset_index(drop=True)
    values = {name: values[drawn.rows] for name, values in universe.variables.items()}
    stratum = drawn.units.strata[0][drawn.unit]
    persons = persons.assign(w=drawn.weights, unit=drawn.unit, of=stratum, **values)
    design = Design("w", strata="of", psu="unit")
    found = dict(estimates(universe, drawn))
    start, worst = 0, 0.0
    for grouping, codes in zip(GROUPINGS, universe.domains, strict=True):
        number = int(codes.max()) + 1 - start
        if len(grouping) == 1 and grouping[0] in columns:
            names = universe.names[start : start + number]
            by = list(grouping)
            for statistic, frame in _publicly(persons, design, by):
                place = start + np.array([names.index(f"{by[0]}: {key}") for key in frame[by[0]]])
                place, frame = place[found[statistic].records[place] > 0], frame[frame["n_records"] > 0]
                # an error of nothing is one of the arithmetic, and that goes with the size of the estimate
                least = 1e-6 * np.maximum(np.abs(frame["estimate"].to_numpy(float)), 1)
                for column in ("estimate", "std_error", "lower", "upper"):
                    ours, theirs = getattr(found[statistic], column)[place], frame[column].to_numpy(float)
                    if (np.isnan(ours) != np.isnan(theirs)).any():
                        raise ValueError(f"{statistic} by {by[0]}: {column} is not given by both")
                    away = np.abs(ours - theirs) / np.fmax(np.abs(theirs), least)
                    worst = max(worst, float(np.nan_to_num(away).max(initial=0)))
        start += number
    return worst


def _publicly(persons: pd.DataFrame, design: Design, by: list[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The same by the estimators that a statistician calls."""
    active = persons.assign(unemployed=persons["unemployed"].where(persons["active"] == 1))
    for name in ("employed", "unemployed"):
        yield f"total: {name}", total(persons.assign(**{name: persons[name].replace(0, np.nan)}), design, name, by)
    yield "employment rate", ratio(persons, design, "employed", "adult", by)
    yield "employment rate, logit", proportion(persons, design, "employed", by)
    yield "unemployment rate", ratio(active, design, "unemployed", "active", by)
    yield "median earnings", quantile(persons, design, "monthly_earnings", 0.5, by)
    yield "mean earnings", mean(persons, design, "pay", by)
    # within one citizenship there is nobody to compare with
    if by[0] not in ("citizen", "citizenship"):
        codes = ("citizen", "foreign")
        gaps = difference(mean, persons, design, "pay", over="citizen", codes=codes, by=by, relative=True)
        fewer = mean(persons, design, "pay", [*by, "citizen"]).groupby(by[0])["n_records"].min()
        yield "gap of mean earnings", gaps.assign(n_records=gaps[by[0]].map(fewer))


def truths(universe: Universe) -> dict[str, Floats]:
    """The value of every statistic in every domain of the universe."""
    number, several = len(universe.names), len(universe.domains)
    domain = universe.domains.ravel()
    sums = {
        name: np.bincount(domain, np.tile(values, several), minlength=number) * universe.times
        for name, values in universe.variables.items()
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        employment, unemployment = sums["employed"] / sums["adult"], sums["unemployed"] / sums["active"]
    paid = np.isfinite(universe.pay)
    cell = (universe.domains[:, paid] * 2 + universe.foreign[paid]).ravel()
    pay = np.bincount(cell, np.tile(universe.pay[paid], several), minlength=number * 2).reshape(number, 2)
    employees = np.bincount(cell, minlength=number * 2).reshape(number, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_pay = pay.sum(axis=1) / employees.sum(axis=1)
        of_citizens, of_foreigners = (pay / employees).T
        gap = 100 * (of_foreigners - of_citizens) / of_citizens
    earnings = np.tile(universe.earnings, several)
    ranked = Ranked.of(earnings, np.ones(len(earnings)), domain, number)
    return {
        "total: employed": sums["employed"],
        "total: unemployed": sums["unemployed"],
        "employment rate": employment,
        "employment rate, logit": employment,
        "unemployment rate": unemployment,
        "unemployment rate, logit": unemployment,
        "median earnings": np.array([ranked.at(one, np.array([0.5]))[0] for one in range(number)]),
        "mean earnings": mean_pay,
        "gap of mean earnings": gap,
    }


def study(universe: Universe, samples: int, persons: int, per_unit: int, seed: int) -> Tally:
    """Draw samples and count."""
    truth = truths(universe)
    tally = Tally(len(universe.names))
    for child in np.random.SeedSequence(seed).spawn(samples):
        drawn = draw(universe, persons, per_unit, np.random.Generator(np.random.PCG64(child)))
        for statistic, found in estimates(universe, drawn):
            tally.add(statistic, found, truth[statistic])
    return tally


def main() -> None:
    """Simulate, draw, count and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000, help="samples drawn")
    parser.add_argument("--persons", type=int, default=6000, help="persons in a sample, about")
    parser.add_argument("--per-unit", type=int, default=15, help="households in each area, about")
    parser.add_argument("--universe", type=int, default=100_000, help="persons simulated")
    parser.add_argument("--repeat", type=int, default=20, help="how often each occurs in the universe")
    parser.add_argument("--clustering", type=float, default=0.3, help="how alike households of an area are, 0 to 1")
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    start = time.process_time()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        everybody = simulate_persons(given.universe, given.seed, Path(folder))
    universe = make_universe(everybody, given.repeat, given.clustering, given.seed)
    areas = given.persons / universe.frame.persons * len(universe.frame.sizes) / given.per_unit
    rng = np.random.Generator(np.random.PCG64(given.seed))
    single = [grouping[0] for grouping in GROUPINGS if len(grouping) == 1]
    away = check(universe, draw(universe, given.persons, given.per_unit, rng), single)
    if away > AGREEMENT:
        raise SystemExit(f"the kernels and the estimators differ by {away:.1g}")
    print(
        f"{given.samples:,} samples of about {given.persons:,} persons, {given.per_unit} households in each of about "
        f"{areas:.0f} areas, from a universe of {universe.frame.persons:,} persons ({given.universe:,} simulated, each "
        f"{given.repeat} times) in {len(universe.frame.units):,} areas of {len(universe.frame.strata)} strata; "
        f"{100 * areas / len(universe.frame.units):.1f} % of the areas in a sample; {len(universe.names)} domains of "
        f"persons of {ADULT} and more; clustering {given.clustering:g}; seed {given.seed}.\n"
    )
    tally = study(universe, given.samples, given.persons, given.per_unit, given.seed)
    print(report(tally))
    print(f"\nDesign effect of the employment rate of all: {np.median(tally.effects):.2f} (median).")
    print(f"\n{time.process_time() - start:.0f} s of processor time.")


if __name__ == "__main__":
    main()
