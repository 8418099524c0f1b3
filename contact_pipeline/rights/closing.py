"""Closing a channel: for an address or number, known or not, and for every contact of the person who has it.

One rule for every way in which we hear of it (desk, a click, a sender's event, the ledger). An opt-out closes the
channel of the person; one list of it, where they said so; a bounce closes the one address and says nothing of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.people.facts import Facts
from contact_pipeline.people.person import close_everywhere, persons_of, public_ids
from contact_pipeline.rights.subjects import Subject
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

HARD_BOUNCE = "hard_bounce"


def remember_mailbox(connection: Connection, subject: Subject) -> None:
    """So that whoever has another writing of the address is found by its key."""
    if subject.canonical_key not in (None, subject.key):
        Script(connection, STEPS).run("remember_mailbox", key=subject.key, canonical_key=subject.canonical_key)


def holders_of(connection: Connection, key: bytes, channel: str) -> list[int]:
    """Contacts that have the address or number, first or further, in any writing of its mailbox."""
    return [row["id"] for row in Script(connection, STEPS).rows("holders", key=key, channel=channel)]


def contacts_of(connection: Connection, key: bytes, channel: str) -> list[int]:
    """Contacts that have exactly this address or number, first or further."""
    return [row["id"] for row in Script(connection, STEPS).rows("contacts_of", key=key, channel=channel)]


def decide(connection: Connection, ids: Sequence[int]) -> None:
    """Permissions of these contacts by the rule, at once."""
    Script(connection, STEPS).run("decide", ids=list(ids))


def forbid_imported(connection: Connection) -> None:
    """Whoever has a closed key may not be contacted by that channel, at once; an address that came back is dead."""
    Script(connection, STEPS).run("settle_imported", "forbid_imported")


def close_contacts(connection: Connection, ids: Sequence[int], said: Mapping[str, Any], *, at: datetime) -> None:
    """Close a channel of contacts as a fact of the ledger says: channel, reason, source, acted_at, said_at."""
    steps = Script(connection, STEPS, ids=list(ids), now=at, actor="ledger", evidence=None, until=said["said_at"])
    steps.run("close_channel", "withdraw", "decide", **said)


def close_channels(
    session: Session,
    connection: Connection,
    facts: Facts,
    subject: Subject | None,
    holders: Sequence[int],
    *,
    channels: Sequence[str],
    reason: str,
    source: str,
    acted_at: datetime | None,
    received_at: datetime,
    evidence: str = "",
) -> list[int]:
    """Close channels for the address or number itself and for the contacts that have it, every contact of the same
    person among them; returns these. To be called with the contacts' lock held.

    An address or number of several people says nothing about what else they have: of these only the holders.
    """
    persons = persons_of(connection, holders)
    ids = list(persons[0].contacts) if len(persons) == 1 else list(holders)
    named = public_ids(connection, ids)
    steps = Script(
        connection,
        STEPS,
        reason=reason,
        source=source,
        acted_at=acted_at,
        received_at=received_at,
        ids=ids,
        evidence=evidence or None,
        actor=session.actor,
        now=session.clock(),
        until="infinity",
    )
    for channel in channels:
        said_at = steps.one("said_at", channel=channel)["said_at"]
        if subject is not None and channel == subject.channel:
            keys = [subject.key]
        else:
            keys = [row["key"] for row in steps.rows("keys_of", channel=channel)]
        for key in keys:
            steps.run("suppress", channel=channel, said_at=said_at, key=key)
        steps.run("close_channel", "withdraw", channel=channel, said_at=said_at)
        told = {"reason": reason, "source": source, "acted_at": acted_at, "said_at": said_at}
        mailbox = subject.canonical_key if subject is not None and channel == subject.channel else None
        rows = (
            {"subject": key, "canonical_key": mailbox, "channel": channel, "received_at": received_at} for key in keys
        )
        facts.suppressions(row | told for row in rows)
        facts.closing(named, channel, **told)
    if len(persons) == 1:
        facts.suppressions(close_everywhere(session, connection, ids))
    return ids


def leave_lists(
    session: Session,
    connection: Connection,
    facts: Facts,
    subject: Subject,
    purposes: Sequence[str],
    *,
    reason: str,
    source: str,
    acted_at: datetime | None,
    received_at: datetime,
) -> list[int]:
    """Leave single purposes of a channel and stay for the others; for every contact of the person. Returns these.

    To be called with the contacts' lock held. Reopened like a channel: by a later, proved opt-in for that purpose.
    """
    holders = holders_of(connection, subject.key, subject.channel)
    persons = persons_of(connection, holders)
    ids = list(persons[0].contacts) if len(persons) == 1 else list(holders)
    steps = Script(connection, STEPS, ids=ids, channel=subject.channel, now=session.clock(), acted_at=acted_at)
    said_at = steps.one("said_at")["said_at"]
    told = {"reason": reason, "source": source, "received_at": received_at, "actor": session.actor, "said_at": said_at}
    facts.suppressions(steps.rows("leave_lists", key=subject.key, purposes=list(purposes), **told))
    facts.suppressions(close_everywhere(session, connection, ids))
    steps.run("decide")
    return ids


def close_bounced(
    session: Session, connection: Connection, facts: Facts, subject: Subject, *, source: str, at: datetime
) -> list[int]:
    """An address came back for good: it is closed and dead for whoever has it, known or not. Returns the contacts.

    Nobody's word: consents stay, and the person's other addresses. To be called with the contacts' lock held.
    """
    now = session.clock()
    ids = contacts_of(connection, subject.key, subject.channel)
    told = {"reason": HARD_BOUNCE, "source": source, "acted_at": at, "received_at": now, "said_at": at}
    steps = Script(connection, STEPS, ids=ids, now=now, actor=session.actor, **told)
    steps.run("suppress", key=subject.key, channel=subject.channel)
    facts.suppressions([{"subject": subject.key, "channel": subject.channel, **told}])
    steps.run("settle")
    return ids
