"""The shape that indicators and all that follows have; each indicator adds its dimensions to the key."""

from lm_stats.spec import Table

TABLE = Table(
    id="observations",
    title="Observations",
    unit_of_count="observation",
    key=("indicator", "ref_area", "time_period"),
    measures=("obs_value", "std_error", "lower", "upper", "n_records"),
    attributes=(
        "obs_status",
        "conf_status",
        "unit_measure",
        "unit_mult",
        "unit_of_count",
        "source",
        "vintage",
        "data_class",
    ),
    required=("obs_status", "unit_measure", "unit_mult", "unit_of_count", "source", "vintage", "data_class"),
    description="Values of indicators. In `indicators` they are not yet safe to show; from `protected` on they are, "
    "and `n_records` is gone.",
)
