"""The account of stocks and flows of persons, year by year."""

from lm_stats.spec import Table

TABLE = Table(
    id="stock_accounts",
    title="Account of persons with a permit",
    unit_of_count="person",
    key=("ref_area", "time_period", "region_of_origin", "economic_activity"),
    attributes=(
        "source",
        "delivery_id",
        "data_class",
    ),
    measures=(
        "stock_start",
        "first_entries",
        "re_entries",
        "transfers_in",
        "transfers_out",
        "expired",
        "cancelled",
        "stock_end",
        "residual",
        "renewals",
        "entered_before",
        "late_renewals",
    ),
    required=(
        "source",
        "delivery_id",
        "data_class",
        "stock_start",
        "first_entries",
        "re_entries",
        "transfers_in",
        "transfers_out",
        "expired",
        "cancelled",
        "stock_end",
        "residual",
        "renewals",
        "entered_before",
        "late_renewals",
    ),
    description="In each year and cell: stock at the end = stock at the start + first entries + re-entries + "
    "transfers in - transfers out - expired - cancelled. The stocks are counted by themselves; the residual is what "
    "the flows leave unexplained.",
    made_from="permits",
)
