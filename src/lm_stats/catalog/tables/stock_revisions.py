"""What a later vintage changed in the stocks of an earlier one."""

from lm_stats.spec import Table

TABLE = Table(
    id="stock_revisions",
    title="Revisions of persons with a permit",
    unit_of_count="person",
    key=("ref_area", "vintage_then", "vintage", "reference_date", "region_of_origin", "economic_activity"),
    attributes=(
        "source",
        "delivery_id",
        "data_class",
    ),
    measures=("stock_then", "registered_late", "corrected", "stock_now", "residual"),
    required=(
        "source",
        "delivery_id",
        "data_class",
        "stock_then",
        "registered_late",
        "corrected",
        "stock_now",
        "residual",
    ),
    description="On each reference date and in each cell: stock as now known = stock as then known + registered late - "
    "corrected.",
    made_from="permits",
)
