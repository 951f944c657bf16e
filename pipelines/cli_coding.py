"""The commands of the group `coding`: parses, calls. What they answer is printed by `pipelines.cli`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from pipelines.answer import Answer

Common = Callable[[], Callable[[Callable[..., None]], Callable[..., None]]]


def coding_commands(common: Common, say: Callable[[str], None]) -> click.Group:
    """The group of commands.

    Args:
        common: Gives a command the options that every command has.
        say: Tells a person how far the work is.
    """

    @click.group(
        "coding",
        epilog="\b\nExamples:\n"
        "  lm-stats coding review --out to_decide.xlsx\n"
        "  lm-stats coding accept to_decide.xlsx --by 'T. Analyst'\n"
        "\n"
        "\b\nBoth take --root DIR, --catalog DIR and --json.",
    )
    def coding() -> None:
        """Decide what spellings mean that nobody has declared.

        `review` lists them with proposals, `accept` takes your decisions into the coding memory.
        Reads raw/ and what the last run staged. Writes raw/<country>/decisions/coding.csv only, which is
        asked before everything else from the next run on.
        """

    @coding.command(
        "review",
        epilog="\b\nExamples:\n"
        "  lm-stats coding review\n"
        "  lm-stats coding review --country XYZ --concept occupation --out to_decide.xlsx",
    )
    @click.option("--country", default="", metavar="ISO3", help="Only what came from this country.")
    @click.option("--source", default="", help="Only what came from this source.")
    @click.option("--concept", default="", help="Only this concept, such as citizenship.")
    @click.option("--limit", type=click.IntRange(min=1), default=None, metavar="N", help="List so many at most.")
    @click.option("--out", type=click.Path(path_type=Path), metavar="FILE.xlsx|.csv", help="Write a file to fill in.")
    @common()
    def coding_review(
        answer: Answer,
        root: Path,
        catalog: Sequence[Path],
        *,
        country: str,
        source: str,
        concept: str,
        limit: int | None,
        out: Path | None,
    ) -> None:
        """List the spellings that were not coded, those that touch most rows first.

        Looks at the deliveries that stand, as the last run staged them, and reads the texts in raw/.
        With each come up to three proposals: nothing is ever coded by a proposal. Cells are shown here
        and in the file of --out only, of columns that identify nobody; what looks like an identifier is
        not shown. --json answers with counts.
        """
        from lm_stats import catalog as vocabulary
        from pipelines.reviewing import Asked, review
        from pipelines.root import Root

        answer.command = "coding review"
        review(Root(root), vocabulary.load(catalog), Asked(country, source, concept, limit, out), answer, say)

    @coding.command("accept", epilog="\b\nExamples:\n  lm-stats coding accept to_decide.xlsx --by 'T. Analyst'")
    @click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
    @click.option("--by", default="", metavar="NAME", help="Who decided, where a line does not say.")
    @common()
    def coding_accept(answer: Answer, root: Path, catalog: Sequence[Path], *, file: Path, by: str) -> None:
        """Take the decisions of a file that was filled in into the coding memory.

        FILE is what `coding review --out` wrote, with codes filled in; lines without a code are left
        alone. If a line is wrong, all wrong lines are told and nothing is written.
        """
        from lm_stats import catalog as vocabulary
        from pipelines.reviewing import accept
        from pipelines.root import Root

        answer.command = "coding accept"
        accept(Root(root), vocabulary.load(catalog), file, by, answer)

    return coding
