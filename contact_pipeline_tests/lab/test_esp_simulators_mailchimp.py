"""Mailchimp's own client, against its simulator."""

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from mailchimp_marketing import Client as MailchimpClient

from contact_pipeline_tests.lab.esp_fixtures import ANA, MIA, START, TOM, Clock, refusal
from contact_pipeline_tests.lab.vendor import Request
from contact_pipeline_tests.lab.vendors.mailchimp import Mailchimp
from contact_pipeline_tests.lab.vendors.mailchimp_members import hash_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mailchimp(clock: Clock) -> Iterator[Mailchimp]:
    with Mailchimp(clock=clock) as vendor:
        yield vendor


@pytest.fixture
def lists(mailchimp: Mailchimp) -> Any:
    return client_of(mailchimp).lists


def client_of(vendor: Mailchimp, key: str | None = None) -> Any:
    client = MailchimpClient({"api_key": key or vendor.key})
    client.host = f"{vendor.url}/3.0"  # the SDK knows no other way to another host
    for api in (client.lists, client.batches):
        api.api_client.host = client.host
    return client


def test_members_are_put_and_read(lists: Any, mailchimp: Mailchimp, clock: Clock) -> None:
    id = mailchimp.list_id
    new = {
        "email_address": MIA.title(),
        "status_if_new": "subscribed",
        "merge_fields": {"FNAME": "Mia"},
        "tags": ["vip"],
    }
    mia = lists.set_list_member(id, hash_of(MIA), new)
    assert (mia["id"], mia["email_address"], mia["status"]) == (hash_of(MIA), MIA.title(), "subscribed")
    assert (mia["full_name"], mia["merge_fields"]["LNAME"], mia["tags_count"]) == ("Mia", "", 1)
    again = {"email_address": MIA, "status_if_new": "unsubscribed", "merge_fields": {"LNAME": "Holt"}, "tags": ["old"]}
    mia = lists.set_list_member(id, hash_of(MIA), again)
    assert (mia["status"], mia["full_name"]) == ("subscribed", "Mia Holt")
    assert [tag["name"] for tag in mia["tags"]] == ["vip"]  # in the body they count for new ones only
    tags = [{"name": "vip", "status": "inactive"}, {"name": "old", "status": "active"}]
    assert lists.update_list_member_tags(id, hash_of(MIA), {"tags": tags, "is_syncing": True}).status_code == 204
    for key in (hash_of(MIA), MIA, mia["contact_id"]):
        assert [tag["name"] for tag in lists.get_list_member(id, key)["tags"]] == ["old"]
    status, body = refusal(lambda: lists.get_list_member(id, hash_of(TOM)))
    assert (status, body["title"], body["status"]) == (404, "Resource Not Found", 404)
    assert body["detail"] == "The requested resource could not be found."
    assert body.keys() == {"type", "title", "status", "detail", "instance"}


def test_members_who_changed_are_read_page_by_page(lists: Any, mailchimp: Mailchimp, clock: Clock) -> None:
    id = mailchimp.list_id
    for n in range(25):
        clock.now = START + n
        mailchimp.with_member(f"p{n}@bakery.example")
    lists.delete_list_member(id, hash_of("p3@bakery.example"))
    mailchimp.unsubscribed("p4@bakery.example")
    since = "2026-09-21T14:13:39+00:00"  # START + 19
    found = lists.get_list_members_info(
        id, since_last_changed=since, sort_field="last_changed", sort_dir="ASC", count=3
    )
    assert [row["email_address"][:3] for row in found["members"]] == ["p20", "p21", "p22"]  # 19 is not after 19
    assert (found["total_items"], found["list_id"]) == (6, id)
    assert len(lists.get_list_members_info(id)["members"]) == 10
    assert [row["id"] for row in lists.get_list_members_info(id, status="archived")["members"]] == [
        hash_of("p3@bakery.example")
    ]
    (gone,) = lists.get_list_members_info(id, status="unsubscribed", unsubscribed_since=since)["members"]
    assert gone["unsubscribe_reason"]
    assert refusal(lambda: lists.get_list_members_info(id, unsubscribed_since=since))[0] == 400
    for query in ("count=1001", f"since_last_changed={since}"):  # its + is a space where nobody escapes it
        url = f"{mailchimp.url}/3.0/lists/{id}/members?{query}"
        assert requests.get(url, auth=("any", mailchimp.key), timeout=5).status_code == 400


