"""The two stages that judge: first everybody is asked and every answer kept, then all verdicts are written at once.

Asking happens outside of any transaction; what a crash leaves of it is in ops.domains and in the ledger of calls.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.adapters.postgres.verdict_stores import PostgresEmailStore, PostgresPhoneStore
from contact_pipeline.core.alerts import INVALID_EMAILS
from contact_pipeline.core.providers import Layer
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.emails.validate import ask_about_emails, judge_due_emails
from contact_pipeline.orchestration.panel import Questions
from contact_pipeline.orchestration.provider_watch import watch_providers
from contact_pipeline.orchestration.stage_runs import fingerprint, is_held, record_run, up_to_date
from contact_pipeline.phones.check import ask_about_phones, judge_due_phones
from contact_pipeline.policy import Band

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline

INVALID_EMAIL_ALERT_SHARE = 0.10

Store = PostgresEmailStore | PostgresPhoneStore
Ask = Callable[[list[str]], None]


def judge_emails(pipeline: "Pipeline", drop_key: str) -> StageReport:
    """validated_emails, for one drop."""
    stage, version, days = "validated_emails", pipeline.email_version, pipeline.policy.email.refresh_days
    rules, started = pipeline.email_rules, time.monotonic()
    with pipeline.connection(stage) as connection:
        store = PostgresEmailStore(
            connection, drop_key, key=pipeline.key, now=pipeline.clock(), rules=version, refresh_days=days
        )
        layers = {Layer.MAILBOX: days, Layer.ACTIVITY: days}
        with _questions(pipeline, stage, drop_key, layers, pipeline.key.email) as questions:
            if store.begin():
                ask = _asking(questions, store)
                ask_about_emails(store, resolver=pipeline.resolver(), rules=rules, ask=ask)
            with store.writing():
                if store.due:
                    judge_due_emails(store, rules=rules)
                return _finish(pipeline, store, questions, version, started)


def judge_phones(pipeline: "Pipeline", drop_key: str) -> StageReport:
    """normalized_phones, for one drop."""
    stage, version, days = "normalized_phones", pipeline.phone_version, pipeline.policy.phone.refresh_days
    processes, engine, started = pipeline.phone_processes, pipeline.policy.phone.engine, time.monotonic()
    with pipeline.connection(stage) as connection:
        store = PostgresPhoneStore(
            connection, drop_key, key=pipeline.key, now=pipeline.clock(), rules=version, refresh_days=days
        )
        with _questions(pipeline, stage, drop_key, {Layer.CARRIER: days}, pipeline.key.phone) as questions:
            if store.begin():
                ask_about_phones(store, processes=processes, engine=engine, ask=_asking(questions, store))
            with store.writing():
                if store.due:
                    judge_due_phones(store, processes=processes, engine=engine)
                return _finish(pipeline, store, questions, version, started)


def _finish(pipeline: "Pipeline", store: Store, questions: Questions | None, rules: str, started: float) -> StageReport:
    """Checks, alerts, the record of the run and its report, in the transaction of the verdicts."""
    connection, stage, drop_key = store.connection, store.stage, store.drop_key
    ledger = Ledger(connection)
    bands = _bands(pipeline, stage)
    last = ledger.last_run(drop_key, stage)
    if last and last.rules == rules and not store.due:
        checks = _checks(stage, last.counts, last.row_count, 0)
        checks += watch_providers(connection, stage, drop_key, None, bands)
        return up_to_date(stage, drop_key, last.row_count, last.counts, started, checks)
    counts = store.verdicts()
    rows = sum(n for word, n in counts.items() if "/" not in word)
    checks = _checks(stage, counts, rows, store.refused)
    checks += watch_providers(connection, stage, drop_key, questions, bands)
    if stage == "validated_emails":
        bad = {"bad": counts.get("invalid", 0), "rows": rows}
        ledger.set_alert(INVALID_EMAILS, drop_key, is_on=not checks[1].passed, counts=bad)
    if not is_held(connection, drop_key):
        record_run(pipeline, ledger, drop_key, stage, fingerprint(store.due), rules, rows, counts, started)
        ledger.publish_when_done(drop_key)
    counts |= {"due": store.due} | (questions.counts() if questions else {})
    return StageReport(stage, drop_key, rows, time.monotonic() - started, counts, checks)


@contextmanager
def _questions(
    pipeline: "Pipeline", stage: str, drop_key: str, layers: Mapping[Layer, int], key: Callable[[str], bytes]
) -> Iterator[Questions | None]:
    """None where no provider of these layers is configured."""
    if not any(pipeline.panel.of(*layers)):
        yield None
        return
    with pipeline.connection(stage) as connection:
        yield Questions(
            pipeline.panel, connection, layers, key=key, now=pipeline.clock(), drop_key=drop_key,
            run_id=pipeline.run_id, clock=pipeline.clock,
        )  # fmt: skip


def _asking(questions: Questions | None, store: Store) -> Ask | None:
    """Asks, and tells the store what stayed open and why."""
    if questions is None:
        return None

    def ask(subjects: list[str]) -> None:
        questions(subjects)
        store.note_shortfall(questions.shortfall())

    return ask


def _bands(pipeline: "Pipeline", stage: str) -> Mapping[str, Band]:
    """Only mailboxes have expected shares."""
    expected = pipeline.policy.email.expected_shares if stage == "validated_emails" else {}
    return {str(word): band for word, band in expected.items()}


def _checks(stage: str, counts: Mapping[str, int], rows: int, refused: int) -> tuple[Check, ...]:
    fit = Check(f"{stage}_fit_schema", refused == 0, blocking=True, counts={"refused": refused})
    if stage != "validated_emails":
        return (fit,)
    invalid = counts.get("invalid", 0)
    few = invalid <= INVALID_EMAIL_ALERT_SHARE * rows
    return (fit, Check("invalid_email_share", few, counts={"invalid": invalid, "rows": rows}))
