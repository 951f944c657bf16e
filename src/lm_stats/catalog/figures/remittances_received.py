"""Remittances received, by edition, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="remittances_received",
    indicator="remittances_received",
    dimension="edition",
    form="editions",
    title={"en": "Personal remittances received, by edition"},
)
