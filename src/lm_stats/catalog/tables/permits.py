"""Applications for a work permit, of every member state and office, each once."""

from lm_stats.spec import Rule, Table

TABLE = Table(
    id="permits",
    title="Work permits: applications and certificates",
    unit_of_count="application (certificate where granted)",
    key=("ref_area", "permit_id"),
    attributes=(
        "source", "delivery_id", "data_class", "source_file", "source_sheet", "source_row",
        "application_date", "registration_date", "decision_date", "issue_date", "valid_from", "valid_to",
        "cancellation_date", "decision", "refusal_reason", "certificate_status", "permit_type",
        "sex", "birth_year", "citizenship", "region_of_origin", "employer_id", "economic_activity", "occupation",
        "education", "currency", "district", "district_bos", "office",
        "certificate_token", "previous_certificate_token",
        "person_token_passport", "person_token_name", "person_token_name_sorted", "person_token_name_parts",
        "person_token_name_sounds", "person_token_name_initials", "person_token_birth_date", "person_token_birth_year",
    ),
    measures=("workers", "monthly_pay", "fee"),
    required=(
        "source", "delivery_id", "data_class", "source_file", "source_row", "decision", "permit_type", "workers",
        "sex", "citizenship", "region_of_origin", "economic_activity", "occupation", "education",
    ),
    rules=(
        Rule("granted_has_issue_date", "decision <> 'granted' OR issue_date IS NOT NULL",
             "A granted application has a date of issue; without it the certificate belongs to no year.",
             columns=("decision", "issue_date")),
        Rule("validity_in_order", "valid_from <= valid_to",
             "A certificate cannot end before it begins.", columns=("valid_from", "valid_to")),
        Rule("foreign_citizen", "citizenship <> ref_area",
             "A citizen of the country needs no permit to work in it.", columns=("citizenship",)),
        Rule("refused_not_issued", "decision <> 'refused' OR issue_date IS NULL",
             "A refused application has no certificate that could be issued.", columns=("decision", "issue_date")),
        Rule("of_working_age", "year(coalesce(issue_date, application_date)) - birth_year BETWEEN 14 AND 90",
             "A worker is between 14 and 90 years old when the permit is applied for.", columns=("birth_date",)),
        Rule("applied_before_issue", "application_date <= issue_date",
             "A certificate is issued on an application, so the application comes first.", "warn",
             ("application_date", "issue_date")),
        Rule("decided_before_issue", "decision_date <= issue_date",
             "A certificate is issued on a decision, so the decision comes first.", "warn",
             ("decision_date", "issue_date")),
        Rule("at_most_two_years", "date_diff('month', valid_from, valid_to) <= 24",
             "Certificates are given for at most 24 months.", "warn", ("valid_from", "valid_to")),
    ),
    description="Every accepted application with its decision, coded and linked to nothing yet. Where two offices "
    "deliver the same application it stands once. Unit: application; certificates are the rows with decision 'granted'.",
)
