"""The members of one Mailchimp audience, and why somebody cannot become one."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.mailchimp_webhooks import Happening

ERRORS = "https://mailchimp.com/developer/marketing/docs/errors/"
MOST_MEMBERS = 500  # of one batch
MOST_ROWS = 1_000
WRITABLE = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BLANK = {"FNAME": "", "LNAME": "", "ADDRESS": "", "PHONE": ""}
_SORTS = ("timestamp_opt", "timestamp_signup", "last_changed")


class ProblemError(Exception):
    """A request that is refused. title: what a client branches on, as `type` is the same for all."""

    def __init__(self, status: int, title: str, detail: str, *, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = list(errors)

    @property
    def response(self) -> Response:
        """application/problem+json. Of the compliance state no `type` was seen (mailchimp-for-wordpress#798)."""
        body = {} if self.title == "Member In Compliance State" else {"type": ERRORS}
        said = {"title": self.title, "status": self.status, "detail": self.detail, "instance": str(uuid.uuid4())}
        listed = {"errors": self.errors} if self.errors else {}
        allowed = {"Allow": "GET, PUT"} if self.status == 405 else {}
        return Response(body | said | listed, self.status, "application/problem+json; charset=utf-8", allowed)


@dataclass
class Member:
    """One member as it is kept. has_left: bounced, or unsubscribed by the contact, until the contact signs up again."""

    email: str
    status: str
    changed_at: float
    opted_at: float
    web_id: int
    merge_fields: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)  # ids by name
    contact_id: str = field(default_factory=lambda: secrets.token_hex(16))
    unique_email_id: str = field(default_factory=lambda: secrets.token_hex(5))
    unsubscribe_reason: str | None = None
    has_left: bool = False

    def __post_init__(self) -> None:
        self.become(self.status, self.changed_at)

    @property
    def hash(self) -> str:
        """The subscriber hash."""
        return hash_of(self.email)

    def become(self, status: str, now: float, *, by_contact: bool = False) -> None:
        """Archiving somebody, or asking for a confirmation, does not undo that they left.

        Whom the API unsubscribed, it can subscribe again: Mailchimp holds nobody back there who should be
        (laravel-newsletter#172, and uk.co.vedaconsulting.mailchimp#374 of July 2026).
        """
        if status == "subscribed" and self.status != status:
            self.opted_at = now
        self.has_left = self.has_left or status == "cleaned" or (by_contact and status == "unsubscribed")
        self.status, self.changed_at = status, now


