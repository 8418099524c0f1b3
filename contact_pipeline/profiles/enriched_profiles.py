"""enriched_profiles: what vendors know, what follows from known facts, then permissions; the last stage of a drop."""

import time
from dataclasses import replace

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.providers import PROFILE_LAYERS
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.emails.validated_emails import VALIDATED_EMAILS, validate_emails
from contact_pipeline.people.contacts import CONTACTS
from contact_pipeline.people.facts import restrict_awaited
from contact_pipeline.people.person import close_everywhere, linked_in_drop
from contact_pipeline.phones.normalized_phones import NORMALIZED_PHONES, normalize_phones
from contact_pipeline.profiles.checks import FIT_SCHEMA, STAGE
from contact_pipeline.profiles.enriching import enrich_people
from contact_pipeline.profiles.publishing_store import ProfileStore
from contact_pipeline.profiles.rules import PROFILE_RULES
from contact_pipeline.stage.holding import Stage
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def enrich_profiles(session: Session, drop_key: str) -> StageReport:
    """Ask, derive, decide permissions, publish. An address or number that was found is judged before that."""
    started = time.monotonic()
    enriched = enrich_people(session, drop_key)
    # Also after a run that found an address and failed before it was judged.
    if enriched.finds_points or _has_unjudged(session, drop_key):
        validate_emails(session, drop_key)
        normalize_phones(session, drop_key)
    report = _derive(session, drop_key)
    return replace(
        report,
        counts={**report.counts, **enriched.counts},
        checks=report.checks + enriched.checks,
        seconds=time.monotonic() - started,
        figures=enriched.figures,
        up_to_date=report.up_to_date and not enriched.figures,
    )


ENRICHED_PROFILES = Stage(STAGE, enrich_profiles)


def _has_unjudged(session: Session, drop_key: str) -> bool:
    """Whether the drop holds an address or number that nobody has judged; only enriching brings one so late."""
    if not any(session.vendors.of(*PROFILE_LAYERS)):
        return False
    with session.connection(STAGE) as connection:
        return bool(Script(connection, STEPS, drop_key=drop_key).one("has_unjudged")["has_unjudged"])


def _derive(session: Session, drop_key: str) -> StageReport:
    """Facts that follow from facts, and the permissions, of the drop's contacts; of those judged since, where people
    and policy are the same as in the last run."""
    with stage_of_drop(session, STAGE, drop_key) as stage, stage.connection.transaction():
        connection, now = stage.connection, session.clock()
        applied, *judged = (
            stage.last_run(name) for name in (CONTACTS.name, VALIDATED_EMAILS.name, NORMALIZED_PHONES.name)
        )
        people = fingerprint(
            applied and applied.finished_at,
            session.policy.fingerprint(*session.policy.sources.values(), session.policy.retention),
        )
        seen = f"{people}-{fingerprint(*(run and run.finished_at for run in judged))}"
        last = stage.last_run()
        if last and (last.input_hash, last.rules) == (seen, PROFILE_RULES):
            return stage.nothing_to_do(last, (_fits(0),))
        # The same people under the same policy: only those judged since can have changed.
        same_people = last and last.rules == PROFILE_RULES and last.input_hash.startswith(people)
        since = last.as_of if last and same_people else None
        restrict_awaited(connection, drop_key)  # again: only now is everybody's number judged
        # Numbers are known to be mobile ones only now: who shares one with somebody who opted out is that person.
        close_everywhere(session, connection, linked_in_drop(connection, drop_key))
        store = ProfileStore(connection, drop_key, now=now, since=since)
        looked_at, counts = store.derive()
        rows = last.row_count if last and since else looked_at
        stage.record_and_publish(saw=seen, rules=PROFILE_RULES, rows=rows, counts=counts, as_of=now)
        return stage.report(rows, counts, (_fits(store.refused),))


def _fits(refused: int) -> Check:
    return FIT_SCHEMA.held(refused == 0, {"refused": refused})
