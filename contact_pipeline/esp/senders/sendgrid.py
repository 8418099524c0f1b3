"""SendGrid v3: marketing contacts, suppressions and unsubscribe groups.

Contacts are written by jobs of up to 30,000 or 6 MB, which are polled; whom a job could not take says a file that is
documented nowhere, so an address in any of its cells counts, and where that does not add up the job is halved. Writing
a contact never lifts a suppression. Who opted out goes on the global list, who left one purpose on its group (where the
policy maps one), and both, like everybody else who is taken off, are deleted from the contacts.

Rules: twilio/sendgrid-oai of January 2026. Suppressions come in no order, 500 a page; groups at once.
"""

import csv
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from contact_pipeline.adapters.answers import Fields
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, ProviderUnavailable
from contact_pipeline.esp.port import Maker, Page, Person, State, Told, Why, some_at_once
from contact_pipeline.outreach.bounce_classes import BounceClass, meaning_of
from contact_pipeline.outreach.events import Kind, Said, moment_of
from contact_pipeline.policy.esp import EspPolicy
from contact_pipeline.settings import Settings

NAME = "sendgrid"
BASE_URL = "https://api.sendgrid.com"
MOST, MOST_BYTES = 10_000, 5_500_000
SEARCHED, PAGE, SUPPRESSED = 100, 500, 1000
ERASED = 900  # 256 kB, at 254 characters for an address
LARGEST_EXPORT = 128 << 20  # of one file, unpacked
# Seconds between two looks at a job: soon at first, then rarely; about ten minutes in all.
PAUSES = (0.2, 0.5, 1.0, 2.0, *(5.0,) * 8, *(15.0,) * 36)
_RESERVED = {
    "first_name": 50, "last_name": 50, "address_line_1": 100, "address_line_2": 100, "city": 60,
    "state_province_region": 50, "postal_code": 50, "country": 50, "phone_number": 50, "whatsapp": 50, "line": 50,
    "facebook": 50, "unique_name": 50,
}  # fmt: skip
_LISTS = ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes")


