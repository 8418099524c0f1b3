"""Opt-outs at the door: which cells of a row say that a channel is closed. In doubt a row is restricted, never
freed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import RowNotes, map_distinct, rows_where
from contact_pipeline.wording import permission_words as words
from contact_pipeline.wording.permission_cells import CLOSING, Said, is_count, said_in
from contact_pipeline.wording.stems import Stems, plain

# The requirements' own columns: (how a value is read, what it closes).
CLAIM_RULES = {
    "opt_out_date": ("moment", ("email:opt_out", "phone:opt_out")),
    "email_opt_out_date": ("moment", ("email:opt_out",)),
    "email_opt_out_reason": ("moment", ("email:opt_out",)),
    "suppression_list": ("moment", ("email:suppression_list",)),
    "hard_bounce": ("flag", ("email:hard_bounce",)),
    "deletion_requested": ("flag", ("email:deletion_requested", "phone:deletion_requested")),
    "deletion_completed": ("flag", ()),
    "can_email": ("refusal", ("email:opt_out",)),
    "can_call": ("refusal", ("phone:opt_out",)),
    "email_status_claim": ("claim_status", ("email",)),
}
UNCLEAR = "unclear_status"  # a word of a status column that is neither known as good nor as bad
_WILLING = frozenset({Said.YES, Said.FINE, Said.A_DAY})
# What a status says of the person; of an address, what a checker says is a claim and closes nothing.
_OF_ADDRESSES = CLOSING - {Said.REFUSED}


@dataclass
class Tally:
    """How many cells of a permission column are filled, and how many of these nobody can read, by the column's
    position."""

    filled: dict[int, int] = field(default_factory=dict)
    unread: dict[int, int] = field(default_factory=dict)

    def add(self, position: int, filled: int, unread: int) -> None:
        """Of one chunk."""
        self.filled[position] = self.filled.get(position, 0) + filled
        self.unread[position] = self.unread.get(position, 0) + unread


def rule_of(target: str) -> tuple[str, tuple[str, ...]] | None:
    """(how, restrictions) of a column's target, None when the column closes nothing. status: (…, channels)."""
    how, _, rest = target.partition(":")
    if how in ("flag", "moment", "refusal"):
        return how, tuple(rest.split(","))
    if how == "status":
        return "status", tuple((rest or "email").split(","))
    return CLAIM_RULES.get(rest) if how == "claim" else None


def restrict_by_column(
    values: pa.Array, target: str, name: str, notes: RowNotes, *, blank_is_no: bool = False
) -> tuple[int, pa.Array | None]:
    """values: cleaned cells. flag: everything but a clear no restricts; refusal: everything but a clear yes, also an
    empty cell when blank_is_no (other rows say yes); moment: everything that happened; status: every word but a good
    one. Returns how many cells nobody can read, and of a status column the words that nobody knows."""
    rule = rule_of(target)
    if rule is None:
        return 0, None
    how, restrictions = rule
    if blank_is_no and how == "refusal":
        notes.restrict(rows_where(values.is_null()), restrictions)
    if values.null_count == len(values):
        return 0, None
    if how in ("status", "claim_status"):
        return _by_status(values, restrictions, notes, is_claim=how == "claim_status")
    said = map_distinct(values, said_in, pa.string())
    if how == "moment":
        notes.restrict(rows_where(pc.not_equal(said, Said.NO)), restrictions)
        return 0, None
    if how == "flag":
        happened = map_distinct(values, _happened, pa.bool_())
        unread = pc.and_(said.is_valid(), happened.is_null())
        closing = pc.or_kleene(pc.fill_null(happened, False), unread)
    else:
        willing = pc.is_in(said, value_set=pa.array(sorted(_WILLING)))
        unread = pc.equal(said, Said.UNREADABLE)
        closing = pc.and_(said.is_valid(), pc.invert(willing))
    rows = rows_where(unread)
    if target.startswith("flag:") or how == "refusal":
        notes.repair(rows, f"{name}:unreadable_flag")
    notes.restrict(rows_where(closing), restrictions)
    return len(rows), None


# Dynamics writes Allow and Do Not Allow under `Do not allow Emails`; the bare verb only: more words may say anything.
_ALLOWED = Stems(
    "allow$ allowed$ zulassen$ zugelassen$ autoriser$ autorise$ permitir$ permitido$ consenti$ consentito$ toestaan$ "
    "toegestaan$ zezwalaj$ zezwol$ tillat$ tillad$ tillatet$ povolit$ povoleno$ 許可する 允许 允許 разрешить разрешено"
)


def _happened(text: str) -> bool | None:
    """Of a flag: None where nobody can read it."""
    word = plain(text)
    rest = _ALLOWED.without(word)
    if word.strip() and not rest.strip():
        return False
    if rest != word and words.NOT(rest):
        return True
    said = said_in(text)
    if said is Said.NO:
        return False
    if said in (Said.YES, Said.A_DAY, Said.BOUNCED) or said in CLOSING - {Said.REFUSED}:
        return True
    return True if said is Said.UNREADABLE and is_count(text) else None


