"""The bench of these tests; see lab.py."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from contact_pipeline_tests.conftest import new_database
from contact_pipeline_tests.dns_server import DnsServer, serve
from contact_pipeline_tests.lab.lab import ZONE, Lab, csv, open_lab
from contact_pipeline_tests.lab.profile_vendors import ProfileVendors, profile_vendors
from contact_pipeline_tests.lab.reopening import ADA, HEADER, OPEN, ROW, UNSUBSCRIBED, close, opt_in, stands


@pytest.fixture(scope="session")
def dns_of_all() -> Iterator[DnsServer]:
    """One DNS server for all labs."""
    with serve(dict(ZONE)) as server:
        yield server


@pytest.fixture
def dns(dns_of_all: DnsServer) -> DnsServer:
    """The server, with a zone that this test may change and no question asked."""
    dns_of_all.zone = dict(ZONE)
    dns_of_all.questions.clear()
    return dns_of_all


@pytest.fixture(scope="session")
def lab_database(server_url: str, migrated_template: str) -> Iterator[str]:
    """One database for all labs; each finds it empty. It does not wait for the disk: no test pulls the plug."""
    with new_database(server_url, migrated_template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("alter database {} set synchronous_commit = off").format(name))
        yield url


@pytest.fixture
def lab(lab_database: str, tmp_path: Path, dns: DnsServer) -> Iterator[Lab]:
    """A pipeline with an empty database."""
    with open_lab(lab_database, tmp_path, dns.address) as lab:
        lab.forget_everything()
        yield lab


@pytest.fixture
def vendors() -> Iterator[ProfileVendors]:
    """Who knows people and companies; none is asked until a test says so."""
    with profile_vendors() as vendors:
        yield vendors


@pytest.fixture
def ada(lab: Lab) -> Lab:
    """Ada is a customer; she may be contacted on both channels."""
    lab.drop("shop", csv(HEADER, ROW))
    assert lab.may(ADA) == (True, True)
    return lab


@pytest.fixture
def reopened(ada: Lab) -> Lab:
    """Ada unsubscribed by a list and at the desk, and opted in again a day later."""
    ada.drop("optouts", csv("email", ADA), UNSUBSCRIBED)
    close(ada)
    ada.passes(days=1)
    opt_in(ada)
    assert stands(ada) == OPEN
    ada.passes(days=1)
    return ada
