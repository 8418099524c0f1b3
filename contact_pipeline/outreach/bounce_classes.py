"""What a report of a mail that was not delivered means: the address is gone, something passing, or something about us.

Pure: strings in, a meaning out. The table is bounce_table.py; how it is weighed is here.
"""

import re
from dataclasses import dataclass

from contact_pipeline.outreach.bounce_table import (
    REPLY_CODES,
    SAYINGS,
    STATUSES,
    SUBJECTS,
    TEMPORARY,
    VENDOR_WORDS,
    BounceClass,
    Row,
)

__all__ = ["BounceClass", "BounceMeaning", "meaning_of", "says_enough", "status_in"]

# The answer of a server stands at the beginning; what follows is the boilerplate of the system that reports it.
MOST_TEXT = 4000
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
REPLY = re.compile(r"(?<![\d.:/-])([245]\d\d)(?=[ \-#;:,]|$)")
# In words only what failed is looked for: "2.3.0" is somebody's version, "250" an earlier answer of the same server.
ENHANCED_IN_TEXT = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
REPLY_IN_TEXT = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[ \-#;:,]|$)")
ADDRESS = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>@]{1,255}>?")
LINK = re.compile(r"https?://\S{1,500}|www\.\S{1,500}")
SPACE = re.compile(r"\s+")
# What a status of an unknown or abused kind may be overruled by. A policy refusal (5.7.x) that also says "relaying
# denied" or "try later" stays about us.
ABOUT_THE_MAILBOX = {"mailbox_full", "mailbox_disabled"}


@dataclass(frozen=True)
class BounceMeaning:
    """What a report counts for. `reason` is one word of bounce_table.py, as user_unknown, mailbox_full, spam."""

    bounce_class: BounceClass
    reason: str


def meaning_of(*, status: str = "", text: str = "", vendor_word: str = "") -> BounceMeaning:
    """The meaning of one report.

    status: an enhanced status code (RFC 3463, "5.1.1"), an SMTP reply code ("550") or "". text: the diagnostic text,
    of any length; only its beginning is read. vendor_word: a vendor's own classification (SendGrid:
    bounce_classification). A status that says something firm decides, unless the text plainly says something that is
    not the address's fault; then the text; then the vendor; a report that says nothing is SOFT, "unclassified". Never
    raises.
    """
    plain = _plain(text)
    row, temporary = _row_of(status, plain)
    if row is not None and row.bounce_class is BounceClass.NONE:
        return BounceMeaning(row.bounce_class, row.reason)
    spoken = _spoken(plain)
    vendor = VENDOR_WORDS.get(vendor_word.strip().lower())
    return _weighed(row, spoken, vendor, temporary=temporary)


def says_enough(status: str) -> bool:
    """True for a status that is used for what it says, so that no words beside it are needed."""
    found = ENHANCED.search(status)
    return found is not None and _row(found[1], found[2], found[3]).firm


def status_in(text: str) -> str:
    """The enhanced status code that a text reports, else the SMTP reply code, else ""."""
    plain = _plain(text)
    found = ENHANCED_IN_TEXT.search(plain) or REPLY_IN_TEXT.search(plain)
    return found[0] if found else ""


def _weighed(row: Row | None, spoken: BounceMeaning | None, vendor: Row | None, *, temporary: bool) -> BounceMeaning:
    """Status, words and vendor, in the order in which they are to be trusted."""
    if temporary:
        if spoken is not None and spoken.bounce_class is not BounceClass.HARD:
            return spoken
        return _meaning(row if row is not None and row.bounce_class is not BounceClass.HARD else TEMPORARY)
    if row is not None and row.firm:
        # Some systems say 5.1.1 for whatever they refuse; "over quota" or "spam" behind it is no unknown user.
        # Where both say HARD, the words know better why (5.1.10 is a null MX by RFC 7505, anybody unknown at Exchange).
        if row.bounce_class is BounceClass.HARD and spoken is not None and _excuses(spoken):
            return spoken
        return _meaning(row)
    if spoken is not None and _overrules(spoken, row):
        return spoken
    if vendor is not None and (row is None or row.reason == "unclassified"):
        return _meaning(vendor)
    if row is not None:
        return _meaning(row)
    return spoken or BounceMeaning(BounceClass.SOFT, "unclassified")


def _excuses(spoken: BounceMeaning) -> bool:
    return spoken.bounce_class in (BounceClass.OURS, BounceClass.HARD) or spoken.reason in ABOUT_THE_MAILBOX


def _overrules(spoken: BounceMeaning, row: Row | None) -> bool:
    """True where words say more than a status that is not firm; 5.7.x stays about us unless they name the mailbox."""
    if row is None or row.bounce_class is not BounceClass.OURS:
        return True
    return spoken.bounce_class in (BounceClass.HARD, BounceClass.OURS) or spoken.reason in ABOUT_THE_MAILBOX


def _meaning(row: Row) -> BounceMeaning:
    return BounceMeaning(row.bounce_class, row.reason)


def _plain(text: str) -> str:
    """The beginning, in lower case, on one line and without underscores, without links and with @ for every address."""
    line = SPACE.sub(" ", text[:MOST_TEXT].replace("\0", " ").replace("_", " ")).lower()
    return ADDRESS.sub("@", LINK.sub(" ", line))


def _spoken(plain: str) -> BounceMeaning | None:
    for saying in SAYINGS:
        if saying.pattern.search(plain):
            return BounceMeaning(saying.bounce_class, saying.reason)
    return None


def _row_of(status: str, plain: str) -> tuple[Row | None, bool]:
    """The row of the best code at hand, and whether that code says the failure is passing.

    A status that says little (5.0.0) is often followed by a better one in the text ("550 5.1.1 ...").
    """
    best: Row | None = None
    temporary = False
    for found in (ENHANCED.search(status), ENHANCED_IN_TEXT.search(plain)):
        if found is None:
            continue
        row = _row(found[1], found[2], found[3])
        if best is None or (best.reason == "unclassified" and row.reason != "unclassified"):
            best, temporary = row, found[1] == "4"
    if best is None or best.reason == "unclassified":
        code = REPLY.search(status.strip()) or REPLY_IN_TEXT.search(plain)
        if code is not None:
            if best is None:
                temporary = code[1][0] == "4"
                best = Row(BounceClass.NONE, "delivered") if code[1][0] == "2" and not plain else None
            best = REPLY_CODES.get(code[1], best)
    return best, temporary


def _row(kind: str, subject: str, detail: str) -> Row:
    if kind == "2":
        return Row(BounceClass.NONE, "delivered")
    known = STATUSES.get(f"{int(subject)}.{int(detail)}")
    return known or SUBJECTS.get(str(int(subject)), SUBJECTS["0"])
