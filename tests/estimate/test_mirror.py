"""Published values and own counts beside each other: what must not be lost or made larger than it is."""

import numpy as np

from lm_stats.handover import Observations
from lm_stats.protect import protect
from lm_stats.spec import Mirror, Published, Revisions, RoundingRule
from tests.estimate.test_published import OWN, PLACE, QUOTED, STOCK, absentees, figures, run, stock, values


def test_weights_make_no_records_of_ours(tmp_path):
    own = absentees(("XAA", "XBB", 2016, "SEX_M", 3))
    frame = run(tmp_path, Mirror("person", (OWN,)), absentees=own.assign(weight=10.0))
    assert values(frame[frame["sex"] == "SEX_M"], "destination") == {("XBB",): 30.0}
    assert frame.set_index("sex")["n_records"].to_dict() == {"SEX_T": 3, "SEX_M": 3, "SEX_F": 0}
    shown = protect(Observations("i", PLACE, frame), RoundingRule(hide_below=5, base=5)).frame.set_index("sex")
    assert shown["obs_status"].to_dict() == {"SEX_T": "Q", "SEX_M": "Q", "SEX_F": "U"}


def test_an_end_of_two_in_the_group_is_enough(tmp_path):
    table = figures(*((area, other, "2020", "1", 1.0, None, None, None)
                      for area, other in (("XAA", "XDD"), ("XDD", "XAA"), ("XDD", "XEE"), ("XAA", "XBB"))))  # fmt: skip
    how = Published("person", ends=("ref_area", "counterpart"))
    frame = run(tmp_path, how, dimensions=("counterpart", "edition"), table="figures", figures=table)
    assert set(values(frame, "ref_area", "counterpart")) == {("XAA", "XDD"), ("XDD", "XAA"), ("XAA", "XBB")}


def test_a_range_is_no_edition_to_compare_with_and_the_unusual_status_stays(tmp_path):
    pair = ("XAA", "XBB", 2015)
    ranged = stock((*pair, "1", 100.0), (*pair, "2", np.nan), (*pair, "3", 150.0))
    ranged = ranged.assign(obs_status=["E", "A", "A"])
    frame = run(tmp_path, Revisions("per cent", (STOCK,), change=True), stock=ranged)
    assert values(frame, "edition") == {("3",): 50.0}
    assert frame["obs_status"].tolist() == ["E"]
    assert frame["source"].tolist() == ["PUB, edition 3 against edition 1"]


def test_an_estimate_of_others_is_said_to_be_one(tmp_path):
    table = stock(("XAA", "XBB", 2019, "1", 5.0)).assign(obs_status="E")
    frame = run(tmp_path, Mirror("person", (STOCK,)), stock=table)
    assert frame["statement"].tolist() == ["Counts by birth. As of 2019. Estimated value."]


def test_what_is_quoted_of_an_own_count_is_said_even_if_it_is_the_same(tmp_path):
    own = absentees(("XAA", "XBB", 2016, "SEX_M", 8))
    quoted = figures(("XAA", "XBB", "2016", "2016", 8.0, None, None, "page 9")).assign(concept="ABSENT", publisher="OF")
    from dataclasses import replace

    view = replace(QUOTED, universe="true", origin="ref_area", destination="counterpart")
    frame = run(tmp_path, Mirror("person", (OWN, view)), absentees=own, figures=quoted)
    total = frame[frame["sex"] == "SEX_T"]
    assert total["note"].tolist() == ["Quoted as 8 (page 9)."]
    assert total["published"].tolist() == [False]
