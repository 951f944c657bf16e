"""How far mean hourly earnings of non-citizens lie from those of citizens, by sex."""

from lm_stats.catalog.labour_force import EMPLOYEES, HOURLY_EARNINGS, NOTE_ON_EARNINGS, OF_WORKING_AGE
from lm_stats.spec import Gap, Indicator

INDICATOR = Indicator(
    id="lfs_wage_gap",
    table="lfs_persons",
    universe=EMPLOYEES,
    time="survey",
    freq="A",
    dimensions=("sex",),
    estimator=Gap(
        unit="per cent of the hourly earnings of citizens",
        of=HOURLY_EARNINGS,
        over="citizenship_status",
        between=("CCT_CIT_NONCIT", "CCT_CIT_CITIZEN"),
    ),
    title={"en": "Hourly earnings of non-citizens compared with citizens, by sex"},
    why="NLMP 2.8; PoA 1.3.1.2",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
    note=(
        "Below 0: non-citizens earn less by the hour. Not adjusted: part of it may be due to other work, schooling or "
        f"age (lm_stats.estimate.oaxaca_blinder splits it). {NOTE_ON_EARNINGS}"
    ),
)
