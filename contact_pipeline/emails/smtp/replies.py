"""What a mail server's reply to RCPT says about a mailbox, and what a refusal before RCPT says about us. Pure.

Rules: RFC 5321 4.2 (reply codes), RFC 3463 with the IANA registry (enhanced codes), RFC 2034 (where they stand), RFC
7504 and 7505 (521, 556, null MX), RFC 6531 and 6533 (X.6.7). Servers use codes loosely, so words come first where they
are clear: Postfix refuses our host, our HELO and our sender in the reply to RCPT, some say 5.7.1 for an unknown user.

Two rules keep a person safe: 4yz never means invalid, and 5yz with a reason that nobody recognises is unknown. A word
about the sender, a block list or a policy beats a word about the mailbox. The recipient's own address, which most
replies repeat, is taken out before anything is read.
"""

import re
from dataclasses import dataclass

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer

DEFAULT_GREYLIST_S = 900  # most greylists wait 5 minutes by default, some 15; three times 5 passes nearly all
SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 86_400
MOST_TEXT = 300  # kept
LONGEST_READ = 2_000  # a hostile server may write tens of thousands, against our regular expressions


@dataclass(frozen=True, slots=True)
class SmtpFinding:
    """raw_status: the codes. raw_text: the server's words without anybody's address. is_known: the table has the reply.

    retry_after_s: when the server wants to be asked again. is_leave: the server wants to be left alone for now.
    """

    answer: MailboxAnswer
    raw_status: str
    raw_text: str = ""
    is_known: bool = True
    retry_after_s: float | None = None
    is_leave: bool = False


_Meaning = tuple[EmailStatus, EmailSubStatus | None]
VALID: _Meaning = (EmailStatus.VALID, None)
NOT_FOUND: _Meaning = (EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND)
DISABLED: _Meaning = (EmailStatus.INVALID, EmailSubStatus.MAILBOX_DISABLED)
NULL_MX: _Meaning = (EmailStatus.INVALID, EmailSubStatus.NULL_MX)
FULL: _Meaning = (EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL)
GREYLISTED: _Meaning = (EmailStatus.UNKNOWN, EmailSubStatus.GREYLISTED)
FAILURE: _Meaning = (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE)
BLOCKED: _Meaning = (EmailStatus.UNKNOWN, EmailSubStatus.BLOCKED_US)
UNSURE: _Meaning = (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)

# Enhanced codes (without the class) that say enough by themselves in a 5yz reply.
BY_CODE: dict[str, _Meaning] = {
    "1.0": NOT_FOUND,
    "1.1": NOT_FOUND,
    "1.2": NOT_FOUND,  # bad destination system: not at this host, which DNS names
    "1.3": NOT_FOUND,
    "1.4": UNSURE,  # ambiguous
    "1.6": NOT_FOUND,  # moved
    "1.7": BLOCKED,  # our own sender address
    "1.8": BLOCKED,
    "1.9": FAILURE,
    "1.10": NULL_MX,
    "2.2": FULL,
    "6.7": FAILURE,  # RFC 6531: no SMTPUTF8 for this address, whatever the words
    "6.8": FAILURE,
    "6.9": FAILURE,
    "6.10": FAILURE,
    "7.13": DISABLED,
    "7.27": BLOCKED,  # our sender's domain has a null MX
}
# What is left when neither the code above nor the words decided: by the enhanced code's second number …
BY_SUBJECT: dict[str, _Meaning] = {"1": UNSURE, "2": UNSURE, "3": FAILURE, "4": FAILURE, "5": FAILURE, "6": FAILURE,
                                   "7": BLOCKED}  # fmt: skip
# … or, where there is none, by the reply code. 550, 553 and 554 without a reason are not here: no proof of anything.
BY_REPLY: dict[int, _Meaning] = {
    500: FAILURE, 501: FAILURE, 502: FAILURE, 503: FAILURE, 504: FAILURE, 555: FAILURE,
    521: FAILURE, 530: BLOCKED, 535: BLOCKED, 538: BLOCKED,
    551: NOT_FOUND, 552: FULL, 556: NULL_MX,
}  # fmt: skip


