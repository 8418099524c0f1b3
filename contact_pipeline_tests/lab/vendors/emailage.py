"""EmailAge: a signed GET or POST, an answer with a byte order mark, errors inside an HTTP 200.

It checks the signature by its own reading of OAuth 1.0a (RFC 5849 3.4), not with the library the adapter signs with.
"""

import base64
import hashlib
import hmac
import json
import time
import zlib
from typing import Any
from urllib.parse import parse_qsl, quote

from contact_pipeline.core.providers import Fault, Layer
from contact_pipeline_tests.lab.facts import CLARA, NOBODY, Facts, Sample
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_PATH = "/emailagevalidator/"
_CLOCK_SKEW_S = 300

# score, EAStatusID, advice; any other address scores below 300
_TRUTH: dict[Mailbox, tuple[str, str, str]] = {
    Mailbox.NO_MAILBOX: ("902", "3", "1"),
    Mailbox.DISABLED: ("850", "3", "1"),
    Mailbox.DISPOSABLE: ("810", "4", "1"),
    Mailbox.SPAM_TRAP: ("700", "2", "4"),
    Mailbox.ABUSE: ("640", "2", "4"),
    Mailbox.SILENT: ("500", "4", "4"),
}


class EmailAge(Vendor):
    """key: the account SID. secret: the auth token. Every answer about an address it has is paid."""

    name = "emailage"

    def __init__(self, *, secret: str = "lab-secret", **base: Any) -> None:
        super().__init__(**base)
        self.secret = secret
        self._nonces: set[str] = set()

    def access(self) -> dict[str, str]:
        return super().access() | {"secret": self.secret}

    def answer(self, request: Request) -> Response:
        if request.path != _PATH:
            return Response("Not Found", 404, "text/plain")
        fields = dict(request.query)
        if request.method == "POST":  # its body is signed by nobody
            fields |= dict(parse_qsl(request.body.decode()))
        address = fields.get("query", "")
        if code := self._flaw(request, fields):
            return failure(address, code)
        if "@" not in address:
            return failure(address, "3007")
        if self.credits < 1:
            return failure(address, "3004")
        self.bill(address)
        score, state, advice = _TRUTH.get(mailbox_of(address), (f"{zlib.crc32(address.encode()) % 300:03d}", "2", "3"))
        return envelope(address, [result(address, EAScore=score, EAStatusID=state, EAAdviceID=advice)])

    def _flaw(self, request: Request, fields: dict[str, str]) -> str | None:
        """The error code of what is wrong with the signature."""
        if fields.get("oauth_consumer_key") != self.key:
            return "3014"
        if fields.get("oauth_signature_method") != "HMAC-SHA1":
            return "3016"
        if abs(int(fields.get("oauth_timestamp", "0")) - time.time()) > _CLOCK_SKEW_S:
            return "3008"
        signed = {name: value for name, value in request.query.items() if name != "oauth_signature"}
        pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in signed.items())
        url = f"http://{request.headers['host']}{request.path}"
        base = "&".join(
            quote(part, safe="") for part in (request.method, url, "&".join(f"{name}={value}" for name, value in pairs))
        )
        mac = hmac.new(f"{self.secret}&".encode(), base.encode(), hashlib.sha1)
        if base64.b64encode(mac.digest()).decode() != fields.get("oauth_signature"):
            return "3001"
        with self.lock:
            if fields["oauth_nonce"] in self._nonces:
                return "3009"
            self._nonces.add(fields["oauth_nonce"])
        return None if fields.get("format") == "json" else "3006"


def result(address: str, **changes: Any) -> dict[str, Any]:
    """One of `results`, with an invented person in it: all strings."""
    return {
        "userdefinedrecordid": "",
        "email": address,
        "eName": "Clara Dorn",
        "emailAge": "2014-02-01T08:00:00Z",
        "email_creation_days": "4312",
        "domainAge": "2003-05-01T08:00:00Z",
        "firstVerificationDate": "2021-01-02T03:04:05Z",
        "first_seen_days": "2100",
        "lastVerificationDate": "2026-11-01T10:00:00Z",
        "status": "Verified",
        "country": "AT",
        "fraudRisk": "120 Low",
        "EAScore": "120",
        "EAReason": "Nothing special",
        "EAStatusID": "2",
        "EAReasonID": "8",
        "EAAdviceID": "3",
        "EAAdvice": "Lower Fraud Risk",
        "EARiskBandID": "2",
        "EARiskBand": "Fraud Score 101 to 300",
        "dob": "19800105",
        "gender": "female",
        "location": "Graz",
        "totalhits": "4",
        "uniquehits": "2",
        "emailExists": "Yes",
        "domainExists": "Yes",
        "smlinks": [{"source": "Lab", "link": "https://social.lab.test/clara"}],
    } | changes


def envelope(address: str, results: list[dict[str, Any]], **outcome: str) -> Response:
    """The whole answer, byte order mark first."""
    body = {
        "query": {
            "email": quote(address, safe=""),
            "queryType": "EmailAgeVerification",
            "count": 1,
            "created": "2026-11-20T12:00:00Z",
            "lang": "en-US",
            "responseCount": len(results),
            "results": results,
        },
        "responseStatus": {"status": "success", "errorCode": "0", "description": ""} | outcome,
    }
    return Response(("\ufeff" + json.dumps(body)).encode(), content_type="application/json; charset=utf-8")


def failure(address: str, code: str) -> Response:
    """An application error: HTTP 200."""
    return envelope(address, [], status="failed", errorCode=code, description=f"Error {code}")


FACTS = Facts(
    simulator=EmailAge,
    samples={Layer.ACTIVITY: Sample(subject=NOBODY, right={"risk_score": 90}, other=CLARA)},
    faults={"503": Fault.RATE_LIMITED},
)
