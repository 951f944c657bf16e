"""Persons that are hard to tell and to find again, laid over a world in which every person is easy to follow.

Applications, their dates, decisions and codes stay as they are. What changes is who made them and how the
person is written: a person who left may be the one who came years later as somebody else, a renewal may be on a
new passport, a name may be written another way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from lm_stats.simulate.design import Identities
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.names import initialled, respelt, swapped, with_family
from lm_stats.simulate.permits import NONE, add_months, year_of
from lm_stats.spec import SYNTHETIC_PASSPORT

_OLDEST = 70 * 365
_ALIKE = ("citizenship", "sex", "education", "sector", "district")
# whoever comes back does much the same as before, as far as there is somebody who does
_STAGES = (_ALIKE, _ALIKE[:4], _ALIKE[:3])
# where whoever leaves looks for somebody to come back as: about when it is wanted, then at any time that is allowed
_TRIES: tuple[tuple[str, Literal["nearest", "forward"]], ...] = (
    ("target", "nearest"), ("target", "nearest"), ("low", "forward"), ("low", "forward"),
)  # fmt: skip
_DRAWS = 4
_APART = 5 * 365  # days between the births of two persons who come to share a year of birth, at most
_MONTH = 30
_PLACE = ["employer", "district", "phone"]


def blur(world: pd.DataFrame, identities: Identities, country: str, rng: np.random.Generator) -> pd.DataFrame:
    """Make the persons of a world as hard to link as declared.

    Args:
        world: Applications in order of application (see `lm_stats.simulate.permits.make_permits`).
        identities: The rates.
        country: Code of the member state.
        rng: Source of randomness.

    Returns:
        The same applications with other `true_person_id`, `name`, `family_first`, `birth_date`,
        `passport_number`, `employer`, `phone`, `previous` and `previous_year`. Nothing else changes: whoever
        comes back was of the same citizenship, sex and education, and changes of employer that are added stay in
        the sector and the district.
    """
    found = world.copy()
    person, names = pd.factorize(world["true_person_id"])
    rows = np.arange(len(world))
    before = _row_before(person)
    first, last = _ends(person, len(names))
    links = _link_persons(world, identities, first, last, rng)
    _change_passports(found, world, identities, country, before, last, links, rng)
    _change_employers(found, world, identities, before, last, links, rng)
    root = _roots(np.where(links["former"] >= 0, links["former"], np.arange(len(names))))
    own = root[person]
    for name in ("true_person_id", "name", "family_first", "birth_date"):
        found[name] = world[name].to_numpy()[first[own]]
    _share_names(found, identities, own, first, rng)
    later = _row_before(own) != rows
    _write_names(found, identities, own, later, rng)
    _write_births(found, identities, later, rng)
    unwritten = (found["permit_type"] == "renewal").to_numpy() & (rng.random(len(rows)) < identities.previous_unwritten)
    for name in ("previous", "previous_year"):
        found[name] = np.where(unwritten, -1, found[name].to_numpy())
    return found


def _days(world: pd.DataFrame, name: str) -> Array:
    days: Array = world[name].to_numpy().astype("datetime64[D]").astype(np.int64)
    return days


def _row_before(person: Array) -> Array:
    """The row of the person's application before each one; the first: the row itself."""
    order = np.argsort(person, kind="stable")
    found = np.arange(len(person))
    same = person[order[1:]] == person[order[:-1]]
    found[order[1:][same]] = order[:-1][same]
    return found


def _ends(person: Array, number: int) -> tuple[Array, Array]:
    """First and last row of each person."""
    first, last = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
    rows = np.arange(len(person))
    first[person[::-1]] = rows[::-1]
    last[person] = rows
    return first, last


def _roots(parents: Array) -> Array:
    """Where a way through parents ends, for each thing; what has none is its own."""
    while True:
        further = parents[parents]
        if np.array_equal(further, parents):
            return parents
        parents = further


