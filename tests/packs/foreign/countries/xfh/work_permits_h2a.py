"""H-2A: seasonal work in agriculture, one row an application or, of an association, a member too.

All rows of a case bear its number. The association's or joint employers' own line states the workers of all of them,
so the largest number stands for the case. Where nothing is certified, the number of workers is empty or 0, which says
nothing of how many the application was for.
"""

from lm_stats.spec import Source

SOURCE = Source(
    kind="work_permits",
    agency="XFH_OFLC",
    reader="workbook",
    title="Certifications of seasonal work in agriculture",
    columns={
        "application_number": ("CASE_NUMBER", "CASE_NO"),
        "application_date": ("CASE_RECEIVED_DATE",),
        "decision_date": ("DECISION_DATE",),
        "issue_date": ("DECISION_DATE",),
        "valid_from": ("CERTIFICATION_BEGIN_DATE",),
        "valid_to": ("CERTIFICATION_END_DATE",),
        "decision": ("CASE_STATUS",),
        "employer": ("EMPLOYER_NAME",),
        "occupation": ("JOB_TITLE",),
        "workers": ("NBR_WORKERS_CERTIFIED",),
        "monthly_pay": ("BASIC_RATE_OF_PAY",),
        "pay_period": ("BASIC_UNIT_OF_PAY",),
        "district": ("WORKSITE_STATE", "ALIEN_WORK_STATE"),
    },
    maps={
        "decision": "maps/decision.csv",
        "pay_period": "maps/pay_period.csv",
        "occupation": "maps/job_title.csv",
    },
    # the programme is for agriculture; of no worker the citizenship is published
    defaults={"economic_activity": "ECO_ISIC4_A", "citizenship": "X", "currency": "USD"},
    missing={"workers": ("0",)},
    unstated=("workers",),
    date_order="mdy",
    applies={
        "issue_date": "decision = 'granted'",
        # some weekly and monthly wages stand under 'HR': the case is real, its pay is unknown
        "monthly_pay": "pay_period <> 'hour' OR monthly_pay < 20000",
    },
    on_unmapped={"decision": "quarantine", "*": "not_stated"},
    whole_by="workers",
)
