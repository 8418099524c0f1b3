"""From a dropped list to a message in a channel, and what a person then does about it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json, write
from contact_pipeline_tests.lab.receivers import Receivers, receivers


@pytest.fixture
def told(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receivers]:
    """The environment names every channel, the policy a recipient."""
    policy = installation.settings.policy_path
    write(policy, policy.read_text(encoding="utf-8"), "[alerts.email]", 'to = ["team@orchid.net"]')
    with receivers() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def test_a_run_tells_of_what_it_finds_and_people_answer(
    installation: Installation, told: Receivers, command: Command
) -> None:
    rows = [f"person{i}@{'orchid.net' if i < 8 else 'no dots'},Person Number{i}" for i in range(10)]
    installation.drop("crm/list.csv", "email,name", *rows)
    installation.drop("bought/list.csv", "email,name", "mia@orchid.net,Mia Lopez")
    assert command("run").code == 0
    texts = "".join(told.slack.texts)
    assert "E-mail validation failure rate" in texts and "Undocumented source in use" in texts
    assert "@" not in texts and "Mia" not in texts
    assert len(told.mails) == 2

    found = only_json(command("alerts", "list", "--json").stdout)
    by_rule = {alert["rule"]: alert for alert in found["alerts"]}
    assert by_rule.keys() == {"invalid_emails", "source_used_without_document"}
    assert [channel["waiting"] for channel in found["channels"]] == [0, 0, 0, 0]
    which = by_rule["invalid_emails"]["id"]
    assert "acknowledged" in command("alerts", "ack", str(which), "--reason", "asked the seller").stdout
    assert command("alerts", "ack", "999").code == 2
    assert command("alerts", "mute", "source_used_without_document", "--for", "2d", "--reason", "known").code == 0
    shown = command("alerts", "list", "--all").stdout
    assert "muted until" in shown and "taken on by" in shown
    for said in (
        "E-mail validation failure rate",
        "asked the seller",
        "source_used_without_document",
        "known",
        "slack",
    ):
        assert said in shown
    for wrong in (("--for", "2d"), ("--for", "soon", "--reason", "x"), ("--until", "2020-01-01", "--reason", "x"), ()):
        assert command("alerts", "mute", "budget", *wrong).code == 2
    assert command("alerts", "mute", "bugdet", "--for", "1h", "--reason", "x").code == 2
    assert command("alerts", "mute", "source_used_without_document", "--off").code == 0

    installation.drop("crm/picture.csv", "\0PNG")
    assert command("run").code == 3
    assert "File rejected" in told.slack.texts[-1]  # no run came of it

    assert command("alerts", "test").code == 0
    told.slack.path = "/elsewhere"
    tested = command("alerts", "test", "--json")
    assert tested.code == 1
    assert only_json(tested.stdout)["slack"] == "broken: HTTP 404 no_service"


def test_killed_while_a_message_is_on_its_way_it_comes_once_in_effect(
    installation: Installation, told: Receivers, command: Command
) -> None:
    """The webhook has it, and the program dies before it hears so."""
    installation.execute(
        "insert into ops.alerts (rule, severity, fingerprint) values ('drop_failed', 'error', 'drop_failed:d1')"
    )
    run = "import sys; from contact_pipeline.cli.main import main; sys.argv[1:] = ['run']; main()"
    child = subprocess.Popen([sys.executable, "-c", run], stdout=subprocess.DEVNULL)
    told.webhook.before_answer = lambda _: os.kill(child.pid, signal.SIGKILL)
    assert child.wait(120) == -signal.SIGKILL
    told.webhook.before_answer = None
    state = "select state, attempts from ops.alert_deliveries where channel = 'webhook'"
    assert installation.rows(state) == [("sending", 1)]
    assert command("run").code == 0
    assert installation.rows(state) == [("sent", 2)]
    assert len(told.webhook.calls) == 2 and len(told.webhook.events) == 1
    assert told.pagerduty.incidents == {"drop_failed:d1": "trigger"}
