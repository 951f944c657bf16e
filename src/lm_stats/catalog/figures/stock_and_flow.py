"""From the persons with a permit at the end of one year to those at the end of the next, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="stock_and_flow",
    indicator="permit_flows",
    dimension="event",
    form="bridge",
    title={"en": "Persons with a work permit: stock and flow"},
    shown=("first_entry", "re_entry", "expired", "cancelled"),
    beside="persons_with_permit_by_citizenship",
    leaving=("expired", "cancelled"),
    note="A first entry is the first that the register knows of; one on a renewal is somebody who was here before the "
    "register began.",
)
