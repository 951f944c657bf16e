"""Cases 72 to 74 and 77: one person or two, from names, dates of birth and passports as offices write them."""

from __future__ import annotations

import pandas as pd
import pytest

from lm_stats.catalog.linkage.permits import LINKAGE
from lm_stats.curate.permits.linking import link
from lm_stats.stage import Keyring

RENEWED = {"permit_type": "renewal", "start": "2016-01-01"}
NEW_PASSPORT = {**RENEWED, "passport": "P9876543"}
AT_ONCE = {"start": "2015-06-01", "employer": "Another Ltd", "sector": "F", "occupation": "7"}
# what differs from the first certificate of Zhang Xiuying, and whether it is of the same person
CASES = {
    "72 renewal on the same passport": (RENEWED, True),
    "72 renewal on a new passport": (NEW_PASSPORT, True),
    "73 order of the name swapped": ({**NEW_PASSPORT, "name": "Xiuying Zhang"}, True),
    "73 romanised otherwise, same passport": ({**RENEWED, "name": "Chang Hsiu-ying"}, True),
    "73 spelt otherwise, new passport": ({**NEW_PASSPORT, "name": "Zhang Xiu Ying"}, True),
    "73 initials only": ({**NEW_PASSPORT, "name": "X. Zhang"}, True),
    "73 married, same passport": ({**RENEWED, "name": "Xiuying Mokoena"}, True),
    "73 married, new passport": ({**NEW_PASSPORT, "name": "Xiuying Mokoena"}, True),
    "74 another employer at once": ({**AT_ONCE, "passport": "P1234567"}, True),
    "74 another employer from the middle on": ({**AT_ONCE, "start": "2015-09-01"}, True),
    "77 another person of that name and birth date": (
        {**AT_ONCE, "passport": "P5550001", "education": "EDU_ISCED11_1", "district": "C"}, False,
    ),
}  # fmt: skip


def certificate(area, number, *, start="2015-01-01", name="Zhang Xiuying", passport="P1234567", employer="Shop Ltd",
                sector="G", occupation="5", permit_type="new", education="EDU_ISCED11_3", district="A"):  # fmt: skip
    begin = pd.Timestamp(start)
    return {
        "ref_area": area, "permit_id": f"{area}{number}", "decision": "granted", "permit_type": permit_type,
        "application_date": begin - pd.Timedelta(days=30), "issue_date": begin, "valid_from": begin,
        "valid_to": begin + pd.DateOffset(years=1) - pd.Timedelta(days=1), "sex": "SEX_F", "citizenship": "CHN",
        "region_of_origin": "ASI", "economic_activity": sector, "occupation": occupation, "education": education,
        "district": district, "certificate_token": f"{area}{number}", "birth_year": 1980,
        "name": name, "passport": passport, "employer": employer, "birth": "1980-05-17",
    }  # fmt: skip


@pytest.fixture(scope="module")
def linked() -> pd.DataFrame:
    """The links of two certificates for each case, each in a country of its own."""
    areas = {case: f"Q{number:02}" for number, case in enumerate(CASES)}
    rows = [certificate(areas[case], number, **said) for case, (other, _) in CASES.items()
            for number, said in enumerate(({}, other))]  # fmt: skip
    frame, keyring = pd.DataFrame(rows), Keyring(b"a key for tests")
    tokens = [keyring.name_tokens(frame["name"].astype("str")), keyring.birth_tokens(pd.to_datetime(frame["birth"]))]
    frame["person_token_passport"] = keyring.document("passport", frame["passport"].astype("str"))
    frame["employer_id"] = keyring.business(frame["employer"].astype("str"))
    made = pd.concat([frame.drop(columns=["name", "passport", "employer", "birth"]), *tokens], axis=1)
    found = link(made, LINKAGE)
    return found.assign(case=found["ref_area"].map({area: case for case, area in areas.items()}))


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_one_person_or_two(linked, case):
    own = linked[linked["case"] == case]
    # a married name and another writing on a new passport may be in doubt, and are then shown to somebody
    is_one = own["person_id"].nunique() == 1 or (case.startswith("73") and set(own["status"]) == {"review"})
    assert is_one == CASES[case][1], own[["rule", "probability", "status"]].to_dict("records")
