"""Persons whose work permit ends in the coming twelve months by industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_expiring",
    table="work_spells",
    universe=(
        "exit = 'open' AND start_date <= observed_until AND end_date > observed_until AND end_date <= observed_until + "
        "INTERVAL 12 MONTH"
    ),
    time="end_date",
    freq="M",
    dimensions=("economic_activity",),
    estimator=Count(unit="person", distinct="person_id"),
    title={"en": "Persons whose work permit ends in the coming twelve months by industrial sector"},
    why="NLMP 7.1.1; PoA 3.1, expiries",
    covers={
        "en": "Foreign citizens of any age who hold a certificate of employment on the last day that the register "
        "knows."
    },
    note=(
        "By the month of the last valid day. It is what certificates say today and no forecast: most are renewed "
        "before, and some will be cancelled. The first month begins with the day after the last that the register "
        "knows. Who has been given another certificate that begins when this one ends is not counted, and nobody who "
        "holds none on that day. Which certificates belong to one person is estimated from keyed tokens (table "
        "person_links); areas whose registers have nothing to link by are not shown. A certificate for several workers "
        "counts its named holder only."
    ),
    headline=False,
)