def _link_persons(
    world: pd.DataFrame, identities: Identities, first: Array, last: Array, rng: np.random.Generator
) -> pd.DataFrame:
    """Who is somebody known from before.

    Returns:
        One row for each person of the world: `former` (the person known from before, -1: none), `near` (whether
        what both do is in one sector and district), `at_once` (whether a certificate of the former still ran).
    """
    number = len(first)
    granted = (world["decision"] == "granted").to_numpy()
    applied, begin, end = (_days(world, name) for name in ("application_date", "valid_from", "valid_to"))
    until = int(applied.max())
    leaves = granted[last] & (_days(world, "cancellation_date")[last] == NONE)
    luck, months, where = rng.random(number), rng.integers(*identities.return_gap, number), rng.random(number)
    ended = np.where(leaves, end[last], 0)
    low, high = (add_months(ended, np.full(number, gap)) for gap in identities.return_gap)
    target = add_months(ended, months) + (where * _MONTH).astype(np.int64)
    # not everybody finds somebody to be, so more are asked than wanted
    asked = (1 + identities.returning) / 2 if identities.returning else 0.0
    returns = leaves & (luck < asked) & (target <= until)
    returning = int((returns & (luck < identities.returning)).sum())
    # of certificates that run on while their holder gets another one, only last ones are taken
    begins = np.where(leaves, begin[last], 0) + 2 * _MONTH
    stops = np.minimum(ended - 3 * _MONTH, until)
    overlapping = round(identities.overlapping * int(granted.sum()))
    at_once = np.zeros(number, dtype=bool)
    meanwhile = begins + (where * (stops - begins)).astype(np.int64)
    mixed = rng.permutation(np.flatnonzero(leaves & (luck >= asked) & (stops > begins)))
    at_once[_over_years(mixed, year_of(meanwhile), year_of(begin[granted]))[: 2 * overlapping]] = True
    low, high = np.where(at_once, begins, low), np.where(at_once, stops, high)
    target = np.where(at_once, meanwhile, target)
    leavers = pd.DataFrame({"left": np.arange(number), "target": target, "low": low, "high": high, "row": last})
    comes = granted[first] & (world["permit_type"] == "new").to_numpy()[first]
    comers = pd.DataFrame({"came": np.arange(number), "start": applied[first], "row": first})[comes]
    former, near = np.full(number, -1), np.zeros(number, dtype=bool)
    wanted = at_once | (returns & (luck < identities.returning))
    for asking, stage in ((asking, stage) for asking in (wanted, returns & ~wanted) for stage in _STAGES):
        alike = world.groupby(list(stage), sort=False).ngroup().to_numpy()
        free = leavers[asking]
        for begins_with, direction in _TRIES:
            pairs = pd.merge_asof(
                free.assign(alike=alike[free["row"].to_numpy()]).sort_values(begins_with),
                comers.assign(alike=alike[comers["row"].to_numpy()]).sort_values("start")[["came", "start", "alike"]],
                left_on=begins_with, right_on="start", by="alike", direction=direction,
            )  # fmt: skip
            pairs = pairs[pairs["start"].between(pairs["low"], pairs["high"])].drop_duplicates("came")
            came, left = pairs["came"].to_numpy(dtype=np.int64), pairs["left"].to_numpy()
            fits = ~at_once[left] | (begin[first[came]] <= end[last[left]])
            came, left = came[fits], left[fits]
            former[came], near[came] = left, stage == _ALIKE
            asking[left] = False
            free, comers = free[~free["left"].isin(left)], comers[~comers["came"].isin(came)]
    back = np.flatnonzero((former >= 0) & ~at_once[former])
    former[back[np.argsort(luck[former[back]], kind="stable")][returning:]] = -1
    former[rng.permutation(np.flatnonzero((former >= 0) & at_once[former]))[overlapping:]] = -1
    # nobody works to an age at which nobody does
    born = _days(world, "birth_date")[first]
    while True:
        root = _roots(np.where(former >= 0, former, np.arange(number)))
        old = (former >= 0) & (applied[last] - born[root] > _OLDEST)
        if not old.any():
            break
        former[old] = -1
    overlap = np.where(former >= 0, at_once[former], False)
    return pd.DataFrame({"former": former, "near": near & (former >= 0), "at_once": overlap})


def _over_years(mixed: Array, years: Array, like: Array) -> Array:
    """Things so ordered that the first ones, however many, lie in the years in the proportion of other things.

    Taken as they come, most of last certificates would lie in the last years, where all who are still there have one.

    Args:
        mixed: Numbers of things, in any order.
        years: The year of each thing, by number.
        like: Years of the other things.
    """
    own = pd.Series(years[mixed])
    weights = pd.Series(like).value_counts()
    turn = (own.groupby(own).cumcount() + 0.5) / own.map(weights).fillna(0.5)
    found: Array = mixed[np.argsort(turn.to_numpy(), kind="stable")]
    return found


