"""What people look at and decide: which alerts are open and who knows of them; acknowledge, mute, test."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.alerting.channels.message import Kind, Message
from contact_pipeline.alerting.configured import configured_channels
from contact_pipeline.alerting.planning import page_of
from contact_pipeline.core.alerts import ALERT_RULES, reason_of, rule_named
from contact_pipeline.core.errors import UsageError
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def open_alerts(session: Session) -> list[dict[str, Any]]:
    """The gravest first, each with its title, `because_of` (the open alert that explains it) and `muted_until`."""
    with session.connection("alerts: list") as connection:
        steps = Script(connection, STEPS, now=session.clock())
        return _all_described(steps.rows("alerts", with_closed=False), steps.rows("mutes"))


def list_alerts(session: Session, *, with_closed: bool = False) -> dict[str, Any]:
    """alerts: as in open_alerts; with_closed: closed ones, too. channels: what waits there and how it fails; one that
    is configured and was never needed, too. decisions: with_closed only."""
    with session.connection("alerts: list") as connection:
        steps = Script(connection, STEPS, now=session.clock())
        alerts = steps.rows("alerts", with_closed=with_closed)
        mutes = steps.rows("mutes")
        used = {row["channel"]: row for row in steps.rows("channels")}
        decisions = steps.rows("decisions") if with_closed else []
    nothing = {"waiting": 0, "failed": 0, "last_sent_at": None, "fault": None}
    configured = configured_channels(session)
    return {
        "alerts": _all_described(alerts, mutes),
        "mutes": mutes,
        "channels": [
            {"channel": name, "is_configured": name in configured}
            | {key: used.get(name, nothing)[key] for key in nothing}
            for name in sorted(configured.keys() | used.keys())
        ],
        "decisions": decisions,
    }


def acknowledge(session: Session, which: str, *, reason: str = "") -> str:
    """Somebody has taken it on: it is neither repeated nor escalated. which: number or fingerprint of an open alert.
    Returns the fingerprint. Raises UsageError where there is none."""
    with session.connection("alerts: ack") as connection, connection.transaction():
        steps = Script(connection, STEPS, now=session.clock(), actor=session.actor)
        found = steps.rows("find", which=which)
        if not found:
            raise UsageError(
                "No alert with that number or fingerprint is open. `contact-pipeline alerts list` has them."
            )
        alert = found[0]
        steps.run("acknowledge", id=alert["id"])
        _decide(steps, "acknowledged", alert["fingerprint"], reason)
        for told in steps.rows("told_pagerduty", id=alert["id"]):
            message = told["message"] | {"kind": str(Kind.ACKNOWLEDGED)}
            steps.run("acknowledge_there", id=alert["id"], message=json.dumps(message))
    return str(alert["fingerprint"])


def mute(session: Session, about: str, *, until: datetime, reason: str) -> None:
    """Nobody is told until then; the alert stays open and visible. about: a rule, or an alert's fingerprint."""
    if not reason.strip():
        raise UsageError("--reason must say why.")
    if until <= session.clock():
        raise UsageError("That time has passed: name one to come.")
    _known(about)
    with session.connection("alerts: mute") as connection:
        _decide(Script(connection, STEPS, now=session.clock(), actor=session.actor), "muted", about, reason, until)


def unmute(session: Session, about: str, *, reason: str = "") -> None:
    """People are told again."""
    _known(about)
    with session.connection("alerts: mute") as connection:
        _decide(Script(connection, STEPS, now=session.clock(), actor=session.actor), "unmuted", about, reason)


def try_channels(session: Session, only: str | None = None, *, page: str = "") -> Mapping[str, str]:
    """Sends a message on each configured channel, or on one; returns what became of it: `sent`, or how it failed.

    Raises UsageError where none is configured, or that one is not.
    """
    channels = configured_channels(session)
    if only is not None and only not in channels:
        raise UsageError(f"{only} is not configured: docs/operations.md says which variables it needs.")
    if not channels:
        raise UsageError("No channel is configured: docs/operations.md says which variables each needs.")
    now = session.clock().astimezone(UTC).isoformat(timespec="seconds")
    message = Message(
        Kind.TEST, "test", "contact_pipeline can reach you", "warning", "test:test", ["test"], now,
        opened_when="somebody ran `contact-pipeline alerts test`", to_do="nothing: alerts will arrive here",
        link=f"{page_of(session, page)}/", reported_at=now,
    )  # fmt: skip
    done = {}
    for name, channel in channels.items():
        if only in (None, name):
            sent = channel.send(message, key=str(uuid.uuid4()), thread=f"test {now}")
            done[name] = f"{sent.outcome}: {sent.fault}" if sent.fault else str(sent.outcome)
    return done


def _decide(steps: Script, decision: str, about: str, reason: str, until: datetime | None = None) -> None:
    steps.run("decide", decision=decision, about=about, reason=reason.strip(), muted_until=until)


def _known(about: str) -> None:
    if rule_named(about.partition(":")[0]) is None:
        raise UsageError(
            f"That is no rule, and no fingerprint of one. Rules: {', '.join(r.name for r in ALERT_RULES)}."
        )


def _all_described(alerts: Sequence[Mapping[str, Any]], mutes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    every = {row["fingerprint"]: row["rule"] for row in alerts if row["closed_at"] is None}
    return [_described(row, every, mutes) for row in alerts]


def _described(row: Mapping[str, Any], every: Mapping[str, str], mutes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rule = rule_named(row["rule"])
    because = reason_of(row["fingerprint"], every) if row["closed_at"] is None else None
    muted = max(
        (one["muted_until"] for one in mutes if one["about"] in (row["rule"], row["fingerprint"])), default=None
    )
    named = {"id": row["id"], "title": rule.title if rule else row["rule"]}
    return named | dict(row) | {"because_of": because, "muted_until": muted}
