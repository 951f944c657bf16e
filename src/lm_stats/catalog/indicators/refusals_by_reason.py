"""Refused applications for a work permit by reason."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="refusals_by_reason",
    table="permit_applications",
    universe="decision = 'refused' AND decision_date < date_trunc('year', observed_until + 1)",
    time="decision_date",
    freq="A",
    dimensions=("refusal_reason",),
    estimator=Count(unit="application"),
    title={"en": "Refused applications for a work permit by reason"},
    why="NLMP 7.1.1; PoA 3.1, turnaround times and localisation",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, that were refused in "
        "the year."
    },
    note=(
        "By the date of the decision, with the one reason that the office gives; refusals without a date are not "
        "counted. Only years that the "
        "register knows to their end. An application is not a certificate and not a person."
    ),
)
