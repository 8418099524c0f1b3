"""EmailListVerify as documented: bare words, NestJS errors, files that start by themselves."""

import csv
import io
import itertools
from dataclasses import dataclass
from typing import Any

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import MAILBOX, Documented, Facts
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor
from contact_pipeline_tests.lab.vendors.multipart import parts_of

_WORDS = {
    Mailbox.DELIVERABLE: "ok",
    Mailbox.NO_MAILBOX: "email_disabled",
    Mailbox.DISABLED: "email_disabled",
    Mailbox.FULL: "email_disabled",
    Mailbox.CATCH_ALL: "ok_for_all",
    Mailbox.DISPOSABLE: "disposable",
    Mailbox.ROLE: "ok",
    Mailbox.SPAM_TRAP: "spamtrap",
    Mailbox.ABUSE: "ok",
    Mailbox.GREYLISTED: "unknown",
    Mailbox.SILENT: "smtp_protocol",
}
_FREE = {"unknown", "antispam_system", "smtp_protocol", "invalid_syntax"}


@dataclass
class _File:
    subjects: list[str]
    polls: int


class EmailListVerify(Vendor):
    """words: results of single addresses, against the truth. polls: how often a list is still processing."""

    name = "emaillistverify"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.words: dict[str, str] = {}
        self.polls = 1
        self.files: dict[str, _File] = {}
        self._numbers = itertools.count(0x6710F1B0)

    def answer(self, request: Request) -> Response:
        """By path."""
        if self.key not in (request.headers.get("x-api-key"), request.query.get("secret")):
            return _error(401, "Invalid api key", "Unauthorized")
        match request.method, request.path.split("/")[2:]:
            case "GET", ["credits"]:
                return Response({"onDemand": {"available": self.credits - 5}, "subscription": {"available": 5}})
            case "GET", ["verifyEmail"]:
                return Response(self._verify(request.query["email"]), content_type="text/html; charset=utf-8")
            case "GET", ["verifyEmailDetailed"]:
                return self._detailed(request.query["email"])
            case "POST", ["verifyApiFile"]:
                return self._upload(request)
            case "GET", ["maillists", number, "progress"]:
                return self._progress(number)
            case "GET", ["maillists", number]:
                return self._download(number)
        return _error(404, "Cannot find that", "Not Found")

    def _word(self, address: str) -> str:
        return self.words.get(address) or _WORDS[mailbox_of(address)]

    def _verify(self, address: str) -> str:
        if self.credits <= 0:
            return "error_credit"
        word = self._word(address)
        if word not in _FREE:
            self.bill(address)
        return word

    def _detailed(self, address: str) -> Response:
        word = self._verify(address)
        if word == "error_credit":
            return Response(word, content_type="text/html; charset=utf-8")
        return Response(
            {
                "email": address.lower(),
                "result": word,
                "internalResult": None,
                "mxServer": "mx.lab.test",
                "mxServerIp": "192.0.2.10",
                "esp": None,
                "account": address.partition("@")[0],
                "tag": None,
                "isRole": mailbox_of(address) is Mailbox.ROLE,
                "isFree": False,
                "isNoReply": False,
                "firstName": None,
                "lastName": None,
                "gender": None,
            }
        )

    def _upload(self, request: Request) -> Response:
        subjects = [row[0] for row in csv.reader(io.StringIO(parts_of(request)["file_contents"].decode())) if row][1:]
        if len(subjects) > self.credits:
            return _error(403, f"Not enough credits: {len(subjects)} required", "Forbidden")
        with self.lock:
            if sum(file.polls > 0 for file in self.files.values()) >= 5:
                return _error(403, "Too many running email jobs", "Forbidden")
            number = f"{next(self._numbers):024x}"
            self.files[number] = _File(subjects, self.polls)
        for subject in subjects:
            if self._word(subject) not in _FREE:
                self.bill(subject)
        return Response(number, content_type="text/html; charset=utf-8")

    def _progress(self, number: str) -> Response:
        file = self.files.get(number)
        if file is None:
            return _error(404, "Maillist not found", "Not Found")
        with self.lock:
            is_running, file.polls = file.polls > 0, file.polls - 1
        return Response(
            {
                "status": "processing" if is_running else "finished",
                "progress": 50 if is_running else 100,
                "credits": {"charged": len(file.subjects), "returned": None if is_running else 0},
                "name": "emails.csv",
            }
        )

    def _download(self, number: str) -> Response:
        file = self.files.get(number)
        if file is None:
            return _error(404, "Maillist not found", "Not Found")
        if file.polls > 0:
            return _error(400, "Maillist has not finished yet", "Bad Request")
        sheet = io.StringIO()
        rows = csv.writer(sheet, lineterminator="\n")
        rows.writerow(["email", "ELV Result"])
        rows.writerows([subject, self._word(subject)] for subject in file.subjects)
        return Response(sheet.getvalue(), content_type="text/csv")


def _error(status: int, message: str, error: str) -> Response:
    return Response({"statusCode": status, "message": message, "error": error}, status)


FACTS = Facts(
    simulator=EmailListVerify,
    samples={Layer.MAILBOX: MAILBOX},
    documented=(Documented((Layer.MAILBOX,), ((10, 1.0),)),),
)
