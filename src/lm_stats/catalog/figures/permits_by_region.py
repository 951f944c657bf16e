"""Work permits issued by region of origin, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="permits_by_region",
    indicator="permits_issued_by_region",
    dimension="region_of_origin",
    form="lines",
    title={"en": "Work permits issued by region of origin"},
    compare=("AFR_T", "ASI"),
)
