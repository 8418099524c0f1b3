"""rollback and audit: what they say, what they ask for, and how they end."""

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json

WHY = ("--reason", "a bad list")


@pytest.fixture
def filled(command: Command, installation: Installation) -> str:
    """The key of one published drop."""
    installation.drop("crm/list.csv", "Name,Email,Title", "Ada Orchid,ada@orchid.net,CEO", "Bo Orchid,bo@orchid.net,")
    assert command("run").code == 0
    return str(installation.rows("select key from raw.drops")[0][0])


def test_a_drop_goes_and_comes_back(command: Command, installation: Installation, filled: str) -> None:
    dry = command("rollback", "--drop", filled, *WHY, "--dry-run")
    assert dry.code == 0 and "What would change" in dry.stdout and "ada@orchid.net" not in dry.stdout
    assert installation.rows("select count(*) from curated.contacts") == [(2,)]
    done = only_json(command("rollback", "--drop", filled, *WHY, "--yes", "--json").stdout)
    assert (done["is_done"], done["drops"], done["withdrawn"], done["conflicts"]) == (True, [filled], 2, 0)
    assert installation.rows("select count(*) from curated.contacts") == [(0,)]
    assert f"rolled back: {done['id']}" in command("status").stdout
    again = command("replay", filled)
    assert (again.code, "--rolled-back" in again.stderr) == (2, True)
    assert command("replay", filled, "--rolled-back").code == 0
    assert installation.rows("select count(*) from curated.contacts") == [(2,)]
    told = only_json(command("audit", "verify", "--json").stdout)
    assert told["whole"] and told["rows"] > 0 and told["unsealed"] == 0


@pytest.mark.parametrize("arguments", [
    (), ("--drop", "x", "--run", "y"), ("--contact", "1"), ("--contact", "1", "--to", "yesterday"), ("--by", "me"),
    ("--drop", "x", "--field", "name"), ("--drop", "x", "--skip-conflicts", "--force"), ("--drop", "nothing"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(command: Command, arguments: tuple[str, ...]) -> None:
    ended = command("rollback", *arguments, *WHY, "--yes")
    assert ended.code == 2 and ended.stdout == ""


def test_nobody_is_there_to_be_asked(command: Command, filled: str) -> None:
    ended = command("rollback", "--drop", filled, *WHY)
    assert ended.code == 2 and "--yes" in ended.stderr


def test_a_history_that_was_tampered_with_ends_with_one(
    command: Command, installation: Installation, filled: str
) -> None:
    head = command("audit", "head").stdout.strip()
    assert command("audit", "verify", "--head", head).code == 0
    installation.execute("alter table audit.changes disable trigger user")
    installation.execute("update audit.changes set new_value = 'Forged' where field = 'given_name'")
    ended = command("audit", "verify")
    assert ended.code == 1 and "changed" in ended.stdout and "not whole" in ended.stderr
    assert "Forged" not in ended.stdout + ended.stderr
    told = only_json(command("audit", "verify", "--json").stdout)
    assert told["whole"] is False and {fault["what"] for fault in told["faults"]} == {"changed"}
