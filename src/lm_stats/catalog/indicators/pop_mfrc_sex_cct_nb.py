"""Working-age non-citizens by sex and citizenship."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="pop_mfrc_sex_cct_nb",
    table="population",
    universe="citizenship NOT IN (ref_area, 'X') AND residence = 'usual' AND age >= 15",
    time="census_year",
    freq="A",
    dimensions=("sex", "citizenship"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Working-age non-citizens by sex and citizenship"},
    why="ILOSTAT; NLMP 2.12",
    covers={"en": "Usual residents aged 15 and over who are not citizens."},
    note="A stock on the day of the census: persons, whenever they came, with and without a permit.",
    dataflow="DF_POP_MFRC_SEX_CCT_NB",
    aliases=("MST_NCTP_SEX_CCT_NB",),
)
