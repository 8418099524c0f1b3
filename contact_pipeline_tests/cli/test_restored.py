"""A restored backup from the command line: the first command brings it up to the ledger, and status says so."""

import json

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation
from contact_pipeline_tests.lab.backups import backup, restored_database

ADA, BO = "ada@orchid.net", "bo@orchid.net"
ROWS = ("Name,Email,Phone", f"Ada Orchid,{ADA},917-865-7631", f"Bo Orchid,{BO},")


@pytest.fixture
def filled(command: Command, installation: Installation) -> Installation:
    installation.drop("crm/list.csv", *ROWS)
    assert command("run").code == 0
    return installation


def test_the_first_command_after_a_restore_lists_nobody_who_opted_out(
    command: Command, filled: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = backup(filled.database_url)
    assert command("subject", "opt-out", ADA).code == 0
    assert command("status").stderr == ""
    with restored_database(filled.database_url, dump) as url:
        monkeypatch.setenv("CONTACT_PIPELINE_DATABASE_URL", url)
        listed = command("export", "mailable_contacts").stdout
        assert ADA not in listed and BO in listed
        told = command("status")
        assert "Warning: the database was older than the ledger" in told.stderr
        assert "2 facts and 0 drops were brought back" in told.stderr
        assert ADA not in told.stdout + told.stderr
        (warning,) = json.loads(command("status", "--json").stdout)["warnings"]
        assert warning in told.stderr


def test_the_ledger_lies_where_the_environment_says(
    command: Command, filled: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = filled.folder / "share"
    assert command("db", "psql", "--", "-q", "-c", "delete from ops.ledger_files").code == 0
    monkeypatch.setenv("CONTACT_PIPELINE_LEDGER", str(share))
    missing = command("subject", "opt-out", ADA)
    assert missing.code == 1 and "CONTACT_PIPELINE_LEDGER" in missing.stderr
    assert missing.stderr.count("\n") == 1 and not share.exists()
    assert filled.rows("select 1 from core.suppressions") == []
    share.mkdir()
    assert command("subject", "opt-out", ADA).code == 0
    assert [file.name.partition("-")[0] for file in share.iterdir()] == ["facts"]


def test_another_folder_than_the_one_that_was_read_is_refused_by_every_command(
    command: Command, filled: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = filled.folder / "other"
    other.mkdir()
    monkeypatch.setenv("CONTACT_PIPELINE_LEDGER", str(other))
    for arguments in (("status",), ("run",), ("export",), ("subject", "opt-out", ADA)):
        refused = command(*arguments)
        assert refused.code == 1 and "of the ledger are missing" in refused.stderr, arguments
    assert filled.rows("select 1 from core.suppressions") == []
