"""The commands of the group `linkage`: parses, calls. What they answer is printed by `pipelines.cli`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from pipelines.answer import Answer

Common = Callable[[], Callable[[Callable[..., None]], Callable[..., None]]]


def linkage_commands(common: Common, say: Callable[[str], None]) -> click.Group:
    """The group of commands.

    Args:
        common: Gives a command the options that every command has.
        say: Tells a person how far the work is.
    """

    @click.group(
        "linkage",
        epilog="\b\nExamples:\n"
        "  lm-stats linkage review --out pairs.xlsx\n"
        "  lm-stats linkage accept pairs.xlsx --by 'T. Analyst'\n"
        "\n"
        "\b\nBoth take --root DIR, --catalog DIR and --json.",
    )
    def linkage() -> None:
        """Decide which permits are of one person.

        `review` lists pairs of records that are in doubt, and samples of others, `accept` takes your
        decisions. Reads raw/ and what the last run linked. Writes raw/<country>/decisions/linkage.csv
        only, which is honoured from the next run on.
        """

    @linkage.command(
        "review",
        epilog="\b\nExamples:\n"
        "  lm-stats linkage review\n"
        "  lm-stats linkage review --country XYZ --limit 300 --out pairs.xlsx",
    )
    @click.option("--country", default="", metavar="ISO3", help="Only permits of this country.")
    @click.option("--limit", type=click.IntRange(min=1), default=None, metavar="N", help="List so many pairs at most.")
    @click.option("--out", type=click.Path(path_type=Path), metavar="FILE.xlsx|.csv", help="Write a file to fill in.")
    @common()
    def linkage_review(
        answer: Answer, root: Path, catalog: Sequence[Path], *, country: str, limit: int | None, out: Path | None
    ) -> None:
        """List pairs of permits of which a person shall say whether they are of one person.

        First the pairs that the linkage is not certain of, then random samples of pairs that it linked
        and of pairs that it left apart, by which its quality is measured. Shows both records as the
        offices wrote them, names and passport numbers included: on the terminal and in the file of --out
        only, for the office's own staff. Delete the file afterwards. --json answers with counts.
        """
        from lm_stats import catalog as vocabulary
        from pipelines.linking import Asked, review
        from pipelines.root import Root

        answer.command = "linkage review"
        review(Root(root), vocabulary.load(catalog), Asked(country, limit, out), answer, say)

    @linkage.command("accept", epilog="\b\nExamples:\n  lm-stats linkage accept pairs.xlsx --by 'T. Analyst'")
    @click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
    @click.option("--by", default="", metavar="NAME", help="Who decided, where a line does not say.")
    @common()
    def linkage_accept(answer: Answer, root: Path, catalog: Sequence[Path], *, file: Path, by: str) -> None:
        """Take the decisions of a file that was filled in.

        FILE is what `linkage review --out` wrote, with yes or no in the column same; pairs without are
        left alone. If a line is wrong or contradicts another or an earlier decision, all such lines are
        told and nothing is written.
        """
        from lm_stats import catalog as vocabulary
        from pipelines.linking import accept
        from pipelines.root import Root

        answer.command = "linkage accept"
        accept(Root(root), vocabulary.load(catalog), file, by, answer)

    return linkage
