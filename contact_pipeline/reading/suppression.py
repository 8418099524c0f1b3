"""Files that are lists of people who must not be contacted, told by their name or by their columns.

A wrong guess in the one direction loses contacts, in the other mails people who said no: a file name must carry the
word by itself, and a name that negates it ("without_bounces") does not count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FileSign:
    """What a file as a whole says. restrictions: channel:reason, for every row. is_suppression: the file creates no
    contact."""

    restrictions: tuple[str, ...]
    is_suppression: bool = True


_MAILCHIMP = re.compile(r"(?<![a-z])(?P<word>unsubscribed|cleaned|nonsubscribed)[_ -]?(?P<rest>[a-z]*)")
_NEGATED = re.compile(
    r"(?<![a-z])(no|not|non|without|excl|excluding|exclude|minus|after|sans|ohne|removed|less)[_ .-]*"
    r"(hard[_ .-]*|spam[_ .-]*)?$"
)
# Longer words first: the first that matches decides.
_BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"unsubscribe[sd]?|unsubs?|global_unsubscribes|abmeldungen|desabonnes|desinscrits", ("email:unsubscribed",)),
    (r"hard_?bounce[sd]?|bounce[sd]?", ("email:hard_bounce",)),
    (r"spam_?reports?|spam_?complaints?|complaints?|abuse_?reports?", ("email:spam_report",)),
    (r"invalid_?emails?", ("email:invalid",)),
    (r"do_?not_?call|dnc|robinson", ("phone:do_not_call",)),
    (r"opt_?outs?|opted_?out", ("email:opt_out", "phone:opt_out")),
    (r"do_?not_?(contact|mail|email)", ("email:opt_out", "phone:opt_out")),
    (r"black_?list(ed)?|block_?list(ed)?|deny_?list", ("email:blacklisted", "phone:blacklisted")),
    (r"suppress(ion|ions|ed)?(_?list)?|sperrliste", ("email:suppression_list", "phone:suppression_list")),
)
_COMPILED = [(re.compile(rf"(?<![a-z])(?:{words})(?![a-z])"), restrictions) for words, restrictions in _BY_NAME]
# A temporary refusal by the receiving server: held back all the same, under a reason that a person may lift.
_SENDGRID_BLOCKS = re.compile(r"(?<![a-z])blocks(?![a-z])")


def sign_of_name(file_name: str, format_key: str | None) -> FileSign | None:
    """Reads the last part of the path. Mailchimp: unsubscribed_ and cleaned_ are the only sign of an opt-out there is.

    cleaned_ counts for Mailchimp's columns or its full name only: everybody cleans lists.
    """
    name = re.split(r"[\\/]", file_name)[-1].lower()
    is_mailchimp = bool(format_key and format_key.startswith("mailchimp"))
    found = _MAILCHIMP.search(name)
    if found and (is_mailchimp or found["rest"] in ("members", "segment", "contacts", "audience", "subscribers")):
        if found["word"] == "nonsubscribed":
            return FileSign(("email:no_consent",), is_suppression=False)
        return FileSign(("email:unsubscribed",) if found["word"] == "unsubscribed" else ("email:hard_bounce",))
    words = re.sub(r"[\s.-]+", "_", name.rpartition(".")[0] or name)
    is_sendgrid = format_key == "sendgrid_suppression"
    if is_sendgrid and _SENDGRID_BLOCKS.search(words):
        return FileSign(("email:suppression_list",))
    for pattern, restrictions in _COMPILED[:-1] if is_sendgrid else _COMPILED:  # its rows say more than "suppression"
        match = pattern.search(words)
        if match and not _NEGATED.search(words[: match.start()]):
            return FileSign(restrictions)
    return FileSign(("email:unsubscribed",)) if format_key == "mailchimp_unsubscribed" else None


# Formats for which a name means something else than for all others.
_FORMATS = (None, "mailchimp", "mailchimp_unsubscribed", "sendgrid_suppression")


def nameless(file_name: str) -> str:
    """A name that says the same of a file, whatever its columns, and no more: a list may be named after a person.

    Every word goes that can go without sign_of_name answering otherwise for some format.
    """
    parts = re.split(r"([a-z]+|[^a-z\s._-]+)", re.split(r"[\\/]", file_name)[-1].lower())
    meant = [sign_of_name("".join(parts), format_key) for format_key in _FORMATS]
    for place in range(1, len(parts), 2):
        kept, parts[place] = parts[place], "x"
        if [sign_of_name("".join(parts), format_key) for format_key in _FORMATS] != meant:
            parts[place] = kept
    return "".join(parts)


_BESIDE = {"reason", "created", "createdat", "created_at", "date", "status", "source", "ip", "time", "timestamp",
"type", "note", "notes"}  # fmt: skip


def suppressions_by_columns(format_key: str | None, columns: Sequence[tuple[str, str]]) -> FileSign | None:
    """columns: (target, header key). Only addresses or numbers, and beside them only when and why they were
    suppressed."""
    if format_key == "sendgrid_suppression":
        return FileSign(())  # each row's status code decides (restrictions.py)
    points = {target for target, _ in columns if target in ("email", "phone")}
    others = [(target, key) for target, key in columns if target not in points]
    moments = {target for target, _ in others if target.startswith("moment:")}
    keys = {key for _, key in others}
    if not points or not all(target.startswith("moment:") or key in _BESIDE for target, key in others):
        return None
    if moments:
        named = tuple(dict.fromkeys(r for m in sorted(moments) for r in m.removeprefix("moment:").split(",")))
        return FileSign(named)
    if "reason" in keys and keys & {"created", "createdat"}:
        return FileSign(("email:suppression_list", "phone:suppression_list"))
    return None
