"""Editions of one publisher that disagree about money."""

from lm_stats.catalog.views import FROM_ACCOUNTS
from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="editions_disagree_on_money",
    title="An edition changes an amount by much",
    check="editions_disagree",
    why="Amounts are taken from accounts that are closed after some years; a late or large change is a new method.",
    component="coherence",
    views=("remittances",),
    where=FROM_ACCOUNTS,
    by=("series", "origin", "destination", "publisher"),
    limits={
        "change": Limit(5.0, "per cent of the edition before", "Accounts are revised by less."),
        "least": Limit(1_000_000, "US dollars", "Amounts below are not compiled with care."),
    },
)
