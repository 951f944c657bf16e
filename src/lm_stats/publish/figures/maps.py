"""Districts shaded by class, each with its name and value, beside ranked bars with the numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lm_stats.publish import wording
from lm_stats.publish.figures import style
from lm_stats.publish.figures.bars import BarPlot
from lm_stats.publish.figures.parts import Panel, Series
from lm_stats.publish.figures.placing import best_inside, break_lines, height_of, spread, width_of
from lm_stats.publish.figures.sheet import Sheet
from lm_stats.publish.reading import Cell
from lm_stats.spec import Boundaries

if TYPE_CHECKING:
    from matplotlib.path import Path as Outline

_SIDE_BY_SIDE = 6.0
_SHARE = 0.57
_GUTTER = 0.3
_TALLEST = 4.6
_KEY_ROW = 0.21
_SWATCH = 0.2
_MORE = 0.22
# a label that lies inside its district by less than this share of its edge stands beside the map
_INSIDE = 0.8
# labels beside the map have at most this share of its width on either side
_MARGIN = 0.3
_LEADER = 0.2

# shades by the number of classes, as far apart as they can be
_SPREAD: Mapping[int, tuple[int, ...]] = {1: (2,), 2: (1, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}


@dataclass(frozen=True)
class Shade:
    """One class of a map: its values from `low` up to the next class, how it looks, and what the key says."""

    low: float
    colour: str
    label: str


@dataclass(frozen=True)
class Tag:
    """Name and value of a district and where they stand, in inches from the lower left corner of the map.

    Attributes:
        lines: Name and value.
        width: Width in inches.
        height: Height in inches.
        x: Middle, where it lies inside; the district's own middle, where it does not.
        y: Likewise.
        share: Share of its edge that lies inside.
    """

    lines: tuple[str, ...]
    width: float
    height: float
    x: float
    y: float
    share: float

    @property
    def inside(self) -> bool:
        """Whether it stands inside the district."""
        return self.share >= _INSIDE

    @property
    def touches(self) -> bool:
        """Whether it stands inside and yet on the boundary."""
        return self.inside and self.share < 1.0


class MapPlot:
    """The map of one area with its bars; the bars alone where there are no boundaries.

    Args:
        panel: What is shown, in order from the top.
        width: Width of the plot in inches, its labels included.
        at_most: Largest number of bars.
        single: Whether the figure has no other panel.

    Attributes:
        height: Height in inches.
        largest: The largest value.
    """

    def __init__(self, panel: Panel, width: float, at_most: int, *, single: bool) -> None:
        self.panel, self.width = panel, width
        self.size = style.SMALL if single else style.FOOTER
        self.beside = panel.boundaries is not None and width >= _SIDE_BY_SIDE
        own = [one for one in panel.series if one.kind == ""]
        kept = own if len(own) <= at_most + 1 else own[:at_most]
        self.more = len(own) - len(kept)
        listed = tuple(one for one in panel.series if one.kind or one in kept)
        self.map_width = width * _SHARE if self.beside else width
        bar_width = width - self.map_width - _GUTTER if self.beside else width
        self.bars = BarPlot(replace(panel, series=listed), bar_width, single=single)
        self.largest = self.bars.largest
        self.shades = shades([one.cells[-1] for one in own])
        self.outlines: Mapping[str, Outline] = {}
        self.map_height = self.drawn_height = self.key_height = 0.0
        if panel.boundaries is not None:
            self._lay_out(panel.boundaries, own)
        bars = self.bars.height + (_MORE if self.more else 0.0)
        drawn = self.map_height + self.key_height
        self.height = max(bars, drawn) if self.beside else bars + drawn + (_GUTTER if drawn else 0.0)

    def _lay_out(self, boundaries: Boundaries, own: Sequence[Series]) -> None:
        """Find the scale at which every label has a place, inside its district or beside the map."""
        self.cells = {one.code: one.cells[-1] for one in own}
        labels = {one.code: one.label for one in own}
        margin = 0.0
        outside: frozenset[str] = frozenset()
        for _ in range(3):
            self.outlines, self.drawn_height = outlines(boundaries, self.map_width - 2 * margin, _TALLEST)
            self.tags = {
                code: self._tag(self.outlines[code], labels[code], cell, inside=code not in outside)
                for code, cell in self.cells.items()
                if code in self.outlines
            }
            # a smaller map may have no room for further labels, and none comes back inside
            found = frozenset(code for code, tag in self.tags.items() if not tag.inside)
            if found == outside:
                break
            outside = found
            margin = max(tag.width for tag in self.tags.values() if not tag.inside) + _LEADER
        self.margin = margin
        middle = self.map_width / 2 - margin
        piled = {False: 0.0, True: 0.0}
        for tag in self.tags.values():
            if not tag.inside:
                piled[tag.x >= middle] += tag.height + 0.06
        self.map_height = max(self.drawn_height, *piled.values())
        rows = self._key_rows(self.map_width)
        self.key_height = 0.12 + _KEY_ROW * (max(row for row, _, _ in rows) + 1) if rows else 0.0

    def _tag(self, outline: Outline, name: str, cell: Cell, *, inside: bool) -> Tag:
        """A label inside its district, its name broken into lines if need be; else one for beside the map."""
        value = wording.cell_text(cell)
        step = height_of(1, self.size)
        best: Tag | None = None
        word = max(width_of(one, self.size) for one in name.split() or [name])
        for room in (10.0, 0.9, 0.6) if inside else ():
            lines = (*break_lines(name, max(room, word), self.size), value)
            width = max(width_of(line, self.size, bold=line == value) for line in lines)
            x, y, share = best_inside(outline, width, step * len(lines))
            if best is None or share > best.share:
                best = Tag(lines, width, step * len(lines), x, y, share)
            if share == 1.0:
                break
        if best is not None and best.inside:
            return best
        x, y, _ = best_inside(outline, 0.05, 0.05)
        room = max(_MARGIN * self.map_width - _LEADER, 0.5)
        lines = (*break_lines(name, room, self.size), value)
        width = max(width_of(line, self.size, bold=line == value) for line in lines)
        return Tag(lines, width, step * len(lines), x, y, 0.0)

    def _key_rows(self, width: float) -> list[tuple[int, float, Shade]]:
        """Row and left edge of each entry of the key."""
        entries = list(self.shades)
        if any(cell.hidden for cell in self.cells.values()):
            entries.append(Shade(-1.0, style.PAPER, "hidden"))
        placed: list[tuple[int, float, Shade]] = []
        row, x = 0, 0.0
        for entry in entries:
            wide = _SWATCH + 0.07 + width_of(entry.label, style.SMALL) + 0.2
            if x and x + wide - 0.2 > width:
                row, x = row + 1, 0.0
            placed.append((row, x, entry))
            x += wide
        return placed

    def paint(self, sheet: Sheet, x: float, top: float, largest: float) -> None:
        """Draw map and bars with the upper left corner at `x`, `top`, scaled to `largest`."""
        bar_x, bar_top = x, top
        if self.outlines:
            self._paint_map(sheet, x, top)
            if self.beside:
                bar_x += self.map_width + _GUTTER
            else:
                bar_top -= self.map_height + self.key_height + _GUTTER
        self.bars.paint(sheet, bar_x, bar_top, largest)
        if self.more:
            text = f"and {self.more} more, in the file of the numbers"
            sheet.text(bar_x, bar_top - self.bars.height - 0.08, text, style.SMALL, colour=style.QUIET)

    def _paint_map(self, sheet: Sheet, x: float, top: float) -> None:
        from matplotlib.patches import PathPatch

        inner = self.map_width - 2 * self.margin
        used = max(float(outline.get_extents().x1) for outline in self.outlines.values())
        left, base = x + self.margin + (inner - used) / 2, top - self.map_height
        low = base + (self.map_height - self.drawn_height) / 2
        axes = sheet.axes(left, low, used, self.drawn_height)
        axes.set_xlim(0, used)
        axes.set_ylim(0, self.drawn_height)
        for code, outline in self.outlines.items():
            cell = self.cells.get(code)
            hidden = cell is not None and cell.hidden
            axes.add_patch(PathPatch(
                outline, facecolor=self._colour(cell), edgecolor=style.QUIET, linewidth=0.8, joinstyle="round",
                hatch=style.HIDDEN_HATCH if hidden else None, hatchcolor=style.HIDDEN_HATCHED, clip_on=False, zorder=2,
            ))  # fmt: skip
        self._paint_tags(sheet, left, low, x, base)
        for row, offset, entry in self._key_rows(self.map_width):
            y = base - 0.12 - _KEY_ROW * (row + 0.5)
            sheet.box(x + offset, y - 0.065, _SWATCH, 0.13, facecolor=entry.colour, edgecolor=style.QUIET,
                      linewidth=0.6, hatch=style.HIDDEN_HATCH if entry.low < 0 else None,
                      hatchcolor=style.HIDDEN_HATCHED)  # fmt: skip
            sheet.text(x + offset + _SWATCH + 0.07, y, entry.label, style.SMALL)

    def _colour(self, cell: Cell | None) -> str:
        if cell is None or cell.value is None:
            return style.PAPER
        return next((shade.colour for shade in reversed(self.shades) if cell.value >= shade.low), style.PAPER)

    def _paint_tags(self, sheet: Sheet, left: float, low: float, x: float, base: float) -> None:
        """Labels inside their districts, and those beside the map joined to theirs by a thin line."""
        for code, tag in self.tags.items():
            if tag.inside:
                # letters with a halo are many times larger in a file
                halo = self._colour(self.cells[code]) if tag.touches or self.cells[code].hidden else ""
                self._write(sheet, tag, left + tag.x, low + tag.y + tag.height / 2, "center", halo=halo)
        middle = self.map_width / 2 - self.margin
        for right in (False, True):
            side = [tag for tag in self.tags.values() if not tag.inside and (tag.x >= middle) == right]
            wanted = [low + tag.y for tag in side]
            placed = spread(wanted, [tag.height + 0.06 for tag in side], base, base + self.map_height)
            for tag, y in zip(side, placed, strict=True):
                edge = x + self.map_width if right else x
                near = edge + (-1 if right else 1) * (tag.width + 0.05)
                sheet.line([near, left + tag.x], [y, low + tag.y], color=style.INK, linewidth=0.6, zorder=8)
                sheet.line([left + tag.x], [low + tag.y], marker="o", markersize=2.5, color=style.INK, zorder=8)
                self._write(sheet, tag, edge, y + tag.height / 2, "right" if right else "left")

    def _write(self, sheet: Sheet, tag: Tag, x: float, top: float, align: str, *, halo: str = "") -> None:
        step = height_of(1, self.size)
        for i, line in enumerate(tag.lines):
            shown = i == len(tag.lines) - 1 and line[:1].isdigit()
            sheet.text(x, top - step * (i + 0.5), line, self.size, bold=shown, align=align, halo=halo)


def outlines(boundaries: Boundaries, width: float, height: float) -> tuple[Mapping[str, Any], float]:
    """Boundaries as paths in inches, as large as fits, with their height.

    Longitudes are shortened by the cosine of the middle latitude (the equirectangular projection with that
    standard parallel), so that a district of a small country looks as large as it is.

    Args:
        boundaries: Polygons by code.
        width: Room in inches.
        height: Room in inches.
    """
    import numpy as np
    from matplotlib.path import Path as Outline

    rings = {code: [ring for polygon in parts for ring in polygon] for code, parts in boundaries.polygons.items()}
    points = np.array([point for every in rings.values() for ring in every for point in ring])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(width / ((east - west) * squeeze), height / (north - south))
    drawn = {}
    for code, parts in boundaries.polygons.items():
        made = []
        for polygon in parts:
            for i, ring in enumerate(polygon):
                corners = (np.array(ring) - (west, south)) * (squeeze * scale, scale)
                # a hole runs the other way round than what it is cut from
                counter = np.sum(corners[:-1, 0] * corners[1:, 1] - corners[1:, 0] * corners[:-1, 1]) > 0
                made.append(Outline(corners if counter == (i == 0) else corners[::-1], closed=True))
        drawn[code] = Outline.make_compound_path(*made)
    return drawn, float((north - south) * scale)


def shades(cells: Sequence[Cell]) -> tuple[Shade, ...]:
    """Up to five classes with round bounds for some values, lightest first.

    Steps are equal where the largest value is at most five times the smallest, else they grow by 1, 2, 5, 10:
    one large town would leave every other district in one class.

    Args:
        cells: The values.
    """
    shown = [cell.value for cell in cells if cell.value is not None]
    decimals = max((cell.decimals for cell in cells), default=0)
    positive = [value for value in shown if value > 0]
    if not positive:
        return (Shade(0.0, style.SHADES[0], "0"),) if shown else ()
    low, high = min(positive), max(positive)
    bounds = _equal(low, high, decimals) if high <= 5 * low else _growing(low, high)
    colours = [style.SHADES[i] for i in _SPREAD[len(bounds) + 1]]
    made = []
    for i, start in enumerate((0.0, *bounds)):
        if i == 0:
            label = f"under {_bound(bounds[0], decimals)}" if bounds else _bound(high, decimals)
        elif i == len(bounds):
            label = f"{_bound(start, decimals)} and over"
        else:
            label = f"{_bound(start, decimals)} to {_bound(bounds[i] - 10.0**-decimals, decimals)}"
        made.append(Shade(start, colours[i], label))
    return tuple(made)


def _bound(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


def _equal(low: float, high: float, decimals: int) -> list[float]:
    """Bounds between classes of one width, at most four; none where all values are the same."""
    if low == high:
        return []
    for exponent in range(-decimals, 12):
        for base in (1, 2, 5):
            step = base * 10.0**exponent
            bounds = [step * i for i in range(math.floor(low / step) + 1, math.floor(high / step) + 1)]
            if len(bounds) <= 4:
                return [round(bound, 6) for bound in bounds]
    return []


def _growing(low: float, high: float) -> list[float]:
    """Bounds of classes that grow, at most four."""
    for bases in ((1, 2, 5), (1, 5), (1,)):
        every = [base * 10.0**exponent for exponent in range(-2, 12) for base in bases]
        bounds = [bound for bound in every if low < bound <= high]
        if len(bounds) <= 4:
            return bounds
    return bounds[-4:]
