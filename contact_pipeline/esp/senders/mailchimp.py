"""Mailchimp, Marketing API 3.0: one audience, MAILCHIMP_LIST_ID.

Who is new goes in batches of 500 that change nobody who is there; who is there is changed one by one with
`status_if_new`, so that nobody who left is subscribed again. At most 8 of the 10 connections that an account has. There
are no rate headers; 429, and 403 without a word, end the call and come again with the next run.

Rules: swagger 3.0.55; recorded answers of grouparoo and mc4wp. Errors are told apart by their titles and words, since
their `type` is one for all.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.answers import Fields
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.providers import Fault, ProviderUnavailable
from contact_pipeline.esp.port import Maker, Page, Person, State, Told, Why
from contact_pipeline.outreach.events import Kind, Said, moment_of
from contact_pipeline.policy.esp import EspPolicy
from contact_pipeline.settings import Settings

NAME = "mailchimp"
MOST = 500
CONNECTIONS = 8
PAGE = 1000
DATA_CENTER = re.compile(r"[a-z]{2,3}\d{1,4}")

# What a refusal means, by words of its title or detail; the first that applies.
_MEANINGS: tuple[tuple[str, State, str], ...] = (
    ("forgotten email", State.FORGOTTEN, "forgotten"),
    ("permanently deleted", State.FORGOTTEN, "forgotten"),
    ("compliance state", State.CLOSED, "compliance"),
    ("looks fake or invalid", State.REFUSED, "looks_fake"),
    ("signed up to a lot of lists", State.LATER, "many_lists"),
    ("merge fields were invalid", State.REFUSED, "merge_field"),
)
_EXISTS = "ERROR_CONTACT_EXISTS"
_STOPPED = {"unsubscribed": Kind.UNSUBSCRIBED, "cleaned": Kind.HARD, "archived": Kind.UNSUBSCRIBED}


class Mailchimp:
    """One audience."""

    most = MOST

    def __init__(self, key: str, base_url: str, list_id: str, policy: EspPolicy) -> None:
        self._policy = policy
        self._list = f"/3.0/lists/{list_id}"
        self._http = HttpClient(
            NAME, base_url, connections=CONNECTIONS, auth=("contact-pipeline", key), timeout_s=120.0
        )

    def send(self, people: Sequence[Person]) -> Iterator[Told]:
        """The new ones at once; those that are there one by one."""
        tags = {"tags": list(self._policy.tags)} if self._policy.tags else {}
        members = [
            {"email_address": one.email, "status": "subscribed", "merge_fields": dict(one.fields or {})} | tags
            for one in people
        ]
        fields = self._http.request(
            "POST", self._list, json={"members": members, "update_existing": False, "sync_tags": False}
        ).fields()
        by_email = {one.email.lower(): one for one in people}
        for told in (*fields.objects("new_members"), *fields.objects("updated_members")):
            if person := by_email.pop(told.text("email_address").lower(), None):
                yield Told(person, State.SENT)
        there = []
        for error in fields.objects("errors"):
            person = by_email.pop(error.text("email_address").lower(), None)
            if person and error.text("error_code") == _EXISTS:
                there.append(person)
            elif person:
                yield Told(person, *_meaning(error.text("error"), bool(error.text_or_none("field"))))
        yield from self._each(there, self._change)

    def _change(self, person: Person) -> Told:
        body = {
            "email_address": person.email, "status_if_new": "subscribed", "merge_fields": dict(person.fields or {}),
        }  # fmt: skip
        answer = self._http.request("PUT", self._member(person), json=body, expected=(200, 400))
        fields = answer.fields()
        if answer.status == 400:
            return Told(person, *_refusal(fields))
        status = fields.text("status")
        if status not in ("subscribed", "pending"):
            return Told(person, State.CLOSED, status if status in _STOPPED else "closed")
        if self._policy.tags:
            tags = [{"name": name, "status": "active"} for name in self._policy.tags]
            self._http.request("POST", f"{self._member(person)}/tags", json={"tags": tags}, expected=(204,))
        return Told(person, State.SENT)

    def take_off(self, people: Sequence[Person], why: Why) -> Iterator[Told]:
        """Unsubscribed who said so, archived the rest; never made a member for that."""
        yield from self._each(people, self._archive if why is Why.NO_LONGER else self._unsubscribe)

    def _unsubscribe(self, person: Person) -> Told:
        answer = self._http.request(
            "PATCH", self._member(person), json={"status": "unsubscribed"}, expected=(200, 400, 404)
        )
        if answer.status == 400 and _refusal(answer.fields())[0] not in (State.CLOSED, State.FORGOTTEN):
            raise ProviderUnavailable(NAME, Fault.BAD_REQUEST)
        return Told(person, State.LEFT, taken_off="unsubscribed")

    def _archive(self, person: Person) -> Told:
        """405: bounced, or archived already; neither is written to."""
        self._http.request("DELETE", self._member(person), expected=(204, 404, 405))
        return Told(person, State.LEFT, taken_off="archived")

    def erase(self, people: Sequence[Person]) -> str:
        """delete-permanent: they are never taken again by the API."""
        for _ in self._each(people, self._erase):
            pass
        return "delete-permanent"

    def _erase(self, person: Person) -> Told:
        self._http.request("POST", f"{self._member(person)}/actions/delete-permanent", expected=(204, 404))
        return Told(person, State.FORGOTTEN)

    def closed(self, since: Mapping[str, datetime], until: datetime) -> Iterator[Page]:
        """Who unsubscribed, bounced for good, or was archived by somebody. `until` is not asked for: nothing is
        promised of rows that change while they are read, so the cursor's overlap and the night's full reading do."""
        for status, kind in _STOPPED.items():
            query = {"status": status}
            if status in since:
                query["since_last_changed"] = since[status].isoformat()
            for members in self._pages(query):
                said = [self._said(kind, status, member) for member in members]
                yield Page(status, said, max((one.at for one in said if one.at), default=None), is_of_members=True)

    def _said(self, kind: Kind, status: str, member: Fields) -> Said:
        """To be archived is to be off this list; nobody knows of more."""
        return Said(
            kind,
            member.text("email_address"),
            moment_of(member.text("last_changed")),
            reason="cleaned" if kind is Kind.HARD else "",
            purpose=self._policy.purpose if status == "archived" else "",
        )

    def members(self) -> Iterator[Sequence[str]]:
        """Subscribed, by page."""
        for members in self._pages({"status": "subscribed"}):
            yield [member.text("email_address") for member in members]

    def _pages(self, query: Mapping[str, str]) -> Iterator[list[Fields]]:
        offset = 0
        while True:
            params: dict[str, Any] = {
                "count": PAGE, "offset": offset, "sort_field": "last_changed", "sort_dir": "ASC",
                "fields": "total_items,members.email_address,members.status,members.last_changed",
            } | dict(query)  # fmt: skip
            members = (
                self._http.request("GET", f"{self._list}/members", params=params, is_free=True)
                .fields()
                .objects("members")
            )
            if members:
                yield members
            if len(members) < PAGE:
                return
            offset += PAGE

    def _each(self, people: Sequence[Person], work: Callable[[Person], Told]) -> Iterator[Told]:
        """Each by a call of its own. What succeeded is told before what failed is raised."""
        failure: Exception | None = None
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            waiting = [pool.submit(work, person) for person in people]
            for done in as_completed(waiting):
                if done.cancelled():
                    continue
                error = done.exception()
                if error is None:
                    yield done.result()
                elif failure is None:
                    failure = error if isinstance(error, Exception) else None
                    for other in waiting:
                        other.cancel()
        if failure is not None:
            raise failure

    def _member(self, person: Person) -> str:
        return f"{self._list}/members/{member_hash(person.email)}"


def member_hash(email: str) -> str:
    """Their name for a member: MD5 of the address in lower case. No secret, and not ours to choose."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def _refusal(fields: Fields) -> tuple[State, str]:
    title, detail = fields.text("title"), fields.text_or_none("detail") or ""
    return _meaning(f"{title} {detail}", "errors" in fields)


def _meaning(words: str, is_about_a_field: bool) -> tuple[State, str]:
    spoken = words.lower()
    for part, state, reason in _MEANINGS:
        if part in spoken:
            return state, reason
    return State.REFUSED, "field" if is_about_a_field else "refused"


def _make(settings: Settings, policy: EspPolicy) -> Mailchimp:
    key = settings.variable("MAILCHIMP_API_KEY")
    base_url, center = settings.origin("MAILCHIMP_BASE_URL"), key.rpartition("-")[2]
    if not base_url and not DATA_CENTER.fullmatch(center):
        raise ConfigurationError("MAILCHIMP_API_KEY does not end with its data centre, as …-us19 does. Copy it whole.")
    list_id = settings.variable("MAILCHIMP_LIST_ID")
    if not re.fullmatch(r"\w{1,40}", list_id, re.ASCII):
        raise ConfigurationError(
            "MAILCHIMP_LIST_ID is no audience id: letters and digits, as in the audience's settings."
        )
    return Mailchimp(key, base_url or f"https://{center}.api.mailchimp.com", list_id, policy)


MAKER = Maker(("MAILCHIMP_API_KEY", "MAILCHIMP_LIST_ID"), _make)
