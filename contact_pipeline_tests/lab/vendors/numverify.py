"""Numverify behind both of its doors: apilayer.net (errors inside an HTTP 200) and the marketplace (real statuses)."""

import phonenumbers

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import LINE, Facts
from contact_pipeline_tests.lab.truth import line_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_LEGACY, _MARKETPLACE = "/api/validate", "/number_verification/validate"
_LINE_TYPES: dict[str, str | None] = {
    "mobile": "mobile",
    "landline": "landline",
    "fixed_voip": "voip",
    "non_fixed_voip": "voip",
    "toll_free": "toll_free",
    "premium": "premium_rate",
    "personal": "special_services",
    "none": None,
}
_CODES = {
    101: "invalid_access_key",
    104: "usage_limit_reached",
    210: "no_phone_number_provided",
    211: "non_numeric_phone_number_provided",
}


class Numverify(Vendor):
    """Every validation counts as one request of the plan, a failed one too. It knows ranges, not lines."""

    name = "numverify"

    def answer(self, request: Request) -> Response:
        number = request.query.get("number", "")
        if request.path == _MARKETPLACE:
            if "apikey" not in request.headers:
                return Response({"message": "No API key found in request"}, 401)
            if request.headers["apikey"] != self.key:
                return Response({"message": "Invalid authentication credentials"}, 401)
            if self.credits < 1:
                return Response({"message": "You exceeded your daily/monthly limit. Please upgrade your plan"}, 429)
        elif request.path == _LEGACY:
            if request.query.get("access_key") != self.key:
                return failure(101)
            if self.credits < 1:
                return failure(104)
        else:
            return Response({"message": "no Route matched with those values"}, 404)
        if not number:
            return failure(210)
        if not number.isdigit():
            return failure(211)
        self.bill(number)
        return Response(validation(number))


def validation(number: str, **changes: object) -> dict[str, object]:
    """The body for a number without its '+'."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        names = ("local_format", "international_format", "country_prefix", "country_code", "country_name", "location")
        empty: dict[str, object] = dict.fromkeys((*names, "carrier"), "")
        return {"valid": False, "number": number} | empty | {"line_type": None} | changes
    line = line_of(number)
    return {
        "valid": True,
        "number": number,
        "local_format": f"0{parsed.national_number}",
        "international_format": f"+{number}",
        "country_prefix": f"+{parsed.country_code}",
        "country_code": phonenumbers.region_code_for_number(parsed) or "",
        "country_name": "Labland",
        "location": "",
        "carrier": line.carrier or "",
        "line_type": _LINE_TYPES[line.kind],
    } | changes


def failure(code: int, kind: str | None = None) -> Response:
    """An error of the legacy door: HTTP 200."""
    info = "See the documentation"
    return Response(
        {"success": False, "error": {"code": code, "type": kind or _CODES.get(code, "other"), "info": info}}
    )


FACTS = Facts(simulator=Numverify, samples={Layer.CARRIER: LINE})
