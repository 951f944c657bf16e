"""Work permits issued by industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_issued_by_sector",
    table="permits",
    universe="decision = 'granted'",
    time="issue_date",
    freq="A",
    dimensions=("economic_activity",),
    estimator=Count(unit="certificate"),
    title={"en": "Work permits issued by industrial sector"},
    why="NLMP 2.14, Figure 2",
    covers={"en": "Certificates of employment issued to foreign citizens of any age, renewals among them."},
    note="Certificates issued in the year, whoever holds them and whatever became of them since. A certificate is not "
    "a person: one person may be issued several, and one certificate may cover several workers.",
)
