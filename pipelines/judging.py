"""Judging files without storing them: what would become of each row, in a folder that is gone afterwards."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lm_stats.catalog import Catalog
from lm_stats.spec import Delivery, Fault, Problem, Source
from pipelines import store
from pipelines.asking import headings_of, would_ask
from pipelines.defs.s1_staged import coders_of, over_sheets
from pipelines.nodes import show_trace
from pipelines.store import Rows

if TYPE_CHECKING:
    from lm_stats.compile.coder import Coder
    from lm_stats.handover import Harmonised, Staged
    from lm_stats.stage import Keyring


_PREFIX = "lm-stats-judging-"
# seconds after which nobody works in such a folder any more
_ABANDONED = 6 * 3600


@dataclass(frozen=True)
class Judgement:
    """What would become of the rows of a delivery.

    Attributes:
        delivery: The delivery.
        staged: Its staged files, or none where it cannot be used.
        harmonised: What came of them, or none.
        problems: Why it cannot be used.
        warnings: What a person should know.
    """

    delivery: Delivery
    staged: Staged | None = None
    harmonised: Harmonised | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def rows(self) -> Rows:
        """The account of all rows."""
        accounts = self.harmonised.accounts if self.harmonised else ()
        parts = (Rows(a.rows_in, a.accepted, sum(a.quarantined.values()), dict(a.excluded)) for a in accounts)
        return sum(parts, Rows())

    @property
    def quarantined(self) -> dict[str, int]:
        """Rows that would be held back, by reason."""
        found: dict[str, int] = {}
        for account in self.harmonised.accounts if self.harmonised else ():
            for reason, count in account.quarantined.items():
                found[reason] = found.get(reason, 0) + count
        return dict(sorted(found.items()))


@dataclass
class Bench:
    """Where files are judged; its folder is deleted when it is left.

    Args:
        catalog: The declarations.
        work: An empty folder that only its owner can open.

    Attributes:
        key: A key made for the moment: tokens of two deliveries can be compared here, and nowhere else.
    """

    catalog: Catalog
    work: Path
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _coders: dict[str, dict[str, dict[str, Coder]]] = field(default_factory=dict)

    def judge(
        self, source: Source, delivery: Delivery, folder: Path, releases: Sequence[Path] = (), *,
        layouts: Sequence[Path] = (), marks: bool = False,
    ) -> Judgement:  # fmt: skip
        """Stage and harmonise a delivery on its own.

        Args:
            source: Its source.
            delivery: The delivery.
            folder: The folder with its files, which are only read.
            releases: Files of decisions on rows that are held back.
            layouts: Files in which people said what the columns of the source are.
            marks: Whether what is said of single rows is wanted.
        """
        from lm_stats.handover import UnclearLayout
        from lm_stats.harmonise import harmonise
        from lm_stats.sendback import describe_warnings
        from lm_stats.stage import Keyring

        kind = self.catalog.kinds[source.kind]
        tables = {name: self.catalog.tables[name] for name in kind.tables}
        concepts, codelists = self.catalog.concepts, self.catalog.codelists
        place = self.work / f"{len(list(self.work.iterdir()))}"
        staged = None
        try:
            keyring = Keyring(self.key) if kind.needs_key else None
            staged = self._stage(source, delivery, folder, keyring, place, layouts)
            (place / "harmonised").mkdir()
            harmonised = harmonise(
                source,
                kind,
                tables,
                concepts,
                codelists,
                self._coders_of(source),
                [delivery],
                {delivery.id: {part.record: part.path for part in staged.parts}},
                place / "harmonised",
                releases=releases,
                marks=marks,
            )
        except Exception as error:
            if not isinstance(error, Fault):
                show_trace(error)
            warnings = staged.warnings if staged else ()
            told = store.told_plainly(error, delivery.id).problems
            problems = over_sheets(would_ask(source, error) if isinstance(error, UnclearLayout) else told)
            return Judgement(delivery, staged, None, problems, over_sheets(warnings))
        said = harmonised.warnings
        counted = describe_warnings(source, kind, tables, concepts, codelists, harmonised.accounts, said)
        return Judgement(delivery, staged, harmonised, (), over_sheets((*staged.warnings, *said, *counted)))

    def _stage(
        self, source: Source, delivery: Delivery, folder: Path, keyring: Keyring | None, place: Path,
        layouts: Sequence[Path],
    ) -> Staged:  # fmt: skip
        from lm_stats.stage import stage

        (place / "staged").mkdir(parents=True)
        kind = self.catalog.kinds[source.kind]
        coders = self._coders_of(source)
        said = layouts, headings_of(self.catalog)
        return stage(source, kind, self.catalog.concepts, coders, delivery, folder, keyring, place / "staged", *said)

    def _coders_of(self, source: Source) -> dict[str, dict[str, Coder]]:
        if source.path not in self._coders:
            self._coders[source.path] = coders_of(self.catalog, source)
        return self._coders[source.path]


@contextlib.contextmanager
def bench(catalog: Catalog) -> Iterator[Bench]:
    """A place to judge files in; what is in it is pseudonymous, and gone when it is left."""
    _clear_abandoned()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        yield Bench(catalog, Path(folder))


def _clear_abandoned() -> None:
    """Delete what a command that was killed has left, once it is certain that it no longer works there."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                if folder.is_dir() and not folder.is_symlink() and time.time() - folder.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(folder, ignore_errors=True)
