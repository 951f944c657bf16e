"""Persons outside the labour force."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, OUTSIDE, PERSONS
from lm_stats.spec import Family

FAMILY = Family(
    id="outside_the_labour_force",
    begins="DF_EIP_TEIP_",
    ends="_NB",
    universes={"population": OUTSIDE, "lfs_persons": OUTSIDE},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE} who are neither employed nor unemployed."},
)
