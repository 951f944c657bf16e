"""Which rows of protected tables a recipient gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.spec import Codelist, Flow, Recipient

IMPOSSIBLE = "M"
OCCASION = ["ref_area", "time_period"]


@dataclass(frozen=True)
class Sent:
    """What is sent of a table.

    Attributes:
        flow: Under which dataflow.
        table: The table.
        rows: Those of its rows that are sent.
        lists: The codelist of each of its dimensions.
    """

    flow: Flow
    table: Protected
    rows: pd.DataFrame
    lists: Mapping[str, Codelist]


def rows_sent(table: Protected, recipient: Recipient) -> pd.DataFrame:
    """All rows but those whose value cannot exist (a rate of nobody), unless the recipient has a letter for these.

    An empty value without a letter would be read as one that was not delivered.
    """
    if IMPOSSIBLE in recipient.obs_status:
        return table.frame
    return table.frame[table.frame["obs_status"] != IMPOSSIBLE]


def without(before: Sequence[pd.DataFrame], rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of areas and periods of which nothing is sent before: a file says one thing of each.

    Args:
        before: Rows of other tables that are sent under the same dataflow.
        rows: Rows of this table.
    """
    if not before:
        return rows
    known = pd.MultiIndex.from_frame(pd.concat([one[OCCASION] for one in before]).drop_duplicates())
    return rows[~pd.MultiIndex.from_frame(rows[OCCASION]).isin(known)]
