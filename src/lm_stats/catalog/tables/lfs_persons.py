"""Members of households in labour-force surveys, of every member state and round."""

from lm_stats.spec import Rule, SurveyDesign, Table

_ORIGIN = ("source", "delivery_id", "data_class", "source_file", "source_row")

TABLE = Table(
    id="lfs_persons",
    title="Persons in labour-force surveys",
    unit_of_count="person",
    key=("ref_area", "survey", "person_id"),
    attributes=(
        *_ORIGIN, "household_id", "psu", "stratum", "district", "district_bos", "area_type", "relationship",
        "residence", "sex", "age", "education", "labour_force_status", "labour_force_status_icls13",
        "labour_force_status_icls19", "economic_activity", "occupation", "status_in_employment", "contract_type",
        "paid_leave", "social_security", "birthplace", "citizenship", "previous_residence", "year_of_arrival",
        "year_of_return", "first_job_country",
    ),
    measures=("weight", "hours_worked", "monthly_earnings", "recruitment_cost", "first_monthly_earnings"),
    required=(*_ORIGIN, "household_id", "residence", "sex", "birthplace", "citizenship", "weight"),
    rules=(
        Rule(
            "weight_not_negative",
            "weight >= 0",
            "A record cannot stand for fewer than no persons; a weight of 0 is a person who stands for nobody.",
            columns=("weight",),
        ),
        Rule(
            "arrived_after_birth",
            "year_of_arrival >= TRY_CAST(survey[:4] AS INTEGER) - age - 1",
            "Nobody arrives before birth.",
            columns=("year_of_arrival", "age"),
        ),
        Rule(
            "job_of_the_employed",
            "labour_force_status = 'employed' OR hours_worked IS NULL OR hours_worked = 0 "
            "OR labour_force_status_icls13 = 'employed'",
            "Hours of work belong to the employed; elsewhere status or hours are wrong.",
            severity="warn",
            columns=("labour_force_status", "hours_worked"),
        ),
    ),
    # the number of a unit may begin anew in each stratum, and a stratum left with one unit gives no error by default
    design=SurveyDesign(strata="stratum", psu="psu"),
    description="Persons of the sample, with weight and design. `labour_force_status` follows the newest definition "
    "that the round was coded to. An estimate is a sum of weights; without its error it is not to be compared.",
)  # fmt: skip
