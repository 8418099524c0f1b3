"""SendGrid's own client, against its simulator. Mailchimp's: test_esp_simulators_mailchimp.py."""

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from sendgrid import SendGridAPIClient

from contact_pipeline_tests.lab.esp_fixtures import ANA, MIA, START, TOM, Clock, refusal
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid

LIST = "ca7dee9c-4c2c-4a3f-8a44-3b5e1e9a0f11"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sendgrid(clock: Clock) -> Iterator[SendGrid]:
    with SendGrid(clock=clock) as vendor:
        vendor.contacts.lists[LIST] = "Bakers"
        vendor.contacts.custom_fields["w1"] = ("num_orders", "Number")
        yield vendor


@pytest.fixture
def v3(sendgrid: SendGrid) -> Any:
    return SendGridAPIClient(sendgrid.key, host=sendgrid.url).client


def sendgrid_says(call: Callable[[], Any]) -> tuple[int, list[tuple[str | None, str]]]:
    status, body = refusal(call)
    return status, [(error["field"], error["message"]) for error in body["errors"]]


def bearer(vendor: SendGrid) -> dict[str, str]:
    return {"Authorization": f"Bearer {vendor.key}"}


def finished(job: Any) -> dict[str, Any]:
    """What a job of SendGrid says the second time."""
    assert job.get().to_dict["status"] == "pending"
    body: dict[str, Any] = job.get().to_dict
    return body


def upsert(v3: Any, *contacts: dict[str, Any], **more: Any) -> dict[str, Any]:
    accepted = v3.marketing.contacts.put(request_body={"contacts": list(contacts)} | more)
    assert accepted.status_code == 202
    return finished(v3.marketing.contacts.imports._(accepted.to_dict["job_id"]))


def test_contacts_are_written_by_a_job_and_found_afterwards(v3: Any) -> None:
    one = {"email": MIA.upper(), "external_id": "cp-1", "first_name": "Mia", "custom_fields": {"w1": 42}}
    job = upsert(v3, one, list_ids=[LIST])
    assert (job["status"], job["job_type"]) == ("completed", "upsert")
    assert job["results"] | {"created_count": 1, "errored_count": 0} == job["results"]
    search = v3.marketing.contacts.search
    result = search.emails.post(request_body={"emails": [MIA, TOM]}).to_dict["result"]
    assert result[TOM] == {"error": "contact not found"}
    mia = result[MIA]["contact"]
    assert (mia["email"], mia["last_name"], mia["list_ids"]) == (MIA, "", [LIST])
    assert mia["custom_fields"] == {"num_orders": 42}  # written by id, read by name
    found = search.identifiers._("external_id").post(request_body={"identifiers": ["cp-1"]}).to_dict["result"]
    assert found["cp-1"]["contact"]["id"] == mia["id"]
    assert upsert(v3, {"email": MIA, "external_id": "cp-1", "city": "Oslo"})["results"]["updated_count"] == 1
    mia = search.emails.post(request_body={"emails": [MIA]}).to_dict["result"][MIA]["contact"]
    assert (mia["first_name"], mia["city"]) == ("Mia", "Oslo")  # what was not sent stays
    (bakers,) = v3.marketing.lists.get().to_dict["result"]
    assert (bakers["id"], bakers["name"], bakers["contact_count"]) == (LIST, "Bakers", 1)
    status, said = sendgrid_says(lambda: search.emails.post(request_body={"emails": [TOM]}))
    assert (status, said) == (404, [("emails", "no contacts found")])


def test_a_job_names_the_contacts_it_could_not_write(v3: Any, clock: Clock) -> None:
    upsert(v3, {"email": MIA, "external_id": "cp-1"})
    wrong: list[dict[str, Any]] = [
        {"email": MIA},
        {"email": "nobody"},
        {"email": TOM, "city": "x" * 61},
        {"email": TOM, "custom_fields": {"w1": "7"}},
    ]
    job = upsert(v3, *wrong, {"email": ANA})
    results = job["results"]
    assert (job["status"], results["requested_count"], results["errored_count"]) == ("errored", 5, 4)
    rows = list(csv.DictReader(io.StringIO(requests.get(results["errors_url"], timeout=5).text)))
    assert [row["email"] for row in rows] == [MIA, "nobody", TOM, TOM]
    assert upsert(v3, wrong[1])["status"] == "failed"
    clock.now += 73 * 3600
    assert requests.get(results["errors_url"], timeout=5).status_code == 403


