"""Suppressions that the ledger does not have yet are written into it: whoever is closed stays closed after a restore.

The desk, the web edge and imports write theirs down before they take effect. What drops, providers and triggers close
is written down here, a minute later at most: as keyed hashes, those that say the same in one fact.
"""

import json
from pathlib import Path
from typing import Any

from contact_pipeline.adapters.files import private_dir, replace_file
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.people.facts import kept_facts
from contact_pipeline.settings import Settings
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def write_down_suppressions(session: Session) -> int:
    """Write down what has come since this was last called; returns how many suppressions.

    How far it came stands beside the ledger, by the transaction and the database: another database, or one that was
    restored, is read from its beginning. Raises what FactLedger.batch does.
    """
    mark = _read(session.settings)
    with session.connection("suppressions") as connection, connection.transaction():
        steps = Script(connection, STEPS)
        # First: what commits after this has its turn next time, whenever its transaction began.
        now = steps.one("position")
        if mark == now:
            return 0
        since = mark["transaction"] if mark and mark["database"] == now["database"] else 0
        rows = steps.rows("since", since=min(since, now["transaction"]))
        if rows:
            with kept_facts(session, connection) as facts:
                facts.standing(rows)
    if session.settings.is_own_ledger:
        private_dir(session.settings.ledger)
    replace_file(_mark(session.settings), lambda file: file.write(json.dumps(now).encode()))
    return sum(len(row["subjects"]) for row in rows)


def _mark(settings: Settings) -> Path:
    return settings.ledger / "suppressions.mark"


def _read(settings: Settings) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(_mark(settings).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return found
