"""Reports in words of mail servers and gateways, each in the form that its manual, its source or its users document."""

from contact_pipeline.outreach.bounce_classes import BounceClass
from contact_pipeline_tests.outreach.written_reports import (
    DATE,
    ENVELOPE,
    FULL,
    GONE,
    MESSAGE_ID,
    SENDER,
    THIRD,
    mail,
    multipart,
    original,
)

HARD, SOFT, OURS = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS
COPY = original()
WITHOUT_NAME = GONE.partition("@")[0]

# system → mail, and the class of each recipient
SERVERS: dict[str, tuple[bytes, dict[str, BounceClass]]] = {
    "qmail": (
        mail(
            f"""Hi. This is the qmail-send program at mx.relay.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{GONE}>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 unknown user
Giving up on 192.0.2.7.

<{FULL}>:
user is over quota

--- Below this line is a copy of the message.

{COPY}""",
            subject="failure notice",
        ),
        {GONE: HARD, FULL: SOFT},
    ),
    "Exim": (
        mail(
            f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {GONE}
    host mail-a.example [192.0.2.8]
    SMTP error from remote mail server after RCPT TO:<{GONE}>:
    550 5.1.1 no mailbox by that name
  {FULL}
    retry timeout exceeded

------ This is a copy of the message, including all the headers. ------

{COPY}""",
            subject="Mail delivery failed: returning message to sender",
            headers=f"X-Failed-Recipients: {GONE},\n  {FULL}\nAuto-Submitted: auto-replied\n",
        ),
        {GONE: HARD, FULL: SOFT},
    ),
    "Exim, sent on": (
        mail(
            f"""This message was created automatically by mail delivery software.
A message that you sent could not be delivered. The following address failed:

  {THIRD}
    (generated from {GONE})
    mailbox is full: retry timeout exceeded
""",
            headers=f"X-Failed-Recipients: {THIRD}\n",
        ),
        {GONE: SOFT},
    ),
    "sendmail 8": (
        mail(
            f"""The original message was received at {DATE}
from post.sender.test [192.0.2.10]

   ----- The following addresses had permanent fatal errors -----
<{GONE}>
    (reason: 550 5.1.1 <{GONE}>... User unknown)

   ----- Transcript of session follows -----
... while talking to mail-a.example.:
>>> RCPT To:<{GONE}>
<<< 550 5.1.1 <{GONE}>... User unknown
550 5.1.1 <{GONE}>... User unknown

   ----- Original message follows -----

{COPY}"""
        ),
        {GONE: HARD},
    ),
    "sendmail 5": (
        mail(
            f"""   ----- Transcript of session follows -----
While talking to mail-a.example:
>>> RCPT To:<{GONE}>
<<< 550 <{GONE}>, User Unknown
550 <{GONE}>... User unknown

   ----- Unsent message follows -----
{COPY}""",
            subject="Returned mail: User unknown",
        ),
        {GONE: HARD},
    ),
    "Postfix": (
        mail(
            f"""This is the mail system at host mx.relay.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

For further assistance, please send mail to postmaster@mx.relay.example.

<{GONE}>: host mail-a.example[192.0.2.8] said: 550 5.1.1
    <{GONE}>: Recipient address rejected: User unknown in local recipient
    table (in reply to RCPT TO command)

<{THIRD}> (expanded from <{FULL}>): mail for mail-c.example loops back to
    myself
"""
        ),
        {GONE: HARD, FULL: SOFT},
    ),
    "Exchange 5.5": (
        multipart(
            (
                "text/plain",
                f"""Your message

  To:      everybody~@lists.sender.test
  Subject: What we make
  Sent:    {DATE}

did not reach the following recipient(s):

{GONE} on {DATE}
    The recipient name is not recognized
\tThe MTS-ID of the original message is: c=xx;a= ;p=mail a;l=MX1
    MSEXCH:IMS:MAIL A:MAIN:MX1 0 (000C05A6) Unknown Recipient
c=XX;a= ;p=MAIL;o=B;dda:SMTP={FULL}; on {DATE}
    The mailbox is full
""",
            ),
            ("message/rfc822", original("everybody~@lists.sender.test")),
            kind="multipart/mixed",
            subject="Undeliverable: What we make",
            sender="System Administrator <postmaster@mx.relay.example>",
        ),
        {GONE: HARD, FULL: SOFT},
    ),
    "Exchange 2007": (
        mail(
            f"""Delivery has failed to these recipients or distribution lists:

An Invented Name<mailto:{GONE}>
The recipient's e-mail address was not found in the recipient's e-mail system.

Diagnostic information for administrators:

Generating server: mx.relay.example

{GONE}
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##

Original message headers:

{COPY}""",
            subject="Undeliverable: What we make",
            sender="<postmaster@mx.relay.example>",
        ),
        {GONE: HARD},
    ),
    "Domino": (
        mail(
            f"""Your message

  Subject: What we make

was not delivered to:

  {GONE}

because:

  User zz gone ({GONE}) not listed in Domino Directory
""",
            subject="DELIVERY FAILURE: User zz gone not listed in Domino Directory",
        ),
        {GONE: HARD},
    ),
    "Notes": (
        mail(
            f"""------- Failure Reasons  --------

User not listed in public Name & Address Book
{GONE}

------- Returned Message --------

{COPY}""",
            subject="Undeliverable message",
            sender="Mail Router <router~@mx.relay.example>",
        ),
        {GONE: HARD},
    ),
    "GroupWise": (
        multipart(
            (
                "text/plain",
                f"The message that you sent was undeliverable to the following:\n\t{GONE} (user not found)\n",
            ),
            ("message/rfc822", COPY),
            kind="multipart/mixed",
            subject="Message status - undeliverable",
            sender="Mail System <system~@mx.relay.example>",
        ),
        {GONE: HARD},
    ),
    "Courier": (
        mail(
            f"""This is a delivery status notification from mx.relay.example,
running the Courier mail server, version 1.0.

UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<{GONE}>:
    mail-a.example [192.0.2.8]:
>>> RCPT TO:<{GONE}>
<<< 550 5.1.1 <{GONE}>... User Unknown

If your message was also sent to additional recipients, their delivery status is not included.
"""
        ),
        {GONE: HARD},
    ),
    "Messaging Server": (
        mail(
            f"""This report relates to a message you sent with the following header fields:

  Message-id: <{MESSAGE_ID}>
  From: News Desk <{SENDER}>
  To: {GONE}

Your message cannot be delivered to the following recipients:

  Recipient address: {GONE}
  Reason: Illegal host/domain name found
""",
            subject="Delivery Notification: Delivery has failed",
        ),
        {GONE: HARD},
    ),
    "IMail": (
        mail(f"Unknown user: {GONE}\n\nOriginal message follows.\n\n{COPY}", subject="Undeliverable Mail"),
        {GONE: HARD},
    ),
    "IMail, full": (
        mail(
            f"User mailbox exceeds allowed size: {FULL}\n\nOriginal message follows.\n\n{COPY}",
            subject="Undeliverable Mail",
        ),
        {FULL: SOFT},
    ),
    "InterScan": (
        mail(
            f"""Sent <<< RCPT TO:<{GONE}>
Received >>> 550 5.1.1 <{GONE}>... user unknown
Unable to deliver message to <{GONE}>
""",
            subject="Mail could not be delivered",
            sender='"InterScan MSS" <notices~@mx.relay.example>',
        ),
        {GONE: HARD},
    ),
    "McAfee": (
        multipart(
            (
                'text/plain; name="deliveryproblems.txt"',
                f"   --- The following addresses had delivery problems ---\n\n<{GONE}>   (Unknown user {GONE})\n",
            ),
            ("message/rfc822", COPY),
            kind="multipart/mixed",
            subject="Delivery Status",
        ),
        {GONE: HARD},
    ),
    "m-FILTER": (
        mail(
            f"""以下のメールアドレスへの送信に失敗しました。
{GONE}


-------server message
550 5.1.1 unknown user <{GONE}>

-------SMTP command
DATA

-------original message
{COPY}""",
            subject="failure notice",
            headers="X-Mailer: m-FILTER\nContent-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "MXLogic": (
        mail(
            f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its recipients.
This is a permanent error. The following address failed:

<{GONE}>:550 5.1.1 <{GONE}> Account not available

Included is a copy of the message header:
{COPY}"""
        ),
        {GONE: HARD},
    ),
    "SurfControl": (
        mail(
            f"""Your message could not be sent.
A transcript of the attempts to send the message follows.
The number of attempts made: 1
Addressed To: {GONE}

Failed to send to identified host,
{GONE}: [192.0.2.8], 550 {GONE}... No such user

--- Message non-deliverable.
"""
        ),
        {GONE: HARD},
    ),
    "Verizon": (
        mail(
            f"""Error: Invalid user address

Error message below:
550 - Requested action not taken: no such user here

Message details:
  Subject: What we make
  MAIL FROM: {ENVELOPE}
  RCPT TO: {GONE}
  From: {SENDER}
""",
            subject="Re:What we make",
            sender="post_master@mx.relay.example",
            headers=f"In-Reply-To: <{MESSAGE_ID}>\n",
        ),
        {GONE: HARD},
    ),
    "Verizon, pictures": (
        mail(
            f"""Message could not be delivered to mobile.
Error: No valid recipients for this MM

Original Message:
From: News Desk <{SENDER}>
To: {GONE}
Subject: What we make
""",
            subject="Undeliverable Message",
            sender="sysadmin~@mx.relay.example",
        ),
        {GONE: HARD},
    ),
    "Zimbra": (
        mail(
            f"""This is the mail system at host mx.relay.example.

I'm sorry to have to inform you that your message could not be delivered.

<{FULL}>: host mail-b.example[192.0.2.9] said: 452 4.2.2 Over quota (in reply
    to end of DATA command)
"""
        ),
        {FULL: SOFT},
    ),
}
