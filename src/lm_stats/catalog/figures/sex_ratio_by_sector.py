"""Share of women among persons with a permit by sector, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="sex_ratio_by_sector",
    indicator="persons_with_permit_by_sector",
    dimension="economic_activity",
    form="ratio",
    title={"en": "Women among persons with a work permit, by industrial sector"},
    grouping="policy_sectors",
    compare=("SEX_F", "SEX_M"),
    across="sex",
    at_most=21,
)
