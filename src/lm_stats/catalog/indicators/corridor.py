"""What every source says of the people between two areas, side by side."""

from lm_stats.catalog.views import ABSENTEES, ABSENTEES_WORKING, BORN_HERE, CITIZENS_HERE, PUBLISHED, STOCK
from lm_stats.spec import Indicator, Mirror

INDICATOR = Indicator(
    id="corridor",
    table="reference_estimates",
    universe="true",
    time="time_period",
    freq="A",
    dimensions=("origin", "destination", "concept", "sex", "publisher", "edition"),
    estimator=Mirror(
        unit="person",
        views=(*PUBLISHED, STOCK, ABSENTEES, ABSENTEES_WORKING, BORN_HERE, CITIZENS_HERE),
    ),
    title={"en": "People between two countries: what each source says"},
    why="NLMP 2.4, 2.11; Mohale roadmap (bilateral arrangements)",
    covers={"en": "whoever the source counts, as its concept says"},
    note="Sources count different people at different dates by different rules, so none is the true number. Read "
    "the concept, the coverage and the date before comparing two values.",
)
