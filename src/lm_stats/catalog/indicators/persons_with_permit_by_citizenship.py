"""Persons with a work permit in force at the end of the year by citizenship."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="persons_with_permit_by_citizenship",
    table="work_spells",
    universe="true",
    time="start_date",
    freq="A",
    dimensions=("citizenship",),
    estimator=Count(unit="person", distinct="person_id", until="end_date"),
    title={"en": "Persons with a work permit in force at the end of the year by citizenship"},
    why="NLMP 2.12, 2.14; PoA 1.3.1",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment that is valid on 31 December."},
    note=(
        "Persons with a valid certificate on 31 December, each once; no flow of a year and not a number of "
        "certificates. A certificate allows work; whether its holder works or is in the country is not known, and who "
        "works without one is not counted. Which certificates belong to one person is estimated from keyed tokens "
        "(table person_links); areas whose registers have nothing to link by are not shown. A certificate for several "
        "workers counts its named holder only."
    ),
)
