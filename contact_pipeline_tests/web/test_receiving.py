"""Calls from senders: who may, what is stored, and a named answer for everything that may go wrong."""

import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.web.edge import (
    BEARER,
    BOUNCES,
    OLD_SECRET,
    SECRETS,
    Edge,
    mailchimp_headers,
    sendgrid_headers,
    serving,
    standard_headers,
)

MIA = "mia-one@ok.test"
BOUNCE = {"email": MIA, "bounce_type": "hard"}


@pytest.fixture
def edge(lab: Lab) -> Iterator[Edge]:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    with serving(lab) as edge:
        yield edge


def test_a_bounce_is_stored_answered_and_worked_off(edge: Edge) -> None:
    answer = edge.post(BOUNCES, BOUNCE)
    assert (answer.status, json.loads(answer.text)) == (200, {"received": 1})
    assert edge.lab.row("select provider, applied_at, outcome from ops.inbound_events") == ("bounce", None, None)
    assert edge.work_off() == {"applied": 1}
    assert edge.lab.contact(MIA)["email_sub_status"] == "hard_bounce"


def test_an_array_is_one_event_each(edge: Edge) -> None:
    assert edge.post(BOUNCES, [BOUNCE, {"email": "b@ok.test", "bounce_type": "soft"}]).status == 200
    assert edge.stored() == 2
    assert edge.post(BOUNCES, []).status == 200


def test_the_worker_beside_the_server_works_off(lab: Lab) -> None:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    with serving(lab, works_off=True) as edge:
        edge.post(BOUNCES, BOUNCE)
        edge.worked_off()
    assert lab.contact(MIA)["email_sub_status"] == "hard_bounce"


def test_a_second_delivery_is_answered_and_ignored(edge: Edge) -> None:
    for _ in range(2):
        assert edge.post(BOUNCES, BOUNCE | {"event_id": "e-1"}).status == 200
    assert edge.stored() == 1
    assert edge.lab.value("select event_id from ops.inbound_events") == "e-1"
    for _ in range(2):
        edge.post(BOUNCES, BOUNCE | {"message_id": "m-1"})
    assert edge.stored() == 2
    for _ in range(2):
        edge.post(BOUNCES, BOUNCE)
    assert edge.stored() == 4


@pytest.mark.parametrize("secret", [OLD_SECRET, SECRETS["CONTACT_PIPELINE_WEBHOOK_SECRET"].split(",")[0]])
def test_either_secret_counts_while_one_takes_the_others_place(edge: Edge, secret: str) -> None:
    assert edge.post(BOUNCES, BOUNCE, [("Authorization", f"Bearer {secret}")]).status == 200


@pytest.mark.parametrize(
    "headers",
    [[], [("Authorization", "Bearer wrong")], [("Authorization", "Basic abc")], [("Authorization", "Bearer ")]],
)
def test_without_the_secret_nothing_is_stored(edge: Edge, headers: list[tuple[str, str]]) -> None:
    assert edge.post(BOUNCES, BOUNCE, headers).status == 401
    assert edge.stored() == 0


def test_standard_webhooks(edge: Edge) -> None:
    body = json.dumps(BOUNCE)
    assert edge.post(BOUNCES, body, standard_headers(body, edge.lab.now)).status == 200
    assert edge.lab.value("select event_id from ops.inbound_events") == "msg_1"
    event = json.dumps({"type": "message.opened", "data": {"email": MIA, "message_id": "m1"}})
    for at, status in ((timedelta(), 200), (timedelta(minutes=6), 401), (timedelta(minutes=-6), 401)):
        headers = standard_headers(event, edge.lab.now - at, f"msg{at.total_seconds():.0f}")
        assert edge.post("/events", event, headers).status == status
    assert edge.post("/events", event, BEARER).status == 401
    tampered = event.replace("opened", "complained")
    assert edge.post("/events", tampered, standard_headers(event, edge.lab.now, "other")).status == 401
    assert edge.stored() == 2


