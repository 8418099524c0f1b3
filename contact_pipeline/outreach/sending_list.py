"""A list that is made to be sent to: each row with the way out of it."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import IO

import pyarrow as pa
import pyarrow.csv as pacsv

from contact_pipeline.adapters.postgres.exporting import stream_view
from contact_pipeline.core.errors import UsageError
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.outreach.tickets import Ticket, unsubscribe_headers
from contact_pipeline.stage.session import Session

LISTS = ("mailable_contacts",)
COLUMNS = ("unsubscribe_url", "list_unsubscribe", "list_unsubscribe_post")


def with_way_out(
    session: Session, view: str, batches: Iterator[pa.RecordBatch], purpose: str
) -> Generator[pa.RecordBatch]:
    """The same batches with COLUMNS. purpose: of the list; its link leaves that one, without it all e-mails.

    Raises UsageError for a view that nobody is written to by, or whose addresses this login may not see.
    """
    if view not in LISTS:
        raise UsageError(f"--unsubscribe goes with {' and '.join(LISTS)}: others are not lists to send to.")
    for batch in batches:
        addresses = batch.column("email").to_pylist()
        if any("…" in address for address in addresses):
            raise UsageError("The addresses are masked for this login, so no link could be made. It needs pii_reader.")
        known = identities(addresses)
        rows = [
            unsubscribe_headers(session.policy, session.key, Ticket(session.key.email(known[address]), purpose))
            for address in addresses
        ]
        for name in COLUMNS:
            batch = batch.append_column(name, pa.array([getattr(row, name) for row in rows], pa.string()))
        yield batch


def write_links(session: Session, view: str, purpose: str, sink: IO[bytes]) -> None:
    """CSV: contact_id and COLUMNS of everybody on the list. Raises as `with_way_out`."""
    with (
        session.connection("export") as connection,
        closing(stream_view(connection, view, purpose=purpose or None)) as rows,
    ):
        batches = (batch.select(["contact_id", *COLUMNS]) for batch in with_way_out(session, view, rows, purpose))
        first = next(batches)
        with pacsv.CSVWriter(sink, first.schema) as writer:
            writer.write_batch(first)
            for batch in batches:
                writer.write_batch(batch)
