"""What statuses, texts and vendors' words say of a mail that was not delivered: data only, each row with its source.

The sense is read in bounce_classes.py. Nothing here knows a mail or a person.
"""

import re
from enum import StrEnum
from typing import NamedTuple


class BounceClass(StrEnum):
    """What a report counts for: only HARD closes an address, OURS counts against nobody."""

    HARD = "hard"  # the address does not exist, or will never take mail
    SOFT = "soft"  # passing, or not said
    OURS = "ours"  # about the sender, the message or the sender's network, not about the mailbox
    NONE = "none"  # delivered, relayed, expanded or only delayed


HARD, SOFT, OURS, NONE = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS, BounceClass.NONE


class Row(NamedTuple):
    """One status. `firm`: systems use it for what it says; else the text may say something better."""

    bounce_class: BounceClass
    reason: str
    firm: bool = True


# Subject and detail of an enhanced status code (the digits after the class). RFC 3463 if not said otherwise; later
# codes by the IANA registry "SMTP Enhanced Status Codes". "Used for": seen in reports of large providers, so not firm.
STATUSES: dict[str, Row] = {
    "0.0": Row(SOFT, "unclassified", firm=False),  # "should be used for all errors for which only the class is known"
    "1.0": Row(HARD, "bad_address", firm=False),
    "1.1": Row(HARD, "user_unknown"),
    "1.2": Row(HARD, "host_unknown"),
    "1.3": Row(HARD, "bad_address"),
    "1.4": Row(SOFT, "ambiguous_address", firm=False),
    "1.5": Row(NONE, "address_valid", firm=False),
    "1.6": Row(HARD, "moved"),
    "1.7": Row(OURS, "sender_refused"),
    "1.8": Row(OURS, "sender_refused"),
    "1.9": Row(SOFT, "relayed_onward", firm=False),  # RFC 3886
    "1.10": Row(HARD, "null_mx"),  # RFC 7505; Exchange Online says RecipientNotFound with it, which is hard as well
    "2.0": Row(SOFT, "mailbox_unavailable", firm=False),
    "2.1": Row(SOFT, "mailbox_disabled", firm=False),  # used for unknown users: Gmail, Yahoo
    "2.2": Row(SOFT, "mailbox_full"),
    "2.3": Row(OURS, "message_too_big"),
    "2.4": Row(SOFT, "list_not_expanded", firm=False),
    "3.0": Row(SOFT, "system_trouble", firm=False),
    "3.1": Row(SOFT, "system_full"),
    "3.2": Row(SOFT, "not_accepting", firm=False),
    "3.3": Row(OURS, "feature_refused", firm=False),
    "3.4": Row(OURS, "message_too_big"),
    "3.5": Row(SOFT, "system_trouble", firm=False),
    "4.0": Row(SOFT, "network_trouble", firm=False),
    "4.1": Row(SOFT, "no_answer", firm=False),  # 5.4.1 with "Access denied": Exchange Online, unknown recipient
    "4.2": Row(SOFT, "bad_connection", firm=False),
    "4.3": Row(OURS, "our_network", firm=False),  # "inability to connect to an Internet DNS server": the sending side's
    "4.4": Row(HARD, "host_unknown", firm=False),  # only as 5.4.4; a 4.4.4 is passing
    "4.5": Row(OURS, "our_network", firm=False),  # congestion of the system that could not send
    "4.6": Row(SOFT, "routing_loop"),
    "4.7": Row(SOFT, "expired", firm=False),
    "4.300": Row(SOFT, "expired", firm=False),  # Exchange Online non-delivery codes
    "4.310": Row(HARD, "host_unknown"),  # the same list: DNS domain does not exist
    "4.312": Row(SOFT, "network_trouble", firm=False),
    "4.316": Row(SOFT, "expired", firm=False),
    "6.0": Row(OURS, "content", firm=False),
    "7.0": Row(OURS, "policy", firm=False),
    "7.1": Row(OURS, "policy", firm=False),  # used for unknown users: Gmail, Exchange, many gateways
    "7.13": Row(SOFT, "mailbox_disabled", firm=False),  # RFC 5248
    "7.16": Row(OURS, "message_too_big"),  # RFC 6710
    "7.17": Row(HARD, "owner_changed"),  # RFC 7293
    "7.18": Row(HARD, "owner_changed"),  # RFC 7293
    "7.20": Row(OURS, "authentication"),  # RFC 7372, to 7.26: DKIM, SPF, reverse DNS
    "7.21": Row(OURS, "authentication"),
    "7.22": Row(OURS, "authentication"),
    "7.23": Row(OURS, "authentication"),
    "7.24": Row(OURS, "authentication"),
    "7.25": Row(OURS, "authentication"),
    "7.26": Row(OURS, "authentication"),
    "7.27": Row(OURS, "sender_refused"),  # RFC 7505: the sender's own domain has a null MX
    "7.28": Row(OURS, "rate_limit"),  # IANA: mail flood
    "7.29": Row(OURS, "authentication"),  # RFC 8617: ARC
}
# A detail that the list above does not have is read by its subject alone.
SUBJECTS: dict[str, Row] = {
    "0": Row(SOFT, "unclassified", firm=False),
    "1": Row(SOFT, "address_trouble", firm=False),
    "2": Row(SOFT, "mailbox_unavailable", firm=False),
    "3": Row(SOFT, "system_trouble", firm=False),
    "4": Row(SOFT, "network_trouble", firm=False),
    "5": Row(OURS, "protocol", firm=False),
    "6": Row(OURS, "content", firm=False),
    "7": Row(OURS, "policy", firm=False),
}
# A class-4 status is passing whatever its detail says, so these are its names where the table would say HARD.
TEMPORARY = Row(SOFT, "temporary", firm=False)
# RFC 5321 4.2.3 and RFC 7504. A 550 alone says nothing ("mailbox unavailable, or policy reasons"): the text decides.
REPLY_CODES: dict[str, Row] = {
    "552": Row(SOFT, "mailbox_full", firm=False),
    "556": Row(HARD, "null_mx"),  # RFC 7504 and 7505: the domain does not accept mail
}
# Vendors' words, lower case. SendGrid: Event Webhook reference, bounce_classification.
VENDOR_WORDS: dict[str, Row] = {
    "content": Row(OURS, "content"),
    "frequency or volume too high": Row(OURS, "rate_limit"),
    "invalid address": Row(HARD, "bad_address"),
    "mailbox unavailable": Row(SOFT, "mailbox_unavailable"),
    "reputation": Row(OURS, "reputation"),
    "technical failure": Row(SOFT, "system_trouble"),
    "unclassified": Row(SOFT, "unclassified"),
}


