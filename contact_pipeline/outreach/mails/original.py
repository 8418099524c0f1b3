"""What was sent, as far as a report gives it back: whom it was to, who sent it, which message it was. Pure."""

import re
from dataclasses import dataclass

from contact_pipeline.outreach.mails.addresses import addresses_in, key, keys_in, verp_address
from contact_pipeline.outreach.mails.parts import Headers, Mail, fields_of

# The header by which a mail of ours says whom it is to, whatever a list or a forward makes of its To.
OWN_RECIPIENT_HEADERS = ("x-outreach-recipient",)
# Headers in which other systems keep the envelope recipient of what they pass on or complain about.
RECIPIENT_HEADERS = ("x-hmxmroriginalrecipient", "x-rcpt-to", "x-original-rcpt-to")
SENDER_HEADERS = ("from", "sender", "return-path", "reply-to", "errors-to", "x-sender", "x-envelope-from")
MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
NAMES = ("received", "return-path", "from", "to", "date", "message-id", "subject", "mime-version", "dkim-signature")
MOST_LINES = 3000
MOST_HEADER_LINES = 400
FIELD = re.compile(r"[!-9;-~]{1,100}:")
QUOTE = re.compile(r"[>|\s]{0,20}")
HEADER_START = re.compile(rf"[>|\s]{{0,20}}(?:{'|'.join(NAMES)})[ \t]{{0,5}}:", re.IGNORECASE)


@dataclass(frozen=True)
class Original:
    """What is known of the mail that came back. Addresses as written; `senders` by key."""

    own_recipient: str = ""  # from our header or our envelope
    envelope_recipient: str = ""  # from another system's header
    recipients: tuple[str, ...] = ()  # To and Cc
    senders: frozenset[str] = frozenset()
    message_id: str = ""
    is_of_list: bool = False  # its To is a mailing list, not who received it


def original_of(mail: Mail, cut_off: str) -> Original:
    """The original of a report: from its part, else from the text behind the report (`cut_off`)."""
    for part in mail.parts:
        if part.is_original:
            headers = _headers_in(part.text())
            if len(headers):
                return _original(headers)
    headers = _headers_in(cut_off)
    return _original(headers) if len(headers) > 1 else Original()


def _headers_in(text: str) -> Headers:
    """The first header block of a text that may begin with something else, or be quoted or indented."""
    lines = text.split("\n", MOST_LINES)[:MOST_LINES]
    for start, line in enumerate(lines):
        if HEADER_START.match(line) is None:
            continue
        quote = QUOTE.match(line)
        depth = quote.end() if quote else 0
        while start and FIELD.match(lines[start - 1][depth:]) is not None:
            start -= 1  # fields of unknown names come before it
        quoted = lines[start : start + MOST_HEADER_LINES]
        fields, _ = fields_of(
            [one[depth:] if not one[:depth].strip(">| \t") else one for one in quoted], 0, MOST_HEADER_LINES
        )
        return Headers(fields)
    return Headers([])


def _original(headers: Headers) -> Original:
    own = next((address for name in OWN_RECIPIENT_HEADERS for address in addresses_in(headers.get(name))), "")
    if not own:
        own = next(filter(None, map(verp_address, [headers.get("return-path"), headers.get("x-envelope-from")])), "")
    envelope = next((address for name in RECIPIENT_HEADERS for address in addresses_in(headers.get(name))), "")
    recipients: dict[str, str] = {}
    for name in ("to", "cc"):
        for value in headers.all(name):
            for address in addresses_in(value):
                recipients.setdefault(key(address), address)
    senders = keys_in(value for name in SENDER_HEADERS for value in headers.all(name))
    message_id = message_id_in(headers.get("message-id"))
    return Original(own, envelope, tuple(recipients.values()), frozenset(senders), message_id, is_of_list(headers))


def is_of_list(headers: Headers) -> bool:
    """True for a mail that a list sent on (RFC 2369, RFC 2919)."""
    return "list-id" in headers or "list-post" in headers or headers.get("precedence").lower() == "list"


def message_id_in(value: str) -> str:
    """A Message-ID without its brackets, "" if there is none."""
    found = MESSAGE_ID.search(value)
    return found[1] if found else ""
