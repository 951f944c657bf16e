"""Persons, spells, stocks and flows from linked certificates, against counting by hand on every day."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm_stats.curate.permits.events import events
from lm_stats.curate.permits.persons import persons
from lm_stats.curate.permits.spells import overlaps, spells, undated
from lm_stats.curate.permits.stocks import activity, flows, observed_periods, refusals, revise, stock
from lm_stats.units import UnitMismatch

FIRST = pd.Timestamp("2020-01-15")
MONTHS = ("2020-01", "2020-02", "2020-03", "2020-04")
DAYS = pd.date_range("2019-12-31", "2020-04-30")
FLOWS = ["first_entries", "re_entries", "transfers_in", "transfers_out", "expired", "cancelled"]
CELL = ["economic_activity"]
COLUMNS = ["permit_id", "valid_from", "valid_to"]


def certificates(*rows, **columns):
    """Granted certificates: permit, first and last day of validity; further columns by name."""
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    dates = {name: pd.to_datetime(frame[name]) for name in ("valid_from", "valid_to")}
    frame = frame.assign(ref_area="XAA", decision="granted", **dates).assign(**columns)
    return frame.assign(issue_date=frame["valid_from"]) if "issue_date" not in frame else frame


def links(frame, person="P1"):
    return pd.DataFrame({"ref_area": frame["ref_area"], "permit_id": frame["permit_id"], "person_id": person})


@st.composite
def registers(draw):
    """A few persons whose certificates overlap, adjoin, leave gaps and are cancelled, and who holds which."""
    one = st.tuples(
        st.integers(0, 5), st.integers(0, 45), st.integers(0, 20), st.none() | st.integers(-2, 22),
        st.sampled_from("AB"), st.sampled_from(["new", "renewal"]),
    )  # fmt: skip
    rows = draw(st.lists(one, min_size=1, max_size=20))
    names = draw(st.permutations([f"c{k}" for k in range(len(rows))]))
    frame = pd.DataFrame(rows, columns=["person_id", "from", "length", "after", "economic_activity", "permit_type"])
    start = FIRST + pd.to_timedelta(frame["from"], unit="D")
    frame = frame.assign(
        ref_area="XAA", permit_id=names, decision="granted", valid_from=start,
        valid_to=start + pd.to_timedelta(frame["length"], unit="D"),
        cancellation_date=start + pd.to_timedelta(frame["after"].astype("float64"), unit="D"),
        person_id="P" + frame["person_id"].astype(str),
    )  # fmt: skip
    return frame.drop(columns=["from", "length", "after"])


def by_hand(register):
    """Day by day, which certificate governs the work of each person: permit by person and day."""
    governs = {}
    for row in register.itertuples():
        cancelled = row.cancellation_date <= row.valid_to
        last = row.cancellation_date - pd.Timedelta(days=1) if cancelled else row.valid_to
        for day in pd.date_range(row.valid_from, last):
            key = (row.person_id, day)
            mine = (row.valid_from, row.permit_id, row.economic_activity, cancelled)
            governs[key] = max(governs.get(key, mine), mine)
    return governs


def flows_by_hand(register, by):
    """Flows of each month and cell, from what changes from one day to the next."""
    governs = by_hand(register)
    last = {(person, governs[person, day][1]): day for person, day in sorted(governs)}
    moved = {}
    for person in register["person_id"].unique():
        been = set()
        for day in DAYS[1:]:
            old, new = governs.get((person, day - pd.Timedelta(days=1))), governs.get((person, day))
            cells = [one and (one[2] if by else "all") for one in (old, new)]
            if new and not old:
                found = [("re_entries" if been else "first_entries", cells[1])]
            elif old and not new:
                found = [("cancelled" if old[3] else "expired", cells[0])]
            elif old and new and cells[0] != cells[1]:
                found = [("transfers_out", cells[0]), ("transfers_in", cells[1])]
            else:
                found = []
            if old and new and old[1] != new[1] and new[1] not in been and last[person, old[1]] < day:
                found.append(("renewals", cells[1]))
            if new:
                been.add(new[1])
            for name, cell in found:
                key = (day.strftime("%Y-%m"), cell, name)
                moved[key] = moved.get(key, 0) + 1
    return moved


@given(registers())
def test_stocks_and_flows_are_what_counting_day_by_day_gives(register):
    linked = register[["ref_area", "permit_id", "person_id"]]
    made = spells(register.drop(columns="person_id"), linked, until="2020-12-31")
    governs = by_hand(register)
    parts = [(p, day, c) for p, c, a, b in made[["person_id", "permit_id", "start", "end"]].itertuples(index=False)
             for day in pd.date_range(a, b)]  # fmt: skip
    assert sorted(parts) == sorted((p, day, mine[1]) for (p, day), mine in governs.items())
    neighbours = made.sort_values(["person_id", "start"]).groupby("person_id")
    same = made["permit_id"].eq(neighbours["permit_id"].shift()) & (made["entry"] == "continued")
    assert not same.any()

    counted = stock(made, DAYS, CELL).pivot_table("persons", "date", "economic_activity") if len(made) else None
    for (day, cell), at in pd.Series(governs).groupby([lambda k: k[1], lambda k: governs[k][2]]):
        assert counted.loc[day, cell] == len(at)
    assert stock(made, DAYS)["persons"].sum() == len(governs)

    whole, apart = flows(made, MONTHS), flows(made, MONTHS, CELL)
    for by, account in (([], whole), (CELL, apart)):
        cells = account[CELL[0]] if by else ["all"] * len(account)
        expected = flows_by_hand(register, by)
        for name in (*FLOWS, "renewals"):
            got = {(p, c, name): n for p, c, n in zip(account["period"], cells, account[name], strict=True) if n}
            assert got == {key: n for key, n in expected.items() if key[2] == name}
        assert (account["residual"] == 0).all()
    split = apart.groupby("period").sum(numeric_only=True)
    alike = ["first_entries", "re_entries", "expired", "cancelled", "stock_start", "stock_end", "renewals"]
    assert split[alike].reindex(MONTHS, fill_value=0).to_numpy().tolist() == whole[alike].to_numpy().tolist()
    assert split["transfers_in"].tolist() == split["transfers_out"].tolist()
    assert not whole[["transfers_in", "transfers_out"]].any(axis=None)

    backwards = spells(register[::-1].drop(columns="person_id"), linked[::-1], until="2020-12-31")
    pd.testing.assert_frame_equal(made, backwards)
    pd.testing.assert_frame_equal(apart, flows(made[::-1], MONTHS, CELL))


@settings(max_examples=settings.default.max_examples // 2)
@given(registers(), registers(), st.integers(0, 9))
def test_what_a_later_vintage_changes_is_late_or_corrected(before, later, shared):
    # some certificates are known to both, with other dates and another holder perhaps
    later = later.assign(permit_id=[f"c{k}" if k < shared else f"d{k}" for k in range(len(later))])
    both = [spells(one.drop(columns="person_id"), one[["permit_id", "person_id"]]) for one in (before, later)]
    then, now = both
    revised = revise(then, now, DAYS[30:90:20], CELL)
    assert (revised["residual"] == 0).all()
    for row in revised.itertuples():
        old, new = (one[(one["start"] <= row.date) & (row.date <= one["end"])
                        & (one["economic_activity"] == row.economic_activity)] for one in both)  # fmt: skip
        late = ~new["permit_id"].isin(then["permit_id"])
        had = set(zip(old["person_id"], old["permit_id"], strict=True))
        has = set(zip(new["person_id"], new["permit_id"], strict=True))
        known = {key for key in has if key[1] in set(then["permit_id"])}
        assert (row.stock_then, row.stock_now, row.registered_late) == (len(old), len(new), late.sum())
        assert (row.removed, row.added) == (len(had - has), len(known - had))


def test_case_72_a_renewal_on_a_new_passport_is_one_person_in_one_spell():
    frame = certificates(
        ("a", "2019-01-01", "2019-12-31"), ("b", "2020-01-01", "2020-12-31"),
        person_token_passport=["p1", "p2"], permit_type=["new", "renewal"], employer_id="e1",
    )  # fmt: skip
    made = spells(frame, links(frame))
    assert made[["spell", "part", "entry", "exit"]].to_numpy().tolist() == [
        [1, 1, "first", "continued"],
        [1, 2, "continued", "open"],
    ]
    assert stock(made, ["2018-12-31", "2019-06-30", "2019-12-31", "2020-01-01"])["persons"].tolist() == [0, 1, 1, 1]
    person = persons(frame, links(frame), made)
    held = ["n_certificates", "n_spells", "n_employers", "n_passports", "first_permit_type"]
    assert person[held].to_numpy().tolist() == [[2, 1, 1, 2, "new"]]
    seen = events(frame, made)
    assert seen.loc[seen["event"].isin(["renewal", "transfer"]), ["event", "changed"]].to_numpy().tolist() == [
        ["renewal", "passport"]
    ]


def test_case_74_of_two_employers_at_once_the_later_governs_and_the_earlier_again_after_it():
    frame = certificates(
        ("a", "2019-01-01", "2019-12-31"), ("b", "2019-03-01", "2019-05-31"), ("c", "2020-03-01", "2020-05-31"),
        employer_id=["e1", "e2", "e1"], economic_activity=["A", "B", "A"],
    )  # fmt: skip
    made = spells(frame, links(frame), until="2020-12-31")
    assert made[["permit_id", "spell", "part", "start", "end", "entry", "exit"]].astype(str).to_numpy().tolist() == [
        ["a", "1", "1", "2019-01-01", "2019-02-28", "first", "continued"],
        ["b", "1", "2", "2019-03-01", "2019-05-31", "continued", "continued"],
        ["a", "1", "3", "2019-06-01", "2019-12-31", "continued", "expired"],
        ["c", "2", "1", "2020-03-01", "2020-05-31", "re_entry", "expired"],
    ]
    assert overlaps(frame, links(frame)) == {"XAA": 1}
    assert overlaps(frame[frame["permit_id"] != "b"], links(frame)) == {"XAA": 0}
    assert stock(made, ["2019-04-01"])["persons"].tolist() == [1]
    seen = events(frame, made)
    assert seen.loc[seen["changed"] != "", ["permit_id", "event", "changed"]].to_numpy().tolist() == [
        ["b", "transfer", "employer sector"],
        ["a", "transfer", "employer sector"],
    ]
    assert not seen.duplicated(["ref_area", "permit_id", "event", "event_date"]).any()
    assert flows(made, ["2019", "2020"])["renewals"].tolist() == [0, 0]
    # who comes back on the last day's morrow has never left
    account = flows(made, ["2019", "2020"], CELL)
    assert account.set_index(["period", *CELL])[["transfers_in", "transfers_out"]].to_numpy().tolist() == [
        [1, 1], [1, 1], [0, 0], [0, 0],
    ]  # fmt: skip
    # a certificate that ends on the last day of a year leaves in the next; months without anybody count too
    assert account[["stock_end", "expired"]].to_numpy().tolist() == [[1, 0], [0, 0], [0, 2], [0, 0]]
    assert flows(made, ["2020"])[["completed_days", "mean_stock"]].to_numpy().tolist() == [[228.5, 92 / 366]]


def test_case_76_a_group_certificate_is_one_person_and_its_workers_are_another_measure():
    frame = certificates(("a", "2019-01-01", "2019-12-31"), ("b", "2019-01-01", "2019-12-31"), workers=[12, None])
    made = spells(frame, links(frame, ["P1", "P2"]))
    counted = stock(made, ["2019-06-30"])
    assert counted[["persons", "workers"]].to_numpy().tolist() == [[2, 13]]
    with pytest.raises(UnitMismatch):
        counted["persons"] + counted["workers"]


def test_the_account_does_not_balance_where_a_part_is_wrong():
    frame = certificates(("a", "2019-02-01", "2019-12-31"), ("b", "2020-01-01", "2020-06-30"))
    made = spells(frame, links(frame), until="2020-12-31")
    years = ["2019", "2020"]
    assert flows(made, years)["residual"].tolist() == [0, 0]
    for column, row, wrong, periods, residual in (
        ("exit", 1, "continued", years, [0, -1]),  # it says that another follows, and none does
        ("exit", 0, "expired", years, [0, 1]),  # it says that the person left, who did not
        ("entry", 0, "continued", years, [1, 0]),  # nobody knows from where
        ("start", 1, pd.Timestamp("2020-02-01"), ["2020-01", "2020-02"], [-1, 1]),  # away for a month
    ):
        broken = made.copy()
        broken.loc[row, column] = wrong
        assert flows(broken, periods)["residual"].tolist() == residual
    twice = made.assign(start=[made["start"][0], pd.Timestamp("2019-12-01")])
    assert stock(twice, ["2019-12-15"])["persons"].tolist() == [1]


def test_certificates_without_days_are_told_of_and_never_placed():
    frame = certificates(
        ("a", "2019-01-01", "2019-12-31"), ("b", None, "2019-12-31"), ("c", "2019-01-01", None),
        ("d", "2019-01-01", "2019-12-31"), ("e", "2019-02-01", "2019-12-31"), ("f", None, "2019-12-31"),
        issue_date=pd.to_datetime(["2019-01-01", None, None, None, None, "2019-03-01"]),
        cancellation_date=pd.to_datetime([None, None, None, "2019-01-01", "2019-04-01", None]),
        issue_date_precision=[None, None, None, None, None, "month"], valid_to_precision="day",
        valid_from_precision=[None, "month", "month", "month", "day", "month"],
        decision=["granted"] * 4 + ["granted", "granted"],
    )  # fmt: skip
    told = undated(frame).iloc[0].to_dict()
    assert told == {
        "ref_area": "XAA", "certificates": 6, "undated": 2, "without_start": 1, "without_end": 1, "never_valid": 1,
        "imprecise": 1, "cancelled_undated": 0,
    }  # fmt: skip
    made = spells(frame, links(frame, [f"P{k}" for k in frame["permit_id"]]))
    assert made[["permit_id", "start", "end", "exit"]].astype(str).to_numpy().tolist() == [
        ["a", "2019-01-01", "2019-12-31", "open"],
        ["e", "2019-02-01", "2019-03-31", "cancelled"],
        ["f", "2019-03-01", "2019-12-31", "open"],
    ]
    # they are persons all the same
    assert persons(frame, links(frame, "P1"), made)["n_certificates"].tolist() == [6]
    with pytest.raises(ValueError, match="twice"):
        spells(frame, pd.concat([links(frame), links(frame, "P2")]))


def test_what_the_day_after_the_last_one_known_brings_is_not_known():
    frame = certificates(
        ("a", "2019-01-01", "2019-12-30"), ("b", "2019-01-01", "2019-12-31"), ("c", "2019-01-01", "2020-06-30"),
        ("d", "2019-01-01", "2020-06-30"),
        cancellation_date=pd.to_datetime([None, None, "2019-12-31", "2020-01-01"]),
    )  # fmt: skip
    made = spells(frame, links(frame, list("PQRS")), until="2019-12-31")
    assert made["exit"].tolist() == ["expired", "open", "cancelled", "open"]
    account = flows(made, ["2019"])[["expired", "cancelled", "stock_end", "residual"]]
    assert account.to_numpy().tolist() == [[1, 1, 2, 0]]
    happened = events(frame, made)
    ended = happened[happened["event"].isin(["expired", "cancelled"])]
    assert ended[["permit_id", "event"]].to_numpy().tolist() == [["a", "expired"], ["c", "cancelled"]]


def test_a_start_that_is_not_known_to_the_day_is_not_before_the_issue():
    how = ["day", "month", "quarter", "year", "month"]
    frame = certificates(
        *((name, "2019-01-01", "2019-12-31") for name in "abcd"), ("e", "2019-03-01", "2019-12-31"),
        issue_date=pd.to_datetime(["2019-02-10"] * 5), valid_from_precision=how,
    )  # fmt: skip
    made = spells(frame, links(frame, list("PQRST")))
    days = made["start"].astype(str).tolist()
    assert days == ["2019-01-01", *["2019-02-10"] * 3, "2019-03-01"]
    assert activity(frame.assign(valid_to=pd.Timestamp("2019-01-31")), ["2019"])["certificates_expired"].tolist() == [1]
    assert undated(frame)["imprecise"].tolist() == [4]


def test_areas_and_files_are_kept_apart(tmp_path):
    frame = certificates(("a", "2019-01-01", "2019-03-31"), ("a", "2019-02-01", "2020-03-31"), ref_area=["XAA", "XBB"])
    frame.assign(valid_from=frame["valid_from"].dt.date, valid_to=frame["valid_to"].dt.date).to_parquet(
        tmp_path / "p.parquet"
    )
    until = {"XAA": pd.Timestamp("2019-12-31"), "XBB": pd.Timestamp("2020-01-31")}
    made = spells(tmp_path / "p.parquet", links(frame), until=until)
    pd.testing.assert_frame_equal(made, spells(frame, links(frame), until=until))
    assert made["permit_id"].tolist() == ["a", "a"]
    assert made["exit"].tolist() == ["expired", "open"]
    assert events(frame, made).groupby(["ref_area", "event"]).size().max() == 1
    assert stock(made, ["2019-03-01"], ["ref_area"])["persons"].tolist() == [1, 1]
    assert observed_periods(made, "A") == ("2019",)
    assert observed_periods(made, "Q")[-1] == "2019-Q4"
    assert len(spells(frame[:0], links(frame[:0]))) == len(flows(made[:0], ["2019"], ["ref_area"])) == 0
    assert flows(made[:0], ["2019"])["stock_end"].tolist() == [0]


def test_what_offices_did_is_counted_in_applications_and_certificates():
    frame = certificates(
        ("a", "2019-02-01", "2019-12-31"), ("b", "2019-02-01", "2020-12-31"), ("c", None, None), ("d", None, None),
        ("e", None, None),
        decision=["granted", "granted", "refused", "pending", "refused"], sex=["F", "M", "M", "F", "F"],
        application_date=pd.to_datetime(["2018-12-01", "2019-01-05", "2019-03-01", "2019-04-01", "2019-12-30"]),
        decision_date=pd.to_datetime(["2019-01-10", None, "2019-05-01", None, "2020-01-02"]),
        issue_date=pd.to_datetime(["2019-01-15", "2019-02-01", None, None, None]),
        cancellation_date=pd.to_datetime([None, "2019-07-01", None, None, None]),
        refusal_reason=[None, None, "fee", None, None],
    )  # fmt: skip
    years = ["2018", "2019", "2020"]
    done = activity(frame, years)
    assert done.drop(columns="period").to_numpy().tolist() == [
        [1, 0, 0, 0, 1, 0, 0, 0, 0],
        [4, 2, 1, 0, 2, 2, 0, 1, 1],
        [0, 0, 1, 0, 1, 0, 1, 0, 0],
    ]
    assert list(done.columns[1:]) == [
        "applications", "granted", "refused", "withdrawn", "pending_end", "certificates_issued",
        "certificates_expired", "certificates_cancelled", "certificates_valid_end",
    ]  # fmt: skip
    assert activity(frame, years, ["sex"]).groupby("period").sum(numeric_only=True).to_numpy().tolist() == (
        done.drop(columns="period").to_numpy().tolist()
    )
    reasons = refusals(frame, ["2019", "2020"])
    assert reasons.to_numpy().tolist() == [["2019", "X", 0], ["2019", "fee", 1], ["2020", "X", 1], ["2020", "fee", 0]]
    made = flows(spells(frame, links(frame)), years)
    with pytest.raises(UnitMismatch, match=r"certificate, person"):
        made["expired"] + done["certificates_expired"]
    with pytest.raises(UnitMismatch, match=r"person, renewal"):
        made["renewals"].lt(made["first_entries"])
