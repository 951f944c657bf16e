"""What is to be known of rows that go on, in the words of the send-back: one line a delivery and warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lm_stats.handover import RELEASED, RowAccount
from lm_stats.sendback.wording import Wording
from lm_stats.spec import Codelist, Concept, Kind, Problem, Source, Table

# lines of one account; the rest is summed
MOST_LINES = 15
_OTHER_ORDER = ("month_first_", "day_first_")
_EMPTY = "not_stated_"
_DO = "Look at these cells in the office file; lm-stats sendback marks each of them."


def describe_warnings(
    source: Source,
    kind: Kind,
    tables: Mapping[str, Table],
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    accounts: Sequence[RowAccount],
    said: Sequence[Problem] = (),
) -> Iterator[Problem]:
    """Say what the accounts count as warnings, the most frequent first.

    Rows that a decision released are left out, because who decided knows; and so is what is said already of a
    column.

    Args:
        source: The source.
        kind: Its kind.
        tables: Tables by id, those that the kind fills among them.
        concepts: Concepts by id.
        codelists: Codelists by id.
        accounts: What became of the rows.
        said: What is said already.
    """
    records = {record.id: record for record in kind.records}
    for account in accounts:
        record = records[account.record]
        words = Wording(source.for_record(record), record, tables[record.table], concepts, codelists)
        where = f"{account.delivery_id}, {account.record}" if account.record else account.delivery_id
        own = [one for one in said if one.where == where or one.where.startswith(f"{where}, ")]
        open_ = {
            reason: count
            for reason, count in account.warned.items()
            if not reason.startswith(RELEASED) and not _is_said(reason, own, words)
        }
        ordered = sorted(open_, key=lambda reason: (-open_[reason], reason))
        named = ordered if len(ordered) <= MOST_LINES else ordered[: MOST_LINES - 1]
        for reason in named:
            rows = "1 row goes" if open_[reason] == 1 else f"{open_[reason]} rows go"
            yield Problem(where, f"{rows} on with a warning: {reason}. {words.tell(reason, 'warned').wrong}", _DO)
        if rest := ordered[len(named) :]:
            total = sum(open_[reason] for reason in rest)
            yield Problem(where, f"{len(rest)} further kinds of warnings, {total} in all, are counted as well", _DO)


def _is_said(reason: str, said: Sequence[Problem], words: Wording) -> bool:
    """Whether the order of a column of dates, or how many of its cells are empty, is told already."""
    for beginning in _OTHER_ORDER:
        name = reason.removeprefix(beginning)
        if name != reason and any(one.where.endswith(f", column {name}") for one in said):
            return True
    # why it is not stated, is not
    name = reason.removeprefix(_EMPTY)
    told = f"{words.label(name).lower()} is not stated in "
    return name != reason and ": " not in name and any(one.what.startswith(told) for one in said)
