"""How applications for work permits are linked to persons, on tokens, codes and dates only.

Names, dates of birth and documents are tokens: they can be equal or not, and parts of names, their sounds and their
initials can be shared; nothing can be a letter or a day apart. The shares m and u were derived from a simulated
register and rounded; they are of pairs that blocking brings together and that no key links: so is the prior.
"""

from lm_stats.spec.linkage import ELSE, Apart, Blocking, Comparison, Key, Level, LinkageModel

# ---- what agrees

_SAME_NAME = "name_sorted_l = name_sorted_r"
_SAME_BIRTH = "birth_date_l = birth_date_r"
_SAME_YEAR = "birth_token_l = birth_token_r"
# day and month exchanged, or 1 January for a day that nobody knew: tokens show the year only
_NO_BIRTH = "birth_token_l IS NULL OR birth_token_r IS NULL"
_NO_NAME = "name_sorted_l IS NULL OR name_sorted_r IS NULL"
# a name with a part less, one in another spelling, one with the given name as an initial
_LIKE_NAME = (
    "(holds(parts_l, parts_r) OR sounds_sorted_l = sounds_sorted_r "
    "OR (initials_sorted_l = initials_sorted_r AND shares(parts_l, parts_r)))"
)
_PART = "(shares(parts_l, parts_r) OR shares(sounds_l, sounds_r))"
_SAME_SEX = "coalesce(sex_l = sex_r, true)"
_SAME_CITIZENSHIP = "coalesce(citizenship_l = citizenship_r, true)"
_YEAR_OR_NONE = f"coalesce({_SAME_YEAR}, true)"
# as _LIKE_NAME, of texts: before anything is derived
_LIKE_TEXT = (
    "(holds(string_split(parts_text_l, ' '), string_split(parts_text_r, ' ')) "
    "OR in_order(sounds_text_l) = in_order(sounds_text_r) "
    "OR (in_order(initials_text_l) = in_order(initials_text_r) AND any_shared(parts_text_l, parts_text_r)))"
)
_PART_TEXT = "(any_shared(parts_text_l, parts_text_r) OR any_shared(sounds_text_l, sounds_text_r))"
# a number may be another's: two whole dates of birth that differ ask for a name that agrees well, and two sexes for
# name and birth
_PERSON = f"""(CASE
    WHEN {_SAME_NAME} AND {_SAME_BIRTH} THEN true
    WHEN {_SAME_SEX} AND ({_SAME_NAME} OR {_SAME_BIRTH}) THEN true
    WHEN {_SAME_NAME} THEN {_YEAR_OR_NONE} AND (birth_date_l IS NULL OR birth_date_r IS NULL)
    WHEN {_SAME_BIRTH} THEN coalesce({_LIKE_TEXT}, false)
    WHEN NOT {_SAME_SEX} OR NOT {_YEAR_OR_NONE} THEN false
    WHEN birth_date_l IS NULL OR birth_date_r IS NULL THEN coalesce({_LIKE_TEXT} OR {_PART_TEXT}, false)
    ELSE coalesce({_LIKE_TEXT}, false)
END)"""
# where nothing else can be compared
_NAMELESS = f"(({_NO_NAME}) AND ({_NO_BIRTH}) AND {_SAME_SEX} AND {_SAME_CITIZENSHIP})"
_NAMESAKES = "greatest(name_class_l, name_class_r)"
_OVERLAP = "overlap(starts_l, ends_l, starts_r, ends_r)"
_RENEWS = "(adjoins(unfollowed_l, continuing_r, -30, 60) OR adjoins(unfollowed_r, continuing_l, -30, 60))"
_NOBODY = "name_sorted IS NULL AND birth_date IS NULL"

