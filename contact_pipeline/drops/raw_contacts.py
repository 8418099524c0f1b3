"""raw_contacts: every record of a drop's archived file, through the gate, into rows that wait to be applied."""

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.core.ahead import read_ahead
from contact_pipeline.core.errors import PermanentError
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.drops.archive import drop_options, rewrite_archived
from contact_pipeline.drops.checks import PASSES_GATE, STAGE
from contact_pipeline.drops.store import LandingStore
from contact_pipeline.people.erased import erased_rows
from contact_pipeline.policy.file import Policy
from contact_pipeline.reading.opened import Drop, open_drop
from contact_pipeline.reading.opened import fingerprint as sha256_of
from contact_pipeline.schemas.gate import failures
from contact_pipeline.schemas.landed import ERASED_SUBJECT, LANDED_ROWS, NOT_STORED
from contact_pipeline.stage.holding import DROP_FAILED, DROP_HELD, Stage
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session

# Part of the input of every later stage: raise it when a file would land differently.
LANDING_RULES = "landing-2"


def land_raw_contacts(session: Session, drop_key: str) -> StageReport:
    """The archived file's records into raw.landed_rows, and the verdict of the gate."""
    policy = session.policy
    with stage_of_drop(session, STAGE, drop_key) as stage:
        connection, drop = stage.connection, stage.drop()
        mapping, ignored = policy.source(drop.source).mapping, policy.ignored_columns(drop.source)
        saw = fingerprint(drop.sha256, mapping, ignored, policy.limits, policy.gates)
        last = stage.last_run()
        if last and (last.input_hash, last.rules) == (saw, LANDING_RULES):
            return stage.nothing_to_do(last, (_passes_gate(drop),))
        with connection.transaction(), _archived(session, drop) as stream:
            opened = open_drop(stream, file_name=drop.file_name, options=drop_options(policy, drop.source))
            drops, store = DropStore(connection), LandingStore(connection, drop_key)
            drops.forget_unapplied_rows(drop_key)
            applied = drops.applied_row_numbers(drop_key)
            is_erased = erased_rows(session, connection, drop.source)
            landed = land_drop(opened, store, applied=applied, is_erased=is_erased)
            if landed.erased_numbers:  # before the commit: a crash in between lands the lines that stand for them
                rewrite_archived(session, drop, frozenset(landed.erased_numbers))
            facts = store.facts(opened) | {"rows_quarantined": landed.quarantined}
            # That a person was erased is no fault of the list.
            judged = facts | {"rows_quarantined": landed.quarantined - landed.erased}
            held = None if drop.approved_at else _held_reason(policy, opened.header_map.faults, judged)
            drops.finish_landing(drop_key, facts, held_reason=held)
            rows = {"bad": landed.quarantined, "rows": facts["rows_in"]}
            stage.ledger.set_alert(DROP_HELD, drop_key, is_on=held is not None, counts=rows)
            stage.ledger.close_alert(DROP_FAILED, drop_key)
            counts = {
                "rows_in": facts["rows_in"], "quarantined": landed.quarantined,
                "unknown_headers": len(facts["unknown_headers"]), "ignored_headers": len(facts["ignored_headers"]),
            } | {f"repaired {rule}": n for rule, n in facts["repairs"].items()}  # fmt: skip
            stage.record(saw=saw, rules=LANDING_RULES, rows=facts["rows_in"], counts=counts)
        return stage.report(facts["rows_in"], counts, (_passes_gate(stage.drop()),))


RAW_CONTACTS = Stage(STAGE, land_raw_contacts)


@dataclass(frozen=True)
class Landed:
    """What a landing found in the file. quarantined: rows refused for any reason, erased ones among them.

    erased: rows that stand for an erased person, by the line in their place or because is_erased knew them.
    erased_numbers: the latter only, in order: their text is still in the file.
    """

    quarantined: int
    erased: int
    erased_numbers: tuple[int, ...]


