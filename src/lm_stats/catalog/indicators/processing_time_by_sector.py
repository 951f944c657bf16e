"""Median days from application to decision by industrial sector."""

from lm_stats.spec import Duration, Indicator

INDICATOR = Indicator(
    id="processing_time_by_sector",
    table="permit_applications",
    universe="application_date IS NOT NULL AND (decision = 'pending' OR decision_date IS NOT NULL)",
    time="application_date",
    freq="A",
    dimensions=("economic_activity",),
    estimator=Duration(unit="application", start="application_date", end="decision_date"),
    title={"en": "Median days from application to decision by industrial sector"},
    why="NLMP 7.1.1; PoA 3.1, turnaround times",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, renewals among them."
    },
    note=(
        "Kaplan-Meier: applications that are pending count as long as they have waited, to the last day that the "
        "register knows. Leaving them out would make an office look quicker the more it leaves undone. The end is a "
        "decision of any kind: granted, refused or withdrawn. Days are calendar days from the application. "
        "Applications stand in the period in which they were made. Where too few have ended for a value, there is "
        "none (status O). The files have the bounds of a 95 per cent interval beside each value. An application is "
        "not a certificate and not a person."
    ),
)
