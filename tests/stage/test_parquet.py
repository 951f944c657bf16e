"""Parquet files of unit records: any plain type as the text that other readers give."""

import datetime as dt
import uuid
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lm_stats.spec import Fault
from lm_stats.stage.parquet import open_parquet

MOMENT = [dt.datetime(2016, 4, 1, 22), dt.datetime(2016, 4, 1, 10, 30, 5, 250000), None]
COLUMNS = {
    "int": (pa.array([1, None, -5], pa.int16()), ["1", None, "-5"]),
    "long": (pa.array([2**64 - 1, 0, None], pa.uint64()), ["18446744073709551615", "0", None]),
    "float": (pa.array([1.5, float("nan"), 1e20]), ["1.5", None, "100000000000000000000"]),
    "single": (pa.array([0.1, 101, -0.0], pa.float32()), ["0.1", "101", "0"]),
    "half": (pa.array(np.array([0.5, 1, 2], "float16")), ["0.5", "1", "2"]),
    "small": (pa.array([1e-7, 0.00001, None]), ["0.0000001", "0.00001", None]),
    "money": (pa.array([Decimal("12.50"), Decimal("101.00"), None]), ["12.50", "101", None]),
    "exact": (pa.array([Decimal("0.00000001"), Decimal("3.00000000"), None]), ["0.00000001", "3", None]),
    "bool": (pa.array([True, None, False]), ["TRUE", None, "FALSE"]),
    "day": (pa.array([dt.date(2016, 4, 1), None, dt.date(1899, 1, 1)]), ["2016-04-01", None, "1899-01-01"]),
    "moment": (pa.array(MOMENT), ["2016-04-01 22:00:00", "2016-04-01 10:30:05", None]),
    "midnight": (pa.array(MOMENT[:1] * 3, pa.timestamp("ms")).cast(pa.date32()).cast(pa.timestamp("ns")),
                 ["2016-04-01"] * 3),
    "zone": (pa.array(MOMENT, pa.timestamp("us", "Africa/Maputo")), ["2016-04-02", "2016-04-01 12:30:05", None]),
    "offset": (pa.array(MOMENT, pa.timestamp("ms", "-03:30")), ["2016-04-01 18:30:00", "2016-04-01 07:00:05", None]),
    "utc": (pa.array(MOMENT, pa.timestamp("ns", "UTC")), ["2016-04-01 22:00:00", "2016-04-01 10:30:05", None]),
    "clock": (pa.array([dt.time(10), dt.time(10, 0, 1), None]), ["10:00:00", "10:00:01", None]),
    "text": (pa.array(["a ", None, "  "]), ["a", None, None]),
    "long text": (pa.array(["x", "y", "x"], pa.large_string()), ["x", "y", "x"]),
    "view": (pa.array(["x", "y", None], pa.string_view()), ["x", "y", None]),
    "category": (pa.array(["q", "q", None]).dictionary_encode(), ["q", "q", None]),
    "coded": (pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array([10, 20])), ["10", "20", "10"]),
    "bytes": (pa.array([b"ok", b"\xff\xfe", "\u00e9".encode()]), ["ok", None, "\u00e9"]),
    "fixed": (pa.array([b"ab", b"cd", None], pa.binary(2)), ["ab", "cd", None]),
    "uuid": (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([uuid.UUID(int=5).bytes] * 3, pa.binary(16))),
             [str(uuid.UUID(int=5))] * 3),
    "nothing": (pa.nulls(3), [None] * 3),
}  # fmt: skip


def cells(path, decimals=None):
    table = open_parquet(path)
    found = {name: [] for name in table.names}
    for slab in table.slabs(table.names, decimals or {}):
        for name, column in slab.cells.items():
            found[name] += [None if value != value else value for value in column.to_series()]
    return found, table


def test_every_plain_type_is_the_text_that_other_readers_give(tmp_path):
    path = tmp_path / "persons.parquet"
    nested = {"list": pa.array([[1], [2], None]), "struct": pa.array([{"a": 1}, None, None]),
              "length": pa.array([1, 2, 3], pa.duration("s"))}  # fmt: skip
    whole = pa.table({**{name: own for name, (own, _) in COLUMNS.items()}, **nested})
    whole = whole.cast(whole.schema.set(0, whole.schema.field(0).with_metadata({"label": "Age in years"})))
    pq.write_table(whole, path)
    found, table = cells(path)
    assert found == {name: expected for name, (_, expected) in COLUMNS.items()}
    assert table.titles[:2] == ("Age in years", "")
    told = [str(warning) for warning in table.warnings]
    assert any("left out: list, struct, length" in text for text in told)
    assert any("column bytes: 1 different values are bytes that are no text" in text for text in told)
    assert cells(path, {"float": ",", "money": ","})[0]["money"] == ["12,50", "101", None]


def test_rows_come_in_batches_of_many_row_groups_and_parts_of_large_ones(tmp_path, monkeypatch):
    monkeypatch.setattr("lm_stats.stage.parquet.ROWS", 40)
    frame = pd.DataFrame({"sex": ["1", "2"] * 75, "n": range(150)}, index=[f"r{n}" for n in range(150)])
    for rows in (7, 150):
        path = tmp_path / f"{rows}.parquet"
        frame.to_parquet(path, row_group_size=rows)
        table = open_parquet(path)
        # what numbers the rows is no column
        assert table.names == ("sex", "n")
        slabs = list(table.slabs(["n", "sex"], {}))
        assert max(len(slab.numbers) for slab in slabs) <= 40
        assert len(slabs) <= 5
        assert [n for slab in slabs for n in slab.numbers] == list(range(1, 151))
        assert [n for slab in slabs for n in slab.cells["n"].to_series()] == [str(n) for n in range(150)]
        assert [s for slab in slabs for s in slab.cells["sex"].to_series()] == ["1", "2"] * 75


def test_damaged_and_encrypted_files_are_refused(tmp_path):
    path = tmp_path / "persons.parquet"
    values = np.random.default_rng(1).random(20_000)
    pq.write_table(pa.table({"w": values, "s": values.astype(str)}), path, write_page_checksum=True)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-20] + whole[-8:], b"PAR1" + bytes(50) + b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(Fault, match="cut off or damaged"):
            open_parquet(path)
    path.write_bytes(b"PARE" + whole[4:-4] + b"PARE")
    with pytest.raises(Fault, match="encrypted"):
        open_parquet(path)
    # head and foot are as they were
    for place in (5000, len(whole) // 2):
        path.write_bytes(whole[:place] + bytes(300) + whole[place + 300 :])
        table = open_parquet(path)
        with pytest.raises(Fault, match="cut off or damaged"):
            list(table.slabs(table.names, {}))
    pq.write_table(pa.table({"list": [[1]]}), path)
    with pytest.raises(Fault, match="no column of plain values"):
        open_parquet(path)
