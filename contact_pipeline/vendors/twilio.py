"""Twilio Lookup v2: what line is behind a number, and (with_line_status) whether it answers today.

Needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or an API key's SID and secret). Limits: Twilio publishes none for
Lookup and answers 429 when it is too much; we ask up to 100 a second over 40 connections. Price: 0.008 dollars for the
line type (secondary sources say 0.005 to 0.008; not verified), 0.007 more for the line status (Twilio's page on it, an
undated copy), also where it finds nothing; a look-up without packages is free.

Rules: github twilio/twilio-oai, twilio_lookups_v2 of 2026-04-14, and twilio.com/docs/lookup/v2-api. A number that
cannot exist is an HTTP 200 with `valid: false`; a package that failed is an error_code inside a 200 and says nothing of
the number (60600: not covered; 60601: Canada needs an approval). Line status is a private beta, for mobile networks.
"""

from typing import Any
from urllib.parse import quote

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, Layer, Limits, Outcome, ProviderRefused, ProviderUnavailable, Reply
from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType
from contact_pipeline.phones.ports import LineAnswer, VoipKind
from contact_pipeline.policy.file import Policy
from contact_pipeline.vendors.vendor import Offer, Vendor

BASE_URL = "https://lookups.twilio.com"
PRICE_PER_1000 = 8.0
LINE_STATUS_PRICE_PER_1000 = 7.0  # on top

# A number for films (North American plan, 555-01xx): looking at it without packages is free and shows a wrong key.
_NOBODYS_NUMBER = "+12025550100"
_NO_SUCH_NUMBER = 20404
_NOT_COVERED = 60600

TYPES: dict[str, tuple[PhoneType, VoipKind | None]] = {
    "landline": (PhoneType.LANDLINE, None),
    "mobile": (PhoneType.MOBILE, None),
    "fixedVoip": (PhoneType.VOIP, VoipKind.FIXED),
    "nonFixedVoip": (PhoneType.VOIP, VoipKind.NON_FIXED),
    "personal": (PhoneType.PERSONAL, None),
    "tollFree": (PhoneType.TOLL_FREE, None),
    "premium": (PhoneType.PREMIUM, None),
    "sharedCost": (PhoneType.SHARED_COST, None),
    "uan": (PhoneType.UAN, None),
    "voicemail": (PhoneType.VOICEMAIL, None),
    "pager": (PhoneType.PAGER, None),
    "unknown": (PhoneType.UNKNOWN, None),
}

VALIDATION_ERRORS: dict[str, PhoneSubStatus] = {
    "TOO_SHORT": PhoneSubStatus.TOO_SHORT,
    "TOO_LONG": PhoneSubStatus.TOO_LONG,
    "INVALID_BUT_POSSIBLE": PhoneSubStatus.NOT_IN_PLAN,
    "INVALID_COUNTRY_CODE": PhoneSubStatus.NOT_IN_PLAN,
    "INVALID_LENGTH": PhoneSubStatus.NOT_IN_PLAN,
    "NOT_A_NUMBER": PhoneSubStatus.NOT_A_NUMBER,
}

# Switched off or out of reach (`unreachable`) is still somebody's number.
LINE_STATUSES: dict[str, bool | None] = {
    "active": True,
    "reachable": True,
    "unreachable": True,
    "inactive": False,
    "unknown": None,
}


