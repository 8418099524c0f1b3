"""Reports in words of mail providers, of systems without a name, and of languages, in the forms that users document."""

from contact_pipeline.outreach.bounce_classes import BounceClass
from contact_pipeline_tests.outreach.written_reports import (
    DATE,
    ENVELOPE,
    FULL,
    GONE,
    SENDER,
    mail,
    original,
)

HARD, SOFT, OURS = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS
COPY = original()
WITHOUT_NAME = GONE.partition("@")[0]

# system → mail, and the class of each recipient
PROVIDERS: dict[str, tuple[bytes, dict[str, BounceClass]]] = {
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
            "Your mail to the following recipients could not be delivered because they are\n"
            f"not accepting mail from {SENDER}:\n\n\tzzgone1\n",
            subject="Mail Delivery Problem",
            sender="Mail Delivery Subsystem <MAILER-DAEMON@mail-a.example>",
        ),
        {"zzgone1@mail-a.example": OURS},
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
    "Amazon SES": (
        mail(
            f"""An error occurred while trying to deliver the mail to the following recipients:
{GONE}
""",
            subject="Delivery Status Notification (Failure)",
        ),
        {GONE: SOFT},
    ),
    "Gmail, since 2017": (
        mail(
            f"""** Address not found **

Your message wasn't delivered to {GONE} because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 The email account that you tried to reach does not exist.
""",
            subject="Delivery Status Notification (Failure)",
        ),
        {GONE: HARD},
    ),
    "Office 365": (
        mail(
            f"""Your message to {GONE} couldn't be delivered.

zz gone wasn't found at mail-a.example.

Diagnostic information for administrators:

Error:  550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {GONE} not found by SMTP address lookup
Message rejected by:    mx.relay.example
""",
            subject="Undeliverable: What we make",
        ),
        {GONE: HARD},
    ),
}
