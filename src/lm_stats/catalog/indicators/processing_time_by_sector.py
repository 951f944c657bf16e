"""Median days from application to decision by industrial sector."""

from lm_stats.catalog.waiting import COVERS, NOTE, TO_DECISION, UNIVERSE, WHY
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="processing_time_by_sector",
    table="permit_applications",
    universe=UNIVERSE,
    time="application_date",
    freq="A",
    dimensions=("economic_activity",),
    estimator=TO_DECISION,
    title={"en": "Median days from application to decision by industrial sector"},
    why=WHY,
    covers=COVERS,
    note=NOTE,
)
