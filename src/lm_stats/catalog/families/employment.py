"""The employed."""

from lm_stats.catalog.labour_force import EMPLOYED, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Family

FAMILY = Family(
    id="employment",
    begins="DF_EMP_TEMP_",
    ends="_NB",
    universes={"population": EMPLOYED, "lfs_persons": EMPLOYED},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE} who are employed."},
)
