"""What a file would change if it were dropped: landed and applied in a transaction that is rolled back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.drops.archive import drop_options
from contact_pipeline.drops.folder import open_file, text_name
from contact_pipeline.drops.inspecting import Inspection, inspect_file
from contact_pipeline.drops.landed_rows import land_drop
from contact_pipeline.drops.store import LandingStore
from contact_pipeline.people.apply import apply_drop, read_opt_outs
from contact_pipeline.people.contacts import regions_of
from contact_pipeline.people.erased import erased_rows
from contact_pipeline.people.store import ContactStore
from contact_pipeline.reading.drop_file import open_drop
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Preview:
    """inspection: of the whole file; None: it can never become rows, `refusal` says why. known_as: key of the drop that
    has this content already. rows: how many were tried (at most MOST_ROWS). changes: counts of new, known, quarantined,
    opt_outs (of addresses and numbers that are open today), fields (of known contacts that would get another value);
    None: not tried.
    """

    inspection: Inspection | None
    refusal: str = ""
    known_as: str | None = None
    rows: int = 0
    changes: Mapping[str, int] | None = None


def preview_file(session: Session, file: Path, source: str) -> Preview:
    """Lands nothing. Others' drops wait while at most MOST_ROWS rows are tried (1-3 s)."""
    try:
        inspection = inspect_file(session.policy, file, source)
    except UnreadableDrop as error:
        return Preview(None, refusal=f"{error.reason}: {error}")
    known_as = _known_as(session, file, source)
    if inspection.would_hold or known_as:
        return Preview(inspection, known_as=known_as)
    rows, changes = _tried(session, file, source)
    return Preview(inspection, rows=rows, changes=changes)


def _known_as(session: Session, file: Path, source: str) -> str | None:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    with session.connection("preview") as connection:
        found = DropStore(connection).of_content(source, sha256)
    return found.key if found else None


def _tried(session: Session, file: Path, source: str) -> tuple[int, dict[str, int]]:
    policy, now = session.policy, session.clock()
    limit = policy.limits.max_file_mb * 1024 * 1024
    with (
        session.connection("preview") as connection,
        connection.transaction(force_rollback=True),
        open_file(file, max_bytes=limit, follow_links=False) as opened,
    ):
        drops = DropStore(connection)
        record, _ = drops.register(
            source=source,
            sha256=hashlib.sha256(uuid4().bytes).hexdigest(),  # of no other drop
            file_name=text_name(file.name),
            file_bytes=opened.facts.st_size,
            landed_at=now,
        )
        drop = open_drop(opened.stream, file_name=text_name(file.name), options=drop_options(policy, source))
        landing = LandingStore(connection, record.key)
        landed = land_drop(drop, landing, is_erased=erased_rows(session, connection, source), most=MOST_ROWS)
        drops.finish_landing(record.key, landing.facts(drop), held_reason=None)
        store = ContactStore(
            connection, drops.get(record.key), trust=policy.source(source).trust, now=now, key=session.key
        )
        steps = Script(connection, STEPS, drop_key=record.key)
        before = steps.one("before")
        store.begin()
        work = apply_drop if drop.header_map.kind == "contacts" else read_opt_outs
        work(store, source=source, regions=regions_of(policy, source), key=session.key)
        if work is apply_drop:
            store.apply()
        else:
            store.suppress()
        outcomes = steps.one("outcomes")
        changes = {"new": outcomes["loaded"], "known": outcomes["merged"], "quarantined": landed.quarantined}
        return landed.quarantined + outcomes["applied"], changes | steps.one("changes", **before)
