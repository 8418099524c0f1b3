"""EmailAge (LexisNexis EmailRisk): how risky does an address look to other merchants? A risk, never an engagement.

Needs EMAILAGE_API_KEY (the account SID, OAuth's consumer key) and EMAILAGE_API_SECRET (the auth token); sold by
contract only. Limits: none published, HTTP 503 means too fast; we stay at 10 a second. Price: by contract; the default
of 50 dollars per 1,000 is our cautious guess, no published figure.

Rules: the vendor's SDKs (emailage-official 1.2.2 of 2020, Emailage_Go 2025, Emailage_Java 2026). OAuth 1.0a,
one-legged, with everything in the query: oauthlib signs exactly that. The answer starts with a byte order mark, its
scalars are strings, and an error is an HTTP 200.

It names the person behind the address (birth date, gender, place, profiles). Nothing of that is read: only score, band
and advice. `lastVerificationDate` and `totalhits` count questions of EmailAge's customers, not the person's use of the
address, so this provider never says when an address was active.
"""

from typing import Any
from urllib.parse import quote, unquote, urlencode

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import (
    Fault,
    Layer,
    Limits,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
)
from contact_pipeline.emails.ports import ActivityAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

BASE_URL = "https://api.emailage.com"
SANDBOX_URL = "https://sandbox.emailage.com"
PRICE_PER_1000 = 50.0

_PATH = "/emailagevalidator/"
_HIGHEST_SCORE = 999

# EAStatusID: whether the score says anything.
STATUSES: dict[str, bool] = {
    "0": False,  # GeneralError
    "1": True,  # Certified
    "2": True,  # Verified
    "3": True,  # EmailNonexistent
    "4": True,  # ValidDomain
    "5": True,  # DomainNonexistent
}

# responseStatus.errorCode of a failed answer that only a person can mend.
REFUSALS: dict[str, tuple[Fault, str]] = {
    "3001": (Fault.UNAUTHORIZED, "Check its key and secret."),
    "3002": (Fault.UNAUTHORIZED, "Its account is inactive."),
    "3003": (Fault.UNAUTHORIZED, "Its trial has expired."),
    "3004": (Fault.NO_CREDITS, "Its query credits are used up."),
    "3005": (Fault.UNAUTHORIZED, "Check its key and secret."),
    "3006": (Fault.BAD_REQUEST, "It misses a parameter."),
    "3008": (Fault.BAD_REQUEST, "It does not accept our timestamp: check this machine's clock."),
    "3010": (Fault.BAD_REQUEST, "It misses a partner id."),
    "3011": (Fault.BAD_REQUEST, "It misses a customer identifier."),
    "3012": (Fault.BAD_REQUEST, "It misses a user_email."),
    "3013": (Fault.BAD_REQUEST, "Its user_email does not fit the department."),
    "3014": (Fault.UNAUTHORIZED, "It does not know this key."),
    "3015": (Fault.UNAUTHORIZED, "It has no such account."),
    "3016": (Fault.BAD_REQUEST, "It does not accept the signature method."),
    "400": (Fault.BAD_REQUEST, ""),
    "401": (Fault.UNAUTHORIZED, "Check its key and secret."),
    "403": (Fault.FORBIDDEN, ""),
    "404": (Fault.BAD_REQUEST, ""),
    "405": (Fault.BAD_REQUEST, ""),
}

# The same, where asking again helps.
WAITS: dict[str, Fault] = {"3009": Fault.SERVER_ERROR, "503": Fault.RATE_LIMITED}  # 3009: a nonce came twice

_MALFORMED = "3007"  # a parameter; ours are fixed, so it is the address


class EmailAgeActivity:
    """EmailAge's risk score of an address, 0-100."""

    name = "emailage"
    question = "risk"  # how dangerous an address is; another provider's word on its use does not answer that
    limits = Limits(calls=10, seconds=1.0, connections=10)

    def __init__(self, key: str, secret: str, base_url: str = BASE_URL) -> None:
        self._http = HttpClient(self.name, base_url, connections=self.limits.connections)
        self._base_url = base_url.rstrip("/")
        self._key, self._secret = key, secret

    def credits(self) -> float | None:
        """None: EmailAge has no such call."""
        return None

    def ask(self, subject: str) -> Reply[ActivityAnswer]:
        """One query."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request("GET", self._signed(subject), expected=(200, 503))
        if answer.status == 503:
            raise ProviderUnavailable(self.name, Fault.RATE_LIMITED, is_sent=False)
        match answer.json():
            case {"query": {"email": str(asked)} as query, "responseStatus": {"status": str(status)} as outcome}:
                pass
            case _:
                raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        if status.casefold() != "success":
            return self._failed(subject, str(outcome.get("errorCode")))
        if unquote(asked).casefold() != subject.casefold():
            raise ProviderUnavailable(self.name, Fault.OTHER_SUBJECT)
        match query.get("results"):
            case []:
                return Reply(subject, Outcome.NOT_FOUND)
            case [
                {"email": str(email), "EAScore": str() | int() as score, "EAStatusID": str() | int() as state} as found
            ]:
                if email.casefold() != subject.casefold():
                    raise ProviderUnavailable(self.name, Fault.OTHER_SUBJECT)
                return self._reply(subject, str(score), str(state), found)
            case [_, _, *_]:
                raise ProviderUnavailable(self.name, Fault.TOO_MANY_ROWS)
        raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)

    def _signed(self, subject: str) -> str:
        """Path and query of a signed question. A client for each: oauthlib's are not made for threads."""
        # Imported here: oauthlib takes 6 ms, and every start reads this file.
        from oauthlib.oauth1 import SIGNATURE_TYPE_QUERY, Client

        query = urlencode({"format": "json", "query": subject}, quote_via=quote, safe="")
        client = Client(self._key, client_secret=self._secret, signature_type=SIGNATURE_TYPE_QUERY)
        url: str = client.sign(f"{self._base_url}{_PATH}?{query}")[0]
        return url.removeprefix(self._base_url)

    def _failed(self, subject: str, code: str) -> Reply[ActivityAnswer]:
        if code == _MALFORMED:
            return Reply(subject, Outcome.REJECTED, raw_status=code, is_billed=False)
        if code in REFUSALS:
            raise ProviderRefused(self.name, *REFUSALS[code])
        if code in WAITS:
            raise ProviderUnavailable(self.name, WAITS[code], is_sent=False)
        raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)

    def _reply(self, subject: str, score: str, state: str, found: dict[str, Any]) -> Reply[ActivityAnswer]:
        if score and not (score.isascii() and score.isdigit() and int(score) <= _HIGHEST_SCORE):
            raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        is_scored = bool(score) and STATUSES.get(state, False)
        risk = round(int(score) * 100 / _HIGHEST_SCORE) if is_scored else None
        band, advice = found.get("EARiskBandID") or "", found.get("EAAdviceID") or ""
        return Reply(
            subject,
            Outcome.ANSWERED,
            ActivityAnswer(risk_score=risk),
            raw_status=score or None,
            raw_sub_status=f"{band}/{advice}",
            is_known=state in STATUSES,
        )


VENDOR = Vendor(
    name=EmailAgeActivity.name,
    variables={"key": "EMAILAGE_API_KEY", "secret": "EMAILAGE_API_SECRET", "base_url": "EMAILAGE_BASE_URL"},
    needs=("key", "secret"),
    offers={
        Layer.ACTIVITY: Offer(
            make=lambda access, _: EmailAgeActivity(access.key, access.secret, access.base_url or BASE_URL),
            price=PRICE_PER_1000 / 1000,
        )
    },
)
