"""Applications for a work permit by what was decided."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="applications_by_decision",
    table="permit_applications",
    universe="application_date < date_trunc('year', observed_until + 1)",
    time="application_date",
    freq="A",
    dimensions=("decision",),
    estimator=Count(unit="application"),
    title={"en": "Applications for a work permit by what was decided"},
    why="NLMP 7.1.1; PoA 3.1",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, renewals among them."
    },
    note=(
        "Applications made in the year, with what was decided on them up to now, in whatever year; those of the last "
        "year may still be pending. Only years that the "
        "register knows to their end. An application is not a certificate and not a person."
    ),
)
