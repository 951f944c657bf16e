"""Work permits issued, new and renewed."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_new_and_renewed",
    table="permits",
    universe="decision = 'granted'",
    time="issue_date",
    freq="A",
    dimensions=("permit_type",),
    estimator=Count(unit="certificate"),
    title={"en": "Work permits issued, new and renewed"},
    why="NLMP 7.1.1; PoA 3.1",
    covers={"en": "Certificates of employment issued to foreign citizens of any age, renewals among them."},
    note="Certificates issued in the year, whoever holds them and whatever became of them since. A certificate is not "
    "a person: one person may be issued several, and one certificate may cover several workers.",
)