class SendGrid:
    """One account. pause: how a job is waited for."""

    most = MOST

    def __init__(
        self, key: str, base_url: str, policy: EspPolicy, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._policy = policy
        self._pause = pause
        self._http = HttpClient(
            NAME, base_url, connections=4, headers={"Authorization": f"Bearer {key}"}, timeout_s=60.0
        )

    def send(self, people: Sequence[Person]) -> Iterator[Told]:
        """By a job."""
        body: dict[str, Any] = {"contacts": [_contact(person) for person in people]}
        if self._policy.list_id:
            body["list_ids"] = [self._policy.list_id]
        if len(people) > 1 and len(orjson.dumps(body)) > MOST_BYTES:
            yield from self._by_halves(people)
            return
        job = self._http.request("PUT", "/v3/marketing/contacts", json=body, expected=(202,)).fields().text("job_id")
        results = self._finished(job).object_or_empty("results")
        errors = results.whole_or_none("errored_count") or 0
        refused = self._named(results.text_or_none("errors_url"), people) if errors else set()
        if errors and errors != len(refused) and len(people) > 1:
            yield from self._by_halves(people)
            return
        for person in people:
            is_refused = person.key in refused or bool(errors and len(people) == 1)
            yield Told(person, State.REFUSED, "contact") if is_refused else Told(person, State.SENT)

    def _by_halves(self, people: Sequence[Person]) -> Iterator[Told]:
        half = len(people) // 2
        yield from self.send(people[:half])
        yield from self.send(people[half:])

    def _finished(self, job: str) -> Fields:
        for pause in PAUSES:
            fields = self._http.request("GET", f"/v3/marketing/contacts/imports/{job}", is_free=True).fields()
            if fields.text("status") in ("completed", "errored", "failed"):
                return fields
            self._pause(pause)
        raise ProviderUnavailable(NAME, Fault.NOT_READY)

    def _named(self, url: str | None, people: Sequence[Person]) -> set[bytes]:
        """Whose address stands in the file of a job's errors."""
        by_email = {person.email.lower(): person.key for person in people}
        rows = csv.reader(self._file(url).decode("utf-8", "replace").splitlines()) if url else ()
        return {by_email[cell.lower()] for row in rows for cell in row if cell.lower() in by_email}

    def _file(self, url: str) -> bytes:
        """Signed, so on another host and without our key."""
        parts = urlsplit(url)
        there = HttpClient(NAME, f"{parts.scheme}://{parts.netloc}", connections=1, timeout_s=60.0)
        return there.request("GET", f"{parts.path}?{parts.query}", is_free=True).content

    def take_off(self, people: Sequence[Person], why: Why) -> Iterator[Told]:
        """Suppressed first: from then on nobody is written to, whatever becomes of the contact."""
        group = next((id for id, purpose in self._policy.groups.items() if purpose == self._policy.purpose), "")
        for some in some_at_once(people, SUPPRESSED):
            taken_off = ""
            emails = {"recipient_emails": [person.email for person in some]}
            if why is Why.OPTED_OUT:
                self._http.request("POST", "/v3/asm/suppressions/global", json=emails, expected=(201,))
                taken_off = "unsubscribes"
            elif why is Why.LEFT_LIST and group and self._is_group(group):
                self._http.request("POST", f"/v3/asm/groups/{group}/suppressions", json=emails, expected=(201,))
                taken_off = "groups"
            for few in some_at_once(some, SEARCHED):
                self._delete(few)
                for person in few:
                    yield Told(person, State.LEFT, taken_off=taken_off)

    def erase(self, people: Sequence[Person]) -> str:
        """An erasure of what they hold of messages, and of the contact. A suppression stays: it keeps mail away."""
        jobs = []
        for some in some_at_once(people, ERASED):
            asked = {"email_addresses": [person.email for person in some]}
            job = self._http.request("POST", "/v3/recipients/erasejob", json=asked, expected=(202,))
            jobs.append(job.fields().text("job_id"))
            for few in some_at_once(some, SEARCHED):
                self._delete(few)
        return f"erasejob {', '.join(jobs)}"

    def _is_group(self, group: str) -> bool:
        """What is added to a group that is not there goes to the global list, without a word."""
        groups = self._http.request("GET", "/v3/asm/groups", is_free=True).json()
        return isinstance(groups, list) and any(str(Fields(NAME, one).whole_or_none("id")) == group for one in groups)

    def _delete(self, people: Sequence[Person]) -> None:
        asked = {"emails": [person.email for person in people]}
        answer = self._http.request(
            "POST", "/v3/marketing/contacts/search/emails", json=asked, expected=(200, 404), is_free=True
        )
        if answer.status == 404:
            return
        result = answer.fields().object("result")
        found = (result.object_or_empty(person.email.lower()) for person in people)
        ids = [one.object("contact").text("id") for one in found if "contact" in one]
        if ids:
            gone = self._http.request(
                "DELETE", "/v3/marketing/contacts", params={"ids": ",".join(ids)}, expected=(202,)
            )
            self._finished(gone.fields().text("job_id"))

    def closed(self, since: Mapping[str, datetime], until: datetime) -> Iterator[Page]:
        """All five lists, then the groups."""
        for name in _LISTS:
            query: dict[str, Any] = {"limit": PAGE, "end_time": int(until.timestamp())}
            if name in since:
                query["start_time"] = int(since[name].timestamp())
            offset = 0
            while True:
                rows = self._rows(f"/v3/suppression/{name}", query | {"offset": offset})
                if rows:
                    yield _page(name, [_said(name, row) for row in rows])
                if len(rows) < PAGE:
                    break
                offset += PAGE
        left = [self._left(row) for row in self._rows("/v3/asm/suppressions", {})]
        first = since.get("groups")
        fresh = [one for one in left if first is None or one.at is None or one.at >= first]
        for some in some_at_once(fresh, PAGE):
            yield _page("groups", some)

    def _rows(self, path: str, query: Mapping[str, Any]) -> list[Fields]:
        found = self._http.request("GET", path, params=query, is_free=True).json()
        if not isinstance(found, list):
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        return [Fields(NAME, row) for row in found]

    def _left(self, row: Fields) -> Said:
        """A group that the policy does not name stands for every list."""
        purpose = self._policy.groups.get(str(row.whole_or_none("group_id")), "")
        return Said(Kind.UNSUBSCRIBED, row.text("email"), moment_of(row.number("created_at")), purpose=purpose)

    def members(self) -> Iterator[Sequence[str]]:
        """Contacts of the list, or all, by an export."""
        lists = {"list_ids": [self._policy.list_id]} if self._policy.list_id else {}
        asked = {"file_type": "json"} | lists
        answer = self._http.request("POST", "/v3/marketing/contacts/exports", json=asked, expected=(202,), is_free=True)
        path = f"/v3/marketing/contacts/exports/{answer.fields().text('id')}"
        for pause in PAUSES:
            fields = self._http.request("GET", path, is_free=True).fields()
            if fields.text("status") in ("ready", "failure"):
                break
            self._pause(pause)
        if fields.text("status") != "ready":
            raise ProviderUnavailable(NAME, Fault.NOT_READY)
        for url in fields.texts("urls"):
            lines = _unpacked(self._file(url)).splitlines()
            for some in some_at_once(lines, 1000):
                contacts = [Fields(NAME, orjson.loads(line)) for line in some if line]
                yield [email for one in contacts if (email := one.text_or_none("email"))]


def _contact(person: Person) -> dict[str, Any]:
    """Theirs by name, or by the id of a custom field; cut to what they take."""
    fields = dict(person.fields or {})
    plain = {name: value[: _RESERVED[name]] for name, value in fields.items() if name in _RESERVED}
    custom = {name: value for name, value in fields.items() if name not in _RESERVED}
    return {"email": person.email} | plain | ({"custom_fields": custom} if custom else {})


def _page(name: str, said: Sequence[Said]) -> Page:
    return Page(name, said, max((one.at for one in said if one.at), default=None))


def _said(name: str, row: Fields) -> Said:
    """What stands on a list. A block is nobody's end: they go on writing to it."""
    email, at = row.text("email"), moment_of(row.number("created"))
    if name in ("unsubscribes", "spam_reports"):
        return Said(Kind.UNSUBSCRIBED if name == "unsubscribes" else Kind.COMPLAINED, email, at)
    if name == "invalid_emails":
        return Said(Kind.HARD, email, at, reason="invalid")
    if name == "blocks":
        return Said(Kind.NOTED, email, at, reason="blocked")
    status = row.text_or_none("status") or ""
    meaning = meaning_of(status=status, text=row.text_or_none("reason") or "")
    is_for_good = meaning.bounce_class is BounceClass.HARD or meaning.reason == "unclassified"
    kind = Kind.ABOUT_US if meaning.bounce_class is BounceClass.OURS else Kind.HARD if is_for_good else Kind.NOTED
    return Said(kind, email, at, status=status[:20], reason=meaning.reason)


def _unpacked(content: bytes) -> bytes:
    """Compressed as a file, not by HTTP."""
    if content[:2] != b"\x1f\x8b":
        return content
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, LARGEST_EXPORT)
    except zlib.error:
        plain = b""
    if not unpacker.eof:  # broken, cut off, or too large
        raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
    return plain


def _make(settings: Settings, policy: EspPolicy) -> SendGrid:
    return SendGrid(settings.variable("SENDGRID_API_KEY"), settings.origin("SENDGRID_BASE_URL") or BASE_URL, policy)


MAKER = Maker(("SENDGRID_API_KEY",), _make)
