"""Persons with a permit by time since their first entry, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="time_since_entry",
    indicator="persons_with_permit_by_time_since_entry",
    dimension="time_since_entry",
    form="stack",
    title={"en": "Persons with a work permit by time since their first entry"},
    back=5,
    note="Who came before the register begins seems to have come with it, so long times grow with its age.",
)
