"""Persons with a work permit in force at the end of the year by sex and industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="persons_with_permit_by_sector",
    table="work_spells",
    universe="true",
    time="start_date",
    freq="A",
    dimensions=("sex", "economic_activity"),
    estimator=Count(unit="person", distinct="person_id", until="end_date"),
    title={"en": "Persons with a work permit in force at the end of the year by sex and industrial sector"},
    why="NLMP 2.14, Figure 2; NLMP 2.9",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment that is valid on 31 December."},
    note=(
        "Persons with a valid certificate on 31 December, each once; no flow of a year and not a number of "
        "certificates. A certificate allows work; whether its holder works or is in the country is not known, and who "
        "works without one is not counted. Which certificates belong to one person is estimated from keyed tokens "
        "(table person_links); areas whose registers have nothing to link by are not shown. A certificate for several "
        "workers counts its named holder only."
    ),
)
