"""Which rows of a protected table a recipient gets."""

from __future__ import annotations

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.spec import Recipient

IMPOSSIBLE = "M"


def rows_sent(table: Protected, recipient: Recipient) -> pd.DataFrame:
    """All rows but those whose value cannot exist (a rate of nobody), unless the recipient has a letter for these.

    An empty value without a letter would be read as one that was not delivered.
    """
    if IMPOSSIBLE in recipient.obs_status:
        return table.frame
    return table.frame[table.frame["obs_status"] != IMPOSSIBLE]
