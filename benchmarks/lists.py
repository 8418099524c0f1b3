"""What reading the lists costs, which ask the rule for every contact, beside the same lists by the stored flags alone.

Everybody is in order, which is the dearest case: nobody is sorted out by a flag. Seconds inside PostgreSQL.
"""

import argparse
import json
import statistics
from typing import Any

from benchmarks.dns_zone import ZoneServer
from benchmarks.generate import write_contacts
from benchmarks.sandbox import SOURCE, Sandbox, machine, sandbox

ROWS = 100_000
TIMES = 3

_ONE = "(select contact_id from curated.contacts limit 1)"
QUESTIONS = {
    "count by the rule": "select count(*) from curated.mailable_contacts",
    "count by the flag": "select count(*) from core.published_contacts c cross join core.usable u"
    " where c.can_email and core.is_one_of(c.email_status, c.email_sub_status, u.email)",
    "every column by the rule": "select * from curated.mailable_contacts",
    "every column by the flag": "select c.* from core.published_contacts c cross join core.usable u"
    " where c.can_email and core.is_one_of(c.email_status, c.email_sub_status, u.email)",
    "for one purpose": "select * from curated.mailable_for('measuring')",
    "one contact": f"select * from curated.mailable_contacts where contact_id = {_ONE}",
    "contactability": "select count(*) from curated.contactability where allowed",
}


def read_lists(rows: int) -> dict[str, Any]:
    """rows: size of the list that everybody came with."""
    with ZoneServer(domains=max(1, rows // 10)) as zone, sandbox(zone.address) as box:
        file = box.folder / "contacts.csv"
        write_contacts(file, rows=rows, domains=max(1, rows // 10))
        with box.database():
            told = json.loads(box.pipeline("run", str(file), "--source", SOURCE, "--json"))
            stages = {stage["name"]: stage["seconds"] for stage in told["stages"]}
            seconds = {name: _seconds(box, query) for name, query in QUESTIONS.items()}
    return {
        "figure": "lists", "rows": rows, "machine": machine(), "run_seconds": told["seconds"], "stages": stages,
        "seconds": seconds,
    }  # fmt: skip


def _seconds(box: Sandbox, query: str) -> float:
    """Median of a few executions, planned and run, without sending the rows."""
    explained = (box.sql(f"explain (analyze, timing off, format json) {query}") for _ in range(TIMES))
    plans = [json.loads(text.partition("\n")[2].strip().strip('"').replace('""', '"'))[0] for text in explained]
    seconds = [float(plan["Planning Time"] + plan["Execution Time"]) / 1000 for plan in plans]
    return round(statistics.median(seconds), 3)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    print(json.dumps(read_lists(parser.parse_args().rows), indent=1))


if __name__ == "__main__":
    main()
