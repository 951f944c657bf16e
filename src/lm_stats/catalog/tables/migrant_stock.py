"""International migrant stock by origin and destination."""

from lm_stats.spec import Rule, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_sheet", "source_row", "source_column")

TABLE = Table(
    id="migrant_stock",
    title="International migrant stock",
    unit_of_count="person",
    key=("origin", "destination", "sex", "year", "revision"),
    attributes=("ref_area", *_ORIGIN, "publisher", "unit_mult_published", "obs_status"),
    measures=("obs_value",),
    required=("ref_area", "source", "delivery_id", "data_class", "publisher", "obs_value", "obs_status"),
    rules=(
        Rule(
            "not_negative",
            "obs_value >= 0",
            "No fewer than no persons live anywhere.",
            columns=("obs_value",),
        ),
        Rule(
            "whole_persons",
            "obs_value = round(obs_value)",
            "Persons come whole: a fraction is a number in thousands, or a mark of thousands read as a decimal mark.",
            columns=("obs_value",),
        ),
        Rule(
            "from_one_area_to_another",
            "origin <> destination OR origin = '_T'",
            "A migrant lives in another area than that of origin.",
            severity="warn",
            columns=("origin", "destination"),
        ),
    ),
    description="Persons who live at the destination and come from the origin, at mid-year, by revision. `_T` is the "
    "total that the publisher gives, not a sum of the rows.",
    sums=True,
)  # fmt: skip