def test_an_upsert_is_refused_as_a_whole(v3: Any, sendgrid: SendGrid) -> None:
    put = v3.marketing.contacts.put
    status, body = refusal(lambda: put(request_body={"contacts": [{"first_name": "Mia"}]}))
    (error,) = body["errors"]
    assert (status, error["field"], error["message"]) == (
        400,
        "contacts[0].identifier",
        "at least one identifier is required",
    )
    assert error["error_id"]
    assert sendgrid_says(lambda: put(request_body={"contacts": [{"email": MIA, "city": None}]})) == (
        400,
        [("contacts[0].city", "must be a string")],
    )
    by_name = {"contacts": [{"email": MIA, "custom_fields": {"num_orders": 7}}]}
    said = [("contacts[0].custom_fields", "invalid custom field ids supplied")]
    assert sendgrid_says(lambda: put(request_body=by_name)) == (400, said)
    nowhere = {"contacts": [{"email": MIA}], "list_ids": ["a list that is not there"]}
    assert refusal(lambda: put(request_body=nowhere))[0] == 404
    no_json = requests.put(f"{sendgrid.url}/v3/marketing/contacts", "no json", headers=bearer(sendgrid), timeout=5)
    assert (no_json.status_code, no_json.json()["errors"][0]["message"]) == (400, "invalid JSON")
    crowd = [{"email": f"p{n}@bakery.example"} for n in range(30_001)]
    assert refusal(lambda: put(request_body={"contacts": crowd}))[0] == 400
    heavy = [{"email": MIA, "unique_name": "x" * 6_000_000}]
    assert refusal(lambda: put(request_body={"contacts": heavy}))[0] == 413
    assert not sendgrid.contacts.contacts


def test_contacts_are_exported_and_deleted(v3: Any, sendgrid: SendGrid) -> None:
    upsert(v3, {"email": MIA, "external_id": "cp-1", "custom_fields": {"w1": 7}}, {"email": TOM})
    exports = v3.marketing.contacts.exports
    accepted = exports.post(request_body={"file_type": "csv"})
    assert (accepted.status_code, accepted.to_dict.keys()) == (202, {"_metadata", "id"})
    export = finished(exports._(accepted.to_dict["id"]))
    assert (export["status"], export["contact_count"], export["message"]) == ("ready", 2, "")
    (url,) = export["urls"]
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(requests.get(url, timeout=5).content).decode())))
    assert [(row["EMAIL"], row["EXTERNAL_ID"], row["num_orders"]) for row in rows] == [
        (MIA, "cp-1", "7"),
        (TOM, "", ""),
    ]
    # The address is its own key: object storage takes no second one.
    assert requests.get(url, headers=bearer(sendgrid), timeout=5).status_code == 400
    deleted = v3.marketing.contacts.delete(query_params={"ids": rows[0]["CONTACT_ID"]})
    assert finished(v3.marketing.contacts.imports._(deleted.to_dict["job_id"]))["results"]["deleted_count"] == 1
    assert [contact.texts["email"] for contact in sendgrid.contacts.contacts.values()] == [TOM]


def test_fields_are_named_by_id(v3: Any) -> None:
    fields = v3.marketing.field_definitions.get().to_dict
    assert fields["custom_fields"] == [{"id": "w1", "name": "num_orders", "field_type": "Number"}]
    reserved = {row["name"]: row for row in fields["reserved_fields"]}
    assert (reserved["email"]["id"], reserved["contact_id"]["id"]) == ("_rf2_T", "_rf23_T")
    assert reserved["last_opened"] == {"id": "_rf17_D", "name": "last_opened", "field_type": "Date", "read_only": True}


def test_an_erasure_takes_all_or_none(v3: Any, sendgrid: SendGrid) -> None:
    erase = v3.recipients.erasejob.post
    accepted = erase(request_body={"email_addresses": [MIA, TOM, MIA]})
    assert (accepted.status_code, accepted.to_dict.keys()) == (202, {"job_id"})
    assert int(accepted.headers["X-RateLimit-Reset"]) <= 60  # seconds, while all others say a moment
    status, said = sendgrid_says(lambda: erase(request_body={"email_addresses": [ANA, "nobody"]}))
    assert (status, said) == (400, [("email_addresses", "Email_address nobody is not valid")])
    many = [f"p{n}@bakery.example" for n in range(5_001)]
    assert refusal(lambda: erase(request_body={"email_addresses": many}))[0] == 400
    assert sendgrid.erased == [MIA, TOM]


