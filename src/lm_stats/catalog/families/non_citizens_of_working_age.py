"""Non-citizens of working age by citizenship."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Family

_NOT_CITIZENS = f"citizenship NOT IN (ref_area, 'X') AND {WORKING_AGE}"

FAMILY = Family(
    id="non_citizens_of_working_age",
    begins="DF_POP_MFRC_",
    ends="_NB",
    universes={"population": _NOT_CITIZENS, "lfs_persons": _NOT_CITIZENS},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.12",
    covers={"en": f"{OF_WORKING_AGE} who are not citizens."},
    note="A stock: persons, whenever they came, with and without a permit.",
)
