"""One process at a time writes contacts: what two drops over the same people give is what one after the other gives."""

from contact_pipeline.adapters.postgres.engine import Connection


def lock_contacts(connection: Connection) -> None:
    """Waits; held until the transaction ends. Whoever decides a value, a key or a permission takes it first."""
    connection.execute("select pg_advisory_xact_lock(hashtext('contact_pipeline.contacts'))")
