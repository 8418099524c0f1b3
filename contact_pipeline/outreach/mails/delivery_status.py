"""Delivery status notifications: the fields of RFC 3464 and RFC 6533, one group for each recipient. Pure.

Written by rules, and often against them: groups without the blank line between them, blank lines inside a group,
fields in a part of another type or in the plain text, empty groups. Known by their fields, not by the type of their
part.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from contact_pipeline.outreach.mails.addresses import field_address
from contact_pipeline.outreach.mails.parts import Mail

FIELDS = (
    "original-recipient|final-recipient|x-actual-recipient|x-original-recipient|action|status|remote-mta|"
    "diagnostic-code|"
    "last-attempt-date|final-log-id|will-retry-until|reporting-mta|arrival-date|original-envelope-id|received-from-mta|"
    "dsn-gateway|x-original-message-id|x-display-name|x-supplementary-info"
)
FIELD = re.compile(rf"[ \t]{{0,8}}({FIELDS})[ \t]{{0,8}}:[ \t]*(.*)", re.IGNORECASE)
RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient", "x-original-recipient")
# RFC 3464 2.3.3; "deliverable" is Postfix's answer to a question about an address (sendmail -bv)
DELIVERED = ("delivered", "relayed", "expanded", "deliverable")
DELAYED = "delayed"
MOST_GROUPS = 1000
MOST_VALUE = 4000


@dataclass
class Group:
    """The fields about one recipient, by lower-case name."""

    fields: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A field's value on one line, "" if it is not there."""
        return self.fields.get(name, "")

    @property
    def recipient(self) -> str:
        """Whom the mail was for: as it was addressed, if that is said, else whom it was for in the end."""
        for name in RECIPIENT_FIELDS:
            if address := field_address(self.get(name)):
                return address
        return ""

    @property
    def names_recipient(self) -> bool:
        return any(name in self.fields for name in RECIPIENT_FIELDS)

    @property
    def action(self) -> str:
        """One of the five words of RFC 3464 2.3.3, or whatever is written there, "" if nothing is."""
        return re.split(r"[\s(;]", self.get("action").strip().lower(), maxsplit=1)[0]

    @property
    def status(self) -> str:
        """x.y.z as found; without the comment that some systems write behind it."""
        found = re.search(r"[245]\.\d{1,3}\.\d{1,3}", self.get("status"))
        return found[0] if found else ""

    @property
    def diagnostic(self) -> str:
        """The answer of the other server, without its type ("smtp;")."""
        kind, separator, text = self.get("diagnostic-code").partition(";")
        return text.strip() if separator and len(kind) < 20 else self.get("diagnostic-code").strip()


@dataclass(frozen=True)
class DeliveryStatus:
    """A report: the fields about the message, and the groups about recipients."""

    message: Group
    groups: list[Group]


def delivery_status_of(mail: Mail, report_text: str) -> DeliveryStatus | None:
    """The report of a mail: in its own part, else in one of a wrong type, else in the text. None if there is none."""
    own = [
        part
        for part in mail.parts
        if part.content_type in ("message/delivery-status", "message/global-delivery-status")
    ]
    others = [part for part in mail.parts if part not in own and not part.is_original]
    for texts in ([part.text() for part in own], [part.text() for part in others], [report_text]):
        report = read_groups(line for text in texts for line in [*text.split("\n"), ""])
        if report.groups:
            return report
    return None


def read_groups(lines: Iterable[str]) -> DeliveryStatus:
    """Groups of fields, each begun by a blank line or by a recipient where there is one already."""
    pieces: list[Group] = [Group()]
    last = ""
    for line in lines:
        if not line.strip():
            last = ""
            if pieces[-1].fields:
                pieces.append(Group())
            continue
        found = FIELD.match(line)
        if found is None:
            if last and line[0] in " \t":
                value = pieces[-1].fields[last]
                if len(value) < MOST_VALUE:
                    pieces[-1].fields[last] = f"{value} {line.strip()}"
            else:
                last = ""
            continue
        name = found[1].lower()
        if name in pieces[-1].fields or (name == "original-recipient" and "action" in pieces[-1].fields):
            if name in (*RECIPIENT_FIELDS, "action") or pieces[-1].names_recipient is False:
                pieces.append(Group())
            else:
                last = ""
                continue
        if len(pieces) > MOST_GROUPS:
            break
        pieces[-1].fields[name] = found[2].strip()
        last = name
    return _assembled([piece for piece in pieces if piece.fields])


def _assembled(pieces: list[Group]) -> DeliveryStatus:
    """Pieces without a recipient belong to the one before them, if it lacks what they say, or to the message."""
    message = Group()
    groups: list[Group] = []
    for piece in pieces:
        only_original = piece.names_recipient and "final-recipient" not in piece.fields and "action" not in piece.fields
        previous = groups[-1] if groups else None
        if previous is not None and (not piece.names_recipient or only_original):
            fresh = {name: value for name, value in piece.fields.items() if name not in previous.fields}
            if only_original and not fresh:
                groups.append(piece)
            previous.fields.update(fresh)
        elif piece.names_recipient:
            groups.append(piece)
        else:
            message.fields.update(piece.fields)
    # A group with nothing but a recipient is no report about it.
    told = [
        group
        for group in groups
        if group.action or group.status or group.diagnostic or "reporting-mta" in message.fields
    ]
    return DeliveryStatus(message, told)
