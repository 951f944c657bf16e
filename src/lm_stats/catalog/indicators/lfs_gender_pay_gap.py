"""How far mean hourly earnings of women lie from those of men, by citizenship."""

from lm_stats.catalog.labour_force import EMPLOYEES, HOURLY_EARNINGS, NOTE_ON_EARNINGS, OF_WORKING_AGE
from lm_stats.spec import Gap, Indicator

INDICATOR = Indicator(
    id="lfs_gender_pay_gap",
    table="lfs_persons",
    universe=EMPLOYEES,
    time="survey",
    freq="A",
    dimensions=("citizenship_status",),
    estimator=Gap(
        unit="per cent of the hourly earnings of men",
        of=HOURLY_EARNINGS,
        over="sex",
        between=("SEX_F", "SEX_M"),
    ),
    title={"en": "Hourly earnings of women compared with men, by citizenship"},
    why="SDG 8.5.1; NLMP 2.7",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
    note=f"Below 0: women earn less by the hour. Not adjusted for other work, schooling or age. {NOTE_ON_EARNINGS}",
)
