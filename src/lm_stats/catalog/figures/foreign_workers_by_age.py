"""Foreign workers by sex and age, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="foreign_workers_by_age",
    indicator="foreign_workers_by_age",
    dimension="age_group",
    form="pyramid",
    title={"en": "Foreign workers by sex and age"},
    compare=("SEX_M", "SEX_F"),
    across="sex",
)
