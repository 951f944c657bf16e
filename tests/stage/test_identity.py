"""Tokens: equal where they must be, different where they must be, and no clear text."""

import hashlib
import hmac

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.spec import MapEntry
from lm_stats.stage import Keyring
from lm_stats.stage.identity import BIRTH_COLUMNS, NAME_COLUMNS, business_names

KEYRING = Keyring(b"one key")
WHOLE, SORTED, PARTS, SOUNDS, INITIALS = NAME_COLUMNS


def names(*texts):
    return KEYRING.name_tokens(pd.Series(texts, dtype="str"))


def one(series):
    (value,) = set(series)
    return value


def test_token_is_the_declared_hmac():
    expected = hmac.new(b"one key", b"passport\x00AB12", hashlib.sha256).hexdigest()[:20]
    assert list(KEYRING.tokens("passport", pd.Series(["AB12"], dtype="str"))) == [expected]
    assert one(KEYRING.document("passport", pd.Series(["ab-12", " AB 12 ", "ab.12", "Ab/12"], dtype="str"))) == expected


def test_missing_stays_missing_and_the_index_is_kept():
    values = pd.Series(["a", None, "b", "a"], index=[7, 3, 5, 1], dtype="str")
    tokens = KEYRING.tokens("x", values)
    assert list(tokens.index) == [7, 3, 5, 1]
    assert list(tokens.isna()) == [False, True, False, False]
    assert tokens[7] == tokens[1] != tokens[5]
    assert tokens.dtype == "str"
    empty = pd.Series([], dtype="str")
    assert len(KEYRING.tokens("x", empty)) == 0
    assert list(KEYRING.name_tokens(empty).columns) == list(NAME_COLUMNS)
    assert KEYRING.name_tokens(pd.Series([None, None], dtype="str")).isna().all(axis=None)


def test_purposes_and_keys_give_different_tokens():
    values = pd.Series(["1"], dtype="str")
    assert KEYRING.tokens("passport", values)[0] != KEYRING.tokens("certificate", values)[0]
    assert Keyring(b"other").tokens("passport", values)[0] != KEYRING.tokens("passport", values)[0]
    for purpose in ("", "a\x00b"):
        with pytest.raises(ValueError, match="purpose"):
            KEYRING.tokens(purpose, values)
    with pytest.raises(ValueError, match="empty"):
        Keyring(b"")


def test_fingerprint_tells_keys_apart_and_the_key_is_not_shown():
    assert KEYRING.fingerprint == Keyring(b"one key").fingerprint != Keyring(b"other").fingerprint
    assert len(KEYRING.fingerprint) == 12
    assert set(KEYRING.fingerprint) <= set("0123456789abcdef")
    assert "one key" not in repr(KEYRING) + str(vars(type(KEYRING)))
    assert KEYRING.fingerprint in repr(KEYRING)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("A/2015/001", "a 2015 001", True),
        ("A/2015/001", "A/2015/1", False),
        ("00123", "123", False),
        ("123.0", "123", True),
        ("\uff21\uff11", "A1", True),
        ("1230", "123.0", False),
        ("P/1/23", "P/12/3", False),
        ("P/1/23", "p 1-23", True),
    ],
)
def test_documents(left, right, same):
    tokens = KEYRING.document("application", pd.Series([left, right], dtype="str"))
    assert (tokens[0] == tokens[1]) == same


def test_passports_are_one_in_any_grouping():
    assert one(KEYRING.document("passport", pd.Series(["RA 123 456", "ra-123456", "RA123456"], dtype="str")))


def test_documents_that_identify_nothing_have_no_token():
    texts = pd.Series(["1.23E+08", "1,23e+12", "5E+7", "---", "./"], dtype="str")
    assert KEYRING.document("passport", texts).isna().all()
    # letters in a number are no exponent
    assert KEYRING.document("passport", pd.Series(["5E12", "1E5", "12E+3"], dtype="str")).notna().all()


def test_same_person_written_differently_has_the_same_whole_name():
    found = names("'Mathabo Nts'onyana", "mathabo ntsonyana", "MATHABO  NTS\u2019ONYANA", "Math\u00e1bo-Ntsonyana.")
    assert one(found[WHOLE])
    assert one(found[PARTS]).count(" ") == 1
    assert one(names("Mokoena, Thabo J.", "Mokoena Thabo J", "MOKOENA,THABO,J.")[WHOLE])


def test_swapped_parts_share_only_the_sorted_name():
    found = names("Thabo Mokoena", "Mokoena, Thabo")
    assert found[WHOLE][0] != found[WHOLE][1]
    assert one(found[SORTED])
    assert found[PARTS][0].split() == found[PARTS][1].split()[::-1]
    assert found[INITIALS][0].split() == found[INITIALS][1].split()[::-1]


