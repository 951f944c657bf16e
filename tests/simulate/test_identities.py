"""Persons of a register with defects are as hard to find again as is declared, and still the same persons."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from lm_stats.simulate import Identities
from lm_stats.simulate.identities import blur
from lm_stats.simulate.names import initialled, respelt, swapped, with_family
from lm_stats.simulate.permits import make_permits
from lm_stats.spec import Period

RATES = Identities()
WHO = {
    "true_person_id", "name", "family_first", "birth_date", "passport_number", "employer", "phone", "previous",
    "previous_year",
}  # fmt: skip


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.fixture(scope="module")
def permits(catalog):
    return catalog.simulations["lso"].permits


@pytest.fixture(scope="module")
def world(permits) -> pd.DataFrame:
    return make_permits(permits, "LSO", Period.parse("2005_2019"), 8000, generator(1))


@pytest.fixture(scope="module")
def blurred(world) -> pd.DataFrame:
    """With what was true of the application before of the same person (`former_...`) and of the first (`first_...`)."""
    found = blur(world, RATES, "LSO", generator(2))
    of_person = found.groupby("true_person_id")
    former = ["passport_number", "employer", "valid_to", "decision", "cancellation_date"]
    found = found.join(of_person[former].shift().add_prefix("former_"))
    found = found.join(of_person[["name", "birth_date"]].transform("first").add_prefix("first_"))
    return found.assign(nth=of_person.cumcount())


def parts(names: pd.Series) -> pd.Series:
    return names.str.replace(",", "").str.split().map(lambda words: " ".join(sorted(words)))


def test_renewals_are_on_other_passports_and_with_other_employers_as_often_as_declared(blurred):
    renewals = blurred[blurred["permit_type"] == "renewal"]
    again = renewals[renewals["nth"] > 0]
    for name, rate in (("passport_number", RATES.new_passport), ("employer", RATES.new_employer)):
        assert (again[name] != again[f"former_{name}"]).mean() == pytest.approx(rate, abs=0.015), name
    assert (renewals["previous"] < 0).mean() == pytest.approx(RATES.previous_unwritten, abs=0.02)
    assert (renewals["previous_year"] < 0).equals(renewals["previous"] < 0)


def test_later_records_are_written_unlike_the_first_as_often_as_declared(blurred):
    later = blurred[blurred["nth"] > 0]
    unlike = later["name"] != later["first_name"]
    same_parts = parts(later["name"]) == parts(later["first_name"])
    initials = later["name"].str.contains(".", regex=False)
    assert (unlike & same_parts).mean() == pytest.approx(RATES.name_swapped, abs=0.012)
    assert later["name"].str.contains(",").sum() > 20
    assert initials.mean() == pytest.approx(RATES.name_initials, abs=0.007)
    women = later["sex"] == "SEX_F"
    rest = unlike & ~same_parts & ~initials
    assert rest[~women].mean() == pytest.approx(RATES.name_respelt, abs=0.01)
    assert rest[women].mean() > RATES.name_respelt
    born, first = later["birth_date"], later["first_birth_date"]
    assert (born != first).mean() == pytest.approx(RATES.birth_date_unlike, abs=0.005)
    assert (born.dt.year == first.dt.year).all()


def test_who_left_comes_back_as_often_as_declared_and_is_the_same_person(world, blurred):
    ended = (blurred["former_decision"] == "granted") & blurred["former_cancellation_date"].isna()
    back = blurred[(blurred["permit_type"] == "new") & ended]
    gap = (back["application_date"] - back["former_valid_to"]).dt.days
    came = back[gap > 0]
    assert gap[gap > 0].between(89, 1097).all()
    assert (came["previous"] == -1).all()
    last = blurred.groupby("true_person_id").tail(1)
    long_ago = last["valid_to"] < blurred["application_date"].max() - pd.Timedelta(days=1100)
    stayed_away = ((last["decision"] == "granted") & last["cancellation_date"].isna() & long_ago).sum()
    early = came["former_valid_to"] < blurred["application_date"].max() - pd.Timedelta(days=1100)
    assert early.sum() / (early.sum() + stayed_away) == pytest.approx(RATES.returning, abs=0.05)
    for name, rate in (
        ("passport_number", RATES.return_on_new_passport), ("employer", RATES.return_with_new_employer),
    ):  # fmt: skip
        assert (came[name] != came[f"former_{name}"]).mean() == pytest.approx(rate, abs=0.1), name
    # whoever comes back keeps the id of the first time, and what a person is does not change
    assert (blurred["true_person_id"] <= world["true_person_id"]).mean() < 1
    assert set(blurred["true_person_id"]) < set(world["true_person_id"])
    persons = blurred.groupby("true_person_id")
    for name in ("sex", "citizenship", "education"):
        assert (persons[name].nunique() == 1).all(), name
    at_once = (gap <= 0) & (back["employer"] != back["former_employer"])
    assert at_once.sum() / (blurred["decision"] == "granted").sum() == pytest.approx(RATES.overlapping, abs=0.008)
    # who is there at the end has the last certificate then, and yet is no more often chosen
    assert back[at_once]["application_date"].dt.year.value_counts(normalize=True).max() < 0.2


def test_who_shares_name_and_year_of_birth_is_another_person_with_another_passport(world, blurred):
    def shared(frame: pd.DataFrame, day: bool) -> float:
        first = frame.groupby("true_person_id").head(1)
        born = first["birth_date"] if day else first["birth_date"].dt.year
        return float(first.assign(born=born).duplicated(["name", "born"], keep=False).mean())

    assert shared(blurred, day=False) - shared(world, day=False) == pytest.approx(RATES.namesakes, abs=0.01)
    third = RATES.namesakes * RATES.namesakes_of_one_day
    assert shared(blurred, day=True) - shared(world, day=True) == pytest.approx(third, abs=0.006)
    assert (blurred.groupby("passport_number")["true_person_id"].nunique() == 1).all()
    age = blurred["application_date"].dt.year - blurred["birth_date"].dt.year
    assert age.between(15, 75).all()


def test_nothing_else_of_the_world_changes_and_nothing_at_all_where_nothing_is_declared(world, blurred):
    assert {name for name in world if not world[name].equals(blurred[name])} == WHO
    none = {field.name: 0.0 for field in fields(Identities) if field.name != "return_gap"}
    pd.testing.assert_frame_equal(blur(world, Identities(**none), "LSO", generator(3)), world)


@pytest.mark.parametrize("number", [1, 7])
def test_a_world_of_few_applications_is_blurred_too(permits, number):
    small = make_permits(permits, "LSO", Period.parse("2015"), number, generator(number))
    assert len(blur(small, RATES, "LSO", generator(1))) == number


def test_without_mess_rates_do_not_matter(make, catalog, tmp_path):
    simulation = catalog.simulations["xfa"]
    other = replace(simulation, permits=replace(simulation.permits, identities=Identities(new_passport=0.9)))
    settings = {"seed": 1, "permits": 60, "only": "xfa", "mess": 0.0}
    truths = [make(tmp_path / "declared", **settings).truth]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalog.simulations, "xfa", other)
        truths.append(make(tmp_path / "other", **settings).truth)
    pd.testing.assert_frame_equal(*truths)


@pytest.mark.parametrize(
    ("way", "arguments", "expected"),
    [
        (swapped, ([False, False, True], [0.1, 0.9, 0.1]), ["Smith, John", "Smith John", "Wenlan Chen"]),
        (initialled, ([False, False, True],), ["J. Smith", "J. Smith", "Chen W."]),
        (respelt, ([False, False, True], [0.0, 0.78, 0.0]), ["Johnn Smith", "John Smeeth", "Chan Manlam"]),
    ],
)
def test_names_are_written_another_way(way, arguments, expected):
    assert way(["John Smith", "John Smith", "Chen Wenlan"], *arguments) == expected


def test_a_name_of_marriage_has_the_family_name_of_another_in_its_place():
    names, others = ["Lerato Mokoena", "Chen Wenlan"], ["Pule Nthane", "Zhang Hao"]
    assert with_family(names, others, [False, True]) == ["Lerato Nthane", "Zhang Wenlan"]


@pytest.mark.parametrize("of_one_citizenship", [0.0, 1.0])
def test_every_namesake_has_the_year_of_birth_of_another_and_a_citizenship_as_declared(
    catalog, of_one_citizenship
) -> None:
    world = make_permits(catalog.simulations["lso"].permits, "LSO", Period.parse("2015_2017"), 1500, generator(1))
    none = Identities(**{field.name: 0.0 for field in fields(Identities) if field.name != "return_gap"})
    rates = replace(none, namesakes=0.2, namesakes_of_one_citizenship=of_one_citizenship)
    found = blur(world, rates, "LSO", generator(2))
    first = found.groupby("true_person_id").head(1)
    changed = (first["name"] != world.loc[first.index, "name"]) & ~world.loc[first.index, "name"].duplicated(keep=False)
    first = first.assign(changed=changed, year=first["birth_date"].dt.year)
    pairs = first[first["changed"]].merge(first[~first["changed"]], on=["name", "year", "sex"], suffixes=("", "_of"))
    assert changed.sum() > 20
    # a name may stand for others as well; each has at least one whose year and sex it shares
    assert set(first.loc[first["changed"], "true_person_id"]) == set(pairs["true_person_id"])
    alike = (pairs["citizenship"] == pairs["citizenship_of"]).groupby(pairs["true_person_id"]).max()
    assert alike.mean() == pytest.approx(of_one_citizenship, abs=0.1)
