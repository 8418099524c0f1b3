"""Contacts: looked for by an exact key or by filters, and one of them with everything that is known. The database masks
values, or not; whoever saw one is on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core import said as spoken
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import as_uuid
from contact_pipeline.history.looking_back import look_back
from contact_pipeline.profiles.corrections import CORRECTABLE
from contact_pipeline.quality import looking
from contact_pipeline.rights import desk
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline.rights.subjects import subject_of
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.contact_tables import contact_tables
from contact_pipeline.web.inside.seen import note_views
from contact_pipeline.web.inside.tables import Column, Table, shown

STEPS = beside(__file__)

PAGE_ROWS = 50
FIRST = "00000000-0000-0000-0000-000000000000"  # no contact has it
LISTS = {"contacts": "Everybody", "mailable_contacts": "May be e-mailed", "callable_contacts": "May be called"}
FILTERS = {
    "data_source": "Source",
    "email_status": "E-mail verdict",
    "phone_status": "Phone verdict",
    "country": "Country",
    "company": "Company",
}
STATUSES = {
    "email_status": ("valid", "invalid", "risky", "catch_all", "unknown"),
    "phone_status": ("valid", "invalid", "unknown"),
}
LISTED = (
    Column("contact_id", "Contact", "id", link="/contacts/{}"),
    Column("name", "Name"),
    Column("email", "E-mail"),
    Column("email_status", "Verdict", "words"),
    Column("phone_e164", "Phone"),
    Column("phone_status", "Verdict", "words"),
    Column("company", "Company"),
    Column("country", "Country"),
    Column("data_source", "Source"),
    Column("can_email", "May e-mail"),
    Column("can_call", "May call"),
)
SAID = {
    "corrected": "Corrected. It outranks every provider and every list.",
    "closed": "Closed, in effect now.",
    "restricted": "Restricted: the data are kept and used for nothing.",
    "lifted": "The restriction is lifted.",
}


def contacts(asked: Asked) -> Response:
    """The search. POST: by an exact key, which so stands in no address bar and no log."""
    if asked.is_post:
        return _by_key(asked)
    chosen = {name: asked.query.get(name, "").strip() for name in FILTERS}
    view = asked.query.get("list", "contacts")
    if view not in LISTS:
        raise NotFound("There is no such list.")
    rows: list[dict[str, Any]] = []
    is_asked = "list" in asked.query
    if is_asked:
        rows = _filtered(asked, view, chosen, asked.query.get("after", ""))
    return _show_list(asked, rows, view=view, chosen=chosen, is_asked=is_asked)


def one_contact(asked: Asked) -> Response:
    """Everything that the reader may see. POST: correct, restrict or opt out."""
    public_id = as_uuid(asked.path["id"])
    if public_id is None:
        raise NotFound("There is no such contact.")
    if asked.is_post:
        return _do(asked, public_id)
    with asked.reading() as connection:
        read = Script(connection, STEPS, id=public_id)
        found = read.rows("contact")
        if not found:
            raise NotFound("There is no such contact, or no published drop has named it.")
        sections = {name: read.rows(name) for name in ("permissions", "consents", "touches", "reviews", "identity")}
        changes = [] if asked.role.audits_as else read.rows("changes")
    if asked.role.audits_as:
        with asked.reading(as_audit=True) as connection:
            changes = Script(connection, STEPS, id=public_id).rows("changes")
    with asked.session.connection("page contact") as connection:
        note_views(connection, asked.user, "contact", [public_id])
    known = looking.explain(asked.session, public_id) if asked.role.sees_values else []
    return asked.show(
        "contact.html",
        contact=found[0],
        permissions=sections["permissions"],
        reviews=sections["reviews"],
        identity=sections["identity"],
        tables=contact_tables(sections, changes, known, asked),
        restricted=bool(known and known[0]["contact"]["processing_restricted"]),
        then=_then(asked, public_id),
        at=asked.query.get("at", ""),
        fields=CORRECTABLE,
        values={name: known[0]["contact"].get(name) for name in CORRECTABLE} if known else {},
        said=SAID.get(asked.query.get("said", ""), ""),
    )


def _by_key(asked: Asked) -> Response:
    if not asked.role.sees_values:
        raise UsageError("Your role does not look people up by their address.")
    who = asked.field("who", longest=320)
    ids = [found] if (found := as_uuid(who)) else looking.holders(asked.session, subject_of(asked.session, who).key)
    with asked.reading() as connection:
        rows = Script(connection, STEPS, ids=ids).rows("by_ids")
    if len(rows) == 1:
        return asked.go(f"/contacts/{rows[0]['contact_id']}")
    return _show_list(asked, rows, view="contacts", chosen=dict.fromkeys(FILTERS, ""), is_asked=True, is_by_key=True)


def _filtered(asked: Asked, view: str, chosen: Mapping[str, str], after: str) -> list[dict[str, Any]]:
    """Who, by the program's login and an index; what is shown of them, by the reader's role. curated has no such order:
    a page of it would be sorted out of everybody."""
    ids = looking.listed(asked.session, view, chosen, after=as_uuid(after) or FIRST, limit=PAGE_ROWS + 1)
    with asked.reading() as connection:
        return Script(connection, STEPS, ids=ids).rows("by_ids")


def _show_list(
    asked: Asked,
    rows: Sequence[dict[str, Any]],
    *,
    view: str,
    chosen: Mapping[str, str],
    is_asked: bool,
    is_by_key: bool = False,
) -> Response:
    page, has_more = list(rows[:PAGE_ROWS]), len(rows) > PAGE_ROWS
    with asked.session.connection("page contacts") as connection:
        note_views(connection, asked.user, "contacts", [str(row["contact_id"]) for row in page])
    listed = Table(
        "contacts",
        LISTS[view],
        LISTED,
        page,
        empty="Nobody is known by that." if is_by_key else "Nobody.",
        more="" if asked.role.sees_values else "Masked: your role reads figures about people, not who they are.",
        # What leaves as a file is a disclosure, which `export` keeps on record.
        has_csv=False,
    )
    return asked.show(
        "contacts.html",
        tables={"contacts": listed},
        lists=LISTS,
        view=view,
        filters=FILTERS,
        statuses=STATUSES,
        sources=sorted(asked.session.policy.sources),
        chosen=chosen,
        is_asked=is_asked,
        after=str(page[-1]["contact_id"]) if has_more else "",
    )


def _then(asked: Asked, public_id: str) -> dict[str, Any] | None:
    """The contact at ?at=…; None: nobody asked, or may not see values of the past."""
    at = asked.query.get("at", "")
    if not at or asked.role.audits_as is None:
        return None
    try:
        moment: datetime = spoken.moment(at)
        if len(at) == len("2026-11-25"):  # a day: as it was when it ended
            moment += timedelta(days=1, microseconds=-1)
    except ValueError:
        raise UsageError("That is no date. Write 2026-11-25 or 2026-11-25T10:00.") from None
    (found,) = look_back(asked.session, public_id, at=moment) or (None,)
    if found is None:
        return None
    return {"existed": found.existed, "fields": [(k, shown(v)) for k, v in found.fields.items()], "at": moment}


def _do(asked: Asked, public_id: str) -> Response:
    """By the same functions as `subject rectify`, `restrict` and `opt-out`."""
    what, here = asked.field("do"), f"/contacts/{public_id}"
    right = {"correct": "correct", "restrict": "restrict", "lift": "restrict", "opt_out": "opt_out"}.get(what)
    if right is None or not asked.may(right):
        raise UsageError("Your role may not do that.")
    if what == "correct":
        values = {asked.field("field"): asked.field("value")}
        number = open_request(asked.session, "rectify", contact=public_id, details=values)
        serve_request(asked.session, number, kind="rectify")
        return asked.go(here, "corrected")
    if what in ("restrict", "lift"):
        number = open_request(asked.session, "restrict", contact=public_id, details={"lift": what == "lift"})
        serve_request(asked.session, number, kind="restrict")
        return asked.go(here, "restricted" if what == "restrict" else "lifted")
    channel = asked.field("channel")
    with asked.reading() as connection:
        rows = Script(connection, STEPS, id=public_id).rows("contact")
    if not rows:
        raise NotFound("There is no such contact.")
    who = rows[0]["phone_e164"] if channel == "phone" else rows[0]["email"]
    who = who or rows[0]["email"] or rows[0]["phone_e164"]
    if not who:
        raise UsageError("It has neither an address nor a number that could be closed.")
    desk.opt_out(
        asked.session, who, reason="opt_out", source="page", channel=channel or None, evidence=asked.field("evidence")
    )
    return asked.go(here, "closed")
