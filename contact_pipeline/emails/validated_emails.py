"""The e-mail stage: every due address of a drop through its layers. First everybody is asked, then all are judged."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

import pandas as pd

from contact_pipeline.core.ahead import work_ahead
from contact_pipeline.core.verdicts import EmailSubStatus
from contact_pipeline.emails.disposable import is_disposable_domain
from contact_pipeline.emails.domain import judge_domain
from contact_pipeline.emails.ports import MailHostResolver
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.emails.verdict import judge_emails

DOMAINS_AT_ONCE = 5_000


class EmailStore(Protocol):
    """The tables behind this stage. Asked outside of a transaction, written inside of one."""

    def unknown_domains(self) -> Iterator[str]:
        """Domains of due addresses, as written there (lower case), whose answer is missing or has expired."""
        ...

    def remember_domains(self, answers: pd.DataFrame) -> None:
        """domain, verdict, reason, ttl_seconds. Kept even when the stage fails later."""
        ...

    def askable_chunks(self) -> Iterator[pd.DataFrame]:
        """email: due addresses at working domains, of people whom there is a ground to ask about."""
        ...

    def due_chunks(self) -> Iterator[pd.DataFrame]:
        """n, email, domain_status, domain_sub_status, mailbox_call, and the mailbox columns of judge_emails."""
        ...

    def add_verdicts(self, judged: pd.DataFrame) -> None:
        """n and the columns of schemas.JUDGED_EMAILS."""
        ...


def ask_about_emails(
    store: EmailStore, *, resolver: MailHostResolver, rules: EmailRules, ask: Callable[[list[str]], None] | None = None
) -> None:
    """Ask DNS for every domain that is not remembered, then providers; every answer is kept as it comes.

    ask: asks the providers of the paid layers about addresses and remembers what they say; None: none is configured.
    """
    answers = ask_domains(store.unknown_domains(), resolver=resolver, rules=rules)
    while batch := list(islice(answers, DOMAINS_AT_ONCE)):
        store.remember_domains(pd.DataFrame(batch, columns=["domain", "verdict", "reason", "ttl_seconds"]))
    if ask is not None:
        for chunk in store.askable_chunks():
            ask(_worth_asking(chunk["email"], rules))


def judge_due_emails(store: EmailStore, *, rules: EmailRules) -> None:
    """Judge every due address by what is known. Asks nobody, so that other drops wait for a short time only."""

    def judge(chunk: pd.DataFrame) -> pd.DataFrame:
        judged = judge_emails(chunk.drop(columns=["n", "mailbox_call"]), policy=rules)
        judged.insert(0, "n", chunk["n"])
        judged["mailbox_call"] = chunk["mailbox_call"].astype("Int64")
        judged["email"] = chunk["email"]
        return judged

    for judged in work_ahead(store.due_chunks(), judge):
        store.add_verdicts(judged)


def _worth_asking(emails: "pd.Series[str]", rules: EmailRules) -> list[str]:
    """Sound ones, in normal form, and not at a throw-away service: that verdict stands whatever the mailbox is."""
    parsed = normalize_emails(emails)
    lifted = rules.allow_special_use_domains & (parsed["sub_status"] == EmailSubStatus.SPECIAL_USE_DOMAIN.value)
    sound = parsed[parsed["sub_status"].isna() | lifted]
    passing = ~sound["domain_ascii"].map(is_disposable_domain)
    return list(dict.fromkeys(sound.loc[passing, "email_normalized"]))


def ask_domains(
    domains: Iterable[str], *, resolver: MailHostResolver, rules: EmailRules
) -> Iterator[tuple[str, str, str | None, int]]:
    """Verdict, reason and time to live of each domain that may stand in an address; the others are not asked about."""
    spelled: dict[str, str] = {}

    def ascii_domains() -> Iterator[str]:
        source = iter(domains)
        while batch := list(islice(source, DOMAINS_AT_ONCE)):
            names = pd.Series(batch, dtype="str")
            parsed = normalize_emails("x@" + names)
            lifted = rules.allow_special_use_domains & (parsed["sub_status"] == EmailSubStatus.SPECIAL_USE_DOMAIN.value)
            acceptable = parsed["domain_ascii"].where(parsed["sub_status"].isna() | lifted)
            for name, ascii_name in zip(batch, acceptable, strict=True):
                if isinstance(ascii_name, str):
                    spelled[ascii_name] = name
                    yield ascii_name

    for ascii_name, answer in resolver.lookup(ascii_domains()):
        verdict = judge_domain(answer, rules=rules)
        yield (
            spelled.pop(ascii_name),
            str(verdict.status),
            verdict.sub_status and str(verdict.sub_status),
            answer.ttl_seconds,
        )
