"""contact-pipeline subject access … object, and requests: what people may ask of us, with its deadlines.

An address is never printed, stored or put into an error. On the command line other users of the machine see it (ps):
`-` reads it from stdin.
"""

import getpass
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from contact_pipeline.cli.subject import Moment, subject
from contact_pipeline.cli.tables import plain, show
from contact_pipeline.core.errors import UsageError
from contact_pipeline.schemas.rights import REQUEST_KINDS
from contact_pipeline.settings import load_settings
from contact_pipeline.stage.session import Session

TOLD_BEFORE = "The person has to be told before the restriction is lifted (GDPR Art. 18(3))."
_YES = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
_SET = click.option("--set", "corrections", multiple=True, metavar="FIELD=VALUE", help="What is true; several times.")
_LIFT = click.option("--lift", is_flag=True, help=f"Undo it. {TOLD_BEFORE}")
_OUTPUT = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="The ZIP to write; default REF.zip here."
)


def _whose(command: Callable[..., int]) -> Callable[..., int]:
    """Whose request it is, and what is known of it. WHO takes any number, so that no error of click quotes one."""
    for option in (
        click.option("--identity", default="", help="How you know that it is the person (Art. 12(6)); kept."),
        click.option("--received", "received_at", type=Moment(), help="When it reached us; default now."),
        click.option("--request-ref", "reference", help="Your file number; the same one finds the same request again."),
        click.option("--contact", help="Id of the contact instead, as `explain` shows it."),
        click.argument("who", nargs=-1, metavar="[EMAIL|PHONE|-]"),
    ):
        command = option(command)
    return command


@subject.command()
@_whose
@_OUTPUT
def access(output: Path | None, **asked: Any) -> int:
    """Everything held of the person, as a ZIP for them (GDPR Art. 15)."""
    return _disclose("access", output, asked)


@subject.command("export")
@_whose
@_OUTPUT
def export_(output: Path | None, **asked: Any) -> int:
    """What the person or a source provided, as a ZIP for another service (GDPR Art. 20)."""
    return _disclose("export", output, asked)


@subject.command()
@_whose
@_SET
@_YES
def rectify(corrections: tuple[str, ...], yes: bool, **asked: Any) -> int:
    """Correct what is wrong (GDPR Art. 16). It outranks every provider and every list, for good."""
    return _change("rectify", yes, asked, details=_corrections(corrections))


@subject.command()
@_whose
@_LIFT
@_YES
def restrict(lift: bool, yes: bool, **asked: Any) -> int:
    """Keep the person's data and use them for nothing (GDPR Art. 18)."""
    return _change("restrict", yes, asked, details={"lift": lift})


@subject.command()
@_whose
@click.option("--dry-run", is_flag=True, help="Only say how much would go; the request stays open.")
@click.option("--scrub", is_flag=True, help="Remove dead rows and the write-ahead log now, too, instead of at night.")
@_YES
def erase(dry_run: bool, scrub: bool, yes: bool, **asked: Any) -> int:
    """Remove whatever is held of the person (GDPR Art. 17), and search for what is left. Refused until --identity or
    `requests identity` says how you know that it is the person."""
    return _change("erase", yes, asked, dry_run=dry_run, scrub=scrub)


@subject.command("object")
@_whose
@_YES
def object_(yes: bool, **asked: Any) -> int:
    """The person objects to being contacted: no channel is used any more (GDPR Art. 21)."""
    return _change("object", yes, asked)


@click.group()
def requests() -> None:
    """What people asked of us, and until when it has to be answered (GDPR Art. 12(3))."""


