"""Boundaries of districts, for maps that show values; not for measuring areas or placing points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Boundaries:
    """Polygons by code of the district.

    Attributes:
        polygons: By code, its polygons; each is an outer ring and perhaps holes; each ring a closed
            sequence of longitude and latitude in degrees (WGS 84).
        source: Where the lines come from, with their licence.
    """

    polygons: Mapping[str, tuple[tuple[Ring, ...], ...]]
    source: str = ""


def read_boundaries(path: Path) -> Boundaries:
    """Read polygons from a GeoJSON file (RFC 7946) whose features carry the code of the district as `id`.

    Args:
        path: A feature collection of polygons and multipolygons; its member `source` says where the lines
            come from.

    Raises:
        ValueError: If the file is none, or a feature has no id or another geometry.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = {}
        for feature in document["features"]:
            geometry = feature["geometry"]
            several = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
            found[str(feature["id"])] = tuple(
                tuple(tuple((float(point[0]), float(point[1])) for point in ring) for ring in polygon)
                for polygon in several
            )
    except (KeyError, TypeError, IndexError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name}: this is no GeoJSON file with polygons that carry ids") from error
    return Boundaries(found, str(document.get("source", "")))
