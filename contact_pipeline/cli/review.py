"""contact-pipeline review and spot-check: questions that only a person can decide."""

import getpass
import json

import click

from contact_pipeline.cli.tables import plain, show
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
_REASON = click.option("--reason", required=True, help="Why; kept with the decision.")


@click.group()
def review() -> None:
    """Questions that only a person can decide: sources that disagree, two contacts for one address, spot checks."""


@review.command("list")
@click.option("--kind", help="identity_conflict, field_disagreement, erasure_request or spot_check.")
@click.option("--all", "with_closed", is_flag=True, help="Closed ones, too.")
@_JSON
def list_(kind: str | None, with_closed: bool, as_json: bool) -> None:
    """Open reviews, oldest first."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.profiles.reviewing import list_reviews

    with open_session(load_settings()) as session:
        rows = list_reviews(session, kind=kind, with_closed=with_closed)
    if as_json:
        click.echo(json.dumps({"reviews": rows}, default=plain))
        return
    show("Reviews", rows)


@review.command("show")
@click.argument("number", type=int)
@_JSON
def show_(number: int, as_json: bool) -> None:
    """One review: what the contact has, what the sources say. Shows personal values."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.profiles.reviewing import show_review

    with open_session(load_settings()) as session:
        found = show_review(session, number)
    if as_json:
        click.echo(json.dumps(found, default=plain))
        return
    details = found.pop("details") or {}
    show(f"Review {number}", [{"what": name, "value": plain(v)} for name, v in found.items() if v is not None])
    if sides := details.pop("sides", None):
        show("What is said", sides)
    show("Details", [{"what": name, "value": plain(v)} for name, v in details.items() if v is not None])


def _decide(number: int, decision: str, reason: str, value: str | None = None, field: str | None = None) -> int:
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.profiles.reviewing import decide_review

    if not reason.strip():
        raise UsageError("--reason must say why.")
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        decide_review(session, number, decision, reason=reason, value=value, field=field)
    click.echo(f"Review {number}: {decision}.")
    return 0


@review.command()
@click.argument("number", type=int)
@_REASON
def accept(number: int, reason: str) -> int:
    """Take the proposed value; of a spot check: the contact is right; of other kinds: only kept."""
    return _decide(number, "accepted", reason)


@review.command()
@click.argument("number", type=int)
@_REASON
def reject(number: int, reason: str) -> int:
    """Keep what the contact has; of a spot check: the contact is wrong."""
    return _decide(number, "rejected", reason)


@review.command()
@click.argument("number", type=int)
@click.option("--value", required=True, help="What is true.")
@click.option("--field", help="Of which field, where the review is not about one.")
@_REASON
def correct(number: int, value: str, field: str | None, reason: str) -> int:
    """Say what is true. It outranks every provider and every list."""
    return _decide(number, "corrected", reason, value, field)


@review.command("carry-out")
def carry_out() -> int:
    """Carry out what stewards have ruled by SQL. Under `up` that happens by itself, within a minute."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.rulings import carry_out_rulings

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        done = carry_out_rulings(session)
    click.echo(f"{done['applied']} carried out, {done['refused']} refused (curated.reviews says why).")
    return 0


@click.command("spot-check")
@click.option("--top", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many contacts.")
@_JSON
def spot_check(top: int, as_json: bool) -> None:
    """Open reviews for the most valuable contacts, and say what share of those decided was confirmed."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.profiles.reviewing import spot_check as check

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        found = check(session, top=top)
    if as_json:
        click.echo(json.dumps(found))
        return
    share = found["share_confirmed"]
    said = "none was decided yet" if share is None else f"{share:.0%} of {found['decided']} decided were confirmed"
    click.echo(f"{found['opened']} opened, {found['open']} open; {said}. `contact-pipeline review list` shows them.")
