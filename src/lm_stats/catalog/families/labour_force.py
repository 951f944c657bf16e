"""The labour force."""

from lm_stats.catalog.labour_force import LABOUR_FORCE, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Family

FAMILY = Family(
    id="labour_force",
    begins="DF_EAP_TEAP_",
    ends="_NB",
    universes={"population": LABOUR_FORCE, "lfs_persons": LABOUR_FORCE},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE} who are employed or unemployed."},
)
