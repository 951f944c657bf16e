"""Foreign residents aged 15 and over who have an occupation, by occupation."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="foreign_residents_by_occupation",
    table="population",
    universe="citizenship NOT IN (ref_area, 'X') AND residence = 'usual' AND age >= 15 AND occupation IS NOT NULL",
    time="census_year",
    freq="A",
    dimensions=("occupation",),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Foreign residents aged 15 and over who have an occupation, by occupation"},
    why="NLMP 2.12",
    covers={"en": "Usual residents aged 15 and over who are not citizens and named an occupation, employed or not."},
    note="A stock on the day of the census: persons, whenever they came, with and without a permit.",
)
