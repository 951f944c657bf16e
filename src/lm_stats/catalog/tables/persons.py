"""Persons who hold or held certificates."""

from lm_stats.spec import Table

TABLE = Table(
    id="persons",
    title="Persons with certificates of employment",
    unit_of_count="person",
    key=("ref_area", "person_id"),
    attributes=(
        "source",
        "delivery_id",
        "data_class",
        "first_issue_date",
        "first_start",
        "last_end",
        "first_permit_type",
        "sex",
        "birth_year",
        "citizenship",
        "region_of_origin",
        "economic_activity",
        "occupation",
        "education",
        "district",
        "observed_until",
    ),
    measures=("n_certificates", "n_spells", "n_employers", "n_passports", "link_probability"),
    required=(
        "source",
        "delivery_id",
        "data_class",
        "first_permit_type",
        "sex",
        "citizenship",
        "region_of_origin",
        "economic_activity",
        "occupation",
        "education",
        "n_certificates",
        "n_spells",
    ),
    description="Each person once, with what the first certificate says of them. Whether two certificates are of one "
    "person is estimated: see person_links.",
    made_from="permits",
)
