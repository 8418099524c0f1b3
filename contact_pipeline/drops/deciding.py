"""What a person decides about a drop: a held one may go on, a landed one is read again."""

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.core.errors import UsageError
from contact_pipeline.drops.archive import archived_file
from contact_pipeline.stage.holding import free
from contact_pipeline.stage.session import Session


def approve_drop(session: Session, key: str, *, reason: str) -> None:
    """Let a held drop go on; who and why is kept with it. Its stages run with the next run that asks for it."""
    if not reason.strip():
        raise UsageError("The reason must say why it may go on.")
    with session.connection("approve") as connection, connection.transaction():
        if DropStore(connection).get(key).held_reason is None:
            raise UsageError(f"Drop {key} is not held; there is nothing to approve.")
        free(connection, key, actor=session.actor, reason=reason)


def replay_drop(session: Session, key: str) -> None:
    """Its archived file is read again with the next run. Raises UsageError for one that was rolled back."""
    with session.connection("replay") as connection:
        store = DropStore(connection)
        drop = store.get(key)
        if drop.rolled_back_by:
            raise UsageError(
                f"Drop {key} was rolled back ({drop.rolled_back_by}). To let it count again, say --rolled-back."
            )
        with archived_file(session.archive, drop):  # one that cannot be read again stays as it is
            store.forget_landing(key)
