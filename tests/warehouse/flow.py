"""Land, check, merge and publish three deliveries, going on from wherever an earlier run died.

Run as a script on a home it is what the kill tests kill.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from deliveries import AS_OF, CONTRACT, DATASET, SYSTEM, Row, check

from operations.settings import Settings
from schemas.delivery import Page
from warehouse.build import Writer
from warehouse.landing import Landing
from warehouse.ledger import pending
from warehouse.merge import merge
from warehouse.publish import prepare
from warehouse.tables import create_tables

DAY = timedelta(days=1)
PERSON = {"applicant_name": "张小三", "applicant_id_no": "330108200001010016", "applicant_phone": "13812341234"}
DELIVERIES: list[list[Row]] = [
    [Row("a", "10", AS_OF - 3 * DAY, fields=PERSON), Row("b", "10", AS_OF - 3 * DAY), Row("c", rejected=True)],
    [Row("a", "20", AS_OF - 2 * DAY), Row("b", "??", AS_OF - 2 * DAY, rejected=True), Row("d", "10", AS_OF)],
    [Row("a", "20", AS_OF - 2 * DAY), Row("d", updated=AS_OF + DAY, tombstone=True), Row("e", "30", fields=PERSON)],
]


def run(settings: Settings) -> int:
    settings.prepare()
    landing = Landing(settings)
    for rows in DELIVERIES[len(landing.complete_manifests()) :]:
        load = landing.open(SYSTEM, DATASET, "sync", None, "d")
        for number in range(int(load.resume or 0), len(rows)):
            body = json.dumps({"id": rows[number].source_id}).encode() + b"\n"
            load.add(Page(format="ndjson", rows=1, body=body, declared=len(rows), checkpoint=str(number + 1)))
        load.complete(None)
    manifests = landing.complete_manifests()
    with Writer(settings) as writer:
        create_tables(writer, [CONTRACT])
        for manifest in pending(writer, manifests):
            rows = DELIVERIES[manifests.index(manifest)]
            merge(writer, manifest, check(settings, manifest, rows), CONTRACT, AS_OF)
        writer.con.execute(
            "CREATE OR REPLACE TABLE core.cases AS"
            " SELECT 'JF' || source_id AS case_code, * FROM record.case_reports ORDER BY source_id DESC"
        )
        writer.con.execute("CREATE OR REPLACE TABLE mart.centre AS SELECT count(*) AS cases FROM core.cases")
        return prepare(writer, AS_OF).commit()


if __name__ == "__main__":
    run(Settings(home=Path(sys.argv[1]), as_of=AS_OF))
