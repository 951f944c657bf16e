"""Employed foreign-born persons by country of birth."""

from lm_stats.catalog.labour_force import EMPLOYED, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Family

_BORN_ABROAD = f"birthplace NOT IN (ref_area, 'X') AND {EMPLOYED}"

FAMILY = Family(
    id="employed_foreign_born",
    begins="DF_EMP_MFRB_",
    ends="_NB",
    universes={"population": _BORN_ABROAD, "lfs_persons": _BORN_ABROAD},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.12",
    covers={"en": f"{OF_WORKING_AGE} who were born abroad and are employed, citizens among them."},
    note="A stock: persons, whenever they came, with and without a permit.",
)
