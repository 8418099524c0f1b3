"""Returned mails made for tests, in the forms that mail systems document. Nobody here exists: domains of RFC 2606, and
local parts that no provider gives out."""

SENDER = "news~desk~@post.sender.test"
ENVELOPE = "returns~@post.sender.test"
GONE = "zz~gone~1@mail-a.example"
FULL = "zz~full~2@mail-b.example"
THIRD = "zz~third~3@mail-c.example"
MESSAGE_ID = "20260105.77.invented@post.sender.test"
DATE = "Mon, 05 Jan 2026 10:11:12 +0100"
DAEMON = "MAILER-DAEMON@mx.relay.example"

ORIGINAL = f"""Return-Path: <{ENVELOPE}>
Received: from post.sender.test (post.sender.test [192.0.2.10]) by mx.relay.example; {DATE}
From: News Desk <{SENDER}>
To: {{to}}
Subject: What we make
Date: {DATE}
Message-ID: <{MESSAGE_ID}>

Good morning, write to ask~us~@post.sender.test if anything is unclear.
"""


def original(to: str = GONE) -> str:
    """What was sent, to one address."""
    return ORIGINAL.format(to=to)


def mail(
    body: str,
    *,
    subject: str = "Returned mail: see below",
    sender: str = f"Mail Delivery System <{DAEMON}>",
    headers: str = "",
) -> bytes:
    """A mail of one part."""
    top = f"Return-Path: <>\nFrom: {sender}\nTo: <{ENVELOPE}>\nSubject: {subject}\nDate: {DATE}\n"
    return f"{top}Message-ID: <report.1@mx.relay.example>\n{headers}\n{body}".encode()


def multipart(
    *parts: tuple[str, str],
    kind: str = "multipart/report; report-type=delivery-status",
    subject: str = "Undelivered Mail Returned to Sender",
    headers: str = "",
    sender: str = f"Mail Delivery System <{DAEMON}>",
) -> bytes:
    """A mail of parts, each a content type (with further header lines, if any) and a body."""
    body = "".join(f"--frontier\nContent-Type: {of}\n\n{text}\n" for of, text in parts)
    of_all = f"MIME-Version: 1.0\nContent-Type: {kind}; boundary=frontier\n{headers}"
    return mail(f"{body}--frontier--\n", subject=subject, headers=of_all, sender=sender)


def group(
    recipient: str = GONE,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 User unknown",
    more: str = "",
) -> str:
    """The fields of RFC 3464 about one recipient."""
    answer = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    return f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n{answer}{more}"


def notification(*groups: str, text: str = "The mail came back.", to: str = GONE) -> bytes:
    """A delivery status notification as RFC 3464 has it."""
    fields = f"Reporting-MTA: dns; mx.relay.example\nArrival-Date: {DATE}\n\n" + "\n".join(groups)
    return multipart(("text/plain", text), ("message/delivery-status", fields), ("message/rfc822", original(to)))
