"""The One-Stop Business Facilitation Centre's list of work permits: CSV, from 2012 on.

It overlaps with the ministry's register: applications handed on stand in both with the same numbers.
"""

from lm_stats.catalog.countries.lso.tariff import FEE_RULES
from lm_stats.spec import Expected, Source

SOURCE = Source(
    kind="work_permits",
    agency="OBFC",
    reader="csv",
    columns={
        "application_number": ("Reference Number",),
        "application_date": ("Date Received",),
        "permit_type": ("Type of Application",),
        "name": ("Applicant Full Name",),
        "sex": ("Gender",),
        "birth_date": ("Date of Birth",),
        "citizenship": ("Country of Citizenship",),
        "passport_number": ("Passport Number",),
        "education": ("Highest Qualification",),
        "employer": ("Company Name",),
        "economic_activity": ("Business Activity",),
        "district": ("Location",),
        "occupation": ("Position",),
        "monthly_pay": ("Salary per Month",),
        "currency": ("Salary Currency",),
        "workers": ("Number of Positions",),
        "decision": ("Status",),
        "decision_date": ("Status Date",),
        "refusal_reason": ("Reason if Rejected",),
        "certificate_number": ("Permit Number",),
        "previous_certificate": ("Replaces Permit",),
        "issue_date": ("Date of Issue",),
        "valid_from": ("Start Date",),
        "valid_to": ("Expiry Date",),
        "fee": ("Amount Paid",),
    },
    ignored=("Remarks",),
    defaults={"office": "OBFC"},
    maps={
        "citizenship": "maps/citizenship.csv",
        "currency": "maps/currency.csv",
        "decision": "maps/decision.csv",
        "district": "maps/district.csv",
        "economic_activity": "maps/economic_activity.csv",
        "education": "maps/education.csv",
        "occupation": "maps/occupation.csv",
        "office": "maps/office.csv",
        "permit_type": "maps/permit_type.csv",
        "refusal_reason": "maps/refusal_reason.csv",
        "sex": "maps/sex.csv",
    },
    date_order="dmy",
    replaces="period",
    expected=Expected(freq="A", days=90, since="2012"),
    on_unmapped="quarantine",
    precedence=2,
    rules=FEE_RULES,
    title="Work permits received by the One-Stop Business Facilitation Centre",
)
