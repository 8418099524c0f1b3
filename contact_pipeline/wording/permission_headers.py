"""What a header says about permission, in any language: which cells close which channel. A guess may restrict, never
free.

No stem gives evidence of a consent: only the exact names of vocabulary.py do. What sounds like permission and is told
by nothing here is read as an opt-out, so that its cells restrict, or hold the file when nobody can read them.
"""

import re
from functools import lru_cache

from contact_pipeline.wording import permission_words as words
from contact_pipeline.wording.stems import plain

_LINKING = re.compile(r"(?: (?:de|the|of|was|is|has|been|have|any|der|die|das|wurde|est|a|ete))* $")


@lru_cache(maxsize=4096)
def permission_target(header: str) -> str | None:
    """A target of vocabulary.py (flag, moment, refusal, status, bounce, bounce_type, extra), None: it is about
    something else."""
    said = plain(header)
    bounced, complained = words.BOUNCED(said), words.COMPLAINED(said)
    gone = words.LEFT(said) or words.BLOCKED(said)
    wanted, consent = words.WANTED(said), words.CONSENT(said)
    if not (bounced or complained or gone):
        is_modal = words.MODAL(said) and (words.EMAIL(said) or words.PHONE(said) or words.CONTACT(said))
        if wanted or consent or is_modal:
            return _positive(said, is_asked=is_modal)
        if words.STATUS(said) and words.EMAIL(said):
            return "claim:email_status_claim"  # a checker's, or a sender's: words of leaving close either way
        return _forbidden(said)
    if words.RATE(said):
        return "extra"
    channels = _channels(said, wanted=wanted)
    if not channels:
        return "extra"
    if bounced and not gone:
        return _bounce(said)
    reason = "spam_report" if complained and not gone else "unsubscribed"
    if channels == ("phone",) or words.EVERYWHERE(said):
        reason = "opt_out"
    if words.BLOCKED(said) and not words.LEFT(said):
        reason = "do_not_call" if channels == ("phone",) else "suppression_list"
    if _is_negated(said):
        return _closing("refusal", channels, reason)
    if words.STATUS(said):
        return "status:" + ",".join(channels)
    if re.search(r" (?:link|url|uri|token|hash|lien|enlace) ", said) or "リンク" in said or "链接" in said:
        return "extra"
    # A count of signing off is a flag: 0 is none.
    about = words.WHEN(said) or words.WHY(said) or words.BESIDE(said) or words.KIND(said)
    return _closing("moment" if about else "flag", channels, reason)


def _closing(how: str, channels: tuple[str, ...], reason: str) -> str:
    return f"{how}:" + ",".join(f"{channel}:{reason}" for channel in channels)


def _positive(said: str, *, is_asked: bool) -> str | None:
    """Consent, permission, being on a list. is_asked: may we, whose small words are no days."""
    if words.RATE(said) or words.HOW_MANY(said) or words.ENGAGED(said):
        return "extra"
    channels = _channels(said, wanted=words.WANTED(said))
    if not channels:
        return "extra"
    if words.NOT(said) or re.search(words.NO_BEFORE, said):
        return _closing("flag", channels, "no_consent")
    if words.STATUS(said):
        return "status:" + ",".join(channels)
    is_about = words.WHEN(said) or words.WHY(said) or words.BESIDE(said) or words.KIND(said)
    if words.THIRD_PARTY(said) or (is_about and not is_asked):
        return "extra"
    return _closing("refusal", channels, "no_consent")


def _forbidden(said: str) -> str | None:
    """A verb of contact that is negated: do not call, nicht anrufen, ne pas contacter."""
    is_contact = words.CONTACT(said) or words.EMAIL(said) or words.PHONE(said) or words.SMS(said)
    is_negated = words.NOT(said) or words.OFF(said) or re.search(words.NO_BEFORE, said) is not None
    if not ((is_contact and is_negated) or words.NOT_CONTACTED(said)):
        return None
    channels = _channels(said, wanted=False)
    if not channels:
        return "extra"
    how = "moment" if words.WHEN(said) or words.WHY(said) else "flag"
    return _closing(how, channels, "do_not_call" if channels == ("phone",) else "opt_out")


def _bounce(said: str) -> str:
    if words.KIND(said) or re.search(r" (?:code|class|severity) ", said):
        return "bounce_type"
    if words.SOFT(said):
        return "soft_bounce"
    if words.HARD(said):
        return "flag:email:hard_bounce"
    return "bounce"


def _channels(said: str, *, wanted: bool) -> tuple[str, ...]:
    """Those that the header names; () where it names only letters and faxes; else what its words are about."""
    rest = words.POST.without(said)
    named = [
        channel
        for channel, meant in (("email", words.EMAIL), ("phone", words.PHONE), ("sms", words.SMS))
        if meant(rest)
    ]
    if named:
        return tuple(named)
    if rest != said:
        return ()
    if words.OF_CALLS(said):
        return ("phone",)
    if words.BOUNCED(said) or words.COMPLAINED(said) or wanted:
        return ("email",)
    is_general = words.EVERYWHERE(said) or words.CONSENT(said) or words.CONTACT(said)
    return ("email", "phone") if is_general or not words.LEFT(said) else ("email",)


def _is_negated(said: str) -> bool:
    """Whether a negation stands right before the word of leaving: not unsubscribed, nicht abgemeldet, pas de bounce."""
    meant = (words.LEFT, words.BLOCKED, words.BOUNCED, words.COMPLAINED)
    starts = [at for stems in meant if (at := stems.start(said)) >= 0]
    before = _LINKING.sub(" ", said[: min(starts)])
    last = " " + before.split()[-1] + " " if before.split() else " "
    return words.NOT(last) or last == " no "
