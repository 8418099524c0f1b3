"""What the mailing services' simulators deliver: the signatures against vectors that are published, and repetitions."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from mailchimp_marketing import Client
from sendgrid.helpers.eventwebhook import EventWebhook as OfficialWebhook

from contact_pipeline_tests.lab.esp_fixtures import MIA, START, Clock, Receiver, refusal
from contact_pipeline_tests.lab.vendors.mailchimp import Mailchimp
from contact_pipeline_tests.lab.vendors.mailchimp_webhooks import SIGNATURE as MAILCHIMP_SIGNATURE
from contact_pipeline_tests.lab.vendors.mailchimp_webhooks import form, signature
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid
from contact_pipeline_tests.lab.vendors.sendgrid_events import SIGNATURE, TIMESTAMP, deliveries, is_genuine

# test/unit/test_eventwebhook.py of sendgrid-python (MIT): a key and what it signed, which nobody can change.
_HEAD = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
PUBLISHED_KEY = _HEAD + "83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
OTHER_KEY = _HEAD + "qTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA=="
PUBLISHED = {
    SIGNATURE: "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
    TIMESTAMP: "1600112502",
}
OF_ANOTHER_BODY = "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0="
PUBLISHED_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sendgrid(clock: Clock) -> Iterator[SendGrid]:
    with SendGrid(clock=clock) as vendor:
        yield vendor


@pytest.fixture
def mailchimp(clock: Clock) -> Iterator[Mailchimp]:
    with Mailchimp(clock=clock) as vendor:
        yield vendor


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def lists(mailchimp: Mailchimp) -> Any:
    client = Client({"api_key": mailchimp.key})
    client.lists.api_client.host = f"{mailchimp.url}/3.0"
    return client.lists


@pytest.mark.parametrize(
    ("key", "changes", "body", "is_valid"),
    [
        (PUBLISHED_KEY, {}, PUBLISHED_BODY, True),
        (OTHER_KEY, {}, PUBLISHED_BODY, False),
        (PUBLISHED_KEY, {TIMESTAMP: "timestamp"}, PUBLISHED_BODY, False),
        (PUBLISHED_KEY, {SIGNATURE: OF_ANOTHER_BODY}, PUBLISHED_BODY, False),
        (PUBLISHED_KEY, {}, PUBLISHED_BODY.rstrip(b"\r\n"), False),
    ],
    ids=["as published", "other key", "other timestamp", "other signature", "without CR LF"],
)
def test_published_signatures(key: str, changes: dict[str, str], body: bytes, is_valid: bool) -> None:
    headers = PUBLISHED | changes
    assert is_genuine(key, headers, body) is is_valid
    assert OfficialWebhook(key).verify_signature(body.decode(), headers[SIGNATURE], headers[TIMESTAMP]) is is_valid


def test_the_official_helper_takes_what_the_simulator_signs(sendgrid: SendGrid) -> None:
    events = [sendgrid.bounced(MIA), sendgrid.webhook.event("click", MIA, category=["a", "b"], note="Grüße")]
    headers, body = sendgrid.signed_delivery(events, at=START - 5)
    assert headers[TIMESTAMP] == str(START - 5)
    assert body.endswith(b"}]\r\n")
    assert json.loads(body) == events
    official = OfficialWebhook(sendgrid.webhook.public_key)
    assert official.verify_signature(body.decode(), headers[SIGNATURE], headers[TIMESTAMP])
    assert not official.verify_signature(body.decode().rstrip(), headers[SIGNATURE], headers[TIMESTAMP])
    assert not is_genuine(PUBLISHED_KEY, headers, body)


def test_events_say_what_the_lists_hold(sendgrid: SendGrid) -> None:
    sendgrid.with_group(42, "News")
    said = [
        sendgrid.bounced(MIA),
        sendgrid.blocked(MIA, status=None),
        sendgrid.reported_spam(MIA),
        sendgrid.unsubscribed(MIA),
        sendgrid.dropped(MIA),
        sendgrid.left_group(MIA, 42),
        sendgrid.rejoined_group(MIA, 42),
    ]
    assert [(event["event"], event.get("type"), event.get("status")) for event in said] == [
        ("bounce", "bounce", "5.1.1"),
        ("bounce", "blocked", None),
        ("spamreport", None, None),
        ("unsubscribe", None, None),
        ("dropped", None, None),
        ("group_unsubscribe", None, None),
        ("group_resubscribe", None, None),
    ]
    assert said[4]["reason"] == "Bounced Address"
    assert "status" not in said[1]  # absent, where the domain does not exist
    assert {kind for kind, rows in sendgrid.suppressions.lists.items() if MIA in rows} == {
        *("bounces", "blocks", "spam_reports", "unsubscribes")
    }


def test_a_delivery_is_repeated_under_another_event_id(sendgrid: SendGrid, receiver: Receiver) -> None:
    event = sendgrid.unsubscribed(MIA)
    receiver.statuses.extend([503, 302])
    assert sendgrid.send_events(receiver.url, [event]) == [503, 302, 200]
    bodies = [json.loads(request.body)[0] for request in receiver.told]
    assert len({body.pop("sg_event_id") for body in bodies}) == 3
    assert all(body == {name: event[name] for name in body} for body in bodies)
    for request in receiver.told:
        headers = {name: request.headers[name.lower()] for name in (SIGNATURE, TIMESTAMP)}
        assert is_genuine(sendgrid.webhook.public_key, headers, request.body)
    assert sendgrid.send_events(receiver.url, [event], is_signed=False) == [200]
    assert SIGNATURE.lower() not in receiver.told[-1].headers
    assert sendgrid.send_events("http://127.0.0.1:9/", [event], tries=1) == [0]


def test_a_delivery_has_its_size(sendgrid: SendGrid) -> None:
    event = sendgrid.webhook.event("open", MIA, useragent="x" * 300_000)
    assert [len(some) for some in deliveries([event] * 5)] == [2, 2, 1]


def test_a_form_and_its_signature() -> None:
    """Bytes and digest were computed apart from this code, by the documented scheme; the vendor has no vector."""
    data = {
        "id": "5aa2102003",
        "subject": "Test Campaign Subject",
        "status": "sent",
        "reason": "",
        "list_id": "a6b5da1054",
    }
    body = form("campaign", 1_238_103_081, data)
    assert body == (
        b"type=campaign&fired_at=2009-03-26+21%3A31%3A21&data%5Bid%5D=5aa2102003"
        b"&data%5Bsubject%5D=Test+Campaign+Subject&data%5Bstatus%5D=sent&data%5Breason%5D=&data%5Blist_id%5D=a6b5da1054"
    )
    digest = "03dfe301db3eddec7edf3dc3887360421bcde0a839987e5b44d021a818046df9"
    assert signature("mc-signing-secret-EXAMPLE", 1_785_586_800, body) == f"t=1785586800,v1={digest}"


def test_a_signed_webhook_of_mailchimp(mailchimp: Mailchimp) -> None:
    headers, body = mailchimp.signed_webhook("upemail", {"new_id": "51da8c3259", "new_email": MIA}, at=START)
    assert headers[MAILCHIMP_SIGNATURE] == signature(mailchimp.webhooks.secret, START, body)
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode())[:2] == [("type", "upemail"), ("fired_at", "2026-09-21 14:13:20")]


def test_webhooks_are_told_what_others_did(lists: Any, mailchimp: Mailchimp, receiver: Receiver, clock: Clock) -> None:
    id = mailchimp.list_id
    asked = {"url": f"{receiver.url}/hook?key=unguessable", "sources": {"user": True, "admin": True, "api": False}}
    hook = lists.create_list_webhook(
        id, asked | {"events": dict.fromkeys(("subscribe", "unsubscribe", "upemail"), True)}
    )
    assert (receiver.requests[0].method, receiver.requests[0].headers["user-agent"]) == (
        "GET",
        "MailChimp.com WebHook Validator",
    )
    assert (hook["signing_enabled"], hook["list_id"], hook["sources"]["api"]) == (True, id, False)
    (kept,) = lists.get_list_webhooks(id)["webhooks"]
    assert "signing_secret" not in kept  # it is told once
    lists.add_list_member(id, {"email_address": MIA, "status": "subscribed", "merge_fields": {"FNAME": "Mia"}})
    assert mailchimp.deliver() == []  # what the API did would be an echo
    mailchimp.unsubscribed(MIA, reason="abuse")
    receiver.statuses.append(500)
    assert mailchimp.deliver() == [500, 200]
    first, second = receiver.told
    assert first.body == second.body  # no delivery has an id of its own
    told = dict(parse_qsl(second.body.decode()))
    assert (told["type"], told["data[action]"], told["data[reason]"]) == ("unsubscribe", "unsub", "abuse")
    assert (told["data[email]"], told["data[merges][FNAME]"], told["data[list_id]"]) == (MIA, "Mia", id)
    assert second.headers[MAILCHIMP_SIGNATURE.lower()] == signature(hook["signing_secret"], START, second.body)
    assert mailchimp.deliver() == []


def test_a_webhook_of_before_2026_is_not_signed(lists: Any, mailchimp: Mailchimp, receiver: Receiver) -> None:
    mailchimp.webhooks.signs = False
    hook = lists.create_list_webhook(mailchimp.list_id, {"url": receiver.url})
    assert not {name for name in hook if name.startswith("signing")}
    mailchimp.with_member(MIA)
    mailchimp.moved(MIA, "mia.zz-lab-9@bakery.example")
    mailchimp.changed("mia.zz-lab-9@bakery.example", FNAME="Mila")
    mailchimp.cleaned("mia.zz-lab-9@bakery.example")
    assert mailchimp.deliver() == [200, 200, 200]
    moved, changed, cleaned = (dict(parse_qsl(request.body.decode())) for request in receiver.told)
    assert moved.keys() == {
        *("type", "fired_at", "data[list_id]", "data[new_id]", "data[new_email]", "data[old_email]")
    }
    assert (changed["type"], changed["data[merges][FNAME]"]) == ("profile", "Mila")
    assert (cleaned["type"], cleaned["data[reason]"]) == ("cleaned", "hard")
    assert "data[id]" not in cleaned
    assert MAILCHIMP_SIGNATURE.lower() not in receiver.told[0].headers


def test_an_address_that_does_not_answer_is_no_webhook(lists: Any, mailchimp: Mailchimp, receiver: Receiver) -> None:
    receiver.statuses.append(404)
    status, body = refusal(lambda: lists.create_list_webhook(mailchimp.list_id, {"url": receiver.url}))
    assert (status, body["errors"][0]["field"]) == (400, "url")
    assert not mailchimp.webhooks.registered