def _change_passports(
    found: pd.DataFrame,
    world: pd.DataFrame,
    identities: Identities,
    country: str,
    before: Array,
    last: Array,
    links: pd.DataFrame,
    rng: np.random.Generator,
) -> None:
    numbers, known = pd.factorize(world["passport_number"])
    rows = np.arange(len(world))
    changes = _add(identities.new_passport, world, numbers != numbers[before], before, rng)
    document = _begun(numbers, before, changes & (before != rows))
    documents, held = pd.factorize(document)
    # a new one has a number that no other has
    own = np.array(known, dtype=object)[numbers]
    base = int(pd.Series(known).str.extract(r"(\d+)$")[0].astype(np.int64).max()) + 1
    extra = np.flatnonzero(np.asarray(held) >= len(world))
    texts = np.empty(len(held), dtype=object)
    texts[documents[::-1]] = own[::-1]
    texts[extra] = [SYNTHETIC_PASSPORT.format(country=country, number=base + step) for step in range(len(extra))]
    former = links["former"].to_numpy()
    new = np.where(links["at_once"], identities.new_passport, identities.return_on_new_passport)
    keeps = (former >= 0) & (rng.random(len(links)) >= new)
    parents = _hand_on(documents, len(held), keeps, former, last, before)
    found["passport_number"] = texts[_roots(parents)[documents]]


def _change_employers(
    found: pd.DataFrame,
    world: pd.DataFrame,
    identities: Identities,
    before: Array,
    last: Array,
    links: pd.DataFrame,
    rng: np.random.Generator,
) -> None:
    employers, _ = pd.factorize(world["employer"] + "\0" + world["phone"])
    rows = np.arange(len(world))
    changes = _add(identities.new_employer, world, employers != employers[before], before, rng)
    places = world.groupby(["sector", "district"], sort=False).ngroup().to_numpy()
    order = np.argsort(places, kind="stable")
    sizes = np.bincount(places)
    starts = np.cumsum(sizes) - sizes
    taken = rows.copy()
    for _ in range(_DRAWS):
        same = employers[taken] == employers
        drawn = order[starts[places] + (rng.random(len(rows)) * sizes[places]).astype(np.int64)]
        taken = np.where(changes & same, drawn, taken)
    changes &= employers[taken] != employers
    # whoever has a job keeps it until the next change, the drawn one or that of the world
    order = np.argsort(_person_of(before), kind="stable")
    starts_anew = (before == rows) | (employers != employers[before]) | changes
    jobs = np.empty(len(rows), dtype=np.int64)
    jobs[order] = np.cumsum(starts_anew[order]) - 1
    source = np.zeros(int(jobs.max()) + 1, dtype=np.int64)
    source[jobs[starts_anew]] = taken[starts_anew]
    former = links["former"].to_numpy()
    near = links["near"].to_numpy() & ~links["at_once"].to_numpy()
    back = (former >= 0) & ~links["at_once"].to_numpy()
    chance = (1 - identities.return_with_new_employer) * back.sum() / max(near.sum(), 1)
    keeps = near & (rng.random(len(links)) < chance)
    parents = _hand_on(jobs, len(source), keeps, former, last, before)
    taken = source[_roots(parents)[jobs]]
    for name in _PLACE:
        found[name] = world[name].to_numpy()[taken]


def _add(rate: float, world: pd.DataFrame, changed: Array, before: Array, rng: np.random.Generator) -> Array:
    """Renewals to change, so that as many as declared differ from the application before."""
    renews = (world["permit_type"] == "renewal").to_numpy() & (before != np.arange(len(world)))
    share = changed[renews].mean() if renews.any() else 0.0
    chosen: Array = renews & ~changed & (rng.random(len(world)) < (rate - share) / max(1 - share, 1e-9))
    return chosen


def _person_of(before: Array) -> Array:
    """A number for each row that the rows of a person share: that of the first."""
    return _roots(before)


def _begun(numbers: Array, before: Array, changes: Array) -> Array:
    """Documents: those of the world, and from each change on a new one until the world has another."""
    rows = np.arange(len(numbers))
    anew = (before == rows) | (numbers != numbers[before])
    begins = _roots(np.where(changes | anew, rows, before))
    found: Array = np.where(changes[begins], len(numbers) + begins, numbers)
    return found


def _hand_on(things: Array, number: int, keeps: Array, former: Array, last: Array, before: Array) -> Array:
    """Parents of things: the first of a person who keeps it is the last of the former one."""
    parents = np.arange(number)
    first = np.empty(len(last), dtype=np.int64)
    first[:] = _roots(before)[last]
    parents[things[first[keeps]]] = things[last[former[keeps]]]
    return parents


