"""PERM: permanent work, one row a case, in a union of several years' layouts: 153 columns, most of them empty.

The filled column of citizenship is the misspelt one. No column holds the day of filing, but the number of a case does:
`A-07323-97014` was filed on day 323 of 2007. The maps of industry and occupation are those of `xus`, which is the same
register and says there where they come from.
"""

from lm_stats.spec import Source

_XUS = "../../../countries/xus/maps"

SOURCE = Source(
    kind="work_permits",
    agency="XFP_OFLC",
    reader="csv",
    title="Certifications of permanent work",
    columns={
        "application_number": ("case_number", "case_no"),
        "application_date": ("case_number", "case_no"),
        "registration_date": ("case_received_date",),
        "decision": ("case_status",),
        "certificate_status": ("case_status",),
        "decision_date": ("decision_date",),
        "issue_date": ("decision_date",),
        "citizenship": ("country_of_citizenship", "country_of_citzenship"),
        "employer": ("employer_name",),
        "economic_activity": ("naics_us_code", "naics_code", "naics_2007_us_code"),
        "occupation": ("pw_soc_code",),
        "monthly_pay": ("wage_offer_from_9089",),
        "pay_period": ("wage_offer_unit_of_pay_9089",),
        "district": ("job_info_work_state",),
    },
    maps={
        "citizenship": "maps/citizenship.csv",
        "decision": f"{_XUS}/decision.csv",
        "certificate_status": f"{_XUS}/certificate_status.csv",
        "economic_activity": f"{_XUS}/economic_activity.csv",
        "occupation": f"{_XUS}/occupation.csv",
        "pay_period": f"{_XUS}/pay_period.csv",
    },
    extracts={"application_date": r"[A-Z](?:-\d{3})?-(?P<year>\d\d)(?P<day_of_year>\d{3})-\d{5,6}"},
    defaults={"permit_type": "new", "currency": "USD"},
    optional=("registration_date", "district"),
    date_order="mdy",
    applies={
        "issue_date": "decision = 'granted'",
        # some annual wages stand under 'hr': the permit is real, its pay is unknown
        "monthly_pay": "pay_period <> 'hour' OR monthly_pay < 100000",
    },
    on_unmapped={"citizenship": "quarantine", "decision": "quarantine", "*": "not_stated"},
)
