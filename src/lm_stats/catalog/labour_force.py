"""Who is counted where people are told apart by work, in words and in SQL, said once for surveys and censuses."""

from __future__ import annotations

from lm_stats.spec import Count

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
# what a worker paid to get the first job abroad, in months of its pay
RECRUITMENT_COST = "CASE WHEN first_monthly_earnings > 0 THEN recruitment_cost / first_monthly_earnings END"

NOTE_ON_EARNINGS = (
    "As the employee tells it, gross, in the currency of the country; employees who did not tell it are left out, "
    "which makes the mean wrong if they earn more or less than others. Not adjusted for prices."
)
