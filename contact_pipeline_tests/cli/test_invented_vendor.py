"""A vendor is one file: an invented one is put beside the others, and everything else of the program finds it there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_pipeline import vendors as folder
from contact_pipeline.core.providers import Layer
from contact_pipeline.vendors import registry
from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.cli.test_providers import PEOPLE, POLICY
from contact_pipeline_tests.installation import Installation, only_json, write
from contact_pipeline_tests.lab.serve import LocalLab, serve
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

INVENTED = Path(__file__).resolve().parents[1] / "vendors" / "invented"
NAME = "quillcheck"


class Quillcheck(Vendor):
    """Its simulator."""

    name = NAME

    def answer(self, request: Request) -> Response:
        if request.headers.get("x-key") != self.key:
            return Response({"error": "who are you"}, 401)
        if request.path == "/left":
            return Response({"left": self.credits})
        address = request.query["mail"]
        self.bill(address)
        word = {Mailbox.DELIVERABLE: "ok", Mailbox.NO_MAILBOX: "gone"}.get(mailbox_of(address), "dunno")
        return Response({"mail": address, "verdict": word})


@pytest.fixture(scope="module")
def lab() -> Iterator[LocalLab]:
    """For its DNS."""
    with serve(domains=2) as served:
        yield served


@pytest.fixture
def quillcheck(monkeypatch: pytest.MonkeyPatch, lab: LocalLab) -> Iterator[Quillcheck]:
    """The file lies beside those of the other vendors, its simulator answers, and the environment has its key."""
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(INVENTED)])
    registry.vendors.cache_clear()
    with Quillcheck() as simulator:
        monkeypatch.setenv("QUILLCHECK_API_KEY", simulator.key)
        monkeypatch.setenv("QUILLCHECK_BASE_URL", simulator.url)
        monkeypatch.setenv("CONTACT_PIPELINE_DNS", lab.environment["CONTACT_PIPELINE_DNS"])
        yield simulator
    registry.vendors.cache_clear()
    sys.modules.pop(f"{folder.__name__}.{NAME}", None)


def with_policy(installation: Installation, mailbox: str, more: str = "") -> None:
    text = POLICY.format(mailbox=mailbox, activity="", lookup="", probe="false", port=25)
    write(installation.folder / "policy.toml", text + more)


def test_it_is_found_priced_asked_and_billed(
    command: Command, installation: Installation, quillcheck: Quillcheck
) -> None:
    with_policy(installation, "")
    ended = command("run", str(write(installation.folder / "crm" / "list.csv", *PEOPLE)), "--json")
    assert (ended.code, ended.stderr) == (0, "")
    with_policy(installation, f'"{NAME}"', f"\n[budgets.{NAME}]\nmonthly = 5\n")
    mailbox = only_json(command("plan", "--json").stdout)["layers"][0]
    assert (mailbox["provider"], mailbox["due"], mailbox["price"], mailbox["cost_now"]) == (NAME, 2, 0.006, 0.01)
    assert mailbox["budget_left"] == 5
    assert not quillcheck.requests
    again = write(installation.folder / "crm" / "more.csv", *PEOPLE, "greylisted-1@d0.lab.test,")
    ended = command("run", str(again), "--json")
    assert (ended.code, ended.stderr) == (0, "")
    assert installation.rows("select email, email_status from core.contacts order by 1") == [
        ("clara@d0.lab.test", "valid"),
        ("greylisted-1@d0.lab.test", "unknown"),
        ("no_mailbox-1@d1.lab.test", "invalid"),
    ]
    assert installation.rows(
        "select provider, outcome, count(*), sum(price)::float from ops.provider_calls group by 1, 2"
    ) == [(NAME, "answered", 3, 0.012)]
    assert quillcheck.paid.total() == 3


def test_its_own_variables_and_name_are_checked_at_every_start(
    command: Command, installation: Installation, quillcheck: Quillcheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry.offering(Layer.MAILBOX)[-3:] == (NAME, "reacher", "zerobounce")
    with_policy(installation, '"quilcheck"')
    ended = command("status")
    assert (ended.code, ended.stdout) == (1, "")
    assert "email.mailbox_providers.0: Input should be 'briteverify'" in ended.stderr
    assert "'quillcheck', 'reacher', 'zerobounce' or 'smtp'" in ended.stderr
    monkeypatch.setenv("QUILLCHECK_BASE_URL", "http://api.quillcheck.example")
    for mailbox in (f'"{NAME}"', ""):  # also where nobody is to be asked
        with_policy(installation, mailbox)
        for arguments in (("status",), ("documents", "--output", str(installation.folder / "documents"))):
            ended = command(*arguments)
            assert (ended.code, ended.stdout) == (1, "")
            assert "QUILLCHECK_BASE_URL must begin with https://" in ended.stderr
