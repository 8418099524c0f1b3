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


def _log_and_ledger_lost(folder: Path) -> None:
    """Everything since the backup is gone, and what was said since with it, but for what the archive knows."""
    for path in (folder / "backups").glob("wal-*/0*.zst.age"):
        path.unlink()
    for path in (folder / "home" / "ledger").glob("*.jsonl"):
        path.write_bytes(b"")
    for path in (folder / "backups").glob("files-*/index.json"):
        index = json.loads(path.read_text())
        index["files"] = {name: seen for name, seen in index["files"].items() if not name.startswith("ledger/")}
        path.write_text(json.dumps(index))


@pytest.mark.parametrize(("seed", "finds"), [(5, "opt-out(s) are lost"), (2, "erased people are back")])
def test_what_is_spoiled_is_found(seed: int, finds: str) -> None:
    done = drill(open_session, seed=seed, shippings=1, people=8, spoil=_log_and_ledger_lost)
    assert any("row(s) of core.contacts" in finding for finding in done.findings), done.findings
    assert any(finds in finding for finding in done.findings), done.findings
