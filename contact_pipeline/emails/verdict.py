"""A frame of addresses with what DNS said about their domains → verdicts and flags.

Pure and vectorised: each rule is applied to distinct values (domains, local parts, combinations of findings), never row
by row. Refuses to change an address: a typing error in a provider's domain is a hint in `typo_suggestion`.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.algebra import combine
from contact_pipeline.emails.combinations import Words, decided_by_combination
from contact_pipeline.emails.disposable import is_disposable_domain
from contact_pipeline.emails.free_providers import FREE_PROVIDERS, suggest_domain
from contact_pipeline.emails.lookalikes import is_lookalike
from contact_pipeline.emails.roles import ROLES
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.emails.syntax import normalize_emails

_FINDINGS = [
    "syntax_sub_status", "domain_status", "domain_sub_status", "mailbox_status", "mailbox_sub_status", "is_lookalike",
    "is_disposable", "is_role",
]  # fmt: skip
_ROLES = pa.array(sorted(ROLES))


def judge_emails(frame: pd.DataFrame, *, policy: EmailRules) -> pd.DataFrame:
    """The verdict of all layers on every address.

    frame: email (normalised, or as given where it has no normal form), domain_status and domain_sub_status (words of
    EmailStatus and EmailSubStatus; missing where the domain layer did not run); and, where a mailbox provider spoke or
    should have, mailbox_status, mailbox_sub_status, mailbox_score (0-100), mailbox_is_catch_all,
    mailbox_is_disposable, mailbox_is_role. Any index.
    Returns, on the same index: syntax_status, syntax_sub_status, domain_status, domain_sub_status (the last two missing
    where syntax is invalid or nobody asked), status, sub_status (all layers combined, emails/algebra.py), is_role,
    is_disposable, is_free, is_catch_all (missing: nobody asked), typo_suggestion (a domain, or missing),
    deliverability_score (0 for invalid, else the provider's or missing: the free layers cannot tell a good mailbox from
    a bad one). A row without an address is missing in every column but the flags, which are False.
    """
    addresses = frame["email"]
    parsed = normalize_emails(addresses)
    syntax_reason = parsed["sub_status"]
    if policy.allow_special_use_domains:
        syntax_reason = syntax_reason.mask(syntax_reason == EmailSubStatus.SPECIAL_USE_DOMAIN.value)
    is_asked = addresses.notna()
    is_sound = is_asked & syntax_reason.isna()

    domains = pa.array(parsed["domain_ascii"], from_pandas=True).cast(pa.string())
    if isinstance(domains, pa.ChunkedArray):
        domains = domains.combine_chunks()
    domains = domains.dictionary_encode()
    result = pd.DataFrame(index=frame.index)
    result["syntax_status"] = _words(is_sound, EmailStatus.VALID, EmailStatus.INVALID).where(is_asked)
    result["syntax_sub_status"] = syntax_reason
    result["domain_status"] = frame["domain_status"].astype("str").where(is_sound)
    result["domain_sub_status"] = frame["domain_sub_status"].astype("str").where(is_sound)
    for name in ("mailbox_status", "mailbox_sub_status"):
        result[name] = _column(frame, name, "str").where(is_sound)
    result["is_role"] = _is_role(parsed["email_normalized"]) | _said(frame, "mailbox_is_role")
    result["is_disposable"] = _flag(domains, is_disposable_domain) | _said(frame, "mailbox_is_disposable")
    result["is_free"] = _flag(domains, FREE_PROVIDERS.__contains__)
    result["is_catch_all"] = _column(frame, "mailbox_is_catch_all", "boolean").where(is_sound)
    hints = _by_domain(domains, suggest_domain, pa.string()).to_pandas()
    result["typo_suggestion"] = pd.Series(hints, dtype="str").set_axis(frame.index)
    findings = result.assign(is_lookalike=_flag(domains, is_lookalike))
    status, sub_status = decided_by_combination(findings, _FINDINGS, _combined)
    result.insert(4, "status", status.where(is_asked))
    result.insert(5, "sub_status", sub_status.where(is_asked))
    is_invalid = result["status"] == EmailStatus.INVALID.value
    score = _column(frame, "mailbox_score", "Int64")
    result["deliverability_score"] = score.where(is_sound).mask(is_invalid, 0)
    return result


def _column(frame: pd.DataFrame, name: str, kind: Literal["str", "boolean", "Int64"]) -> "pd.Series[Any]":
    """A column that only some callers have."""
    if name in frame:
        return frame[name].astype(kind)
    return pd.Series(None, index=frame.index, dtype=kind)


def _said(frame: pd.DataFrame, name: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return _column(frame, name, "boolean").fillna(False).to_numpy(dtype=bool)


def _words(condition: pd.Series, yes: EmailStatus, no: EmailStatus) -> pd.Series:
    return condition.map({True: yes.value, False: no.value}).astype("str")


def _combined(
    syntax_reason: object,
    domain_status: object,
    domain_reason: object,
    mailbox_status: object,
    mailbox_reason: object,
    is_lookalike: bool,
    is_disposable: bool,
    is_role: bool,
) -> Words:
    wrong = _reason(syntax_reason)
    status, reason = combine(
        syntax=(EmailStatus.INVALID, wrong) if wrong else (EmailStatus.VALID, None),
        domain=(EmailStatus(domain_status), _reason(domain_reason)) if isinstance(domain_status, str) else None,
        mailbox=(EmailStatus(mailbox_status), _reason(mailbox_reason)) if isinstance(mailbox_status, str) else None,
        is_lookalike=is_lookalike,
        is_disposable=is_disposable,
        is_role=is_role,
    )
    return status.value, reason and reason.value


def _reason(word: object) -> EmailSubStatus | None:
    return EmailSubStatus(word) if isinstance(word, str) else None


def _is_role(normalized: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Role names ignore case and a +tag (RFC 2142 1: names are matched without regard to case)."""
    texts = pa.array(normalized, from_pandas=True).cast(pa.string())
    names = pc.utf8_lower(pc.replace_substring_regex(texts, r"[+@].*\z", ""))
    return np.asarray(pc.is_in(names, value_set=_ROLES))


def _by_domain(domains: pa.DictionaryArray, rule: Callable[[str], object], kind: pa.DataType) -> pa.Array:
    return pa.array([rule(domain) for domain in domains.dictionary.to_pylist()], kind).take(domains.indices)


def _flag(domains: pa.DictionaryArray, rule: Callable[[str], bool]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.asarray(pc.fill_null(_by_domain(domains, rule, pa.bool_()), False))
