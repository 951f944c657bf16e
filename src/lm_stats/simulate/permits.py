"""The world behind a register of work permits: persons, their applications, what was decided.

Every date is a whole day (int64, days since 1970-01-01); NONE stands for "no date".
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from lm_stats.simulate.design import PermitSimulation
from lm_stats.simulate.drawing import Array, as_matrix, deal, draw, draw_by_row
from lm_stats.simulate.names import STYLES, make_names, make_words
from lm_stats.spec import SYNTHETIC_PASSPORT, Period

NONE = np.iinfo(np.int64).min
BEFORE = 6  # years simulated before the register begins, so that its first year has renewals too
OLDEST = 68
NEW, RENEWAL = 0, 1
GRANTED, REFUSED, WITHDRAWN, PENDING = range(4)
DECISIONS = ("granted", "refused", "withdrawn", "pending")
PERMIT_TYPES = ("new", "renewal")


def day_of(date: dt.date) -> int:
    """The day as a number."""
    return (date - dt.date(1970, 1, 1)).days


def year_of(days: Array) -> Array:
    """Year of each day."""
    years: Array = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years


def add_months(days: Array, months: Array) -> Array:
    """The same day of the month some months later, or the last one where the month is shorter."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    in_month = (dates - month.astype("datetime64[D]")).astype(np.int64)
    later = month + months.astype("timedelta64[M]")
    longest = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64) - 1
    moved: Array = later.astype("datetime64[D]").astype(np.int64) + np.minimum(in_month, longest)
    return moved


