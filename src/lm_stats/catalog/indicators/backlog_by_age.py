"""Applications pending at the end of the quarter by how long they have waited."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="backlog_by_age",
    table="permit_applications",
    universe="application_date IS NOT NULL AND (decision = 'pending' OR decision_date IS NOT NULL)",
    time="application_date",
    freq="Q",
    dimensions=("case_age",),
    estimator=Count(unit="application", until="decision_date - 1"),
    title={"en": "Applications pending at the end of the quarter by how long they have waited"},
    why="NLMP 7.1.1; PoA 3.1, turnaround times",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, that are not decided "
        "at the end of the quarter."
    },
    note=(
        "Days from the application to the last day of the quarter. Applications made by the last day of the quarter "
        "and not decided on that day. Decided ones without a date of decision cannot be placed, and are not counted. "
        "An application is not a certificate and not a person."
    ),
)
