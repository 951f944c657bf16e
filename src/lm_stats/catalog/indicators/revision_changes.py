"""How far an edition changed what the edition before said."""

from lm_stats.catalog.views import MONEY, PUBLISHED, STOCK
from lm_stats.spec import Indicator, Revisions

INDICATOR = Indicator(
    id="revision_changes",
    table="migrant_stock",
    universe="true",
    time="time_period",
    freq="A",
    dimensions=("origin", "destination", "concept", "sex", "publisher", "edition"),
    estimator=Revisions(unit="per cent of the edition before", views=(STOCK, *PUBLISHED, MONEY), change=True),
    title={"en": "Changes from one edition to the next"},
    why="NLMP 5.2.3 (data to be regular and comparable over time)",
    covers={"en": "values that a publisher gave in two editions or more"},
    note="Empty with status M where the edition before said 0.",
)