class TwilioLookup:
    """Twilio Lookup v2, one number at a time (E.164)."""

    name = "twilio"
    limits = Limits(calls=100, seconds=1.0, connections=40)

    def __init__(
        self, account_sid: str, auth_token: str, base_url: str = BASE_URL, *, with_line_status: bool = False
    ) -> None:
        self._http = HttpClient(
            self.name, base_url, connections=self.limits.connections, auth=(account_sid, auth_token)
        )
        self._packages = ["line_type_intelligence"] + ["line_status"] * with_line_status

    def credits(self) -> float | None:
        """None: Lookup has no such call. A free look at nobody's number shows a wrong key."""
        self._http.request("GET", f"/v2/PhoneNumbers/{quote(_NOBODYS_NUMBER, safe='')}", is_free=True)
        return None

    def ask(self, subject: str) -> Reply[LineAnswer]:
        """One look-up with our packages."""
        if not (subject.startswith("+") and subject[1:].isascii() and subject[1:].isdigit() and len(subject) <= 16):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request(
            "GET",
            f"/v2/PhoneNumbers/{quote(subject, safe='')}",  # '+' as %2B
            params={"Fields": ",".join(self._packages)},
            expected=(200, 400, 404),
        )
        if answer.status == 200:
            return self._reply(subject, answer.json())
        match answer.status, answer.json():
            case 404, {"code": int(code)} if code == _NO_SUCH_NUMBER:
                return Reply(subject, Outcome.REJECTED, raw_status=str(code), is_billed=False)
            case 400, {"code": int(code)} if code == _NOT_COVERED:
                return Reply(subject, Outcome.NOT_FOUND, raw_status=str(code), is_billed=False)
        raise ProviderRefused(self.name, Fault.BAD_REQUEST, f"It answered HTTP {answer.status}.")

    def _reply(self, subject: str, body: Any) -> Reply[LineAnswer]:
        match body:
            case {
                "phone_number": str(number),
                "valid": bool(is_valid),
                "validation_errors": list() | None as errors,
                "country_code": str() | None as country,
            }:
                pass
            case _:
                raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        if number != subject:
            raise ProviderUnavailable(self.name, Fault.OTHER_SUBJECT)
        if not is_valid:
            return self._invalid(subject, errors or [], country)
        kind, carrier, is_type_known, type_error = self._line_type(body)
        is_active, is_status_known, status_note = self._line_status(body)
        line_type, voip_kind = TYPES.get(kind, (PhoneType.UNKNOWN, None)) if kind else (None, None)
        return Reply(
            subject,
            Outcome.ANSWERED,
            LineAnswer(
                PhoneStatus.VALID,
                line_type=line_type,
                voip_kind=voip_kind,
                carrier=carrier,
                country=country,
                is_active=is_active,
            ),
            raw_status=kind,
            raw_sub_status=",".join(note for note in (type_error, status_note) if note) or None,
            is_known=is_type_known and is_status_known,
        )

    def _invalid(self, subject: str, errors: list[Any], country: str | None) -> Reply[LineAnswer]:
        words = [str(error) for error in errors]
        reasons = [VALIDATION_ERRORS[word] for word in words if word in VALIDATION_ERRORS]
        is_known = len(reasons) == len(words)
        status = PhoneStatus.INVALID if reasons or is_known else PhoneStatus.UNKNOWN
        return Reply(
            subject,
            Outcome.ANSWERED,
            LineAnswer(status, reasons[0] if reasons else None, country=country),
            raw_status="invalid",
            raw_sub_status=",".join(words) or None,
            is_known=is_known,
        )

    def _line_type(self, body: dict[str, Any]) -> tuple[str | None, str | None, bool, str | None]:
        """Twilio's word, the carrier, whether we know the word, and the package's error."""
        match body:
            case {"line_type_intelligence": None}:
                return None, None, True, None
            case {"line_type_intelligence": {"error_code": int(code)}}:
                return None, None, True, str(code)
            case {
                "line_type_intelligence": {
                    "error_code": None,
                    "type": str() | None as kind,
                    "carrier_name": str() | None as carrier,
                }
            }:
                return kind, carrier or None, kind is None or kind in TYPES, None
        raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)

    def _line_status(self, body: dict[str, Any]) -> tuple[bool | None, bool, str | None]:
        """Whether the line is active, whether we know the word, and the word or the package's error."""
        if "line_status" not in self._packages:
            return None, True, None
        match body:
            case {"line_status": None}:
                return None, True, None
            case {"line_status": {"error_code": int(code)}}:
                return None, True, str(code)
            case {"line_status": {"error_code": None, "status": str(word)}}:
                return LINE_STATUSES.get(word.lower()), word.lower() in LINE_STATUSES, word
        raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)


def _price(policy: Policy) -> float:
    """The packages that the policy books."""
    return (PRICE_PER_1000 + LINE_STATUS_PRICE_PER_1000 * policy.phone.line_status) / 1000


VENDOR = Vendor(
    name=TwilioLookup.name,
    # Its own names, as its users know them.
    variables={"key": "TWILIO_ACCOUNT_SID", "secret": "TWILIO_AUTH_TOKEN", "base_url": "TWILIO_BASE_URL"},
    needs=("key", "secret"),
    offers={
        Layer.CARRIER: Offer(
            make=lambda access, policy: TwilioLookup(
                access.key, access.secret, access.base_url or BASE_URL, with_line_status=policy.phone.line_status
            ),
            price=_price,
        )
    },
)
