"""Quality of links: against the truth, and from what reviewers said."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.estimate.linkage_quality import Between, assess_linkage, pair_counts
from lm_stats.estimate.quality import QUALITY_COLUMNS
from lm_stats.shares import share_limit

AREA = "XFA"


def _links(persons: list[int]) -> pd.DataFrame:
    ids = [f"c{number:04}" for number in range(len(persons))]
    return pd.DataFrame({"permit_id": ids, "ref_area": AREA, "person_id": [f"P{person}" for person in persons]})


def _stock(persons: int, day: str = "2015-12-31") -> pd.DataFrame:
    return pd.DataFrame({"date": [pd.Timestamp(day)], "ref_area": AREA, "persons": [persons], "workers": [persons]})


def _flows(first: int, again: int, renewed: int) -> pd.DataFrame:
    columns = {"first_entries": [first], "re_entries": [again], "renewals": [renewed]}
    return pd.DataFrame({"period": ["2015"], "ref_area": AREA, **columns})


@given(st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(0, 4)), max_size=14))
def test_pairs_counted_from_groups_are_those_counted_one_by_one(held: list[tuple[int, int | None]]) -> None:
    links = _links([person for person, _ in held])
    truth = links.assign(true_person_id=pd.Series([None if t is None else f"T{t}" for _, t in held], dtype="str"))
    pairs = [(a[0] == b[0], a[1] == b[1]) for a, b in combinations([h for h in held if h[1] is not None], 2)]
    expected = [sum(one for one, _ in pairs), sum(two for _, two in pairs), sum(one and two for one, two in pairs)]
    counted = pair_counts(links, truth).drop(columns="ref_area").to_numpy().tolist()
    assert (counted or [[0, 0, 0]]) == [expected]


def test_errors_of_stocks_and_flows_against_the_truth() -> None:
    links = _links([1, 1, 2, 2, 3])
    truth = links.assign(true_person_id=["a", "a", "a", "b", "c"])
    found = assess_linkage(
        links, links, _stock(98), _flows(7, 2, 10),
        truth=truth, true_stock=_stock(100), true_flows=_flows(8, 2, 9),
    )  # fmt: skip
    assert tuple(found.columns) == QUALITY_COLUMNS
    # shares of all pairs may be shown, numbers of persons are for the office
    assert set(found.loc[~found["own"], "measure"]) == {"link_precision", "link_recall"}
    value = found.set_index(["measure", "unit"])["value"]
    assert value["link_precision", "per cent"] == 50
    assert value["link_recall", "per cent"] == pytest.approx(100 / 3)
    assert value["linkage_error persons 2015-12-31", "persons"] == -2
    assert value["linkage_error persons 2015-12-31", "per cent"] == -2
    assert value["linkage_error first_entries 2015", "persons"] == -1
    assert value["linkage_error renewals 2015", "per cent"] == pytest.approx(100 / 9)


def test_estimates_from_reviewed_pairs_hold_what_is_true_as_often_as_they_say() -> None:
    # 400 joins, 20 of them wrong; 1,000 pairs left apart, of which 50 are missed
    links = _links([number // 2 for number in range(800)])
    random = np.random.default_rng(20180601)
    permits = links.assign(
        decision="granted", valid_from=pd.Timestamp("2015-01-01"), valid_to=pd.Timestamp("2015-12-31")
    )
    held = []
    for _ in range(4):
        same = {"linked": random.permutation(400)[:80] >= 20, "apart": random.permutation(1000)[:200] < 50}
        decisions = pd.concat(
            pd.DataFrame(
                {
                    "permit_id": [f"c{2 * n:04}" for n in range(len(answers))],
                    "other_permit_id": [f"c{2 * n + (stratum == 'linked'):04}" for n in range(len(answers))],
                    "ref_area": AREA,
                    "same": np.where(answers, "yes", "no"),
                    "stratum": stratum,
                    "represents": 5.0,
                }
            )
            for stratum, answers in same.items()
        )
        found = assess_linkage(links, permits, _stock(400), _flows(200, 40, 60), decisions=decisions)
        rows = found.set_index(["measure", "unit"])
        precision = rows.loc[("link_precision_reviewed", "per cent")]
        assert precision["value"] == pytest.approx(100 * same["linked"].mean())
        low, high = (float(part.rstrip("%")) for part in precision["evidence"].split("between ")[1].split(" and "))
        recall = rows.loc[("link_recall_reviewed", "per cent"), "evidence"].split("between ")[1].split(" and ")
        made, all_joins = 380, 380 + 50
        held.append(low <= 95 <= high)
        held.append(float(recall[0].rstrip("%")) <= 100 * made / all_joins <= float(recall[1].rstrip("%")))
        # of the joins in a number, 20 in 400 are wrong, and 50 more should have been made: 30 too many by each 400
        error = rows.loc[("linkage_error_reviewed first_entries 2015", "persons")]
        ends = [int(part.split(",")[0]) for part in error["evidence"].split("between ")[1].split(" and ")]
        held.append(ends[0] <= 200 - 30 / 400 * 100 <= ends[1])
        # on the day every record is in force: each wrong pair hides a person, each missed one counts a person twice
        wrong = 1 - precision["value"] / 100
        missed = error["value"] / 100 + wrong
        of_stock = rows.loc[("linkage_error_reviewed persons 2015-12-31", "persons")]
        assert of_stock["value"] == pytest.approx(missed * (400 - 400 * wrong) - 400 * wrong)
        assert of_stock["evidence"].endswith("never above the 800 certificates in force")
        assert rows.loc[("linkage_error_reviewed renewals 2015", "persons"), "value"] == pytest.approx(
            -0.6 * error["value"]
        )
    assert np.mean(held) >= 0.9
    # pairs that were chosen anew stand for all pairs once more
    twice = assess_linkage(links, permits, _stock(400), _flows(200, 40, 60), decisions=pd.concat([decisions] * 2))
    assert twice["value"].tolist() == pytest.approx(found["value"].tolist())


def test_too_few_reviewed_pairs_estimate_nothing() -> None:
    links = _links([1, 1, 2])
    decisions = pd.DataFrame(
        {"permit_id": ["c0000"], "other_permit_id": ["c0001"], "ref_area": AREA, "same": "yes", "stratum": "linked",
         "represents": "1"}
    )  # fmt: skip
    assert assess_linkage(links, links, _stock(2), _flows(2, 0, 1), decisions=decisions).empty


def test_limits_of_shares_and_ratios() -> None:
    # R 4.2.2: binom.test(x, n, alternative = "greater")$conf.int[1], x and n of 18/20, 1/50, 300/300
    expected = [0.7173815, 0.0010253, 0.9900639]
    assert share_limit([0.9, 0.02, 1.0], [20, 50, 300], 0.95) == pytest.approx(expected, abs=2e-7)
    ratio = Between(0.0, 0.0, 6.0).over(Between(100.0, 90.0, 105.0))
    assert (ratio.value, ratio.lower) == (0.0, 0.0)
    assert 6 / 105 < ratio.upper < 6 / 90