def test_spelling_that_sounds_the_same_shares_the_sound_and_not_the_name():
    found = names("Philip Smith", "Filip Smyth", "Grace Moyo")
    assert found[SOUNDS][0] == found[SOUNDS][1] != found[SOUNDS][2]
    assert found[PARTS][0] != found[PARTS][1]
    # a sound that nothing stands for is not the same as any other
    assert names("\u674e", "\u738b")[SOUNDS].nunique() == 2


def test_initials_agree_with_a_name_written_short():
    found = names("T. Mokoena", "Thabo Mokoena", "Thabo Sello")
    assert found[INITIALS][0] == found[INITIALS][1] != found[INITIALS][2]
    assert found[WHOLE].nunique() == 3


def test_names_without_letters_have_no_tokens():
    assert names("...", "'", " - ").isna().all(axis=None)


def test_businesses():
    tokens = KEYRING.business(
        pd.Series(["Nien Hsing (Pty) Ltd", "NIEN-HSING PTY LTD.", "Nien Hsing Proprietary Limited", "Hsing Nien", "-"])
    )
    assert one(tokens[:3])
    assert tokens[3] != tokens[0]
    assert pd.isna(tokens[4])


def test_one_company_is_one_business_however_it_is_written():
    """Case 66: the form of a company and what it trades as say nothing; another form, or a person, does."""
    written = ["Sky", "Sky Ltd", "SKY (PTY) LTD", "Sky (Pty) Ltd t/a Blue", "Sky Limited trading as Blue"]
    assert one(KEYRING.business(pd.Series(written)))
    others = ["Sky", "Sky CC", "Sky Inc.", "J. Mole t/a Sky", "J. Mole t/a Blue", "J. Mole", "Ltd"]
    assert KEYRING.business(pd.Series(others)).nunique() == len(others)
    lines = (("Blue Stores", "Sky (Pty) Ltd", ""), ("Mole", "A B", "ambiguous"), ("Sky", "SKY", ""))
    names = business_names([MapEntry(value, code, rule=rule) for value, code, rule in lines])
    assert names == {"blue stores": "sky"}
    assert one(KEYRING.business(pd.Series(["BLUE-STORES Pty Ltd", "Sky"]), names))


def test_births():
    dates = pd.Series(pd.to_datetime(["1980-03-04", "1980-12-31", None, "1981-03-04"]), index=[3, 2, 1, 0])
    found = KEYRING.birth_tokens(dates)
    assert tuple(found.columns) == BIRTH_COLUMNS
    assert list(found.index) == [3, 2, 1, 0]
    day, year = found[BIRTH_COLUMNS[0]], found[BIRTH_COLUMNS[1]]
    assert day[3] != day[2]
    assert year[3] == year[2] != year[0]
    assert found.loc[1].isna().all()
    assert day[3] == KEYRING.tokens("birth_date", pd.Series(["1980-03-04"], dtype="str"))[0]
    assert year[3] == KEYRING.tokens("birth_year", pd.Series(["1980"], dtype="str"))[0]


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_gives_hexadecimal_tokens_and_no_clear_text(texts):
    values = pd.Series(texts, dtype="str")
    columns = [KEYRING.document("passport", values), KEYRING.business(values), KEYRING.tokens("x", values)]
    frame = KEYRING.name_tokens(values)
    for column in (*columns, *(frame[name] for name in frame)):
        for cell in column.dropna():
            for token in cell.split(" "):
                assert len(token) == 20
                assert set(token) <= set("0123456789abcdef")
    # the five columns of a name are all there or all missing
    assert (frame.isna().sum(axis=1).isin([0, 5])).all()


def test_numbers_of_households_are_hashed_by_the_published_algorithm(monkeypatch):
    """Vector of SipHash-2-4 (Aumasson and Bernstein, 2012, appendix A), and the mixing that pandas adds to it."""
    mask = 2**64 - 1
    number = 0xA129CA6149BE45E5
    number ^= number >> 30
    number = number * 0xBF58476D1CE4E5B9 & mask
    number ^= number >> 27
    number = number * 0x94D049BB133111EB & mask
    number ^= number >> 31
    text = "".join(map(chr, range(15)))
    monkeypatch.setattr(hmac, "digest", lambda key, message, name: bytes(range(32)))
    assert Keyring(b"key").plain_serials("household", [text]) == [f"{number:016x}"]


def test_numbers_of_households_hold_for_one_key_and_one_purpose():
    numbers = pd.Series(["SYN01-4", "syn01/4", "101.0", "101", None, "1E+09", "-"], dtype="str")
    tokens = Keyring(b"key").serial("household a", numbers)
    assert tokens[0] == tokens[1]
    assert tokens[2] == tokens[3] != tokens[0]
    assert tokens[4:].isna().all()
    assert not set(tokens.dropna()) & set(Keyring(b"key").serial("household b", numbers).dropna())
    assert not set(tokens.dropna()) & set(Keyring(b"yek").serial("household a", numbers).dropna())
    assert Keyring(b"key").serial("household a", numbers[4:5]).isna().all()
