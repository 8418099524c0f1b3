"""Mailchimp's Marketing API 3.0 with one audience: members, batches of both kinds, webhooks; no rate headers, but 429
for too many connections and, under load, 403 without a word."""

import base64
import binascii
import io
import json
import secrets
import tarfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

from contact_pipeline_tests.lab.vendor import Request, Response, Vendor
from contact_pipeline_tests.lab.vendors.mailchimp_members import Member, Members, ProblemError, hash_of, iso
from contact_pipeline_tests.lab.vendors.mailchimp_webhooks import EVENTS, SOURCES, Happening, Webhook, Webhooks
from contact_pipeline_tests.lab.vendors.signed_files import SignedFiles

MOST_CONNECTIONS = 10
MOST_OPERATIONS = 1_000  # of one batch
MOST_BATCHES = 500  # at once
RESULT_LIVES_S = 600.0
_RUNNING = ("preprocessing", "started", "finalizing")
_DONE = Response(status=204)


@dataclass
class _Batch:
    id: str
    operations: Sequence[Mapping[str, Any]]
    submitted_at: float
    asked: int = 0
    completed_at: float | None = None
    results: list[dict[str, Any]] = field(default_factory=list)


class Mailchimp(Vendor):
    """key: ends with its data center. polls: how often a batch is not finished yet. is_overloaded: 403 without a word.
    members, webhooks: what there is. busiest: how many requests there were at the same time, at most.
    """

    name = "mailchimp"

    def __init__(
        self,
        *,
        list_id: str = "5f0a1b2c3d",
        polls: int = 2,
        connections: int = MOST_CONNECTIONS,
        clock: Callable[[], float] = time.time,
        **base: Any,
    ) -> None:
        super().__init__(**{"key": "0123456789abcdef0123456789abcdef-us19"} | base)
        self.list_id = list_id
        self.polls = polls
        self.connections = connections
        self.is_overloaded = False
        self.busiest = 0
        self.files = SignedFiles(self.url, clock)
        self.members = Members(list_id, self.url, clock)
        self.webhooks = Webhooks(clock)
        self._clock = clock
        self._batches: dict[str, _Batch] = {}
        self._now = 0
        self._state = threading.RLock()

    def answer(self, request: Request) -> Response:
        """One after the other, but for the check of a webhook's address."""
        if file := self.files.answer(request):
            return file
        if self.is_overloaded:
            return Response(b"", 403, "text/html")
        try:
            self._authorize(request.headers.get("authorization", ""))
            _, version, *parts = (unquote(part) for part in request.path.split("/"))
            if version == "3.0" and parts == ["lists", self.list_id, "webhooks"] and request.method == "POST":
                return self._register(_body(request))
            with self._state:
                return self._routed(request, parts) if version == "3.0" else _not_found()
        except ProblemError as problem:
            return problem.response
        except KeyError as missing:  # of the body
            errors = [{"field": str(missing.args[0]), "message": "This value should not be blank."}]
            return ProblemError(400, "Invalid Resource", "A field is missing.", errors=errors).response
        except ValueError:  # the body is not JSON
            return ProblemError(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.").response

    def signed_webhook(
        self, type: str, data: Mapping[str, Any], *, at: int | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of one delivery, signed with `webhooks.secret`."""
        return self.webhooks.signed(type, data, at=at)

    def deliver(self, *, tries: int = 3) -> list[int]:
        """Tell the registered webhooks what happened since the last time; returns the statuses."""
        happened, self.members.happened = self.members.happened, []
        statuses = []
        for happening in happened:
            for hook in self.webhooks.registered.values():
                if hook.events.get(happening.type) and hook.sources.get(happening.source):
                    statuses += self.webhooks.send(hook, happening, tries=tries)
        return statuses

    def with_member(self, email: str, status: str = "subscribed", **merge_fields: str) -> Member:
        """Somebody who is there already; no webhook is told."""
        now = self._clock()
        member = Member(email, status, now, now, 100_000_000 + len(self.members.by_hash), merge_fields)
        self.members.by_hash[member.hash] = member
        return member

    def unsubscribed(self, email: str, *, reason: str = "manual") -> None:
        """The reader wants no mail; reason abuse: by the button for spam."""
        member = self._becomes(email, "unsubscribed")
        member.unsubscribe_reason = "N/A (Unsubscribed by the contact)"
        self.members.tell("unsubscribe", member, "user", action="unsub", reason=reason, campaign_id="c0ffee1234")

    def cleaned(self, email: str, *, reason: str = "hard") -> None:
        """Mail came back for good; reason abuse: a complaint."""
        member = self._becomes(email, "cleaned")
        data = {"list_id": self.list_id, "campaign_id": "c0ffee1234", "reason": reason, "email": member.email}
        self._tell("cleaned", data)

    def subscribed(self, email: str) -> None:
        """The reader signs up, or confirms: what brings anybody back, from wherever."""
        member = self.members.by_hash.get(hash_of(email)) or self.with_member(email)
        self.members.forgotten.discard(member.hash)
        self._becomes(email, "subscribed").has_left = False
        self.members.tell("subscribe", member, "user")

    def changed(self, email: str, **merge_fields: str) -> None:
        """The reader says something else about themselves."""
        member = self.members.find(email)
        member.merge_fields |= merge_fields
        member.changed_at = self._clock()
        self.members.tell("profile", member, "user")

    def moved(self, email: str, to: str) -> None:
        """The reader has another address: another hash, and another id."""
        member = self.members.find(email)
        del self.members.by_hash[member.hash]
        member.email, member.unique_email_id, member.changed_at = to, secrets.token_hex(5), self._clock()
        self.members.by_hash[member.hash] = member
        data = {"list_id": self.list_id, "new_id": member.unique_email_id, "new_email": to, "old_email": email}
        self._tell("upemail", data)

    def _becomes(self, email: str, status: str) -> Member:
        member = self.members.find(email)
        member.become(status, self._clock(), by_contact=True)
        return member

    def _tell(self, type: str, data: Mapping[str, Any]) -> None:
        self.members.happened.append(Happening(type, data, "user", self._clock()))

    def _authorize(self, header: str) -> None:
        kind, _, word = header.partition(" ")
        try:
            key = base64.b64decode(word).decode().partition(":")[2] if kind == "Basic" else word
        except (binascii.Error, UnicodeDecodeError):
            key = ""
        if key == self.key:
            return
        secret, _, center = self.key.rpartition("-")
        if key.rpartition("-")[0] == secret:
            raise ProblemError(403, "Forbidden", f"The API key provided is linked to datacenter '{center}'")
        why = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        raise ProblemError(401, "API Key Invalid", why)

    def _routed(self, request: Request, parts: Sequence[str]) -> Response:
        skips = request.query.get("skip_merge_validation", "").lower() == "true"  # the SDK says True
        match request.method, parts:
            case "POST", ["batches"]:
                return self._submit(_body(request).get("operations") or [])
            case "GET", ["batches", id] if id in self._batches:
                return self._batch(self._batches[id])
            case _, ["lists", list_id, *rest] if list_id == self.list_id:
                return self._in_list(request, rest, skips_merge=skips)
        return _not_found()

    def _in_list(self, request: Request, parts: Sequence[str], *, skips_merge: bool) -> Response:
        match request.method, parts:
            case "GET", []:
                return _json(self._list())
            case "POST", []:
                return _json(self.members.batch(_body(request), skips_merge=skips_merge))
            case "GET", ["members"]:
                return _json(self.members.page(request.query))
            case "POST", ["members"]:
                return _json(self.members.post(_body(request), skips_merge=skips_merge))
            case "GET", ["members", key]:
                return _json(self.members.body(self.members.find(key)))
            case "PUT", ["members", key]:
                return _json(self.members.put(key, _body(request), skips_merge=skips_merge))
            case "PATCH", ["members", key]:
                return _json(self.members.patch(key, _body(request), skips_merge=skips_merge))
            case "DELETE", ["members", key]:
                self.members.archive(key)
                return _DONE
            case "POST", ["members", key, "tags"]:
                self.members.tag(key, _body(request)["tags"])
                return _DONE
            case "POST", ["members", key, "actions", "delete-permanent"]:
                self.members.erase(key)
                return _DONE
            case "GET", ["webhooks"]:
                hooks = [self._hook(hook) for hook in self.webhooks.registered.values()]
                return _json({"webhooks": hooks, "list_id": self.list_id, "total_items": len(hooks)})
            case "DELETE", ["webhooks", id] if id in self.webhooks.registered:
                del self.webhooks.registered[id]
                return _DONE
        return _not_found()

    def _list(self) -> dict[str, Any]:
        statuses = [member.status for member in self.members.by_hash.values()]
        counted = {"member_count": "subscribed", "unsubscribe_count": "unsubscribed", "cleaned_count": "cleaned"}
        stats = {name: statuses.count(status) for name, status in counted.items()}
        return {"id": self.list_id, "name": "Lab", "stats": stats, "_links": []}

    def _register(self, body: Mapping[str, Any]) -> Response:
        events = {name: bool(body.get("events", {}).get(name, True)) for name in EVENTS}
        sources = {name: bool(body.get("sources", {}).get(name, True)) for name in SOURCES}
        hook = self.webhooks.register(body["url"], events, sources)
        if hook is None:
            errors = [{"field": "url", "message": "We couldn't verify the URL."}]
            raise ProblemError(400, "Invalid Resource", "The URL could not be validated.", errors=errors)
        return _json(self._hook(hook) | ({"signing_secret": hook.secret} if hook.secret else {}))

    def _hook(self, hook: Webhook) -> dict[str, Any]:
        """Without its secret, which only the call that makes it tells. Those of before 2026 say nothing of signing."""
        body = {"id": hook.id, "url": hook.url, "events": hook.events, "sources": hook.sources}
        signing = {"signing_enabled": True} if hook.secret else {}
        return body | signing | {"list_id": self.list_id, "_links": []}

    def _submit(self, operations: Sequence[Mapping[str, Any]]) -> Response:
        if not 1 <= len(operations) <= MOST_OPERATIONS:
            raise ProblemError(400, "Invalid Resource", f"Between 1 and {MOST_OPERATIONS} operations are allowed.")
        if sum(batch.completed_at is None for batch in self._batches.values()) >= MOST_BATCHES:
            raise ProblemError(429, "Too Many Requests", f"You have more than {MOST_BATCHES} pending batches.")
        batch = _Batch(secrets.token_hex(5), operations, self._clock())
        self._batches[batch.id] = batch
        return _json(self._batch_body(batch, "pending"))

    def _batch(self, batch: _Batch) -> Response:
        batch.asked += 1
        if batch.asked <= self.polls:
            return _json(self._batch_body(batch, _RUNNING[min(batch.asked, len(_RUNNING)) - 1]))
        if batch.completed_at is None:
            batch.results = [self._run(operation) for operation in batch.operations]
            batch.completed_at = self._clock()
            self.files.put(_archive_of(batch), _archive(batch), "application/x-gzip")
        return _json(self._batch_body(batch, "finished"))

    def _run(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        query = {name: str(value) for name, value in operation.get("params", {}).items()}
        path = operation["path"]
        request = Request(operation["method"], path, query, {}, operation.get("body", "").encode())
        try:
            response = self._routed(request, [unquote(part) for part in path.split("/")[1:]])
        except ProblemError as problem:
            response = problem.response
        said = {"status_code": response.status, "operation_id": operation.get("operation_id")}
        return said | {"response": response.content.decode()}

    def _batch_body(self, batch: _Batch, status: str) -> dict[str, Any]:
        """Each time it is asked for, the address of the result is a new one."""
        done, end = len(batch.results), batch.completed_at
        return {
            "id": batch.id,
            "status": status,
            "total_operations": 0 if status == "pending" else len(batch.operations),
            "finished_operations": done,
            "errored_operations": sum(result["status_code"] >= 400 for result in batch.results),
            "submitted_at": iso(batch.submitted_at),
            "completed_at": iso(end) if end else "",
            "response_body_url": self.files.address(_archive_of(batch), seconds=RESULT_LIVES_S) if end else "",
            "_links": [],
        }

    def _respond(self, request: Request) -> Response:
        """Counts who is being answered at the same time, but for files, which another host has."""
        if request.path.startswith("/files/"):
            return super()._respond(request)
        with self.lock:
            self._now += 1
            self.busiest = max(self.busiest, self._now)
            is_over = self._now > self.connections
            if is_over:
                self.requests.append(request)
        try:
            if is_over:
                why = f"You have exceeded the limit of {self.connections} simultaneous connections."
                return ProblemError(429, "Too Many Requests", why).response
            return super()._respond(request)
        finally:
            with self.lock:
                self._now -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        handler = super()._handler()
        return type("Handler", (handler,), {"do_PATCH": vars(handler)["do_PUT"]})


def _archive_of(batch: _Batch) -> str:
    return f"{batch.id}-response.tar.gz"


def _archive(batch: _Batch) -> bytes:
    """A folder with files of some results each, in whatever order."""
    packed = io.BytesIO()
    half = (len(batch.results) + 1) // 2
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        folder = tarfile.TarInfo("./")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for number, some in enumerate((batch.results[half:], batch.results[:half])):
            if some:
                content = json.dumps(some).encode()
                member = tarfile.TarInfo(f"./{secrets.token_hex(8)}_{number}.json")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if not isinstance(body, dict):
        raise ProblemError(400, "Invalid Resource", "The body must be an object.")
    return body


def _json(body: Any) -> Response:
    return Response(body, content_type="application/json; charset=utf-8")


def _not_found() -> Response:
    return ProblemError(404, "Resource Not Found", "The requested resource could not be found.").response
