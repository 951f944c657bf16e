"""Share of the working-age population that is in the labour force."""

from lm_stats.catalog.labour_force import LABOUR_FORCE, OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Family, Rate

FAMILY = Family(
    id="labour_force_participation_rate",
    begins="DF_EAP_DWAP_",
    ends="_RT",
    universes={"population": LABOUR_FORCE, "lfs_persons": LABOUR_FORCE},
    bases={"population": WORKING_AGE, "lfs_persons": WORKING_AGE},
    estimator=Rate(unit="persons in the labour force per 100 persons of working age", counted=PERSONS, base=()),
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
    note="Persons of whom the labour-force status is not stated are in the base.",
)
