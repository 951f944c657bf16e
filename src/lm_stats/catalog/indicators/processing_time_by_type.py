"""Median days from application to decision by type of application."""

from lm_stats.catalog.waiting import COVERS, NOTE, TO_DECISION, UNIVERSE, WHY
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="processing_time_by_type",
    table="permit_applications",
    universe=UNIVERSE,
    time="application_date",
    freq="Q",
    dimensions=("permit_type",),
    estimator=TO_DECISION,
    title={"en": "Median days from application to decision by type of application"},
    why=WHY,
    covers=COVERS,
    note=NOTE,
)
