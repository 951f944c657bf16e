"""What people decided about spellings, put before the maps of a source wherever it is used."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import Problem, Source
from pipelines.root import Root

if TYPE_CHECKING:
    from lm_stats.coding import Memory

NAME = "coding"
# by sender: what was read last, and the files and declarations that it was read from
_READ: dict[str, tuple[Catalog, tuple[object, ...], Memory]] = {}


def with_memory(root: Root, catalog: Catalog, source: Source) -> Source:
    """A source with the decisions of its sender's coding memory before the lines of its maps.

    Args:
        root: The root; it need not exist.
        catalog: The declarations.
        source: The source as it is declared.
    """
    if not root.decisions(NAME, source.ref_area):
        return source
    # only where there is a memory: a run with nothing to do loads nothing that takes long
    from lm_stats.coding import remember

    return remember(source, _memory(root, catalog, source.ref_area).entries(source))


def memory_of(root: Root, catalog: Catalog, source: Source) -> list[tuple[str, list[tuple[str, ...]]]] | None:
    """What the memory says of a source, as one of the things that its files are made from; none where it says nothing.

    Args:
        root: The root.
        catalog: The declarations.
        source: The source.
    """
    if not root.decisions(NAME, source.ref_area):
        return None
    entries = _memory(root, catalog, source.ref_area).entries(source)
    return [(name, [dataclasses.astuple(one) for one in lines]) for name, lines in sorted(entries.items())] or None


def memory_problems(root: Root, catalog: Catalog) -> list[Problem]:
    """What is wrong with lines of the memories of all senders, each told once."""
    found: list[Problem] = []
    for path in root.decisions(NAME):
        sender = path.parent.parent.name.upper()
        if sender in catalog.countries:
            found += _memory(root, catalog, sender).problems
        else:
            what = "no pack of this sender is declared, so no decision of it counts"
            found.append(Problem("/".join(path.parts[-3:]), what, "Name the folder by the ISO3 code of its country."))
    return found


def _memory(root: Root, catalog: Catalog, ref_area: str) -> Memory:
    from lm_stats.coding import choices_of, read_memory

    paths = root.decisions(NAME, ref_area)
    # size and time are part of it: each node and command asks, and a large memory is read once
    stamps = tuple((path, (stat := path.stat()).st_size, stat.st_mtime_ns, stat.st_ino) for path in paths)
    before = _READ.get(ref_area)
    if before and before[0] is catalog and before[1] == stamps:
        return before[2]
    own = [source for source in catalog.sources.values() if source.ref_area == ref_area]
    choices = choices_of(own, catalog.kinds, catalog.concepts, catalog.codelists)
    memory = read_memory(paths, choices)
    _READ[ref_area] = catalog, stamps, memory
    return memory
