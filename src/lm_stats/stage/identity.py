"""Direct identifiers to keyed tokens that can still be compared."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import jellyfish
import numpy as np
import pandas as pd
from pandas.util import hash_array

from lm_stats.compile.tokens import BIRTH_COLUMNS, NAME_COLUMNS
from lm_stats.spec import MapEntry, normalise_spelling
from lm_stats.spec.places import AMBIGUOUS

TOKEN_LENGTH = 20
_FINGERPRINTED = b"fingerprint of the key"
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+")
_SCIENTIFIC = re.compile(r"\s*\d(?:(?:[.,]\d+)?[eE]\+|[.,]\d+[eE])\d{1,3}\s*")
# a number, or several joined by hyphens
# what normalising leaves as it is: digits, perhaps after letters (two, so that it is no scientific notation)
PLAIN_NUMBER = r"(?:[A-Z]{2,})?[0-9]+(?:-[0-9]+)*"
_PLAIN_NUMBER = re.compile(PLAIN_NUMBER)
# of a company, which has its name to itself: it may trade under other names as well
_TRADING_AS = re.compile(r"^(.*\b(?:ltd|limited)\b[ .)]*)(?:\bt\s*/\s*a\b|\btrading as\b).*$")
# without them the name is still that of the same company
_UNSAID = frozenset({"pty", "ltd"})
_LEGAL_FORMS = {"proprietary": "pty", "limited": "ltd", "company": "co", "corporation": "corp", "incorporated": "inc"}


class Keyring:
    """Turns identifiers into tokens with one secret key (HMAC-SHA-256, RFC 2104).

    A token is the first 20 hexadecimal digits of the HMAC of `<purpose>`, a zero byte and the
    normalised value, so equal values have equal tokens for one purpose and key, tokens of
    different purposes cannot be compared, and none can be turned back without the key.

    Args:
        key: The secret key; losing it breaks every link to earlier years.

    Raises:
        ValueError: If the key is empty.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("the key is empty")
        self._key = bytes(key)

    def __repr__(self) -> str:
        return f"Keyring(fingerprint={self.fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that tell keys apart and say nothing about the key."""
        return hmac.digest(self._key, _FINGERPRINTED, "sha256").hex()[:12]

    def tokens(self, purpose: str, values: pd.Series) -> pd.Series:
        """Tokens of values that are already normalised.

        Args:
            purpose: What the values are, such as `passport`; part of what is hashed.
            values: Texts; missing ones stay missing.

        Returns:
            Texts (`str`) of the same index.

        Raises:
            ValueError: If the purpose is empty or holds a zero character.
        """
        if not purpose or "\x00" in purpose:
            raise ValueError("a token needs a purpose without zero characters")
        return map_unique(values, self._tokens_of(purpose))

    def document(self, purpose: str, values: pd.Series) -> pd.Series:
        """Tokens of document numbers, compared without case and punctuation.

        Of numbers that an office gives, the place of what stands between two digits counts:
        P/1/23 and P/12/3 are two, P/1/23 and p 1-23 one. Passports are compared by letters and
        digits only, because their numbers are copied in any grouping.

        Args:
            purpose: `application`, `certificate` or `passport`.
            values: Numbers as written; missing ones, and those without any letter or digit or in
                scientific notation (whose last digits are lost), have no token.
        """
        return self.tokens(purpose, map_unique(values, normalise_document if purpose == "passport" else _normalise_own))

    def serial(self, purpose: str, values: pd.Series) -> pd.Series:
        """Tokens of numbers that mean something within one operation only, such as those of its households.

        They are compared as the numbers that an office gives: without case, and the place of what
        stands between two digits counts. `101.0` from a numeric file is `101`. A census has millions of
        them and they name nobody, so they are hashed with SipHash-2-4 (Aumasson and Bernstein, 2012), whose
        key is made from the root's and the purpose, twenty times quicker than with HMAC-SHA-256.

        Args:
            purpose: What is numbered, and in which operation: numbers of two purposes cannot be compared.
            values: Numbers as written; missing ones, and those without any letter or digit or in
                scientific notation, have no token.
        """
        codes, unique = _factorize(values)
        normal = [_normalise_serial(value) for value in unique]
        tokens = iter(self.plain_serials(purpose, [value for value in normal if value is not None]))
        return _take([None if value is None else next(tokens) for value in normal], codes, values.index)

    def plain_serials(self, purpose: str, values: Sequence[str]) -> list[str]:
        """Tokens of `serial` for texts that are all of the form `PLAIN_NUMBER`, which takes no normalising."""
        key = hmac.digest(self._key, purpose.encode() + b"\x00serial", "sha256")
        # pandas takes the 16 bytes of a key as a text
        letters = "".join(chr(byte & 0x7F) for byte in key[:16])
        hashed = hash_array(np.asarray(values, dtype=object), hash_key=letters, categorize=False)
        digits = hashed.astype(">u8").tobytes().hex()
        return [digits[start : start + 16] for start in range(0, len(digits), 16)]

    def business(self, values: pd.Series, names: Mapping[str, str] | None = None) -> pd.Series:
        """Tokens of employers' names, compared without case, accents, punctuation and the form of a company.

        Args:
            values: Names as written; missing ones stay missing.
            names: Names that stand for another, as `business_names` gives them.
        """
        known = names or {}

        def normal(text: str) -> str | None:
            name = normalise_business(text)
            return known.get(name, name) if name is not None else None

        return self.tokens("employer", map_unique(values, normal))

    def name_tokens(self, values: pd.Series) -> pd.DataFrame:
        """Tokens that let names be compared although they cannot be read.

        Parts are what stands between spaces, hyphens and commas. Their sound is their Metaphone
        (L. Philips, Computer Language 7:12, 1990).

        Args:
            values: Names of persons as written; missing ones stay missing.

        Returns:
            A frame of the same index with the columns `NAME_COLUMNS`: the whole name, the whole
            with its parts sorted, and the parts, their sounds and their initials, each separated
            by spaces in the order of writing.
        """
        codes, unique = _factorize(values)
        split = [split_name(name) for name in unique]
        part_tokens = self._known("name_part", {part for parts in split for part in parts})
        sounds = {part: sound_of(part) for part in part_tokens}
        sound_tokens = self._known("name_sound", set(sounds.values()))
        initial_tokens = self._known("name_initial", {part[0] for part in part_tokens})
        columns = {
            NAME_COLUMNS[0]: [self._token("name", " ".join(parts)) if parts else None for parts in split],
            NAME_COLUMNS[1]: [self._token("name", " ".join(sorted(parts))) if parts else None for parts in split],
            NAME_COLUMNS[2]: [" ".join(part_tokens[part] for part in parts) or None for parts in split],
            NAME_COLUMNS[3]: [" ".join(sound_tokens[sounds[part]] for part in parts) or None for parts in split],
            NAME_COLUMNS[4]: [" ".join(initial_tokens[part[0]] for part in parts) or None for parts in split],
        }
        return pd.DataFrame({name: _take(found, codes, values.index) for name, found in columns.items()})

    def birth_tokens(self, dates: pd.Series) -> pd.DataFrame:
        """Tokens of dates of birth.

        Args:
            dates: Dates (datetime64); missing ones stay missing.

        Returns:
            A frame of the same index with the columns `BIRTH_COLUMNS`: the date and its year.
        """
        days = pd.to_datetime(dates)
        return pd.DataFrame(
            {
                BIRTH_COLUMNS[0]: self.tokens("birth_date", days.dt.strftime("%Y-%m-%d").astype("str")),
                BIRTH_COLUMNS[1]: self.tokens("birth_year", days.dt.strftime("%Y").astype("str")),
            },
            index=dates.index,
        )

    def _known(self, purpose: str, values: set[str]) -> dict[str, str]:
        return {value: self._token(purpose, value) for value in values}

    def _tokens_of(self, purpose: str) -> Callable[[str], str]:
        """What makes the tokens of one purpose; begun once, which is three times quicker than each anew."""
        key = (self._key if len(self._key) <= 64 else hashlib.sha256(self._key).digest()).ljust(64, b"\x00")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + purpose.encode() + b"\x00").copy
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key)).copy

        def token(value: str) -> str:
            one, other = inner(), outer()
            one.update(value.encode("utf-8", "surrogatepass"))
            other.update(one.digest())
            return other.hexdigest()[:TOKEN_LENGTH]

        return token

    def _token(self, purpose: str, value: str) -> str:
        message = purpose.encode() + b"\x00" + value.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()[:TOKEN_LENGTH]


