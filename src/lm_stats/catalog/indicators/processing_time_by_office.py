"""Median days from application to decision by office."""

from lm_stats.catalog.waiting import COVERS, NOTE, TO_DECISION, UNIVERSE, WHY
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="processing_time_by_office",
    table="permit_applications",
    universe=UNIVERSE,
    time="application_date",
    freq="Q",
    dimensions=("issuing_office",),
    estimator=TO_DECISION,
    title={"en": "Median days from application to decision by office"},
    why=WHY,
    covers=COVERS,
    note=NOTE,
)
