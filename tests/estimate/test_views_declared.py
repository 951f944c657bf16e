"""The declared views put people and money on the right side, count their weights, and leave out whom they must."""

import pandas as pd

from lm_stats.catalog import views
from lm_stats.spec import Mirror, Revisions
from tests.estimate.test_published import run, values

ORIGIN = {"delivery_id": "d3", "data_class": "real", "census_year": 2016, "sex": "SEX_M", "weight": 2.0}


def test_members_abroad_come_from_the_area_that_counts_them(tmp_path):
    away = pd.DataFrame([{**ORIGIN, "ref_area": "XAA", "country_of_stay": "XBB", "activity": activity}
                         for activity in ("employed", "student")])  # fmt: skip
    for view, number in ((views.ABSENTEES, 4.0), (views.ABSENTEES_WORKING, 2.0)):
        frame = run(tmp_path, Mirror("person", (view,)), absentees=away)
        assert values(frame[frame["sex"] == "SEX_T"], "origin", "destination") == {("XAA", "XBB"): number}


def test_foreigners_live_in_the_area_that_counts_them(tmp_path):
    people = [{**ORIGIN, "ref_area": "XAA", "birthplace": "XBB", "citizenship": "XCC", "residence": residence}
              for residence in ("usual", "absent")]  # fmt: skip
    for view, home in ((views.BORN_HERE, "XBB"), (views.CITIZENS_HERE, "XCC")):
        frame = run(tmp_path, Mirror("person", (view,)), population=pd.DataFrame(people))
        assert values(frame[frame["sex"] == "SEX_T"], "origin", "destination") == {(home, "XAA"): 2.0}


def test_money_goes_from_one_to_another_and_estimates_of_a_model_are_no_edition(tmp_path):
    sent = pd.DataFrame([
        {"ref_area": "XBB", "from_area": "XAA", "to_area": "XBB", "series": "received", "time_period": "2021",
         "publisher": "WB", "edition": edition, "obs_value": value, "obs_status": status, "unit_measure": "USD",
         "delivery_id": "d1", "data_class": "real"}
        for edition, value, status in (("1", 5.0, "A"), ("2", 9.0, "E"), ("3", 7.0, "A"))
    ])  # fmt: skip
    frame = run(tmp_path, Revisions("as published", (views.MONEY,)), remittances=sent)
    assert values(frame, "origin", "destination", "edition") == {("XAA", "XBB", "1"): 5, ("XAA", "XBB", "3"): 7}
