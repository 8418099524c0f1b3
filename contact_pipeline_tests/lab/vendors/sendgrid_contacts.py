"""SendGrid's marketing contacts: written and read by jobs, looked up by identifier, exported as a compressed file."""

import csv
import gzip
import io
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contact_pipeline_tests.lab.vendor import Request, Response
from contact_pipeline_tests.lab.vendors.sendgrid_suppressions import error
from contact_pipeline_tests.lab.vendors.signed_files import SignedFiles

MOST_CONTACTS = 30_000  # of one upsert
MOST_BYTES = 6_000_000
MOST_SEARCHED = 100
EXPORT_LIVES_S = 72 * 3600.0
IDENTIFIERS = ("email", "phone_number_id", "external_id", "anonymous_id")
TEXTS = (
    *("first_name", "last_name", "address_line_1", "address_line_2", "city", "state_province_region", "postal_code"),
    *("country", "phone_number", "whatsapp", "line", "facebook", "unique_name"),
)
_LENGTHS = {"first_name": 50, "last_name": 50, "city": 60, "address_line_1": 100, "address_line_2": 100} | {
    "email": 254,
    "external_id": 254,
}
_READ_ONLY = (
    *("email_domains", "last_clicked", "last_opened", "last_emailed", "singlesend_id", "automation_id"),
    *("created_at", "updated_at", "contact_id"),
)
_DATES = {"last_clicked", "last_opened", "last_emailed", "created_at", "updated_at"}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass
class Contact:
    """One contact as it is kept; custom fields by their id."""

    id: str
    created_at: float
    updated_at: float
    texts: dict[str, str] = field(default_factory=dict)  # identifiers too
    alternate_emails: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    list_ids: list[str] = field(default_factory=list)


@dataclass
class _Job:
    kind: str
    started_at: float
    polls: int
    work: Callable[[], dict[str, Any]]
    results: dict[str, Any] = field(default_factory=dict)
    finished_at: float | None = None

    @property
    def status(self) -> str:
        """errored: some did not go; failed: none did."""
        if self.finished_at is None:
            return "pending"
        errors = self.results.get("errored_count", 0)
        if not errors:
            return "completed"
        return "failed" if errors == self.results["requested_count"] else "errored"


