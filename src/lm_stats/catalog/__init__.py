"""The vocabulary: every declaration, found by walking this folder and the folders of added packs.

Here belong declarations only: concepts, codelists, kinds, tables, indicators, families, figures, groupings,
releases, recipients and one pack for each member state. No function that changes data stands
here. A declaration is found by the name of its module's constant (`SOURCE`, `INDICATOR`, ...) and
never registered anywhere.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from lm_stats.catalog.dataflows import LIST, flows_of, indicators_of
from lm_stats.spec import (
    Boundaries,
    Break,
    Calendar,
    Code,
    Codelist,
    Concept,
    Count,
    Country,
    Examined,
    Family,
    Fault,
    Figure,
    Grouping,
    Indicator,
    Kind,
    MapEntry,
    PlausibilityRule,
    Population,
    Problem,
    Rate,
    Recipient,
    Release,
    Source,
    Table,
    normalise_spelling,
    read_boundaries,
    read_codelist,
    read_map,
)
from lm_stats.spec.linkage import LinkageModel
from lm_stats.spec.places import AMBIGUOUS, EXCLUDE

HOME = Path(__file__).parent
# what the different values of a column are
DISTINCT_UNITS = {"person_id": "person", "household_id": "household"}
_NAMED = {
    "kinds": "KIND",
    "tables": "TABLE",
    "indicators": "INDICATOR",
    "families": "FAMILY",
    "figures": "FIGURE",
    "groupings": "GROUPING",
    "releases": "RELEASE",
    "recipients": "RECIPIENT",
    "examined": "EXAMINED",
    "plausibility": "RULE",
    "linkage": "LINKAGE",
}


@dataclass
class Catalog:
    """All declarations, by id.

    `sources` go by path (`xyz/work_permits`), `simulations` by folder of the country, `boundaries` by its code,
    `spellings` by the codelist whose codes they stand for; those of `months` and `headings` stand for months and
    concepts. `spelling_seals` are checksums of their files, which say that they changed in less time than their lines.
    """

    concepts: dict[str, Concept] = field(default_factory=dict)
    codelists: dict[str, Codelist] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    groupings: dict[str, Grouping] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    recipients: dict[str, Recipient] = field(default_factory=dict)
    examined: dict[str, Examined] = field(default_factory=dict)
    plausibility: dict[str, PlausibilityRule] = field(default_factory=dict)
    linkage: dict[str, LinkageModel] = field(default_factory=dict)
    countries: dict[str, Country] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    simulations: dict[str, Any] = field(default_factory=dict)
    boundaries: dict[str, Boundaries] = field(default_factory=dict)
    spellings: dict[str, tuple[MapEntry, ...]] = field(default_factory=dict)
    spelling_seals: dict[str, str] = field(default_factory=dict)

    def breaks(self, *tables: str) -> dict[str, tuple[Break, ...]]:
        """Declared breaks by code of the country, as far as they touch any of some tables."""
        found: dict[str, tuple[Break, ...]] = {c.code: c.breaks for c in self.countries.values() if c.breaks}
        filled = {self.tables[name].made_from or name for name in tables if name in self.tables}
        for source in self.sources.values():
            if source.breaks and filled & set(self.kinds[source.kind].tables):
                found[source.ref_area] = (*found.get(source.ref_area, ()), *source.breaks)
        return found


def load(extra: Sequence[Path] = ()) -> Catalog:
    """Read every declaration.

    Args:
        extra: Folders of further packs. Each holds `countries/` and may hold `indicators/`,
            `figures/`, `codelists/` and so on, laid out as this folder is.

    Raises:
        Fault: If a folder does not exist, a declaration cannot be read, an id stands twice or a
            declaration names one that does not exist.
    """
    catalog = Catalog()
    # what lies abroad is in no district, as what is not stated
    districts: list[Code] = [
        Code("_T", "Total", kind="total"),
        Code("X", "Not stated", "_T", "missing"),
        Code("_O", "Outside the country", "_T", "missing"),
    ]
    agencies: dict[str, Code] = {}
    for number, folder in enumerate((HOME, *extra)):
        if not any((folder / part).is_dir() for part in ("countries", *_NAMED)):
            raise Fault(Problem(str(folder), "no packs are here", "Name a folder that holds `countries/`."), code=2)
        package = "lm_stats.catalog" if folder == HOME else _package(f"lm_stats_pack_{number}", folder)
        _read_folder(catalog, package, folder, districts, agencies)
    catalog.codelists["districts"] = _listed("districts", districts)
    catalog.codelists["agencies"] = _listed("agencies", agencies.values())
    offices = (replace(code, parent="_T") for code in agencies.values())
    total, missing = Code("_T", "Total", kind="total"), Code("X", "Not stated", "_T", "missing")
    catalog.codelists["offices"] = _listed("offices", (total, *offices, missing))
    _add_areas(catalog)
    _add_calendars(catalog)
    _add_families(catalog)
    _check(catalog)
    return catalog


def _add_families(catalog: Catalog) -> None:
    """Make the indicators of families, and give them to the releases and recipients that name the family."""
    listed = catalog.codelists.get(LIST, Codelist(LIST, ()))
    members: dict[str, list[str]] = {}
    for family in catalog.families.values():
        made = members.setdefault(family.id, [])
        for indicator in indicators_of(family, listed, catalog.tables):
            # one that is declared by itself takes the place of that which the family would have
            if indicator.id not in catalog.indicators:
                catalog.indicators[indicator.id] = _as_before(f"indicator {indicator.id}", indicator)
                made.append(indicator.id)
    for name, release in catalog.releases.items():
        more = [one for family in release.families for one in members.get(family, ())]
        whole = replace(release, indicators=tuple(dict.fromkeys((*release.indicators, *more))))
        catalog.releases[name] = _as_before(f"release {name}", whole)
    for name, recipient in catalog.recipients.items():
        sent = [catalog.indicators[one] for family in recipient.families for one in members.get(family, ())]
        whole_of = replace(recipient, flows=(*recipient.flows, *flows_of(sent, listed)))
        catalog.recipients[name] = _as_before(f"recipient {name}", whole_of)


def _add_calendars(catalog: Catalog) -> None:
    """Tell sources how their country names months and when its fiscal year begins."""
    months = {normalise_spelling(entry.value): int(entry.code) for entry in catalog.spellings.get("months", ())}
    calendars = {code: Calendar(months, country.fiscal_start) for code, country in catalog.countries.items()}
    for path, source in catalog.sources.items():
        catalog.sources[path] = _as_before(f"source {path}", replace(source, calendar=calendars[source.ref_area]))


def _add_areas(catalog: Catalog) -> None:
    """Give packs whose code is no ISO country (fictional states, senders that are none) their area."""
    areas = catalog.codelists.get("areas")
    if areas is None:
        return
    added = [
        Code(
            country.code,
            country.names["en"],
            areas.total,
            # nobody is a citizen of a sender that is no state
            "" if country.groups or country.districts else "group",
            attributes={"groups": " ".join(country.groups)},
        )
        for country in catalog.countries.values()
        if country.code not in areas
    ]
    catalog.codelists["areas"] = _listed("areas", (*areas.codes, *added))
    regions = catalog.codelists.get("regions_of_origin", ())
    groups = (replace(r, parent=areas.total, kind="group") for r in regions if r.code not in areas.by_code)
    catalog.codelists["counterparts"] = _listed("counterparts", (*catalog.codelists["areas"].codes, *groups))


_made: dict[str, list[Any]] = {}


def _as_before(name: str, declaration: Any) -> Any:
    """The equal declaration of a catalogue that was loaded before: what is known of it need not be found out again."""
    known = _made.setdefault(name, [])
    for one in known:
        if _is_same(one, declaration):
            return one
    # a few, for catalogues with several sets of packs
    known[:] = [declaration, *known[:7]]
    return declaration


def _listed(name: str, codes: Iterable[Code]) -> Codelist:
    """A codelist of codes that were gathered; the same object where a catalogue before had the same."""
    gathered = tuple(codes)
    known = _made.setdefault(f"codelist {name}", [])
    found: Codelist | None = next((one for one in known if _is_same(one.codes, gathered)), None)
    if found is None:
        found = Codelist(name, gathered)
        _as_before(f"codelist {name}", found)
    return found


def _is_same(one: Any, other: Any) -> bool:
    """Whether two declarations say the same in the same order; what was read once is the same object."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if is_dataclass(one):
        return all(_is_same(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(_is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _read_folder(
    catalog: Catalog, package: str, folder: Path, districts: list[Code], agencies: dict[str, Code]
) -> None:
    if (folder / "concepts.py").exists():
        for concept in _module(f"{package}.concepts", folder / "concepts.py").CONCEPTS:
            _add(catalog.concepts, concept.id, concept, folder)
    for path in sorted((folder / "codelists").glob("*.csv")):
        _add(catalog.codelists, path.stem, _guard(path, read_codelist), folder)
    for path in sorted((folder / "spellings").glob("*.csv")):
        before, lines = catalog.spellings.get(path.stem, ()), _guard(path, read_map)
        # the lines as they were read, where no other folder has some: what is known of them holds for all catalogues
        catalog.spellings[path.stem] = (*before, *lines) if before else lines
        catalog.spelling_seals[path.stem] = catalog.spelling_seals.get(path.stem, "") + _guard(path, _seal)
    for part, constant in _NAMED.items():
        for path, module in _modules(f"{package}.{part}", folder / part):
            if hasattr(module, constant):
                declaration = getattr(module, constant)
                _add(getattr(catalog, part), declaration.id, declaration, path)
    for home in sorted(path for path in (folder / "countries").glob("*") if any(path.glob("*.py"))):
        if not (home / "__init__.py").exists():
            raise Fault(Problem(str(home), "the pack has no __init__.py", "Declare its COUNTRY there."))
        _read_pack(catalog, f"{package}.countries.{home.name}", home, districts, agencies)


def _read_pack(catalog: Catalog, package: str, home: Path, districts: list[Code], agencies: dict[str, Code]) -> None:
    country: Country = _declared(_module(package, home / "__init__.py"), "COUNTRY", home / "__init__.py")
    if "en" not in country.names:
        raise Fault(Problem(str(home), "the country has no English name", 'Give it one in `names`: {"en": "..."}.'))
    if country.code.lower() != home.name:
        raise Fault(Problem(str(home), f"the pack is for {country.code}", f"Call its folder {country.code.lower()}."))
    _add(catalog.countries, country.code, country, home)
    own: dict[str, str] = {}
    spellings: tuple[MapEntry, ...] = ()
    if country.districts:
        listed, spellings = _guard(home / country.districts, _read_districts)
        common = {code.code for code in districts if code.kind}
        districts.extend(replace(code, parent=code.parent or "_T") for code in listed if code.code not in common)
        own = {code.code: code.attributes.get("national_code", "") for code in listed if code.kind == ""}
    if country.boundaries:
        catalog.boundaries[country.code] = _guard(home / country.boundaries, read_boundaries)
    for agency in country.agencies:
        agencies[agency.code] = Code(agency.code, agency.name)
    for path, module in _modules(package, home):
        if path.stem == "simulation":
            catalog.simulations[home.name] = _declared(module, "SIMULATION", path)
        elif hasattr(module, "SOURCE") or not _imported_by_others(home, path):
            declared: Source = _declared(module, "SOURCE", path)
            source = replace(
                declared,
                id=path.stem,
                ref_area=country.code,
                entries={**({"district": spellings} if spellings else {}), **_entries(home, declared.maps)},
                parts={
                    name: replace(part, entries=_entries(home, part.maps)) for name, part in declared.parts.items()
                },
                district_codes=own,
            )
            agencies.setdefault(source.agency, Code(source.agency, source.agency))
            _add(catalog.sources, source.path, source, path)


def _entries(home: Path, maps: Mapping[str, str]) -> dict[str, tuple[MapEntry, ...]]:
    return {concept: _guard(home / name, read_map) for concept, name in maps.items()}


def _declared(module: ModuleType, constant: str, path: Path) -> Any:
    if not hasattr(module, constant):
        raise Fault(Problem(str(path), f"{constant} is not declared here", "Declare it; see docs/add-a-source.md."))
    return getattr(module, constant)


def _imported_by_others(home: Path, path: Path) -> bool:
    """Whether a module of a pack serves its other modules, so that it need not declare anything."""
    others = (other for other in home.glob("*.py") if other != path)
    return any(re.search(rf"import.*\b{path.stem}\b|\b{path.stem}\b import", o.read_text("utf-8")) for o in others)


def _read_districts(path: Path) -> tuple[Codelist, tuple[MapEntry, ...]]:
    """Districts as a codelist with the column `national_code`, or as a map from spellings to ISO 3166-2.

    In a map the first spelling of a code is its label, and one of digits only its national code.
    """
    with path.open(encoding="utf-8", newline="") as file:
        heading = next(csv.reader(file), [])
    if "value" not in heading:
        return read_codelist(path), ()
    entries = read_map(path)
    by_code: dict[str, list[str]] = {}
    for entry in entries:
        by_code.setdefault(entry.code, []).append(entry.value)
    codes = []
    for code, values in by_code.items():
        names = [value for value in values if not value.isdigit()]
        national = next((value for value in values if value.isdigit()), "")
        codes.append(Code(code, (names or values)[0], "", attributes={"national_code": national}))
    return Codelist(path.stem, tuple(codes)), entries


def _modules(package: str, folder: Path) -> Iterator[tuple[Path, ModuleType]]:
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield path, _module(f"{package}.{path.stem}", path)


def _module(name: str, path: Path) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(path.parent)] if path.name == "__init__.py" else None
    )
    if spec is None or spec.loader is None:
        raise Fault(Problem(str(path), "this is no Python file", "Put a declaration there, or take it away."))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise Fault(Problem(str(path), f"the declaration cannot be read ({error})", "Correct it there.")) from error
    return module


def _package(name: str, folder: Path) -> str:
    """Make `folder` importable under a name of its own, so that two folders of packs never mix."""
    name = f"{name}_{re.sub(r'[^0-9a-zA-Z]', '_', str(folder.resolve()))}"
    for part in ("", ".countries"):
        if name + part not in sys.modules:
            module = ModuleType(name + part)
            module.__path__ = [str(folder / part.lstrip("."))]
            sys.modules[name + part] = module
    return name


@lru_cache(maxsize=1000)
def _read_once(read: Callable[[Path], Any], path: Path, size: int, mtime_ns: int) -> Any:
    # what is read is frozen, so that catalogues that are loaded again share it
    return read(path)


def _guard(path: Path, read: Callable[[Path], Any]) -> Any:
    try:
        status = path.stat()
        return _read_once(read, path, status.st_size, status.st_mtime_ns)
    except (OSError, ValueError) as error:
        raise Fault(Problem(str(path), f"the declaration cannot be read ({error})", "Correct it there.")) from error


def _seal(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _add(known: dict[str, Any], key: str, declaration: object, where: Path) -> None:
    if key in known and known[key] != declaration:
        raise Fault(Problem(str(where), f"{key} is declared twice", "Give one of the two another id."))
    known[key] = declaration


def _check(catalog: Catalog) -> None:
    """Find declarations that name what does not exist."""
    problems = [
        Problem(where, f"names {kind} {name}, which is not declared", "Declare it, or correct the name.")
        for where, kind, name, known in _references(catalog)
        if name and name not in known
    ]
    for one in catalog.kinds.values():
        named = [name for name in one.concepts if name in catalog.concepts and catalog.concepts[name].identifier]
        if named and not one.needs_key:
            what = f"holds {', '.join(named)}, which stand for somebody, and is read without a key"
            problems.append(Problem(f"kind {one.id}", what, "Declare it as keyed."))
    for path, source in catalog.sources.items():
        kind = catalog.kinds.get(source.kind)
        if kind is None:
            continue
        for name in source.parts:
            if name not in [record.id for record in kind.records]:
                what = f"{name} is no type of rows of {kind.id}"
                problems.append(Problem(f"source {path}", what, "Correct the name."))
        for concept in (*source.columns, *source.maps, *source.defaults):
            if concept not in kind.concepts:
                problems.append(Problem(f"source {path}", f"{concept} is no concept of {kind.id}", "Correct the name."))
        for record in kind.records:
            part = source.parts.get(record.id)
            for concept in (*part.columns, *part.maps, *part.defaults) if part else ():
                if concept not in record.concepts:
                    what = f"{concept} is no concept of the {record.id} of {kind.id}"
                    problems.append(Problem(f"source {path}", what, "Correct the name."))
        problems += _check_parts(catalog, path, source, kind)
        for layout in source.layouts:
            for concept in () if layout.not_taken else layout.concepts:
                if concept not in kind.concepts:
                    what = f"{concept} is no concept of {kind.id}"
                    problems.append(Problem(f"source {path}, layout {layout.id}", what, "Correct the name."))
        for concept, names in source.coded_by.items():
            coded = catalog.codelists.get(catalog.concepts[concept].codelist) if concept in kind.concepts else None
            for name in names:
                if coded is None or not any(name in code.attributes for code in coded):
                    what = f"{concept} has no codelist with the attribute {name}"
                    problems.append(Problem(f"source {path}", what, "Correct the name."))
        every = [source.entries, *(part.entries for part in source.parts.values())]
        for concept, entries in (item for maps in every for item in maps.items()):
            declared = catalog.concepts.get(concept)
            codelist = catalog.codelists.get(declared.codelist) if declared else None
            for entry in entries:
                if entry.rule.startswith(EXCLUDE):
                    if entry.rule == EXCLUDE or entry.code:
                        what = f"the line of {entry.value} leaves rows out, and has no reason or has a code"
                        problems.append(Problem(f"source {path}, map of {concept}", what, "Correct the line."))
                elif codelist is not None and any(
                    not _may_carry(catalog, kind, codelist, code)
                    for code in (entry.code.split() if entry.rule == AMBIGUOUS else (entry.code,))
                ):
                    problems.append(
                        Problem(
                            f"source {path}, map of {concept}",
                            f"code {entry.code} is not one that records may carry in {codelist.id}",
                            "Correct the line of the map.",
                        )
                    )
    problems += _check_spellings(catalog)
    problems += _check_units(catalog)
    problems += _check_families(catalog)
    if problems:
        raise Fault(problems)


def _check_parts(catalog: Catalog, path: str, source: Source, kind: Kind) -> Iterator[Problem]:
    """Find what a source says of parts of cells and of records, and of names in tables, that cannot be meant."""
    for concept, pattern in source.extracts.items():
        declared = catalog.concepts.get(concept) if concept in kind.concepts else None
        if declared is None:
            what = f"extracts {concept}, which is no concept of {kind.id}"
            yield Problem(f"source {path}", what, "Correct the name.")
        elif (declared.type == "date") == ("text" in re.compile(pattern).groupindex):
            what = f"extracts {concept}, a {declared.type}, with the groups of another type"
            yield Problem(f"source {path}", what, "Name year and what follows for a date, text for anything else.")
    for concept in (*source.unstated, *((source.whole_by,) if source.whole_by else ())):
        if concept not in kind.concepts:
            yield Problem(f"source {path}", f"{concept} is no concept of {kind.id}", "Correct the name.")
    if source.whole_by and getattr(catalog.concepts.get(source.whole_by), "type", "") not in ("integer", "number"):
        what = f"{source.whole_by} is no number, so none is the largest"
        yield Problem(f"source {path}", what, "Name the concept of a number.")
    for layout in source.layouts if kind.keyed else ():
        headings: dict[bool, set[str]] = {True: set(), False: set()}
        for name, found in layout.labels.items():
            names = name in catalog.concepts and bool(catalog.concepts[name].identifier)
            headings[names] |= {normalise_spelling(heading) for heading in found}
        if headings[True] & headings[False] or layout.cells or layout.nested:
            what = "would keep names as they stand: those of a column of names, or all cells"
            yield Problem(f"source {path}, layout {layout.id}", what, "Declare the column for the identifier alone.")


def _check_units(catalog: Catalog) -> Iterator[Problem]:
    """Find indicators that count what their table does not hold, and rates of different units."""
    for indicator in catalog.indicators.values():
        if indicator.is_published:
            continue
        how, counted = indicator.estimator, indicator.counted
        parts = [Population(indicator.table, indicator.universe), *(how.base if isinstance(how, Rate) else ())]
        for part in parts:
            if part.table not in catalog.tables:
                continue
            units = _units_of(catalog.tables[part.table], part.universe, counted)
            if counted.unit not in units:
                what = f"counts {counted.unit}, but {part.table} holds {' or '.join(units) or 'nothing of the kind'}"
                do = "Name the unit that is counted, or the column whose different values are. Units are never mixed."
                yield Problem(f"indicator {indicator.id}", what, do)


def _check_families(catalog: Catalog) -> Iterator[Problem]:
    """Find families that no dataflow belongs to, and rates without a base."""
    filled = {indicator.family for indicator in catalog.indicators.values()}
    for family in catalog.families.values():
        if family.id not in filled:
            what = f"no dataflow that begins with {family.begins} and ends with {family.ends} can be made"
            yield Problem(f"family {family.id}", what, f"Correct it, or the list {LIST}; or take the family away.")
        if isinstance(family.estimator, Rate) != bool(family.bases) or set(family.bases) - set(family.universes):
            yield Problem(f"family {family.id}", "a rate, and only it, has a base for each table", "Correct `bases`.")


def _units_of(table: Table, universe: str, counted: Count) -> tuple[str, ...]:
    """What may be counted in a table, in the singular."""
    if counted.distinct:
        unit = DISTINCT_UNITS.get(counted.distinct, "") if counted.distinct in table.columns else ""
        return (unit,) if unit else ()
    also = tuple(unit for unit, condition in table.also.items() if condition in universe)
    return (table.unit_of_count, *also)


def _check_spellings(catalog: Catalog) -> Iterator[Problem]:
    """Find lines that all packs share whose codes no record may carry."""
    regions = catalog.codelists.get("regions_of_origin")
    for name, lines in catalog.spellings.items():
        codelist = catalog.codelists.get(name)
        allowed = {*codelist.leaves, *(regions.leaves if regions is not None else ())} if codelist else set()
        named = {line.code for line in lines} if codelist else set()
        unlisted = {code for codes in named for code in codes.split()} - allowed
        for line in lines if unlisted else ():
            if wrong := [code for code in line.code.split() if code in unlisted]:
                what = f"code {', '.join(wrong)} of {line.value} is not one that records may carry in {name}"
                yield Problem(f"spellings/{name}.csv", what, "Correct the line.")


def _may_carry(catalog: Catalog, kind: Kind, codelist: Codelist, code: str) -> bool:
    """Whether rows of a kind may have a code: published ones also those of totals and groups."""
    if any(record.sums for record in kind.records):
        return code in codelist
    regions = catalog.codelists.get("regions_of_origin")
    return code in codelist.leaves or (regions is not None and code in regions.leaves)


def _references(catalog: Catalog) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    for concept in catalog.concepts.values():
        yield f"concept {concept.id}", "codelist", concept.codelist, catalog.codelists
        yield f"concept {concept.id}", "codelist", concept.detail, catalog.codelists
        yield f"concept {concept.id}", "concept", concept.bands, catalog.concepts
    for table in catalog.tables.values():
        for name in table.columns:
            yield f"table {table.id}", "concept", name, catalog.concepts
        yield f"table {table.id}", "table", table.made_from, catalog.tables
    for kind in catalog.kinds.values():
        for name in kind.tables:
            yield f"kind {kind.id}", "table", name, catalog.tables
        for name in kind.concepts:
            yield f"kind {kind.id}", "concept", name, catalog.concepts
        for agreement in (record.agreement for record in kind.records if record.agreement):
            for name in (agreement.value, agreement.tables, *agreement.by):
                yield f"agreement in kind {kind.id}", "concept", name, catalog.concepts
    for path, source in catalog.sources.items():
        yield f"source {path}", "kind", source.kind, catalog.kinds
        for name in (detail.codelist for details in source.details.values() for detail in details):
            yield f"source {path}", "codelist", name, catalog.codelists
    for indicator in catalog.indicators.values():
        for name in indicator.tables:
            yield f"indicator {indicator.id}", "table", name, catalog.tables
        for name in indicator.concepts:
            yield f"indicator {indicator.id}", "concept", name, catalog.concepts
    for family in catalog.families.values():
        for name in (*family.universes, *family.bases):
            yield f"family {family.id}", "table", name, catalog.tables
    for figure in catalog.figures.values():
        yield f"figure {figure.id}", "indicator", figure.indicator, catalog.indicators
        yield f"figure {figure.id}", "grouping", figure.grouping, catalog.groupings
    for release in catalog.releases.values():
        for name in release.indicators:
            yield f"release {release.id}", "indicator", name, catalog.indicators
        for name in release.families:
            yield f"release {release.id}", "family", name, catalog.families
        for name in release.figures:
            yield f"release {release.id}", "figure", name, catalog.figures
        for name in release.recipients:
            yield f"release {release.id}", "recipient", name, catalog.recipients
    for recipient in catalog.recipients.values():
        for name in recipient.families:
            yield f"recipient {recipient.id}", "family", name, catalog.families
        for flow in recipient.flows:
            yield f"recipient {recipient.id}", "indicator", flow.indicator, catalog.indicators
    for seen in catalog.examined.values():
        yield f"view {seen.id}", "table", seen.table, catalog.tables
        for name in seen.parts.values():
            yield f"view {seen.id}", "codelist", name, catalog.codelists
    for rule in catalog.plausibility.values():
        sides = [side.view for relation in rule.relations for side in (relation.lesser, relation.greater)]
        for name in (*(view for view in rule.views if view != "own"), *sides):
            yield f"rule {rule.id}", "view", name, {**catalog.examined, **catalog.indicators}
        for view in rule.mirrors:
            yield f"rule {rule.id}", "table", view.table, catalog.tables
