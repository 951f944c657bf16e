"""Household members abroad by country of stay, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="absentees_by_country",
    indicator="absentees_by_country",
    dimension="country_of_stay",
    form="bars",
    title={"en": "Household members abroad by country of stay"},
    at_most=8,
)
