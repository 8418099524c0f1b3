"""What is done for a person who wrote or called: opt-outs, consents, and the list of suppressions in and out.

An opt-out takes effect in the transaction that writes it down, for the person's key, known or not: it holds for whoever
comes with that address or number later. Nothing undoes it. A later consent of the person, with what proves it, reopens
the channel for the contacts that it is written down for (core.contact_permissions); a later opt-out closes it again.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core import said
from contact_pipeline.core.csv_text import as_text
from contact_pipeline.core.errors import UsageError
from contact_pipeline.people.facts import fact_transaction
from contact_pipeline.people.person import close_everywhere, holders_of_keys
from contact_pipeline.rights.closing import (
    HARD_BOUNCE,
    close_bounced,
    close_channels,
    contacts_of,
    decide,
    forbid_imported,
    holders_of,
    leave_lists,
    remember_mailbox,
)
from contact_pipeline.rights.subjects import Subject, subject_of
from contact_pipeline.schemas.curated import CHANNELS
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

COLUMNS = (
    "subject_key", "channel", "reason", "source", "acted_at", "received_at", "created_at", "last_said_at",
    "canonical_key", "purpose",
)  # fmt: skip
IMPORTED_AT_ONCE = 5_000


def opt_out(
    session: Session,
    who: str | Subject,
    *,
    reason: str,
    source: str,
    channel: str | None = None,
    purposes: Sequence[str] = (),
    acted_at: datetime | None = None,
    received_at: datetime | None = None,
    evidence: str = "",
) -> dict[str, Any]:
    """Close a channel for whoever has the address or number, in whatever writing, and for every contact of the same
    person (people/person.py); end the consents for it. Returns how many contacts that is.

    channel: email, phone or any; default that of the address or number itself. Another one is closed for the addresses
    or numbers that these contacts have now. purposes: only these lists are left. An address that
    bounced is closed by itself and is nobody's word. acted_at: when the person said so, as far as anybody knows;
    received_at: when we heard of it, default now; it holds from now on. A consent written down later and newer than
    acted_at reopens; one that we had already does not, whatever its date.
    """
    subject, now = who if isinstance(who, Subject) else subject_of(session, who), session.clock()
    with _as_usage("The opt-out is not written down"):
        acted_at, received_at = (at and said.moment(at, now=now) for at in (acted_at, received_at))
        channel = channel and said.channel(channel, of=(*CHANNELS, "any"))
    reason = said.reason(reason)
    with fact_transaction(session, f"opt-out: {reason}") as (connection, facts):
        lock_contacts(connection)  # nobody decides a permission meanwhile
        remember_mailbox(connection, subject)
        if reason == HARD_BOUNCE and subject.channel == "email":
            ids = close_bounced(session, connection, facts, subject, source=source, at=acted_at or now)
        elif purposes:
            ids = leave_lists(
                session,
                connection,
                facts,
                subject,
                purposes,
                reason=reason,
                source=source,
                acted_at=acted_at,
                received_at=received_at or now,
            )
        else:
            ids = close_channels(
                session,
                connection,
                facts,
                subject,
                holders_of(connection, subject.key, subject.channel),
                channels=CHANNELS if channel == "any" else (channel or subject.channel,),
                reason=reason,
                source=source,
                acted_at=acted_at,
                received_at=received_at or now,
                evidence=evidence,
            )
    return {"channel": channel or subject.channel, "contacts": len(ids)}


def consent(
    session: Session,
    who: str,
    *,
    source: str,
    given_at: datetime | None = None,
    ip: str | None = None,
    purpose: str = "",
    evidence: str = "",
    document: Path | None = None,
    notice_version: str = "",
    channel: str | None = None,
) -> dict[str, Any]:
    """Write down a consent of whoever has the address or number, with what proves it (GDPR Art. 7(1)).

    channel: email, phone or any; default that of the address or number itself.

    It is in effect at once: for each contact that has the address or number it reopens what was closed before given_at,
    unless the person was erased, the address is dead or the law closed it. A ground it is only where the rule says so.
    document: only its SHA-256 is kept. Raises UsageError where nobody is known by it, or nothing proves the consent.
    """
    evidence = evidence.strip()
    if not evidence and document is None:
        raise UsageError("A consent needs what proves it: --evidence TEXT or --document FILE (GDPR Art. 7(1)).")
    subject, now = subject_of(session, who), session.clock()
    with _as_usage("The consent is not written down"):
        given_at = given_at and said.moment(given_at, now=now)
        ip = ip and said.ip_address(ip)
        channel = channel and said.channel(channel, of=(*CHANNELS, "any"))
    with session.connection("consent") as connection, connection.transaction():
        lock_contacts(connection)
        steps = Script(connection, STEPS)
        ids = contacts_of(connection, subject.key, subject.channel)
        if not ids:
            raise UsageError("Nobody is known by that address or number.")
        steps.run(
            "consent",
            ids=ids,
            given_at=given_at or now,
            source=source,
            ip=ip,
            purpose=purpose or None,
            evidence=evidence or None,
            document_hash=_sha256(document) if document else None,
            notice_version=notice_version or None,
            actor=session.actor,
            now=now,
            channel=channel or subject.channel,
        )
        decide(connection, ids)
    return {"channel": channel or subject.channel, "contacts": len(ids)}


def export_suppressions(session: Session, file: IO[str]) -> int:
    """All suppressions as CSV: keyed hashes, so that only who has the key can use it. Returns how many."""
    with session.connection("suppressions export") as connection:
        rows = Script(connection, STEPS).rows("export")
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return len(rows)


def import_suppressions(session: Session, lines: Iterable[str], *, source: str) -> dict[str, int]:
    """Rows of `export_suppressions`, or a list with a column email or phone, and what it has of reason and acted_at.

    All or nothing. A list says so now, and so closes again what a consent had reopened; an export of ours says when.
    Returns how many rows, and how many of them were not known. Raises UsageError naming the line that cannot be read,
    never its value.
    """
    total = added = 0
    now = session.clock()
    with fact_transaction(session, "suppressions import") as (connection, facts):
        lock_contacts(connection)
        steps = Script(connection, STEPS, actor=session.actor, now=now)
        for rows in _batches(_read(session, lines, source, now)):
            total += len(rows)
            told = json.dumps(rows, default=str)
            added += int(steps.one("import", rows=told)["new"]) + steps.run("import_lists", rows=told)
            facts.suppressions(
                row | {"subject": row["subject_key"], "said_at": row["last_said_at"] or now} for row in rows
            )
            keys = [bytes.fromhex(row[name]) for row in rows for name in ("subject_key", "canonical_key") if row[name]]
            holders = holders_of_keys(connection, keys)
            facts.suppressions(close_everywhere(session, connection, holders))
        forbid_imported(connection)
    return {"rows": total, "new": added}


def _read(session: "Session", lines: Iterable[str], source: str, now: datetime) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(as_text(lines))
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    subject = next((names[name] for name in ("email", "phone") if name in names), None)
    if subject is None and not {"subject_key", "channel", "reason"} <= names.keys():
        raise UsageError("The file needs a column email or phone, or those of `suppressions export`.")
    for number, row in enumerate(as_text(reader), 2):
        cells = {name: (row.get(column) or "").strip() for name, column in names.items()}
        try:
            if "subject_key" in names:
                key = re.fullmatch("[0-9a-f]{32}", cells["subject_key"])
                if key is None:
                    raise UsageError("")
                mailbox = re.fullmatch("[0-9a-f]{32}", cells.get("canonical_key", ""))
                found = {
                    "subject_key": key[0],
                    "canonical_key": mailbox and mailbox[0],
                    "channel": said.channel(cells["channel"], of=CHANNELS),
                }
            else:
                whose = subject_of(session, row[subject] or "")
                mailbox_key = whose.canonical_key
                found = {
                    "subject_key": whose.key.hex(),
                    "canonical_key": mailbox_key.hex() if mailbox_key else None,
                    "channel": whose.channel,
                }
            acted = said.moment(cells["acted_at"], now=now) if cells.get("acted_at") else None
            last = cells.get("last_said_at") if "subject_key" in names else None
            last_said = said.moment(last, now=now) if last else None
        except (UsageError, ValueError):
            raise UsageError(f"Line {number} cannot be read: no address, number, key, channel or past date.") from None
        yield found | {
            "purpose": cells.get("purpose") or None,
            "reason": said.reason(cells.get("reason", "")),
            "source": cells.get("source") or source,
            "acted_at": acted,
            "last_said_at": last_said,
        }


@contextmanager
def _as_usage(what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise UsageError(f"{what}: {error}. Say it as it was.") from None


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, IMPORTED_AT_ONCE)):
        yield batch


def _sha256(document: Path) -> str:
    with document.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
