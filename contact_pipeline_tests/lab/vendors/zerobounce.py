"""ZeroBounce v2 as documented; one server stands for both its hosts."""

import csv
import io
import itertools
from dataclasses import dataclass
from typing import Any

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import CLARA, MAILBOX, Documented, Facts, Sample
from contact_pipeline_tests.lab.truth import Mailbox, active_days_of, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor
from contact_pipeline_tests.lab.vendors.multipart import parts_of

_WORDS = {
    Mailbox.DELIVERABLE: ("valid", ""),
    Mailbox.NO_MAILBOX: ("invalid", "mailbox_not_found"),
    Mailbox.DISABLED: ("invalid", "mailbox_not_found"),
    Mailbox.FULL: ("invalid", "mailbox_quota_exceeded"),
    Mailbox.CATCH_ALL: ("catch-all", ""),
    Mailbox.DISPOSABLE: ("do_not_mail", "disposable"),
    Mailbox.ROLE: ("do_not_mail", "role_based"),
    Mailbox.SPAM_TRAP: ("spamtrap", ""),
    Mailbox.ABUSE: ("abuse", ""),
    Mailbox.GREYLISTED: ("unknown", "greylisted"),
    Mailbox.SILENT: ("unknown", "timeout_exceeded"),
}

# <name>@example.com, free of charge; where the name is the sub status, only the status is listed.
_SANDBOX = {
    "valid": ("valid", ""),
    "free_email": ("valid", ""),
    "invalid": ("invalid", "mailbox_not_found"),
    "donotmail": ("do_not_mail", "role_based"),
    "spamtrap": ("spamtrap", ""),
    "abuse": ("abuse", ""),
    "catch_all": ("catch-all", ""),
    "unknown": ("unknown", "mail_server_temporary_error"),
} | {
    name: (status, name)
    for status, names in {
        "valid": "gold leading_period_removed role_based_accept_all",
        "invalid": "does_not_accept_mail failed_syntax_check mailbox_quota_exceeded mailbox_not_found no_dns_entries "
        "possible_typo unroutable_ip_address",
        "do_not_mail": "disposable toxic global_suppression possible_trap role_based role_based_catch_all",
        "unknown": "antispam_system exception_occurred failed_smtp_connection forcible_disconnect greylisted "
        "mail_server_did_not_respond mail_server_temporary_error timeout_exceeded",
    }.items()
    for name in names.split()
}

_REFUSED = "Invalid API key or your account ran out of credits"


@dataclass
class _File:
    subjects: list[str]
    polls: int


