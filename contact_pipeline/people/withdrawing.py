"""What a drop has said counts for nothing any more, or counts again. Its opt-outs stay whatever comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contact_pipeline.adapters.postgres.drop_store import DropRecord
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.people.applied_again import AppliedAgain
from contact_pipeline.people.apply import apply_drop
from contact_pipeline.people.contacts import regions_of
from contact_pipeline.people.person import close_everywhere, opted_out
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


@dataclass(frozen=True)
class Withdrawn:
    """ids: the drop's contacts. unsaid: by contact, the fields and values that the drop has said."""

    ids: list[int]
    unsaid: Mapping[int, set[tuple[str, str]]]


def withdraw_claims(connection: Connection, drop_key: str, *, rollback_id: str, now: datetime) -> Withdrawn:
    """Take away what follows from the drop's rows alone, but for the fields that are decided over all claims: that is
    for profiles/deciding.py, and `forget_points` for afterwards. The caller holds the contacts' lock."""
    steps = Script(connection, STEPS, drop_key=drop_key, rollback_id=rollback_id, now=now)
    steps.run("create_withdrawn", "index_withdrawn", "withdraw_sources", "withdraw_consents", "mark")
    steps.run("empty_parts", "follow_claims")
    unsaid: dict[int, set[tuple[str, str]]] = {}
    for row in steps.rows("said"):
        unsaid.setdefault(row["contact_id"], set()).add((row["field"], row["value"]))
    return Withdrawn([row["contact_id"] for row in steps.rows("contacts")], unsaid)


def forget_points(connection: Connection, drop_key: str) -> None:
    """Further addresses and numbers that only the drop has named; one that was closed stays known, with whom it stops.
    What may be used then is the caller's to decide."""
    Script(connection, STEPS, drop_key=drop_key).run("forget_points", "forget_withdrawn")


def bring_back(session: Session, connection: Connection, drop: DropRecord) -> list[int]:
    """The drop counts again, by today's rules. Returns its contacts; their values are decided by the caller."""
    steps = Script(connection, STEPS, drop_key=drop.key)
    steps.run("bring_sources_back", "unmark")
    trust = session.policy.source(drop.source).trust
    again = AppliedAgain(connection, drop, trust=trust, now=session.clock(), key=session.key)
    again.begin()
    apply_drop(again, source=drop.source, regions=regions_of(session.policy, drop.source), key=session.key)
    again.apply()
    close_everywhere(session, connection, opted_out(connection))
    again.forget()
    return [row["contact_id"] for row in steps.rows("contacts_back")]
