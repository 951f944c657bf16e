"""Work permits in force at the end of the year by the time they were given for."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_valid_by_length",
    table="certificates",
    universe="first_valid_day IS NOT NULL AND last_valid_day IS NOT NULL",
    time="first_valid_day",
    freq="A",
    dimensions=("certificate_length",),
    estimator=Count(unit="certificate", until="last_valid_day"),
    title={"en": "Work permits in force at the end of the year by the time they were given for"},
    why="NLMP 7.1.1; PoA 3.1",
    covers={"en": "Certificates of employment of foreign citizens of any age that are valid on 31 December."},
    note=(
        "Certificates that are valid on 31 December, whenever they were issued. A certificate is not a person: one "
        "person may hold two at once, and one certificate may cover several workers. Those whose last day is not "
        "stated are not counted. The length is that given, from the first to the last day of validity, in completed "
        "months. Long ones are more often in force on any day, so this is not how long certificates are when they are "
        "issued."
    ),
)
