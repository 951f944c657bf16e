"""Keys by which two spellings are the same although more differs than `normalise_spelling` folds."""

from __future__ import annotations

import re
from functools import lru_cache

from lm_stats.spec import normalise_spelling

# a shorter key says too little: AU, CH and SA are several countries
SHORTEST = 3
# of a key that leaves out words and endings, more has to be left: "cars" is no C.A.R.
_SHORTEST_LOOSE = 4
# after a shorter word an "s" is no plural that could be told from the word
_SHORTEST_PLURAL = 5
# and after one in "es" least of all: "Wales" are no two of a "Wale"
_SHORTEST_IN_ES = 6
_APART = re.compile(r"[^\w]+|_+")
# what stands after a comma or in brackets at the end may as well stand in front
_COMMA = re.compile(r"(?P<head>[^,()]+)(?:,(?P<after>[^,()]+)|\((?P<inside>[^()]+)\))")
# the form of a state says nothing that its name does not say; "democratic" and "people's" do
_STATE = re.compile(
    r"\b(?:(?:islamic|federal|federative) )?(?:republic|rep|kingdom|state|sultanate|principality|commonwealth) of\b"
)
# of these there are two, and their form tells them apart
_TOLD_APART = re.compile(r"(?: the)? (?:china|congo|korea)\b")
_LEGAL = frozenset({"pty", "proprietary", "ltd", "limited", "inc", "incorporated", "plc", "co", "company", "cc"})
_LAST = frozenset({"national", "citizen", "nationality", "citizenship", "passport", "district"})


def close_keys(text: str) -> tuple[str, ...]:
    """Keys that leave out what stands between words, apostrophes and "the".

    "&" counts as "and", and what follows a comma or stands in brackets at the end may stand in front:
    "Korea (the Republic of)" has the keys `korearepublicof` and `republicofkorea`.

    Args:
        text: A spelling.

    Returns:
        Keys, none where a text has a digit or fewer than `SHORTEST` letters.
    """
    return _both(text)[0]


def loose_keys(text: str) -> tuple[str, ...]:
    """Keys that leave out more: the form of a state or a company, "and", plurals, and what a list is about.

    Nothing is left out that narrows, widens or negates a word: "Other Africa" keeps its "other".

    Args:
        text: A spelling.

    Returns:
        Keys, none where a text has a digit or little is left of it.
    """
    return _both(text)[1]


@lru_cache(maxsize=50_000)
def _both(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    orders = [_words(part) for part in _orders(text)]
    return _keys(orders, SHORTEST), _keys([_bare(words) for words in orders], _SHORTEST_LOOSE)


def _orders(text: str) -> list[str]:
    """A spelling as it is, and with what follows a comma, or stands in brackets at the end, in front."""
    folded = normalise_spelling(text).replace("'", "").replace("&", " and ")
    found = _COMMA.fullmatch(folded)
    return [folded] if found is None else [folded, f"{found['after'] or found['inside']} {found['head']}"]


def _words(text: str) -> list[str]:
    return [word for word in _APART.split(text) if word and word != "the"]


def _bare(words: list[str]) -> list[str]:
    text = " ".join(words)
    plain = _STATE.sub(lambda found: found[0] if _TOLD_APART.match(text, found.end()) else " ", text)
    left = [_singular(word) for word in plain.split() if word != "and"]
    while left and left[-1] in _LEGAL:
        left.pop()
    if len(left) > 1 and left[-1] in _LAST:
        left.pop()
    return left


def _singular(word: str) -> str:
    shortest = _SHORTEST_IN_ES if word.endswith("es") else _SHORTEST_PLURAL
    if len(word) < shortest or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def _keys(found: list[list[str]], shortest: int) -> tuple[str, ...]:
    joined = ("".join(words) for words in found)
    return tuple(dict.fromkeys(key for key in joined if len(key) >= shortest and key.isalpha()))
