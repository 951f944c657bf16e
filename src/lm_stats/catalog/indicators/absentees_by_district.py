"""Household members abroad by home district."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="absentees_by_district",
    table="absentees",
    universe="country_of_stay <> ref_area",
    time="census_year",
    freq="A",
    dimensions=("district",),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Household members abroad by home district"},
    why="NLMP 2.11",
    covers={"en": "Members of all ages of households in the country, living abroad when the census asked."},
    note=(
        "What households at home said of their members. Households that left whole are not counted, so it is "
        "fewer than all emigrants."
    ),
)
