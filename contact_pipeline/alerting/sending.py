"""What waits is sent: a try is written down before it is made, and what became of it after.

One process at a time sends on a channel, in the order in which messages were written: a resolution never comes before
its alert. Nothing is lost: what was not taken waits and is tried again, for three days. Nothing comes twice in effect
where the other side knows repetitions (webhook-id, PagerDuty's dedup_key, Message-ID); Slack knows none: killed between
its answer and our note, or its answer lost, a message comes a second time. That cannot be excluded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.adapters.postgres.turns import turn
from contact_pipeline.alerting.channels.message import Kind, Message
from contact_pipeline.alerting.channels.port import Channel, Outcome, Sent
from contact_pipeline.core.alerts import ALERTS_UNDELIVERED
from contact_pipeline.core.causes import cause_of
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
MOST_AT_ONCE = 30  # messages on a channel in one round; Slack takes about one a second
WAITS_S = (30, 60, 120, 300, 600)
BROKEN_WAIT_S = 900
LONGEST_WAIT_S = 6 * 3600
GIVEN_UP_AFTER = timedelta(days=3)
TRIES_TO_TELL = 3


@dataclass(frozen=True)
class Round:
    """How many messages were taken, and how many tries failed."""

    sent: int = 0
    failed: int = 0


def send_waiting(session: Session, channels: Mapping[str, Channel]) -> Round:
    """What is due, on these channels. A channel that fails keeps the others from nothing."""
    sent = failed = 0
    for name, channel in channels.items():
        with session.connection("alerts: send") as connection, turn(connection, f"alerts: {name}") as is_ours:
            for _ in range(MOST_AT_ONCE if is_ours else 0):
                outcome = _send_next(session, connection, channel)
                if outcome is None:
                    break
                sent += outcome is Outcome.SENT
                failed += outcome is not Outcome.SENT
                if outcome in (Outcome.LATER, Outcome.BROKEN):
                    break
    return Round(sent, failed)


def _send_next(session: Session, connection: Connection, channel: Channel) -> Outcome | None:
    """None: nothing is due. `sending` without anybody who sends: its process was killed, so it is tried again."""
    now = session.clock()
    steps = Script(connection, STEPS, now=now)
    found = steps.rows("oldest", channel=channel.name)
    if not found or found[0]["next_try_at"] > now:
        return None
    row = found[0]
    tried = steps.one("begin_try", id=row["id"])
    thread = steps.one("thread", alert=row["alert_id"])["thread"]
    try:
        sent = channel.send(
            Message.from_json(row["message"]),
            key=str(row["key"]),
            thread=thread,
            is_escalated=row["kind"] == Kind.ESCALATED,
        )
    except Exception as error:  # a fault of ours in one message holds up no other
        sent = Sent(Outcome.REFUSED, cause_of(error))
    with connection.transaction():
        _note(session, connection, channel.name, row["id"], sent, tried["attempts"], now - tried["planned_at"])
    return sent.outcome


def _note(
    session: Session, connection: Connection, channel: str, number: int, sent: Sent, attempts: int, age: timedelta
) -> None:
    steps, alerts, now = Script(connection, STEPS, now=session.clock()), Alerts(connection), session.clock()
    if sent.outcome is Outcome.SENT:
        steps.run("note_sent", id=number, fault=sent.fault or None)
        alerts.close_alert(ALERTS_UNDELIVERED, channel)
        return
    if sent.outcome is Outcome.REFUSED or age > GIVEN_UP_AFTER:
        steps.run("note_failed", id=number, fault=sent.fault)
    else:
        wait = BROKEN_WAIT_S if sent.outcome is Outcome.BROKEN else WAITS_S[min(attempts, len(WAITS_S)) - 1]
        wait_s = min(max(wait, sent.retry_after_s or 0), LONGEST_WAIT_S)
        steps.run("note_waiting", id=number, fault=sent.fault, next_try_at=now + timedelta(seconds=wait_s))
    if sent.outcome is not Outcome.LATER or attempts >= TRIES_TO_TELL:
        alerts.open_alert(ALERTS_UNDELIVERED, channel, counts={"tries": attempts})
