"""Employed persons by citizenship and occupation."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="lfs_employed_by_occupation",
    table="lfs_persons",
    universe="age >= 15 AND residence = 'usual' AND labour_force_status = 'employed'",
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "occupation"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Employed persons by citizenship and occupation"},
    why="PoA 1.3.3.5",
    covers={"en": "Usual residents aged 15 and over who are employed."},
)
