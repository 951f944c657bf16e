"""Permits are not people: from applications to certificates, persons, spells of work, stocks and flows.

Here belongs what links certificates to the persons who hold them, on tokens only, and what follows from that. What is
counted of it for publication is `estimate`.
"""

from lm_stats.curate.permits.activity import activity as activity
from lm_stats.curate.permits.activity import refusals as refusals
from lm_stats.curate.permits.calibration import fit as fit
from lm_stats.curate.permits.events import events as events
from lm_stats.curate.permits.linking import known_limits as known_limits
from lm_stats.curate.permits.linking import link as link
from lm_stats.curate.permits.linking import train as train
from lm_stats.curate.permits.linking import unknown_decisions as unknown_decisions
from lm_stats.curate.permits.pairs import score as score
from lm_stats.curate.permits.persons import persons as persons
from lm_stats.curate.permits.reviewing import choose_pairs as choose_pairs
from lm_stats.curate.permits.spells import overlaps as overlaps
from lm_stats.curate.permits.spells import spells as spells
from lm_stats.curate.permits.spells import undated as undated
from lm_stats.curate.permits.stocks import flows as flows
from lm_stats.curate.permits.stocks import revise as revise
from lm_stats.curate.permits.stocks import stock as stock
