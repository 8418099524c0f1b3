"""contact-pipeline status, explain and quarantine: look, change nothing."""

import json

import click

from contact_pipeline.cli.tables import drop_rows, plain, show
from contact_pipeline.core.alerts import DATABASE_OLDER_THAN_LEDGER
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

MOST_ROWS = 1_000
_OLDER = (
    "the database was older than the ledger (a restored backup, or a crash): {facts} facts and {drops} drops were "
    "brought back. Consents, corrections and words written since are not in the ledger (docs/operations.md, Restore)."
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def status(as_json: bool) -> None:
    """Drops, contacts, what is held, open alerts."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality import looking

    with open_session(load_settings()) as session:
        found = looking.status(session)
    found["warnings"] = [
        _OLDER.format(**alert["counts"])
        for alert in found["alerts"]
        if alert["rule"] == DATABASE_OLDER_THAN_LEDGER.name
    ]
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    for warning in found["warnings"]:
        click.echo(f"Warning: {warning}", err=True)
    show("Drops", drop_rows(found["drops"]))
    show("Contacts", [found["totals"]])
    show("Open alerts", found["alerts"])


@click.command()
@click.argument("who", metavar="EMAIL-or-ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def explain(who: str, as_json: bool) -> None:
    """Everything that is known of one contact, and where it comes from."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality import looking

    with open_session(load_settings()) as session:
        found = looking.explain(session, who)
    if not found:
        raise UsageError("Nobody is known by that e-mail address or id.")
    if as_json:
        click.echo(json.dumps(found[0] if len(found) == 1 else found, default=plain))
        return
    for sections in found:
        contact = sections.pop("contact")
        facts = [{"field": name, "value": plain(v)} for name, v in contact.items() if v is not None]
        show("Contact", facts)
        for name, rows in sections.items():
            show(_SECTIONS[name], rows)


_SECTIONS = {
    "permission": "May it be contacted, and why not",
    "origins": "Rows that named it",
    "points": "Further addresses and numbers",
    "emails": "What was said of its e-mail addresses",
    "phones": "What was said of its numbers",
    "history": "Claims of sources",
    "changes": "Applied changes",
    "claims": "What providers and our own people say, also what lost",
    "identity": "Is it a real person as written",
    "consents": "Consent",
    "suppressions": "Suppressions",
}


@click.command()
@click.argument("drop", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def quarantine(drop: str | None, as_json: bool) -> None:
    """Rows that could not be used, with reasons (of one DROP or of all)."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality import looking

    with open_session(load_settings()) as session:
        rows = looking.quarantined(session, drop, limit=MOST_ROWS)
    if as_json:
        click.echo(json.dumps({"rows": rows}, default=str))
        return
    show("Quarantine", rows)
    if len(rows) == MOST_ROWS:
        click.echo(f"Only the first {MOST_ROWS} are shown; curated.quarantine has all.")
