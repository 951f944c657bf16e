"""Foreign residents aged 15 and over by labour-force status."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="foreign_residents_by_activity",
    table="population",
    universe="citizenship NOT IN (ref_area, 'X') AND residence = 'usual' AND age >= 15",
    time="census_year",
    freq="A",
    dimensions=("labour_force_status",),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Foreign residents aged 15 and over by labour-force status"},
    why="NLMP 2.12",
    covers={"en": "Usual residents aged 15 and over who are not citizens."},
    note="A stock on the day of the census: persons, whenever they came, with and without a permit.",
)
