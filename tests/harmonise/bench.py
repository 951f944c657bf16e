"""A bench on which rows of a declared register are harmonised."""

import pandas as pd

from lm_stats.catalog import load
from lm_stats.compile.coder import coders_for
from lm_stats.handover import write_parquet
from lm_stats.harmonise import harmonise
from lm_stats.spec import Delivery

CATALOG = load()
MINISTRY = CATALOG.sources["lso/work_permits_mole"]
GOOD = {
    "certificate_token": "c", "application_date": "05/01/2015", "issue_date": "10/02/2015", "decision": "Granted",
    "permit_type": "New", "sex": "Male", "citizenship": "Chinese", "occupation": "Manager", "workers": "1",
    "economic_activity": "Retail", "education": "PhD", "person_token_passport": "p", "birth_year": "1980",
}  # fmt: skip


class Bench:
    """Harmonise rows of a declared source, given as what differs from a good row."""

    def __init__(self, folder, source=MINISTRY):
        self.folder, self.source = folder, source

    def __call__(self, *deliveries, **options):
        source, kind = self.source, CATALOG.kinds[self.source.kind]
        (record,) = kind.records
        own = source.for_record(record)
        coders = {"": coders_for(own, record, CATALOG.concepts, CATALOG.codelists, CATALOG.spellings)}
        records, files = [], {}
        for number, rows in enumerate(deliveries):
            period = f"{2015 + number}"
            one = Delivery(f"{source.path}/{period}.v1", source.ref_area, source.id, kind.id, source.agency, period, 1,
                           "", "real", ())  # fmt: skip
            lead = {"source_file": "r.xlsx", "source_sheet": "S", "excluded": ""}
            known = lead | GOOD
            frame = pd.DataFrame(
                [{**known, "source_row": n, "application_token": f"t{n}", **row} for n, row in enumerate(rows, start=2)]
            )
            leading = ["source_file", "source_sheet", "source_row", "excluded"]
            frame = frame[[*leading, *frame.columns.drop(leading)]]
            files[one.id] = {"": self.folder / f"staged{number}.parquet"}
            write_parquet(frame.astype({c: "str" for c in frame if c != "source_row"}), files[one.id][""])
            records.append(one)
        tables = {name: CATALOG.tables[name] for name in kind.tables}
        made = harmonise(
            source, kind, tables, CATALOG.concepts, CATALOG.codelists, coders, records, files, self.folder, **options
        )
        self.made, self.accounts = made, made.accounts
        self.table = pd.read_parquet(made.tables["permits"]).set_index("permit_id")
        self.quarantine = pd.read_parquet(made.quarantine).set_index("source_row")
        return self
