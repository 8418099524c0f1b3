"""How commands end: exit codes, one line on stderr, a traceback only when asked for."""

import re
import socket
import sys
from dataclasses import replace

import pytest

from contact_pipeline.core.report import StageReport
from contact_pipeline.emails import validated_emails
from contact_pipeline.emails.validated_emails import VALIDATED_EMAILS
from contact_pipeline.opening import open_session
from contact_pipeline.phones import normalized_phones
from contact_pipeline.phones.normalized_phones import NORMALIZED_PHONES, normalize_phones
from contact_pipeline.quality.freshness import stale_drops
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json, write

SECRET = "zebedee.quux@orchid.net"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("run", "--nonsense"),
        ("run", "/no/such/file.csv"),
        ("run", "/tmp"),
        ("run", "--source", "No Such Name"),
        ("explain",),
        ("history",),
        ("approve", "20260101-x-00000000"),
        ("export", "no_such_view"),
        ("export", "--format", "parquet"),
        ("db", "stop"),  # the server is somebody else's
    ],
)
def test_a_wrong_command_ends_with_2(command: Command, arguments: tuple[str, ...]) -> None:
    ended = command(*arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_said_before_anything_starts(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = command("up", "--port", str(taken.getsockname()[1]))
    assert (ended.code, ended.stdout) == (1, "")
    assert "is taken" in ended.stderr and "--port" in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_the_ui_leaves_this_machine_only_behind_a_proxy(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is believed: with it, the next thing that fails is the database."""
    monkeypatch.setenv("CONTACT_PIPELINE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    where = ("up", "--port", "0", "--web-port", "0", "--host")
    refused = command(*where, "0.0.0.0")
    assert (refused.code, refused.stdout) == (2, "")
    assert "--i-have-a-proxy" in refused.stderr and len(refused.stderr.splitlines()) == 1
    for allowed in ((*where, "0.0.0.0", "--i-have-a-proxy"), (*where, "localhost"), (*where, "127.0.0.1")):
        ended = command(*allowed)
        assert ended.code == 1 and "does not answer" in ended.stderr, allowed


def test_a_file_that_is_not_there_is_named(command: Command) -> None:
    assert "File '/no/such/file.csv' does not exist." in command("run", "/no/such/file.csv").stderr


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("CONTACT_PIPELINE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing", "does not answer"),
        ("CONTACT_PIPELINE_DATABASE_URL", "mysql://x", "is not a PostgreSQL URL"),
        ("CONTACT_PIPELINE_DNS", "host:port", "is not a server"),
        ("REACHER_BASE_URL", "http://reacher.example:8080", "must begin with https://"),
        ("CONTACT_PIPELINE_POLICY", "policy", "is refused: surprise"),
        ("CONTACT_PIPELINE_KEY_FILE", "key", "is not a key"),
    ],
)
def test_what_is_wrong_is_one_line(
    command: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    files = {"policy": "surprise = 1", "key": "not a key"}
    if value in files:
        value = str(write(installation.folder / f"{value}.txt", files[value]))
    monkeypatch.setenv(variable, value)
    ended = command("status")
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("contact-pipeline: ")
    assert ended.stderr.count("\n") == 1
    assert says in ended.stderr


@pytest.mark.parametrize("arguments", [("--debug", "run"), ("run", "--debug")])
def test_debug_shows_where(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """The interpreter prints the traceback: main lets the exception pass."""
    from contact_pipeline.cli.main import main
    from contact_pipeline.core.errors import ConfigurationError

    monkeypatch.setattr(sys, "argv", ["contact-pipeline", *arguments])
    monkeypatch.setenv("CONTACT_PIPELINE_DNS", "host:port")
    with pytest.raises(ConfigurationError):
        main()


def test_a_stage_that_breaks_says_where_and_no_value(
    command: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(session: Session, drop_key: str) -> StageReport:
        raise ValueError(f"cannot read {SECRET}")

    monkeypatch.setattr(validated_emails, "VALIDATED_EMAILS", replace(VALIDATED_EMAILS, work=broken))
    installation.drop("crm/list.csv", "Name,Email", f"Zebedee,{SECRET}")
    ended = command("run", "--json")
    (drop,) = only_json(ended.stdout)["drops"]
    assert (ended.code, ended.stderr) == (3, "")
    text = r"failed in validated_emails: ValueError at contact_pipeline\S+:\d+\. Report this\."
    assert re.fullmatch(text, drop["held_reason"])
    assert SECRET not in ended.stdout
    assert SECRET not in installation.dump("dagster", "ops")
    assert installation.rows("select published_at from raw.drops") == [(None,)]
    assert installation.rows("select count(*) from curated.contacts") == [(0,)]


def test_a_drop_that_fails_for_good_stops_no_other_drop_of_its_run(
    command: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One Dagster run over both: the failed one is held with its reason and an alert, and no schedule asks for it."""

    def broken(session: Session, drop_key: str) -> StageReport:
        if "-bad-" in drop_key:
            raise ValueError(f"cannot read {SECRET}")
        return normalize_phones(session, drop_key)

    monkeypatch.setattr(normalized_phones, "NORMALIZED_PHONES", replace(NORMALIZED_PHONES, work=broken))
    for source in ("bad", "crm"):
        installation.drop(f"{source}/list.csv", "Name,Email", f"Zebedee,zebedee.{source}@orchid.net")
    ended = command("run", "--json")
    assert ended.code == 3
    held = {drop["source"]: (drop["published"], drop["held_reason"]) for drop in only_json(ended.stdout)["drops"]}
    assert held["crm"] == (True, None)
    is_published, reason = held["bad"]
    assert not is_published and reason.startswith("failed in normalized_phones")
    assert installation.rows("select rule from ops.alerts where closed_at is null and rule = 'drop_failed'") != []
    with open_session(installation.settings) as session:
        assert stale_drops(session, limit=10) == []


def test_another_key_is_refused(command: Command, installation: Installation) -> None:
    assert command("status").code == 0
    key = installation.settings.key_file
    key.write_text("0" * 64)
    ended = command("status")
    assert ended.code == 1
    assert "Point CONTACT_PIPELINE_KEY_FILE at the original" in ended.stderr


def test_psql_gets_its_arguments(command: Command) -> None:
    ended = command("db", "psql", "--", "--csv", "--tuples-only", "-c", "select 40 + 2")
    assert (ended.code, ended.stdout) == (0, "42\n")
    assert command("db", "psql", "--", "-v", "ON_ERROR_STOP=1", "-c", "nonsense").code != 0


def test_migrate_and_url(command: Command, installation: Installation) -> None:
    migrated = command("db", "migrate")
    assert (migrated.code, migrated.stderr) == (0, "")
    assert re.fullmatch(r"The database is at revision \w+\.\n", migrated.stdout)
    assert command("db", "url").stdout == installation.database_url + "\n"
