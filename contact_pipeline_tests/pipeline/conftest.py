"""The bench of these tests; see lab.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_pipeline_tests.dns_server import DnsServer, serve
from contact_pipeline_tests.pipeline.lab import ZONE, Lab, open_lab


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    """A DNS server whose zone a test may change."""
    with serve(dict(ZONE)) as server:
        yield server


@pytest.fixture
def lab(database_url: str, tmp_path: Path, dns: DnsServer) -> Iterator[Lab]:
    """A pipeline with a database of its own."""
    with open_lab(database_url, tmp_path, dns.address) as lab:
        yield lab
