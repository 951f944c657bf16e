"""The foreign-born of working age by country of birth."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Family

_BORN_ABROAD = f"birthplace NOT IN (ref_area, 'X') AND {WORKING_AGE}"

FAMILY = Family(
    id="foreign_born_of_working_age",
    begins="DF_POP_MFRB_",
    ends="_NB",
    universes={"population": _BORN_ABROAD, "lfs_persons": _BORN_ABROAD},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.12",
    covers={"en": f"{OF_WORKING_AGE} who were born abroad, citizens among them."},
    note="A stock: persons, whenever they came, with and without a permit.",
)
