"""Which files of a delivery stand together: data and their description, an interview and its rosters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lm_stats.spec import Fault, Problem
from lm_stats.stage.content import find_format
from lm_stats.stage.cspro import open_cspro
from lm_stats.stage.fixed_width import open_fixed_width
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.parquet import open_parquet
from lm_stats.stage.rosters import is_exported, open_rosters
from lm_stats.stage.statistical import open_statistical
from lm_stats.stage.wording import shown

# descriptions of other files of the delivery: of CSPro, and of the Data Documentation Initiative
_DESCRIPTIONS = {"cspro": open_cspro, "ddi": open_fixed_width}


@dataclass(frozen=True)
class Tables:
    """What stands together: one file, or several of which one describes or completes the other.

    Attributes:
        path: The file, the first of several.
        form: What it is (see `find_format`), or `rosters`.
        labelled: Its tables, of files that name their columns themselves; empty for workbooks and delimited text.
    """

    path: Path
    form: str
    labelled: tuple[Labelled, ...] = ()


def find_tables(paths: Sequence[Path]) -> list[Tables]:
    """See which files of a delivery stand together, in their order.

    Args:
        paths: The files.

    Raises:
        Fault: If a file is damaged, or a description stands without its data.
    """
    forms = {path: find_format(path) for path in paths}
    described = {path: form for path, form in forms.items() if form in _DESCRIPTIONS}
    exported = [path for path, form in forms.items() if is_exported(path, form)]
    found: list[Tables] = []
    if exported:
        joined = open_rosters([(path, forms[path]) for path in exported])
        found.append(Tables(exported[0], "rosters", tuple(joined)))
    texts = [path for path, form in forms.items() if form == "text" and path not in exported]
    for path, form in described.items():
        if not texts:
            what = "this describes data, but no file with the data was delivered beside it"
            raise Fault(Problem(path.name, what, "Deliver it together with the data file (.dat), in one command."))
        own = texts
        if len(described) > 1:
            own = [text for text in texts if text.stem.casefold() == path.stem.casefold()]
        if len(own) != 1 and len(described) > 1:
            names = ", ".join(shown(other.name) for other in described)
            what = f"there are {len(described)} descriptions of data ({names}) and {len(texts)} texts"
            do = "Give each data file the name of its description: persons.dat and persons.dcf, say."
            raise Fault(Problem(path.name, what, do))
        found += [Tables(text, form, tuple(_DESCRIPTIONS[form](path, text))) for text in own]
    taken = {*exported, *described, *(tables.path for tables in found)}
    for path in paths:
        if path in taken:
            continue
        if forms[path] == "json":
            do = "Ask the office for the workbook or CSV."
            raise Fault(Problem(path.name, "this is JSON, not a workbook or CSV", do))
        if forms[path] in ("stata", "spss"):
            found.append(Tables(path, forms[path], (open_statistical(path, forms[path]),)))
        elif forms[path] == "parquet":
            found.append(Tables(path, forms[path], (open_parquet(path),)))
        else:
            found.append(Tables(path, forms[path]))
    return found