def make_permits(
    simulation: PermitSimulation, country: str, period: Period, number: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Make exactly `number` applications of the period.

    Args:
        simulation: What the pack says about them.
        country: Code of the member state.
        period: Whole years.
        number: Number of applications.
        rng: Source of randomness.

    Returns:
        One row for each application in order of application, with the columns `true_person_id`,
        `year`, `number` (in the year), `certificate_year`, `certificate`, `previous_year` and
        `previous` (-1: none), dates as `datetime64[s]`, codes, `name`, `family_first` (whether its
        first part is that of the family), `birth_date`, `passport_number`, `employer`, `phone`,
        and `sector` and `office` as positions in the simulation's sectors and registers.
    """
    persons = max(int(number * 0.6), 50)
    while True:
        world = _Persons(simulation, period, persons, rng)
        records = world.apply(rng)
        inside = (records["apply"] >= world.first) & (records["apply"] <= world.last)
        if int(inside.sum()) >= number:
            break
        persons *= 2
    records = _keep(records, inside.to_numpy(), number)
    return _describe(simulation, country, period, world, records, rng)


class _Persons:
    """Persons with the days on which they begin to apply and were born, and the draw of their applications."""

    def __init__(self, simulation: PermitSimulation, period: Period, number: int, rng: np.random.Generator) -> None:
        self.simulation = simulation
        self.first, self.last = day_of(period.first), day_of(period.last)
        begins = day_of(dt.date(period.first.year - BEFORE, 1, 1))
        # newcomers become more frequent with time
        passed = np.sqrt(rng.random(number) * 0.75 + 0.25) * 2 - 1
        self.start = (begins + passed * (self.last - begins)).astype(np.int64)
        age = np.clip(rng.normal(35.0, 8.5, number), 21.0, 60.0)
        self.birth = self.start - (age * 365.25).astype(np.int64)

    def __len__(self) -> int:
        return len(self.start)

    def apply(self, rng: np.random.Generator) -> pd.DataFrame:
        """Draw the applications of every person, round by round.

        Returns:
            One row for each application, whenever made: `person`, `round`, dates as days, `kind`,
            `decision`, `months`, `moves` (changes of employer so far), `passport` (changes of
            passport so far), `previous` (row of the certificate renewed, -1: none).
        """
        person = np.arange(len(self))
        now, kind = self.start.copy(), np.full(len(self), NEW)
        previous, previous_end = np.full(len(self), -1), np.full(len(self), NONE)
        moves, passport = np.zeros(len(self), dtype=np.int64), np.zeros(len(self), dtype=np.int64)
        rounds: list[pd.DataFrame] = []
        done = 0
        while len(person):
            made = self._decide(now, kind, previous_end, rng)
            made = made.assign(person=person, kind=kind, previous=previous, moves=moves, passport=passport)
            made["round"] = len(rounds)
            rows = done + np.arange(len(person))
            done += len(person)
            rounds.append(made)
            granted = made["decision"].to_numpy() == GRANTED
            following, keeps = self._follow(made, rng)
            goes_on = (following <= self.last) & (following < self.birth[person] + OLDEST * 365)
            renews = granted & keeps
            kind = np.where(granted, np.where(keeps, RENEWAL, NEW), kind)[goes_on]
            previous = np.where(granted, np.where(keeps, rows, -1), previous)[goes_on]
            previous_end = np.where(granted, np.where(keeps, made["valid_to"].to_numpy(), NONE), previous_end)[goes_on]
            moved = rng.random(len(person)) < np.where(renews, 0.07, np.where(granted, 1.0, 0.1))
            replaced = renews & (rng.random(len(person)) < 0.08)
            moves, passport = (moves + moved)[goes_on], (passport + replaced)[goes_on]
            person, now = person[goes_on], following[goes_on]
        return pd.concat(rounds, ignore_index=True)

    def _decide(self, now: Array, kind: Array, previous_end: Array, rng: np.random.Generator) -> pd.DataFrame:
        """What becomes of applications made on the days `now`."""
        simulation, size = self.simulation, len(now)
        registered = now + np.array([0, 0, 0, 1, 1, 2, 4])[rng.integers(0, 7, size)]
        waits = np.exp(rng.normal(np.log(simulation.processing_days), 0.6, size)).astype(np.int64) + 2
        decided = registered + waits
        luck = rng.random(size)
        granted, refused = np.array(simulation.granted)[kind], np.array(simulation.refused)[kind]
        decision = np.where(luck < granted, GRANTED, np.where(luck < granted + refused, REFUSED, WITHDRAWN))
        issued = decided + rng.integers(0, 9, size)
        decision = np.where(rng.random(size) < simulation.undecided, PENDING, decision)
        late = np.where(decision == GRANTED, issued, decided) > self.last
        decision = np.where(late, PENDING, decision)
        begins = np.maximum(issued + rng.integers(0, 8, size), np.where(kind == RENEWAL, previous_end + 1, NONE))
        lengths = np.array(list(simulation.durations))
        months = lengths[draw(simulation.durations, size, rng)]
        ends = add_months(begins, months) - 1
        cancelled = begins + ((ends - begins) * rng.random(size)).astype(np.int64)
        cancels = (rng.random(size) < 0.02) & (cancelled <= self.last)
        is_granted = decision == GRANTED
        return pd.DataFrame(
            {
                "apply": now,
                "registration_date": np.minimum(registered, np.maximum(self.last, now)),
                "decision_date": np.where(decision == PENDING, NONE, decided),
                "issue_date": np.where(is_granted, issued, NONE),
                "valid_from": np.where(is_granted, begins, NONE),
                "valid_to": np.where(is_granted, ends, NONE),
                "cancellation_date": np.where(is_granted & cancels, cancelled, NONE),
                "months": np.where(is_granted, months, 0),
                "decision": decision,
            }
        )

    def _follow(self, made: pd.DataFrame, rng: np.random.Generator) -> tuple[Array, Array]:
        """Day of each person's next application (beyond the end: none), and whether it renews."""
        never = self.last + 1
        size = len(made)
        chance, early, later = rng.random(size), rng.random(size), rng.integers(20, 121, size)
        decision, months = made["decision"].to_numpy(), made["months"].to_numpy()
        issued, ends = made["issue_date"].to_numpy(), made["valid_to"].to_numpy()
        cancelled = made["cancellation_date"].to_numpy()
        lead = (np.minimum(75, months * 10) * early).astype(np.int64) + 7
        renewed = np.maximum(issued + 1, ends - lead)
        keeps = cancelled == NONE
        granted = np.where(
            keeps,
            np.where(chance < self.simulation.renewing, renewed, never),
            np.where(chance < 0.3, cancelled + later, never),
        )
        again = np.where((decision != PENDING) & (chance < 0.3), made["decision_date"].to_numpy() + later, never)
        return np.where(decision == GRANTED, granted, again), keeps


def _keep(records: pd.DataFrame, inside: Array, number: int) -> pd.DataFrame:
    """The applications of as many whole persons as make up `number`; of the last, the earliest ones.

    Applications before the period stay too: they hold the numbers of certificates renewed in it.
    """
    order = np.lexsort((records["round"].to_numpy(), records["person"].to_numpy()))
    count = np.cumsum(inside[order])
    kept = np.sort(order[(count < number) | ((count == number) & inside[order])])
    position = np.full(len(records) + 1, -1)
    position[kept] = np.arange(len(kept))
    result = records.iloc[kept].reset_index(drop=True)
    result["previous"] = position[result["previous"].to_numpy()]
    result["inside"] = inside[kept]
    return result


def _describe(
    simulation: PermitSimulation,
    country: str,
    period: Period,
    world: _Persons,
    records: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Number the applications and say who applied to work where."""
    frame = _number(records)
    weight = pd.Series(np.where(frame["decision"] == GRANTED, 1.0, 0.25)).groupby(frame["person"]).sum()
    who = _settle(simulation, period, weight, world.start[weight.index.to_numpy()], rng)
    frame = frame.merge(who, left_on="person", right_index=True, how="left")
    rows = frame["person"].to_numpy()
    sector = frame["sector"].to_numpy()
    frame["true_person_id"] = [f"{country}-P{int(person):07}" for person in rows]
    frame["birth_date"] = world.birth[rows]
    frame["citizenship"] = np.array([o.citizenship for o in simulation.origins], dtype=object)[frame["origin"]]
    frame["economic_activity"] = np.array([s.code for s in simulation.sectors], dtype=object)[sector]
    frame["occupation"] = np.array([job.code for job in simulation.jobs], dtype=object)[frame["job"]]
    # the country is part of the number, so that two member states never issue the same one
    serial = (rows + 1) * 32 + frame["passport"].to_numpy()
    frame["passport_number"] = [SYNTHETIC_PASSPORT.format(country=country, number=number) for number in serial.tolist()]
    _employ(simulation, frame, rng)
    years = year_of(frame["apply"].to_numpy())
    base = np.array([job.pay for job in simulation.jobs])[frame["job"]]
    factor = np.array([s.pay for s in simulation.sectors])[sector] * frame["luck"].to_numpy()
    pay = base * factor * (1 + simulation.pay_growth) ** (years - period.first.year)
    frame["monthly_pay"] = np.clip(np.round(pay / 50) * 50, 50, 900_000).astype(float)
    group = rng.random(len(frame)) < simulation.groups
    frame["workers"] = np.where(group, rng.integers(2, 16, len(frame)), 1)
    frame["fee"] = _fees(simulation, frame["months"].to_numpy()) * frame["workers"].to_numpy()
    refused = frame["decision"].to_numpy() == REFUSED
    reasons = np.array(list(simulation.reasons), dtype=object)[draw(simulation.reasons, len(frame), rng)]
    reasons[~refused] = None
    frame["refusal_reason"] = reasons
    frame["decision"] = np.array(DECISIONS, dtype=object)[frame["decision"].to_numpy()]
    frame["permit_type"] = np.array(PERMIT_TYPES, dtype=object)[frame["kind"].to_numpy()]
    frame["office"] = _receive(simulation, years, period, rng)
    frame["application_date"] = frame.pop("apply")
    for name in (*(c for c in frame.columns if c.endswith("_date")), "valid_from", "valid_to"):
        frame[name] = _as_dates(frame[name].to_numpy())
    return frame.drop(columns=["person", "round", "kind", "moves", "passport", "months", "origin", "job", "luck"])


def _settle(
    simulation: PermitSimulation, period: Period, weight: pd.Series, start: Array, rng: np.random.Generator
) -> pd.DataFrame:
    """What does not change of each person; index: person."""
    origins, sectors, jobs = simulation.origins, simulation.sectors, simulation.jobs
    number = len(weight)
    origin = deal({o.citizenship: o.share for o in origins}, weight.to_numpy(), rng)
    first, last = period.first.year, period.last.year
    passed = np.clip(year_of(start), first, last) - first
    weights = [
        [(s.first + (s.last - s.first) * year / max(last - first, 1)) * o.sectors.get(s.code, 1.0) for s in sectors]
        for year in range(last - first + 1)
        for o in origins
    ]
    sector = draw_by_row(np.array(weights), passed * len(origins) + origin, rng)
    job = draw_by_row(as_matrix([s.occupations for s in sectors], [j.code for j in jobs]), sector, rng)
    levels = sorted({level for j in jobs for level in j.education})
    level = draw_by_row(as_matrix([j.education for j in jobs], levels), job, rng)
    woman = rng.random(number) < np.array([s.women for s in sectors])[sector]
    luck = np.exp(rng.normal(0.0, 0.3, number))
    names, family_first = _name_persons(simulation, origin, rng)
    return pd.DataFrame(
        {
            "origin": origin,
            "sector": sector,
            "job": job,
            "education": np.array(levels, dtype=object)[level],
            "sex": np.where(woman, "SEX_F", "SEX_M"),
            "luck": luck,
            "name": names,
            "family_first": family_first,
            "currency": _currencies(simulation, origin, rng),
        },
        index=weight.index,
    )


def _number(records: pd.DataFrame) -> pd.DataFrame:
    """Number applications and certificates within years; leave out what lies before the period."""
    frame = records.copy()
    frame["year"] = year_of(frame["apply"].to_numpy())
    order = np.lexsort((frame["person"].to_numpy(), frame["apply"].to_numpy()))
    frame.loc[order, "number"] = frame.iloc[order].groupby("year").cumcount().to_numpy() + 1
    issued = frame["issue_date"].to_numpy()
    granted = issued != NONE
    frame["certificate_year"] = np.where(granted, year_of(np.where(granted, issued, 0)), -1)
    order = np.lexsort((frame["person"].to_numpy(), issued))
    frame.loc[order, "certificate"] = frame.iloc[order].groupby("certificate_year").cumcount().to_numpy() + 1
    frame["certificate"] = np.where(granted, frame["certificate"], -1)
    earlier = frame["previous"].to_numpy()
    for name, column in (("previous_year", "certificate_year"), ("previous", "certificate")):
        frame[name] = np.where(earlier >= 0, frame[column].to_numpy()[earlier], -1).astype(np.int64)
    frame = frame[frame["inside"]].drop(columns="inside")
    frame = frame.astype({"number": np.int64, "certificate": np.int64})
    return frame.sort_values(["apply", "person"], ignore_index=True)


def _name_persons(
    simulation: PermitSimulation, origin: Array, rng: np.random.Generator
) -> tuple[list[str], list[bool]]:
    """Names, and whether the family name stands first in them."""
    styles = sorted({style for o in simulation.origins for style in o.names})
    chosen = draw_by_row(as_matrix([o.names for o in simulation.origins], styles), origin, rng)
    own = [styles[position] for position in chosen]
    return make_names(own, rng), [STYLES[style].family_first for style in own]


def _currencies(simulation: PermitSimulation, origin: Array, rng: np.random.Generator) -> Array:
    weights = [o.currencies or simulation.currencies for o in simulation.origins]
    codes = sorted({code for mapping in weights for code in mapping})
    return np.array(codes, dtype=object)[draw_by_row(as_matrix(weights, codes), origin, rng)]


def _employ(simulation: PermitSimulation, frame: pd.DataFrame, rng: np.random.Generator) -> None:
    """Give every application an employer with a place; a person keeps it until a move."""
    jobs = frame.groupby(["person", "moves"], sort=True)["sector"].first().reset_index()
    sizes = np.bincount(jobs["sector"], minlength=len(simulation.sectors))
    names: list[str] = []
    places: list[str] = []
    phones: list[str] = []
    offset: list[int] = []
    for sector, size in zip(simulation.sectors, sizes, strict=True):
        offset.append(len(names))
        number = max(2, int(size) // 4)
        made = make_words("southern", number, rng), make_words("atlantic", number, rng)
        ending = rng.integers(0, len(sector.businesses), number)
        pick = rng.random(number) < 0.5
        names += [
            f"{first if southern else second} {sector.businesses[end]}"
            for first, second, southern, end in zip(*made, pick.tolist(), ending.tolist(), strict=True)
        ]
        districts = sector.districts or simulation.districts
        places += [list(districts)[position] for position in draw(districts, number, rng)]
        digits = rng.integers(0, 10, (number, simulation.phone.count("#")))
        phones += ["".join(_dial(simulation.phone, row)) for row in digits.tolist()]
    # a few employers take many workers, most take one or two
    rank = rng.random(len(jobs)) ** 2.5
    pools = np.maximum(2, sizes // 4)[jobs["sector"]]
    jobs["business"] = np.array(offset)[jobs["sector"]] + (rank * pools).astype(np.int64)
    business = frame[["person", "moves"]].merge(jobs, on=["person", "moves"], how="left")["business"].to_numpy()
    frame["employer"] = np.array(names, dtype=object)[business]
    frame["district"] = np.array(places, dtype=object)[business]
    frame["phone"] = np.array(phones, dtype=object)[business]


def _dial(pattern: str, digits: list[int]) -> list[str]:
    left = iter(digits)
    return [str(next(left)) if char == "#" else char for char in pattern]


def _fees(simulation: PermitSimulation, months: Array) -> Array:
    tiers = sorted(simulation.certificate_fees)
    amounts = np.array([0.0, *(simulation.certificate_fees[tier] for tier in tiers)])
    fees: Array = simulation.application_fee + amounts[np.searchsorted(tiers, months, side="right")]
    return fees


def _receive(simulation: PermitSimulation, years: Array, period: Period, rng: np.random.Generator) -> Array:
    """Position of the register whose office received each application."""
    office = np.zeros(len(years), dtype=np.int64)
    chance = rng.random(len(years))
    below = np.zeros(len(years))
    for position, register in enumerate(simulation.registers[1:], start=1):
        begins = max(register.since, period.first.year)
        passed = (years - begins) / max(period.last.year - begins, 1)
        share = np.where(years >= begins, register.first + (register.last - register.first) * passed, 0.0)
        office = np.where((chance >= below) & (chance < below + share), position, office)
        below = below + share
    return office


def _as_dates(days: Array) -> Array:
    dates = np.where(days == NONE, 0, days).astype("datetime64[D]").astype("datetime64[s]")
    dates[days == NONE] = np.datetime64("NaT")
    return dates
