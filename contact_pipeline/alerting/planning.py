"""Who is to be told what: from the alerts as they are to messages that wait, in one transaction. Sends nothing.

The alert itself is the intent: whoever opens or closes one writes it in the transaction of the work, and what has not
been told is found here, whatever was killed meanwhile. An alert that passes before anybody was told is not told.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.adapters.postgres.turns import turn
from contact_pipeline.alerting.channels.message import Kind, Message
from contact_pipeline.core.alerts import ALERTS_UNDELIVERED, reason_of, rule_named
from contact_pipeline.policy.alerts import AlertPolicy
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
TURN = "alerts: plan"
GROUPED_FROM = 4  # so many new ones of a rule at once share a message
NEVER_GROUPED = ("pagerduty",)  # it knows each by its own key
LOOPBACK_PAGE = "http://127.0.0.1:8080"
PAGE = "CONTACT_PIPELINE_PAGE"  # `up` tells its runs by it where our pages are; nobody has to set it
GRAVEST = "error"


@dataclass(frozen=True)
class Intent:
    """One alert is to be told on these channels."""

    alert: Mapping[str, Any]
    kind: Kind
    channels: Sequence[str]


def plan_messages(session: Session, channels: Collection[str], *, page: str = "") -> int:
    """Writes what is to be told on these channels; returns how many messages. page: address of our pages, where it is
    known; another process that plans at the same time is left alone."""
    if not channels:
        return 0  # whoever configures one later hears of what is open then
    now = session.clock()
    with session.connection("alerts: plan") as connection, turn(connection, TURN) as is_ours:
        if not is_ours:
            return 0
        with connection.transaction():
            steps = Script(connection, STEPS, now=now)
            intents = list(_intents(session.policy.alerts, steps, now, channels))
            return _write(steps, intents, now, page_of(session, page))


def page_of(session: Session, page: str = "") -> str:
    """Where our pages are reached, as far as is known."""
    return session.policy.web.pages_url or page or session.settings.variable(PAGE) or LOOPBACK_PAGE


def channels_for(policy: AlertPolicy, route: str, configured: Collection[str], rule: str, subject: str) -> list[str]:
    """Of those that are configured, the ones of the route; that a channel fails is not told on it."""
    return [
        name
        for name in policy.routes[route]  # type: ignore[index]
        if name in configured and not (rule == ALERTS_UNDELIVERED.name and subject == name)
    ]


def _intents(policy: AlertPolicy, steps: Script, now: datetime, configured: Collection[str]) -> Iterator[Intent]:
    is_quiet = policy.quiet_hours.holds(now)
    every = {row["fingerprint"]: row["rule"] for row in steps.rows("open_alerts")}
    muted = {row["about"] for row in steps.rows("muted")}
    for alert in steps.rows("to_look_at"):
        if is_quiet and alert["severity"] != GRAVEST:
            continue
        if alert["closed_at"] is not None:
            told_on = [row["channel"] for row in steps.rows("told_on", alert=alert["id"])]
            steps.run("drop_waiting", "settle", alert=alert["id"])
            if told_on:
                yield Intent(alert, Kind.RESOLVED, told_on)
            continue
        if muted & {alert["rule"], alert["fingerprint"]} or reason_of(alert["fingerprint"], every):
            continue
        kind = _kind(policy, alert, now)
        if kind is None or (kind is Kind.OPENED and alert["flickers"]):
            continue
        route = "escalation" if kind is Kind.ESCALATED else "error" if alert["severity"] == GRAVEST else "warning"
        subject = alert["fingerprint"].partition(":")[2]
        on = channels_for(policy, route, configured, alert["rule"], subject)
        on = [one for one in on if not steps.one("has_waiting", alert=alert["id"], channel=one)["waits"]]
        if on:
            yield Intent(alert, kind, on)


def _kind(policy: AlertPolicy, alert: Mapping[str, Any], now: datetime) -> Kind | None:
    """What is to be said of an open alert now; None: nothing."""
    if alert["told_at"] is None:
        return Kind.OPENED
    if alert["severity"] == GRAVEST and alert["told_severity"] != GRAVEST:
        return Kind.REPEATED
    if alert["acknowledged_at"] is not None:
        return None
    waited = timedelta(hours=policy.escalate_after_hours)
    if alert["severity"] == GRAVEST and alert["escalated_at"] is None and now - alert["told_at"] >= waited:
        return Kind.ESCALATED
    if now - alert["told_last_at"] >= timedelta(hours=policy.repeat_hours):
        return Kind.REPEATED
    return None


def _write(steps: Script, intents: Sequence[Intent], now: datetime, page: str) -> int:
    together: dict[tuple[str, str, Kind], list[Mapping[str, Any]]] = defaultdict(list)
    for intent in intents:
        for channel in intent.channels:
            together[channel, intent.alert["rule"], intent.kind].append(intent.alert)
    written = 0
    for (channel, _, kind), alerts in together.items():
        is_one = channel not in NEVER_GROUPED and len(alerts) >= GROUPED_FROM
        for shared in [alerts] if is_one else [[alert] for alert in alerts]:
            text = json.dumps(message_of(kind, shared, now, page).as_json())
            lead = None
            for alert in shared:
                found = steps.one(
                    "plan", alert=alert["id"], channel=channel, kind=str(kind), message=text, told_in=lead
                )
                lead = lead or found["id"]
            written += 1
    for intent in intents:
        if intent.kind is not Kind.RESOLVED:
            steps.run("note_told", alert=intent.alert["id"], is_escalated=intent.kind is Kind.ESCALATED)
    return written


def message_of(kind: Kind, alerts: Sequence[Mapping[str, Any]], now: datetime, page: str) -> Message:
    """What is said of these alerts of one rule: counts are summed, `since` is the first."""
    first = alerts[0]
    rule = rule_named(first["rule"])
    counts: dict[str, int] = defaultdict(int)
    for alert in alerts:
        for name, number in alert["counts"].items():
            if isinstance(number, int):
                counts[name] += number
    return Message(
        kind,
        first["rule"],
        rule.title if rule else first["rule"],
        max((alert["severity"] for alert in alerts), key=("info", "warning", "error").index),
        first["fingerprint"],
        [alert["fingerprint"].partition(":")[2] for alert in alerts],
        _as_text(min(alert["opened_at"] for alert in alerts)),
        counts,
        rule.opened_when if rule else "",
        rule.to_do if rule else "",
        f"{page.rstrip('/')}/",
        _as_text(now),
    )


def _as_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
