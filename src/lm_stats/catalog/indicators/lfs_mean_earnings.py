"""Mean monthly earnings of employees by citizenship and sex."""

from lm_stats.catalog.labour_force import EMPLOYEES, NOTE_ON_EARNINGS, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Indicator, Mean

INDICATOR = Indicator(
    id="lfs_mean_earnings",
    table="lfs_persons",
    universe=EMPLOYEES,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "sex"),
    estimator=Mean(
        unit="local currency per month", variable="monthly_earnings", counted=PERSONS, unit_measure="LCU", step=10
    ),
    title={"en": "Mean monthly earnings of employees by citizenship and sex"},
    why="PoA 1.3.1.2; NLMP 2.8",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
    note=NOTE_ON_EARNINGS,
)
