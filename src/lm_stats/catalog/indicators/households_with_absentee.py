"""Households with a member abroad by district."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="households_with_absentee",
    table="absentees",
    universe="country_of_stay <> ref_area",
    time="census_year",
    freq="A",
    dimensions=("district",),
    estimator=Count(unit="household", weight="weight", distinct="household_id"),
    title={"en": "Households with a member abroad by district"},
    why="NLMP 2.11",
    covers={"en": "Households in the country with at least one member living abroad."},
    note=(
        "What households at home said of their members. Households that left whole are not counted, so it is "
        "fewer than all emigrants."
    ),
)
