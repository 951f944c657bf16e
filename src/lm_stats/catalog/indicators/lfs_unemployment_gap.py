"""How far the unemployment rate of non-citizens lies from that of citizens, by sex."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, UNEMPLOYED, UNEMPLOYMENT_RATE
from lm_stats.spec import Gap, Indicator

INDICATOR = Indicator(
    id="lfs_unemployment_gap",
    table="lfs_persons",
    universe=UNEMPLOYED,
    time="survey",
    freq="A",
    dimensions=("sex",),
    estimator=Gap(
        unit="percentage points",
        of=UNEMPLOYMENT_RATE,
        over="citizenship_status",
        between=("CCT_CIT_NONCIT", "CCT_CIT_CITIZEN"),
    ),
    title={"en": "Unemployment rate of non-citizens compared with citizens, by sex"},
    why="PoA 1.3.3.5; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
    note="Above 0: the rate of non-citizens is higher.",
    headline=False,
)