class ZeroBounce(Vendor):
    """words: (status, sub_status) of single addresses, against the truth. polls: how often a file is still running."""

    name = "zerobounce"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.words: dict[str, tuple[str, str]] = {}
        self.polls = 1
        self.files: dict[str, _File] = {}
        self._numbers = itertools.count(1)

    def answer(self, request: Request) -> Response:
        """By path."""
        match request.method, request.path:
            case "GET", "/v2/getcredits":
                return Response({"Credits": str(int(self.credits)) if self._has_key(request.query) else "-1"})
            case "GET", "/v2/validate":
                if not self._may_ask(request.query):
                    return Response({"error": _REFUSED})
                return Response(self._validation(request.query["email"]))
            case "POST", "/v2/validatebatch":
                return self._batch(request.json)
            case "GET", "/v2/activity":
                return self._activity(request)
            case "POST", "/v2/sendfile":
                return self._send_file(parts_of(request))
            case "GET", "/v2/filestatus":
                return self._file_status(request)
            case "GET", "/v2/getfile":
                return self._get_file(request)
        return Response("Not Found", 404, "text/html")

    def _has_key(self, values: Any) -> bool:
        return bool(values.get("api_key") == self.key)

    def _may_ask(self, values: Any) -> bool:
        return self._has_key(values) and self.credits > 0

    def _words(self, address: str) -> tuple[str, str]:
        local = _sandbox_name(address)
        return self.words.get(address) or (_SANDBOX[local] if local else _WORDS[mailbox_of(address)])

    def _judge(self, address: str) -> tuple[str, str]:
        words = self._words(address)
        if words[0] != "unknown" and not _sandbox_name(address):
            self.bill(address)
        return words

    def _validation(self, address: str) -> dict[str, Any]:
        status, sub_status = self._judge(address)
        account, _, domain = address.lower().rpartition("@")
        return {
            "address": address.lower(),
            "status": status,
            "sub_status": sub_status,
            "account": account,
            "domain": domain,
            "free_email": False,
            "did_you_mean": None,
            "domain_age_days": "400",
            "smtp_provider": "",
            "mx_found": "true",
            "mx_record": "mx.lab.test",
            "firstname": None,
            "lastname": None,
            "gender": None,
            "country": None,
            "region": None,
            "city": None,
            "zipcode": None,
            "processed_at": "2026-10-01 08:00:00.000",
        }

    def _batch(self, body: dict[str, Any]) -> Response:
        items = body.get("email_batch")
        if not items:
            return Response({"Message": "Missing parameter: email_batch."}, 400)
        # A number as timeout is answered with the same error as a wrong key.
        if not self._may_ask(body) or not isinstance(body.get("timeout", "10"), str):
            error = {"email_address": "all", "error": "Invalid API Key or your account ran out of credits"}
            return Response({"email_batch": [], "errors": [error]})
        if len(items) > 100:
            return Response({"Message": "Too many emails."}, 400)
        answers, errors = [], []
        for item in items:
            if "email_address" in item:
                answers.append(self._validation(item["email_address"]))
            else:
                errors.append({"email_address": "unknown", "error": "Missing email_batch key: email_address."})
        return Response({"email_batch": answers, "errors": errors})

    def _activity(self, request: Request) -> Response:
        if not self._may_ask(request.query):
            return Response({"error": _REFUSED})
        address = request.query.get("email", "")
        if not address:
            return Response({"error": "email must be specified"}, 400)
        self.bill(address)
        days = active_days_of(address)
        if days is None:
            return Response({"found": False, "active_in_days": None})
        word = next((str(top) for top in (30, 60, 90, 180, 365) if days <= top), "365+")
        return Response({"found": True, "active_in_days": word})

    def _send_file(self, parts: dict[str, bytes]) -> Response:
        fields = {name: content.decode() for name, content in parts.items()}
        if not self._has_key(fields):
            return Response({"success": "False", "message": ["api_key is invalid"]})
        if self.credits <= 0:
            return Response({"success": False, "message": _REFUSED})
        rows = list(csv.reader(io.StringIO(fields["file"])))
        if fields.get("has_header_row", "").lower() == "true":
            rows = rows[1:]
        subjects = [row[int(fields["email_address_column"]) - 1] for row in rows if row]
        if fields.get("remove_duplicate", "true").lower() == "true":
            subjects = list({subject.lower(): subject for subject in subjects}.values())
        with self.lock:
            number = f"file-{next(self._numbers)}"
            self.files[number] = _File(subjects, self.polls)
        for subject in subjects:
            self._judge(subject)  # billed at once: the same file sent twice is paid twice
        return Response(
            {"success": True, "message": "File Accepted", "file_name": "emails.csv", "file_id": number}, 201
        )

    def _file(self, request: Request) -> _File | Response:
        if not self._has_key(request.query):
            return Response({"success": "False", "message": ["api_key is invalid"]})
        return self.files.get(request.query["file_id"]) or Response(
            {"success": False, "message": "file_id is invalid."}
        )

    def _file_status(self, request: Request) -> Response:
        file = self._file(request)
        if isinstance(file, Response):
            return file
        with self.lock:
            is_running, file.polls = file.polls > 0, file.polls - 1
        return Response(
            {
                "success": True,
                "file_id": request.query["file_id"],
                "file_name": "emails.csv",
                "upload_date": "2026-10-01T08:00:00Z",
                "file_status": "Processing" if is_running else "Complete",
                "file_phase_2_status": "N/A",
                "complete_percentage": "50%" if is_running else "100%",
                "error_reason": None,
                "return_url": None,
            }
        )

    def _get_file(self, request: Request) -> Response:
        file = self._file(request)
        if isinstance(file, Response):
            return file
        if file.polls > 0:
            return Response({"success": False, "message": "File not processed."})
        sheet = io.StringIO()
        rows = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows.writerow(["Email Address", "ZB Status", "ZB Sub Status", "ZB Account", "ZB Domain", "ZB Free Email"])
        for subject in file.subjects:
            status, sub_status = self._words(subject)
            account, _, domain = subject.rpartition("@")
            rows.writerow([subject, status, sub_status, account, domain, "False"])
        return Response(sheet.getvalue(), content_type="application/octet-stream")


def _sandbox_name(address: str) -> str | None:
    local, _, domain = address.lower().rpartition("@")
    return local if domain == "example.com" and local in _SANDBOX else None


FACTS = Facts(
    simulator=ZeroBounce,
    samples={
        Layer.MAILBOX: MAILBOX,
        Layer.ACTIVITY: Sample(
            subject=CLARA, right={"active_within_days": 60, "not_within_days": 30}, nobody="no_mailbox-1@d1.lab.test"
        ),
    },
    documented=(
        Documented((Layer.MAILBOX,), ((30, 60.0),)),
        Documented((Layer.ACTIVITY,), ((80_000, 10.0),)),
    ),
)
