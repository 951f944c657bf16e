"""The command line: parses, calls, prints. Everything else is elsewhere."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from lm_stats.spec import Fault, Problem
from pipelines.answer import DONE, FAILED, REFUSED, WRONG_USE, Answer
from pipelines.cli_coding import coding_commands
from pipelines.cli_linkage import linkage_commands

_EPILOG = """\b
Examples:
  lm-stats demo
  lm-stats receive register.xlsx --kind work_permits --country XYZ --period 2024
  lm-stats run
  lm-stats status

\b
What lies where, below the root (default: data):
  raw/<country>/<source>/<period>.v<n>/   what offices sent, never touched
  curated/                                everything made from it; can be deleted and made again
  curated/published/draft/<release>/      report, figures, tables, database, exports

\b
Environment: LM_STATS_KEY (the key of identifiers; else a file in your configuration folder),
LM_STATS_CATALOG (folders of further packs), LM_STATS_DEBUG=1 (show where an error came from).

\b
Exit codes: 0 done or nothing to do, 1 something failed and the last good state
stands, 2 wrong use, 3 refused for data protection."""


def _path(**options: Any) -> Any:
    return click.Path(path_type=Path, **options)


def _common(default_root: str | None = "data") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that every command has; the command gets an `Answer` to fill in."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(*, catalog: tuple[Path, ...], as_json: bool, root: Path, **options: Any) -> None:
            answer = Answer(command.__name__.removesuffix("_"), str(root))
            _answer(answer, as_json, lambda: command(answer, root, catalog, **options))

        called = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")(called)
        called = click.option(
            "--catalog",
            type=_path(),
            multiple=True,
            envvar="LM_STATS_CATALOG",
            metavar="DIR",
            help="Folder of further packs (holds countries/). May be given several times; also LM_STATS_CATALOG.",
        )(called)
        if default_root:
            place = click.option(
                "--root", type=_path(), default=default_root, show_default=True, metavar="DIR", help="The root folder."
            )
        else:
            place = click.option("--out", "root", type=_path(), required=True, metavar="DIR", help="The root to make.")
        return place(called)

    return decorate


def _answer(answer: Answer, as_json: bool, work: Callable[[], None]) -> None:
    """Do the work and print the answer; faults are told plainly, nothing else of an error is."""
    from pipelines import store
    from pipelines.nodes import show_trace

    try:
        work()
    except Fault as fault:
        answer.fail(fault.problems, fault.code)
    except click.ClickException:
        raise
    except Exception as error:
        show_trace(error)
        answer.fail(store.told_plainly(error, f"lm-stats {answer.command}").problems)
    except BaseException as error:
        if not isinstance(error, KeyboardInterrupt) and type(error).__name__ != "DagsterExecutionInterruptedError":
            raise
        do = "Run again to finish what is left."
        answer.fail((Problem(f"lm-stats {answer.command}", "stopped; the last good state stands", do),))
    _print(answer, as_json)
    raise _Ended(answer.code)


class _Ended(Exception):
    """The command has answered."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def _print(answer: Answer, as_json: bool) -> None:
    lines = [json.dumps(answer.document(), indent=1)] if as_json else answer.lines
    _write(sys.stdout, "".join(f"{line}\n" for line in lines))
    for warning in answer.warnings:
        _say(f"note: {warning}")
    for problem in answer.problems:
        _say(f"{'refused' if answer.code == REFUSED else 'error'}: {problem}")


def _say(text: str) -> None:
    """Tell a person how far the work is, on stderr, so that stdout stays the answer."""
    _write(sys.stderr, text + "\n")


def _write(stream: TextIO | None, text: str) -> None:
    """Write where someone may no longer be listening (a closed window, a full disk): the work goes on."""
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Point a stream that refuses to nowhere, so that Python's own last flush does not fail either."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def _session(root: Path, catalog: Sequence[Path]) -> Any:
    from pipelines.session import Session

    return Session.open(root, catalog)


