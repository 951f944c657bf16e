"""Cost of recruitment that one in five first jobs abroad exceeds, in months of its pay (SDG 10.7.1)."""

from lm_stats.catalog.labour_force import (
    NOTE_ON_RECRUITMENT,
    OF_WORKING_AGE,
    PERSONS,
    RECRUITMENT_COST,
    RETURNED_WORKERS,
)
from lm_stats.spec import Indicator, Quantile

INDICATOR = Indicator(
    id="lfs_recruitment_cost_high",
    table="lfs_persons",
    universe=RETURNED_WORKERS,
    time="survey",
    freq="A",
    dimensions=("sex",),
    estimator=Quantile(
        unit="months of earnings", variable=RECRUITMENT_COST, counted=PERSONS, unit_measure="MONTHS", step=0.1,
        quantile=0.8,
    ),
    title={"en": "Cost of recruitment that one in five exceeds, in months of earnings, by sex (SDG 10.7.1)"},
    why="SDG 10.7.1; NLMP 3.1.11",
    covers={"en": f"{OF_WORKING_AGE}, citizens who came back within three years and took up a first job abroad."},
    note=NOTE_ON_RECRUITMENT,
)
