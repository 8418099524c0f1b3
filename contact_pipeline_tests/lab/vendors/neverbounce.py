"""NeverBounce v4.2 as documented: errors with HTTP 200, jobs that wait until they are started."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import MAILBOX, Facts
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_DNS = ["has_dns", "has_dns_mx"]
_CONNECTED = [*_DNS, "smtp_connectable"]
_WORDS: dict[Mailbox, tuple[str, list[str]]] = {
    Mailbox.DELIVERABLE: ("valid", _CONNECTED),
    Mailbox.NO_MAILBOX: ("invalid", _CONNECTED),
    Mailbox.DISABLED: ("invalid", _CONNECTED),
    Mailbox.FULL: ("invalid", _CONNECTED),
    Mailbox.CATCH_ALL: ("catchall", [*_CONNECTED, "accepts_all"]),
    Mailbox.DISPOSABLE: ("disposable", [*_DNS, "disposable_email"]),
    Mailbox.ROLE: ("valid", [*_CONNECTED, "role_account"]),
    Mailbox.SPAM_TRAP: ("valid", [*_CONNECTED, "spamtrap_network"]),
    Mailbox.ABUSE: ("valid", _CONNECTED),
    Mailbox.GREYLISTED: ("unknown", _DNS),
    Mailbox.SILENT: ("unknown", [*_DNS, "connect_fails"]),
}


@dataclass
class _Job:
    id: int
    filename: str
    items: list[dict[str, Any]]
    polls: int
    status: str = "waiting"


class NeverBounce(Vendor):
    """words: (result, flags) of single addresses, against the truth. polls: how often a job is still running."""

    name = "neverbounce"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.words: dict[str, tuple[str, list[str]]] = {}
        self.polls = 1
        self.jobs: dict[int, _Job] = {}
        self.is_monthly = False
        self._numbers = itertools.count(150_001)

    def answer(self, request: Request) -> Response:
        """By path; parameters from query, form or JSON."""
        values: dict[str, Any] = dict(request.query)
        if request.body:
            is_json = "json" in request.headers.get("content-type", "")
            values |= json.loads(request.body) if is_json else request.form
        if len(request.body) > 25 * 1024 * 1024:
            return Response("", 413, "text/plain")
        if values.get("key") != self.key:
            return _error("auth_failure", "Invalid API key")
        match request.path:
            case "/v4.2/account/info":
                return self._account()
            case "/v4.2/single/check":
                return self._single(values)
            case "/v4.2/jobs/create":
                return self._create(values)
            case "/v4.2/jobs/search":
                return self._search(values)
        job = self.jobs.get(int(values.get("job_id", 0)))
        if job is None:
            return _error("general_failure", "Invalid job id")
        match request.path:
            case "/v4.2/jobs/start":
                return self._start(job)
            case "/v4.2/jobs/status":
                return self._status(job)
            case "/v4.2/jobs/results":
                return self._results(job, values)
        return Response("Not Found", 404, "text/html")

    def _account(self) -> Response:
        credits: dict[str, float] = {"free_credits_used": 0, "free_credits_remaining": 10}
        if self.is_monthly:
            credits["monthly_api_usage"] = sum(self.paid.values())
        else:
            credits |= {"paid_credits_used": 0, "paid_credits_remaining": self.credits - 10}
        return _success(credits_info=credits, job_counts={"completed": 0, "queued": 0})

    def _single(self, values: dict[str, Any]) -> Response:
        address = values.get("email")
        if not address:
            return _error("general_failure", "Missing required parameter 'email'")
        if self.credits <= 0:
            return _error("general_failure", "Insufficient credits")
        self.bill(address)  # whatever comes out of it
        answer = self._verification(address)
        if int(values.get("address_info", 0)):
            answer["address_info"] = _address_info(address)
        return _success(**answer, retry_token="")

    def _verification(self, address: str) -> dict[str, Any]:
        result, flags = self.words.get(address) or _WORDS[mailbox_of(address)]
        return {"result": result, "flags": flags, "suggested_correction": ""}

    def _create(self, values: dict[str, Any]) -> Response:
        if values.get("input_location") != "supplied":
            return _error("general_failure", "Only supplied data here")
        with self.lock:
            job = _Job(
                next(self._numbers), values.get("filename", "Created from Array.csv"), values["input"], self.polls
            )
            self.jobs[job.id] = job
        if int(values.get("auto_start", 0)):
            self._start(job)
        return _success(job_id=job.id)

    def _search(self, values: dict[str, Any]) -> Response:
        found = [job for job in self.jobs.values() if values.get("filename") in (None, job.filename)]
        page, size = int(values.get("page", 1)), int(values.get("items_per_page", 10))
        return _success(
            total_results=len(found),
            total_pages=-(-len(found) // size),
            query={"page": page, "items_per_page": size},
            results=[self._job(job) for job in found[(page - 1) * size : page * size]],
        )

    def _start(self, job: _Job) -> Response:
        with self.lock:
            if job.status != "waiting":
                return _error("general_failure", "This job was started already")
            emails = {item["email"].lower(): item["email"] for item in job.items}
            if len(emails) > self.credits:
                return _error("general_failure", "Insufficient credits to run this job")
            job.status = "running"
        for address in emails.values():
            if "bad_syntax" not in self._verification(address)["flags"]:
                self.bill(address)
        return _success(queue_id=f"NB-PQ-{job.id}")

    def _status(self, job: _Job) -> Response:
        with self.lock:
            if job.status == "running":
                job.polls -= 1
                job.status = "complete" if job.polls < 0 else "running"
        return _success(**self._job(job))

    def _job(self, job: _Job) -> dict[str, Any]:
        return {
            "id": job.id,
            "filename": job.filename,
            "job_status": job.status,
            "failure_reason": None,
            "created_at": "2026-10-01 08:00:00",
            "total": {"records": len(job.items), "billable": len(job.items)},
            "percent_complete": 100 if job.status == "complete" else 50,
        }

    def _results(self, job: _Job, values: dict[str, Any]) -> Response:
        if job.status != "complete":
            return _error("general_failure", "Results are not available for this job")
        page, size = int(values.get("page", 1)), int(values.get("items_per_page", 10))
        items = job.items[(page - 1) * size : page * size]
        return _success(
            total_results=len(job.items),
            total_pages=-(-len(job.items) // size),
            query={"job_id": job.id, "page": page, "items_per_page": size},
            results=[
                {
                    "data": item,
                    "verification": {
                        **self._verification(item["email"]),
                        "address_info": _address_info(item["email"]),
                    },
                }
                for item in items
            ],
        )


def _success(**values: Any) -> Response:
    return Response({"status": "success", **values, "execution_time": 12})


def _error(status: str, message: str) -> Response:
    return Response({"status": status, "message": message, "execution_time": 3})


def _address_info(address: str) -> dict[str, str]:
    account, _, host = address.partition("@")
    return {"original_email": address, "normalized_email": address.lower(), "addr": account, "host": host}


FACTS = Facts(simulator=NeverBounce, samples={Layer.MAILBOX: MAILBOX})
