"""Goes to tests/simulate/test_identities.py: the rate of 2 % with a tolerance of 1 point lets a third be lost."""

from dataclasses import fields, replace

import numpy as np
import pytest

from lm_stats.simulate import Identities
from lm_stats.simulate.identities import blur
from lm_stats.simulate.permits import make_permits
from lm_stats.spec import Period

NONE = Identities(**{field.name: 0.0 for field in fields(Identities) if field.name != "return_gap"})


def generator(seed):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("of_one_citizenship", [0.0, 1.0])
def test_every_namesake_has_the_year_of_birth_of_another_and_a_citizenship_as_declared(catalog, of_one_citizenship):
    world = make_permits(catalog.simulations["lso"].permits, "LSO", Period.parse("2015_2017"), 1500, generator(1))
    rates = replace(NONE, namesakes=0.2, namesakes_of_one_citizenship=of_one_citizenship)
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
