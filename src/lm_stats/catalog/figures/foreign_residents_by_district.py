"""Foreign residents by district, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="foreign_residents_by_district",
    indicator="foreign_residents_by_district",
    dimension="district",
    form="map",
    title={"en": "Foreign residents by district"},
    at_most=12,
)
