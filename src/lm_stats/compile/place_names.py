"""What of an address or of an office's name of a place names the place."""

from __future__ import annotations

import re

# what kind of place it is, or of council it has, says nothing that its name does not say
_KIND = (
    r"(?:(?:city|town|municipal|municipality|community|urban|rural|district|village)\s+)?"
    r"(?:council|district|town|city|camp|camptown|village|municipality|urban|rural|area|reserve|residency)"
)
_BEFORE = re.compile(rf"^(?:(?:{_KIND})\s+of\s+|ha[\s-]+|village\s+|near\s+|c/o\s+)")
_AFTER = re.compile(rf"\s+(?:{_KIND})$")
# a postcode, or the number of a box
_NUMBER = re.compile(r"\s+(?:p\.?\s*o\.?\s*box\s+)?\d{1,5}$|^p\.?\s*o\.?\s*box\s+\d{1,5}\s*[,;]?\s*")
_APART = re.compile(r"\s*[,;()]\s*")


def places_in(text: str) -> list[list[str]]:
    """The parts of an address that may name a place, each as it is written and with less and less around its name.

    Args:
        text: A text after `normalise_spelling`.

    Returns:
        For each part (what stands between commas or brackets) the ways to read it, the fullest first; nothing for a
        text of one part around whose name nothing stands.
    """
    parts = [_readings(part) for part in _APART.split(text) if part]
    return parts if len(parts) > 1 or any(len(readings) > 1 for readings in parts) else []


def _readings(part: str) -> list[str]:
    found = [part]
    while True:
        text = found[-1]
        less = next((own for form in (_NUMBER, _AFTER, _BEFORE) if (own := form.sub("", text).strip(" -")) != text), "")
        if len(less) < 3:
            return found
        found.append(less)
