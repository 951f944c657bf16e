"""Work permits in force at the end of the year by industrial sector."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_valid_by_sector",
    table="certificates",
    universe="first_valid_day IS NOT NULL AND last_valid_day IS NOT NULL",
    time="first_valid_day",
    freq="A",
    dimensions=("economic_activity",),
    estimator=Count(unit="certificate", until="last_valid_day"),
    title={"en": "Work permits in force at the end of the year by industrial sector"},
    why="NLMP 2.14, Figure 2",
    covers={"en": "Certificates of employment of foreign citizens of any age that are valid on 31 December."},
    note=(
        "Certificates that are valid on 31 December, whenever they were issued. A certificate is not a person: one "
        "person may hold two at once, and one certificate may cover several workers. Those whose last day is not "
        "stated are not counted."
    ),
)
