"""What happened to applications, certificates and their holders."""

from lm_stats.spec import Table

TABLE = Table(
    id="permit_events",
    title="Events of work permits",
    unit_of_count="event",
    key=("ref_area", "permit_id", "event", "event_date"),
    attributes=(
        "source",
        "delivery_id",
        "data_class",
        "person_id",
        "changed",
        "permit_type",
        "refusal_reason",
        "sex",
        "birth_year",
        "citizenship",
        "region_of_origin",
        "economic_activity",
        "occupation",
        "education",
        "district",
        "office",
        "employer_id",
        "observed_until",
    ),
    measures=("workers",),
    required=(
        "source",
        "delivery_id",
        "data_class",
        "permit_type",
        "sex",
        "citizenship",
        "region_of_origin",
        "economic_activity",
        "occupation",
        "education",
    ),
    description="One row for each event. Entries, renewals, transfers and ends are events of persons; applications, "
    "decisions and issues are events of applications. Never add the two. `person_id` is empty in areas where "
    "nothing is known of persons.",
    made_from="permits",
)