def _share_names(
    found: pd.DataFrame, identities: Identities, own: Array, first: Array, rng: np.random.Generator
) -> None:
    """Give some persons the name and the year of birth of another one who was born about when they were."""
    persons = np.unique(own)
    one = found.iloc[first[persons]]
    born, sex = _days(one, "birth_date"), pd.factorize(one["sex"])[0]
    citizenship = pd.factorize(one["citizenship"])[0]
    wanted = round(identities.namesakes * len(persons) / 2)
    free = np.ones(len(persons), dtype=bool)
    like, liked = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for number, keys in (
        (round(wanted * identities.namesakes_of_one_citizenship), (born, sex, citizenship)),
        (wanted, (born, sex)),
    ):
        order = np.lexsort(keys)
        order = order[free[order]]
        # every second one, so that nobody is in two pairs
        left, right = order[: len(order) // 2 * 2 : 2], order[1::2]
        pairs = np.abs(born[left] - born[right]) <= _APART
        same = citizenship[left] == citizenship[right]
        pairs &= (sex[left] == sex[right]) & (same if len(keys) > 2 else ~same)
        chosen = rng.permutation(np.flatnonzero(pairs))[: max(0, number - sum(map(len, like)))]
        like.append(left[chosen])
        liked.append(right[chosen])
        free[left[chosen]] = free[right[chosen]] = False
    other, model = np.concatenate(like), np.concatenate(liked)
    names = one["name"].to_numpy(dtype=object).copy()
    order_of_parts = one["family_first"].to_numpy().copy()
    names[other], order_of_parts[other] = names[model], order_of_parts[model]
    year = (year_of(born[model]) - 1970).astype("datetime64[Y]")
    begins = year.astype("datetime64[D]").astype(np.int64)
    # another day of the same year: from 1 to 364 days on, round the end of the year
    passed = born[model] - begins + rng.integers(1, 364, len(model))
    births = np.where(rng.random(len(model)) < identities.namesakes_of_one_day, born[model], begins + passed % 365)
    born = born.copy()
    born[other] = births
    at = np.searchsorted(persons, own)
    found["name"], found["family_first"] = names[at], order_of_parts[at]
    found["birth_date"] = born[at].astype("datetime64[D]").astype("datetime64[s]")


def _write_names(
    found: pd.DataFrame, identities: Identities, own: Array, later: Array, rng: np.random.Generator
) -> None:
    """Write names of later records another way: one way at most for a record, besides the name of a husband."""
    names = found["name"].to_numpy(dtype=object).copy()
    family_first = found["family_first"].to_numpy()
    luck, how = rng.random(len(found)), rng.random(len(found))
    marries = later & (found["sex"] == "SEX_F").to_numpy() & (rng.random(len(found)) < identities.name_married)
    order = np.argsort(own, kind="stable")
    # from the marriage on; of two the last
    rows = np.where(marries, np.arange(len(found)), -1)
    wed = np.empty(len(found), dtype=np.int64)
    wed[order] = pd.Series(rows[order]).groupby(own[order]).cummax().to_numpy()
    groups = found.groupby(["citizenship", "family_first"], sort=False).ngroup().to_numpy()
    by_group = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    husband = by_group[(np.cumsum(sizes) - sizes)[groups] + (how * sizes[groups]).astype(np.int64)]
    _rewrite(names, wed >= 0, lambda at: with_family(names[at], names[husband[wed[at]]], family_first[at]))
    ways: Sequence[tuple[float, Callable[[Array], list[str]]]] = (
        (identities.name_swapped, lambda at: swapped(names[at], family_first[at], how[at])),
        (identities.name_respelt, lambda at: respelt(names[at], family_first[at], how[at])),
        (identities.name_initials, lambda at: initialled(names[at], family_first[at])),
    )
    below = 0.0
    for rate, way in ways:
        _rewrite(names, later & (luck >= below) & (luck < below + rate), way)
        below += rate
    found["name"] = names


def _rewrite(names: Array, chosen: Array, way: Callable[[Array], list[str]]) -> None:
    at = np.flatnonzero(chosen)
    if len(at):
        names[at] = np.array(way(at), dtype=object)


def _write_births(found: pd.DataFrame, identities: Identities, later: Array, rng: np.random.Generator) -> None:
    """Write dates of birth with day and month exchanged, or as the first day of the year."""
    dates = found["birth_date"]
    chosen = later & (rng.random(len(found)) < identities.birth_date_unlike)
    exchanged = (dates.dt.day <= 12) & (dates.dt.day != dates.dt.month) & (rng.random(len(found)) < 0.5)
    parts = {
        "year": dates.dt.year,
        "month": np.where(exchanged, dates.dt.day, 1),
        "day": np.where(exchanged, dates.dt.month, 1),
    }
    found["birth_date"] = dates.where(~chosen, pd.to_datetime(pd.DataFrame(parts))).astype("datetime64[s]")