@requests.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not answered yet.")
@_JSON
def list_(only_open: bool, as_json: bool) -> int:
    """Requests, the most urgent one first. Nobody is named."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.requests import list_requests

    with open_session(load_settings()) as session:
        rows = list_requests(session, only_open=only_open)
    if as_json:
        click.echo(json.dumps({"requests": rows}, default=str))
        return 0
    show("Requests", [{name: _short(value) for name, value in row.items()} for row in rows])
    return 0


@requests.command("open")
@click.argument("kind", type=click.Choice(REQUEST_KINDS))
@_whose
@_SET
@_LIFT
@_JSON
def open_(kind: str, corrections: tuple[str, ...], lift: bool, as_json: bool, **asked: Any) -> int:
    """Write a request down, to be served later: by the command of its KIND, or by its job, which takes the id and the
    one-time token that --identity (or `requests identity`) hands out."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.requests import note_identity

    if (corrections and kind != "rectify") or (lift and kind != "restrict"):
        raise UsageError("--set belongs to rectify, --lift to restrict.")
    details = {"lift": lift} if kind == "restrict" else _corrections(corrections)
    asked["who"] = _who(asked["who"])
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        number, request = _written_down(session, kind, asked, details)
        is_checked = asked["identity"].strip() and request["state"] == "open"
        token = note_identity(session, request["reference"], how=asked["identity"]) if is_checked else None
    if as_json:
        told = {"id": number} | {name: request[name] for name in ("reference", "kind", "state", "due_at")}
        click.echo(json.dumps(told | {"token": token}, default=str))
    else:
        due = f"due {request['due_at']:%Y-%m-%d}"
        click.echo(f"{request['reference']} (id {number}): {kind}, {request['state']}, {due}.")
        if token:
            click.echo(_about(token))
    return 0


@requests.command()
@click.argument("reference")
@click.option("--until", type=Moment(), required=True, help="At most two further months.")
@click.option("--reason", required=True, help="Why; the person is told within the first month.")
def extend(reference: str, until: datetime, reason: str) -> int:
    """Take longer than a month (GDPR Art. 12(3))."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.requests import extend_request

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        extend_request(session, reference, until=until, reason=reason)
    click.echo(
        f"{reference} is due {until:%Y-%m-%d}. Tell the person, with the reason, before the first month is over."
    )
    return 0


@requests.command()
@click.argument("reference")
@click.option("--reason", required=True, help="Why; the person is told.")
def refuse(reference: str, reason: str) -> int:
    """Close a request without doing it (GDPR Art. 12(4), 12(5))."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.requests import refuse_request

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        refuse_request(session, reference, reason=reason)
    click.echo(f"{reference} is refused. Tell the person why, and that they may complain and go to court (Art. 12(4)).")
    return 0


@requests.command()
@click.argument("reference")
@click.option("--how", required=True, help="How you know that it is the person.")
def identity(reference: str, how: str) -> int:
    """Note how you know that it is the person (GDPR Art. 12(6)). Says the one-time token for the request's job."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.requests import note_identity

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        token = note_identity(session, reference, how=how)
    click.echo(f"Noted with {reference}.")
    click.echo(_about(token))
    return 0


def _disclose(kind: str, output: Path | None, asked: dict[str, Any]) -> int:
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.core.ids import disclosure_file_name
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.serving import serve_request

    asked["who"] = _who(asked["who"])
    settings = load_settings()
    with open_session(settings, actor=getpass.getuser()) as session:
        number, request = _written_down(session, kind, asked, None)
        _name_sharing(request)
        target = output or Path(disclosure_file_name(request["reference"]))
        done = serve_request(session, number, kind=kind, output=target)
    _tell(done)
    if done["is_served"]:
        click.echo(f"Written to {target}, readable by you only. Delete it once the person has it.")
        if not request["identity_check"]:
            click.echo(
                "How you know that it is the person is not noted: be sure before you send it (Art. 12(6)).", err=True
            )
    return 0


def _change(
    kind: str,
    yes: bool,
    asked: dict[str, Any],
    *,
    details: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    scrub: bool = False,
) -> int:
    """Say what will be done, ask, do it."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.esp.erasing import erase_there_or_say
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.requests import refuse_unidentified
    from contact_pipeline.rights.serving import serve_request

    if not (yes or dry_run or (sys.stdin.isatty() and asked["who"] != ("-",))):
        raise UsageError("Nobody is there to be asked: add --yes, or run it on a terminal.")
    asked["who"] = who = _who(asked["who"])
    settings = load_settings()
    erasing: dict[str, Any] = {"who": who, "scrub": scrub, "on_step": _step} if kind == "erase" else {}
    with open_session(settings, actor=getpass.getuser()) as session:
        number, request = _written_down(session, kind, asked, details)
        if request["state"] == "open":
            if kind == "erase" and not dry_run:
                refuse_unidentified(request)  # before anybody is asked whether to go on
            click.echo(_plan(session, number, request, who))
            _name_sharing(request)
            if dry_run:
                click.echo(f"Nothing was done. {request['reference']} is open, due {request['due_at']:%Y-%m-%d}.")
                return 0
            if not yes:
                click.confirm("Go on? Else it stays open, and the same command finds it again.", abort=True, err=True)
        if kind == "erase":
            erasing["on_erased"] = partial(erase_there_or_say, session, partial(click.echo, err=True))
        done = serve_request(session, number, kind=kind, **erasing)
    _tell(done)
    return 0


