"""Foreign residents by citizenship, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="foreign_residents_by_citizenship",
    indicator="foreign_residents_by_citizenship",
    dimension="citizenship",
    form="bars",
    title={"en": "Foreign residents by citizenship"},
    at_most=8,
)
