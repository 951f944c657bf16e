"""Which applications are of one person."""

from lm_stats.spec import Table

TABLE = Table(
    id="person_links",
    title="Applications linked to persons",
    unit_of_count="application",
    key=("ref_area", "permit_id"),
    attributes=(
        "source",
        "delivery_id",
        "data_class",
        "person_id",
        "link_rule",
        "link_status",
        "calibration",
    ),
    measures=("link_probability",),
    required=(
        "source",
        "delivery_id",
        "data_class",
        "person_id",
        "link_rule",
        "link_status",
        "calibration",
    ),
    description="The person of every application, found on tokens only. Unit: application.",
    made_from="permits",
)
