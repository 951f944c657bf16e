"""The unemployed."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, PERSONS, UNEMPLOYED
from lm_stats.spec import Family

FAMILY = Family(
    id="unemployment",
    begins="DF_UNE_TUNE_",
    ends="_NB",
    universes={"population": UNEMPLOYED, "lfs_persons": UNEMPLOYED},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE} who are unemployed."},
)
