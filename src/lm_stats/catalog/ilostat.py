"""The families of the ILO's dataflows that are published and sent, in their order."""

from __future__ import annotations

FAMILIES = (
    "working_age_population",
    "foreign_born_of_working_age",
    "non_citizens_of_working_age",
    "labour_force",
    "labour_force_participation_rate",
    "employment",
    "employment_to_population_ratio",
    "employed_foreign_born",
    "employed_non_citizens",
    "mean_earnings",
    "unemployment",
    "unemployment_rate",
    "outside_the_labour_force",
    "inactivity_rate",
    "returned_nationals",
)
