"""What kind of mail came back: a report of a mail system, an answer of a machine, an answer of a person. Pure."""

import re
from enum import Enum, auto

from contact_pipeline.outreach.mails.addresses import ADDRESS, first_address, is_reporter
from contact_pipeline.outreach.mails.parts import Mail
from contact_pipeline.outreach.mails.wording import (
    AWAY_HEADERS,
    AWAY_SUBJECTS,
    FAILURE,
    GIVEN_UP,
    RECIPIENT_LABEL,
    REPLY_ON_LINE,
    REPORTING_NAMES,
    REPORTING_SUBJECTS,
    WAITING,
)

ANSWERING = re.compile(r"\s{0,5}(re|aw|sv|antw|odp|r[ée]f|fwd?|wg|tr|回复|答复)\s?(\[\d{1,3}\])?:", re.IGNORECASE)
MOST_TEXT = 20_000


class Notice(Enum):
    """What a mail without fields of its own is."""

    REPORT = auto()
    AWAY = auto()  # out of office and the like
    ANSWER = auto()
    NOTHING = auto()


def notice_of(mail: Mail, report: str) -> Notice:
    """The kind of a mail by its header and the words of its report.

    An Auto-Submitted of auto-replied (RFC 3834) alone says nothing: Postfix and Exim set it on their reports.
    """
    headers = mail.headers
    subject = headers.get("subject").lower()
    from_system = is_from_system(mail)
    answers = "in-reply-to" in headers or "references" in headers
    failing = REPORTING_SUBJECTS.search(subject) is not None
    if answers and ANSWERING.match(subject) and not from_system:
        failing = False  # a person answers a mail about a failed delivery
    if "x-failed-recipients" in headers or "report-type=delivery-status" in headers.get("content-type").replace(
        '"', ""
    ):
        return Notice.REPORT
    answered_by_machine = (
        any(name in headers for name in AWAY_HEADERS) or headers.get("precedence").lower() == "auto_reply"
    )
    if (answered_by_machine or AWAY_SUBJECTS.search(subject)) and not (from_system and failing):
        return Notice.AWAY
    text = report[:MOST_TEXT].lower()
    fails = FAILURE.search(text) is not None
    submitted = headers.get("auto-submitted").lower()
    answering = answers or submitted.startswith("auto-replied")
    signed = from_system or (not answering and _reads_like_a_report(mail, text))
    if [signed, failing, fails].count(True) > 1:
        return Notice.REPORT
    by_machine = submitted.startswith("auto-") or headers.get("precedence").lower() in ("bulk", "junk", "list")
    return Notice.ANSWER if answers and not by_machine and not from_system else Notice.NOTHING


def _reads_like_a_report(mail: Mail, text: str) -> bool:
    """True where nobody signs as a system, but a line names a recipient, or an answer of a server comes with an empty
    envelope sender (RFC 5321 4.5.5; vacation programs have one as well)."""
    lines = (ADDRESS.sub("@", line) for line in text.split("\n") if "@" in line)
    if any(RECIPIENT_LABEL.match(line) for line in lines):
        return True
    return mail.headers.get("return-path").replace(" ", "") == "<>" and REPLY_ON_LINE.search(text) is not None


def is_from_system(mail: Mail) -> bool:
    """True where a mail system signs, or nobody does."""
    sender = mail.headers.get("from")
    return (
        is_reporter(first_address(sender))
        or REPORTING_NAMES.search(sender.lower()) is not None
        or sender.strip() == "<>"
    )


def only_waits(subject: str, report: str) -> bool:
    """True for a warning that a mail is late: nothing came back."""
    text = report[:MOST_TEXT].lower()
    if not WAITING.search(text):
        return False
    return re.search(r"warning|delay|verz.ger|retard|deferred", subject.lower()) is not None or not GIVEN_UP.search(
        text
    )
