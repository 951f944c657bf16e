"""The simulated world tells the story that the policy tells, and keeps every rule of the register."""

from __future__ import annotations

import pandas as pd
import pytest

from lm_stats.compile.pandera import broken, cast, failures, schema
from lm_stats.simulate.permits import DECISIONS
from lm_stats.spec import Fault, Period

DATES = ["application_date", "registration_date", "decision_date", "issue_date", "valid_from", "valid_to",
         "cancellation_date"]  # fmt: skip


def issued(simulated, country: str = "LSO") -> pd.DataFrame:
    truth = simulated.truth
    granted = truth[(truth["decision"] == "granted") & (truth["ref_area"] == country)]
    return granted.assign(year=pd.to_datetime(granted["issue_date"]).dt.year)


def test_there_are_exactly_as_many_applications_as_asked_for(clean):
    assert clean.truth["ref_area"].value_counts().to_dict() == {"LSO": 3000, "XFA": 300}


def test_the_truth_has_the_columns_of_the_table_and_the_person(clean):
    assert tuple(clean.truth.columns) == (*clean.catalog.tables["permits"].columns, "true_person_id")
    assert not clean.truth.duplicated(["ref_area", "permit_id"]).any()
    assert (clean.truth["data_class"] == "synthetic").all()


def test_no_rule_is_broken_not_even_one_that_only_warns(clean):
    table, concepts, codelists = clean.catalog.tables["permits"], clean.catalog.concepts, clean.catalog.codelists
    frame = cast(clean.truth, table.columns, concepts)
    assert failures(table, schema(table, concepts, codelists), frame).empty
    for source in {clean.source(delivery).path: clean.source(delivery) for delivery in clean.delivered}.values():
        own = frame[(frame["source"] == source.id) & (frame["ref_area"] == source.ref_area)]
        assert len(own)
        for rule in (*table.rules, *source.rules):
            assert not broken(rule, own).any(), rule.name


def test_retail_comes_first_then_construction_then_a_small_and_growing_mining(clean):
    for country in ("LSO", "XFA"):
        certificates = issued(clean, country)
        sectors = certificates["economic_activity"].value_counts()
        assert list(sectors.index[:2]) == ["ECO_ISIC4_G", "ECO_ISIC4_F"]
        assert sectors["ECO_ISIC4_F"] > 2 * sectors["ECO_ISIC4_B"]
        share = (certificates["economic_activity"] == "ECO_ISIC4_B").groupby(certificates["year"] > 2011).mean()
        assert share[True] > 1.1 * share[False] > 0


def test_african_and_asian_origin_are_almost_equal(clean):
    regions = issued(clean)["region_of_origin"].value_counts()
    assert abs((regions["SADC"] + regions["AFR"]) / regions["ASI"] - 1) < 0.1
    assert regions["SADC"] + regions["AFR"] + regions["ASI"] > 0.9 * regions.sum()
    assert {"EUR", "AME", "OCE", "X"} <= set(regions.index)


def test_renewals_dominate_in_every_year(clean):
    types = pd.crosstab(issued(clean)["year"], issued(clean)["permit_type"])
    assert (types["renewal"] > types["new"]).all()
    assert (types["new"] > 0).all()


def test_most_applications_are_granted_and_the_others_end_in_every_other_way(clean):
    shares = clean.truth["decision"].value_counts(normalize=True)
    assert set(shares.index) == set(DECISIONS)
    assert 0.80 < shares["granted"] < 0.90
    assert shares["refused"] > shares["withdrawn"] > 0.02


def test_what_is_decided_is_complete_and_what_is_pending_is_empty(clean):
    truth = clean.truth[clean.truth["source"] == "work_permits_mole"]
    granted, refused = truth[truth["decision"] == "granted"], truth[truth["decision"] == "refused"]
    pending = truth[truth["decision"] == "pending"]
    complete = [*DATES[:-1], "certificate_token", "monthly_pay", "fee", "employer_id", "district", "office"]
    assert granted[complete].notna().all().all()
    assert granted["previous_certificate_token"].notna().equals(granted["permit_type"] == "renewal")
    assert (refused["refusal_reason"] != "X").all()
    assert truth.loc[truth["decision"] != "refused", "refusal_reason"].isna().all()
    assert pending[[*DATES[2:], "certificate_token"]].isna().all().all()
    assert truth.loc[truth["decision"] != "pending", "decision_date"].notna().all()


