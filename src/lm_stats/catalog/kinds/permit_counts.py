"""Tables of counts of permits: what an office publishes that sends no register."""

from lm_stats.spec import Agreement, Kind, Record

# a month of the year that the delivery is for, or all of its period
TIME = "CASE WHEN month IS NULL THEN period ELSE left(period, 4) || '-' || month END"

KIND = Kind(
    id="permit_counts",
    title="Tables of counts of work permits",
    records=(
        Record(
            id="",
            unit="published count",
            table="permit_counts",
            concepts=(
                "breakdown", "category", "citizenship", "economic_activity", "occupation", "district", "permit_type",
                "employer", "decision", "month", "time_period", "obs_value",
            ),
            required=("breakdown", "decision"),
            row_key=("obs_value",),
            occasion="period",
            derived={"time_period": TIME},
            agreement=Agreement("obs_value", "breakdown", ("decision",)),
        ),
    ),
    unit_records=False,
    published=True,
    keyed=True,
    description="An office's own tables of permits issued and refused, each by one breakdown: by citizenship, sector, "
    "district or employer, for a year or by month. Counts, no applications: nothing links one table to another.",
)  # fmt: skip
