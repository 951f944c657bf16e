"""Mean hourly earnings of employees by citizenship and occupation (SDG 8.5.1 by migrant status)."""

from lm_stats.catalog.labour_force import EMPLOYEES, HOURLY_EARNINGS, NOTE_ON_EARNINGS, OF_WORKING_AGE
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="lfs_hourly_earnings_by_occupation",
    table="lfs_persons",
    universe=EMPLOYEES,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "occupation"),
    estimator=HOURLY_EARNINGS,
    title={"en": "Mean hourly earnings of employees by citizenship and occupation (SDG 8.5.1)"},
    why="SDG 8.5.1; PoA 1.3.1.2",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
    note=f"Earnings of the month by usual hours of a week, of which a month has 52/12. {NOTE_ON_EARNINGS}",
)