def test_sendgrid_repeats_with_another_number(edge: Edge) -> None:
    """sendgrid-nodejs#1435"""
    event = {
        "email": MIA,
        "event": "bounce",
        "type": "bounce",
        "timestamp": 1790000000,
        "sg_message_id": "m.filter1",
        "status": "5.1.1",
    }
    for number in ("a", "b"):
        body = json.dumps([event | {"sg_event_id": number}]) + "\r\n"
        assert edge.post("/webhooks/sendgrid", body, sendgrid_headers(body, edge.lab.now)).status == 200
    assert edge.stored() == 1
    body = json.dumps([event | {"sg_event_id": "c", "event": "open"}]) + "\r\n"
    for hours, status in ((24, 200), (26, 401)):
        headers = sendgrid_headers(body, edge.lab.now - timedelta(hours=hours))
        assert edge.post("/webhooks/sendgrid", body, headers).status == status
    assert edge.post("/webhooks/sendgrid", body.strip(), sendgrid_headers(body, edge.lab.now)).status == 401
    assert edge.stored() == 2


def form(**data: str) -> str:
    fields = {"type": data.pop("type"), "fired_at": "2026-11-01 10:00:00"}
    return urlencode(fields | {f"data[{name}]": value for name, value in data.items()})


def test_mailchimp_by_the_secret_in_its_path(edge: Edge) -> None:
    path = f"/webhooks/mailchimp/{SECRETS['MAILCHIMP_WEBHOOK_SECRET']}"
    assert edge.ask("GET", path).status == 200
    assert edge.ask("GET", "/webhooks/mailchimp/other").status == 401
    body = form(type="unsubscribe", email=MIA, id="8a25", list_id="l1", reason="manual")
    for _ in range(2):
        assert edge.post(path, body, ()).status == 200
    assert edge.post("/webhooks/mailchimp/other", body, ()).status == 401
    assert edge.work_off() == {"applied": 1}
    assert edge.lab.why(MIA)[0] == "suppressed"


def test_mailchimp_signs_where_it_has_a_signing_secret(lab: Lab) -> None:
    body = form(type="cleaned", email=MIA, reason="hard", list_id="l1")
    path = f"/webhooks/mailchimp/{SECRETS['MAILCHIMP_WEBHOOK_SECRET']}"
    with serving(lab, secrets=SECRETS | {"MAILCHIMP_SIGNING_SECRET": "signs"}) as edge:
        assert edge.ask("GET", path).status == 200
        assert edge.post(path, body, ()).status == 401
        assert edge.post(path, body, mailchimp_headers(body, lab.now, "other")).status == 401
        assert edge.post(path, body, mailchimp_headers(body, lab.now - timedelta(minutes=6), "signs")).status == 401
        assert edge.post(path, body, mailchimp_headers(body, lab.now, "signs")).status == 200


def test_an_answer_that_is_ready_is_asked_for_again(lab: Lab) -> None:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    lab.do("update core.contacts set profile_due_at = %s", lab.now + timedelta(days=9))
    secrets = SECRETS | {"CLEARBIT_API_KEY": "sk_bench", "FULLCONTACT_WEBHOOK_SECRET": "fc"}
    body = json.dumps({"id": "q1", "type": "person", "status": 200, "body": {"email": MIA}})
    signed = [("X-Request-Signature", "sha1=" + hmac.new(b"bench", body.encode(), "sha1").hexdigest())]
    with serving(lab, secrets=secrets) as edge:
        assert edge.post("/webhooks/clearbit", body, [("X-Request-Signature", "sha1=0")]).status == 401
        for _ in range(2):
            assert edge.post("/webhooks/clearbit", body, signed).status == 200
        assert edge.post("/webhooks/fullcontact/other", body, ()).status == 401
        assert edge.post("/webhooks/fullcontact/fc", {"fullName": "Mia Lopez"}, ()).status == 200
        assert edge.work_off() == {"applied": 1, "noted": 1}
    assert lab.value("select profile_due_at from core.contacts") is None


BROKEN = {
    "nothing": "", "half": '{"email": "a@ok.test", "bounce', "a text": '"hard"', "a number": "3", "null": "null",
    "not UTF-8 as far as JSON goes": '{"email": "\\ud800"}', "no address": '{"bounce_type": "hard"}',
    "no type": '{"email": "a@ok.test"}', "an address that is a list": '{"email": ["a"], "bounce_type": "hard"}',
    "the second one": '[{"email": "a@ok.test", "bounce_type": "hard"}, 7]',
    "too deep": '{"email": "a@ok.test", "bounce_type": "hard", "x": ' + "[" * 20 + "]" * 20 + "}",
    "far too deep": "[" * 100_000 + "]" * 100_000, "a form": "email=a@ok.test&bounce_type=hard",
    "NaN": '{"email": "a@ok.test", "bounce_type": "hard", "x": NaN}',
}  # fmt: skip


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_body_is_refused_whole_and_quoted_nowhere(edge: Edge, body: str) -> None:
    answer = edge.post(BOUNCES, body)
    assert answer.status == 400
    assert json.loads(answer.text)["error"] and "ok.test" not in answer.text
    assert edge.stored() == 0


