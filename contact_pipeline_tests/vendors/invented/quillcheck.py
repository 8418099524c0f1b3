"""Quillcheck, which nobody sells: mailboxes one by one. What a vendor's file has to say, and nothing more.

Needs QUILLCHECK_API_KEY. Limit: 20 calls a second. Price: 6 dollars for 1,000; a `dunno` is free.
"""

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, Layer, Limits, Outcome, ProviderUnavailable, Reply, is_sendable
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

NAME = "quillcheck"
BASE_URL = "https://api.quillcheck.example"

_UNSURE = MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
_WORDS = {
    "ok": MailboxAnswer(EmailStatus.VALID),
    "gone": MailboxAnswer(EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND),
    "dunno": _UNSURE,
}


class QuillcheckMailbox:
    """Whether a mailbox takes mail: Single."""

    name = NAME
    limits = Limits(calls=20, seconds=1.0)

    def __init__(self, key: str, base_url: str = BASE_URL) -> None:
        self._http = HttpClient(NAME, base_url, connections=self.limits.connections, headers={"X-Key": key})

    def credits(self) -> float | None:
        """Checks left."""
        return self._http.request("GET", "/left", is_free=True).fields().number("left")

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """One check."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        fields = self._http.request("GET", "/check", params={"mail": subject}).fields()
        if fields.text("mail").casefold() != subject.casefold():
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        word = fields.text("verdict")
        return Reply(
            subject,
            Outcome.ANSWERED,
            _WORDS.get(word, _UNSURE),
            raw_status=word,
            is_billed=word != "dunno",
            is_known=word in _WORDS,
        )


VENDOR = Vendor(
    name=NAME,
    variables={"key": "QUILLCHECK_API_KEY", "base_url": "QUILLCHECK_BASE_URL"},
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: QuillcheckMailbox(access.key, access.base_url or BASE_URL), price=0.006
        )
    },
)
