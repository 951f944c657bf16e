"""What sending money costs in a country's main corridors, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="cost_of_sending",
    indicator="cost_of_sending",
    dimension="edition",
    form="editions",
    title={"en": "Average cost of sending 200 US dollars, by corridor"},
)