def test_suppressions_are_read_by_time(v3: Any, sendgrid: SendGrid, clock: Clock) -> None:
    for second, act in enumerate((sendgrid.bounced, sendgrid.blocked, sendgrid.reported_spam, sendgrid.unsubscribed)):
        clock.now = START + second
        act(MIA)
    sendgrid.suppressions.add("invalid_emails", TOM, reason="Mail domain mentioned in email address is unknown")
    read = {kind: getattr(v3.suppression, kind).get().to_dict for kind in sendgrid.suppressions.lists}
    assert {kind: sorted(rows[0]) for kind, rows in read.items()} == {
        "bounces": ["created", "email", "reason", "status"],
        "blocks": ["created", "email", "reason", "status"],
        "invalid_emails": ["created", "email", "reason"],
        "spam_reports": ["created", "email", "ip"],
        "unsubscribes": ["created", "email"],
    }
    bounces = v3.suppression.bounces
    for n in range(7):
        sendgrid.suppressions.add("bounces", f"p{n}@bakery.example", created=START + 10 * n, reason="", status="5.1.1")
    within = {"start_time": START + 10, "end_time": START + 30}
    assert sorted(r["created"] - START for r in bounces.get(query_params=within).to_dict) == [10, 20, 30]
    pages = [bounces.get(query_params={"limit": 3, "offset": offset}).to_dict for offset in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert len({row["email"] for page in pages for row in page}) == 8
    assert refusal(lambda: bounces.get(query_params={"limit": 501}))[0] == 400
    assert len(bounces._(MIA).get().to_dict) == 1
    assert bounces._(MIA).delete().status_code == 204
    assert bounces._(MIA).get().to_dict == []
    assert bounces.delete(request_body={"delete_all": True}).status_code == 204
    assert bounces.get().to_dict == []


def test_nobody_on_the_global_list_is_an_empty_object(v3: Any) -> None:
    everybody = v3.asm.suppressions._("global")
    added = everybody.post(request_body={"recipient_emails": [MIA]})
    assert (added.status_code, added.to_dict) == (201, {"recipient_emails": [MIA]})
    assert everybody._(MIA).get().to_dict == {"recipient_email": MIA}
    assert (everybody._(TOM).get().status_code, everybody._(TOM).get().to_dict) == (200, {})
    assert everybody._(MIA).delete().status_code == 204
    assert everybody._(MIA).get().to_dict == {}


def test_unsubscribe_groups(v3: Any, sendgrid: SendGrid) -> None:
    sendgrid.with_group(42, "News")
    group = v3.asm.groups._(42).suppressions
    assert group.post(request_body={"recipient_emails": [MIA, TOM]}).status_code == 201
    assert group.get().to_dict == [MIA, TOM]
    assert group.search.post(request_body={"recipient_emails": [TOM, ANA]}).to_dict == [TOM]
    assert v3.asm.groups.get().to_dict == [
        {"id": 42, "name": "News", "description": "Mail of the lab.", "is_default": False, "unsubscribes": 2}
    ]
    rows = v3.asm.suppressions.get().to_dict
    assert rows[0] == {"email": MIA, "group_id": 42, "group_name": "News", "created_at": START}
    (of_mia,) = v3.asm.suppressions._(MIA).get().to_dict["suppressions"]
    assert (of_mia["id"], of_mia["suppressed"]) == (42, True)
    assert group._(MIA).delete().status_code == 204
    assert group.get().to_dict == [TOM]
    # Of a group that does not exist nothing is said: the address goes to the global list.
    assert v3.asm.groups._(43).suppressions.post(request_body={"recipient_emails": [ANA]}).status_code == 201
    assert v3.asm.suppressions._("global")._(ANA).get().to_dict == {"recipient_email": ANA}


def test_sendgrid_refuses(v3: Any, sendgrid: SendGrid, clock: Clock) -> None:
    other = SendGridAPIClient("other", host=sendgrid.url).client
    assert sendgrid_says(other.suppression.bounces.get) == (401, [(None, "authorization required")])
    sendgrid.forbidden.add("/v3/marketing")
    assert sendgrid_says(v3.marketing.lists.get) == (403, [(None, "access forbidden")])
    sendgrid.per_minute = 3
    headers = [v3.asm.groups.get().headers for _ in range(2)][-1]
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("3", "0")
    assert sendgrid_says(v3.asm.groups.get) == (429, [(None, "too many requests")])
    clock.now = float(headers["X-RateLimit-Reset"])
    assert v3.asm.groups.get().status_code == 200