def land_drop(
    drop: Drop,
    store: LandingStore,
    *,
    applied: Set[int] = frozenset(),
    is_erased: Callable[[pd.DataFrame], "pd.Series[bool]"] | None = None,
) -> Landed:
    """Land the drop's rows, but for those applied before, which are neither looked at nor counted.

    is_erased: given rows of schemas.LANDED_ROWS from row_number on (no outcome) with `reasons`, as the file has them,
    tells for each (same index) whether it is a person who was erased; called in the thread of the caller. Nothing of
    such a row is stored but its number and the reason erased_subject.
    """
    quarantined = erased = 0
    numbers: list[int] = []
    for rows, broken in read_ahead(_judged(drop)):
        fresh = rows[~rows["row_number"].isin(applied)] if applied else rows
        if is_erased is not None and len(fresh):
            found = fresh.index[is_erased(fresh).to_numpy(dtype=bool) & ~_of_erased(fresh["reasons"])]
            numbers.extend(fresh.loc[found, "row_number"].tolist())
            broken = pd.concat([broken.drop(found, errors="ignore"), _erasures(found)])
        fresh = _emptied(fresh, broken)
        if left_out := store.add_landed(fresh.drop(columns="reasons")):
            odd = fresh.index[fresh["row_number"].isin(left_out)]
            fresh = _emptied(fresh, pd.Series([[NOT_STORED] for _ in odd], index=odd, dtype=object))
            store.add_landed(fresh.loc[odd].drop(columns="reasons"))
        refused = fresh["outcome"].notna()
        if refused.any():
            store.add_quarantined(fresh.loc[refused, ["row_number", "reasons"]])
        quarantined += int(refused.sum())
        erased += int(_of_erased(fresh.loc[refused, "reasons"]).sum())
    return Landed(quarantined, erased, tuple(numbers))


def _judged(drop: Drop) -> Iterator[tuple[pd.DataFrame, pd.Series]]:
    """Chunks, each with the reasons (by index) of rows that break the schema."""
    for rows in drop.chunks():
        yield rows, failures(rows.drop(columns="reasons"), LANDED_ROWS)


def _emptied(rows: pd.DataFrame, broken: pd.Series) -> pd.DataFrame:
    """With `outcome` set to quarantined and `reasons` filled for rows that cannot be used."""
    broken = broken[broken.index.isin(rows.index)]
    if len(broken):
        # A value that breaks the schema after mapping is not stored: the archive keeps the file.
        rows["reasons"] = rows["reasons"].where(~rows.index.isin(broken.index), broken.reindex(rows.index))
        emptied = [c for c in rows.columns if c not in ("row_number", "reasons")]
        rows.loc[broken.index, emptied] = None
    rows["outcome"] = pd.Series("quarantined", index=rows.index, dtype="str").where(rows["reasons"].notna())
    return rows


def _erasures(index: pd.Index) -> pd.Series:
    return pd.Series([[ERASED_SUBJECT] for _ in index], index=index, dtype=object)


def _of_erased(reasons: pd.Series) -> npt.NDArray[np.bool_]:
    return np.fromiter((bool(names) and ERASED_SUBJECT in names for names in reasons), bool, len(reasons))


@contextmanager
def _archived(session: Session, drop: DropRecord) -> Iterator[BinaryIO]:
    """The drop's file, proved to be the one that was dropped, as far as no row of an erased person has left it."""
    again = "Drop the file again, then: contact-pipeline replay DROP"
    try:
        stream = (session.archive / drop.archived_as).open("rb")
    except FileNotFoundError:
        raise PermanentError(f"The archived file is missing. {again}") from None
    with stream:
        if drop.rewritten_at is None and sha256_of(stream) != drop.sha256:
            raise PermanentError(f"The archived file is damaged: its SHA-256 is not that of the drop. {again}")
        yield stream


def _held_reason(policy: Policy, faults: tuple[str, ...], facts: Mapping[str, int]) -> str | None:
    if faults:
        return f"wrong structure: {', '.join(faults)}"
    share, allowed = facts["rows_quarantined"] / (facts["rows_in"] or 1), policy.gates.max_failed_share
    if share > allowed:
        return f"failed rows: {share:.1%} of {facts['rows_in']}, the gate allows {allowed:.1%}"
    return None


def _passes_gate(drop: DropRecord) -> Check:
    counts = {"rows_in": drop.rows_in or 0, "quarantined": drop.rows_quarantined}
    return PASSES_GATE.held(drop.held_reason is None, counts)