# What is not there, and the words for its not being there, before it ("no such user") and after it ("user not found").
THINGS = (
    "user|usr|recipients?|addressee|mailbox(es)?|mail box|mail drop|account|address(es)?|alias|local[ -]?part|"
    "user ?name|"
    "receiver|user ?id|rcpt to|subscriber|inbox|person|customer|destination|screen ?name|recipient name|name|"
    "rcpt|envelope recipient"
)
GONE_AFTER = (
    "unknown|unkown|not known|is invalid|invalid|not (a )?valid|not[ -]?found|notfound|missing home|non-?existent|"
    "inexistent|does ?n.?t exist|does not exist|do not exist|don.?t exist|not exists?|did not exist|doesnt exist|"
    "not recogni[sz]ed|no longer (exists?|valid|in use|active at)|could not be found|couldn.?t be found|can(not|"
    ".?t) be found|"
    "wasn.?t found|isn.?t (valid|known|listed)|not (listed|present|registered) (in|with|on|here)|not (a )?local|"
    "not in (the|my|our|its)|undefined|deleted|has been removed|not one of (my|our)|unroute?able"
)
GONE_BEFORE = (
    "unknown|unkown|invalid|no such|nonexist[ea]nt|non-exist[ea]nt|non exist[ea]nt|not a valid|not a known|not a legal|"
    "unrecogni[sz]ed|bad destination|bad|illegal|incorrect|wrong|unroute?able|undeliverable|not an active|"
    "not a local|no valid"
)


class Saying(NamedTuple):
    """One way in which mail systems put something in words (lower case, addresses written as @, URLs left out)."""

    bounce_class: BounceClass
    reason: str
    pattern: re.Pattern[str]


def said(bounce_class: BounceClass, reason: str, *phrases: str) -> Saying:
    """Phrases are patterns; `~` in one stands for a gap of at most 40 characters, bounded so that no text is slow."""
    return Saying(bounce_class, reason, re.compile("|".join(phrase.replace("~", ".{0,40}") for phrase in phrases)))


