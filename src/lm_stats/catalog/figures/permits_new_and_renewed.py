"""Work permits issued, new and renewed, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="permits_new_and_renewed",
    indicator="permits_new_and_renewed",
    dimension="permit_type",
    form="stack",
    title={"en": "Work permits issued, new and renewed"},
    grouping="permit_types_in_words",
)
