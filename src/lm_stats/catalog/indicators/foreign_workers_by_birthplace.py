"""Foreign workers by country of birth."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="foreign_workers_by_birthplace",
    table="population",
    universe=(
        "citizenship NOT IN (ref_area, 'X') AND residence = 'usual' AND age >= 15 AND labour_force_status = "
        "'employed'"
    ),
    time="census_year",
    freq="A",
    dimensions=("birthplace",),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Foreign workers by country of birth"},
    why="NLMP 2.12",
    covers={"en": "Usual residents aged 15 and over who are not citizens and are employed."},
    note=(
        "Workers, not residents: children and those without work are left out. A stock on the day of the "
        "census: persons, whenever they came, with and without a permit."
    ),
)
