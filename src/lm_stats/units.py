"""Counts that know what they count: certificates are not persons, and are never added to them.

`CountFrame` and `CountSeries` are pandas' frames and series that carry the unit of count of each measure
column. Adding, subtracting, comparing or stacking different units raises `UnitMismatch`. A column without a
unit (a key, a rate, a plain number) goes with any. Units outlive whatever pandas hands its metadata on in:
slicing, sorting, copying, grouping, merging, stacking, storing in a process. They do not outlive a file, so
`CountFrame.with_units` writes them as a column; and a plain frame of pandas that stands first in a `concat`
with others makes a plain frame, in which nothing is checked. A column that is replaced has the unit of its new values,
and none where these have none.

Not everything is seen: `dot`, functions of numpy (`np.add.reduce`, `np.concatenate`; not its operators), `T`, `apply`
and whatever takes plain arrays out of a frame or series (`to_numpy`, `values`) know no units.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from pandas.core.indexing import _iLocIndexer, _LocIndexer

UNIT_COLUMN = "unit_of_count"
# adding and comparing need one unit; of the others, only what is scaled by a plain number keeps its unit
_ADDING = ("add", "radd", "sub", "rsub")
_COMPARING = ("lt", "le", "gt", "ge", "eq", "ne")
_SCALING = ("mul", "rmul", "truediv", "floordiv")
_OTHER = ("rtruediv", "rfloordiv", "mod", "rmod", "pow", "rpow")
# takes values of one where the other has none
_FILLING = ("where", "mask", "combine_first", "fillna", "combine")
# other names that pandas has for some of these
_ALIASES = {"sub": ("subtract",), "mul": ("multiply",), "truediv": ("div", "divide"), "rtruediv": ("rdiv",)}
# functions of numpy that compare and are no operators
_CHOOSING = ("maximum", "minimum", "fmax", "fmin")
# reductions that add up or compare the columns of a row
_ACROSS = ("sum", "mean", "median", "min", "max", "cumsum", "diff")


class UnitMismatch(ValueError):
    """Different units of count were about to be added or compared."""


def check_units(*units: str) -> str:
    """Make sure that what is about to be added or compared counts the same.

    Args:
        units: Units of count (`person`); empty ones are of plain numbers, which go with any.

    Returns:
        The one unit; empty where all are.

    Raises:
        UnitMismatch: If they differ.
    """
    different = sorted({unit for unit in units if unit})
    if len(different) > 1:
        raise UnitMismatch(
            f"these count different things ({', '.join(different)}) and cannot be added or compared; "
            "take two columns of the same unit of count"
        )
    return different[0] if different else ""


def unit_of_file(path: Path) -> str:
    """What a row of a table of ours is, as its Parquet file says; empty where it does not."""
    said: Mapping[bytes, bytes] = pq.read_schema(path).metadata or {}
    return said.get(UNIT_COLUMN.encode(), b"").decode()


class CountSeries(pd.Series):
    """A series of pandas' that knows what it counts.

    Attributes:
        unit_of_count: Its unit in the singular (`person`); empty for plain numbers.
    """

    _metadata = [*pd.Series._metadata, UNIT_COLUMN]  # type: ignore[attr-defined]  # noqa: RUF012
    unit_of_count: str

    def __init__(self, data: Any = None, *arguments: Any, unit: str | None = None, **named: Any) -> None:
        super().__init__(data, *arguments, **named)  # type: ignore[call-arg]
        own = data.unit_of_count if isinstance(data, CountSeries) else ""
        object.__setattr__(self, UNIT_COLUMN, own if unit is None else unit)

    def __array_ufunc__(  # type: ignore[misc]
        self, ufunc: Any, method: str, *inputs: Any, **named: Any
    ) -> Any:
        if ufunc.__name__ in _CHOOSING:
            check_units(*map(_unit, inputs))
        return super().__array_ufunc__(ufunc, method, *inputs, **named)

    @property
    def _constructor(self) -> Callable[..., CountSeries]:
        return CountSeries

    @property
    def _constructor_expanddim(self) -> Callable[..., CountFrame]:
        return CountFrame

    def __finalize__(self, other: Any, method: str | None = None, **named: Any) -> CountSeries:
        before = self.unit_of_count
        super().__finalize__(other, method, **named)  # type: ignore[misc]
        unit = before
        if isinstance(other, CountSeries):
            unit = other.unit_of_count
        elif isinstance(other, CountFrame):
            name = self.name
            if name in other.units:
                unit = other.units[name]
            elif self.index.equals(other.columns):
                # a row, or the sum of each column
                different = set(other.units.values())
                unit = different.pop() if len(different) == 1 and len(other.units) == len(other.columns) else ""
        elif hasattr(other, "input_objs"):
            unit = check_units(*(_unit(one) for one in other.input_objs))
        object.__setattr__(self, UNIT_COLUMN, unit)
        return self


class CountFrame(pd.DataFrame):
    """A frame of pandas' that knows what each of its measures counts.

    Attributes:
        units: Unit of count by measure column; columns that count nothing are not there.
    """

    _metadata = ["units"]  # noqa: RUF012
    units: Mapping[Hashable, str]

    def __init__(
        self, data: Any = None, *arguments: Any, units: Mapping[Any, str] | None = None, **named: Any
    ) -> None:
        super().__init__(data, *arguments, **named)  # type: ignore[call-arg]
        own = data.units if isinstance(data, CountFrame) and units is None else units or {}
        object.__setattr__(self, "units", {name: unit for name, unit in own.items() if name in self.columns and unit})

    @property
    def _constructor(self) -> Callable[..., CountFrame]:
        return CountFrame

    @property
    def _constructor_sliced(self) -> Callable[..., CountSeries]:
        return CountSeries

    @property
    def unit_of_count(self) -> str:
        """The unit of all measures; where they differ, each column with its own (`persons: person, ...`)."""
        different = dict.fromkeys(self.units.values())
        if len(different) <= 1:
            return next(iter(different), "")
        return ", ".join(f"{name}: {unit}" for name, unit in self.units.items())

    def with_units(self) -> pd.DataFrame:
        """A plain frame with the column `unit_of_count`, for writing: see the property of that name."""
        return pd.DataFrame(self).assign(**{UNIT_COLUMN: self.unit_of_count})

    def rename(self, *arguments: Any, **named: Any) -> Any:
        """As pandas' own; the units go with the columns."""
        made = super().rename(*arguments, **named)
        target = self if made is None else made
        new = list(target.columns)
        units = {
            after: self.units[before]
            for before, after in zip(self.columns if made is not None else new, new, strict=True)
            if before in self.units
        }
        object.__setattr__(target, "units", units)
        return made

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, CountSeries):
            object.__setattr__(found, UNIT_COLUMN, self.units.get(key, "") if isinstance(key, Hashable) else "")
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if isinstance(key, Hashable):
            self._replaced([key], value)
        elif isinstance(key, list) and all(isinstance(name, Hashable) and name in self.columns for name in key):
            self._replaced(key, value)

    def insert(self, loc: int, column: Hashable, value: Any, *arguments: Any, **named: Any) -> None:
        """As pandas' own; the column has the unit of its values."""
        super().insert(loc, column, value, *arguments, **named)
        self._replaced([column], value)

    @property
    def loc(self) -> Any:
        """As pandas' own; columns that are set have the unit of their values."""
        return _Loc("loc", self)

    @property
    def iloc(self) -> Any:
        """As pandas' own; columns that are set have the unit of their values."""
        return _ILoc("iloc", self)

    def _replaced(self, names: Sequence[Hashable], value: Any) -> None:
        """Give columns the units of the values that were put there; none where these have none."""
        units = {name: unit for name, unit in self.units.items() if name not in names}
        units |= {name: unit for name, unit in zip(names, _units_of(value, len(names)), strict=True) if unit}
        object.__setattr__(self, "units", units)

    def agg(self, func: Any = None, axis: Any = 0, *arguments: Any, **named: Any) -> Any:
        """As pandas' own; what adds up or compares the columns of a row needs one unit."""
        asked = func if isinstance(func, list | tuple) else [func]
        across = [one for one in asked if (one if isinstance(one, str) else getattr(one, "__name__", "")) in _ACROSS]
        unit = check_units(*self.units.values()) if across and axis in (1, "columns") else ""
        made = super().agg(func, axis, *arguments, **named)
        if unit and isinstance(made, CountSeries):
            object.__setattr__(made, UNIT_COLUMN, unit)
        return made

    aggregate = agg

    def __finalize__(self, other: Any, method: str | None = None, **named: Any) -> CountFrame:
        before = self.units
        super().__finalize__(other, method, **named)  # type: ignore[misc]
        units: dict[Hashable, str] = dict(before)
        if isinstance(other, CountFrame):
            units = {**other.units}
        elif isinstance(other, CountSeries) and not units and other.unit_of_count:
            named_so = [other.name] if other.name in self.columns else list(self.columns)
            units = dict.fromkeys(named_so, other.unit_of_count) if len(named_so) == 1 or method == "unstack" else {}
        elif hasattr(other, "input_objs"):
            units = _merged(self, list(other.input_objs)) if method == "merge" else _stacked(self, other.input_objs)
        object.__setattr__(self, "units", {name: unit for name, unit in units.items() if name in self.columns})
        return self


