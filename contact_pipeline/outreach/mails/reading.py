"""One returned mail as what it says of whom. Pure: bytes in, findings out.

Order of trust: a feedback report, the fields of a delivery status notification, X-Failed-Recipients, and the words of
the text last. The address that we wrote into the envelope or a header of ours goes before what a report names: a
report names whom a mail was for in the end, and that may be somebody to whom our contact forwards.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from contact_pipeline.outreach.bounce_classes import BounceClass, BounceMeaning, meaning_of, says_enough, status_in
from contact_pipeline.outreach.mails.addresses import (
    addresses_in,
    first_address,
    is_reporter,
    key,
    keys_in,
    verp_address,
)
from contact_pipeline.outreach.mails.complaint import Complaint, complaint_of
from contact_pipeline.outreach.mails.delivery_status import (
    DELAYED,
    DELIVERED,
    DeliveryStatus,
    Group,
    delivery_status_of,
)
from contact_pipeline.outreach.mails.notices import Notice, notice_of, only_waits
from contact_pipeline.outreach.mails.original import Original, is_of_list, message_id_in, original_of
from contact_pipeline.outreach.mails.parts import Mail, mail_of
from contact_pipeline.outreach.mails.report_text import Found, accounts_in, addressed_in, cut, recipients_in

Kind = Literal["bounce", "complaint", "delivered", "reply", "not_ours"]
ENVELOPE_HEADERS = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to")
OWN_HEADERS = ("from", "sender", "reply-to", "return-path", "errors-to", *ENVELOPE_HEADERS)
# A report in words that quotes a field or two of the original (Messaging Server).
QUOTED_MESSAGE_ID = re.compile(r"^[ \t]{1,8}Message-id:[ \t]{0,8}<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
WEIGHT: tuple[Kind, ...] = ("delivered", "bounce", "not_ours", "complaint", "reply")
WAITS = BounceMeaning(BounceClass.NONE, "delayed")


@dataclass(frozen=True)
class Returned:
    """What one mail says of one recipient.

    kind: `bounce` (with a `meaning`), `complaint` (an opt-out), `delivered`, `reply` (a person answers), or `not_ours`:
    answers of machines, warnings that a mail is late, and whatever else is nothing to act on.
    recipient: as written; None where the mail does not say, or only names somebody else. Of a reply it is who wrote it.
    status: the enhanced status code or SMTP reply code as found, "" if none. message_id: of the mail that was sent,
    without brackets, "" if none. occurred_at: of the failure, else of the report; always with a zone.
    """

    kind: Kind
    recipient: str | None = None
    meaning: BounceMeaning | None = None
    status: str = ""
    message_id: str = ""
    occurred_at: datetime | None = None


def read_returned(message: bytes) -> list[Returned]:
    """What a mail says, one entry for each recipient, at least one.

    RFC 3464 and 6533 (delivery status), RFC 5965 (feedback), and the reports in words of systems that know neither.
    Only the first MiB is read. Never raises, whatever the octets are.
    """
    mail = mail_of(message)
    report, behind = cut(_text_of(mail))
    return _Reading(mail, report, original_of(mail, behind)).findings()


def _text_of(mail: Mail) -> str:
    """The words of a mail before the original: its plain parts, or its HTML where it has no other."""
    plain: list[str] = []
    marked_up: list[str] = []
    for part in mail.parts:
        if part.is_original:
            break
        if part.content_type == "text/html":
            marked_up.append(part.text())
        elif part.content_type.startswith("text/") or "/" not in part.content_type:
            plain.append(part.text())
    text = "\n".join(plain)
    return text if "@" in text or not marked_up else "\n".join([text, *marked_up])


class _Reading:
    """One mail while it is read: what is asked of it again and again."""

    def __init__(self, mail: Mail, report: str, original: Original) -> None:
        self.mail = mail
        self.report = report
        self.original = original
        headers = mail.headers
        envelope = [value for name in ENVELOPE_HEADERS for value in headers.all(name)]
        self.own = original.own_recipient or next(filter(None, map(verp_address, envelope)), "")
        reporters = {key(one) for value in headers.all("from") for one in addresses_in(value) if is_reporter(one)}
        expected = {key(one) for one in original.recipients}
        others = keys_in(value for name in OWN_HEADERS for value in headers.all(name)) | original.senders
        self.others = frozenset((others - expected) | reporters)

    def findings(self) -> list[Returned]:
        if (complaint := complaint_of(self.mail, self.original)) is not None:
            return [self._complaint(complaint)]
        status = delivery_status_of(self.mail, self.report)
        if status is not None and (found := self._by_fields(status)):
            return found
        notice = notice_of(self.mail, self.report)
        if notice is Notice.REPORT:
            return self._by_words()
        if notice is Notice.ANSWER:
            writer = self.own or first_address(self.mail.headers.get("from")) or None
            answered = message_id_in(self.mail.headers.get("in-reply-to")) or message_id_in(
                self.mail.headers.get("references")
            )
            return [Returned("reply", writer, None, "", answered, self._moment())]
        return [Returned("not_ours", None, None, "", self.original.message_id, self._moment())]

    def _complaint(self, complaint: Complaint) -> Returned:
        kind: Kind = "complaint" if complaint.is_objection else "not_ours"
        moment = self._moment(complaint.arrival)
        return Returned(kind, complaint.recipient or self.own or None, None, "", complaint.message_id, moment)

    def _by_fields(self, status: DeliveryStatus) -> list[Returned]:
        """The groups of a delivery status notification.

        Several may be about one address that leads to several people: if one of them has the mail, it is good.
        """
        found: dict[str, Returned] = {}
        in_words = recipients_in(self.report, never=self.others, known=self.original.recipients)
        for group in status.groups:
            recipient = self._recipient_of(group, alone=len(status.groups) == 1, in_words=in_words)
            if not recipient:
                continue
            one = self._of_group(group, recipient, status.message, in_words)
            earlier = found.get(key(recipient))
            if earlier is None or WEIGHT.index(one.kind) < WEIGHT.index(earlier.kind):
                found[key(recipient)] = one
        return list(found.values())

    def _recipient_of(self, group: Group, *, alone: bool, in_words: list[Found]) -> str:
        if self.own:
            return self.own  # a mail of ours has one recipient
        named = self._as_addressed(group.recipient, in_words)
        if named and key(named) not in self.others:
            return named
        if not alone:
            return ""
        failed = self._failed_by_header()
        for addresses in (failed, [one.address for one in in_words], self._expected()):
            if len(addresses) == 1:
                return addresses[0]
        return ""

    def _of_group(self, group: Group, recipient: str, message: Group, in_words: list[Found]) -> Returned:
        moment = self._moment(group.get("last-attempt-date"), fallback=message.get("arrival-date"))
        message_id = self._message_id()
        if group.action in DELIVERED or (group.action not in ("failed", DELAYED) and group.status.startswith("2")):
            meaning = BounceMeaning(BounceClass.NONE, group.action if group.action in DELIVERED else "delivered")
            return Returned("delivered", recipient, meaning, group.status, message_id, moment)
        if group.action == DELAYED:
            return Returned("not_ours", recipient, WAITS, group.status, message_id, moment)
        diagnostic = group.diagnostic
        if not diagnostic and not says_enough(group.status):
            about = {key(recipient), key(group.recipient)}
            diagnostic = next((one.diagnostic for one in in_words if key(one.address) in about), "")
        meaning = meaning_of(status=group.status, text=diagnostic)
        return Returned("bounce", recipient, meaning, group.status or status_in(diagnostic), message_id, moment)

    def _by_words(self) -> list[Returned]:
        """A report without fields: the header that names who failed, then the text, then whom the original was to."""
        subject = self.mail.headers.get("subject")
        failed = self._failed_by_header()
        in_words = recipients_in(self.report, never=self.others, known=[*self.original.recipients, *failed])
        said = {key(one.address): one.diagnostic for one in in_words}
        addresses = [self._as_addressed(one, in_words) for one in failed]
        addresses = addresses or [one.address for one in in_words] or self._expected()
        if self.own and len(addresses) <= 1:
            said[key(self.own)] = next((said[key(one)] for one in addresses if key(one) in said), "")
            addresses = [self.own]
        waits = only_waits(subject, self.report)
        in_all = meaning_of(text=self.report)
        if in_all.reason == "unclassified":
            in_all = meaning_of(text=subject)
        found: dict[str, Returned] = {}
        for address in addresses or [""]:
            found.setdefault(key(address), self._in_words(address, said.get(key(address), ""), in_all, waits=waits))
        return list(found.values())

    def _in_words(self, address: str, diagnostic: str, in_all: BounceMeaning, *, waits: bool) -> Returned:
        message_id, moment = self._message_id(), self._moment()
        if waits:
            return Returned("not_ours", address or None, WAITS, "", message_id, moment)
        meaning = meaning_of(text=diagnostic)
        if meaning.reason == "unclassified":
            meaning = in_all
        return Returned("bounce", address or None, meaning, status_in(diagnostic), message_id, moment)

    def _as_addressed(self, address: str, in_words: list[Found]) -> str:
        """The address that a mail was for, where the text says that this one is only where it was sent on to."""
        return next((one.address for one in in_words if key(address) in one.sent_on_to), address)

    def _failed_by_header(self) -> list[str]:
        """The addresses of X-Failed-Recipients (Exim, Gmail)."""
        values = self.mail.headers.all("x-failed-recipients")
        return [one for value in values for one in addresses_in(value) if key(one) not in self.others]

    def _expected(self) -> list[str]:
        """Whom the original was to, where the report says it of nobody: one address, not of a list, not one of ours."""
        if self.original.is_of_list or is_of_list(self.mail.headers):
            return []
        addresses = self.original.recipients or addressed_in(self.report)
        addresses = [one for one in addresses if key(one) not in self.original.senders | self.others]
        if len(addresses) == 1 == max(1, len(self.original.recipients)):
            return addresses
        reporter, _, domain = first_address(self.mail.headers.get("from")).lower().partition("@")
        if reporter == "mailer-daemon":
            return [f"{account}@{domain}" for account in accounts_in(self.report)]
        return []

    def _message_id(self) -> str:
        if self.original.message_id:
            return self.original.message_id
        if (quoted := QUOTED_MESSAGE_ID.search(self.report)) is not None:
            return quoted[1]
        headers = self.mail.headers
        named = (message_id_in(headers.get(name)) for name in ("x-original-message-id", "in-reply-to", "references"))
        return next(filter(None, named), "")

    def _moment(self, *written: str, fallback: str = "") -> datetime | None:
        return _first_moment([*written, self.mail.headers.get("date"), fallback])


def _first_moment(written: Iterable[str]) -> datetime | None:
    """The first that is a date (RFC 5322 3.3). One without a zone is taken for UTC."""
    for text in written:
        try:
            moment = parsedate_to_datetime(text[:200])
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return None