def test_archived_is_not_erased(lists: Any, mailchimp: Mailchimp) -> None:
    id = mailchimp.list_id
    member = {"email_address": MIA, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Mia"}}
    lists.set_list_member(id, hash_of(MIA), member)
    assert lists.delete_list_member(id, hash_of(MIA)).status_code == 204
    assert lists.get_list_member(id, hash_of(MIA))["status"] == "archived"
    status, body = refusal(lambda: lists.delete_list_member(id, hash_of(MIA)))
    assert (status, body["title"]) == (405, "Method Not Allowed")
    assert lists.set_list_member(id, hash_of(MIA), member)["status"] == "archived"
    back = lists.add_list_member(id, {"email_address": MIA, "status": "subscribed"})
    assert (back["status"], back["full_name"]) == ("subscribed", "Mia")
    assert lists.delete_list_member_permanent(id, hash_of(MIA)).status_code == 204
    assert refusal(lambda: lists.get_list_member(id, hash_of(MIA)))[0] == 404
    status, body = refusal(lambda: lists.set_list_member(id, hash_of(MIA), member))
    assert (status, body["title"]) == (400, "Forgotten Email Not Subscribed")
    assert body["detail"].startswith(f"{MIA} was permanently deleted and cannot be re-imported.")


@pytest.mark.parametrize("leave", ["unsubscribed", "cleaned"])
def test_who_left_is_brought_back_by_nobody_else(lists: Any, mailchimp: Mailchimp, leave: str) -> None:
    id = mailchimp.list_id
    mailchimp.with_member(MIA)
    getattr(mailchimp, leave)(MIA)
    member = {"email_address": MIA, "status_if_new": "subscribed"}
    assert lists.set_list_member(id, hash_of(MIA), member)["status"] == leave
    for _ in range(2):
        status, body = refusal(lambda: lists.set_list_member(id, hash_of(MIA), member | {"status": "subscribed"}))
        assert (status, body["title"]) == (400, "Member In Compliance State")
        assert "is in a compliance state due to unsubscribe, bounce, or compliance review" in body["detail"]
        assert lists.update_list_member(id, hash_of(MIA), {"status": "pending"})["status"] == "pending"
    mailchimp.subscribed(MIA)
    assert lists.set_list_member(id, hash_of(MIA), member | {"status": "subscribed"})["status"] == "subscribed"


def test_whom_the_api_unsubscribed_it_can_subscribe_again(lists: Any, mailchimp: Mailchimp) -> None:
    """Nothing but the caller's own care keeps them unsubscribed."""
    id = mailchimp.list_id
    mailchimp.with_member(MIA)
    assert lists.update_list_member(id, hash_of(MIA), {"status": "unsubscribed"})["status"] == "unsubscribed"
    member = {"email_address": MIA, "status_if_new": "subscribed"}
    assert lists.set_list_member(id, hash_of(MIA), member)["status"] == "unsubscribed"
    assert lists.set_list_member(id, hash_of(MIA), member | {"status": "subscribed"})["status"] == "subscribed"


def test_who_cannot_be_a_member(lists: Any, mailchimp: Mailchimp) -> None:
    id = mailchimp.list_id
    mailchimp.with_member(MIA)
    mailchimp.members.fake.add("fake.example")
    mailchimp.members.busy.add(TOM)

    def title_and_detail(email: str, status: str = "subscribed") -> tuple[str, str]:
        status_code, body = refusal(lambda: lists.add_list_member(id, {"email_address": email, "status": status}))
        assert status_code == 400
        return body["title"], body["detail"]

    exists = f"{MIA} is already a list member. Use PUT to insert or update list members."
    assert title_and_detail(MIA) == ("Member Exists", exists)
    fake = "mia@fake.example looks fake or invalid, please enter a real email address."
    assert title_and_detail("mia@fake.example") == ("Invalid Resource", fake)
    busy = f"{TOM} has signed up to a lot of lists very recently; we're not allowing more signups for now"
    assert title_and_detail(TOM) == ("Invalid Resource", busy)
    assert title_and_detail(ANA, "archived")[0] == "Invalid Resource"
    wrong = {"email_address": ANA, "status_if_new": "subscribed"}
    assert refusal(lambda: lists.set_list_member(id, hash_of(TOM), wrong))[1]["errors"][0]["field"] == "email_address"
    assert refusal(lambda: lists.set_list_member(id, hash_of(ANA), {"email_address": ANA}))[0] == 400
    mailchimp.members.required.add("FNAME")
    status, body = refusal(lambda: lists.set_list_member(id, hash_of(ANA), wrong))
    assert (status, body["detail"]) == (400, "Your merge fields were invalid.")
    assert body["errors"] == [{"field": "FNAME", "message": "This value should not be blank."}]
    assert lists.set_list_member(id, hash_of(ANA), wrong, skip_merge_validation=True)["status"] == "subscribed"


def test_a_batch_takes_whom_it_can(lists: Any, mailchimp: Mailchimp) -> None:
    id = mailchimp.list_id
    mailchimp.with_member(TOM)
    mailchimp.with_member(ANA)
    mailchimp.unsubscribed(ANA)
    members = [{"email_address": email, "status": "subscribed"} for email in (MIA, TOM, "nobody")]
    answer = lists.batch_list_members(id, {"members": members})
    assert [member["email_address"] for member in answer["new_members"]] == [MIA]
    assert (answer["total_created"], answer["total_updated"], answer["error_count"]) == (1, 0, 2)
    exists, invalid = answer["errors"]
    assert (exists["email_address"], exists["error_code"]) == (TOM, "ERROR_CONTACT_EXISTS")
    assert invalid | {"error": "Please provide a valid email address.", "error_code": "ERROR_GENERIC"} == invalid
    tagged = [{"email_address": email, "status": "subscribed", "tags": ["a"]} for email in (TOM, ANA)]
    answer = lists.batch_list_members(id, {"members": tagged, "update_existing": True, "sync_tags": True})
    assert [[tag["name"] for tag in member["tags"]] for member in answer["updated_members"]] == [["a"]]
    assert "compliance state" in answer["errors"][0]["error"]
    crowd = [{"email_address": f"p{n}@bakery.example", "status": "subscribed"} for n in range(501)]
    assert refusal(lambda: lists.batch_list_members(id, {"members": crowd}))[0] == 400


def test_an_asynchronous_batch_leaves_an_archive(mailchimp: Mailchimp, clock: Clock) -> None:
    client = client_of(mailchimp)
    operations = [
        {
            "method": "PUT",
            "path": f"/lists/{mailchimp.list_id}/members/{hash_of(email)}",
            "operation_id": f"cp-{email}",
            "body": json.dumps({"email_address": email, "status_if_new": "subscribed"}),
        }
        for email in (MIA, TOM, "mia@yopmail.com")
    ]
    batch = client.batches.start({"operations": operations})
    assert (batch["status"], batch["total_operations"], batch["response_body_url"]) == ("pending", 0, "")
    statuses = [client.batches.status(batch["id"])["status"] for _ in range(3)]
    assert statuses == ["preprocessing", "started", "finished"]
    batch = client.batches.status(batch["id"])
    assert (batch["total_operations"], batch["finished_operations"], batch["errored_operations"]) == (3, 3, 1)
    url = batch["response_body_url"]
    assert requests.get(url, auth=("any", mailchimp.key), timeout=5).status_code == 400
    results: list[dict[str, Any]] = []
    with tarfile.open(fileobj=io.BytesIO(requests.get(url, timeout=5).content), mode="r:gz") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                results += json.load(file)
    codes = {result["operation_id"]: (result["status_code"], json.loads(result["response"])) for result in results}
    assert {id: code for id, (code, _) in codes.items()} == {
        f"cp-{MIA}": 200,
        f"cp-{TOM}": 200,
        "cp-mia@yopmail.com": 400,
    }
    assert codes["cp-mia@yopmail.com"][1]["title"] == "Invalid Resource"
    clock.now += 601
    assert requests.get(url, timeout=5).status_code == 403
    assert requests.get(client.batches.status(batch["id"])["response_body_url"], timeout=5).status_code == 200
    assert refusal(lambda: client.batches.start({"operations": operations * 334}))[0] == 400


def test_mailchimp_refuses(mailchimp: Mailchimp) -> None:
    id = mailchimp.list_id
    status, body = refusal(lambda: client_of(mailchimp, "other-us19").lists.get_list(id))
    assert (status, body["title"]) == (401, "API Key Invalid")
    elsewhere = mailchimp.key.replace("us19", "us6")
    status, body = refusal(lambda: client_of(mailchimp, elsewhere).lists.get_list(id))
    assert (status, body["title"]) == (403, "Forbidden")
    assert body["detail"] == "The API key provided is linked to datacenter 'us19'"
    mailchimp.is_overloaded = True
    silent = client_of(mailchimp).lists.get_list(id)  # the SDK raises nothing where there is no body
    assert (silent.status_code, silent.content) == (403, b"")


def test_more_than_ten_at_once_are_too_many(mailchimp: Mailchimp) -> None:
    url, key = f"{mailchimp.url}/3.0/lists/{mailchimp.list_id}", ("any", mailchimp.key)
    arrived, may_end = threading.Semaphore(0), threading.Event()

    def hold(_: Request) -> None:
        arrived.release()
        may_end.wait(10)

    mailchimp.before_answer = hold
    with ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(requests.get, url, auth=key, timeout=15) for _ in range(10)]
        assert all(arrived.acquire(timeout=10) for _ in range(10))
        late = requests.get(url, auth=key, timeout=15)
        may_end.set()
        assert [one.result().status_code for one in asked] == [200] * 10
    assert (late.status_code, late.json()["title"]) == (429, "Too Many Requests")
    assert late.json()["detail"] == "You have exceeded the limit of 10 simultaneous connections."
    assert not [name for name in late.headers if "rate" in name.lower() or name == "Retry-After"]
    assert mailchimp.busiest == 11
    assert requests.get(url, auth=key, timeout=15).status_code == 200