class _Commands(click.Group):
    """The commands, each with one answer and its exit code, wrong use included."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **_: Any) -> Any:
        """Run a command and leave with its exit code."""
        arguments = sys.argv[1:] if args is None else list(args)
        for stream in (sys.stdout, sys.stderr):
            # a console that cannot show a letter shows its number; it never stops the work
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
        sys.exit(self._run(arguments, prog_name or "lm-stats"))

    def _run(self, arguments: list[str], prog_name: str) -> int:
        try:
            return int(super().main(arguments, prog_name=prog_name, standalone_mode=False) or 0)
        except _Ended as ended:
            return ended.code
        except click.ClickException as error:
            shown = io.StringIO()
            error.show(shown)
            _write(sys.stderr, shown.getvalue())
            if "--json" in arguments:
                answer = Answer(next((a for a in arguments if a in self.commands), ""), "", code=WRONG_USE)
                answer.problems = [Problem("command line", error.format_message(), "See lm-stats --help.")]
                _write(sys.stdout, json.dumps(answer.document(), indent=1) + "\n")
            return WRONG_USE
        except OSError:
            # commands tell their own; this is the help, with nobody to read it
            _silence(sys.stdout)
            return DONE
        except click.Abort:
            return FAILED


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(package_name="lm-stats", prog_name="lm-stats")
def main() -> None:
    """Labour-migration statistics: from what offices send to what may be published.

    `check` judges a file, `receive` stores what an office sent, `run` makes everything that depends
    on it, `sendback` gives a file back with its problem cells marked, `coding review` lists the
    spellings that nobody has declared, `linkage review` the permits of which a person shall say
    whether they are of one worker, `status` shows what is there and what offices owe. `demo` shows
    all of it with synthetic data.
    """


@main.command(epilog="\b\nExamples:\n  lm-stats run\n  lm-stats run --root data/demo --json")
@_common()
def run(answer: Answer, root: Path, catalog: Sequence[Path]) -> None:
    """Make what is out of date, and everything that depends on it.

    Reads raw/, writes curated/ and ends in a draft of each release,
    curated/published/draft/<release>/. What has not changed is not made again. A delivery that
    cannot be used does not hold up the others: its last good version stands, and the command
    says what is wrong and ends with exit code 1.
    """
    from pipelines.running import run as run_root

    session = _session(root, catalog)
    try:
        run_root(session, answer, _say)
    finally:
        _tell_notices(session)


def _tell_notices(session: Any) -> None:
    for notice in session.root.notices:
        _say(f"note: {notice}")


@main.command(
    epilog="\b\nExamples:\n"
    "  lm-stats receive register.xlsx --kind work_permits --country XYZ --period 2009_2015\n"
    "  lm-stats receive march.csv --kind work_permits --country XYZ --period 2024-03 --agency OBFC"
)
@click.argument("files", nargs=-1, required=True, type=_path(), metavar="FILE...")
@click.option("--kind", required=True, help="What was sent, such as work_permits.")
@click.option("--country", required=True, metavar="ISO3", help="Country it is about (ISO 3166-1 alpha-3).")
@click.option("--period", required=True, help="2015, 2015-Q1, 2015-03, or a span of two of the same: 2009_2015.")
@click.option("--agency", default="", metavar="CODE", help="Office that sent it, where several send this kind.")
@click.option("--source", default="", help="Source, where kind and agency leave several.")
@click.option("--version-note", default="", metavar="TEXT", help="What the office said about this version.")
@_common()
def receive(
    answer: Answer,
    root: Path,
    catalog: Sequence[Path],
    *,
    files: tuple[Path, ...],
    kind: str,
    country: str,
    period: str,
    agency: str,
    source: str,
    version_note: str,
) -> None:
    """Store what an office sent as a delivery.

    Copies FILE... to raw/<country>/<source>/<period>.v<n>/ with checksum, size and date of receipt
    in delivery.toml; the files themselves are never changed. The bytes of the last version are
    stored once; other bytes for the same period, those of an older version too, become the next
    version, which is judged and compared with the one before it: what changed is listed cell by cell.
    Nothing else is computed: `run` does that. Real and synthetic unit records never share a root.
    """
    from lm_stats import catalog as vocabulary
    from pipelines.receiving import Sending
    from pipelines.receiving import receive as receive_files
    from pipelines.root import Root

    sending = Sending(files, kind, country, period, agency, source, version_note)
    receive_files(Root(root), vocabulary.load(catalog), sending, answer, _say)


@main.command(
    epilog="\b\nExamples:\n"
    "  lm-stats check register.xlsx\n"
    "  lm-stats check register.xlsx --kind work_permits --country XYZ --period 2024 --out marked.xlsx"
)
@click.argument("files", nargs=-1, required=True, type=_path(), metavar="FILE...")
@click.option("--kind", default="", help="What it is, such as work_permits; default: told by the headings.")
@click.option("--country", default="", metavar="ISO3", help="Country it is about; default: told by the headings.")
@click.option("--period", default="", help="Period it is for, as in receive; default: dates are not compared with it.")
@click.option("--agency", default="", metavar="CODE", help="Office that sent it, where several send this kind.")
@click.option("--source", default="", help="Source, where kind and agency leave several.")
@click.option("--out", type=_path(), default=None, metavar="FILE.xlsx", help="Write its sheets, problem cells marked.")
@_common()
def check(
    answer: Answer,
    root: Path,
    catalog: Sequence[Path],
    *,
    files: tuple[Path, ...],
    kind: str,
    country: str,
    period: str,
    agency: str,
    source: str,
    out: Path | None,
) -> None:
    """Judge files as receive and run would, and store nothing.

    Reads FILE... and says how many rows would be accepted, quarantined and left out, and why. With
    --out it writes a workbook of the file's own sheets with the problem cells coloured and explained.
    Ends with exit code 1 if the file cannot be used at all. Several files of one delivery (data with
    its dictionary, persons and absentees) are named together.
    """
    from lm_stats import catalog as vocabulary
    from pipelines.checking import check as check_files
    from pipelines.receiving import Sending
    from pipelines.root import Root

    sending = Sending(files, kind, country, period, agency, source)
    check_files(Root(root), vocabulary.load(catalog), sending, out, answer, _say)


@main.command(
    epilog="\b\nExamples:\n"
    "  lm-stats sendback xyz/work_permits_mole/2024.v1 --out to_the_ministry.xlsx"
)
@click.argument("delivery", metavar="DELIVERY")
@click.option("--out", type=_path(), required=True, metavar="FILE.xlsx", help="The workbook to write.")
@_common()
def sendback(answer: Answer, root: Path, catalog: Sequence[Path], *, delivery: str, out: Path) -> None:
    """Write the workbook that goes back to the office: its own sheets, the problem cells marked.

    DELIVERY is what status shows: <country>/<source>/<period>.v<n>. Reads its files in raw/. The
    workbook has the office's own sheets, rows and columns, the cells to correct coloured and
    explained, a first sheet that says what to do, and lists of valid words to choose from. When the
    office has corrected it, receive it for the same period: it becomes the next version. It holds
    personal data.
    """
    from lm_stats import catalog as vocabulary
    from pipelines.checking import send_back
    from pipelines.root import Root

    send_back(Root(root), vocabulary.load(catalog), delivery, out, answer, _say)


main.add_command(coding_commands(_common, _say))
main.add_command(linkage_commands(_common, _say))


@main.command(
    epilog="\b\nExamples:\n"
    "  lm-stats simulate --out try --seed 1\n"
    "  lm-stats simulate --out try --seed 1 --permits 60000 --census-persons 2100000 --lfs-persons 60000"
)
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Seed of everything drawn at random.")
@click.option(
    "--permits",
    type=click.IntRange(min=0),
    default=6000,
    show_default=True,
    help="Applications for work permits of each country; 0 leaves them out.",
)
@click.option(
    "--census-persons",
    type=click.IntRange(min=0),
    default=100_000,
    show_default=True,
    help="Persons that the census of each country counts; 0 leaves it out.",
)
@click.option(
    "--lfs-persons",
    type=click.IntRange(min=0),
    default=6000,
    show_default=True,
    help="Persons in the sample of its labour-force survey, all rounds; 0 leaves it out.",
)
@click.option(
    "--years", default="2009_2015", show_default=True, metavar="START_END", help="First and last year of application."
)
@click.option(
    "--mess",
    type=click.FloatRange(0, 0.5),
    default=0.05,
    show_default=True,
    help="Share of delivered rows with a defect; 0 is clean.",
)
@_common(default_root=None)
def simulate(
    answer: Answer,
    root: Path,
    catalog: Sequence[Path],
    *,
    seed: int,
    permits: int,
    census_persons: int,
    lfs_persons: int,
    years: str,
    mess: float,
) -> None:
    """Make a root of synthetic deliveries, with the truth behind them.

    Writes raw/ (what offices would send, marked as synthetic) and truth/ (what is true of every
    application and person, and every defect that was planted). The survey is a sample of the
    persons that the census counts. The same options give the same bytes
    everywhere. A folder that holds anything but a synthetic root is refused.
    """
    from lm_stats import catalog as vocabulary
    from pipelines.root import Root
    from pipelines.simulating import Settings, simulate_root

    settings = Settings(seed, permits, census_persons, lfs_persons, years, mess)
    simulate_root(Root(root), vocabulary.load(catalog), settings, answer, _say)
    answer.lines.append(f"Next: lm-stats run --root {root}")


@main.command(epilog="\b\nExamples:\n  lm-stats demo\n  lm-stats demo --root somewhere/else")
@_common(default_root="data/demo")
def demo(answer: Answer, root: Path, catalog: Sequence[Path]) -> None:
    """Show the whole way with synthetic data: simulate, then run.

    Makes a small root of its own (data/demo) with the deliveries of two offices, some of them with
    mistakes, and runs everything to the draft of the release: report, figures, tables, database and
    export. A second call does only what is left to do.
    """
    from pipelines.running import run as run_root
    from pipelines.simulating import DEMONSTRATION, simulate_root

    session = _session(root, catalog)
    simulated = Answer("simulate", str(root))
    simulate_root(session.root, session.catalog, DEMONSTRATION, simulated, _say)
    run_root(session, answer, _say)
    answer.unchanged = answer.unchanged and simulated.unchanged


@main.command(epilog="\b\nExamples:\n  lm-stats status\n  lm-stats status --date 2027-03-31")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day to look from; default: today.")
@_common()
def status(answer: Answer, root: Path, catalog: Sequence[Path], *, day: dt.datetime | None) -> None:
    """Show what the root holds and which deliveries are due, late or missing.

    Reads only. Lists every delivery with its account of rows (accepted, quarantined, excluded), and
    for every source and office the periods it owes: due (the deadline has not passed), late (passed
    by at most 90 days) or missing.
    """
    from pipelines.root import now
    from pipelines.status import show_status

    show_status(_session(root, catalog), day.date() if day else now().date(), answer)


if __name__ == "__main__":
    main()
