"""Every concept, once. A column of any table is one of these."""

from __future__ import annotations

from lm_stats.spec import Concept

# education and what jobs need in three levels: primary, secondary, tertiary; less than primary is 0
EDUCATION_LEVEL = """CASE
    WHEN education IN ('EDU_ISCED11_X', 'EDU_ISCED11_0') THEN 0
    WHEN education = 'EDU_ISCED11_1' THEN 1
    WHEN education IN ('EDU_ISCED11_2', 'EDU_ISCED11_3', 'EDU_ISCED11_4') THEN 2
    WHEN education IN ('EDU_ISCED11_5', 'EDU_ISCED11_6', 'EDU_ISCED11_7', 'EDU_ISCED11_8') THEN 3 END"""
NEEDED_LEVEL = """CASE
    WHEN occupation IN ('OCU_ISCO08_1', 'OCU_ISCO08_2', 'OCU_ISCO08_3') THEN 3
    WHEN occupation IN ('OCU_ISCO08_4', 'OCU_ISCO08_5', 'OCU_ISCO08_6', 'OCU_ISCO08_7', 'OCU_ISCO08_8') THEN 2
    WHEN occupation = 'OCU_ISCO08_9' THEN 1 END"""


def bands_of(number: str, lasts: tuple[int, ...], codes: tuple[str, ...]) -> str:
    """SQL of the code of the band that a whole number falls into; each band but the last names its last number."""
    cases = " ".join(f"WHEN {number} <= {last} THEN '{code}'" for last, code in zip(lasts, codes, strict=False))
    return f"CASE {cases} WHEN {number} IS NOT NULL THEN '{codes[-1]}' END"


