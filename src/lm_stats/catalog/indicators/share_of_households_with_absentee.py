"""Share of households with a member abroad by district."""

from lm_stats.spec import Count, Indicator, Population, Rate

INDICATOR = Indicator(
    id="share_of_households_with_absentee",
    table="absentees",
    universe="country_of_stay <> ref_area",
    time="census_year",
    freq="A",
    dimensions=("district",),
    estimator=Rate(
        unit="households with a member abroad per 100 households",
        counted=Count(unit="household", weight="weight", distinct="household_id"),
        base=(Population("population", "true"), Population("absentees", "country_of_stay <> ref_area")),
    ),
    title={"en": "Share of households with a member abroad by district"},
    why="NLMP 2.11",
    covers={"en": "Households in the country in which the census counted a person or heard of a member abroad."},
    note=(
        "Both parts are rounded before they are divided. What households at home said of their members. "
        "Households that left whole are not counted, so it is fewer than all emigrants."
    ),
)
