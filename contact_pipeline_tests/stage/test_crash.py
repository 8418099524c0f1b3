"""SIGKILL in the middle of every stage, then a rerun: the tables are those of a run that nobody disturbed."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_pipeline.drops.archive import ArchiveCopy
from contact_pipeline_tests.conftest import new_database
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.dump import dump
from contact_pipeline_tests.lab.failpoints import (
    STAGES,
    Bench,
    Failpoint,
    exit_code,
    register_and_die,
    run_stage,
    watched,
)
from contact_pipeline_tests.lab.lab import Lab, csv, open_lab

HEADER = "Record ID,email,email 2,name,phone,company,consent_date,Email Opt Out"
NUMBER = "+49 1512 34567{:02}"
KNOWN = csv(
    HEADER,
    *(f"{i},p{i}@ok.test,,Person Number{i},{NUMBER.format(i)},Engines,," for i in range(1, 7)),
)
# Known and new people, changed fields, a further address, an opt-out, a dead domain, a conflict, a row for quarantine.
DISTURBED = csv(
    HEADER,
    f"1,p1@ok2.test,,Person Number1,{NUMBER.format(1)},Tools,2026-01-05,",
    "2,p2@ok.test,further@ok.test,Person Renamed,,Tools,,yes",
    "3,p4@ok.test,,Person Number3,,,,",
    *(f"{i},n{i}@short.test,,New Person{i},{NUMBER.format(i)},,," for i in range(20, 32)),
    "40,dead@nowhere.test,,Dead Domain,+49 12,,,",
    ",,,,,Nobody,,",
)
KILLED = -signal.SIGKILL


@pytest.fixture
def undisturbed(server_url: str, migrated_template: str, tmp_path: Path, dns: DnsServer) -> Iterator[Lab]:
    """A second lab, for the run that nobody disturbs."""
    with (
        new_database(server_url, migrated_template) as url,
        open_lab(url, tmp_path / "undisturbed", dns.address) as lab,
    ):
        yield lab


def test_sigkill_in_every_stage_and_a_rerun(lab: Lab, undisturbed: Lab, tmp_path: Path, dns: DnsServer) -> None:
    for each in (lab, undisturbed):
        each.drop("crm", KNOWN)
    traffic = {}
    key = undisturbed.register("crm", DISTURBED)
    for stage in STAGES:
        with watched() as traffic[stage]:
            getattr(undisturbed, stage)(key)

    bench = Bench(lab.session.database_url, tmp_path, dns.address, lab.now)
    assert exit_code(register_and_die, bench, "crm", DISTURBED, ArchiveCopy, "keep") == KILLED
    assert lab.register("crm", DISTURBED) == key
    bench = Bench(lab.session.database_url, tmp_path, dns.address, lab.now)
    for stage in STAGES:
        seen = traffic[stage]
        moments = (Failpoint(wait=seen.waits // 4), Failpoint(wait=seen.waits * 2 // 3), Failpoint(commit=seen.commits))
        for moment in moments:
            assert exit_code(run_stage, bench, stage, key, moment) == KILLED, (stage, moment, seen)
        getattr(lab, stage)(key)
    assert lab.value("select published_at is not null from raw.drops where key = %s", key)
    assert dump(lab) == dump(undisturbed)


def test_a_stage_that_is_not_killed_ends_well_over_there_too(lab: Lab, tmp_path: Path, dns: DnsServer) -> None:
    """Else the test above would take any failure of its processes for a kill."""
    key = lab.register("crm", KNOWN)
    bench = Bench(lab.session.database_url, tmp_path, dns.address, lab.now)
    assert exit_code(run_stage, bench, "land", key, None) == 0
    assert lab.accounting(key)[0] == 6
