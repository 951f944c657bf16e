"""Remittances, and what sending them costs."""

from lm_stats.spec import Rule, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_sheet", "source_row", "source_column")

TABLE = Table(
    id="remittances",
    title="Remittances and the cost of sending them",
    unit_of_count="estimate",
    key=("series", "from_area", "to_area", "time_period", "edition"),
    attributes=("ref_area", *_ORIGIN, "publisher", "unit_measure", "unit_mult_published", "obs_status"),
    measures=("obs_value",),
    required=(
        "ref_area", "source", "delivery_id", "data_class", "publisher", "unit_measure", "obs_value", "obs_status",
    ),
    rules=(
        Rule(
            "not_negative",
            "obs_value >= 0",
            "An amount or a price is not negative.",
            severity="warn",
            columns=("obs_value",),
        ),
    ),
    description="Amounts in US dollars, shares of GDP and costs in per cent, by edition. `_T` stands for all areas.",
    sums=True,
)  # fmt: skip