def closing_of(target: str) -> tuple[str, ...]:
    """What a column of this target closes where nobody knows what a cell said."""
    rule = rule_of(target)
    if rule is None:
        return ()
    how, named = rule
    return tuple(f"{channel}:{UNCLEAR}" for channel in named) if how.endswith("status") else named


def closed_by(text: str, target: str) -> tuple[str, ...]:
    """What one cell would close in a column of this target; for a row whose columns are lost."""
    rule = rule_of(target)
    if rule is None:
        return ()
    how, named = rule
    if how in ("status", "claim_status"):
        reason = _closing_status(text) if how == "status" else _closing_claim(text)
        return () if reason in (None, UNCLEAR) else tuple(f"{channel}:{reason}" for channel in named)
    said = said_in(text)
    happened = said in CLOSING or said in (Said.YES, Said.A_DAY, Said.BOUNCED)
    closes = said in (Said.NO, Said.REFUSED) if how == "refusal" else happened
    return named if closes else ()


def _by_status(
    values: pa.Array, channels: tuple[str, ...], notes: RowNotes, *, is_claim: bool
) -> tuple[int, pa.Array | None]:
    closing: Callable[[str], str | None] = _closing_claim if is_claim else _closing_status
    reasons = map_distinct(values, closing, pa.string())
    for reason in pc.unique(reasons.drop_null()).to_pylist():
        named = ("email",) if reason in ("hard_bounce", "spam_report") else channels
        notes.restrict(rows_where(pc.equal(reasons, reason)), [f"{channel}:{reason}" for channel in named])
    unknown = pc.equal(reasons, UNCLEAR)
    rows = rows_where(unknown)
    notes.repair(rows, "status:unknown_status_words")
    strange = pc.if_else(pc.fill_null(unknown, False), values, pa.scalar(None, pa.string()))
    return len(rows), strange if rows else None


def _closing_status(text: str) -> str | None:
    said = said_in(text)
    if said in (Said.NO, Said.REFUSED):
        return "no_consent"
    if said in CLOSING:
        return _reason(text, said)
    if said is Said.BOUNCED:  # for the sender it is closed, for good or not
        return "invalid"
    return UNCLEAR if said in (Said.UNREADABLE, Said.A_DAY) else None


def _closing_claim(text: str) -> str | None:
    """Under `Email status` stand a checker's words of the address, or a sender's of the person: only these close."""
    said = said_in(text)
    if said in _OF_ADDRESSES:
        return _reason(text, said)
    if said not in (Said.NO, Said.REFUSED, Said.UNREADABLE) or is_count(text) or words.CHECKED(plain(text)):
        return None
    return "no_consent" if said is Said.REFUSED else UNCLEAR


def _reason(text: str, said: Said) -> str:
    if said is Said.BOUNCED_HARD:
        return "hard_bounce"
    if said is Said.COMPLAINED:
        return "spam_report"
    if said is Said.LEFT:
        return "opt_out" if words.EVERYWHERE(plain(text)) else "unsubscribed"
    word = plain(text).replace(" ", "")
    if word.startswith("donot"):
        return "opt_out"
    return "suppression_list" if word.startswith(("suppress", "exclu", "sperr", "gesperrt")) else "blacklisted"


def restrict_suppressed(
    notes: RowNotes, emails: pa.Array, phones: pa.Array, restrictions: tuple[str, ...], status: pa.Array | None
) -> None:
    """Every row of a suppression file: the channel the file names where the row has it, else the channel the row has.

    status: SendGrid's code; a permanent failure (RFC 3463: 5.x.x) is a hard bounce,
    anything else is held as suppressed.
    """
    has = {"email": emails.is_valid(), "phone": phones.is_valid()}
    if not restrictions:
        permanent = pc.starts_with(status, "5") if status is not None else pa.nulls(notes.rows, pa.bool_())
        permanent = pc.fill_null(permanent, False)
        notes.restrict(rows_where(pc.and_(has["email"], permanent)), ("email:hard_bounce",))
        notes.restrict(rows_where(pc.and_(has["email"], pc.invert(permanent))), ("email:suppression_list",))
        restrictions = ("email:suppression_list",)
    named = {r.partition(":")[0] for r in restrictions}
    for restriction in restrictions:
        channel, _, reason = restriction.partition(":")
        if status is None or channel == "phone":
            notes.restrict(rows_where(has[channel]), (restriction,))
        other = "phone" if channel == "email" else "email"
        if other not in named:
            notes.restrict(rows_where(pc.and_(has[other], pc.invert(has[channel]))), (f"{other}:{reason}",))
