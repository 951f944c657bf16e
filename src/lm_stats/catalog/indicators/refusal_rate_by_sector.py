"""Refused applications as a share of those decided, by industrial sector."""

from lm_stats.spec import Count, Indicator, Population, Rate

INDICATOR = Indicator(
    id="refusal_rate_by_sector",
    table="permit_applications",
    universe="decision = 'refused' AND decision_date < date_trunc('year', observed_until + 1)",
    time="decision_date",
    freq="A",
    dimensions=("economic_activity",),
    estimator=Rate(
        unit="refused applications per 100 that were granted or refused",
        counted=Count(unit="application"),
        base=(
            Population(
                "permit_applications",
                "decision IN ('granted', 'refused') AND decision_date < date_trunc('year', observed_until + 1)",
            ),
        ),
    ),
    title={"en": "Refused applications as a share of those decided, by industrial sector"},
    why="NLMP 7.1.1; PoA 3.1",
    covers={
        "en": "Applications for a certificate of employment, for foreign citizens of any age, that were granted or "
        "refused in the year."
    },
    note=(
        "Both parts are rounded before they are divided. By the date of the decision; withdrawn applications are in "
        "neither part. Only years that the "
        "register knows to their end. An application is not a certificate and not a person."
    ),
)
