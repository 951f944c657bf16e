"""Every delivery received, with its account of rows."""

from lm_stats.spec import Rule, Table

TABLE = Table(
    id="deliveries",
    title="Deliveries and their account of rows",
    unit_of_count="delivery",
    key=("delivery_id",),
    attributes=(
        "ref_area",
        "source",
        "agency",
        "kind",
        "period",
        "version",
        "received_at",
        "sha256",
        "data_class",
        "delivery_status",
        "superseded_by",
        "revision_reason",
    ),
    measures=("rows_in", "accepted", "quarantined", "excluded"),
    required=(
        "ref_area",
        "source",
        "agency",
        "kind",
        "period",
        "version",
        "received_at",
        "sha256",
        "data_class",
        "delivery_status",
        "rows_in",
        "accepted",
        "quarantined",
        "excluded",
    ),
    rules=(
        Rule(
            "rows_add_up",
            "rows_in = accepted + quarantined + excluded",
            "Every row is accepted, quarantined or excluded: none is lost, none is counted twice.",
            columns=("rows_in", "accepted", "quarantined", "excluded"),
        ),
    ),
    description="One row for each delivery in `raw`, also for those that were superseded or could not be read.",
)
