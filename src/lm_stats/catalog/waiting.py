"""How long applications wait for a decision; several indicators tell it by something else."""

from lm_stats.spec import Duration

UNIVERSE = "application_date IS NOT NULL AND (decision = 'pending' OR decision_date IS NOT NULL)"
TO_DECISION = Duration(unit="application", start="application_date", end="decision_date")
WHY = "NLMP 7.1.1; PoA 3.1, turnaround times"
COVERS = {
    "en": "Applications for a certificate of employment, for foreign citizens of any age, renewals among them."
}
NOTE = (
    "Kaplan-Meier: applications that are pending count as long as they have waited, to the last day that the "
    "register knows. Leaving them out would make an office look quicker the more it leaves undone. The end is a "
    "decision of any kind: granted, refused or withdrawn. Days are calendar days from the application. "
    "Applications stand in the period in which they were made. Where too few have ended for a value, there is "
    "none (status O). The files have the bounds of a 95 per cent interval beside each value. An application is "
    "not a certificate and not a person."
)
