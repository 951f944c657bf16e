"""Which deliveries of a source stand."""

from lm_stats.spec import Delivery
from pipelines.standing import find_standing


def delivery(period, version, received="2026-01-01T00:00:00Z"):
    name = f"xab/register/{period}.v{version}"
    return Delivery(name, "XAB", "register", "work_permits", "XAB_NORTH", period, version, received, "real", ())


def found(deliveries, replaces, usable=None):
    usable = {d.id for d in deliveries} if usable is None else usable
    standing = find_standing(deliveries, replaces, usable)
    short = {f"xab/register/{name}": name for name in (d.folder_name for d in deliveries)}
    return (
        [d.folder_name for d in standing.deliveries],
        {short[a]: short[b] for a, b in standing.superseded.items()},
        [short[a] for a in standing.absent],
    )


def test_the_highest_version_of_each_period_stands():
    sent = [delivery("2014", 1), delivery("2015", 1), delivery("2014", 2), delivery("2014", 10)]
    assert found(sent, "period") == (["2014.v10", "2015.v1"], {"2014.v1": "2014.v10", "2014.v2": "2014.v10"}, [])


def test_versions_count_even_where_the_dates_of_receipt_are_out_of_order():
    sent = [delivery("2014", 1, "2026-05-01T00:00:00Z"), delivery("2014", 2, "2026-02-01T00:00:00Z")]
    assert found(sent, "period")[0] == ["2014.v2"]


def test_what_stands_is_in_order_of_receipt():
    sent = [delivery("2014", 1, "2026-05-01T00:00:00Z"), delivery("2015", 1, "2026-02-01T00:00:00Z")]
    assert found(sent, "nothing")[0] == ["2015.v1", "2014.v1"]


def test_where_the_latest_cannot_be_used_the_one_before_stands():
    sent = [delivery("2014", 1), delivery("2014", 2), delivery("2014", 3)]
    usable = {sent[0].id, sent[1].id}
    assert found(sent, "period", usable) == (["2014.v2"], {"2014.v1": "2014.v2"}, ["2014.v3"])


def test_a_failure_that_was_superseded_is_no_longer_absent():
    sent = [delivery("2014", 1), delivery("2014", 2)]
    assert found(sent, "period", {sent[1].id}) == (["2014.v2"], {"2014.v1": "2014.v2"}, [])


def test_without_a_usable_delivery_the_period_is_left_out():
    sent = [delivery("2014", 1), delivery("2015", 1)]
    assert found(sent, "period", {sent[1].id}) == (["2015.v1"], {}, ["2014.v1"])


def test_all_leaves_the_last_received_and_nothing_leaves_all():
    sent = [delivery("2014", 1, "2026-01-01T00:00:00Z"), delivery("2015", 1, "2026-02-01T00:00:00Z")]
    assert found(sent, "all") == (["2015.v1"], {"2014.v1": "2015.v1"}, [])
    assert found(sent, "nothing") == (["2014.v1", "2015.v1"], {}, [])


def cut(*sent):
    standing = find_standing(sent, "period", {d.id for d in sent}, in_parts=True)
    partly = {
        name.rpartition("/")[2]: [(str(part.first), str(part.last)) for part in parts]
        for name, parts in standing.partly.items()
    }
    return [d.folder_name for d in standing.deliveries], list(standing.superseded.values()), partly


def test_a_month_sent_again_takes_the_place_of_that_month_of_the_year():
    year, month = delivery("2014", 1), delivery("2014-03", 1, "2026-02-01T00:00:00Z")
    assert cut(year, month) == (["2014.v1", "2014-03.v1"], [], {"2014.v1": [("2014-03-01", "2014-03-31")]})
    # a quarterly round is none of the year's, where rows do not say by a date what they belong to
    assert found([year, month], "period") == (["2014.v1", "2014-03.v1"], {}, [])


def test_a_year_takes_the_place_of_its_months_and_of_what_a_span_shares_with_it():
    month, year = delivery("2014-03", 1), delivery("2014", 1, "2026-02-01T00:00:00Z")
    span = delivery("2009_2014", 1)
    standing = cut(span, month, year)
    assert standing == (["2009_2014.v1", "2014.v1"], [year.id], {"2009_2014.v1": [("2014-01-01", "2014-12-31")]})


def test_what_was_superseded_by_a_covered_delivery_is_superseded_by_the_one_that_covers_it():
    first, second = delivery("2014-03", 1), delivery("2014-03", 2, "2026-02-01T00:00:00Z")
    year = delivery("2014", 1, "2026-03-01T00:00:00Z")
    again = delivery("2014", 2, "2026-04-01T00:00:00Z")
    sent = [first, second, year, again]
    standing = find_standing(sent, "period", {d.id for d in sent}, in_parts=True)
    assert [d.folder_name for d in standing.deliveries] == ["2014.v2"]
    assert set(standing.superseded.values()) == {again.id}


def test_a_year_corrected_after_its_month_was_sent_again_stands_whole():
    year, month = delivery("2014", 1), delivery("2014-03", 1, "2026-02-01T00:00:00Z")
    again = delivery("2014", 2, "2026-03-01T00:00:00Z")
    standing = cut(year, month, again)
    assert standing == (["2014.v2"], [again.id, again.id], {})
