"""Median days from application to the issue of the certificate by office."""

from lm_stats.spec import Duration, Indicator

INDICATOR = Indicator(
    id="time_to_issue_by_office",
    table="permit_applications",
    universe="application_date IS NOT NULL AND decision IN ('pending', 'granted')",
    time="application_date",
    freq="Q",
    dimensions=("issuing_office",),
    estimator=Duration(unit="application", start="application_date", end="issue_date"),
    title={"en": "Median days from application to the issue of the certificate by office"},
    why="NLMP 7.1.1; PoA 3.1, turnaround times",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, that were granted or "
        "are pending."
    },
    note=(
        "The median is conditional on applications that were granted or are pending: to be refused or withdrawn is "
        "another end (a competing risk) after which no certificate is issued, and such applications are left out. "
        "Pending ones are in, although some of them will be refused, so that it is a little too long where many are "
        "pending. Kaplan-Meier: applications that are pending, or granted and not yet issued, count as long as they "
        "have waited, to the last day that the register knows; so does a certificate whose day of issue nobody wrote "
        "down, and where many are like that the median is too long, or none. "
        "Applications stand in the period in which they were made. Where too few have ended for a value, there is "
        "none (status O). The files have the bounds of a 95 per cent interval beside each value. An application is "
        "not a certificate and not a person."
    ),
)
