"""Work permits issued by industrial sector, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="permits_by_sector",
    indicator="permits_issued_by_sector",
    dimension="economic_activity",
    form="bars",
    title={"en": "Work permits issued by industrial sector"},
    grouping="policy_sectors",
)