# The first that is found decides. Sources: the error texts in the manuals and sources of Postfix, Exim, sendmail,
# qmail, Courier, Exchange, Domino, Messaging Server and Zimbra; the postmaster pages of Gmail, Outlook.com, Yahoo,
# GMX, mail.ru, Yandex, Amazon SES and Mimecast; and which words Sisimai, flufl.bounce and
# Mail::DeliveryStatus::BounceParser know of old and odd systems.
SAYINGS: tuple[Saying, ...] = (
    # About the sender, before "unknown": "Sender address rejected: User unknown" says nothing of the recipient.
    said(
        OURS,
        "sender_refused",
        r"\bsender('s)? ?(e-?mail ?)?(address|domain|server|host|id)?.{0,30}\b(rejected|refused|not verified|invalid|"
        r"denied|blocked|does ?n.t exist|does not exist|not exist|not found|unknown|not valid|not allowed|"
        r"not permitted)",
        r"sender (verify|verification|callout)|could not verify sender|unable to verify (the )?sender|verify sender",
        r"bad ?mail ?from|domain of sender|(return path|envelope sender|mail from)~(invalid|denied|not allowed|"
        r"not exist)",
        r"from address~(rejected|not allowed|denied)|restricted sender|permissions to send|not authori[sz]ed to send",
        r"resolver\.rst\.(sendernotauth|notauth|restrict)|only accept(s|ing) mail from|is only accepting mail from",
        r"not accept(ing)? (e-?)?mail (from|with)|you are not (allowed|authori[sz]ed)|user reject|refused by recipient",
        r"blocked by (the )?(recipient|user)|recipient preferences|not (a )?member|restricted sms",
        r"(this|the) (account|recipient|mailbox|user)~protected by|challenge",
    ),
    # Full before unknown: some systems write "unknown user" or 5.1.1 in front of "over quota".
    said(
        SOFT,
        "mailbox_full",
        r"over ?-?quota|quota~(exceed|violation|full|usage)|exceed\w*~quota|exceed\w*~(storage|mailbox size|space|"
        r"allotment)",
        r"(mailbox|mail ?box|inbox|mail ?folder|maildir|mail account|account|disk|user'?s? space)\b~\b(is |"
        r"are )?(full\b|almost full)",
        r"\b(full mail ?box|mailbox full|disk full|out of (disk )?space)|over (the |its |their )?(allowed |disk |"
        r"mail )?quota",
        r"(not|n.t) (have )?enough (disk |storage )?space|space not enough|insufficient (disk|system storage|"
        r"storage)|space has been used up",
        r"(mailbox|account|user)~exceed\w*~(limit|size|allowed)|too many messages (on|in)|too much mail data|"
        r"mailbox size",
        r"would exceed~(storage|quota|limit)|bo.{1,2}te~pleine|postfach~voll|casella~piena|buz.{1,2}n~lleno|"
        r"caixa~cheia",
        r"exceeded the local limit|storage allocation|quotaexceeded|mailbox_full|reached disk|\bvoll\b|zu voll|"
        r"inbox-full",
    ),
    said(
        OURS,
        "message_too_big",
        r"(message|mail|data|content|attachment)( \w+){0,3} (is |was |are )?too (big|large)|too (big|large) (for|"
        r"message|mail)",
        r"(message|mail|data|content|attachment)s?( \w+){0,2} exceed(s|ed)?( \w+){0,3} (size|limit|length|maximum)",
        r"(message|mail|incoming|total|header|body|class=) ?(size|length)( \w+){0,3} (exceed|over|limit|too)|"
        r"size limit",
        r"exceed(s|ed|ing)?( \w+){0,3} (message|mail|incoming)( \w+){0,2} (size|length|limit)|"
        r"larger than( \w+){0,3} (size|limit)",
        r"max(imum)?~(message|mail) size|rejected size|resolver\.rst\.(send|recip)sizelimit",
    ),
    # Reputation, policy and content before "unknown" where they say so outright.
    said(
        OURS,
        "block_list",
        r"block ?-?list|black ?-?list|\b(rbl|dnsbl|dnsrbl|spamhaus|spamcop|sorbs|barracudacentral|uceprotect|"
        r"senderbase|cbl)\b",
        r"\bip\b~(blocked|rejected|banned|listed|reputation|bad|denied)|(blocked|rejected|banned|refused|"
        r"listed)~\bip\b",
        r"(host|client|connection|server|domain|network|address)\b~\b(is |was |has been |temporarily )?(black|"
        r"block)ed\b",
        r"access (from|to)~(denied|prohibited)~(ip|host|server)|open (relay|proxy)|connection (refused|"
        r"rejected) (due|because|by)~",
        r"dynamic (ip|address|host)|dial-?up|generic hostname|poor reputation|reputation|banned sending|mailspike|"
        r"hostkarma",
    ),
    said(
        OURS,
        "authentication",
        r"\b(spf|dkim|dmarc|sender policy framework)\b|unauthenticated (e-?mail|message|mail)|"
        r"authentication (is )?required",
        r"requires? authentication|must authenticate|\b(reverse dns|rdns|ptr)\b|reverse hostname|helo command rejected",
        r"cannot find your (hostname|reverse)|starttls|\btls (is )?required|fix reverse|no reverse",
    ),
    said(
        OURS,
        "spam",
        r"\bspam\b|spam(my|med|mer|assassin|ming)|\bjunk (mail|e-?mail)|unsolicited|bulk (mail|e-?mail)|\bube\b|"
        r"\buce\b",
        r"looks like|suspicious|phish|denied by content|content (filter|reject|restrict|denied|policy)|virus|malware|"
        r"infected",
        r"prohibited attachment|banned (file|attachment|name|content)|attachment~(not|rejected|blocked|prohibited)|"
        r"uribl|surbl",
        r"message (was )?(content )?(rejected|refused)~content|high probability|spamtrap|mail appears to be|"
        r"hit score|sensitive words",
    ),
    said(
        OURS,
        "rate_limit",
        r"too many (messages|e-?mails|mails|recipients|connections|errors|sessions|concurrent|invalid|bad|hits)",
        r"unexpected volume|user complaints|rate ?-?limit|throttl|sending (limit|quota|rate)|daily (sending )?(limit|"
        r"quota)|unusual rate|hourly|excessive",
        r"exceeded~(rate|connections|sessions|messages per)|volume~(too high|exceed)|"
        r"resources (temporarily )?restricted",
    ),
    said(SOFT, "dns_trouble", r"not found,? try again|temporary (lookup|dns) (failure|error)|malformed~name server"),
    # The domain is not there, or takes no mail.
    said(
        HARD,
        "null_mx",
        r"null ?mx|does not accept mail|domain~(doesn.t|does not) (accept|receive) (e-?mail|mail|smtp)|nullmx",
        r"indicated no smtp service|no mx record|no mail exchangers?|domain (is )?not (able to|accepting) (receive|"
        r"mail)",
    ),
    said(
        HARD,
        "host_unknown",
        r"host (or domain name )?(is )?(unknown|not found)|unknown (host|domain|mail domain)|no such (domain|host)",
        r"domain~(not exist|doesn.t exist|doesnt exist|not found|is not reachable|must exist|invalid|unknown|"
        r"not valid)",
        r"name or service not known|illegal host/domain|bad destination (host|system|domain)|invalid (domain|host)|"
        r"nxdomain",
        r"couldn.t find any host|non-?existent (domain|hosts?)|unroute?able (mail )?(domain|address)|"
        r"all relevant mx records",
        r"host address lookups~failed|lookups for~failed|domain mentioned in|(host|domain) lookup (failed|did not)|"
        r"dns lookup~no such",
        r"remote domain doesn|name server~host not found\b|badly formed domain|not resolve~domain|misspelled domain",
        r"no route found to domain|could not find a gateway|unable to resolve~(domain|mx)|bad address: no such host",
    ),
    said(
        HARD,
        "moved",
        r"has moved|moved to|no longer at this|address (has|was) changed|new (e-?mail )?address|changed (his|her|"
        r"their) address",
        r"mailbox moved|user has left|has been replaced by|no longer (employed|works?|with)",
    ),
    # There, but closed for the time being: disabled accounts are revived, and providers say "disabled" lightly.
    said(
        SOFT,
        "mailbox_disabled",
        r"(account|mailbox|user|recipient|address|customer|inbox)\b~\b(disabled|suspend|deactivated|inactive|locked|"
        r"frozen|closed|discontinued|expired|blocked|limited|terminated|not activ|not enabled|is not accepting|"
        r"on hold)",
        r"(disabled|suspended|deactivated|inactive|dormant|blocked|expired|locked) (e-?mail )?(account|mailbox|user|"
        r"recipient|address)",
        r"\[suspend\]|extended inactivity|temporarily (unavailable|disabled|locked)|currently suspended|"
        r"sending blocked account",
    ),
    # An address that is not there.
    said(
        HARD,
        "user_unknown",
        rf"\b({THINGS})\b~\b({GONE_AFTER})",
        rf"\b({GONE_BEFORE})\b[^.]{{0,25}}\b({THINGS})\b",
        r"no such user|nosuchuser|user_?unknown|unknown_?user|not our customer|isn.t one of our|no ?valid recipients?",
        rf"\bno ({THINGS}|one|mail ?box)\b~\b(by that name|here|found|with (that|this)|at this|for this|available|"
        rf"exists?|bye|known)",
        rf"there is no (such|one|{THINGS})|no account by|no mailbox by|(unable|not able|failed) to (find|"
        rf"locate)~({THINGS})",
        r"bad ?rcpt ?to|badrecipientto|not in my (validrcptto|badrecipientto)|recipient (table|map)",
        r"recipient( address)? (was )?(rejected|denied)(: | \()(access denied|user|unknown|invalid|undeliverable|no |"
        r"not )",
        r"recipient address rejected\.|recipient rejected$|addresses were unknown|rejected recipients?$|"
        r"recipient not (ok|accepted)",
        r"is not a (known|valid|real|registered|legal|mailbox)|not listed in (domino|public)|(not \w+|"
        r"no such \w+) in (the )?(\w+ )?(domino|name|address) (directory|book)",
        r"\. ?recip(ient)?notfound|recipient ?notfound|resolver\.adr|addressnotfound|000c05a6|nodirectoryentry|"
        r"not deliverable",
        r"(user|address|account|@|recipient)\W{1,6}(is )?(unknown|not found|invalid)|missing home directory|"
        r"can.?t accept user",
        r"doesn.?t have an?~account|does not have an?~account|no longer accepts mail|envelope recipient~(denied|"
        r"badrcptto)",
        r"requested action not taken: mailbox (unavailable|not found)|mailbox unava\w*ble or access|"
        r"mailbox not available",
        r"no~in name directory|does not like recipient|not email addresses|not (a )?local address|(account|user|"
        r"recipient) (is )?(unavailable|not available)|recipient verify failed|is not a user|"
        r"nobody (here )?by that name|\b550 (requested action not taken:? )?mailbox (is )?unavailable",
        # French, Spanish, Italian, Portuguese, German, Dutch, Polish, Russian, Chinese, Japanese
        r"inconnue?\b|existe pas|destinataire~invalide|no existe|desconocido|sconosciut|non trovato|inesistente|"
        r"nessun utente|inexistente|desconhecido",
        r"n.{1,3}o existe|unbekannt|existiert nicht|onbekend|nie istnieje|nieznany|nie ma~(konta|u.ytkownika)|"
        r"brak~(konta|u.ytkownika)",
        r"не существует|не найден|такого пользователя|нет такого|不存在|无此用户",
        r"見つかりません|存在しません|リストにありません",
    ),
    said(
        OURS,
        "policy",
        r"\bpolic(y|ies)\b|administrative prohibition|prohibited|not (allowed|permitted|authori[sz]ed)|access denied|"
        r"denied \(mode|blocked senders|acl\b",
        r"(security|message|mail|delivery|transaction) (was )?(rejected|refused|denied|blocked)|you are blocked|"
        r"we do not accept",
    ),
    said(
        SOFT,
        "no_relaying",
        r"\brelay(ing|ed)?\b~(denied|not (permitted|allowed)|prohibited|access|rejected|refused)|(unable|not|"
        r"refus\w+) to relay",
        r"relay access denied|rcpthosts|as a relay|we do not relay|not a relay|insecure mail relay",
    ),
    said(
        SOFT,
        "greylisted",
        r"gr[ea]y-?list|try(ing)? (again )?later|please retry|temporar\w+ (deferred|rejected|refused)",
    ),
    said(SOFT, "routing_loop", r"\bloop|too many hops|hop count|too many \"?received"),
    said(
        OURS,
        "our_network",
        r"network is unreachable|no route to host|dns server~(fail|time)|local configuration|queue~full",
    ),
    said(
        SOFT,
        "expired",
        r"time(d)? ?-?out|expired|retry time|too old|within ~hours?|delivery time|not responding|no answer|"
        r"connection (refused|lost|reset|dropped|failed|closed)|unable to connect|could(n.t| not) connect|"
        r"cannot connect|host not reachable|unreachable",
        r"after~(hours|days|attempts)|in the queue|\d+ attempts|establish an smtp connection|establish~connection",
    ),
)
