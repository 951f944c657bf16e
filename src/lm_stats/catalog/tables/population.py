"""Persons counted by censuses, of every member state."""

from lm_stats.spec import Rule, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_row")

TABLE = Table(
    id="population",
    title="Persons counted by censuses",
    unit_of_count="person",
    key=("ref_area", "census_year", "person_id"),
    attributes=(
        *_ORIGIN, "household_id",
        # what selects most strongly comes first: DuckDB tries conditions in the order of the columns
        "citizenship", "birthplace", "labour_force_status", "residence", "age", "sex", "district", "district_bos",
        "area_type", "relationship", "previous_residence", "year_of_arrival", "economic_activity", "occupation",
        "status_in_employment", "education",
    ),
    measures=("weight",),
    required=(*_ORIGIN, "household_id", "residence", "sex", "birthplace", "citizenship", "weight"),
    rules=(
        Rule(
            "weight_not_negative",
            "weight >= 0",
            "A record cannot stand for fewer than no persons.",
            columns=("weight",),
        ),
        Rule(
            "arrived_after_birth",
            "year_of_arrival >= census_year - age - 1",
            "Nobody arrives before birth.",
            columns=("year_of_arrival", "age"),
        ),
        Rule(
            "arrived_by_the_census",
            "year_of_arrival <= census_year",
            "Nobody whom the census counted arrived after it.",
            columns=("year_of_arrival",),
        ),
        Rule(
            "child_with_a_job",
            "age >= 10 OR labour_force_status IS NULL OR labour_force_status IN ('outside', 'X')",
            "Children under 10 are not asked for work; an answer there points at a wrong age.",
            severity="warn",
            columns=("age", "labour_force_status"),
        ),
    ),
    description="Usual residents and visitors, as `residence` says. Members of households who are abroad are in "
    "`absentees` and never here. Labour questions may have been asked from an age below 15; an indicator's universe "
    "says from which age it counts.",
)  # fmt: skip
