"""Made-up names of persons and businesses, from syllables that sound of a region and mean nobody.

Syllables are joined at random, so a name may happen to exist; none is taken from a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Style:
    """How names of one style are built.

    Attributes:
        given: First, middle and last syllables of given names.
        family: The same of family names.
        before: What a given name may begin with, with the share of names that do.
        family_first: Whether the family name stands first.
        shortest: Syllables of the shortest given and family name.
        longest: Syllables of the longest.
    """

    given: tuple[str, str, str]
    family: tuple[str, str, str]
    before: tuple[str, float] = ("", 0.0)
    family_first: bool = False
    shortest: tuple[int, int] = (2, 2)
    longest: tuple[int, int] = (3, 3)


STYLES: Mapping[str, Style] = {
    # apostrophes inside and in front of names, as in Sesotho spelling
    "southern_apostrophe": Style(
        ("ts'e le po tha mots'e re nts'o ma", "ts'o li bo le ra se", "liso ng bo lo ne so tla"),
        ("mo ra le ts'i kho tha ma n'ko", "ha le mo ts'o se ka", "ne ng le lo ane tsi na"),
        before=("'Ma", 0.3),
    ),
    "southern": Style(
        ("le mo tha ka ne li pu te ro ma", "bo ko le li mo se ta ne", "ng la so no lo ne be tsi"),
        ("mba ngu dla zi sho kho nde mthe", "li ku ma se wa ko", "ni la za kwe to be ne zulo"),
    ),
    "zambezi": Style(
        ("ta fa ru chi tene ku ra nya ti", "na ra wa mu ri ka", "shi nda ra no wa so dzo"),
        ("mu chi ma ka nya zvi ndo", "ka ra pa mbi to ru", "ndo wa ra ti nga ri zha"),
    ),
    "eastern": Style(
        ("wa ki a nje mu ka jo", "ma ri li no ge ru", "ngi ru ki le to a nde"),
        ("o ki mu nja ka wa ndi", "che ru di ti ma ge", "ngo no ri la ra ma to"),
    ),
    "western": Style(
        ("chi e ade o ife kwa a", "bu lu yo di ko fe", "ka la ola nna de ayo me"),
        ("o ade nwa e ba kwa", "ko bi so lu wa ri", "ye ra nkwo to ade ma nu"),
    ),
    "han": Style(
        ("xiu wen jia li ming yu hao", "a", "lan qi wei ning fen hua jun"),
        ("zha lio hu we che ku", "a", "ng n o ren"),
        family_first=True,
        shortest=(2, 1),
        longest=(2, 2),
    ),
    "gangetic": Style(
        ("ra sa mo ab im fa ka", "hi ri ju na me la", "m d n sh l f r"),
        ("ra kha sha cho mi ba", "ha ri ma du na", "n r man din ry wal si"),
    ),
    "oceanic": Style(
        ("jo ma re an ro li", "na ri se lo de", "n la lyn o s rie"),
        ("de sa ra ba ma la", "gu la ri no do", "n ngo s ro lan z"),
    ),
    "arabic": Style(
        ("ha sa ya ka fa na", "mi li ri sa da", "d r m n f b"),
        ("al ba ha ma sa na", "di ri sha wa ja", "ri d ni m wi sh"),
    ),
    "atlantic": Style(
        ("ja el ro hen mar ed", "mi li ber na ri", "s n th ck la e"),
        ("wil har black mor ash col", "ing er e le ton", "ton ford by s man well"),
        longest=(3, 2),
    ),
    "continental": Style(
        ("lu ka an hei mar so", "di ri na e li", "s n ke ra ne l"),
        ("ber van schu kra lin mo", "der e ger bel", "mann ger sen ski ner l"),
    ),
    "iberian": Style(
        ("jo ma an fer lu te", "ri na to le di", "nho na s o ra l"),
        ("mo al fer ri sa gou", "re va ma lei ta", "ira s des nho to"),
    ),
}


def make_names(styles: Sequence[str], rng: np.random.Generator) -> list[str]:
    """One name for each style: given and family name, in the order of the style.

    Args:
        styles: Ids of `STYLES`, one for each name.
        rng: Source of randomness; five draws are taken for each syllable place, whatever the style.
    """
    draws = rng.random((len(styles), 10))
    names = []
    for style_id, draw in zip(styles, draws.tolist(), strict=True):
        style = STYLES[style_id]
        given = _word(style.given, style.shortest[0], style.longest[0], draw[:4])
        family = _word(style.family, style.shortest[1], style.longest[1], draw[4:8])
        if draw[8] < style.before[1]:
            given = style.before[0] + given.lower().lstrip("'")
        names.append(f"{family} {given}" if style.family_first else f"{given} {family}")
    return names


def make_words(style_id: str, number: int, rng: np.random.Generator) -> list[str]:
    """Made-up family names, as businesses are called after.

    Args:
        style_id: Id of one of `STYLES`.
        number: How many.
        rng: Source of randomness.
    """
    style = STYLES[style_id]
    return [_word(style.family, 2, 4, draw) for draw in rng.random((number, 4)).tolist()]


# one romanisation of Chinese names in another: pinyin as Wade and Giles, or as Cantonese and Hokkien speakers, write it
_ROMANISED = (
    ("xiu", "hsiu"), ("zh", "ch"), ("qi", "chi"), ("jia", "chia"), ("jun", "chun"), ("yu", "yue"), ("hua", "hwa"),
    ("wei", "wai"), ("weng", "wong"), ("wen", "man"), ("fen", "fan"), ("ning", "neng"), ("ming", "meng"),
    ("hao", "hau"), ("lan", "lam"), ("lio", "liau"), ("li", "lee"), ("chen", "chan"), ("ren", "jen"), ("ung", "oong"),
    ("un", "oon"), ("uo", "ooh"), ("eo", "iu"),
)  # fmt: skip
# letters that are written one for the other where a name was only heard
_HEARD = (
    ("ph", "f"), ("sh", "ch"), ("ou", "u"), ("ee", "i"), ("ts'", "ts"), ("'", ""), ("y", "i"), ("k", "c"), ("z", "s"),
    ("w", "v"), ("dz", "z"), ("ll", "l"), ("nn", "n"), ("l", "ll"), ("n", "nn"), ("m", "mm"), ("r", "rr"), ("s", "ss"),
    ("ti", "thi"), ("i", "ee"), ("u", "oo"), ("e", "a"), ("o", "oh"), ("a", "ah"),
)  # fmt: skip


def swapped(names: Iterable[str], family_first: Iterable[bool], draws: Iterable[float]) -> list[str]:
    """Names with their parts in the other order; of those that began with the given name, half as `Family, Given`.

    Args:
        names: Names of two parts.
        family_first: Whether the family name stands first in them.
        draws: A number from 0 to 1 for each.
    """
    found = []
    for name, first, draw in zip(names, family_first, draws, strict=True):
        left, right = name.split(" ", 1)
        # with a comma the family name stands first, as it does in such a name already
        found.append(f"{right}, {left}" if draw < 0.5 and not first else f"{right} {left}")
    return found


def respelt(names: Iterable[str], family_first: Iterable[bool], draws: Iterable[float]) -> list[str]:
    """Names in another spelling: of Chinese ones in another romanisation, of others as somebody heard them.

    Args:
        names: Names.
        family_first: Whether the family name stands first, as in Chinese names.
        draws: A number from 0 to 1 for each.
    """
    return [
        _romanise(name, draw) if chinese else _hear(name, draw)
        for name, chinese, draw in zip(names, family_first, draws, strict=True)
    ]


def initialled(names: Iterable[str], family_first: Iterable[bool]) -> list[str]:
    """Names with only the first letter of the given name.

    Args:
        names: Names of two parts.
        family_first: Whether the family name stands first in them.
    """
    found = []
    for name, first in zip(names, family_first, strict=True):
        left, right = name.split(" ", 1)
        found.append(f"{left} {_initial(right)}" if first else f"{_initial(left)} {right}")
    return found


def with_family(names: Iterable[str], others: Iterable[str], family_first: Iterable[bool]) -> list[str]:
    """Given names with the family names of others, whose parts stand in the same order.

    Args:
        names: Names of two parts.
        others: Names that have the family names.
        family_first: Whether the family name stands first in both.
    """
    found = []
    for name, other, first in zip(names, others, family_first, strict=True):
        (left, right), (its_left, its_right) = name.split(" ", 1), other.split(" ", 1)
        found.append(f"{its_left} {right}" if first else f"{left} {its_right}")
    return found


def _initial(word: str) -> str:
    return f"{next(letter for letter in word if letter.isalpha()).upper()}."


def _romanise(name: str, draw: float) -> str:
    words = [_capital(_PINYIN.sub(lambda found: _OTHER[found[0]], word.lower())) for word in name.split()]
    return " ".join(words) if words != name.split() else _hear(name, draw)


def _hear(name: str, draw: float) -> str:
    """The name with one pair of letters that it has as another, never its first letter."""
    start = int(draw * len(_HEARD))
    for letters, others in (*_HEARD[start:], *_HEARD[:start]):
        at = name.find(letters, 1)
        if at > 0:
            return name[:at] + others + name[at + len(letters) :]
    return name


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


_OTHER = dict(_ROMANISED)
_PINYIN = re.compile("|".join(_OTHER))


def _word(parts: tuple[str, str, str], shortest: int, longest: int, draw: Sequence[float]) -> str:
    first, middle, last = (part.split() for part in parts)
    syllables = shortest + int(draw[0] * (longest - shortest + 1))
    chosen = [first[int(draw[1] * len(first))]]
    if syllables > 2:
        chosen.append(middle[int(draw[2] * len(middle))])
    if syllables > 3:
        chosen.append(middle[int(draw[0] * 7919 % 1 * len(middle))])
    if syllables > 1:
        chosen.append(last[int(draw[3] * len(last))])
    word = "".join(chosen)
    start = next(position for position, letter in enumerate(word) if letter.isalpha())
    return word[:start] + word[start].upper() + word[start + 1 :]
