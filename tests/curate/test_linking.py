"""Which applications are of one person: keys, weights, contradictions, decisions and what is known from before."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pandas as pd
import pytest

from lm_stats.catalog.linkage.permits import LINKAGE
from lm_stats.curate.permits.clusters import Links, components, resolve, weakest
from lm_stats.curate.permits.linking import known_limits, link, unknown_decisions
from lm_stats.curate.permits.pairs import score


def permit(number, person, start, months=12, **given):
    """A certificate. `person` is a name of letters, so that its parts, sounds and initials follow from it."""
    begin = pd.Timestamp(start)
    names = given.pop("name", person).split()
    birth = given.pop("birth", "1980-05-17")
    row = {
        "ref_area": "AAA", "permit_id": number, "decision": "granted", "permit_type": "new",
        "application_date": begin - pd.Timedelta(days=30), "issue_date": begin, "valid_from": begin,
        "valid_to": begin + pd.DateOffset(months=months) - pd.Timedelta(days=1), "cancellation_date": pd.NaT,
        "sex": "SEX_M", "citizenship": "CCC", "region_of_origin": "RRR", "employer_id": "firm " + person,
        "economic_activity": "G", "occupation": "1", "education": "3", "district": "D",
        "certificate_token": "certificate " + number, "previous_certificate_token": None,
        "person_token_passport": "passport " + person,
        "person_token_name": " ".join(names), "person_token_name_sorted": " ".join(sorted(names)),
        "person_token_name_parts": " ".join(names), "person_token_name_sounds": " ".join(one[:2] for one in names),
        "person_token_name_initials": " ".join(one[0] for one in names),
        "person_token_birth_date": birth, "person_token_birth_year": birth and birth[:4],
        "birth_year": birth and int(birth[:4]),
    }  # fmt: skip
    return {**row, **given}


def together(links):
    """Permits by person, as a set of sets."""
    return {frozenset(group) for group in links.groupby("person_id")["permit_id"].agg(list)}


def frame(*rows):
    return pd.DataFrame(list(rows))


RENEWALS = {
    "same passport": {"employer_id": "firm b"},
    "new passport, previous certificate known": {
        "person_token_passport": "another", "previous_certificate_token": "certificate a1", "employer_id": "firm b",
    },
    "new passport only": {"person_token_passport": "another", "permit_type": "renewal"},
    "new passport, parts of the name swapped": {
        "person_token_passport": "another", "permit_type": "renewal", "person_token_name": "tau mosa",
        "person_token_name_parts": "tau mosa", "person_token_name_sounds": "ta mo",
    },
    "no passport, initial only": {
        "person_token_passport": None, "permit_type": "renewal", "person_token_name": "m tau",
        "person_token_name_sorted": "m tau", "person_token_name_parts": "m tau", "person_token_name_sounds": "m ta",
    },
    "miscopied passport": {"person_token_passport": "passport moso tau", "permit_type": "renewal"},
}  # fmt: skip
# what is known of all of them, in one run: every case has a name of its own
NAMES = ["mosa tau", "lena kote", "pule nthati", "thabo sechaba", "neo lerato", "palesa khotso"]


@pytest.fixture(scope="module")
def renewed():
    """The links of six persons who renew in six ways."""
    rows = []
    for number, (name, change) in enumerate(zip(NAMES, RENEWALS.values(), strict=True)):
        said = {key: _renamed(value, name) for key, value in change.items()}
        birth = f"198{number}-05-17"
        rows.append(permit(f"{number}a1", name, "2015-01-01", birth=birth))
        if said.get("previous_certificate_token"):
            said["previous_certificate_token"] = f"certificate {number}a1"
        rows.append(permit(f"{number}a2", name, "2016-01-01", birth=birth, **said))
    return link(frame(*rows), LINKAGE)


def _renamed(value, name):
    """What is said of the first name, of another one."""
    if not isinstance(value, str):
        return value
    given, family = name.split()
    for old, new in (("mosa", given), ("tau", family), ("another", "another " + name)):
        value = value.replace(old, new)
    short = {"ta mo": f"{family[:2]} {given[:2]}", "m tau": f"{given[0]} {family}", "m ta": f"{given[0]} {family[:2]}"}
    return {**short, f"m {family}": f"{given[0]} {family}"}.get(value, value)


def test_a_renewal_is_found_whatever_changed(renewed):
    found = together(renewed)
    lost = [case for number, case in enumerate(RENEWALS) if frozenset({f"{number}a1", f"{number}a2"}) not in found]
    assert lost == []
    rules = renewed.set_index("permit_id")["rule"]
    assert rules["0a2"] == "same identity"
    assert rules["1a2"] == "previous certificate"
    assert rules["2a2"] == "probable"
    assert set(renewed["status"]) == {"linked"}
    assert renewed["probability"].between(LINKAGE.link_at, 1).all()
    assert set(renewed["calibration"]) == {"uncalibrated"}
    assert renewed["person_id"].str.fullmatch("P[0-9a-f]{16}").all()
    assert renewed["permit_id"].is_monotonic_increasing


APART = {
    "name and whole birth date, at work at once": permit(
        "b", "mosa tau", "2014-03-01", 36, person_token_passport="other", employer_id="other", education="6",
        economic_activity="F", occupation="7",
    ),
    "name and year of birth": permit(
        "b", "mosa tau", "2016-06-01", birth="1980-11-02", person_token_passport="other", employer_id="other"
    ),
    "a passport number copied wrongly": permit(
        "b", "lena kote", "2016-06-01", birth="1971-02-03", person_token_passport="passport mosa tau"
    ),
    "a previous certificate copied wrongly": permit(
        "b", "lena kote", "2016-01-01", birth="1971-02-03", previous_certificate_token="certificate a"
    ),
    "another country": permit("b", "mosa tau", "2016-01-01", ref_area="BBB"),
}  # fmt: skip


def test_two_persons_stay_two():
    # one run for all of them: every case in a country of its own
    rows = []
    for number, other in enumerate(APART.values()):
        area = f"A{number}"
        rows += [permit("a", "mosa tau", "2014-01-01", 24, ref_area=area)]
        rows += [{**other, "ref_area": other["ref_area"].replace("AAA", area)}]
    found = link(frame(*rows), LINKAGE)
    persons = found[found["ref_area"] != "BBB"].groupby("ref_area")["person_id"].nunique()
    assert [case for case, number in zip(APART, persons, strict=True) if number != 2] == ["another country"]
    assert found["person_id"].nunique() == len(found)


def test_who_contradicts_is_not_linked_through_a_third():
    # the certificates on the first and the third passport run at once for years; the second is like both
    rows = frame(
        permit("a", "mosa tau", "2010-01-01", 60, person_token_passport="p1"),
        permit("b", "mosa tau", "2015-01-01", 12, person_token_passport="p2", permit_type="renewal"),
        permit("c", "mosa tau", "2010-06-01", 54, person_token_passport="p3", employer_id="other"),
    )
    found = together(link(rows, LINKAGE))
    assert frozenset({"a", "b"}) in found
    assert frozenset({"c"}) in found


NOBODY = dict.fromkeys(
    ("birth", *(f"person_token_name{one}" for one in ("", "_sorted", "_parts", "_sounds", "_initials")))
)


def chain(numbers, person, **given):
    """Renewals of a person, a year each from 2010 on, each with the number of the certificate before it."""
    return [
        permit(f"{numbers}{n}", person, f"{2010 + n}-01-01", permit_type="renewal" if n else "new",
               previous_certificate_token=f"certificate {numbers}{n - 1}" if n else None, **given)
        for n in range(4)
    ]  # fmt: skip


def miscopied():
    """Two persons for years at once; a renewal of the second one names a certificate of the first."""
    ours = chain("a", "lena mokoena", sex="SEX_F", birth="1980-09-09")
    others = chain("b", "mosa mokoena", birth="1980-03-04")
    others[2]["previous_certificate_token"] = "certificate a1"
    return ours + others


SAME_PASSPORT = {"person_token_passport": "p"}
# rows, and which of them are of one person
HARD = {
    "a previous certificate copied wrongly": (miscopied(), [{f"{one}{n}" for n in range(4)} for one in "ab"]),
    "name of the one and birth of the other, on one passport": (
        [
            permit("a", "lena pule", "2012-01-01", birth="1975-01-01", sex="SEX_F", **SAME_PASSPORT),
            permit("b", "mosa tau", "2013-01-01", **SAME_PASSPORT),
            permit("c", "lena pule", "2014-01-01", sex="SEX_F", **SAME_PASSPORT),
        ],
        [{"a", "c"}, {"b"}],
    ),
    "likewise, without a sex": (
        [
            permit("a", "lena pule", "2012-01-01", birth="1975-01-01", sex=None, **SAME_PASSPORT),
            permit("b", "mosa tau", "2013-01-01", sex=None, **SAME_PASSPORT),
            permit("c", "lena pule", "2014-01-01", sex=None, **SAME_PASSPORT),
        ],
        [{"a", "c"}, {"b"}],
    ),
    "a text for a passport": (
        [permit(f"{n}", f"{'kfhgmltp'[n]}ala {'opkolanw'[n]}osi", "2012-01-01", birth=f"19{70 + n}-02-03",
                **SAME_PASSPORT) for n in range(8)],
        [{f"{n}"} for n in range(8)],
    ),
    "a text for a passport, and nothing else": (
        [permit(f"{n}", "x", "2012-01-01", **NOBODY, **SAME_PASSPORT) for n in range(8)],
        [{f"{n}"} for n in range(8)],
    ),
    "a passport, and nothing else": (
        [permit(f"{n}", "x", f"{2012 + n}-01-01", **NOBODY, **SAME_PASSPORT) for n in range(8)],
        [{f"{n}" for n in range(8)}],
    ),
    "namesakes at one employer at once": (
        [permit(f"{n}", "mosa tau", "2012-01-01", person_token_passport=f"p{n}") for n in range(5)],
        [{f"{n}"} for n in range(5)],
    ),
    "decided to be one, with another name": (
        [
            permit("a", "mosa tau", "2012-01-01"),
            permit("b", "mosa tau", "2013-01-01", permit_type="renewal", person_token_passport="other"),
            permit("z", "lena kote", "2012-01-01", 24, birth="1990-01-01", sex="SEX_F", citizenship="DDD"),
        ],
        [{"a", "b", "z"}],
    ),
}  # fmt: skip


def test_no_number_and_no_third_makes_one_of_two_and_people_do():
    areas = {f"A{number}": case for number, case in enumerate(HARD)}
    rows = frame(*({**row, "ref_area": area} for area, case in areas.items() for row in HARD[case][0]))
    by_people = decided(("a", "z", "yes"), ("a", "gone", "no"), ("gone", "z", "yes"), area="A7")
    found = link(rows, LINKAGE, by_people)
    own = {case: found[found["ref_area"] == area] for area, case in areas.items()}
    persons = {case: together(links) for case, links in own.items()}
    assert persons == {case: set(map(frozenset, expected)) for case, (_, expected) in HARD.items()}
    assert set(own["a text for a passport, and nothing else"]["rule"]) == {"unidentified"}
    assert set(own["namesakes at one employer at once"]["status"]) == {"review"}
    (problem,) = unknown_decisions(rows, by_people)
    assert "A7" in problem.where
    assert problem.what.startswith("2 of them")
    assert unknown_decisions(rows, by_people.head(1)) == ()


def decided(*lines, area="AAA"):
    return pd.DataFrame(lines, columns=["permit_id", "other_permit_id", "same"]).assign(ref_area=area, represents=1.0)


def test_decisions_are_honoured_even_through_others():
    # whoever decides that x is none of them ends with x alone: that in a country of its own
    rows = [
        permit(*one, ref_area=area)
        for area in ("AAA", "BBB")
        for one in (*((f"{n}", "mosa tau", f"201{n}-01-01") for n in range(4)), ("x", "lena kote", "2013-01-01"))
    ]
    said = decided(("0", "3", "no"), ("x", "3", "yes")), decided(("0", "x", "no"), ("0", "1", "yes"), area="BBB")
    found = link(frame(*rows), LINKAGE, pd.concat(said))
    own = found[found["ref_area"] == "AAA"].set_index("permit_id")
    person = own["person_id"]
    assert person["0"] != person["3"] == person["x"]
    assert own.loc["x", ["rule", "probability"]].tolist() == ["decided", 1.0]
    assert together(found[found["ref_area"] == "BBB"]) == {frozenset("0123"), frozenset("x")}


def test_doubt_is_said_until_somebody_decides():
    # of three countries with the same two records, nobody has decided in the first
    rows = frame(*(
        row
        for area in ("AAA", "BBB", "CCC")
        for row in (
            permit("a", "mosa tau", "2010-01-01", ref_area=area),
            permit("b", "mosa tau", "2016-06-01", person_token_passport="other", employer_id="other", occupation="5",
                   economic_activity="F", ref_area=area),
        )
    ))  # fmt: skip
    pairs = score(rows, LINKAGE)
    assert pairs[["left_id", "right_id", "rule"]].to_numpy().tolist() == [["a", "b", "probable"]] * 3
    doubtful = dataclasses.replace(LINKAGE, review_at=pairs["probability"].iloc[0] - 0.01, link_at=0.999)
    said = decided(("a", "b", "no"), area="BBB"), decided(("a", "b", "yes"), area="CCC")
    found = link(rows, doubtful, pd.concat(said)).groupby("ref_area")
    assert found["status"].agg(set).to_dict() == {"AAA": {"review"}, "BBB": {"single"}, "CCC": {"linked"}}
    assert set(found["rule"].get_group("CCC")) == {"decided"}


def register(seed, persons=14):
    """Certificates of persons who renew in ways drawn at random."""
    draw, rows = random.Random(seed), []
    for person in range(persons):
        name = " ".join("".join(draw.choices("aeioklmnpst", k=3)) for _ in range(2))
        birth = f"19{draw.randint(60, 90)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}"
        year, passport = draw.randint(2005, 2012), 0
        for number in range(draw.randint(1, 4)):
            passport += draw.random() < 0.4
            rows.append(
                permit(
                    f"{draw.randrange(10**6):06}", name, f"{year + number}-01-01", birth=birth,
                    employer_id=str(person % 5), person_token_passport=f"{person} {passport}",
                    permit_type="renewal" if number else "new",
                    education=str(draw.randint(1, 3)) if number == 0 else rows[-1]["education"],
                )
            )  # fmt: skip
    return frame(*rows).drop_duplicates("permit_id", ignore_index=True)


def test_a_weight_is_looked_up_only_for_the_very_model(tmp_path, monkeypatch):
    rows, known = register(3), tmp_path / "known.parquet"
    first = link(rows, LINKAGE, into=known)
    weighed = []
    from lm_stats.curate.permits.pairs import Candidates

    own = Candidates._predict
    monkeypatch.setattr(Candidates, "_predict", lambda self: weighed.append(1) or own(self))
    pd.testing.assert_frame_equal(first, link(rows, LINKAGE, known=known))
    assert weighed == []
    link(rows, dataclasses.replace(LINKAGE, link_at=0.91), known=known)
    assert weighed == [1]


def test_probabilities_are_calibrated_on_reviewed_pairs():
    rows = register(5, 40)
    pairs = score(rows, LINKAGE)
    reviewed = pairs.assign(permit_id=pairs["left_id"], other_permit_id=pairs["right_id"])
    reviewed["same"] = np.where(reviewed["weight"] > 0, "yes", "no")
    model = dataclasses.replace(LINKAGE, calibrate_from=len(reviewed))
    found = link(rows, model, reviewed)
    assert set(found["calibration"]) == {f"calibrated on {len(reviewed)} reviewed pairs"}
    assert set(link(rows, model, reviewed.iloc[1:])["calibration"]) == {"uncalibrated"}


def test_what_cannot_be_known_is_said():
    rows = frame(permit("a", "mosa tau", "2014-01-01"), permit("b", "mosa tau", "2016-01-01"))
    assert known_limits(rows.assign(previous_certificate_token="x"), LINKAGE) == ()
    nameless = rows.drop(columns=[name for name in rows if name.startswith("person_token")])
    (problem,) = known_limits(nameless.drop(columns="birth_year"), LINKAGE)
    assert "2 rows" in problem.what
    assert "AAA" in problem.where
    found = link(nameless[["permit_id", "employer_id", "citizenship"]], LINKAGE)
    assert found["rule"].tolist() == ["unidentified"] * 2
    assert found["status"].tolist() == ["single"] * 2
    assert found["probability"].isna().all()
    assert "ref_area" not in found
    assert link(rows.head(0), LINKAGE).empty


def test_components_resolve_and_weakest():
    links = Links(np.array([0, 2, 1, 4]), np.array([1, 3, 2, 5]))
    assert components(7, links).tolist() == [0, 0, 0, 0, 4, 4, 6]
    # 0 and 3 must not meet: the least certain link between them goes
    label, stands = resolve(7, links, Links(np.array([0]), np.array([3])))
    assert label.tolist() == [0, 0, 2, 2, 4, 4, 6]
    assert stands.tolist() == [True, True, False, True]
    held = weakest(7, links, np.array([0, 0, 0, 0, 5, 5, 6]))
    assert held.tolist() == [0, 0, 2, 2, 3, 3, -1]