class Members:
    """by_hash: everybody, the archived too. forgotten: hashes of who was deleted for good. busy: addresses that signed
    up for too many lists. fake: domains that are refused. required: merge fields. happened: what webhooks may be told.
    """

    def __init__(self, list_id: str, url: str, clock: Callable[[], float]) -> None:
        self.list_id = list_id
        self._url = url
        self._clock = clock
        self.by_hash: dict[str, Member] = {}
        self.forgotten: set[str] = set()
        self.busy: set[str] = set()
        self.fake = {"example.com", "yopmail.com"}
        self.required: set[str] = set()
        self.happened: list[Happening] = []
        self._tags: dict[str, int] = {}

    def find(self, key: str) -> Member:
        """By hash, address or contact_id."""
        for member in self.by_hash.values():
            if key.lower() in (member.hash, member.email.lower(), member.contact_id):
                return member
        raise ProblemError(404, "Resource Not Found", "The requested resource could not be found.")

    def put(self, key: str, body: Mapping[str, Any], *, skips_merge: bool = False) -> dict[str, Any]:
        """Insert or update. The hash must be that of the address, so that a wrong one is seen."""
        email = self._address(body)
        if key.lower() not in (hash_of(email), email.lower()):
            raise _invalid("email_address", "The address is not that of the resource.")
        if "status_if_new" not in body:
            raise _invalid("status_if_new", "This value should not be blank.")
        member = self.by_hash.get(hash_of(email))
        status = body.get("status", member.status if member else body["status_if_new"])
        return self._write(member, email, status, body, skips_merge=skips_merge)

    def post(self, body: Mapping[str, Any], *, skips_merge: bool = False) -> dict[str, Any]:
        """Insert. Of the archived it makes members again, with all that they had (as recorded by grouparoo)."""
        email = self._address(body)
        member = self.by_hash.get(hash_of(email))
        if member and member.status != "archived":
            detail = f"{email} is already a list member. Use PUT to insert or update list members."
            raise ProblemError(400, "Member Exists", detail)
        return self._write(member, email, body.get("status", ""), body, skips_merge=skips_merge)

    def patch(self, key: str, body: Mapping[str, Any], *, skips_merge: bool = False) -> dict[str, Any]:
        """Update."""
        member = self.find(key)
        return self._write(member, member.email, body.get("status", member.status), body, skips_merge=skips_merge)

    def batch(self, body: Mapping[str, Any], *, skips_merge: bool = False) -> dict[str, Any]:
        """Up to 500 at once; who is refused is in a list of errors, the answer is 200 all the same."""
        asked = body.get("members") or []
        if not 1 <= len(asked) <= MOST_MEMBERS:
            raise _invalid("members", f"Between 1 and {MOST_MEMBERS} members are allowed.")
        new: list[dict[str, Any]] = []
        updated: list[dict[str, Any]] = []
        errors = []
        for one in asked:
            email = one.get("email_address", "")
            member = self.by_hash.get(hash_of(email))
            is_new = not member or member.status == "archived"
            if member and not is_new and not body.get("update_existing"):
                ask = "do you want to update? please provide update_existing:true in the request body"
                errors.append(_error(email, f"{email} is already a list member, {ask}", "ERROR_CONTACT_EXISTS"))
                continue
            try:
                self._address(one)
                written = self._write(member, email, one.get("status", ""), one, skips_merge=skips_merge)
            except ProblemError as problem:
                at = problem.errors[0] if problem.errors else {}
                detail = problem.detail if _ADDRESS.fullmatch(email) else "Please provide a valid email address."
                errors.append(_error(email, detail, "ERROR_GENERIC", **at))
                continue
            if "tags" in one and (is_new or body.get("sync_tags")):
                self._tag(self.by_hash[hash_of(email)], one["tags"])
                written = self.body(self.by_hash[hash_of(email)])
            (new if is_new else updated).append(written)
        counts = {"total_created": len(new), "total_updated": len(updated), "error_count": len(errors)}
        return {"new_members": new, "updated_members": updated, "errors": errors} | counts | {"_links": []}

    def archive(self, key: str) -> None:
        """Who has bounced, waits or is archived already cannot be (as recorded by grouparoo)."""
        member = self.find(key)
        if member.status in ("cleaned", "pending", "archived"):
            why = "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived"
            raise ProblemError(405, "Method Not Allowed", why)
        member.become("archived", self._clock())
        self.tell("unsubscribe", member, "api", action="delete", reason="manual")

    def erase(self, key: str) -> None:
        """Delete for good; whoever was is never taken again."""
        member = self.find(key)
        del self.by_hash[member.hash]
        self.forgotten.add(member.hash)
        self.tell("unsubscribe", member, "api", action="delete", reason="manual")

    def tag(self, key: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Each is made active or inactive; the others stay."""
        member = self.find(key)
        on = [tag["name"] for tag in tags if tag["status"] == "active"]
        off = {tag["name"] for tag in tags if tag["status"] == "inactive"}
        self._tag(member, [*(name for name in member.tags if name not in off), *on])
        member.changed_at = self._clock()

    def page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Those that changed after and before the moments asked for, both of them left out; archived only by name."""
        try:
            count, offset = int(query.get("count", 10)), int(query.get("offset", 0))
            since, before = (_moment(query.get(f"{name}_last_changed")) for name in ("since", "before"))
            left = _moment(query.get("unsubscribed_since"))
        except ValueError as error:
            raise _invalid("query", str(error)) from error
        status = query.get("status")
        if not 0 <= count <= MOST_ROWS:
            raise _invalid("count", f"At most {MOST_ROWS} are allowed.")
        if left is not None and status != "unsubscribed":
            raise _invalid("unsubscribed_since", "Only with the status unsubscribed.")
        after = max((moment for moment in (since, left) if moment is not None), default=None)
        found = [
            member
            for member in self.by_hash.values()
            if (member.status == status if status else member.status != "archived")
            and (after is None or int(member.changed_at) > after)
            and (before is None or int(member.changed_at) < before)
        ]
        sort = query.get("sort_field", "timestamp_opt")
        if sort not in _SORTS:
            raise _invalid("sort_field", "The value is not one of those allowed.")
        by_change = sort == "last_changed"
        found.sort(key=lambda m: m.changed_at if by_change else m.opted_at, reverse=query.get("sort_dir") == "DESC")
        rows = [self.body(member) for member in found[offset : offset + count]]
        return {"members": rows, "list_id": self.list_id, "total_items": len(found), "_links": []}

    def body(self, member: Member) -> dict[str, Any]:
        """A member as every call shows it."""
        fields = _BLANK | member.merge_fields
        reason = {"unsubscribe_reason": member.unsubscribe_reason} if member.unsubscribe_reason else {}
        place = f"{self._url}/3.0/lists/{self.list_id}/members/{member.hash}"
        schema = f"{self._url}/schema/3.0/Definitions/Lists/Members/Response.json"
        return {
            "id": member.hash,
            "email_address": member.email,
            "unique_email_id": member.unique_email_id,
            "contact_id": member.contact_id,
            "full_name": f"{fields['FNAME']} {fields['LNAME']}".strip(),
            "web_id": member.web_id,
            "email_type": "html",
            "status": member.status,
            "consents_to_one_to_one_messaging": True,
            "sms_phone_number": "",
            "sms_subscription_status": "",
            "sms_subscription_last_updated": "",
            "merge_fields": fields,
            "interests": {},
            "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
            "ip_signup": "",
            "timestamp_signup": "",
            "ip_opt": "198.51.100.7",
            "timestamp_opt": iso(member.opted_at),
            "member_rating": 2,
            "last_changed": iso(member.changed_at),
            "language": "",
            "vip": False,
            "email_client": "",
            "location": dict.fromkeys(("latitude", "longitude", "gmtoff", "dstoff"), 0)
            | dict.fromkeys(("country_code", "timezone", "region"), ""),
            "source": "API - Generic",
            "tags_count": len(member.tags),
            "tags": [{"id": id, "name": name} for name, id in member.tags.items()],
            "list_id": self.list_id,
            "_links": [{"rel": "self", "href": place, "method": "GET", "targetSchema": schema}],
        } | reason

    def tell(self, type: str, member: Member, source: str, **more: str) -> None:
        """Something happened that a webhook may be told."""
        merges = {"EMAIL": member.email} | _BLANK | member.merge_fields
        usual = {"id": member.unique_email_id, "list_id": self.list_id, "email": member.email, "email_type": "html"}
        data = more | usual | {"merges": merges, "ip_opt": "198.51.100.7"}
        self.happened.append(Happening(type, data, source, self._clock()))

    def _address(self, body: Mapping[str, Any]) -> str:
        email = body.get("email_address")
        if not isinstance(email, str) or not _ADDRESS.fullmatch(email):
            raise _invalid("email_address", "Please provide a valid email address.")
        return email

    def _write(
        self, member: Member | None, email: str, status: str, body: Mapping[str, Any], *, skips_merge: bool
    ) -> dict[str, Any]:
        self._check(member, email, status)
        fields = (member.merge_fields if member else {}) | (body.get("merge_fields") or {})
        if not skips_merge and (blank := [name for name in sorted(self.required) if not fields.get(name)]):
            errors = [{"field": name, "message": "This value should not be blank."} for name in blank]
            raise ProblemError(400, "Invalid Resource", "Your merge fields were invalid.", errors=errors)
        now = self._clock()
        was = member.status if member else None
        if member is None:
            member = Member(email, status, now, now, 200_000_000 + len(self.by_hash))
            self.by_hash[member.hash] = member
            self._tag(member, body.get("tags", []))  # of one who is there already they are ignored
        is_same = (was, member.merge_fields, member.email) == (status, fields, email)
        member.merge_fields, member.email = fields, email
        if not is_same:
            member.become(status, now)
        if was != status and status in ("subscribed", "unsubscribed"):
            gone = {"action": "unsub", "reason": "manual"} if status == "unsubscribed" else {}
            self.tell("unsubscribe" if gone else "subscribe", member, "api", **gone)
        elif not is_same and was == status:
            self.tell("profile", member, "api")
        return self.body(member)

    def _check(self, member: Member | None, email: str, status: str) -> None:
        if status not in WRITABLE and not (member and status == member.status):
            raise _invalid("status", "The value is not one of those allowed.")
        if email.lower().rpartition("@")[2] in self.fake:
            why = f"{email} looks fake or invalid, please enter a real email address."
            raise ProblemError(400, "Invalid Resource", why)
        if member is None and hash_of(email) in self.forgotten:
            why = f"{email} was permanently deleted and cannot be re-imported."
            ask = "The contact must re-subscribe to get back on the list."
            raise ProblemError(400, "Forgotten Email Not Subscribed", f"{why} {ask}")
        if email.lower() in self.busy:
            why = "has signed up to a lot of lists very recently; we're not allowing more signups for now"
            raise ProblemError(400, "Invalid Resource", f"{email} {why}")
        if member and member.has_left and status == "subscribed":
            why = "is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
            raise ProblemError(400, "Member In Compliance State", f"{email} {why}")

    def _tag(self, member: Member, names: Sequence[str]) -> None:
        member.tags = {name: self._tags.setdefault(name, 5_000_000 + len(self._tags)) for name in names}


def hash_of(email: str) -> str:
    """MD5 of the address in lower case."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def iso(moment: float) -> str:
    """ISO 8601 with its offset, to the second."""
    return datetime.fromtimestamp(int(moment), UTC).isoformat()


def _moment(text: str | None) -> float | None:
    """A + that was not escaped arrives as a space, and is no date."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _invalid(field: str, message: str) -> ProblemError:
    detail = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    return ProblemError(400, "Invalid Resource", detail, errors=[{"field": field, "message": message}])


def _error(email: str, error: str, code: str, *, field: str = "", message: str = "") -> dict[str, str]:
    return {"email_address": email, "error": error, "error_code": code, "field": field, "field_message": message}
