"""Household members abroad as a share of all household members, by sex and age."""

from lm_stats.spec import Count, Indicator, Population, Rate

INDICATOR = Indicator(
    id="emigration_rate_by_age",
    table="absentees",
    universe="country_of_stay <> ref_area",
    time="census_year",
    freq="A",
    dimensions=("sex", "age_group"),
    estimator=Rate(
        unit="household members abroad per 100 household members",
        counted=Count(unit="person", weight="weight"),
        base=(Population("population", "residence = 'usual'"), Population("absentees", "country_of_stay <> ref_area")),
    ),
    title={"en": "Household members abroad as a share of all household members, by sex and age"},
    why="NLMP 2.11",
    covers={"en": "Usual residents of all ages and members of their households abroad."},
    note=(
        "Both parts are rounded before they are divided. What households at home said of their members. "
        "Households that left whole are not counted, so it is fewer than all emigrants."
    ),
)
