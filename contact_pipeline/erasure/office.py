"""What an erasure works with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contact_pipeline.adapters.postgres import server
from contact_pipeline.erasure.ledger import ErasureLedger
from contact_pipeline.erasure.owned_files import OwnedFiles
from contact_pipeline.settings import Settings
from contact_pipeline.stage.session import Session

Say = Callable[[str], None]
RowNumbers = Mapping[str, Sequence[int]]  # by drop key


def silent(_step: str) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True)
class Office:
    """say: is told each step."""

    session: Session
    ledger: ErasureLedger
    files: OwnedFiles
    say: Say = silent

    @property
    def settings(self) -> Settings:
        """Where things are."""
        return self.session.settings


def open_office(session: Session, say: Say | None = None) -> Office:
    """The ledger and the files that belong to the session's settings."""
    settings = session.settings
    files = OwnedFiles(settings, server.folder(settings))
    return Office(session, ErasureLedger(settings.erasures, session.ledger), files, say or silent)
