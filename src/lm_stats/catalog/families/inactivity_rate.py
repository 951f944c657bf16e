"""Share of the working-age population that is outside the labour force."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, OUTSIDE, PERSONS, WORKING_AGE
from lm_stats.spec import Family, Rate

FAMILY = Family(
    id="inactivity_rate",
    begins="DF_EIP_DWAP_",
    ends="_RT",
    universes={"population": OUTSIDE, "lfs_persons": OUTSIDE},
    bases={"population": WORKING_AGE, "lfs_persons": WORKING_AGE},
    estimator=Rate(unit="persons outside the labour force per 100 persons of working age", counted=PERSONS, base=()),
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
    note="Persons of whom the labour-force status is not stated are in the base.",
)
