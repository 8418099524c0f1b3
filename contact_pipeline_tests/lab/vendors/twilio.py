"""Twilio Lookup v2: a free basic look, packages for money, also where they find nothing."""

import base64
from typing import Any
from urllib.parse import unquote

import phonenumbers

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import LINE, Facts
from contact_pipeline_tests.lab.truth import Line, line_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_PATH = "/v2/PhoneNumbers/"
_PRICES = {"line_type_intelligence": 0.008, "line_status": 0.007}
_PACKAGES = (
    *("caller_name", "sim_swap", "call_forwarding", "line_status", "line_type_intelligence", "identity_match"),
    *("reassigned_number", "sms_pumping_risk", "phone_number_quality_score", "pre_fill"),
)
_TYPES = {
    "fixed_voip": "fixedVoip",
    "non_fixed_voip": "nonFixedVoip",
    "toll_free": "tollFree",
    "none": "unknown",
}


class Twilio(Vendor):
    """key: the auth token. sid: the account. Canadian numbers have no line type (60601), as without an approval."""

    name = "twilio"

    def __init__(self, *, sid: str = "AC" + "1" * 32, **base: Any) -> None:
        super().__init__(**base)
        self.sid = sid

    def access(self) -> dict[str, str]:
        return super().access() | {"key": self.sid, "secret": self.key}

    def answer(self, request: Request) -> Response:
        token = base64.b64encode(f"{self.sid}:{self.key}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {token}":
            return error(401, 20003, "Authenticate")
        if request.method != "GET" or not request.path.startswith(_PATH):
            return error(404, 20404, "No such resource")
        number = unquote(request.path.removeprefix(_PATH))
        fields = [name for name in request.query.get("Fields", "").split(",") if name]
        if fields:
            self.bill(number, sum(_PRICES[name] for name in fields))
        if flaw := _flaw(number):
            return Response(body(number, valid=False, validation_errors=[flaw], country_code=None))
        line = line_of(number)
        packages: dict[str, Any] = {}
        for name in fields:
            packages[name] = _status(line) if name == "line_status" else _type(number, line)
        return Response(body(number, **packages))


def body(number: str, **changes: Any) -> dict[str, Any]:
    """The body for a number; packages that nobody asked for are null."""
    try:
        parsed = phonenumbers.parse(number)
        region = phonenumbers.region_code_for_number(parsed)
        calling_code: str | None = str(parsed.country_code)
    except phonenumbers.NumberParseException:
        region = calling_code = None
    base: dict[str, Any] = {
        "calling_country_code": calling_code,
        "country_code": region,
        "phone_number": number,
        "national_format": None,
        "valid": True,
        "validation_errors": None,
        "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{number}",
    }
    return base | dict.fromkeys(_PACKAGES) | changes


def line_type(kind: str | None, carrier: str | None = None, error_code: int | None = None) -> dict[str, Any]:
    """The package line_type_intelligence."""
    is_mobile = kind == "mobile"
    return {
        "error_code": error_code,
        "mobile_country_code": "232" if is_mobile else None,
        "mobile_network_code": "99" if is_mobile else None,
        "carrier_name": carrier,
        "type": kind,
    }


def error(status: int, code: int, message: str) -> Response:
    """A transport error."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Response({"code": code, "message": message, "more_info": more, "status": status}, status)


def _flaw(number: str) -> str | None:
    if not number.removeprefix("+").isdigit():
        return "NOT_A_NUMBER"
    if len(number) > 16:
        return "TOO_LONG"
    return "TOO_SHORT" if len(number) < 9 else None


def _type(number: str, line: Line) -> dict[str, Any]:
    if phonenumbers.region_code_for_number(phonenumbers.parse(number)) == "CA":
        return line_type(None, error_code=60601)
    return line_type(_TYPES.get(line.kind, line.kind), line.carrier)


def _status(line: Line) -> dict[str, Any]:
    words = {True: "reachable", False: "inactive", None: "unknown"}
    return {"status": words[line.is_active], "error_code": None}


FACTS = Facts(simulator=Twilio, samples={Layer.CARRIER: LINE}, unread=("credits",), no_credits=None)