class Contacts:
    """polls: how often a job or an export is pending before it is done. lists: names by id. custom_fields: by id,
    (name, type). contacts: by id."""

    def __init__(self, url: str, files: SignedFiles, clock: Callable[[], float], polls: int) -> None:
        self._url = url
        self._files = files
        self._clock = clock
        self.polls = polls
        self.contacts: dict[str, Contact] = {}
        self.lists: dict[str, str] = {}
        self.custom_fields: dict[str, tuple[str, str]] = {}
        self._jobs: dict[str, _Job] = {}
        self._exports: dict[str, _Job] = {}

    def answer(self, request: Request, parts: Sequence[str]) -> Response:
        """parts: the path after /v3/marketing."""
        match request.method, parts:
            case "PUT", ["contacts"]:
                return self._upsert(request)
            case "DELETE", ["contacts"]:
                return self._delete(request.query)
            case "GET", ["contacts", "imports", id] if id in self._jobs:
                return self._job(id)
            case "POST", ["contacts", "search", "emails"]:
                return self._search("email", request.json.get("emails") or [])
            case "POST", ["contacts", "search", "identifiers", kind] if kind in IDENTIFIERS:
                return self._search(kind, request.json.get("identifiers") or [])
            case "POST", ["contacts", "exports"]:
                return self._export(json.loads(request.body or b"{}"))
            case "GET", ["contacts", "exports", id] if id in self._exports:
                return self._export_status(id)
            case "GET", ["lists"]:
                return Response({"result": [self._list(id) for id in self.lists], "_metadata": self._self("lists")})
            case "GET", ["field_definitions"]:
                return Response(self._fields())
        return error(404, "resource not found")

    def finish(self) -> None:
        """Every job runs to its end now."""
        for job in self._jobs.values():
            self._finish(job)

    def _upsert(self, request: Request) -> Response:
        if len(request.body) > MOST_BYTES:
            return error(413, "request entity too large")
        body = request.json
        asked, list_ids = body.get("contacts") or [], body.get("list_ids") or []
        if not 1 <= len(asked) <= MOST_CONTACTS:
            return error(400, f"between 1 and {MOST_CONTACTS} contacts are allowed", "contacts")
        for number, one in enumerate(asked):
            if not any(one.get(name) for name in IDENTIFIERS):
                message = "at least one identifier is required"
                return error(400, message, f"contacts[{number}].identifier", error_id=str(uuid.uuid4()))
            if wrong := [name for name in (*IDENTIFIERS, *TEXTS) if not isinstance(one.get(name, ""), str)]:
                return error(400, "must be a string", f"contacts[{number}].{wrong[0]}")
            # As a whole, and at once (sendgrid-nodejs#953).
            if set(one.get("custom_fields", {})) - set(self.custom_fields):
                return error(400, "invalid custom field ids supplied", f"contacts[{number}].custom_fields")
        if unknown := [id for id in list_ids if id not in self.lists]:
            return error(404, f"list not found: {unknown[0]}", "list_ids")
        return self._accept("upsert", lambda: self._write(asked, list_ids))

    def _delete(self, query: Mapping[str, str]) -> Response:
        ids = [id for id in query.get("ids", "").split(",") if id]
        if query.get("delete_all_contacts") == "true":
            ids = list(self.contacts)
        elif not ids:
            return error(400, "ids or delete_all_contacts must be set", "ids")

        def work() -> dict[str, Any]:
            gone = [id for id in ids if self.contacts.pop(id, None)]
            return {"requested_count": len(ids), "deleted_count": len(gone)}

        return self._accept("delete", work)

    def _accept(self, kind: str, work: Callable[[], dict[str, Any]]) -> Response:
        id = str(uuid.uuid4())
        self._jobs[id] = _Job(kind, self._clock(), self.polls, work)
        if not self.polls:
            self._finish(self._jobs[id])
        return Response({"job_id": id}, 202)

    def _finish(self, job: _Job) -> None:
        if job.finished_at is None:
            job.results = job.work()
            job.finished_at = self._clock()

    def _job(self, id: str) -> Response:
        job = self._jobs[id]
        if job.polls <= 0:
            self._finish(job)
        job.polls -= 1
        body = {"id": id, "status": job.status, "job_type": job.kind, "results": job.results}
        body["started_at"] = moment(job.started_at)
        if job.finished_at is not None:
            body["finished_at"] = moment(job.finished_at)
        return Response(body)

    def _write(self, asked: Sequence[Mapping[str, Any]], list_ids: Sequence[str]) -> dict[str, Any]:
        counts = {"requested_count": len(asked), "created_count": 0, "updated_count": 0, "errored_count": 0}
        faults = []
        owners = {
            (name, value): contact
            for contact in self.contacts.values()
            for name, value in contact.texts.items()
            if name in IDENTIFIERS
        }
        for one in asked:
            sent = {name: one[name] for name in IDENTIFIERS if one.get(name)}
            if "email" in sent:
                sent["email"] = sent["email"].lower()
            found = list({owner.id: owner for each in sent.items() if (owner := owners.get(each))}.values())
            if fault := self._fault(one, sent, found):
                counts["errored_count"] += 1
                faults.append([*(sent.get(name, "") for name in IDENTIFIERS), fault])
                continue
            counts["updated_count" if found else "created_count"] += 1
            now = self._clock()
            contact = found[0] if found else Contact(str(uuid.uuid4()), now, now)
            contact.texts |= {name: one[name] for name in TEXTS if name in one} | sent
            contact.alternate_emails = one.get("alternate_emails", contact.alternate_emails)
            contact.custom |= one.get("custom_fields", {})
            contact.list_ids += [id for id in list_ids if id not in contact.list_ids]
            contact.updated_at = now
            self.contacts[contact.id] = contact
            owners |= dict.fromkeys(sent.items(), contact)
        if not faults:
            return counts
        # What is in this file is documented nowhere: it is for people to read.
        name = f"errors-{uuid.uuid4()}.csv"
        self._files.put(name, _csv([[*IDENTIFIERS, "error"], *faults]), "text/csv")
        return counts | {"errors_url": self._files.address(name, seconds=EXPORT_LIVES_S)}

    def _fault(self, one: Mapping[str, Any], sent: Mapping[str, str], found: Sequence[Contact]) -> str | None:
        """Why a contact cannot be written. Of a field that nobody knows the vendor says nothing: it may be our slip."""
        if "email" in sent and not _ADDRESS.fullmatch(sent["email"]):
            return "email is not valid"
        if unknown := set(one) - {*IDENTIFIERS, *TEXTS, "alternate_emails", "custom_fields"}:
            return f"unknown field {min(unknown)}"
        if long := [name for name, most in _LENGTHS.items() if len(one.get(name, "")) > most]:
            return f"{long[0]} is longer than {_LENGTHS[long[0]]}"
        if len(one.get("alternate_emails", [])) > 5:
            return "more than 5 alternate_emails"
        for id, value in one.get("custom_fields", {}).items():
            if isinstance(value, str) is (self.custom_fields[id][1] == "Number"):
                return f"custom field {id} has another type"
        if len(found) > 1:
            return "identifiers of several contacts"
        missing = [n for c in found for n in IDENTIFIERS if c.texts.get(n) and sent.get(n) != c.texts[n]]
        return f"the existing {missing[0]} must be sent to update this contact" if missing else None

    def _search(self, kind: str, asked: Sequence[str]) -> Response:
        wanted = [value.lower() if kind == "email" else value for value in asked if value]
        if not 1 <= len(wanted) <= MOST_SEARCHED:
            return error(400, f"between 1 and {MOST_SEARCHED} are allowed", "emails")
        if kind == "email" and (bad := [email for email in wanted if not _ADDRESS.fullmatch(email)]):
            return error(400, f"{bad[0]} is not a valid email", "emails")
        result: dict[str, Any] = {}
        for value in wanted:
            owners = (c for c in self.contacts.values() if value == c.texts.get(kind) or value in _others(c, kind))
            owner = next(owners, None)
            result[value] = {"contact": self._contact(owner)} if owner else {"error": "contact not found"}
        if not any("contact" in one for one in result.values()):
            return error(404, "no contacts found", "emails")
        return Response({"result": result})

    def _contact(self, contact: Contact) -> dict[str, Any]:
        """Custom fields are written by id and read by name."""
        texts: dict[str, Any] = {name: contact.texts.get(name, "") for name in (*TEXTS, *IDENTIFIERS)}
        return texts | {
            "id": contact.id,
            "alternate_emails": contact.alternate_emails,
            "list_ids": contact.list_ids,
            "segment_ids": [],
            "custom_fields": {self.custom_fields[id][0]: value for id, value in contact.custom.items()},
            "created_at": moment(contact.created_at),
            "updated_at": moment(contact.updated_at),
            "_metadata": self._self(f"contacts/{contact.id}"),
        }

    def _export(self, body: Mapping[str, Any]) -> Response:
        if (kind := body.get("file_type", "csv")) not in ("csv", "json"):
            return error(400, "must be csv or json", "file_type")
        id = str(uuid.uuid4())

        def work() -> dict[str, Any]:
            lists = set(body.get("list_ids") or self.lists)
            some = [c for c in self.contacts.values() if not body.get("list_ids") or lists & set(c.list_ids)]
            content = self._as_csv(some) if kind == "csv" else self._as_json(some)
            self._files.put(f"{id}.{kind}.gz", gzip.compress(content), "application/gzip")
            return {"name": f"{id}.{kind}.gz", "contact_count": len(some)}

        self._exports[id] = _Job("export", self._clock(), self.polls, work)
        return Response({"_metadata": self._self(f"contacts/exports/{id}"), "id": id}, 202)

    def _export_status(self, id: str) -> Response:
        job = self._exports[id]
        if job.polls <= 0:
            self._finish(job)
        job.polls -= 1
        body: dict[str, Any] = {"id": id, "status": "pending", "created_at": moment(job.started_at), "message": ""}
        body |= {"updated_at": moment(self._clock()), "_metadata": self._self(f"contacts/exports/{id}")}
        if job.finished_at is not None:
            end = job.finished_at + EXPORT_LIVES_S
            place = self._files.address(job.results["name"], seconds=end - self._clock())
            body |= {"status": "ready", "completed_at": moment(job.finished_at), "expires_at": moment(end)}
            body |= {"urls": [place], "contact_count": job.results["contact_count"]}
        return Response(body)

    def _as_csv(self, some: Sequence[Contact]) -> bytes:
        """The columns that people have in their files (they are documented nowhere), custom fields by name."""
        names = [name for name, _ in self.custom_fields.values()]
        rest = ("phone_number", "whatsapp", "line", "facebook", "unique_name")
        middle = ("address_line_1", "address_line_2", "city", "state_province_region", "postal_code", "country")
        columns = ("email", "first_name", "last_name", *middle, "alternate_emails", *rest, "created_at", "updated_at")
        last = ("phone_number_id", "external_id", "anonymous_id")
        table = [[*map(str.upper, columns), "CONTACT_ID", *names, *map(str.upper, last)]]
        for contact in some:
            row = self._contact(contact) | {"alternate_emails": ",".join(contact.alternate_emails)}
            custom = [row["custom_fields"].get(name, "") for name in names]
            table.append([*(row[name] for name in columns), row["id"], *custom, *(row[name] for name in last)])
        return _csv(table)

    def _as_json(self, some: Sequence[Contact]) -> bytes:
        return "".join(json.dumps(self._contact(contact)) + "\n" for contact in some).encode()

    def _list(self, id: str) -> dict[str, Any]:
        count = sum(id in contact.list_ids for contact in self.contacts.values())
        return {"id": id, "name": self.lists[id], "contact_count": count, "_metadata": self._self(f"lists/{id}")}

    def _fields(self) -> dict[str, Any]:
        names = (*TEXTS[:2], "email", "alternate_emails", *TEXTS[2:], *_READ_ONLY)
        reserved = []
        for number, name in enumerate(names):
            kind = "Date" if name in _DATES else "Text"
            row: dict[str, Any] = {"id": f"_rf{number}_{kind[0]}", "name": name, "field_type": kind}
            reserved.append(row | ({"read_only": True} if name in _READ_ONLY else {}))
        custom = [{"id": id, "name": name, "field_type": kind} for id, (name, kind) in self.custom_fields.items()]
        return {"custom_fields": custom, "reserved_fields": reserved, "_metadata": self._self("field_definitions")}

    def _self(self, place: str) -> dict[str, str]:
        return {"self": f"{self._url}/v3/marketing/{place}"}


def moment(seconds: float) -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _others(contact: Contact, kind: str) -> list[str]:
    """An address is also looked for among the alternate ones."""
    return [email.lower() for email in contact.alternate_emails] if kind == "email" else []


def _csv(table: Sequence[Sequence[Any]]) -> bytes:
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\n").writerows(table)
    return sheet.getvalue().encode()
