"""Working-age population, labour force and employment, as the ILO publishes them."""

from lm_stats.catalog.views import TOTALS
from lm_stats.spec import Indicator, Published

INDICATOR = Indicator(
    id="published_labour_force",
    table="reference_estimates",
    universe=f"concept IN ('WAP', 'LF', 'EMP') AND {TOTALS}",
    time="time_period",
    freq="A",
    dimensions=("dataflow", "concept", "sex", "classification_1", "publisher", "edition"),
    estimator=Published(unit="person"),
    title={"en": "Working-age population, labour force and employment, as published"},
    why="NLMP 2.8",
    covers={"en": "persons aged 15 and over"},
    note="Several tables of one publisher may give the same total.",
)
