"""What may be said of findings and quality: nothing that was found in our own records but that something was."""

import pandas as pd
import pytest

from lm_stats.handover import Observations
from lm_stats.protect import protect, protect_findings, protect_quality
from lm_stats.spec import RoundingRule
from tests.protect.test_protect import observed, samples

POLICY = RoundingRule(hide_below=5, base=5)
OWN = {
    "rule": "own_break", "severity": "warn", "table": "by_kind", "delivery_id": "", "ref_area": "LSO", "cell": "kind=A",
    "value": 3.0, "expected": 2.0, "evidence": "2 in 2019, 3 in 2020", "own": True, "verdict": "", "verdict_why": "",
}  # fmt: skip


def test_of_a_finding_in_our_records_no_text_tells_a_number():
    (shown,) = protect_findings(pd.DataFrame([OWN])).frame.to_dict("records")
    assert shown["evidence"] == "for the office only"
    assert not any("2019" in str(value) or "kind" in str(value) for name, value in shown.items() if name != "table")


def test_the_order_of_findings_does_not_tell_their_cells():
    rows = [OWN | {"cell": "kind=A", "ref_area": "ZAF"}, OWN | {"cell": "kind=B", "ref_area": "LSO"}]
    shown = [protect_findings(pd.DataFrame(order)).frame for order in (rows, rows[::-1])]
    pd.testing.assert_frame_equal(*shown)
    assert shown[0]["ref_area"].tolist() == ["LSO", "ZAF"]


@pytest.mark.parametrize("protecting", [protect_findings, protect_quality])
def test_what_is_about_synthetic_records_says_so(protecting):
    others = OWN | {"own": False}
    rows = [OWN, others | {"delivery_id": "xin/a/1.v1"}, others | {"delivery_id": "xin/a/1.v1; xin/b/1.v1"}]
    frame = pd.DataFrame(rows).assign(cell=["1", "2", "3"])
    shown = protecting(frame, ["xin/b/1.v1"]).frame.sort_values("cell")
    classes = dict(zip(zip(shown["own"], shown["delivery_id"], strict=True), shown["data_class"], strict=True))
    assert classes == {
        (True, ""): "synthetic", (False, "xin/a/1.v1"): "real", (False, "xin/a/1.v1; xin/b/1.v1"): "synthetic",
    }  # fmt: skip
    assert (shown["note"] != "").equals(shown["data_class"] == "synthetic")
    assert set(protecting(frame).frame["data_class"]) == {"real"}
    # measured on all records of an area together: of no one delivery, and made from ours all the same
    (row,) = protecting(pd.DataFrame([others]), ["xin/b/1.v1"]).frame.to_dict("records")
    assert row["data_class"] == "synthetic"


def test_a_hidden_count_of_ours_has_no_bounds_beside_published_figures():
    frame = observed(3, 3).frame.assign(published=[True, False], lower=1.5, upper=4.5)
    frame["n_records"] = [0, 3]
    shown = protect(Observations("i", ("sex",), frame), POLICY).frame
    assert shown["upper"].fillna(0).tolist() == [4.5, 0]


def test_no_record_in_a_sample_of_ours_is_unreliable_beside_published_figures():
    frame = samples((0.0, 0), (0.0, 0)).frame.assign(published=[True, False])
    shown = protect(Observations("i", ("sex",), frame), POLICY).frame
    assert shown["obs_status"].tolist() == ["E", "U"]
