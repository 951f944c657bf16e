"""Links to persons: what hangs together, and what does not although it would."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Links:
    """Links between numbered things, the most certain first.

    Attributes:
        left: One end of each.
        right: The other.
    """

    left: Numbers
    right: Numbers

    def __len__(self) -> int:
        return len(self.left)

    def joined(self, other: Links) -> Links:
        """These links, and others after them."""
        return Links(np.concatenate([self.left, other.left]), np.concatenate([self.right, other.right]))


def components(number: int, links: Links) -> Numbers:
    """What hangs together by links.

    Every thing takes the least number that its neighbours have and then that of the thing it points to, until nothing
    changes (Shiloach and Vishkin, An O(log n) parallel connectivity algorithm, Journal of Algorithms 3, 1982).

    Args:
        number: How many things.
        links: The links.

    Returns:
        For each thing the least number of those that it hangs together with, shape (number,).
    """
    parent = np.arange(number)
    left, right = links.left, links.right
    while len(left):
        one, other = parent[left], parent[right]
        apart = one != other
        if not apart.any():
            break
        left, right, one, other = left[apart], right[apart], one[apart], other[apart]
        np.minimum.at(parent, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(parent, parent[parent]):
            parent = parent[parent]
    return parent


def resolve(number: int, links: Links, apart: Links) -> tuple[Numbers, Flags]:
    """What hangs together where some things must not.

    Most of what hangs together holds nothing that must be apart and stays as it is. Where something does, links are
    taken one by one, the most certain first, and one is left out if it would bring together two things that must be
    apart, directly or through others.

    Args:
        number: How many things.
        links: The links, the most certain first.
        apart: Pairs of things that must not hang together.

    Returns:
        As `components`; and which links stand, shape (len(links),).
    """
    label = components(number, links)
    stands = np.ones(len(links), dtype=bool)
    contradicted = label[apart.left] == label[apart.right]
    contradicted &= apart.left != apart.right
    if not contradicted.any():
        return label, stands
    broken = np.unique(label[apart.left[contradicted]])
    places = np.flatnonzero(np.isin(label[links.left], broken))
    against: dict[int, set[int]] = defaultdict(set)
    pairs = zip(apart.left[contradicted].tolist(), apart.right[contradicted].tolist(), strict=True)
    for one, other in pairs:
        against[one].add(other)
        against[other].add(one)
    home: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    ends = zip(places.tolist(), links.left[places].tolist(), links.right[places].tolist(), strict=True)
    for place, one, other in ends:
        for thing in (one, other):
            if thing not in home:
                home[thing], members[thing] = thing, {thing}
        first, second = home[one], home[other]
        if first == second:
            continue
        few, many = sorted((first, second), key=lambda root: (len(members[root]), root))
        if any(against[thing] & members[many] for thing in members[few] if thing in against):
            stands[place] = False
            continue
        for thing in members[few]:
            home[thing] = many
        members[many] |= members.pop(few)
    return components(number, Links(links.left[stands], links.right[stands])), stands


def weakest(number: int, links: Links, anchors: Numbers) -> Numbers:
    """The least certain link on the best way from each thing to the anchor of what it hangs together with.

    The best way is the one whose least certain link is most certain. An anchor is held by the most certain of its own
    links.

    Args:
        number: How many things.
        links: The links that stand, the most certain first.
        anchors: For each thing, the anchor of what it hangs together with, shape (number,).

    Returns:
        For each thing the place of the link among `links`; -1 where it hangs together with nothing.
    """
    worst = len(links)
    found = np.full(number, worst)
    found[anchors] = -1
    places = np.arange(worst)
    while True:
        before = found.copy()
        for one, other in ((links.left, links.right), (links.right, links.left)):
            np.minimum.at(found, other, np.maximum(before[one], places))
        if np.array_equal(found, before):
            break
    own = np.full(number, worst)
    for one in (links.left, links.right):
        np.minimum.at(own, one, places)
    held = np.where(found < 0, own, found)
    return np.where(held == worst, -1, held)
