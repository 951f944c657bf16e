"""Permits as offices count them themselves, in tables by one breakdown each."""

from lm_stats.spec import Rule, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_sheet", "source_row", "source_column")

TABLE = Table(
    id="permit_counts",
    title="Work permits: tables of counts",
    unit_of_count="permit",
    key=("ref_area", "breakdown", "category", "decision", "permit_type", "time_period"),
    attributes=(
        *_ORIGIN, "citizenship", "region_of_origin", "economic_activity", "occupation", "district", "employer_id",
    ),
    measures=("obs_value",),
    required=("source", "delivery_id", "data_class", "source_file", "source_row", "obs_value"),
    rules=(
        Rule(
            "whole_permits",
            "obs_value >= 0 AND obs_value = round(obs_value)",
            "Permits are counted: a count is a whole number, and not negative.",
            columns=("obs_value",),
        ),
    ),
    description="Each count of each table stands once, in the code of its own breakdown; the other breakdowns are "
    "empty. Every table counts the same permits again, so counts are added up within one breakdown only. Totals that "
    "the office adds stand nowhere. New permits and renewals are not stated where a table does not tell them apart. "
    "Nothing is hidden in it: small counts, and those of employers, are for the office.",
    sums=True,
)  # fmt: skip
