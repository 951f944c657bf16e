"""Everything that the report says of figures published by others, and its front."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lm_stats.handover import Protected
from lm_stats.publish import wording
from lm_stats.publish.chapters import chapters
from lm_stats.publish.checks import findings, quality
from lm_stats.publish.figures import Drawing
from lm_stats.publish.figures.editions import latest_of
from lm_stats.publish.others import Told, about, states
from lm_stats.publish.plain import Chapter, PlainTable
from lm_stats.publish.tables import PLAUSIBILITY, QUALITY
from lm_stats.spec import Country, Figure


@dataclass(frozen=True)
class Picture:
    """A figure of what others published: its declaration, what was drawn, and the SVG."""

    figure: Figure
    drawing: Drawing
    svg: str


@dataclass(frozen=True)
class Front:
    """What the front of the report says of figures published by others.

    Attributes:
        names: Names of the states they are about.
        span: Years that they cover.
        vintage: Date of receipt of the latest delivery.
        sources: Publishers with their editions.
        facts: Value, what it is, and who says so.
        messages: Sentences.
    """

    names: tuple[str, ...]
    span: str
    vintage: str
    sources: tuple[str, ...]
    facts: tuple[tuple[str, str, str], ...]
    messages: tuple[str, ...]


def front(
    tables: Mapping[str, Told], drawings: Sequence[Drawing], countries: Mapping[str, Country], more: Sequence[str] = ()
) -> Front:
    """What stands at the front, from the tables and the figures made of them.

    Args:
        tables: Published indicators by id.
        drawings: Figures of corridors and editions.
        countries: Countries by code.
        more: Further sentences.
    """
    codes = [state.code for state in states(countries)]
    parts = [(told, part) for told in tables.values() if len(part := about(told, codes))]
    names = dict.fromkeys(
        state.names["en"] for state in states(countries) if any(len(about(told, [state.code])) for told, _ in parts)
    )
    periods = sorted({period[:4] for _, part in parts for period in part["time_period"].astype(str)})
    editions: dict[str, set[str]] = {}
    for told, part in parts:
        for publisher, found in told.sources(part).items():
            editions.setdefault(publisher, set()).update(found)
    sources = tuple(
        f"{publisher} ({'editions' if len(found) > 1 else 'edition'} {wording.listing(sorted(found))})"
        for publisher, found in sorted(editions.items())
    )
    vintage = max((str(part["vintage"].max()) for _, part in parts), default="")
    span = wording.span(periods)
    messages = (*(drawing.message for drawing in drawings), *more)
    return Front(tuple(names), span, vintage, sources, tuple(_facts(drawings)), messages)


def _facts(drawings: Sequence[Drawing]) -> Iterable[tuple[str, str, str]]:
    for drawing in drawings:
        for panel in drawing.panels:
            if panel.sources:
                rows = [row for row in panel.sources if not row.part and not row.own and row.total.value is not None]
                values = sorted(row.total.value or 0.0 for row in rows)
                if values:
                    span = wording.number(values[0])
                    span += f" to {wording.number(values[-1])}" if len(set(values)) > 1 else ""
                    said = "; ".join(dict.fromkeys(row.source for row in rows))
                    yield span, drawing.figure.title["en"], f"Source: {said}"
            else:
                value, when, who = latest_of(panel)
                title = drawing.figure.title["en"]
                subject, unit = title.split(", by ")[0], drawing.subtitle.removeprefix(f"{title}, ")
                yield value, f"{subject}, {panel.name}, {when} ({unit})", f"Source: {who}"


@dataclass(frozen=True)
class Others:
    """Everything that the report says of figures published by others, and of what was checked.

    Attributes:
        front: What the front of the report says.
        chapters: Chapters, in order.
        pictures: Figures, in order.
        quality: The quality of deliveries, or None.
        treatments: How the tables were protected.
    """

    front: Front
    chapters: tuple[Chapter, ...] = ()
    pictures: tuple[Picture, ...] = ()
    quality: PlainTable | None = None
    treatments: tuple[str, ...] = ()


NO_OTHERS = Others(Front((), "", "", (), (), ()))


def others(
    tables: Mapping[str, Told], pictures: Sequence[Picture], checks: Mapping[str, Protected],
    countries: Mapping[str, Country],
) -> Others:  # fmt: skip
    """Everything that the report says of figures published by others, and of what was checked.

    Args:
        tables: Published indicators by id.
        pictures: Their figures.
        checks: `plausibility` and `quality`, as far as they are there.
        countries: Countries by code.
    """
    made = chapters(tables, countries)
    sentences = []
    if PLAUSIBILITY in checks:
        chapter, sentence = findings(checks[PLAUSIBILITY], countries)
        made.append(chapter)
        sentences.append(sentence)
    there = {picture.figure.id for picture in pictures}
    made = [chapter for chapter in made if chapter.tables or chapter.id == "wrong" or there & set(chapter.figures)]
    return Others(
        front(tables, [picture.drawing for picture in pictures], countries, sentences),
        tuple(made),
        tuple(pictures),
        quality(checks[QUALITY]) if QUALITY in checks else None,
        tuple(dict.fromkeys(told.treatment for told in tables.values())),
    )
