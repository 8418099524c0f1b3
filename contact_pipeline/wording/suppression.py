"""Files that are lists of people who must not be contacted, told by their name and their columns together.

A wrong guess in the one direction loses contacts, in the other mails people who said no: a name decides only over a
file that has nothing but addresses or numbers, columns of permission decide before it, and else a person is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contact_pipeline.wording import permission_words as words
from contact_pipeline.wording.permission_headers import permission_target
from contact_pipeline.wording.stems import Stems, plain


@dataclass(frozen=True)
class FileSign:
    """What a file as a whole says. restrictions: channel:reason, for every row. is_suppression: the file creates no
    contact. is_product: a product's own name for its own file, which needs no columns to agree. is_doubtful: the name
    may as well say that such people were taken out. may_be_a_name: a firm or place may be called so."""

    restrictions: tuple[str, ...]
    is_suppression: bool = True
    is_product: bool = False
    is_doubtful: bool = False
    may_be_a_name: bool = False


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
# They were taken out: bounces_removed, sans_desabonnes, bereinigt um Abmeldungen.
_WITHOUT = Stems("""
    no$ not$ non$ without$ excl excluding minus$ after$ less$ sans$ hors$ ohne$ nicht$ bereinigt um$ sin$ sem$ senza$
    zonder$ bez$ utan$ inte$
    uden$ ikke$ uten$ не$ без$ 除く 除外 不含 去除 scrubbed clean_of
""")
_TAKEN_OUT = Stems("""
    removed$ excluded$ scrubbed stripped dropped$ filtered cleaned$ cleared deleted out$ entfernt bereinigt geloscht
    ausgeschlossen raus$ retires
    retire$ exclus$ exclues supprimes enleves nettoye quitados quitadas eliminados eliminadas excluidos removidos
    retirados excluidos
    rimossi rimosse eliminati esclusi tolti verwijderd uitgefilterd usuniete usunieto wykluczone borttagna borttaget
    rensad fjernet renset fjernede
    odstraneni odstraneno vyrazeni 除外済 削除済 除去 已删除 已剔除 已排除 剔除 удалены исключены
""")


def sign_of_name(file_name: str, format_key: str | None) -> FileSign | None:
    """Reads the last part of the path. Mailchimp: unsubscribed_ and cleaned_ are the only sign of an opt-out there is.

    cleaned_ counts for Mailchimp's columns or its full name only: everybody cleans lists.
    """
    lowered = re.split(r"[\\/]", file_name)[-1].lower()
    is_mailchimp = bool(format_key and format_key.startswith("mailchimp"))
    found = _MAILCHIMP.search(lowered)
    if found and (is_mailchimp or found["rest"] in ("members", "segment", "contacts", "audience", "subscribers")):
        if found["word"] == "nonsubscribed":
            return FileSign(("email:no_consent",), is_suppression=False, is_product=True)
        reason = "email:unsubscribed" if found["word"] == "unsubscribed" else "email:hard_bounce"
        return FileSign((reason,), is_product=True)
    if format_key == "mailchimp_unsubscribed":
        return FileSign(("email:unsubscribed",), is_product=True)
    stem = lowered.rpartition(".")[0] or lowered
    joined = re.sub(r"[\s.-]+", "_", stem)
    is_sendgrid = format_key == "sendgrid_suppression"
    if is_sendgrid and _SENDGRID_BLOCKS.search(joined):
        return FileSign(("email:suppression_list",), is_product=True)
    for pattern, restrictions in _COMPILED[:-1] if is_sendgrid else _COMPILED:  # its rows say more than "suppression"
        match = pattern.search(joined)
        if match and not _NEGATED.search(joined[: match.start()]):
            before, after = plain(joined[: match.start()]), plain(joined[match.end() :])
            sign = _unless_taken_out(before, after, restrictions, may_be_a_name=match[0] in ("robinson", "dnc"))
            return replace(sign, is_product=is_sendgrid) if sign else None
        if match:
            return None
    return None if is_sendgrid else _by_stems(stem)


def _by_stems(stem: str) -> FileSign | None:
    said = plain(stem)
    starts = [at for meant in _NEGATIVE if (at := meant.start(said)) >= 0]
    target = permission_target(stem)
    if target is None or not target.startswith(("flag:", "moment:", "bounce")):
        return None
    restrictions = tuple(target.partition(":")[2].split(",")) if ":" in target else ("email:hard_bounce",)
    at = min(starts, default=0)
    after = said[at:].split(" ", 2)[-1]
    is_name = permission_target(_MAY_BE_A_NAME.without(said)) is None
    return _unless_taken_out(said[:at] + " ", f" {after} ", restrictions, may_be_a_name=is_name)


_MAY_BE_A_NAME = Stems(
    "robinson baja$ bajas$ stop$ spam$ block$ blocked$ nix$ tps$ mps$ exclu exclusion retour complain reclam"
)
_NEGATIVE = (words.LEFT, words.BLOCKED, words.BOUNCED, words.COMPLAINED)


def _unless_taken_out(
    before: str, after: str, restrictions: tuple[str, ...], *, may_be_a_name: bool
) -> FileSign | None:
    """before, after: the plain words around the sign. Taken out behind it, or nothing of them: it is no such list;
    taken out before it may mean either."""
    if _WITHOUT(before) or _TAKEN_OUT(after):
        return None
    return FileSign(restrictions, is_doubtful=_TAKEN_OUT(before), may_be_a_name=may_be_a_name)


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
        return FileSign((), is_product=True)  # each row's status code decides (restrictions.py)
    keys = {key for target, key in columns if target not in POINTS}
    moments = sorted(target for target, _ in columns if target.startswith("moment:"))
    if moments:
        named = tuple(dict.fromkeys(r for m in moments for r in m.removeprefix("moment:").split(",")))
        return FileSign(named)
    if "reason" in keys and keys & {"created", "createdat"}:
        return FileSign(("email:suppression_list", "phone:suppression_list"))
    return None


POINTS = frozenset({"email", "phone", "sms_phone"})


def is_only_points(columns: Sequence[tuple[str, str]]) -> bool:
    """columns: (target, header). Whether nothing but addresses or numbers stands there, and when and why."""
    return any(target in POINTS for target, _ in columns) and all(
        target in POINTS or target.startswith("moment:") or target in _PERMISSIONS or _is_beside(header)
        for target, header in columns
    )


def _is_beside(header: str) -> bool:
    said = plain(header)
    key = said.replace(" ", "")
    return not key or key in _BESIDE or words.WHEN(said) or words.WHY(said) or words.BESIDE(said)


_PERMISSIONS = frozenset({"bounce", "bounce_type", "soft_bounce", "status", "calling_code", "country"})
