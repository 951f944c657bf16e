"""Working-age foreign-born persons by sex and country of birth."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="pop_mfrb_sex_cbr_nb",
    table="population",
    universe="birthplace NOT IN (ref_area, 'X') AND residence = 'usual' AND age >= 15",
    time="census_year",
    freq="A",
    dimensions=("sex", "birthplace"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Working-age foreign-born persons by sex and country of birth"},
    why="ILOSTAT; NLMP 2.12",
    covers={"en": "Usual residents aged 15 and over who were born abroad, citizens among them."},
    note="A stock on the day of the census: persons, whenever they came, with and without a permit.",
    dataflow="DF_POP_MFRB_SEX_CBR_NB",
    aliases=("MST_FORP_SEX_CBR_NB",),
)
