"""Employment rates of migrants and nationals with their intervals, as a figure."""

from lm_stats.spec import Figure

FIGURE = Figure(
    id="employment_rate",
    indicator="lfs_employment_rate",
    dimension="sex",
    form="whiskers",
    title={"en": "Employment rate of citizens and non-citizens, by sex"},
    shown=("SEX_T", "SEX_M", "SEX_F"),
    compare=("CCT_CIT_CITIZEN", "CCT_CIT_NONCIT"),
    across="citizenship_status",
    beside="lfs_employment_gap",
)
