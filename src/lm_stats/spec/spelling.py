"""When two spellings are the same."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`\u2032", "'"))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


@lru_cache(maxsize=50_000)
def normalise_spelling(text: str) -> str:
    """Fold what differs between typists but not in meaning.

    Case, accents, kinds of apostrophe and dash, non-breaking and repeated spaces, line breaks
    and punctuation at the ends are folded; letters, digits and inner punctuation stay.
    """
    if text.isascii():
        # most texts, and there are many
        plain = text.replace("`", "'")
    else:
        folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).translate(_DASHES))
        plain = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(plain.split()).strip(" .,;:*").casefold()
