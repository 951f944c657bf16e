"""Figures that others published about member states, one for each edition."""

from lm_stats.spec import Rule, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_sheet", "source_row", "source_column")

TABLE = Table(
    id="reference_estimates",
    title="Figures published by others",
    unit_of_count="estimate",
    key=("ref_area", "dataflow", "dimensions_key", "time_period", "publisher", "edition"),
    attributes=(
        *_ORIGIN, "concept", "counterpart_area", "sex", "classification_1", "classification_2", "unit_measure",
        "unit_mult_published", "obs_status", "quoted_from", "licence", "grade", "note",
    ),
    measures=("obs_value", "lower", "upper"),
    required=("source", "delivery_id", "data_class", "counterpart_area", "sex", "unit_mult_published", "obs_status"),
    rules=(
        Rule(
            "says_a_value",
            "obs_value IS NOT NULL OR lower IS NOT NULL OR upper IS NOT NULL",
            "A figure has a value, or a range, or at least one bound.",
            columns=("obs_value", "lower", "upper"),
        ),
        Rule(
            "whole_units",
            "unit_measure <> 'NB' OR obs_value = round(obs_value)",
            "Persons come whole: a fraction is a number in thousands, or a mark of thousands read as a decimal mark.",
            severity="warn",
            columns=("obs_value",),
        ),
        Rule(
            "bounds_in_order",
            "coalesce(lower, obs_value) <= coalesce(obs_value, upper) AND coalesce(obs_value, lower) <= upper",
            "The lower bound is not above the value, nor the value above the upper bound.",
            columns=("obs_value", "lower", "upper"),
        ),
    ),
    description="Values in units (persons, not thousands; US dollars, not millions), with the multiplier as published, "
    "the publisher and the edition. Totals stand beside their parts, as published.",
    sums=True,
)  # fmt: skip
