"""Share of the labour force that is unemployed, by citizenship and sex (SDG 8.5.2 by migrant status)."""

from lm_stats.catalog.labour_force import LABOUR_FORCE, OF_WORKING_AGE, PERSONS, UNEMPLOYED
from lm_stats.spec import Indicator, Population, Rate

INDICATOR = Indicator(
    id="lfs_unemployment_rate",
    table="lfs_persons",
    universe=UNEMPLOYED,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "sex"),
    estimator=Rate(
        unit="unemployed per 100 persons in the labour force",
        counted=PERSONS,
        base=(Population("lfs_persons", LABOUR_FORCE),),
    ),
    title={"en": "Unemployment rate by citizenship and sex (SDG 8.5.2)"},
    why="SDG 8.5.2; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
)