def _written_down(
    session: Session, kind: str, asked: Mapping[str, Any], details: Mapping[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    """The number of the request, and what serving it would touch."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.rights.requests import open_request, preview_request

    number = open_request(
        session,
        kind,
        who=asked["who"],
        contact=asked["contact"],
        reference=asked["reference"],
        received_at=asked["received_at"],
        identity_check=asked["identity"],
        details=details,
    )
    return number, preview_request(session, number)


def _plan(session: Session, number: int, request: Mapping[str, Any], who: str | None) -> str:
    """In counts, ids and names of fields."""
    ids = request["contacts"]
    whom = f"{len(ids)} contact(s)" + (f": {', '.join(ids)}" if ids else "")
    start = f"{request['reference']}, {request['kind']}: "
    if request["kind"] == "erase":
        # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
        from contact_pipeline.rights.serving import preview_erasure

        counts = preview_erasure(session, number, who=who)
        return start + f"{whom}; " + ", ".join(f"{name} {count:,}" for name, count in counts.items())
    if request["kind"] == "rectify":
        return start + f"{', '.join(request['fields'])} of {whom}"
    if request["kind"] == "object":
        return start + f"close every channel of {whom}"
    return start + (
        f"lift the restriction of {whom}. {TOLD_BEFORE}" if request["lifts"] else f"use nothing more of {whom}"
    )


def _name_sharing(request: Mapping[str, Any]) -> None:
    """Contacts that only share an address: whether they are the same person, somebody has to look."""
    for contact, why in request["shared"].items():
        click.echo(f"Not among them, look yourself: {contact} ({why}).", err=True)


def _about(token: str) -> str:
    return f"Token for its job in Dagster, good for one run within 24 hours: {token}"


def _tell(done: Mapping[str, Any]) -> None:
    if done["is_served"]:
        click.echo(f"{done['reference']}: {done['outcome']}")
    else:
        when = f"{done['closed_at']:%Y-%m-%d}"
        click.echo(f"{done['reference']} was {done['state']} on {when}, nothing to do. It says: {done['outcome']}")


def _step(text: str) -> None:
    click.echo(f"  {text}", err=True)


def _who(given: tuple[str, ...]) -> str | None:
    """The address or number; - is a line of stdin."""
    if len(given) > 1:
        raise UsageError("One address or number, please; quote a number with spaces.")
    if given != ("-",):
        return given[0] if given else None
    line = sys.stdin.readline().strip()
    if not line:
        raise UsageError("There is no address on stdin.")
    return line


def _corrections(pairs: tuple[str, ...]) -> dict[str, str] | None:
    """field=value as given; None: nothing was given."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name in found:
            raise UsageError("--set wants FIELD=VALUE, each field once.")
        found[name] = value
    return found or None


def _short(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else plain(value)
