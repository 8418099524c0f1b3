"""backup, restore and drill from the command line, on an embedded server: what they say, and how they end."""

import json
from pathlib import Path

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation

ADA = "ada.quux@orchid.net"


@pytest.fixture
def embedded(installation: Installation, open_tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME with a server of its own."""
    monkeypatch.delenv("CONTACT_PIPELINE_DATABASE_URL")
    monkeypatch.setenv("CONTACT_PIPELINE_HOME", str(open_tmp_path / "home"))
    return open_tmp_path / "home"


def test_from_the_first_backup_to_a_restored_home(
    embedded: Path, installation: Installation, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("subject", "opt-out", ADA).code == 0
    first = command("backup")
    assert first.code == 0, first.stderr
    assert "backup.agekey. Keep a copy of it elsewhere" in first.stderr
    assert "read back" in first.stdout and "Everything up to" in first.stdout
    again = command("backup", "--json")
    told = json.loads(again.stdout)
    assert (told["made"], told["newest"]["kind"], again.stderr) == (None, "base", "")
    (listed,) = json.loads(command("backup", "list", "--json").stdout)["backups"]
    assert listed["id"] in command("backup", "list").stdout and listed["is_there"]
    assert json.loads(command("backup", "verify", listed["id"], "--json").stdout)["files"] > 900
    assert "is whole" in command("backup", "verify", listed["id"][:12]).stdout
    target = embedded.parent / "restored"
    assert command("restore", "--to", str(embedded)).code == 2  # it is not empty
    assert command("restore", "--at", "2020-01-01", "--to", str(target)).code == 2
    done = command("restore", "--to", str(target), "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["suppressions"] == 1
    monkeypatch.setenv("CONTACT_PIPELINE_HOME", str(target))
    assert command("status").code == 0
    assert ADA not in first.stdout + first.stderr + done.stdout + done.stderr


def test_a_damaged_backup_ends_with_one(embedded: Path, command: Command) -> None:
    assert command("backup").code == 0
    (file,) = (embedded / "backups").glob("*/base.tar.zst.age")
    file.write_bytes(file.read_bytes()[:-100])
    (listed,) = json.loads(command("backup", "list", "--json").stdout)["backups"]
    for arguments in (("backup", "verify", listed["id"]), ("restore", "--to", str(embedded.parent / "new"))):
        ended = command(*arguments)
        assert (ended.code, ended.stderr.count("\n")) == (1, 1) and "truncated or was changed" in ended.stderr


def test_a_place_that_is_no_folder_and_a_server_in_use_are_refused(embedded: Path, command: Command) -> None:
    refused = command("backup", "--to", "s3://bucket")
    assert refused.code == 2 and "is no folder" in refused.stderr
    assert command("backup", "--full", "list").code == 2


def test_a_drill_that_finds_something_ends_with_one(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from contact_pipeline.history import drill as module

    found = module.Drilled(1, 2, 3, 4, 5, 6, 7.0, 8.0, ("2 opt-out(s) are lost",))
    monkeypatch.setattr(module, "drill", lambda *_, **__: found)
    ended = command("backup", "drill")
    assert ended.code == 1 and "Finding: 2 opt-out(s) are lost." in ended.stdout
    assert json.loads(command("backup", "drill", "--json").stdout)["findings"] == ["2 opt-out(s) are lost"]
