"""Members of households who are abroad, as censuses heard of them, of every member state."""

from lm_stats.spec import Rule, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_row")

TABLE = Table(
    id="absentees",
    title="Household members abroad",
    unit_of_count="person",
    key=("ref_area", "census_year", "absentee_id"),
    attributes=(
        *_ORIGIN, "household_id", "district", "district_bos", "sex", "age", "country_of_stay", "activity",
        "economic_activity", "occupation", "education", "year_left",
    ),
    measures=("weight",),
    required=(*_ORIGIN, "household_id", "sex", "country_of_stay", "weight"),
    rules=(
        Rule(
            "weight_not_negative",
            "weight >= 0",
            "A record cannot stand for fewer than no persons.",
            columns=("weight",),
        ),
        Rule(
            "is_abroad",
            "country_of_stay <> ref_area",
            "A member who stays in the country is not abroad.",
            columns=("country_of_stay",),
        ),
        Rule(
            "left_after_birth",
            "year_left >= census_year - age - 1",
            "Nobody leaves before birth.",
            columns=("year_left", "age"),
        ),
        Rule(
            "left_by_the_census",
            "year_left <= census_year",
            "Nobody of whom the census heard left after it.",
            columns=("year_left",),
        ),
    ),
    description="What the household at home says of its members abroad. Whole households that left are not here, so "
    "it is fewer than all emigrants. `district` is that of the household.",
)  # fmt: skip
