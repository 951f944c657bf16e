"""Who is counted where people are told apart by work, in words and in SQL, said once for surveys and censuses."""

from __future__ import annotations

from lm_stats.spec import Count, Mean, Population, Rate

WORKING_AGE = "age >= 15 AND residence = 'usual'"
LABOUR_FORCE = f"{WORKING_AGE} AND labour_force_status IN ('employed', 'unemployed')"
EMPLOYED = f"{WORKING_AGE} AND labour_force_status = 'employed'"
UNEMPLOYED = f"{WORKING_AGE} AND labour_force_status = 'unemployed'"
OUTSIDE = f"{WORKING_AGE} AND labour_force_status = 'outside'"
EMPLOYEES = f"{EMPLOYED} AND status_in_employment = 'STE_ICSE93_1'"

OF_WORKING_AGE = "Usual residents aged 15 and over"
PERSONS = Count(unit="person", weight="weight")
# weeks of a month, since hours are told by the week
HOURLY = "CASE WHEN hours_worked > 0 THEN monthly_earnings / (hours_worked * 52 / 12) END"
# what an indicator tells, and another compares between groups
HOURLY_EARNINGS = Mean(unit="local currency per hour", variable=HOURLY, counted=PERSONS, unit_measure="LCU", step=0.1)
EMPLOYMENT_RATE = Rate(
    unit="employed per 100 persons of working age",
    counted=PERSONS,
    base=(Population("lfs_persons", WORKING_AGE),),
)
UNEMPLOYMENT_RATE = Rate(
    unit="unemployed per 100 persons in the labour force",
    counted=PERSONS,
    base=(Population("lfs_persons", LABOUR_FORCE),),
)
# citizens who came back within three years from a first job abroad, and what is known of its cost
RETURNED_WORKERS = (
    f"{WORKING_AGE} AND citizenship = ref_area AND first_job_country NOT IN (ref_area, 'X') "
    "AND year_of_return >= TRY_CAST(survey[:4] AS INTEGER) - 3"
)
# what a worker paid to get the first job abroad, in months of its pay
RECRUITMENT_COST = "CASE WHEN first_monthly_earnings > 0 THEN recruitment_cost / first_monthly_earnings END"

NOTE_ON_EARNINGS = (
    "As the employee tells it, gross, in the currency of the country; employees who did not tell it are left out, "
    "which makes the mean wrong if they earn more or less than others. Not adjusted for prices."
)
NOTE_ON_RECRUITMENT = (
    "Cost and earnings of the same person and job, as told; who did not tell either is left out. Workers who are "
    "still abroad are not in the sample."
)
