"""Opt-outs at the door: which cells of a row say that a channel is closed. In doubt a row is restricted, never
freed."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import RowNotes, map_distinct, rows_where

TRUE = frozenset({"1", "true", "t", "yes", "y", "x", "ja", "j", "oui", "o", "si", "sí", "sì", "sim", "s", "wahr",
"vrai", "verdadero", "vero", "on", "checked", "✓", "✔", "1.0", "-1"})  # fmt: skip
FALSE = frozenset({"0", "false", "f", "no", "n", "nein", "non", "não", "nao", "nee", "falsch", "faux", "falso",
"off", "unchecked", "0.0", "never"})  # fmt: skip

# What a status column says in its own words (ActiveCampaign, Pipedrive, e-mail services).
STATUS_WORDS = {
    "unsubscribed": "email:unsubscribed", "unsubscribe": "email:unsubscribed", "optedout": "email:opt_out",
    "optout": "email:opt_out",
    "bounced": "email:hard_bounce", "hardbounce": "email:hard_bounce", "hardbounced": "email:hard_bounce",
    "cleaned": "email:hard_bounce",
    "noconsent": "email:no_consent", "unconfirmed": "email:no_consent", "nonsubscribed": "email:no_consent",
    "notsubscribed": "email:no_consent",
    "complained": "email:spam_report", "complaint": "email:spam_report", "spam": "email:spam_report",
    "spamreport": "email:spam_report",
    "abuse": "email:spam_report", "blacklisted": "email:blacklisted", "blocklisted": "email:blacklisted",
    "suppressed": "email:suppression_list",
    "donotcontact": "email:opt_out", "donotemail": "email:opt_out",
}  # fmt: skip

# The requirements' own columns: (how a value is read, what it closes).
CLAIM_RULES = {
    "opt_out_date": ("moment", ("email:opt_out", "phone:opt_out")),
    "email_opt_out_date": ("moment", ("email:opt_out",)),
    "email_opt_out_reason": ("moment", ("email:opt_out",)),
    "suppression_list": ("flag", ("email:suppression_list",)),
    "hard_bounce": ("flag", ("email:hard_bounce",)),
    "deletion_requested": ("flag", ("email:deletion_requested", "phone:deletion_requested")),
    "deletion_completed": ("flag", ()),
    "can_email": ("refusal", ("email:opt_out",)),
    "can_call": ("refusal", ("phone:opt_out",)),
    "email_status_claim": ("status", ()),
}


def truth(text: str) -> bool | None:
    """None: neither yes nor no in any language we read."""
    word = text.strip().casefold()
    return True if word in TRUE else False if word in FALSE else None


def rule_of(target: str) -> tuple[str, tuple[str, ...]] | None:
    """(how, restrictions) of a column's target, None when the column closes nothing."""
    how, _, rest = target.partition(":")
    if how in ("flag", "moment", "refusal"):
        return how, tuple(rest.split(","))
    if how == "status":
        return "status", ()
    return CLAIM_RULES.get(rest) if how == "claim" else None


def restrict_by_column(values: pa.Array, target: str, name: str, notes: RowNotes) -> None:
    """values: cleaned cells. flag: everything but a clear no restricts; refusal: everything but a clear yes; moment:
    everything."""
    rule = rule_of(target)
    if rule is None or values.null_count == len(values):
        return
    how, restrictions = rule
    if how == "status":
        words = map_distinct(values, _status_word, pa.string())
        for word in pc.unique(words.drop_null()).to_pylist():
            notes.restrict(rows_where(pc.equal(words, word)), (word,))
        return
    if how == "moment":
        notes.restrict(
            rows_where(pc.and_(values.is_valid(), pc.not_equal(pc.utf8_lower(values), "false"))), restrictions
        )
        return
    truths = map_distinct(values, truth, pa.bool_())
    unread = pc.and_(values.is_valid(), truths.is_null())
    if target.startswith("flag:") or how == "refusal":
        notes.repair(rows_where(unread), f"{name}:unreadable_flag")
    closing = truths if how == "flag" else pc.invert(truths)
    notes.restrict(rows_where(pc.or_(pc.fill_null(closing, False), unread)), restrictions)


def _status_word(text: str) -> str | None:
    return STATUS_WORDS.get(re.sub(r"[\s_-]+", "", text.casefold()))


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
