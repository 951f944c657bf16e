"""Foreign residents by citizenship."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="foreign_residents_by_citizenship",
    table="population",
    universe="citizenship NOT IN (ref_area, 'X') AND residence = 'usual'",
    time="census_year",
    freq="A",
    dimensions=("citizenship",),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Foreign residents by citizenship"},
    why="NLMP 2.12",
    covers={
        "en": "Usual residents of all ages who are not citizens; persons of unknown citizenship are not "
        "counted."
    },
    note="A stock on the day of the census: persons, whenever they came, with and without a permit.",
)
