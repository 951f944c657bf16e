"""Employed migrants by sector with their intervals, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="employed_by_sector",
    indicator="lfs_employed_by_sector",
    dimension="economic_activity",
    form="whiskers",
    title={"en": "Employed non-citizens by industrial sector"},
    grouping="policy_sectors",
    compare=("CCT_CIT_NONCIT",),
    across="citizenship_status",
    at_most=21,
)
