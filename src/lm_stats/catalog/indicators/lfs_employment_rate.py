"""Share of the working-age population that is employed, by citizenship and sex."""

from lm_stats.catalog.labour_force import EMPLOYED, EMPLOYMENT_RATE, OF_WORKING_AGE
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="lfs_employment_rate",
    table="lfs_persons",
    universe=EMPLOYED,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "sex"),
    estimator=EMPLOYMENT_RATE,
    title={"en": "Employment rate by citizenship and sex"},
    why="PoA 1.3.3.5; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE}."},
)