def test_nothing_happens_outside_the_years(clean):
    first, last = Period.parse("2009_2015").first, Period.parse("2009_2015").last
    assert clean.truth["application_date"].between(first, last).all()
    for name in ("registration_date", "decision_date", "issue_date", "cancellation_date"):
        assert clean.truth[name].dropna().le(last).all()
    # what was applied for at the end is not decided yet
    late = pd.to_datetime(clean.truth["application_date"]) > "2015-12-25"
    assert (clean.truth.loc[late, "decision"] == "pending").mean() > 0.8


def test_a_renewal_is_of_a_certificate_of_the_same_person(clean):
    truth = clean.truth[clean.truth["ref_area"] == "LSO"]
    holders = truth.dropna(subset=["certificate_token"]).set_index("certificate_token")
    assert holders.index.is_unique
    renewals = truth[truth["permit_type"] == "renewal"].set_index("previous_certificate_token")
    known = renewals[renewals.index.isin(holders.index)]
    assert len(known) > 0.6 * len(renewals)
    former = holders.loc[known.index]
    assert (known["true_person_id"] == former["true_person_id"]).all()
    assert (pd.to_datetime(known["application_date"]) > pd.to_datetime(former["issue_date"])).all()
    started = known["valid_from"].notna()
    assert (known["valid_from"][started].to_numpy() > former["valid_to"][started].to_numpy()).all()
    # only the first certificates of the register renew one from before
    first = renewals[~renewals.index.isin(holders.index)]
    assert pd.to_datetime(first["application_date"]).dt.year.max() < 2012


def test_a_person_stays_the_same_person_and_may_change_passport(clean):
    persons = clean.truth.groupby("true_person_id")
    for name in ("person_token_name", "person_token_birth_date", "citizenship", "sex"):
        assert (persons[name].nunique() == 1).all()
    assert (persons["person_token_passport"].nunique() > 1).sum() > 20
    assert (clean.truth.groupby("person_token_passport")["true_person_id"].nunique() == 1).all()
    assert persons.size().mean() > 1.5


def test_a_smaller_world_has_the_same_composition(make, tmp_path):
    small = make(tmp_path, only="lso", seed=11, permits=900, mess=0.0)
    regions = issued(small)["region_of_origin"].value_counts()
    assert abs((regions["SADC"] + regions["AFR"]) / regions["ASI"] - 1) < 0.1


def test_one_year_alone_can_be_simulated(make, tmp_path):
    one = make(tmp_path, seed=1, permits=60, years="2015", mess=0.0)
    assert {delivery.period for delivery in one.delivered} == {"2015"}
    assert one.truth["permit_type"].nunique() == 2


def test_an_office_that_had_not_begun_delivers_nothing(make, tmp_path):
    early = make(tmp_path, seed=1, permits=50, years="2009_2011", mess=0.0)
    assert [delivery.id for delivery in early.delivered] == [
        "lso/work_permits_mole/2009_2011.v1",
        "xfa/work_permits_trabalho/2009_2011.v1",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"permits": 0}, {"mess": -0.1}, {"mess": 0.9}, {"years": "2015-Q1"}, {"years": "15"}, {"seed": -1},
        {"years": "1901_1902"}, {"only": "xqq"},
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_and_nothing_is_written(make, tmp_path, wrong):
    with pytest.raises(Fault) as caught:
        make(tmp_path, **{"permits": 10, "seed": 1, **wrong})
    assert caught.value.code == 2
    assert caught.value.problems[0].do
    assert not any(tmp_path.iterdir())
