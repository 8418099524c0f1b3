"""What leaves by `contact-pipeline export` is a disclosure: on record before its first byte, completed at the end."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


@dataclass
class Export:
    """One export under way. rows and what went through `hashed` are what is on record when it ends, however it does."""

    number: int
    view: str
    kind: str
    columns: Sequence[str]
    purposes: Sequence[str]
    is_purpose_stated: bool
    exported_by: str
    login: str
    started_at: datetime
    rows: int = 0
    finished_at: datetime | None = None
    _digest: Any = field(default_factory=hashlib.sha256)

    def hashed(self, sink: IO[bytes]) -> io.RawIOBase:
        """The same sink; every byte that is written there counts."""
        return _Hashed(sink, self._digest)

    @property
    def sha256(self) -> str:
        """Of the bytes so far."""
        return str(self._digest.hexdigest())

    def manifest(self) -> dict[str, Any]:
        """What goes with the file. No value of a person."""
        return {
            "export": self.number,
            "exported_by": self.exported_by,
            "login": self.login,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "view": f"curated.{self.view}",
            "format": self.kind,
            "rows": self.rows,
            "columns": list(self.columns),
            "purposes": list(self.purposes),
            "is_purpose_stated": self.is_purpose_stated,
            "sha256": self.sha256,
        }


def check_purpose(session: Session, purpose: str | None) -> None:
    """Raises UsageError where the policy wants a purpose and none is stated, and for one without a letter."""
    if purpose is None and session.policy.exports.require_purpose:
        raise UsageError("The policy wants to know what an export is for ([exports] require_purpose): --purpose NAME.")
    if purpose is not None and not any(map(str.isalnum, purpose)):
        raise UsageError("--purpose must say what the export is for.")


@contextmanager
def export_on_record(
    session: Session, *, view: str, kind: str, destination: str, columns: Sequence[str], purpose: str | None
) -> Iterator[Export]:
    """Around what writes the rows; committed before it begins, and completed with rows and hash, also of what went out
    before it failed. Without `purpose` those of the sources that have published count."""
    with session.connection("export") as connection:  # not the one that reads: a COPY holds that until its end
        steps = Script(connection, STEPS, now=session.clock(), actor=session.actor)
        found = steps.rows("stated", purpose=purpose) if purpose is not None else steps.rows("purposes")
        purposes = [row["purpose"] for row in found]
        begun = steps.one(
            "begin",
            view=view,
            format=kind,
            destination=destination,
            columns=list(columns),
            purposes=purposes,
            is_stated=purpose is not None,
        )
    export = Export(
        number=begun["id"],
        view=view,
        kind=kind,
        columns=columns,
        purposes=purposes,
        is_purpose_stated=purpose is not None,
        exported_by=session.actor,
        login=begun["login"],
        started_at=begun["started_at"],
    )
    try:
        yield export
    except BaseException:  # Ctrl-C and a reader who left, too
        _complete(session, export, "failed")
        raise
    _complete(session, export, "complete")


def _complete(session: Session, export: Export, outcome: str) -> None:
    export.finished_at = session.clock()
    with session.connection("export") as connection:
        Script(connection, STEPS).run(
            "complete",
            id=export.number,
            now=export.finished_at,
            outcome=outcome,
            row_count=export.rows,
            sha256=export.sha256,
        )


class _Hashed(io.RawIOBase):
    """Writes through, and counts every byte in the digest."""

    def __init__(self, sink: IO[bytes], digest: Any) -> None:
        self._sink, self._digest = sink, digest

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        block = memoryview(data)
        self._sink.write(block)
        self._digest.update(block)
        return block.nbytes

    def flush(self) -> None:
        super().flush()
        if not self.closed and not self._sink.closed:
            self._sink.flush()
