"""How far hourly earnings of migrants lie from those of nationals, with intervals, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="wage_gap",
    indicator="lfs_wage_gap",
    dimension="sex",
    form="whiskers",
    title={"en": "Hourly earnings of non-citizens compared with citizens, by sex"},
    shown=("SEX_T", "SEX_M", "SEX_F"),
    note="Not adjusted: other work, schooling or age may be behind part of it.",
)
