"""Complaints: the feedback reports of RFC 5965, and Outlook.com's, which are a mail around the original. Pure."""

import re
from dataclasses import dataclass

from contact_pipeline.outreach.mails.addresses import first_address, is_system_account, key, verp_address
from contact_pipeline.outreach.mails.original import Original, message_id_in
from contact_pipeline.outreach.mails.parts import Headers, Mail, fields_of

# RFC 5965 7.3: abuse, fraud, virus, other; opt-out and opt-out-list are of its drafts and are still sent.
OBJECTIONS = ("abuse", "fraud", "opt-out", "opt-out-list", "other", "virus", "miscellaneous", "complaint", "spam")
# RFC 6590 and the forms in use: no address at all, or a word or a row of x in the place of one.
REDACTED = re.compile(
    r"\[?redacted\]?.*|x{3,}|\*+|hidden.*|removed|undisclosed.*|unknown|anonymous|suppressed", re.IGNORECASE
)
DIGEST = re.compile(r"[0-9a-f]{32,}|[A-Za-z0-9+/]{40,}={0,2}")


@dataclass(frozen=True)
class Complaint:
    """One feedback report. `recipient` is "" where it is left out or made unreadable."""

    feedback_type: str
    recipient: str
    message_id: str
    arrival: str  # Arrival-Date or Received-Date, as written

    @property
    def is_objection(self) -> bool:
        """False for not-spam, which takes a complaint back, and for reports about authentication (RFC 6591)."""
        return self.feedback_type in OBJECTIONS


def complaint_of(mail: Mail, original: Original) -> Complaint | None:
    """The feedback report of a mail, None if it is none."""
    for part in mail.parts:
        if part.content_type == "message/feedback-report":
            return _read(part.text(), mail, original)
    if "report-type=feedback-report" in mail.headers.get("content-type").replace('"', "").lower():
        for part in mail.parts:
            if re.search(r"^feedback-type\s{0,5}:", part.text()[:5000], re.IGNORECASE | re.MULTILINE):
                return _read(part.text(), mail, original)
    # Outlook.com's junk mail reporting: no report part, the recipient in a header of the original.
    if first_address(mail.headers.get("from")).lower() == "staff@hotmail.com" and original.envelope_recipient:
        return Complaint("abuse", original.envelope_recipient, original.message_id, "")
    return None


def _read(text: str, mail: Mail, original: Original) -> Complaint:
    fields, _ = fields_of(text.strip().split("\n"), 0, 500)
    report = Headers(fields)
    kind = report.get("feedback-type").partition(";")[0].strip().lower()
    recipient = _recipient(report, mail, original)
    message_id = original.message_id or message_id_in(report.get("original-message-id"))
    return Complaint(kind, recipient, message_id, report.get("arrival-date") or report.get("received-date"))


def _recipient(report: Headers, mail: Mail, original: Original) -> str:
    named = [
        original.own_recipient,
        verp_address(report.get("original-mail-from")),
        *map(first_address, report.all("original-rcpt-to")),
        first_address(report.get("removal-recipient")),
        original.envelope_recipient,
    ]
    for address in named:
        if address and not is_redacted(address):
            return address
    # The To of the original, where it can be nobody else.
    if len(original.recipients) == 1:
        address = original.recipients[0]
        reporter = {key(one) for one in map(first_address, mail.headers.all("from"))}
        if (
            not is_redacted(address)
            and key(address) not in original.senders | reporter
            and not is_system_account(address)
        ):
            return address
    return ""


def is_redacted(address: str) -> bool:
    """True where an address has been made unreadable (RFC 6590)."""
    local, _, domain = address.partition("@")
    return bool(REDACTED.fullmatch(local) or DIGEST.fullmatch(local) or domain.lower().startswith("redacted"))
