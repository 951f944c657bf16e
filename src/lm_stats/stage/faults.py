"""Faults of files that more than one reader finds."""

from __future__ import annotations

from pathlib import Path

from lm_stats.spec import Fault, Problem

COPY_AGAIN = "Copy the file again from where it came from, or ask the office to send it again."


def cannot_open(path: Path, error: OSError) -> Fault:
    """The fault of a file that is not there or may not be read."""
    if isinstance(error, FileNotFoundError):
        return Fault(Problem(path.name, "there is no such file", "Check the name and the folder."))
    if isinstance(error, IsADirectoryError) or path.is_dir():
        return Fault(Problem(path.name, "this is a folder, not a file", "Name the files in it."))
    what = f"the file cannot be opened ({type(error).__name__})"
    return Fault(Problem(path.name, what, "Close it in other programs, and check that you may read it."))


def damaged(path: Path, sheet: str = "") -> Fault:
    """The fault of a file (or one of its sheets) that cannot be read to its end."""
    where = f"{path.name}, sheet {sheet}" if sheet else path.name
    return Fault(Problem(where, "the file is cut off or damaged", COPY_AGAIN))


def has_password(
    path: Path, do: str = "Open it, remove the password (File, Info, Protect Workbook) and save it again."
) -> Fault:
    """The fault of a file that is encrypted."""
    return Fault(Problem(path.name, "the file is protected by a password", do))


def unless_stopped(error: BaseException, fault: Fault) -> BaseException:
    """The fault, unless someone asked the program to stop.

    The reader of workbooks is written in another language, whose failures do not derive from
    `Exception`.
    """
    return error if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError) else fault


def part_of_a_file(path: Path) -> Fault:
    """The fault of a copy that went to an office for looking up, and comes in as if it were the file."""
    what = "this is the copy for looking up that was sent to the office: it does not hold all rows of the file"
    return Fault(Problem(path.name, what, "Ask the office to correct its own file, and to send all of it again."))
