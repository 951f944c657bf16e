"""Persons with a permit by citizenship, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="top_nationalities",
    indicator="persons_with_permit_by_citizenship",
    dimension="citizenship",
    form="bars",
    title={"en": "Persons with a work permit by citizenship"},
    at_most=10,
    back=5,
)
