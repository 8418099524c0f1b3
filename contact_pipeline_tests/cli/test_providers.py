"""Every provider of verdicts from the command line, through Dagster, against its simulator, found by its environment
alone. Those of people and companies: test_enrichment.py."""

from collections.abc import Iterator

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json, write
from contact_pipeline_tests.lab.serve import LocalLab, serve

POLICY = """
[email]
allow_private_addresses = true
allow_special_use_domains = true
mailbox_providers = [{mailbox}]
activity_providers = [{activity}]

[phone]
lookup_providers = [{lookup}]

[enrichment]
providers = []

[smtp_probe]
enabled = {probe}
helo_name = "probe.lab.test"
mail_from = "probe@lab.test"
port = {port}

[sources.crm]
documentation = "Invented people of the lab."
lawful_basis = "contract"
electronic_marketing = "none"
electronic_marketing_reason = "Invented people: nobody writes to them."
"""
PEOPLE = (
    "Email,Phone",
    "clara@d0.lab.test,+49 1512 3456780",
    "no_mailbox-1@d1.lab.test,+49 1512 3456782",
)


@pytest.fixture(scope="module")
def lab() -> Iterator[LocalLab]:
    with serve(domains=2) as served:
        yield served


def run(
    command: Command, installation: Installation, lab: LocalLab, monkeypatch: pytest.MonkeyPatch, **names: str
) -> dict[str, object]:
    """The graph for two people, with the named providers only."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    listed = {layer: f'"{names[layer]}"' if layer in names else "" for layer in ("mailbox", "activity", "lookup")}
    probe = "true" if names.get("mailbox") == "smtp" else "false"
    write(installation.folder / "policy.toml", POLICY.format(**listed, probe=probe, port=lab.smtp_port))
    ended = command("run", str(write(installation.folder / "crm" / "list.csv", *PEOPLE)), "--json")
    assert (ended.code, ended.stderr) == (0, "")
    told: dict[str, object] = only_json(ended.stdout)
    return told


@pytest.mark.parametrize(
    "name", ["zerobounce", "neverbounce", "emaillistverify", "briteverify", "hunter", "reacher", "smtp"]
)
def test_mailbox(
    name: str, command: Command, installation: Installation, lab: LocalLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(command, installation, lab, monkeypatch, mailbox=name)
    assert installation.rows("select email, email_status from core.contacts order by 1") == [
        ("clara@d0.lab.test", "valid"),
        ("no_mailbox-1@d1.lab.test", "invalid"),
    ]
    assert installation.rows("select distinct provider, outcome from ops.provider_calls") == [(name, "answered")]
    assert installation.rows("select email_status from curated.mailable_contacts") == [("valid",)]


@pytest.mark.parametrize("name", ["zerobounce", "emailage"])
def test_activity(
    name: str, command: Command, installation: Installation, lab: LocalLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(command, installation, lab, monkeypatch, activity=name)
    assert installation.rows("select distinct provider, layer from ops.provider_calls") == [(name, "activity")]
    ((verified, risk),) = installation.rows(
        "select bool_and(email_activity_verified_at is not null), count(email_risk_score) from core.contacts"
    )
    assert verified
    assert (risk > 0) == (name == "emailage")


@pytest.mark.parametrize("name", ["twilio", "numverify"])
def test_look_up(
    name: str, command: Command, installation: Installation, lab: LocalLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(command, installation, lab, monkeypatch, lookup=name)
    assert installation.rows("select phone_type, phone_carrier from core.contacts order by email") == [
        ("mobile", "Lab Mobile"),
        ("landline", "Lab Fixed"),
    ]


def test_the_plan_asks_nobody(
    command: Command, installation: Installation, lab: LocalLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(command, installation, lab, monkeypatch)
    write(
        installation.folder / "policy.toml",
        POLICY.format(mailbox='"zerobounce"', activity="", lookup='"twilio"', probe="false", port=25),
    )
    before = lab.charged()
    ended = command("plan", "--json")
    assert (ended.code, ended.stderr) == (0, "")
    mailbox, activity, carrier = only_json(ended.stdout)["layers"]
    assert (mailbox["provider"], mailbox["due"], mailbox["cost_now"]) == ("zerobounce", 2, 0.04)
    assert (activity["provider"], carrier["provider"], carrier["due"]) == (None, "twilio", 2)
    assert any("outside the usual" in note for note in mailbox["notes"])
    assert "zerobounce" in command("plan").stdout
    assert lab.charged() == before
