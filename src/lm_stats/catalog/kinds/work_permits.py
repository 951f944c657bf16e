"""Register of work permits: one row an application."""

from lm_stats.spec import Kind, Record

KIND = Kind(
    id="work_permits",
    title="Work-permit register",
    records=(
        Record(
            id="",
            unit="application",
            table="permits",
            concepts=(
                "application_number",
                "registration_date",
                "application_date",
                "decision_date",
                "issue_date",
                "valid_from",
                "valid_to",
                "duration_months",
                "cancellation_date",
                "decision",
                "refusal_reason",
                "certificate_status",
                "permit_type",
                "certificate_number",
                "previous_certificate",
                "name",
                "sex",
                "birth_date",
                "birth_year",
                "citizenship",
                "passport_number",
                "passport_country",
                "phone",
                "employer",
                "economic_activity",
                "occupation",
                "education",
                "monthly_pay",
                "pay_period",
                "currency",
                "workers",
                "district",
                "fee",
                "office",
            ),
            required=("citizenship", "decision", "economic_activity"),
            row_key=("application_number", "certificate_number"),
            defaults={"workers": "1"},
            # the number of the application is the same in every office's file that holds it
            first_of={"permit_id": ("application_token", "certificate_token")},
            # a register is kept by the day on which an application comes in
            dated_by=("application_date", "registration_date", "decision_date", "issue_date"),
        ),
    ),
    description="Applications for a certificate of employment (work permit) with what was decided on them. A row is "
    "not a person, an arrival or a job: one person may apply many times, and one application may cover many workers.",
)
