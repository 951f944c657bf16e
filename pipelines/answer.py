"""What a command answers: one document, as JSON or as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lm_stats.spec import Problem
from pipelines.store import Rows

DONE, FAILED, WRONG_USE, REFUSED = 0, 1, 2, 3


@dataclass(frozen=True)
class AssetAnswer:
    """What became of one asset: `made`, `kept` or `failed`."""

    key: str
    status: str
    rows: Rows
    seconds: float = 0.0


@dataclass
class Answer:
    """What became of a command.

    Attributes:
        command: The command.
        root: The root it worked on.
        code: Exit code: 0 done, 1 failed, 2 wrong use, 3 refused.
        unchanged: Whether there was nothing to do.
        assets: What became of each asset.
        outputs: Paths of what a person may open.
        problems: What is wrong.
        warnings: What a person should know.
        lines: The answer as text.
        facts: Further parts of the document.
    """

    command: str
    root: str
    code: int = DONE
    unchanged: bool = False
    assets: list[AssetAnswer] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """`done`, `unchanged`, `failed` or `refused`."""
        if self.code == DONE:
            return "unchanged" if self.unchanged else "done"
        return "refused" if self.code == REFUSED else "failed"

    def fail(self, problems: list[Problem] | tuple[Problem, ...], code: int = FAILED) -> None:
        """Add problems; the weightiest exit code is kept."""
        self.problems += [problem for problem in problems if problem not in self.problems]
        if problems:
            self.code = max(self.code, code)

    def document(self) -> dict[str, Any]:
        """The answer as the contracts have it."""
        return {
            "command": self.command,
            "root": self.root,
            "status": self.status,
            "assets": [
                {"key": a.key, "status": a.status, **dataclasses.asdict(a.rows), "seconds": a.seconds}
                for a in self.assets
            ],
            "outputs": self.outputs,
            "problems": [dataclasses.asdict(problem) for problem in self.problems],
            "warnings": [dataclasses.asdict(warning) for warning in self.warnings],
            **self.facts,
        }
