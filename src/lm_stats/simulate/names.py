"""Made-up names of persons and businesses, from syllables that sound of a region and mean nobody.

Syllables are joined at random, so a name may happen to exist; none is taken from a list of names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
