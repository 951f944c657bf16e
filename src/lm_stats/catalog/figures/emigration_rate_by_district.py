"""Household members abroad per 100 household members, by district, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="emigration_rate_by_district",
    indicator="emigration_rate_by_district",
    dimension="district",
    form="map",
    title={"en": "Household members abroad per 100 household members, by district"},
    at_most=12,
)
