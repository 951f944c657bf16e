"""Share of the labour force that is unemployed, by citizenship and sex (SDG 8.5.2 by migrant status)."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, UNEMPLOYED, UNEMPLOYMENT_RATE
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="lfs_unemployment_rate",
    table="lfs_persons",
    universe=UNEMPLOYED,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "sex"),
    estimator=UNEMPLOYMENT_RATE,
    title={"en": "Unemployment rate by citizenship and sex (SDG 8.5.2)"},
    why="SDG 8.5.2; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
)
