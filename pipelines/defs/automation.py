"""What starts by itself: a run when a delivery arrives."""

from __future__ import annotations

import dagster as dg

from pipelines import store
from pipelines.factories import JOB, asset_key
from pipelines.session import Session


def new_delivery_sensor(session: Session) -> dg.SensorDefinition:
    """A sensor that notices a new delivery in `raw` and starts the run of what it makes stale."""

    @dg.sensor(
        name="new_delivery",
        job_name=JOB,
        minimum_interval_seconds=60,
        description="Looks for new deliveries in raw every minute and makes again what depends on them.",
    )
    def new_delivery(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen = store.fingerprint([(one.id, one.record) for one in session.root.deliveries()])
        if seen == context.cursor:
            return dg.SkipReason("No delivery has arrived.")
        stale = session.graph.plan().stale if session.root.deliveries() else ()
        if not stale:
            context.update_cursor(seen)
            return dg.SkipReason("Everything is up to date.")
        request = dg.RunRequest(run_key=seen, asset_selection=[asset_key(key) for key in stale])
        return dg.SensorResult(run_requests=[request], cursor=seen)

    return new_delivery
