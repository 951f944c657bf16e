"""Employed non-citizens by citizenship, beside those with a work permit (emp_mfrc_sex_cct_nb)."""

from lm_stats.catalog.labour_force import EMPLOYED, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Family

_NOT_CITIZENS = f"citizenship NOT IN (ref_area, 'X') AND {EMPLOYED}"

FAMILY = Family(
    id="employed_non_citizens",
    begins="DF_EMP_MFRC_",
    ends="_NB",
    universes={"population": _NOT_CITIZENS, "lfs_persons": _NOT_CITIZENS},
    estimator=PERSONS,
    why="ILOSTAT; NLMP 2.12",
    covers={"en": f"{OF_WORKING_AGE} who are employed and not citizens."},
    note=(
        "Persons, whenever they came, with and without a permit: not to be mixed with persons who hold a work permit "
        "(emp_mfrc_sex_cct_nb)."
    ),
)
