"""contacts: a drop's rows become golden rows by exact identity; its opt-outs hold at once."""

from typing import Any

from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.alerts import DROP_HELD, OPT_OUT_UNREADABLE
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.people.applied_again import AppliedAgain
from contact_pipeline.people.apply import APPLY_RULES, apply_drop, read_opt_outs
from contact_pipeline.people.checks import ROWS_CONSERVED, STAGE
from contact_pipeline.people.facts import kept_facts, restrict_awaited
from contact_pipeline.people.person import close_everywhere, opted_out
from contact_pipeline.people.store import ContactStore
from contact_pipeline.policy.file import Policy
from contact_pipeline.stage.holding import Stage
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session


def apply_contacts(session: Session, drop_key: str) -> StageReport:
    """Rows that wait become contacts; a held drop only hands over its opt-outs. What was applied under older rules is
    derived again; outcomes, and whose row each is, stay."""
    with (
        stage_of_drop(session, STAGE, drop_key) as stage,
        stage.connection.transaction(),
        kept_facts(session, stage.connection) as facts,
    ):
        drop, connection = stage.drop(), stage.connection
        if drop.rolled_back_by:  # counts for nothing until somebody brings it back
            return stage.report(0, {"rolled_back": 1}, (_rows_conserved(drop),))
        source = session.policy.source(drop.source)
        given: dict[str, Any] = {"trust": source.trust, "now": session.clock(), "key": session.key}
        store = ContactStore(connection, drop, **given)
        last = stage.last_run()
        is_outdated = last is not None and last.rules != APPLY_RULES
        if last and not store.has_waiting() and not is_outdated:
            return stage.nothing_to_do(last, (_rows_conserved(drop),))
        reading: dict[str, Any] = {
            "source": drop.source, "regions": regions_of(session.policy, drop.source), "key": session.key,
        }  # fmt: skip

        def opt_outs(store: ContactStore = store) -> None:
            store.begin()
            read_opt_outs(store, **reading)
            if store.suppress():
                facts.applied(drop_key)
            _close_for_persons(session, connection)

        def people(store: ContactStore = store) -> None:
            store.begin()
            apply_drop(store, **reading)
            store.apply()
            _close_for_persons(session, connection)

        if drop.held_reason:
            opt_outs()
            return stage.report(0, {"held": 1}, (_rows_conserved(drop),))
        is_list_of_people = drop.kind not in ("suppressions", "touches")
        work = people if is_list_of_people else opt_outs
        if is_outdated:
            applied = AppliedAgain(connection, drop, **given)
            work(applied)
            applied.forget()
        store.without_refused(work, opt_outs)
        counts = store.close(kind=drop.kind)
        restrict_awaited(connection, drop_key)
        facts.applied(drop_key)
        unread = store.unreadable_opt_outs + (store.count_unread() if is_list_of_people else 0)
        counts |= {"record_ids_refused": store.record_ids_refused, "opt_outs_unreadable": unread}
        stage.alerts.set_alert(OPT_OUT_UNREADABLE, drop_key, is_on=unread > 0, counts={"rows": unread})
        if store.unreadable_opt_outs and not drop.approved_at:
            DropStore(connection).hold(drop_key, UNREADABLE.format(store.unreadable_opt_outs))
            stage.alerts.set_alert(DROP_HELD, drop_key, is_on=True, counts={"bad": unread, "rows": drop.rows_in or 0})
        rows = counts["loaded"] + counts["merged"]
        stage.record_and_publish(saw=fingerprint(drop.sha256), rules=APPLY_RULES, rows=rows, counts=counts)
        return stage.report(rows, counts, (_rows_conserved(stage.drop()),))


UNREADABLE = (
    "suppression_unreadable: {} rows of a list of opt-outs name an address or a number that nobody can read, so"
    " they would stop nobody. Correct them, or say in the policy where its numbers are from: [sources.<name>]"
    " default_region."
)


def regions_of(policy: Policy, source: str) -> list[str | None]:
    """Where a number may have been written, the source's own region first."""
    others = {said.default_region for said in policy.sources.values()} - {None}
    return list(dict.fromkeys((policy.source(source).default_region, *sorted(others, key=str))))


# A list that cannot be applied still says who must not be contacted.
CONTACTS = Stage(STAGE, apply_contacts, when_held=apply_contacts)


def _close_for_persons(session: Session, connection: Connection) -> None:
    """The drop's opt-outs reach every contact of whoever said them."""
    close_everywhere(session, connection, opted_out(connection))


def _rows_conserved(drop: DropRecord) -> Check:
    counts = {
        "rows_in": drop.rows_in or 0, "loaded": drop.rows_loaded, "merged": drop.rows_merged,
        "quarantined": drop.rows_quarantined, "erased": drop.rows_erased,
    }  # fmt: skip
    accounted = sum(counts.values()) - counts["rows_in"]
    return ROWS_CONSERVED.held(drop.applied_at is None or counts["rows_in"] == accounted, counts)
