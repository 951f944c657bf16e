"""Share of the working-age population that is employed."""

from lm_stats.catalog.labour_force import EMPLOYED, OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Family, Rate

FAMILY = Family(
    id="employment_to_population_ratio",
    begins="DF_EMP_DWAP_",
    ends="_RT",
    universes={"population": EMPLOYED, "lfs_persons": EMPLOYED},
    bases={"population": WORKING_AGE, "lfs_persons": WORKING_AGE},
    estimator=Rate(unit="employed persons per 100 persons of working age", counted=PERSONS, base=()),
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
    note="Persons of whom the labour-force status is not stated are in the base.",
)