_READS = {
    "application_date": "DATE",
    "issue_date": "DATE",
    "valid_from": "DATE",
    "valid_to": "DATE",
    "cancellation_date": "DATE",
    "decision": "VARCHAR",
    "permit_type": "VARCHAR",
    "sex": "VARCHAR",
    "birth_year": "INTEGER",
    "citizenship": "VARCHAR",
    "region_of_origin": "VARCHAR",
    "employer_id": "VARCHAR",
    "economic_activity": "VARCHAR",
    "occupation": "VARCHAR",
    "education": "VARCHAR",
    "district": "VARCHAR",
    "certificate_token": "VARCHAR",
    "previous_certificate_token": "VARCHAR",
    "person_token_passport": "VARCHAR",
    "person_token_name": "VARCHAR",
    "person_token_name_sorted": "VARCHAR",
    "person_token_name_parts": "VARCHAR",
    "person_token_name_sounds": "VARCHAR",
    "person_token_name_initials": "VARCHAR",
    "person_token_birth_date": "VARCHAR",
    "person_token_birth_year": "VARCHAR",
}

_COLUMNS = {
    "passport": "short(person_token_passport)",
    "name": "short(person_token_name)",
    "name_sorted": "short(person_token_name_sorted)",
    "parts_text": "person_token_name_parts",
    "sounds_text": "person_token_name_sounds",
    "initials_text": "person_token_name_initials",
    "birth_date": "short(person_token_birth_date)",
    "birth_token": "short(coalesce(person_token_birth_year, birth_year::VARCHAR))",
    "told_apart": "short(coalesce(person_token_birth_date, person_token_birth_year, birth_year::VARCHAR, "
    "person_token_passport))",
    "sex": "nullif(sex, 'SEX_X')",
    "citizenship": "nullif(citizenship, 'X')",
    "origin": "nullif(region_of_origin, 'X')",
    "certificate": "short(certificate_token)",
    "previous": "short(previous_certificate_token)",
    "employer": "short(employer_id)",
    "sector": "nullif(economic_activity, 'ECO_ISIC4_X')",
    "occupation": "nullif(occupation, 'OCU_ISCO08_X')",
    "education": "nullif(education, 'EDU_ISCED11_9')",
    "district": "nullif(district, 'X')",
    "renewal": "permit_type = 'renewal'",
    "applied": "coalesce(application_date, issue_date, valid_from)",
    # days since 1970, as numbers
    "start": "if(decision = 'granted', coalesce(valid_from, issue_date) - DATE '1970-01-01', NULL)::INTEGER",
    "stop": "if(decision = 'granted' AND coalesce(valid_from, issue_date) IS NOT NULL, "
    "least(valid_to, cancellation_date - 1) - DATE '1970-01-01', NULL)::INTEGER",
}



def _equal(condition: str, column: str, m: float, u: float) -> tuple[Level, ...]:
    """Levels of what agrees or does not."""
    return (
        Level(f"{column}_l IS NULL OR {column}_r IS NULL", missing=True),
        Level(condition, m, u),
        Level(ELSE, 1 - m, 1 - u),
    )