def normalise_document(text: str) -> str | None:
    """Upper-case letters and digits of a document number, or none where there are no such.

    `.0` at the end of a whole number is what a spreadsheet adds; scientific notation has lost
    digits and so is no number of a document.
    """
    plain = unicodedata.normalize("NFKD", text).strip()
    if _SCIENTIFIC.fullmatch(plain):
        return None
    whole = _WHOLE_FLOAT.fullmatch(plain)
    return _NOT_ALPHANUMERIC.sub("", (whole[1] if whole else plain).upper()) or None


def _normalise_own(text: str) -> str | None:
    """A number that an office gave, with a hyphen wherever anything stands between two digits."""
    if normalise_document(text) is None:
        return None
    plain = unicodedata.normalize("NFKD", text).strip()
    whole = _WHOLE_FLOAT.fullmatch(plain)
    groups = _BETWEEN_DIGITS.split((whole[1] if whole else plain).upper())
    return "-".join(_NOT_ALPHANUMERIC.sub("", group) for group in groups)


def _normalise_serial(text: str) -> str | None:
    # most are digits, of which nothing needs folding; that is ten times quicker
    return text if _PLAIN_NUMBER.fullmatch(text) else _normalise_own(text)


def is_in_scientific_notation(text: str) -> bool:
    """Whether a document number was turned into a number such as 1.23E+08, its last digits lost."""
    return _SCIENTIFIC.fullmatch(text) is not None


