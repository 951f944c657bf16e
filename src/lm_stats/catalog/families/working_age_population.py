"""The working-age population."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Family

FAMILY = Family(
    id="working_age_population",
    begins="DF_POP_XWAP_",
    ends="_NB",
    universes={"population": WORKING_AGE, "lfs_persons": WORKING_AGE},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
)
