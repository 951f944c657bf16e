"""Where labels go: text measured and broken into lines, labels spread so that none overlap."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, count
from typing import Any

LINE_HEIGHT = 1.3


@cache
def _renderer() -> Any:
    from matplotlib.backends.backend_agg import RendererAgg

    make: Any = RendererAgg
    return make(1000, 1000, 72 * 4)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line of text in inches.

    Args:
        text: The line.
        size: Size of type in points.
        bold: Whether it is set in bold.
    """
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family=["DejaVu Sans"], size=size, weight="bold" if bold else "normal")
    width, _, _ = _renderer().get_text_width_height_descent(text, font, False)
    return float(width) / (72 * 4)


def height_of(lines: int, size: float) -> float:
    """Height of some lines of text in inches."""
    return lines * size * LINE_HEIGHT / 72


def break_lines(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width` inches; a word that is wider is broken itself."""
    words = text.split()
    whole = " ".join(words)
    if not words or (total := width_of(whole, size, bold=bold)) <= width:
        return [whole]
    # measuring is slow: where a line is likely to end follows from how wide letters are on average
    letters = len(whole) * width / total
    lines: list[str] = []
    while words:
        taken = bisect_right(list(accumulate(words, lambda length, word: length + 1 + len(word), initial=-1)), letters)
        taken = min(max(taken - 1, 1), len(words))
        while taken and width_of(" ".join(words[:taken]), size, bold=bold) > width:
            taken -= 1
        while taken < len(words) and width_of(" ".join(words[: taken + 1]), size, bold=bold) <= width:
            taken += 1
        if taken:
            lines.append(" ".join(words[:taken]))
            del words[:taken]
            continue
        word = words[0]
        cut = next((n for n in range(len(word) - 1, 1, -1) if width_of(word[:n], size, bold=bold) <= width), 1)
        lines.append(word[:cut])
        words[:1] = [word[cut:]] if word[cut:] else []
    return lines


def spread(centres: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels as little as possible so that none overlap and all lie between two bounds.

    Labels keep their order. Groups of labels that would overlap are merged and centred on the mean
    of where their members want to be, which minimises the sum of squared moves (the pooling of
    adjacent violators for isotonic regression; Barlow et al., 1972).

    Args:
        centres: Where each label wants its centre.
        heights: Height of each, space around it included.
        low: Lower bound.
        high: Upper bound; taken as higher where the labels need more room.

    Returns:
        The centre of each label, in the order given.
    """
    order = sorted(range(len(centres)), key=lambda i: (centres[i], i))
    high = max(high, low + sum(heights))
    groups: list[tuple[list[int], float]] = []  # members, lower edge

    def edge(members: list[int]) -> float:
        total = sum(heights[i] for i in members)
        offset, wanted = 0.0, 0.0
        for i in members:
            wanted += centres[i] - (offset + heights[i] / 2)
            offset += heights[i]
        return min(max(wanted / len(members), low), high - total)

    for i in order:
        groups.append(([i], edge([i])))
        while len(groups) > 1:
            (below, start), (above, lower) = groups[-2], groups[-1]
            if start + sum(heights[k] for k in below) <= lower + 1e-12:
                break
            groups[-2:] = [(below + above, edge(below + above))]
    placed = [0.0] * len(centres)
    for members, start in groups:
        for i in members:
            placed[i] = start + heights[i] / 2
            start += heights[i]
    return placed


def best_inside(outline: Any, width: float, height: float) -> tuple[float, float, float]:
    """The middle of the place where a label lies best inside an outline.

    Places on a grid are compared by the share of the label's edge that lies inside, then by that of an edge
    half as far again around it, so that the label keeps away from the boundary.

    Args:
        outline: A closed path of matplotlib, in inches.
        width: Width of the label in inches.
        height: Height of the label in inches.

    Returns:
        The place, and the share of the label's edge inside.
    """
    import numpy as np

    steps = 28
    (left, low), (right, high) = outline.get_extents().get_points()
    xs, ys = np.meshgrid(np.linspace(left, right, steps), np.linspace(low, high, steps))
    places = np.column_stack([xs.ravel(), ys.ravel()])
    inner = outline.contains_points(places)
    places = places[inner] if inner.any() else places
    across, up = np.meshgrid((-0.5, -0.25, 0.0, 0.25, 0.5), (-0.5, 0.0, 0.5))
    edge = np.column_stack([across.ravel(), up.ravel()]) * (width, height)

    def within(factor: float) -> Any:
        tried = (places[:, None, :] + factor * edge[None, :, :]).reshape(-1, 2)
        return outline.contains_points(tried).reshape(len(places), -1).mean(axis=1)

    shares = within(1.0)
    middle = (left + right) / 2, (low + high) / 2
    off_centre = np.hypot(places[:, 0] - middle[0], places[:, 1] - middle[1])
    best = int(np.lexsort((off_centre.round(6), -within(1.5), -shares))[0])
    return float(places[best, 0]), float(places[best, 1]), float(shares[best])


def every_nth(
    labels: Sequence[str], pitch: float, measure: Callable[[str], float], gap: float = 0.08, *, first: bool = False
) -> list[int]:
    """Positions to label so that labels in a row do not touch; the last one is always among them.

    Args:
        labels: One label for each position.
        pitch: Distance between neighbouring positions in inches.
        measure: Width of a label in inches.
        gap: Space between two labels in inches.
        first: Whether the first one must be among them, and not the last.
    """
    if not labels:
        return []
    widest = max(measure(label) for label in labels) + gap
    step = 1
    while step * pitch < widest and step < len(labels):
        step += 1
    return [i for i in range(len(labels)) if (i if first else len(labels) - 1 - i) % step == 0]


def ticks(top: float, at_most: int = 6) -> list[float]:
    """Whole-numbered ticks from zero to `top` or just above it.

    Args:
        top: The largest value.
        at_most: Largest number of steps.
    """
    for exponent in count():
        for base in (1, 2, 5):
            step = float(base * 10**exponent)
            if top <= step * at_most:
                return [step * i for i in range(max(1, math.ceil(top / step)) + 1)]
    raise AssertionError("unreachable: steps grow without bound")
