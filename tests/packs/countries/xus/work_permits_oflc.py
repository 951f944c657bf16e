"""Permanent labour certifications as the Office of Foreign Labor Certification discloses them.

One CSV file with 153 columns, the union of several years' layouts: most are empty, the filled
column of citizenship is spelt `country_of_citzenship`, and the correctly spelt one is empty.

Maps:
    citizenship: the office's own list of countries. `former_name`, `other_name`, `long_name` and
        `short_name` say how the spelling differs from our label. Serbia and Montenegro, one state
        until 2006, is two countries today and the records do not say which, so that only the
        region is known (`former_state`).
    decision, certificate_status: the office's four statuses, each read twice. A certification that
        lapsed unused was granted all the same.
    economic_activity: NAICS 2007 of the employer, written with two to six digits, to sections of
        ISIC Rev. 4, from the concordance `2007_NAICS_to_ISIC_4.xls` of the US Census Bureau. An
        industry that falls into several sections goes where the concordance puts all of it but
        named exceptions. A shorter code goes where most of its industries go; a line stands only
        where it differs from that of the shorter code.
    occupation: SOC 2000 (as O*NET-SOC) to major groups of ISCO-08, from the crosswalks of the US
        Bureau of Labor Statistics, SOC 2000 to SOC 2010 (January 2010) and SOC 2010 to ISCO-08.
        An occupation that falls into several major groups goes to the one of most of its unit
        groups, a tie to the higher skill level; where the title says otherwise, by the title:
        11-9061, 13-1199, 29-2055, 33-1021, 33-3051, 33-9031, 35-1012, 35-9011, 37-2019, 39-3091,
        41-3041, 41-9099, 43-3031, 43-5071, 45-2091, 45-4022, 51-3091 to 51-3093, 51-4051, 51-9012
        and 51-9199.
"""

from lm_stats.spec import Rule, Source

SOURCE = Source(
    kind="work_permits",
    agency="XUS_OFLC",
    reader="csv",
    title="Permanent labour certifications",
    columns={
        "application_number": ("case_no",),
        "decision": ("case_status",),
        "certificate_status": ("case_status",),
        "application_date": ("case_received_date",),
        "decision_date": ("decision_date",),
        "issue_date": ("decision_date",),
        "citizenship": ("country_of_citzenship",),
        "employer": ("employer_name",),
        "economic_activity": ("naics_2007_us_code",),
        "occupation": ("pw_soc_code",),
        "monthly_pay": ("wage_offer_from_9089",),
        "pay_period": ("wage_offer_unit_of_pay_9089",),
    },
    maps={
        "citizenship": "maps/citizenship.csv",
        "decision": "maps/decision.csv",
        "certificate_status": "maps/certificate_status.csv",
        "economic_activity": "maps/economic_activity.csv",
        "occupation": "maps/occupation.csv",
        "pay_period": "maps/pay_period.csv",
    },
    defaults={"permit_type": "new", "currency": "USD"},
    date_order="mdy",
    applies={
        # the file has one date, that of the decision, whatever was decided
        "issue_date": "decision = 'granted'",
        # some annual wages stand under 'hr': the permit is real, its pay is unknown
        "monthly_pay": "pay_period <> 'hour' OR monthly_pay < 100000",
    },
    replaces="period",
    on_unmapped={"citizenship": "quarantine", "decision": "quarantine", "*": "not_stated"},
    rules=(
        Rule(
            "citizen_of_the_country",
            "citizenship <> 'USA'",
            "A citizen of the country needs no permit to work in it: the case is real, its citizenship doubtful.",
            "warn",
            ("citizenship",),
        ),
    ),
)
