"""Days from application to decision by quarter and office, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="processing_time",
    indicator="processing_time_by_office",
    dimension="issuing_office",
    form="intervals",
    title={"en": "Median days from application to decision, by quarter of application"},
    at_most=4,
)
