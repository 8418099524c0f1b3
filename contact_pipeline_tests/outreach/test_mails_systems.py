"""Reports in words: one mail for each mail system, in the form that its manual, its source or its users document."""

import pytest

from contact_pipeline.outreach.bounce_classes import BounceClass
from contact_pipeline.outreach.mails import read_returned
from contact_pipeline_tests.outreach.written_reports import (
    DAEMON,
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
SYSTEMS: dict[str, tuple[bytes, dict[str, BounceClass]]] = {
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
    "X1": (
        mail(
            f"""The original message was received at {DATE}
from {SENDER}

---The following addresses had delivery errors---

{GONE} [User unknown]
""",
            subject="Returned Mail: What we make",
        ),
        {GONE: HARD},
    ),
    "X2": (
        mail(
            f"""Unable to deliver message to the following address(es).

<{GONE}>:
This user doesn't have a mail-a.example account ({GONE}) [0]

--- Original message follows.

{COPY}""",
            subject="Delivery failure",
        ),
        {GONE: HARD},
    ),
    "X3": (
        mail(
            f"""============================================================================
     This is an automatically generated Delivery Status Notification.

Delivery to the following recipients failed permanently:

  * {GONE}

============================================================================
                            Technical details:

SMTP:RCPT host 192.0.2.8: 553 5.3.0 <{GONE}>... No such user here
""",
            subject="Delivery status notification",
        ),
        {GONE: HARD},
    ),
    "X4": (
        mail(
            f"""We're sorry. There's a problem with the e-mail address(es) listed below.

<{GONE}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below the next line is a copy of the message.
{COPY}""",
            subject="failure notice",
        ),
        {GONE: HARD},
    ),
    "X6": (
        mail(
            f"""We had trouble delivering your message. Full details follow:

1 error(s):

SMTP Server <mail-a.example> rejected recipient <{GONE}>
  (Error following RCPT command). It responded as follows: [550 5.1.1 User unknown]
""",
            subject="There was an error sending your mail",
        ),
        {GONE: HARD},
    ),
    "GMX": (
        mail(
            f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

"{GONE}":
SMTP error from remote server after RCPT command:
host: mail-a.example
5.1.1 <{GONE}>... User Unknown

--- The header of the original message is following. ---

{COPY}"""
        ),
        {GONE: HARD},
    ),
    "1&1": (
        mail(
            f"""This message was created automatically by mail delivery software.
The following address failed:

{GONE}

For the following reason:

Mail size limit exceeded. For explanation visit
http://pages.relay.example/error-messages

--- The header of the original message is following. ---

{COPY}"""
        ),
        {GONE: OURS},
    ),
    "Gmail": (
        mail(
            f"""Delivery to the following recipient failed permanently:

     {GONE}

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the recipient domain.
The error that the other server returned was: 550 550 5.1.1 <{GONE}>... User Unknown (state 14).

----- Original message -----

{COPY}""",
            subject="Delivery Status Notification (Failure)",
        ),
        {GONE: HARD},
    ),
    "Yahoo": (
        mail(
            f"""Sorry, we were unable to deliver your message to the following address.

<{GONE}>:
Remote host said: 550 5.1.1 <{GONE}>... User Unknown [RCPT_TO]

--- Below this line is a copy of the message.

{COPY}""",
            subject="Failure Notice",
        ),
        {GONE: HARD},
    ),
    "AOL": (
        mail(
            f"Your mail to the following recipients could not be delivered because they are\nnot accepting mail from {SENDER}:\n\n"
            "\tzzgone1\n",
            subject="Mail Delivery Problem",
            sender="Mail Delivery Subsystem <MAILER-DAEMON@aol.com>",
        ),
        {"zzgone1@aol.com": OURS},
    ),
    "mail.ru": (
        mail(
            f"""Это письмо создано автоматически сервером, отвечать на него не нужно.

К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:

  {GONE}
    host mail-a.example [192.0.2.8]: 550 5.1.1 user not found
""",
            subject="Mail failure",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Zoho": (
        mail(
            f"""This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

{GONE} Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <{GONE}>... User Unknown
[Status: Error, Address: <{FULL}>, ResponseCode 421, , Host not reachable.]
""",
            subject="Mail Delivery Status Notification",
        ),
        {GONE: HARD, FULL: SOFT},
    ),
    "KDDI": (
        mail(
            f"Your mail sent on: {DATE}\n    Could not be delivered to: <{FULL}>\n    As their mailbox is full.\n",
            subject="Notice",
            sender="no-reply@mx.relay.example",
        ),
        {FULL: SOFT},
    ),
    "EZweb": (
        mail(
            f"The user(s) account is disabled.\n\n<{GONE}>: 550 user unknown (in reply to RCPT TO command)\n",
            subject="Mail System Error - Returned Mail",
            sender="Postmaster@mx.relay.example",
        ),
        {GONE: HARD},
    ),
    "Biglobe": (
        mail(
            f"""   ----- The following addresses had delivery problems -----
{FULL}

   ----- Non-delivered information -----
The number of messages in recipient's mailbox exceeded the local limit.
""",
            subject="Returned mail: mailbox limit",
            sender="postmaster@mx.relay.example",
        ),
        {FULL: SOFT},
    ),
    "Active!hunter": (
        mail(
            f"""  ----- The following addresses had permanent fatal errors -----

>>> {GONE} <{GONE}>

  ----- Transcript of session follows -----
550 sorry, no mailbox here by that name (#5.1.1 - chkusr)
""",
            subject="FAILURE NOTICE : what we make",
        ),
        {GONE: HARD},
    ),
    "Apache James": (
        mail(
            f"""Hi. This is the James mail server at mx.relay.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out. Below
I include the list of recipients and the reason why I was unable to deliver
your message.

Failed recipient(s):
{GONE}

Error message:
550 5.1.1 <{GONE}>... User unknown
""",
            subject="[BOUNCE] What we make",
        ),
        {GONE: HARD},
    ),
    "OpenSMTPD": (
        mail(
            f"""    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

{GONE}: 550 5.2.2 <{GONE}>... Mailbox Full

    Below is a copy of the original message:

{COPY}""",
            subject="Delivery status notification: error",
        ),
        {GONE: SOFT},
    ),
    "DragonFly": (
        mail(
            f"""This is the DragonFly Mail Agent v0.13 at mx.relay.example.

There was an error delivering your mail to <{GONE}>.

mail-a.example [192.0.2.8] did not like our RCPT TO:
550 5.1.1 <{GONE}>: Recipient address rejected: User unknown

Message headers follow.

{COPY}""",
            subject="Mail delivery failed",
        ),
        {GONE: HARD},
    ),
    "MailMarshal": (
        mail(
            f"""Your message:
   From:    {SENDER}
   Subject: What we make

Could not be delivered because of

550 5.1.1 User unknown

The following recipients were affected:
    {GONE}

Additional Information
======================
""",
            subject='Undeliverable Mail: "What we make"',
        ),
        {GONE: HARD},
    ),
    "MailFoundry": (
        mail(
            f"""Unable to deliver message to: <{GONE}>
Delivery failed for the following reason:
Server mail-a.example[192.0.2.8] failed with: 550 <{GONE}> No such user here

This has been a permanent failure.  No further delivery attempts will be made.
""",
            subject="Message delivery has failed",
        ),
        {GONE: HARD},
    ),
    "MailEnable": (
        mail(
            f"""MailEnable: Message could not be delivered to some recipients.
The following recipient(s) could not be reached:

\tRecipient: [SMTP:{GONE}]
\tReason: Remote SMTP Server Returned: 550 No such user

Message headers follow:
{COPY}""",
            subject="Message Delivery Failure",
        ),
        {GONE: HARD},
    ),
    "MDaemon": (
        mail(
            f"""The attached message had PERMANENT fatal delivery errors!

The following addresses did NOT receive a copy of your message:

> {FULL}

--- Session Transcript ---
 MAIL From:<{ENVELOPE}> SIZE=1861
 250 <{ENVELOPE}>, Sender ok
 RCPT To:<{FULL}>
 552 Message for <{FULL}> would exceed mailbox quota
--- End Transcript ---
""",
            subject="Permanent Delivery Failure",
        ),
        {FULL: SOFT},
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
    "Amazon SES": (
        mail(
            f"""An error occurred while trying to deliver the mail to the following recipients:
{GONE}
""",
            subject="Delivery Status Notification (Failure)",
        ),
        {GONE: SOFT},
    ),
    "French": (
        mail(
            f"Votre message n'a pas pu être délivré à\n{GONE}\n\nAdresse inconnue\n",
            subject="Message non remis",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "German": (
        mail(
            f"Ihre Nachricht konnte nicht zugestellt werden:\n\n  {GONE}\n    Empfänger unbekannt\n",
            subject="Unzustellbar: What we make",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "only HTML": (
        mail(
            f"<html><body><p>Your message could not be delivered to:</p><p><b>{GONE}</b></p><p>550 No such user</p></body></html>",
            subject="Undeliverable",
            headers="Content-Type: text/html\n",
        ),
        {GONE: HARD},
    ),
    "no address in the report": (
        multipart(
            ("text/plain", "Your message could not be delivered: user unknown."),
            ("message/rfc822", COPY),
            kind="multipart/mixed",
        ),
        {GONE: HARD},
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_report_in_words_gives_its_recipients_and_what_became_of_them(system: str) -> None:
    message, expected = SYSTEMS[system]
    found = read_returned(message)
    assert {one.recipient: one.meaning and one.meaning.bounce_class for one in found} == expected
    assert {one.kind for one in found} == {"bounce"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_same_report_with_other_line_ends_says_the_same(system: str) -> None:
    message, expected = SYSTEMS[system]
    assert {one.recipient for one in read_returned(message.replace(b"\n", b"\r\n"))} == set(expected)


def test_a_daemon_is_nobodys_address() -> None:
    body = f"Your message could not be delivered to:\n\n{DAEMON}\n{SENDER}\npostmaster@mail-a.example\n\n{original('')}"
    assert [one.recipient for one in read_returned(mail(body))] == [None]
