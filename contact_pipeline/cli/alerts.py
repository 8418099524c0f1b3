"""contact-pipeline alerts: what needs a person, who was told, and what people decide about it."""

import getpass
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from contact_pipeline.cli.subject import Moment
from contact_pipeline.cli.tables import plain, print_lines, show
from contact_pipeline.core.clock import utc_now
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

EXIT_ERROR = 1
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@click.group()
def alerts() -> None:
    """What needs a person: list, acknowledge, mute, and test the ways by which people are told."""


@alerts.command("list")
@click.option("--all", "with_closed", is_flag=True, help="Closed ones and past decisions, too.")
@_JSON
def list_(with_closed: bool, as_json: bool) -> None:
    """Open alerts, the gravest first; mutes; and how the channels do."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.alerting.deciding import list_alerts
    from contact_pipeline.opening import open_session

    with open_session(load_settings()) as session:
        found = list_alerts(session, with_closed=with_closed)
    if as_json:
        click.echo(json.dumps(found, default=plain))
        return
    show("Alerts", [_row(alert) for alert in found["alerts"]])
    if found["mutes"]:
        show("Muted", found["mutes"])
    if found["decisions"]:
        show("Decisions", found["decisions"])
    if found["channels"]:
        show("Channels", found["channels"])
    else:
        print_lines("No channel is configured, so nobody is told: docs/operations.md, Alerts.")


def _row(alert: Mapping[str, Any]) -> dict[str, object]:
    return {
        "id": alert["id"],
        "severity": alert["severity"],
        "alert": alert["title"],
        "fingerprint": alert["fingerprint"],
        "how many": ", ".join(f"{number} {name}" for name, number in alert["counts"].items()),
        "since": _minute(alert["opened_at"]),
        "state": _state(alert),
    }


def _state(alert: Mapping[str, Any]) -> str:
    """What became of it, the last thing first."""
    if alert["closed_at"]:
        return f"closed {_minute(alert['closed_at'])}"
    if alert["because_of"]:
        return f"because of {alert['because_of']}"
    if alert["muted_until"]:
        return f"muted until {_minute(alert['muted_until'])}"
    if alert["acknowledged_by"]:
        return f"taken on by {alert['acknowledged_by']}"
    if alert["escalated_at"]:
        return f"escalated {_minute(alert['escalated_at'])}"
    return f"told {_minute(alert['told_at'])}" if alert["told_at"] else "told to nobody"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@alerts.command()
@click.argument("which", metavar="ID-or-FINGERPRINT")
@click.option("--reason", default="", help="What you do about it; kept with it.")
def ack(which: str, reason: str) -> int:
    """Take an open alert on: it is neither repeated nor escalated any more, and closes by itself."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.alerting.deciding import acknowledge
    from contact_pipeline.alerting.telling import tell_quietly
    from contact_pipeline.opening import open_session

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        fingerprint = acknowledge(session, which, reason=reason)
        tell_quietly(session)
    click.echo(f"{fingerprint}: acknowledged.")
    return 0


@alerts.command()
@click.argument("about", metavar="RULE-or-FINGERPRINT")
@click.option("--until", type=Moment(), help="Until when, as in 2026-12-24T18:00+01:00.")
@click.option("--for", "period", help="For how long: 90m, 8h, 3d or 2w.")
@click.option("--off", is_flag=True, help="End a mute.")
@click.option("--reason", default="", help="Why; kept.")
def mute(about: str, until: datetime | None, period: str | None, off: bool, reason: str) -> int:
    """Tell nobody of a rule, or of one alert, until then. It stays open and in `alerts list`."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.alerting import deciding
    from contact_pipeline.opening import open_session

    if (until is not None) + (period is not None) + off != 1:
        raise UsageError("Say --until TIME, --for PERIOD or --off.")
    end = utc_now() + _period(period) if period else until
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        if end is None:
            deciding.unmute(session, about, reason=reason)
        else:
            deciding.mute(session, about, until=end, reason=reason)
    click.echo(f"{about}: told again." if end is None else f"{about}: nobody is told until {end:%Y-%m-%d %H:%M %Z}.")
    return 0


@alerts.command("test")
@click.argument("channel", required=False, type=click.Choice(["slack", "email", "webhook", "pagerduty"]))
@_JSON
def test_(channel: str | None, as_json: bool) -> int:
    """Send a test message on each configured channel (or on one) and say what happened. Exit code 1 where one fails."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.alerting.deciding import try_channels
    from contact_pipeline.opening import open_session

    with open_session(load_settings()) as session:
        done = try_channels(session, channel)
    if as_json:
        click.echo(json.dumps(dict(done)))
    else:
        show("", [{"channel": name, "result": result} for name, result in done.items()])
    return 0 if all(result.startswith("sent") for result in done.values()) else EXIT_ERROR


def _period(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([mhdw])", text)
    if found is None:
        raise UsageError("--for takes a number and m, h, d or w: 90m, 8h, 3d, 2w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
