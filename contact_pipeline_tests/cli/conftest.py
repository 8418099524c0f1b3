"""The command in this process: the same code as the console script, without 4 s of imports for each call."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from contact_pipeline.cli.main import main
from contact_pipeline_tests.installation import Installation


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


Command = Callable[..., Ended]


@pytest.fixture
def command(
    installation: Installation, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """contact-pipeline with these arguments, in `installation`."""
    level = logging.getLogger("dagster").level

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["contact-pipeline", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capfd.readouterr())

    yield call
    logging.getLogger("dagster").setLevel(level)
