"""How one-sided migration between two SADC member states is, by revision."""

from lm_stats.catalog.views import STOCK
from lm_stats.spec import Indicator, Pairs

INDICATOR = Indicator(
    id="corridor_asymmetry",
    table="migrant_stock",
    universe="true",
    time="year",
    freq="A",
    dimensions=("origin", "destination", "edition"),
    estimator=Pairs(unit="difference per 100 persons in both directions", view=STOCK, asymmetry=True),
    title={"en": "Asymmetry of migration between SADC member states, by revision"},
    why="SAMM overview (mirror statistics); Mohale roadmap",
    covers={"en": "residents of any age by country of birth, latest year of each revision"},
    note="100 x (there - back) / (there + back): 100 where people go one way only, 0 where as many live on either "
    "side. Status O: one direction or both are not available; M: both are 0, so there is nothing to compare.",
)
