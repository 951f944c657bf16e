"""Work permits issued in each quarter by office and industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_issued_by_quarter",
    table="permits",
    universe="decision = 'granted'",
    time="issue_date",
    freq="Q",
    dimensions=("issuing_office", "economic_activity"),
    estimator=Count(unit="certificate"),
    title={"en": "Work permits issued in each quarter by office and industrial sector"},
    why="NLMP 2.14, close monitoring of fluctuations in occupations and sectors",
    covers={"en": "Certificates of employment issued to foreign citizens of any age, renewals among them."},
    note="For the monitoring of fluctuations (rule permit_fluctuation); no table of the release. Certificates "
    "issued in the quarter, whoever holds them. A certificate is not a person.",
)
