"""People who are told."""

from collections.abc import Iterator

import pytest

from contact_pipeline_tests.lab.receivers import Receivers, receivers


@pytest.fixture
def told() -> Iterator[Receivers]:
    """Four channels that answer as they should."""
    with receivers() as running:
        yield running