def _keep_units(frame: Any, place: Any, value: Any) -> list[Hashable]:
    """Names of the columns that are set as a whole; into a part of a column only the same unit may go.

    Raises:
        UnitMismatch: If values of another unit are about to stand in a column beside what it has.
    """
    rows, columns = place
    at = frame.columns[columns.to_numpy() if isinstance(columns, pd.Series) else columns]
    names = list(at) if isinstance(at, pd.Index) else [at]
    if isinstance(rows, slice) and rows == slice(None):
        return names
    for name, unit in zip(names, _units_of(value, len(names)), strict=True):
        check_units(frame.units.get(name, ""), unit)
    return []


class _Loc(_LocIndexer):
    def __setitem__(self, key: Any, value: Any) -> None:
        frame: Any = self.obj  # type: ignore[attr-defined]
        names: list[Hashable] = []
        if isinstance(key, tuple) and len(key) == 2:
            places = pd.Series(range(len(frame.columns)), index=frame.columns)
            try:
                names = _keep_units(frame, (key[0], places.loc[key[1]]), value)
            except KeyError:
                # a new column, or rows of several levels
                names = [key[1]]
        super().__setitem__(key, value)  # type: ignore[misc]
        names = [name for name in names if name in frame.columns]
        if names:
            frame._replaced(names, value)


