"""Labour-force survey: the members of the households of a sample."""

from lm_stats.spec import Kind, Record

KIND = Kind(
    id="lfs",
    title="Labour-force survey",
    records=(
        Record(
            id="",
            unit="person in a household of the sample",
            table="lfs_persons",
            concepts=(
                "household_number", "person_number", "psu_number", "stratum", "weight", "district", "area_type",
                "relationship", "residence", "sex", "age", "education", "labour_force_status_icls13",
                "labour_force_status_icls19", "economic_activity", "occupation", "status_in_employment",
                "hours_worked", "monthly_earnings", "contract_type", "paid_leave", "social_security", "birthplace",
                "citizenship", "previous_residence", "year_of_arrival", "year_of_return", "first_job_country",
                "recruitment_cost", "first_monthly_earnings",
            ),
            required=("household_number", "person_number", "weight", "sex", "age", "citizenship"),
            row_key=("household_number",),
            defaults={"residence": "usual"},
            undelivered=("residence",),
            # each round by the newest definition that it was coded to; where that changes, its source declares a break
            first_of={"labour_force_status": ("labour_force_status_icls19", "labour_force_status_icls13")},
            joined={"person_id": ("household_id", "person_number")},
            occasion="survey",
        ),
    ),
    rectangular=True,
    description="Members of the households of a probability sample, each with a weight and its place in the design. "
    "Estimates need the weights; their errors need the strata and first-stage units.",
)  # fmt: skip
