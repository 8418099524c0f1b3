"""What deleting leaves behind in PostgreSQL's own files is gone after the scrub: every byte of HOME is looked at."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.embedded_places import wheel_programs
from contact_pipeline.adapters.postgres.engine import connect
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline.adapters.postgres.subject_key import check_key
from contact_pipeline.erasure.office import open_office
from contact_pipeline.erasure.proof import scrub_now
from contact_pipeline.policy.file import Policy
from contact_pipeline.rights.replaying import open_ledger
from contact_pipeline.rights.serving import erase_subject
from contact_pipeline.settings import NameServer
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.conftest import open_folder, settings_in
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    HEADER,
    STORED,
    asked,
    certificate,
    erase,
    ledger_of,
    traces,
)
from contact_pipeline_tests.lab.lab import KEY, SOURCES, Lab, crowd, csv

WORDS = (b"ada@ok.test", b"exemplary", b"3970846", b"397 0846")


@dataclass(frozen=True)
class Kept:
    """Where the bytes of one kind were found."""

    heap: list[str]
    elsewhere: list[str]


@pytest.fixture(scope="module")
def embedded() -> Iterator[Lab]:
    """A lab whose database is an embedded server in its own HOME, as on a laptop."""
    with open_folder() as folder:
        settings = settings_in(folder / "home", CONTACT_PIPELINE_INCOMING=str(folder / "incoming"))
        with server.database(settings) as url:
            migrate(url)
            policy = Policy.model_validate({"sources": SOURCES, "email": {"allow_special_use_domains": True}})
            lab = Lab(
                Session(settings, url, policy, KEY, ledger=open_ledger(settings, KEY), phone_processes=1),
                settings,
            )
            lab.session = replace(lab.session, clock=lambda: lab.now)
            with connect(url) as connection:
                check_key(connection, KEY)
            lab.sync_policy()
            yield lab


@pytest.fixture
def home(embedded: Lab, dns: DnsServer) -> Lab:
    """That lab, empty, asking this test's DNS."""
    embedded.forget_everything()
    embedded.session = replace(embedded.session, name_server=NameServer(dns.address, timeout_s=0.1))
    return embedded


