"""Persons with a work permit in force at the end of the year by sex and citizenship."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="emp_mfrc_sex_cct_nb",
    table="work_spells",
    universe="true",
    time="start_date",
    freq="A",
    dimensions=("sex", "citizenship"),
    estimator=Count(unit="person", distinct="person_id", until="end_date"),
    title={"en": "Foreign workers with a work permit in force on 31 December by sex and citizenship"},
    why="ILOSTAT; NLMP 2.12",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment that is valid on 31 December."},
    note=(
        "For the ILO's dataflow Employed non-citizens by sex and country of citizenship. Change of unit and source: "
        "earlier editions counted employed usual residents of the census; from now on "
        "persons with a work permit in force on 31 December are counted, every year. The whole series was made anew, "
        "so it has no break in itself, but it must not be compared with earlier editions (those counts are now "
        "foreign_workers_by_citizenship). A certificate allows work; whether its holder works or is in the country is "
        "not known, and who works without one is not counted. Which certificates belong to one person is estimated "
        "from keyed tokens (table person_links); areas whose registers have nothing to link by are not shown. A "
        "certificate for several workers counts its named holder only."
    ),
    headline=False,
    dataflow="DF_EMP_MFRC_SEX_CCT_NB",
    aliases=("MST_NCTE_SEX_CCT_NB",),
)
