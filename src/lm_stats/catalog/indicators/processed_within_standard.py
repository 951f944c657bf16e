"""Applications decided within 30 days."""

from lm_stats.spec import Duration, Indicator

# calendar days; nobody has declared a standard yet
SERVICE_STANDARD = 30

INDICATOR = Indicator(
    id="processed_within_standard",
    table="permit_applications",
    universe="application_date IS NOT NULL AND (decision = 'pending' OR decision_date IS NOT NULL)",
    time="application_date",
    freq="Q",
    dimensions=("issuing_office",),
    estimator=Duration(unit="application", start="application_date", end="decision_date", within=SERVICE_STANDARD),
    title={"en": "Applications decided within 30 days"},
    why="NLMP 7.1.1; PoA 3.1, turnaround times",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, renewals among them."
    },
    note=(
        "Share in per cent, one minus the Kaplan-Meier curve at 30 days. No service standard is stated in the policy "
        "or its Plan of Action: 30 calendar days is a parameter of this table, to be set by those who decide. Pending "
        "applications count as long as they have waited. The end is a decision of any kind: granted, refused or "
        "withdrawn. Days are calendar days from the application. Applications stand in the period in which they were "
        "made. Where too few have ended for a value, there is none (status O). The files have the bounds of a 95 per "
        "cent interval beside each value. An application is not a certificate and not a person."
    ),
)