class _ILoc(_iLocIndexer):
    def __setitem__(self, key: Any, value: Any) -> None:
        frame: Any = self.obj  # type: ignore[attr-defined]
        names = _keep_units(frame, key, value) if isinstance(key, tuple) and len(key) == 2 else []
        super().__setitem__(key, value)  # type: ignore[misc]
        if names:
            frame._replaced(names, value)


def _units_of(value: Any, columns: int) -> list[str]:
    """Units of values that are put into some columns."""
    if isinstance(value, CountFrame) and len(value.columns) == columns:
        return [value.units.get(name, "") for name in value.columns]
    return [_unit(value)] * columns


def _unit(value: Any) -> str:
    return value.unit_of_count if isinstance(value, CountSeries) else ""


def _stacked(made: pd.DataFrame, parts: Iterable[Any]) -> dict[Hashable, str]:
    """Units of frames or series that were put on top of or beside one another."""
    parts = list(parts)
    units: dict[Hashable, str] = {}
    if all(isinstance(part, pd.Series) for part in parts):
        if len(made.columns) == len(parts):
            units = {name: _unit(part) for name, part in zip(made.columns, parts, strict=True)}
        return {name: unit for name, unit in units.items() if unit}
    for part in parts:
        own = part.units if isinstance(part, CountFrame) else {part.name: _unit(part)} if _unit(part) else {}
        for name, unit in own.items():
            units[name] = check_units(units.get(name, ""), unit)
    return units


def _merged(made: pd.DataFrame, sides: list[Any]) -> dict[Hashable, str]:
    """Units of two frames that were merged; a column of both has got the ending `_x` or `_y`."""
    units: dict[Hashable, str] = {}
    for side, ending in zip(sides, ("_x", "_y"), strict=False):
        for name, unit in (side.units if isinstance(side, CountFrame) else {}).items():
            for column in (name, f"{name}{ending}"):
                if column in made.columns and (column == name or column not in side.columns):
                    units[column] = check_units(units.get(column, ""), unit)
    return units


