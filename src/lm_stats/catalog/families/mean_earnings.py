"""Mean earnings of employees."""

from lm_stats.catalog.labour_force import EMPLOYEES, NOTE_ON_EARNINGS, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Family, Mean

FAMILY = Family(
    id="mean_earnings",
    begins="DF_EAR_EMTA_",
    ends="_NB",
    universes={"lfs_persons": EMPLOYEES},
    estimator=Mean(
        unit="local currency per month", variable="monthly_earnings", counted=PERSONS, unit_measure="LCU", step=10
    ),
    why="ILOSTAT; PoA 1.3.1.2",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
    note=NOTE_ON_EARNINGS,
)
