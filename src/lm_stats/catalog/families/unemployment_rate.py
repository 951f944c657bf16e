"""Share of the labour force that is unemployed."""

from lm_stats.catalog.labour_force import LABOUR_FORCE, OF_WORKING_AGE, PERSONS, UNEMPLOYED
from lm_stats.spec import Family, Rate

FAMILY = Family(
    id="unemployment_rate",
    begins="DF_UNE_DEAP_",
    ends="_RT",
    universes={"population": UNEMPLOYED, "lfs_persons": UNEMPLOYED},
    bases={"population": LABOUR_FORCE, "lfs_persons": LABOUR_FORCE},
    estimator=Rate(unit="unemployed persons per 100 persons in the labour force", counted=PERSONS, base=()),
    why="ILOSTAT; NLMP 2.9",
    covers={"en": f"{OF_WORKING_AGE} who are in the labour force."},
)