def test_too_long_a_body_is_read_to_its_end(edge: Edge) -> None:
    padding = "x" * (5 << 20)
    assert edge.post(BOUNCES, BOUNCE | {"reason": padding[: 4 << 20]}).status == 200
    assert edge.post(BOUNCES, BOUNCE | {"reason": padding}).status == 413
    assert edge.post(BOUNCES, BOUNCE | {"reason": padding * 6}).status == 413
    assert edge.stored() == 1


def test_an_unknown_kind_is_kept_and_counted(edge: Edge) -> None:
    assert edge.post(BOUNCES, BOUNCE | {"bounce_type": "sideways"}).status == 200
    body = json.dumps([{"email": MIA, "event": "telepathy", "timestamp": 1}, {"event": "open"}, {}])
    edge.post("/webhooks/sendgrid", body, sendgrid_headers(body, edge.lab.now))
    assert edge.work_off() == {"unknown_kind": 3, "unreadable": 1}
    assert edge.work_off() == {}


def test_odd_values_harm_nobody(edge: Edge) -> None:
    odd = ["\u0000", "a\u0000b@ok.test", "x" * 100_000, "@", "mia@\u202eok.test", 5, True, {"a": 1}, [[]], -1e300, None]
    events = [
        {"type": f"message.{word}", "data": {"email": email, "message_id": value, "occurred_at": value}}
        for value in odd for email in (MIA, value) for word in ("opened", "bounced", "unsubscribed")
    ]  # fmt: skip
    body = json.dumps(events)
    assert edge.post("/events", body, standard_headers(body, edge.lab.now)).status == 200
    assert sum(edge.work_off().values()) == len(events)


def test_a_door_without_its_secret_is_shut_and_named(lab: Lab) -> None:
    with serving(lab, secrets={}) as edge:
        for path in (BOUNCES, "/events", "/webhooks/sendgrid"):
            assert edge.post(path, BOUNCE).status == 503
        ready = edge.ask("GET", "/ready")
        told = json.loads(ready.text)
    assert ready.status == 200
    assert [line.partition(":")[0] for line in told["shut"]] == sorted(
        (BOUNCES, "/events", *(f"/webhooks/{name}" for name in ("clearbit", "fullcontact", "mailchimp", "sendgrid")))
    )


def test_ready_tells_what_waits(edge: Edge) -> None:
    edge.lab.passes(days=3000)
    edge.post(BOUNCES, BOUNCE)
    told = json.loads(edge.ask("GET", "/ready").text)
    assert told["migrations"] == "all applied"
    assert told["oldest_unworked_event_seconds"] > 0
    edge.work_off()
    assert json.loads(edge.ask("GET", "/ready").text)["oldest_unworked_event_seconds"] is None


def test_calls_at_the_same_time_share_a_transaction(edge: Edge) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: edge.post(BOUNCES, BOUNCE | {"event_id": f"e{n % 40}"}).status, range(200)))
    assert set(answers) == {200}
    assert edge.stored() == 40
    assert edge.lab.value("select count(distinct xmin::text) from ops.inbound_events") <= 40


def test_metrics_count_and_name_nobody(edge: Edge) -> None:
    edge.post(BOUNCES, BOUNCE)
    text = edge.ask("GET", "/metrics").text
    assert 'contact_pipeline_web_events_total{door="bounce"}' in text
    assert "ok.test" not in text


def test_nothing_personal_is_logged(edge: Edge, capfd: pytest.CaptureFixture[str]) -> None:
    edge.post(BOUNCES, BOUNCE)
    edge.post(BOUNCES, BOUNCE, ())
    edge.post(BOUNCES, json.dumps(BOUNCE)[:-1])
    edge.work_off()
    told = "".join(capfd.readouterr())
    assert "mia-one" not in told