def normalise_business(text: str) -> str | None:
    """A business name without case, accents and punctuation, as offices use to shorten it.

    Legal forms are abbreviated, and "(Pty) Ltd" and "Ltd" at the end left out, because an office writes them of one
    company or not; other forms (CC, Inc., JV) tell businesses apart and stay. What a company trades as is left out as
    well; of a person it stays, because persons share names.
    """
    folded = _TRADING_AS.sub(r"\1", normalise_spelling(text)).replace("'", "").replace("&", " and ")
    words = [_LEGAL_FORMS.get(word, word) for word in _NOT_ALPHANUMERIC.sub(" ", folded).split()]
    while len(words) > 1 and words[-1] in _UNSAID:
        words.pop()
    return " ".join(words) or None


def business_names(entries: Sequence[MapEntry]) -> dict[str, str]:
    """Names of businesses that stand for another name, both as `normalise_business` makes them.

    Args:
        entries: Lines of a map or of the coding memory: `code` is the name that `value` stands for. Those that
            may mean several, or beginnings, or the same name, are none; the first line of a name counts.
    """
    found: dict[str, str] = {}
    for entry in entries:
        name, meant = normalise_business(entry.value), normalise_business(entry.code)
        if name and meant and name != meant and entry.rule not in (AMBIGUOUS, "prefix"):
            found.setdefault(name, meant)
    return found


def split_name(text: str) -> list[str]:
    """The parts of a person's name, without case, accents, apostrophes and punctuation."""
    return _NOT_ALPHANUMERIC.sub(" ", normalise_spelling(text).replace("'", "")).split()


def sound_of(part: str) -> str:
    """Phonetic code of a part of a name; the part itself where it has none."""
    return str(jellyfish.metaphone(part)) or part


def map_unique(values: pd.Series, function: Callable[[str], str | None]) -> pd.Series:
    """Apply a function of texts once to each different text.

    Args:
        values: Texts; missing ones stay missing.
        function: The function; where it returns none the result is missing.

    Returns:
        Texts (`str`) of the same index.
    """
    codes, unique = _factorize(values)
    return _take([function(value) for value in unique], codes, values.index)


def _factorize(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    codes, unique = pd.factorize(values)
    return codes, pd.Series(unique, dtype="str").to_numpy(dtype=object).tolist()


def _take(found: list[str | None], codes: np.ndarray, index: pd.Index) -> pd.Series:
    # the last place answers for missing values, whose code is -1
    results = pd.array([*found, None], dtype="str")
    return pd.Series(results.take(codes % len(results)), index=index)
