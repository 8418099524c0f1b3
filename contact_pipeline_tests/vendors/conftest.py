"""What tests of several vendors ask for."""

import pytest

from contact_pipeline.adapters import http


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault is final: what fails is not sent again."""
    monkeypatch.setattr(http, "RETRIES", 0)
