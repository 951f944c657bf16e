"""What a figure is made of: panels with series of cells, and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lm_stats.publish.others import SourceRow
from lm_stats.publish.reading import Cell, Reading
from lm_stats.spec import Boundaries, Break, Figure, Grouping

REST = "rest"
TOTAL = "total"

@dataclass(frozen=True)
class Series:
    """One line, bar or layer.

    Attributes:
        code: Its code; `rest` for the sum of codes that are not shown by themselves.
        label: Its label.
        kind: Empty, `missing` (not stated), `rest`, or `total` (a sum shown beside its parts).
        cells: Its cells, one for each period of the panel.
        notes: What a reader must know about a cell, by position.
        left_out: How many hidden categories a sum leaves out, by position; none where it leaves out none.
        side: Code of the second dimension, in a pyramid; of a flow in a bridge, `in` or `out`.
        unit: What its values count, where that is not the unit of the table.
        group: Label of its side, where several sides of a code stand beneath each other.
    """

    code: str
    label: str
    kind: str
    cells: tuple[Cell, ...]
    notes: Mapping[int, str]
    left_out: Mapping[int, int] = field(default_factory=dict)
    side: str = ""
    unit: str = ""
    group: str = ""

    @property
    def hidden_at(self) -> tuple[int, ...]:
        """Positions of hidden cells."""
        return tuple(i for i, cell in enumerate(self.cells) if cell.hidden)

    @property
    def unsummed_at(self) -> tuple[int, ...]:
        """Positions of sums that are not made, since their parts are hidden."""
        return tuple(i for i, cell in enumerate(self.cells) if cell.unsummed)

    @property
    def gaps_at(self) -> tuple[int, ...]:
        """Positions where there is something that is not shown, for whichever reason."""
        return tuple(i for i, cell in enumerate(self.cells) if cell.gap)


@dataclass(frozen=True)
class Panel:
    """What one area contributes.

    Attributes:
        area: Code of the area.
        name: Its name.
        periods: Periods shown.
        series: Series, the first to be looked at first.
        totals: Cells of the sum of all, one for each period.
        message: The message for this area.
        sides: Of a pyramid, the sums of its left and its right side; of whiskers, a series of each group.
        boundaries: Of a map, the boundaries of its districts; None where there are none.
        breaks: Breaks in the series between its first and last period.
        broken: Whether values of its first and last period are not comparable.
        sources: Of a corridor, what each source says.
        remark: What is said in the place of a plot that cannot be made; empty where it can.
        unnamed: Labels of what is hidden and therefore has no row.
    """

    area: str
    name: str
    periods: tuple[str, ...]
    series: tuple[Series, ...]
    totals: tuple[Cell, ...]
    message: str
    sides: tuple[Series, ...] = ()
    boundaries: Boundaries | None = None
    breaks: tuple[Break, ...] = ()
    broken: bool = False
    sources: tuple[SourceRow, ...] = ()
    remark: str = ""
    unnamed: tuple[str, ...] = ()

    @property
    def anything_shown(self) -> bool:
        """Whether there is a value to draw."""
        if any(row.largest for row in self.sources):
            return True
        return any(cell.shown for series in self.series for cell in series.cells)


@dataclass(frozen=True)
class Drawing:
    """A figure ready to be drawn.

    Attributes:
        figure: Its declaration.
        form: That of its declaration; with one period `lines`, `stack` and `editions` become `bars`.
        message: Its one message, a sentence without a full stop.
        subtitle: Subject, unit of count, area and period.
        panels: One for each area.
        footer: Source, vintage and treatment, one paragraph each.
        statement: What synthetic data say of themselves, or empty.
        draft: Whether it is marked as a draft.
    """

    figure: Figure
    form: str
    message: str
    subtitle: str
    panels: tuple[Panel, ...]
    footer: tuple[str, ...]
    statement: str
    draft: bool

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all series of all panels, in order of first appearance."""
        return tuple(dict.fromkeys(series.code for panel in self.panels for series in panel.series))


def label_of(reading: Reading, grouping: Grouping | None, dimension: str, code: str) -> str:
    """The reader's label of a code: the grouping's, else the codelist's."""
    if grouping is not None and code in grouping.labels:
        return grouping.labels[code]
    return reading.label(dimension, code)
