"""Which deliveries of a source stand, and which one took the place of another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lm_stats.spec import Delivery, Period


@dataclass(frozen=True)
class Standing:
    """What stands.

    Attributes:
        deliveries: Deliveries that stand, in order of receipt.
        superseded: By delivery id, the delivery that took its place.
        absent: Ids of deliveries that cannot be used and in whose place nothing stands.
        partly: By id of a delivery that stands, the parts of its period that later deliveries took the place of.
    """

    deliveries: tuple[Delivery, ...]
    superseded: Mapping[str, str]
    absent: tuple[str, ...]
    partly: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)


def find_standing(
    deliveries: Sequence[Delivery], replaces: str, usable: Collection[str], *, in_parts: bool = False
) -> Standing:
    """Find which deliveries of one source stand.

    Args:
        deliveries: All deliveries of the source.
        replaces: What a delivery takes the place of: earlier versions of its `period`, `all` earlier
            deliveries, or `nothing`.
        usable: Ids of deliveries of which there is a good staged version. Where the latest delivery
            cannot be used, the one before it stands.
        in_parts: Whether rows say by their dates which period they belong to, so that a month sent again takes the
            place of that month of a year, and a year that of its months.
    """
    ordered = sorted(deliveries, key=lambda d: (d.received_at, d.period, d.version))
    series: dict[str, list[Delivery]] = {}
    for delivery in ordered:
        name = {"period": delivery.period, "all": "", "nothing": delivery.id}[replaces]
        series.setdefault(name, []).append(delivery)
    stand: list[Delivery] = []
    superseded: dict[str, str] = {}
    for members in series.values():
        if replaces == "period":
            members.sort(key=lambda d: d.version)
        good = [d for d in members if d.id in usable]
        if good:
            latest = good[-1]
            stand.append(latest)
            superseded |= {d.id: latest.id for d in members[: members.index(latest)]}
    partly: dict[str, tuple[Period, ...]] = {}
    if in_parts and replaces == "period":
        stand.sort(key=ordered.index)
        covered, partly = _cut(stand)
        superseded = {name: covered.get(by, by) for name, by in superseded.items()} | covered
        stand = [d for d in stand if d.id not in covered]
    held = {d.id for d in stand}
    return Standing(
        tuple(d for d in ordered if d.id in held),
        superseded,
        tuple(d.id for d in ordered if d.id not in held and d.id not in superseded),
        partly,
    )


def _cut(deliveries: Sequence[Delivery]) -> tuple[dict[str, str], dict[str, tuple[Period, ...]]]:
    """Of deliveries in order of receipt, which a later one covers whole, and which in part."""
    covered: dict[str, str] = {}
    periods = {one.id: Period.parse(one.period) for one in deliveries}
    shared: dict[str, dict[str, Period]] = {one.id: {} for one in deliveries}
    for place, one in enumerate(deliveries):
        period = periods[one.id]
        for later in deliveries[place + 1 :]:
            other = periods[later.id]
            first, last = max(period.first, other.first), min(period.last, other.last)
            if (first, last) == (period.first, period.last):
                # of several that cover it, the last one stands
                covered[one.id] = later.id
            elif first <= last:
                shared[one.id][later.id] = Period(first, last, other.text, other.freq)
    standing = [one.id for one in deliveries if one.id not in covered]
    cut = {name: tuple(part for later, part in shared[name].items() if later not in covered) for name in standing}
    partly = {name: parts for name, parts in cut.items() if parts}
    return {name: _last(name, covered) for name in covered}, partly


def _last(name: str, covered: Mapping[str, str]) -> str:
    while name in covered:
        name = covered[name]
    return name
