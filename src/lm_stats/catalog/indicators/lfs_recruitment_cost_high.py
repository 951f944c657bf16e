"""Cost of recruitment that one in five first jobs abroad exceeds, in months of its pay (SDG 10.7.1)."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, PERSONS, RECRUITMENT_COST, WORKING_AGE
from lm_stats.spec import Indicator, Quantile

INDICATOR = Indicator(
    id="lfs_recruitment_cost_high",
    table="lfs_persons",
    universe=f"{WORKING_AGE} AND citizenship = ref_area AND first_job_country NOT IN (ref_area, 'X') "
    "AND year_of_return >= TRY_CAST(survey[:4] AS INTEGER) - 3",
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
    note=(
        "Cost and earnings of the same person and job, as told; who did not tell either is left out. Workers who are "
        "still abroad are not in the sample."
    ),
)