LINKAGE = LinkageModel(
    id="permits",
    unit="person",
    reads=_READS,
    columns=_COLUMNS,
    identity=(
        "passport",
        "name",
        "name_sorted",
        "birth_date",
        "birth_token",
        "sex",
        "citizenship",
        "origin",
        "told_apart",
    ),
    carried=("parts_text", "sounds_text", "initials_text"),
    document="passport",
    # as names and births, or, where there are neither, as many certificates as nobody has
    holders=(
        "count(DISTINCT name_sorted)",
        "count(DISTINCT birth_date)",
        "count(DISTINCT birth_token)",
        "count(DISTINCT citizenship)",
        f"coalesce(list_max(map_values(histogram(year(applied)) FILTER ({_NOBODY}))), 0)",
        f"count(*) FILTER ({_NOBODY}) // 5",
    ),
    most_holders=4,
    evidence=("passport", "name_sorted", "birth_date"),
    when="applied",
    keys=(
        Key(
            "same passport",
            ("passport", "passport"),
            f"{_PERSON} OR {_NAMELESS}",
            0.999,
        ),
        Key("previous certificate", ("previous", "certificate"), f"{_PERSON} OR {_NAMELESS}", 0.998),
    ),
    blocking=(
        Blocking("passport", "passport"),
        Blocking("name", "name_sorted", most=200),
        Blocking("birth date and citizenship", "joined(birth_date, citizenship)"),
        Blocking("birth date and a sound", "list_transform(sounds, lambda one: joined(birth_date, one))", listed=True),
        Blocking("birth year and sounds", "joined(birth_token, sounds_sorted)", most=200),
        Blocking("birth year, a part and initials",
                 "list_transform(parts, lambda one: joined(birth_token, hash(one, initials_sorted)))", listed=True,
                 most=60),
    ),
    macros={
        # tokens as numbers are compared and kept in a fraction of the time
        "short(token)": "if(token IS NULL, NULL, hash(token))",
        "joined(token, other)": "if(token IS NULL, NULL, hash(token, other))",
        "pieces(tokens)": "list_transform(string_split(tokens, ' '), lambda one: hash(one))",
        "shares(one, other)": "len(list_intersect(one, other)) > 0",
        "holds(one, other)": "len(list_intersect(one, other)) = least(len(one), len(other))",
        "in_order(tokens)": "list_sort(string_split(tokens, ' '))",
        "any_shared(one, other)": "len(list_intersect(string_split(one, ' '), string_split(other, ' '))) > 0",
        "overlap(from_one, to_one, from_other, to_other)": (
            "coalesce(list_sum(list_transform(range(1, len(from_one) + 1), lambda i: "
            "list_sum(list_transform(range(1, len(from_other) + 1), lambda j: "
            "greatest(0, least(to_one[i], to_other[j]) - greatest(from_one[i], from_other[j]) + 1))))), 0)"
        ),
        "adjoins(ends, starts, least_gap, most_gap)": (
            "len(list_filter(ends, lambda stop: len(list_filter(starts, lambda start: "
            "start - stop BETWEEN least_gap AND most_gap)) > 0)) > 0"
        ),
    },
    frequency={"name_class": ("told_apart", "name_sorted")},
    gathered={
        "passports": "list_sort(list(DISTINCT passport) FILTER (passport IS NOT NULL))",
        "starts": "list(start ORDER BY start, stop) FILTER (start <= stop)",
        "ends": "list(stop ORDER BY start, stop) FILTER (start <= stop)",
        "renewals": "list(start ORDER BY start) FILTER (renewal AND start <= stop)",
        "newcomers": "list(start ORDER BY start) FILTER (NOT renewal AND start <= stop)",
        "employers": "list_sort(list(DISTINCT employer) FILTER (employer IS NOT NULL))",
        "sectors": "list_sort(list(DISTINCT sector) FILTER (sector IS NOT NULL))",
        "occupations": "list_sort(list(DISTINCT occupation) FILTER (occupation IS NOT NULL))",
        "educations": "list_sort(list(DISTINCT education) FILTER (education IS NOT NULL))",
        "districts": "list_sort(list(DISTINCT district) FILTER (district IS NOT NULL))",
    },
    known={
        # renewals that continue none of the certificates at hand, and certificates that none continues
        "continuing": "list_filter(renewals, lambda one: NOT adjoins(ends, [one], -30, 60))",
        "unfollowed": "list_filter(ends, lambda one: NOT adjoins([one], starts, -30, 60))",
    },
    derived={
        "parts": "list_distinct(pieces(parts_text))",
        "sounds": "list_distinct(pieces(sounds_text))",
        "sounds_sorted": "short(list_sort(pieces(sounds_text)))",
        "initials_sorted": "short(list_sort(pieces(initials_text)))",
    },
    comparisons=(
        # name and birth together: whoever shares both by chance or by error shares them together
        Comparison(
            "identity",
            (
                Level(f"({_NO_NAME}) AND ({_NO_BIRTH})", missing=True),
                Level(f"{_SAME_NAME} AND {_SAME_BIRTH} AND {_NAMESAKES} <= 4", 0.7, 0.004),
                Level(f"{_SAME_NAME} AND {_SAME_BIRTH}", 0.1, 0.002),
                Level(f"{_SAME_NAME} AND ({_NO_BIRTH}) AND {_NAMESAKES} <= 1", 0.02, 0.005),
                Level(f"{_SAME_NAME} AND ({_NO_BIRTH})", 0.02, 0.04),
                Level(f"{_SAME_NAME} AND {_SAME_YEAR} AND {_NAMESAKES} <= 1", 0.01, 0.03),
                Level(f"{_SAME_NAME} AND {_SAME_YEAR}", 0.004, 0.04),
                Level(f"{_LIKE_NAME} AND {_SAME_BIRTH}", 0.05, 0.0015),
                Level(f"{_PART} AND {_SAME_BIRTH}", 0.01, 0.016),
                Level(f"{_LIKE_NAME} AND {_SAME_YEAR}", 0.001, 0.4),
                Level(_SAME_BIRTH, 0.001, 0.2),
                Level(_SAME_NAME, 0.0004, 0.6),
                Level(ELSE, 0.0002, 0.8),
            ),
        ),
        Comparison(
            "history",
            (
                Level("starts_l IS NULL OR starts_r IS NULL", missing=True),
                Level(f"{_OVERLAP} <= 45 AND {_RENEWS}", 0.5, 0.004),
                Level(f"{_OVERLAP} = 0 AND (adjoins(unfollowed_l, newcomers_r, 1, 1100) "
                      "OR adjoins(unfollowed_r, newcomers_l, 1, 1100))", 0.28, 0.14),
                Level(f"{_OVERLAP} = 0", 0.1, 0.2),
                Level(f"{_OVERLAP} <= 45", 0.02, 0.05),
                Level(ELSE, 0.06, 0.5),
            ),
        ),
        Comparison("sex", _equal("sex_l = sex_r", "sex", 0.995, 0.63)),
        Comparison(
            "citizenship",
            (
                Level("citizenship_l IS NULL OR citizenship_r IS NULL", missing=True),
                Level("citizenship_l = citizenship_r", 0.99, 0.66),
                Level("origin_l = origin_r", 0.006, 0.12),
                Level(ELSE, 0.004, 0.22),
            ),
        ),
        Comparison("passport", _equal("shares(passports_l, passports_r)", "passports", 0.03, 0.001)),
        Comparison("employer", _equal("shares(employers_l, employers_r)", "employers", 0.6, 0.01)),
        Comparison(
            "work",
            (
                Level("sectors_l IS NULL OR sectors_r IS NULL OR occupations_l IS NULL OR occupations_r IS NULL",
                      missing=True),
                Level("shares(sectors_l, sectors_r) AND shares(occupations_l, occupations_r)", 0.7, 0.12),
                Level("shares(sectors_l, sectors_r)", 0.14, 0.18),
                Level("shares(occupations_l, occupations_r)", 0.06, 0.12),
                Level(ELSE, 0.1, 0.58),
            ),
        ),
        Comparison("district", _equal("shares(districts_l, districts_r)", "districts", 0.8, 0.4)),
        Comparison("education", _equal("shares(educations_l, educations_r)", "educations", 0.92, 0.18)),
    ),
    apart=(
        Apart(
            "two at once",
            f"NOT shares(passports_l, passports_r) AND {_OVERLAP} > 730",
            "Nobody works on two passports at the same time for more than two years in all.",
        ),
        Apart(
            "another sex and age",
            f"sex_l <> sex_r AND NOT ({_SAME_YEAR})",
            "Sex and year of birth are not both written wrongly of one person.",
        ),
        Apart(
            "another name and birth",
            f"NOT ({_SAME_NAME}) AND NOT ({_SAME_BIRTH}) AND NOT {_PART}",
            "Whoever has another name and another date of birth is somebody else, even if a third record is like both.",
        ),
        Apart(
            "another sex, name and birth",
            f"sex_l <> sex_r AND NOT ({_SAME_NAME}) AND NOT ({_SAME_BIRTH})",
            "Sex, name and date of birth are not all written wrongly of one person.",
        ),
        Apart(
            "two passports at once",
            f"NOT shares(passports_l, passports_r) AND {_OVERLAP} > 45 AND NOT coalesce({_RENEWS}, false)",
            "Certificates on two passports that run at once, none a renewal of the other, may be a namesake's: "
            "somebody has to look.",
            open=True,
        ),
    ),
    prior=1 / 9,
    link_at=0.9,
    review_at=0.5,
    limits={
        "passport": "no passports are given, so a person is found again by name and date of birth only",
        "name_sorted": "no names are given, so a person with a new passport is found again by the number of the "
        "previous certificate only",
        "birth_date": "no dates of birth are given, so persons who share a name can hardly be told apart",
        "previous": "renewals do not say which certificate they renew, so a renewal on a new passport is found by "
        "name and date of birth only",
    },
)  # fmt: skip
