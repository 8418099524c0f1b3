"""What the history of changes costs: the same updates of core.contacts with and without it, in turns; and its chain.

Bulk: 50,000 rows with 3 audited fields in one statement, as a stage does it. Single: one row and field a statement, two
clients, asynchronous commit. Seconds and statements a second as the client sees them.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from benchmarks.sandbox import Sandbox, machine, sandbox

CONTACTS, ROWS, TURNS, CLIENTS, SECONDS = 100_000, 50_000, 5, 2, 4.0

# The books are kept by the statement, as the stages keep them: no row trigger but the audit's statement trigger.
BULK = """update core.contacts set title = 'title ' || %(turn)s, company = 'company ' || %(turn)s,
    location = 'town ' || %(turn)s, version = version + 1
    where id in (select id from core.contacts order by id limit %(rows)s)"""
FILL = """insert into core.contacts (name, email, title, company, location)
    select 'Person ' || i, 'person' || i || '@bench.example', 'title', 'company', 'town'
    from generate_series(1, %s) i"""


def measure_audit(contacts: int = CONTACTS, rows: int = ROWS) -> dict[str, Any]:
    """contacts: in the table. rows: of a bulk update."""
    with sandbox("127.0.0.1:9") as box, box.database():
        box.pipeline("db", "migrate")
        url = box.pipeline("db", "url").strip()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(FILL, (contacts,))
            bulk: dict[bool, list[float]] = {True: [], False: []}
            single: dict[bool, list[float]] = {True: [], False: []}
            for turn in range(TURNS):
                for audited in (True, False):
                    _switch(connection, audited)
                    bulk[audited].append(_bulk(connection, turn, rows))
                    single[audited].append(_single(url, contacts))
            _switch(connection, True)
            found = connection.execute("select count(*) from audit.changes").fetchone()
            chain = _chain(box)
    medians = {name: {on: statistics.median(taken[on]) for on in taken} for name, taken in (("b", bulk), ("s", single))}
    return {
        "figure": "audit", "machine": machine(), "contacts": contacts, "rows": rows, "fields": 3,
        "bulk_seconds": {"audited": round(medians["b"][True], 2), "bare": round(medians["b"][False], 2)},
        "bulk_times": round(medians["b"][True] / medians["b"][False], 2),
        "single_per_second": {"audited": round(medians["s"][True]), "bare": round(medians["s"][False])},
        "single_loss": round(1 - medians["s"][True] / medians["s"][False], 3),
        "changes": found[0] if found else 0, **chain,
    }  # fmt: skip


def _switch(connection: psycopg.Connection, on: bool) -> None:
    connection.execute(f"alter table core.contacts {'enable' if on else 'disable'} trigger audit_update")
    connection.execute("vacuum analyze core.contacts")


def _bulk(connection: psycopg.Connection, turn: int, rows: int) -> float:
    began = time.monotonic()
    connection.execute(BULK, {"turn": f"{turn}-{began}", "rows": rows})
    return time.monotonic() - began


def _single(url: str, contacts: int) -> float:
    def work(client: int) -> int:
        done = 0
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off")
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                number = (client * 7919 + done * 104_729) % contacts + 1
                connection.execute("update core.contacts set title = %s where id = %s", (f"t{client}{done}", number))
                done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as clients:
        return sum(clients.map(work, range(CLIENTS))) / SECONDS


def _chain(box: Sandbox) -> dict[str, float]:
    """Sealing everything and computing it again, with the start of the command in both."""
    taken = []
    for command in (("audit", "head"), ("audit", "verify", "--json")):
        began = time.monotonic()
        box.pipeline(*command)
        taken.append(round(time.monotonic() - began, 1))
    return {"seal_seconds": taken[0], "verify_seconds": taken[1]}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    print(json.dumps(measure_audit(asked.contacts, asked.rows), indent=1))


if __name__ == "__main__":
    main()
