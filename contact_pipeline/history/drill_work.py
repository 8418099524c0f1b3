"""The work of a drill: invented people come, opt out and are erased, at random, until somebody pulls the plug.

Whatever was acknowledged is said at once, as one JSON line; at each shipping also what every row was like then.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, sql
from contact_pipeline.drops.intake import Intake
from contact_pipeline.drops.raw_contacts import RAW_CONTACTS
from contact_pipeline.emails.validated_emails import VALIDATED_EMAILS
from contact_pipeline.history.backing_up import back_up
from contact_pipeline.history.keeping_suppressions import write_down_suppressions
from contact_pipeline.history.shipping import ship
from contact_pipeline.people.contacts import CONTACTS
from contact_pipeline.phones.normalized_phones import NORMALIZED_PHONES
from contact_pipeline.profiles.enriched_profiles import ENRICHED_PROFILES
from contact_pipeline.rights.desk import opt_out
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import erase_subject
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

Say = Callable[[dict[str, Any]], None]
STAGES = (RAW_CONTACTS, CONTACTS, VALIDATED_EMAILS, NORMALIZED_PHONES, ENRICHED_PROFILES)
ACTIONS_A_SHIPPING = 4
# Special-use domains (RFC 2606): nobody lives there, and no name server is asked.
HEADER = "Name,Email,Company,Title"


class Worker:
    """One worker with a memory of whom it has brought. folder: where it leaves its truths."""

    def __init__(self, session: Session, folder: Path, seed: int, say: Say, *, people: int) -> None:
        self._session = session
        self._folder = folder
        self._random = Random(seed)  # noqa: S311 - a seed makes it the same again
        self._say = say
        self._people = people
        self._known: list[str] = []
        self._count = 0

    def run(self, shippings: int | None = None) -> None:
        """Until it is killed, or so many shippings."""
        self._drop_people()
        back_up(self._session)
        done = 0
        while shippings is None or done < shippings:
            for _ in range(ACTIONS_A_SHIPPING):
                self._random.choice(
                    [self._drop_people, self._drop_opt_outs, self._opt_out, self._opt_out, self._erase]
                )()
            self._ship()
            done += 1

    def _ship(self) -> None:
        write_down_suppressions(self._session)
        with self._session.connection("drill") as connection:
            truth = rows_of(connection)
        found = ship(self._session)
        assert found is not None  # noqa: S101 - a backup was made before
        name = f"truth-{found.lsn.replace('/', '-')}.json"
        (self._folder / name).write_text(json.dumps(truth), encoding="utf-8")
        self._say({"did": "ship", "at": found.at, "truth": name})

    def _drop_people(self) -> None:
        emails = [f"person{self._count + i}@drill.example" for i in range(self._random.randint(1, self._people))]
        self._count += len(emails)
        rows = [f"Drilled Person{i},{email},Drill Ltd,Tester {i}" for i, email in enumerate(emails)]
        self._drop("drill", "people.csv", HEADER, rows)
        self._known += emails
        self._say({"did": "drop", "emails": emails})

    def _drop_opt_outs(self) -> None:
        emails = self._some(3)
        if emails:
            rows = [f"{email},{self._count}" for email in emails]
            self._count += 1
            with self._said("opt_out", emails):
                self._drop("drill_optouts", "unsubscribed.csv", "Email,Note", rows)

    def _opt_out(self) -> None:
        for email in self._some(1):
            with self._said("opt_out", [email]):
                opt_out(self._session, email, reason="opt_out", source="drill")

    def _erase(self) -> None:
        for email in self._some(1):
            with self._said("erase", [email]):
                number = open_request(self._session, "erase", who=email, identity_check="drill")
                erase_subject(self._session, number, who=email)
            self._known.remove(email)

    @contextmanager
    def _said(self, what: str, emails: list[str]) -> Iterator[None]:
        """Begun before: from the ledger's first line on it is a promise, which a crash may find half kept."""
        whose = self._whose(emails)
        self._say({"did": "begin", "emails": emails, "whose": whose})
        yield
        self._say({"did": what, "emails": emails, "whose": whose})

    def _some(self, most: int) -> list[str]:
        return self._random.sample(self._known, min(most, len(self._known)))

    def _whose(self, emails: list[str]) -> list[str]:
        """Names of the rows that are about them, as `rows_of` gives them."""
        keys = [self._session.key.email(email) for email in emails]
        with self._session.connection("drill") as connection:
            rows = Script(connection, STEPS).rows("whose", keys=keys, emails=emails)
        return [row["whose"] for row in rows] + [key.hex() for key in keys]

    def _drop(self, source: str, name: str, header: str, rows: list[str]) -> None:
        path = self._session.settings.incoming / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        (taken, *_), _ = Intake(self._session).take_incoming([f"{source}/{name}"])
        for stage in STAGES:
            stage.work(self._session, taken.key)


def rows_of(connection: Connection) -> dict[str, list[list[str | None]]]:
    """Table → for each row whose it is (a contact's id, drop/row, drop, or key) and a hash of all that is in it."""
    # rewritten_at is the archived file's, which an erasure that is finished after the restore writes anew.
    query = sql.SQL("select {}, pg_catalog.md5((pg_catalog.to_jsonb(t) - 'rewritten_at')::text) from {} t")
    steps, found = Script(connection, STEPS), dict[str, list[list[str | None]]]()
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        for table in steps.rows("tables"):
            name = sql.Identifier(table["schema"], table["name"])
            rows = connection.execute(query.format(sql.SQL(table["whose"]), name))
            found[f"{table['schema']}.{table['name']}"] = [list(row) for row in rows]
    return found
