"""The drill, small: it finds nothing where nothing is wrong, and finds what is spoiled."""

import json
from pathlib import Path

import pytest

from contact_pipeline.history.drill import drill
from contact_pipeline.opening import open_session


def test_the_plug_is_pulled_and_nothing_is_lost() -> None:
    done = drill(open_session, seed=21, shippings=2, people=8)
    assert done.findings == ()
    assert done.rows > 0 and done.contacts > 0 and done.actions > 8
    assert done.rpo_s < 60


def _log_lost(folder: Path) -> None:
    """The log from the backup on: everything since is gone, but for what the ledger and the archive know."""
    for path in (folder / "backups").glob("wal-*/0*.zst.age"):
        path.unlink()


def _ledger_lost(folder: Path) -> None:
    """And with it what was said since."""
    _log_lost(folder)
    for path in (folder / "home" / "ledger").glob("*.jsonl"):
        path.write_bytes(b"")
    for path in (folder / "backups").glob("files-*/index.json"):
        index = json.loads(path.read_text())
        index["files"] = {name: seen for name, seen in index["files"].items() if not name.startswith("ledger/")}
        path.write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("spoil", "finds"), [(_log_lost, "row(s) of core.contacts"), (_ledger_lost, "opt-out(s) are lost")]
)
def test_what_is_spoiled_is_found(spoil: object, finds: str) -> None:
    done = drill(open_session, seed=21, shippings=1, people=8, spoil=spoil)  # type: ignore[arg-type]
    assert any(finds in finding for finding in done.findings), done.findings