def bytes_of(lab: Lab) -> Kept:
    """Files of HOME that hold something of the person, database files apart from the rest."""
    area = server.folder(lab.settings)
    assert area is not None
    heap: list[str] = []
    elsewhere: list[str] = []
    for folder in {lab.settings.home, area}:
        for path in (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
            content = path.read_bytes().lower()
            if any(word in content or word.decode().encode("utf-16-le") in content for word in WORDS):
                (heap if path.is_relative_to(area / "data") else elsewhere).append(path.relative_to(folder).as_posix())
    return Kept(sorted(heap), sorted(elsewhere))


def dumped(lab: Lab) -> str:
    """What a backup of today would hold."""
    url, password = server.split_password(lab.session.database_url)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    program = str(wheel_programs() / "pg_dump")
    done = subprocess.run([program, "--dbname", url], env=environment, capture_output=True, check=True)
    return done.stdout.decode().lower()


def complain(lab: Lab) -> None:
    """A statement with her address that the server refuses: it writes it into its log."""
    with lab.psql() as connection, connection.transaction(force_rollback=True):
        try:
            connection.execute(f"select 1 / 0 as \"of\", '{STORED}' as who")
        except Exception as refused:
            assert "zero" in str(refused)


def test_no_byte_is_left_in_home_nor_in_a_dump(home: Lab) -> None:
    key = home.drop("crm", csv(HEADER, ADA, BOB, *(f"1{n},{row},,," for n, row in enumerate(crowd(300)))))
    home.drop("shop", csv("email,name,title", "ADA@ok.test,Ada Exemplary,Countess"))
    home.do("update core.contacts set title = 'Miss Exemplary' where name = 'Ada Exemplary'")
    complain(home)
    home.do("analyze")  # her values are in the statistics, too
    home.do("checkpoint")
    before = bytes_of(home)
    assert any(name.startswith("data/base/") or "/data/base/" in name for name in before.heap)
    assert any("pg_wal" in name for name in before.heap)
    assert any(f"archive/{key}.csv" in name for name in before.elsewhere)
    assert any(word.decode() in dumped(home) for word in WORDS)

    request = asked(home)
    result = erase_subject(home.session, request, who=STORED)
    assert result["findings"] == 0
    found = certificate(home, result["erasure"])
    assert found["server"] == "embedded" and "at the next scrub" in str(found["not_searched"])
    assert bytes_of(home).elsewhere == []
    assert bytes_of(home).heap, "deleting alone was enough: this test proves nothing"
    assert list((home.settings.erasures / "waiting").iterdir())

    scrubbed = scrub_now(open_office(home.session))
    assert (scrubbed["erasures"], scrubbed["findings"]) == (1, 0) and scrubbed["bytes"] > 1_000_000
    assert bytes_of(home) == Kept([], [])
    text = dumped(home)
    assert [word for word in WORDS if word.decode() in text] == []
    assert traces(home) == []
    assert "bob@ok.test" in text and home.contact("bob@ok.test")["name"] == "Bob Ordinary"
    found = certificate(home, result["erasure"])
    assert found["scrub"]["findings"] == 0 and found["scrub"]["bytes"]["database"] > 1_000_000
    assert "at the next scrub" not in str(found["not_searched"])
    assert not list((home.settings.erasures / "waiting").iterdir())
    assert [entry.step for entry in ledger_of(home).entries().values()][-1] == "scrubbed"
    assert scrub_now(open_office(home.session))["erasures"] == 0


def test_the_byte_search_of_the_scrub_finds_what_a_scrub_left(home: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a vacuum that does nothing, the certificate says so."""
    home.drop("crm", csv(HEADER, ADA, BOB))
    home.do("checkpoint")

    def idle(*_: Any, **__: Any) -> list[str]:
        return []

    monkeypatch.setattr("contact_pipeline.erasure.proof.scrub_tables", idle)
    result = erase(home, STORED, scrub=True)
    found = certificate(home, result["erasure"])
    assert found["findings"] == found["scrub"]["findings"] > 0


def test_a_value_that_a_colleague_shares_is_left_out_of_the_bytes_and_counted(home: Lab) -> None:
    board = "+49 1512 3456700"
    home.drop("crm", csv("email,name,phone", f"{STORED},Ada Exemplary,{board}", f"bob@ok.test,Bob Ordinary,{board}"))
    result = erase(home, STORED, scrub=True)
    found = certificate(home, result["erasure"])
    assert found["findings"] == 0 and found["values_that_others_share"] > 0
    exclusive = found["scrub"]["values_looked_for"]  # names and keys are not looked for in bytes either
    assert 0 < exclusive < found["values_looked_for"] - found["values_that_others_share"]


def test_an_external_server_is_said_not_to_be_searched(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    result = erase(lab, STORED, scrub=True)
    found = certificate(lab, result["erasure"])
    assert (found["server"], found["findings"]) == ("external", 0)
    for part in ("heap", "write-ahead log", "logs", "backups"):
        assert part in str(found["not_searched"])
    assert "database" not in found["scrub"]["bytes"]
    assert not list((lab.settings.erasures / "waiting").iterdir())


def test_the_log_of_the_server_goes_on_after_it_was_overwritten(home: Lab) -> None:
    home.drop("crm", csv(HEADER, ADA, BOB))
    complain(home)
    area = server.folder(home.settings)
    assert area is not None
    logs = sorted(p for p in (area / "log").rglob("*") if p.is_file())

    def said() -> bytes:
        return b"".join(Path(p).read_bytes() for p in logs).lower()

    was_named, size = STORED.lower().encode() in said(), len(said())
    erase(home, STORED)
    assert STORED.lower().encode() not in said() and len(said()) >= size
    complain(home)
    assert (STORED.lower().encode() in said()) == was_named
