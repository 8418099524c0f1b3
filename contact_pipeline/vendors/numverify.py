"""Numverify (apilayer): country, carrier and line type of a number, by its range. Never whether the line is in use.

Needs NUMVERIFY_API_KEY and NUMVERIFY_API_STYLE, since it is sold through two doors: `legacy` (apilayer.net, key in the
query, errors inside an HTTP 200; the free plan only over http) and `marketplace` (api.apilayer.com, key in a header,
real statuses). Limits: none published beyond the plan's requests a month; we stay at 5 a second. Price: 14.99 dollars
for 5,000 requests a month on the smallest plan, 3.00 per 1,000 (from memory, not verified).

Rules: numverify.com/documentation, docs.apilayer.com/numverify and probes of 2026-09-16; the error codes from 102 on
are from memory of the former. It looks at ranges, so a number that moved to another carrier shows its old one.
"""

from enum import StrEnum
from typing import Any

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, Layer, Limits, Outcome, ProviderRefused, ProviderUnavailable, Reply
from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType
from contact_pipeline.phones.ports import LineAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

PRICE_PER_1000 = 3.0


class ApiStyle(StrEnum):
    """Which of its two doors the key belongs to: NUMVERIFY_API_STYLE."""

    LEGACY = "legacy"
    MARKETPLACE = "marketplace"


BASE_URLS = {ApiStyle.LEGACY: "https://apilayer.net", ApiStyle.MARKETPLACE: "https://api.apilayer.com"}
_PATHS = {ApiStyle.LEGACY: "/api/validate", ApiStyle.MARKETPLACE: "/number_verification/validate"}

LINE_TYPES: dict[str, PhoneType] = {
    "mobile": PhoneType.MOBILE,
    "landline": PhoneType.LANDLINE,
    "special_services": PhoneType.SPECIAL,
    "toll_free": PhoneType.TOLL_FREE,
    "premium_rate": PhoneType.PREMIUM,
    "satellite": PhoneType.SATELLITE,
    "paging": PhoneType.PAGER,
    "pager": PhoneType.PAGER,
    "voip": PhoneType.VOIP,
}

# error.code where a person must act.
REFUSALS: dict[int, tuple[Fault, str]] = {
    101: (Fault.UNAUTHORIZED, "Check its key."),
    102: (Fault.UNAUTHORIZED, "Its account is inactive."),
    103: (Fault.BAD_REQUEST, "It does not know this call."),
    104: (Fault.NO_CREDITS, "Its requests of this month are used up."),
    105: (Fault.FORBIDDEN, "Its plan does not cover this call; the free plan works over http only, which is refused."),
    310: (Fault.BAD_REQUEST, "It does not accept the country code."),
    404: (Fault.BAD_REQUEST, "It does not know this address."),
}
_USED_UP, _TOO_FAST = 104, 106
_BAD_NUMBER = {210, 211}


class NumverifyLookup:
    """Numverify's validation of one number (E.164), sent without its '+'."""

    name = "numverify"
    limits = Limits(calls=5, seconds=1.0, connections=5)

    def __init__(self, key: str, base_url: str | None = None, *, api_style: str = ApiStyle.LEGACY) -> None:
        style = ApiStyle(api_style)
        self._path = _PATHS[style]
        self._params = {"access_key": key} if style is ApiStyle.LEGACY else {}
        self._http = HttpClient(
            self.name,
            base_url or BASE_URLS[style],
            connections=self.limits.connections,
            headers={"apikey": key} if style is ApiStyle.MARKETPLACE else None,
        )

    def credits(self) -> float | None:
        """None: it has no such call, and any other would count as one of the month."""
        return None

    def ask(self, subject: str) -> Reply[LineAnswer]:
        """One request of the plan."""
        if not (subject.startswith("+") and subject[1:].isascii() and subject[1:].isdigit() and len(subject) <= 16):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request(
            "GET", self._path, params={**self._params, "number": subject[1:]}, expected=(200, 429)
        )
        if (
            answer.status == 429
        ):  # the gateway's one status for the plan's quota, whose text sells a bigger one, and haste
            if "upgrade" in answer.text.lower():
                raise ProviderRefused(self.name, *REFUSALS[_USED_UP])
            raise ProviderUnavailable(self.name, Fault.RATE_LIMITED, is_sent=False, retry_after_s=answer.retry_after_s)
        body = answer.json()
        match body:
            case {"success": False, "error": {"code": int(code)} as error}:
                return self._failed(subject, code, error.get("type"))
        return self._reply(subject, body)

    def _failed(self, subject: str, code: int, kind: object) -> Reply[LineAnswer]:
        if code in REFUSALS:
            raise ProviderRefused(self.name, *REFUSALS[code])
        if code in _BAD_NUMBER:
            word = kind if isinstance(kind, str) else None
            return Reply(subject, Outcome.REJECTED, raw_status=str(code), raw_sub_status=word, is_billed=False)
        if code == _TOO_FAST:
            raise ProviderUnavailable(self.name, Fault.RATE_LIMITED, is_sent=False)
        raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)

    def _reply(self, subject: str, body: Any) -> Reply[LineAnswer]:
        match body:
            case {
                "valid": bool(is_valid),
                "number": str(number),
                "country_code": str() | None as country,
                "carrier": str() | None as carrier,
                "line_type": str() | None as kind,
            }:
                pass
            case _:
                raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        if number.removeprefix("+") != subject[1:]:
            raise ProviderUnavailable(self.name, Fault.OTHER_SUBJECT)
        return Reply(
            subject,
            Outcome.ANSWERED,
            LineAnswer(
                PhoneStatus.VALID if is_valid else PhoneStatus.INVALID,
                None if is_valid else PhoneSubStatus.NOT_IN_PLAN,
                line_type=LINE_TYPES.get(kind, PhoneType.UNKNOWN) if kind else None,
                carrier=carrier or None,
                country=country or None,
            ),
            raw_status="valid" if is_valid else "invalid",
            raw_sub_status=kind or None,
            is_known=not kind or kind in LINE_TYPES,
        )


VENDOR = Vendor(
    name=NumverifyLookup.name,
    variables={"key": "NUMVERIFY_API_KEY", "base_url": "NUMVERIFY_BASE_URL", "api_style": "NUMVERIFY_API_STYLE"},
    api_styles=tuple(ApiStyle),
    offers={
        Layer.CARRIER: Offer(
            make=lambda access, _: NumverifyLookup(
                access.key, access.base_url, api_style=access.api_style or ApiStyle.LEGACY
            ),
            price=PRICE_PER_1000 / 1000,
        )
    },
)