def _frame_units(frame: CountFrame, other: Any, axis: Any) -> Mapping[Hashable, str]:
    """Units of the columns of a frame and of what it is added to or compared with.

    Raises:
        UnitMismatch: If they differ in a column.
    """
    if isinstance(other, CountFrame):
        shared = {**other.units, **frame.units}
        for name in frame.units.keys() & other.units.keys():
            check_units(frame.units[name], other.units[name])
        return shared
    if isinstance(other, CountSeries) and other.unit_of_count:
        met = frame.columns if axis in (0, "index") else frame.columns.intersection(other.index)
        check_units(other.unit_of_count, *(frame.units.get(name, "") for name in met))
    return frame.units


def _has_units(other: Any) -> bool:
    return bool(_unit(other) or (isinstance(other, CountFrame) and other.units))


def _series_method(name: str, word: str) -> Callable[..., Any]:
    plain = getattr(pd.Series, name)

    def method(self: CountSeries, other: Any, *arguments: Any, **named: Any) -> Any:
        unit = ""
        if word in _ADDING or word in _COMPARING:
            unit = check_units(self.unit_of_count, _unit(other))
        elif word in _SCALING and not _has_units(other):
            unit = self.unit_of_count
        made = plain(self, other, *arguments, **named)
        if isinstance(made, CountSeries):
            object.__setattr__(made, UNIT_COLUMN, "" if word in _COMPARING else unit)
        return made

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


def _frame_method(name: str, word: str) -> Callable[..., Any]:
    plain = getattr(pd.DataFrame, name)

    def method(self: CountFrame, other: Any, *arguments: Any, **named: Any) -> Any:
        units: Mapping[Hashable, str] = {}
        if word in _ADDING or word in _COMPARING:
            axis = named.get("axis", arguments[0] if arguments else 1)
            units = _frame_units(self, other, axis)
        elif word in _SCALING and not _has_units(other):
            units = self.units
        made = plain(self, other, *arguments, **named)
        if isinstance(made, CountFrame):
            kept = {} if word in _COMPARING else {c: unit for c, unit in units.items() if c in made.columns}
            object.__setattr__(made, "units", kept)
        return made

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


def _filling(kind: type[CountSeries] | type[CountFrame], name: str) -> Callable[..., Any]:
    plain = getattr(pd.Series if kind is CountSeries else pd.DataFrame, name)

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        for other in (*arguments, *named.values()):
            if isinstance(self, CountFrame):
                _frame_units(self, other, named.get("axis", 1))
            else:
                check_units(self.unit_of_count, _unit(other))
        return plain(self, *arguments, **named)

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


def _across(name: str) -> Callable[..., Any]:
    plain = getattr(pd.DataFrame, name)
    place = 1 if name == "diff" else 0

    def method(self: CountFrame, *arguments: Any, **named: Any) -> Any:
        axis = named.get("axis", arguments[place] if len(arguments) > place else 0)
        unit = check_units(*self.units.values()) if axis in (1, "columns") else ""
        made = plain(self, *arguments, **named)
        if axis in (1, "columns") and isinstance(made, CountSeries):
            object.__setattr__(made, UNIT_COLUMN, unit)
        return made

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


for _word in (*_ADDING, *_COMPARING, *_SCALING, *_OTHER):
    for _name in (_word, f"__{_word}__", *_ALIASES.get(_word, ())):
        setattr(CountSeries, _name, _series_method(_name, _word))
        setattr(CountFrame, _name, _frame_method(_name, _word))
for _name in _FILLING:
    setattr(CountSeries, _name, _filling(CountSeries, _name))
    setattr(CountFrame, _name, _filling(CountFrame, _name))
for _name in _ACROSS:
    setattr(CountFrame, _name, _across(_name))
# a class that says what equals what must say again that it has no hash
CountSeries.__hash__ = pd.Series.__hash__
CountFrame.__hash__ = pd.DataFrame.__hash__
