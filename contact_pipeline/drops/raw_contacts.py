"""raw_contacts: every record of a drop's archived file, through the gate, into rows that wait to be applied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.core.alerts import DROP_FAILED, DROP_HELD
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.drops.archive import archived_file, drop_options, rewrite_archived
from contact_pipeline.drops.checks import PASSES_GATE, STAGE
from contact_pipeline.drops.gate import held_reason
from contact_pipeline.drops.landed_rows import LANDING_RULES, land_drop
from contact_pipeline.drops.store import LandingStore
from contact_pipeline.people.erased import erased_rows
from contact_pipeline.reading.drop_file import open_drop
from contact_pipeline.reading.headers import EXACT
from contact_pipeline.stage.holding import Stage
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session


def land_raw_contacts(session: Session, drop_key: str) -> StageReport:
    """The archived file's records into raw.landed_rows, and the verdict of the gate."""
    policy = session.policy
    with stage_of_drop(session, STAGE, drop_key) as stage:
        connection, drop = stage.connection, stage.drop()
        options = replace(drop_options(policy, drop.source), landed_at=drop.landed_at)
        saw = fingerprint(drop.sha256, options, policy.gates)
        last = stage.last_run()
        if last and (last.input_hash, last.rules) == (saw, LANDING_RULES):
            return stage.nothing_to_do(last, (_passes_gate(drop),))
        with connection.transaction(), archived_file(session.archive, drop) as stream:
            opened = open_drop(stream, file_name=drop.file_name, options=options)
            drops, store = DropStore(connection), LandingStore(connection, drop_key)
            drops.forget_unapplied_rows(drop_key)
            applied = drops.applied_row_numbers(drop_key)
            is_erased = erased_rows(session, connection, drop.source)
            landed = land_drop(opened, store, applied=applied, is_erased=is_erased)
            if landed.erased_numbers:  # before the commit: a crash in between lands the lines that stand for them
                rewrite_archived(session, drop, frozenset(landed.erased_numbers))
            facts = store.facts(opened) | {"rows_quarantined": landed.quarantined}
            # That a person was erased is no fault of the list.
            refused = landed.quarantined - landed.erased
            held = held_reason(
                policy,
                opened.faults(),
                rows=facts["rows_in"],
                refused=refused,
                is_suppression=facts["kind"] == "suppressions",
            )
            held = None if drop.approved_at else held
            drops.finish_landing(drop_key, facts, held_reason=held)
            rows = {"bad": landed.quarantined, "rows": facts["rows_in"]}
            stage.alerts.set_alert(DROP_HELD, drop_key, is_on=held is not None, counts=rows)
            stage.alerts.close_alert(DROP_FAILED, drop_key)
            counts = {
                "rows_in": facts["rows_in"], "quarantined": landed.quarantined,
                "unknown_headers": len(facts["unknown_headers"]), "ignored_headers": len(facts["ignored_headers"]),
            } | {f"repaired {rule}": n for rule, n in facts["repairs"].items()}  # fmt: skip
            stage.record(saw=saw, rules=LANDING_RULES, rows=facts["rows_in"], counts=counts)
        report = stage.report(facts["rows_in"], counts, (_passes_gate(stage.drop()),))
        return replace(report, columns=tuple(_for_the_log(facts["columns"])))


def _for_the_log(columns: Sequence[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """A header that no vocabulary has may hold anything, also somebody's name: reports show where it stands."""
    for number, column in enumerate(columns, 1):
        yield dict(column) if column["sureness"] == EXACT else {**column, "header": f"column {number}"}


RAW_CONTACTS = Stage(STAGE, land_raw_contacts)


def _passes_gate(drop: DropRecord) -> Check:
    counts = {"rows_in": drop.rows_in or 0, "quarantined": drop.rows_quarantined}
    return PASSES_GATE.held(drop.held_reason is None, counts)
