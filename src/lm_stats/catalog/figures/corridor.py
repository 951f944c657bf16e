"""What each source says of the people in a country's main corridors, as a figure for each."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="corridor",
    indicator="corridor",
    dimension="concept",
    form="sources",
    title={"en": "People from {origin} in {destination}, by source"},
    at_most=24,
)
