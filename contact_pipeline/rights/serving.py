"""Requests are served: what was asked is done, and the request closed in the same transaction."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from contact_pipeline.adapters.files import private_dir
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import disclosure_file_name
from contact_pipeline.erasure import erasing
from contact_pipeline.people.facts import Facts, fact_transaction
from contact_pipeline.rights.closing import close_channels
from contact_pipeline.rights.disclosing import disclose, fix_snapshot
from contact_pipeline.rights.rectifying import rectify
from contact_pipeline.rights.request_person import Request, contacts_named, person_of_request
from contact_pipeline.rights.requests import close_request, find_request, lock_request, refuse_unidentified
from contact_pipeline.rights.subjects import Subject
from contact_pipeline.schemas.curated import CHANNELS
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

DISCLOSURES = ("access", "export")


def serve_request(
    session: Session,
    request_id: int,
    *,
    kind: str | None = None,
    output: Path | None = None,
    **erasing: Any,
) -> dict[str, Any]:
    """Do what was asked, and close the request in the same transaction; a closed one says what was done, and no more.

    kind: which right is meant to be served; another one is refused. output: where the ZIP of an access or export goes;
    else HOME/exports. erasing: handed on to erase_subject. Returns reference, kind, state, outcome, is_served (False:
    it was closed before) and, of a disclosure, output.
    """
    with session.connection("request") as connection:
        request = find_request(connection, request_id)
    if kind is not None and request["kind"] != kind:
        raise UsageError(f"Request {request['reference']} is about {request['kind']}, not about {kind}.")
    if request["state"] != "open":
        return _told(request, is_served=False)
    if request["kind"] == "erase":
        counts = erase_subject(session, request_id, **erasing)
        with session.connection("request") as connection:
            return counts | _told(find_request(connection, request_id), is_served=True)
    return _serve(session, request, output)


def _serve(session: Session, request: Request, output: Path | None) -> dict[str, Any]:
    is_disclosure = request["kind"] in DISCLOSURES
    written: dict[str, Any] = {}
    with fact_transaction(session, f"request {request['reference']}") as (connection, facts):
        if is_disclosure:
            fix_snapshot(connection)
        else:
            lock_contacts(connection)  # nobody decides a value or a permission meanwhile
        now = lock_request(connection, request["id"])
        if now["state"] != "open":
            return _told(now, is_served=False)
        person = person_of_request(session, connection, now)
        ids = list(person.contacts)
        if is_disclosure:
            if output is None:
                private_dir(session.settings.exports)  # nothing in it is deleted by itself
            target = output or session.settings.exports / disclosure_file_name(now["reference"])
            outcome = disclose(session, connection, now, person, target)
            written["output"] = str(target)
        elif now["kind"] == "object":
            outcome = _object(session, connection, facts, now, ids)
        elif not ids:
            raise UsageError(
                f"Nobody is known by that address or number. Tell the person so, and close the request: "
                f"requests refuse {now['reference']} --reason TEXT."
            )
        elif now["kind"] == "rectify":
            outcome = rectify(
                session, connection, ids, now["details"] or {}, named=contacts_named(session, connection, now, ids)
            )
        else:
            outcome = _restrict(connection, ids, lifts=bool((now["details"] or {}).get("lift")))
        close_request(session, connection, now["id"], outcome=outcome, ids=ids)
        facts.request(now["id"], lifts=bool((now["details"] or {}).get("lift")))
        return _told(find_request(connection, now["id"]), is_served=True) | written


def _object(session: Session, connection: Connection, facts: Facts, request: Request, ids: list[int]) -> str:
    """No marketing on any channel from now on (GDPR Art. 21(2)-(3)), also for an address that nobody has yet."""
    subject = None
    if request["subject_key"] is not None:
        subject = Subject(request["channel"], bytes(request["subject_key"]))
    closed = close_channels(
        session,
        connection,
        facts,
        subject,
        ids,
        channels=CHANNELS,
        reason="objection",
        source="request",
        acted_at=request["received_at"],
        received_at=request["received_at"],
    )
    return f"objection: no channel is used any more, {len(closed)} contact(s)"


def restrict_contacts(connection: Connection, ids: Sequence[int]) -> int:
    """Keep their data and use them no more (GDPR Art. 18). Returns how many that changed."""
    return Script(connection, STEPS).run("restrict", ids=list(ids))


def lift_restriction(connection: Connection, ids: Sequence[int]) -> int:
    """Their data may be used again, as far as the rule allows. Returns how many that changed."""
    steps = Script(connection, STEPS, ids=list(ids))
    changed = steps.run("lift")
    steps.run("decide_anew")
    return changed


def _restrict(connection: Connection, ids: Sequence[int], *, lifts: bool) -> str:
    if lifts:
        return f"restriction lifted: {lift_restriction(connection, ids)} contact(s)"
    return f"restricted: {restrict_contacts(connection, ids)} contact(s)"


def _told(request: Request, *, is_served: bool) -> dict[str, Any]:
    words = ("reference", "kind", "state", "outcome", "closed_at")
    return {word: request[word] for word in words} | {"is_served": is_served}


def erase_subject(session: Session, request_id: int, *, who: str | None = None, **options: Any) -> dict[str, Any]:
    """Serve a request for erasure; options: see erasing.erase_as_asked. Raises UsageError where there is no such
    request, and where nobody has checked that it is the person."""
    return erasing.erase_as_asked(session, _asked(session, request_id), who=who, **options)


def preview_erasure(session: Session, request_id: int, *, who: str | None = None) -> dict[str, int]:
    """What would go; see erasing.preview_erasure."""
    return erasing.preview_erasure(session, _asked(session, request_id), who=who)


def _asked(session: Session, request_id: int) -> erasing.AskedErasure:
    return erasing.AskedErasure(
        request=partial(_erasure_request, session, request_id),
        person=partial(person_of_request, session),
        refuse_unidentified=refuse_unidentified,
    )


def _erasure_request(session: Session, request_id: int) -> Request:
    with session.connection("erasure") as connection:
        request = find_request(connection, request_id)
    if request["kind"] != "erase":
        raise UsageError(f"Request {request['reference']} is for {request['kind']}, not for erasure.")
    return request
