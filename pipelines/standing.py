"""Which deliveries of a source stand, and which one took the place of another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lm_stats.spec import Delivery


@dataclass(frozen=True)
class Standing:
    """What stands.

    Attributes:
        deliveries: Deliveries that stand, in order of receipt.
        superseded: By delivery id, the delivery that took its place.
        absent: Ids of deliveries that cannot be used and in whose place nothing stands.
    """

    deliveries: tuple[Delivery, ...]
    superseded: Mapping[str, str]
    absent: tuple[str, ...]


def find_standing(deliveries: Sequence[Delivery], replaces: str, usable: Collection[str]) -> Standing:
    """Find which deliveries of one source stand.

    Args:
        deliveries: All deliveries of the source.
        replaces: What a delivery takes the place of: earlier versions of its `period`, `all` earlier
            deliveries, or `nothing`.
        usable: Ids of deliveries of which there is a good staged version. Where the latest delivery
            cannot be used, the one before it stands.
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
    held = {d.id for d in stand}
    return Standing(
        tuple(d for d in ordered if d.id in held),
        superseded,
        tuple(d.id for d in ordered if d.id not in held and d.id not in superseded),
    )
