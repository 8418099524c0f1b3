"""validated_emails: a drop's due addresses, first all asked about, then all judged.

Asking happens outside of any transaction; what a crash leaves of it is in ops.domains and in the ledger of calls.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice

import pandas as pd

from contact_pipeline.asking.watch import watch_vendors
from contact_pipeline.core.alerts import INVALID_EMAILS
from contact_pipeline.core.lookahead import work_ahead
from contact_pipeline.core.providers import Layer
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.checks import (
    FEW_INVALID,
    FIT_SCHEMA,
    RESOLVERS_AGREE,
    SHARES_PLAUSIBLE,
    STAGE,
    WORDS_KNOWN,
)
from contact_pipeline.emails.disposable import is_disposable_domain
from contact_pipeline.emails.dns.choosing import ChoosingResolver
from contact_pipeline.emails.domain import judge_domain
from contact_pipeline.emails.mail_hosts import mail_host_family
from contact_pipeline.emails.ports import MailHostResolver
from contact_pipeline.emails.rules import RULES_VERSION, EmailRules
from contact_pipeline.emails.store import EmailStore
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.emails.verdict import judge_emails
from contact_pipeline.policy.sections import EmailPolicy
from contact_pipeline.stage.holding import Stage
from contact_pipeline.stage.judging import drop_verdicts, questions_of
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session

DOMAINS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class DomainAnswer:
    """A domain as written in addresses, its verdict in our words, how long that may be remembered, and whose servers
    take its mail."""

    domain: str
    verdict: str
    reason: str | None
    ttl_seconds: int
    mail_host_family: str | None = None


def validate_emails(session: Session, drop_key: str) -> StageReport:
    """Judge every due address of one drop; a resolver or provider that fails makes none invalid."""
    rules, days, version = rules_of(session.policy.email), session.policy.email.refresh_days, email_version(session)
    layers = {Layer.MAILBOX: days, Layer.ACTIVITY: days}
    bands = {str(word): band for word, band in session.policy.email.expected_shares.items()}
    with (
        stage_of_drop(session, STAGE, drop_key) as stage,
        questions_of(stage, layers, session.key.email) as questions,
    ):
        resolver = ChoosingResolver(session.name_server, rules=rules)
        store = EmailStore(stage, rules=version, refresh_days=days)
        if store.find_due():
            remember_domains(store, resolver, rules)
            if questions:
                for chunk in store.askable_chunks():
                    questions(worth_asking(chunk["email"], rules))
                    store.note_shortfall(questions.shortfall())
        with store.writing():  # one transaction; nobody is asked any more
            if store.due:
                for judged in work_ahead(store.due_chunks(), partial(_judged, rules=rules)):
                    store.add_verdicts(judged)
            verdicts = drop_verdicts(stage, store, version)
            watched = watch_vendors(stage.connection, drop_key, questions, session.policy.alerts, bands)
            invalid = verdicts.counts.get(str(EmailStatus.INVALID), 0)
            are_few = invalid <= session.policy.alerts.invalid_email_share * verdicts.rows
            checks: tuple[Check, ...] = (
                FIT_SCHEMA.held(store.refused == 0, {"refused": store.refused}),
                FEW_INVALID.held(are_few, {"invalid": invalid, "rows": verdicts.rows}),
                RESOLVERS_AGREE.held(
                    not resolver.differing, {"sampled": resolver.sampled, "differing": resolver.differing}
                ),
                WORDS_KNOWN.held(not watched.unmapped, watched.unmapped),
                SHARES_PLAUSIBLE.held(not watched.outside, watched.outside),
            )
            if verdicts.is_new:
                counts = {"bad": invalid, "rows": verdicts.rows}
                stage.alerts.set_alert(INVALID_EMAILS, drop_key, is_on=not are_few, counts=counts)
            return verdicts.report(checks, questions)


def rules_of(policy: EmailPolicy) -> EmailRules:
    """The policy's switches, as the rules know them."""
    return EmailRules(
        allow_private_addresses=policy.allow_private_addresses,
        allow_special_use_domains=policy.allow_special_use_domains,
    )


def email_version(session: Session) -> str:
    """Rules and switches, hashed: it stands in every contact. When either changes, every verdict is due again."""
    vendors = session.vendors.of(Layer.MAILBOX, Layer.ACTIVITY)
    return fingerprint(RULES_VERSION, rules_of(session.policy.email), *vendors)


def remember_domains(store: EmailStore, resolver: MailHostResolver, rules: EmailRules) -> None:
    """Ask DNS for every domain that is not remembered; every answer is kept as it comes."""
    answers = ask_domains(store.unknown_domains(), resolver=resolver, rules=rules)
    while batch := list(islice(answers, DOMAINS_AT_ONCE)):
        store.remember_domains(pd.DataFrame(map(asdict, batch)))


def worth_asking(emails: "pd.Series[str]", rules: EmailRules) -> list[str]:
    """Sound ones, in normal form, and not at a throw-away service: that verdict stands whatever the mailbox is."""
    parsed = normalize_emails(emails)
    lifted = rules.allow_special_use_domains & (parsed["sub_status"] == EmailSubStatus.SPECIAL_USE_DOMAIN.value)
    sound = parsed[parsed["sub_status"].isna() | lifted]
    passing = ~sound["domain_ascii"].map(is_disposable_domain)
    return list(dict.fromkeys(sound.loc[passing, "email_normalized"]))


def ask_domains(domains: Iterable[str], *, resolver: MailHostResolver, rules: EmailRules) -> Iterator[DomainAnswer]:
    """What DNS says of each domain that may stand in an address; the others are not asked about."""
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
        reason = verdict.sub_status and str(verdict.sub_status)
        family = mail_host_family(answer)
        yield DomainAnswer(spelled.pop(ascii_name), str(verdict.status), reason, answer.ttl_seconds, family)


def _judged(chunk: pd.DataFrame, rules: EmailRules) -> pd.DataFrame:
    """n, email, mailbox_call and the columns of schemas.JUDGED_EMAILS, by what is known. Asks nobody."""
    judged = judge_emails(chunk.drop(columns=["n", "mailbox_call"]), policy=rules)
    judged.insert(0, "n", chunk["n"])
    judged["mailbox_call"] = chunk["mailbox_call"].astype("Int64")
    judged["email"] = chunk["email"]
    return judged


VALIDATED_EMAILS = Stage(STAGE, validate_emails)
