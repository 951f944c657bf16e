"""Migrant stock of every pair of SADC member states, by revision."""

from lm_stats.catalog.views import STOCK
from lm_stats.spec import Indicator, Pairs

INDICATOR = Indicator(
    id="migrant_stock_matrix",
    table="migrant_stock",
    universe="true",
    time="year",
    freq="A",
    dimensions=("origin", "destination", "edition"),
    estimator=Pairs(unit="person", view=STOCK),
    title={"en": "Migrants between SADC member states, by revision"},
    why="SAMM overview (mirror statistics); Mohale roadmap",
    covers={"en": "residents of any age by country of birth, latest year of each revision"},
    note="Status O: the delivered extract of the revision has no value for the pair; it does not mean that there is "
    "nobody. In the matrices of the revision of 2020 nobody and not available are both written 0; neither is taken.",
)
