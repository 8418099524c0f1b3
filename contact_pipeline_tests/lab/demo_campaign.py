"""The demo's last part: one message to everybody on the list, and what comes back of it.

SendGrid is a simulator, everything else is real: the list is pushed, the sender tells of each message by its signed
webhook over the web edge, some people press the link in the message, and the list is pushed once more.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import requests

from contact_pipeline.esp.pushing import push
from contact_pipeline.esp.registry import Connected, named
from contact_pipeline.esp.senders.sendgrid import SendGrid as Sender
from contact_pipeline.outreach.tickets import ONE_CLICK, Ticket, write_ticket
from contact_pipeline.outreach.working_off import work_off
from contact_pipeline.stage.session import Session
from contact_pipeline.web.application import application
from contact_pipeline.web.serving import Server, bind
from contact_pipeline_tests.lab.people import truth_of
from contact_pipeline_tests.lab.truth import Mailbox
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid
from contact_pipeline_tests.lab.vendors.sendgrid_events import Event
from contact_pipeline_tests.web.served import running

PURPOSE = "showing"
LIST = "ca7dee9c-4c2c-4a3f-8a44-3b5e1e9a0f11"
NAME = "autumn"
POLICY = f"""\
[web]
public_url = "https://mail.quux.example"

[sender]
name = "Quux Tea"
postal_address = "1 Mill Lane, Exampleton"

