"""Employed persons by citizenship and industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="lfs_employed_by_sector",
    table="lfs_persons",
    universe="age >= 15 AND residence = 'usual' AND labour_force_status = 'employed'",
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "economic_activity"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Employed persons by citizenship and industrial sector"},
    why="PoA 1.3.1.2; NLMP 2.14",
    covers={"en": "Usual residents aged 15 and over who are employed."},
)
