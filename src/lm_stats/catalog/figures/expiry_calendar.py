"""Permits that end in each month to come, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="expiry_calendar",
    indicator="permits_expiring",
    dimension="economic_activity",
    form="calendar",
    title={"en": "Persons whose work permit ends, by month"},
    grouping="policy_sectors",
    at_most=8,
)
