"""Entries, renewals, transfers and ends of authorised work."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permit_flows",
    table="permit_events",
    universe=(
        "event IN ('first_entry', 're_entry', 'renewal', 'transfer', 'expired', 'cancelled') AND event_date < "
        "date_trunc('year', observed_until + 1)"
    ),
    time="event_date",
    freq="A",
    dimensions=("event",),
    estimator=Count(unit="event"),
    title={"en": "Entries, renewals, transfers and ends of authorised work"},
    why="NLMP 2.14, 7.1.1; PoA 3.1",
    covers={"en": "Events of foreign citizens of any age who hold a certificate of employment."},
    note=(
        "Events, not persons and not certificates: one person may have several in a year. First entries and "
        "re-entries begin authorised work, expired and cancelled end it, on the first day without a certificate. A "
        "first entry is the first that the register knows of: one on a renewal is somebody who was here before the "
        "register began (or whose first certificate was not found), and no newcomer. Their number is entered_before "
        "of the table stock_accounts, and is largest in the first years. "
        "Renewals and transfers go on without a break, and the total of all events has no meaning by itself. Which "
        "certificates belong to one person is estimated from keyed tokens (table person_links); areas whose registers "
        "have nothing to link by are not shown, and neither are years that the register knows in part."
    ),
    headline=False,
)