def _words(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_MAILBOX = r"(?:user|recipient|mailbox|mail box|account|address|addressee|alias|e-?mail|local[- ]?part|person|rcpt)"
_GAP = r"(?: (?!sender|domain|your|host\b|from\b|policy)\S+){0,5}?"  # a few words, none of which changes the subject
_OFF = r"(?:disabled|deactivated|inactive|not active|suspended|discontinued|frozen|locked|terminated|archived)"

# Block lists and rate limits: about us, and the server had better be left alone.
_LEAVE = _words(
    r"black ?-?list", r"block ?-?list", r"deny ?-?list", r"dnsbl", r"\brbl\b", r"spamhaus", r"spamcop", r"abusix",
    r"barracuda(?:central|networks)", r"senderbase|sbrs score", r"(?:poor|low|bad) .{0,24}reputation",
    r"reputation (?:score|service|problem)|ip reputation", r"blocked using|is blocked by|banned",
    r"(?<!not )listed (?:at|in|on|by) ", r"dynamic ip|rate[- ]?limit|connection (?:rate|limit)|throttl|slow down",
    r"too (?:fast|many (?:connections|sessions|errors|concurrent|invalid|unknown|bad))", r"try again slower|harvest",
    r"unexpected volume|user complaints",
)  # fmt: skip
# Our host, our HELO or our sender, whatever the code says.
_ABOUT_US = _words(
    r"sender (?:address|domain|id|ip|host)", r"sender (?:verif|callout|rejected|denied|is not)", r"client host",
    r"helo|ehlo", r"reverse[- ]?(?:dns|hostname|lookup)", r"\brdns\b|\bptr\b", r"\bspf\b|\bdkim\b|\bdmarc\b",
    r"(?:find|resolve) your (?:host ?name|address|reverse)", r"your (?:ip|host|server|domain|network|mta)\b",
    r"invalid dns", r"not (?:yet )?authori[sz]ed to deliver mail from",
)  # fmt: skip
_POLICY = _words(
    r"\bpolicy\b|policies", r"access (?:is )?denied", r"\bspam\b|junk ?mail", r"\bblocked\b", r"administrative",
    r"not (?:permitted|allowed)", r"authenticat|not ?authori[sz]ed|authrequired", r"restricted|members? only",
    r"prohibit|security", r"starttls|must use tls",
)  # fmt: skip
_RELAY = _words(
    r"relay(?:ing)?\b.{0,24}(?:denied|not permitted|prohibited|access)", r"allowed rcpthosts",
    r"(?:cannot|can't|unable to|won't|do(?:es)? not) relay", r"not (?:a )?local (?:domain|host)",
)  # fmt: skip
_GREYLIST = _words(r"gr[ae]y[- ]?list", r"postgrey|sqlgrey|milter-?grey", r"come back in \d")
_TOO_MANY = _words(
    r"too many recipients", r"multi-?recipient", r"one recipient", r"multiple (?:recipients|destination)"
)
_FULL = _words(
    r"(?:over|exceed\w*|above|reached|out of)(?: \S+){0,4} quota",
    r"quota(?: \S+){0,3} (?:exceeded|full|violation|reached)",
    r"(?:mailbox|mail box|inbox|mailfolder|maildir|account)(?: \S+){0,2} (?:is |was )?full", r"full (?:mailbox|inbox)",
    r"not enough (?:\S+ )?space|out of (?:\S+ )?space|space has been used up", r"exceeded storage allocation",
    r"too many messages on the server", r"(?:mailbox|user|recipient|account)\b.{0,40}(?:disk space|storage|size) limit",
)  # fmt: skip
_BUSY_MAILBOX = _words(r"receiving (?:mail|messages)", r"too many messages (?:to|for) (?:this|the)")
_DISABLED = _words(rf"{_MAILBOX}\b[^.]{{0,60}}\b{_OFF}", rf"{_OFF} {_MAILBOX}")
_NOT_FOUND = _words(
    rf"(?:no such|unknown|invalid|non-?existent|bad) (?:\S+ )?{_MAILBOX}",
    rf"\b{_MAILBOX}{_GAP} (?:is |was |are )?(?:currently )?(?:unknown|invalid|incorrect|unavailable|nonexistent"
    r"|not (?:found|exist\w*|known|valid|listed|present|recogni[sz]ed|local|handled)"
    r"|no longer (?:valid|available|exists?|in use|accepts)|(?:could not|cannot) be found"
    r"|do(?:es)?(?:n.t| not) (?:\S+ )?(?:exist|have an?))",
    rf"\bno (?:\S+ )?{_MAILBOX}{_GAP} (?:here|by that name|with that name|found|available)", r"no one at this address",
    rf"not an? (?:known|valid|active|local|existing) (?:\S+ )?{_MAILBOX}", r"recip(?:ient)? ?not ?found|misspelled",
    r"unrout(?:e)?able address|undeliverable address",
    r"(?:utilisateur|destinataire|adresse)\b.{0,20}(?:inconnu|inexistant)",
    r"(?:benutzer|empf.{1,2}nger).{0,12}unbekannt|unbekannte\w* (?:benutzer|empf)",
    r"(?:usuario|destinatario|cuenta|buz.n)\b.{0,20}(?:desconocid|inexistente|no existe)",
    r"(?:utente|casella)\b.{0,20}(?:sconosciut|inesistente)", r"nie istnieje",
)  # fmt: skip

# At the beginning, or as qmail writes it: (#5.1.1). Elsewhere it may be half an IP address.
_ENHANCED = re.compile(r"\A\s*[245]\.(\d{1,3}\.\d{1,3})(?!\.?\d)|#[245]\.(\d{1,3}\.\d{1,3})(?!\.?\d)")
_LATER_CODES = re.compile(r"\s*\n(?:[245]\.\d{1,3}\.\d{1,3}(?= ))?\s*")
_URL = re.compile(r"https?://([^/\s]+)\S*", re.IGNORECASE)  # its host may name a block list; the rest only misleads
_ADDRESS = re.compile(r"<?[^\s<>()\[\]@]+@[^\s<>()\[\],;:@]+>?")
_UNIT = {"s": 1, "m": 60, "h": 3600}
_WAIT = re.compile(
    r"\b(?:in|for|after|within|wait(?: at least)?|least|another|delay(?:ed)?(?: of| by)?)[: ]+(?:about |at least )?"
    r"(\d{1,6}) ?(s|m|h)(?:\b|ec|in|r|ours?\b)",
    re.IGNORECASE,
)
_WAIT_CLOCK = re.compile(r"\bin (\d{1,3}):(\d\d):(\d\d)\b", re.IGNORECASE)  # milter-greylist


def judge_rcpt(code: int, text: str, *, recipient: str = "") -> SmtpFinding:
    """The reply to RCPT TO:<recipient>. `text` without the reply codes, its lines joined by line feeds."""
    detail, words = _read(text)
    if code in (250, 251):
        meaning, is_known = VALID, True
    elif code == 252:  # cannot tell, but takes it
        meaning, is_known = UNSURE, True
    elif 400 <= code < 500:
        meaning, is_known = _temporary(code, detail, words), True
    elif 500 <= code < 600:
        found = _permanent(code, detail, words)
        meaning, is_known = found or UNSURE, found is not None
    else:
        meaning, is_known = UNSURE, False
    return _finding(code, detail, text, words, meaning, recipient=recipient, is_known=is_known)


def judge_session(code: int, text: str) -> SmtpFinding:
    """A refusal in the greeting or of EHLO, STARTTLS or MAIL. Nobody was named yet: it can only be about us or them."""
    detail, words = _read(text)
    if 400 <= code < 500:
        meaning = _temporary(code, detail, words)
        meaning = FAILURE if meaning is FULL else meaning
    elif code in (521, 556) or (detail or "").startswith("3."):  # takes no mail at all (RFC 7504), or not now
        meaning = BLOCKED if _LEAVE.search(words) else FAILURE
    elif 500 <= code < 600:
        meaning = BLOCKED
    else:
        meaning = FAILURE
    return _finding(code, detail, text, words, meaning)


def asks_for_one_recipient(code: int, text: str) -> bool:
    """Whether the server wants fewer recipients in one transaction; the same question alone may have an answer."""
    detail, words = _read(text)
    return code >= 400 and (detail == "5.3" or _TOO_MANY.search(words) is not None)


def _temporary(code: int, detail: str | None, words: str) -> _Meaning:
    """4yz: never about a person for good."""
    if _GREYLIST.search(words):
        return GREYLISTED
    if _BUSY_MAILBOX.search(words):
        return FAILURE
    if _LEAVE.search(words) or _ABOUT_US.search(words):
        return BLOCKED
    if detail == "2.2" or _FULL.search(words):
        return FULL
    if detail == "7.1" and code in (450, 451):
        return GREYLISTED
    if detail in ("1.7", "1.8") or (detail or "").startswith("7."):
        return BLOCKED
    return FAILURE


def _permanent(code: int, detail: str | None, words: str) -> _Meaning | None:
    """5yz; None where nothing in it is recognised."""
    if _BUSY_MAILBOX.search(words) or _TOO_MANY.search(words):
        return FAILURE
    if _LEAVE.search(words) or _ABOUT_US.search(words):
        return BLOCKED
    if _RELAY.search(words):  # not our fault, and not the person's: the host that DNS names does not take the domain
        return FAILURE
    if detail == "4.1" and "recipient address rejected: access denied" in words.lower():
        return NOT_FOUND  # Microsoft 365 says so of addresses its directory does not have (edge blocking)
    if detail in BY_CODE:
        return BY_CODE[detail]
    by_words = _by_words(words)
    if by_words:
        return by_words
    if detail == "2.1":
        return DISABLED
    if detail is not None:
        return BY_SUBJECT.get(detail.partition(".")[0])
    return BY_REPLY.get(code)


def _by_words(words: str) -> _Meaning | None:
    for pattern, meaning in ((_FULL, FULL), (_POLICY, BLOCKED), (_DISABLED, DISABLED), (_NOT_FOUND, NOT_FOUND)):
        if pattern.search(words):
            return meaning
    return None


def _read(text: str) -> tuple[str | None, str]:
    """Enhanced code without its class (servers mix those up; the reply code has it), and the words."""
    text = text[:LONGEST_READ]
    found = _ENHANCED.search(text)
    words = _URL.sub(r"\1", _ADDRESS.sub(" ", _LATER_CODES.sub(" ", text)))
    return (found[1] or found[2]) if found else None, " ".join(words.split())


def _finding(
    code: int,
    detail: str | None,
    text: str,
    words: str,
    meaning: _Meaning,
    *,
    recipient: str = "",
    is_known: bool = True,
) -> SmtpFinding:
    status, sub_status = meaning
    wait = _wait(words) if 400 <= code < 500 else None
    if meaning is GREYLISTED:
        wait = wait or DEFAULT_GREYLIST_S
    leaves = code >= 400 and (_LEAVE.search(words) is not None or code == 421)
    leaves = leaves or (400 <= code < 500 and (detail or "").startswith("7."))
    return SmtpFinding(
        MailboxAnswer(status, sub_status),
        raw_status=f"{code} {code // 100}.{detail}" if detail else str(code),
        raw_text=_without_person(text, recipient),
        is_known=is_known,
        retry_after_s=wait,
        is_leave=leaves and meaning is not GREYLISTED,
    )


def _wait(words: str) -> float | None:
    """Seconds until the server wants to be asked again, where it says so."""
    if clock := _WAIT_CLOCK.search(words):
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    elif found := _WAIT.search(words):
        seconds = int(found[1]) * _UNIT[found[2].lower()]
    else:
        return None
    return float(min(max(seconds, SHORTEST_WAIT_S), LONGEST_WAIT_S))


def _without_person(text: str, recipient: str) -> str:
    """For storing: no address, nor the recipient's local part where it stands alone."""
    clean = _ADDRESS.sub("<address>", _LATER_CODES.sub(" ", text[:LONGEST_READ]))
    local = recipient.rpartition("@")[0]
    if local:
        clean = re.sub(rf"(?<![\w.-]){re.escape(local)}(?![\w.-])", "<local>", clean, flags=re.IGNORECASE)
    return "".join(c if c.isprintable() else " " for c in clean)[:MOST_TEXT].strip()
