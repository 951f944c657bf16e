"""Nationals abroad by sex and country of residence."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="pop_mnas_sex_crs_nb",
    table="absentees",
    universe="country_of_stay <> ref_area",
    time="census_year",
    freq="A",
    dimensions=("sex", "country_of_stay"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Nationals abroad by sex and country of residence"},
    why="ILOSTAT; NLMP 2.11",
    covers={"en": "Members of all ages of households in the country, living abroad when the census asked."},
    note=(
        "What households at home said of their members. Households that left whole are not counted, so it is "
        "fewer than all emigrants. Their citizenship was not asked; nearly all are citizens."
    ),
    dataflow="DF_POP_MNAS_SEX_CRS_NB",
    aliases=("MNA_TPOP_SEX_CRS_NB",),
)
