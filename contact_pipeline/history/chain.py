"""The hash chain over audit.changes, in blocks, made after the fact; what is done to a sealed row is found and named.

How it is made: adapters/postgres/sql/functions/sealing.sql. Rows of transactions that are open wait for a later seal,
so nobody who writes waits. Whoever can write every table can make the whole chain anew: only a head that was kept
elsewhere (`contact-pipeline audit head`) shows that.
"""

from dataclasses import dataclass
from datetime import datetime

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
MOST_FAULTS = 1000  # named one by one; more tell nothing new


@dataclass(frozen=True)
class Head:
    """The newest block, or an empty chain's: block 0. hash: in hex; whoever keeps block and hash can prove them."""

    block: int
    hash: str
    last_id: int
    rows: int
    sealed_at: datetime | None

    def __str__(self) -> str:
        return f"{self.block}:{self.hash}"


@dataclass(frozen=True)
class Fault:
    """what: missing, added, changed, redacted (its values are gone, and no erasure says so), block or head. where: the
    id of a row of audit.changes, of a block for the last two. details: what does not fit."""

    what: str
    where: int
    details: str


@dataclass(frozen=True)
class Verified:
    """rows: sealed ones. redacted: those without values by now. unsealed: written since. faults: none: it is whole."""

    head: Head
    rows: int
    redacted: int
    unsealed: int
    faults: list[Fault]


def seal(session: Session) -> int:
    """Seal what is final. Returns how many rows. Quick where nothing was changed."""
    with session.connection("seal") as connection:
        return int(Script(connection, STEPS).one("seal")["rows"])


def newest_head(session: Session) -> Head:
    """After sealing what is final."""
    seal(session)
    with session.connection("audit head") as connection:
        return _head(Script(connection, STEPS))


def verify(session: Session, *, kept: str | None = None) -> Verified:
    """Seal what is final, then compute everything again. kept: a head that was exported (`str(Head)`)."""
    seal(session)
    with session.connection("audit verify") as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        read = Script(connection, STEPS)
        faults = [Fault(**row) for row in read.rows("row_faults", most=MOST_FAULTS)]
        faults += [Fault(**row) for row in read.rows("block_faults", most=MOST_FAULTS)]
        if kept is not None and not read.one("is_in_chain", head=kept)["is_so"]:
            block = kept.partition(":")[0]
            details = "the head that was kept is not in the chain: the chain was made anew or cut off since"
            faults.append(Fault("head", int(block) if block.isdigit() else 0, details))
        return Verified(_head(read), faults=faults, **read.one("counts"))


def _head(read: Script) -> Head:
    return Head(**read.one("head"))
