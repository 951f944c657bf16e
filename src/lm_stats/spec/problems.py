"""What went wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A problem as it is told to a person. It never holds the content of a cell.

    Attributes:
        where: File, sheet, row, column, source or asset.
        what: What is wrong.
        do: What the reader can do about it.
    """

    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.do}"


class Fault(Exception):
    """Something cannot be done; the last good state stands. Carries `problems`.

    Args:
        problems: One or more problems.
        code: Exit code of the command line: 1 failed, 2 wrong use, 3 refused.
    """

    def __init__(self, problems: Problem | Iterable[Problem], code: int = 1) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.code = code
        super().__init__("; ".join(str(problem) for problem in self.problems))