[esp.sendgrid]
purpose = "{PURPOSE}"
direction = "two_way"
list_id = "{LIST}"
fields = {{ given_name = "first_name" }}
"""
# Of mailboxes that take mail. Guesses, but the first, which is what a list loses in a week when people change jobs.
GONE_SINCE, OPENED_BY_MACHINE, OPENED, CLICKED, UNSUBSCRIBED, COMPLAINED = 0.004, 0.4, 0.3, 0.05, 0.01, 0.002


@dataclass(frozen=True)
class Campaign:
    """What came of it. messages: by what came back, in messages. bounced: hard, by the truth of the address; mailed:
    all. quality: of each verdict that was there before, messages and bounces. left: taken off there afterwards."""

    mailed: Counter[str]
    bounced: Counter[str]
    messages: Mapping[str, int]
    quality: tuple[tuple[str, int, int, float], ...]
    listed_before: int
    listed_after: int
    taken_off: int


def run_campaign(session: Session) -> Campaign:
    """Write to everybody on the list. Events say their times by the real clock, as the simulator does."""
    with SendGrid(polls=0, per_minute=100_000) as sendgrid:
        sendgrid.contacts.lists[LIST] = "Everybody"
        session = with_environment(
            session,
            SENDGRID_API_KEY=sendgrid.key,
            SENDGRID_BASE_URL=sendgrid.url,
            SENDGRID_WEBHOOK_PUBLIC_KEY=sendgrid.webhook.public_key,
        )
        system = _system(session)
        push(session, system)
        people = sorted(contact.texts["email"] for contact in sendgrid.contacts.contacts.values())
        with served_edge(session) as url:
            events, leavers = _sent_to(sendgrid, people)
            sendgrid.send_events(f"{url}/webhooks/sendgrid", events)
            for email in leavers:
                link = f"/u/{write_ticket(session.key, Ticket(session.key.email(email), PURPOSE))}"
                requests.post(
                    url + link,
                    ONE_CLICK,
                    headers={"Content-Type": "application/x-www-form-urlencoded", "Host": "mail.quux.example"},
                    timeout=10,
                ).raise_for_status()
            work_off(session)
        taken_off = push(session, system).counts["left"]
        return _look_at(session, people, taken_off, leavers=len(leavers))


def with_environment(session: Session, **variables: str) -> Session:
    """The same with these variables."""
    settings = session.settings
    return replace(session, settings=replace(settings, environment={**settings.environment, **variables}))


@contextmanager
def served_edge(session: Session) -> Iterator[str]:
    """The web edge on loopback, which leaves its events to `work_off`; yields its origin."""
    server = Server(bind(0).detach())
    with running(server, application(session, server.origins, works_off=False)):
        yield server.origins[0]


def _system(session: Session) -> Connected:
    found = named(session.settings, session.policy, "sendgrid")
    assert isinstance(found.esp, Sender)
    found.esp._pause = lambda _seconds: None  # the simulator's jobs are done at once
    return found


def _sent_to(sendgrid: SendGrid, people: list[str]) -> tuple[list[Event], list[str]]:
    """What becomes of one message to each, by the truth of the address; and who presses the link in it."""
    luck, events, leavers = random.Random(14), list[Event](), list[str]()
    say = sendgrid.webhook.event
    for email in people:
        message = {"sg_message_id": f"{len(events):x}.{NAME}", "category": [NAME]}
        events.append(say("processed", email, **message))
        match truth_of(email):
            case Mailbox.NO_MAILBOX | Mailbox.DISABLED:
                came = [sendgrid.bounced(email)]
            case Mailbox.FULL:
                full = sendgrid.blocked(email, reason="452 4.2.2 Mailbox full", status="4.2.2")
                came = [full | {"bounce_classification": "Mailbox Unavailable"}]
            case Mailbox.CATCH_ALL if email.partition("@")[2].startswith("late."):
                came = [sendgrid.bounced(email)]  # its server takes every address, and finds out afterwards
            case Mailbox.ABUSE:
                came = [say("delivered", email), sendgrid.reported_spam(email)]
            case Mailbox.SPAM_TRAP:
                came = [say("delivered", email)]  # nobody reads there
            case _ if luck.random() < GONE_SINCE:
                came = [sendgrid.bounced(email)]
            case _:
                came = [say("delivered", email)]
                if luck.random() < OPENED_BY_MACHINE:
                    came.append(say("open", email, sg_machine_open=True))
                if luck.random() < OPENED:
                    came.append(say("open", email, sg_machine_open=False))
                if luck.random() < CLICKED:
                    came.append(say("click", email, url="https://quux.example/"))
                if luck.random() < UNSUBSCRIBED:
                    leavers.append(email)
                if luck.random() < UNSUBSCRIBED:
                    came.append(sendgrid.unsubscribed(email))
                if luck.random() < COMPLAINED:
                    came.append(sendgrid.reported_spam(email))
        events += [event | message for event in came]
    luck.shuffle(events)  # as they may arrive
    return events, leavers


def _look_at(session: Session, people: list[str], taken_off: int, *, leavers: int) -> Campaign:
    with session.connection("demo") as connection:
        (row,) = connection.execute(
            "select count(sent_at), count(delivered_at), count(*) filter (where bounce_type = 'hard'),"
            " count(*) filter (where bounce_type = 'soft'), count(machine_opened_at), count(opened_at),"
            " count(clicked_at), count(complained_at), count(unsubscribed_at) from core.outreach_history"
        )
        bounced = connection.execute(
            "select c.email from core.outreach_history h join core.contacts c on c.email_key = h.email_key"
            " where h.bounce_type = 'hard'"
        ).fetchall()
        quality = connection.execute(
            "select status, sum(messages)::integer, sum(bounces)::integer,"
            " core.wilson(sum(bounces)::bigint, sum(messages)::bigint, 1)"
            " from curated.verdict_quality where layer = 'mailbox' group by 1 order by 2 desc"
        ).fetchall()
        ((listed,),) = connection.execute("select count(*) from curated.mailable_for(%s)", (PURPOSE,))
    words = (
        "sent", "delivered", "bounced hard", "bounced soft", "opened by a machine", "opened", "clicked", "complained",
        "unsubscribed there",
    )  # fmt: skip
    messages = dict(zip(words, row, strict=True)) | {"left by the link": leavers}
    return Campaign(
        Counter(map(truth_of, people)),
        Counter(truth_of(email) for (email,) in bounced),
        messages,
        tuple(quality),
        len(people),
        listed,
        taken_off,
    )


def report(campaign: Campaign) -> Iterator[str]:
    """What `make demo` prints of it."""
    yield f"\nOne message to the {campaign.listed_before} people on the list, by way of SendGrid"
    for word, count in campaign.messages.items():
        yield f"{word:24}{count:>10}{count / max(1, campaign.messages['sent']):>10.1%}"
    yield f"\n{'verdict before':24}{'messages':>10}{'bounced':>10}{'rate':>10}{'at most':>10}"
    for verdict, messages, bounces, most in campaign.quality:
        yield f"{verdict:24}{messages:>10}{bounces:>10}{bounces / messages:>10.1%}{most:>10.1%}"
    yield (f"On the list now: {campaign.listed_after}; taken off at SendGrid with the next push: {campaign.taken_off}.")
