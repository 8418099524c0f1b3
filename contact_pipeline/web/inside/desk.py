"""The desk: what people asked of us, with its clock; served by the same functions as `subject` and `requests`."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core import said as spoken
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import as_number, as_uuid, disclosure_file_name
from contact_pipeline.esp.erasing import erase_there_or_say
from contact_pipeline.rights.requests import (
    extend_request,
    note_identity,
    open_request,
    preview_request,
    refuse_request,
)
from contact_pipeline.rights.serving import preview_erasure, serve_request
from contact_pipeline.schemas.rights import REQUEST_KINDS
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.tables import Column, Table

STEPS = beside(__file__)

SAID = {
    "opened": "Written down.",
    "served": "Served, and closed.",
    "extended": "Extended. Tell the person, with the reason.",
    "refused": "Refused. Tell the person why, and that they may complain and go to court (Art. 12(4)).",
    "identified": "Noted how you know that it is the person.",
}
ON_DEMAND = "Counted over everybody when you ask for it, above."
DISCLOSURES = ("access", "export")
REQUESTS = (
    Column("reference", "Request"),
    Column("kind", "Asks for", "words"),
    Column("state", "State"),
    Column("received_at", "Received"),
    Column("due_at", "Due"),
    Column("days_left", "Days left", "number"),
    Column("is_overdue", "Overdue"),
    Column("outcome", "Outcome"),
)


def desk(asked: Asked) -> Response:
    """Requests, certificates, suppressions, the register. POST: a request is written down."""
    if asked.is_post:
        return _open(asked)
    counts_all = "figures" in asked.query
    with asked.reading(as_audit=True) as connection:
        read = Script(connection, STEPS)
        tables = (
            Table(
                "requests",
                "Requests, the most urgent first",
                (Column("id", "No.", link="/desk/{}"), *REQUESTS),
                read.rows("requests"),
                empty="Nobody has asked for anything.",
            ),
            Table(
                "figures",
                "Figures of compliance",
                (
                    Column("metric", "Figure", "words"), Column("value", "Value"),
                    Column("numerator", "Counted", "number"), Column("denominator", "Of", "number"),
                    Column("unit", "Unit"), Column("detail", "What it counts"),
                ),
                read.rows("figures") if counts_all else [],
                empty=ON_DEMAND,
            ),
            Table(
                "consents",
                "Consents",
                (
                    Column("channel", "Channel"), Column("state", "State", "words"),
                    Column("contacts", "Contacts", "number"), Column("with_evidence", "With evidence", "number"),
                    Column("last_given", "Last given"), Column("last_withdrawn", "Last withdrawn"),
                ),
                read.rows("consents") if counts_all else [],
                empty=ON_DEMAND,
                more="Of one contact its page tells each, with what proves it.",
            ),
            Table(
                "closed",
                "Channels that are closed",
                (
                    Column("channel", "Channel"), Column("reason", "Why", "words"), Column("source", "By"),
                    Column("contacts", "Contacts", "number"), Column("days_taken", "Days until it held", "days"),
                    Column("reopened", "Opened again", "number"), Column("last_one", "The last one"),
                ),
                read.rows("closed") if counts_all else [],
                empty=ON_DEMAND,
            ),
            Table(
                "erasures",
                "Erasures and their proof",
                (
                    Column("certificate_of", "Certificate", "id", link="/desk/certificates/{}"),
                    Column("request", "Request"), Column("reason", "Why", "words"), Column("began_at", "Began"),
                    Column("erased_at", "Erased"), Column("scanned_at", "Searched"),
                    Column("findings", "Found", "number"),
                ),
                read.rows("erasures"),
                empty="None.",
            ),
            Table(
                "retractions",
                "Opt-outs taken back as an error",
                (
                    Column("retracted_at", "When"), Column("retracted_by", "By"), Column("channel", "Channel"),
                    Column("because", "Why"),
                ),
                read.rows("retractions"),
                empty="None.",
            ),
            Table(
                "register",
                "Processing register",
                (
                    Column("activity", "Activity"), Column("source", "Source"),
                    Column("purpose", "Purpose", "words"), Column("lawful_basis", "Ground", "words"),
                    Column("retention", "Retention"), Column("recipients", "Recipients"),
                ),
                read.rows("register"),
                empty="The next run of compliance_views writes it.",
            ),
            Table(
                "exports",
                "What left as a file",
                (
                    Column("started_at", "When"), Column("exported_by", "By"), Column("view_name", "What"),
                    Column("row_count", "Rows", "number"), Column("purposes", "What for", "words"),
                    Column("outcome", "How it ended"),
                ),
                read.rows("exports"),
                empty="Nothing.",
            ),
            Table(
                "views",
                "Who looked at whom on these pages",
                (
                    Column("viewed_at", "When"), Column("viewed_by", "Who"), Column("role", "As"),
                    Column("page", "Page"), Column("contact_id", "Contact", "id", link="/contacts/{}"),
                ),
                _views(asked),
                empty="Nobody.",
            ),
        )  # fmt: skip
    return asked.show(
        "desk.html",
        tables={table.name: table for table in tables},
        kinds=REQUEST_KINDS,
        said=SAID.get(asked.query.get("said", ""), ""),
        has_figures=counts_all,
    )


def one_request(asked: Asked) -> Response:
    """What serving it would touch. POST: serve, extend, refuse, or say how you know who asks."""
    request = _request(asked)
    number: int = request["id"]
    if asked.is_post:
        return _do(asked, number, request)
    preview = preview_request(asked.session, number)
    counts: dict[str, int] = {}
    fault = ""
    if request["kind"] == "erase" and request["state"] == "open":
        try:
            counts = preview_erasure(asked.session, number)
        except UsageError as error:
            fault = str(error)
    return asked.show(
        "request.html",
        tables={},
        request=request,
        preview=preview,
        counts=counts,
        fault=fault,
        has_file=request["kind"] in DISCLOSURES and _file(asked, request).is_file(),
        said=SAID.get(asked.query.get("said", ""), ""),
    )


def disclosure(asked: Asked) -> Response:
    """The ZIP for the person, as long as it lies in HOME/exports."""
    request = _request(asked)
    file = _file(asked, request)
    if request["kind"] not in DISCLOSURES or not file.is_file():
        raise NotFound("That file is not here.")
    return FileResponse(file, media_type="application/zip", filename=file.name)


def certificate(asked: Asked) -> Response:
    """What proves an erasure, as a file. It names nobody."""
    number = as_uuid(asked.path["id"])
    with asked.reading(as_audit=True) as connection:
        rows = Script(connection, STEPS, id=number).rows("certificate")
    if not rows:
        raise NotFound("There is no such certificate.")
    text = json.dumps(rows[0]["certificate"], ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="certificate-{number}.json"'}
    return Response(text, media_type="application/json", headers=headers)


def _request(asked: Asked) -> dict[str, Any]:
    """Of the address. Raises NotFound."""
    with asked.reading(as_audit=True) as connection:
        rows = Script(connection, STEPS, id=as_number(asked.path["id"])).rows("request")
    if not rows:
        raise NotFound("There is no such request.")
    return rows[0]


def _views(asked: Asked) -> list[dict[str, Any]]:
    with asked.session.connection("page desk") as connection:
        return Script(connection, STEPS).rows("views")


def _file(asked: Asked, request: dict[str, Any]) -> Path:
    return asked.session.settings.exports / disclosure_file_name(request["reference"])


def _open(asked: Asked) -> Response:
    kind = asked.field("kind")
    details: dict[str, Any] | None = None
    if kind == "rectify":
        details = {asked.field("field"): asked.field("value")}
    elif kind == "restrict":
        details = {"lift": False}
    received = asked.field("received")
    number = open_request(
        asked.session,
        kind,
        who=asked.field("who", longest=320) or None,
        reference=asked.field("reference") or None,
        received_at=_moment(received) if received else None,
        identity_check=asked.field("identity"),
        details=details,
    )
    return asked.go(f"/desk/{number}", "opened")


def _do(asked: Asked, number: int, request: dict[str, Any]) -> Response:
    what, here, reference = asked.field("do"), f"/desk/{number}", request["reference"]
    if what == "extend":
        extend_request(asked.session, reference, until=_moment(asked.field("until")), reason=asked.field("reason"))
        return asked.go(here, "extended")
    if what == "refuse":
        refuse_request(asked.session, reference, reason=asked.field("reason"))
        return asked.go(here, "refused")
    if what == "identify":
        note_identity(asked.session, reference, how=asked.field("how"))
        return asked.go(here, "identified")
    if what != "serve" or asked.field("confirm") != reference:
        raise UsageError("Nothing was done. To serve it, write its reference into the field beside the button.")
    more: dict[str, Any] = {}
    if request["kind"] == "erase":
        told: list[str] = []
        more = {"on_erased": partial(erase_there_or_say, asked.session, told.append)}
    serve_request(asked.session, number, kind=request["kind"], **more)
    return asked.go(here, "served")


def _moment(text: str) -> Any:
    try:
        return spoken.moment(text)
    except ValueError:
        raise UsageError("That is no date. Write 2026-11-25.") from None
