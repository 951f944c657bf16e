"""Employed household members abroad by sex and industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="absentees_by_sector",
    table="absentees",
    universe="country_of_stay <> ref_area AND activity = 'employed' AND age >= 15",
    time="census_year",
    freq="A",
    dimensions=("sex", "economic_activity"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Employed household members abroad by sex and industrial sector"},
    why="NLMP 2.11",
    covers={"en": "Members of households in the country, aged 15 and over, working abroad when the census asked."},
    note=(
        "What households at home said of their members. Households that left whole are not counted, so it is "
        "fewer than all emigrants."
    ),
)
