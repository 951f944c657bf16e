"""H-2B: seasonal work outside agriculture, one row an application.

The industry is not published, only the occupation (SOC, six digits). Of a denied application the file says that no
worker is certified, and in another column how many were asked for.
"""

from lm_stats.spec import Source

SOURCE = Source(
    kind="work_permits",
    agency="XFH_OFLC",
    reader="workbook",
    title="Certifications of seasonal work outside agriculture",
    columns={
        "application_number": ("CASE_NUMBER", "CASE_NO"),
        "application_date": ("NPC_SUBMITTED_DATE", "CASE_SUBMITTED"),
        "decision_date": ("DECISION_DATE",),
        "issue_date": ("DECISION_DATE",),
        "valid_from": ("CERTIFICATION_BEGIN_DATE",),
        "valid_to": ("CERTIFICATION_END_DATE",),
        "decision": ("CASE_STATUS",),
        "employer": ("EMPLOYER_NAME",),
        "occupation": ("SOC_CODE",),
        "workers": ("NBR_WORKERS_CERTIFIED",),
        "monthly_pay": ("BASIC_RATE_OF_PAY",),
        "pay_period": ("BASIC_UNIT_OF_PAY",),
        "district": ("WORKSITE_STATE", "ALIEN_WORK_STATE"),
    },
    maps={"decision": "maps/decision.csv", "pay_period": "maps/pay_period.csv", "occupation": "maps/soc.csv"},
    defaults={"economic_activity": "ECO_ISIC4_X", "citizenship": "X", "currency": "USD"},
    missing={"workers": ("0",)},
    unstated=("workers",),
    date_order="mdy",
    applies={
        # the days of a denied application are those that it asked for
        **dict.fromkeys(("issue_date", "valid_from", "valid_to"), "decision = 'granted'"),
        "monthly_pay": "pay_period <> 'hour' OR monthly_pay < 20000",
    },
    ignored=("NBR_WORKERS_REQUESTED", "SOC_NAME", "JOB_TITLE", "DOT_OCCUPATIONAL_CODE", "DOT_NAME", "VISA_CLASS"),
    on_unmapped={"decision": "quarantine", "*": "not_stated"},
)
