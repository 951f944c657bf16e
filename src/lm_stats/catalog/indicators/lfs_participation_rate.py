"""Share of the working-age population that is in the labour force, by citizenship and sex."""

from lm_stats.catalog.labour_force import LABOUR_FORCE, OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Indicator, Population, Rate

INDICATOR = Indicator(
    id="lfs_participation_rate",
    table="lfs_persons",
    universe=LABOUR_FORCE,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "sex"),
    estimator=Rate(
        unit="persons in the labour force per 100 persons of working age",
        counted=PERSONS,
        base=(Population("lfs_persons", WORKING_AGE),),
    ),
    title={"en": "Labour force participation rate by citizenship and sex"},
    why="PoA 1.3.3.5; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
)