CONCEPTS = (
    # where a row comes from
    Concept("ref_area", "Reference area", "The member state that the row is about.", "code", "areas", sdmx="REF_AREA"),
    Concept("source", "Source", "The series of deliveries that the row comes from.", sdmx="SOURCE"),
    Concept("delivery_id", "Delivery", "The delivery that the row comes from."),
    Concept("data_class", "Class of data", "Real, or synthetic and so no official statistics.", "code", "data_classes"),
    Concept("source_file", "File", "Name of the delivered file."),
    Concept("source_sheet", "Sheet", "Name of the sheet; empty where the file has none."),
    Concept("source_row", "Row", "Row number in the sheet or line number in the file, from 1.", "integer", minimum=1),
    # identifiers as delivered: tokens from staging on
    Concept(
        "application_number",
        "Application number",
        "Number that the office gave the application.",
        identifier="document",
    ),
    Concept(
        "certificate_number",
        "Certificate number",
        "Number of the certificate of employment (work permit).",
        identifier="document",
    ),
    Concept(
        "previous_certificate",
        "Previous certificate",
        "Number of the certificate that this one renews.",
        identifier="document",
    ),
    Concept("passport_number", "Passport number", "Number of the worker's passport.", identifier="document"),
    Concept("name", "Name", "Name of the worker as written.", identifier="name"),
    Concept("birth_date", "Date of birth", "The worker's date of birth.", "date", identifier="birth_date"),
    Concept("phone", "Telephone", "Telephone number of worker or employer.", identifier="contact"),
    Concept("employer", "Employer", "Name of the employer as written.", identifier="business"),
    # the same as tokens
    Concept(
        "permit_id",
        "Permit",
        "Keyed token of the application number, or of the certificate number where "
        "there is none: the same in every file that holds the application.",
        "token",
    ),
    Concept("certificate_token", "Certificate", "Keyed token of the certificate number.", "token"),
    Concept(
        "previous_certificate_token",
        "Previous certificate",
        "Keyed token of the certificate that this one renews.",
        "token",
    ),
    Concept("employer_id", "Employer", "Keyed token of the employer's normalised name.", "token"),
    Concept("person_token_passport", "Passport", "Keyed token of the passport number.", "token"),
    Concept("person_token_name", "Name", "Keyed token of the whole name.", "token"),
    Concept(
        "person_token_name_sorted",
        "Name, parts sorted",
        "Keyed token of the name's parts in sorted order, so that swapped parts agree.",
        "token",
    ),
    Concept("person_token_name_parts", "Name parts", "Keyed tokens of the name's parts, separated by spaces.", "token"),
    Concept(
        "person_token_name_sounds",
        "Sound of name parts",
        "Keyed tokens of the parts' phonetic codes, separated by spaces.",
        "token",
    ),
    Concept(
        "person_token_name_initials", "Initials", "Keyed tokens of the parts' initials, separated by spaces.", "token"
    ),
    Concept("person_token_birth_date", "Date of birth", "Keyed token of the date of birth.", "token"),
    Concept("person_token_birth_year", "Year of birth", "Keyed token of the year of birth.", "token"),
    # the permit
    Concept("registration_date", "Date of registration", "Day on which the application was entered.", "date"),
    Concept("application_date", "Date of application", "Day on which the application was made.", "date"),
    Concept("decision_date", "Date of decision", "Day on which the office decided.", "date"),
    Concept("issue_date", "Date of issue", "Day on which the certificate was issued.", "date"),
    Concept("valid_from", "Start of validity", "First day of authorised work.", "date"),
    Concept("valid_to", "End of validity", "Last day of authorised work.", "date", ends=True),
    Concept(
        "duration_months",
        "Duration as stated",
        "Months that the certificate is given for, as the office writes them beside its dates.",
        "number",
        "",
        "months",
        0,
        120,
    ),
    Concept("cancellation_date", "Date of cancellation", "Day on which the certificate was cancelled.", "date"),
    Concept("decision", "Decision", "What the office decided on the application.", "code", "decisions"),
    Concept("refusal_reason", "Reason of refusal", "Why the application was refused.", "code", "refusal_reasons"),
    Concept(
        "certificate_status",
        "State of the certificate",
        "What the office says became of a granted certificate.",
        "code",
        "certificate_statuses",
    ),
    Concept(
        "permit_type",
        "New or renewal",
        "Whether the application is for a first certificate or renews one.",
        "code",
        "permit_types",
    ),
    Concept(
        "workers",
        "Workers covered",
        "Number of workers that the application covers; empty where the office leaves it open.",
        "integer",
        "",
        "persons",
        1,
        5000,
    ),
    Concept(
        "monthly_pay",
        "Monthly pay",
        "Gross pay per month in `currency`.",
        "number",
        "",
        "currency units per month",
        0,
        9_999_999,
    ),
    Concept(
        "pay_period",
        "Period of pay",
        "Period that the delivered pay is for, where it is not a month.",
        "code",
        "pay_periods",
    ),
    Concept("currency", "Currency", "Currency of pay (ISO 4217).", "code", "currencies"),
    Concept(
        "fee",
        "Fee",
        "Fee paid for the application and certificate, in the currency of the member state.",
        "number",
        "",
        "currency units",
        0,
        100_000,
    ),
    Concept("office", "Issuing office", "Office that received the application.", "code", "agencies"),
    # how exactly a date was written: "May 2021" stands at the first day of May, or at the last where it ends something
    *(
        Concept(
            f"{name}_precision",
            f"{label}, precision",
            f"Whether `{name}` was written as a day, or as a longer time of which it is the {which} day.",
            "code",
            "date_precisions",
        )
        for name, label, which in (
            ("application_date", "Date of application", "first"),
            ("decision_date", "Date of decision", "first"),
            ("issue_date", "Date of issue", "first"),
            ("valid_from", "Start of validity", "first"),
            ("valid_to", "End of validity", "last"),
        )
    ),
    # how free text was coded
    *(
        concept
        for name, label in (
            ("citizenship", "Citizenship"),
            ("economic_activity", "Economic activity"),
            ("occupation", "Occupation"),
            ("district", "District"),
        )
        for concept in (
            Concept(f"{name}_rule", f"{label}, rule", f"By what kind of correspondence `{name}` was coded."),
            Concept(
                f"{name}_confidence",
                f"{label}, confidence",
                f"Share of texts coded by this rule whose `{name}` is right, as measured (docs/coding.md).",
                "number",
                "",
                "share",
                0,
                1,
            ),
        )
    ),
    # the worker and the job
    Concept("sex", "Sex", "Sex of the person.", "code", "sex", sdmx="SEX", holds_back=False),
    Concept("birth_year", "Year of birth", "Year of birth of the worker.", "integer", "", "years", 1900, 2100),
    Concept("citizenship", "Citizenship", "Country whose citizen the person is.", "code", "areas", sdmx="CCT"),
    Concept(
        "second_citizenship",
        "Second citizenship",
        "Country named second where the office names two.",
        "code",
        "areas",
        holds_back=False,
    ),
    Concept(
        "passport_country",
        "Country of the passport",
        "Country that issued the passport. It says nothing certain of citizenship, and is kept nowhere: where that is "
        "not stated, it is a proposal for those who review the coding.",
        "code",
        "areas",
        holds_back=False,
    ),
    Concept(
        "region_of_origin",
        "Region of origin",
        "Region of the country of citizenship, SADC apart from the rest of Africa.",
        "code",
        "regions_of_origin",
    ),
    Concept(
        "economic_activity",
        "Economic activity",
        "Section of ISIC Rev. 4 of the main activity of the employer or own business.",
        "code",
        "economic_activities",
        sdmx="ECO",
        detail="isic4",
    ),
    Concept(
        "occupation",
        "Occupation",
        "Major group of ISCO-08 of the job.",
        "code",
        "occupations",
        sdmx="OCU",
        detail="isco08",
    ),
    Concept(
        "education", "Education", "Highest level of education attained (ISCED 2011).", "code", "education", sdmx="EDU"
    ),
    Concept(
        "district",
        "District",
        "District of work; of persons counted, of the household (ISO 3166-2).",
        "code",
        "districts",
    ),
    Concept(
        "district_bos", "District, national code", "The same district as the national statistical office numbers it."
    ),
    # persons of censuses and surveys
    Concept(
        "household_number",
        "Household number",
        "Number of the household within the census or survey round.",
        identifier="serial",
    ),
    Concept(
        "psu_number",
        "Primary sampling unit, number",
        "Number of the first-stage unit of the sample, such as an enumeration area.",
        identifier="serial",
    ),
    Concept("person_number", "Person number", "Number of the person in the household.", "integer", "", "", 1, 999),
    Concept(
        "household_id",
        "Household",
        "Keyed token of the household number: the same for all members, in one census or survey round only.",
        "token",
    ),
    Concept(
        "person_id",
        "Person",
        "Of a census or survey: household and number of the person in it, in one census or round only. Of a register "
        "of permits: the holder that certificates were linked to. The two have nothing in common.",
        "token",
    ),
    Concept(
        "absentee_id",
        "Absent member",
        "Household and number of the member abroad, in one census only; no link to any person counted here.",
        "token",
    ),
    Concept("census_year", "Year of the census", "Year of the census that counted the person.", "integer", "", "years"),
    Concept("survey", "Survey round", "Period of the round of the survey (SDMX)."),
    Concept("area_type", "Urban or rural", "Type of the area where the household lives.", "code", "area_types"),
    Concept("age", "Age", "Age in completed years; the oldest are given as 120.", "integer", "", "years", 0, 120),
    Concept(
        "relationship",
        "Relationship to head",
        "Relationship to the head of the household.",
        "code",
        "relationships",
    ),
    Concept(
        "residence",
        "Usual residence",
        "Whether the person usually lives in the household (12 months), visits it, or is a member who is away.",
        "code",
        "residences",
    ),
    Concept("birthplace", "Country of birth", "Country in which the person was born.", "code", "areas", sdmx="CBR"),
    Concept(
        "previous_residence",
        "Country of previous residence",
        "Country in which the person last lived for a year or more; the country itself for those who never left.",
        "code",
        "areas",
        sdmx="CPR",
    ),
    Concept(
        "year_of_arrival",
        "Year of arrival",
        "Year in which a person who has lived abroad came to live in the country.",
        "integer",
        "",
        "years",
        1890,
        2100,
    ),
    Concept(
        "year_of_return",
        "Year of return",
        "Year in which a citizen who has lived abroad came back.",
        "integer",
        "",
        "years",
        1890,
        2100,
    ),
    Concept(
        "labour_force_status",
        "Labour-force status",
        "Employed, unemployed or outside the labour force, by the definition that the census or round used; empty "
        "for persons who were not asked.",
        "code",
        "labour_force_statuses",
    ),
    Concept(
        "labour_force_status_icls13",
        "Labour-force status, 13th ICLS",
        "Labour-force status by the resolution of 1982: own-use producers are employed.",
        "code",
        "labour_force_statuses",
    ),
    Concept(
        "labour_force_status_icls19",
        "Labour-force status, 19th ICLS",
        "Labour-force status by the resolution of 2013: employment is work for pay or profit.",
        "code",
        "labour_force_statuses",
    ),
    Concept(
        "status_in_employment",
        "Status in employment",
        "Status in employment in the main job (ICSE-93).",
        "code",
        "statuses_in_employment",
        sdmx="STE",
    ),
    # members of households who are abroad
    Concept("country_of_stay", "Country of stay", "Country in which the absent member lives.", "code", "areas",
            sdmx="CRS"),
    Concept("activity", "Activity abroad", "What the absent member does abroad.", "code", "activities_abroad"),
    Concept(
        "year_left",
        "Year of leaving",
        "Year in which the absent member left the country.",
        "integer",
        "",
        "years",
        1890,
        2100,
    ),
    # the labour-force survey
    Concept(
        "weight",
        "Weight",
        "Number of persons of the population that the record stands for.",
        "number",
        "",
        "persons",
        None,
        10_000_000,
    ),
    Concept("stratum", "Stratum", "Stratum of the sample design.", "integer", "", "", 0, 99_999),
    Concept("psu", "Primary sampling unit", "Keyed token of the number of the first-stage unit.", "token"),
    Concept("hours_worked", "Hours usually worked", "Hours usually worked per week in the main job.", "number", "",
            "hours per week", 0, 168),
    Concept(
        "monthly_earnings",
        "Monthly earnings",
        "Usual gross earnings per month from the main job, in the currency of the member state.",
        "number",
        "",
        "currency units per month",
        0,
        9_999_999,
    ),
    Concept("contract_type", "Type of contract", "Contract of the main job of an employee.", "code", "contract_types"),
    Concept("paid_leave", "Paid leave", "Whether an employee has paid annual leave.", "code", "yes_no"),
    Concept(
        "social_security",
        "Social security",
        "Whether the employer pays contributions to a pension or social-security fund.",
        "code",
        "yes_no",
    ),
    Concept(
        "first_job_country",
        "Country of first job abroad",
        "Country of the first job abroad that began within the last three years (SDG 10.7.1).",
        "code",
        "areas",
    ),
    Concept(
        "recruitment_cost",
        "Recruitment cost",
        "What the person paid for the recruitment to the first job abroad, in the currency of the member state.",
        "number",
        "",
        "currency units",
        0,
        9_999_999,
    ),
    Concept(
        "first_monthly_earnings",
        "First monthly earnings abroad",
        "Earnings of the first month in that job, in the currency of the member state.",
        "number",
        "",
        "currency units per month",
        0,
        9_999_999,
    ),
    # made from other columns where an indicator asks for them
    Concept("age_group", "Age", "Five-year age band.", "code", "age_groups", sdmx="AGE", bands="age"),
    Concept(
        "citizenship_status",
        "Citizens and non-citizens",
        "Whether the person is a citizen of the member state.",
        "code",
        "citizenship_statuses",
        sdmx="CCT",
        sql="CASE WHEN citizenship = ref_area THEN 'CCT_CIT_CITIZEN' WHEN citizenship <> 'X' THEN 'CCT_CIT_NONCIT' "
        "ELSE 'CCT_CIT_X' END",
    ),
    Concept(
        "birth_status",
        "Native-born and foreign-born",
        "Whether the person was born in the member state.",
        "code",
        "birth_statuses",
        sdmx="CBR",
        sql="CASE WHEN birthplace = ref_area THEN 'CBR_BIR_NATIVE' WHEN birthplace <> 'X' THEN 'CBR_BIR_FOREIGN' "
        "ELSE 'CBR_BIR_X' END",
    ),
    Concept("issuing_office", "Office", "Office that received the application.", "code", "offices", sql="office"),
    Concept(
        "case_age",
        "Age of the case",
        "Days from the application to the reference date.",
        "code",
        "case_ages",
        sql=bands_of("reference_date - application_date", (30, 60, 90, 180, 365),
                     ("D000_030", "D031_060", "D061_090", "D091_180", "D181_365", "D366")),
    ),
    Concept(
        "time_since_entry",
        "Time since the first entry",
        "Completed months from the first day of the person's first spell to the reference date, absences among them.",
        "code",
        "times_since_entry",
        sql=bands_of("date_sub('month', first_start, reference_date)", (11, 23, 59, 119),
                     ("M00_11", "M12_23", "M24_59", "M60_119", "M120")),
    ),
    Concept(
        "certificate_length",
        "Length of the certificate",
        "Completed months from the first to the last day for which the certificate was given, cancelled or not.",
        "code",
        "certificate_lengths",
        sql=bands_of("date_sub('month', first_valid_day, valid_to + 1)", (5, 11, 23),
                     ("M00_05", "M06_11", "M12_23", "M24")),
    ),
    Concept(
        "skill_match",
        "Education against the job",
        "Level of education beside the one that the skill level of the occupation's major group needs, by the norm of "
        "the ILO (ISCO-08, volume I, tables 1 and 2, with ISCED 2011 in three levels): managers, professionals and "
        "technicians tertiary (ISCED 5 to 8), major groups 4 to 8 secondary or post-secondary (2 to 4), elementary "
        "occupations primary (1). It says nothing of armed forces, whose groups differ in skill, and nothing of the "
        "field of study or of experience.",
        "code",
        "skill_matches",
        sql=f"""CASE sign(({EDUCATION_LEVEL}) - ({NEEDED_LEVEL}))
            WHEN 1 THEN 'over' WHEN 0 THEN 'matched' WHEN -1 THEN 'under' ELSE 'X' END""",
    ),
    # deliveries
    Concept("agency", "Agency", "Office that delivered.", "code", "agencies"),
    Concept("kind", "Kind", "Kind of delivery."),
    Concept("period", "Period", "Reference period of the delivery."),
    Concept("version", "Version", "Version of the delivery for its period.", "integer", minimum=1),
    Concept("received_at", "Received", "Date and time of receipt (ISO 8601)."),
    Concept("sha256", "Checksum", "SHA-256 of the delivered files, of all together where there are several."),
    Concept("rows_in", "Rows in", "Rows of the delivery that are not headings or blank.", "integer", "", "rows", 0),
    Concept("accepted", "Accepted", "Rows that stand in the observatory.", "integer", "", "rows", 0),
    Concept(
        "quarantined",
        "Quarantined",
        "Rows held back until the office or a decision clears them.",
        "integer",
        "",
        "rows",
        0,
    ),
    Concept(
        "excluded", "Excluded", "Rows left out for a reason, such as totals and duplicates.", "integer", "", "rows", 0
    ),
    Concept("superseded_by", "Superseded by", "The delivery that took this one's place."),
    Concept(
        "revision_reason",
        "Reason of revision",
        "Why the delivery came besides the calendar: late file (for a period that later ones had followed), corrected "
        "version, part sent again, taken back; empty for what came first and in time.",
    ),
    Concept(
        "delivery_status",
        "State of the delivery",
        "Whether the delivery stands, was superseded or failed.",
        "code",
        "delivery_statuses",
    ),
    # tables that others publish
    Concept("source_column", "Column", "Letters of the column in the sheet, or number of the field, of the value."),
    Concept("dataflow", "Table", "Published table or series that the value belongs to, by its id of today.", "code",
            "dataflows"),
    Concept("concept", "What is counted", "Who or what the publisher counts.", "code", "concepts_measured"),
    Concept("counterpart_area", "Counterpart area", "The other area that the value is about; `_T` where there is none.",
            "code", "counterparts"),
    Concept("classification_1", "First classification", "Code of the first further breakdown, as published."),
    Concept("classification_2", "Second classification", "Code of the second further breakdown, as published."),
    Concept("dimensions_key", "Cell", "Codes of all breakdowns of the value, joined by points."),
    Concept("unit_mult_published", "Multiplier as published",
            "Power of ten in which the value was published; the value itself is in units.", "integer", "", "", -3, 12),
    Concept("publisher", "Publisher", "Who published the value."),
    Concept("edition", "Edition", "Edition of the publication: its year, or year and month."),
    Concept("quoted_from", "Exact source", "Document and place in it (page, paragraph, table) where the value stands."),
    Concept("licence", "Licence", "Terms under which the value was published."),
    Concept("grade", "Grade", "A: read from the publisher's data; B: from the publisher's own page; C: quoted by "
            "others.", "code", "grades"),
    Concept("note", "Note", "What a reader must know to use the value rightly."),
    Concept("origin", "Origin", "Area that the migrants come from.", "code", "counterparts"),
    Concept("destination", "Destination", "Area where the migrants live.", "code", "counterparts"),
    Concept("year", "Year", "Year that the value is for.", "integer", "", "years", 1900, 2100),
    Concept("direction", "Direction", "Whether people or money come from the area or go to it.", "code", "directions"),
    Concept("revision", "Revision", "Revision of the estimates: the year of its publication."),
    Concept("series", "Series", "What is measured of remittances.", "code", "remittance_series"),
    Concept("from_area", "From", "Area that the money is sent from.", "code", "counterparts"),
    Concept("to_area", "To", "Area that the money is sent to.", "code", "counterparts"),
    Concept("coverage", "Coverage", "Whom the source covers, in words."),
    Concept("statement", "Why it differs", "Why the value differs from those of other sources, in words."),
    # tables of counts that an office makes itself
    Concept("breakdown", "Breakdown", "By what the table tells its permits apart.", "code", "breakdowns"),
    Concept(
        "category",
        "Category as published",
        "Row of the table by its label as published, of employers by its token; a second row with the same label has "
        "`(2)` behind it.",
    ),
    Concept("month", "Month", "Month that the value is for; empty where it is for the whole period.", "code",
            "months_of_the_year"),
    # permits, linked to the persons who hold them
    Concept("link_status", "State of the link", "Whether the application was linked to others of one person, stands "
            "alone, or waits for somebody to decide.", "code", "link_statuses"),
    Concept("link_rule", "Rule of the link", "What linked the application to another one of the person, or why nothing "
            "did."),
    Concept("link_probability", "Probability of the link", "Probability of the least certain link that holds the "
            "record to its person; empty where it stands alone.", "number", "", "", 0, 1),
    Concept("calibration", "Calibration", "Whether probabilities were compared with pairs that people reviewed, and "
            "how many; `uncalibrated` where not."),
    Concept("observed_until", "Observed until", "Last day that the register of the area knows of: the end of "
            "what all of its sources have delivered, or the day of receipt if that was before. What is later is not "
            "known.", "date"),
    Concept("first_valid_day", "First valid day", "First day of authorised work: the start of validity, or the day of "
            "issue where that is not stated, or is known by month, quarter or year only and begins before; empty where "
            "the certificate was cancelled before it began.", "date"),
    Concept("last_valid_day", "Last valid day", "Last day of authorised work: the end of validity, or the day before "
            "a cancellation; empty where it is not known, or the certificate was cancelled before it began.", "date"),
    Concept("spell_number", "Spell", "Number of the person's unbroken run of days with a valid certificate.", "integer",
            "", "", 1),
    Concept("part_number", "Part of the spell", "Number of the part of the spell that one certificate governs.",
            "integer", "", "", 1),
    Concept("start_date", "First day", "First day of the part of the spell.", "date"),
    Concept("end_date", "Last day", "Last day of the part of the spell.", "date", ends=True),
    Concept("entry", "How it begins", "Whether the part begins the person's first spell, a later one, or follows "
            "another part.", "code", "entries"),
    Concept("exit", "How it ends", "Whether the certificate expired, was cancelled, was followed by another, or runs "
            "beyond what the register knows.", "code", "exits"),
    Concept("event", "Event", "What happened to an application, a certificate or its holder.", "code", "permit_events"),
    Concept("event_date", "Day of the event", "Day on which it happened; of an end, the first day after it.", "date"),
    Concept("changed", "What changed", "What a renewal or transfer changed, joined by spaces."),
    Concept("first_issue_date", "First issue", "Day of issue of the person's first certificate.", "date"),
    Concept("first_start", "First day of work", "First day of the person's first spell.", "date"),
    Concept("last_end", "Last day of work", "Last day of the person's last spell so far.", "date", ends=True),
    Concept("first_permit_type", "Type of the first permit", "Type of the person's first certificate in the register: "
            "one who is first seen on a renewal was here before the register began.", "code", "permit_types"),
    Concept("n_certificates", "Certificates", "Number of certificates of the person.", "integer", "", "certificates",
            0),
    Concept("n_spells", "Spells", "Number of spells of the person.", "integer", "", "spells", 0),
    Concept("n_employers", "Employers", "Number of employers on the person's certificates.", "integer", "", "employers",
            0),
    Concept("n_passports", "Passports", "Number of passports on the person's certificates.", "integer", "", "passports",
            0),
    Concept("reference_date", "Reference date", "Day for which something is said.", "date"),
    *(
        Concept(name, label, text, "integer", "", "persons")
        for name, label, text in (
            ("stock_start", "Stock at the start", "Persons with a valid certificate on the day before the period."),
            ("first_entries", "First entries", "Persons whose first spell begins in the period."),
            ("re_entries", "Re-entries", "Later spells that begin in the period."),
            ("transfers_in", "Transfers in", "Persons who came from another cell without a break."),
            ("transfers_out", "Transfers out", "Persons who went to another cell without a break."),
            ("expired", "Expired", "Spells that ended because no certificate followed."),
            ("cancelled", "Cancelled", "Spells that ended because the certificate was cancelled."),
            ("stock_end", "Stock at the end", "Persons with a valid certificate on the last day of the period."),
            ("residual", "Residual", "What the account does not explain; it must be 0."),
            ("renewals", "Renewals", "Parts of spells that follow another one without a break."),
            ("entered_before", "Entered before", "First entries on a renewal: these persons were here before the "
             "register began, or their earlier certificate was not found."),
            ("late_renewals", "Late renewals", "Re-entries on a renewal, made after the certificate had ended."),
            ("stock_then", "Stock as then known", "Persons with a valid certificate as the earlier vintage has it."),
            ("registered_late", "Registered late", "Persons whose certificate the earlier vintage did not know."),
            ("corrected", "Corrected", "Persons of the day that corrections took away, less those they added."),
            ("stock_now", "Stock as now known", "Persons with a valid certificate as the later vintage has it."),
        )
    ),
    Concept("vintage_then", "Earlier vintage", "Date of receipt of the latest delivery behind the earlier figures; "
            "with the time where both vintages are of one day."),
    # observations
    Concept("indicator", "Indicator", "What is measured.", sdmx="MEASURE"),
    Concept("time_period", "Time period", "Period of the observation (SDMX).", sdmx="TIME_PERIOD"),
    Concept(
        "obs_value",
        "Value",
        "Value of the observation, in units of `unit_measure` times ten to `unit_mult`.",
        "number",
        sdmx="OBS_VALUE",
    ),
    Concept("std_error", "Standard error", "Standard error of the value; empty for a full count.", "number"),
    Concept(
        "lower",
        "Lower bound",
        "Lower bound of the 95 % confidence interval; empty for a full count.",
        "number",
        sdmx="LOWER_BOUND",
    ),
    Concept(
        "upper",
        "Upper bound",
        "Upper bound of the 95 % confidence interval; empty for a full count.",
        "number",
        sdmx="UPPER_BOUND",
    ),
    Concept(
        "n_records",
        "Records",
        "Number of records behind the value; never leaves the indicators.",
        "integer",
        "",
        "records",
        0,
    ),
    Concept(
        "obs_status",
        "Observation status",
        "Status of the value (SDMX CL_OBS_STATUS).",
        "code",
        "obs_status",
        sdmx="OBS_STATUS",
    ),
    Concept(
        "conf_status",
        "Confidentiality status",
        "Confidentiality of the value (SDMX CL_CONF_STATUS).",
        "code",
        "conf_status",
        sdmx="CONF_STATUS",
    ),
    Concept("unit_measure", "Unit of measure", "Unit of the value.", sdmx="UNIT_MEASURE"),
    Concept(
        "unit_mult",
        "Unit multiplier",
        "Power of ten that the value is to be multiplied by.",
        "integer",
        sdmx="UNIT_MULT",
    ),
    Concept("unit_of_count", "Unit of count", "What is counted: certificates are not persons."),
    Concept("vintage", "Vintage", "Date of receipt of the latest delivery behind the value; with the time where two "
            "vintages are of one day."),
)
