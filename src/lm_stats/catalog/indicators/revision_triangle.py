"""The same value in every edition of one publisher."""

from lm_stats.catalog.views import MONEY, PUBLISHED, STOCK
from lm_stats.spec import Indicator, Revisions

INDICATOR = Indicator(
    id="revision_triangle",
    table="migrant_stock",
    universe="true",
    time="time_period",
    freq="A",
    dimensions=("origin", "destination", "concept", "sex", "publisher", "edition"),
    estimator=Revisions(unit="as published", views=(STOCK, *PUBLISHED, MONEY)),
    title={"en": "The same values in each edition of their publisher"},
    why="NLMP 5.2.3 (data to be regular and comparable over time)",
    covers={"en": "values that a publisher gave in two editions or more"},
    note="A later edition is not always nearer to the truth: it may rest on another census or another model.",
)
