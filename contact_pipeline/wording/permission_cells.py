"""What a cell of a permission column says, in any language: yes, no, a day, signed off, came back, refused, or
nothing that anybody can read. In doubt a row is restricted, never freed."""

import re
from enum import StrEnum
from functools import lru_cache

from contact_pipeline.wording import permission_words as words
from contact_pipeline.wording.dates import is_date
from contact_pipeline.wording.ground_words import is_refusal_phrase
from contact_pipeline.wording.no_date import is_no_date
from contact_pipeline.wording.stems import Stems, plain
from contact_pipeline.wording.truth import truth


class Said(StrEnum):
    """A cell, understood."""

    YES = "yes"
    NO = "no"
    A_DAY = "a day"
    FINE = "fine"  # subscribed, active, customer
    LEFT = "left"
    BLOCKED = "blocked"
    BOUNCED = "bounced"
    BOUNCED_HARD = "bounced hard"
    BOUNCED_SOFT = "bounced soft"
    COMPLAINED = "complained"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


CLOSING = frozenset({Said.LEFT, Said.BLOCKED, Said.BOUNCED_HARD, Said.COMPLAINED, Said.REFUSED})
# What a status word closes; a bounce of unknown kind and a soft one ask for another look and close nothing for good.
REASONS = {
    Said.LEFT: "unsubscribed", Said.BLOCKED: "blacklisted", Said.BOUNCED_HARD: "hard_bounce",
    Said.COMPLAINED: "spam_report", Said.REFUSED: "no_consent",
}  # fmt: skip
UNKNOWN_STATUS = "unclear_status"
# Newsletter tools whose bare word has one meaning (Mailchimp, ActiveCampaign, Brevo): their lists keep no soft bounces.
_BOUNCED_FOR_GOOD = frozenset({"cleaned", "bounced", "bounce", "hardbounced", "hardbounce"})
_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)?$")
_NOT_YET = Stems(
    "ceka$ czeka do_potwierdz offen a_confirmer por_confirmar da_confermare te_bevestigen unconfirm not_confirm "
    "nonsubscr non_subscr not_subscr pending$ unbestatigt nicht_bestatigt non_confirm "
    "ausstehend en_attente pendient pendent in_attesa niet_bevestigd oczekuj niepotwierdz obekraft ikke_bekraeft "
    "ikke_bekreft nepotvrz 未確認 待确认 未订阅 не_подтвержд ожида"
)
_UNREACHABLE = Stems(
    "unreach invalid inactive inaktiv inactif inactiv inativ inattiv nieaktywn neaktiv unerreich ungultig "
    "injoign invalide invalido nieprawid ogiltig ugyldig neplatn onbereik ongeldig irreperib 無効 無效 失效 "
    "无效 недейств неактив недоступ disabled deleted archived deaktiv geloscht supprim eliminad"
)


@lru_cache(maxsize=16384)
def said_in(text: str) -> Said:
    """A cell by itself."""
    if is_no_date(text):
        return Said.NO
    answer = truth(text)
    if answer is not None:
        return Said.YES if answer else Said.NO
    if is_date(text):
        return Said.A_DAY
    return _word(text)


def _word(text: str) -> Said:
    said = plain(text)
    is_negated = words.NOT(said) or re.search(words.NO_BEFORE, said) is not None
    if words.COMPLAINED(said):
        return Said.COMPLAINED
    if said.strip() in _BOUNCED_FOR_GOOD:
        return Said.BOUNCED_HARD
    if words.BOUNCED(said):
        if words.HARD(said):
            return Said.BOUNCED_HARD
        return Said.BOUNCED_SOFT if words.SOFT(said) else Said.BOUNCED
    if _NOT_YET(said):
        return Said.REFUSED
    if words.LEFT(said):
        return Said.UNREADABLE if is_negated and _is_only_negated(said) else Said.LEFT
    if words.BLOCKED(said):
        return Said.BLOCKED
    is_positive = words.CONSENT(said) or words.WANTED(said) or words.FINE(said) or _GIVEN(said)
    if is_negated and (is_positive or words.CONTACT(said) or words.EMAIL(said) or words.PHONE(said)):
        return Said.REFUSED
    if is_refusal_phrase(text):
        return Said.REFUSED
    if _UNREACHABLE(said):
        return Said.UNREADABLE
    return Said.FINE if is_positive and not is_negated else Said.UNREADABLE


_GIVEN = Stems(
    "granted given$ received obtained erteilt gegeben liegt_vor vorhanden donne accorde obtenu recu$ otorgad dado$ "
    "dada$ "
    "conced concess prestad dato$ rilasciat ottenut gegeven verleend udziel wyrazon lamnat gett$ givet$ gitt$ udelen "
    "済 已 предостав получен дано$ explicit implicit implied double single"
)


def _is_only_negated(said: str) -> bool:
    """not unsubscribed: the negation stands before the word of leaving."""
    return re.search(r"^ (?:not|nicht|no|non|pas|nao|niet|nie|inte|ikke|ne|не) ", said) is not None


def is_count(text: str) -> bool:
    """A number: of a column that counts opt-outs or bounces."""
    return _NUMBER.match(text.strip()) is not None
