"""Working-age population by sex and labour-force status."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="lfs_working_age_by_status",
    table="lfs_persons",
    universe="age >= 15 AND residence = 'usual'",
    time="survey",
    freq="A",
    dimensions=("sex", "labour_force_status"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Working-age population by sex and labour-force status"},
    why="NLMP 2.9; PoA 1.3",
    covers={"en": "Usual residents aged 15 and over."},
)
